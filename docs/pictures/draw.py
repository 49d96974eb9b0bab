"""Draws the pictures of these pages again; needs vl-convert-python beside the extra ``charts``."""

from pathlib import Path

import vl_convert

from crmcore.matching import dedupe
from crmcore.testing.sample import generate

HERE = Path(__file__).parent

sample = generate(people=300, seed=0)
result = dedupe(sample.columns)
bits = result.pairs.match_weight
middling = int(abs(bits - 9.0).argmin())
pieces = max(
    range(len(result.clusters)),
    key=lambda at: (4 <= len(result.clusters[at]) <= 9, -result.confidence[result.clusters[at][0]]),
)
charts = {
    "waterfall": result.explain(int(result.pairs.left[middling]), int(result.pairs.right[middling])).plot(),
    "weights": result.charts.weights(),
    "cluster": result.charts.cluster(pieces),
}
for name, chart in charts.items():
    svg = vl_convert.vegalite_to_svg(chart.to_json())
    (HERE / f"{name}.svg").write_text(svg + "\n", encoding="utf-8")
