"""Keyrings, answering the question *who holds the keys that wrap other keys?*.

- :class:`LocalKeyring`: a file beside the program, readable by its owner only. For a key management service, write an
  adapter of :class:`crmcore.ports.Keyring`: three verbs.

Laws: a key never leaves its keyring; a failure is KeyUnavailable and shows no key; whoever loses the file loses what
was sealed with it, for ever. Keep a copy of it apart from the copies of the data.

>>> from crmcore.integrations.keys import LocalKeyring
>>> keyring = LocalKeyring.create("keys.json")
>>> keyring.current("acme") == keyring.ids[0]
True
"""

from __future__ import annotations

from crmcore.integrations.keys.local import LocalKeyring

__all__ = ["LocalKeyring"]
