"""Everything that speaks Slack: the command door, the one writer, living cards, the block vocabulary."""
