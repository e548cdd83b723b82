"""Slack's messages and forms as text: at most 100 columns, colours only where they are wanted and never needed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from playground.slack.forms import state_values
from playground.slack.model import Json, Message, View
from playground.slack.mrkdwn import unescape
from playground.slack.workspace import Workspace

WIDTH = 100
_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
EMOJI = {
    "white_check_mark": "✅", "warning": "⚠️", "x": "❌", "red_circle": "🔴", "large_green_circle": "🟢", "rotating_light": "🚨",
    "bell": "🔔", "no_bell": "🔕", "fire": "🔥", "tada": "🎉", "moneybag": "💰", "information_source": "ℹ️",
}  # fmt: skip
"""The short names that messages from elsewhere use most; any other stays as it is written."""
_SHORT_NAME = re.compile(r":([a-z0-9_+-]+):")
_TOKEN = re.compile(r"<([^<>|]+)(?:\|([^<>]*))?>")
_MARKS = re.compile(r"(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_ZERO = {"Mn", "Me", "Cf", "Cc"}


class Paint:
    """Colours for a terminal, or none at all."""

    def __init__(self, *, on: bool) -> None:
        self._on = on

    def __call__(self, text: str, *looks: str) -> str:
        """The text in these looks: bold, dim, red, green, yellow, cyan."""
        codes = ";".join(_CODES[look] for look in looks)
        return f"\x1b[{codes}m{text}\x1b[0m" if self._on and codes and text else text


def width(text: str) -> int:
    """How many columns a terminal gives to the text: two to wide characters and emoji, none to marks."""
    columns, text = 0, _COLOUR.sub("", text)
    for char, after in zip(text, text[1:] + " ", strict=False):
        if unicodedata.category(char) not in _ZERO:
            columns += 2 if unicodedata.east_asian_width(char) in "WF" or after == "\ufe0f" else 1
    return columns


def clip(text: str, columns: int) -> str:
    """The text within so many columns, ending in an ellipsis if something was cut off."""
    if width(text) <= columns:
        return text
    while text and width(text) > columns - 1:
        text = text[:-1]
    return text + "…"


def pad(text: str, columns: int, *, right: bool = False) -> str:
    """The text filled up with blanks to so many columns."""
    blanks = " " * max(columns - width(text), 0)
    return blanks + text if right else text + blanks


def wrap(text: str, columns: int) -> list[str]:
    """Lines of at most so many columns, broken between words, and within a word only if it is longer than a line."""
    lines = [""]
    for word in re.split(r"(?<=\S)(?=\s)", text):
        rest = word
        if width(lines[-1] + rest) > columns and lines[-1]:
            lines.append("")
            rest = rest.lstrip()
        while width(rest) > columns:
            head = clip(rest, columns)[:-1]
            lines[-1], rest = head, rest[len(head) :]
            lines.append("")
        lines[-1] += rest
    return [line.rstrip() for line in lines]


class Page:
    """Turns messages into lines; knows the names of people and channels, and where pictures were saved."""

    def __init__(self, workspace: Workspace, paint: Paint, picture: Callable[[str], str] = str) -> None:
        """``picture`` tells the path at which the file with this id lies."""
        self._workspace = workspace
        self._paint = paint
        self._picture = picture

    def message(self, message: Message, *, mark: str = "", body: Sequence[str] = ()) -> list[str]:
        """A heading and the body (or these lines in its place); replies stand further in."""
        indent = "      " if is_reply(message) else ""
        head = self._head(message, "↳ " if indent else "", mark)
        return [indent + head, *(f"{indent}  {self._paint('│', 'dim')} {line}" for line in body or self.body(message))]

    def body(self, message: Message, *, context: bool = True) -> list[str]:
        """What there is to read in a message, block by block; ``context`` says whether its small print is wanted."""
        columns = WIDTH - (10 if is_reply(message) else 4)
        blocks = message.blocks or [{"type": "section", "text": {"type": "mrkdwn", "text": message.text}}]
        wanted = (block for block in blocks if context or block["type"] != "context")
        lines = [line for block in wanted for line in self._block(block, columns)]
        lines += [line for file in message.files for line in wrap(f"🖼  {self._picture(file.id)}", columns)]
        head, colour, button = lines[0].partition("\x1b") if lines else ("", "", "")
        return [self._paint(head, "bold") + colour + button, *lines[1:]]

    def form(self, view: View) -> list[str]:
        """A modal: title, fields with what is in them, errors where they stand, buttons."""
        bar = self._paint("┃", "cyan")
        values = state_values(view.blocks, view.values)
        lines = [self._paint(view.title, "bold")]
        for block in view.blocks:
            if block["type"] != "input":
                lines += self._block(block, WIDTH - 8)
                continue
            entered = _entered(next(iter(values.get(block["block_id"], {}).values()), {}))
            lines.append(pad(self.words(block["label"]["text"]), 24) + clip(entered or "…", WIDTH - 32))
            if error := view.errors.get(block["block_id"]):
                lines += [self._paint(pad("", 24) + f"✗ {line}", "red") for line in wrap(error, WIDTH - 34)]
        names = [str((view.body.get(key) or {}).get("text", "")) for key in ("close", "submit")]
        lines.append(self._paint("  ".join(f"[{name}]" for name in names if name), "cyan"))
        return [f"    {bar} {line}" for line in lines]

    def words(self, text: str) -> str:
        """Slack's markup as a person reads it."""
        plain = _MARKS.sub(r"\1", _TOKEN.sub(self._token, text))
        return unescape(_SHORT_NAME.sub(lambda found: EMOJI.get(found[1], found[0]), plain)).replace("\u200b", "")

    def name(self, user: str) -> str:
        """The handle of a user."""
        known = self._workspace.users.get(user)
        return known.name if known else user

    def _head(self, message: Message, arrow: str, mark: str) -> str:
        channel = self._workspace.channels[message.channel]
        place = f"@{channel.name}" if channel.is_im else f"#{channel.name}"
        at = datetime.fromtimestamp(float(message.edited_ts or message.ts)).astimezone()
        seen = (
            self._paint(f"  only {self.name(message.ephemeral_to)} sees this", "yellow") if message.ephemeral_to else ""
        )
        who = self._paint(f"{at:%H:%M:%S}  {self.name(message.user)}", "dim")
        return f"{mark or arrow}{self._paint(place, 'cyan')}  {who}{seen}"

    def _token(self, match: re.Match[str]) -> str:
        inner, label = match[1], match[2]
        if inner.startswith("@"):
            return f"@{self.name(inner[1:])}"
        if inner.startswith("#"):
            known = self._workspace.channels.get(inner[1:])
            return f"#{known.name if known else inner[1:]}"
        if inner.startswith("!date^"):
            _, at, form, *_ = inner.split("^")
            return _moment(float(at), form)
        return label or inner.removeprefix("!")

    def _block(self, block: Json, columns: int) -> list[str]:
        draw = getattr(self, f"_{block['type'].replace('-', '_')}", None)
        return draw(block, columns) if draw else wrap(self.words(_text(block.get("text"))), columns)

    def _section(self, block: Json, columns: int) -> list[str]:
        lines = list(self._paragraphs(_text(block.get("text")), columns)) if block.get("text") else []
        cells = [
            self.words(_text(field)).replace("\n", ": ", 1).replace("\n", " ") for field in block.get("fields") or []
        ]
        for pair in zip(cells[::2], [*cells[1::2], ""], strict=False):
            line = "   ".join(part for part in (pad(pair[0], 42), pair[1]) if part).rstrip()
            lines += [line] if width(line) <= columns else [x for one in pair if one for x in wrap(one, columns)]
        if block.get("accessory"):
            button = self._control(block["accessory"])
            lines[0] = pad(lines[0], columns - width(button)) + button
        return lines

    def _context(self, block: Json, columns: int) -> list[str]:
        text = "  ".join(self.words(_text(one)) for one in block["elements"])
        return [self._paint(line, "dim") for line in wrap(text, columns)]

    def _actions(self, block: Json, columns: int) -> list[str]:
        del columns  # a row of buttons is short
        return [" ".join(self._control(one) for one in block["elements"])]

    def _control(self, element: Json) -> str:
        name = _text(element.get("text")) or _text(element.get("placeholder")) or element.get("alt_text", "")
        kind = str(element.get("type"))
        name = "⋯" if kind == "overflow" else f"{name} ▾" if kind.endswith("_select") else name
        return self._paint(f"[{name}]", "cyan")

    def _image(self, block: Json, columns: int) -> list[str]:
        source = str((block.get("slack_file") or {}).get("id") or block.get("image_url") or "")
        title = f"{_text(block['title'])} — " if block.get("title") else ""
        return wrap(f"🖼  {title}{block.get('alt_text', '')} → {self._picture(source)}", columns)

    def _divider(self, block: Json, columns: int) -> list[str]:
        del block
        return ["─" * columns]

    def _table(self, block: Json, columns: int) -> list[str]:
        rows = [[str(cell.get("text") or "") for cell in row] for row in block["rows"]]
        settings = [*(block.get("column_settings") or []), *({} for _ in rows[0])]
        widths = [max(width(row[i]) for row in rows) for i in range(len(rows[0]))]
        widths[0] = max(min(widths[0], columns - sum(widths[1:]) - 2 * len(widths)), 8)
        lines = [
            "  ".join(
                pad(clip(cell, widths[i]), widths[i], right=(settings[i] or {}).get("align") == "right")
                for i, cell in enumerate(row)
            ).rstrip()
            for row in rows
        ]
        return [clip(line, columns) for line in [lines[0], "─" * max(map(width, lines)), *lines[1:]]]

    def _paragraphs(self, text: str, columns: int) -> Iterator[str]:
        for number, part in enumerate(text.split("```")):
            if number % 2:
                yield from (clip(f"  {unescape(line)}", columns) for line in part.split("\n"))
            else:
                for line in part.strip("\n").split("\n") if part.strip() else []:
                    yield from wrap(self.words(line), columns)


def is_reply(message: Message) -> bool:
    """Whether it stands in the thread of another message."""
    return message.thread_ts not in (None, message.ts)


def plain(lines: Sequence[str]) -> list[str]:
    """The lines without colours."""
    return [_COLOUR.sub("", line) for line in lines]


def _text(node: Any) -> str:
    return str(node.get("text") or "") if isinstance(node, dict) else str(node or "")


def _entered(state: Json) -> str:
    chosen = state.get("selected_option")
    return _text(chosen["text"]) if chosen else str(state.get("value") or "")


def _moment(at: float, form: str) -> str:
    local = datetime.fromtimestamp(at).astimezone()
    today = local.date() == datetime.now(local.tzinfo).date()
    day = "today" if today else f"{local.day} {local:%b}"
    return re.sub(r"\{[a-z_]+\}", day, form.replace("{time}", f"{local:%H:%M}"))
