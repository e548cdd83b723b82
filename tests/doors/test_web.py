"""What the HTTP doors let in, what they refuse, and that what they took in is kept."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from playground.aws import AwsServer
from playground.aws.sns.envelope import headers_of
from playground.aws.sns.signing import make_signer
from playground.slack.courier import sign
from tests.alarms.samples import sample
from tests.harness import Bot, Nursery, World, http_get, http_post

NAME = "bedrock-batch-input-tokens-high"


@pytest.fixture
def lone(nursery: Nursery, aws: AwsServer, tmp_path: Path) -> Iterator[World]:
    """What the doors say depends on no store: SQLite is enough."""
    with World(nursery, aws, f"sqlite:///{tmp_path / 'batchbot.db'}", tmp_path) as made:
        yield made


def form(world: World, **more: str) -> bytes:
    """A slash command's body."""
    fields = {
        "command": "/batch",
        "text": "help",
        "user_id": world.person("ana").id,
        "channel_id": world.jobs.id,
        "team_id": world.slack.workspace.team_id,
        "trigger_id": f"1.{time.time_ns()}",
        "response_url": f"{world.slack.url}/commands/T/none",
    }
    return urlencode(fields | more).encode()


def knock(world: World, bot: Bot, body: bytes, secret: str | None = None, at: float | None = None) -> int:
    """POST to Slack's door, signed with this secret at this time."""
    signed = sign(world.slack.signing_secret if secret is None else secret, body, at)
    headers = {"content-type": "application/x-www-form-urlencoded", **signed}
    return http_post(f"{bot.url}/slack/events", body, headers)[0]


def test_only_what_slack_has_signed_a_moment_ago_is_let_in(lone: World) -> None:
    """A forged, a stale and a missing signature are 401; a changed body is too; nothing of it is stored or said."""
    bot = lone.bot()
    body = form(lone)
    assert knock(lone, bot, body) == 200
    assert knock(lone, bot, body, secret="not the secret") == 401
    assert knock(lone, bot, body, at=time.time() - 600) == 401
    assert knock(lone, bot, body, at=time.time() + 600) == 401
    plain = {"content-type": "application/x-www-form-urlencoded"}
    assert http_post(f"{bot.url}/slack/events", body, plain)[0] == 401
    headers = plain | sign(lone.slack.signing_secret, body)
    forged = body.replace(b"help", b"list")
    assert http_post(f"{bot.url}/slack/events", forged, headers)[0] == 401
    assert http_post(f"{bot.url}/slack/events", b"\xff\xfe", plain)[0] in {400, 401}


def test_bodies_that_are_too_large_and_wrong_turns_are_refused(lone: World) -> None:
    """413 by claim and by count, 405 for the wrong method, 404 elsewhere; the doors stay open afterwards."""
    bot = lone.bot()
    assert http_post(f"{bot.url}/slack/events", b"x" * (512 * 1024 + 1), {})[0] in {413, 0}
    assert claimed(bot, "/slack/events", 512 * 1024 + 1) == 413
    assert claimed(bot, "/sns", 1024 * 1024 + 64 * 1024 + 1) == 413
    assert chunked(bot, "/sns", 1024 * 1024 + 70 * 1024) in {413, 0}
    assert [http_get(f"{bot.url}{path}")[0] for path in ("/slack/events", "/sns")] == [405, 405]
    assert http_post(f"{bot.url}/healthz", b"x", {})[0] == 405
    assert [http_get(f"{bot.url}{path}")[0] for path in ("/", "/metrics", "/slack", "/sns/x", "/.env")] == [404] * 5
    assert http_get(f"{bot.url}/healthz") == (200, "ok\n")
    assert http_get(f"{bot.url}/readyz") == (200, "ready\n")
    assert knock(lone, bot, form(lone)) == 200


def claimed(bot: Bot, path: str, length: int) -> int:
    """Say that so many bytes will come, and send none."""
    connection = http.client.HTTPConnection("127.0.0.1", bot.port, timeout=5)
    connection.putrequest("POST", path)
    connection.putheader("Content-Length", str(length))
    connection.endheaders()
    status = connection.getresponse().status
    connection.close()
    return status


def chunked(bot: Bot, path: str, length: int) -> int:
    """Send so many bytes without saying how many; 0 where the door was shut before the end."""
    connection = http.client.HTTPConnection("127.0.0.1", bot.port, timeout=5)
    try:
        connection.request("POST", path, iter([b"x" * 65536] * (length // 65536 + 1)), encode_chunked=True)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def test_only_what_amazon_has_signed_for_our_topic_is_believed(lone: World) -> None:
    """Forged, changed, foreign, stale, raw and meaningless posts are 403; the true one, in either version, is stored."""
    bot = lone.bot()
    good = lone.notification(sample("metric_alarm.json"))
    forged = {**good, "Signature": make_signer().sign(good)}
    changed = {**good, "Message": good["Message"].replace("ALARM", "OK")}
    foreign = lone.notification("x", TopicArn="arn:aws:sns:us-east-1:999999999999:elsewhere")
    stale = lone.notification("x", Timestamp="2020-01-01T00:00:00.000Z")
    elsewhere = lone.notification("x", SigningCertURL="https://example.com/SimpleNotificationService-0.pem")
    for name, bad in {
        "forged": forged,
        "changed": changed,
        "foreign": foreign,
        "stale": stale,
        "url": elsewhere,
    }.items():
        assert lone.post(bot, bad) == 403, name
    raw = headers_of(good, raw=True)
    assert http_post(f"{bot.url}/sns", good["Message"].encode(), raw)[0] == 403
    for nonsense in (b"", b"{", b"[]", b'"x"', b"null", b"\xff", b'{"Type": 1}'):
        assert http_post(f"{bot.url}/sns", nonsense, {})[0] == 403, nonsense
    assert lone.alarms.messages == []
    assert lone.post(bot, good) == 200
    lone.card(NAME, channel=lone.alarms)
    assert lone.post(bot, lone.notification(sample("composite.json"), version="1")) == 200
    lone.sees(lambda: len(lone.alarms.messages) == 2)


def test_a_subscription_that_delivers_raw_is_refused_for_good(lone: World) -> None:
    """Without the envelope there is no signature: SNS is told 403 and gives up instead of trying for ever."""
    bot = lone.bot()
    sns = lone.aws.sns
    made = sns.subscribe(sns.default_topic, "http", f"{bot.url}/sns", {"RawMessageDelivery": "true"})
    lone.card("now delivers here", channel=lone.alarms)
    sns.publish(sns.default_topic, sample("metric_alarm.json"))
    lone.sees(lambda: [d for d in sns.dropped if d.endpoint == made.endpoint and d.status == 403])
    assert lone.cards(NAME, lone.alarms) == []


def test_a_certificate_that_cannot_be_had_makes_sns_try_again(lone: World) -> None:
    """503 while the certificate is out of reach; the same message is taken later."""
    bot = lone.bot()
    lone.aws.faults.fail("sns.GetCertificate", "InternalFailure", "down", 503)
    message = lone.notification(sample("metric_alarm.json"))
    assert lone.post(bot, message) == 503
    lone.aws.faults.clear()
    lone.sees(lambda: lone.post(bot, message) == 200, 60)  # a failure is remembered for half a minute
    lone.card(NAME, channel=lone.alarms)


def test_what_was_answered_with_200_is_kept(world: World) -> None:
    """Killed right behind the answer, the bot shows after the restart what it had taken in: the alarm and the job."""
    bot = world.bot()
    uri = world.records()
    world.slack.faults.refuse_connection("chat.postMessage", times=1000)
    assert world.post(bot, world.notification(sample("metric_alarm.json"))) == 200
    body = form(world, text=f"submit {uri} model=haiku-4-5 name=kept")
    assert knock(world, bot, body) == 200
    bot.kill()
    world.slack.faults.clear()
    bot.start()
    world.card(NAME, channel=world.alarms)
    world.card("kept", "queued")
    assert knock(world, bot, body) == 200  # Slack's own repetition of the same command
    world.say("metrics")
    world.card("Batch summary")
    assert [job.name for job in world.aws.bedrock.jobs.values()] == ["kept"]


def test_nothing_secret_gets_into_a_log(world: World) -> None:
    """Through commands, refusals, subscriptions and failures: no token, no one-time address, no confirmation link."""
    bot = world.bot("run", {"BATCHBOT_LOG_LEVEL": "DEBUG"})
    aws, sns = world.aws, world.aws.sns
    arn = sns.subscribe_http(sns.default_topic, f"{bot.url}/sns")
    world.card("now delivers here", channel=world.alarms)
    token = sns.subscriptions[arn].token
    sns.publish(sns.default_topic, sample("metric_alarm.json"))
    world.card(NAME, channel=world.alarms)
    world.slack.faults.outage("response_url", times=1)
    world.slack.faults.fail("chat.update", "invalid_auth", times=0)
    aws.faults.throttle("bedrock.CreateModelInvocationJob", times=1)
    world.say(f"submit {world.records('docs/bad.jsonl', b'not json')} model=haiku-4-5 name=bad")
    world.told("ana", "*bad* was not started")
    world.say(f"submit {world.records()} model=haiku-4-5 name=quiet")
    card = world.card("quiet", "queued")
    world.person("ben").press(card, "job_stop")
    world.told("ben", "Only the owner")
    world.post(bot, {**world.notification("x"), "Signature": "AAAA"})
    sns.unsubscribe(arn)
    world.card("have been cancelled", channel=world.alarms)
    aws.bedrock.advance("quiet", "Completed")
    world.reply(card, "is complete")
    bot.stop()
    secrets = [world.slack.bot_token, world.slack.signing_secret, token, aws.env()["AWS_SECRET_ACCESS_KEY"]]
    for secret in [*secrets, "hooks", "/commands/", "/actions/", "Token=", "SubscribeURL", "Unsubscribe&", "docstring"]:
        assert secret not in bot.log, secret
    assert token not in world.transcript()
    assert "sns.refused" in bot.log  # it does speak
    everything = json.dumps([message.blocks for message in world.alarms.every()])
    assert "SubscribeURL" not in everything
    assert "Token=" not in everything
