"""files.*: the upload in three steps, and what became of it."""

from __future__ import annotations

import threading

from playground.slack.arguments import Args
from playground.slack.backend import Backend
from playground.slack.methods.places import is_member, visible
from playground.slack.model import Channel, File, Json
from playground.slack.refusals import Refusal
from playground.slack.wire import file_json


def get_upload_url(backend: Backend, args: Args) -> Json:
    """Where to send the bytes of a new file."""
    length = args.number("length", 0)
    if length <= 0:
        raise Refusal("invalid_arguments", messages=["missing required field: length"])
    file = File(backend.workspace.ids.new("F"), args.need("filename"), length, args.text("alt_txt"))
    backend.workspace.files[file.id] = file
    return {"upload_url": f"{backend.url}/upload/v1/{file.id}", "file_id": file.id}


def receive(backend: Backend, file_id: str, content: bytes) -> bool:
    """Take the bytes that were posted to an upload URL."""
    file = backend.workspace.files.get(file_id)
    if file is None or file.content is not None:
        return False
    file.content, file.length = content, len(content)
    return True


def complete_upload(backend: Backend, args: Args) -> Json:
    """Make uploaded files usable, and share them if a channel is named."""
    wanted = args.json("files", list, "invalid_arguments") or []
    files = [_uploaded(backend, entry) for entry in wanted]
    if not files:
        raise Refusal("invalid_arguments", messages=["missing required field: files"])
    names = [name for name in (args.text("channel_id") or args.text("channels")).split(",") if name]
    channels = [_to_share_in(backend, name) for name in names]
    delay = backend.faults.upload_seconds
    for file, entry in zip(files, wanted, strict=True):
        file.title, file.ready_at = str(entry.get("title") or file.name), backend.clock() + delay
        backend.workspace.feed.publish("file", file)
    for channel in channels:
        _share(backend, channel, files, args, delay)
    # Slack answers before the share has happened, so the answer knows no channels yet.
    return {"files": [file_json(backend.workspace, file) | {"channels": []} for file in files]}


def info(backend: Backend, args: Args) -> Json:
    """A file; its type is empty until the upload is ready."""
    file = backend.workspace.files.get(args.text("file"))
    if file is None or file.ready_at is None:
        raise Refusal("file_not_found")
    return {"file": file_json(backend.workspace, file), "comments": []}


def _uploaded(backend: Backend, entry: Json) -> File:
    file = backend.workspace.files.get(str(entry.get("id")))
    if file is None or file.content is None or file.ready_at is not None:
        raise Refusal("file_not_found")
    return file


def _to_share_in(backend: Backend, channel_id: str) -> Channel:
    """Only an id will do, and the bot must be in: chat:write.public does not help here."""
    channel = visible(backend, channel_id)
    if not is_member(backend, channel):
        raise Refusal("channel_not_found")
    return channel


def _share(backend: Backend, channel: Channel, files: list[File], args: Args, delay: float) -> None:
    thread = channel.by_ts(args.text("thread_ts")) if args.text("thread_ts") else None

    def share() -> None:
        for file in files:
            file.channels.add(channel.id)
        backend.workspace.post(
            channel,
            backend.app.user_id,
            args.text("initial_comment"),
            thread=thread,
            bot_id=backend.app.bot_id,
            files=files,
        )

    if not delay:
        share()
        return
    timer = threading.Timer(delay, share)
    timer.daemon = True
    timer.start()
