"""WHO BEGINS, AND WHAT THEIR EMPLOYER NEEDS TO KNOW: from a hire to the systems of whoever employs the person.

A `Hire` is gathered from the records of an application that is hired, and from nothing else. `scim_user` makes the
resource of SCIM 2.0 of it, `employee` that of an HR system; `export_user` keeps one user for one hire in a `Directory`.

*Laws.* Nobody who is not hired is handed over. A hire has one id, whatever happens to it, and exporting it again makes
no second user. Payloads name what is sent; nothing is sent because it is there. Pay goes to HR systems only, and only
with the offer; what equal-opportunity law guards goes nowhere.

>>> from datetime import UTC, date, datetime
>>> from crmcore.model import ContactRecord, PersonName
>>> begins = {"hired_at": datetime(2026, 3, 1, tzinfo=UTC), "starts_on": date(2026, 5, 1), "title": "Data engineer"}
>>> hire = Hire(id="a-1", contact="c-1", job="j-1", opening="o-1", **begins)
>>> ada = ContactRecord(id="c-1", name=PersonName(given="Ada", family="Lovelace"))
>>> user = scim_user(hire, ada, user_name="ada", as_of=date(2026, 4, 30))
>>> user["externalId"], user["active"], user["name"]["formatted"]
('a-1', False, 'Ada Lovelace')
>>> plan_user(user, [])
Make(user={'schemas': ['urn:ietf:params:scim:schemas:core:2.0:User'], 'externalId': 'a-1', ...
>>> plan_user(user, [{"id": "2819c223", **user}])
Keep(id='2819c223')
"""

from crmcore.hiring.handover.employee import employee
from crmcore.hiring.handover.exporting import (
    Adopt,
    Exported,
    ExportPlan,
    Keep,
    Make,
    Update,
    export_user,
    plan_user,
)
from crmcore.hiring.handover.hire import Hire, managers_first
from crmcore.hiring.handover.scim import (
    ENTERPRISE,
    USER,
    scim_active,
    scim_bulk,
    scim_patch,
    scim_user,
)
from crmcore.ports import Directory

__all__ = [
    "ENTERPRISE",
    "USER",
    "Adopt",
    "Directory",
    "ExportPlan",
    "Exported",
    "Hire",
    "Keep",
    "Make",
    "Update",
    "employee",
    "export_user",
    "managers_first",
    "plan_user",
    "scim_active",
    "scim_bulk",
    "scim_patch",
    "scim_user",
]
