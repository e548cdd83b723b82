"""Makes readable notices of everything on a topic that is not an alarm; pure.

Shapes: Budgets "Creating an SNS topic for notifications", Cost Anomaly Detection "Amazon SNS", Amazon Q Developer
"custom notifications", EventBridge "event structure". Nothing here is trusted; the view escapes it.
"""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import urlsplit

from bot.alarms.alarm import Arrival, JobEvent, Notice
from bot.alarms.fields import Payload, clean, flatten, inside, items, mapping, moment, number, pairs, text

JOB_EVENT = "Batch Inference Job State Change"

_BODY = 2400
_BUDGET_LINE = re.compile(r"^([A-Za-z][A-Za-z ]{2,40}): +(\S.{0,200})$", re.MULTILINE)
_MARKED_LINK = re.compile(r"<(https?://[^|>\s]{1,500})\|([^>\n]{0,300})>")


def read_budget(arrival: Arrival, kind: str) -> Notice:
    """An AWS Budgets mail: its ``Key: value`` lines, or the whole text if it has none."""
    lines = tuple((name, clean(value, 200)) for name, value in _BUDGET_LINE.findall(arrival.text)[:12])
    if not lines:
        return read_text(arrival, kind)
    named = dict(lines)
    title = f"Budget {named.pop('Budget Name', 'alert')}"
    amounts = [name for name in named if name.endswith(" Amount")]
    told = ", ".join(f"{name.removesuffix(' Amount').lower()} {named.pop(name)}" for name in reversed(amounts))
    return Notice(kind, f"{title}: {told}" if told else title, arrival.at, values=tuple(named.items()))


def read_cost_anomaly(arrival: Arrival, kind: str) -> Notice:
    """What Cost Anomaly Detection found: how much, when, and its causes."""
    data = arrival.data
    causes = [_cause(mapping(cause)) for cause in items(data.get("rootCauses"), 5)]
    values = [
        ("Impact", _impact(mapping(data.get("impact")))),
        ("When", _days(moment(data.get("anomalyStartDate")), moment(data.get("anomalyEndDate")))),
        ("Service", text(data.get("dimensionalValue"), 200)),
        *(("Cause", cause) for cause in causes),
        ("Monitor", text(data.get("monitorName"), 200)),
        ("Account", text(data.get("accountId"), 60)),
    ]
    return Notice(
        kind,
        "Unusual cost",
        arrival.at,
        values=tuple((name, value) for name, value in values if value),
        url=_console_address(data.get("anomalyDetailsLink")),
    )


def read_custom(arrival: Arrival, kind: str) -> Notice:
    """An Amazon Q Developer custom notification: its title, description and next steps as text."""
    content = mapping(arrival.data.get("content"))
    steps = [f"• {_unlinked(step)}" for entry in items(content.get("nextSteps"), 10) if (step := text(entry, 350))]
    paragraphs = [_unlinked(text(content.get("description"), 8000) or ""), "\n".join(steps)]
    summary = text(inside(arrival.data, "metadata", "summary"), 250)
    related = [text(entry, 300) for entry in items(inside(arrival.data, "metadata", "relatedResources"), 5)]
    words = [text(entry, 75) for entry in items(content.get("keywords"), 10)]
    return Notice(
        kind,
        text(content.get("title"), 250) or summary or arrival.subject or "Notification",
        arrival.at,
        body=clean("\n\n".join(part for part in paragraphs if part), _BODY) or None,
        footer=tuple(word for word in (*words, *related) if word),
    )


def read_job_event(arrival: Arrival, _kind: str) -> JobEvent:
    """EventBridge's news of a batch inference job (events-ref-bedrock)."""
    data, detail = arrival.data, mapping(arrival.data.get("detail"))
    return JobEvent(
        event_id=text(data.get("id"), 100) or "",
        job_arn=text(detail.get("batchJobArn"), 1024) or "",
        status=text(detail.get("status"), 60) or "",
        at=moment(data.get("time")) or arrival.at,
        name=text(detail.get("batchJobName"), 255),
        model=text(detail.get("batchModelId"), 2048),
        failure_message=text(detail.get("failureMessage"), 2048),
        account=text(data.get("account"), 60),
        region=text(data.get("region"), 60),
    )


def is_job_event(data: Payload) -> bool:
    """Whether a payload is EventBridge's of a batch inference job, with what is needed to find the job."""
    detail = mapping(data.get("detail"))
    return data.get("detail-type") == JOB_EVENT and all(
        isinstance(detail.get(name), str) and detail[name] for name in ("batchJobArn", "status")
    )


def read_event(arrival: Arrival, kind: str) -> Notice:
    """Any other EventBridge event: what happened, to what, and the first of its details."""
    data = arrival.data
    resources = [found for entry in items(data.get("resources"), 5) if (found := text(entry, 300))]
    return Notice(
        kind,
        text(data.get("detail-type"), 200) or "Event",
        moment(data.get("time")) or arrival.at,
        values=(*(("Resource", name) for name in resources), *flatten(data.get("detail"), 15)),
        footer=tuple(found for name in ("source", "account", "region") if (found := text(data.get(name), 100))),
    )


def read_json(arrival: Arrival, kind: str) -> Notice:
    """JSON that nobody described to us, as lines of path and value."""
    title = arrival.subject or "A message of a kind that I do not know"
    return Notice(kind, title, arrival.at, values=tuple(flatten(arrival.data, 25)))


def read_text(arrival: Arrival, kind: str) -> Notice:
    """Text as it came."""
    body = clean(arrival.text, _BODY)
    left_out = len(arrival.text) - _BODY
    more = (f"{left_out:,} more characters are not shown",) if left_out > 0 else ()
    return Notice(
        kind, arrival.subject or "Message by SNS", arrival.at, body=body or "(empty)", exact=True, footer=more
    )


def _impact(impact: Payload) -> str | None:
    total, percent = number(impact.get("totalImpact")), number(impact.get("totalImpactPercentage"))
    spent, expected = number(impact.get("totalActualSpend")), number(impact.get("totalExpectedSpend"))
    if total is None:
        return text(impact, 200)
    share = f" (+{percent:,.0f} %)" if percent is not None else ""
    told = f": {spent:,.2f} instead of {expected:,.2f}" if spent is not None and expected is not None else ""
    return f"{total:,.2f} more than expected{share}{told}"[:300]


def _days(first: datetime | None, last: datetime | None) -> str | None:
    if first is None:
        return None
    if last is None:
        return f"since {first:%Y-%m-%d}"
    return f"{first:%Y-%m-%d}" if first.date() == last.date() else f"{first:%Y-%m-%d} to {last:%Y-%m-%d}"


def _cause(cause: Payload) -> str:
    named = pairs({name: cause.get(name) for name in ("service", "usageType", "region", "linkedAccountName")})
    return ", ".join(named.values())


def _console_address(url: object) -> str | None:
    """The address if it is a page of Amazon's console, which is the only place that a notice may link to."""
    if not isinstance(url, str) or len(url) > 1000 or not re.fullmatch(r"https://[!-~]+", url) or "\\" in url:
        return None
    try:
        host = urlsplit(url).netloc
    except ValueError:
        return None
    return url if re.fullmatch(r"(?:[a-z0-9-]{1,40}\.)?console\.aws\.amazon\.com", host) else None


def _unlinked(markdown: str) -> str:
    """Slack's ``<address|words>`` as ``words (address)``: readable, and nothing to press by mistake."""
    return _MARKED_LINK.sub(lambda found: f"{found[2].strip('*_~')} ({found[1]})", markdown)
