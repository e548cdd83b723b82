"""One Web API call from raw request to answer: token, scopes, faults, method, record."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from playground.slack.arguments import Args, read_arguments
from playground.slack.backend import Backend
from playground.slack.calls import Call
from playground.slack.faults import Drop, Outage
from playground.slack.methods import METHODS, Method
from playground.slack.methods.places import need_scope
from playground.slack.refusals import RateLimited, Refusal

SECRET = ("token", "client_secret")
REPLY = "response_url"


@dataclass
class Answer:
    """What goes back over the wire; `dropped` means that nothing does."""

    status: int = 200
    body: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    dropped: bool = False


Run = Callable[[Answer], dict[str, Any]]


def handle(backend: Backend, name: str, query: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """Do what the call asks, or refuse it as Slack would; every call ends up in `backend.calls`."""
    try:
        raw, malformed = read_arguments(query, headers.get("content-type", ""), body), None
    except Refusal as refusal:
        raw, malformed = {}, refusal
    token = headers.get("authorization", "").removeprefix("Bearer ").strip() or str(raw.get("token", ""))
    args = Args({key: value for key, value in raw.items() if key not in SECRET})
    call = Call(name, args.raw, backend.clock())

    def run(answer: Answer) -> dict[str, Any]:
        if malformed:
            raise malformed
        return _run(backend, name, token, args, answer)

    return _recorded(backend, call, run)


def handle_reply(backend: Backend, key: str, body: dict[str, Any]) -> Answer:
    """Do what was posted to a response_url; it is recorded, and has faults, as method `response_url`."""

    def run(_: Answer) -> dict[str, Any]:
        backend.replies.use(key, body)
        return {}

    answer = _recorded(backend, Call(REPLY, body, backend.clock()), run)
    if answer.status == 200 and not answer.body.get("ok"):
        answer.status = 404
    return answer


def _recorded(backend: Backend, call: Call, run: Run) -> Answer:
    with backend.workspace.lock:
        backend.calls.append(call)
    began = time.monotonic()
    answer = _answer(backend, call, run)
    call.answer, call.headers, call.seconds = answer.body, answer.headers, time.monotonic() - began
    call.status = -1 if answer.dropped else answer.status
    backend.workspace.feed.publish("call", call)
    return answer


def _answer(backend: Backend, call: Call, run: Run) -> Answer:
    """The answer, with whatever faults are due before and after the effect."""
    answer = Answer()
    try:
        backend.faults.enter(call)
        try:
            answer.body = {"ok": True, **run(answer)}
        except RateLimited:
            raise
        except Refusal as refusal:
            answer.body = refusal.body()
        call.answer = answer.body
        backend.faults.leave(call)
    except Drop:
        answer.dropped = True
    except Outage as outage:
        answer.status, answer.body = outage.status, {}
    except RateLimited as limit:
        answer.status, answer.body = 429, limit.body()
        answer.headers["retry-after"] = str(limit.retry_after)
    except Refusal as refusal:
        answer.body = refusal.body()
    return answer


def _run(backend: Backend, name: str, token: str, args: Args, answer: Answer) -> dict[str, Any]:
    method = METHODS.get(name)
    if method is None:
        raise Refusal("unknown_method", req_method=name)
    if name != "api.test":
        _check_token(backend, method, token)
        if not method.app_level:
            answer.headers["x-oauth-scopes"] = ",".join(sorted(backend.app.scopes))
            answer.headers["x-accepted-oauth-scopes"] = ",".join(method.scopes)
    need_scope(backend, *method.scopes)
    backend.pace.method(name)
    with backend.workspace.lock:
        return method.run(backend, args)


def _check_token(backend: Backend, method: Method, token: str) -> None:
    if not token:
        raise Refusal("not_authed")
    if token not in (backend.tokens.bot, backend.tokens.app):
        raise Refusal("invalid_auth")
    if (token == backend.tokens.app) != method.app_level:
        raise Refusal("not_allowed_token_type")
