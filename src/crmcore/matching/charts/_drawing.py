"""What all charts have in common: Altair on use, colours, and text that stays text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmcore._pages.text import brief
from crmcore.errors import MissingExtra

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = [
    "AGAINST",
    "DOUBT",
    "FOR",
    "INK",
    "QUIET",
    "SOFT",
    "altair",
    "axis_of_names",
    "data",
    "distinct",
    "signed",
    "titled",
    "tooltip",
    "words",
]

FOR, AGAINST, DOUBT, QUIET, SOFT, INK = "#2a8f86", "#c4493c", "#d9a02b", "#b9c0c4", "#58626c", "#1b2126"
"""For one person, against it, doubtful, neither; quiet text and text. Those of the HTML reports."""
LONGEST_WORDS = 200
"""Characters of a foreign text that a tooltip shows."""
LABEL_WIDTH = 300
"""Pixels of a label; the rest is cut, and stands in the tooltip."""


def altair() -> Any:
    """Return Altair.

    Raises:
        MissingExtra: it is not installed.

    """
    try:
        import altair as alt
    except ImportError as exc:
        raise MissingExtra("draw charts", "charts") from exc
    return alt


def words(text: str) -> str:
    """Return a foreign text for a chart: cut, invisible characters named, and unable to end the script it stands in.

    A chart's data is written into the script of a page as it is; ``</script>`` in a cell would end that script. So the
    sign that opens a tag becomes the small quotation mark U+2039, which looks like it.

    >>> "<" in words("<b>Ada</b>")
    False
    """
    return brief(text, limit=LONGEST_WORDS).replace("<", "\u2039")


def signed(bits: float) -> str:
    """Write bits with their sign, as charts do.

    >>> signed(-8.75).startswith("-"), signed(3)
    (False, '+3.0')
    """
    return f"{bits:+.1f}".replace("-", "\u2212")


def distinct(names: Iterable[str]) -> list[str]:
    """Return the names, numbered from the second on where they are equal: an axis has one place a name.

    >>> distinct(["name", "name", "city"])
    ['name', 'name (2)', 'city']
    """
    seen: dict[str, int] = {}
    taken = []
    for name in map(words, names):
        seen[name] = seen.get(name, 0) + 1
        taken.append(f"{name} ({seen[name]})" if seen[name] > 1 else name)
    return taken


def data(rows: Sequence[Mapping[str, Any]]) -> Any:
    """Return rows as the data of a chart, written into it."""
    return altair().InlineData(values=[dict(row) for row in rows])


def titled(text: str, *more: str) -> dict[str, Any]:
    """Return the properties of a chart with a title and lines below it, which are read out to who does not see it."""
    title = altair().TitleParams(
        text=text, subtitle=list(more), anchor="start", frame="group", offset=14, subtitleColor=SOFT, color=INK
    )
    return {"title": title, "description": " ".join((text if text.endswith("?") else f"{text}.", *more))}


def axis_of_names(**more: Any) -> Any:
    """Return an axis of long names."""
    return altair().Axis(labelLimit=LABEL_WIDTH, ticks=False, domain=False, labelPadding=6, **more)


def tooltip(**fields: str) -> list[Any]:
    """Return the lines of a tooltip: field and type, such as ``bits="Q"``, are shown under the field's name."""
    alt = altair()
    formats = {"Q": {"format": ",.4~r"}}
    return [
        alt.Tooltip(field, type={"Q": "quantitative", "N": "nominal"}[kind], title=field, **formats.get(kind, {}))
        for field, kind in fields.items()
    ]
