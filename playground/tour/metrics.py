"""Chapters on metrics: a summary that is asked for, and one that comes by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from playground.aws.cloudwatch.service import NAMESPACE
from playground.slack import Message
from playground.tour.scene import Scene

PNG = b"\x89PNG\r\n\x1a\n"


def asked(s: Scene) -> None:
    """Ask for the last day; the words come first, then the picture."""
    _settle(s)
    s.types(s.world.ben, "metrics range=24h", "ml-alarms")
    card = s.board.expect("the summary appears in words", lambda: s.card(s.world.alarms, "Batch summary"))
    s.board.expect("it names every model", lambda: all(n in card.words for n in ("Claude Haiku 4.5", "Nova Lite")))
    s.board.expect("then its chart, in the same message", lambda: picture_of(card))
    s.board.check("the words did not wait for the chart", card.edited)
    s.board.expect("the chart is a real PNG with a sentence for those who cannot see it", lambda: _readable(s, card))
    first = picture_of(card)
    s.presses(s.world.ben, card, "metrics_range_7d")
    s.board.expect("the same message now tells of the week", lambda: "last 7 days" in card.words)
    s.board.expect("with the chart of the week", lambda: picture_of(card) not in ("", first))


def scheduled(s: Scene) -> None:
    """The schedule of #ml-summary has fired meanwhile."""
    card = s.board.expect(
        "a summary was posted in #ml-summary by itself", lambda: s.card(s.world.summary, "Batch summary")
    )
    s.board.expect("with its chart", lambda: picture_of(card))
    at = datetime.fromtimestamp(float(card.ts)).astimezone()
    s.screen.say(f"  (posted at {at:%H:%M:%S}, see above)", "")


def _settle(s: Scene) -> None:
    """Let the queues that were worked off be empty for minutes, which on this world's fast clock were seconds."""
    bedrock, cloudwatch = s.world.aws.bedrock, s.world.aws.cloudwatch
    busy = {job.reach.model.id for job in list(bedrock.jobs.values()) if not job.over}
    now = datetime.now(UTC)
    for metric in cloudwatch.store.metrics():
        model = dict(metric.dimensions).get("ModelId", "")
        if metric.namespace == NAMESPACE and model not in busy:
            cloudwatch.put(model, metric.name, [(now - timedelta(minutes=ago), 0.0) for ago in range(10)])


def picture_of(message: Message) -> str:
    """The id of the file that an image block of the message shows."""
    images = (block for block in message.blocks if block["type"] == "image")
    return next((str((one.get("slack_file") or {}).get("id", "")) for one in images), "")


def _readable(s: Scene, card: Message) -> bool:
    file = s.world.slack.workspace.files[picture_of(card)]
    alt = next(str(block.get("alt_text", "")) for block in card.blocks if block["type"] == "image")
    return (file.content or b"").startswith(PNG) and len(alt) > 30
