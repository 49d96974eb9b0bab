"""Which rows go into which contact: clusters, what was imported before, and who is stored twice."""

from collections.abc import Mapping, Sequence

import attrs

from crmcore.errors import InputError
from crmcore.model.contact import ContactRecord
from crmcore.model.source import SourceRecord
from crmcore.sync.drafts import Draft

__all__ = ["Group", "Groups", "PossibleDuplicate", "grouped"]


@attrs.frozen(kw_only=True)
class PossibleDuplicate:
    """Two stored contacts that may be one person; merging them is a decision of its own.

    Attributes:
        kept, other: the ids of the two; rows of the import went to *kept*.
        lines: the lines of the import that tie them together; none where the stored records alone do.

    """

    kept: str
    other: str
    lines: tuple[int, ...] = ()


@attrs.frozen
class Group:
    """Rows about one person, and the stored contact that they go into, if any."""

    into: ContactRecord | None
    drafts: tuple[Draft, ...]


@attrs.frozen
class Groups:
    """All of them, in the order of their first rows."""

    merged: tuple[Group, ...]
    unchanged: tuple[Draft, ...]
    possible_duplicates: tuple[PossibleDuplicate, ...]


def grouped(
    existing: Sequence[ContactRecord],
    incoming: Sequence[Draft],
    clusters: Sequence[Sequence[int]],
    imported: Mapping[str, SourceRecord],
) -> Groups:
    """Sort the rows by where they go."""
    complete = _joined(_complete(clusters, len(existing) + len(incoming)), incoming, len(existing))
    place = {contact.id: index for index, contact in enumerate(existing)}
    anchors = [_anchor(draft, imported, place) for draft in incoming]
    rows: dict[str, list[int]] = {}
    into: dict[str, ContactRecord | None] = {}
    duplicates: list[PossibleDuplicate] = []
    for cluster in complete:
        if len(cluster) == 1 and cluster[0] < len(existing):
            continue  # a stored contact that no row speaks of: most of a large database
        drafts = [index - len(existing) for index in cluster if index >= len(existing)]
        anchored = {anchor for index in drafts if (anchor := anchors[index]) is not None}
        stored = sorted(anchored.union(index for index in cluster if index < len(existing)))
        best = _best([existing[index] for index in stored], [incoming[index] for index in drafts])
        lines = tuple(sorted(line for index in drafts if (line := incoming[index].source.line) is not None))
        duplicates.extend(
            PossibleDuplicate(kept=best.id, other=existing[index].id, lines=lines)
            for index in stored
            if best is not None and existing[index].id != best.id
        )
        for index in drafts:
            anchor = anchors[index]
            target = existing[anchor] if anchor is not None else best
            key = f"stored {target.id}" if target is not None else f"new {min(drafts)}"
            rows.setdefault(key, []).append(index)
            into[key] = target
    groups = [(into[key], sorted(indices)) for key, indices in rows.items()]
    return _sorted_out(sorted(groups, key=lambda group: group[1][0]), incoming, imported, duplicates)


def _sorted_out(
    groups: Sequence[tuple[ContactRecord | None, list[int]]],
    incoming: Sequence[Draft],
    imported: Mapping[str, SourceRecord],
    duplicates: Sequence[PossibleDuplicate],
) -> Groups:
    """Take out the rows that are stored exactly as they are."""
    merged: list[Group] = []
    same: list[int] = []
    for target, indices in groups:
        new = [index for index in indices if target is None or not _is_stored(incoming[index], imported)]
        same.extend(sorted(set(indices) - set(new)))
        if new:
            merged.append(Group(target, tuple(incoming[index] for index in new)))
    unchanged = tuple(incoming[index] for index in sorted(same))
    pairs = {tuple(sorted((pair.kept, pair.other))): pair for pair in reversed(duplicates)}
    return Groups(tuple(merged), unchanged, tuple(pairs[ids] for ids in sorted(pairs)))


def _complete(clusters: Sequence[Sequence[int]], size: int) -> list[list[int]]:
    """Check the clusters, and add those who stand alone."""
    seen: set[int] = set()
    for cluster in clusters:
        for index in cluster:
            if not 0 <= index < size:
                raise InputError(f"a cluster names record {index}, but there are {size} (0 to {size - 1})")
            if index in seen:
                raise InputError(f"record {index} is in two clusters, or twice in one")
            seen.add(index)
    alone = ([index] for index in range(size) if index not in seen)
    return [*(sorted(cluster) for cluster in clusters if len(cluster)), *alone]


def _joined(clusters: list[list[int]], incoming: Sequence[Draft], offset: int) -> list[list[int]]:
    """Join the clusters of drafts that are versions of one row, such as one person in two exports of one system."""
    versions: dict[str, list[int]] = {}
    for index, draft in enumerate(incoming, offset):
        versions.setdefault(draft.source.id, []).append(index)
    repeated = [indices for indices in versions.values() if len(indices) > 1]
    if not repeated:
        return clusters
    holder = {index: cluster for cluster in clusters for index in cluster}
    for first, *others in repeated:
        for other in others:
            target, source = holder[first], holder[other]
            if target is not source:
                target.extend(source)
                holder.update(dict.fromkeys(source, target))
    return list({id(cluster): sorted(cluster) for cluster in holder.values()}.values())


def _anchor(draft: Draft, imported: Mapping[str, SourceRecord], place: Mapping[str, int]) -> int | None:
    """Return the stored contact that an earlier import of the same row went into."""
    row = imported.get(draft.source.id)
    return place.get(row.contact) if row is not None and row.contact is not None else None


def _is_stored(draft: Draft, imported: Mapping[str, SourceRecord]) -> bool:
    row = imported.get(draft.source.id)
    return row is not None and row.hash == draft.source.hash


def _best(stored: Sequence[ContactRecord], drafts: Sequence[Draft]) -> ContactRecord | None:
    """Return the stored contact that shares most keys with the rows, then the one that knows most."""
    wanted = {key for draft in drafts for key in draft.contact.identifiers()}

    def fit(contact: ContactRecord) -> tuple[int, int]:
        return len(wanted.intersection(contact.identifiers())), sum(1 for _ in contact.values())

    ordered = sorted(stored, key=lambda contact: contact.id)
    return max(ordered, key=fit, default=None)
