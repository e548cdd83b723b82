"""The stacks of modals on people's screens, and their Home tabs."""

from __future__ import annotations

import copy
from typing import Any

from playground.slack.model import Json, View
from playground.slack.refusals import Refusal
from playground.slack.wire import view_hash
from playground.slack.workspace import Workspace, with_ids

DEEPEST = 3


class Modals:
    """Opens, pushes, updates and closes views."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._stacks: dict[str, list[View]] = {}
        self._homes: dict[str, View] = {}

    def top(self, user: str) -> View | None:
        """The modal that this person sees."""
        stack = self._stacks.get(user)
        return stack[-1] if stack else None

    def stack(self, user: str) -> list[View]:
        """The open modals of this person, the lowest first."""
        return list(self._stacks.get(user, ()))

    def home(self, user: str) -> View | None:
        """This person's Home tab."""
        return self._homes.get(user)

    def find(self, view_id: str = "", external_id: str = "") -> View:
        """An open view by either of its ids."""
        for view in self._workspace.views.values():
            if view.open and (view.id == view_id or (external_id and view.body.get("external_id") == external_id)):
                return view
        raise Refusal("not_found")

    def open(self, user: str, body: Json) -> View:
        """A new modal in place of whatever was on the screen."""
        self.clear(user)
        return self._show(user, body, None)

    def push(self, user: str, body: Json) -> View:
        """A modal on top of the stack."""
        stack = self._stacks.get(user) or []
        if not stack:
            raise Refusal("not_found")
        if len(stack) >= DEEPEST:
            raise Refusal("push_limit_reached")
        return self._show(user, body, stack[-1])

    def publish(self, user: str, body: Json, expected_hash: str = "") -> View:
        """Set or replace a Home tab."""
        old = self._homes.get(user)
        if old is not None:
            return self.update(old, body, expected_hash)
        view = self._homes[user] = self._new(user, body, None)
        self._workspace.feed.publish("home", view)
        return view

    def update(self, view: View, body: Json, expected_hash: str = "") -> View:
        """Replace what it shows; fields keep what was typed while their ids stay the same."""
        if expected_hash and expected_hash != view.hash:
            raise Refusal("hash_conflict")
        self._check_external_id(body, view)
        with self._workspace.lock:
            view.body, view.blocks = _without_blocks(body), with_ids(body.get("blocks") or [])
            view.hash = view_hash(self._workspace.clock(), (body, view.edits))
            view.edits += 1
            view.errors = {}
            view.values = kept_values(view)
        self._workspace.feed.publish("view_changed", view)
        return view

    def complain(self, view: View, errors: dict[str, str]) -> None:
        """Show these errors under the fields."""
        view.errors = errors
        self._workspace.feed.publish("view_changed", view)

    def close(self, view: View) -> None:
        """Take one view off the screen."""
        stack = self._stacks.get(view.user, [])
        if view in stack:
            stack.remove(view)
        view.open = False
        self._workspace.feed.publish("view_closed", view)

    def clear(self, user: str) -> None:
        """Take the whole stack off the screen."""
        for view in reversed(self.stack(user)):
            self.close(view)

    def _show(self, user: str, body: Json, below: View | None) -> View:
        view = self._new(user, body, below)
        self._stacks.setdefault(user, []).append(view)
        self._workspace.feed.publish("view", view)
        return view

    def _new(self, user: str, body: Json, below: View | None) -> View:
        self._check_external_id(body, None)
        view = View(
            self._workspace.ids.new("V"),
            str(body.get("type")),
            user,
            _without_blocks(body),
            view_hash(self._workspace.clock(), body),
            with_ids(body.get("blocks") or []),
        )
        view.root_id = below.root_id if below else view.id
        view.previous_id = below.id if below else None
        self._workspace.views[view.id] = view
        return view

    def _check_external_id(self, body: Json, own: View | None) -> None:
        wanted = body.get("external_id")
        for view in self._workspace.views.values():
            if wanted and view.open and view is not own and view.body.get("external_id") == wanted:
                raise Refusal("duplicate_external_id")


def kept_values(view: View) -> dict[str, Json]:
    """What was filled in so far, for the fields that are still there with both ids unchanged."""
    present = {
        (block["block_id"], element.get("action_id")): element.get("type")
        for block in view.blocks
        for element in _elements(block)
    }
    kept: dict[str, Json] = {}
    for block_id, actions in view.values.items():
        for action_id, value in actions.items():
            if present.get((block_id, action_id)) == value.get("type"):
                kept.setdefault(block_id, {})[action_id] = value
    return kept


def _elements(block: Json) -> list[Json]:
    found: list[Any] = [block.get("element"), block.get("accessory"), *(block.get("elements") or [])]
    return [element for element in found if isinstance(element, dict)]


def _without_blocks(body: Json) -> Json:
    return copy.deepcopy({key: value for key, value in body.items() if key != "blocks"})
