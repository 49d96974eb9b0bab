"""Who stands where in the pipeline of one job, and for how long."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from crmcore._pages.text import visible
from crmcore.hiring.moving import Staleness, ages
from crmcore.hiring.moving import board as columns_of
from crmcore.model.contact import ContactRecord
from crmcore.query import F

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from crmcore.hiring.moving import Age
    from crmcore.model.hiring import Application
    from crmcore.model.pipeline import Pipeline, Stage
    from crmcore.ports import Reader

__all__ = ["Board", "Lane", "Place", "board_of"]


@attrs.frozen(kw_only=True)
class Place:
    """One application on the board.

    Attributes:
        application, contact: which, and whose; the contact is None where it is not there any more.
        age: how long it has been in the stage, and whether that is due or stale by the stage's own thresholds.

    """

    application: Application
    contact: ContactRecord | None
    age: Age

    @property
    def days(self) -> int:
        """Full days in the stage."""
        return max(self.age.lasted.days, 0)

    @property
    def state(self) -> str:
        """`due` or `stale`; "" while it is fresh."""
        return "" if self.age.freshness is Staleness.FRESH else self.age.freshness.value

    @property
    def title(self) -> str:
        """Whose it is, as people call them; the id of a person who is gone or has no name."""
        return (self.contact.name.full if self.contact else "") or self.application.contact


@attrs.frozen(kw_only=True)
class Lane:
    """One stage and the active applications in it: as people put them, then who has been there longest first."""

    stage: Stage
    places: tuple[Place, ...]

    def __len__(self) -> int:
        return len(self.places)


@attrs.frozen(kw_only=True)
class Board:
    """All stages in use, in order, and retired ones that somebody is still in."""

    at: datetime
    lanes: tuple[Lane, ...]

    def __str__(self) -> str:
        return "\n".join(
            visible(f"{lane.stage.label} ({len(lane)}): {', '.join(place.title for place in lane.places) or 'nobody'}")
            for lane in self.lanes
        )


def board_of(reader: Reader, applications: Iterable[Application], *, within: Pipeline, at: datetime) -> Board:
    """Return who stands where at an instant; a retired stage is shown while somebody is in it."""
    known = tuple(applications)
    found = {each.id: each for each in ages(known, within={within.id: within}, at=at)}
    columns = columns_of((each for each in known if each.id in found), within=within)
    ids = [card.contact for column in columns for card in column.cards]
    people = {one.id: one for one in reader.stream(ContactRecord, F.id.in_(ids))} if ids else {}
    return Board(
        at=at,
        lanes=tuple(
            Lane(
                stage=column.stage,
                places=tuple(
                    Place(application=card, contact=people.get(card.contact), age=found[card.id])
                    for card in column.cards
                ),
            )
            for column in columns
        ),
    )
