"""The garbage collector rests during an import, and is as before afterwards."""

from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from crmcore.app._collecting import collecting_later
from crmcore.errors import UnreadableFile


def test_the_collector_is_as_before_after_a_failure(crm, tmp_path):
    """An import that fails wakes it, too."""
    with pytest.raises(UnreadableFile):
        crm.plan_import(tmp_path / "nowhere.csv")

    assert gc.isenabled()


def test_a_collector_that_was_asleep_stays_asleep():
    """Who switched it off finds it off."""
    gc.disable()
    try:
        with collecting_later():
            pass

        assert not gc.isenabled()
    finally:
        gc.enable()


def test_overlapping_jobs_wake_it_once_all_are_done():
    """The first of two threads to end leaves it asleep for the other."""
    both, first_left = Barrier(2, timeout=30), Barrier(2, timeout=30)

    def first():
        with collecting_later():
            both.wait()
        asleep = not gc.isenabled()
        first_left.wait()
        return asleep

    def second():
        with collecting_later():
            both.wait()
            first_left.wait()
            return not gc.isenabled()

    with ThreadPoolExecutor(2) as threads:
        found = [job.result() for job in (threads.submit(first), threads.submit(second))]

    assert [True, True] == found
    assert gc.isenabled()
