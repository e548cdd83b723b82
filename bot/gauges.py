"""The bot's own measurements for Prometheus, served on a private port only where one is set."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Gauge, Histogram, start_http_server

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 10.0, 30.0)


class Gauges:
    """What is measured; one registry an instance, so that nothing is global."""

    def __init__(self) -> None:
        """Measure nothing yet."""
        self.registry = CollectorRegistry()
        self._door = Histogram(
            "batchbot_door_seconds", "To answer, by door", ["door"], buckets=_BUCKETS, registry=self.registry
        )
        self._task = Histogram(
            "batchbot_task_seconds", "One attempt, by task", ["task"], buckets=_BUCKETS, registry=self.registry
        )
        self.oldest = Gauge(
            "batchbot_inbox_oldest_seconds", "Age of the oldest unfinished request", registry=self.registry
        )
        self.alarm_check = Gauge(
            "batchbot_alarm_check_worked",
            "1 if the last comparison with CloudWatch's own alarms could be made, else 0",
            registry=self.registry,
        )

    @contextmanager
    def door(self, name: str) -> Iterator[None]:
        """Time one request."""
        with self._door.labels(name).time():
            yield

    @contextmanager
    def task(self, name: str) -> Iterator[None]:
        """Time one attempt."""
        with self._task.labels(name).time():
            yield

    def serve(self, port: int) -> None:
        """Answer ``GET /metrics`` on this port of every interface; keep it private."""
        start_http_server(port, registry=self.registry)
