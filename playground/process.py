"""The bot as a separate process that sees nothing but URLs: started, waited for, killed, read."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "VIRTUAL_ENV", "LD_LIBRARY_PATH")


def free_port() -> int:
    """A port of loopback that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class BotProcess:
    """``python -m bot MODE`` with exactly this environment; its standard error goes to ``log``."""

    def __init__(self, mode: str, env: Mapping[str, str], *, cwd: Path, command: Sequence[str] = ("-m", "bot")) -> None:
        """Start nothing yet; ``PORT`` is chosen where the environment does not name one."""
        self.mode = mode
        self.port = int(env.get("PORT") or free_port())
        inherited = {key: os.environ[key] for key in _KEPT if key in os.environ}
        self.env = inherited | {"PYTHONUNBUFFERED": "1"} | dict(env) | {"PORT": str(self.port)}
        self.cwd = cwd
        self.command = [sys.executable, *command, mode]
        self.process: subprocess.Popen[bytes] | None = None
        self._log = tempfile.NamedTemporaryFile(prefix=f"batchbot-{mode}-", suffix=".log", delete=False)  # noqa: SIM115

    @property
    def url(self) -> str:
        """Where its doors are."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """All that it has said so far."""
        return Path(self._log.name).read_text(encoding="utf-8", errors="replace")

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self.process is not None and self.process.poll() is None

    def start(self, *, wait: float = 30.0) -> Self:
        """Start it and wait until it is ready (the worker alone: until its log says so); raises RuntimeError with its log."""
        self.process = subprocess.Popen(self.command, env=self.env, cwd=self.cwd, stderr=self._log, stdout=self._log)
        deadline = time.monotonic() + wait
        while not self._ready():
            if not self.running or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"the bot did not start:\n{self.log[-4000:]}")
            time.sleep(0.03)
        return self

    def _ready(self) -> bool:
        if self.mode == "worker":
            return "worker.started" in self.log
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=1) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def kill(self) -> None:
        """Kill -9, and wait until it is gone."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)

    def stop(self, *, wait: float = 20.0) -> int:
        """SIGTERM; returns the exit code (a process that does not end is killed, code -9)."""
        if self.process is None:
            return 0
        if self.running:
            self.process.send_signal(signal.SIGTERM)
            try:
                return self.process.wait(wait)
            except subprocess.TimeoutExpired:
                self.kill()
        return int(self.process.returncode)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._log.close()
        Path(self._log.name).unlink(missing_ok=True)
