"""Many processes at one store, all released at one moment; what each has to say comes back as JSON."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any

__all__ = ["together"]


def together(count: int, work: Callable[[int], Any]) -> list[Any]:
    """Do the work in as many child processes; return what each returned, in order.

    A child that raised fails the caller's test: its traceback goes to standard error.
    """
    gate, open_gate = os.pipe()
    children = [_child(number, work, gate, open_gate) for number in range(count)]
    os.close(gate)
    os.close(open_gate)
    answers = []
    for child, pipe in children:
        with os.fdopen(pipe, "rb") as answer:
            answers.append(answer.read())
        os.waitpid(child, 0)
    assert all(answers), "a child process failed"
    return [json.loads(answer) for answer in answers]


def _child(number: int, work: Callable[[int], Any], gate: int, open_gate: int) -> tuple[int, int]:
    mine, theirs = os.pipe()
    child = os.fork()
    if child:
        os.close(theirs)
        return child, mine
    try:
        os.close(open_gate)
        os.read(gate, 1)
        os.write(theirs, json.dumps(work(number)).encode())
    except BaseException:  # noqa: BLE001 - the child must not return into the test run
        traceback.print_exc(file=sys.stderr)
    finally:
        os._exit(0)
