"""`batchbot doctor`: a healthy world is fine; each thing that is broken has its line, its fix and exit code 1."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from playground.slack import SlackServer
from tests.operator.worlds import ROOT, TOPIC, OperatorWorld

Break = Callable[[OperatorWorld], object]


def test_a_healthy_world_is_fine(world: OperatorWorld) -> None:
    """Everything was looked at, nothing is to do, and nothing was written."""
    world.healthy()
    world.aws.calls.clear()
    said = world.run("doctor")
    assert said.code == 0, said.out
    assert all(line.startswith("✅") for line in said.lines[:-2]), said.out
    assert said.lines[-1] == f"{len(said.lines) - 2} fine."
    assert world.writes() == []
    looked_at = {line.removeprefix("✅ ").split(":", 1)[0].split(" ", 1)[0] for line in said.lines[:-2]}
    assert looked_at == {
        "Settings", "Database", "Slack", "Scopes", "AWS", "Channel", "Permission", "Topic", "Job", "Address",
    }  # fmt: skip


def test_it_says_nothing_that_is_secret(world: OperatorWorld) -> None:
    """No token, no signing secret, no key."""
    world.healthy()
    world.set(SLACK_BOT_TOKEN="xoxb-very-secret", BATCHBOT_DATABASE_URL="postgresql://me:hush@127.0.0.1:1/no")
    out = world.run("doctor").out + world.run("doctor", "--json").out
    secrets = [world.slack.env()["SLACK_SIGNING_SECRET"], world.aws.env()["AWS_SECRET_ACCESS_KEY"]]
    assert not [secret for secret in [*secrets, "very-secret", "hush"] if secret in out]


# --- AWS ---------------------------------------------------------------------------------------------------------------

ESSENTIAL = {
    "bedrock.ListModelInvocationJobs": "bedrock:ListModelInvocationJobs",
    "bedrock.GetModelInvocationJob": "bedrock:GetModelInvocationJob",
    "cloudwatch.ListMetrics": "cloudwatch:ListMetrics",
    "cloudwatch.GetMetricData": "cloudwatch:GetMetricData",
    "cloudwatch.DescribeAlarms": "cloudwatch:DescribeAlarms",
    "s3.ListObjectsV2": "s3:ListBucket",
    "s3.HeadObject": "s3:GetObject",
    "bedrock.CreateModelInvocationJob": "bedrock:CreateModelInvocationJob",
    "iam.PassRole": "iam:PassRole",
    "sns.Publish": "sns:Publish",
}


@pytest.mark.parametrize("operation", ESSENTIAL)
def test_a_missing_permission_is_named_with_its_statement(world: OperatorWorld, operation: str) -> None:
    """The action, what it is for, and the statement as JSON to paste."""
    world.healthy().aws.faults.deny(operation)
    said = world.run("doctor", "--json")
    action = ESSENTIAL[operation]
    found = [f for f in said.report["findings"] if f["level"] == "broken"]
    assert (said.code, said.report["exit_code"]) == (1, 1)
    assert found
    for one in found:
        assert action in one["sentence"]
        assert one["statement"]["Effect"] == "Allow"
        assert one["statement"]["Action"] == action
        assert "statement" in one["fix"]


@pytest.mark.parametrize("action", ["PutAlarmMuteRule", "PutMetricAlarm", "PutDashboard", "ListAlarmMuteRules"])
def test_a_permission_that_one_can_do_without_is_a_warning(world: OperatorWorld, action: str) -> None:
    """It says what is lost, and the bot is not called broken."""
    world.healthy().aws.faults.deny(f"cloudwatch.{action}")
    said = world.run("doctor")
    assert said.code == 0
    assert said.line("⚠️", f"cloudwatch:{action} is not allowed")
    assert f'"Action": "cloudwatch:{action}"' in said.out


def test_the_missing_statement_names_the_resource(world: OperatorWorld) -> None:
    """Least privilege, ready to paste."""
    world.healthy().aws.faults.deny("iam.PassRole")
    [found] = [f for f in world.run("doctor", "--json").report["findings"] if f["level"] == "broken"]
    assert found["statement"] == {
        "Sid": "PassTheRole",
        "Effect": "Allow",
        "Action": "iam:PassRole",
        "Resource": "arn:aws:iam::111122223333:role/BedrockBatchRole",
        "Condition": {"StringEquals": {"iam:PassedToService": "bedrock.amazonaws.com"}},
    }


def test_what_only_doing_would_show_is_said_to_be_unchecked(world: OperatorWorld) -> None:
    """IAM may not be asked: not good, not broken, and how to have it checked."""
    world.healthy().aws.faults.deny("iam.SimulatePrincipalPolicy")
    said = world.run("doctor")
    assert said.code == 0
    line = said.line("➖", "Not checked")
    for action in ("bedrock:CreateModelInvocationJob", "iam:PassRole", "cloudwatch:PutMetricAlarm", "sns:Publish"):
        assert action in line
    assert '"iam:SimulatePrincipalPolicy"' in said.out
    assert said.lines[-1].endswith("1 not checked.")


def test_follow_ups_are_asked_about_too(world: OperatorWorld) -> None:
    """Each by its own target."""
    machine = "arn:aws:states:us-east-1:111122223333:stateMachine:next"
    config = world.folder / "models.toml"
    config.write_text(
        f'{config.read_text()}\n[[followups]]\nname = "next"\nwhen = "job-ended"\nstate_machine = "{machine}"\n'
    )
    world.healthy().aws.faults.deny("states.StartExecution")
    said = world.run("doctor", "--json")
    [found] = [f for f in said.report["findings"] if f["level"] == "broken"]
    assert (found["statement"]["Action"], found["statement"]["Resource"]) == ("states:StartExecution", machine)


def test_credentials_that_are_refused_stop_the_rest_of_aws(world: OperatorWorld) -> None:
    """One line and not thirty."""
    world.healthy().aws.faults.fail("sts.*", "ExpiredToken", "The security token is expired", 403)
    said = world.run("doctor")
    assert said.code == 1
    assert "credentials" in said.line("❌ AWS:")
    assert said.line("➖ Permission", "not checked before AWS knows me")
    assert "bedrock:" not in said.out


def test_without_a_region_nothing_else_of_aws_is_asked(world: OperatorWorld) -> None:
    """It names the variable."""
    world.healthy().set(AWS_REGION="", AWS_DEFAULT_REGION="")
    said = world.run("doctor")
    assert said.code == 1
    assert "AWS_REGION" in said.after("❌ AWS:", "No region")


def test_a_role_of_another_account_is_found(world: OperatorWorld) -> None:
    """Bedrock could never take it."""
    world.healthy().set(BATCHBOT_ROLE_ARN="arn:aws:iam::999999999999:role/Theirs")
    said = world.run("doctor")
    assert said.code == 1
    assert "999999999999" in said.line("❌ AWS:", "BATCHBOT_ROLE_ARN")


# --- the way of an alarm ------------------------------------------------------------------------------------------------


def _attribute(name: str, value: str) -> Break:
    return lambda w: w.subscription.attributes.update({name: value})


def _policy(*services: str) -> Break:
    listed = [
        {"Effect": "Allow", "Principal": {"Service": s}, "Action": "sns:Publish", "Resource": TOPIC} for s in services
    ]
    text = json.dumps({"Version": "2012-10-17", "Statement": listed})
    return lambda w: w.aws.sns.topics[TOPIC].attributes.update({"Policy": text})


def _pending(world: OperatorWorld) -> None:
    world.subscription.confirmed = False


def _drop_queue(world: OperatorWorld) -> None:
    world.drop_queue("bedrock-batch-alarms-dead-letters")


def _close_queue(world: OperatorWorld) -> None:
    sqs = world.aws.client("sqs")
    url = sqs.get_queue_url(QueueName="bedrock-batch-alarms-dead-letters")["QueueUrl"]
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "111122223333"},
              "Action": "sqs:ReceiveMessage", "Resource": "*"}]}  # fmt: skip
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})


IMPATIENT = json.dumps({"healthyRetryPolicy": {"minDelayTarget": 10, "maxDelayTarget": 10, "numRetries": 6}})
SHORT = json.dumps({"healthyRetryPolicy": {"minDelayTarget": 20, "maxDelayTarget": 20, "numRetries": 15}})

LINKS: dict[str, tuple[Break, str, str, int]] = {
    "no topic": (lambda w: w.aws.sns.topics.pop(TOPIC), "There is no such topic", "batchbot setup", 1),
    "subscription gone": (
        lambda w: w.aws.sns.subscriptions.clear(),
        "is not subscribed, or not any more",
        "batchbot setup",
        1,
    ),
    "not confirmed": (_pending, "waits for its confirmation", "where SNS can reach it", 1),
    "raw": (_attribute("RawMessageDelivery", "true"), "Raw message delivery is on", "batchbot setup", 1),
    "default policy": (
        lambda w: w.subscription.attributes.pop("DeliveryPolicy"),
        "gives up after 60 seconds",
        "delivery policy",
        1,
    ),
    "impatient": (_attribute("DeliveryPolicy", IMPATIENT), "gives up after 60 seconds", "delivery policy", 1),
    "short": (_attribute("DeliveryPolicy", SHORT), "gives up after 5 minutes", "delivery policy", 0),
    "filter": (_attribute("FilterPolicy", '{"a": ["b"]}'), "has a filter policy", "Remove it", 0),
    "no dead letters": (
        lambda w: w.subscription.attributes.pop("RedrivePolicy"),
        "has no dead-letter queue",
        "batchbot setup",
        0,
    ),
    "dead letters gone": (_drop_queue, "bedrock-batch-alarms-dead-letters does not exist", "batchbot setup", 1),
    "dead letters closed": (_close_queue, "SNS may not put messages into the dead-letter queue", "statement", 1),
    "dead letters not empty": (
        lambda w: w.aws.storage.send("bedrock-batch-alarms-dead-letters", "x"),
        "1 messages that could not be delivered",
        "Redrive",
        0,
    ),
    "no CloudWatch": (_policy("events.amazonaws.com"), "does not let CloudWatch alarms publish", "statement", 1),
    "no EventBridge": (_policy("cloudwatch.amazonaws.com"), "does not let EventBridge rules publish", "statement", 0),
    "Amazon's key": (
        lambda w: w.aws.sns.topics[TOPIC].attributes.update({"KmsMasterKeyId": "alias/aws/sns"}),
        "alias/aws/sns, which CloudWatch may not use",
        "key of your own",
        1,
    ),
    "no rule": (lambda w: w.aws.events.rules.clear(), "No event rule sends job changes", "batchbot setup", 0),
    "no address": (lambda w: w.set(BATCHBOT_PUBLIC_URL=""), "by which way alarms", "BATCHBOT_PUBLIC_URL", 0),
}


@pytest.mark.parametrize("what", LINKS)
def test_each_broken_link_has_its_line_and_its_fix(world: OperatorWorld, what: str) -> None:
    """What loses alarms is broken; what only weakens is a warning."""
    how, words, fix, code = LINKS[what]
    world.healthy()
    how(world)
    said = world.run("doctor")
    assert said.code == code, said.out
    assert said.line(words).startswith("❌" if code else ("⚠️", "➖"))
    assert fix in said.after(words)


def test_a_disabled_rule_is_found(world: OperatorWorld) -> None:
    """Job cards then move by polling alone."""
    world.aws.events.rules.clear()
    world.healthy().aws.client("events").disable_rule(Name="batchbot-job-changes")
    assert world.run("doctor").line("⚠️ Job events", "batchbot-job-changes is disabled")


def test_a_topic_that_signs_too_old_is_found(world: OperatorWorld) -> None:
    """Only where version 2 is asked for."""
    world.healthy().aws.sns.topics[TOPIC].attributes["SignatureVersion"] = "1"
    assert world.run("doctor").code == 0
    world.set(BATCHBOT_SNS_REQUIRE_V2="true")
    assert world.run("doctor").line("❌", "signs with version 1")


def test_setup_mends_what_the_doctor_found(world: OperatorWorld) -> None:
    """The fix that it names is the fix."""
    world.healthy()
    world.subscription.attributes.clear()
    _close_queue(world)
    _policy("budgets.amazonaws.com")(world)
    assert world.run("doctor").code == 1
    assert world.run("setup").code == 0
    assert world.run("doctor").code == 0


def test_the_queue_is_looked_at_where_it_is_used(world: OperatorWorld) -> None:
    """There, subscribed, and taking what the topic sends."""
    url = world.drop_queue()
    world.set(BATCHBOT_PUBLIC_URL="", BATCHBOT_ALARM_QUEUE_URL=url)
    world.healthy()
    said = world.run("doctor")
    assert said.code == 0, said.out
    assert said.line("✅ Alarm queue")
    assert said.line("✅ Topic", "batchbot-alarms is subscribed and confirmed")
    world.aws.sns.subscriptions.clear()
    assert world.run("doctor").code == 1
    world.set(BATCHBOT_ALARM_QUEUE_URL=url + "-gone")
    assert world.run("doctor").line("❌ Alarm queue", "does not exist")


@pytest.mark.parametrize(
    ("operation", "action"),
    [
        ("sns.GetTopicAttributes", "sns:GetTopicAttributes"),
        ("sns.ListSubscriptionsByTopic", "sns:ListSubscriptionsByTopic"),
        ("sns.GetSubscriptionAttributes", "sns:GetSubscriptionAttributes"),
        ("sqs.GetQueueUrl", "sqs:GetQueueAttributes"),
        ("events.ListRuleNamesByTarget", "events:ListRuleNamesByTarget"),
    ],
)
def test_what_it_may_not_look_at_it_says(world: OperatorWorld, operation: str, action: str) -> None:
    """The bot works without; the statement that would let it look is printed."""
    world.healthy().aws.faults.deny(operation)
    said = world.run("doctor")
    assert said.code == 0
    assert action in said.out
    assert "I may not look at" in said.out


# --- Slack ----------------------------------------------------------------------------------------------------------------


def other_app(world: OperatorWorld, change: Callable[[Any], None], **how: Any) -> SlackServer:
    """The same workspace with an app that was installed from another manifest."""
    manifest = yaml.safe_load((ROOT / "manifest.yaml").read_text(encoding="utf-8"))
    change(manifest["oauth_config"]["scopes"])
    slack = SlackServer(manifest, pace_posts=False, **how).start()
    channels = {f"BATCHBOT_{n.upper()}_CHANNEL": slack.channel(f"ml-{n}").id for n in ("jobs", "alarms")}
    world.set(**slack.env(), **channels)
    return slack


def stop(slack: SlackServer) -> None:
    threading.Thread(target=slack.stop, daemon=True).start()


def test_a_wrong_token_is_found(world: OperatorWorld) -> None:
    """With Slack's own word for it."""
    world.healthy().set(SLACK_BOT_TOKEN="xoxb-wrong")
    said = world.run("doctor")
    assert said.code == 1
    assert "Reinstall" in said.after("❌ Slack", "invalid_auth")


def test_a_missing_scope_is_named(world: OperatorWorld) -> None:
    """And what people lose by it."""
    world.healthy()
    slack = other_app(world, lambda scopes: scopes["bot"].remove("files:write"))
    said = world.run("doctor")
    stop(slack)
    assert said.code == 1
    assert "reinstall" in said.after("❌ Scopes", "files:write is missing", "charts")


def test_optional_scopes_are_a_warning_and_channels_are_then_not_checked(world: OperatorWorld) -> None:
    """The bot works; what cannot be seen is said to be unseen."""
    world.healthy()
    slack = other_app(world, lambda _: None, grant_optional=False)
    said = world.run("doctor")
    stop(slack)
    assert said.code == 0
    assert said.line("⚠️ Scopes", "channels:history")
    assert said.line("➖ Scopes", "channels:read")
    channel = slack.channel("ml-alarms").id
    assert said.line(f"➖ Channel {channel}", "may not look")


def test_a_scope_that_the_settings_rely_on_is_no_option(world: OperatorWorld) -> None:
    """A user group among the operators needs usergroups:read."""
    world.healthy()
    slack = other_app(world, lambda _: None, grant_optional=False)
    world.set(BATCHBOT_OPERATORS="S0GROUP")
    said = world.run("doctor")
    stop(slack)
    assert said.code == 1
    assert said.line("❌ Scopes", "usergroups:read")


def test_a_needless_scope_is_warned_of(world: OperatorWorld) -> None:
    """A token should open no more than it has to."""
    world.healthy()
    slack = other_app(world, lambda scopes: scopes["bot"].append("users:read.email"))
    said = world.run("doctor")
    stop(slack)
    assert said.code == 0
    assert said.line("⚠️ Scopes", "users:read.email")


def test_channels_that_cannot_be_posted_in_are_found(world: OperatorWorld) -> None:
    """Gone, archived, or private without the bot; each with its own fix."""
    world.healthy()
    private = world.slack.workspace.add_channel("secret", private=True)
    private.members.clear()
    world.slack.channel("ml-jobs").is_archived = True
    world.set(BATCHBOT_ALARMS_CHANNEL="C0NOWHERE", BATCHBOT_SUMMARY_CHANNEL=private.id)
    said = world.run("doctor")
    assert said.code == 1
    assert "Unarchive" in said.after("❌", "#ml-jobs is archived")
    assert "Correct BATCHBOT_ALARMS_CHANNEL" in said.after("❌ Channel C0NOWHERE")
    assert "/invite" in said.after(f"❌ Channel {private.id}")


def test_a_channel_of_a_route_is_looked_at_too(world: OperatorWorld) -> None:
    """Its line names the file."""
    config = world.folder / "models.toml"
    config.write_text(f'{config.read_text()}\n[[routes]]\nalarm = "prod-*"\nchannel = "C0ROUTE"\n')
    said = world.healthy().run("doctor")
    assert said.code == 1
    assert "[[routes]]" in said.after("❌ Channel C0ROUTE")


def test_socket_mode_is_tried(world: OperatorWorld) -> None:
    """A token that Slack takes, and one that it does not."""
    world.healthy().set(**world.slack.env(socket_mode=True))
    assert world.run("doctor").line("✅ Socket Mode")
    world.set(SLACK_APP_TOKEN="xapp-wrong")
    said = world.run("doctor")
    assert said.code == 1
    assert "connections:write" in said.after("❌ Socket Mode")


def test_the_command_of_another_manifest_is_found(world: OperatorWorld, tmp_path: Path) -> None:
    """Typing /batch would reach nobody."""
    world.healthy()
    (tmp_path / "manifest.yaml").write_bytes((ROOT / "manifest.yaml").read_bytes())
    assert world.run("doctor").code == 0
    world.set(BATCHBOT_COMMAND="/bb")
    said = world.run("doctor")
    assert said.code == 1
    assert said.line("❌ Settings", "/bb", "/batch")


# --- the ground ---------------------------------------------------------------------------------------------------------


def test_a_database_that_was_never_migrated_is_found(world: OperatorWorld) -> None:
    """And looking does not make one."""
    said = world.run("doctor")
    assert said.code == 1
    assert "batchbot migrate" in said.after("❌ Database")
    assert not (world.folder / "batchbot.db").exists()


def test_an_empty_database_is_not_a_migrated_one(world: OperatorWorld) -> None:
    """The schema is looked at, not the file."""
    (world.folder / "batchbot.db").touch()
    assert "batchbot migrate" in world.run("doctor").after("❌ Database", "empty")


def test_a_database_that_is_away_is_found(world: OperatorWorld) -> None:
    """PostgreSQL that nobody serves."""
    world.healthy().set(BATCHBOT_DATABASE_URL="postgresql://me:hush@127.0.0.1:1/none")
    said = world.run("doctor")
    assert said.code == 1
    assert "BATCHBOT_DATABASE_URL" in said.after("❌ Database")


def test_work_that_nobody_does_is_noticed(world: OperatorWorld) -> None:
    """A worker that is not running is seen by what waits."""
    from datetime import UTC, datetime, timedelta

    from bot.db import Database
    from bot.inbox import inbox

    world.healthy()
    db = Database(f"sqlite:///{world.folder / 'batchbot.db'}")
    long_ago = datetime.now(UTC) - timedelta(hours=2)
    with db.write() as tx:
        tx.execute(inbox.insert().values(id="x", kind="alarm", body="{}", at=long_ago, not_before=long_ago))
    db.close()
    said = world.run("doctor")
    assert "batchbot worker" in said.after("⚠️ Database", "120 minutes")


def test_what_is_not_set_is_said(world: OperatorWorld) -> None:
    """Nothing works without a token; without a topic only alarms do not."""
    world.healthy().set(SLACK_BOT_TOKEN="", BATCHBOT_TOPIC_ARNS="", BATCHBOT_SUBMITTERS="")
    said = world.run("doctor")
    assert said.code == 1
    assert said.line("❌ Settings", "SLACK_BOT_TOKEN")
    assert "batchbot setup" in said.after("⚠️ Settings", "No alarm is believed")
    assert said.line("⚠️ Settings", "Nobody may submit")


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "many"), ("BATCHBOT_PUBLIC_URL", "http://example.com"), ("BATCHBOT_TOPIC_ARNS", "x")]
)
def test_settings_that_cannot_be_read_end_it_with_2(world: OperatorWorld, name: str, value: str) -> None:
    """It cannot look at anything, and says which variable is wrong; as JSON too."""
    world.set(**{name: value})
    said = world.run("doctor")
    assert said.code == 2
    assert name in said.line("❌ Settings")
    report = world.run("doctor", "--json").report
    assert (report["exit_code"], report["findings"][0]["level"]) == (2, "broken")


def test_a_catalogue_that_cannot_be_read_ends_it_with_2(world: OperatorWorld) -> None:
    """It names the file."""
    (world.folder / "models.toml").write_text("[[models]\n", encoding="utf-8")
    said = world.run("doctor")
    assert said.code == 2
    assert "models.toml" in said.line("❌ Settings")


def test_an_address_that_does_not_answer_is_a_hint(world: OperatorWorld) -> None:
    """From inside a network it may be a false alarm."""
    world.healthy()
    world.set(BATCHBOT_PUBLIC_URL="http://127.0.0.1:1")
    assert world.run("doctor").line("⚠️ Address", "does not answer from here")


def test_a_fault_in_one_check_does_not_hide_the_others(world: OperatorWorld) -> None:
    """An answer of an impossible shape is one line."""
    world.healthy().aws.sns.topics[TOPIC].attributes["Policy"] = "[[]"
    said = world.run("doctor")
    assert said.code == 1
    assert said.line("❌ Topic", "does not let CloudWatch alarms publish")
    assert said.line("✅ Job events")


# --- time ---------------------------------------------------------------------------------------------------------------


def test_it_ends_in_time_when_everything_hangs(world: OperatorWorld) -> None:
    """Amazon and Slack take the call and never answer."""
    world.healthy()
    world.aws.faults.hang("*", 120)
    world.slack.faults.hang("*", 120, times=100)
    began = time.monotonic()
    said = world.run("doctor")
    took = time.monotonic() - began
    world.aws.faults.clear()
    world.slack.faults.clear()
    assert said.code == 1
    assert took < 30
    assert said.line("❌ Slack", "does not answer")
    assert said.line("❌ AWS", "did not answer")


def test_it_ends_in_time_when_the_second_look_hangs(world: OperatorWorld) -> None:
    """Who we are is known; all else waits side by side, and each says so."""
    world.healthy()
    for operation in ("bedrock.*", "cloudwatch.*", "sns.*", "s3.*", "sqs.*", "iam.*", "events.*"):
        world.aws.faults.hang(operation, 120)
    world.slack.faults.hang("conversations.info", 120, times=100)
    began = time.monotonic()
    said = world.run("doctor")
    took = time.monotonic() - began
    world.aws.faults.clear()
    world.slack.faults.clear()
    assert said.code == 1
    assert took < 30
    assert said.line("❌ Permission", "bedrock:ListModelInvocationJobs")
    assert said.line("❌ Topic")
