"""boto3 clients: made once per service and region under a lock (clients are thread-safe, sessions are not)."""

from __future__ import annotations

import threading
from typing import Any

import boto3
from botocore.config import Config


class Clients:
    """Hands out clients; region, credentials and endpoints are boto3's own environment."""

    def __init__(self, *, read_timeout: float = 20, attempts: int = 3) -> None:
        """Make nothing yet; ``read_timeout`` in seconds for each of the attempts."""
        self._read_timeout = read_timeout
        self._attempts = attempts
        self._lock = threading.Lock()
        self._made: dict[tuple[str, str | None], Any] = {}
        self._session: boto3.session.Session | None = None

    def get(self, service: str, region: str | None = None) -> Any:
        """The client of this service, the same one for every caller; in the environment's region if none is named."""
        key = (service, region)
        with self._lock:
            if key not in self._made:
                self._session = self._session or boto3.session.Session()
                config = Config(
                    connect_timeout=3,
                    read_timeout=self._read_timeout,
                    retries={"mode": "standard", "total_max_attempts": self._attempts},
                    max_pool_connections=32,
                    user_agent_extra="batchbot",
                )
                client = self._session.client(service, region_name=region, config=config)  # type: ignore[call-overload]  # by name
                self._made[key] = client
            return self._made[key]

    @property
    def region(self) -> str:
        """The region of boto3's environment, empty where none is set."""
        with self._lock:
            self._session = self._session or boto3.session.Session()
            return str(self._session.region_name or "")
