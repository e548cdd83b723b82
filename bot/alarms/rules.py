"""Says a composite alarm's rule in words: what other alarms have to do for it to ring; pure.

The language is CloudWatch's (API_PutCompositeAlarm, ``AlarmRule``): ``ALARM("a") AND (OK(b) OR NOT ALARM("arn:..."))``,
``TRUE``, ``FALSE`` and ``AT_LEAST(2, NOT OK, (a, b, c))`` with a number or a percentage. Parentheses stay where they
were, so that the words mean what the rule means whichever of AND and OR binds more closely.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

Show = Callable[[str], str]

_LENGTH = 10_240
_DEPTH = 20
_ELEMENTS = 500

_SPACE = re.compile(r"\s*")
_WORD = re.compile(r"(?:AND|OR|NOT|TRUE|FALSE|AT_LEAST|ALARM|OK|INSUFFICIENT_DATA)\b", re.IGNORECASE)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.){1,1600})"', re.DOTALL)
_BARE = re.compile(r'[^",()]{1,1600}')
_SHARE = re.compile(r"[0-9]{1,4}\s*%?")

_STATES = {
    ("ALARM", False): ("rings", "ring"),
    ("ALARM", True): ("does not ring", "do not ring"),
    ("OK", False): ("is OK", "are OK"),
    ("OK", True): ("is not OK", "are not OK"),
    ("INSUFFICIENT_DATA", False): ("has no data", "have no data"),
    ("INSUFFICIENT_DATA", True): ("has data", "have data"),
}
_OPPOSITES = {"always": "never", "never": "always"}


def in_words(rule: str, show: Show = str) -> str | None:
    """``batch-backlog rings and batch-stalled is OK``; None for what is not a rule, or too long or deep for one.

    ``show`` renders each alarm's name or ARN.
    """
    if len(rule) > _LENGTH:
        return None
    reader = _Reader(rule, show)
    try:
        words = reader.expression(0)
    except _NotARuleError:
        return None
    return words if reader.at_end() else None


class _NotARuleError(ValueError):
    """The text does not follow the language; only ever raised and caught here."""


@dataclass(frozen=True, slots=True)
class _Part:
    """One operand as words; ``name`` and ``state`` if it is the state of one alarm."""

    words: str
    name: str = ""
    state: tuple[str, bool] | None = None


class _Reader:
    """Reads the rule from left to right, one token ahead."""

    def __init__(self, rule: str, show: Show) -> None:
        self._rule = rule
        self._show = show
        self._place = 0
        self._elements = 0

    def at_end(self) -> bool:
        self._place = self._skipped()
        return self._place == len(self._rule)

    def expression(self, depth: int) -> str:
        parts, words = [self._operand(depth)], []
        while word := self._word("AND", "OR"):
            words.append(word.lower())
            parts.append(self._operand(depth))
        return _joined(parts, words)

    def _operand(self, depth: int) -> _Part:
        self._elements += 1
        if depth > _DEPTH or self._elements > _ELEMENTS:
            raise _NotARuleError
        if self._word("NOT"):
            return self._negated(self._operand(depth + 1))
        if self._sign("("):
            words = self.expression(depth + 1)
            self._expect(")")
            return _Part(f"({words})")
        if truth := self._word("TRUE", "FALSE"):
            return _Part("always" if truth == "TRUE" else "never")
        if self._word("AT_LEAST"):
            return self._at_least()
        return self._state()

    def _negated(self, part: _Part) -> _Part:
        if part.state is None:
            return _Part(_OPPOSITES.get(part.words) or f"not {part.words}")
        return _stated(part.name, (part.state[0], not part.state[1]))

    def _state(self) -> _Part:
        state = self._word("ALARM", "OK", "INSUFFICIENT_DATA")
        self._expect("(")
        name = self._show(self._name())
        self._expect(")")
        return _stated(name, (state, False))

    def _at_least(self) -> _Part:
        self._expect("(")
        share = self._match(_SHARE).replace(" ", "").replace("%", " %")
        self._expect(",")
        negated = bool(self._word("NOT"))
        state = self._word("ALARM", "OK", "INSUFFICIENT_DATA")
        self._expect(",")
        self._expect("(")
        names = [self._show(self._name())]
        while self._sign(","):
            names.append(self._show(self._name()))
        self._expect(")")
        self._expect(")")
        self._elements += len(names)
        return _Part(f"at least {share} of {listed(names, 'and')} {_verb((state, negated))[1]}")

    def _name(self) -> str:
        self._place = self._skipped()
        if found := _QUOTED.match(self._rule, self._place):
            self._place = found.end()
            return re.sub(r"\\(.)", r"\1", found[1], flags=re.DOTALL)
        return self._match(_BARE)

    def _match(self, pattern: re.Pattern[str]) -> str:
        self._place = self._skipped()
        found = pattern.match(self._rule, self._place)
        if not found or not found[0].strip():
            raise _NotARuleError
        self._place = found.end()
        return found[0].strip()

    def _word(self, *wanted: str) -> str:
        start = self._skipped()
        found = _WORD.match(self._rule, start)
        if not found or found[0].upper() not in wanted:
            return ""
        self._place = found.end()
        return found[0].upper()

    def _sign(self, sign: str) -> bool:
        start = self._skipped()
        if not self._rule.startswith(sign, start):
            return False
        self._place = start + 1
        return True

    def _expect(self, sign: str) -> None:
        if not self._sign(sign):
            raise _NotARuleError

    def _skipped(self) -> int:
        found = _SPACE.match(self._rule, self._place)
        return found.end() if found else self._place


def listed(names: list[str], word: str) -> str:
    """``a``, ``a or b``, ``a, b or c``."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {word} {names[-1]}"


def _joined(parts: list[_Part], words: list[str]) -> str:
    """``a rings and b is OK``; several alarms in the same state are named together: ``a, b or c rings``."""
    same = {part.state for part in parts}
    told_together = len(parts) > 1 and None not in same and len(same) == 1 and len(set(words)) == 1
    if told_together and (words[0] == "and" or not _negative(parts[0])):
        one, many = _verb(parts[0].state)
        return f"{listed([part.name for part in parts], words[0])} {one if words[0] == 'or' else many}"
    return "".join([parts[0].words, *(f" {word} {part.words}" for word, part in zip(words, parts[1:], strict=True))])


def _negative(part: _Part) -> bool:
    """``a or b is not OK`` could be taken for neither being OK."""
    return part.state is not None and part.state[1]


def _stated(name: str, state: tuple[str, bool]) -> _Part:
    return _Part(f"{name} {_verb(state)[0]}", name, state)


def _verb(state: tuple[str, bool] | None) -> tuple[str, str]:
    if state not in _STATES:
        raise _NotARuleError
    return _STATES[state]
