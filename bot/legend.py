"""A chart's legend, drawn as marks: Vega's own takes a third of a picture's time; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.axes import COLOURS, DASHES, INK, WIDTH, Spec

ROW = 24
HALF = 25
"""Characters that fit into one of the two columns; whoever is longer has a row of his own."""
WHOLE = 58
_STROKE = 0.13

Entry = tuple[str, str]
"""The kind of mark and the words beside it."""


def legend(entries: Sequence[Entry], swatches: Mapping[str, Sequence[Spec]]) -> Spec:
    """Two columns of marks and words; ``swatches`` are the layers that draw each kind, as wide as x to x2."""
    places, lines = _places(entries)
    x = {"field": "x", "type": "quantitative", "axis": None, "scale": {"domain": [0, 2], "nice": False}}
    y = {"field": "y", "type": "quantitative", "axis": None, "scale": {"domain": [lines - 0.5, -0.5], "nice": False}}
    text = {"type": "text", "align": "left", "dx": 44, "fontSize": 15, "color": INK, "baseline": "middle"}
    kinds = dict.fromkeys(kind for kind, _ in entries)
    drawn = [{"data": {"values": [p for p in places if p["k"] == kind]}, "layer": [*swatches[kind]]} for kind in kinds]
    return {
        "width": WIDTH,
        "height": ROW * lines,
        "data": {"values": places},
        "encoding": {"x": x, "y": y},
        "layer": [*drawn, {"mark": text, "encoding": {"text": {"field": "m"}}}],
    }


def _places(entries: Sequence[Entry]) -> tuple[list[Spec], int]:
    """Where each entry stands, left to right and down, and the number of rows."""
    places: list[Spec] = []
    column, row = 0, 0
    for kind, words in entries:
        if column and len(words) > HALF:
            column, row = 0, row + 1
        places.append({"k": kind, "m": words, "x": column, "x2": column + _STROKE, "y": row})
        column += 2 if len(words) > HALF else 1
        if column > 1:
            column, row = 0, row + 1
    return places, row + (column > 0)


def stroke(names: Sequence[str]) -> Spec:
    """The swatch of a line."""
    return rule(strokeWidth=3) | {"encoding": {"x2": {"field": "x2"}, **looks(names)}}


def rule(**mark: object) -> Spec:
    """A swatch that is a stroke of the width there is."""
    return {"mark": {"type": "rule", **mark}, "encoding": {"x2": {"field": "x2"}}}


def looks(names: Sequence[str]) -> Spec:
    """Colour and dashes of each name, the same wherever it is drawn."""
    colour = {"domain": list(names), "range": list(COLOURS[: len(names)])}
    dash = {"domain": list(names), "range": list(DASHES[: len(names)])}
    return {
        "color": {"field": "m", "type": "nominal", "scale": colour, "legend": None},
        "strokeDash": {"field": "m", "type": "nominal", "scale": dash, "legend": None},
    }
