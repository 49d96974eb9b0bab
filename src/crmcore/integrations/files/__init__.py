"""Tables in files, answering *what does this file hold, and how does a table leave the house?*.

Nouns: a :class:`FileSource` is a table in a file, read in batches; its :class:`Guesses` tell how it is read and what
one should know about it; a :class:`~crmcore.ports.RowReject` tells which row could not go in, where it stands and why;
:class:`Limits` bound what a file may ask of the machine.

Laws:

- The content decides, not the file's name; whatever was guessed is shown and can be given instead.
- A row that cannot go in is a reject with line, column and code; the rest goes in. A file that cannot be read at all is
  :class:`~crmcore.errors.UnreadableFile`. No other exception comes out, whatever the bytes.
- Lines are lines of the file (rows of the sheet), counted from 1, also below cells of several lines.
- CSV, JSON Lines and Parquet are streamed: memory does not grow with the file. Workbooks and JSON documents have to fit
  in memory, and are refused early when they are too large for their limit.
- Text stays text: no date is guessed, no leading zero lost. What :func:`write_table` writes, :func:`read_columns` reads
  back, the guard against formulas included.

>>> import pathlib, tempfile
>>> from crmcore.integrations.files import open_table, read_columns, write_table
>>> with tempfile.TemporaryDirectory() as folder:
...     path = pathlib.Path(folder, "people.csv")
...     write_table(path, {"name": ["Ada", "=cmd()"], "phone": ["+44 20 7946 0000", "007"]})
...     print(path.read_text().splitlines()[1:])
...     read_columns(path).columns
["Ada,'+44 20 7946 0000", "'=cmd(),007"]
{'name': ['Ada', '=cmd()'], 'phone': ['+44 20 7946 0000', '007']}
"""

from crmcore.integrations.files.guesses import Format, Guesses, Notice, Progress
from crmcore.integrations.files.limits import Limits
from crmcore.integrations.files.reading import FileSource, TableRead, open_table, read_columns
from crmcore.integrations.files.writing import format_to_write, write_table

__all__ = [
    "FileSource",
    "Format",
    "Guesses",
    "Limits",
    "Notice",
    "Progress",
    "TableRead",
    "format_to_write",
    "open_table",
    "read_columns",
    "write_table",
]
