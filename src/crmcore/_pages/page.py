"""The machinery of a page: templates, style and script inside one file, and the policy that forbids all else."""

from __future__ import annotations

from base64 import b64encode
from functools import cache, partial
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from crmcore._pages import shapes
from crmcore._pages.text import Html, brief, count, percent, plural, shown
from crmcore.errors import MissingExtra

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["render_page"]

HERE = "crmcore._pages"


def render_page(template: str, values: dict[str, Any], *, room: str) -> str:
    """Fill a template of a room; every value is escaped, nothing is loaded from elsewhere.

    Raises:
        MissingExtra: jinja2 is not installed.

    """
    style, script = _asset(HERE, "page.css"), _asset(HERE, "page.js")
    own = f"style-src '{_digest(style)}'; script-src '{_digest(script)}'"
    policy = f"default-src 'none'; {own}; base-uri 'none'; form-action 'none'"
    page = _environment(room).get_template(template)
    return page.render(values, policy=policy, style=Html(style), script=Html(script))


@cache
def _environment(room: str) -> Environment:
    try:
        from jinja2 import Environment, FunctionLoader, StrictUndefined
    except ImportError as error:
        raise MissingExtra("write reports", "reports") from error
    environment = Environment(
        loader=FunctionLoader(partial(_source, room)),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"shown": shown, "brief": brief, "count": count, "percent": percent}
    environment.globals |= {"charts": shapes, "plural": plural}
    return environment


def _source(room: str, name: str) -> str:
    """Return a template of the room, or of those that all pages share."""
    return _asset(HERE if files(HERE).joinpath("templates", name).is_file() else room, name)


@cache
def _asset(room: str, name: str) -> str:
    return files(room).joinpath("templates", name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()
