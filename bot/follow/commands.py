"""The Retry button of a follow-up that was given up; only who may operate the bot has it tried again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.db import Database
from bot.errors import BadInput, NotAllowed, NotFound
from bot.follow import store, views
from bot.follow.run import FAILED
from bot.slack.ask import Button, Press
from bot.slack.blocks import Message

Put = Callable[[str, str, Mapping[str, Any], datetime], None]
"""The inbox: kind, id, body, now."""


class FollowCommands:
    """Answers from the rows; the attempt itself is the worker's."""

    def __init__(self, db: Database, put: Put, may_operate: Callable[[str], bool]) -> None:
        """``may_operate`` takes a Slack user id."""
        self._db = db
        self._put = put
        self._may_operate = may_operate

    def buttons(self) -> Sequence[Button]:
        """The controls on replies and cards."""
        return (Button(views.RETRY, self.press_retry),)

    def press_retry(self, press: Press) -> Message:
        """Have it tried again; the row says whether there is anything to try."""
        if not self._may_operate(press.user):
            raise NotAllowed("You may not set off follow-ups. Ask one of the bot's operators or admins to press Retry.")
        with self._db.read() as tx:
            run = store.get(tx, press.value[:60])
        if run is None:
            raise NotFound("I do not know that follow-up any more.")
        if run.state != FAILED:
            raise BadInput(f"{run.rule} is {'being tried' if run.done_at is None else 'done'} already.")
        body = {"run": run.key, "round": run.round, "user": press.user}
        self._put("follow-retry", press.trigger_id, body, press.at)
        return views.again(run)
