"""How long SNS keeps trying an HTTP endpoint before it gives a message up (delivery policies); pure.

Shape: ``minDelayTarget``, ``maxDelayTarget`` (seconds), ``numRetries`` and how many of them come at once
(``numNoDelayRetries``), at the least and at the longest delay; the rest climbs in between. SNS cuts everything at an hour.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

LIMIT = 3600.0
PATIENT: dict[str, Any] = {
    "healthyRetryPolicy": {
        "minDelayTarget": 5,
        "maxDelayTarget": 60,
        "numRetries": 64,
        "numNoDelayRetries": 0,
        "numMinDelayRetries": 6,
        "numMaxDelayRetries": 46,
        "backoffFunction": "exponential",
    }
}
"""Half a minute closely, then once a minute for the better part of an hour: longer than a deployment or a reboot."""

_DEFAULT = {"minDelayTarget": 20, "maxDelayTarget": 20, "numRetries": 3}


def patience(subscription: Mapping[str, Any], topic: Mapping[str, Any] | None = None) -> float:
    """Seconds from the first attempt to the last, by a subscription's attributes, else its topic's, else the default."""
    policy = parsed(subscription.get("EffectiveDeliveryPolicy")) or parsed(subscription.get("DeliveryPolicy"))
    retry = policy.get("healthyRetryPolicy")
    if not isinstance(retry, dict):
        of_topic = parsed((topic or {}).get("EffectiveDeliveryPolicy")) or parsed((topic or {}).get("DeliveryPolicy"))
        http = of_topic.get("http")
        retry = http.get("defaultHealthyRetryPolicy") if isinstance(http, dict) else None
    return seconds(retry if isinstance(retry, dict) else _DEFAULT)


def seconds(retry: Mapping[str, Any]) -> float:
    """The sum of the delays; the climbing ones are counted at the mean of both ends, which no function exceeds by much."""
    least, longest = (_number(retry, key) for key in ("minDelayTarget", "maxDelayTarget"))
    counts = [_number(retry, f"num{name}Retries") for name in ("NoDelay", "MinDelay", "MaxDelay")]
    climbing = max(_number(retry, "numRetries") - sum(counts), 0)
    return min(counts[1] * least + counts[2] * longest + climbing * (least + longest) / 2, LIMIT)


def parsed(text: object) -> dict[str, Any]:
    """A JSON attribute as a dict; empty where it is none."""
    try:
        found = json.loads(str(text or "{}"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _number(retry: Mapping[str, Any], key: str) -> float:
    value = retry.get(key, _DEFAULT.get(key, 0))
    return float(value) if isinstance(value, (int, float)) else 0.0
