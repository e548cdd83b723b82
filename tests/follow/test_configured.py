"""What ``batchbot.toml`` may say of follow-ups, and that what cannot work is refused with its place before the start."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import settings
from bot.errors import Misconfigured
from bot.follow.configured import ENDS, rules_of
from bot.follow.rule import Rule, Target

TOPIC = "arn:aws:sns:us-east-1:111122223333:next"
MACHINE = "arn:aws:states:us-east-1:111122223333:stateMachine:load"


def read(tmp_path: Path, *entries: str) -> settings.Catalogue:
    path = tmp_path / "batchbot.toml"
    path.write_text("\n".join(f"[[followups]]\n{entry}\n" for entry in entries), encoding="utf-8")
    return settings.load_catalogue(path)


def test_every_target_can_be_named(tmp_path: Path) -> None:
    entries = [
        f'name = "a"\nwhen = "job-ended"\ntopic = "{TOPIC}.fifo"\nmodel = "nova"\njob = "n-*"\nstatus = ["Failed"]',
        f'name = "b"\nwhen = "backlog-drained"\nstate_machine = "{MACHINE}"',
        'name = "c"\nwhen = "job-ended"\nevent_bus = "default"',
        'name = "d"\nwhen = "job-ended"\nhook = "https://hooks.example.com/x"',
    ]
    rules = rules_of(read(tmp_path, *entries).followups, ["hooks.example.com"], [])
    assert rules == [
        Rule("a", "job-ended", Target("topic", f"{TOPIC}.fifo"), "nova", "n-*", ("Failed",)),
        Rule("b", "backlog-drained", Target("state_machine", MACHINE), status=ENDS),
        Rule("c", "job-ended", Target("event_bus", "default"), status=ENDS),
        Rule("d", "job-ended", Target("hook", "https://hooks.example.com/x"), status=ENDS),
    ]


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ('when = "job-ended"\nevent_bus = "default"', "followups.0.name: Field required"),
        ('name = "a"\nwhen = "later"\nevent_bus = "default"', "followups.0.when"),
        ('name = "a"\nwhen = "job-ended"', "followups.0: exactly one of"),
        (f'name = "a"\nwhen = "job-ended"\nevent_bus = "default"\ntopic = "{TOPIC}"', "not topic and event_bus"),
        ('name = "a"\nwhen = "job-ended"\ntopic = "next"', "followups.0.topic"),
        ('name = "a"\nwhen = "job-ended"\nstate_machine = "load"', "followups.0.state_machine"),
        ('name = "a"\nwhen = "job-ended"\nevent_bus = "a b"', "followups.0.event_bus"),
        ('name = "a"\nwhen = "job-ended"\nevent_bus = "default"\nstatus = ["Done"]', "followups.0.status.0"),
        ('name = "a"\nwhen = "job-ended"\nevent_bus = "default"\nchannel = "C1"', "followups.0.channel"),
        ('name = "a"\nwhen = "backlog-drained"\nevent_bus = "default"\njob = "x"', "job has no meaning"),
        ('name = "a"\nwhen = "backlog-drained"\nevent_bus = "default"\nstatus = ["Failed"]', "status has no meaning"),
        ('name = "<!channel>"\nwhen = "job-ended"\nevent_bus = "default"', "followups.0.name"),
    ],
)
def test_what_cannot_work_is_refused_with_its_place(tmp_path: Path, entry: str, why: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        read(tmp_path, entry)
    assert why in refused.value.sentence


def test_names_are_part_of_the_key_and_differ(tmp_path: Path) -> None:
    entry = 'name = "a"\nwhen = "job-ended"\nevent_bus = "default"'
    with pytest.raises(Misconfigured, match='two are named "a"'):
        read(tmp_path, entry, entry)


@pytest.mark.parametrize("url", ["https://hooks.example.com/x", "http://hooks.example.com/x", "nothing"])
def test_a_hook_outside_the_list_is_refused_at_the_start(tmp_path: Path, url: str) -> None:
    """With its place; the address itself may hold a secret and is not repeated."""
    found = read(tmp_path, f'name = "a"\nwhen = "job-ended"\nhook = "{url}?token=s3cret"').followups
    with pytest.raises(Misconfigured, match=r"batchbot\.toml: followups\.0\.hook: ") as refused:
        rules_of(found, ["other.example.com"], [])
    assert "s3cret" not in refused.value.sentence


def test_a_topic_that_the_bot_listens_to_is_refused(tmp_path: Path) -> None:
    """It would tell itself."""
    found = read(tmp_path, f'name = "a"\nwhen = "job-ended"\ntopic = "{TOPIC}"').followups
    with pytest.raises(Misconfigured, match=r"followups\.0\.topic"):
        rules_of(found, [], [TOPIC])
