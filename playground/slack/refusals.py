"""How the fake Slack says no: to the bot by an error code, to a person by its own client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Refusal(Exception):
    """A Web API answer `{"ok": false, "error": …}`."""

    def __init__(self, error: str, *, messages: list[str] | None = None, **more: Any) -> None:
        super().__init__(error)
        self.error = error
        self.messages = messages or []
        self.more = more

    def body(self) -> dict[str, Any]:
        """The answer as JSON."""
        answer: dict[str, Any] = {"ok": False, "error": self.error, **self.more}
        if self.messages:
            answer["response_metadata"] = {"messages": [f"[ERROR] {m}" for m in self.messages]}
        return answer


class RateLimited(Refusal):
    """The 429 answer, which says when to come back."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("ratelimited")
        self.retry_after = retry_after


class ClientRefused(Exception):
    """Slack's own client would not let the person do this, so nothing was sent."""

    def __init__(self, why: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(why)
        self.fields = dict(fields or {})
