"""How jobs look in Slack: the living card, its details, the list, the end; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import quote

from bot.jobs.job import LOOKS, Job
from bot.jobs.meanings import meaning
from bot.slack import blocks as b
from bot.slack.blocks import Block, Message

Names = Mapping[str, str]
"""Model ids to the names that people use."""
Ringing = tuple[str, str]
"""An open alarm: its name, and the address of its card (empty where there is none)."""
ALARMS = 2


def card(job: Job, now: datetime, model: str, ringing: Sequence[Ringing] = ()) -> Message:
    """The living message: state, progress, times, the alarms ``ringing`` on its model, links, buttons."""
    headline = f"{_emoji(job)} *{_linked_name(job)}*  ·  {_state(job)}"
    lines = [headline, _progress(job), _times(job, now)] if job.counts.total else [headline, _waiting(job, now)]
    parts = [b.section("\n".join(line for line in lines if line))]
    if job.status in {"Failed", "PartiallyCompleted", "Expired", "Refused"} and (why := _why(job)):
        parts.append(b.section(why))
    if ringing and not job.ended:
        parts.append(b.context(_alarms(ringing)))
    parts.append(b.context(*_facts(job, now, model)))
    if controls := _controls(job):
        parts.append(b.actions(*controls))
    return Message(b.entities(f"{sentence(job, model)}"), parts)


def sentence(job: Job, model: str) -> str:
    """The card in one plain sentence, for notifications and screen readers."""
    text = f"Job {b.plain(job.name, 63)} on {b.plain(model, 60)}: {_state(job)}"
    if job.counts.total:
        text += f", {b.count(job.counts.processed)} of {b.count(job.counts.total)} records done"
        text += f", {b.count(job.counts.errors)} failed" if job.counts.errors else ""
    return text + "."


def finished(job: Job, model: str) -> Message:
    """The reply at the end: mentions the owner, says counts, duration and, on failure, why."""
    who = f"{b.user(job.owner)} " if job.owner else ""
    lines = [f"{_emoji(job)} {who}*{b.esc(job.name, 63)}* {_ending(job)}"]
    if job.status in {"Failed", "PartiallyCompleted", "Expired", "Stopped"} and (why := _why(job)):
        lines.append(why)
    if job.counts.success:
        lines.append(f"Results: {_results(job)}")
    plain = f"Job {b.plain(job.name, 63)} on {b.plain(model, 60)} {_ending(job)}"
    mention = f"{b.user(job.owner)} " if job.owner else ""
    return Message(mention + b.entities(plain), [b.section("\n".join(lines))])


def details(job: Job, now: datetime, model: str) -> Message:
    """All that is known of a job, for one person."""
    counts = job.counts
    known = f"{b.count(counts.processed)} of {b.count(counts.total)} done, {b.count(counts.success)} good, "
    pairs = [
        ("State", f"{_emoji(job)} {_state(job)}"),
        ("Records", known + f"{b.count(counts.errors)} failed" if counts.total else _uncounted(job) or "none counted"),
        ("Model", f"{b.esc(model, 60)}\n{b.code(job.model_id)}"),
        ("Type", f"{b.esc(job.invocation_type)}, time limit {job.timeout_hours} h"),
        ("Submitted", f"{b.date(job.began)} ({b.span(now - job.began)} ago)"),
        ("Owner", b.user(job.owner) if job.owner else "started outside Slack"),
    ]
    if job.ended_at:
        pairs.append(("Ended", f"{b.date(job.ended_at)} after {b.span(job.ended_at - job.began)}"))
    elif job.expires_at:
        pairs.append(("Expires", f"{b.date(job.expires_at)} (in {b.span(job.expires_at - now)})"))
    if eta := job.eta(now):
        pairs.append(("Done about", b.date(eta)))
    parts = [b.section(f"*{_linked_name(job)}*"), b.fields(pairs)]
    if job.message or meaning(job.message, job.status):
        parts.append(b.section(_why(job)))
    parts.append(b.section(f"Input {b.code(job.input_uri)}\nResults {_results(job)}"))
    parts.append(b.context(f"Job {b.code(job.bedrock_id or job.id)}", b.code(job.arn) if job.arn else ""))
    return Message(b.entities(sentence(job, model)), parts)


def listing(jobs: Sequence[Job], now: datetime, names: Names, *, title: str, more: int = 0) -> Message:
    """Several jobs, one line each."""
    if not jobs:
        return Message(f"{title}: none.", [b.section(f"*{b.esc(title)}*: none.")])
    lines = [_line(job, now, names.get(job.model_id, job.model_id)) for job in jobs]
    parts = [b.section(f"*{b.esc(title)}*")]
    parts += [b.section("\n".join(lines[i : i + 8])) for i in range(0, len(lines), 8)]
    if more:
        parts.append(b.context(f"and {b.count(more)} more; narrow it with status=, model= or since="))
    running = sum(not j.ended for j in jobs)
    return Message(f"{b.plain(title)}: {b.plural(len(jobs), 'job')}, {running} of them not finished.", parts)


def candidates(wanted: str, jobs: Sequence[Job], now: datetime, names: Names) -> Message:
    """Ask which of several jobs was meant."""
    shown = jobs[:10]
    lines = [f"{_line(j, now, names.get(j.model_id, j.model_id))}  ·  {b.code(j.bedrock_id or j.id)}" for j in shown]
    more = ["…and more"] if len(jobs) > len(shown) else []
    head = f"Several jobs match {b.code(wanted, 60)}. Say the id of the one you mean:"
    return Message(
        f"Several jobs match {b.entities(b.plain(wanted, 60))}.", [b.section("\n".join([head, *lines, *more]))]
    )


def accepted(name: str, model: str, place: str) -> Message:
    """The first answer to a submission."""
    where = f"in {place}" if place else "here"
    text = f"🔎 Checking the input of *{b.esc(name, 63)}* for {b.esc(model, 60)}. Its card comes {where} in a moment."
    return Message(f"Checking the input of {b.entities(name)}. Its card comes in a moment.", [b.section(text)])


def refused(name: str, why: str) -> Message:
    """A submission that went nowhere."""
    text = f"❌ *{b.esc(name, 63)}* was not started. {b.entities(b.plain(why, 1500))}"
    return Message(
        f"{b.entities(b.plain(name, 63))} was not started. {b.entities(b.plain(why, 1500))}", [b.section(text)]
    )


def waiting(name: str) -> Message:
    """Amazon does not answer; said once."""
    text = "Amazon does not answer just now. I keep trying for half an hour; you need not submit it again."
    return Message(f"{b.entities(name)}: {text}", [b.section(f"🕓 *{b.esc(name, 63)}*: {text}")])


def _alarms(ringing: Sequence[Ringing]) -> str:
    """``🔴 alarm batch-backlog rings on this model``, two of them by name."""
    shown = [b.link(url, b.plain(name, 80)) for name, url in ringing[:ALARMS]]
    names = ", ".join(shown)
    if len(ringing) > ALARMS:
        names += f" and {b.count(len(ringing) - ALARMS)} more"
    many = len(ringing) > 1
    return f"🔴 {'alarms' if many else 'alarm'} {names} {'ring' if many else 'rings'} on this model"


def _emoji(job: Job) -> str:
    return "⚠️" if job.status == "Completed" and job.has_failures else job.look.emoji


def _state(job: Job) -> str:
    if job.status == "Completed" and job.has_failures:
        return f"complete, {b.plural(job.counts.errors, 'record')} failed"
    known = job.look.words if job.status in LOOKS else b.esc(job.status, 40)
    return "asked to stop" if job.stop_at and not job.ended and job.status != "Stopping" else known


def _linked_name(job: Job) -> str:
    return b.link(console_url(job), job.name) if job.arn else b.esc(job.name, 63)


def _progress(job: Job) -> str:
    counts = job.counts
    done = f"{b.count(counts.processed)} of {b.count(counts.total)}"
    failed = f"  ·  {b.count(counts.errors)} failed" if counts.errors else ""
    if job.ended and job.ended_at:
        return f"{b.bar(counts.processed / counts.total)}  {done} in {b.span(job.ended_at - job.began)}{failed}"
    share = counts.processed / counts.total
    return f"{b.bar(share)}  *{int(share * 100)} %*  ·  {done}{failed}"


def _waiting(job: Job, now: datetime) -> str:
    """The line of a job whose records Bedrock has not counted yet."""
    return "  ·  ".join(part for part in (_uncounted(job), _times(job, now)) if part)


def _uncounted(job: Job) -> str:
    return "counting…" if job.arn and not job.ended else ""


def _times(job: Job, now: datetime) -> str:
    if job.ended:
        return ""
    eta = job.eta(now)
    done = f"done about *{b.clock_time(eta)}*, {b.span(eta - now)} left" if eta else ""
    expires = f"expires in {b.span(job.expires_at - now)}" if job.expires_at else ""
    return "  ·  ".join(part for part in (done, expires) if part)


def _why(job: Job) -> str:
    if job.status == "Refused":  # the words are ours, not Bedrock's
        return b.esc(job.message, 600)
    plain = meaning(job.message, job.status)
    said = f"Bedrock says: {b.code(job.message, 600)}" if job.message else ""
    return "\n".join(x for x in (said, plain) if x)


def _facts(job: Job, now: datetime, model: str) -> list[str]:
    owner = b.user(job.owner) if job.owner else "started outside Slack"
    if job.ended and job.ended_at:
        when = f"{b.clock_time(job.began)} → {b.clock_time(job.ended_at)}"
    else:
        when = f"submitted {b.date(job.began)}, {b.span(now - job.began)} ago"
    results = b.link(results_url(job), "Results in S3") if job.arn and (not job.ended or job.counts.success) else ""
    return [b.esc(model, 60), owner, when, b.esc(job.region), results]


def _controls(job: Job) -> list[Block]:
    buttons = [b.button("Details", "job_details", job.id, hint="Show all details of this job, to you only")]
    if not job.ended and job.status != "Stopping" and not job.stop_at:
        question = b.confirmation(
            "Stop this job?",
            f"{b.plain(job.name, 63)} will end. What is done so far stays, and is charged.",
            "Stop it",
            "Let it run",
            danger=True,
        )
        buttons.append(b.button("Stop", "job_stop", job.id, style="danger", confirm=question))
    return buttons


def _ending(job: Job) -> str:
    counts, length = job.counts, b.span((job.ended_at or job.began) - job.began)
    done = f"{b.count(counts.success)} of {b.count(counts.total)} records are good"
    failed = f", {b.count(counts.errors)} failed" if counts.errors else ""
    if job.status == "Completed":
        return f"is complete: {done}{failed}, in {length}." if counts.errors else f"is complete: {done}, in {length}."
    words = {"PartiallyCompleted": "ran out of time", "Stopped": "was stopped", "Expired": "expired before it began"}
    verb = words.get(job.status, "failed")
    return f"{verb} after {length}: {done}{failed}." if counts.total else f"{verb} after {length}."


def _line(job: Job, now: datetime, model: str) -> str:
    counts = job.counts
    progress = f"  ·  {b.count(counts.processed)} of {b.count(counts.total)}" if counts.total else ""
    owner = f"  ·  {b.user(job.owner)}" if job.owner else ""
    ago = f"{b.span(now - job.began)} ago"
    return f"{_emoji(job)} *{_linked_name(job)}*  ·  {_state(job)}{progress}  ·  {b.esc(model, 40)}{owner}  ·  {ago}"


def _results(job: Job) -> str:
    where = b.code(job.results_uri)
    return f"{where}  ·  {b.link(results_url(job), 'Open in S3')}" if job.arn else where


def _console(job: Job) -> str:
    suffix = {"aws-cn": "amazonaws.cn", "aws-us-gov": "amazonaws-us-gov.com"}.get(
        job.arn.split(":")[1], "aws.amazon.com"
    )
    return f"console.{suffix}"


def console_url(job: Job) -> str:
    """The job's page in the Bedrock console."""
    return f"https://{_console(job)}/bedrock/home?region={job.region}#/batch-inference/{job.bedrock_id}"


def results_url(job: Job) -> str:
    """The results' folder in the S3 console."""
    bucket, _, prefix = job.results_uri.removeprefix("s3://").partition("/")
    return f"https://{_console(job)}/s3/buckets/{bucket}?region={job.region}&prefix={quote(prefix, safe='/')}"
