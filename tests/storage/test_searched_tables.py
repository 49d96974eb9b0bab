"""The tables that kinds are searched in are derived: made, filled, taken over from a host and made again when need be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Integer, MetaData, Table, create_engine, inspect

from crmcore.errors import SchemaMismatch, SchemaOutdated, Taken
from crmcore.model.field import FieldSpec, many, one
from crmcore.model.record import Record
from crmcore.query import F
from crmcore.storage import Codec, SqlStore, logical_digest
from crmcore.storage.sql import add_tables, check, migrate
from crmcore.storage.sql.schema import metadata as ours
from tests.storage.test_migrations import shape_of


class Tag(Record):
    kind: ClassVar[str] = "tag"
    fields: ClassVar[tuple[FieldSpec, ...]] = (one("label", is_indexed=True),)

    label: str
    colours: tuple[str, ...] = ()


class ColouredTag(Tag):
    fields: ClassVar[tuple[FieldSpec, ...]] = (*Tag.fields, many("colour", "colours"))


class RareTag(ColouredTag):
    fields: ClassVar[tuple[FieldSpec, ...]] = (ColouredTag.fields[1],)

    def unique_keys(self) -> Iterator[tuple[str, str]]:
        """No two tags share a label."""
        yield "label", self.label


class OnlyTag(Tag):
    def unique_keys(self) -> Iterator[tuple[str, str]]:
        """No two tags share a label."""
        yield "label", self.label


class Other(Record):
    kind: ClassVar[str] = "other"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of an empty database."""
    if request.param == "postgresql":
        found: str = request.getfixturevalue("postgres_url")
        return found
    return f"sqlite:///{tmp_path / 'crm.db'}"


def fill(url: str, labels: dict[str, str]) -> None:
    """Keep some tags, for two tenants, one of them removed."""
    for tenant in ("acme", "zeta"):
        with SqlStore(url, tenant=tenant, codec=Codec([Tag])) as store, store.unit(actor="ada") as unit:
            for id_, label in labels.items():
                unit.put(Tag(id=id_, label=label, colours=("red", tenant)))
            unit.remove(unit.put(Tag(id="gone", label="gone")))


def forget(url: str, kind: str) -> None:
    """Drop what a kind is searched in, as if a store without it had made the database."""
    engine = create_engine(url)
    with engine.begin() as connection:
        for name in inspect(connection).get_table_names():
            if name.startswith(f"crm_{kind}"):
                connection.exec_driver_sql(f'DROP TABLE "{name}"')
        connection.exec_driver_sql(f"DELETE FROM crm_shape WHERE kind = '{kind}'")  # noqa: S608
    engine.dispose()


def test_opening_fills_what_it_makes(url: str) -> None:
    """A kind without tables whose records are there already is found by all its fields, in each tenant."""
    fill(url, {f"t-{number:04}": f"l{number % 3}" for number in range(1200)})
    forget(url, "tag")
    for tenant in ("zeta", "acme"):
        with SqlStore(url, tenant=tenant, codec=Codec([Tag])) as store:
            assert 400 == len(store.find(Tag, F.label == "l1", limit=1000))
            assert [] == list(store.find(Tag, F.label == "gone"))


def test_a_changed_catalogue_waits_for_the_migration(url: str) -> None:
    """Opening refuses it and says what to do; the migration makes the tables again and fills them, once."""
    fill(url, {"t-1": "python", "t-2": "sql"})
    codec = Codec([ColouredTag])
    with SqlStore(url, tenant="acme", codec=Codec([Tag])) as store:
        before = logical_digest(store)
    shape = shape_of(url)
    with pytest.raises(SchemaOutdated, match=r"what tag records are searched by has changed.*crmcore db upgrade"):
        SqlStore(url, tenant="acme", codec=codec)

    assert shape == shape_of(url)
    assert ("tag",) == check(url, codec=codec).outdated
    assert ("tag",) == migrate(url, codec=codec).kinds
    assert () == migrate(url, codec=codec).kinds
    with SqlStore(url, tenant="zeta", codec=codec) as store:
        assert ["t-1", "t-2"] == [tag.id for tag in store.find(ColouredTag, F.colour == "zeta")]
    with SqlStore(url, tenant="acme", codec=codec) as store:
        assert before == logical_digest(store)
    migrate(url, codec=Codec([Tag]))

    assert shape == shape_of(url), "what the catalogue no longer knows is gone"


def test_claims_of_what_is_there_are_made(url: str) -> None:
    """A kind that learns of a unique key gets the claims of its records; one that is held twice is told, and all stays."""
    fill(url, {"t-1": "python", "t-2": "sql"})
    codec = Codec([RareTag])
    migrate(url, codec=codec)
    with SqlStore(url, tenant="acme", codec=codec) as store, pytest.raises(Taken), store.unit(actor="ada") as unit:
        unit.put(RareTag(id="t-9", label="sql"))
    migrate(url, codec=Codec([Tag]))
    with SqlStore(url, tenant="zeta", codec=Codec([Tag])) as store, store.unit(actor="ada") as unit:
        unit.put(Tag(id="t-9", label="sql"))
    shape = shape_of(url)
    with pytest.raises(Taken):
        migrate(url, codec=codec)

    assert shape == shape_of(url)


def test_a_kind_that_learns_of_unique_keys_waits_for_the_migration(url: str) -> None:
    """Its fields are the same; opened as it stands, the store would let two records hold what only one may."""
    fill(url, {"t-1": "python", "t-2": "sql"})
    codec = Codec([OnlyTag])
    with pytest.raises(SchemaOutdated, match="what tag records are searched by has changed"):
        SqlStore(url, tenant="acme", codec=codec)

    assert ("tag",) == migrate(url, codec=codec).kinds
    with SqlStore(url, tenant="acme", codec=codec) as store, pytest.raises(Taken), store.unit(actor="ada") as unit:
        unit.put(OnlyTag(id="t-9", label="sql"))


def test_claims_are_made_anew(url: str) -> None:
    """What was changed or removed while its kind claimed nothing holds no claim afterwards."""
    fill(url, {"t-1": "python", "t-2": "sql"})
    rare, plain = Codec([OnlyTag]), Codec([Tag])
    migrate(url, codec=rare)
    migrate(url, codec=plain)
    with SqlStore(url, tenant="acme", codec=plain) as store, store.unit(actor="ada") as unit:
        unit.remove(unit.get(Tag, "t-1"))
        unit.put(unit.get(Tag, "t-2").evolve(label="go"))
    migrate(url, codec=rare)
    with SqlStore(url, tenant="acme", codec=rare) as store, store.unit(actor="ada") as unit:
        unit.put(OnlyTag(id="t-8", label="python"))
        unit.put(OnlyTag(id="t-9", label="sql"))
    with SqlStore(url, tenant="zeta", codec=rare) as store, pytest.raises(Taken), store.unit(actor="ada") as unit:
        unit.put(OnlyTag(id="t-9", label="sql"))


def test_a_host_makes_the_tables(url: str) -> None:
    """By its own create_all, beside its own: a store opens on them, and the host's Alembic finds nothing to change."""
    host, codec = MetaData(), Codec([ColouredTag])
    Table("host", host, Column("id", Integer, primary_key=True))
    add_tables(host, codec=codec)
    engine = create_engine(url)
    host.create_all(engine)
    with SqlStore(engine, tenant="acme", codec=codec) as store:
        with store.unit(actor="ada") as unit:
            unit.put(ColouredTag(id="t-1", label="python", colours=("blue",)))

        assert ["t-1"] == [tag.id for tag in store.find(ColouredTag, F.colour == "blue")]
        assert 1 == store.history.verify().unit
    with engine.connect() as connection:
        assert [] == compare_metadata(MigrationContext.configure(connection), host)
    assert () == migrate(engine, codec=codec).kinds
    engine.dispose()


def test_a_host_makes_the_same_tables(url: str, tmp_path: Path) -> None:
    """What create_all of the host's metadata makes has every column, constraint and index of ours, by the same names."""
    host = MetaData()
    add_tables(host, codec=Codec([Other]))
    engine = create_engine(url)
    host.create_all(engine)
    seen = inspect(engine)
    made = {
        name: (
            {(column["name"], str(column["type"]), column["nullable"]) for column in seen.get_columns(name)},
            seen.get_pk_constraint(name)["name"] if url.startswith("postgresql") else None,
            {index["name"] for index in seen.get_indexes(name)},
            {rule["name"] for rule in seen.get_foreign_keys(name)},
        )
        for name in ours.tables
    }
    host.drop_all(engine)
    ours.create_all(engine)
    seen.clear_cache()
    for name, found in made.items():
        assert {
            (column["name"], str(column["type"]), column["nullable"]) for column in seen.get_columns(name)
        } == found[0]
        assert (seen.get_pk_constraint(name)["name"] if url.startswith("postgresql") else None) == found[1]
        assert {index["name"] for index in seen.get_indexes(name)} == found[2]
        assert {rule["name"] for rule in seen.get_foreign_keys(name)} == found[3]
    engine.dispose()


@pytest.mark.parametrize("lacks", ["crm_change", "crm_unit.hash"])
def test_half_of_the_tables_are_refused(url: str, lacks: str) -> None:
    """Tables of ours that are not complete are told by name, and left as they are."""
    host = MetaData()
    add_tables(host, codec=Codec([Other]))
    table, _, column = lacks.partition(".")
    engine = create_engine(url)
    host.create_all(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {table} DROP COLUMN {column}" if column else f"DROP TABLE {table}")
    before = shape_of(url)
    for use in (SqlStore, migrate):
        with pytest.raises(SchemaMismatch, match=f"{table}.*left as it is"):
            use(engine, codec=Codec([Other]))
    engine.dispose()

    assert before == shape_of(url)


def test_a_table_of_the_host_is_not_taken_for_ours(url: str) -> None:
    """A host's table that has the name of one of a kind, and other columns, is refused and kept."""
    engine = create_engine(url)
    SqlStore(engine, codec=Codec([Other])).close()
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE crm_tag (id INTEGER)")
        connection.exec_driver_sql("INSERT INTO crm_tag VALUES (7)")
    with pytest.raises(SchemaMismatch, match="'crm_tag' already, with other columns"):
        SqlStore(engine, codec=Codec([Tag]))
    with engine.connect() as connection:
        assert [(7,)] == connection.exec_driver_sql("SELECT id FROM crm_tag").all()
    engine.dispose()
