"""What every part is given, and what it brings: verbs, controls, forms, handlers, cards, pictures, clocks."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.aws.clients import Clients
from bot.aws.modelids import normalise, pretty
from bot.db import Database, Tx, insert_ignore
from bot.gauges import Gauges
from bot.inbox import inbox
from bot.requests import Handler
from bot.rights import Rights
from bot.settings import Catalogue, Settings
from bot.slack.ask import Button, Modal, Verb
from bot.slack.blocks import Message
from bot.slack.cards import Picture
from bot.slack.client import Slack
from bot.slack.pictures import Maker
from bot.worker import Clock

Put = Callable[[str, str, Mapping[str, Any], datetime], None]
"""The inbox: kind, id, body, now."""
Render = Callable[[str, Picture, datetime], Message | None]
"""Draws the card with this key as it is now."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What all parts stand on, one of each per process."""

    settings: Settings
    catalogue: Catalogue
    db: Database
    slack: Slack
    clients: Clients
    rights: Rights
    gauges: Gauges
    put: Put
    now: Callable[[], datetime]

    def model_name(self, model_id: str) -> str:
        """What people call a model: the name in the settings, else one made from its id."""
        bare = normalise(model_id)
        return next((m.name for m in self.catalogue.models if normalise(m.id) == bare), pretty(model_id))


@dataclass(frozen=True, slots=True)
class Part:
    """``handlers`` by the kind of request, ``renderers`` and ``makers`` (of pictures) by the first word of a card's key.

    ``purge`` forgets rows from before a moment and returns how many.
    """

    verbs: Sequence[Verb] = ()
    buttons: Sequence[Button] = ()
    modals: Sequence[Modal] = ()
    handlers: Mapping[str, Handler] = field(default_factory=dict)
    renderers: Mapping[str, Render] = field(default_factory=dict)
    makers: Mapping[str, Maker] = field(default_factory=dict)
    clocks: Sequence[Clock] = ()
    purge: Callable[[datetime], int] = lambda _before: 0


def ask_within(
    tx: Tx,
    key: str,
    body: Mapping[str, Any],
    now: datetime,
    wait: timedelta = timedelta(0),
    *,
    kind: str = "metrics",
) -> None:
    """Put a request into the inbox, in the transaction that decided on it; ``wait`` until it may be worked on."""
    row = {"id": key[:255], "kind": kind, "body": json.dumps(body), "at": now, "not_before": now + wait}
    insert_ignore(tx, inbox, row)
