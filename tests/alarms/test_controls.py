"""The controls on the card: what they do, for whom, how often, and what stands on the card and in its thread."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from bot.slack.ask import Press
from tests.alarms.desk import ANA, BEN, CY, MODEL, Desk, actions, notice
from tests.wire import NOW


def test_an_alarm_offers_three_things(desk: Desk) -> None:
    """Take it in hand, make it quiet, see more."""
    desk.ring()
    desk.work()
    assert "🔴" in desk.card.words
    assert actions(desk.card) == ["Acknowledge", "Snooze", "…"]


def test_whoever_acknowledges_stands_on_the_card_with_the_time(desk: Desk) -> None:
    """Everyone may; the card turns orange, the thread hears of it once, the way back is offered."""
    desk.ring()
    desk.work()
    assert desk.press("alarm_ack", who=BEN) == ""
    desk.work()
    assert "🟠 *ACKNOWLEDGED" in desk.card.words
    assert f"Acknowledged by <@{BEN}> <!date^{int(NOW.timestamp())}^" in desk.card.words
    assert "🔴" not in desk.card.words
    assert actions(desk.card)[0] == "Unacknowledge"
    assert [f"<@{BEN}> acknowledged it" in reply for reply in desk.replies()] == [True]
    desk.press("alarm_unack", who=CY)
    desk.work()
    assert "🔴 *ALARM" in desk.card.words
    assert BEN not in desk.card.words
    assert f"<@{CY}> took the acknowledgement back" in desk.replies()[-1]


def test_two_who_press_at_once_are_one_acknowledgement(desk: Desk) -> None:
    """The first has it; whoever comes later is told who."""
    desk.ring()
    desk.work()
    card = desk.card
    before = desk.press("alarm_ack", who=ANA, card=card) + desk.press("alarm_ack", who=BEN, card=card)
    assert before == ""
    desk.work()
    assert len(desk.replies()) == 1
    assert f"<@{ANA}>" in desk.card.words
    late = Press(CY, desk.channel.id, "T0", "", NOW, "alarm_ack", _episode(desk))
    assert f"<@{ANA}> acknowledged it" in desk.send(late)
    assert desk.open == []


def test_a_request_that_is_repeated_later_undoes_nothing(desk: Desk) -> None:
    """The worker died before it wrote down that it was done; meanwhile somebody took the acknowledgement back."""
    desk.ring()
    desk.work()
    desk.press("alarm_ack")
    desk.work()
    desk.press("alarm_unack")
    desk.work()
    desk.run(*desk.done[0])
    desk.work()
    assert "🔴 *ALARM" in desk.card.words
    assert len(desk.replies()) == 2


@pytest.mark.parametrize("action", ["alarm_ack", "alarm_unack", "alarm_snooze", "alarm_silence", "alarm_show"])
@pytest.mark.parametrize("value", ["", "none", "none:PT2H", "x" * 2000, "':--", "<!channel>:1"])
def test_a_forged_value_is_a_plain_sentence(desk: Desk, action: str, value: str) -> None:
    """What comes back from the client proves nothing."""
    said = desk.send(Press(ANA, desk.channel.id, "T1", "", NOW, action, value))
    assert "I do not know that alarm any more" in said
    assert desk.open == []


@pytest.mark.parametrize("action", ["alarm_ack", "alarm_unack", "alarm_snooze", "alarm_silence"])
def test_a_press_on_an_alarm_that_is_over_is_a_plain_sentence(desk: Desk, action: str) -> None:
    """Somebody had the old card open."""
    desk.ring()
    desk.work()
    value = _episode(desk) + (":PT2H" if action in {"alarm_snooze", "alarm_silence"} else "")
    desk.time.after(60)
    desk.ring(state="OK")
    desk.work()
    assert "is over already" in desk.send(Press(ANA, desk.channel.id, "T1", "", desk.time(), action, value))
    assert desk.open == []


def test_a_recovered_card_has_two_lines_and_no_controls(desk: Desk) -> None:
    """Who had it in hand stays."""
    desk.ring()
    desk.work()
    desk.press("alarm_ack", who=BEN)
    desk.work()
    desk.time.after(600)
    desk.ring(state="OK")
    desk.work()
    assert actions(desk.card) == []
    assert [block["type"] for block in desk.card.blocks] == ["section", "context"]
    assert desk.card.blocks[0]["text"]["text"].count("\n") == 1
    assert f"Acknowledged by <@{BEN}>" in desk.card.words
    assert "Recovered" in desk.replies()[-1]


def test_snoozing_is_for_those_who_may_and_others_hear_whom_to_ask(desk: Desk) -> None:
    """It silences for all."""
    desk.ring()
    desk.work()
    said = desk.press("alarm_snooze", who=BEN, choice="2 hours")
    assert f"Ask <@{ANA}>." in said
    assert "S0OPS" not in said
    assert desk.open == []
    value = f"{_episode(desk)}:{int((NOW + timedelta(hours=1)).timestamp())}"
    for action in ("alarm_silence", "alarm_unsnooze"):
        assert f"<@{ANA}>" in desk.send(Press(BEN, "C1", "T1", "", NOW, action, value))


def test_the_history_tells_the_last_times(desk: Desk) -> None:
    """When, how long, how bad, and who had it; to the one who asked."""
    for n in range(3):
        desk.ring()
        desk.work()
        if n == 0:
            desk.press("alarm_ack", who=BEN, card=desk.channel.messages[-1])
            desk.work()
        desk.after(minutes=5)
        if n < 2:
            desk.ring(state="OK")
            desk.after(hours=2)
    said = desk.press("alarm_more", card=desk.channel.messages[-1], choice="History", who=CY)
    assert "Rang 3 times in the last 7 days" in said
    assert said.count("nobody acknowledged it") == 2
    assert f"acknowledged by <@{BEN}>" in said
    assert "🔴 for 5 min, not over" in said
    assert said.count("🟢 5 min") == 2
    assert "peak 1,342,102" in said


def test_the_card_says_how_often_it_rang_this_week(desk: Desk) -> None:
    """From the stored episodes; what was longer ago does not count."""
    desk.ring(at=NOW - timedelta(days=8))
    desk.ring(state="OK", at=NOW - timedelta(days=8, minutes=-1))
    for days in (3, 1):
        desk.ring(at=NOW - timedelta(days=days))
        desk.ring(state="OK", at=NOW - timedelta(days=days, minutes=-1))
    desk.ring()
    desk.work()
    assert "rang 3 times this week" in desk.channel.messages[-1].words


def test_the_jobs_of_the_model_stand_on_the_card_and_behind_more(desk: Desk) -> None:
    """Three on the card, with owner and end; the rest to whoever asks."""
    desk.ring()
    desk.work()
    assert "reviews-2" in desk.card.words
    assert "reviews-3" not in desk.card.words
    assert "and 2 more" in desk.card.words
    assert f"<@{CY}>, done about" in desk.card.words
    said = desk.press("alarm_more", choice="Jobs")
    assert "reviews-4" in said


def test_an_alarm_without_a_model_has_no_jobs_and_one_that_is_no_metric_alarm_no_editing(desk: Desk) -> None:
    """Only what can be done is offered."""
    desk.receive(json.dumps(json.loads(notice("both", "ALARM", NOW)) | {"AlarmRule": "ALARM(a)", "Trigger": None}))
    desk.work()
    options = desk.card.blocks[-1]["elements"][-1]["options"]
    assert [option["text"]["text"] for option in options] == ["History"]
    value = f"{_episode(desk)}:edit"
    assert "I do not know that choice" in desk.send(Press(ANA, "C1", "T1", "", NOW, "alarm_more", value))


def test_edit_hands_the_alarms_name_on(desk: Desk) -> None:
    """From the row, not from the button."""
    desk.ring()
    desk.work()
    edited: list[str] = []
    desk.controls._edit = lambda _press, name: edited.append(name)
    assert desk.press("alarm_more", choice="Edit") == ""
    assert edited == ["tokens-high"]


def test_a_late_alarm_says_how_late(desk: Desk) -> None:
    """SNS was late, or Slack was away; the figure stays what it was."""
    desk.ring("punctual", at=NOW - timedelta(seconds=100))
    desk.ring("late", at=NOW - timedelta(minutes=16))
    desk.work()
    cards = {m.text.split()[1].rstrip(":"): m for m in desk.channel.messages}
    assert "arrived 16 min late" in cards["late"].words
    assert "late" not in cards["punctual"].words
    desk.press("alarm_ack", card=cards["late"])
    desk.after(hours=1)
    assert "arrived 16 min late" in cards["late"].words


def test_an_alarm_that_slack_would_not_take_says_how_late_it_is(desk: Desk) -> None:
    """It was in time here."""
    desk.server.faults.outage("chat.postMessage", times=1)
    desk.ring()
    desk.work()
    desk.after(minutes=5)
    assert "arrived 5 min late" in desk.card.words


def test_the_model_of_an_alarm_hears_of_its_beginning_and_its_end(desk: Desk) -> None:
    """So that the cards of its jobs can say so; and they can ask what is open."""
    desk.ring()
    desk.work()
    assert [model for model, _ in desk.changed] == [MODEL]
    [(name, url)] = desk.alarms.open_on(f"us.{MODEL}")
    assert (name, url) == ("tokens-high", f"https://slack.example/{desk.channel.id}/{desk.card.ts}")
    desk.ring(state="INSUFFICIENT_DATA", at=NOW + timedelta(minutes=1))
    assert len(desk.changed) == 1
    desk.ring(state="OK", at=NOW + timedelta(minutes=2))
    assert len(desk.changed) == 2
    assert desk.alarms.open_on(MODEL) == []


# --- flapping ---------------------------------------------------------------------------------------------------------


def test_flapping_is_one_card_with_a_count_and_few_replies(desk: Desk) -> None:
    """The first end is told, that it rings again is told once, and then its settling; not every turn."""
    for minute in range(0, 50, 10):
        desk.ring(at=NOW + timedelta(minutes=minute))
        desk.after(minutes=5)
        desk.ring(state="OK", at=NOW + timedelta(minutes=minute + 5))
        desk.after(minutes=5)
    assert "flapping: 5 times in 45 min" in desk.card.words
    assert [words.split()[0] for words in (r.split("\n")[1] for r in desk.replies())] == ["🟢", "🔴"]
    desk.after(minutes=11)
    settled = desk.replies()[-1]
    assert "quiet for 15 min" in settled
    assert "5 times in 45 min" in settled
    desk.after(hours=1)
    assert len(desk.replies()) == 3


def test_what_rings_on_after_it_flapped_is_not_called_settled(desk: Desk) -> None:
    """Its end was taken back."""
    for minute, state in enumerate(["ALARM", "OK", "ALARM", "OK", "ALARM"]):
        desk.ring(state=state, at=NOW + timedelta(minutes=minute))
    desk.after(hours=2)
    assert "🔴 *ALARM" in desk.card.words
    assert not any("and quiet for" in reply for reply in desk.replies())


# --- notices with a thread --------------------------------------------------------------------------------------------


def test_notifications_of_one_thread_are_one_card_with_replies(desk: Desk) -> None:
    """In their order, once each; another thread, or none, is a card of its own."""

    def custom(title: str, thread: str | None) -> str:
        metadata = {"threadId": thread} if thread else {}
        content = {"textType": "client-markdown", "title": title, "description": f"{title} <!channel>"}
        return json.dumps({"version": "1.0", "source": "custom", "content": content, "metadata": metadata})

    for title, thread in (("one", "t1"), ("two", "t1"), ("other", "t2"), ("alone", None), ("three", "t1")):
        desk.receive(custom(title, thread))
    desk.work()
    assert len(desk.channel.messages) == 3
    first = next(m for m in desk.channel.messages if "one" in m.words)
    assert [("two" in r.words, "three" in r.words) for r in first.replies] == [(True, False), (False, True)]
    assert "<!channel>" not in str([m.blocks for m in desk.channel.every()])


def _episode(desk: Desk) -> str:
    return str(desk.card.blocks[-1]["elements"][0]["value"]) if actions(desk.card) else ""


def test_forms_fit_and_say_what_is_wrong_at_the_field(desk: Desk) -> None:
    """What was typed stays; only those who may get that far."""
    desk.ring()
    desk.work()
    assert desk.press("alarm_snooze", choice="Custom") == ""
    assert desk.fill(amount=None, unit="hours", until=None) == {"amount": "Say for how long, or until when."}
    assert set(desk.fill(amount="-3", unit="hours", until=None) or ()) == {"amount"}
    assert set(desk.fill(amount="16", unit="days", until=None) or ()) == {"amount"}
    past = str(int((NOW - timedelta(hours=1)).timestamp()))
    assert set(desk.fill(amount=None, unit="hours", until=past) or ()) == {"until"}
    assert desk.fill(amount="90", unit="minutes", until=None) is None
    kind, _, body, _ = desk.open[-1]
    assert (kind, body["until"]) == ("alarm-snooze", (NOW + timedelta(minutes=90)).isoformat())
