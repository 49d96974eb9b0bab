"""How people write a delimiter on a command line, where a tab is hard to type."""

from __future__ import annotations

import typer

__all__ = ["delimiter_of"]

_WORDS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}


def delimiter_of(text: str | None) -> str | None:
    r"""Return the character that a word or an escape stands for.

    >>> delimiter_of("tab"), delimiter_of("|")
    ('\t', '|')
    """
    if text is None:
        return None
    delimiter = _WORDS.get(text.lower(), text)
    if len(delimiter) > 1:
        raise typer.BadParameter(
            f"one character, or tab, comma, semicolon or pipe; not {text!r}", param_hint="--delimiter"
        )
    return delimiter
