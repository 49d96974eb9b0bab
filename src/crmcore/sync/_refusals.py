"""Reads cells that say whether somebody wants to be left alone; what is unclear counts as a refusal."""

from __future__ import annotations

from crmcore.model.scalars import label_key

__all__ = ["NOT_REFUSED", "REFUSED", "says_no"]

REFUSED = frozenset(
    """
    1 yes y true t x ja j oui si sí sim on checked opted_out opted-out opt-out optout unsubscribed unsubscribe dnc
    do_not_contact suppressed blocked complained abgemeldet désabonné baja uitgeschreven wahr vrai verdadero vero
    """.split()
) | {"opted out", "opt out", "do not contact", "do not call", "do not email"}
"""Words that plainly refuse."""

NOT_REFUSED = frozenset(
    """
    0 no n false f nein non nee off never none null nan na n/a - -- unchecked subscribed active ok falsch faux falso
    """.split()
) | {"", "opted in", "opt in", "opted_in", "opt-in", "opted-in"}
"""Words that plainly do not refuse."""


def says_no(text: str) -> bool:
    """Tell whether the cell of an opt-out column refuses; a date, a reason, or anything unclear does.

    >>> says_no("Yes"), says_no("0"), says_no("2023-04-01"), says_no("maybe")
    (True, False, True, True)
    """
    return label_key(text) not in NOT_REFUSED
