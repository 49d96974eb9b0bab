"""WHO APPLIES: from a form to a person, a candidate and an application, all of it or none.

A form is read, whoever sent it is looked for among those who are known by its e-mails, phones and links, rules say
whether they may apply, and a plan holds every record and event to be written in one unit of work. Nothing is written
here.

    form         what came in: a name, ways to reach the person, answers, the source
    identity     who it is: new, one who is known, or not to be told, which is said and never guessed
    reapplying   who may apply again, and when
    planning     `apply`: the plan, or why there is none

*Laws.* An address of a function or a stand-in finds nobody; an identifier that many hold joins no strangers. Where the
e-mail leads to one person and the phone to another, the outcome is `Ambiguous`, and somebody decides. Earlier
applications stay as they are.
"""

from crmcore.hiring.applying.form import ApplicationForm, Doubt, Read, read_form
from crmcore.hiring.applying.identity import Ambiguous, Claim, Guards, who
from crmcore.hiring.applying.planning import NEW, Applied, Known, Refused, apply
from crmcore.hiring.applying.reapplying import Barred, Reapplying

__all__ = [
    "NEW",
    "Ambiguous",
    "ApplicationForm",
    "Applied",
    "Barred",
    "Claim",
    "Doubt",
    "Guards",
    "Known",
    "Read",
    "Reapplying",
    "Refused",
    "apply",
    "read_form",
    "who",
]
