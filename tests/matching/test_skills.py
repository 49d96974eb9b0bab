"""What two records list as skills, as sets."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.matching import dedupe
from crmcore.matching._normal import country_key, skills_key
from crmcore.matching._skills import MOST, overlap
from crmcore.matching._texts import Texts

skill = st.sampled_from("java c# c++ sql tax node_js ui_ux go r excel payroll crm sap docker".split())


def slow_overlap(a, b):
    """Grade two sets by what both hold of what either holds."""
    mine, other = (set(text.split()[:MOST]) for text in (a, b))
    common, either = len(mine & other), len(mine | other)
    return 0 if not common else 1 + (3 * common >= either) + (3 * common >= 2 * either)


@given(
    lists=st.lists(st.sets(skill, min_size=1).map(sorted).map(" ".join), min_size=2, max_size=6, unique=True),
)
def test_levels_are_the_share_in_common(lists):
    """The arrays grade as the sets do, whichever comes first."""
    a, b = np.divmod(np.arange(len(lists) ** 2), len(lists))
    a, b = a[a != b], b[a != b]

    assert [slow_overlap(lists[i], lists[j]) for i, j in zip(a, b, strict=True)] == overlap(Texts(lists), a, b).tolist()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Node.js; C#, UI/UX", "c# node_js ui_ux"),
        ("SQL, sql ,  SQL;", "sql"),
        ("C++|C", "c c++"),
        ("CI/CD / Git / React", "ci_cd git react"),
        ("/ SQL /", "sql"),
        ("Comptabilité générale, TVA", "comptabilite_generale tva"),
        ("n/a", None),
        (" , ;", None),
    ],
)
def test_skills_are_words_in_order(text, expected):
    """Case, order, spacing and repeats do not matter; what stands for nothing is nothing."""
    assert expected == skills_key(text)


def test_countries_are_told_by_any_of_their_names():
    """A country is one, by code or by name in several languages."""
    assert ["de", "de", "de", "gb", "utopia"] == [
        country_key(text) for text in ("Germany", "DE", "Deutschland", "UK", "Utopia")
    ]


def test_skills_tell_namesakes_apart(sample_of_namesakes):
    """Two of one name in one city are two where they can do nothing alike, and one where they can do the same."""
    rows, table = sample_of_namesakes
    ids = dedupe(table).cluster_ids

    assert ids[rows] == ids[rows + 1]
    assert ids[rows] != ids[rows + 2]


@pytest.fixture(scope="module")
def sample_of_namesakes():
    """Return contacts, and three rows behind them: one person twice, and a namesake."""
    from crmcore.testing.sample import generate

    sample = generate(people=600, seed=9).columns
    shared = {"first_name": "Zebedee", "last_name": "Quillfeather", "city": "Whitby"}
    added = (
        {**shared, "skills": "Java, Docker, Terraform, SQL", "email": "zq@one.example"},
        {**shared, "skills": "SQL; Java; Docker; Terraform", "phone": "+44 1632 960755"},
        {**shared, "skills": "Payroll, Tax, Excel", "email": "pond77@two.example", "phone": "+44 1632 960111"},
    )
    table = {name: [*cells, *(row.get(name) for row in added)] for name, cells in sample.items()}
    return len(sample["email"]), table
