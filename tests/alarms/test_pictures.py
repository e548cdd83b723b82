"""Pictures of alarms from CloudWatch to Slack: each kind is drawn, and what cannot be drawn says why, once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from bot.alarms import store
from bot.alarms.alarm import Alarm
from bot.alarms.episode import Episode, begin
from bot.alarms.graph import Graph, alt_text
from bot.alarms.kinds import understand
from bot.alarms.pictures import AlarmPictures
from bot.aws.alarm_data import AlarmData
from bot.aws.modelids import pretty
from bot.db import Database
from bot.errors import AwsDenied, AwsUnavailable, NoPicture
from bot.slack import cards
from bot.slack.cards import PICTURE_FAILED, PICTURE_READY, PICTURE_WANTED
from bot.slack.pictures import Pictures
from playground.aws import AwsServer
from playground.slack import SlackServer
from tests.alarms.samples import alarm as sample
from tests.wire import NOW, Time, aws_client, opened, rows, slack_of, slack_server

HAIKU = "anthropic.claude-haiku-4-5-20251001-v1:0"
NOVA = "amazon.nova-pro-v1:0"
RECORDS, INPUT = "NumberOfRecordsPendingProcessing", "NumberOfInputTokensProcessedPerMinute"
FIVE = timedelta(minutes=5)
OURS = "111122223333"


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with opened(f"sqlite:///{tmp_path / 'batchbot.db'}") as found:
        yield found


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture(scope="module")
def account() -> Iterator[AwsServer]:
    """One account for all tests of this file; its clock stands."""
    with AwsServer(clock=lambda: NOW, background=False) as found:
        yield found


@pytest.fixture
def aws(account: AwsServer) -> AwsServer:
    """The backlog of Haiku rose over the last day and Nova's stands; throughput is what it always was but for the end."""
    account.faults.clear()
    put = account.cloudwatch.put
    past = range(1, 12 * 24 * 3)
    put(HAIKU, RECORDS, [(NOW - FIVE * n, 20_000.0 - 400 * min(n, 40)) for n in past])
    put(NOVA, RECORDS, [(NOW - FIVE * n, 500.0) for n in past])
    put(HAIKU, INPUT, [(NOW - FIVE * n, 100.0 if n < 6 else 900_000.0 + 1000 * (n % 7)) for n in past])
    del account.calls[:]
    return account


@pytest.fixture
def pictures(db: Database, aws: AwsServer) -> AlarmPictures:
    clients: dict[str, Any] = {}

    def client(service: str, region: str | None) -> Any:
        assert region in {None, aws.region}
        return clients.setdefault(service, aws_client(aws, service))

    return AlarmPictures(db, AlarmData(client), names=pretty, zone="Europe/Zurich")


def metric(name: str, model: str, stat: str = "Average", **more: Any) -> dict[str, Any]:
    dimensions = [{"name": "ModelId", "value": model}]
    told = {"Namespace": "AWS/Bedrock/Batch", "MetricName": name, "Dimensions": dimensions}
    return {"Id": "m1", "MetricStat": {"Metric": told, "Period": 300, "Stat": stat}, "ReturnData": True} | more


def rang(trigger: dict[str, Any], ago: timedelta = timedelta(minutes=20), **more: Any) -> Alarm:
    """An alarm as SNS brings it, so long ago."""
    body = {
        "AlarmName": "batch-backlog",
        "AWSAccountId": OURS,
        "AlarmArn": f"arn:aws:cloudwatch:us-east-1:{OURS}:alarm:batch-backlog",
        "NewStateValue": "ALARM",
        "NewStateReason": "Threshold Crossed",
        "StateChangeTime": (NOW - ago).isoformat(),
        "Trigger": {"Period": 300, "EvaluationPeriods": 2, "ComparisonOperator": "GreaterThanThreshold"} | trigger,
    } | more
    found = understand(json.dumps(body), None, NOW)
    assert isinstance(found, Alarm)
    return found


BACKLOG = {
    "MetricName": RECORDS, "Namespace": "AWS/Bedrock/Batch", "Statistic": "AVERAGE", "Threshold": 15_000.0,
    "Dimensions": [{"name": "ModelId", "value": HAIKU}],
}  # fmt: skip


def keep(db: Database, alarm: Alarm, **more: Any) -> Episode:
    episode = replace(begin(alarm)[0], **more)
    with db.write() as tx:
        store.lock_latest(tx, alarm.key)
        store.add(tx, episode, store.Place())
    return episode


def seen(pictures: AlarmPictures, alarm: Alarm, **more: Any) -> tuple[Graph, str]:
    """What is drawn of an alarm, and its alternative text."""
    graph = pictures.graph(replace(begin(alarm)[0], **more), NOW)
    return graph, alt_text(graph)


def test_a_metric_with_its_threshold_the_time_in_alarm_and_what_tripped_it(pictures: AlarmPictures) -> None:
    graph, told = seen(pictures, rang(BACKLOG))
    assert graph.title == "batch-backlog  ·  Claude Haiku 4.5"
    assert (graph.unit, graph.threshold, graph.threshold_label) == ("records pending", 15_000.0, "limit 15,000")
    assert [line.name for line in graph.lines] == ["average over 5 min"]
    assert graph.firing == ((NOW - timedelta(minutes=20), None),)
    assert [(NOW - point.at, point.value) for point in graph.tripped] == [(FIVE * 6, 17_600.0), (FIVE * 5, 18_000.0)]
    assert (graph.lines[0].points[-1].at, len(graph.lines[0].points)) == (NOW - FIVE, 36)
    assert told.endswith("crossed the limit of 15,000 at 09:30 Europe/Zurich; in alarm for 20 min.")


def test_metric_math_shows_what_is_compared_and_not_its_inputs(pictures: AlarmPictures) -> None:
    share = {"Id": "e1", "Expression": "m1 / 25000", "Label": "share of the quota", "ReturnData": True}
    metrics = {"Metrics": [share, metric(RECORDS, HAIKU, ReturnData=False)], "Threshold": 0.6}
    graph, _ = seen(pictures, rang(metrics))
    assert [line.name for line in graph.lines] == ["share of the quota"]
    assert max(point.value for point in graph.lines[0].points) == pytest.approx(19_600 / 25_000)
    assert graph.threshold == 0.6


def test_an_anomaly_has_its_band(pictures: AlarmPictures) -> None:
    band = {"Id": "ad1", "Expression": "ANOMALY_DETECTION_BAND(m1, 2)", "Label": "expected", "ReturnData": True}
    metrics = {
        "Metrics": [metric(INPUT, HAIKU), band], "ThresholdMetricId": "ad1", "ComparisonOperator": "LessThanLowerThreshold",
    }  # fmt: skip
    graph, told = seen(pictures, rang(metrics))
    assert graph.threshold is None
    assert len(graph.band) >= 30
    assert all(low <= high for _, low, high in graph.band)
    assert [point.value for point in graph.tripped] == [100.0]
    assert "left the expected band" in told


def test_a_contributor_alone_is_drawn(pictures: AlarmPictures) -> None:
    query = {
        "Id": "q1", "Period": 300, "ReturnData": True,
        "Expression": f'SELECT MAX({RECORDS}) FROM SCHEMA("AWS/Bedrock/Batch", ModelId) GROUP BY ModelId',
    }  # fmt: skip
    who: dict[str, Any] = {"AlarmContributorId": "c1", "AlarmContributorAttributes": {"ModelId": HAIKU}}
    graph, _ = seen(pictures, rang({"Metrics": [query], "Threshold": 15_000.0}, **who))
    assert graph.title == "batch-backlog  ·  Claude Haiku 4.5"
    assert graph.lines[0].points[-1].value == 19_600.0


def test_of_a_group_the_one_that_rings_is_drawn(pictures: AlarmPictures) -> None:
    """Where it cannot be asked for by itself, its label tells it from the others."""
    query = {
        "Id": "q1", "Period": 300, "ReturnData": True,
        "Expression": f'SELECT MAX({RECORDS}) FROM "AWS/Bedrock/Batch" GROUP BY ModelId',
    }  # fmt: skip
    who: dict[str, Any] = {"AlarmContributorId": "c1", "AlarmContributorAttributes": {"ModelId": HAIKU}}
    graph, _ = seen(pictures, rang({"Metrics": [query], "Threshold": 400.0}, **who))
    assert graph.lines[0].points[-1].value == 19_600.0


def test_too_little_and_the_end_of_it(pictures: AlarmPictures) -> None:
    low = BACKLOG | {"MetricName": INPUT, "ComparisonOperator": "LessThanThreshold", "Threshold": 1000.0}
    graph, told = seen(pictures, rang(low), closed_at=NOW - FIVE)
    assert "fell from" in told
    assert told.endswith("was in alarm for 15 min.")
    assert graph.firing[0][1] == NOW - FIVE
    assert graph.threshold_label == "should be at least 1,000"


def test_a_period_that_has_not_ended_is_left_out(pictures: AlarmPictures) -> None:
    """Half a period looks like a fall."""
    graph, _ = seen(pictures, rang(BACKLOG | {"Period": 21_600, "Threshold": 5000.0}))
    assert graph.lines[0].period == timedelta(hours=6)
    assert all(point.at + timedelta(hours=6) <= NOW for point in graph.lines[0].points)
    assert graph.until - graph.since >= timedelta(days=9)
    graph, _ = seen(pictures, rang(BACKLOG | {"Period": 86_400 * 7, "Threshold": 5000.0}))
    assert graph.lines[0].points, "half a period is better than nothing"


def test_the_same_account_is_asked_for_once(aws: AwsServer, pictures: AlarmPictures) -> None:
    for _ in range(2):
        seen(pictures, rang(BACKLOG))
    operations = [call.operation for call in aws.calls]
    assert (operations.count("GetMetricData"), operations.count("GetCallerIdentity")) == (2, 1)


@pytest.mark.parametrize(
    ("alarm", "words"),
    [
        (rang(BACKLOG, AWSAccountId="999988887777", AlarmArn=None), "belongs to account 999988887777"),
        (rang(BACKLOG | {"Dimensions": [{"name": "ModelId", "value": "none"}]}), "has no datapoints of this metric"),
        (sample("composite.json"), "combines other alarms"),
    ],
)
def test_what_cannot_be_drawn_says_why(db: Database, pictures: AlarmPictures, alarm: Alarm, words: str) -> None:
    key = f"alarm:{keep(db, alarm).id}"
    with pytest.raises(NoPicture, match=words):
        pictures.draw(key, NOW)


def test_a_change_that_never_rang_has_none(db: Database, pictures: AlarmPictures) -> None:
    assert pictures.draw(f"alarm:{keep(db, sample('metric_ok.json'), rings=0).id}", NOW) is None
    assert pictures.draw("alarm:none", NOW) is None


# --- on the card ------------------------------------------------------------------------------------------------------


@pytest.fixture
def server(time: Time) -> Iterator[SlackServer]:
    with slack_server(time) as found:
        yield found


@pytest.fixture
def maker(db: Database, server: SlackServer, pictures: AlarmPictures) -> Pictures:
    return Pictures(db, slack_of(server), {"alarm": pictures.draw})


def wish(db: Database, alarm: Alarm) -> None:
    """A card that stands, and wants its picture."""
    key = f"alarm:{keep(db, alarm).id}"
    with db.write() as tx:
        cards.want(tx, key, ["C1"], NOW)
        tx.execute(cards.cards.update().values(ts="1.1", channel="C1", shown=1))
        cards.want_picture(tx, key, NOW)


def work(maker: Pictures, now: datetime) -> int:
    due = maker.due(now)
    for one in due:
        maker.make(one.key, now)
    return len(due)


def card(db: Database) -> Any:
    [found] = rows(db, cards.cards)
    return found


def test_it_is_uploaded_with_its_point_in_words(db: Database, server: SlackServer, maker: Pictures) -> None:
    wish(db, rang(BACKLOG))
    assert work(maker, NOW) == 1
    [file] = server.workspace.files.values()
    assert file.alt_text.startswith("Records pending rose from ")
    assert (card(db).picture, card(db).picture_file, card(db).wanted) == (PICTURE_READY, file.id, 2)


def test_a_missing_permission_is_said_at_once_and_not_tried_again(
    db: Database, aws: AwsServer, maker: Pictures
) -> None:
    aws.faults.deny("cloudwatch.GetMetricData")
    wish(db, rang(BACKLOG))
    work(maker, NOW)
    assert card(db).picture == PICTURE_FAILED
    assert "No picture: Amazon does not allow me to read the metric of this alarm" in card(db).picture_note
    assert "cloudwatch:GetMetricData" in card(db).picture_note
    assert card(db).wanted == 2
    assert work(maker, NOW + timedelta(hours=1)) == 0


def test_what_has_no_picture_says_so_at_once(db: Database, maker: Pictures) -> None:
    wish(db, sample("composite.json"))
    work(maker, NOW)
    note = "No picture: A composite alarm combines other alarms and has no metric of its own."
    assert (card(db).picture, card(db).picture_note) == (PICTURE_FAILED, note)


def test_a_busy_amazon_is_tried_again(db: Database, aws: AwsServer, maker: Pictures) -> None:
    aws.faults.throttle("cloudwatch.GetMetricData", times=1)
    wish(db, rang(BACKLOG))
    work(maker, NOW)
    assert card(db).picture == PICTURE_WANTED
    work(maker, NOW + timedelta(minutes=1))
    assert card(db).picture == PICTURE_READY


# --- Amazon's awkward answers -----------------------------------------------------------------------------------------


@pytest.fixture
def stub() -> Iterator[Stubber]:
    secrets = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
    client = boto3.client("cloudwatch", region_name="us-east-1", **secrets)  # type: ignore[call-overload]
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def data(stub: Stubber) -> AlarmData:
    class Sts:
        def get_caller_identity(self) -> dict[str, str]:
            return {"Arn": f"arn:aws:iam::{OURS}:user/bot", "Account": OURS}

    return AlarmData(lambda service, _: Sts() if service == "sts" else stub.client)


def page(*results: tuple[str, str, str, list[float]], token: str = "") -> dict[str, Any]:
    found = [
        {"Id": key, "Label": label, "StatusCode": status, "Values": values,
         "Timestamps": [NOW - FIVE * (9 - n) for n in range(len(values))]}
        for key, label, status, values in results
    ]  # fmt: skip
    return {"MetricDataResults": found} | ({"NextToken": token} if token else {})


def test_pages_are_put_together_by_id_and_label(stub: Stubber) -> None:
    stub.add_response("get_metric_data", page(("ad1", "low", "PartialData", [1.0]), token="n"))
    stub.add_response("get_metric_data", page(("ad1", "low", "Complete", [2.0]), ("ad1", "high", "Complete", [9.0])))
    found = data(stub).read(
        [{"Id": "m1", "Expression": "SELECT MAX(a) FROM b", "Period": 300}], NOW - FIVE, NOW
    )  # fmt: skip
    assert [(one.label, [value for _, value in one.pairs], one.status) for one in found] == [
        ("low", [1.0, 2.0], "Complete"),
        ("high", [9.0], "Complete"),
    ]


@pytest.mark.parametrize(("status", "error"), [("Forbidden", AwsDenied), ("InternalError", AwsUnavailable)])
def test_a_failure_without_data_is_a_failure(stub: Stubber, status: str, error: type[Exception]) -> None:
    stub.add_response("get_metric_data", page(("m1", "x", status, [])))
    with pytest.raises(error):
        data(stub).read([{"Id": "m1", "Expression": "1"}], NOW - FIVE, NOW)


def stubbed(stub: Stubber, db: Database, alarm: Alarm, answer: dict[str, Any]) -> Graph:
    stub.add_response("get_metric_data", answer)
    return AlarmPictures(db, data(stub), names=pretty, zone="UTC").graph(begin(alarm)[0], NOW)


def test_a_part_of_the_data_is_drawn_and_said(stub: Stubber, db: Database) -> None:
    graph = stubbed(stub, db, rang(BACKLOG), page(("q1", "x", "PartialData", [1.0, 2.0])))
    assert [point.value for point in graph.lines[0].points] == [1.0, 2.0]
    assert graph.note == "CloudWatch gave only a part of the data"


def test_a_band_is_told_by_its_two_values_whatever_they_are_called(stub: Stubber, db: Database) -> None:
    """Both come under one id, and nobody promises their order or their labels."""
    band = {"Id": "ad1", "Expression": "ANOMALY_DETECTION_BAND(m1, 2)", "ReturnData": True}
    answer = page(
        ("ad1", "same", "Complete", [9.0, 8.0, 7.0]),
        ("m1", "x", "Complete", [5.0, 5.0]),
        ("ad1", "same", "Complete", [1.0, 2.0]),
    )
    alarm = rang({"Metrics": [metric(INPUT, HAIKU), band], "ThresholdMetricId": "ad1"})
    graph = stubbed(stub, db, alarm, answer)
    assert [(low, high) for _, low, high in graph.band] == [(1.0, 9.0), (2.0, 8.0)]


def test_an_alarm_that_rang_again_says_how_often(stub: Stubber, db: Database) -> None:
    stub.add_response("get_metric_data", page(("q1", "x", "Complete", [1.0])))
    episode = replace(begin(rang(BACKLOG))[0], rings=4, flaps=3)
    graph = AlarmPictures(db, data(stub), names=pretty, zone="UTC").graph(episode, NOW)
    assert graph.note == "rang 4 times, shaded from the first to the last"
