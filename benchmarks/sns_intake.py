"""How many SNS messages are verified and stored in a second, and how soon an alarm is in Slack."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from statistics import median

from benchmarks import tables, wire
from benchmarks.bots import World, bot, empty_inbox, world
from benchmarks.groups import writer
from benchmarks.load import Figures
from benchmarks.servers import peer
from benchmarks.slash_ack import Row, in_turn, show
from benchmarks.stores import Store, stores
from bot.aws.sns import Verifier

PEERS = ("sns-message-validator", "validatesns")
IN_PROCESS, HTTP_FLOOR = "floor: verify + one commit, in-process", "floor: HTTP, verify, commit in groups"
POOL = 6000
ALARMS = 20


def verify_of(messages: wire.Notifications) -> Callable[[bytes], tuple[str, str]]:
    """Our verification alone: a body to id and text."""
    verifier = Verifier([wire.TOPIC], lambda _: messages.signer.pem, max_age=timedelta(0))
    headers = {"x-amz-sns-message-type": "Notification"}

    def verify(body: bytes) -> tuple[str, str]:
        envelope = verifier.verify(body, headers, datetime.now(UTC))
        return envelope.message_id, envelope.message

    return verify


def per_second(act: Callable[[bytes], object], bodies: Sequence[bytes], seconds: float) -> float:
    """One thread; never the same message twice."""
    done, began = 0, time.perf_counter()
    while done < len(bodies) and time.perf_counter() - began < seconds:
        act(bodies[done])
        done += 1
    return done / (time.perf_counter() - began)


def verifying(messages: wire.Notifications, seconds: float, rounds: int) -> None:
    """Without storing: ours beside the validators on PyPI."""
    bodies = list(messages.bodies())
    verify = verify_of(messages)
    with tempfile.TemporaryDirectory(prefix="batchbot-peers-") as name:
        python = install(Path(name))
        ours: list[float] = []
        theirs: dict[str, list[float]] = {}
        for _ in range(rounds):
            ours.append(per_second(verify, bodies, seconds))
            for peer_name, value in (ask_peers(python, messages, seconds) if python else {}).items():
                theirs.setdefault(peer_name, []).append(value)
    rows = [["ours, verify alone", f"{median(ours):,.0f}", ""]]
    rows += [[f"peer: {n}", f"{median(v):,.0f}", tables.times(tables.ratio(ours, v))] for n, v in theirs.items()]
    print("\n verifying alone, one thread, in-process")
    tables.table(["", "messages/s", "ours x"], rows)


def install(folder: Path) -> Path | None:
    """A throw-away environment with the validators; None, said aloud, where PyPI cannot be reached."""
    python = folder / "bin" / "python"
    try:
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, capture_output=True, timeout=120)
        command = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", *PEERS]
        subprocess.run(command, check=True, capture_output=True, timeout=180)
    except (subprocess.SubprocessError, OSError) as error:
        print(f"The validators on PyPI are skipped: they cannot be installed ({type(error).__name__})")
        return None
    return python


def ask_peers(python: Path, messages: wire.Notifications, seconds: float) -> dict[str, float]:
    """What the validators reach on the same messages."""
    folder = python.parent.parent
    (folder / "pem").write_bytes(messages.signer.pem)
    (folder / "bodies").write_text(json.dumps([body.decode() for body in list(messages.bodies())[:500]]))
    script = Path(__file__).parent / "sns_peers.py"
    command = [str(python), str(script), str(seconds), str(folder / "pem"), str(folder / "bodies")]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    answers: dict[str, float | str] = json.loads(done.stdout)
    for name, answer in answers.items():
        if isinstance(answer, str):
            _say_once(f"{name} is skipped: {answer}")
    return {name: answer for name, answer in answers.items() if not isinstance(answer, str)}


@cache
def _say_once(words: str) -> None:
    print(words)


def storing(store: Store, around: World, messages: wire.Notifications, seconds: float, rounds: int) -> None:
    """Over HTTP at 1 and 50 at once, beside the floors."""
    database = store.fresh()
    requests, bodies = messages.requests(), list(messages.bodies())
    with ExitStack() as stack:
        pem = stack.enter_context(tempfile.NamedTemporaryFile(prefix="batchbot-pem-"))
        pem.write(messages.signer.pem)
        pem.flush()
        env = {"BENCH_PEM": pem.name, "BENCH_TOPIC": wire.TOPIC}
        floor = stack.enter_context(peer("sns", store.fresh(), **env))
        web = stack.enter_context(bot("web", around, database, store.folder))
        rows = [
            Row(HTTP_FLOOR, floor.port, floor.process.pid, lambda _: requests, again=False),
            Row("POST /sns (verified, durable)", web.port, web.pid, lambda _: requests, again=False,
                after=lambda: empty_inbox(database)),
        ]  # fmt: skip
        for at_once in (1, 50):
            alone: list[float] = []

            def play(row: Row, at_once: int = at_once, alone: list[float] = alone) -> Figures:
                if row.name == HTTP_FLOOR:
                    alone.append(in_process(store, messages, bodies, seconds))
                return row.play(requests, at_once, seconds)

            print(f"\n {at_once} at once, {store.name}")
            taken = in_turn(rows, rounds, play)
            show(taken, HTTP_FLOOR)
            ours = [f.per_second for f in taken[rows[1].name]]
            share = tables.times(tables.ratio(ours, alone[1:]))
            print(f"  {IN_PROCESS}: {median(alone[1:]):,.0f}/s; ours is {share} of it")


def in_process(store: Store, messages: wire.Notifications, bodies: Sequence[bytes], seconds: float) -> float:
    """The floor: verify, insert, commit, one after another."""
    verify, write = verify_of(messages), writer(store.fresh())
    return per_second(lambda body: write([verify(body)]), bodies, seconds)


def reaching_slack(store: Store, around: World, alarms: int) -> None:
    """From the POST to the fake Slack's chat.postMessage, one alarm after another, nothing else to do."""
    with bot("run", around, store.fresh(), store.folder) as run:
        time.sleep(2)
        taken = [_one_alarm(around, run.port) for _ in range(alarms)]
    ordered = sorted(taken)
    print(f"\n SNS POST to Slack POST, idle, {store.name}: p50 {tables.millis(median(taken))} ms, "
          f"slowest of {alarms} {tables.millis(ordered[-1])} ms")  # fmt: skip


def _one_alarm(around: World, port: int) -> float:
    request = wire.notifications(1).requests()[0]
    known = len(around.slack.calls)
    began = time.time()
    send(port, request)
    while time.time() < began + 10:
        posted = [call for call in around.slack.calls[known:] if call.method == "chat.postMessage"]
        if posted:
            time.sleep(1.5)  # the channel's rest is over then
            return posted[0].at - began
        time.sleep(0.01)
    raise RuntimeError("the alarm did not reach Slack")


def send(port: int, request: bytes) -> None:
    """One whole request on a line of its own; raises where it is not taken."""
    with socket.create_connection(("127.0.0.1", port), 10) as line:
        line.sendall(request)
        answer = line.recv(4096)
    if not answer.startswith(b"HTTP/1.1 200"):
        raise RuntimeError("the alarm was not taken")


def main() -> None:
    """Verifying, storing on both stores, and the way to Slack."""
    asked = tables.options(__doc__)
    tables.headline("SNS intake: verified and durable messages per second")
    messages = wire.notifications(POOL // 2 if asked.quick else POOL)
    verifying(messages, asked.seconds, asked.rounds)
    with stores(asked.store) as found, world() as around:
        for store in found:
            storing(store, around, messages, asked.seconds, asked.rounds)
            reaching_slack(store, around, 8 if asked.quick else ALARMS)


if __name__ == "__main__":
    main()
