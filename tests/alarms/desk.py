"""Alarms from the message to the press on the card: the rooms on real rows, a workspace and an account on the wire."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.alarms.acts import Acts
from bot.alarms.board import FIRING
from bot.alarms.controls import Controls
from bot.alarms.joined import Waiting
from bot.alarms.service import Alarms
from bot.alarms.silence import Silence
from bot.alarms.upkeep import Upkeep
from bot.aws.mutes import Mutes
from bot.db import Database, Tx
from bot.errors import AwsUnavailable, BotError
from bot.slack.ask import Form, Press
from bot.slack.blocks import Message
from bot.slack.delivery import Cards
from bot.slack.slash import sorry
from bot.slack.whispers import Whispers
from playground.aws import AwsServer
from playground.slack import Channel, SlackServer, check_message
from playground.slack import Message as Posted
from tests.alarms.samples import sample
from tests.wire import NOW, Time, aws_client, slack_of

TOPIC = "arn:aws:sns:us-east-1:111122223333:bedrock-batch-alarms"
ANA, BEN, CY = "U0ANA00001", "U0BEN00001", "U0CY00001"
MODEL = "anthropic.claude-sonnet-4-5-20250929-v1:0"
JOBS = [Waiting(f"reviews-{n}", CY, "running", NOW + timedelta(hours=1), "") for n in range(5)]


class Desk:
    """What one bot does, one step at a time; Ana may snooze, Ben may not."""

    def __init__(self, db: Database, time: Time, server: SlackServer, aws: AwsServer | None = None) -> None:
        self.db, self.time, self.server, self.aws = db, time, server, aws
        self.slack = slack_of(server)
        self.changed: list[tuple[str, datetime]] = []
        self.alarms = Alarms(
            db,
            [("other-*", server.channel("ml-jobs").id)],
            [self.channel.id],
            names=str,
            nudge=lambda _: None,
            confirm=lambda _topic, _token: None,
            jobs_on=lambda _: JOBS,
            changed=lambda _tx, model, at: self.changed.append((model, at)),
            link=lambda channel, ts: f"https://slack.example/{channel}/{ts}",
        )
        board = self.alarms.board
        self.silence = Silence(db, board, lambda: Mutes(aws_client(self.account, "cloudwatch")), self._ask)
        self.acts = Acts(db, board)
        self.upkeep = Upkeep(db, board, self.silence)
        self.controls = Controls(
            db, self._put, self._open_view, self, zone="Europe/Berlin", jobs_on=lambda _: JOBS
        )  # fmt: skip
        self.cards = Cards(
            db,
            self.slack,
            {
                "alarm": lambda key, picture: self.alarms.render(key, picture, time()),
                "notice": lambda key, picture: self.alarms.render_notice(key, picture, time()),
                "digest": lambda key, picture: self.alarms.render_digest(key, picture, time()),
            },
            edit_seconds=60,
            post_seconds=1,
        )
        self.whispers = Whispers(db, self.slack)
        self.open: list[tuple[str, str, dict[str, Any], datetime]] = []
        self.done: list[tuple[str, str, dict[str, Any], datetime]] = []
        self.views: list[Mapping[str, Any]] = []
        self._numbers = itertools.count(1)

    # --- what the rooms are handed ----------------------------------------------------------------------------------

    @property
    def account(self) -> AwsServer:
        """The account on the wire."""
        assert self.aws is not None
        return self.aws

    def may_operate(self, user: str) -> bool:
        """Whether this is Ana."""
        return user == ANA

    def operators(self) -> tuple[str, ...]:
        """Whom to ask: Ana, and a group."""
        return (ANA, "S0OPS")

    def _put(self, kind: str, key: str, body: Mapping[str, Any], at: datetime) -> None:
        self.open.append((kind, key, json.loads(json.dumps(body)), at))

    def _ask(self, _tx: Tx, key: str, body: Mapping[str, Any], at: datetime) -> None:
        if all(done[1] != key for done in (*self.open, *self.done)):
            self.open.append(("alarm-unmute", key, dict(body), at))

    def _open_view(self, _trigger: str, view: Mapping[str, Any]) -> None:
        self.views.append(view)

    # --- what happens -----------------------------------------------------------------------------------------------

    def ring(self, name: str = "tokens-high", state: str = "ALARM", *, at: datetime | None = None, **more: Any) -> None:
        """A state change of an alarm, now or ``at``, comes in and is shown."""
        self.receive(notice(name, state, at or self.time(), **more))

    def receive(self, message: str) -> None:
        """A message comes in; it is shown with the next ``work``."""
        now = self.time()
        body = {"topic": TOPIC, "timestamp": now.isoformat(), "message": message, "subject": None}
        self.alarms.receive(f"M{next(self._numbers)}", body, now, now)

    def work(self) -> None:
        """Do what is due, all of it."""
        self.handle()
        self.upkeep.tick(self.time())
        self.handle()
        while due := self.cards.due(self.time()):
            for one in sorted(due, key=lambda work: work.priority):
                self.cards.deliver(one.key, self.time())
        for one in self.whispers.due(self.time()):
            self.whispers.say(one.key, self.time())

    def handle(self) -> None:
        """The requests in the inbox, once each; what Amazon did not answer stays."""
        waiting, self.open = self.open, []
        for item in waiting:
            try:
                self.run(*item)
            except AwsUnavailable:
                self.open.append(item)
            else:
                self.done.append(item)

    def run(self, kind: str, key: str, body: dict[str, Any], at: datetime) -> None:
        """One request."""
        now = self.time()
        match kind:
            case "alarm-ack":
                self.acts.acknowledge(key, body, at, now)
            case "alarm-ack-all":
                self.acts.acknowledge_all(key, body, at, now)
            case "alarm-show":
                self.acts.show(body, now)
            case "alarm-snooze":
                self.silence.snooze(key, body, now)
            case "alarm-unsnooze":
                self.silence.unsnooze(key, body, now)
            case "alarm-unmute":
                self.silence.unmute(body, now)
            case _:
                raise KeyError(kind)

    def after(self, **length: float) -> None:
        """So much time goes by, and what is due then is done."""
        self.time.after(timedelta(**length).total_seconds())
        self.work()

    # --- what people see and do -------------------------------------------------------------------------------------

    @property
    def channel(self) -> Channel:
        """Where alarms are shown."""
        return self.server.channel("ml-alarms")

    @property
    def card(self) -> Posted:
        """The one card in the channel."""
        [found] = self.channel.messages
        return found

    def press(self, action: str, *, who: str = ANA, card: Posted | Message | None = None, choice: str = "") -> str:
        """Press a control that is on the card; the words that come back at once."""
        value = value_of(card or self.card, action, choice)
        press = Press(who, self.channel.id, f"T{next(self._numbers)}", "", self.time(), action, value)
        return self.send(press)

    def send(self, press: Press) -> str:
        """A press as it arrives at the door; the words that come back, or nothing."""
        button = next(b for b in self.controls.buttons() if b.name == press.action)
        try:
            answer = button.run(press)
        except BotError as error:
            answer = sorry(error)
        if answer is None:
            return ""
        assert check_message({"text": answer.text, "blocks": answer.blocks}) == []
        return answer.text + json.dumps(answer.blocks, ensure_ascii=False)

    def fill(self, who: str = ANA, **values: str | None) -> Mapping[str, str] | None:
        """Submit the form that was opened last."""
        [modal] = self.controls.modals()
        metadata = str(self.views[-1]["private_metadata"])
        return modal.run(Form(who, f"V{next(self._numbers)}", self.time(), values, metadata))

    def told(self, who: str) -> list[str]:
        """What this person alone was told."""
        return [m.words for m in self.server.person(who).ephemerals]

    @property
    def posts(self) -> int:
        """Messages that the bot has sent, replies too."""
        return sum(call.method == "chat.postMessage" for call in self.server.calls)

    def replies(self) -> list[str]:
        """The thread of the card."""
        return [reply.words for reply in self.card.replies]


def value_of(card: Posted | Message, action: str, choice: str) -> str:
    """What a control on a card sends; fails where it is not there."""
    elements = [e for block in card.blocks if block["type"] == "actions" for e in block["elements"]]
    element = next((e for e in elements if e["action_id"] == action), None)
    assert element is not None, f"no {action} among {[e['action_id'] for e in elements]}"
    if not choice:
        return str(element["value"])
    return next(str(o["value"]) for o in element["options"] if choice in o["text"]["text"])


def actions(card: Posted) -> list[str]:
    """The controls of a card, by what is written on them."""
    found = []
    for block in card.blocks:
        for element in block["elements"] if block["type"] == "actions" else []:
            words = element.get("text") or element.get("placeholder") or {"text": "…"}
            found.append(str(words["text"]))
    return found


def notice(name: str, state: str, at: datetime, **more: Any) -> str:
    """What SNS brings of a metric alarm."""
    data = json.loads(sample("metric_alarm.json"))
    data |= {"AlarmName": name, "NewStateValue": state, "StateChangeTime": f"{at:%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "+0000"}
    data["AlarmArn"] = f"arn:aws:cloudwatch:us-east-1:111122223333:alarm:{name}"
    return json.dumps(data | more)


__all__ = ["ANA", "BEN", "CY", "FIRING", "MODEL", "Desk", "actions", "notice"]
