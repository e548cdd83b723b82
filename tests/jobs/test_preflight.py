"""The quick check of an input: every fault is told with its file, its line and its reason; no record breaks it."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadInput
from bot.jobs.preflight import FILE_BYTES, LINES_LOOKED_AT, Checked, Found, Head, check, records_files
from playground import samples

GOOD = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 9, "messages": []}


def line(body: Any = None, **more: Any) -> bytes:
    return json.dumps({"recordId": "R1", "modelInput": GOOD if body is None else body} | more).encode()


def look(
    data: bytes, *, whole: bool = True, family: str = "claude", kind: str = "InvokeModel", least: int = 1
) -> Checked:
    key = "folder/day.jsonl"
    return check(
        [Found(key, len(data))],
        [Head(key, data, whole)],
        family=family,
        invocation_type=kind,
        min_records=least,
    )


def why(data: bytes, **how: Any) -> str:
    with pytest.raises(BadInput) as caught:
        look(data, **how)
    assert caught.value.field == "input"
    caught.value.sentence.encode("utf-8")
    assert "\x00" not in caught.value.sentence
    return caught.value.sentence


# --- files ------------------------------------------------------------------------------------------------------------


def files(*found: tuple[str, int]) -> list[str]:
    return [f.key for f in records_files([Found(*one) for one in found])]


def no_files(*found: tuple[str, int]) -> str:
    with pytest.raises(BadInput) as caught:
        files(*found)
    return caught.value.sentence


def test_of_a_folder_the_record_files_count() -> None:
    """Pictures beside them belong to the records and are none."""
    assert files(("f/a.jsonl", 9), ("f/cat.png", 10**9), ("f/b.jsonl", 9), ("f/", 0)) == ["f/a.jsonl", "f/b.jsonl"]


def test_sizes_are_held_against_amazons_quotas() -> None:
    """A file of exactly a GiB is taken, a byte more is not; five GiB a job."""
    assert files(("a.jsonl", FILE_BYTES)) == ["a.jsonl"]
    assert no_files(("x/a.jsonl", FILE_BYTES + 10**8)) == "a.jsonl has 1.09 GiB; Bedrock takes 1 GiB a file."
    assert len(files(*[(f"{n}.jsonl", FILE_BYTES) for n in range(5)])) == 5
    said = no_files(*[(f"{n}.jsonl", FILE_BYTES) for n in range(6)])
    assert said == "The files have 6.0 GiB together; Bedrock takes 5 GiB a job."


def test_nothing_to_read_is_said_so() -> None:
    """No file, no .jsonl among them, or an empty one."""
    assert no_files() == "There is no .jsonl file there."
    assert no_files(("a.json", 1)) == "There is no .jsonl file there."
    assert no_files(("a.jsonl", 1), ("x/b.jsonl", 0)) == "b.jsonl is empty."


# --- records ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("api", "family"), [("InvokeModel", "claude"), ("Converse", "claude"), ("Converse", "nova")])
def test_good_records_are_counted(api: samples.Api, family: str) -> None:
    """Real text in both shapes."""
    data = samples.good(120, api=api)
    assert look(data, kind=api, family=family, least=100) == Checked(files=1, bytes=len(data), records=120)


def test_too_few_records_are_refused_before_amazon_does() -> None:
    """With both numbers."""
    assert why(samples.good(12), least=100) == "The input has 12 records; Bedrock wants at least 100 in a job."


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'{"recordId": "R1", "modelInput": {}', "not JSON, expecting ',' delimiter at column 36."),
        (b"hello", "not JSON, expecting value at column 1."),
        (b"[1]", "a record is an object with `recordId` and `modelInput`."),
        (b'"text"', "a record is an object with `recordId` and `modelInput`."),
        (b"{}", "`modelInput` is missing or no object."),
        (b'{"modelInput": "text"}', "`modelInput` is missing or no object."),
        (line(recordId=7), "`recordId` is no text."),
        (line(GOOD | {"modelId": "x"}), "`modelInput.modelId` does not belong there; the job names the model."),
        (line(GOOD | {"model": "x"}), "`modelInput.model` does not belong there; the job names the model."),
        (line({"max_tokens": 1, "messages": []}), "`modelInput.anthropic_version` is missing (Claude needs it)."),
        (line({"anthropic_version": "x", "messages": []}), "`modelInput.max_tokens` is missing (Claude needs it)."),
        (line({"anthropic_version": "x", "max_tokens": 1}), "`modelInput.messages` is missing (Claude needs it)."),
        (b'{"modelInput": {"temperature": NaN}}', "not JSON, NaN is no number."),
        (b'{"modelInput": {"temperature": -Infinity}}', "not JSON, -Infinity is no number."),
        (b'{"recordId": "\xff", "modelInput": {}}', "not JSON, bad text."),
        (b"[" * 100_000, "not JSON, bad text."),
        (b'{"a":' * 100_000, "not JSON, bad text."),
        (b'{"n": ' + b"9" * 5000 + b"}", "not JSON, bad text."),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_file_line_and_reason(data: bytes, reason: str) -> None:
    """The third line is at fault: it says so."""
    good = [line(recordId=f"G{n}") for n in range(2)]
    assert why(b"\n".join([*good, data])) == f"day.jsonl, line 3: {reason}"


def test_a_byte_order_mark_is_refused() -> None:
    """Windows' editors put it there, Python reads over it, Amazon's parser need not."""
    assert why(b"\xef\xbb\xbf" + line()) == "day.jsonl, line 1: not JSON, it begins with a byte order mark."


def test_the_wrong_type_is_recognised() -> None:
    """Converse records in an InvokeModel job and the other way round: the sentence says what to choose."""
    said = why(samples.good(1, api="Converse"))
    assert said.endswith("`modelInput.anthropic_version` is missing (Claude needs it). "
                         "These look like Converse records: choose the type Converse.")  # fmt: skip
    said = why(samples.good(1), kind="Converse")
    assert said.endswith("`anthropic_version` belongs to InvokeModel records; choose the type InvokeModel.")
    said = why(line({}), kind="Converse", family="nova")
    assert said.endswith("`modelInput.messages` is missing (a Converse record needs it).")


def test_a_body_of_another_model_is_its_own_affair() -> None:
    """Only Claude's own keys are known well enough to refuse."""
    assert look(line({"inputText": "x"}), family="titan").records == 1


def test_a_record_id_that_comes_twice_is_told_with_both_lines() -> None:
    """Answers come in any order and are joined by it."""
    said = why(b"\n".join([line(), b"", line(recordId="R2"), line()]))
    assert said == "day.jsonl, line 4: `recordId` “R1” was already used at line 1; answers are joined by it."


@pytest.mark.parametrize("name", ["\ud800", "a\x00b", "\u202eabc", "x" * 500, "a\nb", "<!channel>"])
def test_a_hostile_record_id_can_be_stored_and_shown(name: str) -> None:
    """Lone surrogates, NUL and line breaks: the sentence is one line that every store and Slack take."""
    said = why(b"\n".join([line(recordId=name)] * 2))
    assert said.isprintable()
    assert len(said) < 200


def test_records_without_an_id_are_good() -> None:
    """Bedrock gives them one."""
    assert look(b'{"modelInput": {}}\n' * 3, family="").records == 3


def test_blank_lines_and_windows_line_ends_do_not_count() -> None:
    """Nor does the one at the end."""
    assert look(b"\r\n".join([line(recordId="A"), b"", line(recordId="B"), b"  ", b""])).records == 2


def test_the_line_that_was_cut_off_is_not_judged() -> None:
    """Of a big file only its head was read: it ends in the middle of a record."""
    data = b"\n".join(line(recordId=f"R{n}") for n in range(9))[:-20]
    assert look(data, whole=False).records is None
    assert "not JSON" in why(data)


def test_one_line_longer_than_the_head_is_let_through() -> None:
    """Nothing is known of it, so Amazon decides."""
    assert look(b'{"modelInput": {"x": "' + b"x" * 9999, whole=False).records is None


def test_only_the_first_records_are_judged_the_rest_is_counted() -> None:
    """Fifty lines; a fault behind them is Bedrock's to find."""
    data = [line(recordId=f"R{n}") for n in range(LINES_LOOKED_AT)]
    assert look(b"\n".join([*data, b"nonsense"])).records == LINES_LOOKED_AT + 1
    assert "line 50" in why(b"\n".join([*data[:-1], b"nonsense"]))


def test_many_files_are_counted_only_if_all_were_read() -> None:
    """A count of some of them would refuse a good job."""
    found = [Found(f"f/{n}.jsonl", 100) for n in range(25)]
    heads = [Head(f.key, line(recordId=f.key), whole=True) for f in found]
    how: dict[str, Any] = {"family": "claude", "invocation_type": "InvokeModel", "min_records": 100}
    assert check(found, heads[:20], **how) == Checked(files=25, bytes=2500, records=None)
    with pytest.raises(BadInput, match="has 25 records"):
        check(found, heads, **how)


def test_the_file_at_fault_is_named() -> None:
    """By its name without the folders, cut where it is long."""
    found = [Found("f/a.jsonl", 9), Found("f/" + "b" * 200 + ".jsonl", 9)]
    heads = [Head(found[0].key, line(), whole=True), Head(found[1].key, b"x", whole=True)]
    with pytest.raises(BadInput) as caught:
        check(found, heads, family="", invocation_type="InvokeModel", min_records=1)
    assert caught.value.sentence.startswith("b" * 79 + "…, line 1: not JSON")


@given(st.lists(st.binary(max_size=40) | st.sampled_from([b"{}", b'{"modelInput":{}}', b"NaN", b"\xef\xbb\xbf{}"]), max_size=6),
       st.booleans(), st.sampled_from(["InvokeModel", "Converse"]), st.sampled_from(["", "claude"]))  # fmt: skip
def test_no_bytes_break_it(lines: list[bytes], whole: bool, kind: str, family: str) -> None:
    """Whatever lies in the bucket: counted, or refused with a sentence."""
    with suppress(BadInput):
        assert look(b"\n".join(lines), whole=whole, kind=kind, family=family).files == 1


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["messages", "content", "text", "x"]), inner)
    ),
    max_leaves=8,
)


@given(JSON, st.sampled_from(["InvokeModel", "Converse"]))
def test_no_body_breaks_it(body: Any, kind: str) -> None:
    """Lists where objects are expected, numbers where lists are."""
    with suppress(BadInput):
        assert look(line({"messages": body, "inferenceConfig": body}), kind=kind).records == 1


def test_a_big_head_is_looked_through_in_a_moment() -> None:
    """Eight megabytes, the most that is read."""
    data = samples.good(5000)
    begin = time.perf_counter()
    look(data)
    assert time.perf_counter() - begin < 1
