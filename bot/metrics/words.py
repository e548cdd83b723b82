"""The sentences of a summary, the most urgent first: who is stalled, what waits, who is idle; pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.metrics import catalog
from bot.metrics.summary import ModelSummary, Summary
from bot.slack.blocks import clock_time, compact, date, esc, plain, plural, span

NAME = 60
SHOWN = 4

Told = tuple[str, str]
"""One sentence twice: as mrkdwn, and as plain text that is not escaped yet."""


def sentences(summary: Summary, now: datetime) -> list[Told]:
    """What matters, at most seven sentences for any number of models."""
    of = {state: [m for m in summary.models if m.state == state] for state in ("stalled", "working", "idle", "silent")}
    busy = [*of["stalled"], *of["working"]]
    told = [_stalled(model, now) if model.state == "stalled" else _working(model) for model in busy[:SHOWN]]
    if len(busy) > SHOWN:
        more = len(busy) - SHOWN
        rest = f"{plural(more, 'more model')} {'has' if more == 1 else 'have'} work too."
        told.append((rest, rest))
    if of["idle"]:
        told.append(_together(of["idle"], "idle: nothing waits, nothing is processed"))
    if of["silent"]:
        told.append(_together(of["silent"], f"without data in the {summary.range.words}"))
    return told


def waiting(model: ModelSummary) -> str:
    """How much waits: in records, in tokens where only those are known, or that it is unknown."""
    if model.backlog is not None:
        return f"{plural(round(model.backlog), 'record')} waiting"
    tokens = model.now(catalog.TOKENS)
    return f"{compact(tokens)} tokens waiting" if tokens is not None else "no recent number of records waiting"


def since(moment: datetime, now: datetime) -> str:
    """A moment in the reader's time, with its day where it is not of the last hours."""
    return clock_time(moment) if now - moment < timedelta(hours=12) else date(moment)


def _stalled(model: ModelSummary, now: datetime) -> Told:
    name, what = plain(model.name, NAME), f"{waiting(model)}, nothing processed"
    if not model.since:
        return f"🟠 {esc(name)} is *stalled*: {what}.", f"{name} is stalled: {what}."
    long = span(now - model.since)
    return (
        f"🟠 {esc(name)} is *stalled* since {since(model.since, now)} ({long}): {what}.",
        f"{name} is stalled for {long}: {what}.",
    )


def _working(model: ModelSummary) -> Told:
    name, what = plain(model.name, NAME), waiting(model)
    rates = [(model.now(catalog.INPUT), "input"), (model.now(catalog.OUTPUT), "output")]
    flow = " and ".join(f"{compact(rate)} {word}" for rate, word in rates if rate)
    doing = f", {flow} tokens a minute" if flow else ""
    return f"⏳ {esc(name)}: *{what}*{doing}.", f"{name}: {what}{doing}."


def _together(models: Sequence[ModelSummary], words: str) -> Told:
    names = [plain(model.name, NAME) for model in models]
    shown = names if len(names) <= SHOWN else [*names[: SHOWN - 1], f"{len(names) - SHOWN + 1} more"]
    text = shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
    verb = "is" if len(names) == 1 else "are"
    sign = "✅" if models[0].state == "idle" else "⚪"
    return f"{sign} {esc(text, 300)} {verb} {words}.", f"{text} {verb} {words}."
