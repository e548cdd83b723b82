"""What people see of a follow-up: a reply below the job's card, or a card of its own for a drained backlog; pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.follow.run import DONE, WAITING, Drain, Run
from bot.slack.blocks import (
    Block,
    Message,
    actions,
    button,
    code,
    context,
    date,
    entities,
    esc,
    link,
    plain,
    plural,
    section,
    span,
    user,
)

RETRY = "follow_retry"
SHOWN = 10
"""Runs on one card; a model seldom has more than one."""


def reply(run: Run) -> Message:
    """How a run ended, for the thread of the job's card; what failed can be tried again."""
    controls = [actions(_retry(run))] if run.state not in {DONE, WAITING} else []
    return Message(f"{_sentence(run)}", [section(_line(run)), context(*_facts(run)), *controls])


def card(drain: Drain, runs: Sequence[Run], *, model_name: str) -> Message:
    """A drained backlog and what follows it, edited as that goes on."""
    name = plain(model_name, 100)
    head = f"🏁 *{esc(name)}: nothing waits any more*  ·  since {date(drain.at)}"
    shown = runs[:SHOWN]
    lines = [head, *(_line(run) for run in shown)]
    if len(runs) > SHOWN:
        lines.append(f"and {plural(len(runs) - SHOWN, 'more follow-up')}")
    failed = [_retry(run) for run in shown if run.state not in {DONE, WAITING}]
    text = " ".join([f"{entities(name)} has no records waiting any more.", *(_sentence(run) for run in shown)])
    blocks: list[Block] = [section("\n".join(lines))]
    return Message(text[:3000], [*blocks, *([actions(*failed)] if failed else [])])


def again(run: Run) -> Message:
    """What the one who pressed Retry reads."""
    name = esc(run.rule, 60)
    return Message(f"Trying {entities(plain(run.rule, 60))} again.", [section(f"🔁 Trying *{name}* again.")])


def _line(run: Run) -> str:
    name, words = f"*{esc(run.rule, 60)}*", esc(run.words, 700)
    if run.state == DONE:
        told = f"{words}  ·  {link(run.url, 'open it')}" if run.url else words
        return f"▶️ {name} {told}"
    if run.state == WAITING:
        return f"⏳ {name} is on its way" + (f", try {run.tries + 1}: {words}" if run.tries else "")
    return f"⚠️ {name} was not carried out: {words}"


def _sentence(run: Run) -> str:
    """The same for notifications and screen readers."""
    name, words = entities(plain(run.rule, 60)), entities(plain(run.words, 700)).rstrip(".")
    if run.state == DONE:
        return f"Follow-up {name} {words}."
    if run.state == WAITING:
        return f"Follow-up {name} is on its way."
    return f"Follow-up {name} was not carried out: {words}."


def _facts(run: Run) -> list[str]:
    who = f"tried again by {user(run.asked_by)}" if run.asked_by else ""
    if run.state == DONE:
        return [f"follow-up, key {code(run.key, 60)}", who]
    lasted = span((run.done_at or run.asked_at) - run.asked_at)
    return [f"tried {run.tries} times in {lasted}" if run.tries > 1 else "tried once", who]


def _retry(run: Run) -> Block:
    return button("Retry", RETRY, run.key, hint=f"Try the follow-up {plain(run.rule, 40)} again")
