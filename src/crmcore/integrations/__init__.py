r"""Other people's systems, answering the question *how does data come in and go out?*.

One folder a system, each with its client, its mapping and its adapter to a port:

- :mod:`crmcore.integrations.files`: tables in files, both ways. CSV and its kin, XLSX, XLS, ODS, Parquet, JSON.
- :mod:`crmcore.integrations.keys`: keyrings, which wrap the keys of sealed records.

Laws: an integration answers to a port of :mod:`crmcore.ports`; failures of a vendor's library come out as crmcore's own
errors, with the vendor's attached; nothing is loaded before it is used.

>>> from pathlib import Path
>>> from crmcore.integrations.files import open_table
>>> _ = Path("people.csv").write_text("name;city\nAda;London\n", encoding="utf-8")
>>> open_table("people.csv").header
('name', 'city')
"""

from __future__ import annotations
