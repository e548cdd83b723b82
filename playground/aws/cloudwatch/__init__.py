"""A small CloudWatch: metrics, metric math, Insights, and alarms that evaluate."""
