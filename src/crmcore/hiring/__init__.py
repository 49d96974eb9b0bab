"""WHO IS HIRED, AND HOW: what is worked out over several records of a job, its people and their steps.

The records themselves, with their laws, are in :mod:`crmcore.model.hiring`; here is what takes several of them at once.
Each part is a module or a room of its own, loaded when it is asked for.

*Laws.* Records, ids and instants are handed in; nothing is read from a store, a clock or the network. What is refused
says what would be allowed. What is decided says why.

>>> from datetime import UTC, datetime
>>> from crmcore.model import Occasion
>>> from crmcore.model.hiring import Opening
>>> on = Occasion(event_id="e-1", at=datetime(2026, 3, 1, tzinfo=UTC), actor="eva", reason="growth")
>>> seat, _ = Opening(id="o-1", job="j-1").open(on=on)
>>> seat, _ = seat.reserve("a-1", on=on)
>>> seat.status.value, seat.holder
('reserved', 'a-1')
"""
