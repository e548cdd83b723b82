"""The job by itself: what an observation makes of it, its pace, its end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.jobs.job import ENDED, LOOKS, SAMPLES, Change, Counts, Job, adopted
from tests.jobs.samples import ARN, at, job, remote
from tests.wire import NOW

AMAZON = ["Submitted", "Validating", "Scheduled", "InProgress", "Completed", "PartiallyCompleted", "Failed",
          "Stopping", "Stopped", "Expired"]  # fmt: skip
"""Bedrock's statuses, by its service model."""
OURS = ["Checking", "Sending", "Refused"]
counts = st.integers(0, 500)


def test_every_status_of_bedrock_has_its_words() -> None:
    """Ten of Amazon's, three of ours, and which of them are the end."""
    assert set(LOOKS) == {*AMAZON, *OURS}
    assert set(ENDED) == {"Completed", "PartiallyCompleted", "Failed", "Stopped", "Expired", "Refused"}
    assert len({look.words for look in LOOKS.values()}) == len(LOOKS), "words alone tell them apart"


@pytest.mark.parametrize(("before", "after"), list(product([*AMAZON, *OURS], [*AMAZON, "Paused"])))
def test_every_pair_of_statuses(before: str, after: str) -> None:
    """An end is never left (but for one that Bedrock took after all), anything else follows Bedrock."""
    old = job(before)
    new, change = old.observed(remote(after), NOW)
    if before in ENDED - {"Refused"}:
        assert (new, change) == (old, Change.NOTHING)
        return
    assert (new.status, new.arn) == (after, ARN)
    if after in ENDED:
        assert change is Change.ENDED
        assert new.ended_at is not None
    else:
        assert new.ended_at is None
        assert change is (Change.NOTHING if before == after else Change.STATE)


def test_a_job_that_was_given_up_and_runs_after_all_comes_back_to_life() -> None:
    """Its answer was lost: what Bedrock runs is shown, and our own reason is gone."""
    refused = job("Refused", message="Amazon did not answer.", ended_at=NOW)
    new, change = refused.observed(remote("InProgress", 5, 10), NOW)
    assert (change, new.status, new.message, new.ended_at) == (Change.STATE, "InProgress", "", None)


def test_an_unknown_status_is_no_end_and_shown_as_it_came() -> None:
    """Amazon invents statuses; the bot neither hides them nor stops looking."""
    new, change = job("InProgress").observed(remote("Hibernating"), NOW)
    assert change is Change.STATE
    assert not new.ended
    assert new.look.words == "Hibernating"


def test_progress_is_told_apart_from_a_new_state() -> None:
    """Progress waits for the edit limit, a state does not."""
    before = job("InProgress", counts=Counts(10, 2, 2, 0))
    assert before.observed(remote("InProgress", 2, 10), NOW)[1] is Change.NOTHING
    assert before.observed(remote("InProgress", 3, 10), NOW)[1] is Change.PROGRESS
    assert before.observed(remote("Stopping", 3, 10), NOW)[1] is Change.STATE


@given(st.lists(st.tuples(counts, counts, st.sampled_from(["InProgress", "Validating", "Completed"])), max_size=8))
def test_counts_never_go_back(seen: list[tuple[int, int, str]]) -> None:
    """Bedrock's counts lag and listings come out of order: neither the total nor what is done shrinks."""
    one = job("Submitted")
    for processed, total, status in seen:
        before = one
        one, _ = one.observed(remote(status, processed, max(processed, total)), NOW)
        assert one.counts.processed >= before.counts.processed
        assert one.counts.total >= before.counts.total
        assert one.counts.processed <= one.counts.total


def test_an_end_without_a_time_ends_when_it_last_changed() -> None:
    """The listing has no endTime sometimes; without any time it is now."""
    assert job().observed(remote("Failed", ended_at=at(-9)), NOW)[0].ended_at == at(-9)
    assert job().observed(remote("Failed"), NOW)[0].ended_at == at(-1)
    assert job().observed(remote("Failed", changed_at=None), NOW)[0].ended_at == NOW


def test_what_bedrock_leaves_out_is_kept() -> None:
    """The message, the expiry and the submit time of an earlier look stay."""
    before = job(message="waiting for capacity")
    after = before.observed(remote(message="", expires_at=None, submitted_at=None), NOW)[0]
    assert (after.message, after.expires_at, after.submitted_at) == (
        before.message, before.expires_at, before.submitted_at,
    )  # fmt: skip


def paced(*samples: tuple[float, int], total: int = 1000) -> Job:
    """A running job that was seen at these minutes with so many records done."""
    one = job(counts=Counts())
    for minute, processed in samples:
        one, _ = one.observed(remote("InProgress", processed, total), at(minute))
    return one


def test_the_end_is_foretold_by_the_recent_pace() -> None:
    """Ten records a minute, 700 left: seventy minutes."""
    one = paced((0, 100), (10, 200), (20, 300))
    assert one.rate == pytest.approx(10 / 60)
    assert one.eta(at(20)) == at(90)


def test_without_a_pace_nothing_is_foretold() -> None:
    """One look, no movement, no total, or not running: None, never a division by zero."""
    assert paced((0, 100)).eta(NOW) is None
    assert paced((0, 100), (5, 100)).eta(NOW) is None
    assert paced((0, 0), (5, 0), total=0).eta(NOW) is None
    assert replace(paced((0, 1), (5, 9)), status="Stopping").eta(NOW) is None
    assert paced((5, 10), (5, 20)).rate == 0, "two looks in one moment"


def test_the_pace_is_the_recent_one() -> None:
    """A slow beginning is forgotten: the last dozen looks count."""
    slow = [(float(n), n) for n in range(20)]
    fast = [(20 + float(n), 20 + n * 60) for n in range(20)]
    assert paced(*slow, *fast, total=9999).rate == pytest.approx(1.0)


def test_a_long_job_keeps_few_samples() -> None:
    """A week of looks fits a row, first and last among them."""
    one = paced(*[(float(n), n) for n in range(500)], total=9999)
    assert len(one.samples) <= SAMPLES
    assert one.samples[-1] == (at(499).timestamp(), 499)
    assert list(one.samples) == sorted(one.samples)


@given(st.lists(st.tuples(st.floats(0, 1e4), counts), max_size=60))
def test_the_pace_is_never_negative_and_never_raises(looks: list[tuple[float, int]]) -> None:
    """Whatever was seen and when."""
    one = paced(*looks)
    assert one.rate >= 0
    assert one.eta(NOW) is None or one.eta(NOW) is not None


def test_where_the_results_are() -> None:
    """Bedrock makes a folder of the job's id below the output; before there is an id, it is the output itself."""
    assert job().results_uri == "s3://batchbot-out/results/a1b2c3d4e5f6/"
    assert job(output_uri="s3://b/x").results_uri == "s3://b/x/a1b2c3d4e5f6/"
    assert job("Checking").results_uri == "s3://batchbot-out/results/"
    assert (job().bedrock_id, job().region) == ("a1b2c3d4e5f6", "us-east-1")
    assert (job("Checking").bedrock_id, job("Checking").region) == ("", "")


def test_a_strangers_job_is_taken_as_it_is() -> None:
    """Without an owner, with Bedrock's own words and times."""
    one = adopted(remote("InProgress", 5, 10, token=""), "id1", "C1", NOW)
    assert (one.owner, one.channel, one.status, one.counts.processed) == ("", "C1", "InProgress", 5)
    assert one.token == ARN, "the column is unique, and strangers' tokens may be missing"
    assert one.created_at == NOW - timedelta(hours=2)
    assert one.timeout_hours == 24
    assert adopted(remote("Completed", 5, 5), "id1", "C1", NOW).ended
