"""What dedupe does with people: whom it joins, whom it keeps apart, and what it does not look at."""

import numpy as np
import pytest

from crmcore.matching import dedupe
from crmcore.testing.sample import generate

COLUMNS = ("first_name", "last_name", "email", "phone", "street", "city", "date_of_birth", "company")
FAR = {
    "first_name": "Zebedee",
    "last_name": "Quillfeather",
    "email": "zeb.quillfeather@far.example",
    "phone": "+44 1632 960755",
    "street": "17 Larkspur Mews",
    "city": "Whitby",
    "date_of_birth": "1971-03-29",
    "company": "Harbour Lights Ltd",
}


@pytest.fixture(scope="module")
def others():
    """Return contacts among whom the people of a test are to be found, so that there is something to learn from."""
    sample = generate(people=400, seed=6)
    return {name: sample.columns[name] for name in COLUMNS}


def among(others, *rows, **wishes):
    """Deduplicate the rows among the others; return the numbers of the rows and the result."""
    table = {name: [*cells, *(row.get(name) for row in rows)] for name, cells in others.items()}
    result = dedupe(table, **wishes)
    return result.cluster_ids[-len(rows) :].tolist(), result


def same(others, *rows, **wishes):
    """Say whether all rows became one person and nobody else joined them."""
    ids, result = among(others, *rows, **wishes)
    return len(set(ids)) == 1 and int((result.cluster_ids == ids[0]).sum()) == len(rows)


def apart(others, *rows):
    """Say whether each row became a person of its own."""
    return len(set(among(others, *rows)[0])) == len(rows)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"first_name": "Zebadee"},
        {"last_name": "Quilfeather"},
        {"first_name": "Quillfeather", "last_name": "Zebedee"},
        {"first_name": "ZEBEDEE", "last_name": "QUILLFEATHER", "email": "Zeb.Quillfeather@FAR.example"},
        {"phone": "01632 960755", "email": None},
        {"email": "zebedee@other.example", "phone": None},
        {"first_name": "Z.", "phone": None},
        {"street": "2 Other Road", "city": "Leeds", "company": "Someone Else GmbH"},
        {"date_of_birth": "1971-03-28"},
        {"street": None, "city": None, "company": None, "date_of_birth": None},
    ],
    ids=lambda change: " ".join(change) or "nothing",
)
def test_one_person_written_in_two_ways_is_one(others, change):
    """Slips, swaps, case, formats, moves and gaps do not make two people of one."""
    assert same(others, FAR, {**FAR, **change})


def test_nicknames_count():
    """Bill and William with one surname and birthday are one person, a Walter there is not."""
    sample = generate(people=400, seed=6)
    table = {name: sample.columns[name] for name in ("first_name", "last_name", "date_of_birth", "city")}
    base = {"last_name": "Quillfeather", "date_of_birth": "1971-03-29", "city": "Whitby"}
    rows = [{**base, "first_name": name} for name in ("William", "Bill")]
    (first, second), result = among(table, *rows)
    walter, unlike = among(table, rows[0], {**base, "first_name": "Walter"})

    assert first == second
    assert "nickname" in result.explain(len(sample), len(sample) + 1).evidence[0].agreement
    assert (
        unlike.explain(len(sample), len(sample) + 1).match_weight
        < result.explain(len(sample), len(sample) + 1).match_weight
    )
    assert len(walter) == 2


def test_swapped_names_are_found_and_said(others):
    """Given and family name in each other's column are nearly the same, in the explanation too."""
    swapped = {**FAR, "first_name": FAR["last_name"], "last_name": FAR["first_name"]}
    _, result = among(others, FAR, swapped)
    rows = len(others["email"])

    first, last = result.explain(rows, rows + 1).evidence[:2]

    assert (first.agreement[:15], last.agreement[:15]) == ("nearly the same", "nearly the same")
    assert first.match_weight > 0 < last.match_weight


def test_several_addresses_are_a_set():
    """The second address of one row is the first of the other: one column of sets, or two columns, find it."""
    sample = generate(people=200, seed=5)
    first, second = "zeb@far.example", "zebedee.q@work.example"
    names = [*sample.columns["first_name"], "Zebedee", "Zebedee"], [*sample.columns["last_name"], "Quill", "Quill"]
    known = [*zip(sample.columns["email"], sample.columns["email_2"], strict=True), (first, second), (second, None)]
    two_columns = {
        "first_name": names[0],
        "last_name": names[1],
        "email": [a for a, _ in known],
        "email_2": [b for _, b in known],
    }
    one_column = {"first_name": names[0], "last_name": names[1], "email": [[a, b] for a, b in known]}

    for table in (two_columns, one_column):
        result = dedupe(table)
        evidence = {piece.comparison: piece for piece in result.explain(len(sample), len(sample) + 1).evidence}

        assert result.cluster_ids[-1] == result.cluster_ids[-2]
        assert evidence["email"].agreement == "the same"


def persons(count):
    """Make people who share nothing at all."""
    sample = generate(people=6 * count, seed=9)
    seen, rows = set(), []
    for row, truth in enumerate(sample.truth):
        cells = {name: sample.columns[name][row] for name in COLUMNS}
        names = {cells["first_name"], cells["last_name"]}
        if truth not in seen and None not in names and not names & seen and len(rows) < count:
            rows.append(cells)
            seen |= names
        seen.add(truth)
    assert len(rows) == count
    return rows


@pytest.mark.parametrize(
    "shared",
    [
        {"email": "jobs@agency.example"},
        {"phone": "+44 20 7946 0777"},
        {"email": "jobs@agency.example", "phone": "+44 20 7946 0777"},
    ],
    ids=" and ".join,
)
def test_a_shared_inbox_does_not_make_forty_people_one(others, shared):
    """Candidates whom an agency sent with its own mailbox and switchboard stay themselves."""
    rows = [{**row, "company": None, **shared} for row in persons(40)]

    ids, _ = among(others, *rows)

    assert len(set(ids)) >= 39


HOME = {"last_name": "Quillfeather", "street": "17 Larkspur Mews", "city": "Whitby", "phone": "+44 1947 555 211"}


def test_a_family_may_have_one_mailbox(others):
    """What brothers and sisters share may be a mailbox too; little is left of what that would say of one person."""
    rows = [{**HOME, "first_name": name, "email": "home@far.example"} for name in ("Zebedee", "Philippa")]
    _, result = among(others, *rows)
    count = len(others["email"])

    told = result.explain(count, count + 1)

    assert told.relation == "of one household with one mailbox"
    assert told.correction < -20


def test_siblings_stay_apart(others):
    """One surname, one address and one telephone are a family; the given names and mailboxes tell them apart."""
    rows = [
        {**HOME, "first_name": name, "email": f"{name.lower()}@far.example"}
        for name in ("Zebedee", "Philippa", "Marcus")
    ]

    assert apart(others, *rows)


def test_siblings_without_mailboxes_stay_apart(others):
    """So they do where nothing else is known of them than the given name."""
    assert apart(others, *({**HOME, "first_name": name} for name in ("Zebedee", "Philippa", "Marcus")))


def test_namesakes_in_one_city_stay_apart(others):
    """One common name in one city is no person when mailbox, telephone, address and employer all differ."""
    rows = [
        {
            "first_name": "Maria",
            "last_name": "Garcia",
            "city": "Madrid",
            "email": mail,
            "phone": phone,
            "company": company,
            "street": street,
        }
        for mail, phone, company, street in (
            ("mgarcia77@uno.example", "+34 612 345 671", "Uno SL", "Calle Mayor 3"),
            ("flordelis@dos.example", "+34 698 111 250", "Dos SA", "Paseo del Prado 44"),
        )
    ]

    assert apart(others, *rows)


def test_missing_values_say_nothing(others):
    """An empty cell adds no bit, and is shown as not known."""
    _, result = among(others, {**FAR, "first_name": "Zebedee J"}, {**FAR, "email": None, "date_of_birth": "n/a"})
    rows = len(others["email"])

    unknown = {
        piece.comparison: piece.match_weight
        for piece in result.explain(rows, rows + 1).evidence
        if piece.agreement == "not known"
    }

    assert unknown == {"middle_name": 0.0, "email": 0.0, "date_of_birth": 0.0}


def test_an_ignored_column_has_no_influence(others):
    """What stands in an ignored column changes nothing; looked at, it does (the negative control)."""
    table = {**others, "person": [f"{row % 7}" for row in range(len(others["email"]))]}
    noise = {**others, "person": ["x"] * len(others["email"])}
    plain = dedupe(others)

    for data in (table, noise):
        result = dedupe(data, ignore=["person"])

        assert plain.cluster_ids.tolist() == result.cluster_ids.tolist()
        assert plain.pairs.match_weight.tolist() == result.pairs.match_weight.tolist()
    without_mail = dedupe(others, ignore=["email"])
    assert plain.pairs.match_weight.tolist() != without_mail.pairs.match_weight.tolist()
    assert "email" not in {guess.column for guess in without_mail.roles}


def test_a_role_can_be_told(others):
    """A column that the guess takes for something else is compared as it is told to be."""
    hidden = {("q7" if name == "email" else name): cells for name, cells in others.items()}
    result = dedupe({**hidden, "odd": ["same"] * len(others["email"])}, columns={"q7": "email", "odd": "notes"})

    assert {guess.column: guess.role.value for guess in result.roles}["q7"] == "email"
    assert dedupe(others).cluster_ids.tolist() == result.cluster_ids.tolist()


def test_the_same_table_gives_the_same_answer_twice(others):
    """Clusters, pairs and weights are the same, bit by bit."""
    first, second = dedupe(others), dedupe(others)

    assert np.array_equal(first.cluster_ids, second.cluster_ids)
    assert all(
        np.array_equal(a, b) for a, b in zip(first.pairs.columns.values(), second.pairs.columns.values(), strict=True)
    )
    assert first.rules == second.rules


def test_a_higher_threshold_joins_no_more(others):
    """The more certain one wants to be, the more people are left."""
    people = [
        len(set(dedupe(others, threshold=threshold).cluster_ids.tolist())) for threshold in (0.5, 0.8, 0.95, 0.999)
    ]

    assert sorted(people) == people
    assert people[0] < people[-1]
