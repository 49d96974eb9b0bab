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

from crmcore.query.checking import checked, fields_of
from crmcore.query.fluent import F
from crmcore.query.form import digest, from_json, to_json
from crmcore.query.order import OrderBy, ordering, sort_key
from crmcore.query.rewriting import rewritten
from crmcore.query.rows import compiled, holds, selects
from crmcore.query.scalars import scalar_of
from crmcore.query.tree import And, Compare, Expression, In, Missing, Not, Op, Or
from crmcore.query.types import Field, FieldType, Scalar

__all__ = [
    "And",
    "Compare",
    "Expression",
    "F",
    "Field",
    "FieldType",
    "In",
    "Missing",
    "Not",
    "Op",
    "Or",
    "OrderBy",
    "Scalar",
    "checked",
    "compiled",
    "digest",
    "fields_of",
    "from_json",
    "holds",
    "ordering",
    "rewritten",
    "scalar_of",
    "selects",
    "sort_key",
    "to_json",
]
