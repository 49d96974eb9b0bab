"""The laws of a source of rows, as tests that an adapter inherits.

All that an author writes::

    class TestMySource(crmcore.testing.source_suite.SourceSuite):
        @pytest.fixture
        def source(self):
            return MySource(...)  # with at least three rows
"""

# ruff: noqa: S101 - a suite asserts

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from crmcore.ports import Cell, Source

__all__ = ["SourceSuite"]


def _rows(source: Source, size: int) -> list[tuple[int, tuple[Cell, ...]]]:
    """Return the line and the cells of every row, in one pass."""
    return [
        (line, tuple(batch.columns[header][place] for header in source.header))
        for batch in source.batches(size)
        for place, line in enumerate(batch.lines)
    ]


class SourceSuite:
    """What every source does; inherit it, and hand in one with three rows or more."""

    @pytest.fixture
    def source(self) -> Source:
        """Return a source with at least three rows."""
        pytest.fail("a suite for sources needs the fixture source")

    def test_it_has_a_name_and_headers(self, source: Source) -> None:
        """The name is what provenance says; each header is there once."""
        assert source.name
        assert source.header
        assert len(source.header) == len(set(source.header))

    def test_every_batch_has_every_column(self, source: Source) -> None:
        """With a cell and a line for each of its rows; no batch is empty, none larger than asked for."""
        for batch in source.batches(2):
            assert set(source.header) == set(batch.columns)
            assert {len(batch.lines)} == {len(cells) for cells in batch.columns.values()}
            assert 1 <= len(batch.lines) <= 2

    def test_the_size_of_batches_changes_nothing(self, source: Source) -> None:
        """The same rows come in the same order, with the lines on which they stand."""
        whole = _rows(source, 10_000)

        assert len(whole) >= 3
        assert [whole] * 2 == [_rows(source, 1), _rows(source, 2)]
        assert [line for line, _ in whole] == sorted(line for line, _ in whole)

    def test_it_can_be_read_again(self, source: Source) -> None:
        """From the start; a pass that was given up does not count, and what is left out is told anew."""
        next(iter(source.batches(1)))
        first = _rows(source, 10_000), list(source.rejects)

        assert first[0]
        assert first == (_rows(source, 10_000), list(source.rejects))

    def test_a_cell_is_a_text_several_or_nothing(self, source: Source) -> None:
        """An empty text is nothing, and so are no texts."""
        for _, cells in _rows(source, 10_000):
            for cell in cells:
                several: tuple[object, ...] = (
                    cell if isinstance(cell, tuple) else ("nothing",) if cell is None else (cell,)
                )

                assert several
                assert all(text and text.__class__ is str for text in several)
