r"""WHAT WE WRITE TO WHOM WE WANT: offer letters from templates, as text and as HTML.

A `LetterTemplate` is text with fields in double braces, and sections that depend on them; `Formats` are the rules by
which money, days and numbers are written. `offer_fields` gathers what an offer can say.

*Laws.* Nothing in a template is executed. What a field holds is text, wherever it came from: it is escaped in HTML, and
never read for fields. A letter that lacks something is not written, and all that it lacks is named at once. Amounts are
not rounded.

>>> from crmcore.model import Money
>>> from datetime import date
>>> template = LetterTemplate(
...     key="offer", subject="Your offer", text="Dear {{name}},\n\nWe offer {{pay}} {{period}} from {{starts_on}}."
... )
>>> template.missing({"name": "Ada"})
('pay', 'period', 'starts_on')
>>> from crmcore.model import PayPeriod
>>> pay = {"pay": Money(amount=72_000, currency="EUR"), "period": PayPeriod.YEAR}
>>> print(template.write({"name": "Ada", **pay, "starts_on": date(2026, 5, 1)}).text)
Dear Ada,
<BLANKLINE>
We offer EUR 72,000.00 a year from 1 May 2026.
"""

from crmcore.hiring.letters.formats import ENGLISH, FieldValue, Formats
from crmcore.hiring.letters.letter import Letter, LetterTemplate, offer_fields

__all__ = ["ENGLISH", "FieldValue", "Formats", "Letter", "LetterTemplate", "offer_fields"]
