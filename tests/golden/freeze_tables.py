"""Write down the tables of the present schema as its release leaves them, for the revision that makes them.

    python tests/golden/freeze_tables.py

It writes `src/crmcore/storage/sql/migrations/_tables_N.py` from `schema.py`, N being the version. Run it while N is not
released yet; a released file does not change any more.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from crmcore.storage.sql import schema

ROOT = Path(__file__).parents[2]
CONVENTION = """metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)
"""


def frozen(source: str) -> str:
    """Return the module with nothing but the tables of another one."""
    imports = source[source.index("from __future__") : source.index("__all__")]
    body = source[source.index("def ordered") :].replace("ordered(", "_ordered(")
    body = re.sub(r'\n *"""(?:.|\n)*?"""(?=\n)', "", body)
    names = sorted([*re.findall(r"^(\w+) = Table\(", body, flags=re.MULTILINE), "metadata"])
    says = f'"""Schema {schema.SCHEMA_VERSION} as it was released, frozen: the tables that its revision makes."""\n\n'
    return f"{says}{imports}__all__ = {names!r}\n\n{CONVENTION}\n\n{body}"


if __name__ == "__main__":
    path = ROOT / f"src/crmcore/storage/sql/migrations/_tables_{schema.SCHEMA_VERSION}.py"
    path.write_text(frozen(Path(schema.__file__).read_text(encoding="utf-8")), encoding="utf-8")
    for step in (["format", "-q"], ["check", "--fix", "-q"], ["format", "-q"]):
        subprocess.run([sys.executable, "-m", "ruff", *step, str(path)], check=True)
