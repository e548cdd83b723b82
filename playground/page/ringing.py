"""The knobs of alarms: one message of every kind, sixty alarms at once, and each alarm of the account on its own."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from playground.aws.cloudwatch.operations import OPERATIONS
from playground.aws.kinds import KINDS
from playground.page.knobs import Knob, Line, Section
from playground.tour.alarms import ALARM, backlog, recover, ring
from playground.tour.world import World

STORM = 60
STORM_NAME = "storm"
MOST_SHOWN = 10
STATES = {"ALARM": "rings", "OK": "is quiet", "INSUFFICIENT_DATA": "has no data yet"}


class Ringing:
    """Rings what stands in the account, without a call on the wire: what AWS refuses to the bot does not stop it."""

    def __init__(self, world: World) -> None:
        """Ring nothing yet."""
        self._world = world
        self._cloudwatch = world.aws.cloudwatch
        self._rung: set[str] = set()

    def sections(self) -> list[Section]:
        """The rows as they stand."""
        kinds = Section(
            "Ring", [self._kinds(), self._storm()], "Really signed, through SNS. What is lit rings: press to end it."
        )
        return [kinds, Section("Alarms of the account", list(self._alarms()), "What you make from chat appears here.")]

    def _kinds(self) -> Line:
        knobs = [
            Knob(f"kind:{name}", kind.title, partial(self._turn, name), on=name in self._rung if kind.recover else None)
            for name, kind in KINDS.items()
        ]
        return Line("One message of each kind", knobs)

    def _turn(self, name: str) -> None:
        """Ring it, or end it if it rings."""
        if name in self._rung:
            self._rung.discard(name)
            self._world.aws.recover_kind(name)
            return
        self._world.aws.send_kind(name)
        if KINDS[name].recover:
            self._rung.add(name)

    def _storm(self) -> Line:
        ringing = sum(self._cloudwatch.alarms[name].state == "ALARM" for name in self._stormy())
        if ringing:
            return Line("A storm", [Knob("calm", "Recover all", self._calm, "primary")], f"{ringing} alarms ring")
        return Line("A storm", [Knob("storm", f"Ring {STORM}", self._break_out, "danger")], f"{STORM} alarms at once")

    def _stormy(self) -> list[str]:
        return [name for name in list(self._cloudwatch.alarms) if name.startswith(f"{STORM_NAME}-")]

    def _break_out(self) -> None:
        """Make the alarms if they are not there yet, then ring them all."""
        for number in range(1, STORM + 1):
            name = f"{STORM_NAME}-{number:02}"
            if name not in self._cloudwatch.alarms:
                OPERATIONS["PutMetricAlarm"](self._cloudwatch, backlog(self._world.topic) | {"AlarmName": name})
        for name in self._stormy():
            self._cloudwatch.ring(name, 15_000 + 100 * int(name.rpartition("-")[2]))

    def _calm(self) -> None:
        for name in self._stormy():
            if self._cloudwatch.alarms[name].state == "ALARM":
                self._cloudwatch.recover(name)

    def _alarms(self) -> Iterator[Line]:
        """The usual one first, then the newest; those of the storm are not listed."""
        known = [one for one in list(self._cloudwatch.alarms.values())[::-1] if one.name not in self._stormy()]
        shown = sorted(known, key=lambda one: one.name != ALARM)
        for alarm in shown[:MOST_SHOWN]:
            end = "" if alarm.name == ALARM else f":{alarm.name}"
            calm = partial(recover, self._cloudwatch) if not end else partial(self._cloudwatch.recover, alarm.name)
            go = partial(ring, self._cloudwatch) if not end else partial(self._cloudwatch.ring, alarm.name)
            knob = Knob(f"ring{end}", "Ring", go, "danger")
            if alarm.state == "ALARM":
                knob = Knob(f"recover{end}", "Recover", calm, "primary")
            yield Line(alarm.name, [knob], STATES.get(alarm.state, alarm.state))
        if len(shown) > MOST_SHOWN:
            yield Line(f"and {len(shown) - MOST_SHOWN} more", [])
