"""A bot that is not ours, as the help of the command shows it, runs in the playground by its own manifest."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from playground.__main__ import EPILOG
from playground.process import free_port
from tests.conftest import ROOT
from tests.playground.test_page_server import Client

MANIFEST = """\
display_information: {name: Greeter}
features:
  bot_user: {display_name: greeter}
  slash_commands: [{command: /hello, description: Says hello, usage_hint: "[name]"}]
oauth_config: {scopes: {bot: [commands]}}
settings: {interactivity: {is_enabled: true}}
"""


@pytest.mark.slow
def test_the_ten_lines_of_the_help_answer_a_command(tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "manifest.yaml").write_text(MANIFEST, encoding="utf-8")
    lines = [line[2:] for line in EPILOG.splitlines() if line.startswith("  ") and not line.startswith("  python")]
    assert len([line for line in lines if line]) <= 11
    (tmp_path / "app.py").write_text("\n".join(lines).replace("3000", str(port)), encoding="utf-8")
    options = ["--manifest", str(tmp_path / "manifest.yaml"), "--bot", "none", "--page-port", "0"]
    options += ["--bot-url", f"http://127.0.0.1:{port}"]
    plain = {key: value for key, value in os.environ.items() if not key.startswith(("SLACK_", "AWS_", "BATCHBOT_"))}

    with ExitStack() as stack:
        command = [sys.executable, "-m", "playground", *options]
        world = stack.enter_context(subprocess.Popen(command, cwd=ROOT, env=plain, stdout=subprocess.PIPE, text=True))
        stack.callback(world.send_signal, signal.SIGTERM)
        env, url = _read(world)
        bot = stack.enter_context(subprocess.Popen([sys.executable, "app.py"], cwd=tmp_path, env=plain | env))
        stack.callback(bot.kill)
        client = Client(url)
        answer = _until_it_listens(client)
        state = client.state()

    assert answer == {}
    assert state["app"]["name"] == "greeter"
    assert [m["text"] for m in state["messages"][state["channels"][0]["id"]] if m["ephemeral"]] == ["Hello, ana"]
    assert world.returncode == 0


def _read(world: subprocess.Popen[str]) -> tuple[dict[str, str], str]:
    """The environment and the address that the command prints."""
    env: dict[str, str] = {}
    assert world.stdout is not None
    for line in world.stdout:
        if line.startswith("export "):
            key, _, value = line.removeprefix("export ").partition("=")
            env[key] = shlex.split(value)[0]
        if found := re.search(r"The playground is at (http://127\.0\.0\.1:\d+/)", line):
            return env, found[1]
    raise AssertionError("the address was not printed")


def _until_it_listens(client: Client) -> object:
    """Type the command until the bot is there; what it answers then."""
    deadline = time.monotonic() + 20
    while True:
        answer = client.act("slash", channel="ml-jobs", text="/hello")
        if not answer.get("error") or time.monotonic() > deadline:
            return answer
        time.sleep(0.1)
