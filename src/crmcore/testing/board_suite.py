"""The laws of a job board, as tests that an adapter inherits.

All that an author writes::

    class TestMyBoard(crmcore.testing.board_suite.BoardSuite):
        @pytest.fixture
        def board(self):
            return MyBoard(...)

        def shown(self, board):
            return {posting: title of what anybody sees of it}
"""

# ruff: noqa: S101, SIM300 - a suite asserts, and says what it expected first

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import pytest

from crmcore.ports import Advert

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmcore.ports import JobBoard

__all__ = ["BoardSuite"]


def _advert(posting: str, title: str) -> Advert:
    data = {"@type": "JobPosting", "title": title}
    return Advert(
        posting=posting, title=title, html="<p>Build things.</p>", text="Build things.", url="", data=data, digest=title
    )


class BoardSuite:
    """What every board does; inherit it, and hand in the board and what it shows."""

    @pytest.fixture
    def board(self) -> JobBoard:
        """Return a board that shows nothing yet."""
        pytest.fail("a suite for boards needs the fixture board")

    def shown(self, board: JobBoard) -> Mapping[str, str]:
        """Return the title of what anybody sees, by posting."""
        pytest.fail(f"a suite for boards needs to see what {type(board).__name__} shows")

    def test_what_is_shown_is_seen(self, board: JobBoard) -> None:
        """Each posting has an advert and a reference of its own."""
        references = [board.show(_advert(f"x-{number}", f"Engineer {number}")) for number in range(3)]

        assert {f"x-{number}": f"Engineer {number}" for number in range(3)} == dict(self.shown(board))
        assert 3 == len(set(references) - {""})

    def test_asking_twice_shows_it_once(self, board: JobBoard) -> None:
        """Whether the first answer was heard or lost."""
        reference = board.show(_advert("x-1", "Engineer"))
        lost = board.show(_advert("x-1", "Engineer"))
        heard = board.show(attrs.evolve(_advert("x-1", "Engineer"), reference=reference))

        assert {"x-1": "Engineer"} == dict(self.shown(board))
        assert [reference] * 2 == [lost, heard]

    def test_a_changed_advert_takes_the_place_of_the_old(self, board: JobBoard) -> None:
        """Whether the first answer was heard or lost; back to the old one, too."""
        board.show(_advert("x-1", "Engineer"))
        for title in ("Lead", "Engineer"):
            board.show(_advert("x-1", title))

            assert {"x-1": title} == dict(self.shown(board))

    def test_what_is_taken_down_is_seen_no_more(self, board: JobBoard) -> None:
        """By its reference, or without one; what stands beside it stays, and it can come back."""
        reference = board.show(_advert("x-1", "Engineer"))
        board.show(_advert("x-2", "Cook"))
        board.show(_advert("x-3", "Driver"))
        board.take_down("x-1", reference=reference)
        board.take_down("x-2", reference="")

        assert {"x-3": "Driver"} == dict(self.shown(board))
        board.show(_advert("x-1", "Engineer"))
        assert {"x-1": "Engineer", "x-3": "Driver"} == dict(self.shown(board))

    def test_taking_down_what_is_not_there_is_no_error(self, board: JobBoard) -> None:
        """Neither twice nor at all."""
        reference = board.show(_advert("x-1", "Engineer"))
        for posting in ("x-1", "x-1", "x-9"):
            board.take_down(posting, reference=reference if posting == "x-1" else "")

        assert {} == dict(self.shown(board))
