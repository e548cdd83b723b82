"""What each kind says on its card beyond state and number; kept as JSON in ``snapshots/kinds``."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.alarms import kind_views, views
from bot.alarms.alarm import Alarm, Notice
from bot.alarms.kinds import understand
from bot.slack.blocks import Message, context, section
from tests.snapshots import same_as_before

from .checks import check, check_line
from .samples import AT, EXPECTED, NAMES, alarm, sample, understood

SNAPSHOTS = Path(__file__).parent / "snapshots" / "kinds"
TOPIC = "arn:aws:sns:us-east-1:111122223333:bedrock-batch-alarms"
CONSOLE = "https://console.aws.amazon.com/cloudwatch/home?region=us-east-1#alarmsV2:alarm"


def pretty(model: str) -> str:
    return "Claude Sonnet 4.5" if "sonnet-4-5" in model else model


def lines(name: str, **changes: Any) -> list[str]:
    return kind_views.lines(replace(alarm(name), **changes), pretty)


@pytest.mark.parametrize("name", [name for name in NAMES if EXPECTED[name] != "job"])
def test_every_kind_says_what_it_said(name: str) -> None:
    found = understood(name)
    if isinstance(found, Notice):
        message = views.notice(found, topic=TOPIC)
        check(message)
        same_as_before(SNAPSHOTS, Path(name).stem, message)
        return
    assert isinstance(found, Alarm)
    told, facts = kind_views.lines(found, pretty), kind_views.facts(found)
    for line in [*told, *facts]:
        check_line(line)
    check(Message("x", [section("\n".join(told) or "–"), context(*facts, "–")]))
    same_as_before(SNAPSHOTS, Path(name).stem, {"lines": told, "facts": facts})


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("insights_contributor.json", "3 of 3 datapoints over the limit within 15 min"),
        ("metric_math.json", "6 of 6 datapoints over the limit within 30 min"),
        ("log_alarm.json", "3 of 5 query results over the limit"),
        ("anomaly.json", "2 of 3 datapoints under the usual band within 45 min (usual at least 201,344)"),
        ("anomaly_both_sides.json", "2 of 3 datapoints under the usual band within 45 min (usual 30.25 to 80.5)"),
        ("insights_contributor.json", "Rings for *Claude Sonnet 4.5* alone; every model of this alarm rings by itself"),
        (
            "promql_contributor.json",
            "Rings for *team: data-platform* alone; every contributor to this alarm rings by itself",
        ),
        ("log_alarm.json", "`count(*)` over the log lines of `/aws/lambda/batch-prep`"),
        ("log_alarm.json", "Query: `fields @timestamp, @message | filter @message like /ERROR/`"),
        (
            "metric_math.json",
            (
                "*stalled* is `IF(FILL(m1,0) &gt; 0 AND FILL(m2,0) == 0, 1, 0)`, "
                "where `m1` is records pending, `m2` is input tokens per minute"
            ),
        ),
        (
            "composite.json",
            (
                f"Rings when 🔴 <{CONSOLE}/bedrock-batch-stalled|bedrock-batch-stalled> or "
                f"<{CONSOLE}/bedrock-batch-input-tokens-high|bedrock-batch-input-tokens-high> rings"
            ),
        ),
        (
            "composite_suppressed_event.json",
            "🔕 Its actions are held back for 2 min in case deployment-window rings too",
        ),
        ("metric_missing_data.json", "No data for 15 min, which counts as breaching (should be at least 20,000)"),
        ("metric_missing_data.json", "⚠️ CloudWatch judged by a part of the data only: too many metrics match"),
    ],
)
def test_the_words_of_a_kind(name: str, line: str) -> None:
    assert line in lines(name)


def test_what_a_metric_alarm_says_in_its_headline_is_not_said_again() -> None:
    assert lines("metric_alarm.json") == []


def test_an_alarm_that_is_over_does_not_count_datapoints() -> None:
    assert not any("datapoint" in line for line in lines("insights_contributor.json", state="OK"))


@pytest.mark.parametrize(
    ("comparison", "words"),
    [
        ("LessThanThreshold", "under the limit"),
        ("LessThanOrEqualToThreshold", "at the limit or under"),
        ("GreaterThanOrEqualToThreshold", "at the limit or over"),
    ],
)
def test_on_which_side_of_the_limit(comparison: str, words: str) -> None:
    assert f"3 of 3 datapoints {words} within 15 min" in lines("insights_contributor.json", comparison=comparison)


@pytest.mark.parametrize(("rule", "line"), [("TRUE", "Rings always"), ("ALARM(", "Rule: `ALARM(`")])
def test_rules_of_few_words(rule: str, line: str) -> None:
    assert line in lines("composite.json", rule=rule)


def test_a_rule_of_many_alarms_fits() -> None:
    names = [f"bedrock-batch-<!channel>-{place:03}" for place in range(100)]
    (line,) = lines("composite.json", rule=" OR ".join(f'ALARM("{name}")' for name in names))
    check_line(line)
    assert line.startswith("Rings when bedrock-batch-&lt;!channel&gt;-000, ")
    assert line.endswith("…")


def test_a_rule_of_some_alarms_names_them_without_links() -> None:
    names = [f"bedrock-batch-{place:03}" for place in range(12)]
    (line,) = lines("composite.json", rule=" OR ".join(f'ALARM("{name}")' for name in names), children=())
    assert line.startswith("Rings when bedrock-batch-000, bedrock-batch-001, ")
    assert line.endswith("bedrock-batch-010 or bedrock-batch-011 rings")


def test_tags_and_missing_data_are_facts() -> None:
    assert kind_views.facts(alarm("metric_alarm_with_tags.json")) == ["team: data-platform"]
    assert kind_views.facts(alarm("metric_missing_data.json")) == ["no data counts as breaching"]


def test_contributors_that_ring_together_are_counted() -> None:
    first = alarm("insights_contributor.json")
    nova, haiku = (replace(first, contributor={"ModelId": model}) for model in ("Nova Lite", "Claude Haiku"))
    assert kind_views.among(first, [], pretty) == ""
    assert kind_views.among(first, [nova], pretty) == "The second model that rings: Nova Lite rings too"
    told = kind_views.among(first, [nova, haiku], pretty)
    assert told == "The third model that rings: Nova Lite and Claude Haiku ring too"
    many = [replace(first, contributor={"ModelId": f"m{place}"}) for place in range(12)]
    assert kind_views.among(first, many, pretty) == "The 13th model that rings: m0, m1, m2 and 9 more ring too"
    team = alarm("promql_contributor.json")
    assert kind_views.among(team, [team]) == "The second contributor that rings: team: data-platform rings too"
    assert kind_views.among(alarm("metric_alarm.json"), [nova]) == ""


def test_a_notification_shows_its_markup_but_pings_and_links_nowhere() -> None:
    found = understood("custom_notification_markdown.json")
    assert isinstance(found, Notice)
    message = views.notice(found, topic=TOPIC)
    assert message.blocks[0]["text"]["text"] == "📣 *:rotating_light: Nightly summaries are late*"
    body = message.blocks[1]["text"]["text"]
    assert body.startswith(
        "*3 of 40* shards are missing @\u200bhere, @\u200bana knows why.\n  • shard `07`: its log (`https:"
    )
    assert "<https://us-east-1.console.aws.amazon.com/s3/buckets/batch-in|its input>" in body
    assert message.text.startswith(":rotating_light: Nightly summaries are late: 3 of 40 shards are missing")


def test_a_notification_of_another_text_type_is_text() -> None:
    data = json.loads(sample("custom_notification_markdown.json"))
    data["content"]["textType"] = "plain"
    found = understand(json.dumps(data), None, AT)
    assert isinstance(found, Notice)
    assert (
        "*\u200b3 of 40*\u200b shards are missing &lt;!here&gt;"
        in views.notice(found, topic=TOPIC).blocks[1]["text"]["text"]
    )


def test_a_lone_arn_in_a_notice_can_be_copied() -> None:
    found = understood("auto_scaling_event.json")
    assert isinstance(found, Notice)
    shown = views.notice(found, topic=TOPIC).blocks[2]["text"]["text"]
    assert shown.startswith("*Resource*  `arn:aws:autoscaling:us-east-1:111122223333:autoScalingGroup:")
