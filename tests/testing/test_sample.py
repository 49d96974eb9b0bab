"""The sample is the same everywhere, has the truth, is as hard as it says, and cannot be solved by an equality."""

import csv
import hashlib
import subprocess
import sys
from collections import Counter, defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcore.errors import InputError
from crmcore.testing.sample import COLUMNS, Difficulty, generate, truth_path, write_sample

DIGEST = "abdd42351f2652f6"

CLEAN = Difficulty(
    typos=0,
    nicknames=0,
    initials=0,
    swaps=0,
    surname_variants=0,
    stale=0,
    placeholders=0,
    shared=0,
    families=0,
    namesakes=0,
)


@pytest.fixture(scope="module")
def sample():
    """Two thousand people of the usual difficulty."""
    return generate(2000, seed=3)


def by_person(sample, column):
    """Give the values of a column that each person has."""
    values = defaultdict(set)
    for person, value in zip(sample.truth, sample.columns[column], strict=True):
        if value:
            values[person].add(value.strip().lower())
    return values


def pairs_f1(keys, truth):
    """Score the rule that rows with an equal key are one person; rows without a key stand alone."""

    def pairs(labels):
        return sum(count * (count - 1) // 2 for count in Counter(labels).values())

    keyed = [key or ("alone", row) for row, key in enumerate(keys)]
    agreed = pairs(zip(keyed, truth, strict=True))
    return 2 * agreed / (pairs(keyed) + pairs(truth))


def test_every_row_has_all_columns_and_a_person(sample):
    """Columns are those promised, equally long, and every person asked for appears."""
    assert list(COLUMNS) == list(sample.columns)
    assert {len(sample)} == {len(column) for column in sample.columns.values()}
    assert set(range(2000)) == set(sample.truth)


def test_a_person_has_one_to_eight_rows(sample):
    """No one is missing and no one has more than eight rows; two and a half is usual."""
    counts = Counter(sample.truth).values()

    assert (1, 8) == (min(counts), max(counts))
    assert 2.3 < len(sample) / 2000 < 3.1


def test_same_seed_same_bytes_in_another_process(tmp_path):
    """Neither the process nor its hash seed changes a byte; the digest is pinned against accidents."""
    here, there = tmp_path / "here.csv", tmp_path / "there.csv"
    write_sample(here, people=300, seed=11, truth=True)
    code = f"from crmcore.testing.sample import write_sample; write_sample({str(there)!r}, people=300, seed=11, truth=True)"
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONHASHSEED": "77"})

    assert here.read_bytes() == there.read_bytes()
    assert truth_path(here).read_bytes() == truth_path(there).read_bytes()
    assert DIGEST == hashlib.sha256(here.read_bytes()).hexdigest()[:16]


def test_another_seed_gives_other_people():
    """The negative control of the test above: the seed matters."""
    assert generate(50, seed=1).columns != generate(50, seed=2).columns


def test_the_file_holds_what_generate_gives(tmp_path):
    """The CSV reads back to the same cells and the truth file names each row's person."""
    path = tmp_path / "people.csv"
    rows = write_sample(path, people=150, seed=5, truth=True)
    sample = generate(150, seed=5)
    with path.open(encoding="utf-8", newline="") as file:
        header, *lines = csv.reader(file)
    with truth_path(path).open(encoding="utf-8", newline="") as file:
        truth = list(csv.DictReader(file))

    assert list(COLUMNS) == header
    assert rows == len(lines) == len(sample)
    assert [[value or "" for value in row] for row in zip(*sample.columns.values(), strict=True)] == lines
    assert [(str(row), str(person)) for row, person in enumerate(sample.truth)] == [
        (line["row"], line["person"]) for line in truth
    ]


def test_no_truth_file_unless_asked(tmp_path):
    """The truth is written only when it is asked for, and never into the sample itself."""
    write_sample(tmp_path / "people.tsv", people=5)

    assert ["people.tsv"] == [path.name for path in tmp_path.iterdir()]
    assert "\t".join(COLUMNS) == (tmp_path / "people.tsv").read_text(encoding="utf-8").splitlines()[0]


def test_rows_come_source_by_source_and_do_not_give_the_person_away(sample):
    """Rows of one person stand together no more often than chance would have them."""
    together = sum(left == right for left, right in zip(sample.truth, sample.truth[1:], strict=False))
    sources = list(dict.fromkeys(sample.columns["source"]))

    assert together < 15
    assert sources == list(dict.fromkeys(sorted(sample.columns["source"], key=sources.index)))
    assert 7 == len(sources)


def test_equalities_do_not_solve_it(sample):
    """What an applicant tracking system checks today stays well below an F1 of 0.8."""
    columns, truth = sample.columns, sample.truth
    emails = [email and email.strip().lower() for email in columns["email"]]
    names = [
        last and first and (last.lower(), first[:2].lower())
        for last, first in zip(columns["last_name"], columns["first_name"], strict=True)
    ]

    assert 0.2 < pairs_f1(emails, truth) < 0.7
    assert 0.3 < pairs_f1(names, truth) < 0.75


def test_people_have_several_contact_points(sample):
    """Many people with several rows have more than one e-mail, phone or employer among them."""
    several = {
        column: sum(len(found) > 1 for found in by_person(sample, column).values()) for column in ("email", "company")
    }

    assert several["email"] > 400
    assert several["company"] > 400


def test_some_only_look_alike(sample):
    """Different people share a full name, a family mailbox or an agency's; birth dates are mostly missing."""
    people_of = defaultdict(set)
    boxes = defaultdict(set)
    for person, first, last, email in zip(
        sample.truth, sample.columns["first_name"], sample.columns["last_name"], sample.columns["email"], strict=True
    ):
        people_of[first, last].add(person)
        boxes[email].add(person)
    named_alike = sum(len(people) > 1 for name, people in people_of.items() if all(name))
    shared = [email for email, people in boxes.items() if email and len(people) > 1]
    born = sample.columns["date_of_birth"]

    assert named_alike > 80
    assert any(".family@" in email for email in shared)
    assert any(email.split("@")[0] in {"jobs", "cv", "info", "candidates", "office", "recruiting"} for email in shared)
    assert 0.02 < sum(value is not None for value in born) / len(born) < 0.15


def test_no_one_can_be_written_to(sample):
    """Every mailbox lies below the reserved .example; the rest are well-known placeholders."""
    placeholders = {"n/a", "none", "-", "unknown", "test@test.com", "noemail@noemail.com", "no-reply@example.com"}
    emails = {value.strip().lower() for name in ("email", "email_2") for value in sample.columns[name] if value}

    assert set() == {email for email in emails - placeholders if not email.endswith(".example")}


def test_difficulty_is_a_knob():
    """Without mistakes each person's names agree on all rows; with the usual ones they often do not."""

    def disagreeing(difficulty):
        surnames = by_person(generate(400, seed=9, difficulty=difficulty), "last_name")
        return sum(len(found) > 1 for found in surnames.values()) / 400

    assert disagreeing(Difficulty()) > 2 * disagreeing(CLEAN)


@settings(max_examples=20, deadline=None)
@given(people=st.integers(0, 60), seed=st.integers(0, 2**64))
def test_any_seed_and_size_work(people, seed):
    """Every number of people gives exactly those people; no cell holds a line break or surrounding tabs."""
    sample = generate(people, seed=seed)
    cells = [cell for column in sample.columns.values() for cell in column if cell is not None]

    assert set(range(people)) == set(sample.truth)
    assert not [cell for cell in cells if set(cell) & set("\n\r\t\0")]


def test_a_negative_number_of_people_is_refused():
    """The error says what is needed."""
    with pytest.raises(InputError, match="from 0 up, not -1"):
        generate(-1)
