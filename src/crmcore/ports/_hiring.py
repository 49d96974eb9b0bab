"""The sockets of hiring: job boards, tests by others, answers that are kept apart, an employer's users."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import attrs

from crmcore.errors import InputError
from crmcore.model._chosen import chosen
from crmcore.model.hiring.assessment import AssessmentStatus

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from crmcore.hiring.vault.suppression import Crosstab, Withheld
    from crmcore.model.hiring.assessment import Assessment, AssessmentResult

__all__ = ["Advert", "AssessmentProgress", "Assessor", "Directory", "JobBoard", "Offered", "Vault"]


@attrs.frozen(kw_only=True)
class Advert:
    """What a job board is given to show.

    Attributes:
        posting: the id of the posting.
        reference: what the board called the last one; empty where there was none, or its answer was lost.
        title, html, text: what is read; the HTML is harmless, the text is the same in plain words.
        url: where it is read in full, if anywhere.
        data: the same as a schema.org JobPosting.
        digest: of all this but the reference.

    """

    posting: str
    reference: str = ""
    title: str
    html: str
    text: str
    url: str
    data: Mapping[str, object]
    digest: str


class JobBoard(Protocol):
    """A place where people come to see jobs: an own career page, an intranet, a job board that others run.

    It shows at most one advert of a posting. Asking again for what is so already changes nothing; that is how one goes
    on after an answer was lost. Both raise CrmcoreError where the board refuses, or cannot be reached; the message
    says why.
    """

    def show(self, advert: Advert) -> str:
        """Show it in place of whatever is shown of its posting; return the reference that it has there."""
        ...

    def take_down(self, posting: str, *, reference: str) -> None:
        """Show a posting no more; one that is not there is no error.

        Args:
            posting: the id that its advert had.
            reference: what the board called it; empty where its answer was lost.

        """
        ...


@attrs.frozen(kw_only=True)
class Offered:
    """One test that a provider has.

    Attributes:
        key: what the provider calls it.
        name: for people.
        minutes: how long it takes, if that is told.

    """

    key: str
    name: str
    minutes: int | None = None


def _status(told: AssessmentStatus | str) -> AssessmentStatus:
    return chosen(AssessmentStatus, told, what="status")


@attrs.frozen(kw_only=True)
class AssessmentProgress:
    """How far the provider says that one is.

    Attributes:
        status: sent, started, completed, expired or cancelled.
        result: what came back, of a completed one.

    """

    status: AssessmentStatus = attrs.field(converter=_status)
    result: AssessmentResult | None = None

    def __attrs_post_init__(self) -> None:
        if (self.result is not None) != (self.status is AssessmentStatus.COMPLETED):
            raise InputError("a completed assessment has a result, and no other has")
        if self.status is AssessmentStatus.ORDERED:
            raise InputError("what a provider tells of has been sent")


class Assessor(Protocol):
    """Gives tests. An adapter speaks to one provider, and translates its errors."""

    def tests(self) -> Sequence[Offered]:
        """Return the tests that can be ordered."""
        ...

    def send(self, assessment: Assessment, *, email: str, name: str) -> str:
        """Have a test sent to the applicant; return what the provider calls it.

        Asked again for the same assessment, it sends nothing and returns the same.
        """
        ...

    def progress(self, reference: str) -> AssessmentProgress | None:
        """Return how far one is; None where the provider does not know it."""
        ...


class Vault(Protocol):
    """Keeps what people said of themselves under pseudonyms, and tells counts of many.

    An adapter lies apart from all that knows who the people are: another database, other rights, other backups. It
    asks a :class:`~crmcore.hiring.vault.suppression.Disclosures` of its own, which it keeps as well, before it tells
    anything; so that whoever has nothing but the adapter can read no more from it than anybody else. It asks by
    versions: each change of what somebody said makes a new one, and so does each forgetting, had they answered or not.
    """

    def keep(self, pseudonym: str, answers: Mapping[str, str]) -> None:
        """Keep what somebody says, in place of what they said before."""
        ...

    def forget(self, pseudonym: str) -> bool:
        """Delete all that somebody said, at once; return whether there was anything."""
        ...

    def tally(
        self, characteristic: str, groups: Mapping[str, Collection[str]], *, options: Sequence[str]
    ) -> Crosstab | Withheld:
        """Count what the members of some groups said of one characteristic, as far as it may be told.

        Args:
            characteristic: what is asked about.
            groups: label -> pseudonyms; nobody is in two of them.
            options: all that can be answered; who declined, or said nothing, counts as "not told".

        """
        ...


class Directory(Protocol):
    """Where users are: a SCIM server, through an adapter that knows its address and its secrets."""

    def find(self, *, external_id: str, user_name: str) -> Sequence[Mapping[str, Any]]:
        """Return the users that have the one or the other, whatever the case of the name; each with its ``id``."""
        ...

    def create(self, user: Mapping[str, Any]) -> Mapping[str, Any]:
        """Make a user and return it with its ``id``; raise Taken where the name is somebody else's (HTTP 409)."""
        ...

    def patch(self, id: str, request: Mapping[str, Any]) -> None:  # noqa: A002 - the field's own name
        """Send a PATCH request for a user."""
        ...
