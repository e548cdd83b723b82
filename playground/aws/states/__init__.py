"""Step Functions: state machines that can be started, and executions that end when told."""
