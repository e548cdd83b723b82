"""The whole story as people see it in their channels, told by a real process on both stores."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.alarms import markdown
from bot.alarms.alarm import Alarm, JobEvent
from bot.alarms.kinds import understand
from bot.db import Database
from playground import samples as input_samples
from playground.slack import Message
from tests.alarms.samples import NAMES, sample
from tests.harness import Bot, World, wait_until

HAIKU = "model=haiku-4-5"
SECRET_PROMPT = "my grandmother's recipe for the blue soup"
TOO_FEW = "Batch job contains less records (12) than the required minimum of: 100"


def prompts() -> bytes:
    """Records whose prompt nobody but its owner may read."""
    return (
        input_samples.good(119)
        + json.dumps(
            {
                "recordId": "SECRET",
                "modelInput": {
                    "anthropic_version": "bedrock-2023-05-31",
                    "max_tokens": 20,
                    "messages": [{"role": "user", "content": [{"type": "text", "text": SECRET_PROMPT}]}],
                },
            }
        ).encode()
    )


def submitted(world: World, name: str, options: str = HAIKU, who: str = "ana") -> Message:
    """A job that Bedrock has, by its card."""
    world.say(f"submit {world.records()} {options} name={name}", who)
    return world.card(name, "queued for validation")


def subscribe(world: World, bot: Bot) -> None:
    """The topic delivers to the bot, which has confirmed it by itself."""
    aws = world.aws
    arn = aws.sns.subscribe_http(aws.sns.default_topic, f"{bot.url}/sns")
    wait_until(lambda: aws.sns.subscriptions[arn].confirmed)


def alarm(state: str, at: datetime, **more: Any) -> dict[str, Any]:
    """The alarm of the sample, in this state at this time."""
    name = "metric_alarm.json" if state == "ALARM" else "metric_ok.json"
    changed = {"NewStateValue": state, "StateChangeTime": at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"}
    return {**json.loads(sample(name)), **changed, **more}


def test_a_job_is_submitted_in_one_line_and_followed_to_its_end(world: World) -> None:
    """One card, edited as the records are counted, and one reply that mentions the owner; no secret reaches the log."""
    bot = world.bot()
    aws = world.aws
    uri = world.records(body=prompts())
    answer = world.say(f"submit {uri} {HAIKU} name=docs-1", channel="general")
    assert "Checking the input of *docs-1* for Claude Haiku 4.5" in answer.words
    assert f"<#{world.jobs.id}>" in answer.words
    card = world.card("docs-1", "queued for validation", "counting…")
    aws.bedrock.advance("docs-1", "Scheduled")
    world.card("docs-1", "waiting for capacity")
    aws.bedrock.advance("docs-1", "InProgress", processed=30)
    world.card("docs-1", "running", "25 %", "30 of 120")
    aws.bedrock.advance("docs-1", "InProgress", processed=90)
    world.card("docs-1", "75 %", "90 of 120")
    aws.bedrock.advance("docs-1", "Completed")
    reply = world.reply(card, "is complete: 120 of 120 records are good")
    world.card("docs-1", "✅", "120 of 120")
    ana = world.person("ana")
    assert f"<@{ana.id}>" in reply.text
    assert [n.message for n in world.slack.workspace.notifications if n.user == ana.id] == [card, reply]
    assert card.replies == [reply]
    assert card.edited
    assert [job.name for job in aws.bedrock.jobs.values()] == ["docs-1"]
    assert world.cards("docs-1", world.slack.channel("general")) == []
    nothing_secret(world, bot)


def nothing_secret(world: World, bot: Bot) -> None:
    """No log line has a token, a secret, a one-time address or a prompt in it, and no message has a prompt."""
    assert "job.ended" in bot.log
    secrets = [world.slack.bot_token, world.slack.app_token, world.slack.signing_secret]
    for secret in [*secrets, "/commands/", "/actions/", "hooks", "Token=", "SubscribeURL", SECRET_PROMPT, "blue soup"]:
        assert secret not in bot.log, secret
    assert "blue soup" not in world.transcript()


def test_a_form_filled_in_wrongly_keeps_what_was_typed_and_is_taken_when_it_is_right(world: World) -> None:
    """Each error stands at its field, the form stays open with its values, and only the right one starts a job."""
    world.bot()
    ana = world.person("ana")
    assert ana.slash("/batch", "submit", "ml-jobs").ok
    form = ana.view
    assert form is not None
    ana.submit({"name": "my job", "model": "Claude Haiku 4.5", "input": "s3://elsewhere/records.csv"})
    assert ana.view is form
    assert "a blank" in form.errors["name"]
    assert "I may not use the bucket elsewhere" in form.errors["input"]
    assert set(form.errors) == {"name", "input"}
    typed = {block: next(iter(fields.values())) for block, fields in form.values.items()}
    assert typed["name"]["value"] == "my job"
    assert typed["input"]["value"] == "s3://elsewhere/records.csv"
    assert not world.aws.bedrock.jobs
    ana.submit({"name": "my-job", "input": world.records()})
    assert ana.view is None
    world.card("my-job", "queued for validation", "Claude Haiku 4.5")
    assert [job.name for job in world.aws.bedrock.jobs.values()] == ["my-job"]


def test_an_input_that_bedrock_would_refuse_is_refused_before_it_is_sent(world: World) -> None:
    """The owner alone hears why; there is no card and no job."""
    world.bot()
    uri = world.records("docs/tiny.jsonl", input_samples.tiny())
    world.say(f"submit {uri} {HAIKU} name=tiny")
    told = world.told("ana", "was not started")
    assert "The input has 12 records; Bedrock wants at least 100 in a job." in told.words
    world.aws.faults.deny("s3.*")
    world.say(f"submit {world.records()} {HAIKU} name=locked")
    assert "Amazon does not allow me to" in world.told("ana", "locked* was not started").words
    assert world.jobs.messages == []
    assert not world.aws.bedrock.jobs


def test_a_failed_job_says_what_bedrock_said_and_what_it_means(world: World) -> None:
    """Bedrock's own words are quoted, the plain meaning stands beside them, and the owner is told in the thread."""
    world.bot()
    card = submitted(world, "doomed")
    world.aws.bedrock.advance("doomed", "Failed", message=TOO_FEW)
    reply = world.reply(card, "failed after")
    for message in (reply, world.card("doomed", "❌")):
        assert TOO_FEW in message.words
        assert "The input is too small for a batch job." in message.words
    assert f"<@{world.person('ana').id}>" in reply.text


def test_a_complete_job_with_failed_records_is_a_warning(world: World) -> None:
    """Complete is no success while records failed."""
    world.bot()
    card = submitted(world, "patchy")
    world.aws.bedrock.advance("patchy", "Completed", errors=12)
    reply = world.reply(card, "108 of 120 records are good, 12 failed")
    assert reply.blocks[0]["text"]["text"].startswith("⚠️")
    assert "12 records failed" in world.card("patchy", "⚠️").words


def test_only_the_owner_and_the_admins_stop_a_job(world: World) -> None:
    """Somebody else is told no, alone; the owner's button and the admin's stop the job, and the thread says so."""
    world.bot()
    card = submitted(world, "long-one")
    world.person("ben").press(card, "job_stop")
    told = world.told("ben", "Only the owner of long-one")
    assert told.ephemeral_to == world.person("ben").id
    assert "bedrock.StopModelInvocationJob" not in [call.name for call in world.aws.calls]
    world.person("ana").press(card, "job_stop")
    world.card("long-one", "stopping")
    world.aws.bedrock.advance("long-one", "Stopped")
    world.reply(card, "was stopped")
    other = submitted(world, "other-one")
    world.person("cy").press(other, "job_stop")
    wait_until(lambda: world.aws.bedrock.find("other-one").status == "Stopping")
    submitted(world, "third-one")
    assert "Stopping *third-one*" in world.say("stop third-one").words
    wait_until(lambda: world.aws.bedrock.find("third-one").status == "Stopping")
    world.person("ana").press(other, "job_details")
    assert "Claude Haiku 4.5" in world.told("ana", "other-one").words


def test_questions_about_jobs_are_answered_from_the_rows(world: World) -> None:
    """Status by any part of a name, a question back where two match, lists narrowed by status, model and age."""
    world.bot()
    submitted(world, "reviews-north")
    submitted(world, "reviews-south", "model=nova-lite")
    submitted(world, "invoices")
    world.aws.bedrock.advance("invoices", "Completed")
    world.card("invoices", "✅")
    world.aws.faults.hang("*", 30)  # none of the answers needs Amazon
    running = world.say("status").words
    assert "reviews-north" in running
    assert "invoices" not in running
    assert "120 of 120 done" in world.say("status voice").words
    assert "Several jobs match `reviews`" in world.say("status reviews").words
    assert "Nova Lite" in world.say("status SOUTH").words
    assert "I know no job “nothing”" in world.say("status nothing").words
    done = world.say("list status=completed").words
    assert "invoices" in done
    assert "reviews" not in done
    nova = world.say("list model=nova").words
    assert "reviews-south" in nova
    assert "reviews-north" not in nova
    assert "invoices" in world.say("list since=1h").words
    assert "is no age I understand" in world.say("list since=yesterday").words


def test_a_word_that_nobody_knows_brings_a_suggestion(world: World) -> None:
    """The nearest verb stands beside a button that runs it."""
    world.bot()
    message = world.say("staus")
    assert "Did you mean `/batch status`?" in message.words
    world.person("ana").press(message, "verb.status")
    assert "none" in world.told("ana", "Running now").words
    assert "`/batch help` lists what I can do" in world.say("xyzzy").words
    assert "/batch submit" in world.say("help").words


def test_a_job_started_elsewhere_gets_a_card_too(world: World) -> None:
    """It is shown as started outside Slack and followed to its end; one that had ended before is not news."""
    old = world.aws.bedrock.start_elsewhere("last-week")
    world.aws.bedrock.advance(old.name, "Completed")
    world.aws.bedrock.start_elsewhere("from-console")
    world.bot()
    card = world.card("from-console", "started outside Slack")
    world.aws.bedrock.advance("from-console", "Completed")
    world.reply(card, "is complete")
    assert world.cards("last-week") == []


def test_the_metrics_come_as_text_with_a_chart_and_change_range_in_place(world: World) -> None:
    """The same message takes another range; the chart follows each time and says its point in words."""
    world.aws.cloudwatch.backfill(1)
    world.bot()
    world.say("metrics range=3h")
    card = world.card("Batch summary", "last 3 hours")

    def chart() -> dict[str, Any] | None:
        return next((block for block in card.blocks if block["type"] == "image"), None)

    first = world.sees(chart)
    assert first["alt_text"]
    world.person("ben").press(card, "metrics_range_7d")
    world.card("Batch summary", "last 7 days")
    world.sees(lambda: (found := chart()) and found["slack_file"] != first["slack_file"])
    assert len(world.cards("Batch summary")) == 1
    shown = [file for file in world.slack.workspace.files.values() if file.content]
    assert all(file.content.startswith(b"\x89PNG") for file in shown if file.content)
    assert len(shown) >= 2


def test_a_scheduled_summary_comes_exactly_once(world: World) -> None:
    """What was missed while the bot was down is made up for, by one bot of two, and not again after a restart."""
    world.aws.cloudwatch.backfill(1)
    summary = world.slack.channel("ml-summary")
    wanted = {"summary_channel": summary.id, "summary_cron": "0 9 * * *"}
    bot = world.bot(**wanted)
    database = Database(world.database_url)
    rows = sa.table("schedules", sa.column("key"), sa.column("next_at", sa.DateTime(timezone=True)))

    def begun() -> bool:
        with database.read() as tx:
            return tx.execute(sa.select(sa.func.count()).select_from(rows)).scalar_one() == 1

    wait_until(begun)
    bot.kill()
    missed = datetime.now(UTC) - timedelta(minutes=5)
    with database.write() as tx:
        tx.execute(sa.update(rows).values(next_at=missed.replace(tzinfo=None) if database.is_sqlite else missed))
    bot.start()
    if not database.is_sqlite:
        world.bot("worker", **wanted)
    world.card("Batch summary", "last 24 hours", channel=summary)
    bot.kill()
    bot.start()
    world.say("metrics", channel="ml-jobs")  # the second look of the clock is not waited for: this takes as long
    world.card("Batch summary", channel=world.jobs)
    assert len(summary.messages) == 1
    database.close()


def test_an_alarm_rings_and_recovers_on_one_card(world: World) -> None:
    """Truly signed messages: one card, edited in place, a reply at the end; repeats, replays and old news change nothing."""
    bot = world.bot()
    subscribe(world, bot)
    world.card("now delivers here", channel=world.alarms)
    began = datetime.now(UTC) - timedelta(hours=2)
    topic, publish = world.aws.sns.default_topic, world.aws.sns.publish
    publish(topic, json.dumps(alarm("ALARM", began)), "ALARM: tokens")
    name = "bedrock-batch-input-tokens-high"
    card = world.card(name, "🔴", channel=world.alarms)
    edits = card.edits
    ringing = world.notification(alarm("ALARM", began))
    assert [world.post(bot, ringing) for _ in range(3)] == [200, 200, 200]
    older = world.notification(alarm("OK", began - timedelta(minutes=5)))
    assert world.post(bot, older) == 200
    publish(topic, json.dumps(alarm("OK", began + timedelta(minutes=30))))
    world.card(name, "🟢", "rang for 30 min", channel=world.alarms)
    world.reply(card, "recovered after 30 min")
    assert world.post(bot, ringing) == 200
    assert world.post(bot, world.notification(alarm("ALARM", began + timedelta(minutes=10)))) == 200
    again = world.notification(alarm("ALARM", began + timedelta(hours=1)))
    world.post(
        bot, again
    )  # what comes after it has been seen says that all before it was worked on, and changed nothing
    world.sees(lambda: len(world.cards(name, world.alarms)) == 2)
    assert len(card.replies) == 1
    assert edits < card.edits <= edits + 3  # the end, and a picture that came before or after it
    assert "🟢" in card.words


def test_every_kind_of_message_arrives_readable(world: World) -> None:
    """All samples: alarms by their name, job events in silence, everything else as a notice; nothing is dropped."""
    bot = world.bot()
    now = datetime.now(UTC)
    expected: list[str] = []
    for number, name in enumerate(NAMES):
        text = sample(name)
        arrived = understand(text, None, now)
        assert world.post(bot, world.notification(text, f"subject {number}")) == 200, name
        if isinstance(arrived, Alarm):
            expected.append(arrived.name)
        elif not isinstance(arrived, JobEvent):
            expected.append(understood_title(text, f"subject {number}", now))
    for words in expected:
        world.sees(lambda words=words: world.cards(words, world.alarms))  # type: ignore[misc]
    for message in world.alarms.messages:
        assert message.text.strip()
        assert message.blocks
        assert "request.crashed" not in bot.log


def understood_title(text: str, subject: str, at: datetime) -> str:
    """What a notice is called, as far as it fits into a headline."""
    found = understand(text, subject, at)
    assert not isinstance(found, (Alarm, JobEvent))
    title = markdown.words(found.title) if found.markdown else found.title
    return title[:60].replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@pytest.mark.parametrize("heard", [True, False], ids=["heard", "not heard"])
def test_an_event_of_bedrock_makes_the_bot_look_sooner(world: World, heard: bool) -> None:
    """The listing is asked once an hour here; only where the topic delivers does the card change at once."""
    bot = world.bot(poll_seconds="3600")
    card = submitted(world, "eventful")
    # one look at the start, one after the submission; the next is an hour away
    wait_until(lambda: [c.name for c in world.aws.calls].count("bedrock.ListModelInvocationJobs") == 2)
    if heard:
        subscribe(world, bot)
        world.aws.bedrock.advance("eventful", "Completed")
        world.reply(card, "is complete")
    else:
        world.aws.bedrock.advance("eventful", "Completed")
        with pytest.raises(AssertionError, match="not seen"):
            world.sees(lambda: card.replies, 4)
