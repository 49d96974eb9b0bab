"""The command line around the jobs: what is said where, exit codes, mappings, drafts, the doctor."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from crmcore import __version__
from crmcore.cli import main
from crmcore.cli._doctor import PURPOSES, Requirement, requirements
from crmcore.cli._drafts import check_outputs, drafts
from crmcore.cli._failures import ExitCode, needs, reporting
from crmcore.cli._mapping import read_mapping
from crmcore.cli._reading import delimiter_of
from crmcore.cli._screen import Screen, plain
from crmcore.errors import MissingExtra, UnreadableFile
from crmcore.hygiene.roles import Role
from crmcore.ports import RowReject

ROOT = Path(__file__).parents[2]


def screen(*, width: int = 100, **settings: Any) -> Screen:
    """A screen whose two streams can be read."""
    return Screen(
        out=Console(file=StringIO(), width=width, soft_wrap=True),
        err=Console(file=StringIO(), width=width, soft_wrap=True),
        **settings,
    )


def printed(console: Console) -> str:
    """What was printed so far."""
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


class TestProgram:
    def test_the_version_is_printed(self, capsys: pytest.CaptureFixture[str]) -> None:
        """``--version`` prints one line and succeeds."""
        assert 0 == main(["--version"])
        assert f"crmcore {__version__}\n" == capsys.readouterr().out

    @pytest.mark.parametrize("command", ["dedupe", "import", "report", "inspect", "sample", "doctor", "db"])
    def test_each_command_explains_itself(self, command: str, capsys: pytest.CaptureFixture[str]) -> None:
        """``--help`` succeeds for each command."""
        assert 0 == main([command, "--help"])
        assert "Usage" in capsys.readouterr().out

    @pytest.mark.parametrize(
        "arguments",
        [
            ["dedup"],
            ["dedupe"],
            ["dedupe", "people.csv", "--threshold", "1.5"],
            ["dedupe", "people.csv", "--threshold", "0"],
            ["dedupe", "people.csv", "--threshold", "1"],
            ["dedupe", "people.csv", "--threshold", "nan"],
            ["dedupe", "people.csv", "--out", "golden.xls"],
            ["dedupe", "people.csv", "--clusters", "clusters"],
            ["import", "people.csv", "--db", "memory:", "--delimiter", "ab"],
            ["sample", "--people", "3", "--out", "people.pdf"],
            ["dedupe", "people.csv", "--columns", "a=b"],
            ["dedupe", "people.csv", "--delimiter", "ab"],
            ["report", "--out", "page.html"],
            ["sample", "--people", "0", "--out", "people.csv"],
        ],
        ids=" ".join,
    )
    def test_a_wrong_call_exits_with_two(self, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        """What cannot be parsed is refused before any work, on standard error."""
        assert ExitCode.USAGE == main(arguments)
        captured = capsys.readouterr()
        assert "" == captured.out
        assert "Error" in captured.err

    def test_without_the_extra_the_sentence_with_the_command_is_printed(self) -> None:
        """Where typer cannot be found, the answer is the pip command and exit code 2."""
        code = "import sys\nsys.modules['typer'] = None\nfrom crmcore.cli import main\nsys.exit(main(['--version']))\n"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

        assert 2 == done.returncode
        assert "crmcore: to use the command line, install the extra: pip install 'crmcore[cli]'\n" == done.stderr

    def test_a_reader_that_goes_away_is_no_disaster(self) -> None:
        """Printing into a closed pipe ends without a traceback."""
        command = f"{sys.executable} -c 'from crmcore.cli import main; main([\"doctor\"])' | true"
        done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)

        assert "Traceback" not in done.stderr


class TestScreen:
    def test_foreign_text_cannot_steer_the_terminal(self) -> None:
        """Escape sequences in a header or a message are shown, not obeyed."""
        assert "\\x1b[2J" == plain("\x1b[2J")

    def test_rejects_are_told_by_line_and_column_on_standard_error(self) -> None:
        """The first few are told, the others counted."""
        voice = screen()
        rejects = [RowReject(line=n, column="mail\x1b", code="bad", message="No e-mail.") for n in range(1, 9)]
        voice.rejects(rejects)

        assert "" == printed(voice.out)
        assert "8 problems kept rows or cells out:\n  line 1, column 'mail\\x1b': No e-mail. [bad]\n" in printed(
            voice.err
        )
        assert printed(voice.err).endswith("  and 3 more\n")

    def test_json_replaces_the_words_for_people(self) -> None:
        """With JSON, standard output is exactly one document, in ASCII."""
        voice = screen(json=True)
        voice.say("for people")
        voice.table(["a"], [["b"]])
        voice.document({"name": "Ådå"})

        assert {"name": "Ådå"} == json.loads(printed(voice.out))
        assert printed(voice.out).isascii()

    def test_quiet_prints_nothing_but_errors(self) -> None:
        """Neither results nor warnings are printed, an error is."""
        voice = screen(quiet=True)
        voice.say("a")
        voice.warn("b")
        with pytest.raises(typer.Exit), reporting(voice):
            raise UnreadableFile("people.csv", "empty", "the file is empty")

        assert "" == printed(voice.out)
        assert "crmcore: people.csv: the file is empty\n" == printed(voice.err)

    def test_progress_is_drawn_for_watchers_only(self) -> None:
        """Where standard error is no terminal there is nothing to call."""
        with screen().progress() as silent:
            assert silent is None
        terminal = Screen(err=Console(file=StringIO(), force_terminal=True, width=80))
        with terminal.progress() as show:
            assert show is not None
            show("reading", 1, None)
            show("matching", 1, 2)
            show("matching", 2, 2)

        assert "matching" in printed(terminal.err)


class TestFailures:
    @pytest.mark.parametrize(
        ("error", "code", "said"),
        [
            (UnreadableFile("p.csv", "empty", "the file is empty"), 1, "crmcore: p.csv: the file is empty\n"),
            (MissingExtra("read spreadsheets", "sheets"), 2, "pip install 'crmcore[sheets]'"),
            (PermissionError(13, "Permission denied", "out.csv"), 1, "crmcore: out.csv: Permission denied\n"),
            (KeyboardInterrupt(), 130, "interrupted"),
            (MemoryError(), 1, "there is not enough memory"),
            (ZeroDivisionError("division by zero"), 1, "a mistake in crmcore; run it again with --debug"),
        ],
        ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
    )
    def test_an_error_is_one_line_and_an_exit_code(self, error: BaseException, code: int, said: str) -> None:
        """No traceback is shown, unless it is asked for."""
        voice, open_voice = screen(json=True), screen(debug=True)
        with pytest.raises(typer.Exit) as left, reporting(voice):
            raise error
        with pytest.raises(typer.Exit), reporting(open_voice):
            raise error

        assert code == left.value.exit_code
        assert said in printed(voice.err)
        assert 1 == printed(voice.err).count("\n")
        assert "Traceback" in printed(open_voice.err)
        assert code == json.loads(printed(voice.out))["error"]["exit_code"]
        assert type(error).__name__ == json.loads(printed(voice.out))["error"]["type"]

    def test_an_exit_passes_through(self) -> None:
        """An exit code that the command chose is kept."""
        with pytest.raises(typer.Exit) as left, reporting(screen()):
            raise typer.Exit(3)

        assert 3 == left.value.exit_code

    def test_a_missing_module_is_told_before_the_work(self) -> None:
        """What the end needs is looked for at the start."""
        needs("json", purpose="read JSON", extra="none")
        with pytest.raises(MissingExtra, match="pip install"):
            needs("no_such_module", purpose="do it", extra="all")


class TestMapping:
    def test_a_line_maps_headers_to_roles(self) -> None:
        """The role follows the last ``=``; quotes keep commas."""
        assert {"a=b": Role.EMAIL, "Name, full": Role.FULL_NAME} == read_mapping('a=b=email, "Name, full=full_name"')
        assert [None, {}] == [read_mapping(None), read_mapping("")]

    @given(
        st.text(st.characters(codec="utf-8", exclude_characters='\r\n"'), min_size=1).filter(lambda t: t.strip() == t)
    )
    def test_any_header_can_be_named(self, header: str) -> None:
        """Whatever a header consists of, quotes and line ends aside, it can be mapped."""
        assert {header: Role.PHONE} == read_mapping(f'"{header}=phone"')

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("map.json", '{"Mail": "email"}'),
            ("map.JSON", '{"columns": {"Mail": "email"}}'),
            ("map.toml", 'Mail = "email"'),
            ("map.toml", '[columns]\nMail = "email"'),
        ],
    )
    def test_a_file_maps_headers_to_roles(self, name: str, text: str, tmp_path: Path) -> None:
        """JSON and TOML, plain or below ``columns``."""
        (tmp_path / name).write_text(text, encoding="utf-8")

        assert {"Mail": Role.EMAIL} == read_mapping(str(tmp_path / name))

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("Mail", "write header=role"),
            ("=email", "write header=role"),
            ("Mail=emial", "did you mean email"),
            ("Mail=email,Mail=phone", "named twice"),
            ("missing.json", "cannot be read"),
        ],
    )
    def test_a_wrong_mapping_says_what_to_write(self, text: str, said: str) -> None:
        """Each mistake has its sentence."""
        with pytest.raises(typer.BadParameter, match=said):
            read_mapping(text)

    @pytest.mark.parametrize(
        ("name", "text"),
        [("a.json", "{"), ("a.json", "[1]"), ("a.toml", "="), ("a.json", '{"a": 1}'), ("a.json", "\xff")],
    )
    def test_a_broken_mapping_file_is_refused(self, name: str, text: str, tmp_path: Path) -> None:
        """A file that is no mapping of texts is a usage error, not a crash."""
        (tmp_path / name).write_text(text, encoding="latin-1")

        with pytest.raises(typer.BadParameter):
            read_mapping(str(tmp_path / name))

    def test_a_delimiter_is_a_character_or_its_name(self) -> None:
        """A tab can be typed as a word."""
        assert ["\t", ";", None] == [delimiter_of("tab"), delimiter_of(";"), delimiter_of(None)]


class TestDrafts:
    def test_outputs_take_their_places_together(self, tmp_path: Path) -> None:
        """New content appears, the mode of an existing file is kept, and nothing else is left behind."""
        old, new = tmp_path / "old.csv", tmp_path / "new.csv"
        old.write_text("before", encoding="utf-8")
        old.chmod(0o640)
        with drafts({"--out": old, "--clusters": new}) as files:
            for draft in files.values():
                draft.write_text("after", encoding="utf-8")
            assert "before" == old.read_text(encoding="utf-8")
            assert [path.name for path in (old, new)] == [draft.name for draft in files.values()]

        assert ["after", "after"] == [path.read_text(encoding="utf-8") for path in (old, new)]
        assert 0o640 == old.stat().st_mode & 0o777
        assert {"old.csv", "new.csv"} == {path.name for path in tmp_path.iterdir()}

    @pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
    def test_a_failure_leaves_everything_as_it_was(self, error: type[BaseException], tmp_path: Path) -> None:
        """The old file keeps its content, the new one does not appear, the draft vanishes."""
        old, new = tmp_path / "old.csv", tmp_path / "new.csv"
        old.write_text("before", encoding="utf-8")

        def fail() -> None:
            with drafts({"--out": old, "--clusters": new}) as files:
                files["--out"].write_text("half", encoding="utf-8")
                raise error

        with pytest.raises(error):
            fail()

        assert "before" == old.read_text(encoding="utf-8")
        assert [old] == list(tmp_path.iterdir())

    def test_a_link_is_followed_and_stays_a_link(self, tmp_path: Path) -> None:
        """The file that a link points to gets the content."""
        target, link = tmp_path / "target.csv", tmp_path / "link.csv"
        target.write_text("before", encoding="utf-8")
        link.symlink_to(target)
        with drafts({"--out": link}) as files:
            files["--out"].write_text("after", encoding="utf-8")

        assert link.is_symlink()
        assert "after" == target.read_text(encoding="utf-8")

    @pytest.mark.skipif(not Path("/dev/null").exists(), reason="needs /dev/null")
    def test_a_device_gets_the_bytes(self) -> None:
        """``--out /dev/null`` does not try to replace the device."""
        with drafts({"--out": Path("/dev/null")}) as files:
            files["--out"].write_text("gone", encoding="utf-8")

        assert not Path("/dev/null").is_file()

    @pytest.mark.parametrize(
        ("outputs", "said"),
        [
            ({"--out": "people.csv"}, "would overwrite the input"),
            ({"--out": "a.csv", "--report": "./a.csv"}, "would overwrite what --out writes"),
            ({"--out": "."}, "is a folder"),
            ({"--out": "nowhere/a.csv"}, "there is no folder"),
        ],
    )
    def test_a_dangerous_output_is_refused_before_the_work(
        self, outputs: dict[str, str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The input, another output, a folder and a place that is not there are no outputs."""
        monkeypatch.chdir(tmp_path)
        with pytest.raises(typer.BadParameter, match=said):
            check_outputs({option: Path(name) for option, name in outputs.items()}, inputs=[Path("people.csv")])

    def test_a_table_needs_a_format_that_is_written(self, tmp_path: Path) -> None:
        """A suffix that says no format is refused for tables, and for them only."""
        with pytest.raises(typer.BadParameter, match="the formats are csv"):
            check_outputs({"--out": tmp_path / "a.xls"}, tables=("--out",))
        check_outputs({"--out": tmp_path / "a.csv.gz", "--report": tmp_path / "a.html"}, tables=("--out",))


class TestDoctor:
    def test_every_extra_has_its_purpose(self) -> None:
        """The doctor knows what each extra of the package is for, and no other."""
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

        assert set(project["optional-dependencies"]) - {"all"} == set(PURPOSES) - {""}

    def test_what_is_here_is_found(self) -> None:
        """Pydantic, which the base needs, is found in a version that does."""
        (pydantic,) = [needed for needed in requirements() if needed.package == "pydantic"]

        assert ("", "ok") == (pydantic.extra, pydantic.state)

    @pytest.mark.parametrize(
        ("installed", "state"),
        [
            (None, "missing"),
            ("1.4.54", "too old"),
            ("2.0.39", "too old"),
            ("2.0.40", "ok"),
            ("2.1.0b1", "ok"),
            ("10.0", "ok"),
        ],
    )
    def test_versions_are_compared_as_numbers(self, installed: str | None, state: str) -> None:
        """10 is more than 2, and a pre-release counts by its numbers."""
        needed = Requirement(extra="sql", package="sqlalchemy", wanted=">=2.0.40", installed=installed)

        assert state == needed.state

    def test_the_document_has_stable_keys(self, capsys: pytest.CaptureFixture[str]) -> None:
        """``--json`` prints one document with the parts, their purpose and the pip command."""
        assert 0 == main(["doctor", "--json"])
        document = json.loads(capsys.readouterr().out)
        assert {"command", "crmcore", "python", "platform", "sqlite", "parts"} == set(document)
        assert {"purpose", "install", "complete", "packages"} == set(document["parts"]["cli"])
        assert "pip install --upgrade 'crmcore[cli]'" == document["parts"]["cli"]["install"]

    def test_people_get_a_table(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Without ``--json`` each part is a line."""
        assert 0 == main(["doctor"])
        assert "this command line" in capsys.readouterr().out


class TestSample:
    def test_the_same_seed_gives_the_same_people(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Two runs write the same bytes, and the truth beside them."""
        first, second = tmp_path / "a.csv", tmp_path / "b.csv"
        wishes = ["--people", "20", "--truth", "--seed", "3"]

        assert 0 == main(["sample", *wishes, "--out", str(first), "--quiet"])
        assert 0 == main(["sample", *wishes, "--out", str(second), "--json"])
        document = json.loads(capsys.readouterr().out)

        rows = first.read_text(encoding="utf-8").count("\n") - 1
        assert first.read_bytes() == second.read_bytes()
        assert rows == (tmp_path / "a.truth.csv").read_text(encoding="utf-8").count("\n") - 1
        assert (20, rows, 3) == (document["people"], document["rows"], document["seed"])


def test_the_package_is_the_command_too():
    """``python -m crmcore`` does the same, and its exit code is the command's."""
    version = subprocess.run([sys.executable, "-m", "crmcore", "--version"], capture_output=True, text=True, check=True)
    wrong = subprocess.run([sys.executable, "-m", "crmcore", "nothing"], capture_output=True, text=True, check=False)

    assert version.stdout.startswith("crmcore ")
    assert 2 == wrong.returncode
