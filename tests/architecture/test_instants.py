"""Whoever takes an instant refuses what is none, before anything else: found by signature, so that none is forgotten."""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import attrs
import pytest

from crmcore.app import CRM
from crmcore.errors import InputError
from crmcore.hiring import templates
from crmcore.hiring.applying import ApplicationForm
from crmcore.hiring.slots import Diary, Round, WorkingHours
from crmcore.model import ContactRecord
from crmcore.model.hiring import Job, ScreeningRules
from crmcore.model.hiring.criteria import SkillCriterion
from crmcore.model.stage_history import StageHistory
from crmcore.query import F
from crmcore.reports.pipeline import StageTable
from crmcore.testing import ManualClock, SequenceIds
from tests.architecture import sources

RIGHT = datetime(2026, 3, 1, tzinfo=UTC)
WRONG = [datetime(2026, 3, 1), date(2026, 3, 1), "2026-03-01T00:00:00Z", 1_772_323_200, "", 0, None]  # noqa: DTZ001
ROOMS = ("hiring", "model", "query", "reports", "segments", "sync")
MACHINERY = {
    "crmcore.query.columns.masks",
    "crmcore.query.courses",
    "crmcore.query.flipping",
    "crmcore.query.resolving",
    "crmcore.query.tree",
    "crmcore.segments.population",
}
"""Handed what was checked, or looks at the table first: see `tests/query/test_slips.py`."""
BO = Diary(user="bo", hours=WorkingHours.of("UTC", "mon-fri 09:00-17:00"))
OTHERS: Mapping[str, object] = {
    "absorbed": "c-1",
    "actor": "eva",
    "applications": (),
    "cls": ContactRecord,
    "contact": "c-1",
    "expression": F.given_name == "Ada",
    "form": ApplicationForm(),
    "job": "j-1",
    "minutes": 30,
    "panel": [BO],
    "reason": "skills",
    "response": "accepted",
    "role": "recruiter",
    "rounds": [Round(name="Design", minutes=30, panel=[BO])],
    "rules": ScreeningRules(id="r-1", name="Engineer", criteria=[SkillCriterion(key="sql", name="SQL")]),
    "side": "candidate",
    "survivor": "c-1",
    "table": StageTable.of([]),
    "template": templates.general,
}
"""Arguments that have to be right because they may be looked at first; all others are None."""
FIELDS: Mapping[str, Mapping[str, object]] = {
    "Offer": {"history": ()},
    "PoolMembership": {"contact": "c-1", "steps": ()},
    "Staged": {"history": StageHistory.model_construct()},
}
"""The same for what a record hands on with the instant."""


@attrs.frozen
class Taker:
    """One parameter, of one public function or method, that takes an instant."""

    module: str
    owner: str
    function: str
    parameter: str
    annotation: str

    def __str__(self) -> str:
        return ".".join(filter(None, (self.module, self.owner, f"{self.function}({self.parameter})")))

    def call(self, instant: object) -> None:
        """Call it with that instant, with nothing of use in all other places, and on an object that nobody filled."""
        owner = getattr(importlib.import_module(self.module), self.owner) if self.owner else None
        function = (
            getattr(owner, self.function) if owner else getattr(importlib.import_module(self.module), self.function)
        )
        if owner is not None and not inspect.ismethod(function) and self.function != "__init__":
            function = getattr(_empty(owner), self.function)
        elif self.function == "__init__":
            function = owner
        given = {self.parameter: instant}
        before: list[object] = []
        for name, parameter in inspect.signature(function).parameters.items():
            value = given.get(name, _right(parameter))
            if name not in {*given, *OTHERS} and parameter.default is not parameter.empty:
                continue
            if parameter.kind is parameter.POSITIONAL_ONLY:
                before.append(value)
            elif parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                given[name] = value
        found = function(*before, **given)
        if isinstance(found, Iterator):
            next(found)
        elif isinstance(found, AbstractContextManager):
            found.__enter__()


def _right(parameter: inspect.Parameter) -> object:
    if (said := str(parameter.annotation)).startswith("tuple[datetime"):
        return RIGHT, RIGHT + timedelta(days=7)
    if "datetime" in said:
        return RIGHT + timedelta(days=7) if parameter.name == "by" else RIGHT
    return OTHERS.get(parameter.name)


def _empty(owner: Any) -> Any:
    """Return an object of a class with hardly a value: whoever looks at one before it looks at the instant fails."""
    if issubclass(CRM, owner):
        crm = CRM.open("memory:", clock=ManualClock(RIGHT), new_id=SequenceIds())
        with crm.unit(actor="eva") as unit:
            unit.put(ContactRecord(id="c-1"))
            unit.put(Job(id="j-1", title="Engineer", pipeline="p-1"))
        return crm
    if hasattr(owner, "model_construct"):
        return owner.model_construct(**FIELDS.get(owner.__name__, {}))
    try:
        return owner()
    except TypeError:
        return object.__new__(owner)


def takers() -> Iterator[Taker]:
    """Yield every parameter that is said to be a datetime: of promised modules of these rooms, and of the database."""
    ours = {cls.__module__: cls.__name__ for cls in CRM.__mro__ if cls.__module__.startswith("crmcore.app.")}
    for path in sources.modules():
        parts = path.relative_to(sources.SRC.parent).with_suffix("").parts
        module = ".".join(parts).removesuffix(".__init__")
        is_promised = not any(part.startswith("_") and part != "__init__" for part in parts)
        if module not in ours and (parts[1] not in ROOMS or not is_promised or module in MACHINERY):
            continue
        body = sources.tree(path).body
        owners = [("", body), *((node.name, node.body) for node in body if isinstance(node, ast.ClassDef))]
        for owner, lines in owners:
            for node in lines:
                if ours.get(module, owner) == owner and isinstance(node, ast.FunctionDef) and _is_promised(node, owner):
                    yield from (Taker(module, owner, node.name, *one) for one in _instants(node.args))


def _is_promised(node: ast.FunctionDef, owner: str) -> bool:
    is_told = not node.name.startswith("_") or node.name == "__init__"
    return is_told and not owner.startswith("_") and "overload" not in map(ast.unparse, node.decorator_list)


def _instants(arguments: ast.arguments) -> Iterator[tuple[str, str]]:
    """Yield the parameters that are instants, with what they are said to be; what is called local is a wall time."""
    for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        said = ast.unparse(each.annotation) if each.annotation else ""
        if each.arg != "local" and said in ("datetime", "datetime | None", "tuple[datetime, datetime]"):
            yield each.arg, said


@pytest.mark.parametrize("taker", list(takers()), ids=str)
def test_what_is_no_instant_is_refused(taker: Taker) -> None:
    """A time without a zone, a day, a text, a number and nothing at all are an InputError wherever an instant is asked for."""
    for wrong in WRONG:
        if wrong is None and "None" in taker.annotation:
            continue
        with pytest.raises(InputError, match=r"time zone|a zone"):
            taker.call((RIGHT, wrong) if taker.annotation.startswith("tuple") else wrong)
