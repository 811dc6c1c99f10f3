"""The scheduler process: a clock that asks every job what is due, until it is told to stop; or once, by name."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from types import FrameType

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from dotenv import load_dotenv

from portal import clock, startup
from portal.config import Config, SettingsError
from scheduler import jobs

log = structlog.get_logger()


def main(arguments: list[str]) -> int:
    """Runs until SIGTERM or SIGINT and drains what is under way; with --once runs the named jobs and ends."""
    parser = argparse.ArgumentParser(prog="scheduler", description="Renews, asks again, repairs, sends letters.")
    parser.add_argument("--once", nargs="*", metavar="JOB", help="run these jobs (default: all) once, and end")
    wanted = parser.parse_args(arguments)
    load_dotenv()
    try:
        config = Config.from_env()
    except SettingsError as error:
        print(f"scheduler: {error}", file=sys.stderr)
        return 2
    startup.connect_outside(config)
    jobs.configure(config)
    if wanted.once is not None:
        return run_once(wanted.once or list(jobs.JOBS))
    return run_until_told()


def run_once(names: list[str]) -> int:
    """0 when every named job ran to its end, 1 when one broke, 2 for an unknown name."""
    unknown = sorted(set(names) - set(jobs.JOBS))
    if unknown:
        print(f"scheduler: no such job: {', '.join(unknown)}", file=sys.stderr)
        return 2
    is_broken = False
    for name in names:
        try:
            print(f"{name}: {jobs.run(name)}")
        except Exception:
            log.exception("job broke", job=name)
            is_broken = True
    return int(is_broken)


def run_until_told() -> int:
    """The clock: each job by itself, never beside itself in this process; a missed moment is not made up for."""
    clockwork = BackgroundScheduler(
        timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    for name in jobs.JOBS:
        seconds = jobs.EVERY_SECONDS.get(name, jobs.DEFAULT_SECONDS)
        clockwork.add_job(_run_logged, "interval", [name], id=name, seconds=seconds)
    told = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        told.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    for name in jobs.JOBS:
        clockwork.modify_job(name, next_run_time=clock.wall_now())
    clockwork.start()
    log.info("scheduler started", jobs=len(jobs.JOBS))
    told.wait()
    clockwork.shutdown(wait=True)
    log.info("scheduler stopped")
    return 0


def _run_logged(name: str) -> None:
    structlog.contextvars.bind_contextvars(job=name)
    try:
        changed = jobs.run(name)
    except Exception:
        log.exception("job broke")
        return
    if changed:
        log.info("job ran", changed=changed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
