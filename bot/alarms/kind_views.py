"""What is special to each kind of alarm, as lines and facts of its card: escaped and bounded; pure.

A line stands for itself and has no line break, so that a card may be cut between any two of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from bot.alarms import words
from bot.alarms.alarm import ALARM, Alarm
from bot.alarms.composites import alarm_name
from bot.alarms.rules import in_words, listed
from bot.slack.blocks import clip, code, esc, link, plain, plural, span

ModelName = Callable[[str], str]

MODEL = "ModelId"
BREACHING = "breaching"

_LINE = 1200
_ORDINALS = {2: "second", 3: "third", 4: "fourth", 5: "fifth", 6: "sixth", 7: "seventh", 8: "eighth", 9: "ninth"}
_EVALUATIONS = {
    "PARTIAL_DATA": "CloudWatch judged by a part of the data only: too many metrics match",
    "EVALUATION_ERROR": "CloudWatch cannot evaluate this alarm: its configuration has to be mended",
    "EVALUATION_FAILURE": "CloudWatch could not evaluate this alarm for the moment and tries again",
}


def lines(alarm: Alarm, model_name: ModelName = str) -> list[str]:
    """Sentences of safe mrkdwn for below the headline, at most 1,600 characters each; none where nothing is special."""
    found = (
        _crossed(alarm),
        _contributor(alarm, model_name),
        _rule(alarm),
        _held_back(alarm),
        _formula(alarm),
        _log(alarm),
        _query(alarm),
        _evaluation(alarm),
    )
    return [line for line in found if line]


def facts(alarm: Alarm) -> list[str]:
    """Short safe mrkdwn for the grey context line: whom its tags name, and what missing data means to it."""
    tags = [f"{esc(name, 30)}: {esc(value, 50)}" for name, value in list(alarm.tags.items())[:3]]
    return [*tags, *(["no data counts as breaching"] if alarm.missing_data == BREACHING else [])]


def among(alarm: Alarm, others: Sequence[Alarm], model_name: ModelName = str) -> str:
    """``The third contributor that rings: Nova Lite and Claude Haiku ring too``; empty if no other one does.

    ``others`` are the contributors of the same alarm that ring at present, the first to ring first.
    """
    names = [_who(other, model_name) for other in others if other.contributor]
    if not alarm.contributor or not names:
        return ""
    place = _ORDINALS.get(len(names) + 1) or f"{len(names) + 1}th"
    what = "model" if set(alarm.contributor) == {MODEL} else "contributor"
    shown = names if len(names) <= 4 else [*names[:3], f"{len(names) - 3} more"]
    return f"The {place} {what} that rings: {listed(shown, 'and')} {'ring' if len(names) > 1 else 'rings'} too"


def _who(alarm: Alarm, model_name: ModelName) -> str:
    model = alarm.contributor.get(MODEL)
    return esc(model_name(model) if model else ", ".join(f"{n}: {v}" for n, v in alarm.contributor.items()), 60)


def _crossed(alarm: Alarm) -> str:
    """``2 of 3 datapoints under the usual band within 45 min (usual 201,344 to 900,000)``."""
    if not alarm.rings:
        return ""
    if alarm.value is None and alarm.missing_data == BREACHING and alarm.threshold is not None:
        length = (alarm.period or 0) * (alarm.evaluation_periods or 0)
        return (
            f"No data{f' for {span(length)}' if length > 0 else ''}, which counts as breaching ({words.limit(alarm)})"
        )
    usual = f" (usual {usual})" if (usual := _usual(alarm)) else ""
    if not alarm.breaching or not alarm.looked_at or alarm.looked_at == 1:
        return f"{words.side(alarm).capitalize()}{usual}" if usual else ""
    what = "query result" if alarm.query else "datapoint"
    counted = f"{alarm.breaching:,} of {plural(alarm.looked_at, what)}"
    within = f" within {span(alarm.period * alarm.looked_at)}" if alarm.period and alarm.looked_at > 1 else ""
    return f"{counted} {words.side(alarm)}{within}{usual}"


def _usual(alarm: Alarm) -> str:
    lower, upper = (None if edge is None else words.amount(edge, alarm.unit) for edge in (alarm.lower, alarm.upper))
    if lower is not None and upper is not None:
        return f"{lower} to {upper}"
    return f"at least {lower}" if lower is not None else f"at most {upper}" if upper is not None else ""


def _contributor(alarm: Alarm, model_name: ModelName) -> str:
    """Which of the things that the alarm watches one by one this card is about."""
    if not alarm.contributor:
        return ""
    model = alarm.contributor.get(MODEL)
    if model and len(alarm.contributor) == 1:
        return f"Rings for *{esc(model_name(model), 100)}* alone; every model of this alarm rings by itself"
    named = [
        f"*{esc(model_name(value) if name == MODEL else f'{name}: {value}', 60)}*"
        for name, value in list(alarm.contributor.items())[:4]
    ]
    more = f" and {len(alarm.contributor) - 4} more" if len(alarm.contributor) > 4 else ""
    return f"Rings for {', '.join(named)}{more} alone; every contributor to this alarm rings by itself"


def _rule(alarm: Alarm) -> str:
    """A composite's rule in words, with a red dot before each child that fires; as it came if it has no words."""
    if not alarm.rule:
        return ""
    firing = {child.name for child in alarm.children if child.state == ALARM}
    for show in (_linked(alarm, firing), _dotted(firing)):
        told = in_words(alarm.rule, show)
        if told is None:
            return f"Rule: {code(alarm.rule, 250)}"
        if len(told) <= _LINE:
            return f"Rings {told}" if told in {"always", "never"} else f"Rings when {told}"
    return f"Rings when {esc(clip(in_words(alarm.rule, alarm_name) or '', 300), 300)}"


def _linked(alarm: Alarm, firing: Iterable[str]) -> Callable[[str], str]:
    """Shows a child as a link to Amazon's console; children are in the account and Region of their composite."""

    def show(reference: str) -> str:
        name = alarm_name(reference)
        url = words.console_url(replace(alarm, name=name))
        return _dot(name, firing) + link(url or "", plain(name, 80))

    return show


def _dotted(firing: Iterable[str]) -> Callable[[str], str]:
    return lambda reference: _dot(alarm_name(reference), firing) + esc(alarm_name(reference), 60)


def _dot(name: str, firing: Iterable[str]) -> str:
    return "🔴 " if name in firing else ""


def _held_back(alarm: Alarm) -> str:
    return f"🔕 {esc(alarm.suppressed[:1].upper() + alarm.suppressed[1:], 300)}" if alarm.suppressed else ""


def _formula(alarm: Alarm) -> str:
    """A math expression with what its names stand for."""
    asked = [query for query in alarm.queries if query["ReturnData"] and query["Id"] != alarm.band_id]
    expression = asked[0].get("Expression", "") if len(asked) == 1 else ""
    named = [_named(query) for query in alarm.queries if "MetricStat" in query]
    if not expression or not named:
        return ""
    more = f" and {len(named) - 3} more" if len(named) > 3 else ""
    label = f"*{esc(asked[0]['Label'], 40)}* is " if asked[0].get("Label") else "Watches "
    return f"{label}{code(expression, 120)}, where {', '.join(named[:3])}{more}"


def _named(query: dict[str, object]) -> str:
    """``m1 is records pending``, the metric behind a name in an expression."""
    stat = query["MetricStat"]
    asked = stat["Metric"] if isinstance(stat, dict) else {}
    return f"{code(query['Id'], 20)} is {esc(words.metric(asked.get('MetricName'), asked.get('Namespace')), 40)}"


def _log(alarm: Alarm) -> str:
    """Where a log alarm looks."""
    if not alarm.log_groups and not alarm.aggregation:
        return ""
    groups = [code(group, 50) for group in alarm.log_groups[:3]]
    groups += [f"{len(alarm.log_groups) - 3} more"] if len(alarm.log_groups) > 3 else []
    counted = f"{code(alarm.aggregation, 50)} over" if alarm.aggregation else "Looks at"
    return f"{counted} the log lines of {listed(groups, 'and')}" if groups else f"{counted} log lines"


def _query(alarm: Alarm) -> str:
    return f"Query: {code(alarm.query, 250)}" if alarm.query else ""


def _evaluation(alarm: Alarm) -> str:
    if not alarm.evaluation:
        return ""
    return f"⚠️ {_EVALUATIONS.get(alarm.evaluation) or f'Evaluation: {esc(alarm.evaluation, 60)}'}"
