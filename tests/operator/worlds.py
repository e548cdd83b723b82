"""A workspace, an account and a migrated database, and the command line of the bot between them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from bot.__main__ import main
from playground.aws import AwsServer, Call
from playground.slack import SlackServer

ROOT = Path(__file__).parent.parent.parent
TOPIC = "arn:aws:sns:us-east-1:111122223333:bedrock-batch-alarms"
READS = ("Get", "List", "Describe", "Simulate", "Head")


class _Health(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/healthz" else 404)
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"ok\n")

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the library's name)
        """Say nothing."""


@contextmanager
def address() -> Iterator[str]:
    """A public address at which something answers as the bot's door does."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Health)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@dataclass
class Said:
    """What a command printed, and its exit code."""

    code: int
    out: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    def line(self, *words: str) -> str:
        """The one line with these words."""
        found = [line for line in self.lines if all(word in line for word in words)]
        assert len(found) == 1, (words, self.out)
        return found[0]

    def after(self, *words: str) -> str:
        """The line below it: what to do."""
        return self.lines[self.lines.index(self.line(*words)) + 1]

    @property
    def report(self) -> Any:
        return json.loads(self.out)


class OperatorWorld:
    """Change anything in it, then run a command."""

    def __init__(
        self, aws: AwsServer, slack: SlackServer, url: str, *, patch: pytest.MonkeyPatch, read: Callable[[], str]
    ) -> None:
        self.aws, self.slack, self.url, self.folder = aws, slack, url, Path.cwd()
        self._patch = patch
        self._read = read
        folder = self.folder
        (folder / "models.toml").write_text(
            '[[models]]\nid = "us.amazon.nova-pro-v1:0"\nname = "Nova Pro"\n', encoding="utf-8"
        )
        self.set(**slack.env(), **aws.env())
        self.set(
            BATCHBOT_DATABASE_URL=f"sqlite:///{folder / 'batchbot.db'}",
            BATCHBOT_CONFIG=str(folder / "models.toml"),
            BATCHBOT_SUBMITTERS="*",
            BATCHBOT_JOBS_CHANNEL=slack.channel("ml-jobs").id,
            BATCHBOT_ALARMS_CHANNEL=slack.channel("ml-alarms").id,
            BATCHBOT_PUBLIC_URL=url,
        )

    def set(self, **env: str) -> None:
        """Change the environment of the bot; an empty value is as none."""
        for name, value in env.items():
            self._patch.setenv(name, value)

    def run(self, *words: str) -> Said:
        """Type ``batchbot`` and these words."""
        self._read()
        try:
            code = main(list(words))
        except SystemExit as error:
            code = int(error.code or 0)
        return Said(code, self._read())

    def healthy(self) -> OperatorWorld:
        """Migrated, set up and confirmed."""
        assert self.run("migrate").code == 0
        assert self.run("setup").code == 0
        self.confirm()
        return self

    def confirm(self) -> None:
        """Confirm every subscription, as a running bot does."""
        for one in list(self.aws.sns.subscriptions.values()):
            self.aws.sns.confirm(one.topic.arn, one.token)

    def drop_queue(self, name: str = "batchbot-alarms") -> str:
        """Take a queue away (the account comes with one); the address that it had."""
        sqs = self.aws.client("sqs")
        url = str(sqs.get_queue_url(QueueName=name)["QueueUrl"])
        sqs.delete_queue(QueueUrl=url)
        return url

    @property
    def subscription(self) -> Any:
        """The one of the public address."""
        [found] = [s for s in self.aws.sns.subscriptions.values() if s.endpoint == f"{self.url}/sns"]
        return found

    def writes(self) -> list[Call]:
        """The calls to Amazon that were no reads."""
        return [call for call in self.aws.calls if not call.operation.startswith(READS)]
