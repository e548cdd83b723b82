"""How a digest looks: many alarms of one channel in one message that is edited; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.alarms import views
from bot.alarms.episode import Episode
from bot.slack import blocks as b
from bot.slack.blocks import Block, Message

ACKNOWLEDGE_ALL, SHOW = "alarm_ack_all", "alarm_show"
ROWS = 30
CHOICES = 100
"""Options that a select takes."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """A digest with what is in it: each episode, and whether it has a card of its own by now."""

    key: str
    began_at: datetime
    last_at: datetime
    over: bool
    episodes: Sequence[tuple[Episode, bool]]

    @property
    def firing(self) -> list[Episode]:
        """What is not over yet, oldest first."""
        return sorted((e for e, _ in self.episodes if e.open), key=lambda e: (e.opened_at, e.alarm.name))


def card(found: Gathered, now: datetime, zone: str) -> Message:
    """How many fire and how many are over, each in a line while there is room, and what can be done about them."""
    firing, total = found.firing, len(found.episodes)
    counts = ", ".join(_counts([e for e, _ in found.episodes], now))
    length = b.span(found.last_at - found.began_at)
    headline = f"{_emoji(firing, now)} *{b.plural(total, 'more alarm')} in {length}*: {counts}"
    why = "Too many came at once for a card each. " + (
        "I add no more to this list." if found.over else "I edit this list."
    )
    parts = [b.section(headline), _table(found, now, zone)]
    if total > ROWS:
        parts.append(b.context(f"and {total - ROWS} more"))
    parts.append(b.context(f"since {b.date(found.began_at)}", why))
    controls = _controls(found, firing)
    text = f"{b.plural(total, 'more alarm')} in {length}: {counts}."
    return Message(text, [*parts, *([b.actions(*controls, block_id=_id(found, now))] if controls else [])])


def over_reply(found: Gathered) -> Message:
    """What is left when nothing new has come for a while."""
    firing = found.firing
    if not firing:
        text = f"The storm is over: all {len(found.episodes)} alarms of this list have recovered."
        return Message(text, [b.section(f"🟢 {text}")])
    text = f"The storm is over: {len(firing)} of {len(found.episodes)} alarms of this list still fire"
    names = [b.esc(episode.alarm.name, 80) for episode in firing[:10]]
    more = [f"and {len(firing) - 10} more"] if len(firing) > 10 else []
    return Message(f"{text}.", [b.section(f"🔴 *{text}*: {', '.join([*names, *more])}")])


def acknowledged_reply(who: str, names: Sequence[str]) -> Message:
    """Somebody has all of them in hand."""
    text = f"{b.plural(len(names), 'alarm')} of this list {'was' if len(names) == 1 else 'were'} acknowledged."
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    shown = ", ".join(b.esc(name, 80) for name in names[:10]) + more
    return Message(text, [b.section(f"🟠 {b.user(who)} acknowledged {shown}.")])


def _counts(episodes: Sequence[Episode], now: datetime) -> list[str]:
    """``12 firing``, ``2 acknowledged``, ``25 OK``, in this order, without those of which there are none."""
    words = [_word(episode, now) for episode in episodes]
    order = sorted(set(words), key=lambda word: (_RANK.get(word, len(_RANK)), word))
    return [f"{words.count(word)} {b.entities(word)}" for word in order]


_RANK = {"firing": 0, "acknowledged": 1, "snoozed": 2, "insufficient data": 3, "OK": 9}


def _word(episode: Episode, now: datetime) -> str:
    word = (
        views.standing(episode, now)[1] if episode.open else "OK" if episode.rings else views.standing(episode, now)[1]
    )
    return {"ALARM": "firing", "OK": "OK"}.get(word, word.lower())


def _emoji(firing: Sequence[Episode], now: datetime) -> str:
    """That of the worst."""
    shown = [views.standing(episode, now)[0] for episode in firing]
    return next((emoji for emoji in ("🔴", "⚪", "🟠", "🔕") if emoji in shown), "🟢")


def _table(found: Gathered, now: datetime, zone: str) -> Block:
    """Firing ones first, then by time; cells of a table take no date tokens, so the zone is in the header."""
    rows = sorted(found.episodes, key=lambda one: (_rank(one[0], now), one[0].opened_at, one[0].alarm.name))
    head = ["Alarm", "State", f"Since ({zone})"]
    return b.table([head, *(_row(episode, now, zone, own=own) for episode, own in rows[:ROWS])])


def _rank(episode: Episode, now: datetime) -> int:
    return _RANK.get(_word(episode, now), 8)


def _row(episode: Episode, now: datetime, zone: str, *, own: bool) -> list[str]:
    emoji = views.standing(episode, now)[0] if episode.open or not episode.rings else "🟢"
    at = (episode.opened_at if episode.open else episode.closed_at or episode.alarm.at).astimezone(ZoneInfo(zone))
    card_of_its_own = ", see its card" if own else ""
    return [b.plain(episode.alarm.name, 80), f"{emoji} {_word(episode, now)}{card_of_its_own}", f"{at:%m-%d %H:%M}"]


def _controls(found: Gathered, firing: Sequence[Episode]) -> list[Block]:
    """Acknowledge what nobody has yet; give one of them its card. Both need something that fires."""
    without = [e for e, own in found.episodes if e.open and not own]
    controls = []
    if unheeded := [episode for episode in firing if not episode.acknowledged]:
        label = "Acknowledge" if len(unheeded) == 1 else f"Acknowledge all {len(unheeded)}"
        controls.append(b.button(label, ACKNOWLEDGE_ALL, found.key, style="primary"))
    if without:
        named = sorted(without, key=lambda e: (e.opened_at, e.alarm.name))[:CHOICES]
        controls.append({
            "type": "static_select",
            "action_id": SHOW,
            "placeholder": b.plain_text("Show the card of…"),
            "options": [b.option(b.plain(e.alarm.name, 75) or "–", e.id) for e in named],
        })  # fmt: skip
    return controls


def _id(found: Gathered, now: datetime) -> str:
    """Another at each edit, so that the same choice can be made again."""
    return f"{found.key}:{now.timestamp():.0f}"
