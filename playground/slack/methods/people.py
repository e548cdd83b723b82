"""users.* and usergroups.*."""

from __future__ import annotations

from playground.slack.arguments import Args
from playground.slack.backend import Backend
from playground.slack.model import Json
from playground.slack.refusals import Refusal
from playground.slack.wire import user_json


def info(backend: Backend, args: Args) -> Json:
    """One user; the email only with the scope for it."""
    user = backend.workspace.users.get(args.text("user"))
    if user is None:
        raise Refusal("user_not_found")
    return {"user": user_json(backend.workspace, user, email=_email(backend))}


def list_(backend: Backend, args: Args) -> Json:
    """All users."""
    users = list(backend.workspace.users.values())
    start, limit = args.number("cursor", 0), args.number("limit", 1000)
    rest = str(start + limit) if start + limit < len(users) else ""
    return {
        "members": [user_json(backend.workspace, u, email=_email(backend)) for u in users[start : start + limit]],
        "response_metadata": {"next_cursor": rest},
    }


def groups_list(backend: Backend, args: Args) -> Json:
    """All user groups."""
    with_users = args.flag("include_users")
    return {
        "usergroups": [
            {
                "id": group.id,
                "team_id": backend.workspace.team_id,
                "is_usergroup": True,
                "handle": group.handle,
                "name": group.handle,
                "user_count": len(group.members),
                "date_delete": 0,
            }
            | ({"users": sorted(group.members)} if with_users else {})
            for group in backend.workspace.groups.values()
        ]
    }


def group_users(backend: Backend, args: Args) -> Json:
    """The members of a user group."""
    group = backend.workspace.groups.get(args.text("usergroup"))
    if group is None:
        raise Refusal("no_such_subteam")
    return {"users": sorted(group.members)}


def _email(backend: Backend) -> bool:
    return "users:read.email" in backend.app.scopes
