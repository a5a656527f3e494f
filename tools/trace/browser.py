# SPDX-License-Identifier: MIT
"""A headless Chromium that opens a page, as a user would: for the timeline's test and its picture.

Commands of the DevTools protocol go to its file descriptor 3, answers come from 4; each ends with a zero byte.
"""

import base64
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time

PROGRAM = "chromium"
WAIT = 60  # seconds, for any answer
SHIFT = 8
BUTTONS = {"mousePressed": 1, "mouseMoved": 1, "mouseReleased": 0}


class BrowserError(Exception):
    """It does not start, does not answer, or the page has failed."""


def arguments(directory, is_dark):
    """The command. Without a sandbox: root and many containers cannot have one, and the page is our own."""
    return [PROGRAM, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
            "--no-first-run", "--disable-extensions", "--disable-background-networking", "--disable-dev-shm-usage",
            *(["--blink-settings=preferredColorScheme=0"] if is_dark else ["--blink-settings=preferredColorScheme=1"]),
            f"--user-data-dir={directory}", "--remote-debugging-pipe", "about:blank"]


class Browser:
    """A `with` of it has one page; what the page logs as an error or asks from elsewhere is kept in `said`, `asked`."""

    def __init__(self, width=1500, height=800, is_dark=False):
        if shutil.which(PROGRAM) is None:
            raise BrowserError(f"{PROGRAM} is not installed")
        self._size, self._is_dark = (width, height), is_dark
        self._number, self._rest, self._session = 0, b"", None
        self.said, self.asked = [], []

    def __enter__(self):
        self._directory = tempfile.TemporaryDirectory(prefix="browser-", ignore_cleanup_errors=True)
        there, self._to = os.pipe()
        self._from, back = os.pipe()
        # The shell gives the two ends the numbers that are expected.
        command = ["sh", "-c", 'from=$1 to=$2; shift 2; eval "exec \\"\\$@\\" 3<&$from 4>&$to"', "sh", str(there), str(back)]
        self._process = subprocess.Popen(command + arguments(self._directory.name, self._is_dark), pass_fds=(there, back),
                                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                         start_new_session=True)
        os.close(there)
        os.close(back)
        try:
            self._attach()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        try:
            os.killpg(self._process.pid, signal.SIGKILL)  # a session of its own, begun above
        except ProcessLookupError:
            pass
        self._process.wait()
        os.close(self._to)
        os.close(self._from)
        self._directory.cleanup()

    def _attach(self):
        target = next(each for each in self.command("Target.getTargets")["targetInfos"] if each["type"] == "page")
        self._session = self.command("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.command(f"{domain}.enable")
        width, height = self._size
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    # --- The protocol --------------------------------------------------------------------------------

    def _message(self, end):
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._from], [], [], max(0, end - time.monotonic()))
            piece = os.read(self._from, 1 << 20) if ready else b""
            if not piece:
                raise BrowserError(f"{PROGRAM} does not answer" if not ready else f"{PROGRAM} has ended")
            self._rest += piece
        message, _, self._rest = self._rest.partition(b"\0")
        return json.loads(message)

    def _note(self, message):
        method, parameters = message.get("method"), message.get("params", {})
        if method == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.said.append(details.get("exception", {}).get("description") or details["text"])
        elif method == "Log.entryAdded" and parameters["entry"]["level"] == "error":
            self.said.append(parameters["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            self.asked.append(parameters["request"]["url"])

    def command(self, method, **parameters):
        """What it answers."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._to, data):]
        end = time.monotonic() + WAIT
        while True:
            answer = self._message(end)
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise BrowserError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self._note(answer)

    # --- What a user does ----------------------------------------------------------------------------

    def evaluate(self, expression):
        """The value of a JavaScript expression, or of the promise that it is."""
        result = self.command("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise BrowserError(result["exceptionDetails"].get("exception", {}).get("description", expression))
        return result["result"].get("value")

    def open(self, path, fragment=""):
        """Opens a file, and returns when the timeline in it is drawn."""
        self.command("Page.navigate", url="about:blank")
        self.command("Page.navigate", url=f"file://{os.path.abspath(path)}{fragment}")
        end = time.monotonic() + WAIT
        while not self.evaluate("document.readyState === 'complete' && window.timeline !== undefined"):
            if time.monotonic() > end:
                raise BrowserError(f"{path}: does not load")
            time.sleep(0.02)
        self.evaluate("window.timeline.ready.then(() => new Promise(requestAnimationFrame)).then(() => true)")

    def mouse(self, kind, x, y, modifiers=0, **more):
        """One event of the mouse: mousePressed, mouseMoved, mouseReleased, mouseWheel."""
        button = {} if kind == "mouseWheel" else {"button": "left", "buttons": BUTTONS[kind], "clickCount": 1}
        self.command("Input.dispatchMouseEvent", type=kind, x=x, y=y, modifiers=modifiers, **button, **more)

    def drag(self, start, end, modifiers=0):
        """The button goes down at `start`, and up at `end`."""
        self.mouse("mousePressed", *start, modifiers)
        self.mouse("mouseMoved", (start[0] + end[0]) / 2, (start[1] + end[1]) / 2, modifiers)
        self.mouse("mouseMoved", *end, modifiers)
        self.mouse("mouseReleased", *end, modifiers)

    def click(self, x, y, modifiers=0):
        self.mouse("mousePressed", x, y, modifiers)
        self.mouse("mouseReleased", x, y, modifiers)

    def key(self, key, text=None):
        """A key goes down and up. text: what it writes."""
        text = key if text is None and len(key) == 1 else text
        self.command("Input.dispatchKeyEvent", type="keyDown", key=key, **({"text": text} if text else {}))
        self.command("Input.dispatchKeyEvent", type="keyUp", key=key)

    def write(self, text):
        """Into what has the focus."""
        self.command("Input.insertText", text=text)

    def picture(self):
        """What it looks like: a PNG's bytes."""
        return base64.b64decode(self.command("Page.captureScreenshot", format="png")["data"])
