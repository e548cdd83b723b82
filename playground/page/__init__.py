"""The playground in the browser: a page that feels like Slack, steers the world and shows the wire."""
