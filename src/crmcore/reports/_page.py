"""The machinery of a page: templates, style and script inside one file, and the policy that forbids everything else."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from crmcore.errors import MissingExtra
from crmcore.reports import charts
from crmcore.reports._text import Html, brief, count, percent, plural, shown

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["render_page"]


def render_page(template: str, values: dict[str, Any]) -> str:
    """Fill a template of this room; every value is escaped, nothing is loaded from elsewhere."""
    style, script = _asset("page.css"), _asset("page.js")
    own = f"style-src '{_digest(style)}'; script-src '{_digest(script)}'"
    policy = f"default-src 'none'; {own}; base-uri 'none'; form-action 'none'"
    page = _environment().get_template(template)
    return page.render(values, policy=policy, style=Html(style), script=Html(script))


@cache
def _environment() -> Environment:
    try:
        from jinja2 import Environment, FunctionLoader, StrictUndefined
    except ImportError as error:
        raise MissingExtra("write reports", "reports") from error
    environment = Environment(
        loader=FunctionLoader(_asset), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"shown": shown, "brief": brief, "count": count, "percent": percent}
    environment.globals |= {"charts": charts, "plural": plural}
    return environment


@cache
def _asset(name: str) -> str:
    return files("crmcore.reports").joinpath("templates", name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()
