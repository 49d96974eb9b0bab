"""What it costs to score a hundred thousand applicants for one job, beside a row loop over the same in the same run.

    python benchmarks/bench_recommending.py                      100,000 applicants, a dozen criteria, 1,000 jobs
    python benchmarks/bench_recommending.py --applicants 10000   sooner

*A new job* is scoring everybody by rules of which no criterion was held against anybody before: other skills, another
level, another city, with the best fifty put in order; the columns of the applicants are there. *Columns* is making
these of the applicants, once: the first scores after a start wait for it. *The row loop* is the explainable score of
each applicant, by a part of them and scaled; *plain* is the same loop without evidence. Both give the same numbers as
the columns, which is checked here too. *Which jobs suit somebody* is the other direction: one applicant, many jobs.
"""

from __future__ import annotations

import argparse
import random
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from crmcore.hiring.recommending import ApplicantColumns, RuleColumns
from crmcore.hiring.screening import (
    Applicant,
    AvailabilityCriterion,
    DegreeCriterion,
    ExperienceCriterion,
    LanguageCriterion,
    PayCriterion,
    PlaceCriterion,
    QuestionCriterion,
    Screener,
    ScreeningRules,
    SkillCriterion,
)
from crmcore.hiring.screening.applicant import Area
from crmcore.hiring.screening.judging import Judged, judged
from crmcore.hygiene.partial_date import PartialDate
from crmcore.model import Education, Employment, Language, Skill, SkillLevel
from crmcore.model.career import LanguageLevel
from crmcore.model.hiring import Band
from crmcore.model.money import SalaryExpectation
from crmcore.query import F, holds

AT = datetime(2026, 3, 1, tzinfo=UTC)
RUNS = 7
BAR_SECONDS = 1.0
SKILLS = [f"skill {number}" for number in range(2_000)]
TITLES = [
    f"{rank} {field} {role}"
    for rank in ("Junior", "", "Senior", "Lead")
    for field in SKILLS[:150]
    for role in ("engineer", "analyst")
]
LANGUAGES = ("de", "en", "nl", "fr", "es", "it", "pl", "tr")
LEVELS, CEFR = (None, *SkillLevel), (None, *LanguageLevel)
CITIES = [(f"City {number}", 47 + number % 70 / 10, 2 + number / 40) for number in range(500)]
DEGREES = ("", "BSc", "MSc", "PhD", "Diploma", "B.A.")
SUBJECTS = ("Computer Science", "Physics", "History", "Economics", "")


def applicant(number: int) -> Applicant:
    """Return an applicant with about eight skills, three employments, one course and one town."""
    dice = random.Random(number)
    year, jobs = 2026 - dice.randrange(1, 20), []
    for place in range(dice.randrange(5)):
        begun, year = year, min(2026, year + dice.randrange(1, 5))
        summary = " ".join(dice.choice(SKILLS) for _ in range(3))
        jobs.append(
            Employment(
                company=f"Company {dice.randrange(5_000)}",
                title=dice.choice(TITLES),
                summary=summary,
                started=PartialDate(begun, dice.choice((None, 3, 9))),
                ended=None if year == 2026 else PartialDate(year, 12 if place % 2 else None),
                is_current=year == 2026,
            )
        )
    names = sorted({SKILLS[int(len(SKILLS) * dice.random() ** 3)] for _ in range(dice.randrange(14))})
    city, latitude, longitude = dice.choice(CITIES)
    pay = Decimal(dice.randrange(30, 120) * 1_000)
    return Applicant.model_construct(
        id=f"c{number:06}",
        skills=tuple(Skill(name=name, level=dice.choice(LEVELS)) for name in names),
        languages=tuple(
            Language(tag=tag, level=dice.choice(CEFR)) for tag in dice.sample(LANGUAGES, dice.randrange(3))
        ),
        employments=tuple(jobs),
        educations=(Education(institution="U", degree=dice.choice(DEGREES), subject=dice.choice(SUBJECTS)),),
        areas=(Area(city=city, country="DE", latitude=latitude, longitude=longitude),) if number % 5 else (),
        salary=SalaryExpectation(minimum=pay, currency="EUR") if number % 3 else None,
        available_from=PartialDate(2026, dice.randrange(1, 13)) if number % 4 else None,
        may_relocate=dice.choice((None, True, False)),
    )


def job(number: int) -> ScreeningRules:
    """Return rules with a dozen criteria of every sort."""
    dice = random.Random(f"job {number}")
    _, latitude, longitude = dice.choice(CITIES)
    skills = [
        SkillCriterion(
            key=f"skill-{place}",
            name=SKILLS[int(200 * dice.random() ** 2)],
            level=dice.choice(LEVELS),
            weight=5 - place,
        )
        for place in range(4)
    ]
    practised = SkillCriterion(key="practised", name=SKILLS[dice.randrange(100)], years=Decimal(dice.randrange(1, 5)))
    more = (
        practised,
        LanguageCriterion(
            key="language", language=dice.choice(LANGUAGES), level=dice.choice(CEFR[:-1]), importance="must"
        ),
        PlaceCriterion(key="place", latitude=latitude, longitude=longitude, km=50.0 + number % 7, or_relocates=True),
        PayCriterion(key="pay", band=Band.of("EUR", 40_000, 60_000 + number * 100)),
        AvailabilityCriterion(key="start", by=date(2026, 1 + number % 12, 1)),
        DegreeCriterion(key="degree", level=dice.choice(("bachelor", "master")), subjects=(dice.choice(SUBJECTS[:4]),)),
        ExperienceCriterion(key="years", years=Decimal(3), titles=(f"skill {dice.randrange(150)} engineer", "analyst")),
        QuestionCriterion(key="asked", where=(F.country == "DE") & F.employments.any(title__contains="senior")),
    )
    return ScreeningRules(id=f"r{number:05}", job=f"j{number:05}", name="Job", criteria=[*skills, *more], advance_at=60)


class Took(NamedTuple):
    """How long a piece of work took, by the wall and on the processor, in seconds."""

    wall: float
    processor: float

    def scaled(self, factor: float) -> Took:
        """Return what so many times the work would take."""
        return Took(self.wall * factor, self.processor * factor)


def timed(work) -> tuple[Took, object]:
    """Return what a piece of work took, and what it gave."""
    wall, processor = perf_counter(), process_time()
    result = work()
    return Took(perf_counter() - wall, process_time() - processor), result


def middle(runs: list[Took]) -> Took:
    """Return the medians."""
    return Took(median(one.wall for one in runs), median(one.processor for one in runs))


def plain(people: list[Applicant], rules: ScreeningRules) -> list[int]:
    """Return the values of a row loop that keeps no evidence; a question is judged by its compiled form."""
    screener, values, reading = (
        Screener(rules, at=AT),
        [],
        Applicant.askable_with().reading,
    )
    for one in people:
        facts = reading(one)

        def ask(criterion, facts=facts):
            said = holds(screener.questions[criterion.key], facts)
            return Judged(None if said is None else 10_000 if said else 0)

        found = [(rule.weight, judged(rule, one, on=AT.date(), ask=ask)) for rule in rules.criteria]
        sure = sum(weight * known.share for weight, known in found if known.share is not None)
        open_ = sum(weight for weight, known in found if known.share is None and not known.is_unlikely)
        values.append((sure + open_ * rules.unknown_counts) // rules.total)
    return values


def main() -> int:
    """Measure and print; the exit code says whether the bar is met."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--applicants", type=int, default=100_000)
    parser.add_argument("--jobs", type=int, default=1_000)
    parser.add_argument("--looped", type=int, default=2_000, help="applicants of the row loop")
    options = parser.parse_args()
    people = [applicant(number) for number in range(options.applicants)]
    columns = ApplicantColumns(people)
    cold, _ = timed(lambda: columns.scores(job(0), at=AT).top(50))
    runs = [timed(lambda number=number: columns.scores(job(number), at=AT).top(50))[0] for number in range(1, RUNS + 1)]
    again = [timed(lambda: columns.scores(job(RUNS), at=AT).top(50))[0] for _ in range(RUNS)]
    scored = columns.scores(job(1), at=AT)
    part = people[: options.looped]
    screener = Screener(job(1), at=AT)
    explained, screenings = timed(lambda: [screener.screen(one) for one in part])
    looped, values = timed(lambda: plain(part, job(1)))
    if [one.value for one in screenings] != scored.value[: len(part)].tolist() or values != scored.value[
        : len(part)
    ].tolist():
        raise SystemExit("the row loop and the columns differ")
    scale = len(people) / len(part)
    made, rules = timed(lambda: RuleColumns([job(number) for number in range(options.jobs)], at=AT))
    suited = [timed(lambda one=one: rules.scores(one).top(20))[0] for one in people[:RUNS]]
    new, loops = middle(runs), {"plain": looped.scaled(scale), "explained": explained.scaled(scale)}
    lines = {
        "a new job": (new, f"bar: {BAR_SECONDS:.0f} s by the wall; slowest {max(runs).wall * 1000:.1f} ms"),
        "the same job again": (middle(again), ""),
        "the first job, with columns": (cold, ""),
        **{f"row loop, {name}": (took, f"{took.processor / new.processor:.0f} times") for name, took in loops.items()},
        "jobs for one person": (middle(suited), f"{options.jobs:,} jobs, {len(rules.criteria):,} different criteria"),
        "columns of these jobs": (made, ""),
    }
    criteria = len(job(0).criteria)
    print(f"{len(people):,} applicants, {criteria} criteria; median of {RUNS}; {scored!r}")
    print(f"{'milliseconds':28} {'wall':>10} {'processor':>10}")
    for name, (took, note) in lines.items():
        print(f"{name:28} {took.wall * 1000:10.1f} {took.processor * 1000:10.1f}   {note}".rstrip())
    return 0 if new.wall <= BAR_SECONDS else 1


if __name__ == "__main__":
    raise SystemExit(main())
