from __future__ import annotations

import pytest

from bot.alarms.markdown import console_address, safe, words


@pytest.mark.parametrize(
    ("markdown", "shown", "told"),
    [
        ("*bold* _it_ ~no~ `code` :tada:", "*bold* _it_ ~no~ `code` :tada:", "bold it no code :tada:"),
        ("<!channel> <!here|here>", "@\u200bchannel @\u200bhere", "@\u200bchannel @\u200bhere"),
        ("<@U024BE7LH> <@U1|ana>", "@\u200bU024BE7LH @\u200bana", "@\u200bU024BE7LH @\u200bana"),
        ("<#C1|ops> <!subteam^S1|@sre>", "#\u200bops @\u200b@sre", "#\u200bops @\u200b@sre"),
        ("<!date^1^{date}|1970>", "1970", "1970"),
        ("<https://evil.com|*AWS*>", "AWS (`https://evil.com`)", "AWS"),
        ("<https://evil.com>", "`https://evil.com`", "https://evil.com"),
        (
            "<https://console.aws.amazon.com/s3|S3>",
            "<https://console.aws.amazon.com/s3|S3>",
            "S3",
        ),
        ("<javascript:alert(1)|x>", "&lt;javascript:alert(1)|x&gt;", "<javascript:alert(1)|x>"),
        ("<<!channel>>", "&lt;@\u200bchannel&gt;", "<@\u200bchannel>"),
        ("a < b & c > d", "a &lt; b &amp; c &gt; d", "a < b & c > d"),
        ("\u202eevil", "evil", "\u202eevil"),
        ("snake_case_name", "snake_case_name", "snake_case_name"),
        ("• a\n    • b", "• a\n    • b", "• a\n    • b"),
    ],
)
def test_looks_stay_and_powers_go(markdown: str, shown: str, told: str) -> None:
    assert safe(markdown, 500) == shown
    assert words(markdown) == told


def test_a_token_that_is_cut_has_no_effect() -> None:
    assert safe("x <https://console.aws.amazon.com/s3|S3>", 12) == "x &lt;https://c…"


@pytest.mark.parametrize(
    "url",
    [
        "http://console.aws.amazon.com/x",
        "https://console.aws.amazon.com.evil.com/x",
        "https://console.aws.amazon.com@evil.com/x",
        "https://evil.com\\@console.aws.amazon.com/",
        "https://evil.com/console.aws.amazon.com",
        "https://console.aws.amazon.com:8443/",
        "https://a.b.console.aws.amazon.com/",
        "https://[::1/",
        "javascript:alert(1)",
        {"a": 1},
        None,
    ],
)
def test_only_the_console_is_linked(url: object) -> None:
    assert console_address(url) is None
