"""What can happen to a requisition, and how far it is then.

The table of states::

    (none)       --draft-->     draft
    draft        --submit-->    in approval
    in approval  --approve-->   approved        with the last answer that is needed
    in approval  --refuse-->    draft           so it does when whoever asked withdraws
    approved     --open-->      open            seats can be opened
    open         --hold-->      on hold         --resume--> open
    open         --close-->     closed          --reopen--> open
    (any but closed and cancelled)  --submit-->  in approval    it was edited
    (any but closed)                --cancel-->  cancelled
"""

from __future__ import annotations

from enum import StrEnum

from crmcore.model.machine import Machine, Told

__all__ = ["PAST", "REQUISITIONS", "RequisitionStatus", "RequisitionStep", "RequisitionVerb"]


class RequisitionStatus(StrEnum):
    """How far the leave to hire is."""

    DRAFT = "draft"
    IN_APPROVAL = "in_approval"
    APPROVED = "approved"
    OPEN = "open"
    ON_HOLD = "on_hold"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class RequisitionVerb(StrEnum):
    """What can happen to a requisition."""

    DRAFT = "draft"
    SUBMIT = "submit"
    APPROVE = "approve"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    OPEN = "open"
    HOLD = "hold"
    RESUME = "resume"
    CLOSE = "close"
    REOPEN = "reopen"
    CANCEL = "cancel"


_S, _V = RequisitionStatus, RequisitionVerb
_LEAVING = {_V.SUBMIT: _S.IN_APPROVAL, _V.CANCEL: _S.CANCELLED}

REQUISITIONS = Machine(
    {
        None: {_V.DRAFT: _S.DRAFT},
        _S.DRAFT: _LEAVING,
        _S.IN_APPROVAL: {_V.APPROVE: _S.APPROVED, _V.REFUSE: _S.DRAFT, _V.WITHDRAW: _S.DRAFT, **_LEAVING},
        _S.APPROVED: {_V.OPEN: _S.OPEN, **_LEAVING},
        _S.OPEN: {_V.HOLD: _S.ON_HOLD, _V.CLOSE: _S.CLOSED, **_LEAVING},
        _S.ON_HOLD: {_V.RESUME: _S.OPEN, _V.CLOSE: _S.CLOSED, **_LEAVING},
        _S.CLOSED: {_V.REOPEN: _S.OPEN},
        _S.CANCELLED: {},
    }
)
"""What can happen to a requisition in each state."""

PAST = {
    _V.DRAFT: "drafted",
    _V.SUBMIT: "submitted",
    _V.APPROVE: "approved",
    _V.REFUSE: "refused",
    _V.WITHDRAW: "withdrawn",
    _V.OPEN: "opened",
    _V.HOLD: "held",
    _V.RESUME: "resumed",
    _V.CLOSE: "closed",
    _V.REOPEN: "reopened",
    _V.CANCEL: "cancelled",
}


class RequisitionStep(Told):
    """One thing that happened to a requisition."""

    verb: RequisitionVerb
