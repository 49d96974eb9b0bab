"""Random sequences of commands over jobs, openings and applications, and the laws that must hold after each.

Run ``python -m tests.hiring.random_sequences --sequences 20000``; it prints what was tried, and the seed of a sequence
that breaks a law. The laws are checked by what stands here alone: plain loops over steps and ledgers, none of the
tables of the model.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING, Any

from crmcore.errors import InputError, LawBroken
from crmcore.hiring import moving, offering, seating
from crmcore.hiring._in_step import check_held
from crmcore.hiring.closing import close
from crmcore.model.hiring import Application, ApprovalFlow, Job, Opening, OpeningStatus, Requisition
from crmcore.model.occasion import Occasion
from crmcore.model.pipeline import Entrant, Pipeline, Stage
from crmcore.model.stage_history import StageHistory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crmcore.model.hiring.opening import SeatEntry
    from crmcore.model.record import Record
    from crmcore.model.stage_history import Step

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
KEYS = ("applied", "screen", "onsite", "offer")
JOBS = ("j-1", "j-2")
PEOPLE = ("c-1", "c-2", "c-3")
CAPACITY, HEADCOUNT = 1, 3
"""Of the stage "onsite", and of the requisition whose leave the seats of the second job take."""
TEMPLATE = Pipeline(
    id="template",
    name="Engineering",
    stages=[
        Stage(key=key, label=key, category="interview", capacity=CAPACITY if key == "onsite" else None) for key in KEYS
    ],
    is_template=True,
    returns="needs_reason",
)
LUCKY = 0.8
ENDED = {"hire": "hired", "reject": "rejected", "withdraw": "withdrawn", "transfer": "transferred"}


class Taken(Exception):
    """Another record holds what only one may hold; a store refuses such a write."""


def hired_with_seat(application: Application, opening: Opening, *, on: Occasion) -> tuple[Application, Opening]:
    """Hire, and return both records."""
    made = offering.hire(application=application, opening=opening, on=on)
    return made.application, made.opening


def judged(world: World, job: str, stage: str) -> Entrant | None:
    """Return what whoever enters a stage of a job is judged by."""
    return Entrant(holds=lambda _: True, inside=world.inside(job, stage))


class World:
    """What a store would hold; a command is one unit of work, all of it or nothing."""

    def __init__(
        self,
        seed: int,
        hire: Callable[..., Any] = hired_with_seat,
        judge: Callable[[World, str, str], Entrant | None] = judged,
    ) -> None:
        """Open two jobs with a seat or two each; those of the second take the leave of a requisition."""
        self.random = Random(seed)
        self.hire_with_seat, self.judge = hire, judge
        self.applications: dict[str, Application] = {}
        self.openings: dict[str, Opening] = {}
        self.jobs: dict[str, Job] = {}
        self.pipelines: dict[str, Pipeline] = {}
        self.now, self.count, self.tried, self.done = BEGIN, 0, Counter[str](), Counter[str]()
        asked, _ = Requisition(id="r-1", title="Two", headcount=HEADCOUNT).draft(on=self.occasion())
        self.leave, _ = asked.submit(ApprovalFlow(), on=self.occasion())[0].step("open", on=self.occasion())
        for job in JOBS:
            self.pipelines[f"p-{job}"] = TEMPLATE.copy(f"p-{job}")
            leaves = ["r-1"] if job == "j-2" else []
            drafted = Job(id=job, title=job, pipeline=f"p-{job}", requisitions=leaves)
            self.jobs[job], _ = drafted.step("open", on=self.occasion())
            self.open_seats(job, self.random.randint(1, 2))

    def occasion(self, *, late: bool = False) -> Occasion:
        """Return when the next thing occurs: after all before, or told late."""
        self.count += 1
        self.now += timedelta(hours=1)
        back = timedelta(minutes=30 * self.random.randint(1, 60)) if late else timedelta(0)
        return Occasion(
            event_id=f"e-{self.count}", at=self.now - back, recorded_at=self.now, actor="eva", reason="as agreed"
        )

    def some_occasion(self) -> Occasion:
        """Return one that is told late now and then."""
        return self.occasion(late=self.random.random() < 0.15)

    def new_id(self) -> str:
        """Return an id that nothing has."""
        self.count += 1
        return f"n-{self.count}"

    def leave_of(self, one: Job | Opening) -> Requisition | None:
        """Return the requisition whose leave a job, or a seat, takes."""
        return self.leave if "r-1" in (one.requisitions if isinstance(one, Job) else (one.requisition,)) else None

    def open_seats(self, job: str, number: int, *, on: Occasion | None = None) -> None:
        """Open more seats."""
        held = self.jobs[job]
        made = seating.add_openings(
            held,
            number,
            requisition=self.leave_of(held),
            seats=self.openings.values(),
            new_id=self.new_id,
            on=on or self.occasion(),
        )
        self.commit(*made.openings)

    def inside(self, job: str, stage: str) -> int:
        """Return how many are in a stage of a job."""
        return sum(one.job == job and one.stage == stage and one.status == "active" for one in self.all)

    def commit(self, *records: Record) -> None:
        """Write all of it, unless another record holds a key of one of them."""
        kept: dict[tuple[str, str], Record] = {
            (record.kind, record.id): record
            for table in (self.applications, self.openings)
            for record in table.values()
        }
        kept |= {(record.kind, record.id): record for record in records}
        keys = Counter(key for record in kept.values() for key in record.unique_keys())
        if keys and max(keys.values()) > 1:
            raise Taken
        for record in records:
            table: dict[str, Any] = self.applications if isinstance(record, Application) else self.openings
            table[record.id] = record

    # --- commands ---

    def apply(self) -> None:
        job = self.random.choice(JOBS)
        stage = self.random.choice([None, None, *KEYS])
        application, _ = Application.begin(
            id=f"a-{len(self.applications)}",
            contact=self.random.choice(PEOPLE),
            job=job,
            within=self.pipelines[f"p-{job}"],
            on=self.occasion(),
            stage=stage,
            entrant=self.judge(self, job, stage or ""),
        )
        self.commit(application)

    def move(self) -> None:
        one = self.one()
        expected = self.random.choice([None, one.stage, self.random.choice(KEYS)])
        to = self.random.choice(KEYS)
        moved, _ = one.move(
            to,
            within=self.pipelines[one.pipeline],
            on=self.some_occasion(),
            expected=expected,
            entrant=self.judge(self, one.job, to),
        )
        self.commit(moved)

    def move_some(self) -> None:
        asks = self.random.choices([*self.applications, "a-none"], k=3)
        bulk = moving.move_all(
            asks,
            to=self.random.choice(KEYS),
            known=self.applications,
            within=self.pipelines,
            on=lambda _: self.occasion(),
            inside={(f"p-{job}", "onsite"): self.inside(job, "onsite") for job in JOBS},
            all_or_nothing=self.random.random() < 0.5,
        )
        self.commit(*bulk.changed)

    def advance(self) -> None:
        one = self.one()
        within, on = self.pipelines[one.pipeline], self.some_occasion()
        following = within.next_after(one.stage_at(on.at))
        entrant = None if following is None else self.judge(self, one.job, following.key)
        self.commit(one.advance(within=within, on=on, entrant=entrant)[0])

    def reject(self) -> None:
        self.end(by_us=True)

    def withdraw(self) -> None:
        self.end(by_us=False)

    def end(self, *, by_us: bool) -> None:
        one = self.one()
        seat = next((seat for seat in self.openings.values() if seat.holder == one.id), None)
        on = self.some_occasion()
        ended, _ = one.reject("skills", on=on) if by_us else one.withdraw(on=on)
        if seat is None:
            self.commit(ended)
        else:  # a reservation does not outlive its application
            check_held(one, seat, on=on, status=OpeningStatus.RESERVED)
            self.commit(ended, seat.release(on=on)[0])

    def reopen(self) -> None:
        one = self.one(self.random.choice(["rejected", "withdrawn"]))
        stage, on = self.random.choice([None, *KEYS]), self.some_occasion()
        entrant = self.judge(self, one.job, stage or one.stage_at(on.at))
        self.commit(one.reopen(within=self.pipelines[one.pipeline], on=on, stage=stage, entrant=entrant)[0])

    def reopen_some(self) -> None:
        asks = self.random.choices([*self.applications, "a-none"], k=3)
        bulk = moving.reopen_all(
            asks,
            known=self.applications,
            within=self.pipelines,
            on=lambda _: self.occasion(),
            stage=self.random.choice([None, *KEYS]),
            inside={(f"p-{job}", "onsite"): self.inside(job, "onsite") for job in JOBS},
        )
        self.commit(*bulk.changed)

    def transfer(self) -> None:
        one = self.one()
        if any(seat.holder == one.id for seat in self.openings.values()):
            raise LawBroken("release its seat first")
        job = self.random.choice(JOBS)
        stage = self.random.choice([None, *KEYS])
        ended, begun, _ = one.transfer(
            id=f"a-{len(self.applications)}",
            job=job,
            within=self.pipelines[f"p-{job}"],
            on=self.occasion(),
            stage=stage,
            entrant=self.judge(self, job, stage or ""),
        )
        self.commit(ended, begun)

    def hire(self) -> None:
        on, seat = self.some_occasion(), self.seat("open", "reserved")
        one = self.applications[seat.holder] if seat.holder and self.random.random() < LUCKY else self.one(job=seat.job)
        self.commit(*self.hire_with_seat(one, seat, on=on))

    def unhire(self) -> None:
        one, on = self.one("hired"), self.some_occasion()
        made = offering.unhire(application=one, opening=self.seat("filled", holder=one.id), on=on)
        self.commit(made.application, made.opening)

    def reserve(self) -> None:
        seat = self.seat("open")
        one = self.one(job=seat.job)
        if one.job != seat.job or one.status != "active":
            raise LawBroken("a seat is reserved for an active application to its job")
        self.commit(seat.reserve(one.id, on=self.occasion())[0])

    def release(self) -> None:
        self.commit(self.seat("reserved").release(on=self.some_occasion())[0])

    def close_seat(self) -> None:
        self.commit(self.seat("open").close(on=self.some_occasion())[0])

    def reopen_seat(self) -> None:
        seat = self.seat("closed")
        opened, _ = seating.reopen_opening(
            seat,
            job=self.jobs[seat.job],
            requisition=self.leave_of(seat),
            seats=self.openings.values(),
            on=self.some_occasion(),
        )
        self.commit(opened)

    def add_seat(self) -> None:
        if len(self.openings) < 8:
            self.open_seats(self.random.choice(JOBS), self.random.randint(1, 2), on=self.some_occasion())

    def hold_job(self) -> None:
        job = self.random.choice(JOBS)
        self.jobs[job], _ = self.jobs[job].step(self.random.choice(["hold", "resume"]), on=self.some_occasion())

    def close_job(self) -> None:
        job = self.random.choice(JOBS)
        closed = close(self.jobs[job], openings=self.openings.values(), new_id=self.new_id, on=self.some_occasion())
        self.commit(*closed.openings)
        self.jobs[job] = closed.job
        left = {seat.status.value for seat in self.openings.values() if seat.job == job}
        assert left <= {"closed", "filled"}, "a closed job has seats that can be taken"

    def reopen_job(self) -> None:
        job = self.random.choice([job for job in JOBS if self.jobs[job].status == "closed"] or JOBS)
        number = self.random.choice([None, 0, 1, 2, 3])
        before = {seat.id for seat in self.openings.values() if seat.job == job and seat.status == "open"}
        made = seating.reopen(
            self.jobs[job],
            number,
            openings=self.openings.values(),
            requisitions={"r-1": self.leave},
            seats=self.openings.values(),
            new_id=self.new_id,
            on=self.some_occasion(),
        )
        self.commit(*made.openings)
        self.jobs[job] = made.job
        now = {seat.id for seat in self.openings.values() if seat.job == job and seat.status == "open"}
        assert number in {None, len(now - before)}, "another number of seats is open than was asked for"

    # --- choosing ---

    @property
    def all(self) -> list[Application]:
        """All applications."""
        return list(self.applications.values())

    def one(self, status: str = "active", job: str = "") -> Application:
        """Choose an application, mostly one with which it may work."""
        fit = [one for one in self.all if one.status == status and job in {"", one.job}]
        chosen = fit if fit and self.random.random() < LUCKY else self.all
        if not chosen:
            raise LawBroken("there is none")
        return self.random.choice(chosen)

    def seat(self, *statuses: str, holder: str = "") -> Opening:
        """Choose a seat, mostly one with which it may work."""
        seats = list(self.openings.values())
        fit = [seat for seat in seats if seat.status in statuses and holder in {"", seat.holder}]
        return self.random.choice(fit if fit and self.random.random() < LUCKY else seats)

    def run(self, length: int) -> None:
        """Try so many commands, and check the laws after each that was done."""
        for _ in range(length):
            command = self.random.choices(list(WEIGHTS), weights=list(WEIGHTS.values()))[0]
            self.tried[command] += 1
            before = (dict(self.applications), dict(self.openings))
            crowd = {job: self.inside(job, "onsite") for job in JOBS}
            try:
                getattr(self, command)()
            except (LawBroken, InputError, Taken):
                assert before == (self.applications, self.openings), "what is refused changes something"
            else:
                self.done[command] += 1
                for job, there in crowd.items():  # what undoes a hire goes back to where it was, full or not
                    now = self.inside(job, "onsite")
                    assert now <= max(CAPACITY, there) or command == "unhire", f"{command} overfills a stage"
                self.check(changed=[
                    *(one for id_, one in self.applications.items() if before[0].get(id_) is not one),
                    *(one for id_, one in self.openings.items() if before[1].get(id_) is not one),
                ])  # fmt: skip
        self.check(changed=[*self.applications.values(), *self.openings.values()])
        for record in [*self.applications.values(), *self.openings.values(), *self.jobs.values()]:
            assert record == type(record).model_validate_json(record.model_dump_json()), "it does not come back"

    # --- the laws ---

    def check(self, changed: list[Any]) -> None:
        """Check all laws; of one record alone only where it has changed."""
        for record in changed:
            if isinstance(record, Application):
                check_application(record, self.random)
            else:
                check_seat(record)
        hired = {one.id for one in self.all if one.status == "hired"}
        filled = [seat.holder for seat in self.openings.values() if seat.status == "filled"]
        assert len(filled) == len(set(filled)), "two seats are filled by one application"
        assert hired == set(filled), "filled seats are not those of who is hired"
        of_leave = [seat.number for seat in self.openings.values() if seat.requisition and seat.status != "closed"]
        assert len(of_leave) == len(set(of_leave)) <= HEADCOUNT, "there are more seats than there is leave for"
        active = Counter((one.job, one.contact) for one in self.all if one.status == "active")
        assert not active or max(active.values()) == 1, "a person has two active applications to a job"
        moments = sorted({step.occurred_at for one in changed for step in told(one)})
        for at in moments:
            self.check_then(at)

    def check_then(self, at: datetime) -> None:
        """Check that the seats were not oversold at an instant of the past either."""
        for job in JOBS:
            hired = {
                one.id for one in self.all if one.job == job and replayed(one.history.until(at).steps)[0] == "hired"
            }
            filled = Counter(
                holder
                for seat in self.openings.values()
                if seat.job == job
                for state, holder in [seat_state([entry for entry in seat.ledger if entry.occurred_at <= at])]
                if state == "filled"
            )
            assert hired == set(filled), f"at {at} filled seats were not those of who was hired"
            assert not filled or max(filled.values()) == 1, "an application filled two seats"


WEIGHTS = dict(
    zip(
        ("apply", "move", "advance", "move_some", "reject", "withdraw", "reopen", "reopen_some", "transfer"),
        (5, 8, 6, 3, 2, 2, 4, 1, 2),
        strict=True,
    )
)
WEIGHTS |= dict(
    zip(
        ("hire", "unhire", "reserve", "release", "close_seat", "reopen_seat", "add_seat"),
        (8, 4, 5, 2, 1, 2, 2),
        strict=True,
    )
)


WEIGHTS |= {"hold_job": 1, "close_job": 1, "reopen_job": 3}


def told(record: Any) -> tuple[Any, ...]:
    """Return the steps of an application, or the entries of a seat."""
    return record.history.steps if isinstance(record, Application) else record.ledger


def replayed(steps: tuple[Step, ...]) -> tuple[str, str, list[tuple[str, datetime, datetime | None]]]:
    """Work out status, stage and stays from steps, in the plainest way."""
    status, stage, stays = "", "", []
    for step in steps:
        if stays and stays[-1][2] is None:
            stays[-1] = (*stays[-1][:2], step.occurred_at)
        if step.verb.value in ENDED:
            status = ENDED[step.verb.value]
        else:
            status = "active"
            stays.append((step.stage, step.occurred_at, None))
        stage = step.stage
    return status, stage, stays


def check_application(one: Application, random: Random) -> None:
    """Check that its stays touch each other, and that its steps replay to the same state in whatever order."""
    steps = list(one.history.steps)
    assert steps == sorted(steps, key=lambda step: (step.occurred_at, step.recorded_at)), "steps are out of order"
    status, stage, stays = replayed(one.history.steps)
    assert (status, stage) == (one.status.value, one.stage), "its steps do not replay to its state"
    assert stays == [(stay.stage, stay.entered_at, stay.left_at) for stay in one.history.stays], "other stays"
    ends = {step.occurred_at for step in steps if step.verb.value in ENDED}
    for (_, _, left), (_, entered, _) in pairwise(stays):
        assert left is not None
        assert left == entered or (left in ends and left < entered), "stays leave a gap, or overlap"
    assert (stays[-1][2] is None) == (status == "active"), "an ended one is in a stage, or an active one in none"
    told_in_order = sorted(steps, key=lambda step: step.recorded_at)
    random.shuffle(steps)
    assert one.history == StageHistory.of(steps), "shuffled steps give another history"
    known = one.history.as_known(max(step.recorded_at for step in told_in_order))
    assert known == one.history, "what is known now is not the history"


def seat_state(ledger: list[SeatEntry]) -> tuple[str, str | None]:
    """Work out what a seat is and who has it, in the plainest way."""
    state, holder = "", None
    for entry in ledger:
        if entry.verb.value in {"reserve", "fill"}:
            assert holder in {None, entry.application}, "a seat is given to two"
            assert state in {"open", "reserved"}, f"a seat that is {state} is taken"
            state, holder = {"reserve": "reserved", "fill": "filled"}[entry.verb.value], entry.application
        else:
            assert entry.verb.value in {"release", "unfill"} or holder is None, "a seat is closed under its holder"
            state, holder = ("closed" if entry.verb.value == "close" else "open"), None
    return state, holder


def check_seat(seat: Opening) -> None:
    """Check that its ledger replays to its state, at each of its entries."""
    assert seat_state(list(seat.ledger)) == (seat.status, seat.holder), "the ledger does not replay to its state"
    for number in range(len(seat.ledger)):
        seat_state(list(seat.ledger[: number + 1]))


def run(sequences: int, *, length: int = 40, seed: int = 0, **faulty: Callable[..., Any]) -> World:
    """Run sequences, each from a seed of its own; raise AssertionError with the seed of one that breaks a law.

    Args:
        sequences: how many.
        length: commands of each.
        seed: of the first.
        faulty: `hire` and `judge`, where they are to be others than the laws want.

    """
    total = World(seed)
    for number in range(seed, seed + sequences):
        world = World(number, **faulty)
        try:
            world.run(length)
        except AssertionError as broken:
            raise AssertionError(f"seed {number}: {broken}") from broken
        total.tried += world.tried
        total.done += world.done
    return total


def lines(world: World) -> Iterator[str]:
    """Yield what was tried and what was done."""
    for command in WEIGHTS:
        yield f"{command:12}{world.tried[command]:>9} tried{world.done[command]:>9} done"
    yield f"{'together':12}{world.tried.total():>9} tried{world.done.total():>9} done"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sequences", type=int, default=20_000)
    parser.add_argument("--length", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    result = run(given.sequences, length=given.length, seed=given.seed)
    sys.stdout.write("\n".join([*lines(result), f"{given.sequences} sequences, no law broken", ""]))
