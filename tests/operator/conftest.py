"""The world of the operator's commands."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from playground.aws import AwsServer
from playground.slack import SlackServer
from tests.operator.worlds import ROOT, OperatorWorld, address


@pytest.fixture
def world(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[OperatorWorld]:
    """Nothing is set up in it yet."""
    monkeypatch.chdir(tmp_path)
    slack = SlackServer(ROOT / "manifest.yaml", pace_posts=False).start()

    def read() -> str:
        sys.stdout.flush()
        return capfd.readouterr().out

    with AwsServer(background=False) as aws, address() as url:
        yield OperatorWorld(aws, slack, url, patch=monkeypatch, read=read)
    threading.Thread(target=slack.stop, daemon=True).start()
