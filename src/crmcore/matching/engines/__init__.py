"""Where a match specification runs: here, on this machine's cores."""

from crmcore.matching.engines.local import (
    Evaluated,
    Learned,
    Prepared,
    bind,
    blocking_recall,
    group,
    learn,
    prepare,
    run,
)

__all__ = ["Evaluated", "Learned", "Prepared", "bind", "blocking_recall", "group", "learn", "prepare", "run"]
