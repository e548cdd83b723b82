"""Finds the channel that a call names and says whether the bot may use it."""

from __future__ import annotations

from playground.slack.backend import Backend
from playground.slack.model import Channel, Message
from playground.slack.refusals import Refusal

KINDS = ("public_channel", "private_channel", "mpim", "im")


def kind_of(channel: Channel) -> str:
    """Public, private or direct, in Slack's words."""
    return "im" if channel.is_im else "private_channel" if channel.is_private else "public_channel"


def visible(backend: Backend, channel_id: str) -> Channel:
    """A channel by id that the bot can know of: public, or with the bot in it."""
    channel = backend.workspace.channels.get(channel_id)
    if channel is None or not (is_member(backend, channel) or kind_of(channel) == "public_channel"):
        raise Refusal("channel_not_found")
    return channel


def to_post_in(backend: Backend, name: str) -> Channel:
    """Where chat.postMessage may post: by id or public name; a person's id opens the direct one."""
    workspace = backend.workspace
    if name in workspace.users:
        if workspace.users[name].is_bot:
            raise Refusal("channel_not_found")
        return workspace.direct(name)
    try:
        channel = visible(backend, workspace.channel(name).id)
    except KeyError:
        raise Refusal("channel_not_found") from None
    if channel.is_archived:
        raise Refusal("is_archived")
    if not is_member(backend, channel) and "chat:write.public" not in backend.app.scopes:
        raise Refusal("not_in_channel")
    return channel


def is_member(backend: Backend, channel: Channel) -> bool:
    """Whether the bot is in the channel."""
    return backend.app.user_id in channel.members


def own_message(backend: Backend, channel_id: str, ts: str, error: str) -> Message:
    """The bot's own message with this timestamp; `error` is the refusal if another wrote it."""
    message = visible(backend, channel_id).by_ts(ts)
    if message is None or message.deleted:
        raise Refusal("message_not_found")
    if message.bot_id != backend.app.bot_id:
        raise Refusal(error)
    return message


def need_scope(backend: Backend, *scopes: str) -> None:
    """Refuse the call unless the app was granted these scopes."""
    missing = [scope for scope in scopes if scope not in backend.app.scopes]
    if missing:
        raise Refusal("missing_scope", needed=",".join(missing), provided=",".join(sorted(backend.app.scopes)))
