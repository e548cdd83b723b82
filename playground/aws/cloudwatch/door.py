"""CloudWatch's door: JSON 1.0, which boto3 speaks to it."""

from functools import partial

from playground.aws.cloudwatch.operations import OPERATIONS
from playground.aws.cloudwatch.service import CloudWatch
from playground.aws.json_door import JsonDoor


def door(cloudwatch: CloudWatch) -> JsonDoor:
    """Give the door of this account's CloudWatch."""
    return JsonDoor(
        "GraniteServiceVersion20100801",
        "cloudwatch",
        "cloudwatch",
        "1.0",
        {name: partial(run, cloudwatch) for name, run in OPERATIONS.items()},
        invalid="ValidationError",
        spoken="com.amazonaws.cloudwatch#",
    )
