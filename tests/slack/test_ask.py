"""What was typed: words and options in any order, quotes of every kind, and nothing that raises."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tests.wire  # noqa: F401  (no deadline for hypothesis)
from bot.slack.ask import TEXT_LIMIT, Args, parse


def parsed(text: str) -> tuple[str, tuple[str, ...], dict[str, str]]:
    verb, args = parse(text)
    return verb, args.words, dict(args.options)


@pytest.mark.parametrize(
    ("text", "verb", "words", "options"),
    [
        ("", "", (), {}),
        ("   ", "", (), {}),
        ("STATUS", "status", (), {}),
        ("status my-job", "status", ("my-job",), {}),
        ("list status=running model=nova", "list", (), {"status": "running", "model": "nova"}),
        ("list model=nova extra status=running", "list", ("extra",), {"model": "nova", "status": "running"}),
        ("submit s3://b/k.jsonl Model=x", "submit", ("s3://b/k.jsonl",), {"model": "x"}),
        ('submit model="Claude Sonnet 4.5" name=a', "submit", (), {"model": "Claude Sonnet 4.5", "name": "a"}),
        ("submit model='Claude Sonnet' name=a", "submit", (), {"model": "Claude Sonnet", "name": "a"}),
        ("submit model=\u201cClaude Sonnet\u201d", "submit", (), {"model": "Claude Sonnet"}),
        ("submit model=\u201eClaude Sonnet\u201c", "submit", (), {"model": "Claude Sonnet"}),
        ("submit model=\u2018Claude Sonnet\u2019", "submit", (), {"model": "Claude Sonnet"}),
        ('status "two words"', "status", ("two words",), {}),
        ("status\u00a0my-job", "status", ("my-job",), {}),
        ("status\tmy-job", "status", ("my-job",), {}),
        ("submit\ns3://b/k.jsonl\nmodel=x", "submit", ("s3://b/k.jsonl",), {"model": "x"}),
        ("list  since=3d ", "list", (), {"since": "3d"}),
        ("status a&amp;b &lt;x&gt;", "status", ("a&b", "<x>"), {}),
        ("check <s3://b/k.jsonl>", "check", ("s3://b/k.jsonl",), {}),
        ("check <https://x.y/z|x.y>", "check", ("https://x.y/z",), {}),
        ('status "half open', "status", ('"half', "open"), {}),
        ("list since=", "list", (), {"since": ""}),
        ("query SELECT a=b", "query", ("SELECT",), {"a": "b"}),
        ("list status==x", "list", (), {"status": "=x"}),
        ("submit s3://b/dt=2026/x.jsonl", "submit", ("s3://b/dt=2026/x.jsonl",), {}),
    ],
)
def test_what_people_type(text: str, verb: str, words: tuple[str, ...], options: dict[str, str]) -> None:
    """As Slack sends it: escaped, linked, with the quotes and blanks of phones."""
    assert parsed(text) == (verb, words, options)


def test_an_option_by_several_names() -> None:
    """The first that was given; an empty one counts as not given."""
    args = Args(options={"in": "a", "input": "", "out": "b"})
    assert (args.get("input", "in"), args.get("output", "out"), args.get("x")) == ("a", "b", "")


@given(st.text(max_size=80) | st.text(st.sampled_from("ab=\"' \u201c\u201d<>&;|:/\n"), max_size=60))
def test_nothing_that_is_typed_raises(text: str) -> None:
    """Whatever it is, it is a verb, words and options."""
    verb, args = parse(text)
    assert verb == verb.lower()
    assert not any(c.isspace() for c in verb)
    assert all(key == key.lower() for key in args.options)
    assert all(args.words)


@given(
    st.dictionaries(
        st.from_regex("[a-z]{1,8}", fullmatch=True), st.from_regex(r"[A-Za-z0-9:/.+-]{1,9}", fullmatch=True)
    ),
    st.lists(st.from_regex(r"[A-Za-z0-9:/.+-]{1,9}", fullmatch=True), max_size=4),
    st.randoms(use_true_random=False),
)
def test_the_order_never_matters(options: dict[str, str], words: list[str], random: object) -> None:
    """Options between words, before them, behind them."""
    parts = [f"{k}={v}" for k, v in options.items()]
    mixed = [*parts, *words]
    random.shuffle(mixed)  # type: ignore[attr-defined]
    _, args = parse(" ".join(["verb", *mixed]))
    assert dict(args.options) == options
    assert sorted(args.words) == sorted(words)


@pytest.mark.parametrize(
    "text", ['"' * 9999, "a=" * 9999, "<s3:" * 9999, "x" * 10**6, "&" * 9999, "<a" * 9999, "a." * 9999, "' \" " * 3000]
)
def test_no_text_takes_long(text: str) -> None:
    """What is over the limit is cut, and no pattern backtracks."""
    begin = time.perf_counter()
    _, args = parse(f"v {text}")
    assert time.perf_counter() - begin < 0.5
    assert len(args.text) <= TEXT_LIMIT
