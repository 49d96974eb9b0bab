"""What filters give away, measured: attacks that work where they are not used as meant, and one that works all the same.

Names are drawn with the frequencies of Zipf. The attacker has no secret, but another sample of the same population, or
thirty rows of which the names are known.
"""

import random
from collections import Counter

import numpy as np
import pytest

from crmcore.hygiene.roles import Role
from crmcore.matching.clk import Schema, Secret, TokenKind, encode
from crmcore.matching.clk._columns import field_values
from crmcore.matching.clk._filters import Filling, make_filters
from crmcore.matching.clk._tokens import Tokens

SECRET = Secret(bytes(range(32)))
ROWS = 5_000
SURNAMES = [f"{a}{b}" for a in ("smi", "joh", "wil", "bro", "gar", "dav") for b in ("th", "nson", "liams", "wn", "cia")]
GIVEN = "Anna Ben Carla David Emma Frank Grace Henry Iris Jack Karen Luke Maria Noah Olga Paul Rosa Sam Tina".split()
CITIES = "London Leeds York Bath Ely Hull Derby Wells Truro Durham".split()


def population(seed):
    """Draw people of whom the commonest surname has a quarter."""
    rng = random.Random(seed)

    def common(names):
        return rng.choices(names, [1 / (rank + 1) for rank in range(len(names))], k=ROWS)

    def code():
        return f"{rng.choice('ABCDEFGH')}{rng.randint(1, 20)} {rng.randint(1, 9)}{rng.choice('ABCDEFGH')}"

    return {
        "first_name": common(GIVEN),
        "last_name": common(SURNAMES),
        "date_of_birth": [
            f"{rng.randint(1950, 2000)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}" for _ in range(ROWS)
        ],
        "city": rng.choices(CITIES, k=ROWS),
        "postcode": [code() for _ in range(ROWS)],
    }


PEOPLE, ELSEWHERE = population(1), population(2)


def by_frequency(bits):
    """Return the share of rows whose surname is told by holding the commonest filters against the commonest names."""
    _, group, counts = np.unique(bits, axis=0, return_inverse=True, return_counts=True)
    names = [name for name, _ in Counter(ELSEWHERE["last_name"]).most_common()]
    commonest = np.argsort(-counts, kind="stable")[: len(names)].tolist()
    told = dict(zip(commonest, names, strict=False))
    right = [told.get(at) == name for at, name in zip(group.ravel().tolist(), PEOPLE["last_name"], strict=True)]
    return float(np.mean(right))


def by_known_rows(schema, *, known=30):
    """Return (precision, recall) of telling who else has one of the commonest surnames, from some rows that have."""
    clks = encode(PEOPLE, schema=schema, secret=SECRET, entropy=random.Random(3).randbytes)
    bits = np.unpackbits(clks.bits, axis=1).astype(float)
    names = np.array(PEOPLE["last_name"])
    true = told = there = 0
    for name, _ in Counter(PEOPLE["last_name"]).most_common(10):
        has, has_not = np.flatnonzero(names == name)[:known], np.flatnonzero(names != name)[: 10 * known]
        telling = bits @ (bits[has].mean(axis=0) - bits[has_not].mean(axis=0))
        guessed = telling > (telling[has].mean() + telling[has_not].mean()) / 2
        guessed[has] = guessed[has_not] = False
        rest = names == name
        rest[has] = False
        true, told, there = true + int((guessed & rest).sum()), told + int(guessed.sum()), there + int(rest.sum())
    return true / told, true / there


def test_filters_of_one_field_are_read_by_how_often_they_come():
    """The control: of surnames that are encoded by themselves most are told, without any secret."""
    (values,) = field_values(
        {Role.FAMILY_NAME: [PEOPLE["last_name"]]},
        Schema.people().model_copy(update={"fields": Schema.people().fields[1:2]}),
        rows=ROWS,
        day_first=None,
    )
    filling = Filling(key=bytes(32), bits=200, codes=values.codes, tokens=Tokens.of(values.values, TokenKind.NAME))
    alone = make_filters([filling], np.full(ROWS, -1), length=1024, least=0.5, finish=lambda bits: bits)

    assert by_frequency(alone) > 0.5


def test_filters_of_rows_do_not_repeat():
    """So the same attack on whole rows tells nobody, which is why a schema has three fields at least."""
    assert by_frequency(encode(PEOPLE, schema=Schema.people(), secret=SECRET).bits) < 0.01


def test_who_knows_some_rows_learns_of_others():
    """A limit that the how-to page states: thirty known rows of a surname show who else has it."""
    precision, recall = by_known_rows(Schema.people())

    assert (precision > 0.7, recall > 0.95) == (True, True)


@pytest.mark.parametrize("hardened", [{"folds": 1}, {"epsilon": 3.0}])
def test_folding_and_a_little_noise_do_not_stop_that(hardened):
    """Also a limit: what is true of many rows is not hidden by noise in each."""
    _, recall = by_known_rows(Schema.people().evolve(**hardened))

    assert recall > 0.9


def test_salt_stops_most_of_it():
    """What is known of people born in one year tells nothing of those born in another."""
    _, recall = by_known_rows(Schema.people().evolve(salt="birth_year"))

    assert recall < 0.3


def test_much_noise_hides_some_of_it():
    """At epsilon 1, which turns over a quarter of the bits, more than a quarter of them stay hidden."""
    _, recall = by_known_rows(Schema.people().evolve(epsilon=1.0))

    assert recall < 0.75
