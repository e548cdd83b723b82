"""What a chapter works with: the world, the screen, the board, and the few gestures that people make."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from playground.aws.bedrock.job import Job
from playground.slack import Channel, Delivery, Message, Person, View
from playground.slack.forms import elements
from playground.tour.board import Board, Missing
from playground.tour.screen import Screen
from playground.tour.world import World


@dataclass(frozen=True)
class Chapter:
    """A title, what is being done in one sentence, and how."""

    title: str
    told: str
    run: Callable[[Scene], None]


@dataclass
class Scene:
    """The stage of one tour."""

    world: World
    screen: Screen
    board: Board
    heard: int = 0

    def types(self, person: Person, text: str, channel: str = "ml-jobs") -> None:
        """A person types a command."""
        self.screen.act(f"{person.name} types in #{channel}: /batch {text}")
        self.heard = len(person.ephemerals)
        self._taken(person.slash("/batch", text, channel))

    def presses(self, person: Person, message: Message, action: str) -> None:
        """A person presses a button and says yes to its question, if it asks one."""
        button = next((e for _, e in elements(message.blocks) if e["action_id"] == action), None)
        if button is None:
            raise Missing(f"a button {action}")
        self.screen.act(f"{person.name} presses [{button['text']['text']}]")
        if question := button.get("confirm"):
            title, text, yes, no = (question[key]["text"] for key in ("title", "text", "confirm", "deny"))
            self.screen.say(f"    ┃ Slack asks: {title}", f"    ┃ {text}", f"    ┃ [{no}] [{yes}]  ← {person.name}", "")
        self.heard = len(person.ephemerals)
        self._taken(person.press(message, action))

    def chooses(self, person: Person, message: Message, action: str, option: str) -> None:
        """A person chooses in a select or an overflow."""
        if not any(element["action_id"] == action for _, element in elements(message.blocks)):
            raise Missing(f"a menu {action}")
        self.screen.act(f"{person.name} chooses “{option}”")
        self.heard = len(person.ephemerals)
        self._taken(person.choose(message, action, option))

    def fills(self, person: Person, view: View, values: Mapping[str, Any]) -> None:
        """A person fills the form in and sends it."""
        self.screen.act(f"{person.name} fills the form in: " + ", ".join(f"{k} = {v}" for k, v in values.items()))
        self._taken(person.submit(values, view=view))

    def told(self, person: Person, *words: str) -> Message | None:
        """What this person alone was told since the last gesture."""
        fresh = person.ephemerals[self.heard :]
        return next((m for m in fresh if all(word in m.words for word in words)), None)

    def card(self, channel: Channel, *words: str) -> Message | None:
        """The message in the channel that has all these words."""
        return next((m for m in channel.messages if all(word in m.words for word in words)), None)

    def reply(self, message: Message, *words: str) -> Message | None:
        """The answer in its thread that has all these words."""
        return next((m for m in message.replies if all(word in m.words for word in words)), None)

    def bells(self, person: Person, message: Message) -> bool:
        """Whether Slack drew this person's attention to the message."""
        return any(n.user == person.id and n.message is message for n in self.world.slack.workspace.notifications)

    def at_bedrock(self, name: str) -> Job:
        """The job of that name, once Bedrock has it."""
        jobs = self.world.aws.bedrock.jobs
        return self.board.wait(lambda: next((j for j in list(jobs.values()) if j.name == name), None))

    def records(self, key: str, body: bytes) -> str:
        """Put an input into S3 and tell its address."""
        uri = self.world.aws.put(self.world.aws.in_bucket, key, body)
        lines = body.count(b"\n")
        self.screen.say(self.screen.paint(f"  ({uri}: {lines:,} records, {len(body) / 1e6:.1f} MB)", "dim"))
        return uri

    def _taken(self, delivery: Delivery) -> None:
        if not delivery.ok:
            raise Missing(f"an answer within three seconds (the person reads: {delivery.error})")
