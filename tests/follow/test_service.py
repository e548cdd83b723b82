"""What follows the end of a job, on both stores: once for each end however often it is tried, its result in the thread."""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.db import Database
from bot.errors import AwsDenied, AwsUnavailable, BadInput, HookUnavailable, NotAllowed, NotFound
from bot.follow import views
from bot.follow.commands import FollowCommands
from bot.follow.hook import Hook
from bot.follow.rule import Order, Receipt, Rule, Target
from bot.follow.run import KEEP_TRYING, Run
from bot.follow.service import LONGEST_WAIT
from bot.follow.store import drains, runs
from bot.slack.ask import Press
from bot.slack.cards import Picture, cards
from tests.alarms.checks import check, texts
from tests.follow.receiver import Receiver
from tests.follow.worlds import LOAD, NEXT, NOVA, Taker, asked, end, job, make, run_of, said, work
from tests.snapshots import same_as_before
from tests.wire import NOW, Time, one_store, rows

SNAPSHOTS = Path(__file__).parent / "snapshots"


class Crash(BaseException):
    """The process dies here."""


@pytest.fixture
def taker() -> Taker:
    return Taker()


def test_the_end_of_a_job_is_told_with_places_and_counts(db: Database, taker: Taker) -> None:
    """Versioned, with its key, without a word of what the records said."""
    followups = make(db, [LOAD], taker)
    end(db, followups, job())
    assert work(db, followups) == 1
    [order] = taker.orders
    told = json.loads(order.body)
    assert told == {
        "version": "1",
        "event": "job-ended",
        "key": order.key,
        "at": "2026-11-22T09:00:00Z",
        "model": NOVA,
        "job": {
            "id": "0123456789ab",
            "name": "nightly-1",
            "arn": "arn:aws:bedrock:us-east-1:111122223333:model-invocation-job/a1b2c3d4e5f6",
            "model": f"us.{NOVA}",
            "status": "Completed",
            "counts": {"total": 120, "processed": 120, "success": 118, "errors": 2},
            "input": "s3://in/day.jsonl",
            "output": "s3://out/results/a1b2c3d4e5f6/",
            "owner": "U0ANA00001",
        },
    }
    assert order.address == "https://hooks.example.com/x"


def test_its_result_is_one_reply_in_the_thread(db: Database, taker: Taker) -> None:
    followups = make(db, [LOAD], taker)
    end(db, followups, job())
    work(db, followups)
    [message] = said(db)
    assert message.text == "Follow-up load called hooks.example.com, which answered 200."
    [card] = rows(db, cards)
    assert (card.key, card.wanted) == ("job:0123456789ab", 2)
    check(message)
    same_as_before(SNAPSHOTS, "reply_done", message)


def test_a_repeated_end_sets_nothing_off_again(db: Database, taker: Taker) -> None:
    followups = make(db, [LOAD], taker)
    for _ in range(3):
        end(db, followups, job())
    work(db, followups)
    end(db, followups, job())
    assert work(db, followups) == 0
    assert len(taker.orders) == len(said(db)) == 1


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_crash_around_the_call_asks_again_with_the_same_key(
    db: Database, taker: Taker, receiver: Receiver, moment: str
) -> None:
    """Dead after the call and before the row: the receiver is asked twice under one key, the thread hears it once."""
    rule = replace(LOAD, target=Target("hook", receiver.url))
    hook = Hook([receiver.host], "")

    def die(order: Order) -> Receipt:
        if moment == "after":
            hook.send(order)
        raise Crash

    end(db, make(db, [rule], taker), job())
    with pytest.raises(Crash):
        work(db, make(db, [rule], die))
    assert said(db) == []
    work(db, make(db, [rule], hook.send))
    assert [came.key for came in receiver.came] == [run_of(db).key] * (2 if moment == "after" else 1)
    assert len({came.body for came in receiver.came}) == 1
    assert len(said(db)) == 1


def test_a_crash_between_the_call_and_the_commit(db: Database, taker: Taker, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same one step later: the row's own transaction is lost."""
    followups = make(db, [LOAD], taker)
    end(db, followups, job())

    def die(*_: object) -> None:
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(views, "reply", die)
        with pytest.raises(Crash):
            work(db, followups)
    assert run_of(db).state == "waiting"
    work(db, followups)
    assert [order.key for order in taker.orders] == [run_of(db).key] * 2
    assert len(said(db)) == 1


def test_two_workers_at_once_leave_one_reply(db: Database, taker: Taker) -> None:
    """Both may have called, under one key; the row changes once."""
    followups = make(db, [LOAD], taker)
    end(db, followups, job())
    [body] = asked(db)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: followups.run(body, NOW), range(4)))
    assert len({order.key for order in taker.orders}) == 1
    assert len(said(db)) == 1
    assert run_of(db).tries == 1


def test_a_worker_that_fails_late_does_not_undo_what_another_did(db: Database, taker: Taker) -> None:
    """Both hold the same attempt; the one that ends first has told it."""
    followups = make(db, [LOAD], taker)
    end(db, followups, job())
    [body] = asked(db)

    def slow(_: Order) -> Receipt:
        followups.run(body, NOW)
        raise AwsDenied("The permission is missing.")

    make(db, [LOAD], slow).run(body, NOW)
    assert run_of(db).state == "done"
    assert len(said(db)) == 1


def test_what_may_pass_is_tried_again_ever_more_slowly(db: Database, taker: Taker, time: Time) -> None:
    followups = make(db, [LOAD], taker)
    end(db, followups, job())
    taker.errors = [HookUnavailable("hooks.example.com answered 503."), AwsUnavailable("Amazon was too busy.")]
    assert work(db, followups, time()) == 1
    assert work(db, followups, time.after(4)) == 0
    assert work(db, followups, time.after(1)) == 1
    assert work(db, followups, time.after(9)) == 0
    assert work(db, followups, time.after(1)) == 1
    assert run_of(db).state == "done"
    assert len(said(db)) == 1


def test_after_six_hours_it_is_given_up_and_said_with_a_way_on(db: Database, taker: Taker, time: Time) -> None:
    followups = make(db, [LOAD], taker)
    end(db, followups, job())
    taker.errors = [HookUnavailable("hooks.example.com answered 503.")] * 100
    attempts = 0
    while run_of(db).state == "waiting":
        attempts += work(db, followups, time())
        time.after(LONGEST_WAIT)
    assert KEEP_TRYING <= time() - NOW <= KEEP_TRYING + timedelta(hours=1)
    assert 20 < attempts < 60
    [message] = said(db)
    assert "was not carried out: hooks.example.com answered 503." in message.text
    check(message)
    assert [t["text"] for t in texts(message.blocks)][-1] == "Retry"
    assert asked(db) == []


def test_a_refusal_is_said_at_once(db: Database, taker: Taker) -> None:
    """A missing permission does not mend itself; somebody has to act, and then presses Retry."""
    followups = make(db, [LOAD], taker)
    end(db, followups, job())
    taker.errors = [AwsDenied("The permission sns:Publish on <arn> is missing.")]
    work(db, followups)
    [message] = said(db)
    check(message)
    same_as_before(SNAPSHOTS, "reply_failed", message)
    assert run_of(db).state == "failed"


def test_a_followup_that_left_the_settings_is_not_carried_out(db: Database, taker: Taker) -> None:
    """Between the end of the job and the attempt somebody took it out."""
    end(db, make(db, [LOAD], taker), job())
    work(db, make(db, [], taker))
    assert taker.orders == []
    assert "no longer among the follow-ups" in said(db)[0].text


@one_store
@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        (LOAD, True),
        (replace(LOAD, model="nova"), True),
        (replace(LOAD, model="Nova PRO"), True),
        (replace(LOAD, model=NOVA), True),
        (replace(LOAD, model=f"eu.{NOVA}"), True),
        (replace(LOAD, model=f"arn:aws:bedrock:us-east-1::foundation-model/{NOVA}"), True),
        (replace(LOAD, model="claude"), False),
        (replace(LOAD, job="nightly-*"), True),
        (replace(LOAD, job="Nightly-*"), False),
        (replace(LOAD, job="day-*"), False),
        (replace(LOAD, status=("Failed",)), False),
        (NEXT, False),
    ],
)
def test_only_what_fits_is_set_off(db: Database, taker: Taker, rule: Rule, wanted: bool) -> None:
    end(db, make(db, [rule], taker), job())
    assert len(rows(db, runs)) == wanted


def test_two_followups_of_one_job_are_two_runs(db: Database, taker: Taker) -> None:
    followups = make(db, [LOAD, replace(LOAD, name="other")], taker)
    end(db, followups, job())
    work(db, followups)
    assert len({order.key for order in taker.orders}) == len(said(db)) == 2


# --- trying again -----------------------------------------------------------------------------------------------------


class Puts:
    def __init__(self) -> None:
        self.rows: list[tuple[str, str, dict[str, object]]] = []

    def __call__(self, kind: str, key: str, body: Mapping[str, object], now: datetime) -> None:
        self.rows.append((kind, key, dict(body)))


def press(value: str, user: str = "U0CY000001", trigger: str = "T1") -> Press:
    return Press(user, "C0JOBS", trigger, "", NOW, views.RETRY, value)


def failed(db: Database, taker: Taker) -> str:
    followups = make(db, [LOAD], taker)
    end(db, followups, job())
    taker.errors = [AwsDenied("The permission is missing.")]
    work(db, followups)
    return str(run_of(db).key)


def test_retry_tries_again_under_the_same_key(db: Database, taker: Taker) -> None:
    """What was done after all is not done twice; the new result is a reply of its own."""
    key, puts = failed(db, taker), Puts()
    commands = FollowCommands(db, puts, lambda user: user == "U0CY000001")
    check(commands.press_retry(press(key)))
    [(kind, trigger, body)] = puts.rows
    assert (kind, trigger) == ("follow-retry", "T1")
    followups = make(db, [LOAD], taker)
    for _ in range(2):
        followups.retry(body, NOW)
    assert work(db, followups) == 1
    assert [order.key for order in taker.orders] == [key, key]
    first, second = said(db)
    assert "not carried out" in first.text
    assert "answered 200" in second.text
    assert any("<@U0CY000001>" in text["text"] for text in texts(second.blocks))


def test_only_operators_may_retry_and_the_row_decides(db: Database, taker: Taker) -> None:
    """A button's value proves nothing: what is done or unknown is not set off."""
    key, puts = failed(db, taker), Puts()
    commands = FollowCommands(db, puts, lambda user: user == "U0CY000001")
    with pytest.raises(NotAllowed):
        commands.press_retry(press(key, user="U0ANA00001"))
    with pytest.raises(NotFound):
        commands.press_retry(press("batchbot-none"))
    followups = make(db, [LOAD], taker)
    followups.retry({"run": key, "round": 1, "user": "U0CY000001"}, NOW)
    with pytest.raises(BadInput, match="being tried"):
        commands.press_retry(press(key))
    work(db, followups)
    with pytest.raises(BadInput, match="done already"):
        commands.press_retry(press(key))
    followups.retry({"run": key, "round": 1, "user": "U0CY000001"}, NOW)
    assert run_of(db).state == "done"
    assert puts.rows == []


def test_a_press_that_is_repeated_after_its_round_failed_begins_no_other(db: Database, taker: Taker) -> None:
    """The worker may run a request again from its beginning."""
    key = failed(db, taker)
    followups = make(db, [LOAD], taker)
    body = {"run": key, "round": 1, "user": "U0CY000001"}
    followups.retry(body, NOW)
    taker.errors = [AwsDenied("The permission is missing.")]
    work(db, followups)
    followups.retry(body, NOW)
    assert (run_of(db).state, run_of(db).round) == ("failed", 2)
    assert asked(db) == []


# --- drained backlogs -------------------------------------------------------------------------------------------------


def test_a_drained_backlog_has_a_card_of_its_own(db: Database, taker: Taker) -> None:
    """In the jobs channel, edited as the follow-up goes on; the same news twice is one card."""
    followups = make(db, [LOAD, NEXT], taker)
    for _ in range(2):
        with db.write() as tx:
            followups.drained(tx, NOVA, NOW, NOW)
    [card] = rows(db, cards)
    assert json.loads(card.channels) == ["C0JOBS"]
    assert card.key == f"drain:{rows(db, drains)[0].id}"
    before = followups.render(card.key, Picture(), NOW)
    assert before is not None
    assert "next is on its way" in before.text
    check(before)
    work(db, followups)
    [order] = taker.orders
    assert json.loads(order.body) == {
        "version": "1",
        "event": "backlog-drained",
        "key": order.key,
        "at": "2026-11-22T09:00:00Z",
        "model": NOVA,
    }
    after = followups.render(card.key, Picture(), NOW)
    assert after is not None
    check(after)
    same_as_before(SNAPSHOTS, "card_drained", after)
    assert said(db) == []


def test_a_drained_backlog_whose_followup_failed_can_be_tried_again_there(db: Database, taker: Taker) -> None:
    followups = make(db, [NEXT], taker)
    with db.write() as tx:
        followups.drained(tx, NOVA, NOW, NOW)
    taker.errors = [AwsDenied("The permission sns:Publish is missing.")]
    work(db, followups)
    [card] = rows(db, cards)
    message = followups.render(card.key, Picture(), NOW)
    assert message is not None
    check(message)
    assert message.blocks[-1]["elements"][0]["value"] == run_of(db).key
    followups.retry({"run": run_of(db).key, "round": 1, "user": "U0CY000001"}, NOW)
    work(db, followups)
    after = followups.render(card.key, Picture(), NOW)
    assert after is not None
    assert "answered 200" in after.text


def test_nothing_foreign_takes_effect() -> None:
    """A sentence may quote an answer of anybody's."""
    foreign = "<!channel> *x* <https://evil|here> \u202e & `" * 60
    run = Run("batchbot-1", "load", "job-ended", "job:1", "{}", NOW, NOW, words=foreign)
    for state in ("waiting", "done", "failed"):
        check(views.reply(replace(run, state=state, tries=3)))


def test_the_card_of_what_is_gone_is_nothing(db: Database, taker: Taker) -> None:
    assert make(db, [], taker).render("drain:none", Picture(), NOW) is None
