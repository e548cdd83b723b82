"""Metrics Insights: parse a SELECT and answer it with one series per group; pure but for the store it reads."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from playground.aws.cloudwatch.functions import Grid, MathError
from playground.aws.cloudwatch.store import Metric, Points, Store

_STATS = {"AVG": "Average", "MAX": "Maximum", "MIN": "Minimum", "SUM": "Sum", "COUNT": "SampleCount"}
_WORD = r'(?:"[^"]+"|[A-Za-z_][A-Za-z0-9_.]*)'
_QUERY = re.compile(
    rf"""\s*SELECT\s+(?P<func>AVG|MAX|MIN|SUM|COUNT)\(\s*(?P<metric>{_WORD})\s*\)
    \s+FROM\s+(?:SCHEMA\(\s*(?P<schema>{_WORD}(?:\s*,\s*{_WORD})*)\s*\)|(?P<space>{_WORD}))
    (?:\s+WHERE\s+(?P<where>.+?))?
    (?:\s+GROUP\s+BY\s+(?P<group>{_WORD}(?:\s*,\s*{_WORD})*))?
    (?:\s+ORDER\s+BY\s+(?P<order>AVG|MAX|MIN|SUM|COUNT)\(\s*\)(?:\s+(?P<way>ASC|DESC))?)?
    (?:\s+LIMIT\s+(?P<limit>\d+))?\s*""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_TEST = re.compile(rf"\s*(?P<key>{_WORD})\s*(?P<op>!=|=)\s*'(?P<value>(?:[^']|'')*)'\s*", re.DOTALL)
MOST_SERIES = 500


@dataclass(frozen=True)
class Group:
    """One series of the answer, with the dimension values that make it."""

    label: str
    attributes: dict[str, str]
    points: Points


def is_insights(expression: str) -> bool:
    """Tell a query from metric math."""
    return expression.lstrip()[:7].upper() == "SELECT "


def query(text: str, store: Store, grid: Grid) -> list[Group]:
    """Answer a query, in its order and within its limit."""
    found = _QUERY.fullmatch(text)
    if not found:
        raise MathError("Syntax error in the Metrics Insights query")
    stat = _STATS[found["func"].upper()]
    names = [_bare(word) for word in (found["group"] or "").split(",") if word.strip()]
    groups: dict[tuple[str, ...], list[Metric]] = {}
    for metric in _candidates(found, store):
        dimensions = dict(metric.dimensions)
        if all(name in dimensions for name in names):
            groups.setdefault(tuple(dimensions[name] for name in names), []).append(metric)
    answer = []
    for values, metrics in groups.items():
        points = store.points(metrics, grid.starts, grid.period, stat)
        attributes = dict(zip(names, values, strict=True))
        answer.append(Group(" ".join(values) or _bare(found["metric"]), attributes, points))
    return _ordered([group for group in answer if group.points], found)


def _candidates(found: re.Match[str], store: Store) -> list[Metric]:
    words = [_bare(word) for word in (found["schema"] or found["space"]).split(",")]
    tests = _tests(found["where"])
    return [
        metric
        for metric in store.metrics()
        if metric.namespace == words[0]
        and metric.name == _bare(found["metric"])
        and (not found["schema"] or {name for name, _ in metric.dimensions} == set(words[1:]))
        and all((dict(metric.dimensions).get(key) == value) == equal for key, equal, value in tests)
    ]


def _tests(where: str | None) -> list[tuple[str, bool, str]]:
    tests = []
    for part in re.split(r"\bAND\b(?=(?:[^']*'[^']*')*[^']*$)", where or "", flags=re.IGNORECASE):
        if not part.strip():
            continue
        found = _TEST.fullmatch(part)
        if not found:
            raise MathError("Syntax error in WHERE: only = and != joined by AND are known")
        tests.append((_bare(found["key"]), found["op"] == "=", found["value"].replace("''", "'")))
    return tests


def _ordered(groups: list[Group], found: re.Match[str]) -> list[Group]:
    folds: dict[str, Callable[[list[float]], float]] = {
        "AVG": lambda v: sum(v) / len(v),
        "MAX": max,
        "MIN": min,
        "SUM": sum,
        "COUNT": len,
    }
    fold = folds[(found["order"] or found["func"]).upper()]
    down = (found["way"] or "ASC").upper() == "DESC" if found["order"] else True
    groups.sort(key=lambda group: float(fold(list(group.points.values()))), reverse=down)
    return groups[: min(int(found["limit"] or MOST_SERIES), MOST_SERIES)]


def _bare(word: str) -> str:
    return word.strip().strip('"')
