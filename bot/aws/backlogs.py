"""Reads what waits of each model: the datapoints of its pending records, in finished periods alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from bot.aws.cloudwatch import CloudWatch, ModelMetrics
from bot.aws.modelids import normalise
from bot.metrics.catalog import RECORDS
from bot.metrics.ranges import Range
from bot.points import Point, clean


class Backlogs:
    """The metric ``NumberOfRecordsPendingProcessing``; costs a ListMetrics pass and a datum of each wanted model."""

    def __init__(self, cloudwatch: Callable[[], CloudWatch]) -> None:
        """Keep it for each look."""
        self._cloudwatch = cloudwatch

    def read(self, wanted: Callable[[str], bool], now: datetime) -> Mapping[str, Sequence[Point] | None]:
        """The last hours by bare model id; None where CloudWatch gave less than it has. Ids of one model are added up.

        A model that is missing has no metric (any more).
        """
        cloudwatch = self._cloudwatch()
        known = [m.model_id for m in cloudwatch.models() if RECORDS in m.metrics and wanted(m.model_id)]
        if not known:
            return {}
        sums: dict[str, dict[datetime, float]] = defaultdict(dict)
        doubtful: set[str] = set()
        for series in cloudwatch.read([ModelMetrics(m, (RECORDS,)) for m in known], Range.parse("3h"), now):
            model = normalise(series.model_id)
            if series.partial:
                doubtful.add(model)
            for point in series.points:
                if point.at + series.period <= now:
                    sums[model][point.at] = sums[model].get(point.at, 0.0) + point.value
        models = {normalise(m) for m in known}
        return {model: None if model in doubtful else clean(sums[model].items()) for model in models}
