"""A thousand alarms over fifty channels at once: how fast they are stored, how soon each is in Slack, and that none is lost."""

from __future__ import annotations

import itertools
import json
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import sqlalchemy as sa

from benchmarks import tables, wire
from benchmarks.bots import World, bot, world
from benchmarks.sns_intake import IN_PROCESS, in_process, send
from benchmarks.stores import Store, stores
from bot.db import Database
from playground.slack import Channel
from playground.slack.calls import Call

CHANNELS, EACH = 50, 20
AT_ONCE = 32
PATIENCE = 300.0
REFUSING_SECONDS = 10.0
"""How long Slack answers every post with 429."""


@dataclass(frozen=True)
class Stormy(World):
    """The two fakes, and a file with a route to a channel for each group of alarms."""

    config: Path

    def env(self, database: str) -> dict[str, str]:
        """With that file instead of the usual one."""
        return super().env(database) | {"BATCHBOT_CONFIG": str(self.config)}


@dataclass
class Told:
    """When each alarm was sent and first seen, how long taking in and storing all took, and how many posts there were."""

    sent: dict[str, float]
    seen: dict[str, float]
    taken_in: float
    stored: float
    posts: int
    edits: int

    @property
    def delays(self) -> list[float]:
        """From SNS to Slack, in order."""
        return sorted(self.seen[name] - at for name, at in self.sent.items())


def stormy(around: World, folder: Path) -> tuple[Stormy, list[Channel]]:
    """Fifty new channels with the bot in them, and their routes."""
    workspace = around.slack.workspace
    made = [workspace.add_channel(f"storm-{time.time_ns()}", workspace.app.user_id) for _ in range(CHANNELS)]
    routes = [f'[[routes]]\nalarm = "s{n:02}-*"\nchannel = "{channel.id}"\n' for n, channel in enumerate(made)]
    config = folder / "routes.toml"
    config.write_text("\n".join(routes), encoding="utf-8")
    return Stormy(around.slack, around.aws, config), made


def storm(store: Store, around: World, *, refusing: bool) -> tuple[Told, dict[str, str]]:
    """One storm, from nothing to rest, checked."""
    names = (f"s{c:02}-{n:03}" for n, c in itertools.product(range(EACH), range(CHANNELS)))
    states = {name: "OK" if int(name[-3:]) % 4 == 0 else "ALARM" for name in names}
    with tempfile.TemporaryDirectory(prefix="batchbot-storm-") as name:
        found, channels = stormy(around, Path(name))
        database = store.fresh()
        with bot("run", found, database, store.folder) as run:
            time.sleep(2)
            told = _play(found, run.port, database, states, refusing=refusing)
    check(channels, states, in_order=refusing)
    return told, states


def _play(around: Stormy, port: int, database: str, states: Mapping[str, str], *, refusing: bool) -> Told:
    requests = dict(zip(states, wire.ringing(states).requests(), strict=True))
    known, db = len(around.slack.calls), Database(database)
    if refusing:
        around.slack.faults.rate_limit("chat.postMessage", times=10**9, retry_after=2)
    began = time.time()
    sent: dict[str, float] = {}

    def post(name: str) -> None:
        sent.setdefault(name, time.time())
        send(port, requests[name])

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(post, requests))
        taken_in = time.time() - began
        _wait(lambda: _count(db, "episodes") == len(states))
        stored = time.time() - began
        list(pool.map(post, requests))  # SNS delivers at least once
    if refusing:
        time.sleep(max(REFUSING_SECONDS - (time.time() - began), 0))
        around.slack.faults.clear()
    _wait(lambda: not _count(db, "inbox WHERE done IS NULL") and not _count(db, "cards WHERE wanted > shown"))
    assert _count(db, "episodes") == len(states), "an alarm has two episodes"
    db.close()
    calls = [
        call for call in around.slack.calls[known:] if call.ok and call.method in {"chat.postMessage", "chat.update"}
    ]
    posts = sum(call.method == "chat.postMessage" for call in calls)
    return Told(sent, _first_seen(calls, states), taken_in, stored, posts, len(calls) - posts)


def _first_seen(calls: Sequence[Call], states: Mapping[str, str]) -> dict[str, float]:
    seen: dict[str, float] = {}
    for call in calls:
        text = json.dumps(call.args)
        for name in states:
            if name not in seen and name in text:
                seen[name] = call.at
    return seen


def _count(db: Database, what: str) -> int:
    with db.read() as tx:
        return int(tx.execute(sa.text(f"SELECT count(*) FROM {what}")).scalar_one())


def _wait(look: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not look():
        if time.monotonic() > deadline:
            raise RuntimeError("the storm did not come to rest")
        time.sleep(0.05)


def check(channels: Sequence[Channel], states: Mapping[str, str], *, in_order: bool) -> None:
    """Each alarm in exactly one message of its own channel; where all had to wait, what fires was posted first."""
    for number, channel in enumerate(channels):
        texts = [(message.text, message.words) for message in channel.messages]
        mine = {name: state for name, state in states.items() if name.startswith(f"s{number:02}-")}
        for name in mine:
            places = sum(name in words for _, words in texts)
            assert places == 1, f"{name} stands in {places} messages"
        others = sum(name in words for _, words in texts for name in states if name not in mine)
        assert others == 0, f"{channel.name} shows {others} alarms of other channels"
        own = [text.split(" ")[0] for text, _ in texts if "more alarm" not in text]
        firing = own.count("ALARM")
        assert not in_order or own[:firing] == ["ALARM"] * firing, f"what fires is not first: {own}"


def show(store: Store, around: World, *, quick: bool) -> None:
    """Storms with a Slack that answers and with one that says 429, and the floor."""
    messages = wire.notifications(500)
    floor = in_process(store, messages, list(messages.bodies()), 1.0)
    rows = []
    for refusing in (True,) if quick else (False, True):
        told, states = storm(store, around, refusing=refusing)
        delays, count = told.delays, len(states)
        rows.append([
            f"429 for {REFUSING_SECONDS:.0f} s" if refusing else "Slack answers",
            f"{count / told.taken_in:,.0f}",
            f"{count / told.stored:,.0f}",
            f"{floor:,.0f}",
            tables.times(count / told.taken_in / floor),
            f"{median(delays):.1f}",
            f"{delays[int(len(delays) * 0.99)]:.1f}",
            f"{told.posts} + {told.edits}",
        ])  # fmt: skip
    head = ["", "taken in/s", "stored/s", "floor/s", "floor x", "p50 s", "p99 s", "posts + edits"]
    print(f"\n {CHANNELS * EACH:,} alarms over {CHANNELS} channels, {store.name}; SNS to Slack p50 and p99 in seconds")
    print(f"  {IN_PROCESS}; every alarm stands in exactly one message of its channel, firing first")
    tables.table(head, rows)


def main() -> None:
    """On both stores."""
    asked = tables.options(__doc__)
    tables.headline("A storm of alarms")
    with stores(asked.store) as found, world() as around:
        for store in found:
            show(store, around, quick=asked.quick)


if __name__ == "__main__":
    main()
