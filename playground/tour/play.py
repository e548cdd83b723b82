"""Plays all chapters, prints what was expected and what came, and tells the exit code."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from playground.terminal import WIDTH, wrap
from playground.tour import alarms, crash, jobs, metrics
from playground.tour.board import Board, Missing
from playground.tour.scene import Chapter, Scene
from playground.tour.screen import Screen
from playground.tour.world import Options, World

LOG_LINES = 40
CHAPTERS = (
    Chapter("0 · alarms find their way", "The bot is subscribed to an SNS topic.", alarms.subscribes),
    Chapter("1 · help", "Ana asks what the bot can do, and mistypes a verb.", jobs.helps),
    Chapter(
        "2 · a job, by the form",
        "Ana submits 3,000 records by the form, first with two mistakes; twelve of the records are bad.",
        jobs.by_form,
    ),
    Chapter(
        "3 · a job that fails",
        "The bot's own check passes, but Bedrock's service role may not read the bucket.",
        jobs.fails,
    ),
    Chapter("4 · a job that is not started", "One of the first records has a fault.", jobs.refused),
    Chapter("5 · stop", "Ben tries to stop Ana's job, then Ana stops it.", jobs.stops),
    Chapter("6 · a job from elsewhere", "A job that nobody started in Slack is shown as well.", jobs.elsewhere),
    Chapter(
        "7 · an alarm",
        "Ben is on call: an alarm rings; he takes it in hand, silences it, and it recovers.",
        alarms.rings,
    ),
    Chapter("8 · whatever else arrives", "A topic carries more than alarms; nothing is dropped.", alarms.others),
    Chapter(
        "9 · metrics", "Ben asks how the last 24 hours were (the history of a week is back-filled).", metrics.asked
    ),
    Chapter("10 · kill -9", "The bot is killed in the middle of a job and started again.", crash.killed),
    Chapter("11 · on schedule", "Summaries come by themselves, here every half minute.", metrics.scheduled),
)


def play(
    options: Options,
    chapters: Sequence[Chapter] = CHAPTERS,
    prepare: Callable[[World], None] = lambda _: None,
) -> int:
    """Play the chapters in order; 0 if every expected message appeared, else 1. ``prepare`` may spoil the world."""
    began = time.monotonic()
    _empty(options.out)
    with World(options) as world:
        prepare(world)
        screen = Screen(world.slack.workspace, options.out, colours=options.colours, brief=["ml-summary"])
        scene = Scene(world, screen, Board(world.slack.workspace, options.patience))
        try:
            _opening(scene)
            for chapter in chapters:
                _play(scene, chapter)
        finally:
            screen.close()
        _closing(scene, time.monotonic() - began)
        return 1 if scene.board.failed else 0


def _empty(out: Path) -> None:
    """Make the folder; the charts of an earlier tour go."""
    out.mkdir(parents=True, exist_ok=True)
    for pattern in ("[0-9]*-batch-*.png", "[0-9]*-alarm.png"):
        for old in out.glob(pattern):
            old.unlink()


def _opening(scene: Scene) -> None:
    way = "Socket Mode, alarms by an SQS queue" if scene.world.options.socket_mode else "signed HTTP"
    scene.screen.say(
        scene.screen.paint("batchbot, a tour", "bold"),
        "",
        *wrap(
            "A Slack workspace and an AWS account in a box, both on this machine. The bot is a process of its own that "
            f"sees nothing but their addresses ({way}). A minute at Bedrock takes {scene.world.options.seconds:.2g} s.",
            WIDTH,
        ),
        "",
        "│ is what stands in Slack   ✎ an edit in place   ↳ a reply in a thread   ┃ a form   🖼  a picture",
    )
    scene.board.chapter = "start"
    try:
        seconds = scene.world.start_bot()
    except (RuntimeError, TimeoutError) as error:
        scene.board.miss("the bot starts", str(error).splitlines()[0])
        return
    scene.board.check("the bot starts", holds=True)
    scene.screen.say("", scene.screen.paint(f"The bot is ready after {seconds:.1f} s.", "dim"), "")


def _play(scene: Scene, chapter: Chapter) -> None:
    if not scene.world.bot.running:
        return
    scene.board.chapter = chapter.title
    scene.screen.heading(chapter.title, chapter.told)
    try:
        chapter.run(scene)
    except Missing as missing:
        _note(scene, str(missing))
    except Exception as error:  # noqa: BLE001 -- whatever stops a chapter is a finding of the tour
        _note(scene, f"the chapter plays to its end ({type(error).__name__}: {error})")


def _note(scene: Scene, words: str) -> None:
    if not any(row.fault and row.words == words for row in scene.board.rows):
        scene.board.miss(words, "it did not happen")
    scene.screen.say(scene.screen.paint(f"✘ missing: {words}", "red"), "")


def _closing(scene: Scene, seconds: float) -> None:
    screen, board = scene.screen, scene.board
    path = screen.save()
    screen.heading("what was expected", f"{len(board.rows)} expectations, played in {seconds:.0f} s.")
    screen.say(*board.table(screen.paint), "")
    missing = sum(bool(row.fault) for row in board.rows)
    if missing:
        log = scene.world.bot.log.splitlines()[-LOG_LINES:]
        screen.say(screen.paint(f"The end of the bot's log ({len(log)} lines):", "bold"), *log, "")
        screen.say(
            screen.paint(f"{missing} of {len(board.rows)} did not happen.", "red", "bold"),
            f"The channels as they are now: {path}",
        )
        return
    screen.say(
        screen.paint("All of it happened.", "green", "bold"),
        f"The channels as they are now:  {path}",
        *(f"A chart:                       {picture}" for picture in screen.pictures),
        "Next: play it yourself with `batchbot playground`, or set the bot up in your workspace (README.md).",
    )
