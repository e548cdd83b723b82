"""Batch jobs: submit, follow, stop."""
