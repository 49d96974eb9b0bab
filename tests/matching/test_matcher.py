"""A matcher: fitted once, used on any table like it, kept in a file."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcore.errors import ContradictoryDecisions, CrmcoreError, InputError, UnknownColumn, UnreadableFile
from crmcore.matching import Matcher, PairDecision, PairVerdict, dedupe, link, pairwise_scores
from crmcore.testing.sample import generate

if TYPE_CHECKING:
    from pathlib import Path

    from crmcore.matching import Deduplication, Pairs

PEOPLE = {
    "id": ["1", "2", "3", "4", "5"],
    "name": ["Ada Lovelace", "Lovelace, Ada", "Alan Turing", "Grace Hopper", "Grace B. Hopper"],
    "email": ["ada@x.example", "ada@x.example", "alan@y.example", "grace@navy.example", None],
    "phone": [None, "020 7946 0018", "020 7946 0123", "0171 555 2931", "0171 555 2931"],
}


def columns(people: int, *, seed: int) -> dict[str, list[str]]:
    """Return a generated table with doubles."""
    return {name: list(cells) for name, cells in generate(people=people, seed=seed).columns.items()}


def said(result: Deduplication, *pairs: tuple[int, int, str]) -> list[PairDecision]:
    """Return decisions about rows."""
    return [result.decide(left, right, verdict, by="Eve") for left, right, verdict in pairs]


@pytest.mark.parametrize("seed", [1, 2])
def test_a_matcher_answers_as_the_function_does(seed: int):
    """Fitting, and then matching the same table, is what `dedupe` does in one go."""
    table = columns(300, seed=seed)

    fitted, at_once = Matcher.fit(table).dedupe(table), dedupe(table)

    assert at_once.cluster_ids.tolist() == fitted.cluster_ids.tolist()
    assert at_once.pairs.match_weight.tolist() == fitted.pairs.match_weight.tolist()
    assert [(each.column, each.role) for each in at_once.roles] == [(each.column, each.role) for each in fitted.roles]


def test_a_matcher_links_as_the_function_does():
    """Two tables are learned from as two tables."""
    left, right = columns(200, seed=3), columns(200, seed=3)

    fitted, at_once = Matcher.fit(left, right).link(left, right), link(left, right)

    assert at_once.links.left.tolist() == fitted.links.left.tolist()
    assert at_once.links.match_weight.tolist() == fitted.links.match_weight.tolist()


def test_a_saved_matcher_is_the_same_matcher(tmp_path: Path):
    """What is loaded equals what was saved, and is saved to the same bytes."""
    table = columns(200, seed=4)
    matcher = Matcher.fit(table, ignore=["city"])
    matcher = matcher.learn(said(matcher.dedupe(table), (0, 1, "different"), (2, 3, "unsure")))
    first, second = tmp_path / "first.json", tmp_path / "second.json"

    matcher.save(first)
    loaded = Matcher.load(first)
    loaded.save(second)

    assert loaded == matcher
    assert first.read_bytes() == second.read_bytes()
    assert first.read_text(encoding="utf-8").count("\n") > 50  # so that a difference shows line by line


def test_fitting_twice_gives_the_same_bytes(tmp_path: Path):
    """The same data give the same file, in whatever order the rows come."""
    table = columns(200, seed=5)
    order = np.random.default_rng(0).permutation(len(table["city"]))
    shuffled = {name: [cells[at] for at in order] for name, cells in table.items()}
    files = [tmp_path / "given.json", tmp_path / "shuffled.json"]

    for path, data in zip(files, (table, shuffled), strict=True):
        Matcher.fit(data).save(path)

    assert files[0].read_bytes() == files[1].read_bytes()


def test_a_matcher_holds_no_address_and_no_telephone(tmp_path: Path):
    """What few people share cannot be read out of a file that is handed on."""
    table = columns(300, seed=6)

    Matcher.fit(table).save(tmp_path / "m.json")
    text = (tmp_path / "m.json").read_text(encoding="utf-8")

    private = [value for name in table if "mail" in name.lower() or "phone" in name.lower() for value in table[name]]
    assert private
    assert not [value for value in private if value and len(value) > 4 and value in text]


def test_a_matcher_serves_a_table_with_other_headers_and_fewer_columns():
    """Columns are known by what they hold."""
    table = columns(300, seed=7)
    matcher = Matcher.fit(table)
    roles = {str(role): name for name, role in matcher.roles.items()}
    ours = {"Mail address": table[roles["email"]], "Surname": table[roles["family_name"]]}

    result = matcher.dedupe(ours)

    held = [mail for mail in ours["Mail address"] if mail]
    together = [mail for mail in set(held) if held.count(mail) > 1]
    assert together
    assert {"email", "family_name"} <= {guess.role.value for guess in result.roles}
    assert 0 < result.pairs.left.size


def test_nothing_to_go_by_is_no_fault():
    """A table that says nothing about who a row is leaves all apart, fitted or not."""
    useless = {"status": ["new", "new", "old"]}

    matcher = Matcher.fit(useless)

    assert [0, 1, 2] == matcher.dedupe(useless).cluster_ids.tolist()
    assert [0, 1, 2, 3, 4] == matcher.dedupe(PEOPLE).cluster_ids.tolist()
    assert 0 == len(Matcher.fit(PEOPLE).link(useless, PEOPLE).links)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no JSON"),
        (b"\xff\xfe", "no JSON"),
        (b"[]", "is no matcher"),
        (b'{"format": "crmcore.matcher/99"}', "crmcore.matcher/99"),
        (b'{"format": "crmcore.matcher/1", "roles": {"a": "queen"}}', "roles.a"),
        (b'{"format": "crmcore.matcher/1", "roles": {}}', "model"),
    ],
)
def test_what_is_no_matcher_is_refused_by_name(tmp_path: Path, content: bytes, reason: str):
    """A damaged, foreign or newer file says what is wrong with it."""
    path = tmp_path / "m.json"
    path.write_bytes(content)

    with pytest.raises(UnreadableFile, match=reason):
        Matcher.load(path)


def test_a_missing_file_is_refused(tmp_path: Path):
    """There is nothing to load."""
    with pytest.raises(UnreadableFile, match="No such file"):
        Matcher.load(tmp_path / "none.json")


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_a_damaged_file_never_loads_as_another_matcher(data: st.DataObject):
    """A file of which something is cut out is refused, or is the same matcher still."""
    matcher = Matcher.fit(PEOPLE)
    told = json.loads(matcher.model_dump_json())
    place, key = told, ""
    while isinstance(place, dict) and place:
        inside, key = place, data.draw(st.sampled_from(sorted(place)))
        place = inside[key]
        if data.draw(st.booleans()):
            break
    del inside[key]

    try:
        found = Matcher.model_validate(told)
    except ValueError:
        return
    assert inside is told["roles"] or inside is told["model"]["relations"] or found == matcher


def test_the_last_word_on_a_pair_counts():
    """Who decides again replaces what was decided; the order within a pair is no matter."""
    matcher = Matcher.fit(PEOPLE)
    result = matcher.dedupe(PEOPLE)

    matcher = matcher.learn(said(result, (0, 1, "different"))).learn(said(result, (1, 0, "same")))

    assert [PairVerdict.SAME] == [each.verdict for each in matcher.decisions]


def test_contradictions_name_the_chain():
    """Who is the same as one who is the same as one who is different: which decision is wrong is for people to say."""
    matcher = Matcher.fit(PEOPLE)
    result = matcher.dedupe(PEOPLE)

    with pytest.raises(ContradictoryDecisions, match="'1' is the same as '2', which is the same as '3', but '1'"):
        matcher.learn(said(result, (0, 1, "same"), (1, 2, "same_person_keep_both"), (0, 2, "different")))


def test_a_decision_can_be_withdrawn():
    """Then the matcher is as before."""
    matcher = Matcher.fit(PEOPLE)

    learned = matcher.learn(said(matcher.dedupe(PEOPLE), (0, 1, "different")))

    assert learned != matcher
    assert matcher == learned.forget("2", "1")
    with pytest.raises(InputError, match="nothing was decided"):
        matcher.forget("2", "1")


def test_the_same_key_in_two_tables_is_two_records():
    """A decision across tables does not speak of one table."""
    found = link(PEOPLE, PEOPLE)

    decision = found.decide(0, 0, "different")

    assert decision.across
    assert ("1", "1") == decision.pair
    with pytest.raises(ValueError, match="about two records"):
        PairDecision(left="1", right="1", verdict=PairVerdict.SAME)


def test_links_obey_decisions():
    """What was decided is linked, or not, whatever the evidence."""
    matcher = Matcher.fit(PEOPLE, PEOPLE)
    found = matcher.link(PEOPLE, PEOPLE)
    pairs = set(zip(found.links.left.tolist(), found.links.right.tolist(), strict=True))
    assert (2, 2) in pairs
    assert (2, 4) not in pairs

    matcher = matcher.learn([found.decide(2, 2, "different"), found.decide(2, 4, "same")])
    links = matcher.link(PEOPLE, PEOPLE, one_to_one=True).links
    pairs = set(zip(links.left.tolist(), links.right.tolist(), strict=True))

    assert (2, 4) in pairs
    assert (2, 2) not in pairs
    assert not {pair for pair in pairs if pair[1] == 4} - {(2, 4)}


def test_review_asks_no_question_twice_until_a_value_changes():
    """A pair that was answered stays away, and comes again with another telephone."""
    table = columns(400, seed=8)
    matcher = Matcher.fit(table)
    result = matcher.dedupe(table)
    asked = result.review(5)
    left, right = int(asked.left[0]), int(asked.right[0])
    decision = result.decide(left, right, "unsure")
    strongest = max(decision.grounds, key=lambda name: abs(decision.grounds[name].bits))
    changed = decision.evolve(
        grounds={**decision.grounds, strongest: decision.grounds[strongest].evolve(digest="00000000")}
    )

    again = {
        name: pairs_of(matcher.learn([told]).dedupe(table).review(5))
        for name, told in (("as it was", decision), ("another value", changed))
    }

    assert 5 == len(asked)
    assert (left, right) not in again["as it was"]
    assert (left, right) in again["another value"]


def pairs_of(pairs: Pairs) -> set[tuple[int, int]]:
    """Return pairs as a set."""
    return set(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))


def test_digests_do_not_depend_on_which_row_is_left():
    """A decision holds for both orders."""
    result = dedupe(PEOPLE)

    one, other = result.decide(0, 1, "same"), result.decide(1, 0, "same")

    assert one.grounds == other.grounds
    assert one.pair == other.pair


def test_decisions_move_what_comparisons_are_worth():
    """Where people keep saying that sharing a company says nothing, it counts for less; without decisions, as before."""
    table = columns(400, seed=9)
    matcher = Matcher.fit(table)
    result = matcher.dedupe(table)
    email = next(each.name for each in matcher.model.comparisons if each.role == "email")
    alike = [
        decision
        for left, right in zip(result.pairs.left.tolist(), result.pairs.right.tolist(), strict=True)
        if (decision := result.decide(left, right, "different")).grounds.get(email) and decision.grounds[email].bits > 5
    ][:30]

    learned = matcher.learn(alike)
    factors = {each.name: each.factor for each in learned.model.comparisons}

    assert alike
    assert factors[email] < 0.9
    assert matcher.model == matcher.learn([]).model


@pytest.mark.parametrize(
    ("rows", "reason"),
    [({"id": ["1", "1"]}, "rows 0 and 1 hold the same"), ({"id": ["1", None]}, "row 1 holds nothing")],
)
def test_a_key_names_each_record(rows: dict[str, list[str | None]], reason: str):
    """Where it does not, the rows are named; their values are not shown."""
    table = {**rows, "name": ["Ada Lovelace", "Alan Turing"]}
    result = dedupe(table, key="id")

    with pytest.raises(InputError, match=reason):
        result.decide(0, 1, "same")


def test_a_key_that_is_not_there_is_refused_at_once():
    """Before anything is learned."""
    with pytest.raises(UnknownColumn, match="'emial'"):
        Matcher.fit(PEOPLE, key="emial")


def test_rows_without_ids_are_known_by_what_they_hold():
    """Whatever the order of rows and columns; equal rows are numbered."""
    table = {"name": ["Ada Lovelace", "Alan Turing", "Ada Lovelace"], "city": ["London", None, "London"]}
    turned = {"city": table["city"][::-1], "name": table["name"][::-1]}

    keys, others = dedupe(table).keys, dedupe(turned).keys

    assert set(keys) == set(others)
    assert 3 == len(set(keys))
    assert keys[2] == f"{keys[0]}-2"


def test_a_record_is_known_by_its_source_and_its_id_there():
    """Two sources may count from one alike; a row without an id, or with one said twice, is known by what it holds."""
    table = {
        "source": ["ats", "board", "ats", None, "ats", "ats"],
        "source_id": ["1", "1", None, "7", "9", "9"],
        "name": ["Ada Lovelace", "Alan Turing", "Ada King", "Eve Adams", "Bo Li", "Di Wu"],
    }
    changed = {**table, "name": ["Ada L.", "A. Turing", "Ada King", "Eve A.", "Bo Li", "Di Wu"]}
    keys = list(dedupe(table).keys)

    assert ["ats:1", "board:1", "7"] == [keys[0], keys[1], keys[3]]
    assert keys == list(dedupe(changed).keys)
    assert 6 == len(set(keys))
    assert all(len(keys[row]) == 16 for row in (2, 4, 5))


def test_people_keep_their_ids():
    """Rows that come, go and change leave a person's id as it is."""
    table = columns(300, seed=10)
    rows = len(table["city"])
    keyed = {"key": [str(row) for row in range(rows)], **table}
    matcher = Matcher.fit(keyed, key="key")
    first = matcher.dedupe(keyed)
    kept = np.random.default_rng(1).permutation(rows)[: rows * 9 // 10].tolist()
    later = {name: [cells[row] for row in kept] for name, cells in keyed.items()}

    second = matcher.dedupe(later, before=first)
    third = matcher.dedupe(keyed, before=second)

    came_from: dict[str, set[str]] = {}
    went_to: dict[str, set[str]] = {}
    for row, person in zip(kept, second.person_ids, strict=True):
        came_from.setdefault(person, set()).add(first.person_ids[row])
        went_to.setdefault(first.person_ids[row], set()).add(person)
    unchanged = [old for old, new in went_to.items() if len(new) == 1 and came_from[next(iter(new))] == {old}]
    assert len(unchanged) > 200
    assert all(went_to[old] == {old} for old in unchanged)
    assert len(set(second.person_ids)) == int(second.cluster_ids.max()) + 1
    assert sum(a == b for a, b in zip(first.person_ids, third.person_ids, strict=True)) > 0.95 * rows


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef"), st.sampled_from(list(PairVerdict)))))
def test_decisions_are_held_or_refused(told: list[tuple[str, str, PairVerdict]]):
    """Whatever is said: the last word on each pair is kept, or a contradiction is named that is one."""
    decisions = [PairDecision(left=a, right=b, verdict=verdict) for a, b, verdict in told if a != b]
    matcher = Matcher.fit({"status": ["x"]})
    last = {decision.pair: decision.verdict for decision in decisions}

    try:
        learned = matcher.learn(decisions)
    except ContradictoryDecisions as refused:
        chain = refused.chain
        links = [tuple(sorted(pair)) for pair in pairwise(chain)]
        assert all(last[pair].joins for pair in links)
        assert last[tuple(sorted((chain[0], chain[-1])))] is PairVerdict.DIFFERENT
    else:
        assert last == {decision.pair: decision.verdict for decision in learned.decisions}


def test_every_refusal_is_the_librarys():
    """Verdicts that are none, and rows that are not there."""
    result = dedupe(PEOPLE)

    with pytest.raises(ValueError, match="verdict"):
        result.decide(0, 1, "maybe")
    with pytest.raises(CrmcoreError, match="no row 9"):
        result.decide(0, 9, "same")


@pytest.mark.parametrize(("people", "kept"), [(300, 1.0), (2000, 0.15)], ids=["a small pool", "a part of a pool"])
def test_a_table_of_another_size_has_its_own_rate_of_doubles(people: int, kept: float):
    """Of two random rows of a small pool many more are one person than in a large one; of a part of it, no more."""
    matcher = Matcher.fit(columns(2000, seed=11))
    sample = generate(people=people, seed=12)
    rows = np.flatnonzero(np.random.default_rng(2).random(len(sample.truth)) < kept).tolist()
    table = {name: [cells[row] for row in rows] for name, cells in sample.columns.items()}
    truth = [sample.truth[row] for row in rows]

    told, own = matcher.dedupe(table), dedupe(table)

    rates = [float(np.log2(result._learned.model.prior)) for result in (told, own)]
    assert rates[0] == pytest.approx(rates[1], abs=0.7)
    assert pairwise_scores(told.cluster_ids, truth).f1 > pairwise_scores(own.cluster_ids, truth).f1 - 0.04
    assert pairwise_scores(told.cluster_ids, truth).precision > 0.88
