"""The laws of a provider of tests, as tests that an adapter inherits.

All that an author writes::

    class TestMyProvider(crmcore.testing.assessor_suite.AssessorSuite):
        @pytest.fixture
        def assessor(self):
            return MyProvider(...)  # one that has at least one test

        def sent(self, assessor):
            return how many tests it has sent to people
"""

# ruff: noqa: S101, SIM300 - a suite asserts, and says what it expected first

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from crmcore.model.hiring import Application
from crmcore.model.hiring.assessment import Assessment, AssessmentStatus
from crmcore.model.occasion import Occasion
from crmcore.model.pipeline import Pipeline, Stage
from crmcore.ports import AssessmentProgress

if TYPE_CHECKING:
    from crmcore.ports import Assessor

__all__ = ["AssessorSuite"]

PIPELINE = Pipeline(id="p-1", name="Any", stages=[Stage(key="test", label="Test", category="assessment")])
ON = Occasion(event_id="e-1", at=datetime(2026, 3, 2, 9, tzinfo=UTC), actor="eva")


def _ordered(assessor: Assessor, number: int) -> Assessment:
    """Return the order of the first test that there is, for one of several applicants."""
    application, _ = Application.begin(id=f"a-{number}", contact=f"c-{number}", job="j-1", within=PIPELINE, on=ON)
    test = assessor.tests()[0].key
    assessment, _ = Assessment.order(id=f"t-{number}", application=application, provider="any", test=test, on=ON)
    return assessment


def _send(assessor: Assessor, number: int = 1) -> str:
    return assessor.send(_ordered(assessor, number), email=f"ada.{number}@example.org", name=f"Ada {number}")


class AssessorSuite:
    """What every provider does; inherit it, and hand in the provider and what it has sent."""

    @pytest.fixture
    def assessor(self) -> Assessor:
        """Return a provider that has sent nothing yet."""
        pytest.fail("a suite for providers of tests needs the fixture assessor")

    def sent(self, assessor: Assessor) -> int:
        """Return how many tests were sent to people."""
        pytest.fail(f"a suite for providers of tests needs to see what {type(assessor).__name__} has sent")

    def test_each_test_has_a_key_of_its_own(self, assessor: Assessor) -> None:
        """And a name for people; asking again gives the same."""
        tests = assessor.tests()

        assert tests
        assert len(tests) == len({test.key for test in tests} - {""})
        assert all(test.name for test in tests)
        assert list(tests) == list(assessor.tests())

    def test_what_is_sent_has_a_reference_of_its_own(self, assessor: Assessor) -> None:
        """By which it is asked for later."""
        references = [_send(assessor, number) for number in range(3)]

        assert 3 == len(set(references) - {""})
        assert 3 == self.sent(assessor)

    def test_asking_twice_sends_it_once(self, assessor: Assessor) -> None:
        """Whether the first answer was heard or lost: nobody gets two mails, and the reference stays."""
        references = [_send(assessor) for _ in range(2)]

        assert 1 == len(set(references))
        assert 1 == self.sent(assessor)

    def test_how_far_it_is_can_be_asked_at_once(self, assessor: Assessor) -> None:
        """It is under way, and has no result before it is completed; asking sends nothing."""
        progress = assessor.progress(_send(assessor))

        assert isinstance(progress, AssessmentProgress)
        assert progress.status in {AssessmentStatus.SENT, AssessmentStatus.STARTED, AssessmentStatus.COMPLETED}
        assert 1 == self.sent(assessor)

    def test_what_it_does_not_know_is_none(self, assessor: Assessor) -> None:
        """Also beside what it knows."""
        reference = _send(assessor)

        assert assessor.progress(f"{reference}, or another") is None
