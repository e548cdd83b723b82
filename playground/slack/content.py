"""What the bot wants to say: read, checked against Slack's limits, refused or made ready to post."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from playground.slack.arguments import Args
from playground.slack.limits import Problem, check_message, check_view
from playground.slack.model import Json
from playground.slack.refusals import Refusal
from playground.slack.wire import file_json
from playground.slack.workspace import Workspace

LONGEST_TEXT = 40_000
NOT_INVALID_BLOCKS = {
    "msg_blocks_too_long": "msg_blocks_too_long",
    "only_one_table_allowed": "invalid_attachments",
    "too_many_attachments": "too_many_attachments",
}


@dataclass
class Content:
    """The parts of a message; None where the bot did not send the part at all."""

    text: str | None = None
    blocks: list[Json] | None = None
    attachments: list[Json] | None = None
    metadata: Json | None = None
    warnings: list[str] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show."""
        return not ((self.text or "").strip() or self.blocks or self.attachments)


def read_content(workspace: Workspace, args: Args) -> Content:
    """The message in these arguments, or the refusal that it deserves."""
    content = Content(
        text=args.text("text")[:LONGEST_TEXT] if "text" in args else None,
        blocks=args.json("blocks", list, "invalid_blocks_format"),
        attachments=args.json("attachments", list, "invalid_attachments_format"),
    )
    message = {"blocks": content.blocks or [], "attachments": content.attachments or []}
    refuse(check_message(message), "invalid_blocks")
    refuse(list(bad_files(workspace, content.blocks or [], "/blocks")), "invalid_blocks")
    _read_metadata(args, content)
    if len(args.text("text")) > LONGEST_TEXT:
        content.warnings.append("message_truncated")
    return content


def check_view_body(workspace: Workspace, body: Json) -> None:
    """Refuse a view that Slack would not take."""
    refuse(check_view(body), "invalid_arguments")
    refuse(list(bad_files(workspace, body.get("blocks") or [], "/view/blocks")), "invalid_arguments")


def refuse(problems: list[Problem], error: str) -> None:
    """Raise what Slack answers to these problems; nothing if there are none."""
    if not problems:
        return
    lines = [f"{p.message} [json-pointer:{p.pointer}]" for p in problems]
    code = next((NOT_INVALID_BLOCKS[p.code] for p in problems if p.code in NOT_INVALID_BLOCKS), error)
    if code == "invalid_arguments":
        raise Refusal(code, messages=lines)
    raise Refusal(code, messages=lines, errors=lines)


def bad_files(workspace: Workspace, node: Any, pointer: str) -> Iterator[Problem]:
    """The slack_file references that cannot be shown (yet)."""
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in children:
        if key == "slack_file" and isinstance(value, dict):
            if not _usable(workspace, value):
                yield Problem(f"{pointer}/slack_file", "invalid slack file", "invalid_slack_file")
        else:
            yield from bad_files(workspace, value, f"{pointer}/{key}")


def _usable(workspace: Workspace, reference: Json) -> bool:
    for file in workspace.files.values():
        told = file_json(workspace, file)
        if reference.get("id") == file.id or reference.get("url") in (told["url_private"], told["permalink"]):
            return str(told["filetype"]) in ("png", "jpg", "jpeg", "gif")
    return False


def _read_metadata(args: Args, content: Content) -> None:
    metadata = args.json("metadata", dict, "invalid_metadata_format")
    if metadata is None:
        return
    if isinstance(metadata.get("event_type"), str) and isinstance(metadata.get("event_payload"), dict):
        content.metadata = {key: metadata[key] for key in ("event_type", "event_payload")}
    else:
        content.warnings.append("invalid_metadata_schema")
