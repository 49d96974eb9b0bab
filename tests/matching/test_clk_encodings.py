"""Rows as filters: the same everywhere for the same secret, unlike for another, and nothing else in the file."""

import hashlib
import json
import random
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from crmcore.errors import InputError, UnknownColumn, UnreadableFile, UnsupportedData
from crmcore.hygiene.roles import Role
from crmcore.matching.clk import Clks, EncodedField, Schema, Secret, TokenKind, encode, load
from crmcore.matching.clk._filters import folded
from crmcore.matching.clk._tokens import Tokens, tokens_of
from crmcore.matching.clk.secret import expand
from crmcore.model import ContactRecord, EmailAddress, PersonName
from crmcore.testing.sample import generate

SECRET, OTHER = Secret(bytes(range(32))), Secret(bytes(range(32, 64)))
PEOPLE = Schema.people()
ADA = {"first_name": "Ada", "last_name": "Lovelace", "date_of_birth": "1815-12-10", "city": "London"}
ALAN = {"first_name": "Alan", "last_name": "Turing", "date_of_birth": "1912-06-23", "city": "Maida Vale"}
ROWS = [
    ADA,
    ALAN,
    {**ADA, "first_name": "Augusta Ada", "postcode": "SW1Y 4JH", "street": "St James's Square", "house_number": "12"},
    {**ALAN, "last_name": None, "date_of_birth": "23.06.1912"},
]


def encoded(data, *, schema=PEOPLE, secret=SECRET, **more):
    """Encode with the usual schema and secret."""
    return encode(data, schema=schema, secret=secret, **more)


def dice(a, b):
    """Return the Dice coefficient of two packed filters, the slow way."""
    a, b = (set(np.flatnonzero(np.unpackbits(bits)).tolist()) for bits in (a, b))
    return 2 * len(a & b) / (len(a) + len(b))


def test_a_filter_is_what_its_definition_says():
    """The slow twin: k positions of each token, from HKDF of the field's key, and no other bit."""
    got = encoded([ADA]).bits[0]

    expected = np.zeros(1024, bool)
    normal = {"given_name": "ada", "family_name": "lovelace", "date_of_birth": "18151210", "city": "london"}
    for field in PEOPLE.fields:
        tokens = tokens_of(normal.get(field.role, ""), field.kind) if field.role in normal else []
        for token in tokens:
            k = max(int(field.bits / len(tokens) + 0.5), 1)
            key = SECRET.key(of=f"{PEOPLE.fingerprint} field {field.role}")
            drawn = expand(key, len(token).to_bytes(4, "big") + token.encode(), 2 * k)
            for at in range(k):
                expected[int.from_bytes(drawn[2 * at : 2 * at + 2], "big") % 1024] = True
    assert expected.tolist() == np.unpackbits(got).astype(bool).tolist()


GOLDEN = "a7a9bd1edca19d3d31fa7932153ce3d7c864d4e372b8c63a196c91228d043728"
CODE = """
import hashlib
from crmcore.matching.clk import Schema, Secret, encode
rows = [{"name": "Ada Lovelace", "date_of_birth": "1815-12-10", "city": "London", "postcode": "SW1Y 4JH"}]
print(hashlib.sha256(encode(rows, schema=Schema.people(), secret=Secret(bytes(range(32)))).bits.tobytes()).hexdigest())
"""


@pytest.mark.parametrize("seed", ["0", "1"])
def test_the_same_bytes_come_out_everywhere(seed):
    """Another process, with other hashes of texts, gives the bytes that were written down when this was made."""
    out = subprocess.run(
        [sys.executable, "-c", CODE], env={"PYTHONHASHSEED": seed}, check=True, capture_output=True, text=True
    )

    assert GOLDEN == out.stdout.strip()


@given(order=st.permutations(range(len(ROWS))), kept=st.integers(1, len(ROWS)))
@settings(max_examples=25)
def test_a_row_has_its_filter_in_any_table(order, kept):
    """Other rows, and the order of rows, say nothing."""
    whole = encoded(ROWS).bits
    some = encoded([ROWS[at] for at in order[:kept]], columns=known(order[:kept])).bits

    assert whole[order[:kept]].tolist() == some.tolist()


def known(rows):
    """Return the roles of the columns of some rows, which a single odd row might not show."""
    return {name: name for name in ("date_of_birth", "city") if any(name in ROWS[at] for at in rows)} | {
        "first_name": "given_name",
        "last_name": "family_name",
    }


def test_headers_case_accents_titles_and_order_do_not_matter():
    """A table with other headers gives the same filters: values go in as the room's normal forms."""
    ours = encoded([{"Vorname": "Zoë", "Nachname": "O'Brien", "Geburtsdatum": "07.04.1986", "Ort": "Köln"}])
    theirs = encoded([{"town": "KOLN", "dob": "1986-04-07", "name": "Dr. obrien, ZOE"}])

    assert ours.bits.tolist() == theirs.bits.tolist()


def test_another_secret_gives_unlike_filters():
    """The same people under two secrets are as alike as chance makes them, which different people are at least."""
    table = generate(people=300, seed=0).columns
    schema = Schema.contacts()
    ours, theirs = (encoded(table, schema=schema, secret=secret) for secret in (SECRET, OTHER))
    both = np.flatnonzero((ours.set_bits > 0) & (theirs.set_bits > 0))

    alike = np.array([dice(ours.bits[at], theirs.bits[at]) for at in both])
    fill = np.array([ours.set_bits[both], theirs.set_bits[both]]) / 1024
    chance = 2 * fill[0] * fill[1] / fill.sum(axis=0)
    assert ours.check != theirs.check
    assert abs((alike - chance).mean()) < 0.005
    assert abs(alike - chance).max() < 0.12


def test_another_schema_gives_unlike_filters():
    """What one schema made of a row says nothing of what another made of it, so files cannot be held together."""
    ours, theirs = encoded([ADA]), encoded([ADA], schema=PEOPLE.evolve(least=0.4))

    assert ours.check != theirs.check
    assert 0.3 < dice(ours.bits[0], theirs.bits[0]) < 0.65


def test_a_slip_costs_a_little_and_another_person_a_lot():
    """Likeness of values is likeness of filters."""
    slip, other = encoded([{**ADA, "last_name": "Lovelase"}]).bits[0], encoded([ALAN]).bits[0]
    ada = encoded([ADA]).bits[0]

    assert 0.85 < dice(ada, slip) < 1
    assert dice(ada, other) < 0.6


def test_several_values_share_the_bits_of_a_field():
    """Who has two addresses is found by either, and the field weighs no more."""
    schema = Schema.contacts()
    base = {"first_name": "Ada", "last_name": "Lovelace", "city": "London"}
    one, two = (
        encoded([{**base, "email": mails}], schema=schema).bits[0]
        for mails in ("ada@example.org", ["ada@example.org", "countess@example.com"])
    )

    assert 0.8 < dice(one, two) < 1
    assert abs(int(np.bitwise_count(one).sum()) - int(np.bitwise_count(two).sum())) < 40


def test_a_row_with_too_little_is_left_out():
    """A given name alone would be alike to every other such row, and is easily guessed."""
    clks = encoded([ADA, {"first_name": "Ada"}, {"last_name": " n/a "}])

    assert [True, False, False] == (clks.set_bits > 0).tolist()
    assert 2 == clks.left_out


@pytest.mark.parametrize("rows", [{}, [], {"name": []}, {"first_name": [], "x": []}])
def test_an_empty_table_gives_no_filters(rows, tmp_path):
    """And can be saved and loaded."""
    clks = encoded(rows)
    clks.save(tmp_path / "none.clk")

    assert 0 == len(clks) == len(load(tmp_path / "none.clk"))
    assert (0, 128) == clks.bits.shape == load(tmp_path / "none.clk").bits.shape


def test_a_table_without_the_columns_is_told_which():
    """An error names the fields, rather than every row being left out in silence."""
    with pytest.raises(InputError, match=r"date_of_birth.*columns="):
        encoded([{"first_name": "Ada", "colour": "blue"}])


def test_what_is_no_table_is_refused():
    """As `dedupe` refuses it."""
    with pytest.raises(UnsupportedData):
        encoded("Ada")
    with pytest.raises(UnknownColumn):
        encoded([ADA], columns={"surname": "family_name"})
    with pytest.raises(InputError):
        encoded([ADA], columns={"city": "no such role"})


HOSTILE = ["x" * 1_000_000, "\ud800", "\x00", "🙂" * 300, "'; drop table", "a" * 201 + " " * 10_000, "-1e308", "٣"]


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_any_value_is_taken(value):
    """However long or strange; the same one gives the same filter, and a file holds it."""
    row = dict.fromkeys(("first_name", "last_name", "date_of_birth", "city", "postcode", "street"), value)
    told = {"first_name": "given_name", "last_name": "family_name"} | {n: n for n in list(row)[2:]}
    one, two = (encoded([row, {**ADA, **dict.fromkeys(list(row)[4:])}], columns=told) for _ in range(2))

    assert one.bits.tolist() == two.bits.tolist()
    assert one.set_bits.max() < 1024


@given(st.text(max_size=30), st.sampled_from(TokenKind))
def test_tokens_are_each_once_and_bounded(text, kind):
    """Whatever the normal form, a value has no token twice and not more of them than signs and ends."""
    tokens = tokens_of(text, kind)

    assert len(set(tokens)) == len(tokens) <= 2 * len(text) + 2


def test_an_unknown_part_of_a_date_has_no_token():
    """A year alone agrees with any day of it, as far as it goes."""
    assert ["0:1", "1:8", "2:1", "3:5"] == tokens_of("18150000", TokenKind.DATE)
    assert tokens_of("18151200", TokenKind.DATE) == tokens_of("18151210", TokenKind.DATE)[:6]


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), max_size=12).map(sorted))
def test_the_tokens_of_rows_are_those_of_their_values(cells):
    """Each (row, token) once, as sets would say."""
    values = ["anna", "ann", "nan", "bob"]
    tokens = Tokens.of(values, TokenKind.NAME)
    rows, held = (np.array([cell[at] for cell in cells], np.int64) for at in (0, 1))

    row, token = tokens.on(rows, held)

    expected = {(r, t) for r, v in cells for t in tokens_of(values[v], TokenKind.NAME)}
    got = [(r, tokens.texts[t]) for r, t in zip(row.tolist(), token.tolist(), strict=True)]
    assert (expected, len(expected)) == (set(got), len(got))
    assert sorted(row.tolist()) == row.tolist()


# Handles


def test_handles_are_drawn_unless_named():
    """By default they mean nothing; a column, or a list, may be named."""
    drawn = encoded(ROWS, entropy=random.Random(7).randbytes)

    assert drawn.handles == encoded(ROWS, entropy=random.Random(7).randbytes).handles
    assert {16} == {len(handle) for handle in drawn.handles}
    assert 4 == len(set(encoded(ROWS).handles))
    assert ("London", "Maida Vale") == encoded(ROWS[:2], handles="city").handles
    assert ("b", "a") == encoded(ROWS[:2], handles=["b", "a"]).handles


@pytest.mark.parametrize("handles", [["a"], ["a", "a"], ["a", ""], ["a", None], ["a", 1]])
def test_handles_name_each_row_once(handles):
    """One too few, one twice, or one that is none is refused."""
    with pytest.raises(InputError):
        encoded(ROWS[:2], handles=handles)


def test_a_column_of_handles_is_there():
    """Else the error offers those that are."""
    with pytest.raises(UnknownColumn):
        encoded(ROWS, handles="id")


def test_randomness_that_repeats_is_seen():
    """A broken source gives the same handle twice, which is refused."""
    with pytest.raises(InputError, match="same handle"):
        encoded(ROWS, entropy=bytes)


# Schemas


def test_a_schema_is_data(tmp_path):
    """It goes to the other party as text, and has a fingerprint."""
    schema = Schema.contacts().evolve(salt="birth_year", folds=1, epsilon=3.0)

    assert schema == Schema.from_json(schema.to_json())
    assert schema.fingerprint == Schema.from_json(schema.to_json()).fingerprint
    assert 1 == json.loads(schema.to_json())["version"]
    assert 5 == len({s.fingerprint for s in (schema, PEOPLE, *(PEOPLE.evolve(folds=n) for n in (0, 1, 2)))} | {""})


THREE = [
    EncodedField(role=role, kind=TokenKind.NAME, bits=100) for role in (Role.GIVEN_NAME, Role.FAMILY_NAME, Role.CITY)
]


@pytest.mark.parametrize(
    "told",
    [
        {"fields": THREE[:2]},
        {"fields": [*THREE[:2], THREE[0]]},
        {"fields": [*THREE, THREE[0]]},
        {"fields": THREE, "length": 1000},
        {"fields": THREE, "length": 128},
        {"fields": [field.evolve(bits=400) for field in THREE], "length": 512},
        {"fields": THREE, "epsilon": 0.0},
        {"fields": THREE, "epsilon": float("nan")},
        {"fields": THREE, "folds": 3},
        {"fields": THREE, "least": 0.0},
        {"fields": THREE, "salt": "surname"},
        {"fields": THREE, "version": 2},
        {"fields": THREE, "colour": "blue"},
    ],
    ids=str,
)
def test_a_schema_that_protects_nobody_is_refused(told):
    """Too few fields, filters nearly full, and whatever is no setting."""
    with pytest.raises(ValidationError):
        Schema(**told)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"fields": []}', '{"fields": [{"role": "x"}]}', "null", "{" * 9999])
def test_text_that_is_no_schema_is_refused(text):
    """With the error that everything refused has."""
    with pytest.raises(InputError):
        Schema.from_json(text)


# Hardening


def test_folding_is_exclusive_or_of_the_halves():
    """The slow twin."""
    bits = np.random.default_rng(0).random((5, 64)) < 0.5

    expected = [[row[at] != row[at + 32] for at in range(32)] for row in bits.tolist()]
    assert expected == folded(bits, folds=1).tolist()
    assert 16 == folded(bits, folds=2).shape[1]
    assert (2, 64) == encoded([ADA, ALAN], schema=PEOPLE.evolve(folds=1)).bits.shape


def test_salt_parts_people_of_different_years():
    """Of two people alike in all but the year of birth nothing agrees but by chance; of one year, all as before."""
    later = {**ADA, "date_of_birth": "1816-12-10"}
    schema = PEOPLE.evolve(salt="birth_year")
    salted, plain = (encoded([ADA, later, {**ADA, "city": "Paris"}], schema=s).bits for s in (schema, PEOPLE))

    assert dice(plain[0], plain[1]) > 0.85
    assert dice(salted[0], salted[1]) < 0.65
    assert abs(dice(salted[0], salted[2]) - dice(plain[0], plain[2])) < 0.06


@pytest.mark.parametrize("epsilon", [1.0, 3.0])
def test_noise_turns_over_the_share_of_bits_that_epsilon_says(epsilon):
    """And comes from the port alone: the same entropy gives the same bytes."""
    rows = [{**ADA, "city": f"{name}ton"} for name in ("King", "Queen", "Jack", "Ten")] * 50
    schema = PEOPLE.evolve(epsilon=epsilon)
    handles = [str(at) for at in range(len(rows))]

    one, two = (encoded(rows, schema=schema, handles=handles, entropy=random.Random(5).randbytes) for _ in range(2))
    other = encoded(rows, schema=schema, handles=handles, entropy=random.Random(6).randbytes)

    assert one.bits.tolist() == two.bits.tolist()
    apart = np.bitwise_count(one.bits ^ other.bits).sum() / (1024 * len(rows))
    chance = 1 / (1 + np.exp(epsilon))
    assert abs(apart - 2 * chance * (1 - chance)) < 0.01


def test_a_row_that_is_left_out_gets_no_noise():
    """Else it would look like somebody."""
    clks = encoded([ADA, {"first_name": "Ada"}], schema=PEOPLE.evolve(epsilon=1.0))

    assert [True, False] == (clks.set_bits > 0).tolist()


# The file


def test_a_file_holds_handles_and_filters_and_nothing_else(tmp_path):
    """In the order of handles, without rows that were left out; saved and loaded it is the same."""
    clks = encoded([*ROWS, {"first_name": "Grace"}], handles=["d", "c", "b", "a", "e"])
    clks.save(tmp_path / "ours.clk")
    again = load(tmp_path / "ours.clk")

    assert (clks.schema, clks.check, ("a", "b", "c", "d")) == (again.schema, again.check, again.handles)
    assert clks.bits[[3, 2, 1, 0]].tolist() == again.bits.tolist()
    content = (tmp_path / "ours.clk").read_bytes().lower()
    assert not [word for word in (b"ada", b"lovelace", b"1815", b"london", b"grace") if word in content]
    assert not [secret for secret in (bytes(range(32)), bytes(range(32)).hex().encode()) if secret in content]


def test_the_same_rows_give_the_same_file(tmp_path):
    """In any order, where handles are named."""
    for name, order in (("one", [0, 1, 2, 3]), ("two", [2, 0, 3, 1])):
        rows = [{**ROWS[at], "crm": f"c{at}"} for at in order]
        encoded(rows, handles="crm").save(tmp_path / name)

    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    """Return the bytes of a file of encodings."""
    path = tmp_path_factory.mktemp("clk") / "ours.clk"
    encoded(ROWS).save(path)
    return path.read_bytes()


@given(data=st.data())
@settings(max_examples=60)
def test_a_file_that_was_altered_is_refused(content, tmp_path_factory, data):
    """One bit turned over, or cut anywhere: a typed error, never other filters."""
    path = tmp_path_factory.getbasetemp() / "altered.clk"
    altered = bytearray(content)
    if data.draw(st.booleans(), label="cut"):
        del altered[data.draw(st.integers(0, len(content) - 1), label="at") :]
    else:
        at = data.draw(st.integers(0, 8 * len(content) - 1), label="bit")
        altered[at // 8] ^= 1 << at % 8
    path.write_bytes(bytes(altered))

    with pytest.raises(UnreadableFile):
        load(path)


def forged(content, change):
    """Return the content with another head, and a hash that fits."""
    magic, head, rest = content[:-32].split(b"\n", 2)
    told = json.loads(head)
    change(told)
    body = b"\n".join((magic, json.dumps(told).encode(), rest))
    return body + hashlib.sha256(body).digest()


FORGERIES = {
    "rows": lambda head: head.update(rows=10**12),
    "negative": lambda head: head.update(rows=-4),
    "handles": lambda head: head.update(handles=10**12),
    "no number": lambda head: head.update(rows="4"),
    "no schema": lambda head: head.pop("schema"),
    "other width": lambda head: head["schema"].update(length=512),
    "newer schema": lambda head: head["schema"].update(version=2),
    "check": lambda head: head.update(check="x"),
    "check of no text": lambda head: head.update(check=7),
}


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES)
def test_a_file_whose_parts_do_not_fit_is_refused(content, tmp_path, forgery):
    """A hash that fits is no reason to believe the head; nothing is allocated by what it says."""
    (tmp_path / "forged.clk").write_bytes(forged(content, forgery))

    with pytest.raises(UnreadableFile):
        load(tmp_path / "forged.clk")


def test_a_file_of_something_else_is_told_apart(tmp_path):
    """None of ours, a newer one, none at all."""
    (tmp_path / "csv").write_text("name\nAda")
    (tmp_path / "newer").write_bytes(b"crmcore clk 2\n{}")

    for name, code in (("csv", "not-clk"), ("newer", "newer"), ("nothing", "unreadable")):
        with pytest.raises(UnreadableFile) as refused:
            load(tmp_path / name)
        assert code == refused.value.code


def test_encodings_show_their_size_only():
    """A repr is safe to log."""
    shown = repr(encoded(ROWS))

    assert "<Clks: 4 filters of 1024 bits, 0 of them left out>" == shown
    assert isinstance(encoded(ROWS), Clks)


# What else is a table


def test_contact_records_say_themselves_what_they_hold():
    """A list of records gives the filters that a table of the same values gives."""
    records = [
        ContactRecord(
            id="c1",
            name=PersonName(given="Ada", family="Lovelace"),
            emails=(EmailAddress(raw="Ada@example.org", normal="ada@example.org"),),
        )
    ]
    rows = [{"first_name": "Ada", "last_name": "Lovelace", "email": "ADA@example.org"}]
    ours, theirs = (encoded(data, schema=Schema.contacts()) for data in (records, rows))

    assert ours.bits.tolist() == theirs.bits.tolist()
    assert 0 == ours.left_out


def test_a_secret_is_not_just_bytes():
    """Bytes are no secret before they were checked."""
    with pytest.raises(InputError, match="Secret"):
        encoded([ADA], secret=bytes(range(32)))


@pytest.mark.parametrize("bits", [np.zeros((1, 64), np.uint8), np.zeros((2, 128), np.uint8), np.zeros((1, 128))])
def test_filters_fit_their_handles_and_schema(bits):
    """Whoever makes encodings by hand is told where they do not."""
    with pytest.raises(InputError):
        Clks(schema=PEOPLE, check="0" * 16, handles=("a",), bits=bits)


def test_nothing_heavy_is_loaded():
    """Filters need neither a DataFrame library nor an extra."""
    code = (
        "import sys, crmcore.matching.clk; print(*{'pandas', 'polars', 'pyarrow', 'cryptography'} & set(sys.modules))"
    )

    assert not subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def test_columns_are_told_by_header():
    """What is no mapping of headers to roles is refused by the name of the argument."""
    with pytest.raises(InputError, match=r"columns= takes header -> role"):
        encoded(ROWS, columns=["name"])
