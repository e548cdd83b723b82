"""A Slack workspace, an AWS account and the bot as a process between them, as the end-to-end tests use them."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

from playground import samples
from playground.aws import AwsServer
from playground.aws.sns.envelope import headers_of
from playground.process import free_port
from playground.slack import Channel, Message, Person, SlackServer

ROOT = Path(__file__).parent.parent
MANIFEST = ROOT / "manifest.yaml"
PATIENCE = 30.0
"""How long a test waits for what must come; the machine may be busy."""

T = TypeVar("T")


class Nursery:
    """Starts bot processes quickly: one interpreter has everything imported and forks (see ``e2e/killer.py``)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        command = [sys.executable, str(ROOT / "tests" / "e2e" / "killer.py"), "nursery"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    @property
    def pid(self) -> int:
        """The parent of all that it starts."""
        return self._process.pid

    def spawn(self, mode: str, env: Mapping[str, str], *, log: Path, cwd: Path) -> int:
        """Start one process; its id."""
        order = {"mode": mode, "env": dict(env), "log": str(log), "cwd": str(cwd)}
        with self._lock:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            return int(self._process.stdout.readline())

    def close(self) -> None:
        """End it; what it started ends with it."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(20)
        if self._process.stdout is not None:
            self._process.stdout.close()


class Bot:
    """One process of the bot: started, waited for, killed, read. It sees nothing but its environment."""

    def __init__(self, nursery: Nursery, mode: str, env: Mapping[str, str], folder: Path) -> None:
        self.mode = mode
        self.port = int(env.get("PORT") or free_port())
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
        self.env = kept | dict(env) | {"PORT": str(self.port)}
        self._nursery = nursery
        self._folder = folder
        self._log = folder / f"bot-{mode}-{self.port}.log"
        self.pid = 0

    @property
    def url(self) -> str:
        """Where its doors are."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """All that it has said so far, in all its lives."""
        return self._log.read_text(encoding="utf-8", errors="replace") if self._log.exists() else ""

    @property
    def running(self) -> bool:
        """Whether the process lives; its number may be another's by now, so its parent is looked at too."""
        return self.pid != 0 and _parent_of(self.pid) == self._nursery.pid

    def start(self, *, ready: bool = True) -> Self:
        """Start (again) and wait until it is ready."""
        lines = self.log.count("worker.started")
        self.pid = self._nursery.spawn(self.mode, self.env, log=self._log, cwd=self._folder)
        deadline = time.monotonic() + PATIENCE
        while ready and not self._ready(lines):
            if not self.running or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"the bot did not start:\n{self.log[-4000:]}")
            time.sleep(0.02)
        return self

    def _ready(self, lines: int) -> bool:
        if self.mode == "worker":
            return self.log.count("worker.started") > lines
        status, _ = http_get(f"{self.url}/readyz", timeout=2)
        return status == 200

    def kill(self) -> None:
        """Kill -9, and wait until it is gone."""
        if self.running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            wait_until(lambda: not self.running, 10)

    def stop(self, wait: float = 20.0) -> None:
        """SIGTERM, and wait until it is gone."""
        if self.running:
            os.kill(self.pid, signal.SIGTERM)
            wait_until(lambda: not self.running, wait)


class World:
    """Everything that one test needs; whatever it starts ends with it."""

    def __init__(self, nursery: Nursery, aws: AwsServer, database_url: str, folder: Path, **slack: Any) -> None:
        self.nursery = nursery
        self.aws = aws
        self.database_url = database_url
        self.folder = folder
        self.slack = SlackServer(MANIFEST, **{"pace_posts": False, **slack})
        self.bots: list[Bot] = []

    def __enter__(self) -> Self:
        self.slack.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for bot in self.bots:
            bot.kill()
        if error is not None:
            for bot in self.bots:
                print(f"--- {bot.mode} on {bot.port}\n{bot.log[-6000:]}")  # noqa: T201
            print(self.transcript())  # noqa: T201
        self.slack.stop()

    # --- the bot ----------------------------------------------------------------------------------------------------

    def settings(self, **more: str) -> dict[str, str]:
        """Everything is fast; cards and alarms each have their channel; ``more`` are BATCHBOT_ names in lower case."""
        usual = {
            "DATABASE_URL": self.database_url,
            "SUBMITTERS": "*",
            "ADMINS": self.person("cy").id,
            "JOBS_CHANNEL": self.jobs.id,
            "ALARMS_CHANNEL": self.alarms.id,
            "POLL_SECONDS": "0.3",
            "RECONCILE_SECONDS": "0",
            "CARD_SECONDS": "0",
            "POST_SECONDS": "0.05",
        }
        usual |= {name.upper(): value for name, value in more.items()}
        usual["CONFIG"] = usual.get("CONFIG", str(ROOT / "batchbot.toml"))
        bot = {f"BATCHBOT_{name}": value for name, value in usual.items()}
        return {**self.slack.env(), **self.aws.env(), **bot}

    def bot(self, mode: str = "run", env: Mapping[str, str] | None = None, /, **more: str) -> Bot:
        """A running bot that Slack reaches (unless it is a worker); ``env`` overrides anything."""
        made = Bot(self.nursery, mode, self.settings(**more) | dict(env or {}), self.folder)
        self.bots.append(made)
        made.start()
        if mode != "worker":
            self.slack.connect(made.url)
        return made

    @property
    def log(self) -> str:
        """What all bots of this test have said."""
        return "\n".join(bot.log for bot in self.bots)

    # --- Slack ------------------------------------------------------------------------------------------------------

    @property
    def jobs(self) -> Channel:
        """The channel of the job cards."""
        return self.slack.channel("ml-jobs")

    @property
    def alarms(self) -> Channel:
        """The channel of the alarms."""
        return self.slack.channel("ml-alarms")

    def person(self, name: str) -> Person:
        """Ana, Ben or Cy; Cy is an admin."""
        return self.slack.person(name)

    def say(self, words: str, who: str = "ana", channel: str = "ml-jobs") -> Message:
        """Type ``/batch …`` and read the answer that only this person sees."""
        person = self.person(who)
        before = len(person.ephemerals)
        delivery = person.slash("/batch", words, channel)
        assert delivery.ok, f"/batch {words}: {delivery}"
        assert len(person.ephemerals) > before, f"/batch {words} was not answered"
        return person.ephemerals[before]

    def sees(self, look: Callable[[], T | None], seconds: float = PATIENCE) -> T:
        """Wait until there is something to see."""
        try:
            found = self.slack.workspace.wait_for(look, seconds)
        except TimeoutError:
            found = None
        if found is None:
            raise AssertionError(f"it was not seen in {seconds} s:\n{self.transcript()}")
        return found

    def cards(self, words: str, channel: Channel | None = None) -> list[Message]:
        """The messages of a channel's top level in which these words occur."""
        return [m for m in (channel or self.jobs).messages if words in m.words]

    def card(self, words: str, *more: str, channel: Channel | None = None) -> Message:
        """Wait for the one card with all these words, and for no second one."""
        wanted = (words, *more)

        def look() -> Message | None:
            return next((m for m in self.cards(words, channel) if all(w in m.words for w in wanted)), None)

        found = self.sees(look)
        assert len(self.cards(words, channel)) == 1, self.transcript()
        return found

    def reply(self, card: Message, words: str) -> Message:
        """Wait for a reply in the card's thread."""
        return self.sees(lambda: next((r for r in card.replies if words in r.words), None))

    def told(self, who: str, words: str) -> Message:
        """Wait for words that only this person sees."""
        person = self.person(who)
        return self.sees(lambda: next((m for m in person.ephemerals if words in m.words), None))

    def transcript(self) -> str:
        """All that stands in the workspace, as text."""
        lines = []
        for channel in list(self.slack.workspace.channels.values()):
            for message in channel.messages:
                lines.append(f"#{channel.name} ({message.edits} edits) {message.text[:300]}")
                lines += [f"    └ {reply.text[:300]}" for reply in message.replies]
        for message in self.slack.workspace.ephemerals:
            lines.append(f"to {message.ephemeral_to}: {message.words[:300]}")
        return "\n".join(lines)

    # --- Amazon -----------------------------------------------------------------------------------------------------

    def records(self, key: str = "docs/good.jsonl", body: bytes | None = None) -> str:
        """An input in S3."""
        return self.aws.put(self.aws.in_bucket, key, samples.good(120) if body is None else body)

    def notification(self, message: str | Mapping[str, Any], subject: str | None = None, **more: Any) -> dict[str, Any]:
        """A truly signed SNS envelope."""
        text = message if isinstance(message, str) else json.dumps(message)
        return self.aws.sns.envelope(text, subject, **more)

    def post(self, bot: Bot, envelope: Mapping[str, Any]) -> int:
        """POST it to /sns as SNS does; the status, 0 where there was no answer."""
        body = json.dumps(envelope).encode()
        return http_post(f"{bot.url}/sns", body, headers_of(dict(envelope)))[0]


def http_get(url: str, timeout: float = 10.0) -> tuple[int, str]:
    """Status and body; status 0 where there was no answer."""
    return _http("GET", url, None, {}, timeout)


def http_post(url: str, body: bytes, headers: Mapping[str, str], timeout: float = 10.0) -> tuple[int, str]:
    """Status and body; status 0 where there was no answer."""
    return _http("POST", url, body, headers, timeout)


def _http(method: str, url: str, body: bytes | None, headers: Mapping[str, str], timeout: float) -> tuple[int, str]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)
    try:
        connection.request(method, parts.path, body, dict(headers))
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace")
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        connection.close()


def wait_until(look: Callable[[], T], seconds: float = PATIENCE) -> T:
    """Look again and again until there is something to see."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"it was not seen in {seconds} s")
        time.sleep(0.02)
    return found


def reset(aws: AwsServer) -> None:
    """Forget what an earlier test did in this account."""
    aws.faults.clear()
    aws.bedrock.release()
    aws.bedrock.forget()
    aws.bedrock.unreadable.clear()
    aws.sns.subscriptions.clear()
    aws.calls.clear()


def _parent_of(pid: int) -> int:
    """The parent of a process; 0 where there is none of this number.

    Nobody is left as a zombie here: one that is seen still has threads that end, and its locks.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0
    return int(stat.rpartition(")")[2].split()[1])
