"""A storm: many alarms in several channels while Slack says 429; all shown once, what fires first, the rest in lists."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.alarms.board import MOST
from bot.db import Database
from playground.slack import Channel, Message
from tests.alarms.desk import notice
from tests.harness import Bot, World, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

CHANNELS, EACH = 6, 20


def storm_channels(world: World, folder: Path) -> tuple[list[Channel], str]:
    """A channel for each route, with the bot in it, and the file that says so."""
    me = world.slack.workspace.app.user_id
    made = [world.slack.workspace.add_channel(f"storm-{n}", me) for n in range(CHANNELS)]
    config = folder / "routes.toml"
    routes = [f'[[routes]]\nalarm = "s{n}-*"\nchannel = "{channel.id}"\n' for n, channel in enumerate(made)]
    config.write_text("\n".join(routes), encoding="utf-8")
    return made, str(config)


def ring(world: World, bot: Bot) -> dict[str, str]:
    """Each alarm's message comes twice; every fourth is no alarm but the end of one. Names and states."""
    states = {
        f"s{c}-{n:03}": "OK" if n % 4 == 0 else "ALARM" for c, n in itertools.product(range(CHANNELS), range(EACH))
    }
    now = datetime.now(UTC)
    envelopes = [world.notification(notice(name, state, now)) for name, state in states.items()]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda envelope: world.post(bot, envelope), [*envelopes, *envelopes]))
    assert set(answers) == {200}
    return states


def at_rest(database: Database) -> bool:
    """Whether the rows say that nothing is left to do."""
    queries = ("SELECT count(*) FROM inbox WHERE done IS NULL", "SELECT count(*) FROM cards WHERE wanted > shown")
    with database.read() as tx:
        return all(tx.execute(sa.text(query)).scalar_one() == 0 for query in queries)


def places(channel: Channel, name: str) -> list[Message]:
    """The messages in which an alarm is shown."""
    return [message for message in channel.messages if name in message.words]


def test_a_storm_while_slack_says_429_loses_and_doubles_nothing(world: World, tmp_path: Path) -> None:
    """120 alarms in 6 channels; every name stands in exactly one message of its channel."""
    channels, config = storm_channels(world, tmp_path)
    world.slack.faults.rate_limit("chat.postMessage", times=10**6, retry_after=1)
    bot = world.bot(config=config)
    states = ring(world, bot)
    database = Database(world.database_url)
    wait_until(lambda: _taken_in(database, len(states)))
    assert not any(channel.messages for channel in channels)
    world.slack.faults.clear()
    wait_until(lambda: at_rest(database), 120)
    for (name, state), channel in ((one, channels[int(one[0][1])]) for one in states.items()):
        shown = places(channel, name)
        assert len(shown) == 1, f"{name} {state}: {len(shown)}\n{world.transcript()}"
    for channel in channels:
        own = [message.text.split(" ")[0] for message in channel.messages if "more alarm" not in message.words]
        assert own.count("ALARM") == MOST
        assert len(channel.messages) == len(own) + 1, world.transcript()
        assert own[:MOST] == ["ALARM"] * MOST, own
    assert "crashed" not in bot.log
    database.close()


def _taken_in(database: Database, count: int) -> bool:
    with database.read() as tx:
        return bool(tx.execute(sa.text("SELECT count(*) FROM episodes")).scalar_one() == count)
