"""EventBridge itself: the rules, and the way of an event from a bus to the targets of the rules that match."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playground.aws.errors import AwsError
from playground.aws.events.pattern import matches

Event = dict[str, Any]
Deliver = Callable[[str, str, str], None]


@dataclass
class Rule:
    """One rule of a bus; a rule without a pattern is on a schedule, and schedules are not played."""

    arn: str
    name: str
    bus: str
    config: dict[str, Any]
    pattern: dict[str, Any] | None
    targets: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def enabled(self) -> bool:
        """Tell whether it is on."""
        return str(self.config.get("State") or "ENABLED") != "DISABLED"


@dataclass(frozen=True)
class Failure:
    """An event that a target did not take."""

    rule: str
    target: str
    error: AwsError
    event: Event


class EventBus:
    """All buses of the account; `deliver` takes the ARN of a target, the text, and the ARN of the rule."""

    def __init__(self, account: str, region: str, deliver: Deliver) -> None:
        self.account, self.region = account, region
        self.buses = {"default"}
        self.rules: dict[tuple[str, str], Rule] = {}
        self.events: list[Event] = []
        self.failures: list[Failure] = []
        self.lock = threading.RLock()
        self._deliver = deliver

    def arn(self, bus: str, rule: str) -> str:
        """Name a rule."""
        place = rule if bus == "default" else f"{bus}/{rule}"
        return f"arn:aws:events:{self.region}:{self.account}:rule/{place}"

    def put(self, event: Event, bus: str = "default") -> None:
        """Take an event and hand it to every target of every rule that matches."""
        with self.lock:
            self.events.append(event)
            rules = [one for one in self.rules.values() if one.bus == bus and one.enabled and one.pattern]
        for rule in rules:
            if matches(rule.pattern or {}, event):
                for target in list(rule.targets.values()):
                    self._hand(rule, target, event)

    def _hand(self, rule: Rule, target: dict[str, Any], event: Event) -> None:
        try:
            self._deliver(str(target["Arn"]), _text(target, event), rule.arn)
        except AwsError as error:
            self.failures.append(Failure(rule.arn, str(target["Arn"]), error, event))


def _text(target: dict[str, Any], event: Event) -> str:
    """Give what the target wants to see: the event, a part of it, a fixed text, or a template filled in."""
    if "Input" in target:
        return str(target["Input"])
    if "InputPath" in target:
        return json.dumps(_at(event, str(target["InputPath"])))
    if "InputTransformer" in target:
        text = str(target["InputTransformer"]["InputTemplate"])
        for name, path in (target["InputTransformer"].get("InputPathsMap") or {}).items():
            value = _at(event, path)
            text = text.replace(f"<{name}>", value if isinstance(value, str) else json.dumps(value))
        return text
    return json.dumps(event)


def _at(event: Event, path: str) -> Any:
    value: Any = event
    for key in path.removeprefix("$").strip(".").split("."):
        if key:
            value = value.get(key) if isinstance(value, dict) else None
    return value
