"""What matching answers: clusters, links, pairs, and the evidence behind each."""

from __future__ import annotations

from crmcore.matching.deduplication import Deduplication, Resolution
from crmcore.matching.explanation import Explanation, PieceOfEvidence
from crmcore.matching.linkage import Linkage
from crmcore.matching.pairs import Pairs

__all__ = ["Deduplication", "Explanation", "Linkage", "Pairs", "PieceOfEvidence", "Resolution"]
