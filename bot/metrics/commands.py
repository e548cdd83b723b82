"""The verb of metrics: what was typed becomes a request in the inbox; the summary comes as a card."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.errors import BadInput
from bot.metrics.ranges import RANGES, Range
from bot.slack import blocks as b
from bot.slack.ask import Ask, Button, Press, Verb
from bot.slack.blocks import Message

Put = Callable[[str, str, Mapping[str, Any], datetime], None]

DEFAULT = "24h"


class MetricsCommands:
    """Checks the words and stores the request."""

    def __init__(self, put: Put, zone: str) -> None:
        """``zone`` is the time zone of the pictures."""
        self._put = put
        self._zone = zone

    def verbs(self) -> Sequence[Verb]:
        """The rows that help and routing read."""
        ranges = "|".join(r.name for r in RANGES)
        return (
            Verb(
                "metrics",
                f"[model] [range={ranges}]",
                "Backlog and throughput of every model, with a chart.",
                self.metrics,
            ),
        )

    def buttons(self) -> Sequence[Button]:
        """The controls on a summary."""
        names = ["metrics_refresh", *(f"metrics_range_{r.name}" for r in RANGES)]
        return tuple(Button(name, self.again) for name in names)

    def metrics(self, ask: Ask) -> Message:
        """Ask for a summary in this channel."""
        words = [w for w in ask.args.words if w not in {r.name for r in RANGES}]
        bare = next((w for w in ask.args.words if w in {r.name for r in RANGES}), "")
        unknown = set(ask.args.options) - {"range", "model"}
        if unknown:
            raise BadInput(f"I do not know “{min(unknown)[:40]}=”. metrics takes a model and range=.")
        over = Range.parse(ask.args.get("range") or bare or DEFAULT)
        models = ask.args.get("model") or " ".join(words)
        body = {"channel": ask.channel, "user": ask.user, "range": over.name, "models": models, "zone": self._zone}
        self._put("metrics", ask.trigger_id, body, ask.at)
        of = f" of {b.esc(models, 60)}" if models else ""
        return Message(f"Reading the metrics, {over.words}.", [b.section(f"📈 Reading the metrics{of}, {over.words}…")])

    def again(self, press: Press) -> Message | None:
        """Read a summary again, perhaps over another range."""
        match = re.fullmatch(r"([0-9a-f]{24,64}):(\w{1,5})", press.value)
        if not match:
            raise BadInput("That button is too old. Ask for the metrics again.")
        over = Range.parse(match[2])
        body = {
            "summary": match[1],
            "channel": press.channel,
            "user": press.user,
            "range": over.name,
            "zone": self._zone,
        }
        self._put("metrics", press.trigger_id, body, press.at)
        return None
