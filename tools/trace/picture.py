#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes docs/timeline.png anew: the timeline of examples/inversion, as docs/priority-inversion.md comes to see it.

    python3 tools/trace/picture.py [PATH]
"""

import os
import subprocess
import sys
import tempfile

import browser

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WIDTH, HEIGHT = 1400, 640
SHOWN = "#from=1700000&to=7300000"  # ticks: the first job that is late
# The job's release and its deadline are measured, as Shift and drag would.
MEASURES = """(page => {
    const lane = page.model.lanes.find(each => each.misses.length > 0);
    page.setMeasure(lane.jobs[0].release, lane.jobs[0].deadline);
    page.draw();
})(window.timeline.page)"""


def take(path):
    """The picture's bytes, of a timeline."""
    with browser.Browser(WIDTH, HEIGHT) as chromium:
        chromium.open(path)
        chromium.key("d")
        chromium.evaluate(f"location.hash = '{SHOWN}'")
        chromium.evaluate("new Promise(requestAnimationFrame).then(() => true)")
        chromium.evaluate(MEASURES)
        return chromium.picture()


def main(arguments):
    path = arguments[0] if arguments else os.path.join(ROOT, "docs", "timeline.png")
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run([os.path.join(ROOT, "genrt"), "trace", os.path.join(ROOT, "examples", "inversion"), "--for", "100ms", "-o", directory],
                       check=True)
        picture = take(os.path.join(directory, "timeline.html"))
    with open(path, "wb") as file:
        file.write(picture)
    print(f"{path}: {len(picture)} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
