"""The application of the page on FastAPI, behind a real server and under many requests at once."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

import httpx2
import pytest
import uvicorn

import crmcore
from tests.embedding.pages import blocks

ADA = {"Authorization": "Bearer token-of-ada"}
BOB = {"Authorization": "Bearer token-of-bob"}
GRACE = {"given": "Grace", "family": "Hopper", "email": "grace@navy.example"}


@contextmanager
def served(app: Any) -> Iterator[str]:
    """Serve an application on a free port of the loopback, with a thread of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="on", access_log=False))
        thread = Thread(target=partial(server.run, sockets=[listening]))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of an empty database."""
    if request.param == "postgres":
        found: str = request.getfixturevalue("postgres_url")
        return found
    return f"sqlite:///{tmp_path / 'people.db'}"


@pytest.fixture
def client(url: str) -> Iterator[httpx2.Client]:
    """Lend a client of the page's application, on both databases."""
    namespace = blocks("embed-in-fastapi.md", until="TestClient")
    namespace["DATABASE"] = url
    with served(namespace["app"]) as address, httpx2.Client(base_url=address, headers=ADA, timeout=30) as client:
        yield client


def together(number: int, ask: Any) -> list[httpx2.Response]:
    """Ask as many times at once."""
    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(ask, range(number)))


def test_requests_with_one_key_create_once(client: httpx2.Client) -> None:
    """Eight tries at once: one creates, the others are answered with what it created."""
    answers = together(8, lambda _: client.post("/contacts", json=GRACE, headers={"Idempotency-Key": "form-1"}))

    assert Counter({200: 7, 201: 1}) == Counter(answer.status_code for answer in answers)
    assert 1 == len({answer.text for answer in answers})
    assert 1 == len(client.get("/contacts").json()["contacts"])


def test_of_requests_that_saw_one_version_one_is_kept(client: httpx2.Client) -> None:
    """Eight edits of one version at once: one is kept, the others are shown it beside what they offered."""
    made = client.post("/contacts", json=GRACE, headers={"Idempotency-Key": "form-1"})
    where, seen = f"/contacts/{made.json()['id']}", {"If-Match": made.headers["ETag"]}
    answers = together(8, lambda n: client.patch(where, params={"headline": f"Edit {n}"}, headers=seen))

    assert Counter({409: 7, 200: 1}) == Counter(answer.status_code for answer in answers)
    kept = client.get(where).json()["headline"]
    refused = [answer.json() for answer in answers if answer.status_code == 409]
    assert {kept} == {one["stored"]["headline"] for one in refused}
    assert kept not in {one["offered"]["headline"] for one in refused}


def test_pages_are_read_on_to_the_end(client: httpx2.Client) -> None:
    """Each page's cursor leads to the next one; together they hold everybody once, in order."""
    for number in range(7):
        new = {"given": "G", "family": f"Family {number}", "email": f"g{number}@x.example"}
        assert 201 == client.post("/contacts", json=new, headers={"Idempotency-Key": f"form-{number}"}).status_code
    seen, after = [], None
    while True:
        asked = {"limit": 3} | ({} if after is None else {"after": after})
        page = client.get("/contacts", params=asked).json()
        seen += [contact["name"]["family"] for contact in page["contacts"]]
        after = page["next"]
        if after is None:
            break

    assert [f"Family {number}" for number in range(7)] == seen


@pytest.mark.parametrize(
    ("expected", "method", "path", "more"),
    [
        (404, "GET", "/contacts/nobody", {}),
        (404, "GET", "/contacts/%00", {}),
        (401, "GET", "/contacts/nobody", {"headers": {"Authorization": "Bearer of-nobody"}}),
        (422, "GET", "/contacts", {"params": {"after": "made-up"}}),
        (422, "GET", "/contacts", {"params": {"limit": 0}}),
        (422, "PATCH", "/contacts/nobody?headline=x", {"headers": {"If-Match": "*"}}),
        (404, "PATCH", "/contacts/nobody?headline=x", {"headers": {"If-Match": '"1"'}}),
        (422, "POST", "/contacts", {"json": GRACE, "headers": {"Idempotency-Key": "k" * 300}}),
        (422, "POST", "/contacts", {"json": {**GRACE, "given": "a\0b"}, "headers": {"Idempotency-Key": "form-1"}}),
    ],
)
def test_what_cannot_be_done_is_answered_by_its_status(
    client: httpx2.Client, expected: int, method: str, path: str, more: dict[str, Any]
) -> None:
    """No bad request becomes a failure of the server, and none leaves anything behind."""
    answer = client.request(method, path, **more)

    assert expected == answer.status_code
    assert [] == client.get("/contacts").json()["contacts"]


def test_tenants_do_not_see_each_other(client: httpx2.Client) -> None:
    """The same key and id of another tenant are another unit and another record."""
    made = client.post("/contacts", json=GRACE, headers={"Idempotency-Key": "form-1"}).json()

    assert 404 == client.get(f"/contacts/{made['id']}", headers=BOB).status_code
    assert 201 == client.post("/contacts", json=GRACE, headers={**BOB, "Idempotency-Key": "form-1"}).status_code


def test_a_request_that_waits_too_long_may_come_again(client: httpx2.Client, url: str) -> None:
    """While another writes for the tenant: 503, when to try again, nothing of the server; afterwards it is done. 5 s."""
    ask = partial(client.post, "/contacts", json=GRACE, headers={"Idempotency-Key": "form-1"})
    with crmcore.CRM.open(url, tenant="acme") as other:
        with other.unit(actor="slow"):
            waited = ask()
        done = ask()

    assert (503, "1", {"error": "StoreUnavailable"}) == (
        waited.status_code,
        waited.headers.get("Retry-After"),
        waited.json(),
    )
    assert (201, None) == (done.status_code, done.headers.get("Retry-After"))


def test_a_value_that_no_record_holds_is_told_by_its_place(client: httpx2.Client) -> None:
    """422 with the attribute and the rule, and without the value: answers are logged."""
    answer = client.post("/contacts", json={**GRACE, "email": "needle"}, headers={"Idempotency-Key": "form-1"})
    told = answer.json()

    assert (422, "InputError") == (answer.status_code, told["error"])
    assert [(["normal"], "string_pattern_mismatch")] == [(fault["loc"], fault["type"]) for fault in told["message"]]
    assert "needle" not in answer.text
    assert [] == client.get("/contacts").json()["contacts"]
