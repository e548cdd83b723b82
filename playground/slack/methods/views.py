"""views.*: open, push, update, publish."""

from __future__ import annotations

from playground.slack.arguments import Args
from playground.slack.backend import Backend
from playground.slack.content import check_view_body
from playground.slack.model import Json, View
from playground.slack.refusals import Refusal
from playground.slack.wire import view_json


def open_(backend: Backend, args: Args) -> Json:
    """Open a modal for the person behind the trigger."""
    body = _body(backend, args, "modal")
    trigger = backend.triggers.exchange(_trigger_id(args))
    return _answer(backend, backend.modals.open(trigger.user, body))


def push(backend: Backend, args: Args) -> Json:
    """Put a modal on top of the one that is open."""
    body = _body(backend, args, "modal")
    trigger = backend.triggers.exchange(_trigger_id(args))
    return _answer(backend, backend.modals.push(trigger.user, body))


def update(backend: Backend, args: Args) -> Json:
    """Replace what a view shows."""
    body = _body(backend, args, None)
    if not (args.text("view_id") or args.text("external_id")):
        raise Refusal("invalid_arguments", messages=["missing required field: view_id"])
    view = backend.modals.find(args.text("view_id"), args.text("external_id"))
    return _answer(backend, backend.modals.update(view, body, args.text("hash")))


def publish(backend: Backend, args: Args) -> Json:
    """Set a person's Home tab."""
    body = _body(backend, args, "home")
    if args.text("user_id") not in backend.workspace.users:
        raise Refusal("user_not_found")
    if not backend.app.home_tab:
        raise Refusal("not_enabled")
    return _answer(backend, backend.modals.publish(args.text("user_id"), body, args.text("hash")))


def _trigger_id(args: Args) -> str:
    # views.open still takes the trigger under the name that interactions used to give it.
    return args.text("trigger_id") or args.need("interactivity_pointer")


def _body(backend: Backend, args: Args, kind: str | None) -> Json:
    body = args.json("view", dict, "invalid_arguments")
    if body is None:
        raise Refusal("invalid_arguments", messages=["missing required field: view"])
    if kind is not None and body.get("type") != kind:
        raise Refusal("invalid_arguments", messages=[f"must be a valid enum value: {kind} [json-pointer:/view/type]"])
    check_view_body(backend.workspace, body)
    return dict(body)


def _answer(backend: Backend, view: View) -> Json:
    return {"view": view_json(backend.workspace, view)}
