"""Where do records live? In a store: one tenant's records, changed in units of work, found by id and by key.

The nouns:
    store        one tenant's records, in memory or in SQLite; :func:`open_store` opens one by its address
    unit         a unit of work: changes and events that are committed together, or not at all
    version      how often a record was stored; a write says which one it saw
    codec        which kinds of record are kept, and how each is written down
    digest       one hash of everything kept, equal for equal states on any store
    backup       one file with all of it, restored into any store; see :mod:`crmcore.storage.backup`

The laws:
    - What a unit wrote is there wholly or not at all, also after a kill at any moment.
    - A write over another version than the writer saw raises Conflict, with both records.
    - A version never goes back, not even when a removed record is brought back.
    - Every row carries its tenant; a store cannot reach another's.
    - Memory and SQLite give the same answers, in the same order, with the same errors.

>>> from typing import ClassVar
>>> from crmcore.model.record import Record
>>> from crmcore.storage import Codec, open_store
>>> class Tag(Record):
...     kind: ClassVar[str] = "tag"
...     label: str
>>> with open_store("memory:", codec=Codec([Tag])) as store:
...     with store.unit(actor="ada", reason="first tags") as unit:
...         stored = unit.put(Tag(id="t-1", label="python"))
...     store.get(Tag, "t-1")
Tag(id='t-1', version=1, label='python')
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore._lazy import lazily

if TYPE_CHECKING:
    from crmcore.storage.codec import Codec
    from crmcore.storage.digest import logical_digest
    from crmcore.storage.kinds import model_codec
    from crmcore.storage.memory import MemoryStore
    from crmcore.storage.sealing import Sealing
    from crmcore.storage.sql import SqlStore, migrate
    from crmcore.storage.urls import open_store

__all__ = ["Codec", "MemoryStore", "Sealing", "SqlStore", "logical_digest", "migrate", "model_codec", "open_store"]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "codec": "Codec",
            "memory": "MemoryStore",
            "sealing": "Sealing",
            "sql": "SqlStore migrate",
            "digest": "logical_digest",
            "kinds": "model_codec",
            "urls": "open_store",
        },
    )
