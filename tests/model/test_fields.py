"""The catalogue of fields."""

from importlib import import_module

import pytest

from crmcore.model import catalogue

CLEANERS = sorted({field.cleaner for field in catalogue() if field.cleaner})


@pytest.mark.parametrize("cleaner", CLEANERS)
def test_every_cleaner_that_the_catalogue_names_exists(cleaner):
    """A cleaner in the catalogue is a function of hygiene, not just a label."""
    module, _, function = cleaner.partition(".")

    assert callable(getattr(import_module(f"crmcore.hygiene.{module}"), function, None))
