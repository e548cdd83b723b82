"""CloudWatch alarms and whatever else arrives on the alarm topic."""
