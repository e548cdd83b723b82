"""The verbs of jobs: what was typed becomes a checked request in the inbox, or an answer out of the rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Protocol

from bot.db import Database
from bot.errors import BadInput, Misconfigured, NotAllowed, NotFound, SlackError
from bot.jobs import modal, store, submission, views
from bot.jobs.job import LOOKS, Job
from bot.jobs.submission import Rules
from bot.slack import blocks as b
from bot.slack.ask import Args, Ask, Button, Errors, Form, Modal, Press, Verb
from bot.slack.blocks import Message

Put = Callable[[str, str, Mapping[str, Any], datetime], None]
"""The inbox: kind, id, body, now."""

SHOWN = 24
GROUPS = {
    "running": [s for s, look in LOOKS.items() if not look.ended],
    "open": [s for s, look in LOOKS.items() if not look.ended],
    "ended": [s for s, look in LOOKS.items() if look.ended],
}


class Rights(Protocol):
    """Who may do what; by Slack user id."""

    def may_submit(self, user: str) -> bool:
        """True for those who may spend money."""
        ...

    def is_admin(self, user: str) -> bool:
        """True for those who may stop what others started."""
        ...


class JobCommands:
    """Answers within the acknowledgement; all that needs Amazon goes through the inbox."""

    def __init__(
        self,
        db: Database,
        put: Put,
        open_view: Callable[[str, Mapping[str, Any]], None],
        rules: Rules,
        rights: Rights,
        *,
        names: Callable[[str], str],
        jobs_channel: str,
        command: str,
    ) -> None:
        """``open_view`` takes a trigger id and a view; ``jobs_channel`` may be empty."""
        self._db = db
        self._put = put
        self._open_view = open_view
        self._rules = rules
        self._rights = rights
        self._names = names
        self._jobs_channel = jobs_channel
        self._command = command

    def verbs(self) -> Sequence[Verb]:
        """The rows that help and routing read."""
        return (
            Verb("submit", "[s3://… model=… name=…]", "Start a batch job; without arguments a form opens. "
                 "Also output=, type=converse, timeout=48.", self.submit),
            Verb("status", "[job]", "How a job stands; without a name, what is running now.", self.status),
            Verb("list", "[status=] [model=] [since=24h]", "Recent jobs.", self.list),
            Verb("stop", "job", "Stop a job of yours. What is done so far stays, and is charged.", self.stop),
        )  # fmt: skip

    def buttons(self) -> Sequence[Button]:
        """The controls on job cards."""
        return (Button("job_details", self.press_details), Button("job_stop", self.press_stop))

    def modals(self) -> Sequence[Modal]:
        """The forms."""
        return (Modal(modal.CALLBACK, self.submitted),)

    # --- submit ---------------------------------------------------------------------------------------------------

    def submit(self, ask: Ask) -> Message | None:
        """Open the form, or take the whole job from one line."""
        self._check_may_submit(ask.user)
        fields = _fields(ask.args)
        if not fields:
            return self._open_form(ask)
        job, errors = submission.read(fields, self._rules, ask.at)
        if job is None:
            raise BadInput("\n".join(f"{field}: {why}" for field, why in errors.items()))
        body = {"submission": asdict(job), "user": ask.user, "channel": ask.channel, "response_url": ask.response_url}
        self._put("submit", ask.trigger_id, body, ask.at)
        return views.accepted(job.name, self._names(job.model_id), self._place(ask.channel))

    def submitted(self, form: Form) -> Errors | None:
        """Check the form; errors stand at their fields, what was typed stays."""
        self._check_may_submit(form.user)
        job, errors = submission.read(form.values, self._rules, form.at)
        if job is None:
            return errors
        channel = form.private_metadata if re.fullmatch(r"[CGD][A-Z0-9]+", form.private_metadata) else ""
        body = {"submission": asdict(job), "user": form.user, "channel": channel, "from_form": True}
        self._put("submit", form.view_id, body, form.at)
        return None

    def _open_form(self, ask: Ask) -> Message | None:
        if not self._rules.models:
            raise Misconfigured("No models are set up. Whoever runs me lists them in batchbot.toml.")
        try:
            self._open_view(ask.trigger_id, modal.form(self._rules, ask.channel))
        except SlackError as error:
            line = f"{self._command} submit s3://bucket/records.jsonl model=… name=…"
            raise SlackError(
                f"Slack did not open the form in time. Try again, or type it in one line: {line}"
            ) from error
        return None

    def _check_may_submit(self, user: str) -> None:
        if not self._rights.may_submit(user):
            raise NotAllowed("You may not submit jobs. Whoever runs me can add you to BATCHBOT_SUBMITTERS.")
        if not self._rules.has_role:
            raise Misconfigured("No Bedrock service role is set up. Whoever runs me has to set BATCHBOT_ROLE_ARN.")

    def _place(self, channel: str) -> str:
        return f"<#{self._jobs_channel}>" if self._jobs_channel and self._jobs_channel != channel else ""

    # --- looking --------------------------------------------------------------------------------------------------

    def status(self, ask: Ask) -> Message:
        """One job's details, or what is running."""
        wanted = _wanted(ask.args)
        if wanted:
            found = self._find(wanted, ask.at)
            return found if isinstance(found, Message) else views.details(found, ask.at, self._names(found.model_id))
        with self._db.read() as tx:
            running = store.recent(tx, status=GROUPS["open"], limit=100)
        return self._listing(running, ask.at, "Running now")

    def list(self, ask: Ask) -> Message:
        """Recent jobs, narrowed by status, model and age."""
        status, model, since = ask.args.get("status"), ask.args.get("model"), ask.args.get("since")
        wanted = _statuses(status) if status else []
        with self._db.read() as tx:
            jobs = store.recent(tx, status=wanted, since=ask.at - _age(since) if since else None)
        if model:
            words = model.casefold().split()
            jobs = [j for j in jobs if all(w in f"{j.model_id} {self._names(j.model_id)}".casefold() for w in words)]
        return self._listing(jobs, ask.at, "Jobs")

    def press_details(self, press: Press) -> Message:
        """Details for the one who pressed."""
        with self._db.read() as tx:
            job = store.get(tx, press.value)
        if job is None:
            raise NotFound("I do not know that job any more.")
        return views.details(job, press.at, self._names(job.model_id))

    def _listing(self, jobs: Sequence[Job], now: datetime, title: str) -> Message:
        names = {j.model_id: self._names(j.model_id) for j in jobs}
        return views.listing(jobs[:SHOWN], now, names, title=title, more=max(len(jobs) - SHOWN, 0))

    def _find(self, wanted: str, now: datetime) -> Job | Message:
        """The one job that is meant, or the question which."""
        with self._db.read() as tx:
            found = store.search(tx, wanted)
        if not found:
            raise NotFound(f"I know no job “{wanted[:80]}”. {self._command} list shows the recent ones.")
        if len(found) > 1:
            names = {j.model_id: self._names(j.model_id) for j in found}
            return views.candidates(wanted, found, now, names)
        return found[0]

    # --- stop -----------------------------------------------------------------------------------------------------

    def stop(self, ask: Ask) -> Message:
        """Stop the named job."""
        wanted = _wanted(ask.args)
        if not wanted:
            raise BadInput(
                f"Which job? {self._command} stop takes its name or id; {self._command} status shows what is running."
            )
        found = self._find(wanted, ask.at)
        return (
            found if isinstance(found, Message) else self._stop(found, ask.user, ask.trigger_id, ask.response_url, ask)
        )

    def press_stop(self, press: Press) -> Message | None:
        """The button on the card; its confirmation was the client's."""
        with self._db.read() as tx:
            job = store.get(tx, press.value)
        if job is None:
            raise NotFound("I do not know that job any more.")
        self._stop(job, press.user, press.trigger_id, press.response_url, press)
        return None

    def _stop(self, job: Job, user: str, key: str, response_url: str, asked: Ask | Press) -> Message:
        owns = bool(user) and user == job.owner
        if not owns and not self._rights.is_admin(user):
            raise NotAllowed(f"Only the owner of {job.name} or one of my admins may stop it.")
        if job.ended:
            raise BadInput(f"{job.name} is over already: {job.look.words}.")
        body = {"job": job.id, "user": user, "response_url": response_url}
        self._put("stop", key, body, asked.at)
        text = f"⏹️ Stopping *{b.esc(job.name, 63)}*. What is done so far stays in the results, and is charged."
        return Message(f"Stopping {b.entities(job.name)}.", [b.section(text)])


def _fields(args: Args) -> dict[str, str | None]:
    """The fields of a one-line submission; empty if nothing was typed."""
    uris = [w for w in args.words if w.startswith("s3:")]
    others = [w for w in args.words if not w.startswith("s3:")]
    fields: dict[str, str | None] = {
        "input": args.get("input", "in") or (uris[0] if uris else ""),
        "output": args.get("output", "out") or (uris[1] if len(uris) > 1 else ""),
        "model": args.get("model") or " ".join(others),
        "name": args.get("name"),
        "type": args.get("type"),
        "timeout": args.get("timeout", "hours"),
    }
    unknown = set(args.options) - {"input", "in", "output", "out", "model", "name", "type", "timeout", "hours"}
    if unknown:
        raise BadInput(f"I do not know “{min(unknown)[:40]}=”. A job has input, output, model, name, type and timeout.")
    return fields if any(fields.values()) else {}


def _wanted(args: Args) -> str:
    return args.get("job", "name", "id") or " ".join(args.words)


def _statuses(wanted: str) -> list[str]:
    group = GROUPS.get(wanted.casefold())
    if group:
        return group
    exact = [s for s in LOOKS if s.casefold() == wanted.casefold()]
    if not exact:
        raise BadInput(f"I do not know the status “{wanted[:40]}”. Try running, ended, or one of {', '.join(LOOKS)}.")
    return exact


def _age(text: str) -> timedelta:
    match = re.fullmatch(r"(\d{1,4})\s*(m|min|h|d|w)", text.casefold())
    if not match:
        raise BadInput(f"“{text[:40]}” is no age I understand. Try since=6h, since=3d or since=2w.")
    unit = {"m": "minutes", "min": "minutes", "h": "hours", "d": "days", "w": "weeks"}[match[2]]
    return timedelta(**{unit: int(match[1])})
