"""A chapter on kill -9: the bot dies in the middle of a job, and nobody in the channel can tell."""

from __future__ import annotations

import re

from playground import samples
from playground.slack import Message
from playground.tour.scene import Scene


def killed(s: Scene) -> None:
    """Kill the bot while a job runs, let Bedrock go on without it, start it again."""
    bedrock = s.world.aws.bedrock
    uri = s.records("reviews/december.jsonl", samples.good(2_000))
    s.types(s.world.ana, f"submit {uri} model=haiku-4-5 name=december-reviews")
    s.at_bedrock("december-reviews")
    bedrock.advance("december-reviews", "InProgress", processed=640)
    card = s.board.expect(
        "the card shows 640 of 2,000", lambda: s.card(s.world.jobs, "december-reviews", "640 of 2,000")
    )
    s.screen.act("kill -9 takes the bot away; Bedrock works on")
    s.world.bot.kill()
    bedrock.advance("december-reviews", "InProgress", processed=1_480)
    s.screen.act("the bot is started again, on the same database")
    seconds = s.world.start_bot()
    s.screen.say(s.screen.paint(f"  (ready after {seconds:.1f} s)", "dim"), "")
    s.board.expect("the same card goes on: 1,480 of 2,000", lambda: "1,480 of 2,000" in card.words)
    s.world.pace("Claude Haiku 4.5", 520, 3)
    bedrock.release()
    s.board.expect("the same card ends as complete", lambda: re.search(r"· *complete", card.words) is not None)
    s.board.expect("the reply at the end comes", lambda: s.reply(card, "is complete"))
    cards = [m for m in s.world.jobs.messages if "december-reviews" in m.words]
    s.board.check("there is one card and one reply, none of them twice", _once(cards), f"{len(cards)} cards")


def _once(cards: list[Message]) -> bool:
    return len(cards) == 1 and len(cards[0].replies) == 1
