"""The laws of a keyring, as tests that an adapter of a key management service inherits.

All that an author writes::

    class TestMyKeyring(crmcore.testing.keyring_suite.KeyringSuite):
        @pytest.fixture
        def keyring(self):
            return MyKeyring(...)
"""

# ruff: noqa: S101 - a suite asserts

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crmcore.errors import KeyUnavailable

if TYPE_CHECKING:
    from crmcore.ports import Keyring

__all__ = ["KeyringSuite"]

SECRETS = [bytes(range(32)), bytes(32), b"\xff" * 32]


def _wrapped(keyring: Keyring, secret: bytes = SECRETS[0], *, context: bytes = b"person 1") -> tuple[bytes, str]:
    using = keyring.current("acme")
    return keyring.wrap(secret, tenant="acme", using=using, context=context), using


class KeyringSuite:
    """What every keyring does; inherit it, and hand in one that has a key."""

    @pytest.fixture
    def keyring(self) -> Keyring:
        """Return a keyring with a key to wrap with."""
        pytest.fail("a suite for keyrings needs the fixture keyring")

    def test_the_key_to_wrap_with_has_an_id(self, keyring: Keyring) -> None:
        """Of 1 to 200 letters, the same when it is asked for again."""
        using = keyring.current("acme")

        assert 1 <= len(using) <= 200
        assert using == keyring.current("acme")

    def test_what_was_wrapped_comes_back(self, keyring: Keyring) -> None:
        """Exactly as it was given, also zeros."""
        for number, secret in enumerate(SECRETS):
            context = b"person %d" % number
            wrapped, using = _wrapped(keyring, secret, context=context)

            assert secret == keyring.unwrap(wrapped, tenant="acme", using=using, context=context)

    def test_what_is_wrapped_tells_nothing_of_the_secret(self, keyring: Keyring) -> None:
        """It does not stand in it, and one secret is wrapped otherwise for another context."""
        wrapped = [_wrapped(keyring, context=context)[0] for context in (b"person 1", b"person 2")]

        assert SECRETS[0] not in wrapped[0]
        assert wrapped[0] != wrapped[1]

    @pytest.mark.parametrize("changed", ["tenant", "context", "using"])
    def test_it_is_bound_to_whom_it_was_wrapped_for(self, keyring: Keyring, changed: str) -> None:
        """Another tenant, context or key finds nothing to unwrap."""
        wrapped, using = _wrapped(keyring)
        asked = {"tenant": "acme", "using": using, "context": b"person 1"}
        asked |= {changed: b"person 2" if changed == "context" else "another"}
        with pytest.raises(KeyUnavailable):
            keyring.unwrap(wrapped, **asked)  # type: ignore[arg-type]

    def test_what_was_tampered_with_is_refused(self, keyring: Keyring) -> None:
        """A flipped bit, anywhere, and what was cut off."""
        wrapped, using = _wrapped(keyring)
        ends = [bytes([wrapped[0] ^ 1]) + wrapped[1:], wrapped[:-1] + bytes([wrapped[-1] ^ 128])]
        for damaged in (*ends, wrapped[:-1], b""):
            with pytest.raises(KeyUnavailable):
                keyring.unwrap(damaged, tenant="acme", using=using, context=b"person 1")
