"""From columns with roles to the features that are compared."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from crmcore.hygiene.dates import guess_day_first
from crmcore.hygiene.roles import Role
from crmcore.matching import _normal, _similarity
from crmcore.matching._encoding import Encoded, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from crmcore.matching._texts import Texts
    from crmcore.ports import Cell

__all__ = ["EVIDENCE", "Feature", "Kind", "build_features"]


@attrs.frozen(kw_only=True)
class Kind:
    """A way to compare values.

    Attributes:
        key: from a text to the normal form that is compared.
        levels: agreement levels of unequal normal forms.
        labels: what each level means, from 0; the last one is equality.
        chance: how often two different people reach each level, roughly, among people at large. It stands in where a
            table is too small to tell; it was not fitted to any.
        differs: at most this share of the records of one person differ in it altogether. People change jobs and
            mailboxes more than names and birthdays; without such a bound a table of relatives would teach that given
            names differ.
        keys: name -> a coarser form of the normal form, for finding candidates; "" is the normal form itself.

    """

    key: Callable[[str], str | None]
    levels: Callable[[Texts, NDArray[np.integer[Any]], NDArray[np.integer[Any]]], NDArray[np.uint8]]
    labels: tuple[str, ...]
    chance: tuple[float, ...]
    differs: float
    keys: Mapping[str, Callable[[str], str | None]]

    @property
    def top(self) -> int:
        """The level of equal values."""
        return len(self.labels) - 1


def _same(value: str) -> str:
    return value


def _prefix(width: int) -> Callable[[str], str | None]:
    return lambda value: value[:width] if len(value) >= width else None


def _skeleton(value: str) -> str | None:
    """First letter and the next consonants, doubled ones once: robust to most slips in names."""
    rest = "".join(sign for sign in value[1:] if sign not in "aeiouyhw ")
    squeezed = "".join(sign for at, sign in enumerate(rest) if at == 0 or sign != rest[at - 1])
    return (value[0] + squeezed[:3]) if value else None


def _local_part(value: str) -> str | None:
    local = value[: value.rfind("@")]
    return local if len(local) >= 5 else None


def _half(value: str) -> str | None:
    return value[: (len(value) + 1) // 2] if len(value) >= 3 else None


_NAME_KEYS = {"": _same, "skeleton": _skeleton, "start": _prefix(2)}
_FUZZY = ("different", "somewhat alike", "alike", "nearly the same", "the same")

GIVEN_NAME = Kind(
    key=_normal.name_key,
    levels=_similarity.given_name,
    labels=("different", "somewhat alike, or an initial", "alike", "nearly the same, or a nickname", "the same"),
    chance=(0.97, 0.012, 0.004, 0.004, 0.01),
    differs=0.2,
    keys=_NAME_KEYS,
)
NAME = Kind(
    key=_normal.name_key,
    levels=_similarity.name,
    labels=_FUZZY,
    chance=(0.985, 0.008, 0.002, 0.001, 0.004),
    differs=0.2,
    keys=_NAME_KEYS,
)
WORDS = Kind(
    key=_normal.text_key,
    levels=_similarity.words,
    labels=("different", "half of the words alike", "one contains the other", "the same"),
    chance=(0.95, 0.03, 0.01, 0.01),
    differs=0.5,
    keys={"": _same},
)
DATE = Kind(
    key=_normal.date_key,
    levels=_similarity.date,
    labels=(
        "different",
        "the same year",
        "two slips, or day or month differs",
        "one slip, or day and month swapped",
        "the same",
    ),
    chance=(0.95, 0.02, 0.025, 0.0047, 0.0003),
    differs=0.2,
    keys={"": _same, "year": _prefix(4), "month and day": lambda value: value[4:]},
)
EMAIL = Kind(
    key=_normal.email_key,
    levels=_similarity.email,
    labels=("different", "an alike name before the @", "the same name before the @, or a slip", "the same"),
    chance=(0.9997, 0.0001, 0.0001, 0.0001),
    differs=0.7,
    keys={"": _same, "name": _local_part},
)
PHONE = Kind(
    key=_normal.phone_key,
    levels=_similarity.code,
    labels=("different", "one digit differs", "the same"),
    chance=(0.9998, 0.0001, 0.0001),
    differs=0.7,
    keys={"": _same},
)
CODE = Kind(
    key=_normal.code_key,
    levels=_similarity.code,
    labels=("different", "one sign differs", "the same"),
    chance=(0.998, 0.001, 0.001),
    differs=0.3,
    keys={"": _same},
)
POSTCODE = Kind(
    key=_normal.code_key,
    levels=_similarity.postcode,
    labels=("different", "the same district", "one sign differs", "the same"),
    chance=(0.99, 0.008, 0.001, 0.001),
    differs=0.6,
    keys={"": _same, "district": _half},
)
PLACE = Kind(
    key=_normal.plain_key,
    levels=_similarity.place,
    labels=("different", "alike", "nearly the same, or contained", "the same"),
    chance=(0.95, 0.01, 0.01, 0.03),
    differs=0.5,
    keys={"": _same},
)
TEXT = Kind(
    key=_normal.text_key,
    levels=_similarity.text,
    labels=("different", "partly alike", "nearly the same, or contained", "the same"),
    chance=(0.96, 0.025, 0.005, 0.01),
    differs=0.7,
    keys={"": _same},
)
EXACT = Kind(
    key=_normal.plain_key,
    levels=_similarity.exact,
    labels=("different", "the same"),
    chance=(0.95, 0.05),
    differs=0.7,
    keys={"": _same},
)
LINKEDIN = attrs.evolve(EXACT, key=_normal.linkedin_key, chance=(0.9999, 0.0001), differs=0.5)
GITHUB = attrs.evolve(LINKEDIN, key=_normal.github_key)
URL = attrs.evolve(LINKEDIN, key=_normal.url_key)

KINDS: Mapping[Role, Kind] = {
    Role.GIVEN_NAME: GIVEN_NAME,
    Role.FAMILY_NAME: NAME,
    Role.MIDDLE_NAME: WORDS,
    Role.PREFERRED_NAME: GIVEN_NAME,
    Role.EMAIL: EMAIL,
    Role.PHONE: PHONE,
    Role.DATE_OF_BIRTH: DATE,
    Role.BIRTH_PLACE: PLACE,
    Role.NATIONAL_ID: CODE,
    Role.HOUSE_NUMBER: CODE,
    Role.STREET: TEXT,
    Role.ADDRESS: TEXT,
    Role.CITY: PLACE,
    Role.REGION: EXACT,
    Role.POSTCODE: POSTCODE,
    Role.COMPANY: TEXT,
    Role.JOB_TITLE: TEXT,
    Role.LINKEDIN: LINKEDIN,
    Role.GITHUB: GITHUB,
    Role.URL: URL,
    Role.OTHER_DATE: DATE,
    Role.TEXT: TEXT,
    Role.CATEGORY: EXACT,
}
"""The roles that are evidence, and how they are compared. Gender, status, source and the like are none."""

EVIDENCE = frozenset({*KINDS, Role.FULL_NAME})
"""The roles of columns that are looked at."""

ONE_SET = frozenset({Role.EMAIL, Role.PHONE, Role.COMPANY, Role.LINKEDIN, Role.GITHUB, Role.URL, Role.NATIONAL_ID})
"""Several columns of such a role are one set of values: any of one record's against any of the other's."""


@attrs.frozen(kw_only=True)
class Feature:
    """One comparison, made ready.

    Attributes:
        name: what explanations call it: the header, or the role where it comes from several columns.
        role: what it means.
        columns: the headers that it is made of.
        kind: how its values are compared.
        data: its values, coded; the commonest value has code 0.

    """

    name: str
    role: Role
    columns: tuple[str, ...]
    kind: Kind
    data: Encoded

    def on(self, rows: NDArray[np.int64]) -> Feature:
        """Return the same feature for some rows only."""
        return attrs.evolve(self, data=attrs.evolve(self.data, codes=self.data.codes[rows]))


def build_features(columns: Mapping[str, Sequence[Cell]], roles: Mapping[str, Role]) -> list[Feature]:
    """Make one feature of each column whose role is evidence, names as given, family and other names."""
    by_role: dict[Role, list[str]] = {}
    for header, role in roles.items():
        by_role.setdefault(role, []).append(header)
    features = _names(columns, by_role)
    for role, kind in KINDS.items():
        if role in {Role.GIVEN_NAME, Role.FAMILY_NAME, Role.MIDDLE_NAME}:
            continue
        headers = by_role.get(role, [])
        groups = [tuple(headers)] if role in ONE_SET and headers else [(header,) for header in headers]
        features += [_feature(role, group, kind, columns) for group in groups]
    return [feature for feature in features if feature.data.values]


def _feature(role: Role, headers: tuple[str, ...], kind: Kind, columns: Mapping[str, Sequence[Cell]]) -> Feature:
    cells = [columns[header] for header in headers]
    key = partial(_normal.date_key, day_first=_day_first(cells)) if kind is DATE else kind.key
    data = _by_frequency(encode(cells, key))
    return Feature(
        name=headers[0] if len(headers) == 1 else role.value, role=role, columns=headers, kind=kind, data=data
    )


def _day_first(columns: Sequence[Sequence[Cell]]) -> bool | None:
    """Tell from the values themselves whether 03/04/2019 is in April, if they tell it."""
    return guess_day_first(cell for cells in columns for cell in cells if isinstance(cell, str))


def _names(columns: Mapping[str, Sequence[Cell]], by_role: Mapping[Role, list[str]]) -> list[Feature]:
    """Fill given and family name from written-out names where they are missing; what is left over are other names."""
    given, family, other, full = (
        by_role.get(role, []) for role in (Role.GIVEN_NAME, Role.FAMILY_NAME, Role.MIDDLE_NAME, Role.FULL_NAME)
    )
    if not full:
        parts = [
            (Role.GIVEN_NAME, given, GIVEN_NAME),
            (Role.FAMILY_NAME, family, NAME),
            (Role.MIDDLE_NAME, other, WORDS),
        ]
        return [_feature(role, tuple(headers), kind, columns) for role, headers, kind in parts if headers]
    split = _split_full_names(columns, given, family, max(full, key=lambda header: _richness(columns[header])))
    features = []
    for role, headers, kind, cells in (
        (Role.GIVEN_NAME, given, GIVEN_NAME, split[0]),
        (Role.FAMILY_NAME, family, NAME, split[2]),
        (Role.MIDDLE_NAME, other, WORDS, split[1]),
    ):
        data = _by_frequency(encode([cells], kind.key if role is Role.MIDDLE_NAME else _same))
        name = headers[0] if headers else role.value
        features.append(Feature(name=name, role=role, columns=tuple(headers or full), kind=kind, data=data))
    return features


def _richness(cells: Sequence[Cell]) -> int:
    return sum(len(cell) for cell in cells[:: max(len(cells) // 1000, 1)] if isinstance(cell, str))


def _split_full_names(
    columns: Mapping[str, Sequence[Cell]], given: list[str], family: list[str], full: str
) -> tuple[list[str | None], list[str | None], list[str | None]]:
    """Return (given, other, family) normal forms, one a row; separate columns win over the split."""
    rows = len(columns[full])
    blank: Sequence[Cell] = [None] * rows
    triples = zip(
        columns[given[0]] if given else blank, columns[family[0]] if family else blank, columns[full], strict=True
    )
    memo: dict[tuple[Cell, Cell, Cell], tuple[str | None, str | None, str | None]] = {}
    out = []
    for triple in triples:
        found = memo.get(triple)
        if found is None:
            found = memo[triple] = _name_of(*triple)
        out.append(found)
    first, middle, last = (list(part) for part in zip(*out, strict=True)) if out else ([], [], [])
    return first, middle, last


def _name_of(given: Cell, family: Cell, full: Cell) -> tuple[str | None, str | None, str | None]:
    first, last = (_normal.name_key(cell) if isinstance(cell, str) else None for cell in (given, family))
    if not isinstance(full, str):
        return first, None, last
    split_first, _, split_last = _normal.split_name(full)
    if first is None and last is None:
        first, last = split_first, split_last
    used = {*(first or "").split(), *(last or "").split()}
    left = [token for token in dict.fromkeys(_normal.name_tokens(full)) if token not in used]
    return first, " ".join(left) or None, last


def _by_frequency(data: Encoded) -> Encoded:
    """Renumber the values so that the commonest come first."""
    order = np.argsort(-data.counts(), kind="stable")
    rank = np.empty(len(order) + 1, np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    rank[-1] = -1
    return Encoded(codes=rank[data.codes], values=[data.values[at] for at in order.tolist()])
