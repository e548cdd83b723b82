"""The metrics of AWS/Bedrock/Batch, taken from the jobs once a simulated minute."""

from collections.abc import Callable, Iterable
from datetime import datetime

from playground.aws.bedrock.job import Job
from playground.aws.bedrock.models import Model

Publish = Callable[[str, str, datetime, float], None]
_WAITING = {"Scheduled", "InProgress", "Stopping"}


class Gauges:
    """Remembers what was read before, so that the next reading is a rate."""

    def __init__(self, speed: float, publish: Publish) -> None:
        self._speed, self._publish = speed, publish
        self._at: datetime | None = None
        self._tokens: dict[str, tuple[int, int]] = {}
        self._busy: set[str] = set()

    def read(self, jobs: Iterable[Job], models: Iterable[Model], now: datetime) -> None:
        """Publish for each model with work, and once more when its work is done, so that the backlog reaches 0."""
        minutes = ((now - self._at).total_seconds() * self._speed / 60) if self._at else 0.0
        if self._at is not None and minutes < 1:
            return
        self._at = now
        listed = list(jobs)
        for model in models:
            mine = [job for job in listed if job.reach.model is model]
            totals = (sum(job.tokens["input"] for job in mine), sum(job.tokens["output"] for job in mine))
            before = self._tokens.get(model.id, (0, 0))
            self._tokens[model.id] = totals
            waiting = [job for job in mine if job.status in _WAITING]
            if waiting or model.id in self._busy or totals != before:
                self._model(
                    model, waiting, tuple(max(0, a - b) for a, b in zip(totals, before, strict=True)), minutes, now
                )
            self._busy = self._busy | {model.id} if waiting else self._busy - {model.id}

    def _model(self, model: Model, waiting: list[Job], done: tuple[int, ...], minutes: float, now: datetime) -> None:
        records = sum(_records(job) for job in waiting)
        self._publish(model.id, "NumberOfRecordsPendingProcessing", now, float(records))
        if model.family == "claude":
            tokens = sum(job.pending_tokens for job in waiting)
            self._publish(model.id, "NumberOfTokensPendingProcessing", now, float(tokens))
        rates = [count / minutes if minutes else 0.0 for count in done]
        self._publish(model.id, "NumberOfInputTokensProcessedPerMinute", now, rates[0])
        self._publish(model.id, "NumberOfOutputTokensProcessedPerMinute", now, rates[1])


def _records(job: Job) -> int:
    total = job.counts.total or sum(len(file.records) for file in job.files)
    return max(0, total - job.counts.processed)
