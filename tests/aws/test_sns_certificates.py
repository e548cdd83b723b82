from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from structlog.testing import capture_logs

from bot.aws.sns import Verifier
from bot.aws.sns_addresses import Address
from bot.aws.sns_certificates import Bounds, Certificates, fetch_certificate
from bot.errors import Refused, Unverifiable

from .signing import NOW, TOPIC, body, envelope, pem, rsa_key


def outcome(answer: bytes, *, bits: int = 2048) -> type[Exception] | None:
    try:
        Verifier([TOPIC], lambda _: answer).verify(body(envelope(bits=bits)), None, NOW)
    except Refused as error:
        return type(error)
    return None


def test_a_fit_certificate() -> None:
    assert outcome(pem()) is None


@pytest.mark.parametrize(
    "answer",
    [
        pem(begins=NOW - timedelta(days=3), ends=NOW - timedelta(seconds=1)),
        pem(begins=NOW + timedelta(seconds=1)),
        pem(ec.generate_private_key(ec.SECP256R1())),
    ],
    ids=["run out", "not yet", "elliptic curve"],
)
def test_unfit_certificates_are_final(answer: bytes) -> None:
    assert outcome(answer) is Refused


def test_short_keys_are_final() -> None:
    assert outcome(pem(rsa_key(1024)), bits=1024) is Refused


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<html>",
        pem() + pem(),
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        pem().replace(b"CERTIFICATE", b"PRIVATE KEY"),
        b"x" + pem(),
        pem() + b" " * 20_000,
    ],
)
def test_answers_that_are_not_one_certificate_are_worth_another_try(answer: bytes) -> None:
    assert outcome(answer) is Unverifiable


def test_validity_is_judged_each_time_though_the_certificate_is_kept() -> None:
    check = Verifier([TOPIC], lambda _: pem(ends=NOW + timedelta(minutes=1)))
    check.verify(body(envelope()), None, NOW)
    with pytest.raises(Refused, match="run out"):
        check.verify(body(envelope()), None, NOW + timedelta(minutes=2))


def test_an_unexpected_name_is_logged_once_and_believed() -> None:
    check = Verifier([TOPIC], lambda _: pem(name="sns.example.com"))
    with capture_logs() as logs:
        for _ in range(3):
            check.verify(body(envelope()), None, NOW)
    assert [entry["event"] for entry in logs] == ["sns_certificate_name"]
    with capture_logs() as logs:
        local = Verifier([TOPIC], lambda _: pem(name="x"), cert_origin="http://127.0.0.1:1")
        local.verify(body(envelope()), None, NOW)
    assert logs == []


def test_a_stampede_is_one_fetch() -> None:
    asked = []

    def fetch(url: str) -> bytes:
        asked.append(url)
        time.sleep(0.2)
        return pem()

    check = Verifier([TOPIC], fetch)
    with ThreadPoolExecutor(50) as pool:
        found = list(pool.map(lambda _: check.verify(body(envelope()), None, NOW), range(50)))
    assert len(found) == 50
    assert len(asked) == 1


def test_a_stampede_that_fails_fails_for_all_by_one_fetch() -> None:
    asked = []

    def fetch(url: str) -> bytes:
        asked.append(url)
        time.sleep(0.2)
        raise OSError

    certificates = Certificates(fetch)
    with ThreadPoolExecutor(20) as pool:
        errors = list(pool.map(lambda _: error_of(certificates, "https://a"), range(20)))
    assert {type(error) for error in errors} == {Unverifiable}
    assert len({id(error) for error in errors}) == 20
    assert len(asked) == 1


def error_of(certificates: Certificates, url: str, minutes: float = 0.0) -> Refused:
    with pytest.raises(Refused) as caught:
        certificates.get(Address(url), NOW + timedelta(minutes=minutes))
    return caught.value


def recorder(asked: list[str], answer: Callable[[], bytes] = pem) -> Callable[[str], bytes]:
    def fetch(url: str) -> bytes:
        asked.append(url)
        return answer()

    return fetch


def failing() -> bytes:
    raise OSError


def test_a_failure_holds_for_half_a_minute() -> None:
    asked: list[str] = []
    certificates = Certificates(recorder(asked, failing))
    for minutes in (0, 0.1, 0.4):
        error_of(certificates, "https://a", minutes)
    assert len(asked) == 1
    error_of(certificates, "https://a", 0.6)
    assert len(asked) == 2


def test_the_last_ten_are_kept() -> None:
    asked: list[str] = []
    certificates = Certificates(recorder(asked))
    for number in (*range(10), 0, 10, 0, 1):
        certificates.get(Address(f"https://{number}"), NOW)
    assert asked == [f"https://{number}" for number in (*range(11), 1)]


def test_a_flood_of_addresses_is_held_back_and_what_is_kept_still_works() -> None:
    asked: list[str] = []
    certificates = Certificates(recorder(asked, pem))
    certificates.get(Address("https://good"), NOW)
    certificates._fetch = recorder(asked, failing)
    for number in range(500):
        error_of(certificates, f"https://{number}")
    assert len(asked) == Bounds().a_minute
    certificates.get(Address("https://good"), NOW)
    error_of(certificates, "https://later", 1.5)
    assert asked[-1] == "https://later"


def test_only_a_few_are_fetched_at_once() -> None:
    gate = threading.Event()
    certificates = Certificates(lambda _: pem() if gate.wait(5) else b"")
    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(certificates.get, Address(f"https://{number}"), NOW) for number in range(4)]
        while len(certificates._under_way) < 4:
            time.sleep(0.01)
        assert isinstance(error_of(certificates, "https://fifth"), Unverifiable)
        gate.set()
        assert all(future.result() for future in waiting)


def test_who_waits_for_another_does_not_wait_for_ever() -> None:
    gate = threading.Event()
    certificates = Certificates(lambda _: pem() if gate.wait(5) else b"", Bounds(wait=0.05))
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(certificates.get, Address("https://a"), NOW)
        while not certificates._under_way:
            time.sleep(0.01)
        assert isinstance(error_of(certificates, "https://a"), Unverifiable)
        gate.set()
        first.result()


@contextmanager
def server(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 its name in the standard library
            pass

    found = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{found.server_port}"
    finally:
        found.shutdown()
        thread.join()
        found.server_close()


def reply(handler: BaseHTTPRequestHandler, status: int, content: bytes, location: str = "") -> None:
    handler.send_response(status)
    if location:
        handler.send_header("Location", location)
    handler.end_headers()
    handler.wfile.write(content)


def test_the_real_fetch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with server(lambda handler: reply(handler, 200, pem())) as origin:
        assert fetch_certificate(f"{origin}/a.pem") == pem()


@pytest.mark.parametrize("status", [201, 204, 301, 302, 307, 403, 404, 500])
def test_any_other_status_is_no_certificate(status: int) -> None:
    asked = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.path)
        reply(handler, status, b"", "/other.pem")

    with server(answer) as origin, pytest.raises(Unverifiable):
        fetch_certificate(f"{origin}/a.pem")
    assert asked == ["/a.pem"]


def test_the_real_fetch_gives_up_on_long_slow_and_dead_ones() -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            for _ in range(30):
                handler.wfile.write(b"x")
                time.sleep(0.05)
        except OSError:
            pass

    with server(lambda handler: reply(handler, 200, b"x" * 16_385)) as origin, pytest.raises(Unverifiable):
        fetch_certificate(f"{origin}/a.pem")
    began = time.monotonic()
    with server(drip) as origin, pytest.raises(Unverifiable):
        fetch_certificate(f"{origin}/a.pem", timeout=0.3)
    assert time.monotonic() - began < 2
    with pytest.raises(Unverifiable):
        fetch_certificate("http://127.0.0.1:1/a.pem")
