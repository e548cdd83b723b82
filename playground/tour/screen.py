"""Prints the channels as they change, and remembers every version of every message."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Collection
from pathlib import Path

from playground.slack import Message, View, Workspace
from playground.slack.feed import Change
from playground.terminal import WIDTH, Page, Paint, plain, wrap

BRIEF = 4
"""So many lines are printed of a message in a channel that is brief."""


class Screen:
    """Listens to the workspace; what the story says goes through it too, so that lines never mix."""

    def __init__(self, workspace: Workspace, out: Path, *, colours: bool, brief: Collection[str] = ()) -> None:
        """Begin to listen; pictures are saved in ``out``; long messages in ``brief`` channels are cut short."""
        self._brief = brief
        self.paint = Paint(on=colours)
        self.page = Page(workspace, self.paint, self._picture)
        self.versions: dict[str, list[str]] = defaultdict(list)
        self._workspace = workspace
        self._out = out
        self._lock = threading.RLock()
        self._shown: dict[str, list[str]] = {}
        self._pictures: dict[str, str] = {}
        self._end = workspace.subscribe(self._changed)

    def close(self) -> None:
        """Listen no more."""
        self._end()

    def say(self, *lines: str) -> None:
        """Print lines as they are."""
        with self._lock:
            print(*lines, sep="\n", flush=True)

    def heading(self, title: str, told: str) -> None:
        """Begin a chapter: its title, and one sentence on what is being done."""
        rule = "━" * max(WIDTH - len(title) - 4, 3)
        self.say(self.paint(f"━━ {title} {rule}", "bold"), *wrap(told, WIDTH), "")

    def act(self, told: str) -> None:
        """What somebody does now."""
        self.say(*(self.paint(f"{'▶ ' if n == 0 else '  '}{line}", "bold") for n, line in enumerate(wrap(told, 97))))

    def save(self) -> Path:
        """Write the final state of all channels, and tell where."""
        path = self._out / "channels.txt"
        path.write_text("\n".join(self._channels()) + "\n", encoding="utf-8")
        return path

    @property
    def pictures(self) -> list[str]:
        """The files of all pictures that were shown."""
        return list(self._pictures.values())

    def _channels(self) -> list[str]:
        lines: list[str] = []
        for channel in self._workspace.channels.values():
            whispers = [m for m in self._workspace.ephemerals if m.channel == channel.id]
            listed = sorted([*channel.messages, *whispers], key=lambda m: m.ts)
            if listed:
                lines += ["", f"══ #{channel.name} ".ljust(WIDTH, "═")]
            for message in listed:
                for one in (message, *message.replies):
                    lines += ["", *plain(self.page.message(one))]
        return lines

    def _changed(self, change: Change) -> None:
        with self._lock:
            if isinstance(change.what, Message):
                self._message(change.kind, change.what)
            elif isinstance(change.what, View) and change.what.type == "modal":
                self._view(change.kind, change.what)

    def _message(self, kind: str, message: Message) -> None:
        self.versions[message.ts].append(message.words)
        if kind == "message_deleted":
            self.say(f"✂ the message “{message.text[:60]}” is deleted")
            return
        before, now = self._shown.get(message.ts), self.page.body(message, context=False)
        self._shown[message.ts] = now
        if before is None:
            self.say(*self.page.message(message, body=self._short(message, self.page.body(message))), "")
        elif any(line not in before for line in now):
            fresh = [now[0], *(line for line in now[1:] if line not in before)]
            self.say(*self.page.message(message, mark="✎ ", body=self._short(message, fresh)), "")

    def _short(self, message: Message, body: list[str]) -> list[str]:
        """These lines; in a channel that is brief only the first of them."""
        if len(body) <= BRIEF or self._workspace.channels[message.channel].name not in self._brief:
            return body
        return [*body[:BRIEF], self.paint(f"… and {len(body) - BRIEF} more lines, in channels.txt", "dim")]

    def _view(self, kind: str, view: View) -> None:
        who = self.page.name(view.user)
        if kind == "view_closed":
            self.say(f"    ┗ the form on {who}'s screen closes", "")
        else:
            self.say(f"    ┏ on {who}'s screen", *self.page.form(view), "")

    def _picture(self, file_id: str) -> str:
        """Save the file once and tell its path; an address that is no file stays as it is."""
        file = self._workspace.files.get(file_id)
        if file is None or file.content is None:
            return file_id
        if file_id not in self._pictures:
            path = self._out / f"{len(self._pictures) + 1}-{Path(file.name).name}"
            path.write_bytes(file.content)
            self._pictures[file_id] = str(path)
        return self._pictures[file_id]
