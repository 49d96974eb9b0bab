"""Matchers, results and their pictures are used from several threads, and say the same as from one."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from crmcore.matching import Matcher
from crmcore.testing.sample import generate

TABLE = generate(people=250, seed=4).columns


@pytest.mark.timeout(120)
def test_a_matcher_in_four_threads_gives_one_answer():
    """Four threads that fit, group and explain at once get, to the bit, what one gets."""
    matcher = Matcher.fit(TABLE)

    def told(_: int) -> tuple[object, ...]:
        result = matcher.dedupe(TABLE)
        said = tuple(str(result.explain(row, row + 1)) for row in range(20))
        arrays = (result.cluster_ids, result.confidence, *result.pairs.columns.values())
        return Matcher.fit(TABLE), said, result.people, tuple(array.tobytes() for array in arrays)

    alone = told(0)
    with ThreadPoolExecutor(4) as pool:
        assert [each for each in pool.map(told, range(4)) if each != alone] == []


def test_a_result_is_shared_by_threads():
    """What is worked out when it is first asked for is the same for all who ask at once."""
    result = Matcher.fit(TABLE).dedupe(TABLE)

    def told(_: int) -> tuple[object, ...]:
        return result.blocking_recall, tuple(result.person_ids), result.precision_estimate(), len(result.clusters)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(told, range(8)))) == 1
