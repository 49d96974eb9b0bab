"""Whose a value is: contact points that are nobody's own are taken out, and employers that domains tell are added."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from crmcore.hygiene.roles import Role
from crmcore.matching._employers import are_providers, domains_of, named_by
from crmcore.matching._sharing import FEWEST_SURNAMES, POINTS, shared_values, without_values
from crmcore.matching.encoding.coded import Coded, Raw, code
from crmcore.matching.encoding.strings import Strings, hash64
from crmcore.matching.engines.spark._pieces import (
    Heading,
    as_it_is,
    column,
    dense,
    features_in,
    lists_of,
    tables_of,
    unsigned,
)
from crmcore.matching.engines.spark._reading import ROW
from crmcore.matching.engines.spark._tally import counted_rows, tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from crmcore.matching._features import Feature

    Int64s = NDArray[np.int64]
    Uint64s = NDArray[np.uint64]

__all__ = ["Owning", "are_points", "own_rows", "owning_of"]

COMPANIES, DOMAINS, USERS, LOYAL, SURNAMES, SHARED = range(6)


@attrs.frozen(eq=False)
class Employers:
    """Which company each domain names.

    Attributes:
        domains: uint64, (domains,), their hashes, rising.
        companies: the company of each.

    """

    domains: Uint64s
    companies: Strings

    def of(self, addresses: Strings) -> NDArray[np.int32]:
        """Return where the company of each address stands, int32, (addresses,), or -1."""
        if not len(self.domains):
            return np.full(len(addresses), -1, np.int32)
        keys = hash64(domains_of(addresses))
        at = np.minimum(np.searchsorted(self.domains, keys), len(self.domains) - 1)
        return np.where(self.domains[at] == keys, at, -1).astype(np.int32)


@attrs.frozen(eq=False)
class Owning:
    """What a table tells of whose values are.

    Attributes:
        headings: the features.
        shared: position of a feature -> uint64, the hashes of its values that are nobody's own.
        employers: whose domains are.

    """

    headings: tuple[Heading, ...]
    shared: Mapping[int, Uint64s]
    employers: Employers

    def applied(self, features: Sequence[Feature]) -> list[Feature]:
        """Return features without what is nobody's own, and with the employers that addresses tell."""
        found = [
            attrs.evolve(each, data=without_values(each.data, np.isin(each.data.keys, self.shared[at])))
            if at in self.shared
            else each
            for at, each in enumerate(features)
        ]
        companies, emails = _at(self.headings, Role.COMPANY), _at(self.headings, Role.EMAIL)
        if companies is None or emails is None or not len(self.employers.domains):
            return found
        held = found[companies].data
        told = np.append(self.employers.of(found[emails].data.values), np.int32(-1))[found[emails].data.codes]
        columns = [Raw(codes=held.codes, values=held.values), Raw(codes=told, values=self.employers.companies)]
        found[companies] = attrs.evolve(found[companies], data=code(columns, as_it_is))
        return found


def _at(headings: Sequence[Heading], role: Role) -> int | None:
    return next((at for at, heading in enumerate(headings) if heading.role is role and heading.own is None), None)


def are_points(headings: Sequence[Heading]) -> list[bool]:
    """Tell which features are contact points, of which some may be nobody's own."""
    return [heading.role in POINTS and heading.own is None for heading in headings]


@attrs.frozen
class _Seen:
    """Counts companies and domains, and which surnames stand with which contact point."""

    headings: tuple[Heading, ...]

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        surname, companies, emails = (_at(self.headings, role) for role in (Role.FAMILY_NAME, Role.COMPANY, Role.EMAIL))
        for arrow in tables_of(batches):
            features = features_in(arrow, self.headings)
            if companies is not None and emails is not None:
                held = features[companies].data
                yield counted_rows(COMPANIES, held.counts(), texts=held.values)
                domains = domains_of(features[emails].data.values)
                yield counted_rows(DOMAINS, np.zeros(len(domains), np.int64), texts=domains)
            points = np.flatnonzero(are_points(self.headings)).tolist()
            if surname is not None and points:
                names = features[surname].data
                yield counted_rows(SURNAMES, names.counts(), texts=names.values)
                for at in points:
                    yield _together(SHARED + at, features[at].data, names)


def _together(kind: int, points: Coded, names: Coded) -> Any:
    """Return in how many rows each value stands with each surname."""
    first = names.codes[:, 0].astype(np.int64)
    row, slot = np.nonzero((points.codes >= 0) & (first >= 0)[:, None])
    size = max(len(names.values), 1)
    packed, rows = np.unique(points.codes[row, slot].astype(np.int64) * size + first[row], return_counts=True)
    value, name = np.divmod(packed, size)
    return counted_rows(kind, rows, numbers=points.keys[value], texts=names.values.take(name))


@attrs.frozen(eq=False)
class _Loyalty:
    """Counts the users of domains whose employer is known, and those who work for the company that it names."""

    headings: tuple[Heading, ...]
    owning: Owning

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        companies, emails = _at(self.headings, Role.COMPANY), _at(self.headings, Role.EMAIL)
        employers = self.owning.employers
        named = hash64(employers.companies)
        for arrow in tables_of(batches):
            features = features_in(arrow, self.headings)
            held = features[companies or 0].data
            mine = np.append(held.keys, np.uint64(0))[held.codes]
            addresses = attrs.evolve(self.owning, employers=Employers(np.empty(0, np.uint64), Strings.of([])))
            data = addresses.applied(features)[emails or 0].data
            domain = np.append(employers.of(data.values), np.int32(-1))[data.codes]
            users, loyal = np.zeros(len(named), np.int64), np.zeros(len(named), np.int64)
            for slot in domain.T:
                rows = np.flatnonzero((held.codes[:, 0] >= 0) & (slot >= 0))
                works_there = (mine[rows] == named[slot[rows]][:, None]).any(axis=1)
                users += np.bincount(slot[rows], minlength=len(named))
                loyal += np.bincount(slot[rows[works_there]], minlength=len(named))
            yield counted_rows(USERS, users, numbers=employers.domains)
            yield counted_rows(LOYAL, loyal, numbers=employers.domains)


def owning_of(frame: Any, headings: tuple[Heading, ...]) -> Owning:
    """Learn whose values are from what all rows hold.

    Args:
        frame: what they hold, feature by feature.
        headings: the features.

    """
    nobody = Employers(np.empty(0, np.uint64), Strings.of([]))
    seen = tally(frame, _Seen(headings)).persist()
    try:
        owning = Owning(headings, _shared(seen), nobody)
        if _at(headings, Role.COMPANY) is None or _at(headings, Role.EMAIL) is None:
            return owning
        owning = attrs.evolve(owning, employers=_named(seen))
    finally:
        seen.unpersist()
    if not len(owning.employers.domains):
        return owning
    return attrs.evolve(owning, employers=_without_providers(frame, owning))


def _shared(seen: Any) -> dict[int, Uint64s]:
    """Return the values that are nobody's own."""
    from pyspark.sql import functions as f

    together = seen.filter(f.col("kind") >= SHARED)
    suspects = (
        together.groupBy("kind", "number")
        .agg(f.collect_list(f.struct("text", "rows")).alias("names"))
        .filter(f.size("names") >= FEWEST_SURNAMES)
        .select("kind", "number", f.explode("names").alias("name"))
        .select("kind", "number", "name.text", "name.rows")
    ).toArrow()
    if not suspects.num_rows:
        return {}
    names = Strings.from_arrow(suspects["text"].combine_chunks())
    counts = _surnames(seen, sorted(set(names)))
    kinds, values, rows = dense(suspects["kind"]), unsigned(suspects["number"]), dense(suspects["rows"])
    found = {}
    for kind in np.unique(kinds).tolist():
        own = np.flatnonzero(kinds == kind)
        keys, value = np.unique(values[own], return_inverse=True)
        shared = shared_values(*_as_columns(keys, value, names.take(own), rows[own], counts))
        if shared.any():
            found[kind - SHARED] = keys[shared]
    return found


def _surnames(seen: Any, names: Sequence[str]) -> dict[str, int]:
    """Return in how many rows of the table each of these surnames stands."""
    from pyspark.sql import functions as f

    wanted = seen.sparkSession.createDataFrame([(name,) for name in names], "text string")
    counts = seen.filter(f.col("kind") == SURNAMES).join(f.broadcast(wanted), "text").toArrow()
    return dict(zip(counts["text"].to_pylist(), counts["rows"].to_pylist(), strict=True))


def _as_columns(
    keys: Uint64s, value: Int64s, names: Strings, rows: Int64s, counts: Mapping[str, int]
) -> tuple[Coded, Coded]:
    """Return columns in which these values stand with these surnames, in so many rows each."""
    spelled = sorted(set(names))
    hashes = hash64(Strings.of(spelled))
    ranked = sorted(range(len(spelled)), key=lambda at: (-counts[spelled[at]], int(hashes[at])))
    code_of = {spelled[at]: rank for rank, at in enumerate(ranked)}
    name = np.array([code_of[text] for text in names], np.int32)
    surnames = Strings.of([spelled[at] for at in ranked])
    return (
        Coded(codes=np.repeat(value, rows).astype(np.int32)[:, None], values=Strings.of([""] * len(keys)), keys=keys),
        Coded(codes=np.repeat(name, rows)[:, None], values=surnames, keys=hash64(surnames)),
    )


def _named(seen: Any) -> Employers:
    """Return the domains that name a company of the table."""
    from pyspark.sql import functions as f

    found = seen.filter(f.col("kind").isin(COMPANIES, DOMAINS)).toArrow()
    kinds, texts = dense(found["kind"]), Strings.from_arrow(found["text"].combine_chunks())
    company = np.flatnonzero(kinds == COMPANIES)
    keys = hash64(texts.take(company))
    company = company[np.lexsort((keys, -dense(found["rows"])[company]))]
    companies, domains = texts.take(company), texts.take(np.flatnonzero(kinds == DOMAINS))
    named = named_by(domains, companies)
    told = np.flatnonzero(named >= 0)
    hashes = hash64(domains.take(told))
    order = np.argsort(hashes)
    return Employers(hashes[order], companies.take(named[told[order]]))


def _without_providers(frame: Any, owning: Owning) -> Employers:
    """Forget the employers whose domain is mostly used by people who work elsewhere."""
    counts = tally(frame, _Loyalty(owning.headings, owning)).toArrow()
    kinds, rows, domains = dense(counts["kind"]), dense(counts["rows"]), owning.employers.domains
    held = np.zeros((2, len(domains)), np.int64)
    held[kinds - USERS, np.searchsorted(domains, unsigned(counts["number"]))] = rows
    kept = np.flatnonzero(~are_providers(*held))
    return Employers(domains[kept], owning.employers.companies.take(kept))


@attrs.frozen(eq=False)
class _Own:
    """Applies what is known of whose values are."""

    owning: Owning

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        import pyarrow as pa

        for arrow in tables_of(batches):
            features = self.owning.applied(features_in(arrow, self.owning.headings))
            columns = [arrow[name].combine_chunks() for name in (ROW, "spelling")]
            columns += [lists_of(each.data) for each in features]
            names = [ROW, "spelling", *(column(at) for at in range(len(features)))]
            yield from pa.Table.from_arrays(columns, names).to_batches()


def own_rows(frame: Any, owning: Owning, *, schema: str) -> Any:
    """Return what rows hold once it is known whose values are."""
    return frame.mapInArrow(_Own(owning), f"{ROW} long, spelling long, {schema}")
