"""The workspace as one person sees it, as JSON for the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from playground.slack.model import Channel, Message, View
from playground.slack.person import Person
from playground.slack.server import SlackServer

Json = dict[str, Any]


def state(slack: SlackServer, me: Person, people: list[Person], starters: Mapping[str, Any]) -> Json:
    """Everything that the page draws for this person."""
    workspace = slack.workspace
    with workspace.lock:
        visible = [c for c in workspace.channels.values() if me.id in c.members]
        pinged = {n.message.ts for n in workspace.notifications if n.user == me.id}
        return {
            "me": {"id": me.id, "name": me.name},
            "people": [{"name": p.name, "id": p.id, "real_name": workspace.users[p.id].real_name} for p in people],
            "users": {
                u.id: {"name": u.name, "real_name": u.real_name, "bot": u.is_bot} for u in workspace.users.values()
            },
            "app": {"name": workspace.app.display_name, "home": workspace.app.home_tab},
            "shortcuts": [
                {"id": s.id, "name": s.name, "kind": s.kind, "description": s.description}
                for s in workspace.app.shortcuts.values()
            ],
            "commands": [
                {"command": c.name, "usage_hint": c.usage_hint, "description": c.description}
                for c in workspace.app.commands.values()
            ],
            "starters": dict(starters),
            "channels": [_channel(c, workspace.app.display_name) for c in visible],
            "groups": {g.id: g.handle for g in workspace.groups.values()},
            "messages": {c.id: [_message(slack, m, pinged, me) for m in _listed(c, me)] for c in visible},
            "view": _view(me.view),
            "home": _view(me.home),
        }


def _channel(channel: Channel, app: str) -> Json:
    title = app if channel.is_im else channel.name
    return {
        "id": channel.id,
        "name": channel.name if not channel.is_im else f"direct-{channel.name}",
        "title": title,
        "is_im": channel.is_im,
        "is_private": channel.is_private,
        "people": len(channel.members),
    }


def _listed(channel: Channel, me: Person) -> Iterator[Message]:
    """The channel's messages with those that only this person sees, in the order of their times."""
    own = [m for m in me.ephemerals if m.channel == channel.id and not m.deleted and m.thread_ts is None]
    shown = {m.ts: m for m in [*channel.messages, *own] if m.ephemeral_to in (None, me.id) and not m.deleted}
    yield from (shown[ts] for ts in sorted(shown))


def _answers(message: Message, me: Person) -> list[Message]:
    """The replies below a message, with those that only this person sees, in the order of their times."""
    own = [m for m in me.ephemerals if m.thread_ts == message.ts and m.channel == message.channel]
    return sorted((m for m in [*message.replies, *own] if not m.deleted), key=lambda m: m.ts)


def _message(slack: SlackServer, message: Message, pinged: set[str], me: Person) -> Json:
    user = slack.workspace.users.get(message.user)
    replies = [_message(slack, m, pinged, me) for m in _answers(message, me)]
    return {
        "ts": message.ts,
        "channel": message.channel,
        "thread_ts": message.thread_ts,
        "latest": max([message.ts, *(str(r["ts"]) for r in replies)]),
        "name": slack.workspace.app.display_name if message.bot_id else (user.name if user else message.user),
        "bot": message.bot_id is not None,
        "text": message.text,
        "blocks": message.blocks,
        "attachments": message.attachments,
        "edited": message.edited,
        "ephemeral": message.ephemeral_to is not None,
        "mentions": message.ts in pinged,
        "files": [
            {"id": f.id, "name": f.name, "title": f.title, "alt_text": f.alt_text} for f in message.files if f.ready_at
        ],
        "replies": replies,
    }


def _view(view: View | None) -> Json | None:
    if view is None:
        return None
    parts = {key: view.body.get(key) for key in ("title", "submit", "close", "callback_id")}
    return parts | {
        "id": view.id,
        "root_id": view.root_id,
        "hash": view.hash,
        "blocks": view.blocks,
        "errors": dict(view.errors),
    }
