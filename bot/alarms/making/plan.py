"""From the fields of a form or of one line to an alarm that somebody wants; each fault at its field; pure."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bot.alarms.making.presets import (
    BANDS,
    BY_KEY,
    COMPARISONS,
    INSIGHTS_FUNCTIONS,
    MISSING,
    PRESETS,
    STATISTICS,
    Preset,
)
from bot.alarms.words import MEASURES
from bot.errors import BadInput

T = TypeVar("T")

ALL = "all"
DAY = 86_400
NAME_LENGTH, DESCRIPTION_LENGTH = 255, 1024
FIELDS = (
    "preset", "model", "metric", "statistic", "comparison", "threshold", "period", "evaluation", "missing", "name",
    "description",
)  # fmt: skip

_NUMBER = re.compile(r"([+-]?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]{1,3})?) ?(k|m|g|b)?", re.IGNORECASE)
_SCALES = {"": 1.0, "k": 1e3, "m": 1e6, "g": 1e9, "b": 1e9}
_LENGTH = re.compile(r"([0-9]{1,6}) ?(s|sec|seconds?|m|min|minutes?|h|hours?|d|days?)?", re.IGNORECASE)
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": DAY}
_EVALUATION = re.compile(r"([0-9]{1,5})(?: ?(?:of|/|out of) ?([0-9]{1,5}))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Choice:
    """A model that may be watched: a short ``key`` for forms, its ``ModelId``, its name, whether it has metrics."""

    key: str
    model_id: str
    name: str
    measured: bool = True


@dataclass(frozen=True, slots=True)
class Plan:
    """An alarm as somebody wants it; an empty ``model_id`` means all models, a threshold of None "propose one".

    ``datapoints`` of ``periods`` periods of ``period`` seconds have to breach.
    """

    preset: str
    model_id: str
    model: str
    metric: str
    statistic: str
    comparison: str
    threshold: float | None
    period: int
    datapoints: int
    periods: int
    missing: str
    name: str
    description: str

    @property
    def shape(self) -> str:
        """How it is written down: see ``Preset.shape``."""
        return BY_KEY[self.preset].shape


def read(fields: Mapping[str, str | None], models: Sequence[Choice]) -> tuple[Plan | None, dict[str, str]]:
    """Check all fields (see ``FIELDS``); either a Plan or a sentence per field at fault. What is empty is the preset's."""
    text = {key: " ".join((value or "").split()) for key, value in fields.items()}
    errors: dict[str, str] = {}

    def take(field: str, check: Callable[[str], T], spare: T) -> T:
        try:
            return check(text.get(field, ""))
        except BadInput as error:
            errors[error.field or field] = error.sentence
            return spare

    preset = take("preset", _preset, PRESETS[0])
    wanted = text.get("model") or (ALL if preset.all_models else "")
    model = take("model", lambda _: find(wanted, models), None)
    plain = preset.shape == "metric"
    datapoints, periods = take("evaluation", lambda t: _evaluation(t, preset), (1, 1))
    plan = Plan(
        preset=preset.key,
        model_id=model.model_id if model else "",
        model=model.name if model else "all models",
        metric=take("metric", lambda t: _metric(t, preset), preset.metric),
        statistic=take("statistic", lambda t: _statistic(t, preset), preset.statistic),
        comparison=take("comparison", lambda t: _comparison(t, preset), preset.comparison),
        threshold=take("threshold", lambda t: _threshold(t, preset), None) if preset.shape != "stalled" else 0.0,
        period=take("period", lambda t: seconds(t) if t else preset.period, preset.period),
        datapoints=datapoints,
        periods=periods,
        missing=take("missing", lambda t: _choice(t, MISSING, "missing data") if t else preset.missing, ""),
        name=take("name", lambda t: _name(t or proposed_name(preset.key, model)), ""),
        description=take("description", description, ""),
    )
    errors |= _together(plan, model is None and "model" not in errors, plain) | span_errors(plan) | errors
    return (None, errors) if errors else (plan, {})


def _together(plan: Plan, everyone: bool, plain: bool) -> dict[str, str]:
    """What each field allows by itself but not with the others."""
    if not everyone:
        return {}
    if not plain:
        return {"model": "This kind of alarm watches one model. Choose which."}
    if plan.statistic not in INSIGHTS_FUNCTIONS:
        return {"statistic": "For all models at once it can be average, highest, lowest or sum."}
    return {}


def span_errors(plan: Plan) -> dict[str, str]:
    """Amazon looks back at most 7 days, and at most 1 day in periods under an hour."""
    if plan.period * plan.periods > (7 * DAY if plan.period >= 3600 else DAY):
        most = "7 days" if plan.period >= 3600 else "1 day in periods of less than an hour"
        return {"evaluation": f"CloudWatch looks back over at most {most}. Take fewer or shorter periods."}
    return {}


def find(wanted: str, models: Sequence[Choice]) -> Choice | None:
    """The model meant by a key, an id, a name or words of them; None for all models."""
    text = wanted.casefold()
    if text in {ALL, "all models", "*"}:
        return None
    if not wanted:
        raise BadInput(f"Which model? {_known(models)}")
    exact = [one for one in models if wanted in {one.key, one.model_id} or text == one.name.casefold()]
    words = text.split()
    found = exact or [one for one in models if all(w in f"{one.model_id} {one.name}".casefold() for w in words)]
    if len(found) == 1:
        return found[0]
    if found:
        raise BadInput(f"“{wanted[:60]}” could be {', '.join(one.name for one in found[:6])}. Say which.")
    raise BadInput(f"I do not know the model “{wanted[:60]}”. {_known(models)}")


def _known(models: Sequence[Choice]) -> str:
    more = f" and {len(models) - 8} more" if len(models) > 8 else ""
    return f"I know {', '.join(one.name for one in models[:8])}{more}, or all." if models else "It can be all."


def proposed_name(preset: str, model: Choice | None) -> str:
    """``batch-backlog-claude-sonnet-4-5``."""
    return f"batch-{preset}-{_slug(model.name if model else 'all-models')}"


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")[:80] or "model"


def _preset(text: str) -> Preset:
    key = text.casefold() or PRESETS[0].key
    found = BY_KEY.get(key) or next((one for one in PRESETS if one.name.casefold() == key), None)
    if found is None:
        raise BadInput(f"I do not know the preset “{text[:40]}”. There are {', '.join(BY_KEY)}.")
    return found


def _metric(text: str, preset: Preset) -> str:
    if not text or preset.shape == "stalled":
        return preset.metric
    found = [name for name, words in MEASURES.items() if text.casefold() in {name.casefold(), words}]
    found = found or [n for n, words in MEASURES.items() if all(w in words for w in text.casefold().split())]
    if len(found) != 1:
        raise BadInput(f"The metric can be {', '.join(MEASURES.values())}.")
    return found[0]


def _statistic(text: str, preset: Preset) -> str:
    return _choice(text, STATISTICS, "statistic") if text else preset.statistic


def _comparison(text: str, preset: Preset) -> str:
    rows = BANDS if preset.shape == "band" else COMPARISONS
    return _choice(text, rows, "comparison") if text and preset.shape != "stalled" else preset.comparison


def _choice(text: str, rows: Mapping[str, str], what: str) -> str:
    for key, words in rows.items():
        if text.casefold() in {key.casefold(), words}:
            return key
    raise BadInput(f"The {what} can be {', '.join(rows)}.")


def _threshold(text: str, preset: Preset) -> float | None:
    if not text:
        if preset.threshold is None:
            raise BadInput("At which value should it ring?")
        return None
    value = number(text)
    if preset.shape == "band" and not 0 < value <= 100:
        raise BadInput("The width of the band is a number of standard deviations above 0, usually 2.")
    return value


def number(text: str) -> float:
    """``15000``, ``15,000``, ``15k``, ``1.5M``; raises BadInput."""
    found = _NUMBER.fullmatch(re.sub(r"(?<=[0-9])[, '_](?=[0-9]{3})", "", text.strip()))
    value = float(found[1]) * _SCALES[(found[2] or "").lower()] if found else math.nan
    if not math.isfinite(value) or abs(value) > 1e18:
        raise BadInput("That is no number I understand. Try 15000, 15k or 1.5M.")
    return value


def seconds(text: str) -> int:
    """``300``, ``5m``, ``6h`` as whole minutes in seconds; raises BadInput."""
    found = _LENGTH.fullmatch(text.strip())
    value = int(found[1]) * _UNITS[(found[2] or "")[:1].lower()] if found else 0
    if value < 60 or value % 60 or value > 7 * DAY:
        raise BadInput("A period is a whole number of minutes, such as 5m, 1h or 6h.")
    return value


def _evaluation(text: str, preset: Preset) -> tuple[int, int]:
    if not text:
        return preset.datapoints, preset.periods
    return evaluation(text)


def evaluation(text: str) -> tuple[int, int]:
    """``3 of 5``, ``3/5`` or ``3``: how many datapoints of how many have to breach; raises BadInput."""
    found = _EVALUATION.fullmatch(text.strip())
    least, of = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not 1 <= least <= of:
        raise BadInput("Say how many datapoints of how many, such as 3 of 3 or 2 of 5.")
    return least, of


def _name(text: str) -> str:
    if len(text) > NAME_LENGTH:
        raise BadInput(f"An alarm's name has at most {NAME_LENGTH} characters; this one has {len(text)}.")
    if not text.isprintable():
        raise BadInput("An alarm's name takes visible characters only.")
    return text


def description(text: str) -> str:
    """Up to 1,024 characters; raises BadInput."""
    if len(text) > DESCRIPTION_LENGTH:
        raise BadInput(f"A description has at most {DESCRIPTION_LENGTH} characters; this one has {len(text)}.")
    return text
