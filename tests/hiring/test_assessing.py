"""Assessments: a table of states, and providers that tell things twice, late, or differently."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from crmcore.errors import IllegalStep, InputError
from crmcore.hiring.assessing import AssessmentProgress, Offered, caught_up
from crmcore.model.hiring import Application
from crmcore.model.hiring.assessment import Assessment, AssessmentResult
from crmcore.model.occasion import Occasion
from crmcore.model.pipeline import Pipeline, Stage

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
PIPELINE = Pipeline(id="p-1", name="Any", stages=[Stage(key="test", label="Test", category="assessment")])
RESULT = AssessmentResult(score="7.5", maximum=10, has_passed=True)


def on(day: float = 0) -> Occasion:
    """Return an occasion of a day."""
    return Occasion(event_id=f"e-{day}", at=BEGIN + timedelta(days=day), actor="codetest")


def ordered() -> Assessment:
    """Return one that was ordered."""
    application, _ = Application.begin(id="a-1", contact="c-1", job="j-1", within=PIPELINE, on=on())
    made, _ = Assessment.order(
        id="t-1", application=application, provider="codetest", test="sql", on=on(), due_at=on(7).at
    )
    return made


def sent() -> Assessment:
    """Return one that was sent."""
    return ordered().sent("ref-7", on=on(1))[0]


class Provider:
    """A provider in memory: what an adapter of the port looks like."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self.known: dict[str, AssessmentProgress] = {}
        self.sent: dict[str, str] = {}

    def tests(self) -> list[Offered]:
        """Return what there is."""
        return [Offered(key="sql", name="SQL", minutes=45)]

    def send(self, assessment: Assessment, *, email: str, name: str) -> str:
        """Send it once."""
        reference = self.sent.setdefault(assessment.id, f"ref-{len(self.sent)}")
        self.known.setdefault(reference, AssessmentProgress(status="sent"))
        return reference

    def progress(self, reference: str) -> AssessmentProgress | None:
        """Return how far it is."""
        return self.known.get(reference)


def test_from_the_order_to_the_result():
    """Through the port; sending twice sends once, and the event tells nothing of the result."""
    provider, test = Provider(), ordered()
    reference = provider.send(test, email="a@b.dev", name="Ada")
    assert reference == provider.send(test, email="a@b.dev", name="Ada")
    test, _ = test.sent(reference, on=on(1))
    provider.known[reference] = AssessmentProgress(status="completed", result=RESULT)
    test, told = caught_up(test, provider.progress(reference), on=on(3))

    assert ("completed", RESULT) == (test.status.value, test.result)
    assert ("assessment.completed", {"application": "a-1", "contact": "c-1"}) == (told.type, told.data)
    assert test == Assessment.model_validate_json(test.model_dump_json())
    assert ("contact", "c-1") == test.about()


def test_what_is_told_twice_or_late_changes_nothing():
    """A start after the end, the end again; another result is refused."""
    done, _ = sent().completed(RESULT, on=on(3))

    assert (sent(), None) == caught_up(sent(), AssessmentProgress(status="sent"), on=on(4))
    for late in (
        AssessmentProgress(status="started"),
        AssessmentProgress(status="completed", result=RESULT),
        AssessmentProgress(status="expired"),
    ):
        assert (done, None) == caught_up(done, late, on=on(4))
    with pytest.raises(InputError, match="has another result already"):
        caught_up(done, AssessmentProgress(status="completed", result=AssessmentResult(score=1)), on=on(4))


def test_a_result_after_the_time_ran_out_counts():
    """People finish late; what was cancelled stays cancelled."""
    expired, _ = caught_up(sent(), AssessmentProgress(status="expired"), on=on(7))
    done, _ = caught_up(expired, AssessmentProgress(status="completed", result=RESULT), on=on(8))
    cancelled, _ = caught_up(sent(), AssessmentProgress(status="cancelled"), on=on(2))

    assert ("expired", "completed") == (expired.status.value, done.status.value)
    with pytest.raises(IllegalStep, match="what is cancelled cannot complete"):
        caught_up(cancelled, AssessmentProgress(status="completed", result=RESULT), on=on(3))


def test_it_is_overdue_from_its_very_instant_until_it_is_back():
    """Not one that was never sent."""
    done, _ = sent().completed(RESULT, on=on(3))

    assert [False, True, False, False] == [
        sent().is_overdue(on(6.9).at),
        sent().is_overdue(on(7).at),
        done.is_overdue(on(9).at),
        ordered().is_overdue(on(9).at),
    ]


def test_what_contradicts_itself_is_refused():
    """A result without completion, a score beyond its scale, a step out of turn."""
    for wrong in ({"status": "completed"}, {"status": "started", "result": RESULT}, {"status": "ordered"}):
        with pytest.raises(InputError):
            AssessmentProgress(**wrong)
    with pytest.raises(ValidationError, match="not between 0 and the maximum"):
        AssessmentResult(score=11, maximum=10)
    with pytest.raises(ValidationError, match="has a result"):
        sent().evolve(result=RESULT)
    with pytest.raises(IllegalStep, match="what is ordered cannot complete"):
        ordered().completed(RESULT, on=on(1))
    with pytest.raises(InputError, match=r"note with Assessment\.sent"):
        caught_up(ordered(), AssessmentProgress(status="sent"), on=on(1))


def test_what_the_provider_does_not_know_is_no_progress():
    """None is what it answers then, and an unknown word no status: both are refused as what they are."""
    with pytest.raises(InputError, match="progress: an AssessmentProgress is needed, not None"):
        caught_up(sent(), None, on=on(2))
    with pytest.raises(InputError, match="there is no status 'complete'; did you mean 'completed'"):
        AssessmentProgress(status="complete")
