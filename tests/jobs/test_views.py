"""How jobs look: every state as it looked last, within Slack's limits, and nothing foreign takes effect."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.jobs import modal, views
from bot.jobs.job import LOOKS, Counts, Job
from bot.jobs.meanings import MEANINGS, meaning
from bot.jobs.submission import Rules
from bot.slack.blocks import Message
from playground.slack import check_message, check_view, mentions
from tests.conftest import SHARED
from tests.jobs.samples import ARN, MODEL, NAME, job
from tests.snapshots import same_as_before
from tests.wire import NOW

FOLDER = Path(__file__).parent / "snapshots"
TYPES = SHARED / "slack-types-3.2.0.schema.json"
HOSTILE = "<!channel> <@U123ABC> <https://evil.example|x> *b* `c` @here :fire: &amp; \u202eabc\nnew\x00" + "x" * 300
DONE = Counts(12_400, 12_400, 12_384, 16)
HALF = Counts(12_400, 6_200, 6_200, 0)
PACE = tuple((NOW.timestamp() - 60 * n, 6_200 - 100 * n) for n in range(9, -1, -1))
RULES = Rules({MODEL: NAME, "amazon.nova-lite-v1:0": "Nova Lite"}, ("batchbot-in",), "s3://batchbot-out/results/")


def hostile(status: str) -> Job:
    return job(status, name=HOSTILE, message=HOSTILE, owner="", counts=DONE, model_id=HOSTILE, input_uri=HOSTILE)


def card(one: Job) -> Message:
    return views.card(one, NOW, NAME)


COUNTS = {
    "InProgress": HALF,
    "Stopping": HALF,
    "Stopped": HALF,
    "Completed": replace(DONE, success=12_400, errors=0),
    "PartiallyCompleted": HALF,
}
MESSAGES = {
    "Failed": "Batch job contains less records (12) than the required minimum of: 100",
    "Refused": "Amazon does not allow me to start the job: the permission bedrock:CreateModelInvocationJob is missing.",
    "Expired": "Job expired before it started.",
}


def in_state(status: str) -> Job:
    return job(status, counts=COUNTS.get(status, Counts()), message=MESSAGES.get(status, ""), samples=PACE)


JOBS = [in_state(status) for status in ("InProgress", "Scheduled", "Completed", "Failed", "Stopped")]
NAMES = {MODEL: NAME}
ALARMS = [
    ("batch-backlog", "https://team.slack.example/archives/C0ALARMS/p1700000000000100"), ("stalled", ""),
    ("throughput-low", ""), ("anomaly", ""),
]  # fmt: skip
CASES: dict[str, Callable[[], Message]] = {
    **{f"card_{status}": lambda status=status: card(in_state(status)) for status in LOOKS},  # type: ignore[misc]
    "card_unknown_status": lambda: card(job("Hibernating")),
    "card_with_failures": lambda: card(job("Completed", counts=DONE)),
    "card_asked_to_stop": lambda: card(job(counts=HALF, stop_by="U0ANA00001", stop_at=NOW)),
    "card_of_a_stranger": lambda: card(job("InProgress", owner="", counts=Counts(100, 0, 0, 0))),
    "card_failed_without_a_word": lambda: card(job("Failed")),
    "card_hostile": lambda: card(hostile("Failed")),
    "card_with_an_alarm": lambda: views.card(in_state("InProgress"), NOW, NAME, ALARMS[:1]),
    "card_with_many_alarms": lambda: views.card(in_state("InProgress"), NOW, NAME, ALARMS),
    "card_with_hostile_alarms": lambda: views.card(in_state("InProgress"), NOW, NAME, [(HOSTILE, ""), (HOSTILE, "x:")]),
    "details_running": lambda: views.details(in_state("InProgress"), NOW, NAME),
    "details_failed": lambda: views.details(in_state("Failed"), NOW, NAME),
    "details_refused": lambda: views.details(in_state("Refused"), NOW, NAME),
    "details_checking": lambda: views.details(job("Checking"), NOW, NAME),
    "details_hostile": lambda: views.details(hostile("InProgress"), NOW, HOSTILE),
    "list": lambda: views.listing(JOBS, NOW, NAMES, title="Jobs", more=7),
    "list_of_none": lambda: views.listing([], NOW, NAMES, title="Jobs"),
    "list_hostile": lambda: views.listing([hostile("InProgress")] * 24, NOW, {}, title="Jobs"),
    "candidates": lambda: views.candidates("reviews", JOBS * 3, NOW, NAMES),
    "candidates_hostile": lambda: views.candidates(HOSTILE, [hostile("InProgress")] * 11, NOW, {}),
    **{
        f"end_{status}": lambda status=status: views.finished(in_state(status), NAME)  # type: ignore[misc]
        for status in ("Completed", "PartiallyCompleted", "Failed", "Stopped", "Expired")
    },
    "end_with_failures": lambda: views.finished(job("Completed", counts=DONE), NAME),
    "end_of_a_stranger": lambda: views.finished(job("Completed", owner="", counts=DONE), NAME),
    "end_hostile": lambda: views.finished(hostile("Failed"), HOSTILE),
    "accepted": lambda: views.accepted("day-1", NAME, "<#C0JOBS>"),
    "accepted_here": lambda: views.accepted("day-1", NAME, ""),
    "refused": lambda: views.refused("day-1", "day.jsonl, line 3: not JSON, expecting value at column 1."),
    "refused_hostile": lambda: views.refused(HOSTILE, HOSTILE),
    "waiting": lambda: views.waiting("day-1"),
}


@pytest.fixture(params=CASES, scope="module")
def case(request: pytest.FixtureRequest) -> tuple[str, Message]:
    return request.param, CASES[request.param]()


def shown(message: Message) -> dict[str, Any]:
    return {"text": message.text, "blocks": message.blocks}


def test_looks_as_it_did(case: tuple[str, Message]) -> None:
    """The file is the review of the look."""
    same_as_before(FOLDER, *case)


def test_slack_takes_it(case: tuple[str, Message]) -> None:
    """By the rules of the fake workspace, which are Slack's."""
    name, message = case
    assert check_message(shown(message)) == []
    assert 0 < len(message.text) <= 3900
    assert message.text[-1] == "." or "hostile" in name, "a full sentence"


def test_slacks_own_types_take_it(case: tuple[str, Message]) -> None:
    """Every block by the schema of @slack/types."""
    if not TYPES.exists():
        pytest.skip(f"{TYPES} is not on this machine: blocks were NOT checked against Slack's types")
    from jsonschema import Draft7Validator

    schema = json.loads(TYPES.read_text(encoding="utf-8"))
    validator = Draft7Validator({"$ref": "#/definitions/KnownBlock", "definitions": schema["definitions"]})
    for block in case[1].blocks:
        assert validator.is_valid(block), block


def test_nothing_foreign_takes_effect(case: tuple[str, Message]) -> None:
    """The only mention is the owner's, the only links go to Amazon's console and to the cards of alarms."""
    _, message = case
    everything = json.dumps(shown(message), ensure_ascii=False)
    owner = {"U0ANA00001"} if "<@U0ANA00001>" in everything else set()
    assert set(mentions(everything)) <= owner | {"C0JOBS"}
    for url in re.findall(r"<([a-z]+:[^|>]*)", everything):
        assert url.startswith(("https://console.aws.amazon.com/", "https://team.slack.example/archives/"))
    assert "\u202e" not in everything
    assert "\x00" not in everything


@pytest.mark.parametrize("status", LOOKS)
def test_a_state_is_told_in_emoji_and_word(status: str) -> None:
    """Never by colour or picture alone, in the message and in the sentence."""
    message = card(in_state(status))
    first = message.blocks[0]["text"]["text"]
    assert LOOKS[status].emoji in first
    assert LOOKS[status].words in first
    assert LOOKS[status].words in message.text


def test_completed_with_failures_is_no_plain_success() -> None:
    """Bedrock calls it Completed."""
    first = card(job("Completed", counts=DONE)).blocks[0]["text"]["text"]
    assert "✅" not in first
    assert "16 records failed" in first


def buttons(one: Job) -> list[str]:
    return [e["action_id"] for x in card(one).blocks if x["type"] == "actions" for e in x["elements"]]


@pytest.mark.parametrize("status", LOOKS)
def test_only_what_runs_can_be_stopped(status: str) -> None:
    """And only once."""
    stoppable = not LOOKS[status].ended and status != "Stopping"
    assert ("job_stop" in buttons(job(status))) == stoppable
    assert "job_stop" not in buttons(job(status, stop_at=NOW))
    assert "job_details" in buttons(job(status))


def test_stopping_asks_first() -> None:
    """It costs what is done, and cannot be taken back."""
    [stop] = [
        e for x in card(job()).blocks if x["type"] == "actions" for e in x["elements"] if e["action_id"] == "job_stop"
    ]
    assert stop["style"] == "danger"
    assert "charged" in stop["confirm"]["text"]["text"]
    assert stop["value"] == "0123456789ab"


def test_counts_are_unknown_until_bedrock_has_them() -> None:
    """Never 0 of 0, never a division by zero."""
    text = json.dumps(shown(card(job("Validating"))), ensure_ascii=False)
    assert "counting…" in text
    assert "0 of 0" not in text


def test_a_refusal_is_not_put_into_bedrocks_mouth() -> None:
    """The reason is ours, and no guess at a meaning stands beside it."""
    for message in (card(in_state("Refused")), views.details(in_state("Refused"), NOW, NAME)):
        text = json.dumps(message.blocks)
        assert "bedrock:CreateModelInvocationJob" in text
        assert "Bedrock says" not in text
        assert "Bedrock role may not" not in text


def test_every_candidate_is_shown_however_long_its_name_is() -> None:
    """A question that leaves an answer out cannot be answered."""
    long = [job(id=f"id{n}", name="x" * 61 + f"{n:02d}", arn=ARN[:-2] + f"{n:02d}", counts=DONE) for n in range(10)]
    message = views.candidates("x", long, NOW, NAMES)
    text = json.dumps(message.blocks)
    assert all(one.bedrock_id in text.split(one.name)[-1] for one in long)
    assert check_message(shown(message)) == []


def test_a_full_list_of_the_longest_names_shows_them_all() -> None:
    """Twenty-four lines within the limits of a section and of a message."""
    long = [job(id=f"id{n}", name="x" * 61 + f"{n:02d}", arn=ARN[:-2] + f"{n:02d}", counts=DONE) for n in range(24)]
    message = views.listing(long, NOW, {MODEL: "M" * 60}, title="Jobs")
    text = json.dumps(message.blocks)
    assert all(f"{one.name}>" in text for one in long)
    assert check_message(shown(message)) == []


@pytest.mark.parametrize(
    ("partition", "host"),
    [("aws", "aws.amazon.com"), ("aws-cn", "amazonaws.cn"), ("aws-us-gov", "amazonaws-us-gov.com")],
)
def test_links_go_to_the_console_of_the_partition(partition: str, host: str) -> None:
    """The results' folder and the job."""
    one = job(arn=ARN.replace("arn:aws:", f"arn:{partition}:"))
    assert (
        views.console_url(one) == f"https://console.{host}/bedrock/home?region=us-east-1#/batch-inference/a1b2c3d4e5f6"
    )
    assert views.results_url(one) == (
        f"https://console.{host}/s3/buckets/batchbot-out?region=us-east-1&prefix=results/a1b2c3d4e5f6/"
    )


@pytest.mark.parametrize(
    ("typed", "rules"),
    [
        ({}, RULES),
        ({"name": "day-1", "input": "s3://batchbot-in/x.jsonl"}, RULES),
        ({}, Rules({f"m{n}": f"Model {n} " + "x" * 45 for n in range(150)}, (), "")),
    ],
)
def test_the_form_is_one_that_slack_opens(typed: dict[str, str], rules: Rules) -> None:
    """Also with more models than a select may have."""
    view = modal.form(rules, "C0HERE", typed)
    assert check_view(view) == []
    if TYPES.exists():
        from jsonschema import Draft7Validator

        schema = json.loads(TYPES.read_text(encoding="utf-8"))
        validator = Draft7Validator({"$ref": "#/definitions/ModalView", "definitions": schema["definitions"]})
        assert [e.message[:200] for e in validator.iter_errors(view)] == []


def test_the_form_looks_as_it_did() -> None:
    """Its block ids are the fields of a submission."""
    same_as_before(FOLDER, "modal", modal.form(RULES, "C0HERE"))


@pytest.mark.parametrize("row", MEANINGS, ids=lambda m: m.pattern[:20])
def test_every_meaning_can_be_reached(row: Any) -> None:
    """No row stands behind one that takes all its messages."""
    words = {
        r"less records|fewer records|minimum of": "contains less records (1) than the required minimum of: 100",
        r"more records|maximum|exceed.*record|too many records": "more records than allowed",
        r"file size|job size|too large": "The file size is too large",
        r"iam:PassRole|PassRole": "not authorized to perform: iam:PassRole on resource",
        r"assume|trust": "Cannot assume the provided role. Check its trust policy",
        r"access denied|accessdenied|not authorized|forbidden|permission": "Access denied",
        r"on-demand throughput|inference profile": "on-demand throughput isn't supported",
        r"not support.*batch|batch.*not support": "Batch is not supported for this model",
        r"json|malformed|parse": "Malformed input on line 3",
        r"no such key|not found|does not exist|nosuch": "The specified bucket does not exist: x",
        r"region": "The bucket is in another region",
        r"timed? ?out|timeout|expired": "Job timed out",
        r"throttl|capacity|too many requests": "No capacity",
        r"internal": "Internal error. Please retry the job.",
    }
    assert meaning(words[row.pattern], "Failed") == row.sentence


@given(
    st.text(max_size=99),
    st.sampled_from([*LOOKS, "New"]),
    st.integers(0, 10**12),
    st.integers(0, 10**12),
    st.integers(-9, 9),
)
def test_no_job_makes_a_message_that_slack_refuses(text: str, status: str, one: int, other: int, hours: int) -> None:
    """Whatever Bedrock or a stranger puts into it, every view of it is good."""
    counts = Counts(max(one, other), min(one, other), min(one, other), 0)
    made = job(
        status,
        name=text or "x",
        message=text,
        model_id=text or "m",
        counts=counts,
        expires_at=NOW + timedelta(hours=hours),
    )
    for message in (
        views.card(made, NOW, text or "m"),
        views.details(made, NOW, text or "m"),
        views.finished(made, text or "m"),
        views.listing([made], NOW, {}, title="Jobs"),
    ):
        assert check_message(shown(message)) == []
        assert set(mentions(json.dumps(shown(message)))) <= {"U0ANA00001"}


def test_the_alarms_of_its_model_are_on_the_card_until_the_job_ends() -> None:
    """Two by name, the others by number; what is over is rung at by nothing."""

    def told(status: str, count: int) -> str:
        return json.dumps(views.card(in_state(status), NOW, NAME, ALARMS[:count]).blocks, ensure_ascii=False)

    assert (
        "🔴 alarm <https://team.slack.example/archives/C0ALARMS/p1700000000000100|batch-backlog> rings on this"
        in told("InProgress", 1)
    )
    assert "|batch-backlog>, stalled ring on this model" in told("InProgress", 2)
    assert "|batch-backlog>, stalled and 2 more ring on this model" in told("InProgress", 4)
    assert "🔴" not in told("InProgress", 0)
    assert "🔴" not in told("Completed", 4)
