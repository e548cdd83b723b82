"""Hooks: who may be called, where a name may lead, what is sent, and that nothing holds the worker up."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.errors import HookRefused, HookUnavailable, Misconfigured
from bot.follow.addresses import may_connect, read_address
from bot.follow.hook import Hook
from bot.follow.rule import Order
from tests.follow.receiver import Receiver, certificate
from tests.wire import NOW

ORDER = Order("", "batchbot-1", "job-ended", '{"version": "1"}', NOW, NOW)


def order(url: str) -> Order:
    return replace(ORDER, address=url)


def test_a_hook_is_a_signed_post_with_its_key(receiver: Receiver) -> None:
    """The receiver computes the same signature over the time and the body."""
    receipt = Hook([receiver.host], "shh").send(order(receiver.url))
    assert receipt.words == "called 127.0.0.1, which answered 200"
    [came] = receiver.came
    assert (came.path, json.loads(came.body), came.key) == ("/batch?token=s3cret", {"version": "1"}, "batchbot-1")
    stamp = came.headers["x-batchbot-timestamp"]
    assert stamp == str(int(NOW.timestamp()))
    expected = hmac.new(b"shh", f"v1:{stamp}:".encode() + came.body, hashlib.sha256).hexdigest()
    assert came.headers["x-batchbot-signature"] == f"v1={expected}"
    assert came.headers["content-type"] == "application/json"
    assert came.headers["host"] == receiver.host


def test_without_a_secret_nothing_is_signed(receiver: Receiver) -> None:
    Hook([receiver.host], "").send(order(receiver.url))
    assert "x-batchbot-signature" not in receiver.came[0].headers


@pytest.mark.parametrize("status", [500, 502, 503, 429, 408])
def test_what_may_pass_is_worth_another_try(receiver: Receiver, status: int) -> None:
    receiver.statuses = [status]
    with pytest.raises(HookUnavailable, match=str(status)):
        Hook([receiver.host], "").send(order(receiver.url))


@pytest.mark.parametrize("status", [301, 302, 307, 400, 403, 404, 410])
def test_a_refusal_is_final_and_a_redirect_is_not_followed(receiver: Receiver, status: int) -> None:
    """A redirect would lead where nobody has looked."""
    receiver.statuses = [status]
    receiver.headers = {"Location": receiver.url}
    with pytest.raises(HookRefused, match=str(status)):
        Hook([receiver.host], "").send(order(receiver.url))
    assert len(receiver.came) == 1


def test_nobody_there_is_worth_another_try(receiver: Receiver) -> None:
    with Receiver() as gone:
        host, url = gone.host, gone.url
    with pytest.raises(HookUnavailable, match="ConnectionRefusedError"):
        Hook([host], "").send(order(url))


def test_an_answer_that_trickles_is_cut_off(receiver: Receiver) -> None:
    """Each byte comes in time, the whole does not."""
    receiver.trickle = 0.3
    began = time.monotonic()
    with pytest.raises(HookUnavailable, match="in time"):
        Hook([receiver.host], "", seconds=0.5).send(order(receiver.url))
    assert time.monotonic() - began < 5


def test_an_endless_answer_is_read_in_part_only(receiver: Receiver) -> None:
    receiver.answer = b"x" * 5_000_000
    assert Hook([receiver.host], "").send(order(receiver.url)).words.endswith("200")


def test_https_goes_to_the_checked_address_under_its_name(tmp_path: Path) -> None:
    """The certificate is held against the name, the connection goes to what was looked up once."""
    server, client = certificate(tmp_path, "localhost")
    with Receiver(server) as receiver:
        hook = Hook([f"localhost:{receiver.port}"], "", context=lambda: client, resolve=lambda *_: ["127.0.0.1"])
        hook.send(order(f"https://localhost:{receiver.port}/x"))
        assert receiver.came[0].headers["host"] == f"localhost:{receiver.port}"


@pytest.mark.parametrize(("named", "called"), [("hooks.example.com", "localhost"), ("localhost", "127.0.0.1")])
def test_a_certificate_of_another_name_is_refused(tmp_path: Path, named: str, called: str) -> None:
    server, client = certificate(tmp_path, named)
    with Receiver(server) as receiver:
        hook = Hook([f"{called}:{receiver.port}"], "", context=lambda: client, resolve=lambda *_: ["127.0.0.1"])
        with pytest.raises(HookUnavailable, match="SSLCertVerificationError"):
            hook.send(order(f"https://{called}:{receiver.port}/x"))
        assert receiver.came == []


@pytest.mark.parametrize(
    "found",
    [
        ["127.0.0.1"], ["10.0.0.1"], ["192.168.1.1"], ["169.254.169.254"], ["100.64.0.1"], ["0.0.0.0"], ["::1"],
        ["fd00:ec2::254"], ["fe80::1%eth0"], ["::ffff:10.0.0.1"], ["64:ff9b::a00:1"], ["2002:0a00:0001::"],
        ["224.0.0.1"], ["93.184.216.34", "10.0.0.1"], [],
    ],
)  # fmt: skip
def test_a_name_that_leads_inside_is_not_called(found: list[str]) -> None:
    """Whatever its name server says today; one address inside is enough."""
    hook = Hook(["hooks.example.com"], "", resolve=lambda *_: found)
    with pytest.raises(HookRefused, match="not public"):
        hook.send(order("https://hooks.example.com/x"))


def test_a_public_address_may_be_called() -> None:
    address = read_address("https://hooks.example.com/x", ["hooks.example.com"])
    assert may_connect(address, "93.184.216.34")
    assert may_connect(address, "2606:2800:220:1::1")


def test_loopback_leads_to_loopback_alone() -> None:
    address = read_address("http://localhost:9/x", ["localhost:9"])
    assert may_connect(address, "::1")
    assert not may_connect(address, "93.184.216.34")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://hooks.example.com/x", "https"),
        ("ftp://hooks.example.com/x", "https"),
        ("https://user:pass@hooks.example.com/x", "user"),
        ("https://hooks.example.com/x#y", "user or a #"),
        ("https://hooks.example.com:8443/x", "BATCHBOT_HOOK_HOSTS"),
        ("https://evil.example.com/x", "BATCHBOT_HOOK_HOSTS"),
        ("https://hooks.example.com.evil.com/x", "BATCHBOT_HOOK_HOSTS"),
        ("https://hooks.example.com\\@evil.com/x", "user|BATCHBOT_HOOK_HOSTS"),
        ("https://hooks.example.com:99999/x", "port"),
        ("https://hooks.example.com/x\r\nX: y", "no address"),
        ("https://[::1/x", "no address"),
        ("https:///x", "user"),
        ("http://127.0.0.1/x", "BATCHBOT_HOOK_HOSTS"),
        ("", "no address"),
    ],
)
def test_addresses_that_may_not_be_called(url: str, why: str) -> None:
    with pytest.raises(Misconfigured, match=why):
        read_address(url, ["hooks.example.com"])


def test_upper_case_and_a_dot_at_the_end_are_the_same_host() -> None:
    address: Any = read_address("https://Hooks.Example.COM./x?y=1", ["hooks.example.com"])
    assert (address.host, address.port, address.path) == ("hooks.example.com", 443, "/x?y=1")


def test_a_host_that_was_taken_off_the_list_is_not_called(receiver: Receiver) -> None:
    with pytest.raises(Misconfigured, match="BATCHBOT_HOOK_HOSTS"):
        Hook([], "").send(order(receiver.url))
    assert receiver.came == []
