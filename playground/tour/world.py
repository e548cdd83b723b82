"""The place where it all happens: a Slack workspace, an AWS account, and the bot as a process that sees only URLs."""

from __future__ import annotations

import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from playground.aws import AwsServer
from playground.process import BotProcess
from playground.slack import SlackServer

ROOT = Path(__file__).parent.parent.parent
HALF_A_MINUTE = "*/30 * * * * *"
MODELS = {
    "Claude Haiku 4.5": "us.anthropic.claude-haiku-4-5-20251001-v1:0",
    "Claude Sonnet 4.5": "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "Nova Lite": "amazon.nova-lite-v1:0",
    "GPT OSS 120B": "openai.gpt-oss-120b-1:0",
}


@dataclass(frozen=True)
class Options:
    """What can be chosen on the command line; `patience` is how long an expected message may take, in seconds."""

    speed: float = 60.0
    database: str = ""
    out: Path = Path("tour")
    socket_mode: bool = False
    patience: float = 60.0
    colours: bool = False
    manifest: Path | None = None
    submitters: tuple[str, ...] = ("ana",)
    admins: tuple[str, ...] = ()
    operators: tuple[str, ...] = ("ana", "ben")
    summary_cron: str = HALF_A_MINUTE

    @property
    def seconds(self) -> float:
        """How long a simulated minute takes."""
        return 60 / self.speed


class World:
    """Starts everything and ends everything; use it as a context manager."""

    def __init__(self, options: Options) -> None:
        """Start nothing yet."""
        self.options = options
        self.slack = SlackServer(options.manifest or _manifest())
        self.aws = AwsServer(speed=options.speed)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        try:
            self.folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="batchbot-playground-")))
            self._stack.enter_context(self.slack)
            self._stack.enter_context(self.aws)
            self.ana, self.ben = self.slack.person("ana"), self.slack.person("ben")
            self.jobs, self.alarms, self.summary = (
                self.slack.channel(f"ml-{n}") for n in ("jobs", "alarms", "summary")
            )
            self.aws.cloudwatch.evaluate_seconds = 86_400  # alarms change when the story says so
            self.aws.cloudwatch.backfill(days=7, models=[one.removeprefix("us.") for one in MODELS.values()])
            self.bot = BotProcess("run", self.env(), cwd=self.folder)
            self._stack.callback(self._end_bot)
            self.slack.connect(self.bot.url)
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def topic(self) -> str:
        """The topic by which alarms arrive."""
        return self.aws.sns.default_topic

    @property
    def queue_arn(self) -> str:
        """The SQS queue that the bot reads in Socket Mode."""
        return f"arn:aws:sqs:{self.aws.region}:{self.aws.account}:{self.aws.queue}"

    def start_bot(self) -> float:
        """Start the bot and wait until people and alarms can reach it; tells after how many seconds."""
        began = time.monotonic()
        self.bot.start(wait=max(self.options.patience, 30.0))
        while self.options.socket_mode and not self.slack.sockets.count:
            if time.monotonic() - began > self.options.patience:
                raise TimeoutError("the bot opened no socket")
            time.sleep(0.02)
        return time.monotonic() - began

    def env(self) -> dict[str, str]:
        """All that the bot is told: addresses, made-up secrets, channels, and the pace of this world."""
        quick = max(self.options.seconds, 0.25)
        env = {
            **self.slack.env(socket_mode=self.options.socket_mode),
            **self.aws.env(),
            "PYTHONPATH": str(ROOT),
            "BATCHBOT_CONFIG": str(self._catalogue()),
            "BATCHBOT_DATABASE_URL": self.options.database or f"sqlite:///{self.folder / 'batchbot.db'}",
            "BATCHBOT_SUBMITTERS": self._ids(self.options.submitters),
            "BATCHBOT_ADMINS": self._ids(self.options.admins),
            "BATCHBOT_OPERATORS": self._ids(self.options.operators),
            "BATCHBOT_JOBS_CHANNEL": self.jobs.id,
            "BATCHBOT_ALARMS_CHANNEL": self.alarms.id,
            "BATCHBOT_SUMMARY_CHANNEL": self.summary.id,
            "BATCHBOT_SUMMARY_CRON": self.options.summary_cron,
            "BATCHBOT_POLL_SECONDS": str(min(quick / 2, 30)),
            "BATCHBOT_CARD_SECONDS": str(min(quick * 1.5, 60)),
            "BATCHBOT_LOG_FORMAT": "text",
        }
        if self.options.socket_mode:
            url = self.aws.client("sqs").get_queue_url(QueueName=self.aws.queue)["QueueUrl"]
            env["BATCHBOT_ALARM_QUEUE_URL"] = str(url)
        return env

    def pace(self, model: str, records: int, seconds: float) -> None:
        """Let this model take so many seconds (at the usual speed, but at least three) for so many records."""
        seconds = max(seconds * self.options.seconds, 3.0)
        base = MODELS[model].removeprefix("us.")
        self.aws.bedrock.models[base].records_per_minute = records * 60 / seconds / self.options.speed

    def _end_bot(self) -> None:
        self.bot.__exit__(None, None, None)

    def _ids(self, names: tuple[str, ...]) -> str:
        return ",".join(self.slack.person(name).id for name in names)

    def _catalogue(self) -> Path:
        path = self.folder / "batchbot.toml"
        path.write_text(
            "".join(f'[[models]]\nid = "{i}"\nname = "{n}"\n\n' for n, i in MODELS.items()), encoding="utf-8"
        )
        return path


def _manifest() -> Path:
    """The app's manifest: beside the packages in the repository, inside this one when it is installed."""
    places = (ROOT / "manifest.yaml", ROOT / "playground" / "manifest.yaml")
    return next((place for place in places if place.exists()), places[0])
