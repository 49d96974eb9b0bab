"""A year of hiring, drawn with a seed: steps of applications, jobs, seats and offers as columns."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import attrs
import numpy as np

from crmcore.model.pipeline import Pipeline, Stage
from crmcore.reports.pipeline import Mark, StageTable

SINCE = datetime(2025, 1, 1, tzinfo=UTC)
END = datetime(2026, 4, 15, tzinfo=UTC)
STAGES = {
    "applied": "application", "screen": "screening", "task": "assessment", "onsite": "interview", "offer": "offer",
}  # fmt: skip
KEYS = list(STAGES)
DAY = 86_400_000_000
_ZERO = int(SINCE.timestamp()) * 1_000_000
_LAST = int(END.timestamp()) * 1_000_000
SOURCES = [f"source {number}" for number in range(20)]
JOBS = 2_000


@attrs.frozen(kw_only=True)
class Spring:
    """Columns of everything; ids are whole numbers."""

    steps: dict[str, Any]
    applications: dict[str, Any]
    jobs: dict[str, Any]
    job_steps: dict[str, Any]
    seat_entries: dict[str, Any]
    offer_steps: dict[str, Any]
    marks: dict[str, Any]

    def table(self) -> StageTable:
        """Return it as a stage table."""
        pipeline = Pipeline(
            id="p", name="All", stages=[Stage(key=key, label=key, category=means) for key, means in STAGES.items()]
        )
        marks = [
            Mark(kind, str(of), datetime.fromtimestamp(int(at.astype(np.int64)) / 1e6, UTC))
            for kind, of, at in zip(self.marks["kind"], self.marks["of"], self.marks["at"], strict=True)
        ]
        tables = {name: value for name, value in attrs.asdict(self, recurse=False).items() if name != "marks"}
        return StageTable.from_columns(tables.pop("steps"), pipelines=[pipeline], marks=marks, **tables)


def spring(steps: int, *, seed: int = 20_260_301) -> Spring:
    """Draw about so many steps."""
    draw = np.random.default_rng(seed)
    count = int(steps / 3.5)
    job = draw.integers(0, JOBS, count)
    opened = _ZERO + draw.integers(0, 200, JOBS) * DAY + draw.integers(0, DAY, JOBS)
    begun = opened[job] + draw.integers(0, 250 * DAY, count)
    rows = _walked(draw, begun)
    application, verb, stage, at = (np.concatenate(each) for each in zip(*rows, strict=True))
    person = draw.integers(0, int(count * 0.9), count)
    hires = verb == "hire"
    last = np.full(count, -1)
    order = np.argsort(at, kind="stable")
    last[application[order]] = order
    hired = application[last[application] == np.arange(len(application))]
    hired = hired[hires[last[hired]]]
    return Spring(
        steps={
            "application": application,
            "verb": verb.tolist(),
            "stage": stage.tolist(),
            "occurred_at": _instants(at),
        },
        applications={
            "application": np.arange(count),
            "person": person,
            "job": job,
            "source": [SOURCES[each] for each in draw.integers(0, len(SOURCES), count)],
            "recruiter": draw.integers(0, 50, count),
        },
        jobs={"job": np.arange(JOBS), "is_evergreen": (np.arange(JOBS) % 20 == 0).tolist()},
        job_steps=_job_steps(draw, opened),
        seat_entries=_seats(draw, opened, job, hired, at[last[hired]]),
        offer_steps=_offers(draw, application=application, stage=stage, at=at, hires=hires, count=count),
        marks=_marks(draw, opened, begun),
    )


def _instants(micros: Any) -> Any:
    return micros.astype("datetime64[us]")


def _walked(draw: Any, begun: Any) -> list[tuple[Any, Any, Any, Any]]:
    """Let all applications walk at once: each round one step of each that is still under way."""
    alive = np.arange(len(begun))
    place = np.where(draw.random(len(begun)) < 0.1, 1, 0)
    at, out = begun.copy(), np.zeros(len(begun), dtype=bool)
    names = np.array(KEYS, dtype=object)
    rows = [(alive, np.full(len(alive), "enter", dtype=object), names[place], at.copy())]
    for _ in range(14):
        at[alive] += draw.exponential(6 * DAY, len(alive)).astype(np.int64) + 1
        alive = alive[at[alive] < _LAST]
        chance, here, was_out = draw.random(len(alive)), place[alive], out[alive]
        verb = np.full(len(alive), "move", dtype=object)
        to = here + 1
        to[chance < 0.08] = here[chance < 0.08] + 2
        to[(chance >= 0.08) & (chance < 0.13)] = here[(chance >= 0.08) & (chance < 0.13)] - 1
        ends = (chance >= 0.62) & (chance < 0.93)
        verb[ends] = np.where(chance[ends] < 0.85, "reject", "withdraw")
        to = np.clip(to, 0, len(KEYS) - 1)
        stuck = (to == here) & ~ends
        verb[stuck] = np.where(here[stuck] == len(KEYS) - 1, "hire", "reject")
        ends |= stuck
        verb[was_out], to[was_out], ends[was_out] = "reopen", here[was_out], False
        waits = (chance >= 0.93) & ~was_out & ~stuck
        to[ends] = here[ends]
        goes = ~waits
        place[alive[goes]] = to[goes]
        rows.append((alive[goes], verb[goes], names[to[goes]], at[alive[goes]].copy()))
        out[alive] = False
        back = ends & (verb != "hire") & (draw.random(len(alive)) < 0.04)
        out[alive[back]] = True
        alive = alive[~ends | back]
    return rows


def _job_steps(draw: Any, opened: Any) -> dict[str, Any]:
    held = opened + draw.integers(20 * DAY, 90 * DAY, JOBS)
    resumed = held + draw.integers(5 * DAY, 40 * DAY, JOBS)
    some = np.flatnonzero(draw.random(JOBS) < 0.5)
    job = np.concatenate((np.arange(JOBS), some, some))
    verb = ["open"] * JOBS + ["hold"] * len(some) + ["resume"] * len(some)
    at = np.concatenate((opened, held[some], resumed[some]))
    return {"job": job, "verb": verb, "occurred_at": _instants(at)}


def _seats(draw: Any, opened: Any, job: Any, hired: Any, at: Any) -> dict[str, Any]:
    """Give every hire a seat, and every other job one more that stays open."""
    size, more = len(hired), JOBS // 2
    of = np.concatenate((job[hired], np.arange(more) * 2))
    seat = np.arange(size + more)
    return {
        "opening": np.concatenate((seat, seat[:size])),
        "job": np.concatenate((of, of[:size])),
        "verb": ["open"] * (size + more) + ["fill"] * size,
        "application": [None] * (size + more) + [str(each) for each in hired],
        "occurred_at": _instants(np.concatenate((opened[of] + draw.integers(0, DAY, size + more), at))),
    }


def _offers(draw: Any, *, application: Any, stage: Any, at: Any, hires: Any, count: int) -> dict[str, Any]:
    """Send an offer to everybody who came to that stage; a third of them two, the second of which is answered."""
    begun = np.full(count, np.iinfo(np.int64).max)
    in_offer = stage == "offer"
    np.minimum.at(begun, application[in_offer], at[in_offer])
    who = np.flatnonzero(begun < np.iinfo(np.int64).max)
    hired = np.zeros(count, dtype=bool)
    hired[application[hires]] = True
    rows: list[tuple[Any, int, str, Any]] = []
    twice = draw.random(len(who)) < 0.33
    answer = draw.random(len(who))
    for number, some in ((1, np.ones(len(who), dtype=bool)), (2, twice)):
        first = begun[who] + (number - 1) * DAY
        for minutes, verb in enumerate(("draft" if number == 1 else "revise", "submit", "approve", "send")):
            rows.append((who[some], number, verb, (first + minutes * 60_000_000)[some]))
        last = some & (twice == (number == 2))
        for verb, chosen in (
            ("accept", last & (hired[who] | (answer < 0.1))),
            ("decline", last & ~hired[who] & (answer > 0.6)),
            ("renege", last & ~hired[who] & (answer < 0.1)),
        ):
            rows.append((who[chosen], number, verb, (first + DAY + (verb == "renege") * DAY // 2)[chosen]))
    return {
        "offer": np.concatenate([each for each, _, _, _ in rows]),
        "application": np.concatenate([each for each, _, _, _ in rows]),
        "number": np.concatenate([np.full(len(each), number) for each, number, _, _ in rows]),
        "verb": [verb for each, _, verb, _ in rows for _ in range(len(each))],
        "occurred_at": _instants(np.concatenate([each for _, _, _, each in rows])),
    }


def _marks(draw: Any, opened: Any, begun: Any) -> dict[str, Any]:
    posted, approved = opened + draw.integers(0, 5 * DAY, JOBS), opened + draw.integers(0, 3 * DAY, JOBS)
    who = np.flatnonzero(draw.random(len(begun)) < 0.05)
    touched = begun[who] - draw.integers(0, 90 * DAY, len(who))
    parts = [
        ("posted", np.arange(JOBS), posted),
        ("approved", np.arange(JOBS), approved),
        ("touched", who, touched),
        ("added", who, touched),
        ("started", who, begun[who] + 120 * DAY),
    ]
    return {
        "kind": [kind for kind, each, _ in parts for _ in range(len(each))],
        "of": np.concatenate([each for _, each, _ in parts]),
        "at": _instants(np.concatenate([at for _, _, at in parts])),
    }
