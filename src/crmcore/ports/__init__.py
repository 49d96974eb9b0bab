"""What may a host plug in? Every socket, in one place.

Ports speak of records, never of SQL or HTTP; each has at most six verbs. An adapter is any object of the right shape:
nothing is inherited. Most have a suite in :mod:`crmcore.testing` that an adapter is held to.

The sockets:
    Clock, NewId, Entropy       what no function may take from the air; :mod:`crmcore.system` has them
    Keyring                     keys that wrap other keys and never leave it
    Source                      rows from outside, in a Batch at a time; a RowReject tells what could not go in
    Store                       where records live: Reader, UnitOfWork, History, Outbox, and what they speak of
    JobBoard                    where people come to see jobs; it is given an Advert
    Assessor                    tests by somebody else's system: what is Offered, and the AssessmentProgress
    Vault                       answers that are kept apart from whoever gave them
    Directory                   the users of an employer, such as a SCIM server

>>> from datetime import UTC, datetime
>>> from crmcore.ports import Clock
>>> class Stopped:
...     def now(self):
...         return datetime(2026, 3, 1, tzinfo=UTC)
>>> clock: Clock = Stopped()
>>> clock.now().year
2026
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore._lazy import lazily

if TYPE_CHECKING:
    from crmcore.ports._feeding import Batch, Cell, RowReject, Source
    from crmcore.ports._hiring import Advert, AssessmentProgress, Assessor, Directory, JobBoard, Offered, Vault
    from crmcore.ports._machine import Clock, Entropy, Keyring, NewId
    from crmcore.ports._storing import History, Outbox, Reader, Store, UnitOfWork
    from crmcore.stored import (
        Action,
        Checkpoint,
        Delivery,
        Page,
        RecordVersion,
        StoreCapability,
        StoredChange,
        StoredEvent,
        StoredUnit,
    )

__all__ = [
    "Action",
    "Advert",
    "AssessmentProgress",
    "Assessor",
    "Batch",
    "Cell",
    "Checkpoint",
    "Clock",
    "Delivery",
    "Directory",
    "Entropy",
    "History",
    "JobBoard",
    "Keyring",
    "NewId",
    "Offered",
    "Outbox",
    "Page",
    "Reader",
    "RecordVersion",
    "RowReject",
    "Source",
    "Store",
    "StoreCapability",
    "StoredChange",
    "StoredEvent",
    "StoredUnit",
    "UnitOfWork",
    "Vault",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "_feeding": "Batch Cell RowReject Source",
            "_hiring": "Advert AssessmentProgress Assessor Directory JobBoard Offered Vault",
            "_machine": "Clock Entropy Keyring NewId",
            "_storing": "History Outbox Reader Store UnitOfWork",
            "crmcore.stored": "Action Checkpoint Delivery Page RecordVersion StoreCapability "
            "StoredChange StoredEvent StoredUnit",
        },
    )
