"""The verb ``dashboard``: a stored request; the dashboard comes as a card."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from bot.errors import BadInput
from bot.metrics import dashboard_views
from bot.slack import blocks as b
from bot.slack.ask import Ask, Verb
from bot.slack.blocks import Message

Put = Callable[[str, str, Mapping[str, Any], datetime], None]


class Rights(Protocol):
    """Who may do what; by Slack user id."""

    def may_operate(self, user: str) -> bool:
        """True for those who may write dashboards."""
        ...

    def operators(self) -> Sequence[str]:
        """Whom to ask."""
        ...


class DashboardCommands:
    """Checks the right and stores the request."""

    def __init__(self, put: Put, rights: Rights) -> None:
        """Keep both for later."""
        self._put = put
        self._rights = rights

    def verbs(self) -> Sequence[Verb]:
        """The row that help and routing read."""
        what = "Create or refresh the CloudWatch dashboard: every model, the alarms; your own widgets stay."
        return (Verb("dashboard", "", what, self.dashboard),)

    def dashboard(self, ask: Ask) -> Message:
        """Have it written."""
        if not self._rights.may_operate(ask.user):
            return dashboard_views.may_not(self._rights.operators())
        if ask.args.words or ask.args.options:
            raise BadInput("dashboard takes no further words: there is one, named batchbot.")
        self._put("dashboard", ask.trigger_id, {"user": ask.user, "channel": ask.channel}, ask.at)
        return Message("Writing the dashboard.", [b.section("📊 Writing the dashboard; it comes as a card.")])
