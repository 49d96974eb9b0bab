"""The shared secret: made well, shown nowhere, and the keys that are made of it."""

import copy
import os
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.errors import InputError, UnreadableFile
from crmcore.matching.clk import Secret
from crmcore.matching.clk.secret import expand, extract

BYTES = bytes(range(100, 132))
SECRET = Secret(BYTES)


def test_hkdf_gives_what_the_standard_says():
    """The first test case of RFC 5869, appendix A."""
    key = extract(bytes(range(13)), bytes([0x0B] * 22))

    assert "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5" == key.hex()
    assert (
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
        == expand(key, bytes(range(0xF0, 0xFA)), 42).hex()
    )


@given(short=st.integers(0, 500), more=st.integers(0, 500))
def test_fewer_bytes_begin_more(short, more):
    """So a token that draws fewer positions in one row draws the first of those in another."""
    assert expand(BYTES, b"x", short) == expand(BYTES, b"x", short + more)[:short]


def test_hkdf_ends():
    """The standard ends at 255 blocks."""
    assert 8160 == len(expand(BYTES, b"x", 8160))
    with pytest.raises(InputError):
        expand(BYTES, b"x", 8161)


@pytest.mark.parametrize(
    "made",
    [b"", b"fifteen bytes..", bytes(32), b"abcabc" * 10, bytes(2000), "a text of many signs", bytearray(BYTES), None],
    ids=["none", "short", "zeros", "repeated", "long", "text", "bytearray", "nothing"],
)
def test_what_can_be_guessed_is_refused(made):
    """A secret is random bytes, 16 at least, and the error does not show them."""
    with pytest.raises(InputError) as refused:
        Secret(made)

    assert "abcabc" not in str(refused.value)


def test_a_secret_is_shown_nowhere():
    """Not in repr, str, format or pickle; it has no attributes to print."""
    for shown in (repr(SECRET), str(SECRET), f"{SECRET}", repr([SECRET])):
        assert "not shown" in shown
        assert BYTES.hex() not in shown
    with pytest.raises(InputError):
        pickle.dumps(SECRET)
    with pytest.raises(InputError):
        copy.copy(SECRET)
    with pytest.raises(TypeError):
        vars(SECRET)
    with pytest.raises(TypeError):
        hash(SECRET)


def test_secrets_are_equal_by_their_bytes():
    """Two parties can tell whether they have the same one."""
    assert Secret(BYTES) == SECRET
    assert Secret(BYTES[::-1]) != SECRET
    assert BYTES != SECRET


def test_a_new_secret_comes_from_entropy():
    """The port gives 32 bytes, and nothing else goes in."""
    assert Secret(BYTES) == Secret.new(entropy=lambda size: BYTES[:size])
    assert Secret.new() != Secret.new()


def test_a_file_brings_it_to_the_other_party(tmp_path):
    """Saved and loaded it is the same, and only its owner may read the file."""
    SECRET.save(tmp_path / "secret")

    assert SECRET == Secret.load(tmp_path / "secret")
    if os.name == "posix":
        assert 0o600 == (tmp_path / "secret").stat().st_mode & 0o777


@pytest.mark.parametrize(
    "content", [b"", b"x", b"crmcore clk secret 1\nabc", b"crmcore clk secret 2\n" + b"ab" * 32, b"\xff\xfe"]
)
def test_a_file_of_something_else_is_refused(tmp_path, content):
    """Whatever `save` did not write is a typed error, which does not show it."""
    (tmp_path / "secret").write_bytes(content)

    with pytest.raises(UnreadableFile):
        Secret.load(tmp_path / "secret")


def test_a_file_that_is_not_there_is_told(tmp_path):
    """The error is that of files."""
    with pytest.raises(UnreadableFile):
        Secret.load(tmp_path / "nothing")


def test_words_make_the_same_secret_in_the_same_context():
    """Both parties type the same; another purpose gives another secret, and so does another word."""
    words = "copper lantern seven orchard"
    one = Secret.from_passphrase(words, context="Ada & Co, Bell Ltd")

    assert one == Secret.from_passphrase(words, context="Ada & Co, Bell Ltd")
    assert one != Secret.from_passphrase(words, context="Ada & Co, Cray Ltd")
    assert one != Secret.from_passphrase(f"{words}s", context="Ada & Co, Bell Ltd")


@pytest.mark.parametrize(
    ("words", "context"), [("horse staple", "x"), ("", "x"), ("a" * 40, "x"), ("copper lantern seven orchard", " ")]
)
def test_words_that_are_guessed_are_refused(words, context):
    """Too few signs, the same sign again and again, or no context."""
    with pytest.raises(InputError):
        Secret.from_passphrase(words, context=context)


def test_keys_of_different_purposes_differ():
    """One secret, many keys, none of which is the secret."""
    keys = {SECRET.key(of=purpose) for purpose in ("a", "b", "ab")}

    assert 3 == len(keys - {BYTES})
    assert SECRET.key(of="a") == Secret(BYTES).key(of="a")
