"""Normal forms for likeness: stable, never empty, never an accident; spellings of one thing become one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.matching import _normal

KEYS = [
    _normal.plain_key,
    _normal.name_key,
    _normal.text_key,
    _normal.code_key,
    _normal.phone_key,
    _normal.email_key,
    _normal.date_key,
    _normal.company_key,
    _normal.linkedin_key,
    _normal.github_key,
    _normal.url_key,
]
lone = st.text(st.characters(exclude_categories=()), max_size=40)
written = lone | st.text("0123456789+-./ ()x#@<>:aAé,'’", max_size=30)


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.__name__)
@given(text=written)
def test_a_key_is_a_text_or_nothing_and_is_its_own_key(key, text):
    """Any text has a normal form or none, never an empty one; the normal form of a normal form is itself, or none."""
    found = key(text)

    assert found is None or found
    if found is not None:
        assert key(found) in (found, None)


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.__name__)
@pytest.mark.parametrize("text", ["", " ", "\0", "-", "n/a", "NULL", "\ud800", "\u200b", "." * 200_000, "a" * 200_000])
def test_nothing_and_far_too_much_are_no_accident(key, text):
    """Empty, invisible and endless cells have a short normal form or none."""
    found = key(text)

    assert found is None or 0 < len(found) <= 200


@pytest.mark.parametrize(
    ("key", "spellings"),
    [
        (_normal.name_key, ["O'Brien", "O’Brien", "OBRIEN", "Dr. O'Brien", "Mrs O'Brien "]),
        (_normal.name_key, ["José-María", "jose maria", "JOSE  MARÍA"]),
        (_normal.name_key, ["Łukasz", "Lukasz"]),
        (_normal.name_key, ["N", "n.", "Dr. N."]),
        (_normal.name_key, ["Becker", "Becker (she/her)", "Becker (they/them/theirs)", "Becker MBA"]),
        (_normal.name_key, ["Byron", "Lord Byron", "6th Byron, Bt.", "Reverend Byron PhD"]),
        (
            _normal.phone_key,
            ["+44 20 7946 0018", "020 7946 0018", "(020) 79460018", "0044-20-7946-0018", "020 7946 0018 ext. 12"],
        ),
        (
            _normal.phone_key,
            ["6173322469.0", "(617) 332-2469", "+1 617 332 2469", "6.173322469E+09", "011 1 617 332 2469"],
        ),
        (_normal.phone_key, ["22708586", "+4722708586", "0047 22 70 85 86", "+47 (0)22 70 85 86", "22708586.00"]),
        (_normal.phone_key, ["+353 1 679 7124", "01 679 7124", "tel: 00353-1-679-7124"]),
        (_normal.phone_key, ["+39 06 6988 3462", "06 69883462"]),
        (
            _normal.email_key,
            ["ada@x.example", "Ada <ADA@X.example>", "mailto:ada@x.example", "ada+jobs@x.example", " ada@x.example;"],
        ),
        (
            _normal.date_key,
            ["1815-12-10", "10 December 1815", "18151210", "1815/12/10", "1815-12-10T00:00:00", "10.12.1815"],
        ),
        (_normal.code_key, ["TQ13 8DF", "tq138df", "TQ13-8DF"]),
        (
            _normal.linkedin_key,
            [
                "https://www.linkedin.com/in/ada-lovelace-1815",
                "HTTP://WWW.LINKEDIN.COM/IN/ADA-LOVELACE-1815/",
                "www.linkedin.com/in/ada-lovelace-1815?utm_source=share",
                "de.linkedin.com/in/Ada-Lovelace-1815/details/skills",
                "in/ada-lovelace-1815",
                "ada-lovelace-1815",
            ],
        ),
        (
            _normal.company_key,
            ["Acme Ltd", "ACME Limited", "The Acme Co., Ltd.", "acme", "Acme AG Ltd.", "Acme S.p.A."],
        ),
        (_normal.company_key, ["Müller & Söhne GmbH", "Muller und Sohne", "MÜLLER SÖHNE GmbH & Co. KG"]),
        (_normal.github_key, ["https://github.com/Ada", "github.com/ada/engine?tab=readme", "@ada", "ada"]),
        (_normal.url_key, ["https://www.ada.example/", "ada.example", "http://ada.example?utm_source=x"]),
        (_normal.text_key, ["12 Main Street", "Main Street 12", "MAIN STREET, 12"]),
    ],
)
def test_spellings_of_one_thing_have_one_key(key, spellings):
    """Case, marks, order and international forms do not matter."""
    assert len({key(text) for text in spellings}) == 1
    assert key(spellings[0]) is not None


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (_normal.phone_key, "0000000000"),
        (_normal.phone_key, "123456789"),
        (_normal.phone_key, "12"),
        (_normal.phone_key, "+44"),
        (_normal.phone_key, "00 000 000"),
        (_normal.phone_key, "4.42E+11"),
        (_normal.email_key, "test@test.com"),
        (_normal.email_key, "ada"),
        (_normal.email_key, "@x.example"),
        (_normal.name_key, "12345"),
        (_normal.name_key, "n/a"),
        (_normal.name_key, "\\N"),
        (_normal.name_key, "Mrs."),
        (_normal.name_key, "1st"),
        (_normal.code_key, "000-000"),
        (_normal.date_key, "soon"),
        (_normal.plain_key, "unknown"),
        (_normal.linkedin_key, "https://www.linkedin.com/"),
        (_normal.linkedin_key, "https://www.linkedin.com/feed/?trk=x"),
        (_normal.github_key, "github.com"),
        (_normal.url_key, "n/a"),
        (_normal.company_key, "self-employed"),
        (_normal.company_key, "Freelancer"),
        (_normal.company_key, "unemployed"),
    ],
)
def test_placeholders_are_nothing(key, text):
    """What people and programs write where there is nothing to write is no value."""
    assert key(text) is None


@pytest.mark.parametrize(
    ("key", "one", "other"),
    [
        (_normal.linkedin_key, "linkedin.com/in/ada-lovelace", "linkedin.com/in/ada-lovelace-1815"),
        (_normal.linkedin_key, "linkedin.com/in/ada", "github.com/ada"),
        (_normal.url_key, "linkedin.com/in/ada", "github.com/ada"),
        (_normal.url_key, "ada.example/cv", "ada.example/blog"),
    ],
)
def test_different_pages_have_different_keys(key, one, other):
    """A handle is one at its network only, and every sign of it counts."""
    assert key(one) != key(other)


words = st.sampled_from(
    "Acme Oak AG Ltd. S.p.A. GmbH & Co KG The of Inc self-employed Student AB OOO x L.L.C. O'Hara und Pty n/a 3M".split()
)


@given(text=st.lists(words, max_size=6).map(" ".join) | st.text("abcO' .-,&/12", max_size=20))
def test_a_company_is_read_quickly_as_thoroughly(text):
    """The short way for usual names gives what the long one gives."""
    assert _normal.thorough_company_key(text) == _normal.company_key(text)


@given(
    country=st.sampled_from(["1", "44", "47", "65", "353", "971"]),
    number=st.from_regex(r"[2-9][0-9]{6,9}", fullmatch=True),
)
def test_a_number_is_the_same_with_and_without_its_country(country, number):
    """However the country and the trunk zero are written, or left out, the number has one key."""
    spellings = [number, f"0{number}", f"+{country}{number}", f"00{country} {number}", f"+{country} (0){number}"]

    assert len({_normal.phone_key(text) for text in [*spellings, f"{number}.0"]}) == 1


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Grace Brewster Hopper", ("grace", "brewster", "hopper")),
        ("Hopper, Grace Brewster", ("grace", "brewster", "hopper")),
        ("Ludwig van Beethoven", ("ludwig", None, "beethoven")),
        ("van Beethoven, Ludwig", ("ludwig", None, "beethoven")),
        ("Dr. Ada Lovelace, PhD", ("ada", None, "lovelace")),
        ("Lovelace,", ("lovelace", None, None)),
        ("Pelé", ("pele", None, None)),
        ("", (None, None, None)),
        ("李 小龙", ("li", None, "xiaolong")),
    ],
)
def test_written_out_names_are_split(text, parts):
    """Given, other and family name, in either order; titles and particles tell nothing."""
    assert _normal.split_name(text) == parts


@given(text=written)
def test_any_text_can_be_split_as_a_name(text):
    """A split has three parts, each a text or nothing; of one part it is the first."""
    given_name, other, family = _normal.split_name(text)

    assert all(part is None or part for part in (given_name, other, family))
    assert given_name is not None or (other is None and family is None)
