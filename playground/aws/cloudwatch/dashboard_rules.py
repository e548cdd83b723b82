"""What a DashboardBody may hold, and where it may not: faults are refused, doubts are told and the board is stored; pure."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from playground.aws.errors import AwsError

_TYPES = ("metric", "text", "log", "alarm", "explorer", "chart")
_VIEWS = ("timeSeries", "singleValue", "gauge", "bar", "pie", "table")
_TOP = {"widgets", "variables", "start", "end", "periodOverride"}
MOST_WIDGETS, MOST_METRICS, MOST_ALARMS = 500, 500, 100


class Message(NamedTuple):
    """What is wrong, and where."""

    path: str
    text: str


def check_body(body: str) -> list[Message]:
    """Refuse a body that cannot be drawn; gives back the doubts about one that can."""
    try:
        board = json.loads(body)
    except ValueError:
        raise AwsError("InvalidParameterInput", "The field DashboardBody must be a valid JSON object") from None
    faults = list(_board(board))
    if faults:
        listed = json.dumps([{"dataPath": one.path, "message": one.text} for one in faults])
        text = f"The dashboard body is invalid, there are {len(faults)} validation errors: {listed}"
        raise AwsError("InvalidParameterInput", text)
    return [Message(f"/{key}", "Unexpected property") for key in sorted(board.keys() - _TOP)]


def _board(board: Any) -> Iterator[Message]:
    if not isinstance(board, dict):
        yield Message("", "Should be object")
        return
    widgets = board.get("widgets")
    if not isinstance(widgets, list):
        yield Message("", "Should have required property 'widgets'")
        return
    if len(widgets) > MOST_WIDGETS:
        yield Message("/widgets", f"Should NOT have more than {MOST_WIDGETS} items")
    if board.get("periodOverride", "auto") not in {"auto", "inherit"}:
        yield Message("/periodOverride", "Should be equal to one of the allowed values")
    for place, widget in enumerate(widgets):
        yield from _widget(widget, f"/widgets/{place}")


def _widget(widget: Any, path: str) -> Iterator[Message]:
    if not isinstance(widget, dict):
        yield Message(path, "Should be object")
        return
    yield from _place(widget, path)
    kind, properties = widget.get("type"), widget.get("properties")
    if kind not in _TYPES:
        yield Message(f"{path}/type", "Should be equal to one of the allowed values")
    elif not isinstance(properties, dict):
        yield Message(path, "Should have required property 'properties'")
    else:
        yield from _properties(str(kind), properties, f"{path}/properties")


def _place(widget: dict[str, Any], path: str) -> Iterator[Message]:
    for key, least, most in (("x", 0, 23), ("y", 0, 10**9), ("width", 1, 24), ("height", 1, 1000)):
        if key in widget and (type(widget[key]) is not int or not least <= widget[key] <= most):
            yield Message(f"{path}/{key}", f"Should be an integer from {least} to {most}")
    if ("x" in widget) != ("y" in widget):
        yield Message(path, "Should have both 'x' and 'y', or none")


def _properties(kind: str, properties: dict[str, Any], path: str) -> Iterator[Message]:
    for key in _REQUIRED.get(kind, ()):
        if not properties.get(key):
            yield Message(path, f"Should have required property '{key}'")
    if kind == "metric":
        yield from _metric(properties, path)
    if kind == "alarm":
        yield from _alarms(properties, path)


_REQUIRED = {"metric": ("region",), "text": ("markdown",), "log": ("query", "region"), "alarm": ("alarms",)}


def _metric(properties: dict[str, Any], path: str) -> Iterator[Message]:
    metrics = properties.get("metrics")
    if metrics is None and not properties.get("annotations"):
        yield Message(path, "Should have required property 'metrics'")
    if properties.get("view", "timeSeries") not in _VIEWS:
        yield Message(f"{path}/view", "Should be equal to one of the allowed values")
    if not isinstance(metrics or [], list) or len(metrics or []) > MOST_METRICS:
        yield Message(f"{path}/metrics", f"Should be an array of at most {MOST_METRICS} items")
        return
    for place, row in enumerate(metrics or []):
        yield from _row(row, f"{path}/metrics/{place}")


def _row(row: Any, path: str) -> Iterator[Message]:
    if not isinstance(row, list) or not row:
        yield Message(path, "Should be array")
        return
    words = [one for one in row if isinstance(one, str)]
    options = row[-1] if isinstance(row[-1], dict) else {}
    if not words and "expression" in options:
        return
    if len(words) < 2:
        yield Message(path, "Should NOT have less than 2 items")
    elif len(words) % 2 or len(words) + bool(options) != len(row):
        yield Message(path, "Should name each dimension with its value")


def _alarms(properties: dict[str, Any], path: str) -> Iterator[Message]:
    alarms = properties.get("alarms") or []
    if not isinstance(alarms, list) or len(alarms) > MOST_ALARMS:
        yield Message(f"{path}/alarms", f"Should be an array of at most {MOST_ALARMS} items")
        return
    for place, arn in enumerate(alarms):
        if not isinstance(arn, str) or ":alarm:" not in arn:
            yield Message(f"{path}/alarms/{place}", "Should be the ARN of an alarm")
