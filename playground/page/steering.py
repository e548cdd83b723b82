"""The knobs of the world, as rows that the page draws: traffic, models, alarms, faults, the bot itself."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from functools import partial

from playground import samples
from playground.aws import AwsError
from playground.aws.bedrock.models import Model
from playground.page.knobs import Json, Knob, Line, Section
from playground.page.mischief import Mischief
from playground.page.ringing import Ringing
from playground.tour.world import MODELS, World

TRAFFIC = (400, 900, 1500)
SLOWLY = 12.0
FLAKY = 0.2


@dataclass
class Steering:
    """Turns knobs; each is found by its id in the rows as they stand."""

    world: World
    with_bot: bool = True
    _starting: bool = False
    _paces: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Behave well at first."""
        self.mischief = Mischief(self.world.slack.faults, self.world.aws.faults)
        self.ringing = Ringing(self.world)

    def sections(self) -> list[Json]:
        """All rows as the page draws them."""
        return [section.row() for section in self._all()]

    def turn(self, knob_id: str) -> Json:
        """Turn one; what is not there is said so."""
        with self._lock:
            knob = next((k for s in self._all() for x in s.lines for k in x.knobs if k.id == knob_id), None)
            if knob is None:
                return {"error": "There is no such knob just now."}
            try:
                knob.turn()
            except (AwsError, RuntimeError, TimeoutError) as error:
                return {"error": str(error)[:300]}
        self.world.slack.workspace.feed.publish("world", knob_id)
        return {}

    def _all(self) -> list[Section]:
        ours = [self._bot(), self._traffic(), self._models(), *self.ringing.sections()] if self.with_bot else []
        return [*ours, self._slack(), self._aws()]

    def _bot(self) -> Section:
        bot = self.world.bot
        if self._starting:
            line = Line("Starting…", [], bot.url)
        elif bot.running:
            line = Line("Running", [Knob("bot-kill", "Kill −9", bot.kill, "danger")], bot.url)
        else:
            line = Line("Dead", [Knob("bot-start", "Start again", self._start, "primary")], "no goodbye was said")
        return Section("The bot", [line], "Kill it in the middle of a job and start it again: nothing is lost.")

    def _start(self) -> None:
        self._starting = True
        try:
            self.world.start_bot()
        finally:
            self._starting = False

    def _traffic(self) -> Section:
        one = [
            Knob(f"job:{model}", name.removeprefix("Claude "), partial(self._elsewhere, model))
            for name, model in MODELS.items()
        ]
        lines = [
            Line("Three jobs, three models", [Knob("traffic", "Start traffic", self._start_traffic, "primary")]),
            Line("One job of 500 records on", one),
        ]
        return Section("Traffic", lines, "Jobs that somebody starts outside Slack; the bot adopts them.")

    def _start_traffic(self) -> None:
        for records, model in zip(TRAFFIC, list(MODELS.values())[1:], strict=False):
            self._elsewhere(model, records)

    def _elsewhere(self, model: str, records: int = 500) -> None:
        name = f"nightly-{time.strftime('%H%M%S')}-{records}"
        self.world.aws.bedrock.start_elsewhere(name, model=model, records=records)

    def _models(self) -> Section:
        models = self.world.aws.bedrock.models
        known = [(name, models[model.removeprefix("us.")]) for name, model in MODELS.items()]
        return Section("Models", [self._model(name, model) for name, model in known])

    def _model(self, name: str, model: Model) -> Line:
        knobs = [
            Knob(f"slow:{model.id}", "Slow", partial(self._slow, model), on=model.id in self._paces),
            Knob(f"stall:{model.id}", "Stall", partial(_stall, model), on=model.stalled),
            Knob(f"flaky:{model.id}", "Fail records", partial(_flake, model), on=model.flaky > 0),
        ]
        pace = "stands still" if model.stalled else f"{model.records_per_minute:.0f} records a minute"
        return Line(name, knobs, pace + (f", {model.flaky:.0%} fail" if model.flaky else ""))

    def _slow(self, model: Model) -> None:
        if model.id in self._paces:
            model.records_per_minute = self._paces.pop(model.id)
        else:
            self._paces[model.id], model.records_per_minute = model.records_per_minute, SLOWLY

    def _slack(self) -> Section:
        labels = {"limit": "429 on posts", "hang": "Hang 5 s", "down": "Be down"}
        now = self.mischief.slack
        knobs = [Knob(f"slack-{k}", v, partial(self.mischief.on_slack, k), on=now == k) for k, v in labels.items()]
        return Section("Slack misbehaves", [Line("Every call of the bot", knobs, _standing(now))])

    def _aws(self) -> Section:
        labels = {"hang": "Hang", "deny": "Deny", "throttle": "Throttle"}
        now = self.mischief.aws
        knobs = [Knob(f"aws-{k}", v, partial(self.mischief.on_aws, k), on=now == k) for k, v in labels.items()]
        return Section("AWS misbehaves", [Line("Every call of the bot", knobs, _standing(now))])


def _standing(mode: str) -> str:
    return "press again to end it" if mode else "behaves well"


def _stall(model: Model) -> None:
    model.stalled = not model.stalled


def _flake(model: Model) -> None:
    model.flaky = 0.0 if model.flaky else FLAKY


def sample_inputs(world: World) -> None:
    """Real text as input: good, with planted faults, too small."""
    bucket = world.aws.in_bucket
    world.aws.put(bucket, "docs/good.jsonl", samples.good(2000))
    world.aws.put(bucket, "docs/some-bad.jsonl", samples.with_bad(2000, 12))
    world.aws.put(bucket, "docs/tiny.jsonl", samples.tiny())
