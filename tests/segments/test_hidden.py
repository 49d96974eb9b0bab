"""Who may not see a field asks nothing by it at the front door: neither a question, nor a segment, nor one inside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import pytest

from crmcore.app import CRM
from crmcore.errors import FieldHidden, InputError, NotFound
from crmcore.model import ContactRecord, SalaryExpectation, SegmentType
from crmcore.query import F, segment, to_json, words
from crmcore.testing import ManualClock, SequenceIds

PAY = frozenset({"salary_minimum"})
PAID = F.salary_minimum >= 48_000

ASKING: dict[str, Callable[..., object]] = {
    "select": lambda crm, question, **more: list(crm.select(question, **more)),
    "preview": lambda crm, question, **more: crm.preview(question, **more),
    "search": lambda crm, question, **more: crm.search(question, actor="eve", **more),
    "explain_sql": lambda crm, question, **more: crm.explain_sql(question, **more),
    "save_segment": lambda crm, question, **more: crm.save_segment("new", question, actor="eve", **more),
}
TELLING = {
    "python": PAID,
    "text": "salary_minimum >= 48000",
    "json": to_json(PAID),
    "a segment": segment("paid"),
    "a segment in text": 'in segment "paid"',
    "a segment inside one": ~segment("outer"),
    "a snapshot": segment("then"),
    "among others": (F.tag == "red") | segment("paid"),
}


@pytest.fixture
def crm() -> Iterator[CRM]:
    """Two people, one of them well paid, and segments that tell of it."""
    with CRM.open("sqlite://", clock=ManualClock(), new_id=SequenceIds()) as crm:
        with crm.unit(actor="ada") as unit:
            unit.put(
                ContactRecord(
                    id="c1", salary=SalaryExpectation(minimum=90_000, currency="EUR", period="year"), tags=("red",)
                )
            )
            unit.put(ContactRecord(id="c2"))
        crm.save_segment("paid", PAID, actor="ada")
        crm.save_segment("outer", segment("paid") & (F.tag == "red"), actor="ada")
        crm.save_segment("then", PAID, actor="ada").to_snapshot(actor="ada")
        crm.save_segment("reds", F.tag == "red", actor="ada")
        crm.follow_segments()
        yield crm


@pytest.mark.parametrize("question", TELLING.values(), ids=TELLING)
@pytest.mark.parametrize("ask", ASKING.values(), ids=ASKING)
def test_what_is_hidden_is_refused_by_every_door(crm: CRM, ask: Callable[..., object], question: object) -> None:
    """Refused, not empty; nothing is written, not even that somebody searched."""
    before = crm.logical_digest()
    with pytest.raises(FieldHidden):
        ask(crm, question, hidden=PAY)

    assert before == crm.logical_digest()
    ask(crm, question, hidden={"born"})
    ask(crm, question)


@pytest.mark.parametrize("ask", ASKING.values(), ids=ASKING)
def test_what_tells_of_nothing_hidden_is_answered(crm: CRM, ask: Callable[..., object]) -> None:
    """Other fields, other segments and words of other fields may be asked for."""
    ask(crm, segment("reds") & words("ada"), hidden=PAY)


@pytest.mark.parametrize("key", ["paid", "outer", "then"])
def test_a_segment_that_tells_of_what_is_hidden_is_not_opened(crm: CRM, key: str) -> None:
    """Its members would tell; the error names the segment, and neither the field nor the value."""
    with pytest.raises(FieldHidden, match=f"segment '{key}'") as caught:
        crm.segment(key, hidden=PAY)

    assert "salary" not in str(caught.value)
    assert "48" not in str(caught.value)
    assert key == crm.segment(key, hidden={"born"}).key
    with pytest.raises(NotFound):
        crm.segment("nothing", hidden=PAY)


def test_a_single_text_hides_nothing_and_is_refused(crm: CRM) -> None:
    """Its letters are the keys of nothing; whoever passes it meant one key."""
    with pytest.raises(InputError, match="keys of what is hidden"):
        crm.select("born is known", hidden="salary_minimum")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="keys of what is hidden"):
        crm.segment("reds", hidden="salary_minimum")  # type: ignore[arg-type]


READING: dict[str, Callable[..., object]] = {
    "record": lambda view: view.record,
    "preview": lambda view: view.preview(),
    "members": lambda view: list(view.members()),
    "explain": lambda view: view.explain("c1"),
    "search": lambda view: view.search(actor="eve"),
    "as_of": lambda view: list(view.as_of(date(2026, 1, 1))),
    "changes": lambda view: list(view.changes()),
    "include": lambda view: view.include("c2", actor="eve"),
    "to_manual": lambda view: view.to_manual(actor="eve"),
    "copy": lambda view: view.copy("mine", actor="eve"),
}


@pytest.mark.parametrize("read", READING.values(), ids=READING)
def test_an_opened_segment_is_closed_when_it_begins_to_tell(crm: CRM, read: Callable[..., object]) -> None:
    """It is looked at each time: somebody else may have let it ask something else."""
    view = crm.segment("reds", hidden=PAY)
    crm.save_segment("reds", segment("outer"), actor="ada")
    with pytest.raises(FieldHidden, match="segment 'reds'"):
        read(view)
    crm.save_segment("reds", F.tag == "red", actor="ada")
    read(view)


def test_who_may_not_see_a_segment_changes_nothing_of_it(crm: CRM) -> None:
    """Neither a name nor who is in it by hand; but it may be given another question."""
    with pytest.raises(FieldHidden, match="segment 'paid'"):
        crm.save_segment("paid", name="Rich", includes=("c2",), actor="eve", hidden=PAY)
    saved = crm.save_segment("paid", F.tag == "red", actor="eve", hidden=PAY)

    assert SegmentType.DYNAMIC is saved.record.type
    assert "" == saved.record.name
