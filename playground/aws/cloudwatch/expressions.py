"""Metric math: a tiny parser and evaluator for the expressions that alarms and boards use; no eval, pure."""

import operator
import re
from collections.abc import Callable

from playground.aws.cloudwatch.functions import FUNCTIONS, Grid, MathError, Value, pairwise

_TOKEN = re.compile(
    r"\s*(?:(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)|([A-Za-z_][A-Za-z0-9_]*)|(&&|\|\||[<>=!]=|[-+*/^(),<>!]))"
)
_LEVELS: list[dict[str, Callable[[float, float], float]]] = [
    {"OR": lambda a, b: float(bool(a) or bool(b)), "||": lambda a, b: float(bool(a) or bool(b))},
    {"AND": lambda a, b: float(bool(a) and bool(b)), "&&": lambda a, b: float(bool(a) and bool(b))},
    {
        "==": operator.eq, "!=": operator.ne, "<=": operator.le, ">=": operator.ge, "<": operator.lt,
        ">": operator.gt,
    },
    {"+": operator.add, "-": operator.sub},
    {"*": operator.mul, "/": lambda a, b: a / b if b else float("nan")},
    {"^": operator.pow},
]  # fmt: skip


def evaluate(text: str, lookup: Callable[[str], Value], grid: Grid) -> Value:
    """Compute an expression; `lookup` gives the value of an id."""
    parser = _Parser(_tokens(text), lookup, grid)
    value = parser.level(0)
    if parser.peek():
        raise MathError(f"Unexpected token '{parser.peek()}'")
    return value


def ids_of(text: str) -> set[str]:
    """List the ids that an expression speaks of."""
    return {token for token in _tokens(text) if re.fullmatch(r"[a-z][A-Za-z0-9_]*", token)}


def _tokens(text: str) -> list[str]:
    tokens, place = [], 0
    while place < len(text.rstrip()):
        found = _TOKEN.match(text, place)
        if not found:
            raise MathError(f"Unexpected character '{text[place:].strip()[:1]}'")
        tokens.append(found[0].strip())
        place = found.end()
    return tokens


class _Parser:
    def __init__(self, tokens: list[str], lookup: Callable[[str], Value], grid: Grid) -> None:
        self.tokens, self.lookup, self.grid = tokens, lookup, grid

    def peek(self) -> str:
        return self.tokens[0] if self.tokens else ""

    def take(self, expected: str = "") -> str:
        if not self.tokens or (expected and self.tokens[0] != expected):
            raise MathError(f"Expected '{expected or 'a value'}' but found '{self.peek() or 'the end'}'")
        return self.tokens.pop(0)

    def level(self, depth: int) -> Value:
        if depth == len(_LEVELS):
            return self.unary()
        value = self.level(depth + 1)
        while self.peek() in _LEVELS[depth]:
            act = _LEVELS[depth][self.take()]
            value = pairwise(act, value, self.level(depth + 1))
        return value

    def unary(self) -> Value:
        if self.peek() == "-":
            self.take()
            return pairwise(operator.sub, 0.0, self.unary())
        if self.peek() == "!":
            self.take()
            return pairwise(lambda a, _: float(not a), self.unary(), 0.0)
        return self.atom()

    def atom(self) -> Value:
        token = self.take()
        if token == "(":
            value = self.level(0)
            self.take(")")
            return value
        if token[0].isdigit() or token[0] == ".":
            return float(token)
        if self.peek() == "(":
            return self.call(token)
        if token in {"REPEAT", "LINEAR"}:
            return token
        return self.lookup(token)

    def call(self, name: str) -> Value:
        self.take("(")
        arguments: list[Value] = []
        while self.peek() != ")":
            arguments.append(self.level(0))
            if self.peek() != ")":
                self.take(",")
        self.take(")")
        if name == "METRICS":
            return self.lookup("METRICS()")
        if name not in FUNCTIONS:
            raise MathError(f"Unsupported function '{name}'")
        return FUNCTIONS[name](self.grid, arguments)
