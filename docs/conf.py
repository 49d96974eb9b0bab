"""The documentation site. A warning is an error; names outside of crmcore are not resolved, so it builds offline."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from importlib import import_module
from operator import or_
from pkgutil import walk_packages
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

import crmcore
import crmcore.model

if TYPE_CHECKING:
    from docutils.nodes import Element
    from sphinx.addnodes import pending_xref
    from sphinx.application import Sphinx

project = "crmcore"
author = "The crmcore authors"
project_copyright = author
version = release = crmcore.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_design",
]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"crmcore {release}"

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
copybutton_exclude = ".linenos, .gp, .go"
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_default_options = {"members": True, "undoc-members": True}
napoleon_use_ivar = True
nitpick_ignore_regex = [("py:.*", r"(?!crmcore\.).*")]
suppress_warnings = ["ref.python"]  # `type` and `id` are fields here, and builtins in signatures


def resolve(name: str) -> object:
    """Return what a dotted name means; raise LookupError where it means nothing."""
    parts = name.split(".")
    for depth in range(len(parts), 0, -1):
        try:
            found: object = import_module(".".join(parts[:depth]))
        except ModuleNotFoundError:
            continue
        for part in parts[depth:]:
            if not hasattr(found, part):
                raise LookupError(name)
            found = getattr(found, part)
        return found
    raise LookupError(name)


def show_unlinked(_app: Sphinx, _env: object, node: pending_xref, content: Element) -> Element | None:
    """Show a name that has no entry of its own without a link, if it exists; a name that does not is a warning."""
    try:
        resolve(node["reftarget"])
    except LookupError:
        return None
    return content


def plain(hint: Any) -> Any:
    """Return a type without what only validation reads."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return plain(arguments[0])
    if origin in {Union, UnionType}:
        return reduce(or_, map(plain, arguments))
    if origin in {tuple, list, dict}:
        return origin[tuple(map(plain, arguments))]
    return hint


def show_plain_types(_app: Sphinx) -> None:
    """Show the fields of models by their types; the models are built by now, so nothing else reads these."""
    for info in walk_packages(crmcore.model.__path__, "crmcore.model."):
        for value in vars(import_module(info.name)).values():
            if isinstance(value, type) and issubclass(value, BaseModel):
                fields = value.model_fields
                own = value.__annotations__
                own.update({name: plain(fields[name].annotation) for name in own.keys() & fields.keys()})


def hide_fields(_app: Sphinx, what: str, _name: str, obj: object, *_: object) -> tuple[str, None] | None:
    """Leave the fields of a model out of its heading; they follow one by one."""
    return ("", None) if what == "class" and isinstance(obj, type) and issubclass(obj, BaseModel) else None


def leave_out(_app: Sphinx, _what: str, name: str, obj: object, *_: object) -> bool | None:
    """Leave out what only pydantic reads, and the tables by which a record can be asked about, which are long."""
    tables = name in {"fields", "relations", "sensitivities"} and isinstance(obj, tuple | Mapping)
    return True if tables or name in {"model_config", "model_post_init"} else None


def describe_field(_app: Sphinx, what: str, name: str, _obj: object, _options: object, lines: list[str]) -> None:
    """Give a pydantic field without a docstring the description that its declaration carries."""
    if what not in {"attribute", "property"} or any(lines):
        return
    owner, _, field = name.rpartition(".")
    try:
        fields: dict[str, Any] = getattr(resolve(owner), "model_fields", {})
    except LookupError:
        return
    if field in fields and fields[field].description:
        lines.append(fields[field].description)


def setup(app: Sphinx) -> None:
    """Connect the hooks."""
    app.connect("builder-inited", show_plain_types)
    app.connect("autodoc-skip-member", leave_out)
    app.connect("autodoc-process-docstring", describe_field)
    app.connect("autodoc-process-signature", hide_fields)
    app.connect("missing-reference", show_unlinked)
