"""Each level function equals its twin, written with rapidfuzz one pair at a time and without any bound."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA, Indel, JaroWinkler

from crmcore.hygiene.nicknames import groups_of, nickname_groups
from crmcore.matching import _similarity
from crmcore.matching._texts import Texts


def reached(score, *thresholds):
    """Count the thresholds that a score reaches, in the precision of the arrays."""
    return sum(np.float32(score) >= np.float32(threshold) for threshold in thresholds)


def contained(a, b):
    """Say whether the words of one value all stand in the other."""
    return set(a.split()) <= set(b.split()) or set(b.split()) <= set(a.split())


def slow_name(a, b):
    if a[0] == b[0] and 1 in (len(a), len(b)):
        return 1
    return reached(JaroWinkler.normalized_similarity(a, b, score_cutoff=0.76), 0.76, 0.86, 0.93)


def meant(name):
    """Return the groups of a name or, where it is unknown, of all forms that it is one slip away from."""
    if groups_of(name) or len(name) < 5:
        return set(groups_of(name))
    forms = {form for group in nickname_groups() for form in group}
    near = [form for form in forms if form[0] == name[0] and len(form) >= 4 and OSA.distance(form, name) <= 1]
    return set().union(*map(groups_of, near))


def slow_given_name(a, b):
    if set(groups_of(a)) & set(groups_of(b)):
        return 3
    short, long = sorted((a, b), key=len)
    is_end = long.endswith(short) and len(short) >= 3 and len(long) - len(short) >= 2
    return max(2 if is_end or meant(a) & meant(b) else 0, slow_name(a, b))


def slow_family_name(a, b):
    return 3 if contained(a, b) and min(len(a), len(b)) > 1 else slow_name(a, b)


def slips(a, b):
    """Count the places of two dates that differ; two neighbours that are swapped are one slip."""
    places = [at for at in range(8) if a[at] != b[at]]
    if len(places) == 2 and places[1] == places[0] + 1 and a[places[0]] + a[places[1]] == b[places[1]] + b[places[0]]:
        return 1
    return len(places)


def off_by_one(a, b):
    """Count the parts of two dates that are off by one; none where a part is off by more, or is not known."""
    pairs = [(int(a[part]), int(b[part])) for part in (slice(4), slice(4, 6), slice(6, 8))]
    if any(abs(one - other) > 1 or (one != other and 0 in (one, other)) for one, other in pairs):
        return 0
    return sum(one != other for one, other in pairs)


def slow_date(a, b):
    year = a[:4] == b[:4]
    if slips(a, b) <= 1 or off_by_one(a, b) == 1 or (year and a[4:6] == b[6:] and a[6:] == b[4:6]):
        return 3
    month, day = (a[part] == b[part] or "00" in (a[part], b[part]) for part in (slice(4, 6), slice(6, 8)))
    return 2 if slips(a, b) <= 2 or off_by_one(a, b) == 2 or (year and (month or day)) else int(year)


def slow_code(a, b):
    return int(OSA.distance(a, b) <= 1 and min(len(a), len(b)) >= 4)


def slow_postcode(a, b):
    half = (max(len(a), len(b)) + 1) // 2
    return 2 * slow_code(a, b) or int(a[:half] == b[:half])


def slow_email(a, b):
    first, second = (text.rpartition("@")[0] if "@" in text else text for text in (a, b))
    close = OSA.distance(a, b) <= 2
    if first == second:
        return 2 if close or len(first) >= 5 else 0
    initials = [re.findall("(?<![a-z])[a-z](?![a-z])", name) for name in (first, second)]
    if all(initials) and initials[0][0] != initials[1][0]:
        return 0
    numbers = ["".join(re.findall("[0-9]", name)) for name in (first, second)]
    if close and numbers[0] == numbers[1]:
        return 2
    return int(close or JaroWinkler.normalized_similarity(first, second) >= 0.88)


def slow_place(a, b):
    return 2 if contained(a, b) else reached(JaroWinkler.normalized_similarity(a, b, score_cutoff=0.8), 0.8, 0.92)


def slow_text(a, b):
    return 2 if contained(a, b) else reached(Indel.normalized_similarity(a, b, score_cutoff=0.65), 0.65, 0.85)


def slow_words(a, b):
    initial = 1 in (len(a), len(b)) and a[0] == b[0]
    return max(int(initial), reached(fuzz.token_set_ratio(a, b, score_cutoff=70), 70, 95))


NAMES = (
    "ada william bill billy will willy william robert rob bob bobby elizabeth liz beth lisa eliza betty peggy margaret"
)
NAMES = (
    NAMES + " maggie alexander alexandra sasha sandra john johannes hans jon jack smith smyth schmidt b w r"
).split()
word = st.text("abcdei", min_size=1, max_size=9)
names = (
    word | st.sampled_from(NAMES) | st.text("abcdefghijklmnopqrstuvwxyz ", min_size=1, max_size=40).filter(str.strip)
)
phrases = st.lists(st.text("abc12", min_size=1, max_size=8) | st.sampled_from(NAMES), min_size=1, max_size=7).map(
    " ".join
)
dates = st.tuples(
    st.sampled_from(["1979", "1980", "1981", "1890", "2001"]),
    st.sampled_from(["00", "01", "09", "10", "12"]),
    st.sampled_from(["00", "01", "09", "10", "12", "21", "28"]),
).map("".join)
codes = st.text("ab12", min_size=1, max_size=20)
emails = st.tuples(
    st.tuples(names, st.sampled_from(["", "", "7", "77", ".b", "_w2"]))
    .map("".join)
    .map(lambda name: name.replace(" ", ".")),
    st.sampled_from(["x.example", "y.example", "xy.example"]),
).map("@".join)


@st.composite
def mended(draw, values):
    """Draw values and, of some, forms with a slip and forms that begin alike, so that near ones are not rare."""
    found = draw(st.lists(values, min_size=2, max_size=8))
    for value in found[:3]:
        at = draw(st.integers(0, len(value)))
        found.append(value[:at] + draw(st.sampled_from(["", "a", "1"])) + value[at + draw(st.integers(0, 1)) :])
        found.append(value[:5] + draw(st.text("abcxyz", max_size=7)) + value[10:])
    return sorted({value for value in found if value.strip() and value[0] != "@"})


TWINS = [
    (_similarity.name, slow_name, mended(names)),
    (_similarity.given_name, slow_given_name, mended(names)),
    (_similarity.family_name, slow_family_name, mended(phrases | names)),
    (_similarity.date, slow_date, st.lists(dates, min_size=2, max_size=8, unique=True)),
    (_similarity.code, slow_code, mended(codes)),
    (_similarity.postcode, slow_postcode, mended(codes)),
    (_similarity.email, slow_email, mended(emails)),
    (_similarity.place, slow_place, mended(phrases | names)),
    (_similarity.text, slow_text, mended(phrases)),
    (_similarity.words, slow_words, mended(phrases)),
    (_similarity.exact, lambda _a, _b: 0, mended(names)),
]


def all_pairs(values):
    """Return the codes of all ordered pairs of different values."""
    a, b = np.divmod(np.arange(len(values) ** 2), max(len(values), 1))
    return a[a != b], b[a != b]


@pytest.mark.parametrize(("fast", "slow", "values"), TWINS, ids=lambda part: getattr(part, "__name__", ""))
@given(data=st.data())
def test_levels_equal_the_twin_without_bounds(fast, slow, values, data):
    """What the bounds rule out would have been different anyway: no level depends on them."""
    drawn = data.draw(values)
    a, b = all_pairs(drawn)

    levels = fast(Texts(drawn), a, b)

    assert [slow(drawn[i], drawn[j]) for i, j in zip(a.tolist(), b.tolist(), strict=True)] == levels.tolist()


@pytest.mark.parametrize(("fast", "slow", "values"), TWINS, ids=lambda part: getattr(part, "__name__", ""))
@given(data=st.data())
def test_levels_are_symmetric(fast, slow, values, data):
    """Left and right may change places, and the order of the values does not matter."""
    drawn = data.draw(values)
    a, b = all_pairs(drawn)
    last = len(drawn) - 1

    levels = fast(Texts(drawn), a, b).tolist()

    assert levels == fast(Texts(drawn), b, a).tolist() == fast(Texts(drawn[::-1]), last - a, last - b).tolist()


@pytest.mark.parametrize(
    ("compare", "labels"),
    [("name", 4), ("date", 4), ("code", 2), ("postcode", 3), ("email", 3), ("place", 3), ("text", 3), ("words", 3)],
)
@given(left=st.text(min_size=1), right=st.text(min_size=1))
def test_any_text_has_a_level(compare, labels, left, right):
    """Values of any script and length get a level, never an accident."""
    if left == right:
        return
    if compare == "email":
        left, right = f"x{left}@x.example", f"x{right}"
    level = getattr(_similarity, compare)(Texts([left, right]), np.array([0]), np.array([1]))

    assert level.dtype == np.uint8
    assert 0 <= level[0] < labels


@pytest.mark.parametrize(
    ("a", "b", "level"),
    [("bill", "william", 3), ("liz", "elizabeth", 3), ("bob", "robert", 3), ("ada", "alan", 0), ("w", "william", 1)],
)
def test_two_forms_of_a_given_name_are_nearly_the_same(a, b, level):
    """A nickname counts as a slip of the pen would; an initial only a little."""
    assert _similarity.given_name(Texts([a, b]), np.array([0]), np.array([1])).tolist() == [level]


def level(compare, a, b):
    """Return the level of two values."""
    return int(compare(Texts([a, b]), np.array([0]), np.array([1]))[0])


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("s.deng@x.example", "l.deng2@x.example", 0),
        ("s.deng@x.example", "s.deng2@x.example", 1),
        ("s.deng71@x.example", "s.deng72@x.example", 1),
        ("s.deng@x.example", "s.denk@x.example", 2),
        ("deng.s@x.example", "deng.l@x.example", 0),
        ("s.deng@x.example", "s.deng@y.example", 2),
    ],
)
def test_a_number_or_an_initial_that_differs_is_no_slip_of_an_address(a, b, expected):
    """Numbers are given out to tell people apart, and so are initials; another letter is a slip."""
    assert expected == level(_similarity.email, a, b)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("babatunde", "tunde", 2),
        ("caterina", "rina", 2),
        ("hannelore", "lore", 2),
        ("ana", "na", 0),
        ("joana", "ana", 2),
    ],
)
def test_a_name_and_its_end_are_alike(a, b, expected):
    """Many are called by the end of their name; two letters of it tell nothing."""
    assert expected == min(level(_similarity.given_name, a, b), 2)
