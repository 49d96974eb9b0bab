"""The keyring in a file: its rights, its replacement as a whole, several keys, damage, and many who make it at once. 2 s."""

from __future__ import annotations

import json
import os
import stat
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from crmcore.errors import InputError, KeyUnavailable
from crmcore.integrations.keys import LocalKeyring

SECRET = bytes(range(32))
CONTEXT = b'["crmcore data key 1","id"]'
FROZEN_FILE = {"format": "crmcore keyring 1", "primary": "00" * 8, "keys": {"00" * 8: "11" * 32}}
FROZEN_WRAPPED = (
    "000102030405060708090a0ba367682f129342efdef3db596eb8f341d92bf96d"
    "c7ea1a6d33eb27df3da750ae4e0cebaf617be932c44f761fd2a1e1f2"
)


def written(path: Path, content: object) -> Path:
    """Write a keyring by hand."""
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    path.chmod(0o600)
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Lend the path of a keyring that is to be made."""
    return tmp_path / "keys.json"


def test_a_keyring_gives_back_what_it_wrapped(path: Path) -> None:
    """Also when it is opened again."""
    made = LocalKeyring.create(path)
    using = made.current("acme")
    wrapped = made.wrap(SECRET, tenant="acme", using=using, context=CONTEXT)

    assert SECRET == LocalKeyring(path).unwrap(wrapped, tenant="acme", using=using, context=CONTEXT)
    assert SECRET not in wrapped


def test_the_format_is_frozen(path: Path) -> None:
    """What this version wrapped opens for ever."""
    keyring = LocalKeyring(written(path, FROZEN_FILE))
    wrapped = bytes.fromhex(FROZEN_WRAPPED)

    assert SECRET == keyring.unwrap(wrapped, tenant="acme", using="00" * 8, context=CONTEXT)


@pytest.mark.parametrize("change", ["tenant", "context", "key", "cut", "empty"])
def test_a_wrapped_key_opens_in_its_place_only(path: Path, change: str) -> None:
    """Not for another tenant, data key, or key of the keyring, and not cut short."""
    keyring = LocalKeyring(written(path, FROZEN_FILE))
    wrapped = {"cut": bytes.fromhex(FROZEN_WRAPPED)[:-1], "empty": b""}.get(change, bytes.fromhex(FROZEN_WRAPPED))
    using = keyring.add_key() if change == "key" else "00" * 8
    with pytest.raises(KeyUnavailable) as caught:
        keyring.unwrap(
            wrapped,
            tenant="other" if change == "tenant" else "acme",
            using=using,
            context=b"other" if change == "context" else CONTEXT,
        )

    assert using == caught.value.key


def test_every_flipped_bit_of_a_wrapped_key_is_refused(path: Path) -> None:
    """One after the other, without showing a key."""
    keyring = LocalKeyring(written(path, FROZEN_FILE))
    raw = bytes.fromhex(FROZEN_WRAPPED)
    refused = 0
    for at in range(len(raw)):
        for bit in range(8):
            flipped = raw[:at] + bytes([raw[at] ^ 1 << bit]) + raw[at + 1 :]
            with pytest.raises(KeyUnavailable) as caught:
                keyring.unwrap(flipped, tenant="acme", using="00" * 8, context=CONTEXT)
            refused += 1
    told = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())

    assert 8 * len(raw) == refused
    assert "11" * 32 not in told
    assert repr(bytes([0x11] * 32)) not in told


def test_a_new_key_becomes_the_primary_and_the_old_one_stays(path: Path) -> None:
    """So that what was wrapped stays readable, and rotation can wrap it anew."""
    keyring = LocalKeyring.create(path)
    old = keyring.current("acme")
    wrapped = keyring.wrap(SECRET, tenant="acme", using=old, context=CONTEXT)
    new = keyring.add_key()
    again = LocalKeyring(path)

    assert (new, {old, new}) == (again.current("acme"), set(again.ids))
    assert SECRET == again.unwrap(wrapped, tenant="acme", using=old, context=CONTEXT)


@pytest.mark.skipif(os.name != "posix", reason="rights are those of POSIX")
def test_only_the_owner_may_read_it(path: Path) -> None:
    """It is made so whatever the mask, stays so with a new key, and is refused where others may read it."""
    mask = os.umask(0)
    try:
        LocalKeyring.create(path).add_key()
    finally:
        os.umask(mask)

    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    path.chmod(0o640)
    with pytest.raises(KeyUnavailable, match="chmod 600"):
        LocalKeyring(path)


def test_a_keyring_is_never_overwritten(path: Path) -> None:
    """Making one where one is, is refused, and nothing is left over."""
    LocalKeyring.create(path)
    before = path.read_bytes()
    with pytest.raises(InputError, match="there is a keyring already"):
        LocalKeyring.create(path)

    assert before == path.read_bytes()
    assert [path] == list(path.parent.iterdir())


def test_of_many_who_make_it_at_once_all_get_the_same(path: Path) -> None:
    """One is first, and nobody has a key that is not in the file."""
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: LocalKeyring.open_or_create(path).current("acme"), range(32)))

    assert {LocalKeyring(path).current("acme")} == set(made)
    assert [path] == list(path.parent.iterdir())


def test_a_missing_file_is_said_so(path: Path) -> None:
    """It is not made in passing: then whatever was sealed would seem lost."""
    with pytest.raises(KeyUnavailable, match="there is no keyring"):
        LocalKeyring(path)

    assert not path.exists()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "[" * 100_000,
        '{"format": "crmcore keyring 2", "primary": "a", "keys": {}}',
        FROZEN_FILE | {"format": "crmcore keyring 2"},
        FROZEN_FILE | {"primary": "22" * 8},
        FROZEN_FILE | {"primary": []},
        FROZEN_FILE | {"keys": {"00" * 8: "11" * 31}},
        FROZEN_FILE | {"keys": {"00" * 8: 7}},
        FROZEN_FILE | {"keys": [["00" * 8, "11" * 32]]},
        FROZEN_FILE | {"more": 1},
        "\ud7ff" * 3,
    ],
    ids=range(13),
)
def test_a_damaged_file_is_refused(path: Path, content: object) -> None:
    """Empty, cut, of another shape or format: a typed error that shows no key."""
    with pytest.raises(KeyUnavailable, match="damaged") as caught:
        LocalKeyring(written(path, content))

    assert "11" * 31 not in str(caught.value)


def test_a_folder_that_is_not_there_is_a_typed_error(tmp_path: Path) -> None:
    """Nothing can be made in it, nothing read from it."""
    for attempt in (LocalKeyring, LocalKeyring.create, LocalKeyring.open_or_create):
        with pytest.raises(KeyUnavailable):
            attempt(tmp_path / "none" / "keys.json")


def test_a_source_that_repeats_itself_adds_no_key(path: Path) -> None:
    """The keyring stays as it is."""
    keyring = LocalKeyring.create(path, entropy=bytes)
    before = path.read_bytes()
    with pytest.raises(KeyUnavailable, match="repeats itself"):
        keyring.add_key()

    assert before == path.read_bytes()


def test_a_keyring_shows_its_path_only(path: Path) -> None:
    """Its repr has no key in it."""
    keyring = LocalKeyring(written(path, FROZEN_FILE))

    assert f"LocalKeyring({str(path)!r})" == repr(keyring)
