"""What stands on a person's screen: which elements are there to use, and what is filled in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from playground.slack.backend import Backend
from playground.slack.forms import FIELDS, elements, entry, fault, state_values
from playground.slack.model import Json, Message, User, View
from playground.slack.refusals import ClientRefused

Target = Message | View
MOST_OFFERED = 1000


class Screen:
    """Finds elements that the person can see and enters values as Slack's client lets one."""

    def __init__(self, user: User, backend: Backend, suggest: Callable[..., list[Json]]) -> None:
        self._user = user
        self._backend = backend
        self._suggest = suggest
        self.suggested: dict[tuple[str, str], list[Json]] = {}

    def element(self, target: Target, action_id: str, block_id: str | None, value: str | None) -> tuple[Json, Json]:
        """The first element with these ids (and value, if given), with its block."""
        self.check_sees(target)
        for block, element in elements(target.every_block):
            if (
                element["action_id"] == action_id
                and block_id in (None, block["block_id"])
                and value in (None, element.get("value"))
            ):
                return block, element
        raise ClientRefused(f"there is no {action_id!r} to use here")

    def check_sees(self, target: Target) -> None:
        """Refuse what is not on this person's screen."""
        if isinstance(target, View):
            modals = self._backend.modals
            if target not in (modals.top(self._user.id), modals.home(self._user.id)):
                raise ClientRefused("this view is not on the screen")
        elif target.deleted or target.ephemeral_to not in (None, self._user.id):
            raise ClientRefused("this message is not to be seen")
        elif self._user.id not in self._backend.workspace.channels[target.channel].members:
            raise ClientRefused("this channel is not to be seen")

    def entered(self, target: Target, block: Json, element: Json, value: Any) -> Json:
        """The state after entering a value; external selects ask the bot for their options first."""
        if "external" not in str(element["type"]) or value in (None, ""):
            return entry(element, value)
        key = (block["block_id"], element["action_id"])
        if key not in self.suggested:
            wanted = value[0] if isinstance(value, list) else value
            self._suggest(target, element["action_id"], str(wanted), block_id=block["block_id"])
        return entry(element, value, self._offered(block, element))

    def offer(self, block: Json, element: Json, options: list[Json]) -> None:
        """Remember what the bot offered; what an earlier query brought may be chosen already."""
        known = self.suggested.setdefault((block["block_id"], element["action_id"]), [])
        known[:] = [*options, *(option for option in known if option not in options)][:MOST_OFFERED]

    def keep(self, target: Target, values: Mapping[str, Mapping[str, Any]]) -> None:
        """Note what stands in the fields, by block and action, so that an action elsewhere tells it along."""
        self.check_sees(target)
        filled = target.filled(self._user.id)
        for block, element in elements(target.every_block):
            block_id, action_id = block["block_id"], element["action_id"]
            if element["type"] not in FIELDS or action_id not in values.get(block_id, {}):
                continue
            known = self._offered(block, element) if "external" in str(element["type"]) else None
            filled.setdefault(block_id, {})[action_id] = entry(element, values[block_id][action_id], known)

    def _offered(self, block: Json, element: Json) -> list[Json]:
        first = [element["initial_option"]] if "initial_option" in element else element.get("initial_options", [])
        return [*self.suggested.get((block["block_id"], element["action_id"]), []), *first]

    def fill(self, view: View, values: Mapping[str, Any]) -> None:
        """Enter the values and stop at what the client marks red before it sends anything."""
        left = dict(values)
        for block, element in list(elements(view.blocks)):
            for key in (block["block_id"], element["action_id"]):
                if key in left and element["type"] in FIELDS:
                    state = self.entered(view, block, element, left.pop(key))
                    view.values.setdefault(block["block_id"], {})[element["action_id"]] = state
        if left:
            raise ClientRefused(f"no such fields: {', '.join(left)}")
        faults = _faults(view)
        if faults:
            raise ClientRefused("; ".join(f"{key}: {why}" for key, why in faults.items()), faults)


def _faults(view: View) -> dict[str, str]:
    found = {}
    for block, element in elements(view.blocks):
        if block["type"] == "input" and element["type"] in FIELDS:
            state = state_values([block], view.values)[block["block_id"]][element["action_id"]]
            if why := fault(element, state, optional=bool(block.get("optional"))):
                found[block["block_id"]] = why
    return found
