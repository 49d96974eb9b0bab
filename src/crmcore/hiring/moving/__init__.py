"""WHAT MOVES: many at once, onto seats and off them, along a board, and which have stood for too long.

A step of one record is a verb of that record; here are the steps that need more than one. All of it serves
applications, deals and prospects alike, but for seats, which only applications take.

    bulk      one thing done for each of several, with a result for each: done, refused and why, out of date, not found
    verbs     moving, rejecting, reopening, ... listed records; `entering`: into a stage that has only so much room
    ageing    which are due or stale at an instant
    board     the columns of a pipeline, in the order in which people put the cards

*Laws.* Ids are listed, never asked for: what is not listed is not touched. One refusal stops no other, unless all or
nothing was asked for. Of two that want the last place in a stage the one listed first gets it.
"""

from crmcore.hiring.moving.ageing import Age, Staleness, ages
from crmcore.hiring.moving.board import StageColumn, board, put
from crmcore.hiring.moving.bulk import Ask, Bulk, Item, Outcome, asked, each_once, in_bulk
from crmcore.hiring.moving.verbs import advance_all, move_all, reject_all, reopen_all, withdraw_all

__all__ = [
    "Age",
    "Ask",
    "Bulk",
    "Item",
    "Outcome",
    "StageColumn",
    "Staleness",
    "advance_all",
    "ages",
    "asked",
    "board",
    "each_once",
    "in_bulk",
    "move_all",
    "put",
    "reject_all",
    "reopen_all",
    "withdraw_all",
]
