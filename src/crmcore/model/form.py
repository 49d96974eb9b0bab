"""A question as a record holds it: in its JSON form, checked and written in one way."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from crmcore.query.form import from_json, to_json
from crmcore.query.tree import Combinable

__all__ = ["Form"]


def _as_form(where: object) -> object:
    return to_json(where) if isinstance(where, Combinable) else where  # type: ignore[arg-type]


def _as_written(where: dict[str, Any] | None) -> dict[str, Any] | None:
    return None if where is None else to_json(from_json(where))


Form = Annotated[dict[str, Any] | None, BeforeValidator(_as_form), AfterValidator(_as_written)]
"""A question, or None where nothing is asked; an expression may be handed in."""
