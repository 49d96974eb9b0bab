"""The machine's clock and identifiers answer to their ports."""

from __future__ import annotations

import time
import uuid
from datetime import timedelta

from crmcore.system import SystemClock, new_uuid7


def test_the_clock_tells_utc():
    """The instant is aware, in UTC, and now."""
    before = time.time()
    told = SystemClock().now()

    assert timedelta(0) == told.utcoffset()
    assert before - 1 <= told.timestamp() <= time.time() + 1


def test_identifiers_are_unique_and_in_order():
    """Ten thousand in a row: all different, already sorted, all of version 7."""
    ids = [new_uuid7() for _ in range(10_000)]

    assert 10_000 == len(set(ids))
    assert sorted(ids) == ids
    assert {7} == {uuid.UUID(each).version for each in ids}
