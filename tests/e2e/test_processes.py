"""Several processes on one database, and how one begins, ends and refuses to begin."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from bot.alarms.board import MOST
from playground.aws import AwsServer
from playground.process import BotProcess
from playground.slack.faults import Drop
from tests.alarms.samples import sample
from tests.databases import Databases
from tests.harness import ROOT, Nursery, World, http_get, wait_until


@pytest.fixture
def postgres_world(nursery: Nursery, aws: AwsServer, databases: Databases, tmp_path: Path) -> Iterator[World]:
    """A workspace and an account around a database on PostgreSQL."""
    with databases.postgres() as url, World(nursery, aws, url, tmp_path) as made:
        yield made


@pytest.fixture
def new_world(nursery: Nursery, aws: AwsServer, empty_url: str, tmp_path: Path) -> Iterator[World]:
    """The same around a database in which nothing was ever made, on each store."""
    with World(nursery, aws, empty_url, tmp_path) as made:
        yield made


@pytest.fixture
def sqlite_world(nursery: Nursery, aws: AwsServer, tmp_path: Path) -> Iterator[World]:
    """The same around an empty file."""
    with World(nursery, aws, f"sqlite:///{tmp_path / 'batchbot.db'}", tmp_path) as made:
        yield made


@pytest.fixture
def commands() -> Iterator[Callable[..., BotProcess]]:
    """``batchbot MODE`` as whoever installs it runs it, from a fresh interpreter."""
    with ExitStack() as stack:

        def make(world: World, mode: str, **more: str) -> BotProcess:
            env = world.settings() | more
            made = BotProcess(mode, env, cwd=world.folder, command=("-m", "bot"))
            made.env["PYTHONPATH"] = str(ROOT)
            stack.callback(made.__exit__, None, None, None)
            stack.callback(made.kill)
            return made

        yield make


def once(world: World, mode: str, **more: str) -> tuple[int, str]:
    """Run a command to its end; exit code and everything it said."""
    env = world.settings() | {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)} | more
    done = subprocess.run(
        [sys.executable, "-m", "bot", mode],
        env=env,
        cwd=world.folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def burst(world: World, url: str, alarms: int = 36, jobs: int = 10) -> tuple[list[str], list[str]]:
    """So many alarms and jobs at once; their names."""
    names = [f"alarm-{n:02}" for n in range(alarms)]
    bot = next(bot for bot in world.bots if bot.url == url)
    bodies = [
        world.notification(sample("metric_alarm.json").replace("bedrock-batch-input-tokens-high", n)) for n in names
    ]
    statuses: list[int] = []
    threads = [threading.Thread(target=lambda b=b: statuses.append(world.post(bot, b))) for b in bodies]
    for thread in threads:
        thread.start()
    uri = world.records()
    wanted = [f"job-{n:02}" for n in range(jobs)]
    for name in wanted:
        world.say(f"submit {uri} model=haiku-4-5 name={name}")
    for thread in threads:
        thread.join()
    assert statuses == [200] * alarms
    return names, wanted


def each_has_one_card(world: World, alarms: list[str], jobs: list[str]) -> None:
    """Wait until everything is there, and see that nothing is there twice."""
    world.sees(lambda: all(world.cards(name, world.alarms) for name in alarms), 60)
    world.sees(lambda: all(world.cards(name) for name in jobs), 60)
    for name in jobs:
        world.aws.bedrock.advance(name, "Completed")
    world.sees(lambda: all(card.replies for name in jobs for card in world.cards(name)), 60)
    shown = [message.words for message in world.alarms.messages]
    assert [sum(name in words for words in shown) for name in alarms] == [1] * len(alarms), "on a card or in the list"
    assert len(shown) == min(len(alarms), MOST + 1)
    assert len(world.jobs.messages) == len(jobs)
    assert [len(card.replies) for card in world.jobs.messages] == [1] * len(jobs)
    assert sorted(job.name for job in world.aws.bedrock.jobs.values()) == jobs


@pytest.mark.slow
def test_two_workers_share_a_burst_and_post_nothing_twice(postgres_world: World) -> None:
    """Many alarms and ten jobs: one card each as far as the channel takes them, one list of the rest, one end each."""
    world = postgres_world
    world.bot("run")
    web = world.bot("web")
    world.bot("worker")
    each_has_one_card(world, *burst(world, web.url))


@pytest.mark.slow
@pytest.mark.parametrize("restarted", [True, False], ids=["and comes back", "for good"])
def test_a_worker_dies_in_the_middle_of_a_burst(postgres_world: World, restarted: bool) -> None:
    """Killed with work in its hands; with its supervisor or without, all that it had begun is done, and once."""
    world = postgres_world
    web = world.bot("web")
    doomed = world.bot("worker")
    world.bot("worker")
    alarms, jobs = burst(world, web.url)
    world.sees(lambda: len(world.alarms.messages) >= 5)
    doomed.kill()
    if restarted:
        doomed.start()
    each_has_one_card(world, alarms, jobs)


@pytest.mark.slow
def test_a_worker_that_dies_with_a_channel_in_its_hands_does_not_keep_it(postgres_world: World) -> None:
    """Killed in the middle of a post and never started again: the other worker goes on in the same channel."""
    world = postgres_world
    web = world.bot("web")
    doomed = world.bot("worker")
    killed = threading.Event()

    def kill(_: object) -> None:
        world.bot("worker")
        doomed.kill()
        killed.set()
        raise Drop

    world.slack.faults.before("chat.postMessage", kill)
    alarms, jobs = burst(world, web.url, alarms=3, jobs=0)
    assert killed.wait(30)
    each_has_one_card(world, alarms, jobs)


def test_on_sqlite_a_second_worker_is_refused_with_a_sentence(sqlite_world: World) -> None:
    """It says what to do, and ends with code 2; the first goes on."""
    world = sqlite_world
    first = world.bot()
    code, said = once(world, "worker")
    assert code == 2
    assert "Another worker already uses" in said
    assert "PostgreSQL" in said
    assert "Traceback" not in said
    assert first.running


def test_the_doors_and_the_work_may_be_two_processes_on_one_file(sqlite_world: World) -> None:
    """What the one stores, the other does; while there is no worker the doors still take everything in."""
    world = sqlite_world
    assert once(world, "migrate")[0] == 0
    web = world.bot("web")
    world.say(f"submit {world.records()} model=haiku-4-5 name=apart")
    assert world.post(web, world.notification(sample("metric_alarm.json"))) == 200
    assert world.jobs.messages == []
    world.bot("worker")
    card = world.card("apart", "queued")
    world.card("bedrock-batch-input-tokens-high", channel=world.alarms)
    world.aws.bedrock.advance("apart", "Completed")
    world.reply(card, "is complete")


def test_an_unmigrated_database_is_noticed_and_migrating_twice_is_harmless(
    new_world: World, commands: Callable[..., BotProcess]
) -> None:
    """The worker refuses with the command to run, the doors are not ready, and are as soon as it was run."""
    world = new_world
    code, said = once(world, "worker")
    assert code == 2
    assert "batchbot migrate" in said
    assert "Traceback" not in said
    web = commands(world, "web")
    web.process = subprocess.Popen(
        web.command, env=web.env, cwd=web.cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    wait_until(lambda: http_get(f"{web.url}/healthz")[0] == 200)
    assert http_get(f"{web.url}/readyz")[0] == 503
    for _ in range(2):
        code, said = once(world, "migrate")
        assert (code, said.strip().splitlines()[-1]) == (0, "The database is up to date.")
    assert http_get(f"{web.url}/readyz")[0] == 200
    assert web.stop() == 0


@pytest.mark.parametrize("loaded", [False, True], ids=["at rest", "under load"])
def test_it_ends_cleanly_when_it_is_asked_to(world: World, commands: Callable[..., BotProcess], loaded: bool) -> None:
    """SIGTERM ends it with code 0 within seconds, also while work is under way; the work is done after the next start."""
    bot = commands(world, "run").start()
    world.slack.connect(bot.url)
    if loaded:
        world.slack.faults.hang("chat.postMessage", 2.0, times=3)
        for number in range(5):
            world.say(f"submit {world.records()} model=haiku-4-5 name=loaded-{number}")
    began = time.monotonic()
    assert bot.stop(wait=30) == 0
    assert time.monotonic() - began < 15
    assert '"event": "process.stopped"' in bot.log
    assert "Traceback" not in bot.log
    if loaded:
        again = commands(world, "run").start()
        world.sees(lambda: all(world.cards(f"loaded-{number}", world.jobs) for number in range(5)))
        assert len(world.jobs.messages) == 5
        again.kill()


BAD = {
    "PORT": "70000",
    "SLACK_API_URL": "ftp://hidden.example",
    "BATCHBOT_DATABASE_URL": "nonsense://hidden",
    "BATCHBOT_ROLE_ARN": "hidden-role",
    "BATCHBOT_OUTPUT_URI": "hidden-uri",
    "BATCHBOT_TOPIC_ARNS": "hidden-topic",
    "BATCHBOT_JOBS_CHANNEL": "#hidden-channel",
    "BATCHBOT_SUMMARY_CRON": "hidden cron",
    "BATCHBOT_TIMEZONE": "Hidden/Zone",
    "BATCHBOT_SNS_CERT_ORIGIN": "https://hidden.example",
    "BATCHBOT_POLL_SECONDS": "-99",
    "BATCHBOT_COMMAND": "hidden command",
    "BATCHBOT_LOG_FORMAT": "hidden-format",
    "SLACK_BOT_TOKEN": "",
    "SLACK_SIGNING_SECRET": "",
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_setting_is_refused_by_its_name_and_without_its_value(sqlite_world: World, name: str) -> None:
    """Exit code 2, one sentence with the variable's name, and nothing of what it held."""
    code, said = once(sqlite_world, "run", **{name: BAD[name]})
    assert code == 2, said
    assert name.removeprefix("BATCHBOT_") in said.upper()
    assert "Traceback" not in said
    if BAD[name]:
        assert BAD[name] not in said
