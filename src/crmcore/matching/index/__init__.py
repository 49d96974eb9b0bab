"""REAL TIME: who might this be, while somebody types, among the records of a table.

    index = matcher.index(table)      made of what a batch run finds
    index.find(record)                who it might be, and why, the likeliest first: `Hit`
    index.add(record, key="77")       who it is, and whom that concerns: `Placed`
    index.change(key, record), index.remove(key)
    index.person_of(key), index.people
    index.save(path), Index.load(path)

*Nouns.* A *row* is what records hold; many copies of one record share a row. *Contents* are all that an index is made
of. The *lore* is what the table knew that one record does not tell.

*Laws.* A record is read, blocked and weighed as the batch run would, to the same number. People are those that the
batch run's clustering finds among connected rows. What was added and is removed again leaves no trace.

=============  =====================================================================
hits           what is answered
index          the index
_schema        the model, ready for one record at a time
_reading       one record's normal forms, with _lore
_candidates    rows worth a look, by _postings
_weighing      what speaks for a row, with _likeness
_completing    who is meant by what was typed so far, by _beginnings
_grouping      people among connected rows (_edges); _people: their ids
_contents      what an index begins with; _file: the same in a file
=============  =====================================================================
"""

from crmcore.matching.index.hits import Hit, Placed
from crmcore.matching.index.index import Index

__all__ = ["Hit", "Index", "Placed"]
