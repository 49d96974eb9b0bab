"""``crmcore doctor``: what is installed, and what each extra would add."""

import platform
import re
import sqlite3
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from typing import Any

import attrs

import crmcore
from crmcore.cli import _options as given
from crmcore.cli._failures import reporting
from crmcore.cli._screen import Screen

__all__ = ["PURPOSES", "Requirement", "doctor", "requirements"]

PURPOSES = {
    "": "model, hygiene, matching",
    "arrow": "Parquet files, Arrow tables",
    "calendar": "busy times, answers to invitations",
    "charts": "pictures of the evidence",
    "cli": "this command line",
    "crypto": "sealed fields",
    "postgres": "PostgreSQL databases",
    "reports": "the HTML reports",
    "sheets": "workbooks, odd encodings",
    "spark": "matching on a cluster",
    "sql": "databases",
    "testing": "the suite for stores",
}
"""What each extra is for; the empty name is the base."""

_SPECIFIER = re.compile(r"^(?P<name>[\w.-]+)(?:\[[\w,.-]*\])?\s*(?P<versions>[^;]*)(?:;\s*(?P<marker>.*))?$")


@attrs.frozen(kw_only=True)
class Requirement:
    """One package that crmcore can use.

    Attributes:
        extra: the extra that brings it; empty for the base.
        package: its name.
        wanted: the versions that do, as the package says.
        installed: the version that is there, or None.

    """

    extra: str
    package: str
    wanted: str
    installed: str | None

    @property
    def state(self) -> str:
        """Say ``ok``, ``missing`` or ``too old``.

        >>> Requirement(extra="sql", package="sqlalchemy", wanted=">=2.0.40", installed="1.4.54").state
        'too old'
        """
        if self.installed is None:
            return "missing"
        least = re.search(r">=\s*([\d.]+)", self.wanted)
        return "too old" if least and _numbers(self.installed) < _numbers(least[1]) else "ok"


def requirements() -> Iterator[Requirement]:
    """Yield what this crmcore says it needs on this Python, the base first."""
    found = [_parse(line) for line in requires("crmcore") or ()]
    yield from sorted(filter(None, found), key=lambda r: (r.extra, r.package))


def doctor(*, json: given.Json = False, debug: given.Debug = False) -> None:
    """Say what is installed, and what each extra would add."""
    screen = Screen(json=json, debug=debug)
    with reporting(screen):
        system = f"Python {platform.python_version()}, {platform.system()}, SQLite {sqlite3.sqlite_version}"
        parts = _parts()
        screen.say(f"crmcore {crmcore.__version__} on {system}", style="bold")
        screen.say("")
        screen.table(("part", "state", "what for", "packages"), [_row(name, part) for name, part in parts.items()])
        for name, part in parts.items():
            if not part["complete"]:
                screen.say(f"\n{name}: {part['install']}")
        screen.document(
            {
                "command": "doctor",
                "crmcore": crmcore.__version__,
                "python": platform.python_version(),
                "platform": sys.platform,
                "sqlite": sqlite3.sqlite_version,
                "parts": parts,
            }
        )


def _row(name: str, part: dict[str, Any]) -> tuple[str, str, str, str]:
    packages = [
        f"{package} {found['installed'] or ''}{'' if found['state'] == 'ok' else found['state']}".replace("  ", " ")
        for package, found in part["packages"].items()
    ]
    return name, "complete" if part["complete"] else "incomplete", part["purpose"], ", ".join(packages)


def _parts() -> dict[str, dict[str, Any]]:
    parts: dict[str, dict[str, Any]] = {}
    for needed in requirements():
        named = f"crmcore[{needed.extra}]" if needed.extra else "crmcore"
        part = parts.setdefault(
            needed.extra or "base",
            {
                "purpose": PURPOSES.get(needed.extra, ""),
                "install": f"pip install --upgrade '{named}'",
                "complete": True,
                "packages": {},
            },
        )
        part["complete"] = part["complete"] and needed.state == "ok"
        part["packages"][needed.package] = {
            "wanted": needed.wanted,
            "installed": needed.installed,
            "state": needed.state,
        }
    return parts


def _parse(line: str) -> Requirement | None:
    parts = _SPECIFIER.match(line)
    marker = (parts["marker"] or "") if parts else ""
    extra = re.search(r"extra\s*==\s*['\"]([\w-]+)['\"]", marker)
    if parts is None or not _applies(marker) or (extra and extra[1] == "all"):  # "all" only gathers the others
        return None
    try:
        installed = version(parts["name"])
    except PackageNotFoundError:
        installed = None
    return Requirement(
        extra=extra[1] if extra else "", package=parts["name"], wanted=parts["versions"].strip(), installed=installed
    )


def _applies(marker: str) -> bool:
    """Say whether the two kinds of marker that crmcore uses hold here; any other is taken to hold."""
    if below := re.search(r"python_version\s*<\s*['\"]([\d.]+)['\"]", marker):
        return sys.version_info[:2] < _numbers(below[1])
    if system := re.search(r"sys_platform\s*==\s*['\"](\w+)['\"]", marker):
        return sys.platform == system[1]
    return True


def _numbers(text: str) -> tuple[int, ...]:
    found = re.match(r"\d+(?:\.\d+)*", text)
    return tuple(map(int, found[0].split("."))) if found else ()
