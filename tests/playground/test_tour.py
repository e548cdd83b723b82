"""The tour plays to its end, notices what is missing, and prints messages as a person can read them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from playground.__main__ import main
from playground.slack import Message, SlackServer
from playground.terminal import WIDTH, Page, Paint, clip, pad, width, wrap
from playground.tour import Options, play
from playground.tour.play import CHAPTERS
from tests.conftest import ROOT

FORM = [chapter for chapter in CHAPTERS if "by the form" in chapter.title]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_whole_story_is_played_and_every_expected_message_appears(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "playground", "--tour", "--speed", "240", "--out", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False)

    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "All of it happened." in done.stdout
    assert "✘" not in done.stdout
    assert "\x1b" not in done.stdout  # no colours where there is no terminal
    assert "✔ the same card goes on: 1,480 of 2,000" in done.stdout
    assert [line for line in done.stdout.splitlines() if width(line) > WIDTH and str(tmp_path) not in line] == []
    assert all(png.read_bytes().startswith(b"\x89PNG") for png in tmp_path.glob("*.png"))
    assert len(list(tmp_path.glob("*.png"))) >= 3
    channels = (tmp_path / "channels.txt").read_text(encoding="utf-8")
    assert "⚠️ november-reviews  ·  complete, 12 records failed" in channels
    assert channels.count("✅ december-reviews  ·  complete") == 1


@pytest.mark.slow
def test_the_same_story_begins_well_in_socket_mode(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every way in is another one: commands, forms and buttons by the websocket, alarms by the queue."""
    chapters = [c for c in CHAPTERS if c.title.split(" ", 1)[0] in {"0", "1", "2", "5", "8"}]

    assert play(Options(speed=240, out=tmp_path, socket_mode=True), chapters) == 0

    assert "Socket Mode, alarms by an SQS queue" in capsys.readouterr().out


@pytest.mark.slow
def test_a_message_that_does_not_appear_is_named_and_makes_the_exit_code_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = Options(speed=240, out=tmp_path, patience=4)

    code = play(
        options, FORM, prepare=lambda world: world.slack.faults.fail("chat.postMessage", "channel_not_found", 10_000)
    )

    printed = capsys.readouterr().out
    assert code == 1
    assert "✔ the form closes when all is right" in printed
    assert "✘ a card appears in #ml-jobs  — not seen within 4 s" in printed
    assert "card.nowhere" in printed  # the end of the bot's log tells why
    assert "All of it happened." not in printed


def test_help_needs_no_world_and_a_senseless_speed_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--speed", "0"])

    assert end.value.code == 2
    assert "must be from 1 to 600" in capsys.readouterr().err


def test_a_message_is_read_as_a_person_reads_it() -> None:
    slack = SlackServer(ROOT / "manifest.yaml")
    ana, jobs = slack.person("ana"), slack.channel("ml-jobs")
    text = f"✅ <@{ana.id}> *reviews* is done in <#{jobs.id}>: <https://x.example/|Results> &amp; `a &lt; b`"
    message = Message("1.0", jobs.id, "UBOT", "plain", blocks=[{"type": "section", "text": {"text": text}}])

    lines = Page(slack.workspace, Paint(on=False)).body(message)

    assert lines == ["✅ @ana reviews is done in #ml-jobs: Results & `a < b`"]


def test_controls_and_short_names_of_emoji_are_read_too() -> None:
    slack = SlackServer(ROOT / "manifest.yaml")
    label = {"type": "plain_text", "text": "Snooze"}
    elements = [
        {"type": "button", "text": label},
        {"type": "static_select", "placeholder": label},
        {"type": "overflow"},
    ]
    said: dict[str, object] = {
        "type": "section",
        "text": {"type": "mrkdwn", "text": ":warning: at 04:20:00, :unknown:"},
    }
    message = Message(
        "1.0", slack.channel("ml-jobs").id, "UBOT", blocks=[said, {"type": "actions", "elements": elements}]
    )

    lines = Page(slack.workspace, Paint(on=False)).body(message)

    assert lines == ["⚠️ at 04:20:00, :unknown:", "[Snooze] [Snooze ▾] [⋯]"]


def test_a_table_is_aligned_and_stays_within_the_width() -> None:
    slack = SlackServer(ROOT / "manifest.yaml")
    rows = [["Model", "Records"], ["Claude " * 30, "1,234"], ["Nova", "7"]]
    cells = [[{"type": "raw_text", "text": cell} for cell in row] for row in rows]
    table = {"type": "table", "rows": cells, "column_settings": [{"align": "left"}, {"align": "right"}]}
    message = Message("1.0", slack.channel("ml-jobs").id, "UBOT", blocks=[table])

    lines = Page(slack.workspace, Paint(on=False)).body(message)

    assert max(map(width, lines)) <= WIDTH - 4
    assert {width(line) for line in lines} == {width(lines[0])}
    assert lines[-1].startswith("Nova")
    assert lines[-1].endswith(" 7")


def test_columns_count_emoji_as_two_and_marks_as_none() -> None:
    assert [width(text) for text in ("", "abc", "✅", "⚠️", "é", "a\u200bb")] == [0, 3, 2, 2, 1, 2]
    assert clip("abcdef", 4) == "abc…"
    assert pad("✅", 4) == "✅  "
    assert wrap("one two three " + "x" * 12, 8) == ["one two", "three", "xxxxxxx", "xxxxx"]
