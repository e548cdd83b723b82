"""From words to a submission: Amazon's rules, each with its own sentence, since boto3 checks none of them."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.jobs.job import Submission
from bot.jobs.submission import Rules, read
from tests.wire import NOW

MODELS = {
    "us.anthropic.claude-sonnet-4-5-20250929-v1:0": "Claude Sonnet 4.5",
    "us.anthropic.claude-haiku-4-5-20251001-v1:0": "Claude Haiku 4.5",
    "amazon.nova-lite-v1:0": "Nova Lite",
}
RULES = Rules(MODELS, ("batchbot-in", "batchbot-out"), "s3://batchbot-out/results/")
GOOD: dict[str, str | None] = {"input": "s3://batchbot-in/a/day.jsonl", "model": "Nova Lite", "name": "day-1"}

# The documented patterns; the first backtracks exponentially, so only short texts are put to it.
DOCUMENTED_NAME = re.compile(r"[a-zA-Z0-9]{1,63}(-*[a-zA-Z0-9\+\-\.]){0,63}")
DOCUMENTED_URI = re.compile(
    r"s3://[a-z0-9][-.a-z0-9]{1,61}[a-z0-9](?:/[-!_*'().a-z0-9A-Z]+(?:/[-!_*'().a-z0-9A-Z]+)*)?/?"
)


def submission(rules: Rules = RULES, **fields: str | None) -> Submission:
    found, errors = read(GOOD | fields, rules, NOW)
    assert found is not None, errors
    return found


def errors(rules: Rules = RULES, **fields: str | None) -> dict[str, str]:
    found, wrong = read(GOOD | fields, rules, NOW)
    assert found is None, found
    return dict(wrong)


def test_a_good_line_becomes_a_submission() -> None:
    """What is left out has Amazon's own defaults, the output the one of the settings."""
    assert submission() == Submission(
        name="day-1",
        model_id="amazon.nova-lite-v1:0",
        input_uri="s3://batchbot-in/a/day.jsonl",
        output_uri="s3://batchbot-out/results/",
        invocation_type="InvokeModel",
        timeout_hours=24,
    )


URI_CHARACTERS = "Batch inference takes no {} in an S3 address (only letters, digits and -!_*'().)."
BUCKET = "A bucket's name has 3 to 63 lower-case letters, digits, dots or hyphens."


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("name", "x" * 64, "A job name has at most 63 characters; this one has 64."),
        ("name", "my job", "A job name takes letters, digits, - + and . only; a blank is none of them."),
        ("name", "my_job", "A job name takes letters, digits, - + and . only; “_” is none of them."),
        ("name", "täglich", "A job name takes letters, digits, - + and . only; “ä” is none of them."),
        ("name", "-x", "A job name begins with a letter or a digit."),
        ("name", ".x", "A job name begins with a letter or a digit."),
        ("input", "", "Which input? Give the S3 address of a .jsonl file, such as s3://bucket/folder/records.jsonl."),
        ("input", "https://x/y.jsonl", "An S3 address begins with s3://."),
        ("input", "S3://batchbot-in/x.jsonl", "An S3 address begins with s3://."),
        ("input", "s3://batchbot-in/day.csv", "The input is one file that ends in .jsonl, or a folder that ends in a slash."),
        ("input", "s3://batchbot-in/folder", "The input is one file that ends in .jsonl, or a folder that ends in a slash."),
        ("input", "s3://batchbot-in/", "The input names a file or folder in the bucket, not the whole bucket."),
        ("input", "s3://batchbot-in/dt=2026/x.jsonl", URI_CHARACTERS.format("“=”")),
        ("input", "s3://batchbot-in/a b.jsonl", URI_CHARACTERS.format("a blank")),
        ("input", "s3://batchbot-in/a+b.jsonl", URI_CHARACTERS.format("“+”")),
        ("input", "s3://batchbot-in/a//b.jsonl", "Batch inference takes no empty folder name (//) in an S3 address."),
        ("input", "s3://Batch/x.jsonl", BUCKET),
        ("input", "s3://my_bucket/x.jsonl", BUCKET),
        ("input", "s3://ab/x.jsonl", BUCKET),
        ("input", "s3://elsewhere/x.jsonl", "I may not use the bucket elsewhere. Allowed: batchbot-in, batchbot-out."),
        ("input", "s3://batchbot-in/" + "x" * 1010 + ".jsonl",
         "An S3 address has at most 1024 characters; this one has 1033."),
        ("output", "s3://elsewhere/x/", "I may not use the bucket elsewhere. Allowed: batchbot-in, batchbot-out."),
        ("output", "results/", "An S3 address begins with s3://."),
        ("model", "", "Which model? I may use: Claude Sonnet 4.5, Claude Haiku 4.5, Nova Lite."),
        ("model", "gpt", "I do not know the model “gpt”. I may use: Claude Sonnet 4.5, Claude Haiku 4.5, Nova Lite."),
        ("model", "claude", "“claude” could be Claude Sonnet 4.5, Claude Haiku 4.5. Say which."),
        ("type", "chat", "The type is InvokeModel or Converse."),
        ("timeout", "23", "The timeout is a whole number of hours from 24 to 168."),
        ("timeout", "169", "The timeout is a whole number of hours from 24 to 168."),
        ("timeout", "36.5", "The timeout is a whole number of hours from 24 to 168."),
        ("timeout", "soon", "The timeout is a whole number of hours from 24 to 168."),
        ("timeout", "²4", "The timeout is a whole number of hours from 24 to 168."),
    ],
)  # fmt: skip
def test_each_rule_has_its_sentence(field: str, typed: str, sentence: str) -> None:
    """At its own field, so that the form shows it there."""
    assert errors(RULES, **{field: typed}) == {field: sentence}


def test_all_fields_are_checked_at_once() -> None:
    """Nobody has to submit once per mistake."""
    wrong = errors(name="_", input="x", output="y", model="gpt", type="w", timeout="v")
    assert set(wrong) == {"name", "input", "output", "model", "type", "timeout"}


def test_an_address_of_just_the_right_length_is_good() -> None:
    """1,024 characters are allowed, 63 in a name."""
    uri = "s3://batchbot-in/" + "x" * 1001 + ".jsonl"
    assert len(uri) == 1024
    assert submission(input=uri, name="x" * 63).input_uri == uri


def test_without_settings_the_sentence_says_whose_turn_it_is() -> None:
    """No models, no output, no bucket: whoever runs the bot has to act."""
    assert errors(Rules({}, ("batchbot-in",), "s3://batchbot-in/")) == {
        "model": "No models are set up. Whoever runs me lists them in batchbot.toml."
    }
    assert errors(Rules(MODELS, ("batchbot-in",), ""))["output"].startswith("Where should the results go?")
    assert errors(Rules(MODELS, (), "s3://x"))["input"].endswith("Allowed: none is set up.")


@pytest.mark.parametrize(
    ("typed", "model_id"),
    [
        ("Nova Lite", "amazon.nova-lite-v1:0"),
        ("nova lite", "amazon.nova-lite-v1:0"),
        ("NOVA", "amazon.nova-lite-v1:0"),
        ("sonnet", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ("anthropic.claude-haiku-4-5-20251001-v1:0", "us.anthropic.claude-haiku-4-5-20251001-v1:0"),
        ("haiku 4.5", "us.anthropic.claude-haiku-4-5-20251001-v1:0"),
    ],
)
def test_a_model_is_found_by_name_id_or_a_part(typed: str, model_id: str) -> None:
    """As people write it, as long as one is meant."""
    assert submission(model=typed).model_id == model_id


def test_an_exact_name_wins_over_a_part() -> None:
    """“Nova” is meant where a model is called so, though “Nova Lite” holds the word too."""
    rules = Rules(MODELS | {"amazon.nova-v2:0": "Nova"}, RULES.buckets, RULES.output_uri)
    assert submission(rules, model="nova").model_id == "amazon.nova-v2:0"


@pytest.mark.parametrize(
    ("typed", "known"),
    [("converse", "Converse"), ("CONVERSE", "Converse"), ("invoke", "InvokeModel"), ("", "InvokeModel")],
)
def test_types_as_people_write_them(typed: str, known: str) -> None:
    """Amazon takes exactly two words."""
    assert submission(type=typed).invocation_type == known


@pytest.mark.parametrize(("typed", "hours"), [("48", 48), ("48h", 48), ("48 hours", 48), ("", 24), ("168", 168)])
def test_hours_as_people_write_them(typed: str, hours: int) -> None:
    """With or without the unit."""
    assert submission(timeout=typed).timeout_hours == hours


def test_an_output_is_always_a_folder() -> None:
    """Bedrock appends the job's id to it."""
    assert submission(output="s3://batchbot-out/x").output_uri == "s3://batchbot-out/x/"


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("s3://batchbot-in/a/day.jsonl", "day-20261122-090000"),
        ("s3://batchbot-in/a/reviews_day!1.jsonl", "reviews-day-1-20261122-090000"),
        ("s3://batchbot-in/folder/", "folder-20261122-090000"),
        ("s3://batchbot-in/(_).jsonl", "batch-20261122-090000"),
        ("s3://batchbot-in/" + "x" * 90 + ".jsonl", "x" * 46 + "-20261122-090000"),
    ],
)
def test_a_job_without_a_name_is_called_after_its_input(uri: str, name: str) -> None:
    """And after the time, so that tomorrow's has another name; always one that Amazon takes."""
    assert submission(name="", input=uri).name == name


CHARACTERS = st.text(st.sampled_from("aZ09-+._ !é\n/"), max_size=9) | st.text(max_size=6)


@given(CHARACTERS)
@example("a--")
@example("a\n")
def test_names_are_taken_just_as_amazons_pattern_takes_them(name: str) -> None:
    """Not one more and not one less; blanks around it are the person's, not the name's."""
    name = name.strip()
    found, _ = read(GOOD | {"name": name}, RULES, NOW)
    wanted = DOCUMENTED_NAME.fullmatch(name) is not None or not name
    assert (found is not None) == wanted


PIECES = st.text(st.sampled_from("azZ9-._!*'()/=+ %"), max_size=14) | st.text(max_size=6)


@given(st.sampled_from(["s3://batchbot-in/", "s3://", "s3://b", "s3://batchbot-in", "S3://", ""]), PIECES)
@example("s3://batchbot-in/", "a\n")
def test_addresses_are_taken_just_as_amazons_pattern_takes_them(start: str, rest: str) -> None:
    """The allow-list aside: an address that Amazon would refuse never reaches it, a good one is never refused."""
    uri = (start + rest).strip()
    bucket = uri.removeprefix("s3://").split("/", 1)[0]
    rules = Rules(MODELS, ("batchbot-in", "batchbot-out", bucket), "s3://batchbot-out/")
    _, wrong = read(GOOD | {"output": uri}, rules, NOW)
    assert ("output" not in wrong) == (DOCUMENTED_URI.fullmatch(uri) is not None or not uri)


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "a" + "-" * 5000 + "!"},
        {"name": "a" + "-" * 61 + "!"},
        {"output": "s3://batchbot-out" + "/a" * 500 + "=",
         "input": "s3://batchbot-in/" + "'" * 900 + "\n.jsonl"},
        {"model": "claude " * 2000},
        {"input": "s3://" + "-" * 100_000},
    ],
)  # fmt: skip
def test_no_text_takes_long_to_refuse(fields: dict[str, str | None]) -> None:
    """The documented pattern of names takes hours for some texts of forty characters; ours does not."""
    begin = time.perf_counter()
    read(GOOD | fields, RULES, NOW)
    assert time.perf_counter() - begin < 0.5


@given(st.dictionaries(st.sampled_from(["input", "output", "model", "name", "type", "timeout"]), st.none() | st.text()))
def test_nothing_that_is_typed_raises(fields: dict[str, str | None]) -> None:
    """Either a submission or a sentence per field, always."""
    found, wrong = read(fields, RULES, NOW)
    assert (found is None) == bool(wrong)
    assert all(sentence[0].isupper() or sentence[0] == "“" for sentence in wrong.values())
    assert all(sentence.rstrip()[-1] in ".?)" for sentence in wrong.values())
