"""Speed, memory and quality of matching, beside a peer, in one run: ``python -m benchmarks.matching --help``."""
