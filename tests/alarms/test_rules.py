from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.alarms.rules import in_words


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ('ALARM("batch-backlog") AND OK("batch-stalled")', "batch-backlog rings and batch-stalled is OK"),
        ('ALARM("a") OR ALARM("b") OR ALARM("c")', "a, b or c rings"),
        ("ALARM(a) AND ALARM(b)", "a and b ring"),
        (
            'ALARM("a") AND (OK(b) OR NOT INSUFFICIENT_DATA("arn:aws:x:alarm:c"))',
            "a rings and (b is OK or arn:aws:x:alarm:c has data)",
        ),
        ("ALARM(a) AND ALARM(b) OR ALARM(c)", "a rings and b rings or c rings"),
        ("ALARM(a) AND NOT ALARM(b)", "a rings and b does not ring"),
        ("NOT OK(a) OR NOT OK(b)", "a is not OK or b is not OK"),
        ("NOT OK(a) AND NOT OK(b)", "a and b are not OK"),
        ("NOT (OK(a) OR TRUE)", "not (a is OK or always)"),
        ('AT_LEAST(2, ALARM, ("a", b, c))', "at least 2 of a, b and c ring"),
        ("AT_LEAST(60%, NOT OK, (a, b))", "at least 60 % of a and b are not OK"),
        ("TRUE", "always"),
        ("NOT TRUE", "never"),
        ("  alarm ( a b )  ", "a b rings"),
        (r'ALARM("say \"hi\" (now)")', 'say "hi" (now) rings'),
        ('ALARM("<!channel>")', "<!channel> rings"),
    ],
)
def test_a_rule_in_words(rule: str, words: str) -> None:
    assert in_words(rule) == words


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "x",
        "ALARM(a",
        "ALARM()",
        'ALARM("")',
        "ALARM(a) AND",
        "ALARM(a) ALARM(b)",
        "ALARM(a) XOR ALARM(b)",
        "ALARMS(a)",
        "(ALARM(a)",
        "AT_LEAST(two, ALARM, (a))",
        "AT_LEAST(2, MOON, (a))",
        "AT_LEAST(2, ALARM, a)",
        "NOT " * 40 + "TRUE",
        "(" * 5000 + "TRUE" + ")" * 5000,
        " OR ".join(["TRUE"] * 600),
        "ALARM(" + "a" * 20_000 + ")",
    ],
)
def test_what_is_no_rule_has_no_words(rule: str) -> None:
    assert in_words(rule) is None


def test_names_are_shown_as_they_are_wanted() -> None:
    assert in_words('ALARM("a") AND AT_LEAST(1, OK, (b))', lambda name: f"[{name}]") == (
        "[a] rings and at least 1 of [b] are OK"
    )


TOKENS = ["ALARM", "OK", "NOT", "AND", "OR", "AT_LEAST", "TRUE", "(", ")", ",", '"', "a", "2", "%", " ", "\\", "\n"]


@given(st.lists(st.sampled_from(TOKENS), max_size=40).map("".join) | st.text(max_size=80))
@settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
def test_any_text_has_words_or_none(rule: str) -> None:
    words = in_words(rule)
    assert words is None or words
