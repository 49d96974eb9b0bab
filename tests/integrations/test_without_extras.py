"""Without the extras, what needs them says so, and the rest works."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
for name in ("python_calamine", "pyarrow", "xlsxwriter", "charset_normalizer"):
    sys.modules[name] = None  # what an import of something that is not installed comes to
from crmcore.errors import MissingExtra
from crmcore.integrations.files import open_table, read_columns, write_table

open("people.csv", "wb").write("name,city\\nJosé,Málaga\\n".encode("cp1252"))
print(read_columns("people.csv").columns["name"])
for do, path in ((open_table, sys.argv[1]), (open_table, sys.argv[2])):
    try:
        do(path)
    except MissingExtra as error:
        print(error)
for name in ("new.xlsx", "new.parquet"):
    try:
        write_table(name, {"name": ["Ada"]})
    except MissingExtra as error:
        print(error)
"""


def test_a_missing_extra_is_a_sentence_with_the_command(tmp_path):
    """CSV in a Western encoding needs no extra; workbooks and Parquet name theirs; no draft is left."""
    from crmcore.integrations.files import write_table

    write_table(tmp_path / "old.xlsx", {"name": ["Ada"]})
    write_table(tmp_path / "old.parquet", {"name": ["Ada"]})
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", PROGRAM, "old.xlsx", "old.parquet"],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )

    assert [
        "['José']",
        "to read workbooks, install the extra: pip install 'crmcore[sheets]'",
        "to read Parquet, install the extra: pip install 'crmcore[arrow]'",
        "to write workbooks, install the extra: pip install 'crmcore[sheets]'",
        "to write Parquet, install the extra: pip install 'crmcore[arrow]'",
    ] == done.stdout.splitlines()
    assert {"people.csv", "old.xlsx", "old.parquet"} == {each.name for each in tmp_path.iterdir()}
