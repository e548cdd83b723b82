"""The doors are tried from outside, with the fixtures of the end-to-end tests."""

from __future__ import annotations

from tests.e2e.conftest import account, aws, nursery, world

__all__ = ["account", "aws", "nursery", "world"]
