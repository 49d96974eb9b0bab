"""Takes a person's name apart into its parts."""

from __future__ import annotations

import re
from enum import StrEnum

import attrs

from crmcore.hygiene._name_words import is_particle, is_prefix, is_suffix, key_of, recase, words
from crmcore.hygiene.folding import fold_words

__all__ = ["NameOrder", "NameParts", "take_apart"]

_NICKNAME = re.compile(
    '\\(([^()]{1,60})\\)|"([^"]{1,60})"|\u201c([^\u201c\u201d]{1,60})\u201d|\u201e([^\u201e\u201c]{1,60})\u201c'
    "|\u00ab([^\u00ab\u00bb]{1,60})\u00bb|(?<=\\s)'([^']{1,60})'(?=\\s|$)"
)
_BORN = re.compile(r"\b(?:nee|ne|born|geb|geborene|geborener|maiden|formerly|nata|nacida)\b")
_LONE_APOSTROPHE = re.compile(r"\b([ODod])'\s+(?=\w)")


class NameOrder(StrEnum):
    """In which order the parts of a name stand where no comma tells it; always said, never guessed."""

    GIVEN_FIRST = "given-first"
    """Ada Lovelace; one family name, with its particles, last."""
    FAMILY_FIRST = "family-first"
    """Nagy Anna, Mao Zedong."""
    TWO_FAMILY = "two-family"
    """Gabriel García Márquez: the last two are family names."""


@attrs.frozen(kw_only=True)
class NameParts:
    """The parts of one person's name; '' where there is none.

    A person with one name has it in ``given``, or in ``family`` where a courtesy title says so ("Mr Smith").
    """

    prefix: str = ""
    given: str = ""
    middle: str = ""
    family: str = ""
    suffix: str = ""
    preferred: str = ""

    def __str__(self) -> str:
        """Return the name as one writes it, given name first, without the preferred name."""
        return " ".join(filter(None, (self.prefix, self.given, self.middle, self.family, self.suffix)))


@attrs.define
class _Parts:
    """The words found so far; *codes* are remarks on how they were found."""

    prefix: list[str]
    body: list[str]
    suffix: list[str]
    codes: list[str]
    preferred: str = ""
    family: list[str] | None = None


def take_apart(text: str, *, order: NameOrder) -> tuple[NameParts, list[str]]:
    """Return the parts of a squeezed name, and codes for what was noticed; a name without any word has no parts."""
    text = _LONE_APOSTROPHE.sub(r"\1'", text.replace("\u2019", "'").replace("\u00b4", "'").replace("`", "'"))
    parts = _Parts([], [], [], [])
    text = _nickname(text, parts)
    _commas(text, parts)
    _titles(parts)
    name = _assign(parts, order)
    return _well_cased(name, parts)


def _nickname(text: str, parts: _Parts) -> str:
    """Take what stands in quotes or brackets: a nickname, a birth name or a degree."""
    for match in _NICKNAME.finditer(text):
        inner = next(filter(None, match.groups())).strip()
        if not (text[: match.start()] + text[match.end() :]).strip(" ,") or not inner:
            continue
        if _BORN.search(fold_words(inner)):
            parts.codes.append("birth-name-left-out")
        elif all(is_suffix(token, left=1, certain=True) for token in inner.replace(",", " ").split()):
            parts.suffix.append(inner)
        elif not parts.preferred and any(map(str.isalpha, inner)):
            parts.preferred = inner
        else:
            continue
        text = text.replace(match[0], " ", 1)
    return text


def _commas(text: str, parts: _Parts) -> None:
    """Read "Family, Given", with suffixes behind any comma."""
    pieces = [piece.split() for piece in text.split(",") if piece.strip()]
    named = pieces[:1]
    for piece in pieces[1:]:
        if all(is_suffix(token, left=1, certain=True) for token in piece) or piece[0][:1].isdigit() or piece[0] == "of":
            parts.suffix.extend(piece)
        else:
            named.append(piece)
    if len(named) > 1:
        _titles_of(named[0], parts)
        while len(named[0]) > 1 and is_suffix(named[0][-1], left=1):
            parts.suffix.insert(0, named[0].pop())
        parts.family = named[0]
        parts.body = [token for piece in named[1:] for token in piece]
        parts.codes.extend(["several-commas"] if len(named) > 2 else [])
    else:
        parts.body = named[0] if named else []


def _titles(parts: _Parts) -> None:
    left = 1 if parts.family else 0
    _titles_of(parts.body, parts, behind=left)
    suffixes: list[str] = []
    while parts.body and is_suffix(parts.body[-1], left=len(parts.body) - 1 + left):
        suffixes.insert(0, parts.body.pop())
    parts.suffix = suffixes + parts.suffix


def _titles_of(tokens: list[str], parts: _Parts, *, behind: int = 0) -> None:
    while tokens and is_prefix(tokens[0], left=len(tokens) - 1 + behind):
        parts.prefix.append(tokens.pop(0))


def _assign(parts: _Parts, order: NameOrder) -> NameParts:
    given, middle, family = _by_order(parts, order)
    return NameParts(
        prefix=" ".join(parts.prefix),
        given=" ".join(given),
        middle=" ".join(middle),
        family=" ".join(family),
        suffix=" ".join(parts.suffix),
        preferred=parts.preferred,
    )


def _by_order(parts: _Parts, order: NameOrder) -> tuple[list[str], list[str], list[str]]:
    body = parts.body
    if parts.family is not None:
        # "Berg, Jan van den" and "Vega, Juan de la": particles at the end belong to the family name.
        end = len(body)
        while end > 1 and is_particle(body[end - 1]):
            end -= 1
        return body[:1], body[1:end], body[end:] + parts.family
    if len(body) <= 1:
        titled = any(key_of(title) in words("courtesy") for title in parts.prefix)
        return ([], [], body) if titled else (body, [], [])
    if loud := _loud_family(body):
        rest = [token for token in body if token not in loud]
        parts.codes.append("capitals-name-the-family")
        return rest[:1], rest[1:], loud
    if order is NameOrder.FAMILY_FIRST:
        end = 1
        while end < len(body) - 1 and is_particle(body[end - 1]):
            end += 1
        return body[end : end + 1], body[end + 1 :], body[:end]
    start = _family_start(body, two=order is NameOrder.TWO_FAMILY)
    return body[: min(1, start)], body[1:start], body[start:]


def _family_start(body: list[str], *, two: bool) -> int:
    """Return where the family name begins: at its first particle, else at the last word (or the last two)."""
    for place in range(1, len(body) - 1):
        if is_particle(body[place]):
            return place
        if fold_words(body[place + 1]) in ("y", "e", "i") and place + 2 < len(body):
            return place
    if is_particle(body[0]) and len(body) > 1 and body[0][:1].islower():
        return 0
    return max(1, len(body) - (2 if two else 1))


def _loud_family(body: list[str]) -> list[str]:
    """Return the words in capitals at one end, where the others are not: "Pierre DUPONT", "DUPONT Pierre"."""
    loud = [token for token in body if token.isupper() and sum(map(str.isalpha, token)) >= 3]
    if not loud or len(loud) == len(body) or any(map(str.isupper, (t for t in body if t not in loud and len(t) > 2))):
        return []
    return loud if loud in (body[: len(loud)], body[len(body) - len(loud) :]) else []


def _well_cased(name: NameParts, parts: _Parts) -> tuple[NameParts, list[str]]:
    plain = f"{name.given} {name.middle} {name.family}"
    letters = [character for character in plain if character.isalpha()]
    one_case = len(letters) > 1 and (plain.isupper() or plain.islower())
    loud = "capitals-name-the-family" in parts.codes
    if not one_case and not loud:
        return name, parts.codes
    cased = attrs.evolve(
        name,
        given=_cased(name.given, family=False) if one_case else name.given,
        middle=_cased(name.middle, family=False) if one_case else name.middle,
        family=_cased(name.family, family=True),
        prefix=_cased(name.prefix, family=False) if name.prefix.islower() or len(name.prefix) > 3 else name.prefix,
        preferred=_cased(name.preferred, family=False) if name.preferred.isupper() else name.preferred,
    )
    return cased, [*parts.codes, "case-repaired"] if cased != name else parts.codes


def _cased(text: str, *, family: bool) -> str:
    return " ".join(recase(token, family=family) for token in text.split())
