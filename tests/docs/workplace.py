"""Where the examples of one page run: an empty folder of its own, left again when the page is done."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

HOME = "workplace.home"
FOLDER = "workplace.folder"


def enter(namespace: dict[str, Any]) -> None:
    """Make an empty folder and stand in it; put there the files that a page's reader is said to have."""
    namespace[HOME] = Path.cwd()
    namespace[FOLDER] = tempfile.TemporaryDirectory(prefix="crmcore-page-", ignore_cleanup_errors=True)
    os.chdir(namespace[FOLDER].name)


def leave(namespace: dict[str, Any]) -> None:
    """Go home and take the folder away."""
    os.chdir(namespace.pop(HOME))
    namespace.pop(FOLDER).cleanup()
