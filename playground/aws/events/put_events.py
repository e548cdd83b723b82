"""PutEvents: each entry is checked for itself, and what is refused does not stop the others."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from playground.aws.errors import AwsError
from playground.aws.events.bus import EventBus

Params = dict[str, Any]
_MOST_BYTES = 1_048_576


def put_events(bus: EventBus, params: Params, now: datetime) -> Params:
    """Answer with an id or an error for each entry, in their order."""
    entries = params["Entries"]
    if sum(_size(one) for one in entries) > _MOST_BYTES:
        raise AwsError("ValidationException", "Total size of the entries in the request is over the limit.", 413)
    answers = []
    for entry in entries:
        code, why = _fault(entry)
        if code:
            answers.append({"ErrorCode": code, "ErrorMessage": why})
            continue
        event = _event(bus, entry, now)
        answers.append({"EventId": event["id"]})
        name = str(entry.get("EventBusName") or "default").rpartition("/")[2]
        # An entry for a bus that does not exist is taken and lost, as in life.
        if name in bus.buses:
            bus.put(event, name)
    return {"FailedEntryCount": sum("ErrorCode" in one for one in answers), "Entries": answers}


def _fault(entry: Params) -> tuple[str, str]:
    for field in ("Source", "DetailType", "Detail"):
        if not entry.get(field):
            return "InvalidArgument", f"Parameter {field} is not valid. Reason: {field} is a required argument."
    if str(entry["Source"]).startswith("aws."):
        return "NotAuthorizedForSourceException", "Not authorized for the source."
    try:
        detail = json.loads(entry["Detail"])
    except ValueError:
        detail = None
    return ("", "") if isinstance(detail, dict) else ("MalformedDetail", "Detail is malformed.")


def _event(bus: EventBus, entry: Params, now: datetime) -> dict[str, Any]:
    at = datetime.fromtimestamp(entry["Time"], UTC) if isinstance(entry.get("Time"), int | float) else now
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": entry["DetailType"],
        "source": entry["Source"],
        "account": bus.account,
        "time": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": bus.region,
        "resources": entry.get("Resources") or [],
        "detail": json.loads(entry["Detail"]),
    }


def _size(entry: Params) -> int:
    words = [str(entry.get(field) or "") for field in ("Source", "DetailType", "Detail")]
    resources = [str(one) for one in entry.get("Resources") or []]
    return 14 * ("Time" in entry) + sum(len(one.encode()) for one in (*words, *resources))
