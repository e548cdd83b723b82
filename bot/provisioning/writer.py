"""The one hand that writes for the setup: says what it does, and in a dry run only says it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from bot.aws.queues import queue_errors

CREATE, CHANGE, ASK = "create", "change", "ask for"
DONE = {CREATE: "created", CHANGE: "changed", ASK: "asked for"}


class Writer:
    """Makes calls through the clients that are handed in; raises AwsError."""

    def __init__(self, client: Callable[[str], Any], say: Callable[[str], None], *, dry: bool) -> None:
        """``say`` takes one line; with ``dry`` no call is made."""
        self._client = client
        self._say = say
        self._dry = dry
        self.writes = 0

    def exists(self, what: str) -> None:
        """It is as it should be."""
        self._say(f"exists     {what}")

    def skipped(self, what: str) -> None:
        """It is somebody else's."""
        self._say(f"skipped    {what}")

    def write(self, act: str, what: str, call: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Make ``service.operation`` with these parameters; the answer, empty in a dry run."""
        self.writes += 1
        if self._dry:
            self._say(f"would {act} {what}")
            self._say(f"           {call} {json.dumps(params)}")
            return {}
        service, operation = call.split(".")
        with queue_errors(f"{act} {what}"):
            answer = getattr(self._client(service), operation)(**params)
        self._say(f"{DONE[act]:<10} {what}")
        return dict(answer or {})
