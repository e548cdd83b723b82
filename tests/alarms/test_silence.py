"""Snoozing: a real mute rule with the promised end, taken back, run out, refused; and the bot's own quiet instead."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.alarms import snooze
from bot.alarms.store import episodes
from bot.db import Database
from bot.errors import BadInput
from playground.aws import AwsServer
from playground.slack import SlackServer
from tests.alarms.desk import ANA, BEN, Desk, actions
from tests.wire import NOW, Time, aws_client, opened, rows

ALARM = "tokens-high"
MUTE = "cloudwatch.PutAlarmMuteRule"
UNMUTE = "cloudwatch.DeleteAlarmMuteRule"


@pytest.fixture
def desk(quick: Database, time: Time, server: SlackServer, aws: AwsServer) -> Desk:
    """With an account in which the alarm exists, and the alarm's card in the channel."""
    made = Desk(quick, time, server, aws)
    create(aws)
    made.ring(ALARM)
    made.work()
    return made


def create(aws: AwsServer, name: str = ALARM) -> None:
    aws_client(aws, "cloudwatch").put_metric_alarm(
        AlarmName=name, Namespace="AWS/Bedrock/Batch", MetricName="NumberOfRecordsPendingProcessing", Statistic="Average",
        Period=300, EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip


def mutes(desk: Desk) -> list[dict[str, Any]]:
    """The rules of the account, in full."""
    client = aws_client(desk.account, "cloudwatch")
    found = client.list_alarm_mute_rules()["AlarmMuteRuleSummaries"]
    names = [one["AlarmMuteRuleArn"].rsplit(":", 1)[1] for one in found]
    return [client.get_alarm_mute_rule(AlarmMuteRuleName=name) for name in names]


def end_of(rule: dict[str, Any]) -> datetime:
    schedule = rule["Rule"]["Schedule"]
    start = datetime.strptime(schedule["Expression"], "at(%Y-%m-%dT%H:%M)").replace(tzinfo=UTC)
    return start + timedelta(minutes=int(schedule["Duration"].removeprefix("PT").removesuffix("M")))


def snooze_it(desk: Desk, choice: str = "2 hours") -> None:
    assert desk.press("alarm_snooze", choice=choice) == ""
    desk.work()


# --- when it ends -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "choice", "until"),
    [
        ("2026-11-22T09:00:00", "PT30M", "2026-11-22T09:30:00"),
        ("2026-11-22T09:00:01", "PT30M", "2026-11-22T09:31:00"),
        ("2026-11-22T09:00:59", "PT2H", "2026-11-22T11:01:00"),
        ("2026-11-22T09:00:00", "PT8H", "2026-11-22T17:00:00"),
        ("2026-11-22T09:00:00", "tomorrow", "2026-11-23T08:00:00"),
        ("2026-11-22T22:59:00", "tomorrow", "2026-11-23T08:00:00"),
        ("2026-11-22T23:01:00", "tomorrow", "2026-11-24T08:00:00"),
        ("2026-03-28T12:00:00", "tomorrow", "2026-03-29T07:00:00"),
    ],
)  # the last but one is past midnight in Berlin, the last is the night in which the clocks go forward
def test_when_a_choice_ends(now: str, choice: str, until: str) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert snooze.chosen(choice, at, "Europe/Berlin") == datetime.fromisoformat(until).replace(tzinfo=UTC)


@given(st.floats(0, 365 * 86400), st.floats(0.001, 15 * 24 - 0.1))
def test_the_window_ends_when_it_was_promised_and_never_sooner_than_asked(seconds: float, hours: float) -> None:
    now = NOW + timedelta(seconds=seconds)
    until = (
        snooze.typed(f"{hours:.4f}", "hours", None, now) if hours > 0.02 else snooze.ending(now + timedelta(seconds=1))
    )
    window = snooze.window(now, until)
    assert window.end == until
    assert window.start <= now < window.start + timedelta(minutes=1)
    assert 1 <= window.minutes <= 15 * 24 * 60
    assert until - now >= timedelta(hours=hours) * 0.99 or hours <= 0.02


@pytest.mark.parametrize("amount", ["nan", "inf", "-inf", "1e300", "x", "", "0", "16", "-1", "\u0661\u0662x"])
def test_nonsense_is_refused_at_its_field(amount: str) -> None:
    with pytest.raises(BadInput) as refused:
        snooze.typed(amount, "days", None, NOW)
    assert refused.value.field == "amount"


@pytest.mark.parametrize("until", ["x", "9" * 30, "-1", "1"])
def test_moments_that_are_none_are_refused(until: str) -> None:
    with pytest.raises(BadInput) as refused:
        snooze.typed(None, None, until, NOW)
    assert refused.value.field == "until"


def test_a_window_is_never_longer_than_amazon_takes() -> None:
    with pytest.raises(BadInput):
        snooze.window(NOW, NOW + timedelta(days=15, minutes=1))
    with pytest.raises(BadInput):
        snooze.window(NOW, NOW)


# --- a real mute rule -------------------------------------------------------------------------------------------------


def test_a_snooze_is_a_mute_rule_with_the_end_that_stands_on_the_card(desk: Desk) -> None:
    """It mutes this alarm, from now, and says whose it is."""
    desk.time.after(42)
    snooze_it(desk)
    [rule] = mutes(desk)
    until = NOW + timedelta(hours=2, minutes=1)
    assert end_of(rule) == rule["ExpireDate"] == until
    assert rule["Status"] == "ACTIVE"
    assert rule["MuteTargets"] == {"AlarmNames": [ALARM]}
    assert ANA in rule["Description"]
    assert "🔕 *SNOOZED" in desk.card.words
    assert f"Snoozed until <!date^{int(until.timestamp())}^" in desk.card.words
    assert "here alone" not in desk.card.words
    assert actions(desk.card) == ["Acknowledge", "Unsnooze", "…"]
    assert f"<@{ANA}> snoozed it until" in desk.replies()[-1]


def test_a_snooze_is_taken_back(desk: Desk) -> None:
    """The rule goes, the card is as it was, the thread knows who."""
    snooze_it(desk)
    assert desk.press("alarm_unsnooze") == ""
    desk.work()
    assert mutes(desk) == []
    assert "🔴 *ALARM" in desk.card.words
    assert actions(desk.card) == ["Acknowledge", "Snooze", "…"]
    assert "ended the snooze" in desk.replies()[-1]


def test_when_it_is_over_and_the_alarm_is_not_the_thread_says_so(desk: Desk) -> None:
    """At the promised minute, once; the rule that is over is deleted."""
    snooze_it(desk, "30 minutes")
    desk.after(minutes=29, seconds=59)
    assert "SNOOZED" in desk.card.words
    desk.after(seconds=1)
    assert "🔴 *ALARM" in desk.card.words
    assert "The snooze is over, still in alarm" in desk.replies()[-1]
    desk.work()
    assert mutes(desk) == []
    desk.after(hours=1)
    assert len(desk.replies()) == 2


def test_a_snooze_that_ends_while_the_bot_is_down_ends_when_it_is_back(desk: Desk) -> None:
    """Looking at rows, not waiting for an event."""
    snooze_it(desk, "30 minutes")
    desk.time.after(5 * 3600)
    desk.work()
    assert "🔴 *ALARM" in desk.card.words


def test_an_alarm_that_recovers_while_snoozed_can_still_be_unsnoozed(desk: Desk) -> None:
    """The quiet is CloudWatch's and goes on; its end stays in sight."""
    snooze_it(desk)
    desk.time.after(600)
    desk.ring(ALARM, "OK")
    desk.after(minutes=1)
    assert "🟢 *OK" in desk.card.words
    assert "Snoozed until" in desk.card.words
    assert actions(desk.card) == ["Unsnooze"]
    assert desk.press("alarm_unsnooze") == ""
    desk.after(minutes=1)
    assert (mutes(desk), actions(desk.card)) == ([], [])


def test_a_second_snooze_takes_the_place_of_the_first(desk: Desk) -> None:
    """Somebody had the old card open: one rule is left, the later one."""
    card = desk.card
    first = desk.press("alarm_snooze", card=card, choice="30 minutes")
    second = desk.press("alarm_snooze", card=card, choice="8 hours")
    assert first + second == ""
    desk.work()
    desk.work()
    [rule] = mutes(desk)
    assert end_of(rule) == NOW + timedelta(hours=8)
    assert f"{int((NOW + timedelta(hours=8)).timestamp())}" in desk.card.words


def test_a_custom_snooze_by_a_number_and_by_a_moment(desk: Desk) -> None:
    """The form opens at once; its end is the rule's."""
    desk.press("alarm_snooze", choice="Custom")
    assert desk.fill(amount="1.5", unit="days", until=None) is None
    desk.work()
    assert end_of(mutes(desk)[0]) == NOW + timedelta(days=1.5)
    desk.press("alarm_unsnooze")
    desk.work()
    desk.press("alarm_snooze", choice="Custom")
    moment = NOW + timedelta(hours=5, minutes=7)
    assert desk.fill(amount=None, unit="hours", until=str(int(moment.timestamp()))) is None
    desk.work()
    assert end_of(mutes(desk)[0]) == moment


def test_a_form_filled_in_by_somebody_who_may_not_is_refused(desk: Desk) -> None:
    """Also if it was opened for another."""
    desk.press("alarm_snooze", choice="Custom")
    with pytest.raises(Exception, match="BATCHBOT_OPERATORS"):
        desk.fill(BEN, amount="1", unit="hours", until=None)
    assert mutes(desk) == []


# --- Amazon says no, or nothing ---------------------------------------------------------------------------------------


def test_without_the_permission_the_bots_own_quiet_is_offered_and_says_what_it_is(desk: Desk) -> None:
    """The missing permission is named; nothing is pretended."""
    desk.account.faults.deny(MUTE)
    snooze_it(desk)
    [told] = desk.told(ANA)
    assert "cloudwatch:PutAlarmMuteRule" in told
    assert "SNOOZED" not in desk.card.words
    whispered = desk.server.person("ana").ephemerals[-1]
    assert desk.press("alarm_silence", card=whispered) == ""
    desk.work()
    assert "🔕 *SNOOZED" in desk.card.words
    assert "here alone: CloudWatch goes on sending" in desk.card.words
    assert mutes(desk) == []
    desk.press("alarm_unsnooze")
    desk.work()
    assert "🔴 *ALARM" in desk.card.words


@pytest.mark.parametrize("name", ["elsewhere", "same-name"])
def test_an_alarm_of_another_account_is_not_muted_by_its_name(desk: Desk, name: str) -> None:
    """Rules know alarms by name alone: the one of the same name here is another."""
    if name == "same-name":
        create(desk.account, name)
    desk.ring(name, AlarmArn=f"arn:aws:cloudwatch:eu-west-1:999900001111:alarm:{name}")
    desk.work()
    card = next(m for m in desk.channel.messages if name in m.words)
    desk.press("alarm_snooze", card=card, choice="2 hours")
    desk.work()
    assert "no such alarm in the account" in desk.told(ANA)[-1]
    assert mutes(desk) == []


def test_amazon_being_away_is_waited_for_and_the_end_stays_the_promised_one(desk: Desk) -> None:
    """The person hears it once; the rule made later ends when it was said."""
    desk.account.faults.throttle(MUTE)
    snooze_it(desk)
    desk.after(minutes=3)
    [told] = desk.told(ANA)
    assert "I go on trying" in told
    assert mutes(desk) == []
    assert "SNOOZED" not in desk.card.words
    desk.account.faults.clear()
    desk.after(minutes=4)
    [rule] = mutes(desk)
    assert end_of(rule) == NOW + timedelta(hours=2)
    assert "SNOOZED" in desk.card.words


def test_a_snooze_whose_time_went_by_while_amazon_was_away_is_given_up_and_said(desk: Desk) -> None:
    """Nothing is muted afterwards."""
    desk.account.faults.throttle(MUTE)
    snooze_it(desk, "30 minutes")
    desk.account.faults.clear()
    desk.after(minutes=40)
    assert "over already" in desk.told(ANA)[-1]
    assert (mutes(desk), desk.open) == ([], [])


def test_a_rule_that_may_not_be_deleted_stays_and_so_does_the_card(desk: Desk) -> None:
    """What is still muted is not shown as loud."""
    snooze_it(desk)
    desk.account.faults.deny(UNMUTE)
    desk.press("alarm_unsnooze")
    desk.work()
    assert "cloudwatch:DeleteAlarmMuteRule" in desk.told(ANA)[-1]
    assert "SNOOZED" in desk.card.words


def test_a_lost_answer_makes_no_second_rule(desk: Desk) -> None:
    """The rule's name is made from the request."""
    desk.account.faults.drop_response(MUTE, times=1)
    snooze_it(desk)
    desk.after(minutes=1)
    assert len(mutes(desk)) == 1
    assert "SNOOZED" in desk.card.words
    assert len(desk.replies()) == 1


def test_a_snooze_that_is_repeated_after_it_was_taken_back_stays_back(desk: Desk) -> None:
    """The worker died before it wrote down that it was done."""
    snooze_it(desk)
    desk.press("alarm_unsnooze")
    desk.work()
    desk.run(*desk.done[0])
    desk.work()
    assert mutes(desk) == []
    assert "🔴 *ALARM" in desk.card.words


# --- quiet here -------------------------------------------------------------------------------------------------------


@pytest.fixture
def quiet(desk: Desk) -> Desk:
    """Snoozed for two hours by the bot alone."""
    desk.account.faults.deny(MUTE)
    snooze_it(desk)
    desk.press("alarm_silence", card=desk.server.person("ana").ephemerals[-1])
    desk.work()
    desk.account.faults.clear()
    return desk


def test_while_it_is_quiet_rings_only_edit_the_card(quiet: Desk) -> None:
    """No message, no reply, whatever it does; the card shows how it stands."""
    before = quiet.posts
    for minute in range(1, 100, 20):
        quiet.ring(ALARM, "OK", at=NOW + timedelta(minutes=minute))
        quiet.after(minutes=10)
        quiet.ring(ALARM, at=NOW + timedelta(minutes=minute + 10))
        quiet.after(minutes=10)
    ends = [reply for reply in quiet.replies() if "Recovered" in reply]
    assert quiet.posts == before + len(ends)
    assert len(ends) == 1
    assert "SNOOZED" in quiet.card.words
    assert "rang 6 times this week" in quiet.card.words


def test_what_happens_while_it_is_quiet_has_time(quiet: Desk) -> None:
    """A snoozed alarm does not go before those that are not, and its card is not edited for each turn."""
    edits = quiet.card.edits
    quiet.time.after(20)
    quiet.ring(ALARM, "OK")
    quiet.work()
    assert quiet.card.edits == edits
    quiet.after(seconds=60)
    assert quiet.card.edits == edits + 1


def test_a_ring_long_after_the_end_is_still_the_same_card_while_it_is_quiet(quiet: Desk) -> None:
    """A new card would be news."""
    quiet.ring(ALARM, "OK", at=NOW + timedelta(minutes=5))
    quiet.after(minutes=90)
    quiet.ring(ALARM, at=NOW + timedelta(minutes=90))
    quiet.after(minutes=2)
    assert "SNOOZED" in quiet.card.words
    assert len(rows(quiet.db, episodes)) == 1
    quiet.after(minutes=40)
    assert "The snooze is over, still in alarm" in quiet.replies()[-1]
    assert "🔴 *ALARM" in quiet.card.words


def test_when_it_recovered_meanwhile_nobody_is_told_that_the_quiet_is_over(quiet: Desk) -> None:
    """There is nothing to look at."""
    quiet.ring(ALARM, "OK", at=NOW + timedelta(minutes=5))
    quiet.after(hours=3)
    assert not any("snooze is over" in reply for reply in quiet.replies())
    assert actions(quiet.card) == []
    assert "Snoozed" not in quiet.card.words


# --- both stores ------------------------------------------------------------------------------------------------------


@pytest.fixture
def both(database_url: str) -> Iterator[Database]:
    with opened(database_url) as found:
        yield found


def test_rows_tell_the_same_story_on_both_stores(
    both: Database, time: Time, server: SlackServer, aws: AwsServer
) -> None:
    """Acknowledged, snoozed, run out, recovered."""
    desk = Desk(both, time, server, aws)
    create(aws)
    desk.ring(ALARM)
    desk.work()
    desk.press("alarm_ack", who=BEN)
    desk.work()
    snooze_it(desk, "30 minutes")
    assert "🔕 *SNOOZED" in desk.card.words
    desk.after(minutes=30)
    assert "🟠 *ACKNOWLEDGED" in desk.card.words
    desk.ring(ALARM, "OK")
    desk.after(minutes=1)
    assert "🟢 *OK" in desk.card.words
    assert len(desk.replies()) == 4
