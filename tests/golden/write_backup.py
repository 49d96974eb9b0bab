"""Write the golden backups of the present format: one of each tenant of the golden store, the same bytes at each run.

    python -m tests.golden.write_backup

It writes `backup-N/<tenant>.jsonl`, N being the version of the format. A released folder does not change any more.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from crmcore.storage import open_store
from crmcore.storage._manifest import FORMAT
from crmcore.storage.backup import backup
from crmcore.storage.sql.schema import SCHEMA_VERSION
from crmcore.testing import ManualClock
from tests.golden.stores import load_sqlite

TENANTS = ("acme", "other")


def main() -> None:
    """Write the folder."""
    folder = Path(__file__).parent / f"backup-{FORMAT}"
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        url = load_sqlite(SCHEMA_VERSION, Path(scratch) / "golden.db")
        for tenant in TENANTS:
            with open_store(url, tenant=tenant) as store:
                report = backup(store, folder / f"{tenant}.jsonl", clock=ManualClock())
            report.path.chmod(0o644)


if __name__ == "__main__":
    main()
