"""What every door of the fake Slack shares: the workspace and the helpers around it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from playground.slack.calls import Call
from playground.slack.faults import Faults
from playground.slack.manifest import App
from playground.slack.modals import Modals
from playground.slack.pace import Pace
from playground.slack.replies import ReplyUrls
from playground.slack.triggers import Triggers
from playground.slack.workspace import Workspace


@dataclass
class Tokens:
    """The secrets of the installed app."""

    bot: str = field(default_factory=lambda: f"xoxb-{secrets.token_hex(12)}")
    app: str = field(default_factory=lambda: f"xapp-1-{secrets.token_hex(12)}")
    signing: str = field(default_factory=lambda: secrets.token_hex(16))
    verification: str = field(default_factory=lambda: secrets.token_urlsafe(18))


@dataclass
class Backend:
    """One workspace with one app in it."""

    app: App
    workspace: Workspace
    triggers: Triggers
    modals: Modals
    replies: ReplyUrls
    pace: Pace
    faults: Faults
    tokens: Tokens
    clock: Callable[[], float]
    url: str = ""
    tickets: set[str] = field(default_factory=set)
    calls: list[Call] = field(default_factory=list)
