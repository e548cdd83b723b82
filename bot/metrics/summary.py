"""What every model is doing, worked out from its series: stalled, working, idle or silent; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from bot.aws import modelids
from bot.metrics import catalog
from bot.metrics.ranges import Range, Window
from bot.metrics.series import Reading, Series, read

State = Literal["working", "idle", "stalled", "silent"]

STALLED_POINTS = 3


@dataclass(frozen=True, slots=True)
class ModelSummary:
    """One model: a reading for each metric (None where it has no data in the range) and what it is doing.

    ``working``: something waits, is processed or runs. ``stalled``: records wait and no token was processed in the last
    three points. ``idle``: there was work in the range and there is none now. ``silent``: no data in the range.
    ``since`` is when a stalled or idle state began, None where the data does not reach back that far.
    """

    model_id: str
    name: str
    readings: dict[str, Reading | None]
    running_jobs: int
    state: State
    since: datetime | None = None
    partial: bool = False

    def now(self, metric: str) -> float | None:
        """The newest value of a metric, None where there is none."""
        reading = self.readings.get(metric)
        return reading.now if reading else None

    @property
    def backlog(self) -> float | None:
        """Records waiting now; None where nobody knows."""
        return self.now(catalog.RECORDS)

    @property
    def throughput(self) -> float:
        """Input and output tokens a minute now, for ordering."""
        return (self.now(catalog.INPUT) or 0.0) + (self.now(catalog.OUTPUT) or 0.0)


@dataclass(frozen=True, slots=True)
class Summary:
    """All models found, the most important first, for the time from ``since`` to ``until`` in steps of ``period``."""

    models: tuple[ModelSummary, ...]
    range: Range
    since: datetime
    until: datetime
    period: timedelta

    @property
    def partial(self) -> bool:
        """Whether CloudWatch left something out for at least one model."""
        return any(model.partial for model in self.models)


def summarise(
    series: Sequence[Series],
    *,
    range: Range,  # noqa: A002 - the word people use, here and in the command
    now: datetime,
    names: Callable[[str], str],
    running: Callable[[str], int],
) -> Summary:
    """The summary of everything read at ``now``.

    ``names`` gives a name for a ``ModelId`` as CloudWatch has it, ``running`` its number of unfinished jobs.
    """
    period = max((one.period for one in series), default=range.periods[0])
    window = range.window(now, period)
    by_model: dict[str, dict[str, Series]] = {}
    for one in series:
        by_model.setdefault(one.model_id, {})[one.metric] = one
    labels = distinct_names(by_model, names)
    models = [_model(key, of, window, now, running(key)) for key, of in by_model.items()]
    named = [replace(model, name=labels[model.model_id]) for model in models]
    return Summary(tuple(sorted(named, key=_importance)), range, window.since, window.until, period)


def _model(model_id: str, metrics: dict[str, Series], window: Window, now: datetime, jobs: int) -> ModelSummary:
    readings = {
        metric.name: read(metrics[metric.name], window, now) if metric.name in metrics else None
        for metric in catalog.METRICS
    }
    state, since = _state(metrics, readings, window, jobs)
    partial = any(one.partial for one in metrics.values())
    return ModelSummary(model_id, model_id, readings, jobs, state, since, partial)


def _state(
    metrics: dict[str, Series], readings: dict[str, Reading | None], window: Window, jobs: int
) -> tuple[State, datetime | None]:
    known = [reading for reading in readings.values() if reading]
    if not known:
        return "silent", None
    stalled = _stalled_since(metrics, readings, window)
    if stalled:
        return "stalled", stalled
    if jobs or any(reading.now for reading in known):
        return "working", None
    return "idle", _idle_since(metrics, window)


def _stalled_since(metrics: dict[str, Series], readings: dict[str, Reading | None], window: Window) -> datetime | None:
    """When the present standstill began: records wait in each of the last three points, and no token was processed.

    Amazon may leave out the throughput metrics instead of sending 0, so a missing value there counts as none processed,
    unless CloudWatch said that it held something back.
    """
    backlog = next((metrics[name] for name in (catalog.RECORDS, catalog.TOKENS) if _now(readings, name)), None)
    flow = [metrics[name] for name in (catalog.INPUT, catalog.OUTPUT) if name in metrics]
    if backlog is None or any(one.partial for one in flow):
        return None
    busy = {point.at for one in flow for point in one.points if point.value > 0}
    since, still = None, 0
    for point in reversed(backlog.between(window.before, window.until)):
        if point.value <= 0 or point.at in busy:
            break
        since, still = point.at, still + 1
    return since if still >= STALLED_POINTS else None


def _now(readings: dict[str, Reading | None], name: str) -> float:
    reading = readings.get(name)
    return (reading.now if reading else None) or 0.0


def _idle_since(metrics: dict[str, Series], window: Window) -> datetime | None:
    """The end of the last period in which anything waited or was processed."""
    ends = [
        point.at + one.period
        for one in metrics.values()
        for point in one.between(window.before, window.until)
        if point.value > 0
    ]
    return max(ends, default=None)


def _importance(model: ModelSummary) -> tuple[int, float, float, str, str]:
    rank = {"stalled": 0, "working": 1, "idle": 1, "silent": 2}[model.state]
    return rank, -(model.backlog or 0.0), -model.throughput, model.name.lower(), model.model_id


def distinct_names(model_ids: Iterable[str], names: Callable[[str], str]) -> dict[str, str]:
    """A name for every id; where two would share one, the bit that tells them apart stands behind it.

    Geography first, then release date and version, else the id itself.
    """
    groups: dict[str, list[str]] = {}
    for model_id in dict.fromkeys(model_ids):
        groups.setdefault(names(model_id), []).append(model_id)
    result: dict[str, str] = {}
    for name, ids in groups.items():
        bits = _distinguishing(ids)
        result.update({key: f"{name} ({bit})" if bit else name for key, bit in zip(ids, bits, strict=True)})
    return result


def _distinguishing(ids: Sequence[str]) -> list[str]:
    if len(ids) == 1:
        return [""]
    for bit in (modelids.geography, modelids.release, _shape):
        bits = [bit(one) for one in ids]
        if len(set(bits)) == len(ids):
            return bits
    return list(ids)


def _shape(model_id: str) -> str:
    """Geography and whether it is the ARN: the same model reported under both."""
    return " ".join(
        part for part in (modelids.geography(model_id), "ARN" if model_id.startswith("arn:") else "") if part
    )
