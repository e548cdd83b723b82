"""What becomes of a modal after the bot answered its submission."""

from __future__ import annotations

from playground.slack.backend import Backend
from playground.slack.content import check_view_body
from playground.slack.courier import Delivery
from playground.slack.model import Json, View
from playground.slack.refusals import Refusal


def apply_response(backend: Backend, view: View, delivery: Delivery) -> Delivery:
    """Close, complain, replace or push, as `response_action` says; a failed one leaves it open."""
    if not delivery.ok:
        return delivery
    try:
        _apply(backend, view, delivery.body)
    except Refusal as refusal:
        delivery.error = refusal.error
        delivery.refused = tuple(refusal.messages)
    return delivery


def _apply(backend: Backend, view: View, body: object) -> None:
    if not body:
        backend.modals.close(view)
        return
    if not isinstance(body, dict):
        raise Refusal("invalid_response", messages=["the body of the answer must be JSON or empty"])
    action = body.get("response_action")
    if action == "errors":
        _complain(backend, view, body.get("errors"))
    elif action == "update":
        backend.modals.update(view, _new_view(backend, body))
    elif action == "push":
        backend.modals.push(view.user, _new_view(backend, body))
    elif action == "clear":
        backend.modals.clear(view.user)
    else:
        raise Refusal("invalid_response", messages=[f"unknown response_action: {action}"])


def _complain(backend: Backend, view: View, errors: object) -> None:
    """Errors belong to input blocks; one for any other block loses the whole answer."""
    inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors:
        raise Refusal("invalid_response", messages=["missing required field: errors"])
    strays = sorted(set(errors) - inputs)
    if strays:
        raise Refusal("invalid_response", messages=[f"no such input block: {key}" for key in strays])
    backend.modals.complain(view, {str(key): str(text) for key, text in errors.items()})


def _new_view(backend: Backend, body: Json) -> Json:
    view = body.get("view")
    if not isinstance(view, dict):
        raise Refusal("invalid_arguments", messages=["missing required field: view"])
    check_view_body(backend.workspace, view)
    return view
