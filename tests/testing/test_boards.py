"""The board in memory obeys the laws of a board; and the suite sees boards that do not."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from crmcore.errors import StoreUnavailable
from crmcore.testing.board_suite import BoardSuite
from crmcore.testing.boards import MemoryBoard


class TestMemoryBoard(BoardSuite):
    """The adapter that everything else is tested with."""

    @pytest.fixture
    def board(self) -> MemoryBoard:
        """Return an empty one."""
        return MemoryBoard()

    def shown(self, board: MemoryBoard) -> Mapping[str, str]:
        """Return what it shows."""
        return {posting: advert.title for posting, advert in board.shows.items()}


class Careless(MemoryBoard):
    """Keeps what it shows for ever, and shows what it is asked for beside what it has."""

    def show(self, advert):
        reference = f"{advert.posting}#{len(self.shows)}"
        self.shows[reference] = advert
        return reference

    def take_down(self, posting, *, reference):
        pass


@pytest.mark.parametrize(
    "law",
    [
        "test_what_is_shown_is_seen",
        "test_asking_twice_shows_it_once",
        "test_a_changed_advert_takes_the_place_of_the_old",
        "test_what_is_taken_down_is_seen_no_more",
        "test_taking_down_what_is_not_there_is_no_error",
    ],
)
def test_the_suite_sees_a_board_that_breaks_every_law(law):
    """The negative control: each test fails for it."""
    with pytest.raises(AssertionError):
        getattr(TestMemoryBoard(), law)(Careless())


def test_a_board_that_is_down_says_so():
    """With an error of the tree, that is an OSError as well."""
    board = MemoryBoard(is_down=True)

    with pytest.raises(StoreUnavailable, match="cannot be reached"):
        board.take_down("x-1", reference="")
