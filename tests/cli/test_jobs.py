"""The jobs, run as a user runs them: what is printed, what is written, what is left alone."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from crmcore.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PEOPLE = """\
ref,given name,surname,email,phone,city
a1,Ada,Lovelace,ada@analytical.example,+44 20 7946 0958,London
a2,Ada,Lovelace,ada@analytical.example,020 7946 0958,London
a3,Grace,Hopper,grace@navy.example,+1 202 555 0143,Arlington
a4,Katherine,Johnson,kj@space.example,+1 757 555 0112,Hampton
a5,Katherin,Johnson,kj@space.example,+1 757 555 0112,Hampton
a6,Annie,Easley,annie@lewis.example,+1 216 555 0177,Cleveland
"""
TOO_WIDE = "a7,Radia,Perlman,radia@spanning.example,+1 617 555 0199,Boston,extra\n"


@pytest.fixture
def people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small file of people in a folder of its own, which is also where the commands run."""
    monkeypatch.chdir(tmp_path)
    (file := tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")
    return file


@pytest.fixture
def answer(capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Run a command with ``--json`` and read its document."""

    def run(*arguments: str, code: int = 0) -> Any:
        assert code == main([*arguments, "--json"])
        return json.loads(capsys.readouterr().out)

    return run


def table(path: Path) -> list[dict[str, str]]:
    """Read a CSV file that a command wrote."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


class TestDedupe:
    def test_the_summary_is_a_sentence(self, people: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Without outputs only the summary is printed, and nothing is written."""
        assert 0 == main(["dedupe", "people.csv"])
        assert capsys.readouterr().out.startswith("6 rows are 4 people: 2 repeat somebody who is already there (")
        assert [people] == list(people.parent.iterdir())

    @pytest.mark.parametrize(
        ("rows", "said"),
        [
            (["Ada Lovelace,ada@x.example"], "1 row is 1 person: nobody appears twice"),
            (["Ada Lovelace,ada@x.example"] * 2, "2 rows are 1 person: 1 repeats somebody who is already there"),
        ],
    )
    def test_one_is_counted_as_one(
        self, rows: list[str], said: str, people: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A person is no people, and a row is no rows."""
        people.with_name("few.csv").write_text("\n".join(["name,email", *rows]))

        assert 0 == main(["dedupe", "few.csv"])
        assert capsys.readouterr().out.startswith(said)

    def test_the_clusters_say_for_each_row_who_it_is(self, people: Path) -> None:
        """The columns are ``row``, from 0, and ``cluster``; every row is there once, in order."""
        assert 0 == main(["dedupe", "people.csv", "--clusters", "clusters.csv"])
        rows = table(people.with_name("clusters.csv"))

        assert ["row", "cluster"] == list(rows[0])
        assert [str(n) for n in range(6)] == [row["row"] for row in rows]
        assert rows[0]["cluster"] == rows[1]["cluster"] != rows[2]["cluster"]
        assert 4 == len({row["cluster"] for row in rows})

    def test_an_id_column_is_repeated_beside_the_cluster(self, people: Path) -> None:
        """With ``--id`` there is a third column ``id``."""
        assert 0 == main(["dedupe", "people.csv", "--clusters", "clusters.csv", "--id", "ref"])
        rows = table(people.with_name("clusters.csv"))

        assert ["row", "cluster", "id"] == list(rows[0])
        assert ["a1", "a2", "a3", "a4", "a5", "a6"] == [row["id"] for row in rows]

    def test_the_golden_file_has_one_line_a_person(self, people: Path) -> None:
        """Four people, four lines, and each surname once."""
        assert 0 == main(["dedupe", "people.csv", "--out", "golden.csv"])
        rows = table(people.with_name("golden.csv"))

        assert ["Easley", "Hopper", "Johnson", "Lovelace"] == sorted(row["surname"] for row in rows)

    def test_the_report_tells_of_the_same_job(self, people: Path) -> None:
        """The headline has the numbers, and the people are in it."""
        assert 0 == main(["dedupe", "people.csv", "--report", "report.html"])
        page = people.with_name("report.html").read_text(encoding="utf-8")

        assert "6 rows are 4 people" in page
        assert "Katherin" in page

    def test_machines_get_one_document(self, people: Path, answer: Callable[..., Any]) -> None:
        """``--json`` tells the numbers, the roles and what was written."""
        document = answer("dedupe", "people.csv", "--clusters", "clusters.csv")

        assert "dedupe" == document["command"]
        assert (6, 4, 2) == (document["rows"], document["people"], document["duplicates"])
        assert {"clusters": "clusters.csv"} == document["written"]

    def test_a_row_that_cannot_go_in_is_told_and_the_others_go_in(
        self, people: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The reject names its line; the exit code is 0, or 3 where strictness is asked for."""
        people.write_text(PEOPLE + TOO_WIDE, encoding="utf-8")

        assert 0 == main(["dedupe", "people.csv"])
        captured = capsys.readouterr()
        assert captured.out.startswith("6 rows are 4 people")
        assert "line 8" in captured.err
        assert 3 == main(["dedupe", "people.csv", "--strict"])

    def test_a_failed_job_leaves_older_files_alone(self, people: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """An unknown column stops the job; the message offers the right one, and the old output is still there."""
        (old := people.with_name("golden.csv")).write_text("before", encoding="utf-8")

        assert 1 == main(["dedupe", "people.csv", "--out", "golden.csv", "--ignore", "emial"])
        assert "did you mean 'email'?" in capsys.readouterr().err
        assert "before" == old.read_text(encoding="utf-8")
        assert {"people.csv", "golden.csv"} == {path.name for path in people.parent.iterdir()}

    def test_the_input_is_never_overwritten(self, people: Path) -> None:
        """Naming the input as an output is a wrong call."""
        assert 2 == main(["dedupe", "people.csv", "--out", "./people.csv"])
        assert PEOPLE == people.read_text(encoding="utf-8")

    @pytest.mark.parametrize(
        ("content", "word"), [(b"", "empty"), (b"name,email\n", "row"), (b"\x00\x01\x02\xff" * 500, "")]
    )
    def test_a_useless_file_fails_with_one_line(
        self, people: Path, content: bytes, word: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Nothing, a header alone or noise: an exit code and a sentence, no traceback."""
        people.write_bytes(content)
        code = main(["dedupe", "people.csv", "--clusters", "clusters.csv"])
        captured = capsys.readouterr()

        assert code in {0, 1}
        assert word in captured.err + captured.out
        assert "mistake in crmcore" not in captured.err
        assert "Traceback" not in captured.err

    def test_a_file_that_is_not_there_is_said_so(self, people: Path, answer: Callable[..., Any]) -> None:
        """The error document has the type, the message and the exit code."""
        error = answer("dedupe", "nobody.csv", code=1)["error"]

        assert ("UnreadableFile", 1) == (error["type"], error["exit_code"])
        assert "nobody.csv" in error["message"]

    def test_it_runs_as_a_program(self, people: Path) -> None:
        """The installed command does the same in a process of its own, with warnings as errors."""
        code = "import sys; from crmcore.cli import main; sys.exit(main())"
        command = [sys.executable, "-W", "error", "-c", code, "dedupe", "people.csv", "--quiet"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=people.parent)

        assert (0, "", "") == (done.returncode, done.stdout, done.stderr)


class TestDatabase:
    def test_an_import_tells_what_it_did(self, people: Path, answer: Callable[..., Any]) -> None:
        """The people are in the database once; a second import of the same file adds nobody."""
        first = answer("import", "people.csv", "--db", "sqlite:///crm.db")
        again = answer("import", "people.csv", "--db", "sqlite:///crm.db")

        assert first["committed"]
        assert (4, 0) == (first["new"], again["new"])

    def test_a_dry_run_writes_nothing(self, people: Path, answer: Callable[..., Any]) -> None:
        """It tells the same as the import would, which afterwards still finds an empty database."""
        dry = answer("import", "people.csv", "--db", "sqlite:///crm.db", "--dry-run")
        wet = answer("import", "people.csv", "--db", "sqlite:///crm.db")

        assert not dry["committed"]
        assert dry["new"] == wet["new"]

    def test_a_dry_run_makes_no_database(self, people: Path) -> None:
        """Where there is no database, there is none afterwards."""
        assert 0 == main(["import", "people.csv", "--db", "sqlite:///crm.db", "--dry-run"])
        assert [people] == list(people.parent.iterdir())

    @pytest.mark.parametrize(
        ("arguments", "code"),
        [
            (["nobody.csv"], 1),
            (["people.csv", "nobody.csv"], 1),
            (["people.csv", "--columns", "nickname=email"], 1),
            (["people.csv", "--currency", "euro"], 1),
            (["people.csv", "--encoding", "klingon"], 1),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, list) else "",
    )
    def test_an_import_that_fails_makes_no_database(self, arguments: list[str], code: int, people: Path) -> None:
        """A mistyped file or wish leaves no empty database behind."""
        assert code == main(["import", *arguments, "--db", "sqlite:///crm.db"])
        assert [people] == list(people.parent.iterdir())

    def test_what_was_guessed_is_told(
        self, people: Path, answer: Callable[..., Any], capsys: pytest.CaptureFixture[str]
    ) -> None:
        """On standard error for people, in the document for machines, not at all with ``--quiet``."""
        wish = ["import", "people.csv", "--db", "memory:"]
        said = (
            "people.csv: CSV, utf-8, delimiter ','; columns: ref = text, given name = given_name, "
            "surname = family_name, email = email, phone = phone, city = city"
        )

        assert [said] == answer(*wish)["notices"]
        assert 0 == main(wish)
        assert said in capsys.readouterr().err.splitlines()
        assert 0 == main([*wish, "--quiet"])
        assert ("", "") == capsys.readouterr()

    def test_an_import_can_be_told_how_to_read(self, people: Path, answer: Callable[..., Any]) -> None:
        """Encoding and delimiter are as the user says."""
        people.write_text("name|born|salary\nZo\xeb Ada|03/04/1990|50000\n", encoding="latin-1")
        wish = ["import", "people.csv", "--db", "memory:", "--columns", "name=full_name,salary=salary"]
        told = answer(*wish, "--encoding", "latin-1", "--delimiter", "pipe", "--currency", "EUR", "--day-first")

        assert [] == told["rejects"]
        assert "delimiter '|'" in told["notices"][0]
        assert ["no-currency"] == [reject["code"] for reject in answer(*wish, "--delimiter", "pipe")["rejects"]]

    def test_a_reject_names_its_file(self, people: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Of several files, the one is named in which the line is."""
        people.with_name("more.csv").write_text(PEOPLE + TOO_WIDE, encoding="utf-8")

        assert 0 == main(["import", "people.csv", "more.csv", "--db", "memory:"])
        assert "  more.csv, line 8: " in capsys.readouterr().err

    def test_the_database_may_be_named_by_the_environment(
        self, people: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """``CRMCORE_DB`` stands for ``--db``."""
        monkeypatch.setenv("CRMCORE_DB", "sqlite:///crm.db")

        assert 0 == main(["import", "people.csv"])
        assert 0 == main(["report", "--out", "crm.html"])
        assert "4 people" in people.with_name("crm.html").read_text(encoding="utf-8")

    def test_a_report_on_no_database_makes_none(self, people: Path) -> None:
        """A wrong name is refused, and no empty database appears."""
        assert 2 == main(["report", "--db", "sqlite:///typo.db", "--out", "crm.html"])
        assert [people] == list(people.parent.iterdir())
