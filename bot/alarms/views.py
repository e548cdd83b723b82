"""How alarm episodes look in Slack: episodes in, messages out; pure, and nothing foreign in them takes effect."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.alarms import control_views, kind_views, words
from bot.alarms.alarm import ALARM, INSUFFICIENT, OK, Alarm
from bot.alarms.episode import FLAPPING, Episode
from bot.alarms.joined import Waiting
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
    user,
)

__all__ = [
    "Around", "again_reply", "card", "firing", "not_confirmed", "notice", "recovered", "recovery_reply", "settled_reply",
    "standing", "topic_notice", "waiting_line",
]  # fmt: skip

ModelName = Callable[[str], str]

_STATES = {ALARM: ("🔴", "ALARM"), OK: ("🟢", "OK"), INSUFFICIENT: ("⚪", "INSUFFICIENT DATA")}
_DOT = "  ·  "
_NAME = 120
_REASON = 600
_DESCRIPTION = 800
_JOBS = 3
LATE = timedelta(minutes=2)
"""News that is older than this when it is shown says so."""


@dataclass(frozen=True, slots=True)
class Around:
    """What a card tells beside its episode.

    ``week`` is how often the alarm rang in the last seven days; ``jobs`` are those on its model; ``late`` is how old the
    news was when it was shown; ``picture`` goes below the headline, ``no_picture`` says why there is none; ``zone`` is
    the time zone of "tomorrow 9:00".
    """

    week: int = 0
    jobs: Sequence[Waiting] = ()
    late: timedelta = timedelta(0)
    picture: Block | None = None
    no_picture: str = ""
    zone: str = "UTC"
    others: Sequence[Alarm] = ()


NOTHING = Around()


def card(episode: Episode, *, now: datetime, model_name: ModelName = str, around: Around = NOTHING) -> Message:
    """The living card of an episode, whatever it has come to."""
    if episode.open:
        return firing(episode, now=now, model_name=model_name, around=around)
    return recovered(episode, now=now, model_name=model_name, around=around)


def firing(episode: Episode, *, now: datetime, model_name: ModelName = str, around: Around = NOTHING) -> Message:
    """An open episode: state, linked name and since when; who has it; the number against its limit; what it means; where.

    ``model_name`` turns a model id into the name people use.
    """
    alarm, (emoji, state) = episode.alarm, standing(episode, now)
    since = f"since {date(episode.opened_at)}"
    when = since if alarm.rings else f"in alarm {since}"
    doubt = "" if alarm.rings or state == _state(alarm)[1] else f"{esc(_state(alarm)[1].lower())}, "
    head = [_headline(alarm, emoji, state, f"{doubt}{when}"), *_care(episode, now)]
    lines = [*head, _situation(alarm), _paragraph(alarm.description, _DESCRIPTION)]
    special = _lines([*kind_views.lines(alarm, model_name), kind_views.among(alarm, around.others, model_name)])
    where = context(
        *_where(alarm, model_name), esc(words.statistic(alarm)), esc(WORDS[alarm.kind]), *kind_views.facts(alarm),
        *_history(episode, around), esc(alarm.note or ""), esc(around.no_picture),
    )  # fmt: skip
    parts = [
        section(_lines(lines)),
        around.picture,
        section(special) if special else None,
        _waiting(around.jobs),
        where,
    ]
    text = _sentence(state, alarm, model_name, f"in alarm for {span(episode.lasted(now))}")
    return Message(text, [*(part for part in parts if part), control_views.controls(episode, now, around.zone)])


def recovered(
    episode: Episode, *, now: datetime | None = None, model_name: ModelName = str, around: Around = NOTHING
) -> Message:
    """An episode that is over, in two lines; one that never rang says only how things stand.

    While it is snoozed the end of that is said too, and it can be taken back.
    """
    alarm, now = episode.alarm, now or episode.alarm.at
    if not episode.rings:
        headline = _headline(alarm, *_state(alarm), f"since {date(alarm.at)}")
        lines, text = [headline, _situation(alarm)], _sentence(_state(alarm)[1], alarm, model_name, "")
        place = context(*_where(alarm, model_name), _lateness(around))
    else:
        length = span(episode.lasted(now))
        lines = [_headline(alarm, *_state(alarm), f"rang for {length}"), esc(_peak(episode))]
        text = _end(f"{_state(alarm)[1]} {_name(alarm)} recovered after {length}", _peak(episode))
        how = [esc(alarm.note or ""), *_history(episode, around), *_care(episode, now)]
        place = context(*_where(alarm, model_name), _from_to(episode), *how)
    shown = [section(_lines(lines)), *([around.picture] if around.picture else []), place]
    return Message(text, [*shown, *([control_views.take_back(episode)] if episode.quiet(now) else [])])


def recovery_reply(episode: Episode) -> Message:
    """The reply in the thread of an episode that is over: how long it lasted and how bad it was."""
    length = span(episode.lasted(episode.alarm.at))
    peak = _peak(episode)
    seen = f"🟢 *Recovered* after {length}{_DOT}{_from_to(episode)}"
    return Message(
        _end(f"{_name(episode.alarm)} recovered after {length}", peak),
        [section(_lines([seen, esc(peak), esc(episode.alarm.note or "")]))],
    )


def again_reply(episode: Episode) -> Message:
    """The reply where an alarm rings again so soon that its card goes on."""
    minutes = span(FLAPPING)
    words_ = f"I fold what follows into this card and say when it has been quiet for {minutes}."
    seen = f"🔴 *In alarm again* {clock_time(episode.alarm.at)}. {words_}"
    return Message(f"{_name(episode.alarm)} is in alarm again. {words_}", [section(seen)])


def settled_reply(episode: Episode) -> Message:
    """The reply when an alarm that kept ringing has been quiet for a while."""
    seen = f"🟢 *Recovered*, and quiet for {span(FLAPPING)}{_DOT}rang {_flapping(episode)}{_DOT}{_from_to(episode)}"
    told = f"{_name(episode.alarm)} has recovered and was quiet for {span(FLAPPING)} (rang {_flapping(episode)})"
    return Message(_end(told, _peak(episode)), [section(_lines([seen, esc(_peak(episode))]))])


def standing(episode: Episode, now: datetime) -> tuple[str, str]:
    """Emoji and word of an open episode: what people did about it counts more than CloudWatch's state."""
    if episode.quiet(now):
        return "🔕", "SNOOZED"
    return ("🟠", "ACKNOWLEDGED") if episode.acknowledged else _state(episode.alarm)


def _state(alarm: Alarm) -> tuple[str, str]:
    """Emoji and word; a state that nobody knows is shown as it came."""
    return _STATES.get(alarm.state, ("⚪", plain(alarm.state, 40)))


def _care(episode: Episode, now: datetime) -> list[str]:
    """Who has it in hand since when, and who made it quiet until when."""
    care = []
    if episode.acknowledged:
        care.append(f"🟠 Acknowledged by {user(episode.acknowledged.by)} {date(episode.acknowledged.at)}")
    if episode.snooze and episode.quiet(now):
        here = "" if episode.snooze.rule else " (here alone: CloudWatch goes on sending)"
        care.append(f"🔕 Snoozed until {date(episode.snooze.until)} by {user(episode.snooze.by)}{here}")
    return care


def _history(episode: Episode, around: Around) -> list[str]:
    rings = max(around.week, episode.rings)
    return [
        f"flapping: {_flapping(episode)}" if episode.flaps else "",
        f"rang {rings} times this week" if rings > 1 else "",
        _lateness(around),
    ]


def _lateness(around: Around) -> str:
    return f"arrived {span(around.late)} late" if around.late > LATE else ""


def _flapping(episode: Episode) -> str:
    return f"{episode.flaps + 1} times in {span(episode.alarm.at - episode.opened_at)}"


def _waiting(jobs: Sequence[Waiting]) -> Block | None:
    """The jobs that this alarm is about, three of them with owner and end."""
    if not jobs:
        return None
    more = [f"and {len(jobs) - _JOBS} more"] if len(jobs) > _JOBS else []
    return section("*Waiting on this model:* " + _DOT.join([*(waiting_line(job) for job in jobs[:_JOBS]), *more]))


def waiting_line(job: Waiting) -> str:
    """One job with its owner and when it will be done, or how it stands."""
    end = f"done about {clock_time(job.eta)}" if job.eta else esc(job.state, 60)
    facts = ", ".join(part for part in (user(job.owner) if job.owner else "", end) if part)
    return f"{link(job.url, plain(job.name, 63))} ({facts})"


def _headline(alarm: Alarm, emoji: str, word: str, when: str) -> str:
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
