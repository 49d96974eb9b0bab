"""Normal forms in bulk are those of the functions of one value, to the letter, and are there for nearly all values."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crmcore.matching import _normal
from crmcore.matching.encoding.normal import KERNELS, normaliser_of
from crmcore.matching.encoding.strings import Strings
from crmcore.testing.sample import generate

anything = st.text(st.characters(exclude_categories=()), max_size=30)
latin = st.text("aAbBzZnN09 '’‘–-.,·/\\\u00a0éÉüßłŁøæœŒñçİıŉǆǀĿſ\u0301\u00ad\t\n\0\x7f", max_size=14)
words = st.lists(
    st.sampled_from(
        "Dr. Prof Mr mba PhD he/him (she/her) III 3rd Ada Zoë O'Brien O’Neill van der Müller-Lüdenscheid N n/a \\N x na"
        " null unknown Łódź Straße 12 5b GmbH & Co. test".split()
    ),
    max_size=4,
).map(" ".join)
phones = st.text("0123456789 +()-/.", max_size=18) | st.from_regex(
    r"(\+|00|011|0| \+ ?|\(\+)?[ (]?(1|44|49|47|299|7|39|358)?[0-9]{0,11}( ?(x|ext\.?|#) ?[0-9]{1,3})?(\.0)?",
    fullmatch=True,
)
mails = st.text("aA1.+@<>:; ,é", max_size=14) | st.from_regex(
    r"(mailto:|Ada <)?[aA.]{0,3}(\+x)?@(@?)[xX.]{0,3}(com)?[>.;]?", fullmatch=True
)
companies = st.lists(
    st.sampled_from(
        "the The and & of de Acme Sons Oak' GmbH gmbh Co. KG AG Ltd. Inc S.A. S. A. p. Pty LLC AB ab OOO ip UAB B.V."
        " limited company kk freelance self-employed retired student n Müller -".split()
    ),
    max_size=6,
).map(" ".join)
profiles = st.tuples(
    st.sampled_from(["", "https://", "http://", "HTTPS://", " ", "//"]),
    st.sampled_from(["", "www.", "gist.", "de."]),
    st.sampled_from(["linkedin.com/in/", "github.com/", "LinkedIn.com/pub/", "github.com", "@", "in/"]),
    st.text("aA1-_./?=&#% ", max_size=6) | st.sampled_from(["ada-lovelace", "settings", "home", "n", "test", "null"]),
    st.sampled_from(["", "/", "?utm_source=share", "/?trk=x", "/x", "?", "#a"]),
).map("".join)
written = st.lists(anything | latin | words | phones | mails | companies | profiles, max_size=8)


@pytest.mark.parametrize("key", KERNELS, ids=lambda key: key.__name__)
@settings(max_examples=400)
@given(values=written)
@example(
    values=["\u0149a", "a\u0301", "n", "\\N", "", "'", "’’", "zzz", "11", "a" * 200, "é" * 100, "é" * 101, "b" * 201]
)
@example(
    values=["0", "0", "00000", "+", "+1", "0044", "123456789", "890123456", "+4701234", "0011223", "1+234567", "5.0"]
)
@example(values=["@", "a@", "@a", "a@b", "A@@B", "x@x", "a@b.", "a>b@c", "a@b\n"])
def test_in_bulk_as_one_by_one(key, values):
    """Whatever texts come together, each has the normal form that it has alone, or none."""
    normal, known = normaliser_of(key)(Strings.of(values))

    assert [key(value) for value in values] == (
        [text if is_known else None for text, is_known in zip(normal, known.tolist(), strict=True)]
    )


@pytest.mark.parametrize(
    ("key", "column"),
    [
        (_normal.name_key, "last_name"),
        (_normal.name_key, "first_name"),
        (_normal.email_key, "email"),
        (_normal.phone_key, "phone"),
        (_normal.phone_key, "mobile"),
        (_normal.code_key, "postcode"),
        (_normal.plain_key, "city"),
        (_normal.text_key, "company"),
        (_normal.company_key, "company"),
        (_normal.linkedin_key, "linkedin"),
        (_normal.github_key, "github"),
        (_normal.text_key, "street"),
    ],
    ids=lambda part: part if isinstance(part, str) else part.__name__,
)
def test_recruiting_contacts_are_read_in_bulk(key, column):
    """Of generated contacts all have the normal form that they have alone, and most are read by the kernel."""
    values = sorted({cell for cell in generate(people=1500, seed=7).columns[column] if cell})
    strings = Strings.of(values)

    normal, known = normaliser_of(key)(strings)
    answer = KERNELS[key](strings)

    assert [key(value) for value in values] == [t if k else None for t, k in zip(normal, known.tolist(), strict=True)]
    assert answer.odd.mean() < 0.12


def test_a_function_without_a_kernel_is_asked_value_by_value():
    """Any function of one text normalises many."""
    normal, known = normaliser_of(lambda text: text.upper() or None)(Strings.of(["ada", ""]))

    assert (["ADA", ""], [True, False]) == (list(normal), known.tolist())
