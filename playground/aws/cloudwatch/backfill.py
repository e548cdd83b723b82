"""A plausible past: nightly batches and smaller ones by day, model by model, always the same for the same day."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

_STEP = 300
_DAY = 86_400


@dataclass(frozen=True)
class Past:
    """How one model was used: records a minute, tokens a record, and whether token backlog is published."""

    model: str
    records_per_minute: float
    tokens_in: float = 420.0
    tokens_out: float = 60.0
    claude: bool = True


@dataclass
class _Queue:
    records: float = 0.0


def history(days: float, pasts: list[Past], now: datetime) -> Iterator[tuple[str, str, int, float]]:
    """Yield (model, metric, time, value) every five minutes in which a model had work."""
    end = int(now.timestamp()) // _STEP * _STEP
    start = end - int(days * _DAY) // _STEP * _STEP
    for past in pasts:
        queue = _Queue()
        # Whatever the hour, the last three hours show some work, and the queue is empty when live data takes over.
        recent = end - random.Random(past.model).randrange(20, 28) * _STEP
        # A day more than asked for, so that the first hour finds the night's queue as it was.
        for at in range(start - _DAY, end, _STEP):
            left = (end - at) / 3600
            arrivals = _arrivals(past, at) if left > 2.5 else 0.0
            if at == recent:
                arrivals += round(0.6 * 60 * past.records_per_minute)
            points = _step(past, queue, at, arrivals, hurry=left <= 0.5)
            if at >= start:
                yield from ((past.model, metric, at, value) for metric, value in points)


def _step(past: Past, queue: _Queue, at: int, arrivals: float, *, hurry: bool) -> list[tuple[str, float]]:
    had = queue.records > 0
    queue.records += arrivals
    if queue.records <= 0 and not had:
        return []
    noise = random.Random(f"{past.model}:{at}")
    hour = at % _DAY / 3600
    pace = past.records_per_minute * (1.15 if hour < 7 else 0.9) * noise.uniform(0.85, 1.1)
    done = queue.records if hurry else min(queue.records, pace * _STEP / 60)
    queue.records -= done
    rate = done * 60 / _STEP
    reads = past.tokens_in * noise.uniform(0.95, 1.05)
    points = [
        ("NumberOfRecordsPendingProcessing", float(round(queue.records))),
        ("NumberOfInputTokensProcessedPerMinute", round(rate * reads, 1)),
        ("NumberOfOutputTokensProcessedPerMinute", round(rate * past.tokens_out * noise.uniform(0.9, 1.1), 1)),
    ]
    return points + ([("NumberOfTokensPendingProcessing", float(round(queue.records * reads)))] if past.claude else [])


def _arrivals(past: Past, at: int) -> float:
    day, second = divmod(at, _DAY)
    weekend = (day + 4) % 7 in {0, 6}
    plan = random.Random(f"{past.model}:{day}")
    total = 0.0
    jobs = [(1 + plan.random() * 2, plan.uniform(2.5, 5))]
    jobs += [(plan.uniform(8, 19), plan.uniform(0.3, 1.2)) for _ in range(1 if weekend else plan.randint(1, 3))]
    for hour, hours_of_work in jobs:
        if int(hour * 3600) // _STEP == second // _STEP:
            total += round(hours_of_work * 60 * past.records_per_minute)
    return total
