"""One user for one hire, however often it is exported, and whatever gets lost on the way.

Look first, by the hire's id and by the user name; then decide, which is a pure function; then act. A user who was made
by a request whose answer was lost is found the next time. Where two export at once, the directory lets one of them make
the user, and the other finds it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from crmcore.errors import LawBroken, Taken
from crmcore.hiring.handover.scim import scim_patch

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from crmcore.hiring.handover._person import Resource
    from crmcore.ports import Directory

__all__ = ["Adopt", "ExportPlan", "Exported", "Keep", "Make", "Update", "export_user", "plan_user"]


@attrs.frozen
class Make:
    """There is none: make it."""

    user: Resource


@attrs.frozen
class Update:
    """There is one that is not up to date."""

    id: str
    request: Resource


@attrs.frozen
class Adopt(Update):
    """There is one with the user name, of the same person, whose externalId becomes that of the hire."""


@attrs.frozen
class Keep:
    """There is one, and it is up to date."""

    id: str


ExportPlan = Make | Update | Adopt | Keep


@attrs.frozen(kw_only=True)
class Exported:
    """What an export did.

    Attributes:
        id: of the user there; note it on the contact as an external id.
        plan: what was found to be done, and was done.

    """

    id: str
    plan: ExportPlan


def plan_user(
    wanted: Resource, found: Sequence[Mapping[str, Any]], *, adopt: bool = False, formerly: Collection[str] = ()
) -> ExportPlan:
    """Decide what is to be done with the users that were found.

    Args:
        wanted: what :func:`~crmcore.hiring.handover.scim_user` returns.
        found: the users with its externalId or its user name.
        adopt: whether a user of that name without an externalId is the same person, who has been there before.
        formerly: the ids of earlier hires of the same person, such as for another job: their user becomes that of this.

    Raises:
        LawBroken: the name is somebody else's; two users have the externalId; one is to be adopted and may not be.

    """
    external, name = wanted["externalId"], wanted["userName"]
    ours = [user for user in found if user.get("externalId") == external]
    if len(ours) > 1:
        ids = ", ".join(sorted(repr(str(user["id"])) for user in ours))
        raise LawBroken(f"users {ids} have the externalId {external!r}; merge them there before it is exported again")
    if ours:
        request = scim_patch(ours[0], wanted)
        return Update(str(ours[0]["id"]), request) if request else Keep(str(ours[0]["id"]))
    named = [user for user in found if str(user.get("userName", "")).lower() == name.lower()]
    if not named:
        return Make(wanted)
    return _adopted(wanted, named[0], adopt=adopt, formerly=formerly)


def _adopted(wanted: Resource, user: Mapping[str, Any], *, adopt: bool, formerly: Collection[str]) -> Adopt:
    other = user.get("externalId")
    is_theirs = other in formerly if other else adopt
    if not is_theirs:
        why = f"it is that of {other!r}" if other else "pass adopt=True if it is the same person"
        raise LawBroken(
            f"there is a user {user['userName']!r} with the id {user['id']!r} already; {why}, or another user name"
        )
    request = scim_patch({**user, "externalId": None}, wanted)
    assert request is not None  # noqa: S101 - the externalId is another
    if other:
        request["Operations"][0]["op"] = "replace"
    return Adopt(str(user["id"]), request)


def export_user(wanted: Resource, *, to: Directory, adopt: bool = False, formerly: Collection[str] = ()) -> Exported:
    """Make the user, or bring it up to date; as often as one likes. For *adopt* and *formerly* see :func:`plan_user`.

    Raises:
        LawBroken: see :func:`plan_user`.
        Taken: the directory refuses the user name, and has no user of that name.

    """
    plan = plan_user(wanted, _found(wanted, to), adopt=adopt, formerly=formerly)
    if isinstance(plan, Make):
        try:
            return Exported(id=str(to.create(wanted)["id"]), plan=plan)
        except Taken:  # somebody else was quicker: it may be this very hire
            plan = plan_user(wanted, _found(wanted, to), adopt=adopt, formerly=formerly)
            if isinstance(plan, Make):
                raise
    if isinstance(plan, Update):
        to.patch(plan.id, plan.request)
    return Exported(id=plan.id, plan=plan)


def _found(wanted: Resource, to: Directory) -> Sequence[Mapping[str, Any]]:
    return to.find(external_id=wanted["externalId"], user_name=wanted["userName"])
