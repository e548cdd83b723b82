"""Makes readable notices of everything on a topic that is not an alarm; pure.

Shapes: Budgets "Creating an SNS topic for notifications", Cost Anomaly Detection "Amazon SNS", Amazon Q Developer
"custom notifications". Nothing here is trusted; the view escapes it.
"""

from __future__ import annotations

import re
from datetime import datetime

from bot.alarms.alarm import Arrival, JobEvent, Notice
from bot.alarms.fields import Payload, clean, flatten, items, mapping, moment, number, pairs, text
from bot.alarms.markdown import console_address

JOB_EVENT = "Batch Inference Job State Change"

_BODY = 2400
_CUSTOM = 9000
_TITLES = ("title", "Title", "subject", "Subject", "Event", "event", "name")
_ADDRESS = re.compile(r"https://\S{1,1000}")
_ACCOUNT = re.compile(r"^AWS Account ([0-9]{12})\b", re.MULTILINE)
_BUDGET_LINE = re.compile(r"^([A-Za-z][A-Za-z ]{2,40}): +(\S.{0,200})$", re.MULTILINE)


def read_budget(arrival: Arrival, kind: str) -> Notice:
    """An AWS Budgets mail: its ``Key: value`` lines, or the whole text if it has none."""
    lines = tuple((name, clean(value, 200)) for name, value in _BUDGET_LINE.findall(arrival.text)[:12])
    if not lines:
        return read_text(arrival, kind)
    named = dict(lines)
    title = f"Budget {named.pop('Budget Name', 'alert')}"
    amounts = [name for name in named if name.endswith(" Amount")]
    told = ", ".join(f"{name.removesuffix(' Amount').lower()} {named.pop(name)}" for name in reversed(amounts))
    return Notice(
        kind,
        f"{title}: {told}" if told else title,
        arrival.at,
        values=tuple(named.items()),
        url=next((found for url in _ADDRESS.findall(arrival.text)[:5] if (found := console_address(url))), None),
        footer=tuple(f"account {account}" for account in _ACCOUNT.findall(arrival.text)[:1]),
    )


def read_cost_anomaly(arrival: Arrival, kind: str) -> Notice:
    """What Cost Anomaly Detection found: how much, when, and its causes."""
    data, impact = arrival.data, mapping(arrival.data.get("impact"))
    service, total = text(data.get("dimensionalValue"), 200), number(impact.get("totalImpact"))
    causes = [_cause(mapping(cause)) for cause in items(data.get("rootCauses"), 5)]
    values = [
        ("Impact", _impact(impact)),
        ("When", _days(moment(data.get("anomalyStartDate")), moment(data.get("anomalyEndDate")))),
        ("Service", service),
        *(("Cause", cause) for cause in causes),
        ("Score", _score(mapping(data.get("anomalyScore")))),
        ("Monitor", text(data.get("monitorName"), 200)),
        ("Account", text(data.get("accountId"), 60)),
    ]
    amount = f": {_dollars(total)} more than expected" if total is not None else ""
    return Notice(
        kind,
        f"Unusual cost{amount}{f' on {service}' if amount and service else ''}",
        arrival.at,
        values=tuple((name, value) for name, value in values if value),
        url=console_address(data.get("anomalyDetailsLink")),
    )


def read_custom(arrival: Arrival, kind: str) -> Notice:
    """An Amazon Q Developer custom notification: title, description and next steps in its markdown, and its thread."""
    content, metadata = mapping(arrival.data.get("content")), mapping(arrival.data.get("metadata"))
    steps = [f"• {step}" for entry in items(content.get("nextSteps"), 10) if (step := text(entry, 350))]
    paragraphs = [text(content.get("description"), 8000) or "", "*Next steps*" if steps else "", "\n".join(steps)]
    summary = text(metadata.get("summary"), 250)
    related = [text(entry, 300) for entry in items(metadata.get("relatedResources"), 5)]
    keywords = [text(entry, 75) for entry in items(content.get("keywords"), 10)]
    others = [f"{name}: {value}" for name, value in pairs(metadata.get("additionalContext"), 5).items()]
    return Notice(
        kind,
        text(content.get("title"), 250) or summary or arrival.subject or "Notification",
        arrival.at,
        body=clean("\n".join(part for part in paragraphs if part), _CUSTOM) or None,
        footer=tuple(word for word in (*keywords, text(metadata.get("eventType"), 100), *others, *related) if word),
        markdown=content.get("textType") in (None, "client-markdown"),
        thread=text(metadata.get("threadId"), 250),
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


def read_json(arrival: Arrival, kind: str) -> Notice:
    """JSON that nobody described to us, as lines of path and value."""
    named = (text(arrival.data.get(name), 120) for name in _TITLES if isinstance(arrival.data.get(name), str))
    title = arrival.subject or next((name for name in named if name), "A message of a kind that I do not know")
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
    """Cost Explorer's amounts are US dollars (API_Impact)."""
    total, percent = number(impact.get("totalImpact")), number(impact.get("totalImpactPercentage"))
    spent, expected = number(impact.get("totalActualSpend")), number(impact.get("totalExpectedSpend"))
    if total is None:
        return text(impact, 200)
    share = f" (+{percent:,.0f} %)" if percent is not None and abs(percent) < 1e9 else ""
    told = f": {_dollars(spent)} instead of {_dollars(expected)}" if spent is not None and expected is not None else ""
    return f"{_dollars(total)} more than expected{share}{told}"


def _dollars(amount: float) -> str:
    return f"${amount:,.2f}" if abs(amount) < 1e12 else f"${amount:.3g}"


def _score(score: Payload) -> str | None:
    """How unusual it is, from 0 to 1."""
    now, worst = number(score.get("currentScore")), number(score.get("maxScore"))
    if now is None:
        return None
    return f"{now:.3g} of 1" + (f", at worst {worst:.3g}" if worst is not None and worst > now else "")


def _days(first: datetime | None, last: datetime | None) -> str | None:
    if first is None:
        return None
    if last is None:
        return f"since {first:%Y-%m-%d}"
    return f"{first:%Y-%m-%d}" if first.date() == last.date() else f"{first:%Y-%m-%d} to {last:%Y-%m-%d}"


def _cause(cause: Payload) -> str:
    named = pairs({name: cause.get(name) for name in ("service", "usageType", "region", "linkedAccountName")})
    share = number(mapping(cause.get("impact")).get("contribution"))
    return ", ".join([*named.values(), *([_dollars(share)] if share is not None else [])])
