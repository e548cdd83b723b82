"""Fetches and keeps Amazon's signing certificates: few, small, once at a time, and not at a stranger's will."""

from __future__ import annotations

import http.client
import re
import ssl
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import structlog
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.oid import NameOID

from bot.aws.sns_addresses import Address
from bot.errors import Refused, Unverifiable

CERTIFICATE_BYTES = 16 * 1024
_PEM = re.compile(rb"\s*-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*")


@dataclass(frozen=True, slots=True)
class Certificate:
    """What is kept of a signing certificate: its RSA key, when it is valid, and the names it carries."""

    key: RSAPublicKey
    begins: datetime
    ends: datetime
    names: frozenset[str]

    def valid(self, now: datetime) -> bool:
        """Whether ``now`` lies within the certificate's dates."""
        return self.begins <= now <= self.ends


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much fetching strangers can cause: everything here is reached before a signature was seen."""

    kept: int = 10
    at_once: int = 4
    a_minute: int = 20
    failure_lasts: timedelta = timedelta(seconds=30)
    wait: float = 10.0
    remembered_failures: int = 256


class Certificates:
    """Certificates by address: the last ten are kept, each is fetched once at a time, a failure holds for 30 s."""

    def __init__(self, fetch: Callable[[str], bytes], bounds: Bounds | None = None) -> None:
        self._fetch = fetch
        self._bounds = bounds or Bounds()
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Certificate] = OrderedDict()
        self._failed: OrderedDict[str, datetime] = OrderedDict()
        self._under_way: dict[str, Future[Certificate | Refused]] = {}
        self._recent: deque[datetime] = deque()

    def get(self, address: Address, now: datetime) -> Certificate:
        """The certificate at ``address``; ``Unverifiable`` if it cannot be had now, ``Refused`` if it is unfit."""
        with self._lock:
            kept = self._kept.get(address.url)
            if kept:
                self._kept.move_to_end(address.url)
                return kept
            future = self._under_way.get(address.url)
            mine = future is None
            if future is None:
                self._admit(address.url, now)
                future = self._under_way[address.url] = Future()
        if mine:
            self._settle(address, now, future)
        return self._outcome(future)

    def _admit(self, url: str, now: datetime) -> None:
        """Let a new fetch begin or raise ``Unverifiable``; the lock is held."""
        failed = self._failed.get(url)
        if failed and timedelta(0) <= now - failed < self._bounds.failure_lasts:
            raise Unverifiable
        while self._recent and not timedelta(0) <= now - self._recent[0] < timedelta(minutes=1):
            self._recent.popleft()
        if len(self._under_way) >= self._bounds.at_once or len(self._recent) >= self._bounds.a_minute:
            raise Unverifiable("Too many different certificates were asked for at once; this one has to wait.")
        self._recent.append(now)

    def _settle(self, address: Address, now: datetime, future: Future[Certificate | Refused]) -> None:
        """Fetch, remember how it went, and wake whoever waits for the same address, come what may."""
        outcome: Certificate | Refused = Unverifiable()
        try:
            outcome = load_certificate(self._fetch(address.url))
        except Refused as refusal:
            outcome = refusal
        except Exception as error:  # noqa: BLE001 however the fetcher failed, the message cannot be judged now
            structlog.get_logger(__name__).warning(
                "sns_certificate_failed", url=address.url, error=type(error).__name__
            )
        finally:
            with self._lock:
                self._remember(address.url, outcome, now)
                del self._under_way[address.url]
            future.set_result(outcome)
        if isinstance(outcome, Certificate) and address.names and not address.names & outcome.names:
            structlog.get_logger(__name__).warning(
                "sns_certificate_name", url=address.url, expected=sorted(address.names), found=sorted(outcome.names)
            )

    def _remember(self, url: str, outcome: Certificate | Refused, now: datetime) -> None:
        if isinstance(outcome, Certificate):
            self._kept[url] = outcome
            self._failed.pop(url, None)
        else:
            self._failed[url] = now
        for entries, most in ((self._kept, self._bounds.kept), (self._failed, self._bounds.remembered_failures)):
            while len(entries) > most:
                entries.popitem(last=False)

    def _outcome(self, future: Future[Certificate | Refused]) -> Certificate:
        try:
            outcome = future.result(self._bounds.wait)
        except TimeoutError:
            raise Unverifiable from None
        if isinstance(outcome, Certificate):
            return outcome
        # A new error for each: one raised in several threads at once mixes up their tracebacks.
        raise type(outcome)(outcome.sentence)


def load_certificate(pem: bytes) -> Certificate:
    """Read a PEM of exactly one RSA certificate of 2,048 bits or more.

    ``Unverifiable`` if it is not one certificate (an answer gone wrong), ``Refused`` if its key is unfit.
    """
    if len(pem) > CERTIFICATE_BYTES or not _PEM.fullmatch(pem):
        raise Unverifiable("What came in place of Amazon's certificate is not one certificate.")
    try:
        found = x509.load_pem_x509_certificate(pem)
        key = found.public_key()
        names = _names(found)
    except (ValueError, UnsupportedAlgorithm, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        raise Unverifiable("Amazon's certificate could not be read.") from None
    if not isinstance(key, RSAPublicKey) or key.key_size < 2048:
        raise Refused("The certificate of a message has a key that is too weak or not RSA.")
    return Certificate(key, found.not_valid_before_utc, found.not_valid_after_utc, names)


def _names(found: x509.Certificate) -> frozenset[str]:
    names = {str(attribute.value) for attribute in found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)}
    try:
        extension = found.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return frozenset(names)
    return frozenset(names.union(extension.value.get_values_for_type(x509.DNSName)))


def fetch_certificate(url: str, timeout: float = 4.0) -> bytes:
    """GET a certificate: no redirect, no proxy, at most 16 KiB, status 200 alone; ``Unverifiable`` otherwise.

    ``timeout`` is in seconds, for each step and for the body as a whole. Only for addresses that were checked before.
    """
    parts = urlsplit(url)
    deadline = time.monotonic() + timeout
    connection = _connection(parts.scheme, parts.netloc, timeout)
    try:
        connection.request("GET", parts.path, headers={"Accept-Encoding": "identity", "Connection": "close"})
        response = connection.getresponse()
        if response.status != http.HTTPStatus.OK:
            raise Unverifiable(f"Amazon answered {response.status} when I asked for the certificate of a message.")
        return _read(response, deadline)
    except (OSError, http.client.HTTPException, ValueError):
        raise Unverifiable from None
    finally:
        connection.close()


def _connection(scheme: str, netloc: str, timeout: float) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(netloc, timeout=timeout, context=ssl.create_default_context())
    return http.client.HTTPConnection(netloc, timeout=timeout)


def _read(response: http.client.HTTPResponse, deadline: float) -> bytes:
    body = b""
    while chunk := response.read1(CERTIFICATE_BYTES + 1 - len(body)):
        body += chunk
        if len(body) > CERTIFICATE_BYTES or time.monotonic() > deadline:
            raise Unverifiable("The certificate of a message was too long or came too slowly.")
    return body
