"""chat.*: post, update, delete, whisper, link."""

from __future__ import annotations

from typing import Any

from playground.slack.arguments import Args
from playground.slack.backend import Backend
from playground.slack.content import Content, read_content
from playground.slack.methods.places import own_message, to_post_in, visible
from playground.slack.model import Channel, Json, Message
from playground.slack.refusals import Refusal
from playground.slack.wire import message_json

LONGEST_UPDATE = 4_000
SPLIT_ABOVE, PIECE = 4_040, 4_000


def post_message(backend: Backend, args: Args) -> Json:
    """Post, at the pace that the channel allows."""
    channel = to_post_in(backend, args.text("channel"))
    content = read_content(backend.workspace, args)
    if content.empty:
        raise Refusal("no_text")
    thread = _thread(backend, channel, args.text("thread_ts"))
    backend.pace.post(channel.id)
    message = _post(
        backend,
        channel,
        content,
        thread,
        broadcast=args.flag("reply_broadcast") and thread is not None,
        link_names=args.flag("link_names") or args.text("parse") == "full",
    )
    return _posted(backend, message, content)


def update(backend: Backend, args: Args) -> Json:
    """Text without blocks removes the blocks; attachments stay unless they are sent."""
    message = own_message(backend, args.text("channel"), args.text("ts"), "cant_update_message")
    _check_window(backend, message)
    content = read_content(backend.workspace, args)
    if content.text is None and content.blocks is None and content.attachments is None:
        raise Refusal("no_text")
    if len(content.text or "") > LONGEST_UPDATE:
        raise Refusal("msg_too_long")
    changed: dict[str, Any] = {}
    if content.text is not None:
        changed |= {"text": content.text, "blocks": []}
    changed |= {
        name: value for name in ("blocks", "attachments", "metadata") if (value := getattr(content, name)) is not None
    }
    backend.workspace.edit(message, **changed)
    return _posted(backend, message, content) | {"text": message.text}


def delete(backend: Backend, args: Args) -> Json:
    """Delete one of the bot's messages."""
    message = own_message(backend, args.text("channel"), args.text("ts"), "cant_delete_message")
    backend.workspace.delete(message)
    return {"channel": message.channel, "ts": message.ts}


def post_ephemeral(backend: Backend, args: Args) -> Json:
    """Show a message to one member alone."""
    channel = to_post_in(backend, args.text("channel"))
    if args.text("user") not in channel.members:
        raise Refusal("user_not_in_channel")
    content = read_content(backend.workspace, args)
    if content.empty:
        raise Refusal("no_text")
    message = backend.workspace.whisper(
        channel,
        args.text("user"),
        content.text or "",
        thread_ts=args.text("thread_ts") or None,
        blocks=content.blocks or [],
        attachments=content.attachments or [],
    )
    return {"message_ts": message.ts}


def get_permalink(backend: Backend, args: Args) -> Json:
    """The link to a message."""
    channel = visible(backend, args.text("channel"))
    message = channel.by_ts(args.text("message_ts"))
    if message is None:
        raise Refusal("message_not_found")
    return {"channel": channel.id, "permalink": permalink(backend, message)}


def permalink(backend: Backend, message: Message) -> str:
    """The address of a message, with its thread if it is a reply."""
    link = f"https://{backend.workspace.team_domain}.slack.example/archives/{message.channel}/p"
    link += message.ts.replace(".", "")
    in_thread = message.thread_ts and message.thread_ts != message.ts
    return f"{link}?thread_ts={message.thread_ts}&cid={message.channel}" if in_thread else link


def _thread(backend: Backend, channel: Channel, ts: str) -> Message | None:
    """The head of the thread to answer in; the timestamp of a reply leads to its head."""
    if not ts:
        return None
    found = channel.by_ts(ts)
    if found is None:
        if backend.faults.lost_thread == "thread_not_found":
            raise Refusal("thread_not_found")
        return None
    return channel.by_ts(found.thread_ts) if found.thread_ts else found


def _post(backend: Backend, channel: Channel, content: Content, thread: Message | None, **how: bool) -> Message:
    """Post it; a long text without blocks arrives as several messages."""
    text, parts = content.text or "", [content.text or ""]
    if len(text) > SPLIT_ABOVE and not content.blocks:
        parts = [text[i : i + PIECE] for i in range(0, len(text), PIECE)]
    posted = [
        backend.workspace.post(
            channel,
            backend.app.user_id,
            part,
            thread=thread,
            bot_id=backend.app.bot_id,
            blocks=content.blocks or [],
            attachments=content.attachments or [],
            metadata=content.metadata,
            **how,
        )
        for part in parts
    ]
    return posted[0]


def _check_window(backend: Backend, message: Message) -> None:
    window = backend.faults.edit_window
    if window is not None and backend.clock() - float(message.ts) > window:
        raise Refusal("edit_window_closed")


def _posted(backend: Backend, message: Message, content: Content) -> Json:
    answer: Json = {
        "channel": message.channel,
        "ts": message.ts,
        "message": message_json(backend.workspace, message, metadata=True),
    }
    if content.warnings:
        answer |= {"warning": ",".join(content.warnings), "response_metadata": {"warnings": content.warnings}}
    return answer
