"""The cards of jobs: when one is wanted, what ends up in its thread, how it is drawn, and which jobs wait on a model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.aws.modelids import normalise
from bot.db import Database, Tx
from bot.jobs import store, views
from bot.jobs.job import Job
from bot.jobs.views import Ringing
from bot.slack import cards
from bot.slack.blocks import Message
from bot.slack.cards import Picture


@dataclass(frozen=True, slots=True)
class Where:
    """Where jobs are shown: the jobs channel, and whether strangers' jobs are shown at all."""

    jobs_channel: str
    adopt: bool


@dataclass(frozen=True, slots=True)
class OnModel:
    """An unfinished job as others tell of it: its name, owner's id (may be empty), state in words, end and card.

    ``eta`` is None while there is no pace; ``url`` is empty where the card has no address yet.
    """

    name: str
    owner: str
    state: str
    eta: datetime | None
    url: str


def nothing(_tx: Tx, _job: Job, _now: datetime) -> None:
    """What follows the end of a job where nothing is configured."""


def no_alarms(_model_id: str) -> Sequence[Ringing]:
    """The open alarms where nobody knows of any."""
    return ()


def no_link(_channel: str, _ts: str) -> str:
    """The address of a message where none is known."""
    return ""


class Board:
    """Shows jobs; every change of one is told here, in the transaction that makes it."""

    def __init__(
        self,
        db: Database,
        where: Where,
        names: Callable[[str], str],
        *,
        ended: Callable[[Tx, Job, datetime], None] = nothing,
        alarms_on: Callable[[str], Sequence[Ringing]] = no_alarms,
        link: Callable[[str, str], str] = no_link,
    ) -> None:
        """``names`` is model id to name; ``ended`` hears of each job's end in the transaction that writes it.

        ``alarms_on`` gives the open alarms of a model as (name, address); ``link`` the address of a message by channel
        and ts, empty where there is none.
        """
        self._db = db
        self._where = where
        self._names = names
        self._ended = ended
        self._alarms_on = alarms_on
        self._link = link

    def show(self, tx: Tx, job: Job, now: datetime, *, urgent: bool = False) -> None:
        """The card is behind."""
        places = [self._where.jobs_channel, job.channel, job.owner]
        cards.want(tx, card_key(job), places, now, urgent=urgent)

    def announce_end(self, tx: Tx, job: Job, now: datetime) -> None:
        """The job is over: the card and its thread say so, and whoever waits for it hears."""
        self.show(tx, job, now, urgent=True)
        cards.reply(tx, card_key(job), "end", views.finished(job, self._names(job.model_id)), now)
        self._ended(tx, job, now)

    def render(self, key: str, _picture: Picture, now: datetime) -> Message | None:
        """The card of ``job:<id>``."""
        with self._db.read() as tx:
            job = store.get(tx, key.split(":", 1)[1])
        if job is None:
            return None
        ringing = () if job.ended else self._alarms_on(job.model_id)
        return views.card(job, now, self._names(job.model_id), ringing)

    def changed(self, tx: Tx, model_id: str, now: datetime) -> None:
        """An alarm of this model opened or closed: the cards of its unfinished jobs say so with their next edit."""
        for job in _on(tx, model_id):
            self.show(tx, job, now)

    def on_model(self, model_id: str, now: datetime) -> Sequence[OnModel]:
        """The unfinished jobs on a model, in whatever form its id comes; who has been waiting longest first."""
        with self._db.read() as tx:
            found = _on(tx, model_id)
            places = {card_key(job): cards.place(tx, card_key(job)) for job in found}
        return [
            OnModel(job.name, job.owner, job.look.words, job.eta(now), self._link(*places[card_key(job)]))
            for job in found
        ]

    def running(self) -> Mapping[str, int]:
        """Unfinished jobs that Bedrock has, counted by bare model id."""
        with self._db.read() as tx:
            return Counter(normalise(job.model_id) for job in store.unsettled(tx) if job.arn)


def card_key(job: Job) -> str:
    """The key of a job's card."""
    return f"job:{job.id}"


def _on(tx: Tx, model_id: str) -> list[Job]:
    bare = normalise(model_id)
    return [job for job in store.unsettled(tx) if normalise(job.model_id) == bare]
