"""A Slack workspace and an AWS account in a box, for trying and testing the bot without either."""
