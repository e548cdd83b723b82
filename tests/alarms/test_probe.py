"""`/batch alarm test`: a message that goes out and comes back, or does not; and it is all in rows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.alarms import probe_views
from bot.alarms.alarm import Notice
from bot.alarms.kinds import understand
from bot.alarms.probe import KEPT, PATIENCE, Probe, probes
from bot.db import Database
from bot.errors import AwsDenied, AwsUnavailable, Misconfigured, NotAllowed
from bot.slack.ask import Ask
from bot.slack.whispers import whispers
from tests.alarms.checks import check
from tests.snapshots import same_as_before
from tests.wire import NOW, one_store, opened, rows

TOPIC = "arn:aws:sns:us-east-1:111122223333:bedrock-batch-alarms"
SNAPSHOTS = Path(__file__).parent / "snapshots"
ASK = Ask("U0ANA", "C0ALARMS", "T1", "https://hooks.slack.test/1", NOW)


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    with opened(database_url) as found:
        yield found


class Outside:
    """The inbox and SNS."""

    def __init__(self) -> None:
        self.asked: dict[str, tuple[str, Mapping[str, Any], datetime]] = {}
        self.published: list[tuple[str, str, str]] = []
        self.error: Exception | None = None

    def put(self, kind: str, key: str, body: Mapping[str, Any], now: datetime) -> None:
        self.asked.setdefault(key, (kind, body, now))

    def publish(self, topic: str, subject: str, message: str) -> None:
        if self.error:
            raise self.error
        self.published.append((topic, subject, message))

    @property
    def body(self) -> Mapping[str, Any]:
        [(_, body, _)] = self.asked.values()
        return body


@pytest.fixture
def outside() -> Outside:
    return Outside()


@pytest.fixture
def probe(db: Database, outside: Outside) -> Probe:
    return Probe(db, [TOPIC], put=outside.put, publish=outside.publish, may_operate=lambda user: user == "U0ANA")


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def arrival(outside: Outside, **other: str) -> dict[str, Any]:
    """The message as the door stores it."""
    topic, subject, message = outside.published[-1]
    return {"topic": topic, "timestamp": NOW.isoformat(), "message": message, "subject": subject} | other


def told(db: Database) -> list[str]:
    """What the person read, in order."""
    return [json.loads(row.message)["text"] for row in sorted(rows(db, whispers), key=lambda row: row.at)]


def go(probe: Probe, outside: Outside, seconds: float = 0.0) -> None:
    """Ask, and let the worker send it."""
    probe.test(ASK)
    probe.send(outside.body, NOW, at(seconds))


def test_it_goes_out_and_comes_back(db: Database, probe: Probe, outside: Outside) -> None:
    """The person reads how long it took; nobody else reads anything."""
    first = probe.test(ASK)
    check(first)
    assert "bedrock-batch-alarms" in first.text
    [(kind, _, _)] = outside.asked.values()
    assert kind == "alarm-test"
    probe.send(outside.body, NOW, at(0.5))
    [(topic, subject, _)] = outside.published
    assert topic == TOPIC
    assert "nothing is wrong" in subject
    assert probe.arrived(arrival(outside), at(1.7), at(1.8)) is True
    assert told(db) == ["The test message went out and came back in 1.2 s. Alarms on this topic arrive here."]
    [row] = rows(db, whispers)
    assert (row.user, row.channel, row.response_url) == ("U0ANA", "C0ALARMS", ASK.response_url)
    probe.tick(at(600))
    assert len(told(db)) == 1


def test_one_that_does_not_come_back_is_said_with_the_likely_causes(
    db: Database, probe: Probe, outside: Outside
) -> None:
    """After a minute, once, and it names the command that finds the link."""
    go(probe, outside)
    probe.tick(at(59))
    assert told(db) == []
    probe.tick(at(61))
    probe.tick(at(62))
    [text] = told(db)
    assert "did not come back within 1 min" in text
    assert "batchbot doctor" in text


def test_one_that_comes_back_late_is_said_too(db: Database, probe: Probe, outside: Outside) -> None:
    """The person was told the contrary before."""
    go(probe, outside)
    probe.tick(at(61))
    assert probe.arrived(arrival(outside), at(75), at(75)) is True
    assert "after all" in told(db)[1]
    assert "75 s" in told(db)[1]


def test_a_restart_between_any_two_steps_forgets_nobody(db: Database, probe: Probe, outside: Outside) -> None:
    """A new process with the same rows goes on."""

    def anew() -> Probe:
        return Probe(db, [TOPIC], put=outside.put, publish=outside.publish, may_operate=lambda _: True)

    probe.test(ASK)
    anew().send(outside.body, NOW, at(1))
    anew().send(outside.body, NOW, at(2))
    assert {probe_views.nonce_of(message) for _, _, message in outside.published} == {outside.body["nonce"]}
    assert anew().arrived(arrival(outside), at(3), at(3)) is True
    assert anew().arrived(arrival(outside), at(4), at(4)) is True
    anew().tick(at(100))
    assert len(told(db)) == 1
    assert len(rows(db, probes)) == 1


def test_a_repeated_command_is_one_test(probe: Probe, outside: Outside) -> None:
    """Slack may deliver it twice."""
    probe.test(ASK)
    probe.test(ASK)
    assert len(outside.asked) == 1


def test_a_refusal_of_sns_is_told_at_once(db: Database, probe: Probe, outside: Outside) -> None:
    """With Amazon's reason; the minute brings no second word."""
    outside.error = AwsDenied("Amazon does not allow me to publish: the permission SNS:Publish is missing.")
    go(probe, outside)
    probe.tick(at(61))
    [text] = told(db)
    assert "could not be sent" in text
    assert "SNS:Publish" in text


def test_an_sns_that_does_not_answer_is_tried_again_and_then_told(db: Database, probe: Probe, outside: Outside) -> None:
    """It is said to be unsent, not lost; and nothing goes out after that."""
    outside.error = AwsUnavailable()
    probe.test(ASK)
    for second in (1, 20):
        with pytest.raises(AwsUnavailable):
            probe.send(outside.body, NOW, at(second))
    probe.tick(at(61))
    [text] = told(db)
    assert "could not be sent" in text
    outside.error = None
    probe.send(outside.body, NOW, at(70))
    assert outside.published == []


def test_only_operators_may_send_one(probe: Probe, outside: Outside) -> None:
    """It goes to everybody who is subscribed to the topic."""
    with pytest.raises(NotAllowed):
        probe.test(Ask("U0BEN", "C0ALARMS", "T1", "", NOW))
    assert outside.asked == {}


@one_store
def test_without_a_topic_there_is_nothing_to_test(db: Database, outside: Outside) -> None:
    """It says how to get one."""
    probe = Probe(db, [], put=outside.put, publish=outside.publish, may_operate=lambda _: True)
    with pytest.raises(Misconfigured, match="batchbot setup"):
        probe.test(ASK)


@one_store
def test_what_is_not_its_own_is_left_alone(db: Database, probe: Probe, outside: Outside) -> None:
    """Alarms, tests of another bot on the same topic, and the right nonce on the wrong topic."""
    go(probe, outside)
    assert probe.arrived({"topic": TOPIC, "message": '{"AlarmName": "x"}'}, NOW, NOW) is False
    foreign = probe_views.notification("another", NOW)
    assert probe.arrived({"topic": TOPIC, "message": foreign}, NOW, NOW) is False
    assert probe.arrived(arrival(outside, topic=TOPIC + "-2"), NOW, NOW) is False
    assert told(db) == []


@one_store
def test_old_tests_are_forgotten(db: Database, probe: Probe, outside: Outside) -> None:
    """With the next one."""
    go(probe, outside)
    probe.send({**outside.body, "nonce": "later"}, NOW + KEPT * 2, NOW + KEPT * 2)
    assert [row.nonce for row in rows(db, probes)] == ["later"]


def test_another_bots_test_reads_as_what_it_is() -> None:
    """It becomes a notice that says test, never an alarm."""
    found = understand(probe_views.notification("n", NOW), probe_views.SUBJECT, NOW)
    assert isinstance(found, Notice)
    assert found.title == "Test message, nothing is wrong"


@given(
    st.one_of(
        st.text(),
        st.recursive(st.none() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)).map(json.dumps),
        st.sampled_from(["metadata", "source", "batchbot-test"]).map(
            lambda word: json.dumps({word: probe_views.EVENT})
        ),
        st.just(json.dumps({"source": "custom", "metadata": {"additionalContext": [probe_views.EVENT]}})),
        st.just("[" * 5000 + probe_views.EVENT),
    )
)
def test_no_message_can_break_the_look(message: str) -> None:
    """Whatever stands in it."""
    assert probe_views.nonce_of(message) == ""


def test_the_nonce_is_read_back() -> None:
    """Out of the message that was made."""
    assert probe_views.nonce_of(probe_views.notification("abc", NOW)) == "abc"


@pytest.mark.parametrize("name", ["on_its_way", "came_back", "late", "lost", "not_sent"])
def test_the_words_look_as_they_did(name: str) -> None:
    """And are within Slack's limits."""
    message = {
        "on_its_way": probe_views.on_its_way(TOPIC, PATIENCE),
        "came_back": probe_views.came_back(TOPIC, timedelta(seconds=1.24), late=False),
        "late": probe_views.came_back(TOPIC, timedelta(seconds=75), late=True),
        "lost": probe_views.lost(TOPIC, PATIENCE),
        "not_sent": probe_views.not_sent(TOPIC, "Amazon says: <!channel> *no* & no " + "x" * 5000),
    }[name]
    check(message)
    same_as_before(SNAPSHOTS, f"probe_{name}", message)
