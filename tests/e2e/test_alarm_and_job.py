"""An alarm and the jobs on its model as people see them: each card shows the other, and the alarm has its picture."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from playground.slack import Message
from tests.alarms.samples import sample
from tests.harness import World

MODEL = "anthropic.claude-haiku-4-5-20251001-v1:0"
PROFILE = f"arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.{MODEL}"
RECORDS = "NumberOfRecordsPendingProcessing"

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def backlog(state: str, at: datetime, account: str) -> dict[str, Any]:
    """The alarm on a profile of the model that the job runs on."""
    body: dict[str, Any] = json.loads(sample("metric_alarm.json" if state == "ALARM" else "metric_ok.json"))
    body |= {"AlarmName": "batch-backlog", "NewStateValue": state, "AWSAccountId": account}
    body |= {"AlarmArn": f"arn:aws:cloudwatch:us-east-1:{account}:alarm:batch-backlog"}
    body["Trigger"] |= {"MetricName": RECORDS, "Dimensions": [{"name": "ModelId", "value": PROFILE}], "Period": 300}
    body["Trigger"] |= {"Threshold": 50_000.0}
    body |= {"StateChangeTime": at.strftime("%Y-%m-%dT%H:%M:%S.000+0000")}
    return body


def images(card: Message) -> list[Any]:
    return [block for block in card.blocks if block["type"] == "image"]


def test_each_card_shows_the_other_and_the_alarm_has_its_picture(world: World) -> None:
    """Whatever form the model's id has; when it is over the job's card forgets it."""
    bot = world.bot()
    aws, now = world.aws, datetime.now(UTC)
    aws.cloudwatch.put(PROFILE, RECORDS, [(now - timedelta(minutes=5 * n), 60_000.0 - 1000 * n) for n in range(1, 40)])
    world.say(f"submit {world.records()} model=haiku-4-5 name=docs-1")
    world.card("docs-1", "queued for validation")
    assert world.post(bot, world.notification(backlog("ALARM", now - timedelta(minutes=2), aws.account))) == 200
    card = world.card("batch-backlog", "docs-1", channel=world.alarms)
    assert f"<@{world.person('ana').id}>" in json.dumps(card.blocks)
    world.sees(lambda: images(card) or None)
    assert "crossed the limit of 50,000" in images(card)[0]["alt_text"]
    world.card("docs-1", "rings on this model")
    assert world.post(bot, world.notification(backlog("OK", now, aws.account))) == 200
    world.sees(lambda: "rings on this model" not in world.card("docs-1").words or None)


def test_a_picture_that_cannot_be_had_is_said_in_one_line(world: World) -> None:
    """The card stays, and Amazon is asked once."""
    bot = world.bot()
    world.aws.faults.deny("cloudwatch.GetMetricData")
    now = datetime.now(UTC)
    assert world.post(bot, world.notification(backlog("ALARM", now, world.aws.account))) == 200
    card = world.card("batch-backlog", "No picture", "cloudwatch:GetMetricData", channel=world.alarms)
    assert images(card) == []
    assert sum(call.operation == "GetMetricData" for call in world.aws.calls) == 1
