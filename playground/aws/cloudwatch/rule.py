"""The rule of a composite alarm: parse it, list its children, and tell whether it holds; pure."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from playground.aws.errors import AwsError

_TOKEN = re.compile(r'\s*(?:("(?:[^"\\]|\\.)*")|([()])|([^\s()"]+))')
STATES = ("ALARM", "OK", "INSUFFICIENT_DATA")
MOST_CHILDREN = 100
Holds = Callable[[Callable[[str], str]], bool]


@dataclass(frozen=True)
class Rule:
    """What was parsed: the children by name in their order, and a test that asks for the state of a name."""

    children: tuple[str, ...]
    holds: Holds


def parse(text: str) -> Rule:
    """Read a rule; ValidationError names what stands where it should not."""
    parser = _Parser(_tokens(text))
    holds = parser.either()
    if parser.tokens:
        raise _faulty(f"unexpected '{parser.tokens[0]}'")
    children = tuple(dict.fromkeys(parser.children))
    if len(children) > MOST_CHILDREN:
        raise _faulty(f"it must not name more than {MOST_CHILDREN} alarms")
    return Rule(children, holds)


def name_of(reference: str) -> str:
    """Tell the name of an alarm that is given by name or ARN."""
    return reference.partition(":alarm:")[2] if reference.startswith("arn:") else reference


def _faulty(why: str) -> AwsError:
    return AwsError("ValidationError", f"Error in AlarmRule: {why}.")


def _tokens(text: str) -> list[str]:
    tokens, place = [], 0
    while place < len(text.rstrip()):
        found = _TOKEN.match(text, place)
        if not found:
            raise _faulty(f"unexpected '{text[place:].strip()[:1]}'")
        tokens.append(found[0].strip())
        place = found.end()
    return tokens


class _Parser:
    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.children: list[str] = []

    def either(self) -> Holds:
        parts = [self.both()]
        while self.next_is("OR"):
            parts.append(self.both())
        return lambda state: any(one(state) for one in parts)

    def both(self) -> Holds:
        parts = [self.inverse()]
        while self.next_is("AND"):
            parts.append(self.inverse())
        return lambda state: all(one(state) for one in parts)

    def inverse(self) -> Holds:
        if self.next_is("NOT"):
            inner = self.inverse()
            return lambda state: not inner(state)
        return self.atom()

    def atom(self) -> Holds:
        token = self.take()
        if token == "(":
            inner = self.either()
            self.take(")")
            return inner
        if token in {"TRUE", "FALSE"}:
            return lambda _: token == "TRUE"
        if token not in STATES:
            raise _faulty(f"unexpected '{token}'")
        self.take("(")
        words = []
        while self.tokens and self.tokens[0] != ")":
            words.append(self.take())
        self.take(")")
        name = name_of(_bare(" ".join(words)))
        if not name:
            raise _faulty(f"{token} names no alarm")
        self.children.append(name)
        return lambda state: state(name) == token

    def next_is(self, word: str) -> bool:
        if self.tokens and self.tokens[0] == word:
            self.tokens.pop(0)
            return True
        return False

    def take(self, expected: str = "") -> str:
        if not self.tokens or (expected and self.tokens[0] != expected):
            raise _faulty(f"expected '{expected or 'an alarm state'}'")
        return self.tokens.pop(0)


def _bare(word: str) -> str:
    return re.sub(r"\\(.)", r"\1", word[1:-1]) if word.startswith('"') else word
