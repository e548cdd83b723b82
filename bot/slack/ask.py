"""What a person asked: the typed command, the pressed button, the filled-in modal, and the rows that answer; pure."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.slack.blocks import Message

_QUOTES = str.maketrans("\u201c\u201d\u201e\u2018\u2019\u00a0", '"""\'\' ')
_TOKEN = re.compile(r"""((?:[A-Za-z_]+=)?)(?:"([^"]*)"|'([^']*)'|(\S+))""")
_OPTION = re.compile(r"([A-Za-z_]+)=(.*)", re.DOTALL)
_LINKED = re.compile(r"<([a-z0-9+.-]{1,20}:[^|<>]*)(?:\|[^<>]*)?>")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL refuses them, SQLite's LIKE ends at the first
TEXT_LIMIT = 4000


@dataclass(frozen=True, slots=True)
class Args:
    """The words behind the verb: bare ones in order, ``key=value`` ones by lower-case key, and the text as typed."""

    words: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    text: str = ""

    def get(self, *keys: str) -> str:
        """The value of the first of these options that was given, else an empty string."""
        return next((self.options[k] for k in keys if self.options.get(k)), "")


def parse(text: str) -> tuple[str, Args]:
    """Split a command's text into verb (lower case, may be empty) and arguments; any order, quotes allowed."""
    sent = _UNSTORABLE.sub("", text[:TEXT_LIMIT])
    clean = html.unescape(_LINKED.sub(r"\1", sent)).translate(_QUOTES).strip()
    verb, rest = [*clean.split(None, 1), "", ""][:2]
    words: list[str] = []
    options: dict[str, str] = {}
    for key, double, single, bare in _TOKEN.findall(rest):
        value = double or single or bare
        option = _OPTION.fullmatch(value) if not key and bare else None
        if key:
            options[key[:-1].lower()] = value
        elif option:
            options[option[1].lower()] = option[2]
        elif value:
            words.append(value)
    return verb.lower(), Args(tuple(words), options, rest.strip())


@dataclass(frozen=True, slots=True)
class Ask:
    """A slash command (or a button that stands for one). ``trigger_id`` lives three seconds."""

    user: str
    channel: str
    trigger_id: str
    response_url: str
    at: datetime
    args: Args = field(default_factory=Args)


@dataclass(frozen=True, slots=True)
class Shown:
    """The modal that a control stands in: what is filled in so far by block id, and the ``hash`` of what is shown."""

    view_id: str
    hash: str
    values: Mapping[str, str | None]
    private_metadata: str


@dataclass(frozen=True, slots=True)
class Press:
    """A pressed button or a choice; ``value`` came back from the client and proves nothing.

    ``view`` is set for a control in a modal, which has neither channel nor ``response_url``.
    """

    user: str
    channel: str
    trigger_id: str
    response_url: str
    at: datetime
    action: str
    value: str
    view: Shown | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """A submitted modal: values by block id, ``None`` where a field was left empty."""

    user: str
    view_id: str
    at: datetime
    values: Mapping[str, str | None]
    private_metadata: str


Errors = Mapping[str, str]
"""What is wrong with a form: sentence by block id."""


@dataclass(frozen=True, slots=True)
class Verb:
    """One word after the slash command; help and routing read the same row."""

    name: str
    usage: str
    summary: str
    run: Callable[[Ask], Message | None]
    example: str = ""


@dataclass(frozen=True, slots=True)
class Button:
    """What answers the controls whose ``action_id`` is this name or begins with it and a dot."""

    name: str
    run: Callable[[Press], Message | None]


@dataclass(frozen=True, slots=True)
class Modal:
    """What answers the modal with this ``callback_id``."""

    name: str
    run: Callable[[Form], Errors | None]
