"""The rules of tables and native charts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from playground.slack.rules import ANY, Flag, Items, Num, Problem, Rule, Shape, Str, Typed

COLUMNS = 20
MOST_SERIES = 12
TABLE_CHARACTERS, DATA_TABLE_CHARACTERS = 10_000, 20_000
LABEL = Str(20)
POINT = Shape({"label": LABEL, "value": Num()})
SERIES = Items(Shape({"name": LABEL, "data": Items(POINT, 20)}), MOST_SERIES)
AXES = Shape({"categories": Items(LABEL, 20)}, {"x_label": Str(50), "y_label": Str(50)})
PIE = Shape({"type": ANY, "segments": Items(Shape({"label": LABEL, "value": Num()}), MOST_SERIES)})
CELLS: dict[str, Rule] = {
    "raw_text": Shape({"type": ANY, "text": Str(10_000)}),
    "raw_number": Shape({"type": ANY, "value": Num(), "text": Str(255)}),
    "rich_text": Shape({"type": ANY, "elements": ANY}, {"block_id": Str(255)}),
    "action_cell": Shape({"type": ANY}, {"element": ANY, "elements": ANY, "text": ANY}),
}
CELL = Typed(lambda: CELLS, frozenset({"raw_text", "raw_number", "rich_text"}))
DATA_CELL = Typed(lambda: CELLS, frozenset(CELLS))
COLUMN = Shape({}, {"align": Str(choices=("left", "center", "right")), "is_wrapped": Flag()})


def _series(chart: dict[str, Any], at: str) -> Iterator[Problem]:
    """Every series has one point for each category, by exactly that label, and a name of its own."""
    categories = chart["axis_config"]["categories"]
    names = [series["name"] for series in chart["series"]]
    if len(set(names)) < len(names):
        yield Problem(f"{at}/series", "series names must be unique", "duplicate_series")
    for index, series in enumerate(chart["series"]):
        if sorted(point["label"] for point in series["data"]) != sorted(categories):
            yield Problem(
                f"{at}/series/{index}/data", "must have exactly one data point for each category", "categories"
            )


def _pie(chart: dict[str, Any], at: str) -> Iterator[Problem]:
    for index, segment in enumerate(chart["segments"]):
        if segment["value"] <= 0:
            yield Problem(f"{at}/segments/{index}/value", "must be more than 0", "too_small")


def _table(block: dict[str, Any], at: str) -> Iterator[Problem]:
    if characters(block["rows"]) > TABLE_CHARACTERS:
        yield Problem(f"{at}/rows", f"must be less than {TABLE_CHARACTERS + 1} characters", "too_long")


def _data_table(block: dict[str, Any], at: str) -> Iterator[Problem]:
    rows = block["rows"]
    if characters(rows) > DATA_TABLE_CHARACTERS:
        yield Problem(f"{at}/rows", f"must be less than {DATA_TABLE_CHARACTERS + 1} characters", "too_long")
    for index, row in enumerate(rows):
        if len(row) != len(rows[0]):
            yield Problem(f"{at}/rows/{index}", "all rows must have the same number of cells", "row_length")
    for index, cell in enumerate(rows[0]):
        if cell["type"] == "rich_text":
            yield Problem(f"{at}/rows/0/{index}", "header cells may not be rich_text", "header_cell")


def characters(node: Any) -> int:
    """The characters in all cells."""
    if isinstance(node, list):
        return sum(map(characters, node))
    if not isinstance(node, dict):
        return 0
    own = len(node["text"]) if isinstance(node.get("text"), str) else 0
    return own + sum(characters(value) for value in node.values() if isinstance(value, (list, dict)))


LINES = Shape({"type": ANY, "series": SERIES, "axis_config": AXES}, look=_series)
CHARTS: dict[str, Rule] = {
    "pie": Shape({"type": ANY, "segments": PIE.required["segments"]}, look=_pie),
    "bar": LINES,
    "area": LINES,
    "line": LINES,
}
CHART = Shape(
    {"type": ANY, "title": Str(50), "chart": Typed(lambda: CHARTS, frozenset(CHARTS))}, {"block_id": Str(255)}
)
TABLE = Shape(
    {"type": ANY, "rows": Items(Items(CELL, COLUMNS), 100)},
    {"block_id": Str(255), "column_settings": Items(COLUMN, COLUMNS, 0)},
    look=_table,
)
DATA_TABLE = Shape(
    {"type": ANY, "caption": Str(255), "rows": Items(Items(DATA_CELL, COLUMNS), 201, 2)},
    {
        "block_id": Str(255),
        "page_size": Num(1, 100, whole=True),
        "row_header_column_index": Num(0, COLUMNS - 1, whole=True),
    },
    look=_data_table,
)
