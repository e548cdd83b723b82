"""Every sample's message is kept as Block Kit JSON in ``snapshots``; SNAPSHOT_UPDATE=1 writes them anew."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.alarms import control_views, digest_views, views
from bot.alarms.alarm import ALARM, INSUFFICIENT, OK, Alarm, Notice
from bot.alarms.digest_views import Gathered
from bot.alarms.episode import Acknowledged, Episode, Snooze, begin, observe
from bot.alarms.joined import Waiting
from bot.alarms.notice_views import notice as notice_view
from bot.slack.blocks import Message, image
from playground.slack import check_message, check_view
from tests.snapshots import same_as_before

from .checks import check
from .samples import AT, NAMES, alarm, understood

SNAPSHOTS = Path(__file__).parent / "snapshots"
TOPIC = "arn:aws:sns:us-east-1:111122223333:bedrock-batch-alarms"
NOW = datetime(2026, 11, 22, 5, 54, 30, tzinfo=UTC)


def pretty(model: str) -> str:
    return "Claude Sonnet 4.5" if "sonnet-4-5" in model else model


def snapshot(name: str, message: Message) -> None:
    check(message)
    path = SNAPSHOTS / f"{name}.json"
    found = json.dumps({"text": message.text, "blocks": message.blocks}, indent=1, ensure_ascii=False) + "\n"
    if os.environ.get("SNAPSHOT_UPDATE"):
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")


def backlog(**changes: Any) -> Alarm:
    base = replace(
        alarm("metric_alarm.json"),
        name="batch-backlog-sonnet",
        metric="NumberOfRecordsPendingProcessing",
        threshold=15000.0,
        value=18400.0,
        description=None,
        period=300,
    )
    return replace(base, **changes)


def over(first: Alarm, *later: Alarm) -> Episode:
    episode = begin(first)[0]
    for change in later:
        episode = observe(episode, change)[0]
    return episode


def text_of(message: Message) -> str:
    return json.dumps(message.blocks, ensure_ascii=False)


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith("batch_job")])
def test_every_sample_has_its_message(name: str) -> None:
    found = understood(name)
    if isinstance(found, Notice):
        message = views.notice(found, topic=TOPIC)
    else:
        assert isinstance(found, Alarm)
        message = views.card(begin(found)[0], now=NOW, model_name=pretty)
    snapshot(Path(name).stem, message)


def test_a_backlog_fires_and_recovers() -> None:
    first = backlog()
    second = backlog(at=first.at + timedelta(minutes=20), value=19050.0)
    third = backlog(at=first.at + timedelta(minutes=66), value=120.0, state=OK)
    snapshot("backlog-firing", views.card(over(first, second), now=NOW, model_name=pretty))
    episode = over(first, second, third)
    snapshot("backlog-recovered", views.card(episode, now=NOW, model_name=pretty))
    snapshot("backlog-reply", views.recovery_reply(episode))


def test_what_people_did_stands_on_the_card_in_every_state() -> None:
    first = backlog()
    rung = over(first)
    acknowledged = replace(rung, acknowledged=Acknowledged("U0ANA00001", first.at + timedelta(minutes=3)))
    snoozed = replace(acknowledged, snooze=Snooze(NOW + timedelta(hours=2), "U0BEN00001", "batchbot-rule"))
    here = replace(rung, snooze=Snooze(NOW + timedelta(hours=2), "U0BEN00001"))
    jobs = [
        Waiting(f"reviews-{n}", "U0CY00001", "queued", NOW if n else None, "https://a.slack.com/x") for n in range(5)
    ]
    around = views.Around(week=3, jobs=jobs, late=timedelta(minutes=16), no_picture="No picture: CloudWatch is slow.")
    people("backlog-acknowledged", views.card(acknowledged, now=NOW, model_name=pretty, around=around))
    people("backlog-snoozed", views.card(snoozed, now=NOW, model_name=pretty))
    people("backlog-snoozed-here", views.card(here, now=NOW, model_name=pretty))
    unsure = replace(acknowledged, alarm=replace(first, state=INSUFFICIENT, value=None, reason="No data."))
    people("backlog-acknowledged-unsure", views.card(unsure, now=NOW, model_name=pretty))
    closed = replace(snoozed, closed_at=NOW, alarm=replace(first, state=OK, at=NOW))
    people("backlog-recovered-snoozed", views.card(closed, now=NOW, model_name=pretty))


def test_flapping_stands_on_the_card_and_its_replies() -> None:
    first = backlog()
    states = [ALARM, OK, ALARM, OK]
    flapped = over(*(replace(first, state=s, at=first.at + timedelta(minutes=5 * n)) for n, s in enumerate(states)))
    again = replace(flapped, closed_at=None, alarm=replace(first, at=first.at + timedelta(minutes=10)))
    snapshot("flapping-firing", views.card(again, now=NOW, model_name=pretty))
    snapshot("flapping-recovered", views.card(flapped, now=NOW, model_name=pretty))
    snapshot("flapping-again-reply", views.again_reply(again))
    snapshot("flapping-settled-reply", views.settled_reply(flapped))


def test_a_digest_and_its_replies() -> None:
    names = [("one", ALARM), ("two", ALARM), ("three", OK), ("four", INSUFFICIENT)]
    episodes = [begin(backlog(name=name, key=name, state=state))[0] for name, state in names]
    episodes[1] = replace(episodes[1], acknowledged=Acknowledged("U0ANA00001", NOW))
    began = NOW - timedelta(minutes=4)
    found = Gathered("digest:C1:1", began, NOW, over=False, episodes=[(e, n == 1) for n, e in enumerate(episodes)])
    table = digest_views.card(found, NOW, "Europe/Berlin")
    assert not check_message({"text": table.text, "blocks": table.blocks})
    same_as_before(SNAPSHOTS, "digest", table)
    snapshot("digest-over", digest_views.over_reply(found))
    people("digest-acknowledged", digest_views.acknowledged_reply("U0ANA00001", ["one", "two"]))


def test_what_is_said_to_one_person() -> None:
    episode = replace(over(backlog()), acknowledged=Acknowledged("U0ANA00001", NOW))
    people("told-history", control_views.history(episode.alarm, [episode], 3, NOW))
    people("told-may-not", control_views.may_not(["U0ANA00001", "S0OPS"]))
    people("told-here-only", control_views.here_only(episode, NOW + timedelta(hours=2), "A permission <x> is missing."))
    form = control_views.snooze_form(episode, "C0HERE")
    assert check_view(form) == []
    same_as_before(SNAPSHOTS, "snooze-form", form)


def people(name: str, message: Message) -> None:
    """As ``snapshot``, where people are named: without them it holds all that a message must."""
    same_as_before(SNAPSHOTS, name, message)
    nameless = re.sub(r"<@U0[A-Z]+00001>|<https://a.slack.com/x.[a-z0-9-]+>", "somebody", json.dumps(message.blocks))
    check(Message(message.text, json.loads(nameless)))


def test_no_data_during_an_episode_keeps_it_open() -> None:
    first = backlog()
    unsure = backlog(at=first.at + timedelta(minutes=5), state=INSUFFICIENT, value=None, reason="Insufficient Data: 1.")
    snapshot("backlog-unsure", views.card(over(first, unsure), now=NOW, model_name=pretty))


def test_topics_begin_and_end_without_any_address() -> None:
    for kind in ("SubscriptionConfirmation", "UnsubscribeConfirmation"):
        message = views.topic_notice(kind, TOPIC)
        assert "http" not in message.text + text_of(message)
        snapshot(f"topic-{kind}", message)


def test_a_picture_comes_below_the_headline() -> None:
    picture = image("F123", "Records pending rose")
    message = views.firing(begin(backlog())[0], now=NOW, around=views.Around(picture=picture))
    assert [block["type"] for block in message.blocks] == ["section", "image", "context", "actions"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "*18,400* records pending, limit 15,000 (23 % over)"),
        ({"metric": "NumberOfTokensPendingProcessing"}, "*18,400* tokens pending, limit 15,000 (23 % over)"),
        ({"metric": "NumberOfOutputTokensProcessedPerMinute"}, "*18,400* output tokens per minute, limit 15,000"),
        ({"comparison": "LessThanThreshold", "value": 3.0, "threshold": 10.0}, "should be at least 10 (70 % under)"),
        ({"comparison": "LessThanLowerThreshold", "value": 0.25, "threshold": 1.0}, "expected at least 1 (75 % under)"),
        ({"threshold": 0.0}, "*18,400* records pending, limit 0"),
        ({"threshold": None, "comparison": None}, "*18,400* records pending"),
        ({"threshold": 100.0}, "limit 100 (184 times as much)"),
        ({"threshold": 18399.0}, "limit 18,399 (just over)"),
        (
            {"metric": "CPUUtilization", "namespace": "AWS/EC2", "unit": "Percent", "value": 93.25, "threshold": 80.0},
            "CPUUtilization is *93.25 %*, limit 80 % (17 % over)",
        ),
        ({"namespace": "Mine"}, "NumberOfRecordsPendingProcessing is *18,400*, limit 15,000"),
        ({"metric": None}, "Now *18,400*, limit 15,000"),
        ({"value": None, "reason": "No data came."}, "No data came."),
        ({"value": 1e300, "threshold": 1e-9}, "*1e+300* records pending"),
    ],
)
def test_the_number_against_its_limit(changes: dict[str, Any], words: str) -> None:
    message = views.firing(begin(backlog(**changes))[0], now=NOW)
    check(message)
    assert words in message.blocks[0]["text"]["text"]


@pytest.mark.parametrize(
    ("arn", "host"),
    [
        ("arn:aws:cloudwatch:us-east-1:111122223333:alarm:a", "<https://console.aws.amazon.com/"),
        ("arn:aws-cn:cloudwatch:cn-north-1:111122223333:alarm:a", "<https://console.amazonaws.cn/"),
        ("arn:aws-us-gov:cloudwatch:us-gov-west-1:111122223333:alarm:a", "<https://console.amazonaws-us-gov.com/"),
        ("arn:aws-iso:cloudwatch:us-iso-east-1:111122223333:alarm:a", "batch-backlog"),
    ],
)
def test_the_name_links_to_the_partitions_console(arn: str, host: str) -> None:
    message = views.firing(begin(backlog(arn=arn))[0], now=NOW)
    assert f"  ·  {host}" in message.blocks[0]["text"]["text"]


def test_names_are_percent_encoded_in_the_link() -> None:
    message = views.firing(begin(backlog(name="über/a|b> *c*"))[0], now=NOW)
    check(message)
    assert "alarm/%C3%BCber%2Fa%7Cb%3E%20%2Ac%2A|" in message.blocks[0]["text"]["text"]


def test_a_name_too_long_to_link_is_still_shown() -> None:
    message = views.firing(begin(backlog(name="\u00e9" * 1000))[0], now=NOW)
    check(message)
    assert "<http" not in text_of(message)
    assert "\u00e9" * 100 in message.blocks[0]["text"]["text"]
    assert "records pending" in message.blocks[0]["text"]["text"]


def test_without_a_region_the_name_is_no_link() -> None:
    assert "<http" not in text_of(views.firing(begin(backlog(region=None, arn=None))[0], now=NOW))


def test_unknown_states_are_shown_as_they_came() -> None:
    message = views.card(begin(backlog(state="SUPPRESSED"))[0], now=NOW)
    assert "*SUPPRESSED" in message.blocks[0]["text"]["text"]


def test_a_peak_is_the_lowest_where_too_little_is_the_trouble() -> None:
    first = backlog(comparison="LessThanThreshold", value=8.0, threshold=10.0)
    second = replace(first, at=first.at + timedelta(minutes=1), value=2.0)
    end = replace(first, at=first.at + timedelta(minutes=2), value=30.0, state=OK)
    assert "Lowest 2 records pending, should be at least 10" in views.recovery_reply(over(first, second, end)).text


@pytest.mark.parametrize(
    "body", ["&" * 9000, "<" * 9000, "*" * 9000, "`" * 9000, "a\n" * 5000, "x" * 9000, "```\n<!channel>"]
)
@pytest.mark.parametrize("exact", [True, False])
def test_long_bodies_fit_and_close_what_they_open(*, body: str, exact: bool) -> None:
    message = notice_view(Notice("text", "T", AT, body=body, exact=exact), topic=TOPIC)
    check(message)
    shown = message.blocks[1]["text"]["text"]
    assert not exact or (shown.startswith("```") and shown.endswith("```") and shown.count("```") == 2)


def test_a_state_of_alarm_says_so_in_the_text() -> None:
    message = views.firing(begin(backlog())[0], now=NOW, model_name=pretty)
    assert message.text == (
        "ALARM batch-backlog-sonnet: 18,400 records pending on Claude Sonnet 4.5, limit 15,000 (23 % over), "
        "in alarm for 42 min."
    )
    assert backlog().state == ALARM
