"""Who is measured: crmcore and its peers, each with the interpreter and the script that it takes."""

from __future__ import annotations

import sys
from pathlib import Path

from .children import Engine
from .environments import NotInstalled, python_of

__all__ = ["OURS", "PEERS", "engines"]

SCRIPTS = Path(__file__).parent / "peers"
OURS = ("crmcore", "crmcore dedupe")
PEERS = {
    "splink": ["Splink"],
    "dedupe": ["dedupe"],
    "recordlinkage": ["recordlinkage"],
    "goldenmatch": ["GoldenMatch, probabilistic", "GoldenMatch"],
}
"""Peer -> the names under which it is shown, one for each way in which it runs."""


def engines(wanted: tuple[str, ...], *, ours: bool = True) -> tuple[list[Engine], dict[str, str]]:
    """Return the engines, and for each peer that is wanted and cannot be had the reason."""
    here = Path(sys.executable)
    found = []
    if ours:
        found = [
            Engine(name=OURS[0], python=here, script=SCRIPTS / "crmcore_here.py"),
            Engine(name=OURS[1], python=here, script=SCRIPTS / "crmcore_command.py", links=False),
        ]
    lacking = {}
    for peer in wanted:
        try:
            found += _of_peer(peer, python_of(peer))
        except NotInstalled as reason:
            lacking |= dict.fromkeys(PEERS[peer], str(reason))
    return found, lacking


def _of_peer(peer: str, python: Path) -> list[Engine]:
    if peer == "splink":
        return [Engine(name="Splink", python=python, script=SCRIPTS / "splink_5.py")]
    if peer == "dedupe":
        return [Engine(name="dedupe", python=python, script=SCRIPTS / "dedupe_3.py", told=True)]
    if peer == "recordlinkage":
        return [Engine(name="recordlinkage", python=python, script=SCRIPTS / "recordlinkage_0.py")]
    script, names = SCRIPTS / "goldenmatch_3.py", PEERS["goldenmatch"]
    return [
        Engine(name=name, python=python, script=script, mode=mode)
        for name, mode in zip(names, ("probabilistic", "zero-config"), strict=True)
    ]
