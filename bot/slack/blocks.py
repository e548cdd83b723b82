"""The vocabulary of messages: Block Kit pieces as plain dicts, escaping, dates, numbers, the progress bar; pure.

Plain dicts and not the SDK's models, which turn blocks they do not know into ``null``. Limits are Slack's (block kit
reference): section text 3,000 characters, header 150, field 2,000, ten fields, ten context elements, 25 action
elements, 50 blocks a message, button text 75 and value 2,000.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

Block = dict[str, Any]

SECTION = 3000
FIELD = 2000
CONTEXT = 2000
ALT_TEXT = 2000
TEXT = 3900
BUTTON_TEXT = 75
OPTION_TEXT = 75
MESSAGE_BLOCKS = 50

_FORMATTING = re.compile(r"([*_~`])")
_EMOJI = re.compile(r":(?=[a-z0-9_+-]*[a-z][a-z0-9_+-]*:)")
_CUT_ENTITY = re.compile(r"&[a-z]{0,3}$")
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent to Slack: ``text`` is a full sentence (notifications, screen readers), ``blocks`` what is seen."""

    text: str
    blocks: list[Block] = field(default_factory=list)


def plain(value: object, limit: int = 300) -> str:
    """Foreign text as one line of visible characters, cut to ``limit``; not escaped (for plain_text and raw_text)."""
    text = str(value)
    if not (text.isascii() and text.isprintable()):
        text = "".join(" " if _is_break(c) else c for c in text if not _is_hidden(c))
    return clip(" ".join(text.split()), limit)


def esc(value: object, limit: int = 300) -> str:
    """Foreign text made safe for mrkdwn: no mention, link or formatting in it takes effect."""
    return _EMOJI.sub(":\u200b", _FORMATTING.sub("\\1\u200b", entities(plain(value, limit))))


def entities(text: str) -> str:
    """Escape the three characters that Slack reads as markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def preformatted(value: object, limit: int = 2500) -> str:
    """Foreign text of several lines as a code block; backticks cannot end it."""
    lines = "\n".join(_visible(line) for line in str(value)[: limit * 2].splitlines())
    safe = entities(lines).replace("`", "\u02cb")
    if len(safe) > limit:
        safe = _CUT_ENTITY.sub("", safe[: limit - 1]) + "\u2026"
    return f"```{safe}```"


def code(value: object, limit: int = 300) -> str:
    """Foreign text as inline code."""
    return "`" + (entities(plain(value, limit)).replace("`", "\u02cb") or "\u2013") + "`"


def clip(text: str, limit: int) -> str:
    """The first ``limit`` characters, the last of them an ellipsis where something was cut off."""
    return text if len(text) <= limit else text[: max(limit - 1, 0)].rstrip() + "\u2026"


def _visible(line: str) -> str:
    return "".join(" " if _is_break(c) else c for c in line if not _is_hidden(c)).rstrip()


def _is_hidden(char: str) -> bool:
    return char in _BIDI or (unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co"} and not _is_break(char))


def _is_break(char: str) -> bool:
    return char in "\n\r\t\v\f\u2028\u2029"


def link(url: str, label: object) -> str:
    """A link to an https address; anything else is the label alone."""
    if not url.startswith("https://"):
        return esc(label)
    safe = quote(url, safe="/:?&=#%~+@!$'()*,;[]-._").replace("&", "&amp;")
    return f"<{safe}|{esc(label).replace('|', '/')}>"


def user(user_id: str | None) -> str:
    """A mention by id, which the caller took from Slack; ids that do not look like one are shown as text."""
    if user_id and re.fullmatch(r"[UW][A-Z0-9]+", user_id):
        return f"<@{user_id}>"
    return esc(user_id or "nobody")


def date(moment: datetime, style: str = "{date_short_pretty} {time}") -> str:
    """A moment in the reader's own time zone, with a UTC fallback for clients that cannot."""
    utc = moment.astimezone(UTC)
    return f"<!date^{int(utc.timestamp())}^{style}|{utc:%Y-%m-%d %H:%M} UTC>"


def clock_time(moment: datetime) -> str:
    """The time of day in the reader's own time zone."""
    return date(moment, "{time}")


def utc_text(moment: datetime) -> str:
    """A moment as plain UTC text, for places where Slack's date tokens do not work."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def span(length: timedelta | float) -> str:
    """A duration in its two largest units: ``45 s``, ``12 min``, ``3 h 41 min``, ``2 d 4 h``."""
    seconds = int(max(length.total_seconds() if isinstance(length, timedelta) else length, 0))
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min" if minutes else f"{seconds} s"


def count(number: float) -> str:
    """A whole number with thousands separators."""
    return f"{number:,.0f}"


def compact(number: float) -> str:
    """A number in three significant digits: ``950``, ``12.4 k``, ``1.24 M``."""
    for size, unit in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if abs(number) >= size * 0.9995:
            return f"{number / size:.3g}{unit}" if abs(number) < size * 999.5 else f"{number / size:,.0f}{unit}"
    return f"{number:.3g}" if abs(number) < 999.5 else f"{number:,.0f}"


def plural(number: int, noun: str, many: str = "") -> str:
    """``1 record``, ``2 records``; ``many`` where an s is not enough."""
    return f"{count(number)} {noun if number == 1 else many or noun + 's'}"


def bar(fraction: float, width: int = 20) -> str:
    """Progress as plain characters; full only when it is done."""
    share = min(max(fraction, 0.0), 1.0)
    filled = int(share * width)
    return "\u25b0" * filled + "\u25b1" * (width - filled)


def mrkdwn(text: str, limit: int = SECTION) -> Block:
    """A mrkdwn text object that turns nothing into a link or mention by itself."""
    return {"type": "mrkdwn", "text": _cut_markup(text, limit), "verbatim": True}


def plain_text(text: str, limit: int = BUTTON_TEXT) -> Block:
    """A plain_text object."""
    return {"type": "plain_text", "text": clip(text, limit), "emoji": True}


def _cut_markup(text: str, limit: int) -> str:
    """Cut to the limit at a line end, so that no entity or link is cut in two."""
    if len(text) <= limit:
        return text
    head = text[: limit - 2]
    if "\n" in head:
        return head.rsplit("\n", 1)[0] + "\n\u2026"
    if head.rfind("<") > head.rfind(">"):
        head = head[: head.rfind("<")]
    return _CUT_ENTITY.sub("", head) + "\n\u2026"


def section(text: str, *, accessory: Block | None = None, block_id: str | None = None) -> Block:
    """A section with one text."""
    block: Block = {"type": "section", "text": mrkdwn(text)}
    if accessory:
        block["accessory"] = accessory
    if block_id:
        block["block_id"] = block_id
    return block


def fields(pairs: Iterable[tuple[str, str]]) -> Block:
    """A section of up to ten two-column fields, each a bold label over its value (already safe mrkdwn)."""
    return {"type": "section", "fields": [mrkdwn(f"*{label}*\n{value}", FIELD) for label, value in list(pairs)[:10]]}


def context(*parts: str) -> Block:
    """One grey line; the parts (already safe mrkdwn) are separated by dots, empty ones left out."""
    return {"type": "context", "elements": [mrkdwn("  \u00b7  ".join(p for p in parts if p), CONTEXT)]}


def divider() -> Block:
    """A thin line."""
    return {"type": "divider"}


def actions(*elements: Block, block_id: str | None = None) -> Block:
    """A row of controls."""
    block: Block = {"type": "actions", "elements": list(elements)[:25]}
    if block_id:
        block["block_id"] = block_id
    return block


def button(
    label: str, action: str, value: str, *, style: str | None = None, confirm: Block | None = None, hint: str = ""
) -> Block:
    """A button; ``value`` is an opaque id, never a right or a secret; ``hint`` is what a screen reader says."""
    element: Block = {"type": "button", "text": plain_text(label), "action_id": action, "value": value[:2000]}
    if style:
        element["style"] = style
    if confirm:
        element["confirm"] = confirm
    if hint:
        element["accessibility_label"] = clip(hint, BUTTON_TEXT)
    return element


def url_button(label: str, action: str, url: str) -> Block:
    """A button that opens an https address."""
    return {"type": "button", "text": plain_text(label), "action_id": action, "url": url[:3000]}


def confirmation(title: str, text: str, yes: str, no: str = "Cancel", *, danger: bool = False) -> Block:
    """The question that a button asks before it acts; plain text, so nothing in it needs escaping."""
    question: Block = {
        "title": plain_text(title, 100),
        "text": plain_text(text, 300),
        "confirm": plain_text(yes, 30),
        "deny": plain_text(no, 30),
    }
    if danger:
        question["style"] = "danger"
    return question


def option(label: str, value: str) -> Block:
    """One choice of a select; the value is limited to 75 characters by Slack's types."""
    return {"text": plain_text(label, OPTION_TEXT), "value": value[:75]}


def image(file_id: str, alt_text: str, title: str = "") -> Block:
    """A picture that was uploaded before; ``alt_text`` gives its point in a sentence."""
    block: Block = {"type": "image", "slack_file": {"id": file_id}, "alt_text": clip(alt_text, ALT_TEXT)}
    if title:
        block["title"] = plain_text(title, 2000)
    return block


def table(rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> Block:
    """A table of plain cells, the first row its header; columns in ``right`` are right-aligned; five fit the width."""
    columns = len(rows[0]) if rows else 0
    settings = [{"align": "right" if i in right else "left", "is_wrapped": i == 0} for i in range(columns)]
    body = [[{"type": "raw_text", "text": plain(cell, 120) or "\u2013"} for cell in row] for row in rows[:100]]
    return {"type": "table", "column_settings": settings, "rows": body}
