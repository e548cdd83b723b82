"""A running process: opens the doors that its mode wants, waits for a signal, closes them in order."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable

import structlog
from slack_bolt.authorization import AuthorizeResult

from bot.app import App
from bot.errors import Misconfigured, SlackError, SlackUnavailable
from bot.slack.client import Identity
from bot.slack.slash import bolt
from bot.slack.socket import Socket
from bot.web import Doors, Server, application

log = structlog.get_logger(__name__)

IDENTITY_TRIES = 3


class Process:
    """``web``, ``worker``, or both."""

    def __init__(self, app: App, *, web: bool, worker: bool) -> None:
        """Open nothing yet."""
        self._app = app
        self._web = web
        self._worker = app.worker() if worker else None
        self._durable = app.durable(self._worker) if self._worker else None
        self._server: Server | None = None
        self._socket: Socket | None = None
        self._identity = Identity("", "", "", frozenset())
        self._stop = threading.Event()

    def run(self, listening: Callable[[int], None] = lambda _: None) -> int:
        """Serve until SIGTERM or SIGINT; returns the exit code. ``listening`` hears the port."""
        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, lambda *_: self._stop.set())
        try:
            self._open(listening)
            while not self._stop.wait(0.5):
                if self._broken():
                    return 1
        finally:
            self._close()
        return 0

    def _open(self, listening: Callable[[int], None]) -> None:
        self._check_settings()
        if self._app.settings.metrics_port:
            self._app.gauges.serve(self._app.settings.metrics_port)
        self._app.inbox.open()
        if self._worker and self._durable:
            if not self._app.db.ready():
                raise Misconfigured("The database is not reachable or not migrated. Run: batchbot migrate")
            self._worker.start(self._durable)
        if self._web:
            self._open_doors(listening)

    def _check_settings(self) -> None:
        s = self._app.settings
        if not s.slack_bot_token.get_secret_value():
            raise Misconfigured("SLACK_BOT_TOKEN is not set. It begins with xoxb- and comes from the Slack app's page.")
        if self._web and not (s.slack_signing_secret.get_secret_value() or s.slack_app_token.get_secret_value()):
            raise Misconfigured(
                "Set SLACK_SIGNING_SECRET (HTTP) or SLACK_APP_TOKEN (Socket Mode), so that Slack can reach me."
            )

    def _open_doors(self, listening: Callable[[int], None]) -> None:
        app, s = self._app, self._app.settings
        self._identity = self._who_am_i()
        slack = bolt(app.door, app.slack.web, s.slack_signing_secret.get_secret_value(), self._authorize)
        signed = bool(s.slack_signing_secret.get_secret_value())
        doors = Doors(slack if signed else None, app.sns_door(), app.db.ready, app.gauges)
        self._server = Server(application(doors), s.port)
        port = self._server.start()
        if s.slack_app_token.get_secret_value():
            self._socket = Socket(slack, s.slack_app_token.get_secret_value())
            self._socket.start()
        log.info("web.listening", port=port, socket_mode=self._socket is not None)
        listening(port)

    def _who_am_i(self) -> Identity:
        """Ask before the door opens, so that no command spends its three seconds on it; Slack being down shuts out no alarm."""
        for _ in range(IDENTITY_TRIES):
            try:
                return self._app.slack.identity()
            except SlackUnavailable as error:
                log.warning("slack.identity_later", reason=error.sentence)
                self._stop.wait(0.5)
            except SlackError as error:
                raise Misconfigured(
                    f"Slack refuses SLACK_BOT_TOKEN ({error.code}). Reinstall the app and copy it again."
                ) from None
        return self._identity

    def _authorize(self) -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None,
            team_id=self._identity.team_id or None,
            bot_user_id=self._identity.user_id or None,
            bot_id=self._identity.bot_id or None,
            bot_token=self._app.settings.slack_bot_token.get_secret_value(),
        )

    def _broken(self) -> bool:
        if self._worker and self._worker.failed.is_set():
            return True
        return self._server is not None and not self._server.alive

    def _close(self) -> None:
        """Doors first, so that nothing new comes; then the work; the database last."""
        log.info("process.stopping")
        if self._socket:
            self._socket.stop()
        if self._server:
            self._server.stop()
        if self._worker and self._durable:
            self._worker.stop(self._durable)
        self._app.inbox.close()
        self._app.close()
        log.info("process.stopped")
