"""What an alarm knows of the jobs on its model, whoever runs them; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """One unfinished job: all text is foreign and not yet escaped.

    ``owner`` is a Slack user id, empty for a job that was started elsewhere; ``state`` is in plain words ("running",
    "validated, waiting for capacity"); ``eta`` is when its last record will be done, None while there is no pace;
    ``url`` leads to its card, empty where none is known.
    """

    name: str
    owner: str
    state: str
    eta: datetime | None
    url: str
