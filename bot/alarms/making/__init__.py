"""Making, changing and listing CloudWatch alarms from chat."""
