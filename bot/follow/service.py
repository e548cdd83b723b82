"""What follows what: a row for each run in the transaction of its cause, then the call, tried again, and its result.

Every attempt carries the run's key, so that a repetition counts once where the receiver looks at it; the call is made
at least once whatever happens in between.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.db import Database, Tx
from bot.errors import AwsUnavailable, BotError, HookUnavailable
from bot.follow import rule as rules_of
from bot.follow import store, views
from bot.follow.rule import DRAINED, JOB_ENDED, EndedJob, Order, Receipt, Rule
from bot.follow.run import FAILED, WAITING, Drain, Run
from bot.slack import cards
from bot.slack.blocks import Message
from bot.slack.cards import Picture
from bot.work import backoff

log = structlog.get_logger(__name__)

FIRST_WAIT, LONGEST_WAIT = 5.0, 900.0
"""Seconds before the second attempt, and at most between two."""

Ask = Callable[[Tx, str, Mapping[str, Any], datetime, timedelta], None]
"""Puts an attempt into the inbox, in the transaction at hand: key, body, now, and how long it has to wait."""


class Followups:
    """The feature's one service."""

    def __init__(
        self,
        db: Database,
        rules: Sequence[Rule],
        senders: Mapping[str, Callable[[Order], Receipt]],
        places: Sequence[str],
        *,
        names: Callable[[str], str],
        ask: Ask,
    ) -> None:
        """``senders`` by the kind of target; ``places`` are the channels for drained backlogs, tried in turn."""
        self._db = db
        self._rules = {rule.name: rule for rule in rules}
        self._senders = dict(senders)
        self._places = list(places)
        self._names = names
        self._ask = ask

    # --- causes ---------------------------------------------------------------------------------------------------

    def ended(self, tx: Tx, job: EndedJob, now: datetime) -> None:
        """A job is over: note what has to follow, in the transaction that ends it."""
        name = self._names(job.model_id)
        for rule in self._rules.values():
            if rule.wants_job(job, name):
                key = rules_of.job_key(rule, job)
                body = rules_of.job_body(key, job)
                self._begin(tx, Run(key, rule.name, JOB_ENDED, f"job:{job.id}", body, job.at, now))

    def waits_for(self, model_id: str) -> bool:
        """Whether anything follows when the backlog of this model drains."""
        return any(rule.wants_drain(model_id, self._names(model_id)) for rule in self._rules.values())

    def drained(self, tx: Tx, model: str, at: datetime, now: datetime) -> None:
        """A backlog has drained: note what has to follow, with a card for it."""
        drain = Drain(rules_of.key_of(model, at.isoformat()), model, at)
        if not store.add_drain(tx, drain):
            return
        card = f"drain:{drain.id}"
        for rule in self._rules.values():
            if rule.wants_drain(model, self._names(model)):
                key = rules_of.drain_key(rule, model, at)
                self._begin(tx, Run(key, rule.name, DRAINED, card, rules_of.drain_body(key, model, at), at, now))
        cards.want(tx, card, self._places, now, urgent=True)

    def _begin(self, tx: Tx, run: Run) -> None:
        if store.add(tx, run):
            log.info("follow.begun", rule=run.rule, key=run.key)
            self._attempt(tx, run, run.asked_at, timedelta(0))

    def _attempt(self, tx: Tx, run: Run, now: datetime, wait: timedelta) -> None:
        body = {"run": run.key, "round": run.round, "tries": run.tries}
        self._ask(tx, f"follow:{run.key}:{run.round}.{run.tries}", body, now, wait)

    # --- work -----------------------------------------------------------------------------------------------------

    def run(self, body: Mapping[str, Any], now: datetime) -> None:
        """Make one attempt; may be repeated."""
        with self._db.read() as tx:
            run = store.get(tx, str(body["run"]))
        if run is None or not _is_turn(run, body):
            return
        try:
            receipt = self._send(run, now)
        except (AwsUnavailable, HookUnavailable) as error:
            self._settle(run, run.tried(error.sentence) if run.in_time(now) else run.failed(error.sentence, now), now)
        except BotError as error:
            self._settle(run, run.failed(error.sentence, now), now)
        else:
            self._settle(run, run.done(receipt, now), now)

    def _send(self, run: Run, now: datetime) -> Receipt:
        rule = self._rules.get(run.rule)
        if rule is None:
            raise BotError("It is no longer among the follow-ups in my settings.")
        order = Order(rule.target.address, run.key, run.event, run.body, run.at, now)
        return self._senders[rule.target.kind](order)

    def _settle(self, run: Run, after: Run, now: datetime) -> None:
        """Write down what became of an attempt, unless another worker was quicker."""
        with self._db.write() as tx:
            fresh = store.lock(tx, run.key)
            if fresh is None or (fresh.state, fresh.round, fresh.tries) != (run.state, run.round, run.tries):
                return
            store.save(tx, after)
            log.info("follow.tried", rule=after.rule, key=after.key, state=after.state, tries=after.tries)
            if after.state == WAITING:
                self._attempt(tx, after, now, backoff(run.tries, first=FIRST_WAIT, most=LONGEST_WAIT))
            self._show(tx, after, now)

    def _show(self, tx: Tx, run: Run, now: datetime) -> None:
        if run.event == JOB_ENDED and run.state != WAITING:
            cards.reply(tx, run.card, f"follow-{run.key[-32:]}-{run.round}", views.reply(run), now)
        if run.event == DRAINED or run.state != WAITING:
            cards.want(tx, run.card, self._places, now, urgent=run.state != WAITING)

    def retry(self, body: Mapping[str, Any], now: datetime) -> None:
        """Begin another round of a run that was given up; may be repeated."""
        with self._db.write() as tx:
            run = store.lock(tx, str(body["run"]))
            if run is None or run.state != FAILED or run.round != int(body["round"]):
                return
            fresh = run.again(str(body["user"]), now)
            store.save(tx, fresh)
            self._attempt(tx, fresh, now, timedelta(0))
            if fresh.event == DRAINED:
                cards.want(tx, fresh.card, self._places, now, urgent=True)

    # --- showing --------------------------------------------------------------------------------------------------

    def render(self, key: str, _picture: Picture, _now: datetime) -> Message | None:
        """The card of ``drain:<id>``."""
        with self._db.read() as tx:
            drain = store.get_drain(tx, key.split(":", 1)[1])
            runs = store.of_card(tx, key)
        return views.card(drain, runs, model_name=self._names(drain.model)) if drain else None


def _is_turn(run: Run, body: Mapping[str, Any]) -> bool:
    """Whether the attempt that was asked for has not been made."""
    return run.state == WAITING and (run.round, run.tries) == (int(body["round"]), int(body["tries"]))
