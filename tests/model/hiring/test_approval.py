"""Approvals: whose turn it is, who has answered, and what an edit does; beside a slow twin of plain lists."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from crmcore.errors import IllegalStep, InputError, LawBroken
from crmcore.model.hiring import Approval, ApprovalFlow, ApprovalGroup, ApprovalStatus, Job
from crmcore.model.hiring.approval import APPROVALS
from crmcore.model.money import Money
from crmcore.model.occasion import Occasion

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
PAY = Money(amount=70_000, currency="EUR")
LEAD = ApprovalGroup(key="lead", approvers=("ann",))
FINANCE = ApprovalGroup(key="finance", approvers=("bob", "cy", "di"), quorum=2)
BOARD = ApprovalGroup(key="board", approvers=("zoe",), only_outside_band=True)
FLOW = ApprovalFlow(groups=(LEAD, FINANCE), watched=("amount",))


def by(actor: str, day: float = 0, *, told: float | None = None) -> Occasion:
    """Return an occasion of somebody, of a day."""
    recorded = None if told is None else BEGIN + timedelta(days=told)
    return Occasion(event_id=f"e-{day}", at=BEGIN + timedelta(days=day), actor=actor, recorded_at=recorded)


def asked(flow: ApprovalFlow = FLOW, **more: bool) -> Approval:
    """Return an approval that eva asks for."""
    return Approval.request(flow, of=PAY, on=by("eva"), **more)


def test_groups_are_asked_one_after_the_other():
    """And of each as many must agree as its quorum says."""
    approval = asked()
    seen = [(approval.waiting_groups, approval.waiting_for)]
    for day, person in enumerate(("ann", "cy", "bob"), 1):
        approval = approval.approve(on=by(person, day))
        seen.append((approval.waiting_groups, approval.waiting_for))

    assert [
        (("lead",), ("ann",)),
        (("finance",), ("bob", "cy", "di")),
        (("finance",), ("bob", "di")),
        ((), ()),
    ] == seen
    assert approval.is_approved


def test_groups_can_be_asked_at_once():
    """Then anybody of any of them answers at any time."""
    approval = asked(FLOW.evolve(is_parallel=True))

    assert ("ann", "bob", "cy", "di") == approval.waiting_for
    assert approval.approve(on=by("bob")).approve(on=by("di")).approve(on=by("ann")).is_approved


@pytest.mark.parametrize(
    ("answered", "person", "why"),
    [
        ((), "bob", "it is not the turn of 'bob'; it waits for: ann"),
        ((), "mallory", "it is not the turn of 'mallory'"),
        ((), "eva", "'eva' asked for it, and may not answer"),
        (("ann", "bob"), "bob", "'bob' has approved already; it waits for: cy, di"),
        (("ann", "bob", "cy"), "di", "what is approved cannot approve; it can: request"),
    ],
)
def test_who_may_not_answer_is_told_why(answered, person, why):
    """Out of turn, from outside, their own request, twice, and too late."""
    approval = asked()
    for each in answered:
        approval = approval.approve(on=by(each, 1))

    with pytest.raises(IllegalStep) as refused:
        approval.approve(on=by(person, 2))
    assert why in str(refused.value)
    with pytest.raises(IllegalStep):
        approval.refuse("too much", on=by(person, 2))


def test_whoever_asks_may_answer_where_the_flow_says_so():
    """And nowhere else: the negative control is in the test above."""
    flow = ApprovalFlow(groups=[{"key": "lead", "approvers": ["eva"]}], may_approve_own=True)

    assert asked(flow).approve(on=by("eva", 1)).is_approved


def test_a_version_that_could_never_be_approved_is_not_begun():
    """Whoever asks is taken from the people of a group before they are counted."""
    alone = ApprovalFlow(groups=[{"key": "lead", "approvers": ["eva"]}])
    both = ApprovalFlow(groups=[{"key": "lead", "approvers": ["eva", "ann"], "quorum": 2}])

    with pytest.raises(LawBroken, match="'lead' could never approve: beside 'eva'"):
        asked(alone)
    with pytest.raises(LawBroken, match="has 1 people, and 2 must agree"):
        asked(both)


def test_all_of_a_group_agree_where_no_quorum_is_said():
    """All but whoever asks."""
    flow = ApprovalFlow(groups=[{"key": "lead", "approvers": ["eva", "ann", "bob"]}])
    approval = asked(flow).approve(on=by("ann", 1))

    assert not approval.is_approved
    assert approval.approve(on=by("bob", 1)).is_approved


def test_one_refusal_ends_a_version():
    """It says why, and the next version begins with nobody's answer."""
    refused = asked().approve(on=by("ann", 1)).refuse("over budget", on=by("di", 2))
    again = refused.request_again(of=PAY.evolve(amount=60_000), on=by("eva", 3))

    assert ApprovalStatus.REFUSED is refused.status
    assert ("over budget", "di") == (refused.current.answers[-1].reason, refused.current.answers[-1].by)
    assert (2, ("ann",)) == (again.number, again.waiting_for)
    assert refused.versions[0] == again.versions[0]
    with pytest.raises(LawBroken, match="says why"):
        asked().refuse("  ", on=by("ann", 1))


def test_a_group_for_pay_outside_the_band_is_asked_only_then():
    """It has to be said; and a later version asks it, though an earlier one left it out."""
    flow = ApprovalFlow(groups=(LEAD, BOARD), watched=("amount",))
    inside = asked(flow, outside_band=False).approve(on=by("ann", 1))
    outside = inside.request_again(of=PAY.evolve(amount=99_000), on=by("eva", 2), outside_band=True)

    assert inside.is_approved
    assert ("zoe",) == outside.approve(on=by("ann", 3)).waiting_for
    with pytest.raises(InputError, match="say outside_band"):
        asked(flow)
    with pytest.raises(InputError, match="say outside_band"):
        inside.request_again(of=PAY, on=by("eva", 2))


def test_nobody_to_ask_approves_at_once():
    """A flow without groups, and one whose only group is for pay outside the band."""
    assert asked(ApprovalFlow()).is_approved
    assert asked(ApprovalFlow(groups=(BOARD,)), outside_band=False).is_approved


def test_what_was_approved_is_what_was_asked_about():
    """A watched field that differs is not covered; another is."""
    approved = asked().approve(on=by("ann", 1)).approve(on=by("bob", 1)).approve(on=by("cy", 1))

    assert approved.covers(PAY)
    assert not approved.covers(PAY.evolve(amount=70_001))
    assert approved.covers(PAY.evolve(currency="USD"))
    assert ("amount",) == approved.edited(PAY.evolve(amount=1))
    with pytest.raises(InputError, match="a Money has no field 'headcount' to watch"):
        asked(FLOW.evolve(watched=("headcount",)))


def test_roles_are_filled_from_the_team_of_that_instant():
    """Who left is not asked; a role that nobody has is refused."""
    job = Job(id="j-1", title="Engineer", pipeline="p").join("ann", "hiring_manager", at=BEGIN)
    job = job.join("bob", "hiring_manager", at=BEGIN).leave("ann", "hiring_manager", at=by("x", 2).at)
    flow = ApprovalFlow(groups=[{"key": "lead", "roles": ["hiring_manager"]}])

    assert ("ann", "bob") == asked(flow.resolved(job, at=by("x", 1).at)).waiting_for
    assert ("bob",) == asked(flow.resolved(job, at=by("x", 3).at)).waiting_for
    with pytest.raises(LawBroken, match="are not resolved"):
        asked(flow)
    with pytest.raises(LawBroken, match="needs 1 people, and has 0"):
        flow.resolved(Job(id="j-2", title="E", pipeline="p"), at=BEGIN)
    assert ("cy", "di") == asked(flow.filled({"hiring_manager": ["cy", "di", "cy"], "sourcer": ["zoe"]})).waiting_for
    with pytest.raises(InputError, match="'boss' is no role"):
        flow.filled({"boss": ["cy"]})


def test_somebody_in_two_groups_answers_in_each():
    """In its turn; and can name the group where both wait."""
    groups = [{"key": "lead", "approvers": ["ann"]}, {"key": "finance", "approvers": ["ann", "bob"], "quorum": 1}]
    once = asked(ApprovalFlow(groups=groups)).approve(on=by("ann", 1))
    named = asked(ApprovalFlow(groups=groups, is_parallel=True)).approve(on=by("ann", 1), group="finance")

    assert ("finance",) == once.waiting_groups
    assert once.approve(on=by("ann", 2)).is_approved
    assert ("lead",) == named.waiting_groups
    with pytest.raises(IllegalStep, match="there is no group 'legal'"):
        once.approve(on=by("ann", 2), group="legal")


def test_an_answer_told_late_counts_where_it_occurred():
    """What could not have occurred then is refused."""
    approval = asked().approve(on=by("ann", 5))

    assert ("cy", "di") == approval.approve(on=by("bob", 6, told=9)).waiting_for
    with pytest.raises(IllegalStep, match="not the turn of 'bob'"):
        approval.approve(on=by("bob", 4, told=9))
    with pytest.raises(IllegalStep, match="has not begun"):
        approval.approve(on=by("bob", -1, told=9))
    with pytest.raises(IllegalStep, match="the last thing that happened"):
        approval.request_again(of=PAY, on=by("eva", 4))


def test_a_hand_written_history_that_breaks_a_law_is_refused():
    """A forged answer, a completion that is told, a version without its request, an answer of whoever asked."""
    whole = asked().approve(on=by("ann", 1)).model_dump(mode="json")

    def forged(**changes: object) -> object:
        version = whole["versions"][0]
        return {"versions": [{**version, **changes}]}

    request, answer = whole["versions"][0]["steps"]
    for steps in (
        [answer],
        [request, {**answer, "by": "bob"}],
        [request, {**answer, "by": "eva"}],
        [request, answer, answer],
        [request, request],
        [request, {**answer, "verb": "complete", "group": None}],
        [request, {**answer, "group": None}],
        [answer, request],
        [],
    ):
        with pytest.raises(ValidationError):
            Approval.model_validate(forged(steps=steps))
    assert Approval.model_validate(forged()) == Approval.model_validate(whole)


@pytest.mark.parametrize(
    "group",
    [
        {"key": "a", "approvers": ["ann", "ann"]},
        {"key": "a"},
        {"key": "a", "approvers": ["ann"], "quorum": 0},
        {"key": "a", "approvers": ["ann"], "quorum": 2},
        {"key": "a", "approvers": ["a b"]},
    ],
)
def test_a_group_that_cannot_agree_is_refused(group):
    """Somebody twice, nobody, a quorum of none or of more than there are, an id that is none."""
    with pytest.raises(ValidationError):
        ApprovalGroup.model_validate(group)


def test_a_diagram_shows_the_table():
    """With the state that follows by itself."""
    assert "waiting --> approved: complete" in APPROVALS.diagram()


PEOPLE = ("ann", "bob", "cy", "eva")
GROUPS = st.lists(
    st.tuples(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=3, unique=True), st.integers(1, 3), st.booleans()),
    max_size=3,
)
COMMANDS = st.lists(
    st.tuples(
        st.sampled_from(["approve", "approve", "approve", "refuse", "withdraw", "edit"]),
        st.sampled_from(PEOPLE),
        st.integers(-1, 2),
        st.sampled_from([None, None, "g0", "g1"]),
        st.booleans(),
    ),
    max_size=12,
)


class Twin:
    """The same rules over plain lists: of each version, what was told, and who may still answer, counted from scratch."""

    def __init__(self, groups, *, is_parallel, may_approve_own):
        self.groups, self.is_parallel, self.own = groups, is_parallel, may_approve_own
        self.versions = []

    def ask(self, who, day, outside):
        """Begin a version, or return False."""
        if self.versions and day < max(each[0] for each in self.versions[-1]["told"]):
            return False
        groups = [(key, people, need) for key, people, need, extra in self.groups if outside or not extra]
        if any(len(self._may(people, who)) < need for _, people, need in groups):
            return False
        self.versions.append({"who": who, "groups": groups, "told": [(day, 0, "ask", who, None)]})
        return True

    def tell(self, verb, who, day, group):
        """Note one thing, or return False."""
        version = self.versions[-1]
        before = [each for each in version["told"] if each[0] <= day]
        if verb != "withdraw":
            state = self._run(version, before)
            if state is None or state[0] != "waiting":
                return False
            mine = [key for key, waiting in state[1] if who in waiting]
            group = group or (mine[0] if mine else None)
            if group is None:
                return False
        told = [*version["told"], (day, len(version["told"]), verb, who, group)]
        if self._run(version, sorted(told)) is None:
            return False
        version["told"] = sorted(told)
        return True

    def state(self):
        """Return the status, and who can answer."""
        status, waiting = self._run(self.versions[-1], self.versions[-1]["told"])
        people = [person for _, each in waiting for person in each]
        return status, tuple(dict.fromkeys(people))

    def _may(self, people, who):
        return [person for person in people if person != who or self.own]

    def _run(self, version, told):
        """Return the status and, of each group whose turn it is, who can answer; None where it cannot be."""
        status, yes = "none", []
        for _, _, verb, who, group in told:
            if verb == "ask":
                if status != "none":
                    return None
                status = "waiting"
            elif status != "waiting":
                return None
            elif verb == "withdraw":
                status = "withdrawn"
            else:
                if who not in dict(self._turn(version, yes)).get(group, ()):
                    return None
                if verb == "approve":
                    yes.append((group, who))
                else:
                    status = "refused"
            if status == "waiting" and not self._turn(version, yes):
                status = "approved"
        return status, self._turn(version, yes) if status == "waiting" else []

    def _turn(self, version, yes):
        left = []
        for key, people, need in version["groups"]:
            may = self._may(people, version["who"])
            if sum(group == key for group, _ in yes) < need:
                left.append((key, [person for person in may if (key, person) not in yes]))
        return left if self.is_parallel else left[:1]


@settings(max_examples=400, deadline=None)
@given(groups=GROUPS, commands=COMMANDS, is_parallel=st.booleans(), own=st.booleans(), outside=st.booleans())
@example(groups=[(["eva", "ann"], 1, False)], commands=[], is_parallel=False, own=False, outside=False)
def test_whatever_is_tried_it_agrees_with_its_slow_twin(groups, commands, is_parallel, own, outside):
    """Status, who is waited for, and what is refused; and it comes back from JSON as it was."""
    named = [(f"g{at}", people, min(need, len(people)), extra) for at, (people, need, extra) in enumerate(groups)]
    flow = ApprovalFlow(
        groups=[
            {"key": key, "approvers": people, "quorum": need, "only_outside_band": extra}
            for key, people, need, extra in named
        ],
        watched=["amount"],
        is_parallel=is_parallel,
        may_approve_own=own,
    )
    twin = Twin(named, is_parallel=is_parallel, may_approve_own=own)
    if not twin.ask("eva", 0, outside):
        with pytest.raises(LawBroken):
            Approval.request(flow, of=PAY, on=by("eva"), outside_band=outside)
        return
    approval = Approval.request(flow, of=PAY, on=by("eva"), outside_band=outside)
    day = 0
    for number, (verb, who, later, group, beyond) in enumerate(commands):
        when = by(who, day + later, told=100 + number)
        if verb == "edit":
            does = lambda: approval.request_again(of=PAY, on=when, outside_band=beyond)  # noqa: B023, E731
            happens = twin.ask(who, day + later, beyond)
        elif verb == "withdraw":
            does = lambda: approval.withdraw(on=when)  # noqa: B023, E731
            happens = twin.tell(verb, who, day + later, None)
        elif verb == "approve":
            does = lambda: approval.approve(on=when, group=group)  # noqa: B023, E731
            happens = twin.tell(verb, who, day + later, group)
        else:
            does = lambda: approval.refuse("no", on=when, group=group)  # noqa: B023, E731
            happens = twin.tell(verb, who, day + later, group)
        if happens:
            approval, day = does(), max(day, day + later)
        else:
            with pytest.raises(LawBroken):
                does()

        assert twin.state() == (approval.status.value, approval.waiting_for)
        assert len(twin.versions) == approval.number
    assert approval == Approval.model_validate_json(approval.model_dump_json())
