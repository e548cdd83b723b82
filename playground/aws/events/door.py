"""EventBridge's door: JSON 1.1."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from playground.aws.events.bus import EventBus
from playground.aws.events.operations import OPERATIONS, Operation
from playground.aws.json_door import JsonDoor


def door(bus: EventBus, clock: Callable[[], datetime]) -> JsonDoor:
    """Give the door of this account's EventBridge."""

    def bound(run: Operation) -> Callable[[dict[str, Any]], dict[str, Any]]:
        return lambda params: run(bus, params, clock())

    operations = {name: bound(run) for name, run in OPERATIONS.items()}
    return JsonDoor("AWSEvents", "events", "events", "1.1", operations)
