"""Who may do what: people and user groups from the settings; nothing that spends money or silences is open by default.

Groups are read from Slack by the worker now and then and kept in rows, so that the doors can decide without asking Slack.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime

import sqlalchemy as sa
import structlog

from bot.db import Database, insert_ignore, metadata
from bot.errors import SlackError

log = structlog.get_logger(__name__)

EVERYONE = "*"
REFRESH_SECONDS = 300.0

members = sa.Table(
    "members",
    metadata,
    sa.Column("group_id", sa.String(40), primary_key=True),
    sa.Column("user", sa.String(40), primary_key=True),
)


class Rights:
    """Decides by Slack user id."""

    def __init__(
        self, db: Database, submitters: Sequence[str], admins: Sequence[str], operators: Sequence[str] = ()
    ) -> None:
        """Entries are user ids (U… or W…), user-group ids (S…), or ``*``; empty means nobody."""
        self._db = db
        self._submitters = frozenset(submitters)
        self._admins = frozenset(admins)
        self._operators = frozenset(operators)

    def may_submit(self, user: str) -> bool:
        """True for submitters and admins."""
        return self._holds(user, self._submitters) or self.is_admin(user)

    def may_operate(self, user: str) -> bool:
        """Whether ``user`` may silence alarms and change alarms and dashboards: operators and admins."""
        return self._holds(user, self._operators) or self.is_admin(user)

    def operators(self) -> tuple[str, ...]:
        """The people and groups to ask for that; ``*`` is nobody in particular."""
        return tuple(sorted((self._operators | self._admins) - {EVERYONE}))

    def is_admin(self, user: str) -> bool:
        """True for admins."""
        return self._holds(user, self._admins)

    def _holds(self, user: str, entries: frozenset[str]) -> bool:
        if EVERYONE in entries or user in entries:
            return True
        groups = [e for e in entries if _is_group(e)]
        if not groups:
            return False
        query = sa.select(members.c.user).where(members.c.group_id.in_(groups), members.c.user == user)
        with self._db.read() as tx:
            return tx.execute(query.limit(1)).first() is not None

    def refresh(self, group_members: Callable[[str], frozenset[str]], _now: datetime) -> float:
        """Read all groups from Slack; one that cannot be read keeps what was known. Returns the seconds to the next time."""
        for group in filter(_is_group, self._submitters | self._admins | self._operators):
            try:
                people = group_members(group)
            except SlackError as error:
                log.warning("rights.group_unread", group=group, code=error.code)
                continue
            with self._db.write() as tx:
                tx.execute(sa.delete(members).where(members.c.group_id == group))
                if people:
                    insert_ignore(tx, members, *({"group_id": group, "user": user} for user in people))
        return REFRESH_SECONDS


def _is_group(entry: str) -> bool:
    return re.fullmatch(r"S[A-Z0-9]+", entry) is not None
