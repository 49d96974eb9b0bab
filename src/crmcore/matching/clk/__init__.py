"""WHO IS THE SAME, WITHOUT SHOWING ANYBODY: two parties find the people whom both know, by filters instead of names.

    schema = Schema.people()                                what goes in; the same for both
    secret = Secret.new()                                   the same for both, and for nobody else
    encode(table, schema=schema, secret=secret).save(path)  each party, of its own rows
    link(load(ours), load(theirs)).handles                  the linkage unit, which has no secret

*Nouns.* A *filter* is a row as a Bloom filter: bits that its values set (a cryptographic long-term key, CLK; Schnell,
Bachteler and Reiher, 2011). A *token* is a piece of a value, such as two letters, that sets bits. A *handle* is the
only other thing that leaves the house. The *linkage unit* compares filters and tells handles.

*Laws.* A row's filter hangs on the row, the schema and the secret alone: same in, same bits, on every machine. What was
made by another schema or with another secret is not compared. Every pair at or above the threshold is found, in memory
that does not go with the product of the rows.

*Limits.* These are pseudonyms, no anonymous data: whoever has the secret can try names until a filter fits, and whoever
knows some of the rows learns what others have in common with them. The how-to page says what was measured.

=============  ========================================================
``schema``     fields, weights, hardening, as data
``secret``     the shared secret, and keys made of it
``encodings``  a table as filters, and their file
``linking``    pairs that are alike, across two parties or within one
``threshold``  from which likeness on, told by the files themselves
=============  ========================================================

>>> from crmcore.matching import clk
>>> how = {"schema": clk.Schema.people(), "secret": clk.Secret(bytes(range(32)))}
>>> ours = clk.encode({"name": ["Ada Lovelace"], "born": ["1815-12-10"], "city": ["London"]}, handles=["A1"], **how)
>>> theirs = clk.encode({"name": ["Ada Lovelase"], "born": ["1815-12-10"], "city": ["London"]}, handles=["B7"], **how)
>>> clk.link(ours, theirs).handles
[('A1', 'B7')]
"""

from crmcore.matching.clk.encodings import Clks, encode, load
from crmcore.matching.clk.linking import DEFAULT_DICE, Duplicates, Links, dedupe, link
from crmcore.matching.clk.schema import EncodedField, Schema, TokenKind
from crmcore.matching.clk.secret import Secret
from crmcore.matching.clk.threshold import Suggestion, suggest_threshold

__all__ = [
    "DEFAULT_DICE",
    "Clks",
    "Duplicates",
    "EncodedField",
    "Links",
    "Schema",
    "Secret",
    "Suggestion",
    "TokenKind",
    "dedupe",
    "encode",
    "link",
    "load",
    "suggest_threshold",
]
