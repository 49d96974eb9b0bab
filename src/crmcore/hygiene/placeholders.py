"""What people and programs write where there is nothing to write."""

from __future__ import annotations

from crmcore.hygiene.folding import fold

__all__ = ["MISSING_MARKERS", "SURNAME_MARKERS", "is_missing"]

MISSING_MARKERS = frozenset(
    (
        # marks and programs
        "",
        "-",
        "--",
        "---",
        "----",
        "_",
        "__",
        ".",
        "..",
        "...",
        "?",
        "??",
        "???",
        "*",
        "**",
        "***",
        "/",
        "\\",
        "'",
        '"',
        "#",
        "x",
        "xx",
        "xxx",
        "xxxx",
        "#n/a",
        "#n/a n/a",
        "#na",
        "#null!",
        "#ref!",
        "#value!",
        "#name?",
        "#div/0!",
        "<na>",
        "<null>",
        "<none>",
        "(null)",
        "(none)",
        "(blank)",
        "(empty)",
        "[null]",
        "\\n",
        "null",
        "nil",
        "none",
        "nan",
        "-nan",
        "nat",
        "undefined",
        "undef",
        "void",
        # English
        "n/a",
        "n.a.",
        "n.a",
        "n/a.",
        "na",
        "n / a",
        "not available",
        "not applicable",
        "not known",
        "not provided",
        "not given",
        "not specified",
        "not stated",
        "not disclosed",
        "not set",
        "no data",
        "no value",
        "no information",
        "unknown",
        "unk",
        "unspecified",
        "missing",
        "empty",
        "blank",
        "tbd",
        "tba",
        "to be confirmed",
        "to be determined",
        "to follow",
        # German, French, Spanish, Dutch, Italian
        "k.a.",
        "k. a.",
        "k.a",
        "k/a",
        "keine angabe",
        "keine angaben",
        "keine",
        "unbekannt",
        "nicht bekannt",
        "nicht angegeben",
        "nicht vorhanden",
        "entfallt",
        "inconnu",
        "inconnue",
        "non renseigne",
        "non communique",
        "non precise",
        "n.c.",
        "aucun",
        "aucune",
        "desconocido",
        "desconocida",
        "no disponible",
        "no aplica",
        "sin datos",
        "sin especificar",
        "ninguno",
        "ninguna",
        "onbekend",
        "niet bekend",
        "niet van toepassing",
        "n.v.t.",
        "nvt",
        "geen",
        "sconosciuto",
        "sconosciuta",
        "non disponibile",
        "non specificato",
        "nessuno",
        "nessuna",
    )
)
"""Texts, folded, that stand for "nothing here" in any column but a name's."""

SURNAME_MARKERS = frozenset(
    ("null", "none", "na", "nan", "nil", "nat", "void", "blank", "unk", "empty", "x", "missing")
)
"""Markers that are also real names: Mr Null, Ms Na, Nan, a soldier X. In a name they are doubted, never dropped."""

_LONGEST = max(map(len, MISSING_MARKERS))


def is_missing(text: str | None) -> bool:
    """Tell whether *text* is nothing, or one of :data:`MISSING_MARKERS`.

    >>> [is_missing(text) for text in (None, "  ", "N/A", "k.A.", "#N/A", "0", "Nadia")]
    [True, True, True, True, True, False, False]
    """
    if text is None:
        return True
    trimmed = text.strip()
    # A marker may hold invisible characters, but nothing much longer needs folding.
    return len(trimmed) <= 2 * _LONGEST and fold(trimmed) in MISSING_MARKERS
