"""Writes messages, channels, users, files and views as the JSON that Slack sends."""

from __future__ import annotations

import hashlib
import mimetypes
from typing import Any

from playground.slack.model import Channel, File, Json, Message, User, View
from playground.slack.workspace import Workspace


def message_json(workspace: Workspace, message: Message, *, metadata: bool = False) -> Json:
    """A message as the API shows it."""
    found: Json = {
        "type": "message",
        "user": message.user,
        "ts": message.ts,
        "text": message.text,
        "team": workspace.team_id,
    }
    if message.bot_id:
        app = workspace.app
        found |= {
            "bot_id": message.bot_id,
            "app_id": app.id,
            "bot_profile": {
                "id": app.bot_id,
                "app_id": app.id,
                "name": app.display_name,
                "team_id": workspace.team_id,
                "deleted": False,
            },
        }
    if message.deleted:
        found["subtype"] = "tombstone"
    optional: Json = {
        "blocks": message.blocks,
        "attachments": message.attachments,
        "thread_ts": message.thread_ts,
        "metadata": message.metadata if metadata else None,
        "files": [file_json(workspace, file) for file in message.files],
        "reactions": [{"name": n, "users": u, "count": len(u)} for n, u in message.reactions.items()],
    }
    found |= {key: value for key, value in optional.items() if value}
    if message.edited:
        found["edited"] = {"user": message.user, "ts": message.edited_ts}
    if message.replies:
        found |= {
            "reply_count": len(message.replies),
            "latest_reply": message.replies[-1].ts,
            "reply_users": sorted({reply.user for reply in message.replies}),
        }
    return found


def channel_json(workspace: Workspace, channel: Channel) -> Json:
    """A channel as the API shows it."""
    found: Json = {
        "id": channel.id,
        "is_im": channel.is_im,
        "is_archived": channel.is_archived,
        "is_channel": not (channel.is_im or channel.is_private),
        "is_private": channel.is_private,
        "is_group": channel.is_private,
        "is_mpim": False,
        "context_team_id": workspace.team_id,
    }
    if channel.is_im:
        return found | {"user": next(iter(channel.members - {workspace.app.user_id}), "")}
    return found | {
        "name": channel.name,
        "name_normalized": channel.name,
        "num_members": len(channel.members),
        "is_member": workspace.app.user_id in channel.members,
    }


def user_json(workspace: Workspace, user: User, *, email: bool) -> Json:
    """A user as the API shows it."""
    profile: Json = {"real_name": user.real_name, "display_name": user.name, "team": workspace.team_id}
    if email and not user.is_bot:
        profile["email"] = f"{user.name}@example.com"
    return {
        "id": user.id,
        "team_id": workspace.team_id,
        "name": user.name,
        "real_name": user.real_name,
        "deleted": user.deleted,
        "is_bot": user.is_bot,
        "tz": user.tz,
        "tz_offset": user.tz_offset,
        "tz_label": user.tz,
        "profile": profile,
    }


def file_json(workspace: Workspace, file: File) -> Json:
    """Type and size appear only once the upload has been scanned."""
    base = f"https://{workspace.team_domain}.slack.example"
    found: Json = {
        "id": file.id,
        "name": file.name,
        "title": file.title or file.name,
        "mimetype": "",
        "filetype": "",
        "user": workspace.app.user_id,
        "size": file.length,
        "alt_txt": file.alt_text,
        "url_private": f"{base}/files-pri/{workspace.team_id}-{file.id}/{file.name}",
        "permalink": f"{base}/files/{workspace.app.user_id}/{file.id}/{file.name}",
        "channels": sorted(file.channels),
    }
    if file.is_ready(workspace.clock()):
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        found |= {"mimetype": kind, "filetype": file.name.rpartition(".")[2].lower() or "binary"}
    return found


def view_json(workspace: Workspace, view: View) -> Json:
    """A view as the API shows it."""
    body = {
        "private_metadata": "",
        "callback_id": "",
        "external_id": "",
        "clear_on_close": False,
        "notify_on_close": False,
        "title": None,
        "submit": None,
        "close": None,
    } | view.body
    return body | {
        "id": view.id,
        "team_id": workspace.team_id,
        "app_id": workspace.app.id,
        "app_installed_team_id": workspace.team_id,
        "bot_id": workspace.app.bot_id,
        "hash": view.hash,
        "root_view_id": view.root_id,
        "previous_view_id": view.previous_id,
        "blocks": view.blocks,
        "state": {"values": view.values},
    }


def view_hash(now: float, body: Any) -> str:
    """A hash that changes with every version of a view."""
    return f"{int(now)}.{hashlib.sha1(repr(body).encode()).hexdigest()[:8]}"
