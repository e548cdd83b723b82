"""The table of Web API methods: what does each, and which scopes it takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playground.slack.arguments import Args
from playground.slack.backend import Backend
from playground.slack.methods import chat, conversations, files, other, people, views
from playground.slack.model import Json


@dataclass(frozen=True)
class Method:
    """A Web API method; `app_level` ones take the xapp token and no other."""

    run: Callable[[Backend, Args], Json]
    scopes: tuple[str, ...] = ()
    app_level: bool = False


METHODS = {
    "api.test": Method(other.api_test),
    "apps.connections.open": Method(other.connections_open, app_level=True),
    "auth.test": Method(other.auth_test),
    "chat.delete": Method(chat.delete, ("chat:write",)),
    "chat.getPermalink": Method(chat.get_permalink),
    "chat.postEphemeral": Method(chat.post_ephemeral, ("chat:write",)),
    "chat.postMessage": Method(chat.post_message, ("chat:write",)),
    "chat.update": Method(chat.update, ("chat:write",)),
    "conversations.history": Method(conversations.history),
    "conversations.info": Method(conversations.info),
    "conversations.list": Method(conversations.list_),
    "conversations.members": Method(conversations.members),
    "conversations.open": Method(conversations.open_, ("im:write",)),
    "conversations.replies": Method(conversations.replies),
    "files.completeUploadExternal": Method(files.complete_upload, ("files:write",)),
    "files.getUploadURLExternal": Method(files.get_upload_url, ("files:write",)),
    "files.info": Method(files.info, ("files:read",)),
    "reactions.add": Method(other.reactions_add, ("reactions:write",)),
    "usergroups.list": Method(people.groups_list, ("usergroups:read",)),
    "usergroups.users.list": Method(people.group_users, ("usergroups:read",)),
    "users.info": Method(people.info, ("users:read",)),
    "users.list": Method(people.list_, ("users:read",)),
    "views.open": Method(views.open_),
    "views.publish": Method(views.publish),
    "views.push": Method(views.push),
    "views.update": Method(views.update),
}
