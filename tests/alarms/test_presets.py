"""The presets, the words people may type for an alarm, and every sentence of refusal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tests.wire  # noqa: F401  (no deadline for hypothesis)
from bot.alarms.making import plan
from bot.alarms.making.model_choices import choices
from bot.alarms.making.plan import Choice
from bot.alarms.making.presets import BANDS, BY_KEY, COMPARISONS, MISSING, PRESETS, STATISTICS
from bot.alarms.words import MEASURES
from tests.alarms.worlds import HAIKU, MODELS, SONNET, made, planned


def test_every_preset_makes_an_alarm_that_botocore_takes() -> None:
    """With its own values, for the model it is meant for."""
    for preset in PRESETS:
        request = made(preset=preset.key, threshold="5", **({"model": "all"} if preset.all_models else {}))
        assert request["AlarmName"].startswith(f"batch-{preset.key}-")
        assert request["AlarmActions"] == request["OKActions"]


def test_the_rows_name_what_there_is() -> None:
    """A misspelt name in a row would only be found by Amazon."""
    assert len(BY_KEY) == len(PRESETS)
    for preset in PRESETS:
        assert preset.metric in MEASURES
        assert preset.statistic in STATISTICS
        assert preset.comparison in (BANDS if preset.shape == "band" else COMPARISONS)
        assert preset.missing in MISSING
        assert 1 <= preset.datapoints <= preset.periods


def test_amazons_own_example_is_there() -> None:
    """The average of six hours above a million input tokens per minute."""
    request = made(preset="tokens")
    assert (request["Statistic"], request["Period"], request["EvaluationPeriods"]) == ("Average", 21600, 1)
    assert made(preset="tokens", threshold="1,000,000")["Threshold"] == 1_000_000.0
    assert BY_KEY["tokens"].threshold == 1_000_000


@pytest.mark.parametrize(
    ("typed", "value"),
    [("15000", 15000.0), ("15,000", 15000.0), ("15k", 15000.0), ("1.5M", 1.5e6), ("1 000 000", 1e6), ("-3", -3.0),
     ("2e3", 2000.0), ("0", 0.0), ("0.5", 0.5)],
)  # fmt: skip
def test_numbers_as_people_write_them(typed: str, value: float) -> None:
    """With separators and scales."""
    assert planned(threshold=typed).threshold == value


@pytest.mark.parametrize(
    ("typed", "length"), [("5m", 300), ("300", 300), ("6h", 21600), ("1d", 86400), ("15 min", 900)]
)
def test_periods_as_people_write_them(typed: str, length: int) -> None:
    """In minutes, hours, days or seconds."""
    assert planned(period=typed, evaluation="1").period == length


@pytest.mark.parametrize(
    ("typed", "found"), [("3 of 5", (3, 5)), ("2/3", (2, 3)), ("4", (4, 4)), ("1 out of 2", (1, 2))]
)
def test_evaluations_as_people_write_them(typed: str, found: tuple[int, int]) -> None:
    """So many of so many."""
    wanted = planned(evaluation=typed)
    assert (wanted.datapoints, wanted.periods) == found


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"preset": "noise"}, "preset", "There are backlog, stalled"),
        ({"model": ""}, "model", "Which model? I know Claude Sonnet 4.5"),
        ({"model": "gemini"}, "model", "I do not know the model “gemini”"),
        ({"model": "claude"}, "model", "could be Claude Sonnet 4.5, Claude Haiku 4.5. Say which."),
        ({"metric": "latency"}, "metric", "The metric can be records pending"),
        ({"statistic": "p42"}, "statistic", "The statistic can be Average"),
        ({"comparison": "near"}, "comparison", "The comparison can be GreaterThanThreshold"),
        ({"threshold": "lots"}, "threshold", "That is no number I understand"),
        ({"threshold": "1e400"}, "threshold", "That is no number I understand"),
        ({"threshold": "nan"}, "threshold", "That is no number I understand"),
        ({"preset": "own"}, "threshold", "At which value should it ring?"),
        ({"preset": "anomaly", "threshold": "0"}, "threshold", "above 0, usually 2"),
        ({"period": "90"}, "period", "whole number of minutes"),
        ({"period": "8d"}, "period", "whole number of minutes"),
        ({"evaluation": "5 of 3"}, "evaluation", "Say how many datapoints of how many"),
        ({"evaluation": "0"}, "evaluation", "Say how many datapoints of how many"),
        ({"evaluation": "289", "period": "5m"}, "evaluation", "at most 1 day in periods of less than an hour"),
        ({"evaluation": "8", "period": "1d"}, "evaluation", "at most 7 days"),
        ({"missing": "shrug"}, "missing", "The missing data can be notBreaching"),
        ({"name": "x" * 256}, "name", "at most 255 characters; this one has 256"),
        ({"name": "a\u202eb"}, "name", "visible characters only"),
        ({"description": "x" * 1025}, "description", "at most 1024 characters"),
        ({"preset": "stalled", "model": "all"}, "model", "watches one model"),
        ({"preset": "anomaly", "model": "all"}, "model", "watches one model"),
        ({"model": "all", "statistic": "p95"}, "statistic", "For all models at once"),
    ],
)
def test_each_fault_stands_at_its_field(fields: dict[str, str], field: str, words: str) -> None:
    """As a sentence that says what would do."""
    wanted, errors = plan.read({"model": "sonnet", **fields}, MODELS)
    assert wanted is None
    assert list(errors) == [field]
    assert words in errors[field]


def test_the_longest_look_back_is_allowed() -> None:
    """One day in short periods, seven in long ones: the limit itself counts."""
    assert planned(evaluation="288", period="5m").periods == 288
    assert planned(evaluation="7", period="1d").periods == 7
    assert planned(evaluation="168", period="1h").periods == 168


@pytest.mark.parametrize("typed", ["sonnet", "Claude Sonnet 4.5", "claude 4.5 sonnet", SONNET.model_id, SONNET.key])
def test_a_model_by_any_of_its_names(typed: str) -> None:
    """Key, id, name, words."""
    assert planned(model=typed).model_id == SONNET.model_id


def test_all_models_have_no_id() -> None:
    """Whether chosen or usual for the preset."""
    assert planned(model="all").model_id == ""
    wanted, _ = plan.read({"preset": "models"}, MODELS)
    assert wanted is not None
    assert (wanted.model_id, wanted.name) == ("", "batch-models-all-models")


@given(st.dictionaries(st.sampled_from(plan.FIELDS), st.text(max_size=300)))
def test_whatever_is_typed_gives_a_plan_or_sentences(fields: dict[str, str]) -> None:
    """Never an error that nobody wrote."""
    wanted, errors = plan.read(fields, MODELS)
    assert (wanted is None) == bool(errors)
    assert set(errors) <= set(plan.FIELDS)
    assert all(sentence.endswith((".", "?")) or "Try" in sentence for sentence in errors.values())


def test_measured_models_come_first_as_cloudwatch_spells_them() -> None:
    """A model of the settings is not listed twice because its metrics have the bare id."""
    bare = "anthropic.claude-sonnet-4-5-20250929-v1:0"
    found = choices(
        [bare], [SONNET.model_id, "amazon.nova-pro-v1:0"], lambda one: "Sonnet" if "sonnet" in one else "Nova"
    )
    assert [(one.model_id, one.measured) for one in found] == [(bare, True), ("amazon.nova-pro-v1:0", False)]


def test_two_spellings_of_one_model_are_told_apart() -> None:
    """Both have metrics; a form with two equal lines would be a riddle."""
    bare = HAIKU.model_id
    found = choices([bare, f"us.{bare}"], [], lambda _: "Claude Haiku 4.5")
    names = [one.name for one in found]
    assert len(set(names)) == 2
    assert any("us" in name for name in names)
    assert len({one.key for one in found}) == 2
    assert isinstance(found[0], Choice)
