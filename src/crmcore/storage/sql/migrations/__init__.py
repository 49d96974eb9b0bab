"""How did the tables come to be what they are? One revision for each version of the schema, run through Alembic.

A revision is called by the version that it leads to: ``0002`` makes schema 2 of schema 1. Its ``upgrade(op, run)`` gets
Alembic's operations and a :class:`Run`; there is no way back but a backup. A revision is frozen once it is released: it
holds its own tables and its own arithmetic and takes nothing from the living schema, which moves on.

There is no ``env.py``: :func:`crmcore.storage.sql.migrate` begins the transaction in the way that each database needs,
and Alembic's module-wide proxies, which an environment relies on, would get into the way of a host's own migrations.

>>> from crmcore.storage.sql.migrations import Run
>>> Run(at="2026-11-23T09:00:00.000000Z", entropy=bytes).salt(4)
'00000000'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from crmcore.ports import Entropy

__all__ = ["Run"]


@attrs.frozen(kw_only=True)
class Run:
    """What a revision may know of the world.

    Attributes:
        at: the instant of the migration, text of one width in UTC.
        entropy: where salts and secrets come from.

    """

    at: str
    entropy: Entropy

    def salt(self, size: int) -> str:
        """Return so many random bytes, in hex."""
        return self.entropy(size).hex()
