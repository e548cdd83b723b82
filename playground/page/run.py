"""Opens the playground: starts the world and the bot, serves the page, and stays until it is told to end."""

from __future__ import annotations

import shlex
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playground.page.server import PageServer, application
from playground.page.steering import Steering, sample_inputs
from playground.page.traffic import Traffic
from playground.tour.alarms import backlog
from playground.tour.world import World

PORT = 8765
ENDS = (signal.SIGINT, signal.SIGTERM)


@dataclass
class Playground:
    """A world with its page; `bot` says whether our bot is in it, else `bot_url` is where another one listens."""

    world: World
    bot: bool = True
    bot_url: str = ""
    port: int | None = None
    steering: Steering = field(init=False)
    page: PageServer = field(init=False)

    def __post_init__(self) -> None:
        """Start nothing yet."""
        self.steering = Steering(self.world, with_bot=self.bot)
        traffic = Traffic(self.world.slack, self.world.aws)
        self.page = PageServer(application(self.world.slack, self.steering, traffic, self._starters))

    @contextmanager
    def opened(self) -> Iterator[str]:
        """Run everything inside the world; gives the address of the page."""
        self._furnish()
        try:
            yield self.page.start(PORT if self.port is None else self.port, fall_back=self.port is None)
        finally:
            self.page.stop()

    def env(self) -> dict[str, str]:
        """What points another bot or script here."""
        slack = self.world.slack
        return {**slack.env(), "SLACK_APP_TOKEN": slack.app_token, **self.world.aws.env()}

    def _furnish(self) -> None:
        """Samples, an alarm, the bot and its subscription; everybody has a direct conversation with the app."""
        world = self.world
        with ThreadPoolExecutor(1) as beside:
            started = beside.submit(world.start_bot) if self.bot else None
            sample_inputs(world)
            world.aws.client("cloudwatch").put_metric_alarm(**backlog(world.topic))
            if started:
                started.result()
        for person in (world.ana, world.ben):
            world.slack.workspace.direct(person.id)
        if not self.bot:
            world.slack.connect(self.bot_url)
        elif world.options.socket_mode:
            world.aws.sns.subscribe(world.topic, "sqs", world.queue_arn)
        else:
            world.aws.sns.subscribe_http(world.topic, f"{world.bot.url}/sns")

    def _starters(self) -> dict[str, list[dict[str, Any]]]:
        """What each empty channel invites to; "" is any other channel."""
        commands = list(self.world.slack.workspace.app.commands)
        if not self.bot:
            return {"": [{"text": command, "label": "The command of the app"} for command in commands[:3]]}
        command = commands[0]
        uri = f"s3://{self.world.aws.in_bucket}/docs/some-bad.jsonl"
        work = [
            {"text": f"{command} help", "label": "What can it do? Each answer has a button"},
            {"text": f"{command} submit", "label": "Start a job by a form"},
            {"text": f"{command} metrics", "label": "Backlog and throughput, with a chart"},
            {
                "text": f"{command} submit {uri} model=haiku name=my-first",
                "label": "A job in one line; 12 records are bad",
            },
        ]
        rings = [
            {"text": "Ring the alarm", "label": "CloudWatch sends it, signed, through SNS", "knob": "ring"},
            {
                "text": "Ring a composite alarm",
                "label": "Its rule in words, and which child fires",
                "knob": "kind:composite",
            },
            {"text": "Ring 60 at once", "label": "A storm: the first ring, the rest is gathered", "knob": "storm"},
            {"text": "Send a custom notification", "label": "As Amazon Q Developer has them", "knob": "kind:custom"},
        ]
        return {"": work, "ml-alarms": rings, "ml-summary": work[2:3]}


def serve(playground: Playground) -> int:
    """Open it in its world, say where it is, and stay until Ctrl-C or SIGTERM."""
    ended = threading.Event()
    before = {number: signal.signal(number, lambda *_: ended.set()) for number in ENDS}
    try:
        with playground.world, playground.opened() as address:
            if not playground.bot:
                print(*_exports(playground), "", sep="\n", flush=True)
            print(f"The playground is at {address}  (Ctrl-C ends it)", flush=True)
            ended.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return 0


def _exports(playground: Playground) -> list[str]:
    app = playground.world.slack.workspace.app
    return [
        f"# {app.display_name} is installed. Start your bot with these; HTTP requests go to {playground.bot_url}/slack/events,",
        "# or leave SLACK_SIGNING_SECRET out and open a socket with SLACK_APP_TOKEN. Give SLACK_API_URL to your client:",
        '#   App(client=WebClient(token=…, base_url=os.environ["SLACK_API_URL"]))',
        *(f"export {key}={shlex.quote(value)}" for key, value in playground.env().items()),
    ]
