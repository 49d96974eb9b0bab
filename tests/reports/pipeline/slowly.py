"""Measures taken row by row from the records, with nothing but loops: slow, and plain to read.

It knows records, not columns. Where a measure of the library and the one here differ, one of them is wrong.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import attrs

from crmcore.model.hiring import Application, Job, Offer, Opening
from crmcore.model.pipeline import Pipeline
from crmcore.model.stage_history import ENDINGS, Step
from crmcore.reports.pipeline import Anchor, Mark, Measure, Window

TAKING = {"reserve", "fill"}


@attrs.define
class World:
    """What happened, as of an instant."""

    applications: list[Application]
    pipelines: list[Pipeline]
    jobs: list[Job]
    openings: list[Opening]
    offers: list[Offer]
    marks: list[Mark]
    at: datetime | None = None

    def steps(self, application: Application) -> list[Step]:
        return [step for step in application.history.steps if self.at is None or step.occurred_at <= self.at]

    def of(self, what: Any, steps: Any) -> list[Any]:
        return [step for step in steps if self.at is None or step.occurred_at <= self.at]

    def noted(self, kind: str, of: str) -> list[Mark]:
        found = [mark for mark in self.marks if mark.kind == kind and mark.of == of]
        if kind == "started":
            found += [
                Mark(kind, of, datetime.combine(offer.terms.starts_on, time(12), tzinfo=UTC), step.recorded_at)
                for offer in self.offers
                if offer.application == of and offer.terms.starts_on
                for step in offer.history
                if step.verb == "accept"
            ]
        return [mark for mark in found if self.at is None or mark.at <= self.at]

    def place(self, application: Application, stage: str) -> int:
        (pipeline,) = [each for each in self.pipelines if each.id == application.pipeline]
        return pipeline.place(stage)

    def category(self, application: Application, stage: str) -> str:
        (pipeline,) = [each for each in self.pipelines if each.id == application.pipeline]
        return pipeline.stage(stage).category

    def alive(self) -> list[Application]:
        return [each for each in self.applications if self.steps(each)]

    def stays(self, application: Application) -> list[dict[str, Any]]:
        found = []
        steps = self.steps(application)
        for number, step in enumerate(steps):
            if step.verb in ENDINGS:
                continue
            after = steps[number + 1] if number + 1 < len(steps) else None
            found.append({"application": application, "stage": step.stage, "in": step.occurred_at, "by": after})
        return found

    def job(self, key: str) -> Job | None:
        return next((job for job in self.jobs if job.id == key), None)

    def holder(self, opening: Opening) -> str | None:
        ledger = self.of(opening, opening.ledger)
        return ledger[-1].application if ledger and ledger[-1].verb in TAKING else None

    def versions(self) -> list[dict[str, Any]]:
        found = []
        known = {each.id for each in self.alive()}
        for offer in sorted(self.offers, key=lambda each: each.id):
            mine = []
            for number in range(1, offer.number + 1):
                steps = self.of(offer, [step for step in offer.history if step.number == number])
                if steps and offer.application in known:
                    mine.append({"offer": offer, "number": number, "steps": steps, "latest": False})
            if mine:
                mine[-1]["latest"] = True
            found += mine
        return found


def last_verb(version: dict[str, Any]) -> str:
    verb = version["steps"][-1].verb.value
    return "accept" if verb == "reschedule" else verb


def stands(version: dict[str, Any]) -> bool:
    return last_verb(version) == "accept"


def first_or_last(times: list[datetime], which: str) -> datetime | None:
    return None if not times else min(times) if which == "first" else max(times)


def happened(world: World, anchor: Anchor, row: dict[str, Any]) -> list[datetime]:
    """Return every instant at which an anchor's own milestone was, of what a row belongs to."""
    milestone = anchor.milestone.value
    apps: list[Application] = row["applications"]
    job_ids = [row["job"]]
    if milestone in {"job_opened", "job_activated", "job_closed"}:
        verbs = {
            "job_opened": {"open"}, "job_activated": {"open", "resume", "reopen"}, "job_closed": {"close"},
        }[milestone]  # fmt: skip
        jobs = [world.job(key) for key in job_ids]
        return [s.occurred_at for job in jobs if job for s in world.of(job, job.history) if s.verb in verbs]
    if milestone in {"job_posted", "job_approved", "fill_began", "fill_ended"}:
        kind = milestone.removeprefix("job_")
        return [mark.at for key in job_ids for mark in world.noted(kind, key)]
    if milestone == "job_filled":
        return filled(world, row["job"], stands=anchor.stands)
    if milestone in {"opening_opened", "opening_filled"}:
        verb = {"opening_opened": "open", "opening_filled": "fill"}[milestone]
        found = []
        for opening in row["openings"]:
            ledger = world.of(opening, opening.ledger)
            found += [
                entry.occurred_at
                for number, entry in enumerate(ledger)
                if entry.verb == verb and (not anchor.stands or number == len(ledger) - 1)
            ]
        return found
    if milestone in {"touched", "added"}:
        return [mark.at for app in apps for mark in world.noted(milestone, app.id)]
    if milestone == "started":
        told = [world.noted("started", app.id) for app in apps]
        return [max(marks, key=lambda mark: (mark.recorded_at or mark.at, mark.at)).at for marks in told if marks]
    if milestone.startswith("offer_"):
        verbs = {
            "offer_drafted": {"draft", "revise"}, "offer_sent": {"send"}, "offer_accepted": {"accept"},
            "offer_declined": {"decline"}, "offer_answered": {"accept", "decline"},
        }[milestone]  # fmt: skip
        return [
            step.occurred_at
            for version in row["versions"]
            if not anchor.stands or stands(version)
            for step in version["steps"]
            if step.verb in verbs
        ]
    verbs = {
        "applied": {"enter"}, "rejected": {"reject"}, "withdrawn": {"withdraw"}, "hired": {"hire"},
        "ended": set(ENDINGS), "stepped": None, "stage_entered": {"enter", "move", "reopen", "unhire"},
    }[milestone]  # fmt: skip
    found = []
    for app in apps:
        steps = world.steps(app)
        for number, step in enumerate(steps):
            fits = verbs is None or step.verb in verbs
            fits &= not anchor.stands or number == len(steps) - 1
            fits &= anchor.stage is None or step.stage == anchor.stage
            fits &= anchor.category is None or world.category(app, step.stage) == anchor.category
            found += [step.occurred_at] if fits else []
    return found


def filled(world: World, job: str, *, stands: bool) -> list[datetime]:
    ledgers = [world.of(opening, opening.ledger) for opening in world.openings if opening.job == job]
    entries = [entry for ledger in ledgers for entry in ledger]
    undone = [
        (before.occurred_at, entry.occurred_at)
        for ledger in ledgers
        for before, entry in pairwise(ledger)
        if entry.verb == "unfill"
    ]
    found = []
    for at in sorted({entry.occurred_at for entry in entries}):
        free = 0
        for entry in entries:
            if entry.occurred_at <= at:
                free += {"open": 1, "reopen": 1, "unfill": 1, "fill": -1, "close": -1}.get(entry.verb.value, 0)
        if free == 0 and any(entry.verb == "fill" for entry in entries if entry.occurred_at == at):
            found.append(at)
    return [at for at in found if not stands or not any(since <= at < until for since, until in undone)]


def of_stay(world: World, milestone: str, row: dict[str, Any]) -> datetime | None:
    app, stay = row["applications"][0], row["stay"]
    left = stay["by"].occurred_at if stay["by"] else None
    verb = stay["by"].verb.value if stay["by"] else ""
    if milestone == "entered":
        return stay["in"]
    if milestone == "left":
        return left
    if milestone == "dropped_out":
        return left if verb in {"reject", "withdraw"} else None
    if milestone == "exited":
        return left if verb in {"move", "hire"} else None
    if milestone == "exited_forward":
        forward = verb == "move" and world.place(app, stay["by"].stage) > world.place(app, stay["stage"])
        return left if verb == "hire" or forward else None
    later = row["later"]
    if milestone == "moved_on":
        others = [each["in"] for each in later if each["stage"] != stay["stage"]]
    else:
        here = world.place(app, stay["stage"])
        others = [each["in"] for each in later if world.place(app, each["stage"]) > here]
    times = others[:1] + ([left] if verb == "hire" else [])
    return min(times) if times else None


def located(world: World, anchor: Anchor, row: dict[str, Any]) -> datetime | None:
    milestone = anchor.milestone.value
    if milestone == "now":
        found = world.at
    elif milestone in {"entered", "left", "dropped_out", "exited", "exited_forward", "moved_on", "advanced"}:
        found = of_stay(world, milestone, row)
    else:
        times = happened(world, anchor, row)
        if anchor.since:
            since = first_or_last(happened(world, Anchor(milestone=anchor.since), row), "last")
            times = [at for at in times if since is not None and at >= since]
        if anchor.by:
            by = first_or_last(happened(world, Anchor(milestone=anchor.by), row), "first")
            times = [at for at in times if by is not None and at <= by]
        found = first_or_last(times, anchor.which)
    return located(world, anchor.otherwise, row) if found is None and anchor.otherwise else found


def rows_of(world: World, measure: Measure) -> list[dict[str, Any]]:
    unit = measure.unit.value
    by_id = {each.id: each for each in world.alive()}
    versions = world.versions()

    def of_application(app: Application) -> dict[str, Any]:
        return {
            "id": app.id, "applications": [app], "job": app.job,
            "openings": [each for each in world.openings if world.holder(each) == app.id],
            "versions": [each for each in versions if each["offer"].application == app.id],
        }  # fmt: skip

    if unit in {"application", "person"}:
        return [of_application(app) for app in by_id.values()]
    if unit == "stay":
        found = []
        for app in by_id.values():
            stays = world.stays(app)
            for number, stay in enumerate(stays):
                found.append({**of_application(app), "stay": stay, "later": stays[number + 1 :]})
        keep = set(measure.categories)
        return [r for r in found if not keep or world.category(r["applications"][0], r["stay"]["stage"]) in keep]
    if unit == "offer":
        return [
            {**of_application(by_id[each["offer"].application]), "id": each["offer"].id, "versions": [each],
             "version": each}
            for each in versions
        ]  # fmt: skip
    if unit == "opening":
        found = []
        for opening in world.openings:
            holder = by_id.get(world.holder(opening) or "")
            own = [each for each in versions if holder and each["offer"].application == holder.id]
            found.append(
                {"id": opening.id, "applications": [holder] if holder else [], "job": opening.job,
                 "openings": [opening], "versions": own}
            )  # fmt: skip
        return found
    every = sorted({*(job.id for job in world.jobs), *(app.job for app in world.applications)})
    every = sorted({*every, *(opening.job for opening in world.openings)})
    return [
        {
            "id": key, "applications": [app for app in by_id.values() if app.job == key], "job": key,
            "openings": [each for each in world.openings if each.job == key],
            "versions": [each for each in versions if by_id[each["offer"].application].job == key],
        }
        for key in every
    ]  # fmt: skip


def status(world: World, app: Application) -> str:
    last = world.steps(app)[-1].verb
    return {"hire": "hired", "reject": "rejected", "withdraw": "withdrawn", "transfer": "transferred"}.get(
        last, "active"
    )


def belongs(world: World, measure: Measure, row: dict[str, Any]) -> bool:
    population = measure.population.value
    if population == "all":
        return True
    if population == "open":
        return "stay" in row and row["stay"]["by"] is None
    if population in {"active", "closed", "hired"}:
        now = status(world, row["applications"][0])
        return now != "active" if population == "closed" else now == population
    if population == "accepted":
        app = row["applications"][0]
        return any(stands(each) for each in world.versions() if each["offer"].application == app.id)
    version = row["version"]
    if population == "latest":
        return version["latest"]
    if population == "resolved":
        return last_verb(version) in {"accept", "decline", "rescind", "renege"}
    return version["latest"] and last_verb(version) in {"accept", "decline"}


def counted(measure: Measure, since: datetime, until: datetime) -> timedelta | int:
    """Return the time between two instants by the measure's calendar."""
    calendar = measure.calendar
    if calendar.counts == "elapsed":
        return until - since
    zone = ZoneInfo(calendar.zone)
    first, last = since.astimezone(zone).date(), until.astimezone(zone).date()
    if calendar.counts == "dates":
        return (last - first).days
    sign = 1 if last >= first else -1
    low, high = min(first, last), max(first, last)
    works = 0
    for number in range(low.toordinal(), high.toordinal()):
        each = date.fromordinal(number)
        works += each.weekday() not in calendar.weekend and each not in calendar.holidays
    return sign * works


def lapses(world: World, measure: Measure, row: dict[str, Any]) -> list[tuple[datetime, datetime]]:
    """Return the intervals that do not count, none overlapping another."""
    far = datetime(9000, 1, 1, tzinfo=UTC)
    found = []
    job = world.job(row["job"])
    if measure.leaves_out_holds and job:
        steps = world.of(job, job.history)
        for number, step in enumerate(steps):
            if step.verb == "hold":
                found.append((step.occurred_at, steps[number + 1].occurred_at if number + 1 < len(steps) else far))
    if measure.leaves_out_gaps:
        steps = world.steps(row["applications"][0])
        for number, step in enumerate(steps[:-1]):
            if step.verb in {"reject", "withdraw"} and steps[number + 1].verb == "reopen":
                found.append((step.occurred_at, steps[number + 1].occurred_at))
    merged: list[tuple[datetime, datetime]] = []
    for begins, ends in sorted(found):
        if merged and begins <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], ends))
        else:
            merged.append((begins, ends))
    return merged


def days_of(world: World, measure: Measure, row: dict[str, Any], start: datetime, end: datetime) -> float:
    total = counted(measure, start, end)
    for begins, ends in lapses(world, measure, row):
        low, high = max(begins, start), min(ends, end)
        if low < high:
            total -= counted(measure, low, high)
    return total / timedelta(days=1) if isinstance(total, timedelta) else float(total)


def take(measure: Measure, world: World, window: Window | None = None) -> tuple[float | None, int]:
    """Return the number and how many rows count."""
    window = window or Window()
    rows = [row for row in map(dict, rows_of(world, measure)) if belongs(world, measure, row)]
    if measure.leaves_out_evergreen:
        rows = [row for row in rows if not (world.job(row["job"]) and world.job(row["job"]).is_evergreen)]
    for row in rows:
        row["start"], row["end"] = located(world, measure.start, row), located(world, measure.end, row)
    rows = chosen(world, measure, rows, window)
    if measure.unit == "person":
        rows = persons(measure, rows)
    values = [row["value"] for row in rows]
    if measure.within is not None:
        parts: dict[str, list[float]] = {}
        for row in rows:
            parts.setdefault(row["job"], []).append(row["value"])
        numbers = [summed(measure, part) for part in parts.values()]
        number = sum(numbers) / len(numbers) if numbers else None
    else:
        number = summed(measure, values)
    if number is not None and measure.per_days:
        length = counted(measure, window.since, window.until)
        length = length / timedelta(days=1) if isinstance(length, timedelta) else length
        number = number / (length / measure.per_days)
    return (number if number is None or measure.decimals is None else round(number, measure.decimals)), len(rows)


def summed(measure: Measure, values: list[float]) -> float | None:
    if measure.statistic == "total":
        return float(sum(values))
    if not values:
        return None
    if measure.statistic == "mean":
        return sum(values) / len(values)
    if measure.statistic == "median":
        return float(median(values))
    ordered = sorted(values)
    place = (len(ordered) - 1) * measure.percentile / 100
    low = int(place)
    above = ordered[min(low + 1, len(ordered) - 1)]
    return ordered[low] + (above - ordered[low]) * (place - low)


def chosen(world: World, measure: Measure, rows: list[dict[str, Any]], window: Window) -> list[dict[str, Any]]:
    """Return the rows that count, each with its value."""
    groups: dict[Any, list[dict[str, Any]]] = {}
    for number, row in enumerate(rows):
        pair = (row["id"], row["stay"]["stage"]) if "stay" in row else None
        groups.setdefault(number if measure.reentry == "each" or pair is None else pair, []).append(row)
    found = []
    for group in groups.values():
        if measure.reentry == "first":
            group = group[:1]  # noqa: PLW2901
        if measure.reentry == "last":
            group = group[-1:]  # noqa: PLW2901
        row = together(world, measure, group, window)
        if row is not None and within(measure, row, window):
            found.append(row)
    if measure.skips == "passed":
        found += [row for row in skipped(world, measure) if within(measure, row, window)]
    return found


def together(world: World, measure: Measure, group: list[dict[str, Any]], window: Window) -> dict[str, Any] | None:
    asks_for_end = measure.quantity in {"days", "longer", "rows"}
    good = []
    for row in group:
        start, end = row["start"], row["end"]
        if start is None or (asks_for_end and end is None):
            continue
        if measure.quantity in {"days", "longer"} and end < start:
            continue
        if measure.window == "clipped":
            if (window.since and end < window.since) or (window.until and start >= window.until):
                continue
            start = max(start, window.since) if window.since else start
            end = min(end, window.until) if window.until else end
        good.append({**row, "value": valued(world, measure, row, start, end), "closed": closed(world, measure, row)})
    every = measure.quantity != "share" and measure.window != "clipped"
    if not good or (every and len(good) < len(group)):
        return None
    values = [row["value"] for row in good]
    value = sum(values) if measure.quantity in {"days", "longer"} else max(values)
    value = float(value > measure.longer_than) if measure.quantity == "longer" else value
    is_over = all(closed(world, measure, row) is not None for row in group)
    over = closed(world, measure, group[-1]) if is_over else None
    return {**group[-1], "start": group[0]["start"], "closed": over, "value": value}


def valued(world: World, measure: Measure, row: dict[str, Any], start: datetime, end: datetime | None) -> float:
    match measure.quantity.value:
        case "days" | "longer":
            return days_of(world, measure, row, start, end)
        case "share":
            return float(row["end"] is not None)
        case "travelled":
            app = row["applications"][0]
            furthest = max(world.place(app, stay["stage"]) for stay in world.stays(app))
            (pipeline,) = [each for each in world.pipelines if each.id == app.pipeline]
            return 1.0 if status(world, app) == "hired" else furthest / len(pipeline.stages)
        case "seats_left":
            seats = [world.of(each, each.ledger) for each in row["openings"]]
            kept = sum(bool(ledger) and ledger[-1].verb != "close" for ledger in seats)
            return kept - sum(status(world, app) == "hired" for app in row["applications"])
    return 1.0


def closed(world: World, measure: Measure, row: dict[str, Any]) -> datetime | None:
    if measure.quantity in {"days", "longer", "rows"}:
        return row["end"]
    if "stay" in row:
        return row["stay"]["by"].occurred_at if row["stay"]["by"] else None
    if "version" in row:
        return row["version"]["steps"][-1].occurred_at
    if measure.unit == "job" or not row["applications"]:
        return None
    last = world.steps(row["applications"][0])[-1]
    return last.occurred_at if last.verb in ENDINGS else None


def within(measure: Measure, row: dict[str, Any], window: Window) -> bool:
    if measure.window == "clipped" or (window.since is None and window.until is None):
        return True
    at = row["closed"] if measure.window == "by_end" else row["start"]
    if at is None:
        return False
    return (window.since is None or at >= window.since) and (window.until is None or at < window.until)


def skipped(world: World, measure: Measure) -> list[dict[str, Any]]:
    found = []
    went_on = measure.end.milestone in {"moved_on", "advanced"}
    for app in world.alive():
        job = world.job(app.job)
        if not belongs(world, measure, {"applications": [app]}) or (
            measure.leaves_out_evergreen and job and job.is_evergreen
        ):
            continue
        stays = world.stays(app)
        (pipeline,) = [each for each in world.pipelines if each.id == app.pipeline]
        furthest = max(pipeline.place(stay["stage"]) for stay in stays)
        been = {stay["stage"] for stay in stays}
        for stage in pipeline.stages[:furthest]:
            fits = not measure.categories or stage.category in measure.categories
            if fits and stage.key not in been and not stage.is_retired:
                past = pipeline.place(stage.key)
                at = next(stay["in"] for stay in stays if pipeline.place(stay["stage"]) > past)
                found.append({"id": app.id, "job": app.job, "start": at, "closed": at, "value": float(went_on)})
    return found


def persons(measure: Measure, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in sorted(rows, key=lambda row: (row["start"], row["id"])):
        groups.setdefault(row["applications"][0].contact, []).append(row)
    best = measure.quantity == "share"
    return [
        {**group[0], "value": max(row["value"] for row in group) if best else group[0]["value"]}
        for group in groups.values()
    ]
