"""Changing an alarm that exists: which of its values a form can show, and the whole definition with new ones; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.alarms.making import definition, plan
from bot.alarms.making.definition import Definition
from bot.alarms.making.presets import BANDS, COMPARISONS, MISSING, STATISTICS
from bot.errors import BadInput

KEEP, ADD = "keep", "add"
_TELLING = ("AlarmActions", "OKActions")


def refusal(described: Mapping[str, Any]) -> str:
    """Why an alarm cannot be changed from chat, as a sentence; empty if it can."""
    name = str(described.get("AlarmName"))[:100]
    if described.get("AlarmType", "MetricAlarm") != "MetricAlarm":
        kind = "composite alarm" if described["AlarmType"] == "CompositeAlarm" else "log alarm"
        return f"{name} is a {kind}. I change metric alarms only; change this one in the CloudWatch console."
    strange = [one for one in definition.unknown(described) if one != "AlarmType"]
    if strange:
        return (
            f"{name} has settings that I do not know ({', '.join(strange[:3])}). Writing it would lose them, so I leave it "
            "alone; change it in the CloudWatch console."
        )
    return ""


def fields_of(described: Mapping[str, Any], topics: Sequence[str]) -> dict[str, str]:
    """The values that a form can change, by field; what is not among them is kept as it is."""
    fields: dict[str, str] = {}
    if described.get("MetricName"):
        statistic = str(described.get("Statistic") or described.get("ExtendedStatistic") or "")
        fields |= {"statistic": statistic} if statistic in STATISTICS else {}
        fields |= {"period": str(described.get("Period") or "")}
    if not described.get("EvaluationCriteria"):
        fields |= {"comparison": str(described.get("ComparisonOperator"))}
        if described.get("Threshold") is not None and not described.get("ThresholdMetricId"):
            fields |= {"threshold": shown(float(described["Threshold"]))}
        of = int(described.get("EvaluationPeriods") or 1)
        fields |= {"evaluation": f"{int(described.get('DatapointsToAlarm') or of)} of {of}"}
        fields |= {"missing": str(described.get("TreatMissingData") or "missing")}
    fields |= {"description": str(described.get("AlarmDescription") or "")}
    if any(topic not in (described.get(one) or ()) for topic in topics for one in _TELLING):
        fields |= {"tells": KEEP}
    return fields


def shown(value: float) -> str:
    """A number as it stands in a field."""
    return f"{value:.15g}"


def edited(
    described: Mapping[str, Any], fields: Mapping[str, str | None], topics: Sequence[str]
) -> tuple[Definition, dict[str, str]]:
    """The definition with the changed fields, all else carried over; and a sentence per field at fault."""
    made = definition.present(described)
    before = fields_of(described, topics)
    errors: dict[str, str] = {}
    for field, old in before.items():
        new = " ".join((fields.get(field) or "").split()) if field != "description" else (fields.get(field) or "")
        if new == old:
            continue
        try:
            made |= _change(field, new, made, topics)
        except BadInput as error:
            errors[field] = error.sentence
    made = {key: value for key, value in made.items() if value not in ("", [], None)}
    return made, definition.check(made) | errors


def _change(field: str, text: str, made: Definition, topics: Sequence[str]) -> Definition:
    """The members that a field stands for, with its new value."""
    if field == "tells":
        return {one: list(dict.fromkeys([*(made.get(one) or ()), *topics])) for one in _TELLING} if text == ADD else {}
    if field == "comparison":
        return {"ComparisonOperator": _of(text, BANDS if made.get("ThresholdMetricId") else COMPARISONS)}
    if field == "evaluation":
        least, of = plan.evaluation(text)
        return {"EvaluationPeriods": of, "DatapointsToAlarm": least}
    member, read = _SINGLE[field] if field != "statistic" or not text.startswith("p") else _PERCENTILE
    return (
        {"Statistic": None, "ExtendedStatistic": None, member: read(text)}
        if field == "statistic"
        else {member: read(text)}
    )


def _of(text: str, rows: Mapping[str, str]) -> str:
    if text not in rows:
        raise BadInput(f"Choose one of {', '.join(rows.values())}.")
    return text


def moved(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether somebody wrote the alarm between two looks at it."""
    return not definition.same(before, now)


_SINGLE: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "statistic": ("Statistic", lambda text: _of(text, STATISTICS)),
    "threshold": ("Threshold", plan.number),
    "period": ("Period", plan.seconds),
    "missing": ("TreatMissingData", lambda text: _of(text, MISSING)),
    "description": ("AlarmDescription", plan.description),
}
_PERCENTILE = ("ExtendedStatistic", lambda text: _of(text, STATISTICS))
