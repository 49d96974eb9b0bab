"""What the report shows of a run."""

from crmcore.app import dedupe_file
from crmcore.app._dedupe_view import view_of
from crmcore.testing.sample import write_sample


def test_the_pairs_shown_are_the_weakest_ties_of_a_cluster(tmp_path):
    """Each cluster shows the strongest tie of its least certain row first, however many rows it has."""
    write_sample(tmp_path / "people.csv", people=300, seed=2)
    run = dedupe_file(tmp_path / "people.csv")
    pairs = run.result.pairs
    inside = run.result.cluster_ids[pairs.left] == run.result.cluster_ids[pairs.right]
    best = {}
    for left, right, sure in zip(
        pairs.left[inside].tolist(), pairs.right[inside].tolist(), pairs.probability[inside].tolist(), strict=True
    ):
        for row in (left, right):
            best[row] = max(best.get(row, 0.0), sure)

    view = view_of(run)

    assert view.clusters
    for cluster in view.clusters:
        members = run.result.clusters[cluster.key].tolist()
        least = min(best.get(row, 0.0) for row in members)
        shown = cluster.pairs[0]
        assert least == cluster.weakest
        assert min(best.get(shown.left, 0.0), best.get(shown.right, 0.0)) == least
