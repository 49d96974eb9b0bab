"""How to ask: one expression tree for segments, conditions and filters, with one meaning wherever it is asked.

It knows no noun: fields are handed in, as a mapping of their keys.

The nouns:
    expression   a question about one record, as a tree of plain frozen nodes
    field        what can be asked about: a key, a type, and whether a record holds several values
    scalar       the canonical form of one value; what questions compare and columns hold
    facts        the known values of one record, by field
    order        the keys by which selected records are sorted

The laws:
    - What is not known is neither true nor false; a record is selected only where the expression is true
      (:mod:`crmcore.query.tree` decides it all, once).
    - Values and facts pass through one function, :func:`scalar_of`, so equal things are equal scalars.
    - :func:`checked` refuses an unknown field, a wrong type and a hostile size before anything is asked.
    - A compiler is one function over the tree and gives the answer of :func:`holds`, faster or elsewhere.

>>> from crmcore.model import catalogue
>>> from crmcore.query import F, checked, compiled, selects
>>> question = (F.city == "Utrecht") & ~F.tag.in_(["left", "moved"]) & F.email.is_known()
>>> question = checked(question, catalogue().by_key, of="contact")
>>> facts = {"city": ("Utrecht",), "tag": ("python",), "email": ("ada@example.org",)}
>>> selects(question, facts), compiled(question)(facts)
(True, True)
>>> selects(question, {"city": ("Utrecht",), "email": ("ada@example.org",)})  # no tag is known
False
"""

from __future__ import annotations

from crmcore.query.cel import from_cel
from crmcore.query.checking import checked, fields_of
from crmcore.query.completion import Completion, completions
from crmcore.query.dependencies import Dependencies, DependencyIndex, change_between, dependencies
from crmcore.query.explaining import Proof, explained
from crmcore.query.flipping import Flips, flips_of, next_flip
from crmcore.query.fluent import F, ago, ahead, lasting, now, sample, score, segment, start_of, words
from crmcore.query.form import digest, expression_schema, from_json, to_json
from crmcore.query.judging import Asking, asking
from crmcore.query.moments import Moment, Span, Unit
from crmcore.query.order import OrderBy, ordering, sort_key
from crmcore.query.querybuilder import from_querybuilder
from crmcore.query.resolving import Places, depends_on_time, expanded, resolved
from crmcore.query.rewriting import rewritten
from crmcore.query.rows import compiled, holds, selects
from crmcore.query.scalars import scalar_of
from crmcore.query.simplifying import simplified
from crmcore.query.text import parsed, printed
from crmcore.query.tree import (
    Aggregate,
    And,
    Between,
    Compare,
    Expression,
    How,
    In,
    InSegment,
    Lasting,
    Match,
    Missing,
    Near,
    Not,
    Op,
    Or,
    Recurs,
    Sample,
    Scored,
    Some,
    Term,
    TextMatch,
    Words,
)
from crmcore.query.types import Facts, Field, FieldType, Scalar, Subject

__all__ = [
    "Aggregate",
    "And",
    "Asking",
    "Between",
    "Compare",
    "Completion",
    "Dependencies",
    "DependencyIndex",
    "Expression",
    "F",
    "Facts",
    "Field",
    "FieldType",
    "Flips",
    "How",
    "In",
    "InSegment",
    "Lasting",
    "Match",
    "Missing",
    "Moment",
    "Near",
    "Not",
    "Op",
    "Or",
    "OrderBy",
    "Places",
    "Proof",
    "Recurs",
    "Sample",
    "Scalar",
    "Scored",
    "Some",
    "Span",
    "Subject",
    "Term",
    "TextMatch",
    "Unit",
    "Words",
    "ago",
    "ahead",
    "asking",
    "change_between",
    "checked",
    "compiled",
    "completions",
    "dependencies",
    "depends_on_time",
    "digest",
    "expanded",
    "explained",
    "expression_schema",
    "fields_of",
    "flips_of",
    "from_cel",
    "from_json",
    "from_querybuilder",
    "holds",
    "lasting",
    "next_flip",
    "now",
    "ordering",
    "parsed",
    "printed",
    "resolved",
    "rewritten",
    "sample",
    "scalar_of",
    "score",
    "segment",
    "selects",
    "simplified",
    "sort_key",
    "start_of",
    "to_json",
    "words",
]
