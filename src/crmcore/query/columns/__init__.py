"""Questions asked of columns: of a data frame, or of many records at once, with the answers of the row predicate.

The nouns:
    table        rows of one subject, held by columns; made of a frame, of a mapping of columns, or of facts
    mask         which rows a question selects: one boolean a row
    masks        of which rows it is certainly true, and of which certainly false; the others are unknown

The laws:
    - The masks say of each row what :func:`crmcore.query.holds` says of its facts.
    - A column is packed when it is first asked about: texts as codes of a dictionary, dates as numbers, instants as
      microseconds, integers exactly. What cannot be packed is refused by its name.
    - Folding, dates and sums are those of the row predicate; a shorter way is taken only where it is exact.

This is the one part of the room that takes arrays; ``import crmcore.query`` does not load it.

>>> from crmcore.query import F
>>> from crmcore.query.columns import Table
>>> table = Table.of({"name": ["Zoë", "Ada", None], "skills": [[{"name": "Python", "level": 4}], [], []]})
>>> (F.skills.any(name="python", level__ge=4) & F.name.starts_with("zo")).mask(table)
array([ True, False, False])
"""

from __future__ import annotations

from crmcore.query.columns.masks import mask, masks
from crmcore.query.columns.table import Table

__all__ = ["Table", "mask", "masks"]
