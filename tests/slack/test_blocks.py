"""The vocabulary of messages: nothing foreign takes effect, nothing is over a limit, numbers read as people say them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.slack import blocks as b
from playground.slack import check_blocks, mentions
from tests.wire import NOW

NASTY = st.text(max_size=60) | st.lists(
    st.sampled_from([
        "<!channel>", "<@U0ANA00001>", "<https://evil.example|x>", "@here", "&lt;", "&", "`", "*", "_", "~", ":fire:",
        "\u202e", "\x00", "\n", "|", "```", "\ud800", "x", " ", "<", ">", "&amp;",
    ]),
    max_size=12,
).map("".join)  # fmt: skip
CHECKS = ("esc", "code", "preformatted")


def bare(text: str) -> str:
    """The text without the markup that we put there ourselves."""
    return re.sub(r"&(amp|lt|gt);", "", text)


@given(NASTY, st.integers(1, 80))
def test_escaped_text_neither_pings_nor_links(text: str, limit: int) -> None:
    """No angle bracket, no bare ampersand, no mention, whatever came in."""
    for name in CHECKS:
        safe = getattr(b, name)(text, limit)
        assert "<" not in safe
        assert ">" not in safe
        assert "&" not in bare(safe)
        assert list(mentions(safe)) == []
        safe.encode("utf-8")


@given(NASTY)
def test_escaped_text_has_no_formatting_and_no_emoji(text: str) -> None:
    """A job called *urgent* :fire: is shown as it is called."""
    safe = b.esc(text)
    assert not re.search(r"[*_~`](?!\u200b)", safe)
    assert not re.search(r":[a-z0-9_+-]*[a-z][a-z0-9_+-]*:", safe)


@given(NASTY)
def test_code_cannot_be_ended_from_inside(text: str) -> None:
    """Exactly the back-ticks that we put there."""
    assert b.code(text).count("`") == 2
    assert b.preformatted(text).count("`") == 6
    assert len(b.code(text)) > 2, "an empty one would be two bare back-ticks"


@given(NASTY, st.integers(1, 80))
def test_plain_text_is_one_visible_line(text: str, limit: int) -> None:
    """No control, no direction mark, no line break, at most so long."""
    line = b.plain(text, limit)
    assert len(line) <= limit
    assert not re.search("[\x00-\x1f\u202a-\u202e\u2066-\u2069\u2028\u2029]", line)


@given(st.text(), st.integers(0, 50))
def test_clipped_text_says_that_it_was_clipped(text: str, limit: int) -> None:
    """The whole text, or a beginning and an ellipsis."""
    short = b.clip(text, limit)
    assert short == text or (short.endswith("…") and len(short) <= max(limit, 1))


@given(NASTY, NASTY)
def test_a_link_is_one_link(url: str, label: str) -> None:
    """To an https address only; the label cannot break out of it."""
    assert "<" not in b.link(url.replace("https", "http"), label)
    made = b.link(f"https://console.aws.amazon.com/{url.encode('utf-8', 'ignore').decode()}", label)
    assert re.fullmatch(r"<https://console\.aws\.amazon\.com/[^<>|\s]*\|[^<>|]*>", made)


@pytest.mark.parametrize("who", ["<!channel>", "U0<x>", "here", "channel", "u0ana", "", None, "S0GROUP", "U"])
def test_only_a_users_id_is_a_mention(who: str | None) -> None:
    """What is no id is shown as text."""
    assert "<" not in b.user(who)
    assert b.user("U0ANA00001") == "<@U0ANA00001>"
    assert b.user("W0ANA00001") == "<@W0ANA00001>"


@given(st.integers(0, 4_000_000_000))
def test_a_date_is_slacks_token_with_its_utc_fallback(seconds: int) -> None:
    """The same moment, whatever zone it came in."""
    at = datetime.fromtimestamp(seconds, timezone(timedelta(hours=7)))
    found = re.fullmatch(r"<!date\^(\d+)\^\{date_short_pretty\} \{time\}\|(.+) UTC>", b.date(at))
    assert found
    assert int(found[1]) == int(at.timestamp())
    assert found[2] == f"{at.astimezone(UTC):%Y-%m-%d %H:%M}"
    assert b.utc_text(at) == f"{found[2]} UTC"
    assert "{time}|" in b.clock_time(at)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-5, "0 s"), (0, "0 s"), (45, "45 s"), (59.9, "59 s"), (60, "1 min"), (3599, "59 min"), (3600, "1 h"),
     (3660, "1 h 1 min"), (13260, "3 h 41 min"), (86400, "1 d"), (187200, "2 d 4 h"), (86460, "1 d")],
)  # fmt: skip
def test_durations_in_their_two_largest_units(seconds: float, words: str) -> None:
    """As people say them."""
    assert b.span(seconds) == words
    assert b.span(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [(0, "0"), (0.25, "0.25"), (950, "950"), (999.4, "999"), (999.6, "1 k"), (1000, "1 k"), (12_400, "12.4 k"),
     (999_600, "1 M"), (1_240_000, "1.24 M"), (2.5e9, "2.5 G"), (1.5e12, "1,500 G"), (-12_400, "-12.4 k")],
)  # fmt: skip
def test_numbers_in_three_digits(number: float, words: str) -> None:
    """With their unit, also at the borders."""
    assert b.compact(number) == words


@given(st.floats(-1e11, 1e11))
def test_a_compact_number_is_nearly_the_number(number: float) -> None:
    """Three digits are right, and no exponent is ever shown."""
    text = b.compact(number)
    value, _, unit = text.partition(" ")
    assert "e" not in text or abs(number) < 1e-3
    size = {"": 1, "k": 1e3, "M": 1e6, "G": 1e9}[unit]
    assert float(value.replace(",", "")) * size == pytest.approx(number, rel=0.006, abs=0.5)


@given(st.floats(-1, 2), st.integers(1, 40))
def test_a_bar_is_full_only_when_all_is_done(share: float, width: int) -> None:
    """Always as wide as it should be."""
    made = b.bar(share, width)
    assert len(made) == width
    assert ("▱" not in made) == (share >= 1)
    assert made == "▰" * made.count("▰") + "▱" * made.count("▱")


def test_one_record_two_records() -> None:
    """With thousands separators."""
    assert [b.plural(1, "record"), b.plural(2500, "record"), b.plural(2, "entry", "entries")] == [
        "1 record", "2,500 records", "2 entries",
    ]  # fmt: skip


PARTS = (
    b.link("https://a.b/c?d=e&f", "R&D <x>"), b.esc("a<b>&c"), "\n", "word " * 9, b.date(NOW), b.user("U0ANA00001"),
)  # fmt: skip
PIECES = st.lists(st.sampled_from(PARTS), max_size=60)


@given(PIECES, st.integers(20, 400))
@example([b.link("https://a.b/c", "a & b & c & d & e & f & g & h")], 45)
def test_markup_that_is_too_long_is_cut_between_its_parts(parts: list[str], limit: int) -> None:
    """No link, date or entity is cut in two: half of one would be shown as rubbish."""
    cut = str(b.mrkdwn("".join(parts), limit)["text"])
    assert len(cut) <= limit
    assert cut.count("<") == cut.count(">")
    assert "&" not in bare(cut)


@given(st.text(min_size=1, max_size=5000), st.text(min_size=1, max_size=5000))
def test_whatever_is_put_into_blocks_is_within_slacks_limits(text: str, other: str) -> None:
    """Too long is cut, never refused."""
    safe = b.esc(text, 5000) or "x"
    parts = [
        b.section(safe, accessory=b.button(other, "a", other, confirm=b.confirmation(text, other, text), hint=other)),
        b.fields([(safe[:20], safe)] * 12),
        b.context(safe, safe),
        b.actions(*[b.button("x", f"a{n}", text) for n in range(30)]),
        b.image("F0123456789", other),
        b.table([["h1", "h2"], [text, other], ["", "\x00"]], right=[1]),
        b.divider(),
    ]
    assert check_blocks(parts) == []


def test_the_empty_table_cell_is_shown_as_a_dash() -> None:
    """Slack refuses an empty one."""
    assert b.table([["a"], [""], ["\x00"]])["rows"][1:] == [[{"type": "raw_text", "text": "–"}]] * 2
