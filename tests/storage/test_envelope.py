"""The envelope of one value: known answers of its parts, its own frozen vectors, and every bit that is changed. 1 s."""

from __future__ import annotations

import hmac
import traceback
from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from crmcore.errors import InputError, KeyUnavailable
from crmcore.storage import _envelope
from crmcore.storage._envelope import BlindIndex, DataKey, Place, hkdf, key_id

PLACE = Place("acme", "contact", "c1", 3)
SECRET = bytes(range(32))
KEY = DataKey(id=key_id(SECRET), secret=SECRET)
NOISE = bytes(range(12))
FROZEN = (
    "1.A256GCM.a56fab51e35479fe5abd7cb2e385cd0e.U1DweLhcFbebu4BaT"
    "kG-AgGZr_jehNITKeqfU-3TsO3Voh7mEM5nBaP0HIeGBA7tSQ1lstJQNm1X0_tv"
)


def test_hkdf_gives_the_answers_of_its_rfc() -> None:
    """RFC 5869, appendix A.1 and A.3 (no salt, no info)."""
    first = hkdf(bytes([0x0B] * 22), salt=bytes(range(13)), info=bytes(range(0xF0, 0xFA)), length=42)
    third = hkdf(bytes([0x0B] * 22), info=b"", length=42)

    assert (
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
    ) == (first.hex(), third.hex())


def test_hmac_gives_the_answers_of_its_rfc() -> None:
    """RFC 4231, test cases 1 and 2; blind indexes and nonces are made with it."""
    made = [
        hmac.digest(bytes([0x0B] * 20), b"Hi There", "sha256").hex(),
        hmac.digest(b"Jefe", b"what do ya want for nothing?", "sha256").hex(),
    ]

    assert [
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ] == made


def test_aes_gcm_gives_the_answers_of_its_specification() -> None:
    """McGrew and Viega, the Galois/Counter Mode of operation, test cases 13, 14 and 16: AES-256."""
    zeros = AESGCM(bytes(32))
    key = AESGCM(bytes.fromhex("feffe9928665731c6d6a8f9467308308" * 2))
    plain = bytes.fromhex(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
    )
    bound = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")

    assert (
        "530f8afbc74536b9a963b4f1c4cb738b",
        "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919",
        (
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
            "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b"
        ),
    ) == (
        zeros.encrypt(bytes(12), b"", b"").hex(),
        zeros.encrypt(bytes(12), bytes(16), b"").hex(),
        key.encrypt(bytes.fromhex("cafebabefacedbaddecaf888"), plain, bound).hex(),
    )


def test_the_format_is_frozen() -> None:
    """What was sealed by this version opens for ever: the text that it wrote, the key's id, a blind index."""
    made = KEY.cipher(PLACE).seal("born", b'"1984-02-29"', NOISE)

    assert FROZEN == made
    assert b'"1984-02-29"' == KEY.cipher(PLACE).open("born", FROZEN).rstrip()
    assert "3c53293ef504456df1cd0396935f5a95" == BlindIndex(SECRET).of("born", "1984-02-29")


def opened(text: str, *, place: Place = PLACE, field: str = "born", key: DataKey = KEY) -> bytes | None:
    """Return what a text opens to; None where it is refused in words that show neither key nor value."""
    try:
        return key.cipher(place).open(field, text)
    except KeyUnavailable as error:
        told = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())

        assert not [needle for needle in ("1984-02-29", SECRET.hex(), repr(SECRET)) if needle in told]
        return None


def test_every_flipped_bit_is_refused() -> None:
    """Of nonce, ciphertext and tag, one bit after the other; the text as it was opens."""
    head, body = FROZEN.rsplit(".", 1)
    raw = urlsafe_b64decode(body + "=" * (-len(body) % 4))
    flipped = [raw[:at] + bytes([raw[at] ^ 1 << bit]) + raw[at + 1 :] for at in range(len(raw)) for bit in range(8)]
    texts = [f"{head}.{urlsafe_b64encode(one).rstrip(b'=').decode('ascii')}" for one in flipped]

    assert [] == [text for text in texts if opened(text) is not None]
    assert opened(FROZEN) is not None


def test_every_changed_letter_is_refused() -> None:
    """Of the text as a whole, format, algorithm, key id and the unused bits of its last letter included."""
    texts = [
        FROZEN[:at] + letter + FROZEN[at + 1 :]
        for at in range(len(FROZEN))
        for letter in "0aA_.-Z"
        if letter != FROZEN[at]
    ]
    other = {text for text in texts if text.split(".")[2:3] != [KEY.id]}

    assert [] == [text for text in texts if text not in other and opened(text) is not None]
    assert [] == [text for text in other if opened(text, key=DataKey(id=_id_in(text), secret=SECRET)) is not None]


def _id_in(text: str) -> str:
    return ([*text.split("."), "", "", ""])[2]


@pytest.mark.parametrize("length", range(len(FROZEN)))
def test_a_text_that_was_cut_short_is_refused(length: int) -> None:
    """At whatever letter."""
    assert opened(FROZEN[:length]) is None


@pytest.mark.parametrize(
    "place",
    [
        PLACE._replace(tenant="other"),
        PLACE._replace(kind="lead"),
        PLACE._replace(id="c2"),
        PLACE._replace(version=2),
    ],
    ids=lambda place: "-".join(map(str, place)),
)
def test_a_text_that_was_moved_is_refused(place: Place) -> None:
    """To another tenant, kind, record or version."""
    assert opened(FROZEN, place=place) is None


def test_a_text_of_another_field_or_key_is_refused() -> None:
    """A value does not open under another attribute's name, nor with another key of the same id."""
    assert opened(FROZEN, field="national_id") is None
    assert opened(FROZEN, key=DataKey(id=KEY.id, secret=bytes(32))) is None


def test_a_newer_format_is_told_apart() -> None:
    """The error says to upgrade, and does not try."""
    with pytest.raises(KeyUnavailable, match="upgrade crmcore"):
        KEY.cipher(PLACE).open("born", "2" + FROZEN[1:])


def test_a_generator_that_repeats_itself_repeats_no_nonce() -> None:
    """With the same noise, two values, or two fields of one value, have different nonces; a million would."""
    cipher = KEY.cipher(PLACE)
    texts = [cipher.seal(field, b"%d" % value, bytes(12)) for value in range(1000) for field in ("born", "gender")]
    nonces = {text.rsplit(".", 1)[1][:16] for text in texts}

    assert 2000 == len(nonces)


def test_no_key_seals_two_records() -> None:
    """Each version of each record has a key of its own: the same message gets another body."""
    versions = [KEY.cipher(PLACE._replace(version=version)).seal("born", b"1", bytes(12)) for version in range(1000)]

    assert 1000 == len({text.rsplit(".", 1)[1] for text in versions})


def test_lengths_are_told_in_steps_only() -> None:
    """Short words look alike."""
    cipher = KEY.cipher(PLACE)

    assert len(cipher.seal("gender", b'"male"', NOISE)) == len(cipher.seal("gender", b'"non-binary"', NOISE))


@given(value=st.binary(max_size=100), noise=st.binary(min_size=12, max_size=12))
def test_what_was_sealed_opens(value: bytes, noise: bytes) -> None:
    """Whatever the bytes."""
    cipher = KEY.cipher(PLACE)

    assert value.rstrip(b" ") == cipher.open("x", cipher.seal("x", value, noise)).rstrip(b" ")


def test_too_much_is_refused() -> None:
    """More than a record may hold is not sealed."""
    with pytest.raises(InputError, match="too many to seal"):
        KEY.cipher(PLACE).seal("body", bytes(_envelope.LONGEST_PLAIN + 1), NOISE)


def test_a_key_shows_itself_nowhere() -> None:
    """Neither a key nor what is made of it is in a repr."""
    cipher = KEY.cipher(PLACE)
    shown = repr([KEY, cipher, BlindIndex(SECRET)])

    assert not [needle for needle in (repr(SECRET), SECRET.hex(), repr(cipher.nonces)) if needle in shown]


def test_blind_indexes_differ_by_field_and_type() -> None:
    """Equal values of two fields have nothing in common, nor have 1, 1.0, True and the text of them."""
    index = BlindIndex(SECRET)
    made = [index.of("a", "1"), index.of("b", "1"), index.of("a", 1), index.of("a", 1.0), index.of("a", value=True)]

    assert 5 == len(set(made))
    assert {32} == {len(one) for one in made}
