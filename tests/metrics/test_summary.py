"""States, order and names of the models in a summary."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest

from bot.aws import modelids
from bot.metrics import catalog
from bot.metrics.ranges import Range
from bot.metrics.series import Series
from bot.metrics.summary import distinct_names, summarise
from bot.points import clean
from tests.metrics.worlds import GPT, HAIKU, NOVA, NOW, SONNET, minutes, series, summary, world

FIVE = minutes(5)
WINDOW = Range.parse("3h").window(NOW, FIVE)


def late(number: int, *values: float | None) -> list[tuple[datetime, float]]:
    """The last datapoints of the range, ``number`` periods before its end being the first."""
    return [(WINDOW.until - (number - n) * FIVE, v) for n, v in enumerate(values) if v is not None]


def state(
    pending: list[tuple[datetime, float]], flow: list[tuple[datetime, float]], *, jobs: int = 0, partial: bool = False
) -> tuple[str, datetime | None]:
    both = [
        Series(NOVA, catalog.RECORDS, FIVE, clean(pending)),
        Series(NOVA, catalog.INPUT, FIVE, clean(flow), partial),
    ]
    found = summarise(both, range=Range.parse("3h"), now=NOW, names=str, running=lambda _: jobs)
    return found.models[0].state, found.models[0].since


def test_the_four_states_in_their_order() -> None:
    found = summary(world(4))
    assert [(m.model_id, m.state) for m in found.models] == [
        (NOVA, "stalled"), (SONNET, "working"), (HAIKU, "idle"), (GPT, "silent"),
    ]  # fmt: skip
    assert [m.running_jobs for m in found.models] == [0, 2, 0, 0]


def test_stalled_since_the_first_period_without_a_token() -> None:
    pending = late(6, 5, 5, 5, 5, 5, 5)
    assert state(pending, late(6, 9, 9, 0, 0, 0, 0)) == ("stalled", WINDOW.until - 4 * FIVE)


@pytest.mark.parametrize("flow", [[], [None, None, None, None], [9, None, None, None]])
def test_throughput_that_is_missing_counts_as_none(flow: list[float | None]) -> None:
    assert state(late(4, 5, 5, 5, 5), late(4, *flow))[0] == "stalled"


@pytest.mark.parametrize(
    ("pending", "flow"),
    [
        ([5, 5], [0, 0]),  # too early to say
        ([5, 5, 5, 5], [0, 0, 0, 1]),  # just begun
        ([5, 5, 5, 5], [0, 1, 0, 0]),  # two points are not three
        ([5, 5, 0, 5], [0, 0, 0, 0]),  # the backlog was empty in between
    ],
)
def test_not_stalled_before_three_points(pending: list[float], flow: list[float]) -> None:
    assert state(late(len(pending), *pending), late(len(flow), *flow)) == ("working", None)


def test_not_stalled_when_cloudwatch_held_the_throughput_back() -> None:
    assert state(late(4, 5, 5, 5, 5), [], partial=True)[0] == "working"


def test_not_stalled_on_old_numbers() -> None:
    old = [(at - minutes(60), v) for at, v in late(4, 5, 5, 5, 5)]
    assert state(old, []) == ("idle", WINDOW.until - minutes(60))


def test_a_running_job_means_work_before_its_numbers_come() -> None:
    assert state(late(3, 0, 0, 0), late(3, 0, 0, 0), jobs=1) == ("working", None)
    assert state(late(3, 0, 0, 0), late(3, 0, 0, 0)) == ("idle", None)


def test_idle_since_the_last_work_ended() -> None:
    assert state(late(5, 9, 2, 0, 0, 0), late(5, 9, 9, 9, 0, 0)) == ("idle", WINDOW.until - 2 * FIVE)


def test_tokens_tell_of_a_backlog_when_records_do_not() -> None:
    waiting = Series(SONNET, catalog.TOKENS, FIVE, clean(late(4, 5, 5, 5, 5)))
    found = summarise([waiting], range=Range.parse("3h"), now=NOW, names=str, running=lambda _: 0)
    assert found.models[0].state == "stalled"
    assert found.models[0].backlog is None


def test_order_is_by_backlog_then_throughput_then_name() -> None:
    def flat(key: str, backlog: float, rate: float) -> list[Series]:
        values: dict[str, Callable[[float], float]] = {
            catalog.RECORDS: lambda _: backlog,
            catalog.INPUT: lambda _: rate,
        }
        return [series(key, name, "3h", value) for name, value in values.items()]

    every = flat("x.b", 0, 5) + flat("x.c", 0, 9) + flat("x.a", 7, 1) + flat("x.e", 0, 0) + flat("x.d", 0, 0)
    assert [m.model_id for m in summary(every, "3h").models] == ["x.a", "x.c", "x.b", "x.d", "x.e"]


def test_one_missing_answer_marks_its_model() -> None:
    every = world(3)
    every[0] = replace(every[0], partial=True)
    found = summary(every)
    assert found.partial
    assert [m.model_id for m in found.models if m.partial] == [SONNET]


def test_nothing_at_all_is_an_empty_summary() -> None:
    found = summary([])
    assert found.models == ()
    assert not found.partial
    assert found.until - found.since == found.range.length


def test_only_names_that_clash_get_what_tells_them_apart() -> None:
    arn = f"arn:aws:bedrock:us-east-1:111122223333:inference-profile/{SONNET}"
    bare = SONNET.removeprefix("us.")
    assert distinct_names([bare, SONNET, NOVA], modelids.pretty) == {
        bare: "Claude Sonnet 4.5", SONNET: "Claude Sonnet 4.5 (us)", NOVA: "Nova Pro",
    }  # fmt: skip
    assert distinct_names([bare, SONNET, arn], modelids.pretty)[arn] == "Claude Sonnet 4.5 (us ARN)"
    old, new = "anthropic.claude-3-haiku-20240307-v1:0", "anthropic.claude-3-haiku-20240307-v1:0:200k"
    assert distinct_names([old, new], modelids.pretty)[new] == "Claude 3 Haiku (20240307-v1:0:200k)"
    assert len(set(distinct_names(["a", "b", "c"], lambda _: "same").values())) == 3
