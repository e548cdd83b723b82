"""How alarm episodes look in Slack: episodes in, messages out; pure, and nothing foreign in them takes effect."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.alarms import words
from bot.alarms.alarm import ALARM, INSUFFICIENT, OK, Alarm
from bot.alarms.episode import Episode
from bot.alarms.kinds import WORDS
from bot.alarms.notice_views import not_confirmed, notice, topic_notice
from bot.slack.blocks import (
    Block,
    Message,
    clock_time,
    context,
    date,
    entities,
    esc,
    link,
    plain,
    section,
    span,
)

__all__ = ["card", "firing", "not_confirmed", "notice", "recovered", "recovery_reply", "topic_notice"]

ModelName = Callable[[str], str]

_STATES = {ALARM: ("🔴", "ALARM"), OK: ("🟢", "OK"), INSUFFICIENT: ("⚪", "INSUFFICIENT DATA")}
_DOT = "  ·  "
_NAME = 120
_REASON = 600
_DESCRIPTION = 800


def card(episode: Episode, *, now: datetime, model_name: ModelName = str, picture: Block | None = None) -> Message:
    """The living card of an episode, whatever it has come to."""
    if episode.open:
        return firing(episode, now=now, model_name=model_name, picture=picture)
    return recovered(episode, model_name=model_name, picture=picture)


def firing(episode: Episode, *, now: datetime, model_name: ModelName = str, picture: Block | None = None) -> Message:
    """An open episode: state, linked name and since when; the number against its limit; what it means; where.

    ``model_name`` turns a model id into the name people use; ``picture`` goes below the headline.
    """
    alarm, state = episode.alarm, _state(episode.alarm)[1]
    since = f"since {date(episode.opened_at)}"
    headline = _headline(alarm, since if alarm.rings else f"in alarm {since}")
    lines = [headline, _situation(alarm), _paragraph(alarm.description, _DESCRIPTION)]
    again = f"rang {episode.rings} times" if episode.rings > 1 else ""
    where = context(
        *_where(alarm, model_name), esc(words.statistic(alarm)), esc(WORDS[alarm.kind]), again, esc(alarm.note or "")
    )
    text = _sentence(state, alarm, model_name, f"in alarm for {span(episode.lasted(now))}")
    return Message(text, [section(_lines(lines)), *([picture] if picture else []), where])


def recovered(episode: Episode, *, model_name: ModelName = str, picture: Block | None = None) -> Message:
    """An episode that is over, in two lines; one that never rang says only how things stand."""
    alarm = episode.alarm
    if not episode.rings:
        headline = _headline(alarm, f"since {date(alarm.at)}")
        lines, text = [headline, _situation(alarm)], _sentence(_state(alarm)[1], alarm, model_name, "")
        place = context(*_where(alarm, model_name))
    else:
        length = span(episode.lasted(alarm.at))
        lines = [_headline(alarm, f"rang for {length}"), esc(_peak(episode))]
        text = _end(f"{_state(alarm)[1]} {_name(alarm)} recovered after {length}", _peak(episode))
        place = context(*_where(alarm, model_name), _from_to(episode))
    return Message(text, [section(_lines(lines)), *([picture] if picture else []), place])


def recovery_reply(episode: Episode) -> Message:
    """The reply in the thread of an episode that is over: how long it lasted and how bad it was."""
    length = span(episode.lasted(episode.alarm.at))
    peak = _peak(episode)
    seen = f"🟢 *Recovered* after {length}{_DOT}{_from_to(episode)}"
    return Message(_end(f"{_name(episode.alarm)} recovered after {length}", peak), [section(_lines([seen, esc(peak)]))])


def _state(alarm: Alarm) -> tuple[str, str]:
    """Emoji and word; a state that nobody knows is shown as it came."""
    return _STATES.get(alarm.state, ("⚪", plain(alarm.state, 40)))


def _headline(alarm: Alarm, when: str) -> str:
    emoji, word = _state(alarm)
    name = plain(alarm.name, _NAME)
    return f"{emoji} *{esc(word)}{_DOT}{link(words.console_url(alarm) or '', name)}*{_DOT}{when}"


def _situation(alarm: Alarm) -> str:
    """Where the value stands to its limit; without a value, the reason that CloudWatch gives."""
    if alarm.value is None:
        return _paragraph(alarm.reason, _REASON)
    figure, what = f"*{words.amount(alarm.value, alarm.unit)}*", esc(words.measure(alarm), 100)
    now = f"{figure} {what}" if words.known(alarm) else f"{what} is {figure}" if what else f"Now {figure}"
    limit, distance = words.limit(alarm), words.distance(alarm, alarm.value)
    return now + (f", {limit}" if limit else "") + (f" ({distance})" if distance else "")


def _sentence(state: str, alarm: Alarm, model_name: ModelName, ending: str) -> str:
    """The same as one sentence for notifications and screen readers; escaped, so that nobody is pinged by it."""
    model = f" on {plain(model_name(alarm.model_id), 80)}" if alarm.model_id else ""
    if alarm.value is None:
        told = plain(alarm.reason or "", 300).rstrip(".") + model
    else:
        figure, what = words.amount(alarm.value, alarm.unit), plain(words.measure(alarm), 100)
        told = f"{figure} {what}{model}" if words.known(alarm) else f"{what or 'value'} is {figure}{model}"
        told = ", ".join(part for part in (told, words.limit(alarm)) if part)
        distance = words.distance(alarm, alarm.value)
        told += f" ({distance})" if distance else ""
    facts = ", ".join(part for part in (told.strip(), ending) if part)
    return entities(f"{state} {plain(alarm.name, _NAME)}" + (f": {facts}." if facts else "."))


def _end(sentence: str, peak: str) -> str:
    return sentence + (f". {entities(peak)}." if peak else ".")


def _name(alarm: Alarm) -> str:
    return entities(plain(alarm.name, _NAME))


def _peak(episode: Episode) -> str:
    """``Peak 19,050 records pending, limit 15,000`` as plain text; empty if no figure ever came."""
    alarm, peak = episode.alarm, episode.peak
    if peak is None:
        return ""
    word = "Lowest" if alarm.wants_more else "Peak"
    figure, what = words.amount(peak, alarm.unit), plain(words.measure(alarm), 100)
    told = (
        f"{word} {figure} {what}"
        if words.known(alarm)
        else f"{word} of {what}: {figure}"
        if what
        else f"{word} {figure}"
    )
    return ", ".join(part for part in (told, words.limit(alarm)) if part)


def _where(alarm: Alarm, model_name: ModelName) -> list[str]:
    model = esc(model_name(alarm.model_id), 100) if alarm.model_id else ""
    others = [f"{esc(name, 40)}: {esc(value, 80)}" for name, value in alarm.contributor.items() if name != "ModelId"]
    account = f"account {esc(alarm.account, 40)}" if alarm.account else ""
    return [model, *others[:4], account, esc(alarm.region or alarm.region_name or "", 60)]


def _from_to(episode: Episode) -> str:
    end = episode.closed_at or episode.alarm.at
    same_day = episode.opened_at.date() == end.date()
    return f"{date(episode.opened_at)} → {clock_time(end) if same_day else date(end)}"


def _paragraph(text: str | None, limit: int) -> str:
    """Foreign text of a few lines, each escaped by itself."""
    return _lines([esc(line, limit) for line in (text or "")[:limit].splitlines()[:6]])


def _lines(lines: list[str]) -> str:
    return "\n".join(line for line in lines if line)
