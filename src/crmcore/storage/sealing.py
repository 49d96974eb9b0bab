"""Sealing: what the catalogue calls sensitive lies encrypted in the database, under a key of the person it is about.

Each person (:meth:`crmcore.model.record.Record.about`) has a data key, which a key of the keyring wraps; sensitive
attributes of records, and the data of events, are sealed with it by AES-256-GCM. What a sealed field is found by is a
keyed hash, so only ``==``, ``!=``, ``in_`` and whether it is missing can be asked of it; of a sealed number, only the
last. Sealing begins with a tenant's first unit of work and holds for all its records from then on.

In clear stay: ids, versions, times, which attributes have a value, the lengths of values in steps of 32 bytes, which
values of one field are equal, who acted in a unit of work and why, and the words of an event other than its data.
"""

from __future__ import annotations

import attrs

from crmcore.model.field import Sensitivity
from crmcore.ports import Keyring  # noqa: TC001 - a reader of the class's annotations finds it here

__all__ = ["Sealing"]


@attrs.frozen
class Sealing:
    """How a store seals.

    Attributes:
        keyring: what wraps the keys, such as a :class:`crmcore.integrations.keys.LocalKeyring`.
        from_sensitivity: the least that is sealed; it is laid down with the tenant's first unit of work, and a store
            that is opened with another is refused.

    """

    keyring: Keyring
    from_sensitivity: Sensitivity = attrs.field(default=Sensitivity.CONFIDENTIAL, kw_only=True, converter=Sensitivity)
