"""The quick check of an input before Amazon is asked to run it: names, sizes, the first records, the minimum; pure.

It looks at what a moment's reading can show (the first part of the first file, all of it where it is small). The whole-file
check takes the same place: it returns the same ``Checked`` or raises the same ``BadInput``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.errors import BadInput
from bot.slack.blocks import plain

FILE_BYTES = 1024**3
JOB_BYTES = 5 * 1024**3
LINES_LOOKED_AT = 50


@dataclass(frozen=True, slots=True)
class Found:
    """One object of the input: its key, its size in bytes."""

    key: str
    size: int


@dataclass(frozen=True, slots=True)
class Head:
    """The first bytes of one object; ``whole`` if that is all of it."""

    key: str
    data: bytes
    whole: bool


@dataclass(frozen=True, slots=True)
class Checked:
    """What is known of a good input; ``records`` is None where the files were too big to count."""

    files: int
    bytes: int
    records: int | None


def records_files(found: Sequence[Found]) -> list[Found]:
    """The files that Bedrock reads as records; sizes are checked. Raises BadInput(field="input")."""
    files = [f for f in found if f.key.endswith(".jsonl")]
    if not files:
        raise _bad("There is no .jsonl file there.")
    for file in files:
        if file.size == 0:
            raise _bad(f"{_short(file.key)} is empty.")
        if file.size > FILE_BYTES:
            raise _bad(f"{_short(file.key)} has {file.size / 1024**3:.2f} GiB; Bedrock takes 1 GiB a file.")
    total = sum(f.size for f in files)
    if total > JOB_BYTES:
        raise _bad(f"The files have {total / 1024**3:.1f} GiB together; Bedrock takes 5 GiB a job.")
    return files


def check(
    files: Sequence[Found], heads: Sequence[Head], *, family: str, invocation_type: str, min_records: int
) -> Checked:
    """Look at the first records of each head and count where everything was read; raises BadInput(field="input")."""
    records = 0
    seen: dict[str, int] = {}
    for head in heads:
        lines = head.data.split(b"\n")
        if not head.whole:
            lines = lines[:-1]  # its end was cut off
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            records += 1
            if number <= LINES_LOOKED_AT:
                place = f"{_short(head.key)}, line {number:,}"
                record = _record(line, place)
                _unique(record, place, number, seen)
                _fits(record["modelInput"], place, family, invocation_type)
    counted = all(h.whole for h in heads) and len(heads) == len(files)
    if counted and records < min_records:
        raise _bad(f"The input has {records:,} records; Bedrock wants at least {min_records:,} in a job.")
    return Checked(len(files), sum(f.size for f in files), records if counted else None)


def _record(line: bytes, place: str) -> dict[str, Any]:
    def refuse(word: str) -> None:
        raise _bad(f"{place}: not JSON, {word} is no number.")

    if line.startswith(b"\xef\xbb\xbf"):  # Python's parser reads over it
        raise _bad(f"{place}: not JSON, it begins with a byte order mark.")
    try:
        record = json.loads(line, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        why = f"{error.msg.lower()} at column {error.colno}" if isinstance(error, json.JSONDecodeError) else "bad text"
        raise _bad(f"{place}: not JSON, {why}.") from None
    if not isinstance(record, dict):
        raise _bad(f"{place}: a record is an object with `recordId` and `modelInput`.")
    if not isinstance(record.get("modelInput"), dict):
        raise _bad(f"{place}: `modelInput` is missing or no object.")
    if "recordId" in record and not isinstance(record["recordId"], str):
        raise _bad(f"{place}: `recordId` is no text.")
    return record


def _unique(record: dict[str, Any], place: str, number: int, seen: dict[str, int]) -> None:
    key = record.get("recordId")
    if key is None:
        return
    if key in seen:
        raise _bad(
            f"{place}: `recordId` “{plain(key, 60)}” was already used at line {seen[key]:,}; answers are joined by it."
        )
    seen[key] = number


def _fits(body: dict[str, Any], place: str, family: str, invocation_type: str) -> None:
    for extra in ("modelId", "model"):
        if extra in body:
            raise _bad(f"{place}: `modelInput.{extra}` does not belong there; the job names the model.")
    looks_like_converse = "inferenceConfig" in body or _has_text_parts(body)
    if invocation_type == "Converse":
        if not isinstance(body.get("messages"), list):
            raise _bad(f"{place}: `modelInput.messages` is missing (a Converse record needs it).")
        if "anthropic_version" in body:
            raise _bad(f"{place}: `anthropic_version` belongs to InvokeModel records; choose the type InvokeModel.")
    elif family == "claude":
        for needed in ("anthropic_version", "max_tokens", "messages"):
            if needed not in body:
                hint = " These look like Converse records: choose the type Converse." if looks_like_converse else ""
                raise _bad(f"{place}: `modelInput.{needed}` is missing (Claude needs it).{hint}")


def _has_text_parts(body: dict[str, Any]) -> bool:
    """Converse content parts have no ``type``; Claude's own have."""
    messages = body.get("messages")
    first = messages[0] if isinstance(messages, list) and messages else None
    content = first.get("content") if isinstance(first, dict) else None
    part = content[0] if isinstance(content, list) and content else None
    return isinstance(part, dict) and "text" in part and "type" not in part


def _short(key: str) -> str:
    return plain(key.rsplit("/", 1)[-1], 80)


def _bad(sentence: str) -> BadInput:
    return BadInput(sentence, field="input")
