"""Fields to ask about, strategies for facts and expressions, and the slow twin of the compilers."""

from __future__ import annotations

import attrs
from hypothesis import strategies as st

from crmcore.query import And, Compare, Expression, FieldType, In, Missing, Not, Op, Or, Scalar
from crmcore.query.checking import UNORDERED

Facts = dict[str, tuple[Scalar, ...]]


@attrs.frozen
class Spec:
    """A field as a host may define it."""

    key: str
    type: FieldType
    is_multi: bool = False


SPECS = (
    Spec("id", FieldType.ID),
    Spec("name", FieldType.TEXT),
    Spec("note", FieldType.LONG_TEXT),
    Spec("email", FieldType.EMAIL, is_multi=True),
    Spec("phone", FieldType.PHONE, is_multi=True),
    Spec("url", FieldType.URL, is_multi=True),
    Spec("born", FieldType.DATE),
    Spec("touched_at", FieldType.INSTANT, is_multi=True),
    Spec("salary", FieldType.NUMBER),
    Spec("level", FieldType.INTEGER, is_multi=True),
    Spec("private", FieldType.BOOLEAN),
    Spec("state", FieldType.CHOICE, is_multi=True),
)
FIELDS = {spec.key: spec for spec in SPECS}

# Few of each, so that questions and facts meet; with the awkward ones among them.
TEXTS = st.sampled_from(["", "a", "A", "a ", "ä", "a\u0308", "\uffff", "\U0001f600", "ß", "SS", "z'; --", "%", "\\"])
VALUES: dict[FieldType, st.SearchStrategy[Scalar]] = {
    FieldType.DATE: st.sampled_from(["0001", "2019", "2019-03", "2019-03-07", "2020", "9999-12-31"]),
    FieldType.INSTANT: st.sampled_from(
        [f"{day}T{time}Z" for day in ("0001-01-01", "2026-03-07") for time in ("00:00:00.000000", "09:00:00.000001")]
    ),
    FieldType.NUMBER: st.sampled_from([-1e308, -1.5, 0.0, 5e-324, 0.1, 0.30000000000000004, 2.0**53, 1e308]),
    FieldType.INTEGER: st.sampled_from([-(2**63), -1, 0, 1, 2**53, 2**53 + 1, 2**63 - 1]),
    FieldType.BOOLEAN: st.booleans(),
}
VALUES |= {type_: TEXTS for type_ in FieldType if type_ not in VALUES and type_ is not FieldType.ANY}


def facts() -> st.SearchStrategy[Facts]:
    """Return records: any field known, known to be empty, or left out."""
    return st.fixed_dictionaries(
        {},
        optional={
            spec.key: st.lists(VALUES[spec.type], max_size=3 if spec.is_multi else 1).map(tuple) for spec in SPECS
        },
    )


def _leaves(spec: Spec) -> st.SearchStrategy[Expression]:
    ops = [Op.EQ] if spec.type in UNORDERED else [op for op in Op if op is not Op.IS]
    value = VALUES[spec.type]
    return st.one_of(
        st.builds(Compare, st.just(spec.key), st.sampled_from(ops), value),
        st.builds(In, st.just(spec.key), st.lists(value, max_size=3)),
        st.just(Missing(spec.key)),
    )


def expressions(leaves: int = 12) -> st.SearchStrategy[Expression]:
    """Return questions over all kinds of nodes."""
    return st.recursive(
        st.sampled_from(SPECS).flatmap(_leaves),
        lambda inner: st.one_of(
            st.builds(And, st.lists(inner, max_size=3)),
            st.builds(Or, st.lists(inner, max_size=3)),
            st.builds(Not, inner),
        ),
        max_leaves=leaves,
    )


def slowly(question: Expression, record: Facts) -> bool | None:
    """Say what holds, word by word as the tree's docstring has it."""
    if isinstance(question, Missing):
        return len(record.get(question.field, ())) == 0
    if isinstance(question, Not):
        inner = slowly(question.part, record)
        return inner if inner is None else not inner
    if isinstance(question, And | Or):
        found = [slowly(part, record) for part in question.parts]
        decisive = isinstance(question, Or)
        if decisive in found:
            return decisive
        return None if None in found else not decisive
    known = record.get(question.field, ())
    if not known:
        return None
    return any(_satisfies(value, question) for value in known)


def _satisfies(value: Scalar, question: Compare | In) -> bool:
    if isinstance(question, In):
        return value in question.values
    wanted = question.value
    return {
        Op.EQ: lambda: value == wanted,
        Op.LT: lambda: value < wanted,
        Op.LE: lambda: value <= wanted,
        Op.GT: lambda: value > wanted,
        Op.GE: lambda: value >= wanted,
    }[question.op]()
