"""Which addresses a hook may have, and which machines it may lead to; pure.

A name in the list proves nothing of where it leads: the addresses that it resolves to are checked as well, and the
connection goes to a checked one, so that no answer of a name server can point inside.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from bot.errors import Misconfigured

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_PORTS = {"https": 443, "http": 80}
_VISIBLE = re.compile(r"[!-~]{1,2000}", re.ASCII)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class HookAddress:
    """A hook's address in parts; ``path`` with its query. Only the host is ever shown: a path may be a secret."""

    host: str
    port: int
    path: str
    secure: bool

    @property
    def is_loopback(self) -> bool:
        """Whether the machine itself is named, in so many words."""
        return self.host in LOOPBACK

    @property
    def authority(self) -> str:
        """Host, and port where it is not the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS["https" if self.secure else "http"] else f"{host}:{self.port}"


def read_address(url: str, hosts: Collection[str]) -> HookAddress:
    """The parts of a hook's address; Misconfigured if it may not be called.

    ``hosts`` are names, which allow the usual port alone, or ``name:port``. Plain http is for the machine itself.
    """
    parts = _parts(url)
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in _PORTS or (parts.scheme == "http" and host not in LOOPBACK):
        raise Misconfigured("must begin with https://")
    if not host or "@" in parts.netloc or parts.fragment:
        raise Misconfigured("must be an address such as https://hooks.example.com/batch, without a user or a #")
    try:
        port = parts.port or _PORTS[parts.scheme]
    except ValueError:
        raise Misconfigured("has a port that is none") from None
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    address = HookAddress(host, port, path, parts.scheme == "https")
    if address.authority.casefold() not in {entry.casefold() for entry in hosts}:
        raise Misconfigured(f"leads to {address.authority}, which BATCHBOT_HOOK_HOSTS does not list")
    return address


def _parts(url: str) -> SplitResult:
    try:
        if _VISIBLE.fullmatch(url):
            return urlsplit(url)
    except ValueError:
        pass
    raise Misconfigured("is no address")


def may_connect(address: HookAddress, ip: str) -> bool:
    """Whether a hook may be sent to the machine with this address: a public one, or the one itself where it is named."""
    found = ipaddress.ip_address(ip.split("%", 1)[0])
    if address.is_loopback:
        return found.is_loopback
    return all(one.is_global and not one.is_multicast for one in _hidden_in(found))


def _hidden_in(ip: Ip) -> list[Ip]:
    """The address and the IPv4 ones that an IPv6 one may carry in itself (mapped, 6to4, Teredo, NAT64)."""
    if isinstance(ip, ipaddress.IPv4Address):
        return [ip]
    if ip.ipv4_mapped:
        return [ip.ipv4_mapped]
    found: list[Ip] = [ip]
    if ip.sixtofour:
        found.append(ip.sixtofour)
    if ip.teredo:
        found += ip.teredo
    if ip in _NAT64:
        found.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
    return found
