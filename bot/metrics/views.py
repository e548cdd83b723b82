"""The summary of all models as a Slack message: first what matters, then every number, then the picture; pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.metrics import catalog
from bot.metrics.catalog import Metric
from bot.metrics.ranges import RANGES, Range
from bot.metrics.series import FRESH_PERIODS, LATE, Reading
from bot.metrics.summary import ModelSummary, Summary
from bot.metrics.words import NAME, sentences, since
from bot.slack.blocks import (
    Block,
    Message,
    actions,
    button,
    clip,
    compact,
    context,
    count,
    date,
    entities,
    esc,
    plain,
    plural,
    section,
    span,
    table,
)

# Slack refuses a message whose blocks hold more than about 13,200 characters (undocumented). What is counted is not
# known for certain either, so the whole JSON is kept below this.
BUDGET = 12_000
# So many models are shown in full; when there are more, fewer of them, and the others in a table of one line each.
ALL, FIRST = 12, 8
NAMED = 12

_SIGNS = {"working": "⏳", "stalled": "🟠", "idle": "✅", "silent": "⚪"}
_COLUMNS = ("now", "avg", "peak", "change")


def card(
    summary: Summary, *, now: datetime, zone: str, picture: Block | None, picture_note: str = "", summary_id: str
) -> Message:
    """The message for a summary read at ``now``, within 50 blocks and 12,000 characters for any number of models.

    ``picture`` is the image block of the chart, ``picture_note`` why there is none (escaped here); ``zone`` is the
    chart's. ``summary_id`` goes into the buttons, which act on this very message.
    """
    if not summary.models:
        return empty(summary.range, now=now, zone=zone, summary_id=summary_id)
    told = sentences(summary, now)
    lines = [_head(now, summary.range), *(mrkdwn for mrkdwn, _ in told)]
    around = [section("\n".join(lines))]
    ending = [*([picture] if picture else []), context(*_small_print(summary, zone, picture_note))]
    ending += [_buttons(summary.range, summary_id)]
    models = _models(summary, now, BUDGET - _size([*around, *ending]))
    spoken = entities(clip(" ".join(text for _, text in told), 900))
    return Message(f"{_spoken_head(now, zone)}, {summary.range.words}. {spoken}", [*around, *models, *ending])


def empty(range: Range, *, now: datetime, zone: str, summary_id: str) -> Message:  # noqa: A002
    """CloudWatch has no batch metrics of any model."""
    why = (
        "CloudWatch has no batch metrics of this account and region. Amazon sends them only while batch jobs run; "
        "they appear up to 15 minutes after a job has started."
    )
    lines = f"{_head(now, range)}\n{why}\nStart a job, or look again in a few minutes."
    return Message(f"{_spoken_head(now, zone)}. {why}", [section(lines), _buttons(range, summary_id)])


def failed(error_sentence: str, range: Range, *, now: datetime, zone: str, summary_id: str) -> Message:  # noqa: A002
    """The metrics could not be read; ``error_sentence`` says why and what to do about it, and is escaped here."""
    lines = f"{_head(now, range)}\n⚠️ The metrics could not be read. {esc(error_sentence, 800)}"
    text = f"{_spoken_head(now, zone)}. The metrics could not be read. {entities(plain(error_sentence, 800))}"
    return Message(text, [section(lines), _buttons(range, summary_id)])


def _head(now: datetime, over: Range) -> str:
    return f"*Batch summary*  ·  {date(now)}  ·  {over.words}"


def _spoken_head(now: datetime, zone: str) -> str:
    local = now.astimezone(ZoneInfo(zone))
    return f"Batch summary of {local.day} {local:%b %H:%M} ({zone})"


def _models(summary: Summary, now: datetime, budget: int) -> list[Block]:
    """A section for each of the first models, the others in one table as far as they fit, the rest counted."""
    active = [model for model in summary.models if model.state != "silent"]
    silent = [model for model in summary.models if model.state == "silent"]
    first = active if len(active) <= ALL else active[:FIRST]
    blocks = [section(_detail(model, now)) for model in first]
    if silent:
        blocks.append(section(_silent(silent, summary.range)))
    others = active[len(first) :]
    if others:
        blocks += _others(others, budget - _size(blocks))
    return blocks


def _detail(model: ModelSummary, now: datetime) -> str:
    """Name, state and jobs in one line, then the numbers in columns that line up on a phone too."""
    start = f" since {since(model.since, now)}" if model.since else ""
    rows = [f"{'':7}{_COLUMNS[0]:>7}{_COLUMNS[1]:>8}{_COLUMNS[2]:>8}{_COLUMNS[3]:>8}"]
    rows += [_row(metric, model.readings.get(metric.name)) for metric in catalog.METRICS]
    head = f"*{esc(plain(model.name, NAME))}*  ·  {_SIGNS[model.state]} {model.state}{start}  ·  {_jobs(model)}"
    return f"{head}\n```{chr(10).join(rows)}```"


def _row(metric: Metric, reading: Reading | None) -> str:
    if reading is None:
        return f"{metric.label:<7}  {'only for Claude' if metric.claude_only else 'no data'}"
    now, average, peak = (_number(value) for value in (reading.now, reading.average, reading.peak))
    return f"{metric.label:<7}{now:>7}{average:>8}{peak:>8}{_change(reading.change):>8}"


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return count(value) if 1000 <= abs(value) < 99_999.5 else compact(value)


def _change(change: float | None) -> str:
    """``+18 %``; more than tenfold as a factor; a dash where there is nothing to compare with."""
    if change is None:
        return "–"
    if change >= 9.995:
        return f"×{compact(change + 1)}"
    percent = round(change * 100)
    return "±0 %" if percent == 0 else f"{percent:+d} %".replace("-", "−")


def _jobs(model: ModelSummary) -> str:
    if model.running_jobs:
        return f"{plural(model.running_jobs, 'job')} running"
    return "no job running" if model.state in {"idle", "silent"} else "no running job that I know of"


def _silent(models: Sequence[ModelSummary], over: Range) -> str:
    lines = [
        f"⚪ *{esc(plain(model.name, NAME))}*  ·  no data in the {over.words}  ·  {_jobs(model)}"
        for model in models[:NAMED]
    ]
    if len(models) > NAMED:
        lines.append(f"⚪ {plural(len(models) - NAMED, 'more model')} without data in the {over.words}.")
    return "\n".join(lines)


def _others(models: Sequence[ModelSummary], budget: int) -> list[Block]:
    """The present values of the models that are not shown in full, and how many are not shown at all."""
    rows = [["Model", *(f"{metric.label} now" for metric in catalog.METRICS)]]
    for model in models:
        name = clip(plain(model.name, NAME), 32) + (
            f" · {plural(model.running_jobs, 'job')}" if model.running_jobs else ""
        )
        rows.append([name, *(_number(model.now(metric.name)) for metric in catalog.METRICS)])
        if _size([table(rows)]) > budget - 300:
            rows.pop()
            break
    shown = len(rows) - 1
    words = f"The other {plural(shown, 'model')} with data, by importance"
    if shown < len(models):
        words += f"; {plural(len(models) - shown, 'more model')} with data {'is' if len(models) - shown == 1 else 'are'} folded"
    blocks = [context(f"{words}. Ask for one model by name to see its average, peak and change.")]
    return [*blocks, table(rows, right=(1, 2, 3, 4))] if shown else blocks


def _small_print(summary: Summary, zone: str, picture_note: str) -> list[str]:
    partial = [plain(model.name, NAME) for model in summary.models if model.partial]
    notes = [
        f"{summary.range.words.capitalize()} in steps of {span(summary.period)}, chart in {esc(zone)}",
        f"change: average against the {summary.range.words.removeprefix('last ')} before",
        f"– no data in the past {span(FRESH_PERIODS * summary.period + LATE)}",
        esc(picture_note),
    ]
    if partial:
        names = ", ".join(partial[:3]) + (f" and {len(partial) - 3} more" if len(partial) > 3 else "")
        notes.insert(0, f"⚠️ CloudWatch did not give all data of {esc(names)}: these numbers may be wrong")
    return notes


def _buttons(over: Range, summary_id: str) -> Block:
    """The three ranges, the present one marked, and Refresh; each has an action id of its own, as Slack wants it."""
    ranges = [
        button(
            f"{_short(one)} ✓" if one == over else _short(one),
            f"metrics_range_{one.name}",
            f"{summary_id}:{one.name}",
            hint=f"Show the {one.words}",
        )
        for one in RANGES
    ]
    return actions(*ranges, button("Refresh", "metrics_refresh", f"{summary_id}:{over.name}", hint="Read it again"))


def _short(over: Range) -> str:
    return f"{over.name[:-1]} {over.name[-1]}"


def _size(blocks: Sequence[Block]) -> int:
    return len(json.dumps(blocks, ensure_ascii=False))
