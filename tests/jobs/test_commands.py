"""The verbs of jobs: what each answers, what it stores, and every sentence of refusal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.db import Database
from bot.errors import BadInput, BotError, Misconfigured, NotAllowed, NotFound, SlackError, SlackUnavailable
from bot.jobs import store
from bot.jobs.commands import SHOWN, JobCommands
from bot.jobs.job import LOOKS, Job
from bot.jobs.submission import Rules
from bot.slack.ask import Ask, Form, Press, parse
from bot.slack.blocks import Message
from playground.slack import check_message, check_view
from tests.jobs.samples import ARN, MODEL, NAME, job
from tests.wire import NOW, one_store

pytestmark = one_store

ANA, BEN, ADMIN = "U0ANA00001", "U0BEN00001", "U0ADMIN"


@dataclass
class World:
    """Commands over a database, and what they put, opened and allowed."""

    db: Database
    may: set[str] = field(default_factory=lambda: {ANA, BEN})
    puts: list[tuple[str, str, Mapping[str, Any]]] = field(default_factory=list)
    views: list[Mapping[str, Any]] = field(default_factory=list)
    slack_error: SlackError | None = None
    models: dict[str, str] = field(default_factory=lambda: {MODEL: NAME})
    has_role: bool = True
    jobs_channel: str = "C0JOBS"

    def may_submit(self, user: str) -> bool:
        return user in self.may

    def is_admin(self, user: str) -> bool:
        return user == ADMIN

    def put(self, kind: str, key: str, body: Mapping[str, Any], _now: datetime) -> None:
        self.puts.append((kind, key, json.loads(json.dumps(body))))

    def open_view(self, _trigger: str, view: Mapping[str, Any]) -> None:
        if self.slack_error:
            raise self.slack_error
        self.views.append(view)

    @property
    def commands(self) -> JobCommands:
        rules = Rules(self.models, ("batchbot-in", "batchbot-out"), "s3://batchbot-out/r/", self.has_role)
        return JobCommands(
            self.db, self.put, self.open_view, rules, self, names=lambda m: self.models.get(m, "Other"),
            jobs_channel=self.jobs_channel, command="/batch",
        )  # fmt: skip

    def type(self, text: str, user: str = ANA) -> Message | None:
        verb, args = parse(text)
        ask = Ask(user, "C0HERE", "T1", "https://hooks/1", NOW, args)
        answer = next(v for v in self.commands.verbs() if v.name == verb).run(ask)
        if answer:
            assert check_message({"text": answer.text, "blocks": answer.blocks}) == []
        return answer

    def said(self, text: str, user: str = ANA) -> str:
        answer = self.type(text, user)
        assert answer is not None
        return answer.text + "\n" + json.dumps(answer.blocks, ensure_ascii=False)

    def refused(self, text: str, user: str = ANA) -> BotError:
        with pytest.raises(BotError) as caught:
            self.type(text, user)
        return caught.value

    def press(self, action: str, value: str, user: str = ANA) -> Message | None:
        press = Press(user, "C0HERE", "T2", "https://hooks/2", NOW, action, value)
        return next(x for x in self.commands.buttons() if x.name == action).run(press)

    def add(self, *jobs: Job) -> None:
        with self.db.write() as tx:
            for one in jobs:
                assert store.add(tx, one)


@pytest.fixture
def world(db: Database) -> World:
    return World(db)


def named(name: str, n: int, status: str = "InProgress", **more: Any) -> Job:
    arn = ARN[:-12] + f"{n:012d}"
    return job(status, **{"id": f"id{n}", "name": name, "token": f"t{n}", "arn": arn} | more)


# --- submit -----------------------------------------------------------------------------------------------------------


def test_a_job_in_one_line_is_stored_and_promised(world: World) -> None:
    """Every field checked; where the card will come is said."""
    said = world.said(
        'submit s3://batchbot-in/day.jsonl s3://batchbot-out/x/ model="claude 3" type=converse timeout=48 name=day'
    )
    [(kind, key, body)] = world.puts
    assert (kind, key, body["user"], body["channel"]) == ("submit", "T1", ANA, "C0HERE")
    assert body["submission"] == {
        "name": "day", "model_id": MODEL, "input_uri": "s3://batchbot-in/day.jsonl",
        "output_uri": "s3://batchbot-out/x/", "invocation_type": "Converse", "timeout_hours": 48,
    }  # fmt: skip
    assert "day" in said
    assert "<#C0JOBS>" in said


def test_the_words_of_a_model_need_no_key(world: World) -> None:
    """What is no address is the model."""
    world.type("submit haiku s3://batchbot-in/day.jsonl")
    assert world.puts[0][2]["submission"]["model_id"] == MODEL


def test_submit_alone_opens_the_form(world: World) -> None:
    """Which Slack takes, and which brings back where it was asked for."""
    assert world.type("submit") is None
    [view] = world.views
    assert check_view(view) == []
    assert view["private_metadata"] == "C0HERE"


@pytest.mark.parametrize(
    ("text", "kind", "sentence"),
    [
        ("submit s3://x", BadInput, "input: "),
        ("submit s3://batchbot-in/day.jsonl", BadInput, "model: Which model?"),
        (
            "submit colour=red",
            BadInput,
            "I do not know “colour=”. A job has input, output, model, name, type and timeout.",
        ),
        ("stop", BadInput, "Which job? /batch stop takes its name or id; /batch status shows what is running."),
        ("stop nothing-like-it", NotFound, "I know no job “nothing-like-it”. /batch list shows the recent ones."),
        ("status nothing-like-it", NotFound, "I know no job “nothing-like-it”. /batch list shows the recent ones."),
        (
            "list status=sleeping",
            BadInput,
            "I do not know the status “sleeping”. Try running, ended, or one of Checking,",
        ),
        ("list since=yesterday", BadInput, "“yesterday” is no age I understand. Try since=6h, since=3d or since=2w."),
        ("list since=3y", BadInput, "“3y” is no age"),
        ("list since=-3d", BadInput, "“-3d” is no age"),
        ("list since=99999d", BadInput, "“99999d” is no age"),
    ],
)
def test_each_refusal_is_a_sentence(world: World, text: str, kind: type[BotError], sentence: str) -> None:
    """And nothing is stored."""
    error = world.refused(text)
    assert type(error) is kind
    assert error.sentence.startswith(sentence)
    assert world.puts == []


def test_who_may_not_submit_is_told_who_can_change_that(world: World) -> None:
    """By line, by form and by the button of the form that was open before."""
    for text in ("submit", "submit s3://batchbot-in/day.jsonl haiku"):
        error = world.refused(text, user="U0CY")
        assert type(error) is NotAllowed
        assert "BATCHBOT_SUBMITTERS" in error.sentence
    with pytest.raises(NotAllowed):
        world.commands.submitted(Form("U0CY", "V1", NOW, {}, ""))
    assert (world.puts, world.views) == ([], [])


def test_without_a_role_or_models_the_operator_is_named(world: World) -> None:
    """Before anybody fills a form in vain."""
    world.has_role = False
    assert "BATCHBOT_ROLE_ARN" in world.refused("submit").sentence
    world.has_role, world.models = True, {}
    error = world.refused("submit")
    assert type(error) is Misconfigured
    assert "batchbot.toml" in error.sentence


def test_a_slack_that_does_not_open_the_form_leaves_the_line(world: World) -> None:
    """The person can go on without it."""
    world.slack_error = SlackUnavailable()
    assert world.refused("submit").sentence.endswith("/batch submit s3://bucket/records.jsonl model=… name=…")


FORM: dict[str, str | None] = {
    "name": "day", "model": NAME, "input": "s3://batchbot-in/day.jsonl", "output": None, "type": "InvokeModel", "timeout": "24",
}  # fmt: skip


@pytest.mark.parametrize(("metadata", "channel"), [("C0HERE", "C0HERE"), ("<!x>", ""), ("", ""), ("U0ANA00001", "")])
def test_a_form_is_stored_under_its_view(world: World, metadata: str, channel: str) -> None:
    """What came back from the client is looked at again."""
    assert world.commands.submitted(Form(ANA, "V1", NOW, FORM, metadata)) is None
    [(kind, key, body)] = world.puts
    assert (kind, key, body["channel"]) == ("submit", "V1", channel)


def test_a_form_with_faults_is_answered_field_by_field(world: World) -> None:
    """Block ids of the form are the fields."""
    errors = world.commands.submitted(Form(ANA, "V1", NOW, FORM | {"name": "a b", "timeout": "1"}, ""))
    assert errors is not None
    assert set(errors) == {"name", "timeout"}
    world.type("submit")
    assert set(FORM) == {block["block_id"] for block in world.views[0]["blocks"]}
    assert world.puts == []


# --- looking ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wanted",
    [
        "reviews-2026",
        "REVIEWS",
        "reviews-2026-11-22",
        "0123456789ab",
        "a1b2c3d4e5f6",
        ARN,
        "job=reviews",
        "name=reviews",
    ],
)
def test_a_job_is_found_by_every_name_it_has(world: World, wanted: str) -> None:
    """Our id, Bedrock's, the ARN, the name, a part of it."""
    world.add(job(), named("other", 1))
    assert world.said(f"status {wanted}").startswith("Job reviews-2026-11-22 on Claude 3 Haiku")


def test_an_exact_name_is_not_ambiguous(world: World) -> None:
    """Though others begin with it."""
    world.add(named("day", 1), named("day-2", 2))
    assert world.said("status day").startswith("Job day on")


@pytest.mark.parametrize("verb", ["status", "stop"])
def test_several_that_fit_are_a_question(world: World, verb: str) -> None:
    """With their ids, at most ten; nothing is stopped."""
    world.add(*[named(f"nightly-{n}", n, owner=ANA) for n in range(15)])
    said = world.said(f"{verb} nightly")
    assert said.startswith("Several jobs match nightly.")
    assert said.count("nightly-") == 10
    assert "…and more" in said
    assert world.puts == []


def test_wildcards_of_the_store_are_letters(world: World) -> None:
    """% and _ find nothing but themselves."""
    world.add(job(), named("a-b", 1))
    for wanted in ("%", "_", "a_b"):
        assert type(world.refused(f"status {wanted}")) is NotFound


@pytest.mark.parametrize("wanted", ["\x00", "\ud800", "'; DROP TABLE jobs; --", "<!channel>", "x" * 3000])
def test_a_hostile_name_finds_nothing_and_breaks_nothing(world: World, wanted: str) -> None:
    """What no store can keep is left out of it."""
    world.add(job())
    assert isinstance(world.refused(f"status {wanted} x"), NotFound)
    assert world.said("list")


def test_status_alone_shows_what_is_not_over(world: World) -> None:
    """Newest first."""
    world.add(
        named("done", 1, "Completed"), named("runs", 2), named("waits", 3, "Scheduled"), named("sends", 4, "Sending")
    )
    said = world.said("status")
    assert said.startswith("Running now: 3 jobs, 3 of them not finished.")
    assert "done" not in said


def test_nothing_runs(world: World) -> None:
    """Said so, and not an empty list."""
    assert world.said("status").startswith("Running now: none.")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("list", {"new", "old", "failed", "nova"}),
        ("list status=running", {"new", "old", "nova"}),
        ("list status=ended", {"failed"}),
        ("list status=FAILED", {"failed"}),
        ("list model=haiku", {"new", "old", "failed"}),
        ("list model=NOVA", {"nova"}),
        ("list since=6h", {"new", "failed", "nova"}),
        ("list since=3d model=haiku status=inprogress", {"new", "old"}),
        ("list since=1w", {"new", "old", "failed", "nova"}),
        ("list since=90min", set()),
        ("list since=90m", set()),
    ],
)
def test_the_list_is_narrowed(world: World, text: str, names: set[str]) -> None:
    """By status, model and age, in any combination."""
    world.models["amazon.nova-lite-v1:0"] = "Nova Lite"
    world.add(
        named("new", 1), named("old", 2, created_at=NOW - timedelta(days=2)), named("failed", 3, "Failed"),
        named("nova", 4, model_id="amazon.nova-lite-v1:0"),
    )  # fmt: skip
    said = world.said(text)
    assert {name for name in ("new", "old", "failed", "nova") if f"|{name}>" in said} == names


def test_a_long_list_says_how_many_more(world: World) -> None:
    """And stays within Slack's limits, with the longest names that there are."""
    world.add(*[named(f"{'x' * 58}-{n:04d}", n) for n in range(60)])
    said = world.said("list")
    assert said.count(f"|{'x' * 58}-") == SHOWN
    assert f"and {60 - SHOWN} more" in said


def test_every_status_can_be_asked_for(world: World) -> None:
    """As help lists them."""
    for status in LOOKS:
        assert "none" in world.said(f"list status={status.lower()}")


def test_details_by_button_are_for_everyone(world: World) -> None:
    """Reading spends nothing."""
    world.add(job())
    answer = world.press("job_details", "0123456789ab", user="U0CY")
    assert answer is not None
    assert answer.text.startswith("Job reviews-2026-11-22")
    with pytest.raises(NotFound):
        world.press("job_details", "gone")


# --- stop -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("user", [ANA, ADMIN])
def test_owner_and_admins_may_stop(world: World, user: str) -> None:
    """By word and by button; the request is stored under what was pressed."""
    world.add(job())
    assert "Stopping reviews-2026-11-22." in world.said("stop reviews", user)
    assert world.press("job_stop", "0123456789ab", user) is None
    assert [(kind, key, body["job"], body["user"]) for kind, key, body in world.puts] == [
        ("stop", "T1", "0123456789ab", user),
        ("stop", "T2", "0123456789ab", user),
    ]


def test_nobody_else_may_stop(world: World) -> None:
    """Who may submit may not stop others' jobs, and a stranger's job has no owner."""
    world.add(job(), named("theirs", 1, owner=""))
    error = world.refused("stop reviews", BEN)
    assert (type(error), error.sentence) == (
        NotAllowed,
        "Only the owner of reviews-2026-11-22 or one of my admins may stop it.",
    )
    with pytest.raises(NotAllowed):
        world.press("job_stop", "0123456789ab", BEN)
    assert type(world.refused("stop theirs", "")) is NotAllowed, "nobody is not the owner of nobody's job"
    assert world.puts == []


def test_what_is_over_cannot_be_stopped(world: World) -> None:
    """It says how it ended."""
    world.add(job("Completed"))
    assert world.refused("stop reviews").sentence == "reviews-2026-11-22 is over already: complete."
    with pytest.raises(NotFound):
        world.press("job_stop", "gone")
