"""How does one test with crmcore? With data whose truth is known, time and ids by hand, and suites for adapters.

The nouns:
    sample       recruiting contacts with errors and with the truth about them (:mod:`crmcore.testing.sample`)
    pipelines    hiring pipelines with the truth about their stages (:mod:`crmcore.testing.pipelines`)
    ManualClock  a clock that stands still until it is moved
    SequenceIds  ids that count
    StoreSuite   every law of a store, as tests to inherit; needs pytest
    Capability   what a store may declare that it lacks
    machine      random sequences on a store and on memory, side by side (:mod:`crmcore.testing.machine`)
    faults       places in the work of a store where a test lets it fail (:mod:`crmcore.testing.faults`)
    boards       a job board in memory (:mod:`crmcore.testing.boards`)
    board_suite  every law of a job board, as tests to inherit (:mod:`crmcore.testing.board_suite`)
    suites       the same for keyrings, sources, assessors, vaults and directories: `crmcore.testing.vault_suite`

>>> from crmcore.testing import ManualClock, SequenceIds
>>> ManualClock().advance(hours=1).isoformat(), SequenceIds("note")()
('2026-01-01T10:00:00+00:00', 'note-000001')
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore._lazy import lazily

if TYPE_CHECKING:
    from crmcore.testing.clock import ManualClock, SequenceIds
    from crmcore.testing.stores import Capability, StoreSuite

__all__ = ["Capability", "ManualClock", "SequenceIds", "StoreSuite"]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "stores": "Capability StoreSuite",
            "clock": "ManualClock SequenceIds",
        },
    )
