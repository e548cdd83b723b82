"""The fake Slack as one object: start it, point a bot at it, act as its people."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self

import uvicorn

from playground.slack.backend import Backend, Tokens
from playground.slack.calls import Call
from playground.slack.courier import PATIENCE, Courier
from playground.slack.door import Door
from playground.slack.faults import Faults
from playground.slack.manifest import read_app
from playground.slack.modals import Modals
from playground.slack.model import Channel
from playground.slack.pace import Pace
from playground.slack.person import Person
from playground.slack.replies import ReplyUrls
from playground.slack.seed import seed
from playground.slack.sockets import Sockets
from playground.slack.triggers import Triggers
from playground.slack.workspace import Workspace

HANDLERS = 64


class SlackServer:
    """A workspace with one app in it, served on loopback by a thread of its own."""

    def __init__(
        self,
        manifest: Mapping[str, Any] | Path,
        *,
        port: int = 0,
        clock: Callable[[], float] = time.time,
        grant_optional: bool = True,
        pace_posts: bool = True,
        pace_methods: bool = False,
        patience: float = PATIENCE,
        tokens: Tokens | None = None,
    ) -> None:
        app = read_app(manifest, grant_optional=grant_optional)
        self.workspace = Workspace(app, clock)
        seed(self.workspace)
        self.faults = Faults()
        self._backend = Backend(
            app=app,
            workspace=self.workspace,
            triggers=Triggers(clock),
            modals=Modals(self.workspace),
            replies=ReplyUrls(self.workspace, clock),
            pace=Pace(posts=pace_posts, methods=pace_methods),
            faults=self.faults,
            tokens=tokens or Tokens(),
            clock=clock,
        )
        self.sockets = Sockets(app)
        self._courier = Courier(self.workspace.feed, self.sockets, self._backend.tokens.signing, patience)
        self._people: dict[str, Person] = {}
        self._port = port
        self._listener: socket.socket | None = None
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._executor: ThreadPoolExecutor | None = None

    def start(self) -> Self:
        """Serve until `stop`."""
        self._listener = socket.create_server(("127.0.0.1", self._port))
        self._backend.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._executor = ThreadPoolExecutor(HANDLERS, "slack-api")
        door = Door(self._backend, self.sockets, self._executor)
        config = uvicorn.Config(
            door.app(),
            log_config=None,
            lifespan="off",
            access_log=False,
            http="h11",
            ws="websockets-sansio",
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._listener],), name="slack", daemon=True)
        self._thread.start()
        while not self._server.started:
            if not self._thread.is_alive():
                raise RuntimeError("the fake Slack did not start")
            time.sleep(0.005)
        return self

    def stop(self) -> None:
        """Close every connection and the port."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(10)
        if self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)
        if self._listener is not None:
            self._listener.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Where the server is; empty until it is started."""
        return self._backend.url

    @property
    def api_url(self) -> str:
        """Where the Web API is, with its last slash."""
        return f"{self.url}/api/"

    @property
    def bot_token(self) -> str:
        """The bot token of the installed app."""
        return self._backend.tokens.bot

    @property
    def app_token(self) -> str:
        """The app-level token, for Socket Mode."""
        return self._backend.tokens.app

    @property
    def signing_secret(self) -> str:
        """The secret that signs requests to the bot."""
        return self._backend.tokens.signing

    @property
    def calls(self) -> list[Call]:
        """Every Web API call in order of arrival."""
        return self._backend.calls

    def env(self, *, socket_mode: bool = False) -> dict[str, str]:
        """The environment that points a bot here."""
        found = {
            "SLACK_API_URL": self.api_url,
            "SLACK_BOT_TOKEN": self.bot_token,
            "SLACK_SIGNING_SECRET": self.signing_secret,
        }
        return found | {"SLACK_APP_TOKEN": self.app_token} if socket_mode else found

    def connect(self, bot_url: str) -> None:
        """Send what people do to this base URL, while no socket is open."""
        self._courier.bot_url = bot_url

    def channel(self, name_or_id: str) -> Channel:
        """A channel by name or id."""
        return self.workspace.channel(name_or_id)

    def person(self, name: str) -> Person:
        """By handle or id."""
        for user in self.workspace.users.values():
            if name in (user.name, user.id) and not user.is_bot:
                return self._people.setdefault(user.id, Person(user, self._backend, self._courier))
        raise KeyError(name)
