"""WHICH PAIRS ARE WORTH COMPARING: rules over keys, each key a number that rows of one person are likely to share.

    keys_of(features)              every key of every feature, once a distinct value
    candidate_rules(keys)          every single key, and every two keys of different features
    Blocks.of(rule)                the rows that agree, by sorting whole numbers
    CandidatePairs.of(rules, ...)  what any of the rules finds, each pair once, in pieces that fit the memory

*Laws.* The number of a value is its hash: the same in every table and on every machine. A block that is too large is
split by what else its rows have, never dropped. Pairs come in the order of their rows, whatever the memory.

>>> import numpy as np
>>> from crmcore.matching.working_memory import WorkingMemory
>>> key = Key(features=frozenset({0}), name="key", codes=np.array([[0], [1], [0], [-1]], np.int32),
...           forms=np.array([1 << 60, 2 << 60, 0], np.uint64))
>>> for packed in CandidatePairs.of([BlockingRule(keys=(key,))], memory=WorkingMemory.parse("1MiB")):
...     print(*unpack(packed))
[0] [2]
"""

from crmcore.matching.blocking.blocks import LARGEST_BLOCK, Blocks, splitters_among
from crmcore.matching.blocking.coarse import AS_IT_IS, Coarse
from crmcore.matching.blocking.keys import Key, keys_of
from crmcore.matching.blocking.pairs import CandidatePairs, distinct_pairs, pairs_within, unpack
from crmcore.matching.blocking.rules import BlockingRule, candidate_rules

__all__ = [
    "AS_IT_IS",
    "LARGEST_BLOCK",
    "BlockingRule",
    "Blocks",
    "CandidatePairs",
    "Coarse",
    "Key",
    "candidate_rules",
    "distinct_pairs",
    "keys_of",
    "pairs_within",
    "splitters_among",
    "unpack",
]
