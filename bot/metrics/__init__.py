"""What CloudWatch says of every model: series, summaries, charts."""
