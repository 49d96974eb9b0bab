"""How do the rooms work together? The one place where they meet.

    CRM             one database: plan an import, commit it, ask, report
    dedupe_file     one file: who is double, with golden rows, clusters and a report

Both are glue: each step is one call into a room, with the ports given explicitly, and no room ever receives the `CRM`.

>>> from crmcore.app import CRM
>>> from crmcore.model import ContactRecord, PersonName
>>> with CRM.open("memory:") as crm:
...     with crm.unit(actor="ada", reason="first contact") as unit:
...         alan = unit.put(ContactRecord(id="c1", name=PersonName(given="Alan", family="Turing")))
...     crm.get(ContactRecord, "c1").name.family
'Turing'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore._lazy import lazily

if TYPE_CHECKING:
    from crmcore.app._crm import CRM
    from crmcore.app._dedupe import DedupeRun, dedupe_file

__all__ = ["CRM", "DedupeRun", "dedupe_file"]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "_crm": "CRM",
            "_dedupe": "DedupeRun dedupe_file",
        },
    )
