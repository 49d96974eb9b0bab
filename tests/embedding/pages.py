"""The code of a how-to page, to be run elsewhere than on the page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to"
BLOCK = re.compile(r"^```python\n(.*?)^```", flags=re.DOTALL | re.MULTILINE)


def blocks(page: str, *, until: str) -> dict[str, Any]:
    """Run the Python blocks of a page up to the one that holds a word; return what they defined."""
    namespace: dict[str, Any] = {"__name__": page.removesuffix(".md").replace("-", "_")}
    for block in BLOCK.findall((HOW_TO / page).read_text(encoding="utf-8")):
        if until in block:
            return namespace
        exec(block, namespace)  # noqa: S102 - our own page
    raise LookupError(f"{page} has no block with {until!r}")
