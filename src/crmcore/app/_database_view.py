"""What the database report shows of a store, counted in one pass over each kind."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from crmcore.model.contact import ContactRecord
from crmcore.model.source import ImportRun
from crmcore.reports import ChannelStates, Completeness, Count, DatabaseView, Fact, ImportView, PeriodEvents

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from crmcore.ports import Store

__all__ = ["view_of"]

CHANNELS = {"e-mail": "emails", "telephone": "phones", "address": "addresses", "profile": "links"}
FIELDS: Mapping[str, Callable[[ContactRecord], bool]] = {
    "name": lambda contact: not contact.name.is_empty,
    "e-mail": lambda contact: bool(contact.emails),
    "telephone": lambda contact: bool(contact.phones),
    "address": lambda contact: bool(contact.addresses),
    "employer": lambda contact: bool(contact.employments or contact.affiliations),
    "headline": lambda contact: bool(contact.headline),
    "skills": lambda contact: bool(contact.skills),
    "profile": lambda contact: bool(contact.links),
    "date of birth": lambda contact: contact.born is not None,
}
SHOWN_IMPORTS = 50


def view_of(name: str, store: Store) -> DatabaseView:
    """Count what the report shows."""
    contacts = opt_outs = 0
    sources: Counter[str] = Counter()
    states: dict[str, Counter[str]] = {channel: Counter() for channel in CHANNELS}
    filled: Counter[str] = Counter()
    for contact in store.stream(ContactRecord):
        contacts += 1
        opt_outs += _refuses(contact)
        sources.update({origin.source for origins in contact.provenance.values() for origin in origins})
        for channel, field in CHANNELS.items():
            states[channel].update(one.status.state.value.replace("_", " ") for one in getattr(contact, field))
        filled.update(field for field, is_filled in FIELDS.items() if is_filled(contact))
    runs = sorted(store.stream(ImportRun), key=lambda run: (run.started_at, run.id), reverse=True)
    return DatabaseView(
        name=name,
        contacts=contacts,
        merged=sum(_joined(run) for run in runs),
        opt_outs=opt_outs,
        sources=tuple(Count(label=label, count=count) for label, count in _ranked(sources)),
        channels=tuple(
            ChannelStates(channel=channel, states=tuple(Count(label=s, count=n) for s, n in _ranked(found)))
            for channel, found in states.items()
            if found
        ),
        completeness=tuple(Completeness(field=field, filled=filled[field], total=contacts) for field in FIELDS),
        imports=tuple(_import(run) for run in runs[:SHOWN_IMPORTS]),
        events=_periods(store),
        facts=(Fact(label="rows imported", value=f"{sum(run.rows for run in runs):,}"),),
    )


def _refuses(contact: ContactRecord) -> bool:
    channels = (*contact.emails, *contact.phones, *contact.addresses, *contact.links)
    return contact.do_not_contact is not None or any(one.status.state.refuses for one in channels)


def _ranked(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _joined(run: ImportRun) -> int:
    """How many rows of an import joined a contact that another row had made."""
    return run.rows - run.rejected_rows - run.unchanged - run.created


def _import(run: ImportRun) -> ImportView:
    return ImportView(
        at=f"{run.started_at:%Y-%m-%d %H:%M} UTC",
        source=", ".join(run.sources),
        rows=run.rows,
        new=run.created,
        merged=_joined(run),
        rejected=run.rejected_rows,
        actor=run.actor,
    )


def _periods(store: Store) -> tuple[PeriodEvents, ...]:
    """Count events by month."""
    months: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for stored in store.history.events():
        months[f"{stored.event.recorded_at:%Y-%m}"][stored.event.type] += 1
    return tuple(PeriodEvents(label=month, events=dict(sorted(months[month].items()))) for month in sorted(months))
