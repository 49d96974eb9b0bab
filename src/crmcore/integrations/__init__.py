"""Other people's systems, answering the question *how does data come in and go out?*.

One folder a system, each with its client, its mapping and its adapter to a port:

- :mod:`crmcore.integrations.files`: tables in files, both ways. CSV and its kin, XLSX, XLS, ODS, Parquet, JSON.
- :mod:`crmcore.integrations.system`: the clock and the identifiers of the machine that we run on.

Laws: an integration answers to a port of :mod:`crmcore.ports`; failures of a vendor's library come out as crmcore's own
errors, with the vendor's attached; nothing is loaded before it is used.

>>> from crmcore.integrations.system import SystemClock
>>> SystemClock().now().tzname()
'UTC'
"""

from __future__ import annotations
