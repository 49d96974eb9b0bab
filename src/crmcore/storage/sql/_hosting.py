"""Our tables in the metadata of a host, so that its own migrations and its create_all make them with the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore.storage.kinds import model_codec
from crmcore.storage.sql._preparing import versions
from crmcore.storage.sql.projection import Projection
from crmcore.storage.sql.schema import metadata as ours
from crmcore.storage.sql.schema import order_indexes

if TYPE_CHECKING:
    from sqlalchemy import MetaData

    from crmcore.storage.codec import Codec

__all__ = ["add_tables"]


def add_tables(metadata: MetaData, *, codec: Codec | None = None) -> None:
    """Add all tables of crmcore to a host's metadata, under their own names, all beginning with ``crm_``.

    Whether they are made by the host's ``create_all`` or by its Alembic revisions, a store that is opened on them sees
    that they are complete, writes down their version, and goes on. Bringing them up to a later crmcore is the work of
    :func:`crmcore.storage.sql.migrate`, which moves the data too: call it in a revision of the host's.

    Args:
        metadata: the host's.
        codec: the kinds whose tables of searched columns are added; by default all of crmcore.model.

    >>> from sqlalchemy import MetaData
    >>> host = MetaData()
    >>> add_tables(host)
    >>> {"crm_record", "crm_contact", "crm_alembic"} <= set(host.tables)
    True
    """
    kinds = Projection(codec or model_codec()).metadata
    order_indexes([table.to_metadata(metadata) for table in (*ours.sorted_tables, *kinds.sorted_tables, versions)])
