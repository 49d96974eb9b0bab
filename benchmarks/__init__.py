"""Measurements that anyone can repeat: `make bench`, or one script at a time. See docs/benchmarks.md."""
