"""The history of alarms, in the shapes of DescribeAlarmHistory; pure."""

import json
from typing import Any

from playground.aws.cloudwatch.alarm import Alarm, Contributor

_MOST = 4095


def item(
    alarm: Alarm, kind: str, summary: str, data: dict[str, Any], contributor: Contributor | None = None
) -> dict[str, Any]:
    """Make an item but for its time; a contributor's has its own kind and says whose it is."""
    kinds = {"StateUpdate": "AlarmContributorStateUpdate", "Action": "AlarmContributorAction"}
    found: dict[str, Any] = {
        "AlarmName": alarm.name,
        "AlarmType": alarm.type,
        "HistoryItemType": kinds.get(kind, kind) if contributor else kind,
        "HistorySummary": summary[:255],
        "HistoryData": _fitting({"version": "1.0"} | data),
    }
    if contributor:
        found |= {"AlarmContributorId": contributor.id, "AlarmContributorAttributes": contributor.attributes}
    return found


def transition(alarm: Alarm) -> dict[str, Any]:
    """Give the data of a StateUpdate."""
    old = alarm.before
    return {
        "oldState": {"stateValue": old.state, "stateReason": old.reason} if old else {},
        "newState": {
            "stateValue": alarm.state,
            "stateReason": alarm.reason,
            "stateReasonData": json.loads(alarm.reason_data),
        },
    }


def _fitting(data: dict[str, Any]) -> str:
    text = json.dumps(data)
    if len(text) <= _MOST:
        return text
    # The service leaves the message out when it does not fit, and cuts nothing in the middle.
    return json.dumps({key: value for key, value in data.items() if len(json.dumps(value)) < _MOST // 4})
