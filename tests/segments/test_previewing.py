"""What a preview tells of its cost, on a store that judges everybody and on one that looks up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from crmcore.app import CRM
from crmcore.errors import KeyUnavailable
from crmcore.integrations.keys import LocalKeyring
from crmcore.model import ContactRecord, PersonName, Sensitivity, Skill
from crmcore.ports import Reader
from crmcore.query import Expression, F, sample
from crmcore.segments import previewed
from crmcore.storage import MemoryStore, Sealing, open_store

SIZE = 40
REDS = F.tag == "red"
HALF_OF_THEM = REDS & sample("spring", percent=50)


@pytest.fixture(params=["memory:", "sqlite"])
def crm(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[CRM]:
    """Forty people, every fourth one red, on each store."""
    url = request.param if request.param == "memory:" else f"sqlite:///{tmp_path}/crm.db"
    with CRM.open(url) as crm:
        with crm.unit(actor="ada") as unit:
            for number in range(SIZE):
                tags = ("red",) if number % 4 == 0 else ()
                unit.put(
                    ContactRecord(id=f"c{number}", headline=f"Poet {number}", tags=tags, skills=(Skill(name="sql"),))
                )
        yield crm


def test_what_a_database_answers_costs_no_judgement(crm: CRM) -> None:
    """It goes by its index and judges nobody; memory judges everybody."""
    found = crm.preview(REDS, sample=3)

    assert (10, 3) == (found.size, len(found.sample))
    if isinstance(crm.store, MemoryStore):
        assert (SIZE, False, ()) == (found.judged, found.is_exact, found.indexes)
    else:
        assert (0, True) == (found.judged, found.is_exact)
        assert any("tag" in index for index in found.indexes)


def test_what_a_database_leaves_is_judged_here(crm: CRM) -> None:
    """A sample is drawn in this process, from those whom the database finds red; nobody else is looked at."""
    found = crm.preview(HALF_OF_THEM, sample=1)

    assert found.size == len(list(crm.select(HALF_OF_THEM))) < 10
    assert not found.is_exact
    assert (SIZE if isinstance(crm.store, MemoryStore) else 10) == found.judged


@pytest.mark.parametrize("question", [REDS, HALF_OF_THEM, F.tag == "none"])
def test_the_cost_does_not_hang_on_the_sample(crm: CRM, question: Expression) -> None:
    """However many are shown, the size and the cost are the same."""
    costs = {(one.size, one.judged) for sample in (0, 1, 5, 100) for one in (crm.preview(question, sample=sample),)}

    assert 1 == len(costs)


def test_a_saved_segment_tells_its_cost(crm: CRM) -> None:
    """As a question does that is not saved."""
    view = crm.save_segment("reds", REDS, actor="ada")

    assert crm.preview(REDS) == view.preview()


class TellsNoCost:
    """The least of a store: it finds and counts, and does not say how."""

    def __init__(self, store: Reader) -> None:
        self.get = store.get
        self.find = store.find
        self.stream = store.stream
        self.count = store.count


def test_a_store_that_tells_no_cost_is_taken_to_judge_everybody(crm: CRM) -> None:
    """Size and sample are the same; the cost is the most that it may be."""
    found = previewed(TellsNoCost(crm.store), ContactRecord, REDS, sample=2)

    assert (10, 2, SIZE, False, ()) == (found.size, len(found.sample), found.judged, found.is_exact, found.indexes)


def test_a_sealed_store_tells_its_cost_by_its_blind_indexes(tmp_path: Path) -> None:
    """What lies sealed is found by the digest of its values, and then judged; without the keys nothing is told."""
    keyring = LocalKeyring.create(tmp_path / "keys.json")
    url, sealing = f"sqlite:///{tmp_path}/crm.db", Sealing(keyring, from_sensitivity=Sensitivity.PERSONAL)
    with open_store(url, sealing=sealing) as store:
        with store.unit(actor="ada") as unit:
            for number in range(SIZE):
                name = PersonName(given="Ada" if number % 4 == 0 else "Grace")
                unit.put(ContactRecord(id=f"c{number}", name=name, headline=f"Poet {number}"))
        by_index = previewed(store, ContactRecord, F.given_name == "Ada", sample=2)
        by_hand = previewed(store, ContactRecord, (F.given_name == "Ada") & sample("spring", percent=50), sample=2)

    assert (10, 0, True) == (by_index.size, by_index.judged, by_index.is_exact)
    assert (10, False) == (by_hand.judged, by_hand.is_exact)
    assert by_hand.size < 10
    with open_store(url) as store, pytest.raises(KeyUnavailable):
        previewed(store, ContactRecord, F.given_name == "Ada", sample=2)
