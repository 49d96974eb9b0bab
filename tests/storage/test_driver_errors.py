"""No error of a driver or of SQLAlchemy leaves the storage room as it is."""

from __future__ import annotations

import sqlite3

import pytest
from sqlalchemy import exc

from crmcore.errors import CrmcoreError, SchemaMismatch, StoreError, StoreUnavailable
from crmcore.storage import SqlStore
from crmcore.storage.sql._errors import translate, translated
from crmcore.testing.stores import SUITE_CODEC, Card


def below(cls: type[BaseException]) -> set[type[BaseException]]:
    """Return the class and all under it."""
    return {cls}.union(*(below(sub) for sub in cls.__subclasses__()))


def made(cls: type[BaseException]) -> BaseException:
    """Make one as its library would; most need no more than a text."""
    if issubclass(cls, exc.DBAPIError):
        return cls("SELECT ?", {"name": "Ada"}, sqlite3.OperationalError("boom"), hide_parameters=True)
    if issubclass(cls, exc.StatementError):
        return cls("boom", "SELECT ?", {"name": "Ada"}, ValueError("boom"), hide_parameters=True)
    error = cls.__new__(cls, "boom")
    Exception.__init__(error, "boom")
    return error


DRIVER = sorted(below(sqlite3.Error) | below(sqlite3.Warning), key=lambda cls: cls.__name__)
ALCHEMY = sorted(
    {cls for cls in below(exc.SQLAlchemyError) if not issubclass(cls, CrmcoreError)},
    key=lambda cls: (cls.__name__, cls.__module__),
)


@pytest.mark.parametrize("cls", DRIVER + ALCHEMY, ids=lambda cls: f"{cls.__module__}.{cls.__name__}")
def test_every_class_of_theirs_becomes_one_of_ours(cls: type[BaseException]) -> None:
    """It says where, keeps the original as its cause, and is a StoreError."""
    with pytest.raises(StoreError, match=r"crm\.db: ") as caught, translated("crm.db"):
        raise made(cls)

    assert cls is type(caught.value.__cause__)


@pytest.mark.parametrize(
    "code", [name for name in dir(sqlite3) if name.startswith("SQLITE_") and isinstance(getattr(sqlite3, name), int)]
)
def test_every_failure_of_sqlite_has_a_sentence(code: str) -> None:
    """By the library's own name for it, also wrapped by SQLAlchemy."""
    failure = sqlite3.OperationalError("boom")
    failure.sqlite_errorname = code
    wrapped = exc.OperationalError("SELECT 1", {}, failure)

    assert type(translate(failure, "crm.db")) is type(translate(wrapped, "crm.db"))
    assert str(translate(failure, "crm.db")) == str(translate(wrapped, "crm.db"))


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("SQLITE_BUSY", StoreUnavailable),
        ("SQLITE_BUSY_SNAPSHOT", StoreUnavailable),
        ("SQLITE_FULL", StoreUnavailable),
        ("SQLITE_IOERR_WRITE", StoreUnavailable),
        ("SQLITE_CORRUPT_INDEX", StoreUnavailable),
        ("SQLITE_NOTADB", SchemaMismatch),
    ],
)
def test_the_usual_failures(code: str, kind: type[StoreError]) -> None:
    """Those that a user meets have a type of their own."""
    failure = sqlite3.DatabaseError("boom")
    failure.sqlite_errorname = code

    assert kind is type(translate(failure, "crm.db"))


def test_an_error_never_shows_what_was_to_be_written() -> None:
    """Values stay out of the message and of its cause: they are people's data, and errors go into logs."""
    with SqlStore("sqlite://", codec=SUITE_CODEC) as store:
        with store._database._engine.connect() as connection:
            connection.exec_driver_sql("DROP TABLE crm_suite_card__emails")
        with pytest.raises(StoreError) as caught, store.unit(actor="suite") as unit:
            unit.put(Card(id="c-1", name="Secret Name", emails=("secret@x.example",)))

    assert "no such table" in str(caught.value)
    assert "secret" not in f"{caught.value} {caught.value.__cause__}".lower()


def test_the_users_own_errors_pass_untouched() -> None:
    """An error of the block itself, even a driver's, is not ours to translate."""
    with SqlStore("sqlite://") as store, pytest.raises(sqlite3.OperationalError), store.unit(actor="suite"):
        raise sqlite3.OperationalError("the user's own database")
