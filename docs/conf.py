"""The documentation site. A warning is an error; names outside of crmcore are not resolved, so it builds offline."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import crmcore

if TYPE_CHECKING:
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
autodoc_default_options = {"members": True, "undoc-members": True, "exclude-members": "model_config,model_post_init"}
napoleon_use_ivar = True
nitpick_ignore_regex = [
    ("py:.*", r"(?!crmcore\.).*"),
    ("py:.*", r"crmcore\.(\w+\.)+[A-Z](_co|_contra)?"),  # type variables
]


def describe_field(_app: Sphinx, what: str, name: str, _obj: object, _options: object, lines: list[str]) -> None:
    """Give a pydantic field without a docstring the description that its declaration carries."""
    if what not in {"attribute", "property"} or any(lines):
        return
    path, _, field = name.rpartition(".")
    module, _, owner = path.rpartition(".")
    try:
        fields: dict[str, Any] = getattr(getattr(import_module(module), owner), "model_fields", {})
    except (ImportError, AttributeError):  # a nested class; those have docstrings
        return
    if field in fields and fields[field].description:
        lines.append(fields[field].description)


def setup(app: Sphinx) -> None:
    """Connect the hook."""
    app.connect("autodoc-process-docstring", describe_field)
