# SPDX-License-Identifier: MIT
"""What is for people at a terminal, and for nobody else: colour, and a sign of life while something takes long."""

import contextlib
import os
import sys
import threading
import time

PERIOD = 0.5  # seconds
_COLOURS = {"good": "32", "bad": "1;31"}


def has_colour(stream):
    """https://no-color.org: a terminal, unless NO_COLOR says something."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def paint(text, kind, stream=None):
    """The text in the colour of "good" or "bad" things, if it goes to a terminal that is to have colours."""
    return f"\033[{_COLOURS[kind]}m{text}\033[0m" if has_colour(stream or sys.stdout) else text


def verdict(is_good, good="ok", bad="FAILED"):
    return paint(good, "good") if is_good else paint(bad, "bad")


@contextlib.contextmanager
def progress(title):
    """Meanwhile the title and the seconds so far stand on a terminal's last line; it is empty again at the end."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield
        return
    over, begin = threading.Event(), time.monotonic()

    def show():
        while True:
            sys.stderr.write(f"\r{title} ... {time.monotonic() - begin:.0f} s ")
            sys.stderr.flush()
            if over.wait(PERIOD):
                return

    shower = threading.Thread(target=show, daemon=True)
    shower.start()
    try:
        yield
    finally:
        over.set()
        shower.join()
        sys.stderr.write("\r\033[K")
        sys.stderr.flush()
