"""The response_urls: five answers within half an hour to one command or click."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from playground.slack.arguments import Args
from playground.slack.content import Content, read_content
from playground.slack.model import Channel, Message
from playground.slack.refusals import Refusal
from playground.slack.workspace import Workspace

MOST_USES = 5
LIFETIME = 30 * 60.0


@dataclass
class ReplyUrl:
    """Where an answer goes, and the message it may replace."""

    channel: Channel
    user: str
    original: Message | None
    at: float
    uses: int = 0


class ReplyUrls:
    """Issues response_urls and applies what the bot posts to them; no channel rules hold here."""

    def __init__(self, workspace: Workspace, clock: Callable[[], float]) -> None:
        self._workspace = workspace
        self._clock = clock
        self._issued: dict[str, ReplyUrl] = {}
        self._lock = threading.Lock()

    def issue(self, channel: Channel, user: str, original: Message | None = None) -> str:
        """The last part of a new response_url."""
        key = secrets.token_urlsafe(18)
        self._issued[key] = ReplyUrl(channel, user, original, self._clock())
        return key

    def use(self, key: str, body: Mapping[str, Any]) -> None:
        """Apply one answer, or refuse it when the url is spent."""
        with self._lock:
            target = self._issued.get(key)
            if target is None:
                raise Refusal("invalid_url")
            if self._clock() - target.at > LIFETIME:
                raise Refusal("expired_url")
            if target.uses >= MOST_USES:
                raise Refusal("used_url")
            target.uses += 1
        answer(self._workspace, target, Args(body))


def answer(workspace: Workspace, target: ReplyUrl, args: Args) -> Message | None:
    """Post, replace or delete as the body says; also used for what a command is acked with."""
    original = target.original
    if args.flag("delete_original"):
        if len(args.raw) > 1:
            raise Refusal("invalid_arguments", messages=["delete_original must be the only field"])
        if original is not None and not original.deleted:
            workspace.delete(original)
        return None
    content = read_content(workspace, args)
    if content.empty:
        raise Refusal("no_text")
    if args.flag("replace_original") and original is not None:
        return _replace(workspace, original, content)
    return _post(workspace, target, args, content)


def _replace(workspace: Workspace, original: Message, content: Content) -> Message:
    if original.deleted:
        raise Refusal("message_not_found")
    return workspace.edit(
        original, text=content.text or "", blocks=content.blocks or [], attachments=content.attachments or []
    )


def _post(workspace: Workspace, target: ReplyUrl, args: Args, content: Content) -> Message:
    thread_ts = args.text("thread_ts") or None
    parts: dict[str, Any] = {"blocks": content.blocks or [], "attachments": content.attachments or []}
    if args.text("response_type") != "in_channel":
        return workspace.whisper(target.channel, target.user, content.text or "", thread_ts=thread_ts, **parts)
    thread = target.channel.by_ts(thread_ts) if thread_ts else None
    app = workspace.app
    return workspace.post(target.channel, app.user_id, content.text or "", thread=thread, bot_id=app.bot_id, **parts)
