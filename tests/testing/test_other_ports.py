"""The suites for keyrings and for sources: our adapters obey every law, and adapters that break one are seen."""

from __future__ import annotations

import inspect

import pytest

from crmcore.errors import CrmcoreError
from crmcore.integrations.files import FileSource, open_table
from crmcore.integrations.keys import LocalKeyring
from crmcore.ports import Batch
from crmcore.testing.keyring_suite import KeyringSuite
from crmcore.testing.source_suite import SourceSuite


class TestLocalKeyring(KeyringSuite):
    """The keyring in a file."""

    @pytest.fixture
    def keyring(self, tmp_path) -> LocalKeyring:
        """Return one with one key."""
        return LocalKeyring.create(tmp_path / "keys.json")


class TestTextFile(SourceSuite):
    """A table in a text file, one line of which cannot be taken."""

    @pytest.fixture
    def source(self, tmp_path) -> FileSource:
        """Return one with four rows and a reject."""
        path = tmp_path / "people.csv"
        path.write_text("name,skills\nAda,sql\nBo,\n\nCy,go\nToo,many,cells,here\nDi,sql\n", encoding="utf-8")
        return open_table(path)


class OpenKeyring:
    """Keeps secrets as they are, and gives them to anybody."""

    def current(self, tenant):
        return "k" * 201

    def wrap(self, secret, *, tenant, using, context):
        return secret

    def unwrap(self, wrapped, *, tenant, using, context):
        return wrapped[1:]


class LooseSource:
    """Has a column twice, gives everything at once and once only, and calls nothing an empty text."""

    name = ""
    header = ("name", "name")
    rejects = ()
    has_been_read = False

    def batches(self, size=10_000):
        if not self.has_been_read:
            self.has_been_read = True
            yield Batch(columns={"name": ["Ada", "", "Cy"]}, lines=[4, 3, 2])
            yield Batch(columns={"nickname": []}, lines=[1])


def laws(suite):
    """Return the names of the laws of a suite, with what each is called with."""
    for name, law in inspect.getmembers(suite, inspect.isfunction):
        if name.startswith("test_"):
            changed = ["tenant"] if "changed" in inspect.signature(law).parameters else []
            yield pytest.param(name, changed, id=name)


@pytest.mark.parametrize(("law", "more"), list(laws(KeyringSuite)))
def test_a_keyring_that_keeps_no_secret_is_caught(law, more):
    """The negative control: each law fails for it."""
    with pytest.raises((AssertionError, pytest.fail.Exception, CrmcoreError)):
        getattr(TestLocalKeyring(), law)(OpenKeyring(), *more)


@pytest.mark.parametrize(("law", "more"), list(laws(SourceSuite)))
def test_a_source_that_is_loose_is_caught(law, more):
    """The negative control: each law fails for it."""
    with pytest.raises((AssertionError, KeyError, IndexError)):
        getattr(TestTextFile(), law)(LooseSource(), *more)
