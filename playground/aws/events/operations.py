"""The operations of EventBridge on rules and targets, and the table that the door looks them up in."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from playground.aws.errors import AwsError
from playground.aws.events.bus import EventBus, Rule
from playground.aws.events.pattern import matches, read_pattern
from playground.aws.events.put_events import put_events

Params = dict[str, Any]
Operation = Callable[[EventBus, Params, datetime], Params]
_MOST_TARGETS = 5
_MOST_RULES = 300
_SHOWN = ("EventPattern", "ScheduleExpression", "Description", "RoleArn")


def _bus(bus: EventBus, params: Params) -> str:
    name = str(params.get("EventBusName") or "default").rpartition("/")[2]
    if name not in bus.buses:
        raise AwsError("ResourceNotFoundException", f"Event bus {name} does not exist.")
    return name


def _rule(bus: EventBus, params: Params, key: str = "Name") -> Rule:
    name = _bus(bus, params)
    found = bus.rules.get((name, str(params[key])))
    if found is None:
        raise AwsError("ResourceNotFoundException", f"Rule {params[key]} does not exist on EventBus {name}.", 400)
    return found


def _put_rule(bus: EventBus, params: Params, _: datetime) -> Params:
    if not params.get("EventPattern") and not params.get("ScheduleExpression"):
        text = "Parameter(s) EventPattern or ScheduleExpression must be specified."
        raise AwsError("ValidationException", text)
    pattern = read_pattern(params["EventPattern"]) if params.get("EventPattern") else None
    name, on = str(params["Name"]), _bus(bus, params)
    with bus.lock:
        known = bus.rules.get((on, name))
        if known is None and len(bus.rules) >= _MOST_RULES:
            raise AwsError("LimitExceededException", "The requested resource exceeds the maximum number allowed.")
        targets = known.targets if known else {}
        bus.rules[on, name] = Rule(bus.arn(on, name), name, on, params, pattern, targets)
    return {"RuleArn": bus.arn(on, name)}


def _shown(rule: Rule) -> Params:
    config = {key: rule.config[key] for key in _SHOWN if rule.config.get(key)}
    return {"Name": rule.name, "Arn": rule.arn, "State": rule.config.get("State") or "ENABLED", **config} | {
        "EventBusName": rule.bus
    }


def _describe_rule(bus: EventBus, params: Params, _: datetime) -> Params:
    return _shown(_rule(bus, params)) | {"CreatedBy": bus.account}


def _list_rules(bus: EventBus, params: Params, _: datetime) -> Params:
    on, prefix = _bus(bus, params), params.get("NamePrefix", "")
    found = sorted((one for one in bus.rules.values() if one.bus == on), key=lambda one: one.name)
    return {"Rules": [_shown(one) for one in found if one.name.startswith(prefix)]}


def _rules_by_target(bus: EventBus, params: Params, _: datetime) -> Params:
    on, arn = _bus(bus, params), params["TargetArn"]
    found = [one for one in bus.rules.values() if one.bus == on]
    return {"RuleNames": sorted(one.name for one in found if any(t["Arn"] == arn for t in one.targets.values()))}


def _switch(state: str) -> Operation:
    def run(bus: EventBus, params: Params, _: datetime) -> Params:
        rule = _rule(bus, params)
        rule.config = rule.config | {"State": state}
        return {}

    return run


def _delete_rule(bus: EventBus, params: Params, _: datetime) -> Params:
    # Deleting a rule that is not there succeeds.
    rule = bus.rules.get((_bus(bus, params), str(params["Name"])))
    if rule and rule.targets:
        raise AwsError("ValidationException", "Rule can't be deleted since it has targets.")
    if rule:
        del bus.rules[rule.bus, rule.name]
    return {}


def _put_targets(bus: EventBus, params: Params, _: datetime) -> Params:
    rule = _rule(bus, params, "Rule")
    fresh = rule.targets | {one["Id"]: one for one in params["Targets"]}
    if len(fresh) > _MOST_TARGETS:
        raise AwsError("LimitExceededException", "The requested resource exceeds the maximum number allowed.")
    for one in params["Targets"]:
        if not str(one["Arn"]).startswith("arn:"):
            text = f"Parameter {one['Arn']} is not valid. Reason: Provided Arn is not in correct format."
            raise AwsError("ValidationException", text)
    rule.targets.update(fresh)
    return {"FailedEntryCount": 0, "FailedEntries": []}


def _remove_targets(bus: EventBus, params: Params, _: datetime) -> Params:
    rule = _rule(bus, params, "Rule")
    for name in params["Ids"]:
        rule.targets.pop(name, None)
    return {"FailedEntryCount": 0, "FailedEntries": []}


def _list_targets(bus: EventBus, params: Params, _: datetime) -> Params:
    return {"Targets": list(_rule(bus, params, "Rule").targets.values())}


def _create_bus(bus: EventBus, params: Params, _: datetime) -> Params:
    name = str(params["Name"])
    if name in bus.buses:
        raise AwsError("ResourceAlreadyExistsException", f"Event bus {name} already exists.")
    bus.buses.add(name)
    return {"EventBusArn": f"arn:aws:events:{bus.region}:{bus.account}:event-bus/{name}"}


def _describe_bus(bus: EventBus, params: Params, _: datetime) -> Params:
    name = _bus(bus, {"EventBusName": params.get("Name")})
    return {"Name": name, "Arn": f"arn:aws:events:{bus.region}:{bus.account}:event-bus/{name}"}


def _test_pattern(_: EventBus, params: Params, _now: datetime) -> Params:
    return {"Result": matches(read_pattern(params["EventPattern"]), json.loads(params["Event"]))}


OPERATIONS: dict[str, Operation] = {
    "PutRule": _put_rule,
    "DescribeRule": _describe_rule,
    "ListRules": _list_rules,
    "ListRuleNamesByTarget": _rules_by_target,
    "EnableRule": _switch("ENABLED"),
    "DisableRule": _switch("DISABLED"),
    "DeleteRule": _delete_rule,
    "PutTargets": _put_targets,
    "RemoveTargets": _remove_targets,
    "ListTargetsByRule": _list_targets,
    "CreateEventBus": _create_bus,
    "DescribeEventBus": _describe_bus,
    "TestEventPattern": _test_pattern,
    "PutEvents": put_events,
}
