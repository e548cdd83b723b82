"""Bedrock's batch control plane: jobs that walk, read their input and write their results."""
