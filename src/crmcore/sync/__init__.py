"""WHAT IS TRUE: which of several values survives, and what that does to the records.

*Nouns.* An `Intake` turns rows into `Draft`s and rejects. A `Precedence` is the order of trust and the rules of
survivorship, as data; a `Choice` is one decision by it, with its reason. `resolve` makes one `Golden` record of
several, `golden_rows` does the same for a plain table. An `ImportPlan` says what an import will do before anything is
written. `located` gives an address the coordinates of its city.

*Laws.* The order of the inputs does not show. What is valid wins over what is not. Of what there may be several,
nothing is lost. A refusal anywhere holds. Every surviving value names its sources. Two stored records are never merged
silently, and a row that comes a second time changes nothing.

>>> from crmcore.model import ContactRecord, PersonName, Provenance
>>> ats = ContactRecord(id="1", name=PersonName(given="Ada")).observed(Provenance(source="ats"))
>>> crm = ContactRecord(id="2", name=PersonName(given="Ada"), headline="Poet").observed(Provenance(source="crm"))
>>> golden = resolve([ats, crm], precedence=Precedence(sources=("ats", "crm")), id="1").record
>>> golden.headline, [one.source for one in golden.why("headline")], [one.source for one in golden.why("name.given")]
('Poet', ['crm'], ['ats', 'crm'])
"""

from crmcore.sync.drafts import Draft, RowIds, settle_ids
from crmcore.sync.golden import Disagreement, Golden, resolve
from crmcore.sync.intake import Intake
from crmcore.sync.locating import Locator, located
from crmcore.sync.plan import ImportPlan, PlannedAction, PlannedContact, PossibleDuplicate, Summary, build_plan
from crmcore.sync.rows import golden_rows
from crmcore.sync.survivorship import Choice, Contender, Precedence, Rule, choose

__all__ = [
    "Choice",
    "Contender",
    "Disagreement",
    "Draft",
    "Golden",
    "ImportPlan",
    "Intake",
    "Locator",
    "PlannedAction",
    "PlannedContact",
    "PossibleDuplicate",
    "Precedence",
    "RowIds",
    "Rule",
    "Summary",
    "build_plan",
    "choose",
    "golden_rows",
    "located",
    "resolve",
    "settle_ids",
]
