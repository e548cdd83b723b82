"""Reads single values out of foreign JSON in which anything may stand where something else belongs; pure.

No function here raises for any value that ``json.loads`` can return, and no text it returns holds what a database
refuses (NUL, half characters).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

Payload = Mapping[str, Any]

_DEPTH = 6
_LINES = 40


def clean(value: str, limit: int) -> str:
    """The first ``limit`` characters of ``value`` without NUL and half characters."""
    return value[:limit].replace("\x00", "").encode("utf-8", "ignore").decode("utf-8").strip()


def text(value: object, limit: int = 1000) -> str | None:
    """``value`` as text: objects and lists as ``key: value; ...``, nothing and the empty as None."""
    if value is None:
        return None
    if not isinstance(value, str):
        lines = [(name if isinstance(value, dict) else "", shown) for name, shown in flatten(value)]
        value = "; ".join(f"{name}: {shown}" if name else shown for name, shown in lines)
    return clean(value, limit) or None


def number(value: object) -> float | None:
    """``value`` as a finite number, None for anything else; numbers written as text count."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def whole(value: object) -> int | None:
    """``value`` as a whole number that fits a database column."""
    found = number(value)
    return int(found) if found is not None and found.is_integer() and abs(found) < 2**31 else None


def moment(value: object) -> datetime | None:
    """A time in UTC out of ISO 8601 (``+0000`` too) or ``Sun Nov 22 05:12:46 UTC 2026`` as the Bedrock guide prints it.

    None for anything else and for years that no clock shows (their arithmetic overflows).
    """
    if not isinstance(value, str) or len(value) > 40:
        return None
    found = _iso(value) or _printed(value)
    if found is None or not 2000 <= found.year < 2200:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _iso(value: str) -> datetime | None:
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def _printed(value: str) -> datetime | None:
    try:
        return datetime.strptime(value, "%a %b %d %H:%M:%S UTC %Y").replace(tzinfo=UTC)
    except ValueError:
        return None


def mapping(value: object) -> Payload:
    """``value`` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def lower_keys(value: object) -> Payload:
    """An object with its names in lower case, since AWS spells the same name in two ways; empty for anything else."""
    return {str(name).lower(): entry for name, entry in mapping(value).items()}


def items(value: object, limit: int = 50) -> list[Any]:
    """The first entries of ``value`` if it is a list, else none."""
    return value[:limit] if isinstance(value, list) else []


def inside(data: object, *path: str) -> Any:
    """What stands at ``path`` of nested objects, None if there is no such place."""
    for name in path:
        data = mapping(data).get(name)
    return data


def pairs(value: object, limit: int = 20) -> dict[str, str]:
    """An object's simple entries as text, the first ``limit`` of them."""
    found = ((text(name, 100), text(entry, 300)) for name, entry in list(mapping(value).items())[:limit])
    return {name: entry for name, entry in found if name and entry}


def flatten(value: object, limit: int = _LINES) -> list[tuple[str, str]]:
    """Nested JSON as (path, value) lines in their order; after ``limit`` of them one that is an ellipsis."""
    lines: list[tuple[str, str]] = []
    for line in _walk(value, "", _DEPTH):
        if len(lines) == limit:
            return [*lines, ("", "…")]
        lines.append(line)
    return lines


def _walk(value: object, path: str, depth: int) -> Iterator[tuple[str, str]]:
    if not isinstance(value, dict | list) or not value:
        yield path, _scalar(value)
    elif depth == 0:
        yield path, "…"
    elif isinstance(value, dict):
        for name, entry in value.items():
            key = clean(re.sub(r"\s+", " ", str(name)[:100]), 60)
            yield from _walk(entry, f"{path}.{key}" if path else key, depth - 1)
    else:
        for position, entry in enumerate(value, 1):
            yield from _walk(entry, f"{path}[{position}]", depth - 1)


def _scalar(value: object) -> str:
    if value is None or value in ({}, []):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return clean(str(value) if isinstance(value, str) else repr(value)[:400], 400) or "–"
