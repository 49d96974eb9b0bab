"""Questions from a React Query Builder, the widget in which users put rules together: its JSON becomes the same tree.

Both of its forms are read: groups with one combinator, and groups with combinators between the rules, where "and" binds
before "or". What it says, and what is asked:

===========================================================  ===========================================================
operator                                                     question
===========================================================  ===========================================================
"=", "!="                                                    the same to a reader (:attr:`~crmcore.query.Op.IS`), or not
"<", "<=", ">", ">="                                         the same
"contains", "beginsWith", "endsWith", "doesNotContain" ...   letters; neither case, accents nor script count
"null", "notNull"                                            missing, known
"in", "notIn", "between", "notBetween"                       the same; of a list, or of a text with commas
match "some", "all", "none", "atLeast", "atMost", "exactly"  items of a relation; the value is a group
===========================================================  ===========================================================

A group without rules asks nothing, and rules that are muted do not count, as the widget has it. Refused, with the path:
"xor", values that are fields, rules that are not filled in yet ("~"), and whatever is not known.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

from crmcore._messages import kind_of
from crmcore.errors import CrmcoreError, FieldHidden, InputError
from crmcore.query._folding import MAX_NODES, MAX_VALUES, fold, parts_of
from crmcore.query._text.pointing import first_fault
from crmcore.query.checking import checked
from crmcore.query.tree import (
    Aggregate,
    And,
    Between,
    Compare,
    Expression,
    How,
    In,
    Match,
    Missing,
    Not,
    Op,
    Or,
    Some,
    TextMatch,
)
from crmcore.query.types import FieldType

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from collections.abc import Set as AbstractSet

    from crmcore.query.types import Subject

    Place: TypeAlias = tuple[str, Any, Subject | None]
    """The path of a rule or a group, what stands there, and what it is about."""

__all__ = ["from_querybuilder"]

_OPS = {"=": Op.IS, "<": Op.LT, "<=": Op.LE, ">": Op.GT, ">=": Op.GE}
_MATCHES = {"contains": TextMatch.CONTAINS, "beginswith": TextMatch.STARTS, "endswith": TextMatch.ENDS}
_NEGATED = {
    "!=": "=",
    "doesnotcontain": "contains",
    "doesnotbeginwith": "beginswith",
    "doesnotendwith": "endswith",
    "notnull": "null",
    "notin": "in",
    "notbetween": "between",
}
_OPERATORS = (
    "=, !=, <, <=, >, >=, contains, beginsWith, endsWith, doesNotContain, doesNotBeginWith, doesNotEndWith, null, "
    "notNull, in, notIn, between, notBetween"
)
_COUNTED = {"atLeast": Op.GE, "atMost": Op.LE, "exactly": Op.EQ}
_MODES = ("some", "all", "none", *_COUNTED)
_COMBINATORS: dict[str, type[And | Or]] = {"and": And, "or": Or}
_PLACEHOLDER = "~"

_PLAIN_KEYS = frozenset({"id", "path", "disabled", "muted", "meta"})
_GROUP_KEYS = _PLAIN_KEYS | {"combinator", "rules", "not", "combinatorPreceding"}
_RULE_KEYS = _PLAIN_KEYS | {"field", "operator", "value", "valueSource", "match", "combinatorPreceding"}

_NUMBER = re.compile(r"\s*[+-]?[0-9]{1,60}(\.[0-9]{1,60})?([eE][+-]?[0-9]{1,4})?\s*")
_ITEM = re.compile(r"(?:[^,\\]|\\.|\\)+", re.DOTALL)


def from_querybuilder(
    obj: object, subject: Subject | None = None, *, hidden: AbstractSet[str] = frozenset()
) -> Expression:
    """Return the question of a group of rules; checked where it is said what it is about.

    With a subject, numbers and truths that the widget sends as text ("4", "true") are read as what their fields hold.

    Args:
        obj: the group, as ``json.loads`` gives it.
        subject: what it is about.
        hidden: keys that whoever asks may not see, as :func:`~crmcore.query.checked` takes.

    Raises:
        InputError: what is not known or does not map, and what checking refuses; says at which path.

    >>> from_querybuilder({"combinator": "and", "rules": [
    ...     {"field": "city", "operator": "=", "value": "Utrecht"},
    ...     {"field": "tag", "operator": "notIn", "value": "left, moved"},
    ... ]})
    And(parts=(Compare(field='city', op=<Op.IS: 'is'>, value='Utrecht'),
               Not(part=In(field='tag', values=('left', 'moved'), folds=True))))
    """
    paths: dict[int, str] = {}
    kept: list[Expression] = []  # alive, so that their ids stay theirs

    def read(place: Place, parts: tuple[Expression, ...]) -> Expression:
        node = _group(place, parts) if "rules" in place[1] else _rule(place, parts)
        kept.append(node)
        paths.setdefault(id(node), place[0])  # a group of one rule is that rule
        return node

    question = fold(("$", obj, subject), parts_of=_parts, at=read)
    if subject is None:
        return question
    try:
        return checked(question, subject, hidden=hidden)
    except (InputError, FieldHidden) as error:
        raise _placed(error, question, subject, hidden, paths) from error.__cause__


def _placed(
    error: CrmcoreError, question: Expression, subject: Subject, hidden: AbstractSet[str], paths: dict[int, str]
) -> CrmcoreError:
    """Return the error with a note that says which rule it is about."""
    found = first_fault(question, subject, hidden)
    fault = error if found is None else found[1]
    path = "$" if found is None else _path_of(found[0], question, paths)
    fault.add_note(f"at {path}")
    return fault


def _path_of(node: Expression, question: Expression, paths: dict[int, str]) -> str:
    """Return the path of the rule that a node was made of, which may lie a little further in than the rule's node."""
    todo = [(question, "$")]
    while todo:
        inner, path = todo.pop()
        path = paths.get(id(inner), path)
        if inner is node:
            return path
        todo += [(part, path) for part in parts_of(inner)]
    return "$"


def _parts(place: Place) -> Sequence[Place]:
    """Return the rules and groups inside, after making sure that it is a rule or a group."""
    path, obj, subject = place
    if not isinstance(obj, dict):
        raise InputError(f"{path}: a rule or a group is an object, not {kind_of(obj)}")
    known = _GROUP_KEYS if "rules" in obj else _RULE_KEYS
    if unknown := [key for key in obj if key not in known]:
        raise InputError(f"{path}: {str(unknown[0])[:40]!r} is not known here; known are {', '.join(sorted(known))}")
    if "rules" not in obj:
        return _subquery(place)
    rules = obj["rules"]
    if not isinstance(rules, list):
        raise InputError(f"{path}.rules: a list is needed, not {kind_of(rules)}")
    if len(rules) > 2 * MAX_NODES:
        raise InputError(f"{path}.rules: the expression has more than {MAX_NODES:,} nodes")
    return [
        (f"{path}.rules[{number}]", rule, subject)
        for number, rule in enumerate(rules)
        if not isinstance(rule, str) and not _is_muted(rule)
    ]


def _is_muted(rule: object) -> bool:
    return isinstance(rule, dict) and rule.get("muted") is True


def _subquery(place: Place) -> Sequence[Place]:
    """Return the group that is asked about the items of a relation."""
    path, rule, subject = place
    if rule.get("match") is None:
        return ()
    relation = rule.get("field")
    items = subject.relations.get(relation) if subject is not None and isinstance(relation, str) else None
    if not (isinstance(rule.get("value"), dict) and "rules" in rule["value"]):
        raise InputError(f"{path}.value: a rule with 'match' has a group as its value")
    return [(f"{path}.value", rule["value"], items)]


def _group(place: Place, parts: tuple[Expression, ...]) -> Expression:
    path, group, _ = place
    is_negated = group.get("not", False)
    if not isinstance(is_negated, bool):
        raise InputError(f"{path}.not: true or false, not {kind_of(is_negated)}")
    has_between = any(isinstance(rule, str) for rule in group["rules"]) or "combinator" not in group
    joined = _independently(place, parts) if has_between else _together(place, parts)
    return Not(joined) if is_negated else joined


def _combinator(combinator: object, path: str) -> str:
    if not isinstance(combinator, str) or combinator.lower() not in _COMBINATORS:
        raise InputError(f"{path}: rules are joined by 'and' or 'or', not by {str(combinator)[:40]!r}")
    return combinator.lower()


def _together(place: Place, parts: tuple[Expression, ...]) -> Expression:
    combinator = _combinator(place[1]["combinator"], f"{place[0]}.combinator")
    if not parts:
        return And(())
    return parts[0] if len(parts) == 1 else _COMBINATORS[combinator](parts)


def _independently(place: Place, parts: tuple[Expression, ...]) -> Expression:
    """Join rules by the combinators that stand between them; a muted rule goes with the combinator before it."""
    path, rules = place[0], place[1]["rules"]
    if "combinator" in place[1]:
        raise InputError(f"{path}: a group has one 'combinator', or combinators between its rules, and not both")
    alternatives: list[list[Expression]] = [[]]
    left = iter(parts)
    for number, rule in enumerate(rules):
        at = f"{path}.rules[{number}]"
        if isinstance(rule, str) is not (number % 2 == 1):
            raise InputError(f"{at}: rules and combinators take turns")
        if _is_muted(rule):
            continue
        if not isinstance(rule, str):
            if number and any(alternatives) and _combinator(rules[number - 1], at) == "or":
                alternatives.append([])
            alternatives[-1].append(next(left))
    if rules and isinstance(rules[-1], str):
        raise InputError(f"{path}.rules[{len(rules) - 1}]: a rule is needed after the last combinator")
    joined = [ands[0] if len(ands) == 1 else And(ands) for ands in alternatives]
    return joined[0] if len(joined) == 1 else Or(joined)


def _rule(place: Place, parts: tuple[Expression, ...]) -> Expression:
    path, rule, subject = place
    field = rule.get("field")
    if not isinstance(field, str):
        raise InputError(f"{path}.field: the key of a field is a text, not {kind_of(field)}")
    if _PLACEHOLDER in {field, rule.get("operator") if isinstance(rule.get("operator"), str) else ""}:
        raise InputError(f"{path}: the rule is not filled in yet; choose a field and an operator, or leave it out")
    if rule.get("valueSource", "value") not in ("value", None):
        raise InputError(f"{path}.valueSource: a field is compared with a value, not with another field")
    if parts:
        return _matched(place, parts[0])
    operator = rule.get("operator")
    name = operator.lower() if isinstance(operator, str) else ""
    is_negated = name in _NEGATED
    name = _NEGATED.get(name, name)
    if name not in {*_OPS, *_MATCHES, "null", "in", "between"}:
        raise InputError(f"{path}.operator: one of {_OPERATORS}, not {str(operator)[:40]!r}")
    known = subject.fields.get(field) if subject is not None else None
    leaf = _leaf(name, field, rule.get("value"), None if known is None else known.type, f"{path}.value")
    return Not(leaf) if is_negated else leaf


def _matched(place: Place, where: Expression) -> Expression:
    """Return what is asked of the items of a relation."""
    path, rule, _ = place
    match = rule["match"]
    mode = match.get("mode") if isinstance(match, dict) else None
    if not isinstance(mode, str) or mode not in _MODES or not match.keys() <= {"mode", "threshold"}:
        raise InputError(f"{path}.match: an object with a 'mode', one of {', '.join(_MODES)}, and a 'threshold'")
    match mode:
        case "some":
            return Some(rule["field"], where)
        case "none":
            return Not(Some(rule["field"], where))
        case "all":
            return Not(Some(rule["field"], Not(where)))
        case _:
            count = Aggregate(relation=rule["field"], how=How.COUNT, where=where)
            return Compare(count, _COUNTED[mode], _threshold(match.get("threshold"), f"{path}.match.threshold"))


def _threshold(threshold: object, path: str) -> int:
    if not isinstance(threshold, int) or isinstance(threshold, bool) or not 0 <= threshold < 2**31:
        raise InputError(f"{path}: a whole number is needed")
    return threshold


def _leaf(name: str, field: str, value: object, type_: FieldType | None, path: str) -> Expression:
    if name == "null":
        return Missing(field)
    if name in _MATCHES:
        if not isinstance(value, str):
            raise InputError(f"{path}: a text to look for is needed, not {kind_of(value)}")
        return Match(field, _MATCHES[name], value)
    if name in _OPS:
        return Compare(field, _OPS[name], _scalar(value, type_, path))
    values = [_scalar(one, type_, f"{path}[{number}]") for number, one in enumerate(_listed(value, path))]
    if name == "in":
        return In(field, values, folds=True)
    if len(values) != 2:
        raise InputError(f"{path}: between needs two values, not {len(values)}")
    return Between(field, values[0], values[1])


def _listed(value: object, path: str) -> Sequence[object]:
    """Return a list, or the parts of a text with commas, of which one within a part is written with a backslash."""
    if isinstance(value, str):
        parts = (part.replace("\\,", ",").strip() for part in _split(value))
        value = [part for part in parts if part]
    if not isinstance(value, list):
        raise InputError(f"{path}: a list, or a text with commas, is needed, not {kind_of(value)}")
    if len(value) > MAX_VALUES:
        raise InputError(f"{path}: a list of more than {MAX_VALUES:,} values")
    return value


def _split(text: str) -> list[str]:
    return _ITEM.findall(text)


def _scalar(value: object, type_: FieldType | None, path: str) -> object:
    if not isinstance(value, str | int | float):
        raise InputError(f"{path}: a value is a text, a number, true or false, not {kind_of(value)}")
    if not isinstance(value, str) or type_ is None:
        return value
    return _AS_TYPED.get(type_, _as_it_is)(value)


def _as_it_is(value: str) -> object:
    return value


def _as_number(value: str) -> object:
    if not _NUMBER.fullmatch(value):
        return value  # which checking refuses
    return int(value) if value.strip().lstrip("+-").isdigit() else float(value)


def _as_truth(value: str) -> object:
    return {"true": True, "false": False}.get(value.strip().lower(), value)


_AS_TYPED: dict[FieldType, Callable[[str], object]] = {
    FieldType.NUMBER: _as_number,
    FieldType.INTEGER: _as_number,
    FieldType.BOOLEAN: _as_truth,
}
