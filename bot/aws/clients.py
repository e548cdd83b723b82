"""boto3 clients: made once per service under a lock (clients are thread-safe, sessions are not)."""

from __future__ import annotations

import threading
from typing import Any

import boto3
from botocore.config import Config


class Clients:
    """Hands out clients; region, credentials and endpoints are boto3's own environment."""

    def __init__(self) -> None:
        """Make nothing yet."""
        self._lock = threading.Lock()
        self._made: dict[str, Any] = {}
        self._session: boto3.session.Session | None = None

    def get(self, service: str) -> Any:
        """The client of this service, the same one for every caller."""
        with self._lock:
            if service not in self._made:
                self._session = self._session or boto3.session.Session()
                config = Config(
                    connect_timeout=3,
                    read_timeout=20,
                    retries={"mode": "standard", "total_max_attempts": 3},
                    max_pool_connections=32,
                    user_agent_extra="batchbot",
                )
                self._made[service] = self._session.client(service, config=config)  # type: ignore[call-overload]  # by name
            return self._made[service]
