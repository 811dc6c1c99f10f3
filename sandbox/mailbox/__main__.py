"""`python -m sandbox.mailbox`: a mailbox until Ctrl-C or SIGTERM."""

import argparse
import signal
import threading

from sandbox.mailbox.server import start


def main() -> None:
    """Start the mailbox the arguments ask for, say where it is, and wait."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.mailbox", description=__doc__)
    parser.add_argument("--smtp-port", type=int, default=1025, help="where letters arrive (0: any free port)")
    parser.add_argument("--http-port", type=int, default=8025, help="where they are read (0: any free port)")
    parser.add_argument("--folder", help="keep letters as .eml files here (default: in memory)")
    asked = parser.parse_args()
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    with start(asked.smtp_port, asked.http_port, asked.folder) as mailbox:
        print(f"Mailbox: SMTP on 127.0.0.1:{mailbox.smtp_port}, letters at {mailbox.url}", flush=True)
        over.wait()


if __name__ == "__main__":
    main()
