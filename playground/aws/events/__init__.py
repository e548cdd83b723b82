"""EventBridge: buses, rules, patterns, and targets that get what matches."""
