"""When Amazon hangs, Slack pushes back and everybody types at once: people are answered, and nothing is lost or doubled."""

from __future__ import annotations

import asyncio
import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest

from playground.aws.sns.envelope import headers_of
from playground.slack.courier import sign
from tests.alarms.samples import sample
from tests.harness import Bot, World, http_post, wait_until

SECOND = 1.0
TRIES = 3
"""The machine may be busy with something else: every answer of every burst counts, the best burst's time does."""


@dataclass
class Answer:
    """How one request was answered."""

    status: int
    seconds: float


async def ask(port: int, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
    """One HTTP request on a connection of its own."""
    began = time.monotonic()
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        lines = [f"{'POST' if body else 'GET'} {path} HTTP/1.1", "Host: bot", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        lines += [f"Content-Length: {len(body or b'')}", "", ""]
        writer.write("\r\n".join(lines).encode() + (body or b""))
        head = await reader.read()
        writer.close()
        await writer.wait_closed()
        return Answer(int(head.split(b" ", 2)[1]), time.monotonic() - began)
    except (OSError, IndexError):
        return Answer(0, time.monotonic() - began)


def command(world: World, text: str, number: int) -> tuple[bytes, dict[str, str]]:
    """A signed slash command of its own trigger id."""
    ana = world.person("ana")
    fields = {
        "command": "/batch",
        "text": text,
        "user_id": ana.id,
        "channel_id": world.jobs.id,
        "team_id": world.slack.workspace.team_id,
        "trigger_id": f"13.{time.time_ns()}.{number}",
        "response_url": f"{world.slack.url}/commands/T/none{number}",
    }
    body = urlencode(fields).encode()
    return body, {"content-type": "application/x-www-form-urlencoded", **sign(world.slack.signing_secret, body)}


async def burst(world: World, bot: Bot, uri: str, wave: int) -> tuple[list[Answer], list[Answer]]:
    """A hundred people at once, and somebody who looks at the bot's health meanwhile."""
    submit = f"submit {uri} model=haiku-4-5 name=burst-{wave}"
    texts = [f"{submit}-{n}" if n % 3 == 0 else ("status", "help")[n % 2] for n in range(100)]
    requests = [command(world, text, n) for n, text in enumerate(texts)]
    health = [ask(bot.port, "/healthz", None, {}) for _ in range(5)]
    answers = await asyncio.gather(*(ask(bot.port, "/slack/events", *one) for one in requests), *health)
    return answers[:100], answers[100:]


def slow_posts(world: World, bot: Bot, pool: ThreadPoolExecutor, wave: int) -> None:
    """Eighty messages whose certificate does not come, each holding on to its thread; returns when the first do."""
    fetches = sum(call.name == "sns.GetCertificate" for call in world.aws.calls)
    address = f"{world.aws.sns.origin}/SimpleNotificationService-{wave:032x}.pem"  # failures are remembered by address
    for number in range(80):
        body = world.notification({"n": number}, SigningCertURL=address)
        pool.submit(http_post, f"{bot.url}/sns", json.dumps(body).encode(), headers_of(body), 60.0)
    wait_until(lambda: sum(call.name == "sns.GetCertificate" for call in world.aws.calls) > fetches)


async def trickle(bot: Bot, seconds: float) -> None:
    """A body that comes a byte at a time and never ends."""
    _, writer = await asyncio.open_connection("127.0.0.1", bot.port)
    writer.write(b"POST /sns HTTP/1.1\r\nHost: bot\r\nContent-Length: 5000\r\n\r\n")
    until = time.monotonic() + seconds
    try:
        while time.monotonic() < until:
            writer.write(b"{")
            await writer.drain()
            await asyncio.sleep(0.1)
    finally:
        writer.close()
        await writer.wait_closed()


@pytest.mark.slow
def test_a_hundred_people_are_answered_at_once_while_amazon_hangs(world: World, record_property: Any) -> None:
    """Every AWS call hangs, 80 slow posts hold the alarm door; each command is answered with 200 within the second."""
    bot = world.bot()
    uri = world.records()
    world.aws.faults.hang("*", 30)
    worst: list[float] = []
    with ThreadPoolExecutor(80 * TRIES) as pool:
        for wave in range(TRIES):
            slow_posts(world, bot, pool, wave)

            async def both(wave: int = wave) -> tuple[list[Answer], list[Answer]]:
                slow = [asyncio.create_task(trickle(bot, 20)) for _ in range(20)]
                found = await burst(world, bot, uri, wave)
                for one in slow:
                    one.cancel()
                await asyncio.gather(*slow, return_exceptions=True)
                return found

            answers, health = asyncio.run(both())
            assert {a.status for a in answers} == {200}
            assert {a.status for a in health} == {200}
            slowest = max(a.seconds for a in [*answers, *health])
            worst.append(slowest)
            if slowest < SECOND:
                break
        record_property("worst_seconds", worst)
        print(f"worst answer of each burst: {worst}")  # noqa: T201
        bot.kill()  # or the pool would wait for its slow posts
        world.aws.faults.clear()
    assert min(worst) < SECOND, worst


def numbered(name: str) -> str:
    """An alarm of its own."""
    return sample("metric_alarm.json").replace("bedrock-batch-input-tokens-high", name)


def test_what_slack_slows_down_arrives_once(world: World) -> None:
    """Refused for a while with 429, each alarm still gets one card, the job its one card with the end below it."""
    world.slack.faults.rate_limit("chat.postMessage", times=4, retry_after=1)
    world.slack.faults.rate_limit("chat.update", times=2, retry_after=1)
    bot = world.bot()
    names = [f"alarm-{n}" for n in range(6)]
    for name in names:
        assert world.post(bot, world.notification(numbered(name))) == 200
    world.say(f"submit {world.records()} model=haiku-4-5 name=slowed")
    card = world.card("slowed", "queued")
    world.aws.bedrock.advance("slowed", "Completed")
    world.reply(card, "is complete")
    for name in names:
        world.card(name, channel=world.alarms)
    assert len(world.alarms.messages) == len(names)
    assert len(card.replies) == 1


def test_at_its_usual_pace_the_bot_is_never_told_to_slow_down(
    nursery: Any, aws: Any, database_url: str, tmp_path: Any
) -> None:
    """Slack takes one post a second in a channel after a burst of five; the bot keeps to that by itself."""
    with World(nursery, aws, database_url, tmp_path, pace_posts=True) as world:
        bot = world.bot(post_seconds="1.05")
        names = [f"alarm-{n}" for n in range(9)]
        for name in names:
            assert world.post(bot, world.notification(numbered(name))) == 200
        for name in names:
            world.card(name, channel=world.alarms)
        assert [call.method for call in world.slack.calls if call.status == 429] == []


def test_nothing_is_lost_while_slack_is_down(world: World) -> None:
    """Connections break and proxies say 503; when Slack is back, the card, the end and the private words come, once each."""
    bot = world.bot()
    faults = world.slack.faults
    uri = world.records()
    faults.outage("chat.postMessage", times=2)
    faults.refuse_connection("chat.postMessage", times=1)
    faults.outage("chat.update", times=1)
    faults.outage("response_url", times=1)
    world.say(f"submit {uri} model=haiku-4-5 name=patient")
    world.say(f"submit {world.records('docs/none.jsonl', b'x')} model=haiku-4-5 name=wrong")
    assert world.post(bot, world.notification(numbered("while-down"))) == 200
    card = world.card("patient", "queued")
    world.aws.bedrock.advance("patient", "Completed")
    world.reply(card, "is complete")
    world.card("while-down", channel=world.alarms)
    world.told("ana", "*wrong* was not started")
    assert len(card.replies) == 1
    assert len([m for m in world.person("ana").ephemerals if "was not started" in m.words]) == 1


def test_an_answer_of_slack_that_got_lost_leaves_no_second_message(world: World) -> None:
    """The post took effect but its answer never came: the bot looks before it posts again."""
    bot = world.bot()
    world.slack.faults.drop_response("chat.postMessage", times=1)
    world.say(f"submit {world.records()} model=haiku-4-5 name=once")
    card = world.card("once", "queued")
    world.slack.faults.drop_response("chat.postMessage", times=1)
    world.aws.bedrock.advance("once", "Completed")
    world.reply(card, "is complete")
    world.slack.faults.drop_response("chat.postMessage", times=1)
    assert world.post(bot, world.notification(numbered("lost-answer"))) == 200
    world.card("lost-answer", channel=world.alarms)
    world.say("metrics")  # whatever was to come has come before this card stands
    world.card("Batch summary")
    assert len(card.replies) == 1
    assert len(world.cards("once")) == 1
    assert len(world.alarms.messages) == 1


def test_where_the_bot_is_not_let_in_the_card_comes_elsewhere(world: World) -> None:
    """Jobs channel, else the channel where it was asked for, else the owner's direct messages."""
    leads = world.slack.channel("leads")  # private, without the bot
    world.bot(jobs_channel=leads.id)
    world.say(f"submit {world.records()} model=haiku-4-5 name=asked-here", channel="ml-summary")
    world.card("asked-here", "queued", channel=world.slack.channel("ml-summary"))
    world.say(f"submit {world.records()} model=haiku-4-5 name=asked-there", channel="leads")
    card = world.card("asked-there", "queued", channel=world.person("ana").direct)
    world.aws.bedrock.advance("asked-there", "Completed")
    world.reply(card, "is complete")
    assert leads.messages == []


def test_blocks_that_slack_refuses_are_replaced_by_the_sentence(world: World) -> None:
    """A message that Slack will not have as it is still arrives, as plain words."""
    bot = world.bot()
    world.slack.faults.fail("chat.postMessage", "invalid_blocks", times=1)
    assert world.post(bot, world.notification(numbered("plain-words"))) == 200
    card = world.card("plain-words", "ALARM", channel=world.alarms)
    assert card.blocks == []
    assert "limit" in card.text
