"""The useful alarms on batch metrics, one row each, and the words for their choices; a new preset is a new row; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

RECORDS = "NumberOfRecordsPendingProcessing"
INPUT = "NumberOfInputTokensProcessedPerMinute"
ABOVE, BELOW, AT_MOST = "GreaterThanThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold"
OUTSIDE, UNDER_BAND, OVER_BAND = (
    "LessThanLowerOrGreaterThanUpperThreshold",
    "LessThanLowerThreshold",
    "GreaterThanUpperThreshold",
)

COMPARISONS: Mapping[str, str] = {
    ABOVE: "above",
    "GreaterThanOrEqualToThreshold": "at or above",
    BELOW: "below",
    AT_MOST: "at or below",
}
BANDS: Mapping[str, str] = {
    OUTSIDE: "outside the usual band",
    UNDER_BAND: "below the usual band",
    OVER_BAND: "above the usual band",
}
STATISTICS: Mapping[str, str] = {
    "Average": "average",
    "Maximum": "highest",
    "Minimum": "lowest",
    "Sum": "sum",
    "p95": "95th percentile",
}
INSIGHTS_FUNCTIONS: Mapping[str, str] = {"Average": "AVG", "Maximum": "MAX", "Minimum": "MIN", "Sum": "SUM"}
"""The statistics that Metrics Insights knows (its query language has no percentile)."""
MISSING: Mapping[str, str] = {
    "notBreaching": "missing data is fine",
    "breaching": "missing data counts as breaching",
    "ignore": "missing data changes nothing",
    "missing": "missing data means INSUFFICIENT_DATA",
}
PERIODS = (60, 300, 900, 3600, 21600, 86400)

Shape = Literal["metric", "stalled", "band"]


@dataclass(frozen=True, slots=True)
class Rule:
    """How a threshold comes out of a model's own history: a percentile of its datapoints times a factor."""

    percentile: float
    factor: float
    words: str


@dataclass(frozen=True, slots=True)
class Preset:
    """One kind of alarm with its usual values.

    ``shape`` says how it is written down: a single metric, the expression for a stalled model, or an anomaly band
    (then ``threshold`` is the width of the band in standard deviations). ``period`` is in seconds. ``threshold`` is what
    is proposed where ``rule`` has no history to work on; None where nothing sensible can be said.
    ``all_models`` says that it is meant for all of them at once.
    """

    key: str
    name: str
    why: str
    metric: str
    comparison: str
    threshold: float | None
    period: int
    datapoints: int
    periods: int
    missing: str = "notBreaching"
    statistic: str = "Average"
    shape: Shape = "metric"
    rule: Rule | None = None
    all_models: bool = False


_HIGH = Rule(0.95, 1.0, "the 95th percentile of the last 7 days")
_LOW = Rule(0.5, 0.5, "half of the median of the last 7 days")

PRESETS: tuple[Preset, ...] = (
    Preset(
        "backlog", "Backlog too high", "More records wait than is usual for this model.",
        RECORDS, ABOVE, 10_000, 300, 3, 3, rule=_HIGH,
    ),
    Preset(
        "stalled", "Stalled", "Records wait, and nothing is processed.",
        RECORDS, ABOVE, 0, 300, 6, 6, shape="stalled",
    ),
    Preset(
        "slow", "Throughput far below usual", "Jobs run, but much slower than this model usually does.",
        INPUT, BELOW, 10_000, 900, 3, 4, rule=_LOW,
    ),
    Preset(
        "drained", "Backlog drained", "Nothing waits any more: the results of this model are complete.",
        RECORDS, AT_MOST, 0, 300, 1, 1, statistic="Maximum",
    ),
    Preset(
        "tokens", "Input tokens high (Amazon's own example)",
        "The average over 6 hours is above a million input tokens per minute.",
        INPUT, ABOVE, 1_000_000, 21600, 1, 1,
    ),
    Preset(
        "anomaly", "Unusual throughput", "Throughput leaves the band that CloudWatch expects from this model's past.",
        INPUT, OUTSIDE, 2, 900, 2, 3, shape="band",
    ),
    Preset(
        "models", "Backlog of any model", "One alarm for all models, with a message for each that waits too long.",
        RECORDS, ABOVE, 10_000, 300, 3, 3, statistic="Maximum", rule=_HIGH, all_models=True,
    ),
    Preset(
        "own", "Something else", "Choose everything yourself.",
        RECORDS, ABOVE, None, 300, 3, 3, rule=_HIGH,
    ),
)  # fmt: skip

BY_KEY: Mapping[str, Preset] = {preset.key: preset for preset in PRESETS}
