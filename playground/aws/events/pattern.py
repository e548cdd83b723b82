"""Event patterns: check one as PutRule does, and match an event against it; pure."""

import fnmatch
import json
import operator
from collections.abc import Callable
from typing import Any

from playground.aws.errors import AwsError

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_TESTS = ("prefix", "suffix", "exists", "anything-but", "equals-ignore-case", "numeric", "wildcard")


def read_pattern(text: str) -> dict[str, Any]:
    """Read and check a pattern; InvalidEventPatternException says what is wrong with it."""
    try:
        pattern = json.loads(text)
    except ValueError:
        raise _invalid("Invalid JSON") from None
    if not isinstance(pattern, dict) or not pattern:
        raise _invalid("Filter is not an object" if not isinstance(pattern, dict) else "Empty patterns are not allowed")
    _check(pattern)
    return pattern


def matches(pattern: dict[str, Any], event: dict[str, Any]) -> bool:
    """Tell whether an event has all that a pattern names."""
    return all(_field(key, wanted, event) for key, wanted in pattern.items())


def _field(key: str, wanted: Any, event: dict[str, Any]) -> bool:
    if key == "$or":
        return any(matches(one, event) for one in wanted)
    if isinstance(wanted, dict):
        inner = event.get(key)
        return matches(wanted, inner if isinstance(inner, dict) else {})
    values = event.get(key, _ABSENT)
    found = values if isinstance(values, list) else [values]
    return any(_value(one, value) for one in wanted for value in (found or [_ABSENT]))


_ABSENT = object()


def _value(wanted: Any, value: Any) -> bool:
    if isinstance(wanted, dict):
        test, limit = next(iter(wanted.items()))
        if test == "exists":
            return bool(limit) == (value is not _ABSENT)
        return value is not _ABSENT and _test(test, limit, value)
    return type(wanted) is type(value) and wanted == value


def _test(test: str, limit: Any, value: Any) -> bool:
    if test == "anything-but":
        return not _value(limit, value) if isinstance(limit, dict) else value not in _list(limit)
    if test == "numeric":
        pairs = zip(limit[::2], limit[1::2], strict=True)
        return isinstance(value, int | float) and all(_COMPARE[how](value, number) for how, number in pairs)
    return isinstance(value, str) and _WORDS[test](value, str(limit))


_WORDS: dict[str, Callable[[str, str], bool]] = {
    "prefix": str.startswith,
    "suffix": str.endswith,
    "equals-ignore-case": lambda value, limit: value.lower() == limit.lower(),
    # Only the asterisk is a wildcard here.
    "wildcard": lambda value, limit: fnmatch.fnmatchcase(value, limit.replace("[", "[[]").replace("?", "[?]")),
}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _check(pattern: dict[str, Any]) -> None:
    for key, wanted in pattern.items():
        if key == "$or":
            if not isinstance(wanted, list) or not all(isinstance(one, dict) for one in wanted):
                raise _invalid('"$or" must be an array of objects')
            for one in wanted:
                _check(one)
        elif isinstance(wanted, dict):
            if not wanted:
                raise _invalid("Empty objects are not allowed")
            _check(wanted)
        elif not isinstance(wanted, list):
            raise _invalid(f'"{key}" must be an object or an array')
        elif not wanted:
            raise _invalid("Empty arrays are not allowed")
        else:
            for one in (one for one in wanted if isinstance(one, dict)):
                _check_test(one)


def _check_test(test: dict[str, Any]) -> None:
    if len(test) != 1 or next(iter(test)) not in _TESTS:
        raise _invalid(f"Unrecognized match type {next(iter(test), '')}")
    limit = test.get("numeric")
    if limit is not None and (not isinstance(limit, list) or len(limit) % 2 or set(limit[::2]) - _COMPARE.keys()):
        raise _invalid("numeric must be an array of operators and numbers")


def _invalid(why: str) -> AwsError:
    return AwsError("InvalidEventPatternException", f"Event pattern is not valid. Reason: {why}")
