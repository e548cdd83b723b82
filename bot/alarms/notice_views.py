"""How everything on a topic that is not an alarm looks in Slack, and news of the topic itself; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bot.alarms import markdown
from bot.alarms.alarm import Notice
from bot.alarms.kinds import WORDS
from bot.slack.blocks import (
    SECTION,
    Block,
    Message,
    code,
    context,
    date,
    entities,
    esc,
    link,
    plain,
    preformatted,
    section,
)

_EMOJI = {"budget": "💰", "cost-anomaly": "💰", "custom": "📣", "eventbridge": "🔔", "configuration": "🛠️"}
_SECTIONS = 3


def notice(notice: Notice, *, topic: str) -> Message:
    """A notice with its labelled values and its text; ``topic`` is the ARN of the topic that it came by."""
    emoji = _EMOJI.get(notice.kind, "✉️")
    blocks = [section(_headline(emoji, notice))]
    blocks += [_body(notice)] if notice.body else []
    blocks += _sections(_line(name, value) for name, value in notice.values)
    blocks += [section(link(notice.url, "Open in the AWS console"))] if notice.url else []
    footer = [_exact(word) for word in notice.footer[:8]]
    blocks.append(context(WORDS.get(notice.kind, ""), f"topic {esc(topic_name(topic))}", *footer, date(notice.at)))
    return Message(_sentence(notice), blocks)


def topic_notice(kind: str, topic_arn: str) -> Message:
    """That a topic begins or ends to deliver here; ``kind`` is the type of SNS's confirmation."""
    name = topic_name(topic_arn)
    if kind == "UnsubscribeConfirmation":
        told = "no message of this topic reaches me any more. Subscribe my address to it again if that was not meant."
        text = f"Deliveries from the SNS topic {entities(plain(name))} have been cancelled: {told}"
        seen = f"⚠️ *Deliveries from* {code(name)} *have been cancelled*\n{told[0].upper()}{told[1:]}"
    else:
        text = f"The SNS topic {entities(plain(name))} now delivers here."
        seen = f"✅ *Subscribed*  ·  the SNS topic {code(name)} now delivers here"
    return Message(text, [section(seen), context(code(topic_arn))])


def not_confirmed(topic_arn: str, why: str) -> Message:
    """That a topic wants to deliver here and could not be confirmed; ``why`` is a sentence, escaped here."""
    name = topic_name(topic_arn)
    text = f"The SNS topic {entities(plain(name))} wants to deliver here, but I could not confirm it."
    told = (
        f"⚠️ The SNS topic {code(name)} wants to deliver here, but I could not confirm it.\n{entities(plain(why, 800))}"
    )
    return Message(text, [section(told), context(code(topic_arn))])


def topic_name(arn: str) -> str:
    """The last part of a topic's ARN."""
    return arn.rsplit(":", 1)[-1]


def _headline(emoji: str, notice: Notice) -> str:
    """The title; one that its own author marked up keeps its emoji, which do nothing but look friendly."""
    title = entities(_title(notice)) if notice.markdown else esc(notice.title, 200)
    return f"{emoji} *{title}*"


def _title(notice: Notice) -> str:
    return plain(markdown.words(notice.title) if notice.markdown else notice.title, 200)


def _sentence(notice: Notice) -> str:
    body, title = notice.body or "", _title(notice)
    body = markdown.words(body[:2000]) if notice.markdown else body
    told = body or "; ".join(f"{name}: {value}" if name else value for name, value in notice.values[:8])
    return entities(f"{title}: {plain(told, 500)}" if told else f"{title}.")


def _line(name: str, value: str) -> str:
    return f"*{esc(name, 60)}*  {_exact(value)}" if name else _exact(value)


def _exact(value: str) -> str:
    """ARNs as code: Slack could take ``:sns:`` in one for an emoji."""
    return code(value, 300) if value.startswith("arn:") else esc(value, 300)


def _sections(lines: Iterable[str]) -> list[Block]:
    """Lines in as many sections as they need, three at most; the last ends in an ellipsis if there were more."""
    texts = [""]
    for line in lines:
        grown = f"{texts[-1]}\n{line}" if texts[-1] else line
        if len(grown) <= SECTION:
            texts[-1] = grown
        elif len(texts) < _SECTIONS:
            texts.append(line)
        else:
            texts[-1] = texts[-1][: SECTION - 2].rsplit("\n", 1)[0] + "\n…"
            break
    return [section(text) for text in texts if text]


def _body(notice: Notice) -> Block:
    body = notice.body or ""
    return section(_fitting(preformatted if notice.exact else markdown.safe if notice.markdown else _paragraphs, body))


def _fitting(render: Callable[[str, int], str], body: str) -> str:
    """``body`` as long as it may be so that its escapes still fit: one cut later could end a code block too soon."""
    return next(
        (shown for limit in (2500, 1200, 550) if len(shown := render(body, limit)) <= SECTION), render(body, 250)
    )


def _paragraphs(text: str, limit: int) -> str:
    kept = text if len(text) <= limit else text[:limit] + "…"
    return "\n".join(esc(line, limit) for line in kept.splitlines())
