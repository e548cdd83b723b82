"""What the page lets a person do; each act is the one that Slack's own client would send."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from playground.slack.courier import Delivery
from playground.slack.model import Message, View
from playground.slack.person import Person
from playground.slack.refusals import ClientRefused
from playground.slack.server import SlackServer

Json = dict[str, Any]
Act = Callable[[SlackServer, Person, Mapping[str, Any]], Json]


def act(slack: SlackServer, name: str, body: Mapping[str, Any]) -> Json:
    """Do it; what Slack's client or the bot refuses comes back as ``error``."""
    person = slack.person(str(body.get("me") or "ana"))
    try:
        return ACTS[name](slack, person, body)
    except ClientRefused as error:
        if error.fields and person.view is not None:
            person.view.errors = error.fields
            slack.workspace.feed.publish("view_changed", person.view)
            return {}
        return {"error": str(error) or "Slack does not allow that."}
    except (KeyError, TypeError, ValueError) as error:
        return {"error": f"That is not there any more ({error})."}


def _slash(_: SlackServer, person: Person, body: Mapping[str, Any]) -> Json:
    command, _blank, text = str(body["text"]).partition(" ")
    return _told(person.slash(command, text, str(body["channel"])), command)


def _message(slack: SlackServer, person: Person, body: Mapping[str, Any]) -> Json:
    thread = _find(slack, person, str(body["channel"]), str(body["thread_ts"])) if body.get("thread_ts") else None
    person.message(str(body["channel"]), str(body["text"]), thread=thread)
    return {}


def _press(slack: SlackServer, person: Person, body: Mapping[str, Any]) -> Json:
    target = _kept(slack, person, body)
    block, value = body.get("block_id"), body.get("value")
    return _told(person.press(target, str(body["action_id"]), value=value, block_id=block), "The button")


def _choose(slack: SlackServer, person: Person, body: Mapping[str, Any]) -> Json:
    target = _kept(slack, person, body)
    return _told(
        person.choose(target, str(body["action_id"]), body.get("value"), block_id=body.get("block_id")), "The choice"
    )


def _suggest(slack: SlackServer, person: Person, body: Mapping[str, Any]) -> Json:
    target, query = _target(slack, person, body), str(body.get("query") or "")
    return {"options": person.suggest(target, str(body["action_id"]), query, block_id=body.get("block_id"))}


def _submit(_: SlackServer, person: Person, body: Mapping[str, Any]) -> Json:
    view = person.view
    if view is not None:
        view.errors = {}
    return _told(person.submit(dict(body.get("values") or {})), "The form")


def _close(_: SlackServer, person: Person, _body: Mapping[str, Any]) -> Json:
    if person.view is not None:
        person.close()
    return {}


def _shortcut(slack: SlackServer, person: Person, body: Mapping[str, Any]) -> Json:
    message = _find(slack, person, str(body["channel"]), str(body["ts"])) if body.get("ts") else None
    return _told(person.shortcut(str(body["callback_id"]), message), "The shortcut")


def _dismiss(slack: SlackServer, person: Person, body: Mapping[str, Any]) -> Json:
    person.dismiss(_find(slack, person, str(body["channel"]), str(body["ts"])))
    return {}


def _home(_: SlackServer, person: Person, _body: Mapping[str, Any]) -> Json:
    person.open_home()
    return {}


ACTS: Mapping[str, Act] = {
    "slash": _slash,
    "message": _message,
    "press": _press,
    "choose": _choose,
    "suggest": _suggest,
    "submit": _submit,
    "close": _close,
    "home": _home,
    "shortcut": _shortcut,
    "dismiss": _dismiss,
}


def _told(delivery: Delivery, what: str) -> Json:
    """What the person reads when the bot did not take it, in the words of Slack's client."""
    if delivery.ok:
        return {}
    return {"error": f"{what} failed with the error “{delivery.error}”. {' '.join(delivery.refused)}".strip()}


def _kept(slack: SlackServer, person: Person, body: Mapping[str, Any]) -> Message | View:
    """What is acted on, with what stands in its fields noted first."""
    target = _target(slack, person, body)
    person.keep(target, body.get("values") or {})
    return target


def _target(slack: SlackServer, person: Person, body: Mapping[str, Any]) -> Message | View:
    if body.get("view_id"):
        if person.view is None or person.view.id != body["view_id"]:
            raise KeyError("modal")
        return person.view
    if body.get("home"):
        if person.home is None:
            raise KeyError("home")
        return person.home
    return _find(slack, person, str(body["channel"]), str(body["ts"]))


def _find(slack: SlackServer, person: Person, channel: str, ts: str) -> Message:
    place = slack.channel(channel)
    for message in [*place.messages, *person.ephemerals]:
        for one in (message, *message.replies):
            if one.ts == ts and one.channel == place.id:
                return one
    raise KeyError("message")
