"""Delivery policies of HTTP subscriptions: what SNS accepts, which is in force, and when it tries again; pure."""

import json
from typing import Any

from playground.aws.errors import AwsError

HARD_LIMIT = 3_600
USUAL: dict[str, Any] = {
    "minDelayTarget": 20,
    "maxDelayTarget": 20,
    "numRetries": 3,
    "numMaxDelayRetries": 0,
    "numNoDelayRetries": 0,
    "numMinDelayRetries": 0,
    "backoffFunction": "linear",
}
_BACKOFF = ("linear", "arithmetic", "geometric", "exponential")
_TYPE = "text/plain; charset=UTF-8"


def check_delivery_policy(text: str, *, topic: bool = False) -> None:
    """Refuse a policy as SetSubscriptionAttributes and SetTopicAttributes do."""
    try:
        policy = json.loads(text or "{}")
    except ValueError:
        policy = None
    if not isinstance(policy, dict):
        raise _refused("failed to parse JSON")
    if topic:
        policy = policy.get("http") or {}
        policy = {"healthyRetryPolicy": policy.get("defaultHealthyRetryPolicy") or {}}
    wanted = policy.get("healthyRetryPolicy")
    if wanted:
        _check_retries(wanted)


def _check_retries(wanted: dict[str, Any]) -> None:
    unknown = wanted.keys() - USUAL.keys()
    if unknown:
        raise _refused(f"Unexpected JSON member: {min(unknown)}")
    retries = USUAL | {key: value for key, value in wanted.items() if value is not None}
    for key in USUAL.keys() - {"backoffFunction"}:
        if not isinstance(retries[key], int) or isinstance(retries[key], bool) or retries[key] < 0:
            raise _refused(f"healthyRetryPolicy.{key} must be a non-negative integer")
    if retries["numRetries"] > 100:
        raise _refused("healthyRetryPolicy.numRetries must be less than or equal to 100")
    if not 1 <= retries["minDelayTarget"] <= retries["maxDelayTarget"] <= HARD_LIMIT:
        raise _refused("healthyRetryPolicy.minDelayTarget must be less than or equal to maxDelayTarget")
    if retries["backoffFunction"] not in _BACKOFF:
        raise _refused(f"healthyRetryPolicy.backoffFunction must be one of {', '.join(_BACKOFF)}")
    phases = retries["numNoDelayRetries"] + retries["numMinDelayRetries"] + retries["numMaxDelayRetries"]
    if phases > retries["numRetries"]:
        raise _refused("healthyRetryPolicy.numRetries must be greater than or equal to the retries of all phases")
    if sum(delays(retries)) > HARD_LIMIT:
        raise _refused(f"the total delay of all retries must be less than or equal to {HARD_LIMIT} seconds")


def effective(own: str | None, of_topic: str | None) -> dict[str, Any]:
    """Tell the policy in force for an endpoint: its own, the topic's, or the usual one."""
    mine, topic = _object(own), _object(of_topic).get("http") or {}
    retries = USUAL | (mine.get("healthyRetryPolicy") or topic.get("defaultHealthyRetryPolicy") or {})
    asked = mine.get("requestPolicy") or topic.get("defaultRequestPolicy") or {"headerContentType": _TYPE}
    throttle = mine.get("throttlePolicy") or topic.get("defaultThrottlePolicy")
    found = {"healthyRetryPolicy": retries, "sicklyRetryPolicy": None, "guaranteed": False, "requestPolicy": asked}
    return found | {"throttlePolicy": throttle}


def effective_of_topic(text: str | None) -> dict[str, Any]:
    """Tell the policy that endpoints without one of their own get from the topic."""
    found = effective(None, text)
    http = {"defaultHealthyRetryPolicy": found["healthyRetryPolicy"], "disableSubscriptionOverrides": False}
    return {"http": http | {"defaultRequestPolicy": found["requestPolicy"]}}


def delays(retries: dict[str, Any]) -> list[float]:
    """List the seconds before each retry: at once, pre-backoff, backoff, post-backoff."""
    low, high = float(retries["minDelayTarget"]), float(retries["maxDelayTarget"])
    first, second, last = (int(retries[f"num{phase}Retries"]) for phase in ("NoDelay", "MinDelay", "MaxDelay"))
    middle = max(int(retries["numRetries"]) - first - second - last, 0)
    steps = [_backoff(str(retries["backoffFunction"]), place / max(middle - 1, 1)) for place in range(middle)]
    rising = [low + (high - low) * step for step in steps]
    return [0.0] * first + [low] * second + rising + [high] * last


def _backoff(how: str, place: float) -> float:
    """Shape the way from the least to the longest delay; both ends are the same for all functions."""
    powers = {"linear": 1.0, "arithmetic": 1.5, "geometric": 2.0, "exponential": 3.0}
    return float(place ** powers[how])


def _object(text: str | None) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _refused(why: str) -> AwsError:
    return AwsError("InvalidParameter", f"Invalid parameter: DeliveryPolicy: {why}")
