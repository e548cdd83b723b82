"""The small language in which Block Kit's rules are written: each rule finds the problems of one value."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True)
class Problem:
    """What Slack would refuse, where (a JSON pointer), in its words, and a code to sort by."""

    pointer: str
    message: str
    code: str


class Rule(Protocol):
    """Finds the problems of a value that stands at a pointer."""

    def check(self, value: Any, at: str, /) -> Iterator[Problem]:
        """Yield each problem."""


@dataclass(frozen=True)
class Str:
    """A string of limited length, of certain choices or of a certain shape."""

    most: int = 3000
    least: int = 1
    choices: tuple[str, ...] = ()
    shape: str = ""

    def check(self, value: Any, at: str) -> Iterator[Problem]:
        """A string within the limits."""
        if not isinstance(value, str):
            yield Problem(at, "must be a string", "type")
        elif self.choices and value not in self.choices:
            yield Problem(at, f"must be a valid enum value: {', '.join(self.choices)}", "enum")
        elif self.shape and not re.fullmatch(self.shape, value):
            yield Problem(at, "must match the expected format", "format")
        else:
            yield from length(value, at, self.most, self.least)


@dataclass(frozen=True)
class Text:
    """A text object; `kinds` are the types that this place takes."""

    most: int = 3000
    kinds: tuple[str, ...] = ("plain_text", "mrkdwn")

    def check(self, value: Any, at: str) -> Iterator[Problem]:
        """A text object of a kind that fits, with text in it."""
        if not isinstance(value, dict):
            yield Problem(at, "must be an object", "type")
            return
        kind = value.get("type")
        if kind not in self.kinds:
            yield Problem(f"{at}/type", f"must be a valid enum value: {', '.join(self.kinds)}", "text_type")
            return
        extra = {"plain_text": "emoji", "mrkdwn": "verbatim"}[str(kind)]
        shape = Shape({"type": ANY, "text": Str(self.most)}, {extra: Flag()})
        yield from shape.check(value, at)


@dataclass(frozen=True)
class Num:
    """A number within bounds."""

    low: float | None = None
    high: float | None = None
    whole: bool = False

    def check(self, value: Any, at: str) -> Iterator[Problem]:
        """A number, and no boolean."""
        if isinstance(value, bool) or not isinstance(value, int if self.whole else (int, float)):
            yield Problem(at, "must be an integer" if self.whole else "must be a number", "type")
        elif self.low is not None and value < self.low:
            yield Problem(at, f"must be at least {self.low}", "too_small")
        elif self.high is not None and value > self.high:
            yield Problem(at, f"must be at most {self.high}", "too_large")


@dataclass(frozen=True)
class Flag:
    """True or false."""

    def check(self, value: Any, at: str) -> Iterator[Problem]:
        """A boolean."""
        if not isinstance(value, bool):
            yield Problem(at, "must be a boolean", "type")


@dataclass(frozen=True)
class Anything:
    """A value whose inside is not looked at."""

    def check(self, _value: Any, _at: str, /) -> Iterator[Problem]:
        """Nothing to find."""
        return iter(())


@dataclass(frozen=True)
class Items:
    """A list of limited size, all of one rule."""

    of: Rule
    most: int
    least: int = 1

    def check(self, value: Any, at: str) -> Iterator[Problem]:
        """The size first, then each item."""
        if not isinstance(value, list):
            yield Problem(at, "must be an array", "type")
            return
        if len(value) > self.most:
            yield Problem(at, f"no more than {self.most} items allowed", "too_many")
        if len(value) < self.least:
            yield Problem(at, f"no fewer than {self.least} items allowed", "too_few")
        for index, item in enumerate(value):
            yield from self.of.check(item, f"{at}/{index}")


@dataclass(frozen=True)
class Shape:
    """An object: the fields that it must have, may have, must have exactly one of; and a last look."""

    required: Mapping[str, Rule] = field(default_factory=dict)
    optional: Mapping[str, Rule] = field(default_factory=dict)
    one_of: tuple[str, ...] = ()
    some_of: tuple[str, ...] = ()
    look: Callable[[dict[str, Any], str], Iterator[Problem]] | None = None

    def check(self, value: Any, at: str) -> Iterator[Problem]:
        """Missing and unknown fields, each known field, then what only the whole shows."""
        if not isinstance(value, dict):
            yield Problem(at, "must be an object", "type")
            return
        given = {key for key, item in value.items() if item is not None}
        yield from self._absent(given, at)
        known = {**self.required, **self.optional}
        clean = True
        for key in value:
            if key not in known:
                yield Problem(at, f"no additional properties allowed: {key}", "unknown_field")
            elif key in given:
                for problem in known[key].check(value[key], f"{at}/{key}"):
                    clean = False
                    yield problem
        if self.look is not None and clean and set(self.required) <= given:
            yield from self.look(value, at)

    def _absent(self, given: set[str], at: str) -> Iterator[Problem]:
        for key in self.required:
            if key not in given:
                yield Problem(at, f"missing required field: {key}", "missing")
        names = " or ".join(self.one_of or self.some_of)
        if (self.one_of and not given & set(self.one_of)) or (self.some_of and not given & set(self.some_of)):
            yield Problem(at, f"must provide {names}", "missing")
        if self.one_of and len(given & set(self.one_of)) > 1:
            yield Problem(at, f"must provide only one of {names}", "one_of")


@dataclass(frozen=True)
class Typed:
    """An object whose `type` says which rule holds; the table is looked up late, so tables may refer to each other."""

    table: Callable[[], Mapping[str, Rule]]
    allowed: frozenset[str]

    def check(self, value: Any, at: str) -> Iterator[Problem]:
        """The type must be allowed here; then the rule of that type."""
        if not isinstance(value, dict):
            yield Problem(at, "must be an object", "type")
            return
        kind = value.get("type")
        if not isinstance(kind, str):
            yield Problem(at, "missing required field: type", "missing")
        elif kind not in self.allowed:
            yield Problem(f"{at}/type", f"unsupported type: {kind}", "unsupported")
        else:
            yield from self.table()[kind].check(value, at)


ANY = Anything()


def length(value: str, at: str, most: int, least: int = 1) -> Iterator[Problem]:
    """Too long or too short, in Slack's words."""
    if len(value) > most:
        yield Problem(at, f"must be less than {most + 1} characters", "too_long")
    if len(value) < least:
        yield Problem(at, f"must be more than {least - 1} characters", "too_short")
