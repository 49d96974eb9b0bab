"""The suites for the sockets of hiring: our adapters obey every law, and adapters that break one are seen."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from crmcore.errors import CrmcoreError, Taken
from crmcore.hiring.vault import MemoryVault
from crmcore.hiring.vault.suppression import DECLINED, NOT_TOLD, Crosstab
from crmcore.ports import AssessmentProgress, Offered
from crmcore.testing.assessor_suite import AssessorSuite
from crmcore.testing.directory_suite import DirectorySuite
from crmcore.testing.vault_suite import VaultSuite
from tests.hiring.handover.fake_directory import FakeDirectory


class Provider:
    """A provider of tests in memory."""

    def __init__(self) -> None:
        self.mails: list[str] = []
        self.references: dict[str, str] = {}

    def tests(self) -> list[Offered]:
        """Return what there is."""
        return [Offered(key="sql", name="SQL", minutes=45), Offered(key="go", name="Go")]

    def send(self, assessment, *, email, name):
        """Send it once."""
        if assessment.id not in self.references:
            self.mails.append(email)
            self.references[assessment.id] = f"ref-{len(self.mails)}"
        return self.references[assessment.id]

    def progress(self, reference):
        """Return how far it is."""
        return AssessmentProgress(status="sent") if reference in self.references.values() else None


class TestProvider(AssessorSuite):
    """A provider as it should be."""

    @pytest.fixture
    def assessor(self) -> Provider:
        """Return one that has sent nothing."""
        return Provider()

    def sent(self, assessor) -> int:
        """Return how many mails it sent."""
        return len(assessor.mails)


class TestMemoryVault(VaultSuite):
    """The vault that is used before there is another."""

    @pytest.fixture
    def vault(self) -> MemoryVault:
        """Return an empty one."""
        return MemoryVault(threshold=5)


class TestFakeDirectory(DirectorySuite):
    """The directory that the hand-over is tested with."""

    @pytest.fixture
    def directory(self) -> FakeDirectory:
        """Return one without users."""
        return FakeDirectory()


class CarelessProvider(Provider):
    """Sends whenever it is asked, calls all by one name, and knows how far everything is."""

    def tests(self):
        return [Offered(key="sql", name="SQL"), Offered(key="sql", name="")]

    def send(self, assessment, *, email, name):
        self.mails += [email, email]
        return ""

    def progress(self, reference):
        return "sent"


class OpenVault:
    """Counts what everybody ever said, forgets nobody, and withholds nothing."""

    def __init__(self) -> None:
        self.said: list[tuple[str, dict[str, str]]] = []

    def __repr__(self) -> str:
        return f"OpenVault({self.said})"

    def keep(self, pseudonym, answers):
        self.said.append((pseudonym, dict(answers)))

    def forget(self, pseudonym):
        return True

    def tally(self, characteristic, groups, *, options):
        counts: dict[tuple[str, str], int | None] = {}
        for label, members in groups.items():
            for option in (*options, NOT_TOLD):
                heard = [who for who, answers in self.said if answers.get(characteristic) == option]
                counts[option, label] = sum(who in members for who in heard if option != DECLINED)
        sizes = {label: len(members) for label, members in groups.items()}
        return Crosstab(characteristic=characteristic, threshold=5, sizes=sizes, counts=counts)


class LooseDirectory:
    """Makes a user each time, finds whoever it likes, and forgets what it is told to change."""

    def __init__(self) -> None:
        self.users: list[dict[str, Any]] = [{"id": "0", "userName": "admin"}]

    def find(self, *, external_id, user_name):
        return self.users

    def create(self, user):
        self.users.append({"id": "1", "userName": user["userName"], "title": "?"})
        return self.users[-1]

    def patch(self, id, request):  # noqa: A002 - the field's own name
        """Do nothing."""


class StrictDirectory(FakeDirectory):
    """Has a name for one user for ever, also for nobody."""

    def create(self, user):
        raise Taken(kind="user", id="", rule="userName", holder="admin")


BROKEN = [
    *[(TestProvider, name, CarelessProvider) for name, _ in inspect.getmembers(AssessorSuite) if name[:5] == "test_"],
    *[(TestMemoryVault, name, OpenVault) for name, _ in inspect.getmembers(VaultSuite) if name[:5] == "test_"],
    *[
        (TestFakeDirectory, name, LooseDirectory)
        for name, _ in inspect.getmembers(DirectorySuite)
        if name[:5] == "test_"
    ],
    (TestFakeDirectory, "test_who_is_made_is_found", StrictDirectory),
]


@pytest.mark.parametrize(
    ("suite", "law", "broken"), [pytest.param(*case, id=f"{case[2].__name__}-{case[1]}") for case in BROKEN]
)
def test_a_broken_outsider_is_caught(suite, law, broken):
    """The negative control: each law fails for an adapter that breaks it."""
    with pytest.raises((AssertionError, CrmcoreError, KeyError, pytest.fail.Exception)):
        getattr(suite(), law)(broken())
