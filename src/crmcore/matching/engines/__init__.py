"""Where a match specification runs: here, on this machine's cores."""

from crmcore.matching.engines.local import Evaluated, Learned, group, learn, run

__all__ = ["Evaluated", "Learned", "group", "learn", "run"]
