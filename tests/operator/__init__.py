"""Tests of what the operator types: doctor and setup."""
