"""WHO IS HIRED, AND HOW: what is worked out over several records of a job, its people and their steps.

The records themselves, with the laws of each, are in :mod:`crmcore.model.hiring`; here is what takes several of them at
once. Each part is a module or a room of its own, loaded when it is taken. In the order of the work:

    templates     opening a job: its own pipeline, and its seats
    postings      showing it: as schema.org JobPosting; `publishing`: on job boards, and off them again
    applying      taking in: from a form to a person, a candidate and an application; `knocking_out`: by which answers
    screening     who fits, and why; `recommending`: the same scores for a hundred thousand people
    assessing     tests by other systems
    moving        many at once, and which have stood for too long; boards
    slots         when an interview can be held; `invitations`: as calendars know it, and the answers
    offering      offers, seats and applications in step, up to the hire; `letters`: what is written of an offer
    handover      what the employer's systems need of a hire
    seating       more seats for a job, and a closed one taken up again; `closing`: a job with its seats and postings
    pools         whom we stay in touch with
    vault         whether hiring is fair, without knowing who is who
    histories     what happened before we were told

*Laws.* Records, ids and instants are handed in; nothing is read from a store, a clock or the network. What is refused
says what would be allowed. What is decided says why. What belongs together comes back together, records and events, for
one unit of work: :class:`crmcore.app.CRM` writes it.

>>> from datetime import UTC, datetime
>>> from crmcore.hiring import offering, templates
>>> from crmcore.model import Money, Occasion
>>> from crmcore.model.hiring import Application, OfferTerms
>>> from crmcore.testing import SequenceIds
>>> new_id = SequenceIds("id")
>>> def on(day):
...     return Occasion(event_id=new_id(), at=datetime(2026, 3, day, tzinfo=UTC), actor="eva")
>>> opened = templates.general.open("Data engineer", new_id=new_id, on=on(1))
>>> job, pipeline, seat = opened.job, opened.pipeline, opened.openings[0]
>>> ada, _ = Application.begin(id="a-1", contact="c-1", job=job.id, within=pipeline, on=on(2))
>>> ada, told = ada.move("interview", within=pipeline, on=on(5))
>>> told.type
'application.moved'
>>> terms = OfferTerms(title="Data engineer", pay=Money(amount=72_000, currency="EUR"))
>>> made = offering.draft(id="f-1", application=ada, opening=seat, job=job, terms=terms, on=on(9))
>>> made = offering.submit(made.offer, application=ada, opening=seat, job=job, on=on(9))
>>> made = offering.send(made.offer, application=ada, opening=seat, job=job, on=on(9))
>>> made.opening.status.value
'reserved'
>>> made = offering.accept(made.offer, application=made.application, opening=made.opening, on=on(12))
>>> made = offering.hire(application=made.application, opening=made.opening, offer=made.offer, on=on(12))
>>> made.application.status.value, made.opening.status.value, [event.type for event in made.events]
('hired', 'filled', ['application.hired', 'opening.filled'])
"""
