"""The metrics of CloudWatch namespace AWS/Bedrock/Batch, one row each; a new metric is a new row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

NAMESPACE = "AWS/Bedrock/Batch"
DIMENSION = "ModelId"

RECORDS = "NumberOfRecordsPendingProcessing"
TOKENS = "NumberOfTokensPendingProcessing"
INPUT = "NumberOfInputTokensProcessedPerMinute"
OUTPUT = "NumberOfOutputTokensProcessedPerMinute"


@dataclass(frozen=True, slots=True)
class Metric:
    """What is known of one metric.

    ``words`` is its name in a sentence or a title, ``label`` the short one for a narrow column, ``unit`` what stands at
    an axis. ``kind`` says what it tells of a model: what waits (``backlog``) or what is being done (``throughput``).
    ``digits`` is how its values are written: every digit (``whole``) or three of them (``compact``).
    """

    name: str
    words: str
    label: str
    unit: str
    kind: Literal["backlog", "throughput"]
    digits: Literal["whole", "compact"] = "compact"
    statistic: Literal["Average", "Maximum", "Minimum", "Sum"] = "Average"
    claude_only: bool = False


# Amazon documents neither unit nor period; a backlog and a rate are both read as averages over a period.
METRICS: tuple[Metric, ...] = (
    Metric(RECORDS, "Records pending", "Records", "records", "backlog", digits="whole"),
    Metric(TOKENS, "Tokens pending", "Tokens", "tokens", "backlog", claude_only=True),
    Metric(INPUT, "Input tokens per minute", "In/min", "tokens / min", "throughput"),
    Metric(OUTPUT, "Output tokens per minute", "Out/min", "tokens / min", "throughput"),
)

BY_NAME = {metric.name: metric for metric in METRICS}
