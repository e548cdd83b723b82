from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.alarms.alarm import ALARM, INSUFFICIENT, OK, Alarm
from bot.alarms.episode import FLAPPING, Acknowledged, Change, Episode, Snooze, begin, observe

from .samples import AT


def change(state: str, minute: int, value: float | None = None, comparison: str | None = None) -> Alarm:
    at = AT + timedelta(minutes=minute)
    return Alarm(key="k", name="n", state=state, at=at, kind="metric", value=value, comparison=comparison)


def story(*changes: Alarm) -> tuple[Episode, list[Change]]:
    episode: Episode | None = None
    outcomes = []
    for alarm in changes:
        episode, outcome = observe(episode, alarm)
        outcomes.append(outcome)
    assert episode
    return episode, outcomes


def test_it_opens_rings_again_and_closes() -> None:
    episode, outcomes = story(change(ALARM, 0, 5), change(ALARM, 1, 9), change(OK, 2, 1))
    assert outcomes == [Change.OPENED, Change.RANG, Change.CLOSED]
    assert (episode.peak, episode.rings, episode.open) == (9, 2, False)
    assert episode.lasted(AT + timedelta(days=9)) == timedelta(minutes=2)


def test_the_worst_is_the_lowest_where_too_little_is_the_trouble() -> None:
    episode, _ = story(*(change(ALARM, minute, value, "LessThanThreshold") for minute, value in enumerate((5, 2, 4))))
    assert episode.peak == 2


def test_a_value_that_comes_late_is_the_peak() -> None:
    assert story(change(ALARM, 0), change(ALARM, 1, 3), change(ALARM, 2))[0].peak == 3


@pytest.mark.parametrize("state", [INSUFFICIENT, "SUPPRESSED"])
def test_without_data_it_stays_open_and_says_so(state: str) -> None:
    episode, outcomes = story(change(ALARM, 0), change(state, 1), change(OK, 2))
    assert outcomes == [Change.OPENED, Change.UNSURE, Change.CLOSED]
    open_still = story(change(ALARM, 0), change(state, 1))[0]
    assert open_still.open
    assert open_still.alarm.state == state
    assert episode.rings == 1


def test_older_news_changes_nothing() -> None:
    closed, _ = story(change(ALARM, 0), change(OK, 5))
    assert observe(closed, change(ALARM, 3)) == (closed, Change.STALE)
    noted, _ = begin(change(OK, 5))
    assert observe(noted, change(ALARM, 4)) == (noted, Change.STALE)


def test_the_same_news_again_changes_nothing() -> None:
    for state in (ALARM, OK, INSUFFICIENT):
        episode, _ = begin(change(state, 0))
        assert observe(episode, change(state, 0)) == (episode, Change.REPEAT)


def test_a_new_alarm_long_after_the_end_is_a_new_episode() -> None:
    first, _ = begin(change(ALARM, 0))
    second, outcomes = story(change(ALARM, 0), change(OK, 1), change(ALARM, 17))
    assert outcomes[-1] is Change.OPENED
    assert second.id != first.id
    assert second.opened_at == AT + timedelta(minutes=17)
    assert (second.flaps, second.settles_at) == (0, None)


def test_soon_after_the_end_the_same_episode_goes_on() -> None:
    flapping = [change(ALARM, 0, 5), change(OK, 2), change(ALARM, 17, 9), change(OK, 18), change(ALARM, 20)]
    episode, outcomes = story(*flapping)
    assert outcomes[2:] == [Change.REOPENED, Change.CLOSED, Change.REOPENED]
    assert episode.id == begin(flapping[0])[0].id
    assert (episode.open, episode.opened_at, episode.rings, episode.flaps, episode.peak) == (True, AT, 3, 2, 9)


def test_the_end_of_what_flaps_may_be_called_over_when_it_has_been_quiet() -> None:
    once, _ = story(change(ALARM, 0), change(OK, 2))
    assert once.settles_at is None
    flapped, _ = story(change(ALARM, 0), change(OK, 2), change(ALARM, 3), change(OK, 4))
    assert flapped.settles_at == AT + timedelta(minutes=4) + FLAPPING
    assert observe(flapped, change(ALARM, 6))[0].settles_at is None


def test_who_has_it_in_hand_keeps_it_while_it_flaps() -> None:
    closed, _ = story(change(ALARM, 0), change(OK, 2))
    closed = replace(closed, acknowledged=Acknowledged("U1", AT))
    assert observe(closed, change(ALARM, 3))[0].acknowledged == Acknowledged("U1", AT)
    assert observe(closed, change(ALARM, 60))[0].acknowledged is None


def test_while_it_is_snoozed_it_goes_on_however_late() -> None:
    closed, _ = story(change(ALARM, 0), change(OK, 2))
    snoozed = replace(closed, snooze=Snooze(AT + timedelta(hours=8), "U1"))
    assert snoozed.quiet(AT + timedelta(hours=7))
    assert not snoozed.quiet(AT + timedelta(hours=8))
    again, outcome = observe(snoozed, change(ALARM, 7 * 60))
    assert (again.id, outcome) == (closed.id, Change.REOPENED)
    later, outcome = observe(snoozed, change(ALARM, 8 * 60))
    assert (later.snooze, outcome) == (None, Change.OPENED)


def test_changes_without_an_episode_share_one_small_card() -> None:
    episode, outcomes = story(change(OK, 0), change(INSUFFICIENT, 1), change(OK, 2))
    assert outcomes == [Change.NOTED] * 3
    assert episode.id == begin(change(OK, 0))[0].id
    assert (episode.open, episode.rings) == (False, 0)


def test_a_note_soon_after_the_end_stays_on_the_card_and_a_late_one_does_not() -> None:
    rang, _ = story(change(ALARM, 0), change(OK, 1))
    noted, outcome = observe(rang, change(INSUFFICIENT, 2))
    assert outcome is Change.NOTED
    assert (noted.id, noted.closed_at, noted.rings) == (rang.id, rang.closed_at, 1)
    late, outcome = observe(rang, change(INSUFFICIENT, 30))
    assert outcome is Change.NOTED
    assert late.id != rang.id
    assert observe(noted, change(ALARM, 3))[1] is Change.REOPENED


def test_the_same_change_has_the_same_id_however_often_it_comes() -> None:
    assert begin(change(ALARM, 0))[0].id == begin(change(ALARM, 0, 7))[0].id


STATES = st.sampled_from([ALARM, OK, INSUFFICIENT, "OTHER"])


@given(st.lists(st.tuples(STATES, st.integers(0, 9), st.none() | st.floats(-9, 9)), min_size=1, max_size=20))
def test_whatever_the_order_time_never_runs_backwards(changes: list[tuple[str, int, float | None]]) -> None:
    episode: Episode | None = None
    for state, minute, value in changes:
        before = episode
        episode, outcome = observe(before, change(state, minute, value))
        assert before is None or episode.alarm.at >= before.alarm.at
        assert (episode is before) == (outcome in {Change.STALE, Change.REPEAT})
        assert episode.open == (episode.closed_at is None)
        assert not episode.open or episode.rings > 0
        assert episode.lasted(AT) >= timedelta(0)
