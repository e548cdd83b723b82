"""What a stranger, or a bug at Amazon, could put into a payload: values, and the places to put them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def hostile() -> Iterator[Any]:
    yield from (None, True, 0, -1, 1e308, [], {}, "", " ", [[]], {"a": {"b": [1, None, {"c": 2}]}})
    yield from (
        "x" * 10_000,
        "<!channel>",
        "<@U024BE7LH>",
        "<https://evil.com|AWS>",
        "*_~`",
        "\u202eevil",
        "\x00",
        "\ud800",
    )
    yield from (
        "&" * 5000,
        "a|b>c",
        "@channel #general",
        "```",
        "9" * 4000,
        "\n" * 3000,
        "2026-13-45",
        "0001-01-01T00:00:00+14:00",
    )


def places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands in nested JSON."""
    entries = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for name, entry in entries:
        yield (*path, name)
        yield from places(entry, (*path, name))


def changed(data: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy of ``data`` with ``value`` at ``path``."""
    if not path:
        return value
    copy = dict(data) if isinstance(data, dict) else list(data)
    copy[path[0]] = changed(data[path[0]], path[1:], value)
    return copy
