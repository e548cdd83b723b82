"""What SNS lost is raised and what recovered unseen is closed, against CloudWatch on the wire; nothing is told twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import structlog

from bot.alarms import described
from bot.alarms.alarm import Alarm
from bot.alarms.described import NOTE
from bot.alarms.episode import begin
from bot.alarms.missed import GONE, GRACE, lost_ring
from bot.alarms.reconcile import Reconciliation
from bot.alarms.service import Alarms
from bot.alarms.store import episodes
from bot.aws.alarm_states import AlarmStates
from bot.db import Database
from bot.slack.cards import cards
from playground.aws import AwsServer
from tests.wire import NOW, Time, aws_client, one_store, opened, rows

TOPIC = "arn:aws:sns:us-east-1:111122223333:bedrock-batch-alarms"
NOVA = "amazon.nova-pro-v1:0"
QUERY = 'SELECT MAX(NumberOfRecordsPendingProcessing) FROM SCHEMA("AWS/Bedrock/Batch", ModelId) GROUP BY ModelId'
LATER = GRACE.total_seconds() + 1


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    with opened(database_url) as found:
        yield found


@pytest.fixture
def time() -> Time:
    return Time()


class World:
    """An account, the bot's alarms, and the messages that SNS would deliver, held back until a test lets them go."""

    def __init__(self, db: Database, aws: AwsServer, time: Time) -> None:
        self.db, self.aws, self.time = db, aws, time
        self.lost: list[str] = []
        aws.cloudwatch.publish = self._hold
        self.client = aws_client(aws, "cloudwatch")
        self.alarms = Alarms(db, [], ["C0ALARMS"], names=str, nudge=lambda _: None, confirm=lambda *_: None)
        self.worked: list[float] = []

    def _hold(self, topic: str, message: str, subject: str, alarm: str) -> None:
        self.lost.append(message)

    def alarm(self, name: str = "backlog", **more: Any) -> None:
        """Make a metric alarm that tells the bot's topic of its ring alone, as many do."""
        known: dict[str, Any] = {
            "AlarmActions": [TOPIC], "Namespace": "AWS/Bedrock/Batch", "MetricName": "NumberOfRecordsPendingProcessing",
            "Dimensions": [{"Name": "ModelId", "Value": NOVA}], "Statistic": "Average", "Period": 300,
            "EvaluationPeriods": 1, "Threshold": 100.0, "ComparisonOperator": "GreaterThanThreshold",
        }  # fmt: skip
        self.client.put_metric_alarm(AlarmName=name, **known | more)

    def grouped(self) -> None:
        """Make one alarm over all models."""
        query = {"Id": "q1", "Expression": QUERY, "Period": 300, "ReturnData": True}
        self.client.put_metric_alarm(
            AlarmName="all-models",
            AlarmActions=[TOPIC],
            Metrics=[query],
            EvaluationPeriods=1,
            Threshold=100.0,
            ComparisonOperator="GreaterThanThreshold",
        )

    def deliver(self) -> None:
        """What SNS held arrives after all."""
        for number, message in enumerate(self.lost):
            at = self.time()
            body = {"topic": TOPIC, "timestamp": at.isoformat(), "message": message, "subject": None}
            self.alarms.receive(f"M{number}-{at.timestamp()}", body, at, at)
        self.lost.clear()

    def clock(self) -> Reconciliation:
        states = AlarmStates(lambda: self.client, lambda: aws_client(self.aws, "sts"))
        every = timedelta(minutes=5)
        return Reconciliation(self.db, states, [TOPIC], self.alarms.observe, every=every, worked=self.worked.append)

    def look(self, *, after: float = LATER) -> None:
        self.time.after(after)
        self.clock().look(self.time())

    @property
    def episodes(self) -> list[Any]:
        return rows(self.db, episodes)

    @property
    def open(self) -> list[Any]:
        return [row for row in self.episodes if row.closed_at is None]

    def told(self, row: Any) -> dict[str, Any]:
        """The alarm as an episode has it last."""
        return dict(json.loads(row.alarm))


@pytest.fixture
def world(db: Database, time: Time) -> Iterator[World]:
    with AwsServer(clock=time, background=False) as aws:
        yield World(db, aws, time)


# --- raising ----------------------------------------------------------------------------------------------------------


def test_a_lost_ring_is_raised_with_all_that_is_known(world: World) -> None:
    """As SNS would have told it, with the time of the change and a note of who saw it."""
    world.alarm()
    world.aws.cloudwatch.ring("backlog", 180)
    world.look()
    [episode] = world.episodes
    told = world.told(episode)
    assert (episode.opened_at, episode.closed_at, episode.rings) == (NOW, None, 1)
    assert (told["kind"], told["state"], told["note"]) == ("metric", "ALARM", NOTE)
    assert (told["model_id"], told["threshold"], told["value"]) == (NOVA, 100.0, 180.0)
    [card] = rows(world.db, cards)
    assert card.key == f"alarm:{episode.id}"


def test_sns_has_its_chance_first(world: World) -> None:
    world.alarm()
    world.aws.cloudwatch.ring("backlog", 180)
    world.look(after=GRACE.total_seconds() - 1)
    assert world.episodes == []
    world.look(after=1)
    assert len(world.open) == 1


def test_what_sns_told_makes_no_second_card(world: World) -> None:
    """However often it is looked at, before and after the end."""
    world.alarm(OKActions=[TOPIC])
    world.aws.cloudwatch.ring("backlog", 180)
    world.deliver()
    for _ in range(3):
        world.look()
    world.aws.cloudwatch.recover("backlog")
    world.deliver()
    for _ in range(3):
        world.look()
    [episode] = world.episodes
    assert (episode.rings, episode.flaps) == (1, 0)
    assert NOTE not in episode.alarm
    assert len(rows(world.db, cards)) == 1


def test_what_sns_tells_late_after_all_is_the_same_ring(world: World) -> None:
    world.alarm(OKActions=[TOPIC])
    world.aws.cloudwatch.ring("backlog", 180)
    world.look()
    world.deliver()
    assert [row.rings for row in world.episodes] == [1]
    world.aws.cloudwatch.recover("backlog")
    world.look()
    world.deliver()
    [episode] = world.episodes
    assert (episode.rings, episode.closed_at is None) == (1, False)


def test_two_workers_raise_one_card(world: World) -> None:
    world.alarm()
    world.aws.cloudwatch.ring("backlog", 180)
    now = world.time.after(LATER)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: world.clock().look(now), range(4)))
    assert [row.rings for row in world.episodes] == [1]
    assert len(rows(world.db, cards)) == 1


def test_a_second_ring_after_an_end_that_was_told_is_raised(world: World) -> None:
    world.alarm(OKActions=[TOPIC])
    world.aws.cloudwatch.ring("backlog", 180)
    world.deliver()
    world.time.after(60)
    world.aws.cloudwatch.recover("backlog")
    world.deliver()
    world.time.after(3600)
    world.aws.cloudwatch.ring("backlog", 300)
    world.look()
    assert len(world.episodes) == 2
    assert len(world.open) == 1


def test_an_old_answer_of_cloudwatch_raises_nothing_again() -> None:
    """A ring that is older than the end that SNS told is that end's own."""
    ring = described.read(shown())
    assert ring is not None
    later = NOW + timedelta(hours=1)
    assert lost_ring(None, ring, later)
    over = replace(begin(ring)[0], alarm=replace(ring, state="OK", at=ring.at + timedelta(minutes=1)), closed_at=later)
    assert not lost_ring(over, ring, later)
    assert lost_ring(over, replace(ring, at=ring.at + timedelta(minutes=2)), later)


@one_store
@pytest.mark.parametrize(
    "quiet",
    [
        {"AlarmActions": []},
        {"AlarmActions": ["arn:aws:sns:us-east-1:111122223333:others"]},
        {"AlarmActions": [], "OKActions": [TOPIC]},
        {"ActionsEnabled": False},
    ],
)
def test_what_was_not_to_be_told_is_not_raised(world: World, quiet: dict[str, Any]) -> None:
    """Others' alarms, those that tell of their end alone, and those whose actions are switched off."""
    world.alarm(**quiet)
    world.aws.cloudwatch.ring("backlog", 180)
    world.look()
    assert world.episodes == []


def test_a_muted_alarm_is_not_raised_and_is_when_the_mute_is_over(world: World) -> None:
    world.alarm()
    schedule = {"Expression": f"at({NOW - timedelta(minutes=1):%Y-%m-%dT%H:%M})", "Duration": "PT1H"}
    world.client.put_alarm_mute_rule(Name="quiet", Rule={"Schedule": schedule}, MuteTargets={"AlarmNames": ["backlog"]})
    world.aws.cloudwatch.ring("backlog", 180)
    world.look()
    assert world.episodes == []
    world.look(after=3600)
    assert len(world.open) == 1


def test_where_mute_rules_may_not_be_read_a_lost_ring_is_raised_all_the_same(world: World) -> None:
    world.alarm()
    world.aws.cloudwatch.ring("backlog", 180)
    world.aws.faults.deny("cloudwatch.ListAlarmMuteRules")
    world.look()
    assert len(world.open) == 1


# --- closing ----------------------------------------------------------------------------------------------------------


def test_an_end_that_nobody_told_is_closed(world: World) -> None:
    """An alarm without an action for its end would ring on the card for ever."""
    world.alarm()
    world.aws.cloudwatch.ring("backlog", 180)
    world.deliver()
    at = world.time.after(600)
    world.aws.cloudwatch.recover("backlog")
    world.look(after=30)
    assert len(world.open) == 1
    world.look()
    [episode] = world.episodes
    assert episode.closed_at == at
    assert world.told(episode)["note"] == NOTE


def test_an_alarm_without_data_is_no_longer_said_to_ring(world: World) -> None:
    world.alarm()
    world.aws.cloudwatch.ring("backlog", 180)
    world.deliver()
    world.time.after(60)
    world.client.set_alarm_state(AlarmName="backlog", StateValue="INSUFFICIENT_DATA", StateReason="no data")
    world.look()
    [episode] = world.open
    assert world.told(episode)["state"] == "INSUFFICIENT_DATA"


def test_a_deleted_alarm_is_closed_with_a_word_when_it_stays_away(world: World) -> None:
    world.alarm()
    world.aws.cloudwatch.ring("backlog", 180)
    world.deliver()
    world.client.delete_alarms(AlarmNames=["backlog"])
    world.look()
    assert len(world.open) == 1
    world.look()
    [episode] = world.episodes
    assert episode.closed_at == NOW + timedelta(seconds=LATER)
    assert world.told(episode)["note"] == GONE
    world.look()
    assert len(world.episodes) == 1


def test_an_alarm_that_was_away_for_one_look_is_not_closed(world: World) -> None:
    """A single answer without it proves nothing."""
    world.alarm()
    world.aws.cloudwatch.ring("backlog", 180)
    world.deliver()
    gone = world.aws.cloudwatch.alarms.pop("backlog")
    world.look()
    world.aws.cloudwatch.alarms["backlog"] = gone
    world.look()
    world.aws.cloudwatch.alarms.pop("backlog")
    world.look()
    assert len(world.open) == 1


def test_an_alarm_that_tells_somebody_else_by_now_is_still_closed(world: World) -> None:
    world.alarm()
    world.aws.cloudwatch.ring("backlog", 180)
    world.deliver()
    world.alarm(AlarmActions=[])
    world.time.after(60)
    world.aws.cloudwatch.recover("backlog")
    world.look()
    assert world.open == []


@one_store
@pytest.mark.parametrize("place", [("999988887777", "us-east-1"), ("111122223333", "eu-west-1")])
def test_alarms_of_other_accounts_and_regions_are_left_alone(world: World, place: tuple[str, str]) -> None:
    """They cannot be seen from here, which does not mean that they are gone."""
    account, region = place
    world.alarm()
    world.aws.cloudwatch.ring("backlog", 180)
    world.lost = [m.replace("111122223333", account).replace("us-east-1", region) for m in world.lost]
    world.deliver()
    [episode] = world.open
    assert (world.told(episode)["account"], world.told(episode)["region"]) == place
    world.client.delete_alarms(AlarmNames=["backlog"])
    for _ in range(3):
        world.look()
    assert len(world.open) == 1


# --- the other kinds --------------------------------------------------------------------------------------------------


def test_each_series_of_a_grouped_alarm_rings_and_ends_by_itself(world: World) -> None:
    world.grouped()
    for letter in "ab":
        world.aws.cloudwatch.ring("all-models", 500, {"ModelId": f"acme.{letter}-v1:0"})
    world.look()
    found = {world.told(row)["model_id"]: world.told(row) for row in world.open}
    assert found.keys() == {"acme.a-v1:0", "acme.b-v1:0"}
    assert {told["kind"] for told in found.values()} == {"insights"}
    world.deliver()
    assert [row.rings for row in world.episodes] == [1, 1]
    world.aws.cloudwatch.recover("all-models", 5, {"ModelId": "acme.a-v1:0"})
    world.look()
    world.look()
    [left] = world.open
    assert world.told(left)["model_id"] == "acme.b-v1:0"
    world.deliver()
    assert len(world.open) == 1


def test_contributors_that_may_not_be_read_end_nothing(world: World) -> None:
    world.grouped()
    world.aws.cloudwatch.ring("all-models", 500, {"ModelId": "acme.a-v1:0"})
    world.deliver()
    world.aws.faults.deny("cloudwatch.DescribeAlarmContributors")
    for _ in range(3):
        world.look()
    assert len(world.open) == 1


def test_composite_alarms_are_raised_with_their_rule_and_suppressed_ones_are_not(world: World) -> None:
    world.alarm("child", AlarmActions=[])
    world.alarm("holiday", AlarmActions=[])
    rule = {"AlarmRule": "ALARM(child)", "AlarmActions": [TOPIC]}
    world.client.put_composite_alarm(AlarmName="any", **rule)
    held = {"ActionsSuppressor": "holiday", "ActionsSuppressorWaitPeriod": 60, "ActionsSuppressorExtensionPeriod": 60}
    world.client.put_composite_alarm(AlarmName="held", **rule, **held)
    world.aws.cloudwatch.ring("holiday", 180)
    world.aws.cloudwatch.ring("child", 180)
    world.look()
    [episode] = world.open
    told = world.told(episode)
    assert (told["name"], told["kind"], told["rule"]) == ("any", "composite", "ALARM(child)")
    assert [child["name"] for child in told["children"]] == ["child"]


def test_more_alarms_than_one_page_are_all_seen(world: World) -> None:
    for number in range(120):
        world.alarm(f"a{number:03}")
        if number % 10 == 0:
            world.aws.cloudwatch.ring(f"a{number:03}", 180)
    world.look()
    assert len(world.open) == 12
    world.aws.cloudwatch.alarms.clear()
    world.look()
    world.look()
    assert world.open == []


def shown(**more: Any) -> dict[str, Any]:
    """An entry of DescribeAlarms."""
    base = {
        "AlarmName": "x", "AlarmArn": "arn:aws:cloudwatch:us-east-1:111122223333:alarm:x", "StateValue": "ALARM",
        "StateReason": "because", "StateTransitionedTimestamp": NOW.replace(microsecond=123456),
    }  # fmt: skip
    return base | more


LOG = {
    "QueryString": "fields @message", "AggregationExpression": "count(*)",
    "LogGroupIdentifiers": ["arn:aws:logs:us-east-1:111122223333:log-group:/aws/batch:*"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("entry", "kind"),
    [
        ({"MetricName": "m", "Namespace": "n", "Threshold": 0.0, "Metrics": []}, "metric"),
        ({"Metrics": [{"Id": "e1", "Expression": "m1*2"}]}, "math"),
        (
            {"Metrics": [{"Id": "ad1", "Expression": "ANOMALY_DETECTION_BAND(m1)"}], "ThresholdMetricId": "ad1"},
            "anomaly",
        ),
        ({"AlarmRule": "ALARM(y)", "StateReasonData": "no json"}, "composite"),
        ({"ScheduledQueryConfiguration": LOG, "Threshold": 1.0}, "log"),
    ],
)
def test_every_type_is_read_as_its_kind(entry: dict[str, Any], kind: str) -> None:
    alarm = described.read(shown(**entry))
    assert isinstance(alarm, Alarm)
    assert (alarm.kind, alarm.state, alarm.reason is not None) == (kind, "ALARM", True)
    assert alarm.at == NOW.replace(microsecond=123000)
    assert (alarm.key, alarm.account, alarm.region) == (alarm.arn, "111122223333", "us-east-1")
    assert not described.is_grouped(shown(**entry))


def test_a_promql_series_is_read_with_its_labels() -> None:
    entry = shown(EvaluationCriteria={"PromQLCriteria": {"Query": "up == 0", "PendingPeriod": 60}})
    assert described.is_grouped(entry)
    changed = {"StateTransitionedTimestamp": NOW}
    alarm = described.read(entry, changed | {"ContributorId": "c1", "ContributorAttributes": {"job": "x"}})
    assert alarm is not None
    assert (alarm.kind, alarm.contributor, alarm.query) == ("promql", {"job": "x"}, "up == 0")
    assert alarm.key.endswith("#c1")


def test_what_has_no_time_is_left_out() -> None:
    assert described.read(shown(StateTransitionedTimestamp=None)) is None


# --- the clock --------------------------------------------------------------------------------------------------------


def test_a_missing_permission_is_logged_once_and_posts_nothing(world: World) -> None:
    """The figure says that nobody looks; `doctor` names the statement."""
    world.alarm()
    world.aws.cloudwatch.ring("backlog", 180)
    world.aws.faults.deny("cloudwatch.DescribeAlarms")
    clock = world.clock()
    with structlog.testing.capture_logs() as logs:
        for _ in range(3):
            clock.tick(world.time.after(301))
    assert [log["event"] for log in logs] == ["alarm.check_failed"]
    assert "cloudwatch:DescribeAlarms" in logs[0]["reason"]
    assert rows(world.db, cards) == []
    world.aws.faults.clear()
    clock.tick(world.time.after(301))
    assert world.worked == [0.0, 0.0, 0.0, 1.0]
    assert len(world.open) == 1


def test_the_clock_looks_every_five_minutes_for_all_workers_together(world: World) -> None:
    one, other = world.clock(), world.clock()
    for clock in (one, other, one):
        clock.tick(world.time.after(5))
    assert world.worked == [1.0]
    other.tick(world.time.after(300))
    assert world.worked == [1.0, 1.0]
