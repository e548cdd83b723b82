"""One message of every kind that a topic of alarms carries, made fresh and sent truly signed."""

from playground.aws.kinds.table import KINDS, Kind

__all__ = ["KINDS", "Kind"]
