"""Made-up metrics for the tests of this folder: models that work, stall, rest and vanish, on a fixed clock."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from bot.aws import modelids
from bot.metrics import catalog
from bot.metrics.ranges import Range
from bot.metrics.series import Series
from bot.metrics.summary import Summary, summarise
from bot.points import clean

NOW = datetime(2026, 11, 23, 9, 2, 30, tzinfo=UTC)
SONNET = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
NOVA = "amazon.nova-pro-v1:0"
HAIKU = "anthropic.claude-haiku-4-5-20251001-v1:0"
GPT = "openai.gpt-oss-120b-1:0"
KINDS = {SONNET: "works", NOVA: "stalls", HAIKU: "rests", GPT: "vanished"}


def series(
    model_id: str, metric: str, over: str, value: Callable[[float], float | None], *, partial: bool = False
) -> Series:
    """``value`` of how far in twice the range a period is (0 to 1); None is a gap."""
    range_ = Range.parse(over)
    period = range_.periods[0]
    window = range_.window(NOW, period)
    steps = round((window.until - window.before) / period)
    values = [(window.before + n * period, value(n / steps)) for n in range(steps)]
    return Series(model_id, metric, period, clean((at, v) for at, v in values if v is not None), partial)


def model(model_id: str, over: str = "24h", kind: str = "works", size: float = 1.0) -> list[Series]:
    """All metrics that CloudWatch would have of a model of this kind."""

    def busy(part: float) -> float | None:
        if kind == "vanished" and part > 0.4:
            return None
        if kind == "rests" and part > 0.75:
            return 0.0 if part < 0.85 else None
        return 1 + part + 0.2 * math.sin(part * 20)

    def backlog(part: float) -> float | None:
        return 0.25 if kind == "stalls" and part > 0.9 else busy(part)

    def flow(part: float) -> float | None:
        return 0.0 if kind == "stalls" and part > 0.9 else busy(part)

    def times(value: Callable[[float], float | None], factor: float) -> Callable[[float], float | None]:
        return lambda part: None if (got := value(part)) is None else round(got * factor * size, 3)

    scaled = {
        catalog.RECORDS: times(backlog, 20_000),
        catalog.TOKENS: times(backlog, 30_000_000),
        catalog.INPUT: times(flow, 800_000),
        catalog.OUTPUT: times(flow, 130_000),
    }
    names = [m.name for m in catalog.METRICS if "claude" in model_id or not m.claude_only]
    return [series(model_id, name, over, scaled[name]) for name in names]


def world(number: int, over: str = "24h") -> list[Series]:
    """The first four models are the ones above, the others work less and less, every fifth of them vanished."""
    ids = [*KINDS, *(f"acme.model-{n}x-v1:0" for n in range(4, number))][:number]
    return [
        one
        for n, key in enumerate(ids)
        for one in model(key, over, KINDS.get(key, "vanished" if n % 5 == 4 else "works"), 1 / (1 + n / 3))
    ]


def summary(all_series: list[Series], over: str = "24h", now: datetime = NOW) -> Summary:
    return summarise(
        all_series,
        range=Range.parse(over),
        now=now,
        names=modelids.pretty,
        running=lambda key: 2 if key == SONNET else 0,
    )


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)
