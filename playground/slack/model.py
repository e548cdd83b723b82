"""The nouns of a workspace: messages, channels, users, groups, files, views."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from playground.slack.mrkdwn import words

Json = dict[str, Any]


@dataclass(eq=False)
class File:
    """An uploaded file; it may be used in blocks only from `ready_at` on."""

    id: str
    name: str
    length: int
    alt_text: str = ""
    title: str = ""
    content: bytes | None = None
    ready_at: float | None = None
    channels: set[str] = field(default_factory=set)

    def is_ready(self, now: float) -> bool:
        """Whether the upload has been scanned by now."""
        return self.ready_at is not None and now >= self.ready_at


@dataclass(eq=False)
class Message:
    """One message; `replies` is filled on the first message of a thread, `state` is what each person filled in, by user id."""

    ts: str
    channel: str
    user: str
    text: str = ""
    bot_id: str | None = None
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    metadata: Json | None = None
    thread_ts: str | None = None
    broadcast: bool = False
    ephemeral_to: str | None = None
    files: list[File] = field(default_factory=list)
    replies: list[Message] = field(default_factory=list)
    reactions: dict[str, list[str]] = field(default_factory=dict)
    edits: int = 0
    edited_ts: str | None = None
    deleted: bool = False
    state: dict[str, dict[str, Json]] = field(default_factory=dict)

    @property
    def every_block(self) -> list[Json]:
        """Its blocks and those of its attachments."""
        return [*self.blocks, *(block for a in self.attachments for block in a.get("blocks") or [])]

    def filled(self, user: str) -> dict[str, Json]:
        """What this person filled in, by block and action."""
        return self.state.setdefault(user, {})

    @property
    def edited(self) -> bool:
        """Whether it says (edited)."""
        return self.edits > 0

    @property
    def words(self) -> str:
        """Everything there is to read in it: the text, the blocks and the attachments."""
        return "\n".join([self.text, *words(self.blocks), *words(self.attachments)])


@dataclass(eq=False)
class Channel:
    """A conversation: public, private or direct. `messages` holds the top level only."""

    id: str
    name: str
    is_private: bool = False
    is_im: bool = False
    is_archived: bool = False
    members: set[str] = field(default_factory=set)
    messages: list[Message] = field(default_factory=list)

    def every(self) -> list[Message]:
        """Top level and replies, threads unfolded below their first message."""
        return [m for top in self.messages for m in (top, *top.replies)]

    def find(self, text: str) -> Message | None:
        """The oldest message, replies included, in whose words this occurs."""
        return next((m for m in self.every() if text in m.words), None)

    def by_ts(self, ts: str) -> Message | None:
        """The message with this timestamp, replies included."""
        return next((m for m in self.every() if m.ts == ts), None)


@dataclass(eq=False)
class User:
    """A member of the workspace, or the bot's user."""

    id: str
    name: str
    real_name: str
    is_bot: bool = False
    tz: str = "Europe/Amsterdam"
    tz_offset: int = 3600
    deleted: bool = False


@dataclass(eq=False)
class Group:
    """A user group such as @ml-team."""

    id: str
    handle: str
    members: set[str] = field(default_factory=set)


@dataclass(eq=False)
class View:
    """A modal or a Home tab as the bot sent it, with what the person filled in."""

    id: str
    type: str
    user: str
    body: Json
    hash: str
    blocks: list[Json] = field(default_factory=list)
    values: dict[str, Json] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    root_id: str = ""
    previous_id: str | None = None
    edits: int = 0
    open: bool = True

    @property
    def every_block(self) -> list[Json]:
        """Its blocks."""
        return self.blocks

    def filled(self, _user: str) -> dict[str, Json]:
        """What the one person who sees it filled in, by block and action."""
        return self.values

    @property
    def title(self) -> str:
        """The text of its title."""
        return str((self.body.get("title") or {}).get("text", ""))

    @property
    def words(self) -> str:
        """Everything there is to read in it."""
        return "\n".join([self.title, *words(self.blocks), *self.errors.values()])


@dataclass(frozen=True)
class Notification:
    """That a message drew a person's attention, and by what."""

    user: str
    message: Message
    why: str
