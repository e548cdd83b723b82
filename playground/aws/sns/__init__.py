"""A small SNS: topics, subscriptions and truly signed deliveries."""
