"""Which counts may be told, so that nothing under the threshold can be worked out from them.

*Within one group.* A group's size is known to whoever asks for it; of one under the threshold nothing is told. Counts
under the threshold are withheld, zero included; then the smallest of the others, until at least two are withheld that
together reach the threshold. So all that is known of a withheld count is that the withheld ones add up to something,
and each can be anything from 0 to that sum, as far as the numbers tell. How many told nothing is no secret by itself,
and is withheld first where that is enough; whoever knows who answered, knows it, and with it a withheld count that
stands alone beside it. Of the same people it is told for all characteristics or for none. Totals over several groups
are not told.

*Between groups and over time.* Each group that was asked about is remembered, as who was in it, and which version of
their answers counted. A *cell* is the people whom the same groups hold. A new group is refused

- where a cell would have fewer people than the threshold, or fewer who told something: ids that were made up to fill a
  group make it no other group. That is decided before any answer is looked at, but for who told something;
- where taking groups from another that holds them, and so on with what is left over, gives a count under the threshold,
  or leaves fewer for the options that are withheld;
- where a withheld count, or a small one of a cell, follows from all that was told, by linear algebra; or by what counts
  can be, which are no less than zero and no more than there are people.

A group that is refused for what its members said is remembered as well, so that nobody gets from what is refused to
what is answered a person at a time.

*What is promised.* Nobody can be told from the others of their cell who told something, and they are as many as the
threshold: if two of them swapped what they said, not a word of all that was ever told or refused would be another. It
follows that no way of reckoning finds out what one person said, unless all of the cell said it.

*How far it goes.* That a whole cell said the same is looked for in each sum and in the differences of two, not in every
combination of them: twelve people, ten random questions and a threshold of two told it of a cell in 6 of 1,700 trials;
with a threshold of three, in none of 2,600. It is about one characteristic at a time, and about nothing that is known
from elsewhere, such as what others of the cell said, or who answers at all. Keep the threshold well above one, and
questions few: where many groups overlap, answers run out.
"""

from __future__ import annotations

from collections import Counter
from enum import Enum
from typing import TYPE_CHECKING

import attrs

from crmcore.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from crmcore.hiring.vault._audit import Asked

__all__ = ["DECLINED", "NOT_TOLD", "Crosstab", "Disclosures", "Silence", "Withheld", "told_of_group"]

DECLINED = "prefer-not-to-say"
"""Somebody answered that they do not want to answer."""
NOT_TOLD = "not-told"
"""Somebody declined, or did not answer; what a table calls both."""


@attrs.frozen(kw_only=True)
class Withheld:
    """Why a question is not answered.

    Attributes:
        characteristic: what was asked about.
        why: as a sentence.

    """

    characteristic: str
    why: str


@attrs.frozen(kw_only=True)
class Crosstab:
    """Counts by option and group.

    Attributes:
        characteristic: what was asked about.
        threshold: counts under it are withheld.
        sizes: group -> how many are in it.
        counts: (option, group) -> how many; None where it is withheld.

    """

    characteristic: str
    threshold: int
    sizes: Mapping[str, int]
    counts: Mapping[tuple[str, str], int | None]

    @property
    def options(self) -> tuple[str, ...]:
        """The options, in the order of the survey."""
        return tuple(dict.fromkeys(option for option, _ in self.counts))

    def __str__(self) -> str:
        """Return it as text; what is withheld is a dash."""
        width = max(map(len, (*self.options, "all")))
        columns = [(group, max(len(group), 7)) for group in self.sizes]
        lines = [f"{self.characteristic}, counts under {self.threshold} withheld"]
        lines.append(" " * width + "".join(f"  {group:>{wide}}" for group, wide in columns))
        for option in self.options:
            cells = [self.counts[option, group] for group in self.sizes]
            shown = ["-" if cell is None else str(cell) for cell in cells]
            row = "".join(f"  {cell:>{wide}}" for cell, (_, wide) in zip(shown, columns, strict=True))
            lines.append(f"{option:{width}}{row}")
        sizes = "".join(f"  {self.sizes[group]:>{wide}}" for group, wide in columns)
        return "\n".join([*lines, f"{'all':{width}}{sizes}"])


class Silence(Enum):
    """What may become of the count of those who told nothing."""

    TOLD = "told"
    """It was told of the same people for another characteristic, so that it hides nothing."""
    FREE = "free"
    """It may be withheld in place of an option's count."""
    HIDDEN = "hidden"
    """It was withheld for another characteristic, and has to be here too."""


def told_of_group(
    counts: Mapping[str, int], *, threshold: int, silence: Silence = Silence.FREE
) -> dict[str, int | None]:
    """Return the counts of one group, with None for those that are withheld.

    >>> told_of_group({"a": 30, "b": 12, "c": 2, "not-told": 7}, threshold=5)
    {'a': 30, 'b': 12, 'c': None, 'not-told': None}
    >>> told_of_group({"a": 30, "b": 12, "c": 2, "not-told": 1}, threshold=5)
    {'a': 30, 'b': None, 'c': None, 'not-told': 1}
    >>> told_of_group({"a": 30, "b": 12, "not-told": 1}, threshold=5)
    {'a': 30, 'b': 12, 'not-told': 1}
    """
    if sum(counts.values()) < threshold:
        return dict.fromkeys(counts)
    guarded = [option for option in counts if option != NOT_TOLD]
    withheld = {option for option in guarded if counts[option] < threshold}

    def is_enough() -> bool:
        return not withheld or (len(withheld) > 1 and sum(counts[each] for each in withheld) >= threshold)

    silent = counts.get(NOT_TOLD, 0)
    would_do = silence is Silence.FREE and sum(counts[each] for each in withheld) + silent >= threshold
    if silence is Silence.HIDDEN or (not is_enough() and would_do and silent):
        withheld.add(NOT_TOLD)
    for option in sorted(guarded, key=lambda each: (counts[each], each)):
        if is_enough():
            break
        withheld.add(option)
    return {option: None if option in withheld else count for option, count in counts.items()}


@attrs.define(kw_only=True)
class Disclosures:
    """What was told so far, by characteristic; a vault keeps one, and asks it before it tells anything.

    Attributes:
        threshold: see above; 2 or more.
        told: characteristic -> the groups that were answered: who was in each, by version of their answers, and the
            counts that were told.
        refused: the same of those that were refused for what their members said.

    """

    threshold: int
    told: dict[str, list[Asked]] = attrs.field(factory=dict, repr=False)
    refused: dict[str, list[Asked]] = attrs.field(factory=dict, repr=False)

    def __attrs_post_init__(self) -> None:
        if type(self.threshold) is not int or self.threshold < 2:
            raise InputError("the threshold is a whole number of 2 or more; 10 is usual")

    def table(
        self,
        characteristic: str,
        groups: Mapping[str, Collection[str]],
        *,
        said: Callable[[str], str | None],
        options: Sequence[str],
    ) -> Crosstab | Withheld:
        """Return what may be told of groups, and remember that it was.

        Args:
            characteristic: what is asked about.
            groups: label -> versions of the answers of its members; none is in two groups.
            said: a version of somebody's answers -> their option; None where it was replaced or deleted meanwhile.
            options: all that can be answered, in the order in which they are shown.

        """
        from crmcore.hiring.vault._audit import Asked  # numpy, on use

        found: dict[tuple[str, str], int | None] = {}
        asked: list[Asked] = []
        for label, members in groups.items():
            counted = Counter(map(said, members))
            told = self._told_before(characteristic, frozenset(members), options) or told_of_group(
                {option: counted[option] for option in options},
                threshold=self.threshold,
                silence=self._silence(frozenset(members)),
            )
            found.update({(option, label): count for option, count in told.items()})
            kept = {option: count for option, count in told.items() if count is not None}
            if len(members) >= self.threshold:  # of fewer nothing is told, whatever they said
                asked.append(Asked(frozenset(members), kept))
        if why := self._would_tell_too_much(characteristic, asked, said, options):
            return Withheld(characteristic=characteristic, why=why)
        held = self.told.setdefault(characteristic, [])
        held.extend(each for each in asked if each not in held)
        ordered = {(option, label): found[option, label] for option in options for label in groups}
        sizes = {label: len(members) for label, members in groups.items()}
        return Crosstab(characteristic=characteristic, threshold=self.threshold, sizes=sizes, counts=ordered)

    def _told_before(
        self, characteristic: str, members: frozenset[str], options: Sequence[str]
    ) -> dict[str, int | None] | None:
        """Return what was told of the very same, which is told again, whatever was told of others since."""
        for each in self.told.get(characteristic, ()):
            if each.members == members:
                return {option: each.told.get(option) for option in options}
        return None

    def _silence(self, members: frozenset[str]) -> Silence:
        """Return what may become of the count of the silent, by what was told of them for other characteristics."""
        same = [each for several in self.told.values() for each in several if each.members == members]
        if not same:
            return Silence.FREE
        return Silence.TOLD if any(NOT_TOLD in each.told for each in same) else Silence.HIDDEN

    def _would_tell_too_much(
        self, characteristic: str, asked: Sequence[Asked], said: Callable[[str], str | None], options: Sequence[str]
    ) -> str:
        earlier = self.told.get(characteristic, [])
        if all(each in earlier for each in asked):
            return ""
        from crmcore.hiring.vault._audit import combined, connected, follows, parted
        from crmcore.hiring.vault._bounds import pinned

        near = connected(asked, [*earlier, *self.refused.get(characteristic, ())])
        cut = [members for _, members in parted([each.members for each in (*near, *asked)])]
        if any(
            self._is_few(members) or self._is_few(each for each in members if said(each) != NOT_TOLD) for members in cut
        ):
            return (
                f"with what was asked before it sets fewer than {self.threshold} people apart, who could be told by "
                "comparing; ask for the same group, or for one that differs by more"
            )
        near = connected(asked, earlier)
        every = [*near, *(each for each in asked if each not in near)]
        spoken = [_of_who_spoke(each, said) for each in every]
        if (
            combined(every, options=options, threshold=self.threshold)
            or follows(every, options=options, threshold=self.threshold, said=said)
            or combined(spoken, options=options, threshold=self.threshold, has_sizes=False)
            or follows(spoken, options=options, threshold=self.threshold, said=said, has_sizes=False)
            or pinned(
                every,
                options=options,
                guarded=[option for option in options if option != NOT_TOLD],
                threshold=self.threshold,
            )
        ):
            self.refused.setdefault(characteristic, []).extend(asked)
            return "together with what was answered before it would give away a count that is withheld, or too small"
        return ""

    def _is_few(self, members: Iterable[str]) -> bool:
        return 0 < sum(1 for _ in members) < self.threshold


def _of_who_spoke(group: Asked, said: Callable[[str], str | None]) -> Asked:
    """Return a group without those who told nothing, such as ids that were made up to fill it."""
    kept = {option: count for option, count in group.told.items() if option != NOT_TOLD}
    return attrs.evolve(group, members=frozenset(each for each in group.members if said(each) != NOT_TOLD), told=kept)
