"""What goes through a pipeline, stage by stage: the record that applications, deals and prospects have in common.

The steps are a :class:`~crmcore.model.stage_history.StageHistory`; the verbs that take them stand here once. What each
kind adds is how it ends: an application is hired, a deal is won, a prospect becomes an application.

A step that is told late is judged by where things stood when it occurred, and put there; it is refused where what
happened since could not have followed.

Who enters a stage by somebody's choice passes its guards and finds room in it: by moving, advancing or reopening, or by
beginning in a stage that is named. Both are asked of what is so now, also where it is told late. What begins without a
stage being named is taken into the first one, full or not, so that nobody's application is lost; and what is undone,
such as a hire, goes back to where it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Self

import attrs
from pydantic import model_validator

from crmcore import _given
from crmcore.errors import IllegalStep, InputError, LawBroken
from crmcore.model.field import FieldSpec, Sensitivity, one
from crmcore.model.occasion import Occasion
from crmcore.model.pipeline import Pipeline, Purpose
from crmcore.model.rank import Rank
from crmcore.model.record import Id, Record
from crmcore.model.stage_history import STEPS, StageHistory, Status, Step, Verb
from crmcore.query.types import FieldType

if TYPE_CHECKING:
    from datetime import datetime

    from crmcore.model.events import Event
    from crmcore.model.pipeline import Entrant

__all__ = ["STAGED_FIELDS", "STAGED_SENSITIVITIES", "Staged", "check_reason"]

INTERNAL = Sensitivity.INTERNAL

STAGED_FIELDS: tuple[FieldSpec, ...] = (
    one("stage", sensitivity=INTERNAL, is_indexed=True),
    one("status", type=FieldType.CHOICE, options=Status, sensitivity=INTERNAL),
    one("since", "history.since", type=FieldType.INSTANT, sensitivity=INTERNAL),
)
"""What can be asked of whatever goes through a pipeline."""

STAGED_SENSITIVITIES: Mapping[str, Sensitivity] = {
    "pipeline": INTERNAL,
    "history": Sensitivity.CONFIDENTIAL,
    "rank": INTERNAL,
}


class Staged(Record):
    """One thing on its way through a pipeline; a kind of record is made of it."""

    PURPOSE: ClassVar[Purpose]
    """Through which pipelines it goes."""

    PAST: ClassVar[Mapping[Verb, str]] = {
        Verb.MOVE: "moved",
        Verb.REJECT: "rejected",
        Verb.WITHDRAW: "withdrawn",
        Verb.TRANSFER: "transferred",
        Verb.REOPEN: "reopened",
    }
    """Verb -> what its event is called, after the kind."""

    pipeline: Id
    history: StageHistory
    rank: Rank = ""
    """Where it stands among those in its stage, if somebody put it somewhere; a step to another stage forgets it."""

    @model_validator(mode="after")
    def _has_begun(self) -> Self:
        if not self.history.steps:
            raise ValueError(f"{self.kind} {self.id!r} begins with entering a stage; use {type(self).__name__}.begin")
        return self

    @property
    def status(self) -> Status:
        """Where it stands, apart from the stage."""
        status = self.history.status
        assert status is not None  # noqa: S101 - it has begun
        return status

    @property
    def stage(self) -> str:
        """The stage in which it is, or was when it ended."""
        return self.history.stage

    def stage_at(self, at: datetime) -> str:
        """Return the stage in which it was at an instant; before it began, the one in which it is."""
        return self.history.until(at).stage or self.stage

    @property
    def began_at(self) -> datetime:
        """When it began."""
        return self.history.steps[0].occurred_at

    def move(
        self,
        to: str,
        *,
        within: Pipeline,
        on: Occasion,
        expected: str | None = None,
        entrant: Entrant | None = None,
    ) -> tuple[Self, Event]:
        """Take it to another stage.

        Args:
            to: the stage.
            within: its pipeline.
            on: when, by whom, and why, which skipping or going back may need.
            expected: the stage in which whoever asks believes it to be.
            entrant: what guards and capacity are judged by; without it they are not looked at.

        Raises:
            InputError: there is no such stage, or that is not its pipeline.
            IllegalStep: it has ended, or is not where it was expected, or the pipeline does not allow it; with what it
                allows and why.

        """
        self._check_within(within)
        self._check_expected(expected)
        then = self._active_then(Verb.MOVE, on=on)
        direction = within.check_move(then.stage, to, reason=on.reason)
        self._check_follows(to, within=within, on=on)
        if entrant is not None:
            within.check_entry(to, entrant)
        return self._stepped(Verb.MOVE, to, on=on, direction=direction.value)

    def advance(
        self, *, within: Pipeline, on: Occasion, expected: str | None = None, entrant: Entrant | None = None
    ) -> tuple[Self, Event]:
        """Take it to the next stage in use; raise IllegalStep in the last one, and otherwise as `move` does."""
        self._check_within(within)
        then = self._active_then(Verb.MOVE, on=on)
        return self.move(within.following(then.stage).key, within=within, on=on, expected=expected, entrant=entrant)

    def reject(self, reason: str, *, on: Occasion) -> tuple[Self, Event]:
        """Say no to it; it keeps its stage.

        Raises:
            InputError: no reason is given.
            IllegalStep: it has ended.

        """
        check_reason(reason)
        return self._ended(Verb.REJECT, on=on, reason=reason)

    def withdraw(self, reason: str = "", *, on: Occasion) -> tuple[Self, Event]:
        """Note that the other side said no."""
        return self._ended(Verb.WITHDRAW, on=on, reason=reason)

    def reopen(
        self, *, within: Pipeline, on: Occasion, stage: str | None = None, entrant: Entrant | None = None
    ) -> tuple[Self, Event]:
        """Take up again what was rejected or withdrawn, where it ended or in another stage.

        Args:
            within: its pipeline.
            on: when, by whom and why.
            stage: in which it goes on, the one where it ended by default.
            entrant: what guards and capacity of that stage are judged by; without it they are not looked at.

        Raises:
            InputError: there is no such stage, or that is not its pipeline.
            IllegalStep: it has not ended so; or the stage is retired, or does not let it in; with the other stages.

        """
        self._check_within(within)
        then = self.history.until(_given.one(on, Occasion, "on").at)
        if Verb.REOPEN not in then.allowed():
            raise STEPS.refusal(then.status, Verb.REOPEN)
        entered = stage or then.stage
        _check_in_use(entered, within, "reopen in")
        if entrant is not None:
            within.check_entry(entered, entrant, instead=[each.key for each in within.in_use if each.key != entered])
        return self._stepped(Verb.REOPEN, entered, on=on)

    def placed(self, rank: str) -> Self:
        """Return it at another place among those in its stage: see :func:`crmcore.model.rank.between`."""
        return self.evolve(rank=rank)

    @classmethod
    def _entered(cls, within: Pipeline, stage: str | None, on: Occasion, entrant: Entrant | None) -> StageHistory:
        """Return the history of what begins in the first stage, or in another that lets it in.

        Raises:
            InputError: there is no such stage; or no pipeline or occasion is given, but an id or an instant.
            IllegalStep: the stage is retired, or does not let it in.
            LawBroken: other things go through that pipeline.

        """
        within, on = _given.one(within, Pipeline, "within"), _given.one(on, Occasion, "on")
        if within.purpose is not cls.PURPOSE:
            why = f"what goes through it is no {cls.kind}; take one for {cls.PURPOSE.value}"
            raise LawBroken(f"pipeline {within.name!r} is for {within.purpose.value}; {why}")
        if stage is not None:
            _check_in_use(stage, within, "enter")
            if entrant is not None:
                within.check_beginning(stage, entrant)
        return StageHistory().with_step(Step(verb=Verb.ENTER, stage=stage or within.first.key, **on.told()))

    def _ended(self, verb: Verb, *, on: Occasion, reason: str = "") -> tuple[Self, Event]:
        """End it in the stage in which it was then."""
        return self._stepped(verb, self.stage_at(_given.one(on, Occasion, "on").at), on=on, reason=reason)

    def _stepped(self, verb: Verb, stage: str, *, on: Occasion, reason: str = "", **facts: str) -> tuple[Self, Event]:
        note = on.reason if reason else ""
        on = attrs.evolve(on, reason=reason or on.reason)
        step = Step(verb=verb, stage=stage, note=note, **on.told())
        history = self.history.with_step(step)
        new = self.evolve(history=history, rank=self.rank if history.stage == self.stage else "")
        before = self.history.until(on.at).stage
        event = on.tells(f"{self.kind}.{self.PAST[verb]}", self, before=before, after=stage, **facts)
        return new, event

    def _active_then(self, verb: Verb, *, on: Occasion) -> StageHistory:
        """Return the history until the occasion; refuse what it did not allow at that time."""
        then = self.history.until(_given.one(on, Occasion, "on").at)
        if then.status is not Status.ACTIVE:
            raise STEPS.refusal(then.status, verb)
        return then

    def _check_follows(self, to: str, *, within: Pipeline, on: Occasion) -> None:
        """Refuse a move told late after which the next one could not have been made."""
        following = next((step for step in self.history.steps if step.occurred_at > on.at), None)
        if following is None or following.verb is not Verb.MOVE or following.stage == to:
            return  # there is none, or the history tells why it cannot follow
        if not within.stage(following.stage).is_retired:  # it was not, when that was entered
            within.check_move(to, following.stage, reason=following.reason)

    def _check_within(self, within: Pipeline) -> None:
        within = _given.one(within, Pipeline, "within")
        if within.id != self.pipeline:
            raise InputError(f"{self.kind} {self.id!r} goes through pipeline {self.pipeline!r}, not {within.id!r}")

    def _check_expected(self, expected: str | None) -> None:
        if expected is not None and expected != self.stage:
            raise IllegalStep(
                "move",
                status=f"in stage {self.stage!r}",
                allowed=(),
                why=f"it was expected in {expected!r}; read it again",
            )


def check_reason(reason: object) -> None:
    """Refuse what says nothing where a reason is needed.

    Raises:
        InputError: it is no text, or an empty one.

    """
    if not isinstance(reason, str) or not reason.strip():
        raise InputError("a reason is needed: the key of a listed one, such as 'skills', or a few words")


def _check_in_use(key: str, within: Pipeline, verb: str) -> None:
    if within.stage(key).is_retired:
        allowed = [each.key for each in within.in_use]
        raise IllegalStep(f"{verb} {key!r}", status=None, allowed=allowed, why="that stage is retired")
