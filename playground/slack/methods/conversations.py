"""conversations.*: history, replies, info, list, open, members."""

from __future__ import annotations

from playground.slack.arguments import Args
from playground.slack.backend import Backend
from playground.slack.methods.places import KINDS, is_member, kind_of, need_scope, visible
from playground.slack.model import Channel, Json, Message
from playground.slack.refusals import Refusal
from playground.slack.wire import channel_json, message_json

PREFIX = {"public_channel": "channels", "private_channel": "groups", "im": "im", "mpim": "mpim"}


def history(backend: Backend, args: Args) -> Json:
    """The top level of a channel, newest first."""
    channel = _readable(backend, args, "history")
    found = [m for m in channel.messages if _within(m, args)]
    found += [r for m in channel.messages for r in m.replies if r.broadcast and _within(r, args)]
    found.sort(key=lambda m: m.ts, reverse=True)
    return _page(backend, args, found, "messages")


def replies(backend: Backend, args: Args) -> Json:
    """A thread from its first message on."""
    channel = _readable(backend, args, "history")
    found = channel.by_ts(args.text("ts"))
    if found is None:
        raise Refusal("thread_not_found")
    head = channel.by_ts(found.thread_ts or found.ts) or found
    return _page(backend, args, [head, *(r for r in head.replies if _within(r, args))], "messages")


def info(backend: Backend, args: Args) -> Json:
    """One channel."""
    return {"channel": channel_json(backend.workspace, _readable(backend, args, "read"))}


def list_(backend: Backend, args: Args) -> Json:
    """The channels of the kinds asked for that the bot can see."""
    kinds = [kind.strip() for kind in args.text("types", "public_channel").split(",")]
    if any(kind not in KINDS for kind in kinds):
        raise Refusal("invalid_types")
    need_scope(backend, *(f"{PREFIX[kind]}:read" for kind in kinds))
    known = [
        c
        for c in backend.workspace.channels.values()
        if kind_of(c) in kinds
        and (kind_of(c) == "public_channel" or is_member(backend, c))
        and not (c.is_archived and args.flag("exclude_archived"))
    ]
    start, limit = args.number("cursor", 0), args.number("limit", 100)
    return {
        "channels": [channel_json(backend.workspace, c) for c in known[start : start + limit]],
        "response_metadata": {"next_cursor": _cursor(start + limit, len(known))},
    }


def open_(backend: Backend, args: Args) -> Json:
    """The direct conversation with one person."""
    if args.text("channel"):
        return {"channel": {"id": visible(backend, args.text("channel")).id}}
    users = [user for user in args.text("users").split(",") if user]
    if not users:
        raise Refusal("users_list_not_supplied")
    if len(users) > 1:
        raise Refusal("missing_scope", needed="mpim:write", provided=",".join(sorted(backend.app.scopes)))
    if users[0] not in backend.workspace.users:
        raise Refusal("user_not_found")
    channel = backend.workspace.direct(users[0])
    return {"channel": channel_json(backend.workspace, channel) if args.flag("return_im") else {"id": channel.id}}


def members(backend: Backend, args: Args) -> Json:
    """The ids of those in a channel."""
    channel = _readable(backend, args, "read")
    return {"members": sorted(channel.members), "response_metadata": {"next_cursor": ""}}


def _readable(backend: Backend, args: Args, what: str) -> Channel:
    channel = visible(backend, args.text("channel"))
    need_scope(backend, f"{PREFIX[kind_of(channel)]}:{what}")
    if what == "history" and not is_member(backend, channel):
        raise Refusal("not_in_channel")
    return channel


def _within(message: Message, args: Args) -> bool:
    oldest, latest, inclusive = args.text("oldest", "0"), args.text("latest"), args.flag("inclusive")
    ts = float(message.ts)
    if ts < float(oldest) or (ts == float(oldest) and not inclusive):
        return False
    return not latest or ts < float(latest) or (ts == float(latest) and inclusive)


def _page(backend: Backend, args: Args, found: list[Message], key: str) -> Json:
    start, limit = args.number("cursor", 0), min(args.number("limit", 100), 999)
    metadata = args.flag("include_all_metadata")
    page = [message_json(backend.workspace, m, metadata=metadata) for m in found[start : start + limit]]
    return {
        key: page,
        "has_more": len(found) > start + limit,
        "pin_count": 0,
        "response_metadata": {"next_cursor": _cursor(start + limit, len(found))},
    }


def _cursor(end: int, size: int) -> str:
    return str(end) if end < size else ""
