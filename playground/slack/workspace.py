"""The state of the workspace, and the only place that changes it."""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from playground.slack.element_rules import ELEMENTS
from playground.slack.feed import Change, Feed
from playground.slack.ids import Ids, Stamps, short_id
from playground.slack.manifest import App
from playground.slack.model import Channel, File, Group, Json, Message, Notification, User, View
from playground.slack.mrkdwn import mentions, pings

T = TypeVar("T")
TOMBSTONE = "This message was deleted."


class Workspace:
    """Channels, people, files, views and everything posted; every change goes into `feed`."""

    def __init__(self, app: App, clock: Callable[[], float] = time.time) -> None:
        self.app = app
        self.clock = clock
        self.team_id = "T0BATCH001"
        self.team_domain = "playground"
        self.lock = threading.RLock()
        self.feed = Feed()
        self.ids = Ids()
        self.stamps = Stamps(clock)
        self.users: dict[str, User] = {}
        self.groups: dict[str, Group] = {}
        self.channels: dict[str, Channel] = {}
        self.files: dict[str, File] = {}
        self.views: dict[str, View] = {}
        self.ephemerals: list[Message] = []
        self.notifications: list[Notification] = []

    def subscribe(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Call `listener` on every change from now on; the returned function ends that."""
        return self.feed.subscribe(listener)

    def wait_for(self, look: Callable[[], T], timeout: float = 5.0) -> T:
        """Look again after each change until there is something to see, and return it."""
        until = time.monotonic() + timeout
        while True:
            seen = self.feed.last
            if found := look():
                return found
            left = until - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"not seen in {timeout} s")
            self.feed.wait(seen, min(left, 0.25))

    def add_user(self, user: User) -> User:
        """Let a user in."""
        self.users[user.id] = user
        return user

    def add_channel(self, name: str, *members: str, private: bool = False) -> Channel:
        """A new channel with these user ids in it; the bot is in only if its id is given."""
        with self.lock:
            channel = Channel(self.ids.new("C"), name, is_private=private, members=set(members))
            self.channels[channel.id] = channel
        self.feed.publish("channel", channel)
        return channel

    def add_group(self, handle: str, *members: str) -> Group:
        """A new user group with these user ids in it."""
        group = Group(self.ids.new("S"), handle, set(members))
        self.groups[group.id] = group
        return group

    def channel(self, name_or_id: str) -> Channel:
        """By id, or by name with or without its #; KeyError if there is none."""
        if name_or_id in self.channels:
            return self.channels[name_or_id]
        name = name_or_id.removeprefix("#")
        for channel in list(self.channels.values()):
            if channel.name == name and not channel.is_im:
                return channel
        raise KeyError(name_or_id)

    def direct(self, user_id: str) -> Channel:
        """The direct conversation of this person with the bot, opened if need be."""
        with self.lock:
            for channel in self.channels.values():
                if channel.is_im and user_id in channel.members:
                    return channel
            channel = Channel(
                self.ids.new("D"), self.users[user_id].name, is_im=True, members={user_id, self.app.user_id}
            )
            self.channels[channel.id] = channel
        self.feed.publish("channel", channel)
        return channel

    def post(
        self,
        channel: Channel,
        user: str,
        text: str = "",
        *,
        at: float | None = None,
        thread: Message | None = None,
        notify: bool = True,
        link_names: bool = False,
        **content: Any,
    ) -> Message:
        """A new message; `content` are further fields of Message, `at` back-dates it."""
        with self.lock:
            message = Message(self.stamps.new(at), channel.id, user, text, **content)
            message.blocks, message.attachments = with_ids(message.blocks), attached(message.attachments)
            if thread is not None:
                message.thread_ts = thread.thread_ts = thread.ts
            siblings = channel.messages if thread is None else thread.replies
            siblings.append(message)
            siblings.sort(key=lambda m: m.ts)
            if notify:
                self._notify(channel, message, link_names)
        self.feed.publish("message", message)
        return message

    def whisper(self, channel: Channel, to: str, text: str, *, thread_ts: str | None = None, **content: Any) -> Message:
        """An ephemeral message: it is in no history and pings nobody."""
        with self.lock:
            message = Message(
                self.stamps.new(),
                channel.id,
                self.app.user_id,
                text,
                self.app.bot_id,
                ephemeral_to=to,
                thread_ts=thread_ts,
                **content,
            )
            message.blocks, message.attachments = with_ids(message.blocks), attached(message.attachments)
            self.ephemerals.append(message)
        self.feed.publish("ephemeral", message)
        return message

    def edit(self, message: Message, **content: Any) -> Message:
        """Replace some fields; an edit notifies nobody, as in Slack."""
        with self.lock:
            for name, value in content.items():
                setattr(message, name, IDENTIFIED[name](value) if name in IDENTIFIED else value)
            message.edits += 1
            message.edited_ts = self.stamps.new()
        self.feed.publish("message_changed", message)
        return message

    def delete(self, message: Message) -> None:
        """Remove it; the head of a thread that has replies leaves a tombstone instead."""
        with self.lock:
            message.deleted = True
            channel = self.channels[message.channel]
            if message.replies:
                message.text, message.blocks, message.attachments = TOMBSTONE, [], []
            else:
                for siblings in (channel.messages, self.ephemerals, *(m.replies for m in channel.messages)):
                    if message in siblings:
                        siblings.remove(message)
        self.feed.publish("message_deleted", message)

    def _notify(self, channel: Channel, message: Message, link_names: bool) -> None:
        found = mentions(message.text, bare=link_names) + list(pings(message.blocks)) + list(pings(message.attachments))
        told = {user: f"mention {who}" for who in found for user in self._meant(who, channel)}
        if channel.is_im:
            told |= {user: "direct" for user in channel.members if user not in told}
        told.pop(message.user, None)
        self.notifications += [
            Notification(user, message, why) for user, why in told.items() if user != self.app.user_id
        ]

    def _meant(self, who: str, channel: Channel) -> set[str]:
        if who in ("channel", "here", "everyone"):
            return set(channel.members)
        return set(self.groups[who].members) if who in self.groups else {who}


def with_ids(blocks: list[Json]) -> list[Json]:
    """A copy in which every block, and every element that acts, has an id, as Slack sees to."""
    blocks = copy.deepcopy(blocks)
    for block in blocks:
        block.setdefault("block_id", short_id())
        elements = [
            block.get("accessory"),
            block.get("element"),
            *(block.get("elements") or []),
            *(block.get("actions") or []),
        ]
        for element in elements:
            if isinstance(element, dict) and element.get("type") in ACTING:
                element.setdefault("action_id", short_id())
        if block.get("type") == "container":
            block["child_blocks"] = with_ids(block.get("child_blocks") or [])
    return blocks


def attached(attachments: list[Json]) -> list[Json]:
    """A copy in which the blocks of every attachment have their ids too."""
    return [a | {"blocks": with_ids(a["blocks"])} if a.get("blocks") else a for a in attachments]


IDENTIFIED: dict[str, Callable[[list[Json]], list[Json]]] = {"blocks": with_ids, "attachments": attached}
ACTING = ELEMENTS.keys() - {"image", "mrkdwn", "plain_text", "url"}
