"""One small spring of hiring, of which every measure was worked out by hand.

Days are counted from 1 March 2026, a Sunday, 00:00 UTC, which is day 0; every step is told at once unless said.
The stages: applied (application), screen (screening), onsite (interview), offer (offer).

Jobs

==== ===================================================== ==================== ====================================
job  steps                                                  marks                seats
==== ===================================================== ==================== ====================================
j-1  opened 0, on hold 20 to 30                             approved 1, posted 2 o-1 opened 0, o-2 opened 0
j-2  opened 10, closed 40, reopened 50                      posted 12            o-3 opened 10, o-5 opened 60
j-3  opened 0; evergreen                                                         o-4 opened 0
==== ===================================================== ==================== ====================================

Applications

==== ====== ==== ======== ===========================================================================================
id   person job  source   what happened
==== ====== ==== ======== ===========================================================================================
a-1  p-1    j-1  referral touched 1; applied 4, screen 6, onsite 10, offer 16; offer f-1 sent 18, second version
                          written 22 and sent 23, accepted 32; hired 34, seat o-1; begins on day 60
a-2  p-2    j-1  referral applied 5, screen 8, rejected 12, reopened in screen 15, onsite 19; offer f-2 sent 33 and
                          accepted 35; hired 36, seat o-2
a-3  p-3    j-1  board    applied 6, screen 9, back to applied 11, screen 13, rejected 17
a-4  p-3    j-2  board    applied 14, onsite 18, offer 24; offer f-3 sent 25, declined 29; withdrawn 30
a-5  p-4    j-2  agency   applied 52, onsite 55; offer f-4 sent 57, accepted 58; hired 59, seat o-3
a-6  p-5    j-3  board    applied 3, hired 8, seat o-4
a-7  p-6    j-1           applied 40
a-8  p-7    j-2  agency   applied 15, offer 20; offer f-5 sent 21, accepted 26, reneged 28; rejected 28
a-9  p-8    j-2           applied 100, screen 120; offer f-6 sent 125
==== ====== ==== ======== ===========================================================================================

Persons p-1, p-2 and p-4 became known to us on days 1, 5 and 50. The measures are taken for day 140.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from crmcore.model.hiring import Application, Job, Offer, Opening
from crmcore.model.hiring.job import JobStep
from crmcore.model.hiring.offer_steps import OfferStep
from crmcore.model.hiring.opening import SeatEntry
from crmcore.model.hiring.terms import OfferTerms
from crmcore.model.money import Money
from crmcore.model.pipeline import Pipeline, Stage
from crmcore.model.stage_history import StageHistory, Step
from crmcore.reports.pipeline import Mark, StageTable

BEGAN = datetime(2026, 3, 1, tzinfo=UTC)
STAGES = {"applied": "application", "screen": "screening", "onsite": "interview", "offer": "offer"}
PIPELINE = Pipeline(
    id="p-1", name="All", stages=[Stage(key=key, label=key.title(), category=means) for key, means in STAGES.items()]
)


def day(number: float) -> datetime:
    """Return the instant of a day's number."""
    return BEGAN + timedelta(days=number)


def told(number: float) -> dict[str, object]:
    """Return what a step says that occurred, and was told, on a day."""
    return {"occurred_at": day(number), "recorded_at": day(number), "by": "eva"}


def job(key: str, steps: str, *, department: str, is_evergreen: bool = False) -> Job:
    """Build a job from words such as "open 0, hold 20"."""
    history = [JobStep(verb=verb, **told(float(at))) for verb, at in pairs(steps)]
    return Job(id=key, title=key, pipeline="p-1", history=history, department=department, is_evergreen=is_evergreen)


def pairs(words: str) -> list[list[str]]:
    """Split "a 1, b 2" into [["a", "1"], ["b", "2"]]."""
    return [each.split() for each in words.split(", ")]


def application(key: str, person: str, of: str, source: str, steps: str, *, recruiter: str) -> Application:
    """Build an application from words such as "applied 4, screen 6, reject 9"; the first word is where it began."""
    told_steps: list[Step] = []
    stage = ""
    for word, at in pairs(steps):
        verb = "enter" if not told_steps else word if word in {"hire", "reject", "withdraw"} else "move"
        if word.startswith("reopen:"):
            verb, word = "reopen", word.removeprefix("reopen:")  # noqa: PLW2901
        stage = stage if verb in {"hire", "reject", "withdraw"} else word
        told_steps.append(Step(verb=verb, stage=stage, **told(float(at))))
    history = StageHistory(steps=told_steps)
    return Application(
        id=key, contact=person, job=of, pipeline="p-1", history=history, source=source, recruiter=recruiter
    )


def seat(key: str, of: str, opened: float, *, filled: float | None = None, by: str | None = None) -> Opening:
    """Build an opening."""
    ledger = [SeatEntry(verb="open", **told(opened))]
    ledger += [] if filled is None else [SeatEntry(verb="fill", application=by, **told(filled))]
    return Opening(id=key, job=of, ledger=ledger)


def offer(key: str, to: Application, steps: str, *, starts_on: date | None = None) -> Offer:
    """Build an offer from words such as "draft 18, submit 18, approve 18, send 18"."""
    history, number = [], 0
    for verb, at in pairs(steps):
        number += verb in {"draft", "revise"}
        history.append(OfferStep(verb=verb, number=number, **told(float(at))))
    terms = OfferTerms(title="Engineer", pay=Money(amount=1, currency="EUR"), starts_on=starts_on)
    return Offer(
        id=key, application=to.id, contact=to.contact, job=to.job, opening="o-x", versions=[terms] * number,
        history=history,
    )  # fmt: skip


def out(number: int, verb: str = "draft") -> str:
    """Return the steps by which a version goes out on a day."""
    return ", ".join(f"{each} {number}" for each in (verb, "submit", "approve", "send"))


JOBS = [
    job("j-1", "open 0, hold 20, resume 30", department="d-1"),
    job("j-2", "open 10, close 40, reopen 50", department="d-2"),
    job("j-3", "open 0", department="d-2", is_evergreen=True),
]
APPLICATIONS = [
    application("a-1", "p-1", "j-1", "referral", "applied 4, screen 6, onsite 10, offer 16, hire 34", recruiter="u-1"),
    application(
        "a-2",
        "p-2",
        "j-1",
        "referral",
        "applied 5, screen 8, reject 12, reopen:screen 15, onsite 19, hire 36",
        recruiter="u-1",
    ),
    application("a-3", "p-3", "j-1", "board", "applied 6, screen 9, applied 11, screen 13, reject 17", recruiter="u-2"),
    application("a-4", "p-3", "j-2", "board", "applied 14, onsite 18, offer 24, withdraw 30", recruiter="u-2"),
    application("a-5", "p-4", "j-2", "agency", "applied 52, onsite 55, hire 59", recruiter="u-2"),
    application("a-6", "p-5", "j-3", "board", "applied 3, hire 8", recruiter="u-1"),
    application("a-7", "p-6", "j-1", "", "applied 40", recruiter="u-1"),
    application("a-8", "p-7", "j-2", "agency", "applied 15, offer 20, reject 28", recruiter="u-2"),
    application("a-9", "p-8", "j-2", "", "applied 100, screen 120", recruiter="u-2"),
]
BY_ID = {each.id: each for each in APPLICATIONS}
OFFERS = [
    offer("f-1", BY_ID["a-1"], f"{out(18)}, {out(22, 'revise').replace('send 22', 'send 23')}, accept 32",
          starts_on=day(60).date()),
    offer("f-2", BY_ID["a-2"], f"{out(33)}, accept 35"),
    offer("f-3", BY_ID["a-4"], f"{out(25)}, decline 29"),
    offer("f-4", BY_ID["a-5"], f"{out(57)}, accept 58"),
    offer("f-5", BY_ID["a-8"], f"{out(21)}, accept 26, renege 28"),
    offer("f-6", BY_ID["a-9"], out(125)),
]  # fmt: skip
OPENINGS = [
    seat("o-1", "j-1", 0, filled=34, by="a-1"),
    seat("o-2", "j-1", 0, filled=36, by="a-2"),
    seat("o-3", "j-2", 10, filled=59, by="a-5"),
    seat("o-4", "j-3", 0, filled=8, by="a-6"),
    seat("o-5", "j-2", 60),
]
MARKS = [
    Mark("approved", "j-1", day(1)),
    Mark("posted", "j-1", day(2)),
    Mark("posted", "j-2", day(12)),
    Mark("touched", "a-1", day(1)),
    Mark("added", "a-1", day(1)),
    Mark("added", "a-2", day(5)),
    Mark("added", "a-5", day(50)),
]
NOW = day(140)


def table() -> StageTable:
    """Return what happened as columns."""
    return StageTable.of(APPLICATIONS, pipelines=[PIPELINE], jobs=JOBS, openings=OPENINGS, offers=OFFERS, marks=MARKS)
