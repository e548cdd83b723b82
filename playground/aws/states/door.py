"""Step Functions' door: JSON 1.0."""

from functools import partial

from playground.aws.json_door import JsonDoor
from playground.aws.states.machines import OPERATIONS, States


def door(states: States) -> JsonDoor:
    """Give the door of this account's Step Functions."""
    operations = {name: partial(run, states) for name, run in OPERATIONS.items()}
    return JsonDoor("AWSStepFunctions", "states", "stepfunctions", "1.0", operations)
