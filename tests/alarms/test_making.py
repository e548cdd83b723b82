"""Alarms made, changed, listed and deleted through the door, in an account that answers like Amazon's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from playground.aws import AwsServer
from playground.slack import Message, View
from tests.e2e.conftest import account, aws, nursery
from tests.harness import Nursery, World

__all__ = ["account", "aws", "nursery"]

HAIKU = "anthropic.claude-3-haiku-20240307-v1:0"
NOVA = "amazon.nova-pro-v1:0"
PENDING = "NumberOfRecordsPendingProcessing"
PAGER = "arn:aws:sns:us-east-1:111122223333:pager"


@pytest.fixture
def lone(nursery: Nursery, aws: AwsServer, tmp_path: Path) -> Iterator[World]:
    """One store is enough: how rows are kept is tried elsewhere. Two models have a week behind them."""
    aws.cloudwatch.evaluate_seconds = 86_400
    aws.cloudwatch.backfill(days=7, models=[HAIKU, NOVA])
    with World(nursery, aws, f"sqlite:///{tmp_path / 'batchbot.db'}", tmp_path) as made:
        made.bot(operators=made.person("ana").id)
        yield made
    for name in [one["AlarmName"] for one in described(aws)]:
        aws.client("cloudwatch").delete_alarms(AlarmNames=[name])
    aws.cloudwatch.dashboards.clear()


def described(aws: AwsServer) -> list[dict[str, Any]]:
    """The metric alarms of the account."""
    return [dict(one) for one in aws.client("cloudwatch").describe_alarms()["MetricAlarms"]]


def one(aws: AwsServer, name: str) -> dict[str, Any]:
    """One of them."""
    return next(alarm for alarm in described(aws) if alarm["AlarmName"] == name)


def form(world: World, words: str, who: str = "ana") -> View:
    """Wait for the form that shows these words."""
    person = world.person(who)

    def look() -> View | None:
        view = person.view
        return view if view is not None and words in json.dumps([view.body, view.blocks], ensure_ascii=False) else None

    return world.sees(look)


def values(view: View) -> dict[str, str]:
    """What stands in the fields, by field."""
    found = {}
    for block in view.blocks:
        element = block.get("element") or {}
        state = view.values.get(block["block_id"], {}).get(str(element.get("action_id")), {})
        chosen = state.get("selected_option") or element.get("initial_option") or {}
        found[block["block_id"].split(".")[0]] = str(
            state.get("value") or chosen.get("value") or element.get("initial_value") or ""
        )
    return found


def block_of(view: View, field: str) -> str:
    """The block id that a field has now."""
    return next(str(b["block_id"]) for b in view.blocks if b["block_id"].split(".")[0] == field)


def draft(world: World, *words: str) -> Message:
    """Wait for the card of the draft with all these words."""

    def look() -> Message | None:
        found = [m for m in world.jobs.messages if all(w in m.words for w in words)]
        return found[0] if found else None

    return world.sees(look)


# --- one line ---------------------------------------------------------------------------------------------------------


def test_an_alarm_in_one_line(lone: World, aws: AwsServer) -> None:
    """Looked up, previewed with its week, cost and picture; written on a yes, read back; nothing before that."""
    said = lone.say('alarm create preset=backlog model="Claude 3 Haiku" threshold=15000')
    assert "Nothing is written yet" in said.words
    card = draft(lone, "Draft", "batch-backlog-claude-3-haiku")
    assert "average of records pending on Claude 3 Haiku above 15,000 in 3 of 3 periods of 5 min" in card.words
    assert "In the last 7 days it would" in card.words
    assert "about $0.10 a month" in card.words
    assert f"<#{lone.alarms.id}> by bedrock-batch-alarms" in card.words
    assert described(aws) == []
    lone.sees(lambda: "slack_file" in json.dumps(card.blocks) or None)
    lone.person("ana").press(card, "draft_write")
    lone.sees(lambda: "Read back from CloudWatch: as asked." in card.words or None)
    alarm = one(aws, "batch-backlog-claude-3-haiku")
    assert (alarm["Threshold"], alarm["Period"], alarm["TreatMissingData"]) == (15000.0, 300, "notBreaching")
    assert alarm["Dimensions"] == [{"Name": "ModelId", "Value": HAIKU}]
    assert alarm["AlarmActions"] == alarm["OKActions"] == [aws.sns.default_topic]
    tags = aws.client("cloudwatch").list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"]
    assert {"Key": "owner", "Value": lone.person("ana").id} in tags
    assert "draft_write" not in json.dumps(card.blocks)


def test_a_threshold_nobody_gave_comes_from_history(lone: World, aws: AwsServer) -> None:
    """Said so; a model without history gets the default, said so too."""
    lone.say("alarm create backlog nova pro")
    assert "the 95th percentile of the last 7 days" in draft(lone, "batch-backlog-nova-pro").words
    lone.say("alarm create backlog gpt oss")
    card = draft(lone, "batch-backlog-gpt-oss-120b")
    assert "a default: there is no history" in card.words
    assert "There is no data of the last 7 days" in card.words


@pytest.mark.parametrize("preset", ["stalled", "slow", "drained", "tokens", "models", "anomaly"])
def test_the_other_presets_are_written_as_well(lone: World, aws: AwsServer, preset: str) -> None:
    """An expression over two metrics, a floor, six hours at once, one for all models."""
    lone.say(f"alarm create {preset} {'' if preset == 'models' else 'claude 3 haiku'} name=made-{preset}")
    card = draft(lone, f"made-{preset}", "Rings:")
    lone.person("ana").press(card, "draft_write")
    lone.sees(lambda: "Read back from CloudWatch: as asked." in card.words or None)
    assert one(aws, f"made-{preset}")


def test_refusals_stand_in_the_answer(lone: World) -> None:
    """With the field, and nothing is stored."""
    assert "model: Which model?" in lone.say("alarm create preset=backlog").words
    assert "I do not know “colour=”" in lone.say("alarm create colour=red").words
    assert "After alarm comes create" in lone.say("alarm paint").words


def test_who_may_not_is_told_whom_to_ask(lone: World, aws: AwsServer) -> None:
    """By word and by button; looking is open to everyone."""
    ana, cy = lone.person("ana"), lone.person("cy")
    for words in (
        "alarm",
        "alarm create backlog claude 3 haiku",
        "alarm edit x",
        "alarm disable x",
        "alarm delete x",
        "dashboard",
    ):
        said = lone.say(words, who="ben").words
        assert f"<@{ana.id}>" in said, words
        assert f"<@{cy.id}>" in said, words
    lone.say("alarm create backlog claude 3 haiku")
    card = draft(lone, "batch-backlog-claude-3-haiku", "Rings:")
    for action in ("draft_write", "draft_change", "draft_cancel"):
        lone.person("ben").press(card, action)
    lone.told("ben", "You may not change alarms")
    lone.say("alarms", who="ben")
    lone.told("ben", "No alarm fits")
    assert described(aws) == []
    assert "Draft" in card.words


# --- the form ---------------------------------------------------------------------------------------------------------


def test_the_form_proposes_and_keeps_what_was_typed(lone: World, aws: AwsServer) -> None:
    """Another preset or model brings its own values, but never over a person's."""
    ana = lone.person("ana")
    ana.slash("/batch", "alarm create", "ml-jobs")
    view = form(lone, "The threshold is")
    assert values(view)["threshold"] not in {"", "10,000"}
    assert f"<#{lone.alarms.id}>" in json.dumps(view.blocks)
    nova = next(o["value"] for o in _options(view, "model") if o["text"]["text"] == "Nova Pro")
    ana.choose(view, "alarm_plan.model", nova)
    view = form(lone, "batch-backlog-nova-pro")
    lone.sees(lambda: "The threshold is" in json.dumps(form(lone, "nova-pro").blocks) or None)
    view = form(lone, "batch-backlog-nova-pro")
    ana.choose(view, "period", "900", block_id=block_of(view, "period"))
    ana.choose(view, "alarm_plan.preset", "slow")
    view = form(lone, "batch-slow-nova-pro")
    kept = values(view)
    assert (kept["period"], kept["comparison"], kept["evaluation"]) == ("900", "LessThanThreshold", "3 of 4")
    ana.choose(view, "alarm_plan.preset", "stalled")
    view = form(lone, "batch-stalled-nova-pro")
    assert "threshold" not in values(view)


def _options(view: View, field: str) -> list[dict[str, Any]]:
    return list(next(b for b in view.blocks if b["block_id"].split(".")[0] == field)["element"]["options"])


def test_a_form_with_faults_stays_open(lone: World, aws: AwsServer) -> None:
    """The sentences stand at their fields, and a corrected form is taken."""
    ana = lone.person("ana")
    ana.slash("/batch", "alarm create", "ml-jobs")
    view = form(lone, "The threshold is")
    threshold, evaluation = block_of(view, "threshold"), block_of(view, "evaluation")
    ana.submit({threshold: "lots", evaluation: "9 of 3", block_of(view, "name"): "my-alarm"})
    assert set(view.errors) == {threshold, evaluation}
    assert "no number I understand" in view.errors[threshold]
    ana.submit({threshold: "12k", evaluation: "2 of 3"})
    assert ana.view is None
    card = draft(lone, "my-alarm", "above 12,000 in 2 of 3")
    ana.press(card, "draft_change")
    view = form(lone, "Change the draft")
    assert values(view)["threshold"] in {"12k", "12000"}
    ana.submit({block_of(view, "threshold"): "13k"})
    lone.sees(lambda: "above 13,000" in card.words or None)
    ana.press(card, "draft_cancel")
    lone.sees(lambda: "Nothing was written" in card.words or None)
    assert described(aws) == []


def test_an_old_button_writes_nothing(lone: World, aws: AwsServer) -> None:
    """The card that somebody looked at is the only thing that he said yes to."""
    ana = lone.person("ana")
    lone.say("alarm create backlog claude 3 haiku threshold=5 name=changed")
    card = draft(lone, "changed", "above 5")
    value = next(e["value"] for b in card.blocks for e in b.get("elements", []) if e.get("action_id") == "draft_write")
    ana.press(card, "draft_change")
    view = form(lone, "Change the draft")
    ana.submit({block_of(view, "threshold"): "6"})
    lone.sees(lambda: "above 6" in card.words or None)
    new = next(e["value"] for b in card.blocks for e in b.get("elements", []) if e.get("action_id") == "draft_write")
    assert new != value


# --- one that exists --------------------------------------------------------------------------------------------------


def strange(aws: AwsServer, name: str = "prod-backlog", **more: Any) -> None:
    """An alarm that somebody made elsewhere."""
    aws.client("cloudwatch").put_metric_alarm(
        AlarmName=name, AlarmDescription="call Ana", Namespace="AWS/Bedrock/Batch", MetricName=PENDING,
        Dimensions=[{"Name": "ModelId", "Value": HAIKU}], Statistic="Maximum", Period=120, EvaluationPeriods=4,
        DatapointsToAlarm=2, Threshold=7.0, ComparisonOperator="GreaterThanThreshold", TreatMissingData="ignore",
        AlarmActions=[PAGER], InsufficientDataActions=[PAGER], **more,
    )  # fmt: skip


def test_an_edit_reads_first_and_shows_what_changes(lone: World, aws: AwsServer) -> None:
    """Old beside new; what the form does not show is written back as it was."""
    strange(aws)
    before, ana = one(aws, "prod-backlog"), lone.person("ana")
    ana.slash("/batch", "alarm edit prod-backlog", "ml-jobs")
    view = form(lone, "What you do not see here stays as it is.")
    assert values(view)["threshold"] == "7"
    ana.submit({"threshold": "9", "evaluation": "3 of 4"})
    card = draft(lone, "a change of", "prod-backlog")
    assert "threshold: 7 → *9*" in card.words
    assert "datapoints to ring: 2 → *3*" in card.words
    assert "description" not in card.words
    ana.press(card, "draft_write")
    lone.sees(lambda: "Read back from CloudWatch: as asked." in card.words or None)
    after = one(aws, "prod-backlog")
    assert (after["Threshold"], after["DatapointsToAlarm"]) == (9.0, 3)
    same = ("AlarmDescription", "Statistic", "Period", "AlarmActions", "InsufficientDataActions", "TreatMissingData")
    assert {key: after[key] for key in same} == {key: before[key] for key in same}


def test_a_change_meanwhile_is_not_overwritten(lone: World, aws: AwsServer) -> None:
    """Somebody else's word stands."""
    strange(aws)
    ana = lone.person("ana")
    ana.slash("/batch", "alarm edit prod-backlog", "ml-jobs")
    form(lone, "What you do not see here stays as it is.")
    ana.submit({"threshold": "9"})
    card = draft(lone, "a change of", "prod-backlog")
    aws.client("cloudwatch").disable_alarm_actions(AlarmNames=["prod-backlog"])
    ana.press(card, "draft_write")
    lone.sees(lambda: "Somebody else changed the alarm meanwhile" in card.words or None)
    assert one(aws, "prod-backlog")["Threshold"] == 7.0


def test_an_alarm_of_that_name_is_never_overwritten(lone: World, aws: AwsServer) -> None:
    """Said in the draft; and where it appeared after the draft, instead of writing."""
    ana = lone.person("ana")
    lone.say("alarm create backlog claude 3 haiku threshold=5 name=prod-backlog")
    card = draft(lone, "prod-backlog", "Rings:")
    strange(aws)
    ana.press(card, "draft_write")
    lone.sees(lambda: "I overwrite nothing" in card.words or None)
    assert one(aws, "prod-backlog")["Threshold"] == 7.0
    lone.say("alarm create backlog nova pro threshold=6 name=prod-backlog")
    second = draft(lone, "There is an alarm of that name already. Choose another name")
    assert "draft_write" not in json.dumps(second.blocks)


def test_an_alarm_nobody_knows_is_said_to_be_unknown(lone: World) -> None:
    """In the form, and by whisper with the nearest names."""
    lone.person("ana").slash("/batch", "alarm edit nothing-like-it", "ml-jobs")
    form(lone, "I know no alarm “nothing-like-it”. /batch alarms lists all.")


# --- the list ---------------------------------------------------------------------------------------------------------


def test_all_alarms_with_their_state(lone: World, aws: AwsServer) -> None:
    """What fires comes first; the list is narrowed by state, model and words."""
    strange(aws, "quiet")
    strange(aws, "loud", ActionsEnabled=False)
    aws.client("cloudwatch").set_alarm_state(AlarmName="loud", StateValue="ALARM", StateReason="test")
    lone.say("alarms")
    said = lone.told("ana", "2 alarms")
    assert said.words.index("loud") < said.words.index("quiet")
    assert "🔴 ALARM" in said.words
    assert "actions off" in said.words
    assert "highest of records pending on Claude 3 Haiku above 7 in 2 of 4 periods of 2 min" in said.words
    lone.say("alarms state=alarm model=haiku lou")
    assert "quiet" not in lone.told("ana", "1 alarm, 1 of the first 1").words
    lone.say("alarms model=nova")
    lone.told("ana", "No alarm fits")


def test_a_muted_alarm_is_marked(lone: World, aws: AwsServer) -> None:
    """By CloudWatch's own mute rules; without the right to see them the list says so and is there."""
    strange(aws, "loud")
    strange(aws, "quiet")
    now = datetime.now(UTC)
    rule = {"Schedule": {"Expression": f"at({now:%Y-%m-%dT%H:%M})", "Duration": "PT2H", "Timezone": "UTC"}}
    aws.client("cloudwatch").put_alarm_mute_rule(Name="hush", Rule=rule, MuteTargets={"AlarmNames": ["quiet"]})
    lone.say("alarms")
    said = lone.told("ana", "2 alarms").words
    assert "🔕 muted" in said[said.index("quiet") :]
    assert "🔕 muted" not in said[: said.index("quiet")]
    aws.client("cloudwatch").delete_alarm_mute_rule(AlarmMuteRuleName="hush")
    aws.faults.deny("cloudwatch.ListAlarmMuteRules")
    lone.say("alarms")
    lone.told("ana", "Which of them are muted I cannot see")


def test_switching_and_deleting_from_the_list(lone: World, aws: AwsServer) -> None:
    """Off and on by the menu; deleting asks first."""
    strange(aws)
    ana = lone.person("ana")
    lone.say("alarms")
    said = lone.told("ana", "prod-backlog")
    menu = {o["text"]["text"]: o["value"] for b in said.blocks for o in (b.get("accessory") or {}).get("options", [])}
    ana.choose(said, "alarm_do", menu["Disable its actions"])
    lone.told("ana", "The actions of prod-backlog are off")
    assert one(aws, "prod-backlog")["ActionsEnabled"] is False
    lone.say("alarm enable prod-backlog")
    lone.told("ana", "The actions of prod-backlog are on")
    ana.choose(said, "alarm_do", menu["Delete…"])
    asked = lone.told("ana", "Nobody hears of it any more")
    assert one(aws, "prod-backlog")
    ana.press(asked, "alarm_delete")
    lone.told("ana", "The alarm prod-backlog is deleted")
    assert described(aws) == []
    lone.say("alarm disable prod-backlock")
    lone.told("ana", "I know no alarm “prod-backlock”")


def test_what_is_not_allowed_names_the_permission(lone: World, aws: AwsServer) -> None:
    """On the card, in the list and in the form."""
    lone.say("alarm create backlog claude 3 haiku threshold=5 name=denied")
    card = draft(lone, "denied", "Rings:")
    aws.faults.deny("cloudwatch.PutMetricAlarm")
    lone.person("ana").press(card, "draft_write")
    lone.sees(lambda: "cloudwatch:PutMetricAlarm" in card.words or None)
    assert "Not written" in card.words
    aws.faults.clear()
    aws.faults.deny("cloudwatch.DescribeAlarms")
    lone.say("alarms")
    lone.told("ana", "cloudwatch:DescribeAlarms")
    aws.faults.clear()
    lone.person("ana").press(card, "draft_write")
    lone.sees(lambda: "Created" in card.words or None)


# --- the dashboard ----------------------------------------------------------------------------------------------------


def test_the_dashboard_is_made_and_refreshed(lone: World, aws: AwsServer) -> None:
    """With every model and alarm; what somebody added stays; the card has the way there and a picture."""
    strange(aws)
    lone.say("dashboard")
    card = draft(lone, "Dashboard batchbot", "created: 2 models and 1 alarm.")
    lone.sees(lambda: "slack_file" in json.dumps(card.blocks) or None)
    body = json.loads(aws.client("cloudwatch").get_dashboard(DashboardName="batchbot")["DashboardBody"])
    body["widgets"].append(
        {"type": "text", "x": 0, "y": 99, "width": 6, "height": 2, "properties": {"markdown": "mine"}}
    )
    aws.client("cloudwatch").put_dashboard(DashboardName="batchbot", DashboardBody=json.dumps(body))
    lone.say("dashboard")
    again = draft(lone, "refreshed: 2 models and 1 alarm.")
    assert "1 widget that you added stayed" in again.words
    now = json.loads(aws.client("cloudwatch").get_dashboard(DashboardName="batchbot")["DashboardBody"])
    assert len(now["widgets"]) == len(body["widgets"])
    assert now["widgets"][-1]["properties"] == {"markdown": "mine"}
