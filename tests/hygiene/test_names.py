"""People's names are taken apart, and nothing is invented."""

from __future__ import annotations

import pytest

from crmcore.hygiene import NameOrder, Verdict, clean_name, nickname_groups, same_given_name

# raw -> prefix | given | middle | family | suffix | preferred
NAMES = {
    "Ada Lovelace": "|Ada||Lovelace||",
    "Prof. Dr. Hans-Peter van den Berg": "Prof. Dr.|Hans-Peter||van den Berg||",
    "BERG, JAN VAN DEN": "|Jan||van den Berg||",
    "Smith, John Q.": "|John|Q.|Smith||",
    "Smith, Jr., John": "|John||Smith|Jr.|",
    "John Smith, PhD, MBA": "|John||Smith|PhD MBA|",
    "Jack Ma": "|Jack||Ma||",
    "Sammy Davis Jr.": "|Sammy||Davis|Jr.|",
    "JOHN SMITH III": "|John||Smith|III|",
    'Robert "Bob" Smith': "|Robert||Smith||Bob",
    "Robert (Bob) Smith": "|Robert||Smith||Bob",
    "Anna Müller (geb. Schmidt)": "|Anna||Müller||",
    "Sukarno": "|Sukarno||||",
    "Mr Smith": "Mr|||Smith||",
    "Pierre DUPONT": "|Pierre||Dupont||",
    "DUPONT Pierre": "|Pierre||Dupont||",
    "SEAN O'BRIEN": "|Sean||O'Brien||",
    "ronald mcdonald": "|Ronald||McDonald||",
    "José Ortega y Gasset": "|José||Ortega y Gasset||",
    "Osama bin Laden": "|Osama||bin Laden||",
    "Khalid al-Rashid": "|Khalid||al-Rashid||",
    "Don Smith": "|Don||Smith||",
    "Don Pedro Almodóvar": "Don|Pedro||Almodóvar||",
    "ИВАН ИВАНОВ": "|Иван||Иванов||",
    "王小明": "|王小明||||",
    "von Trapp": "|||von Trapp||",
}


@pytest.mark.parametrize("raw", NAMES)
def test_a_name_is_taken_apart(raw):
    """Titles, particles, suffixes, nicknames, commas and capitals are understood."""
    name = clean_name(raw).value

    assert NAMES[raw].split("|") == [name.prefix, name.given, name.middle, name.family, name.suffix, name.preferred]


@pytest.mark.parametrize(
    ("raw", "verdict", "code"),
    [
        ("12345", Verdict.INVALID, "no-letters"),
        ("ada@example.org", Verdict.INVALID, "address-for-name"),
        ("test", Verdict.INVALID, "placeholder"),
        ("Max Mustermann", Verdict.INVALID, "placeholder"),
        ("<script>alert(1)</script>", Verdict.INVALID, "not-a-name"),
        ("Dr.", Verdict.INVALID, "title-only"),
        ("n/a", Verdict.MISSING, "marker"),
        ("unknown", Verdict.MISSING, "marker"),
        ("Null", Verdict.DOUBTFUL, "marker-or-name"),
        ("JosÃ© GarcÃ\u00ada", Verdict.DOUBTFUL, "mojibake"),
        ("John and Mary Smith", Verdict.DOUBTFUL, "several-people"),
        ("A 12345", Verdict.INVALID, "number-for-name"),
        ("jacques 1857-1928", Verdict.DOUBTFUL, "digits"),
        ("R2 Detoo", Verdict.DOUBTFUL, "digits"),
    ],
)
def test_what_is_no_name_is_told_apart(raw, verdict, code):
    """Numbers, addresses, stand-ins and garbled letters get a verdict and a reason."""
    cleaned = clean_name(raw)

    assert (cleaned.verdict, cleaned.reasons[0].code) == (verdict, code)


def test_a_real_surname_that_looks_like_a_marker_stays():
    """Jennifer Null is a person."""
    cleaned = clean_name("Jennifer Null")

    assert (cleaned.verdict, cleaned.value.family) == (Verdict.VALID, "Null")


def test_order_is_said_and_not_guessed():
    """The same text is read in the order that the caller says."""
    hungarian = clean_name("Nagy Anna", order=NameOrder.FAMILY_FIRST).value
    spanish = clean_name("Gabriel García Márquez", order=NameOrder.TWO_FAMILY).value

    assert (hungarian.given, hungarian.family) == ("Anna", "Nagy")
    assert (spanish.given, spanish.middle, spanish.family) == ("Gabriel", "", "García Márquez")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Bob", "Robert"),
        ("Liz", "elizabeth"),
        ("Pepe", "José"),
        ("Sasha", "Aleksandr"),
        ("Kuba", "Jakub"),
        ("Wim", "Willem"),
    ],
)
def test_nicknames_in_several_languages_meet(one, other):
    """A short form and its name are the same given name, in both directions."""
    assert same_given_name(one, other)
    assert same_given_name(other, one)


def test_different_names_do_not_meet():
    """Names that no group joins stay apart, and nothing equals nothing."""
    assert not same_given_name("Robert", "Elizabeth")
    assert not same_given_name("", "")
    assert len(nickname_groups()) >= 250
