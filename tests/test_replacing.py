"""A file is replaced as a whole or not at all; what rooms do with it is tested in their own tests."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from crmcore._replacing import replacing
from crmcore.errors import UnwritableFile


@pytest.mark.parametrize("letter", ["x", "é", "👩"])
def test_the_longest_names_can_be_replaced(letter: str, tmp_path: Path) -> None:
    """Names of 255 bytes, whatever their letters take: the draft's is no longer."""
    path = tmp_path / (letter * (255 // len(letter.encode())))
    with replacing(path) as draft:
        draft.write_bytes(b"new")

    assert (b"new", [path]) == (path.read_bytes(), list(tmp_path.iterdir()))


@pytest.mark.parametrize("private", [True, False])
def test_who_may_read_it(private: bool, tmp_path: Path) -> None:
    """A private one, its owner only, from the first byte on; another one, whoever might read what stood there."""
    path = tmp_path / "file"
    path.touch()
    path.chmod(0o644)
    with replacing(path, private=private) as draft:
        begun = stat.S_IMODE(draft.stat().st_mode)

    assert (0o600 if private else 0o644) == stat.S_IMODE(path.stat().st_mode)
    assert not private or 0o600 == begun


@pytest.mark.parametrize("private", [True, False])
def test_what_is_no_file_is_refused(private: bool, tmp_path: Path) -> None:
    """A folder, a device, a name that cannot be, a link to itself, a folder that is not there; no draft is left."""
    (ring := tmp_path / "ring").symlink_to(ring)
    for path in (tmp_path, Path(os.devnull), tmp_path / "a\0b", ring, tmp_path / "none" / "file"):
        with pytest.raises(UnwritableFile), replacing(path, private=private):
            pytest.fail("it was given a draft")

    assert [ring] == list(tmp_path.iterdir())


def test_a_link_stays_and_its_file_is_replaced(tmp_path: Path) -> None:
    """So that who links to a file elsewhere keeps the link."""
    (file := tmp_path / "file").write_bytes(b"old")
    (link := tmp_path / "link").symlink_to(file)
    with replacing(link) as draft:
        draft.write_bytes(b"new")

    assert link.is_symlink()
    assert b"new" == file.read_bytes()


def test_an_error_of_the_writer_stays_what_it_is(tmp_path: Path) -> None:
    """One that is no failure of the file is not told as one, and the old file stays."""
    (path := tmp_path / "file").write_bytes(b"old")
    with pytest.raises(ValueError, match="of the writer"), replacing(path):
        raise ValueError("of the writer")

    assert (b"old", [path]) == (path.read_bytes(), list(tmp_path.iterdir()))
