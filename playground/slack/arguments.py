"""Reads the arguments of a Web API call, however they were encoded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl

from playground.slack.refusals import Refusal


def read_arguments(query: str, content_type: str, body: bytes) -> dict[str, Any]:
    """All arguments of the query string and of a form, JSON or multipart body."""
    args: dict[str, Any] = dict(parse_qsl(query, keep_blank_values=True))
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/json":
        args |= _json(body)
    elif kind == "multipart/form-data":
        args |= _multipart(content_type, body)
    elif body:
        args |= dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    return args


def _json(body: bytes) -> dict[str, Any]:
    try:
        data = json.loads(body or b"{}")
    except ValueError:
        raise Refusal("invalid_json") from None
    if not isinstance(data, dict):
        raise Refusal("json_not_object")
    return data


def _multipart(content_type: str, body: bytes) -> dict[str, Any]:
    message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    found: dict[str, Any] = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes):
            found[name] = content if part.get_filename() else content.decode("utf-8", "replace")
    return found


class Args:
    """Typed access to arguments; what is missing or malformed is refused as Slack refuses it."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.raw = dict(raw)

    def __contains__(self, name: str) -> bool:
        return self.raw.get(name) is not None

    def text(self, name: str, default: str = "") -> str:
        """The argument as text."""
        value = self.raw.get(name)
        return default if value is None else str(value)

    def need(self, name: str) -> str:
        """The argument as text; its absence is refused."""
        if not self.text(name):
            raise Refusal("invalid_arguments", messages=[f"missing required field: {name}"])
        return self.text(name)

    def flag(self, name: str) -> bool:
        """Whether it is true, in any of the ways of saying so."""
        return str(self.raw.get(name, "")).lower() in ("true", "1")

    def number(self, name: str, default: int) -> int:
        """The argument as a whole number."""
        try:
            return int(self.raw.get(name) or default)
        except (TypeError, ValueError):
            raise Refusal("invalid_arguments", messages=[f"must provide an integer: {name}"]) from None

    def json(self, name: str, kind: type, error: str) -> Any:
        """A list or object, sent as such or as a JSON string; None if it was not sent."""
        value = self.raw.get(name)
        if isinstance(value, str):
            if not value:
                return None
            try:
                value = json.loads(value)
            except ValueError:
                raise Refusal(error) from None
        if value is not None and not isinstance(value, kind):
            raise Refusal(error)
        return value
