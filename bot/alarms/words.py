"""Says in words what an alarm measures, how much it is, and how that stands to the limit; pure.

What these functions return is plain text: foreign names in it still have to be escaped by the view.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from urllib.parse import quote

from bot.alarms.alarm import Alarm
from bot.slack.blocks import count, span

# AWS/Bedrock/Batch publishes four metrics; the period and the unit are in their names.
BATCH_NAMESPACE = "AWS/Bedrock/Batch"
MEASURES: Mapping[str, str] = {
    "NumberOfRecordsPendingProcessing": "records pending",
    "NumberOfTokensPendingProcessing": "tokens pending",
    "NumberOfInputTokensProcessedPerMinute": "input tokens per minute",
    "NumberOfOutputTokensProcessedPerMinute": "output tokens per minute",
}
LIMITS: Mapping[str, str] = {
    "GreaterThanThreshold": "limit",
    "GreaterThanOrEqualToThreshold": "should stay below",
    "LessThanThreshold": "should be at least",
    "LessThanOrEqualToThreshold": "should be above",
    "LessThanLowerThreshold": "expected at least",
    "GreaterThanUpperThreshold": "expected at most",
    "LessThanLowerOrGreaterThanUpperThreshold": "expected about",
}
STATISTICS: Mapping[str, str] = {
    "AVERAGE": "average",
    "AVG": "average",
    "MAXIMUM": "highest",
    "MAX": "highest",
    "MINIMUM": "lowest",
    "MIN": "lowest",
    "SUM": "sum",
    "SAMPLECOUNT": "number of samples",
    "COUNT": "number of samples",
}
# Amazon's console has a host of its own in each partition that the public can reach.
CONSOLES: Mapping[str, str] = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
    "aws-eusc": "console.amazonaws-eusc.eu",
}


def measure(alarm: Alarm) -> str:
    """``records pending``; the metric's own name or an expression's label where there are no words for it."""
    return metric(alarm.metric, alarm.namespace) or alarm.label or ""


def metric(name: str | None, namespace: str | None) -> str:
    """The words for a metric of batch inference; any other's own name."""
    ours = namespace in (None, BATCH_NAMESPACE)
    return (MEASURES.get(name or "") if ours else None) or name or ""


def known(alarm: Alarm) -> bool:
    """Whether the alarm watches one of the metrics that there are words for."""
    return measure(alarm) in MEASURES.values()


def statistic(alarm: Alarm) -> str:
    """``average over 6 h``, what one datapoint stands for; empty if the alarm does not say."""
    if not alarm.statistic:
        return ""
    words = STATISTICS.get(alarm.statistic.upper(), alarm.statistic)
    return f"{words} over {span(alarm.period)}" if alarm.period and alarm.period > 0 else words


def amount(number: float, unit: str | None = None) -> str:
    """A figure as people write it: ``18,400``, ``0.25``, ``93 %``; very large and small ones by powers of ten."""
    size = abs(number)
    if size >= 1e15 or 0 < size < 1e-4:
        shown = f"{number:.3g}"
    elif size >= 1000 or float(number).is_integer():
        shown = count(number)
    else:
        shown = f"{number:.4g}"
    return f"{shown} %" if unit == "Percent" else shown


def limit(alarm: Alarm) -> str:
    """``limit 15,000`` or ``should be at least 10``; empty if the alarm has none."""
    if alarm.threshold is None:
        return ""
    return f"{LIMITS.get(alarm.comparison or '', 'limit')} {amount(alarm.threshold, alarm.unit)}"


def distance(alarm: Alarm, value: float | None) -> str:
    """``23 % over`` or ``99 % under`` the limit; empty where that means nothing (no limit, a limit of 0, or kept)."""
    threshold = alarm.threshold
    if value is None or not threshold:
        return ""
    share = (value - threshold) / abs(threshold)
    if share == 0 or not math.isfinite(share) or (share < 0) != alarm.wants_more:
        return ""
    side = "over" if share > 0 else "under"
    if abs(share) >= 10 and threshold > 0:
        return f"{amount(float(f'{value / threshold:.0f}'))} times as much"
    return f"{abs(share):.0%} {side}".replace("%", " %") if abs(share) >= 0.005 else f"just {side}"


def side(alarm: Alarm) -> str:
    """On which side of its limit an alarm is that rings: ``over the limit``, ``under the usual band``."""
    comparison = alarm.comparison or ""
    side = "under" if comparison.startswith("Less") else "over"
    if not (alarm.band_id or alarm.lower is not None or alarm.upper is not None):
        return f"at the limit or {side}" if "OrEqualTo" in comparison else f"{side} the limit"
    if "LowerOrGreater" in comparison:
        return "outside the usual band"
    return f"{side} the usual band"


def console_url(alarm: Alarm) -> str | None:
    """The alarm in CloudWatch's console; None without a region, a public console, or room for so long an address."""
    partition = alarm.arn.split(":", 2)[1] if alarm.arn else "aws"
    host = CONSOLES.get(partition)
    if not alarm.region or not host:
        return None
    url = f"https://{host}/cloudwatch/home?region={alarm.region}#alarmsV2:alarm/{quote(alarm.name, safe='')}"
    return url if len(url) <= 1500 else None
