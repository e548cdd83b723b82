"""auth.test, api.test, reactions.add and apps.connections.open."""

from __future__ import annotations

import secrets

from playground.slack.arguments import Args
from playground.slack.backend import Backend
from playground.slack.methods.places import is_member, visible
from playground.slack.model import Json
from playground.slack.refusals import Refusal


def auth_test(backend: Backend, _: Args) -> Json:
    """Who the token belongs to."""
    workspace, app = backend.workspace, backend.app
    return {
        "url": f"https://{workspace.team_domain}.slack.example/",
        "team": workspace.team_domain.title(),
        "user": app.display_name,
        "team_id": workspace.team_id,
        "user_id": app.user_id,
        "bot_id": app.bot_id,
        "is_enterprise_install": False,
    }


def api_test(_: Backend, args: Args) -> Json:
    """What was sent, or the error that was asked for."""
    if args.text("error"):
        raise Refusal(args.text("error"), args=args.raw)
    return {"args": args.raw}


def reactions_add(backend: Backend, args: Args) -> Json:
    """React to a message."""
    channel = visible(backend, args.text("channel"))
    message = channel.by_ts(args.text("timestamp"))
    if message is None:
        raise Refusal("message_not_found")
    if not is_member(backend, channel):
        raise Refusal("not_in_channel")
    users = message.reactions.setdefault(args.need("name").strip(":"), [])
    if backend.app.user_id in users:
        raise Refusal("already_reacted")
    users.append(backend.app.user_id)
    backend.workspace.feed.publish("message_changed", message)
    return {}


def connections_open(backend: Backend, _: Args) -> Json:
    """A socket address that is good for one connection."""
    ticket = secrets.token_urlsafe(18)
    backend.tickets.add(ticket)
    return {"url": f"{backend.url.replace('http', 'ws', 1)}/link/?ticket={ticket}&app_id={backend.app.id}"}
