"""A SCIM server in memory, with the faults of a network: user names are unique, answers get lost, ids are its own."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

from crmcore.errors import OutcomeUnknown, Taken
from crmcore.hiring.handover import ENTERPRISE

FILTER = re.compile(r'(?P<name>\w+)\[type eq "(?P<type>\w+)"\]')


class FakeDirectory:
    """Keeps users; `lose` answers that many calls only after doing them, and `meanwhile` runs before the next creation."""

    def __init__(self) -> None:
        self.users: dict[str, dict[str, Any]] = {}
        self.lose = 0
        self.meanwhile: list[Callable[[], object]] = []
        self.calls: list[str] = []

    def find(self, *, external_id: str, user_name: str) -> list[dict[str, Any]]:
        """Return what a filter by either would."""
        self.calls.append("find")
        return [
            copy.deepcopy(user)
            for user in self.users.values()
            if user.get("externalId") == external_id or user["userName"].lower() == user_name.lower()
        ]

    def create(self, user: dict[str, Any]) -> dict[str, Any]:
        """Make a user, unless another has the name."""
        self.calls.append("create")
        if self.meanwhile:
            self.meanwhile.pop()()
        if held := [one for one in self.users.values() if one["userName"].lower() == user["userName"].lower()]:
            raise Taken(kind="user", id=user.get("externalId", ""), rule="userName", holder=held[0]["id"])
        made = {**copy.deepcopy(user), "id": f"scim-{len(self.users) + 1}", "meta": {"resourceType": "User"}}
        if "manager" in made.get(ENTERPRISE, {}):
            made[ENTERPRISE]["manager"] |= {
                "$ref": f"../Users/{made[ENTERPRISE]['manager']['value']}",
                "displayName": "M",
            }
        self.users[made["id"]] = made
        self._answer()
        return copy.deepcopy(made)

    def patch(self, id: str, request: dict[str, Any]) -> None:  # noqa: A002 - the port's own name
        """Change a user as RFC 7644, section 3.5.2, says."""
        self.calls.append("patch")
        user = self.users[id]
        for operation in request["Operations"]:
            apply(user, operation)
        self._answer()

    def bulk(self, request: dict[str, Any]) -> None:
        """Make the users of one request in order, and put ids where it has bulkIds."""
        ids: dict[str, str] = {}
        for operation in request["Operations"]:
            user = copy.deepcopy(operation["data"])
            manager = user.get(ENTERPRISE, {}).get("manager")
            if manager and manager["value"].startswith("bulkId:"):
                manager["value"] = ids[manager["value"].removeprefix("bulkId:")]
            ids[operation["bulkId"]] = self.create(user)["id"]

    def _answer(self) -> None:
        if self.lose:
            self.lose -= 1
            raise OutcomeUnknown("the connection was lost before the answer came")


def apply(user: dict[str, Any], operation: dict[str, Any]) -> None:
    """Apply one operation of a PATCH request."""
    path, value, at = operation["path"], copy.deepcopy(operation["value"]), user
    if found := FILTER.fullmatch(path):
        item = next(each for each in user[found["name"]] if each["type"] == found["type"])
        item.clear()
        item.update(value)
        return
    if path.startswith(f"{ENTERPRISE}:"):
        path = path.removeprefix(f"{ENTERPRISE}:")
        at = user.setdefault(ENTERPRISE, {})
        user["schemas"] = list(dict.fromkeys([*user["schemas"], ENTERPRISE]))
    elif "." in path:
        first, _, path = path.partition(".")
        at = user.setdefault(first, {})
    if operation["op"] == "add" and isinstance(value, list):
        if any(each.get("primary") for each in value):
            for each in at.get(path, []):
                each.pop("primary", None)
        at[path] = [*at.get(path, []), *value]
    else:
        at[path] = value
