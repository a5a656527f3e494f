# SPDX-License-Identifier: MIT
"""The launch file of VS Code: its task and its commands, run as the editor's debugger runs them, through gdb's machine
interface."""

import json
import os
import re
import select
import signal
import socket
import subprocess
import tempfile
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LIMIT = 60  # seconds for any answer
BUILD_LIMIT = 200  # seconds for a build
PORT = "1234"

os.chdir(ROOT)
# What the launch file names is GCC's, whatever is tested.
SURROUNDINGS = {key: value for key, value in os.environ.items() if key not in ("TOOLCHAIN", "BUILD")}


def load(name):
    with open(os.path.join(".vscode", name), encoding="utf-8") as file:
        return json.load(file)


def configuration(name):
    return next(one for one in load("launch.json")["configurations"] if one["name"] == name)


def free_port():
    with socket.socket() as one:
        one.bind(("localhost", 0))
        return str(one.getsockname()[1])


class Process:
    """A program whose lines are waited for."""

    def __init__(self, command, **options):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        start_new_session=True, env=SURROUNDINGS, **options)
        self.said = ""

    def wait_for(self, pattern, limit=LIMIT):
        """The match of a pattern in what it says from now on; what stands before is forgotten."""
        end = time.monotonic() + limit
        while True:
            match = re.search(pattern, self.said, re.MULTILINE)
            if match:
                self.said = self.said[match.end():]
                return match
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                raise AssertionError(f"no {pattern} in {limit} s, but: {self.said}")
            data = os.read(self.process.stdout.fileno(), 65536)
            if not data:
                raise AssertionError(f"ended without {pattern}: {self.said}")
            self.said += data.decode(errors="replace").replace("\r\n", "\n")

    def end(self):
        """It and what it has started."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


class Machine(Process):
    """gdb's machine interface."""

    def __init__(self, program):
        super().__init__([program, "-nx", "-q", "--interpreter=mi2"])
        self.wait_for(r"^\(gdb\) ?\n")

    def command(self, text):
        """Sends a command as the editor's debugger does, and waits for its result."""
        if not text.startswith("-"):
            text = f'-interpreter-exec console "{text}"'
        self.process.stdin.write((text + "\n").encode())
        self.process.stdin.flush()
        match = self.wait_for(r"^\^(done|running|connected|error)(.*)\n")
        if match.group(1) == "error":
            raise AssertionError(f"{text}: {match.group(2)}")
        return match.group(2)


class Launch(unittest.TestCase):
    def place(self, text, **values):
        """With the editor's variables filled in."""
        for name, value in {"${workspaceFolder}": ROOT, **values}.items():
            text = text.replace(name, value)
        self.assertNotIn("${", text)
        return text

    def test_demo(self):
        wanted, port = configuration("genrt: demo"), free_port()
        task = next(one for one in load("tasks.json")["tasks"] if one["label"] == wanted["preLaunchTask"])
        self.assertIn(PORT, task["command"])
        background = task["problemMatcher"]["background"]
        machine = Process(task["command"].replace(PORT, port), shell=True, cwd=self.place(task["options"]["cwd"]))
        self.addCleanup(machine.end)
        machine.wait_for(background["endsPattern"], BUILD_LIMIT)
        self.assertTrue(os.path.exists(self.place(wanted["program"])))
        debugger = Machine(wanted["miDebuggerPath"])
        self.addCleanup(debugger.end)
        for command in wanted["customLaunchSetupCommands"]:
            debugger.command(self.place(command["text"], **{f":{PORT}": f":{port}"}))
        debugger.command("-" + wanted["launchCompleteCommand"])
        stop = debugger.wait_for(r"^\*stopped,.*\n").group()
        self.assertIn('func="app_main"', stop)
        threads = debugger.command("-thread-info")
        self.assertRegex(threads, r'details="running, priority 32",name="main \(1\.1\)"')
        self.assertRegex(threads, r'details="ready, priority 1",name="log \(0\.1\)"')
        self.assertIn('func="arch_thread_start"', threads)

    def test_core(self):
        wanted = configuration("genrt: core file")
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "core")
            subprocess.run(["./genrt", "gdb", "debugger_panic", "--dump", path], check=True, timeout=BUILD_LIMIT,
                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=SURROUNDINGS)
            debugger = Machine(wanted["miDebuggerPath"])
            self.addCleanup(debugger.end)
            for command in wanted["customLaunchSetupCommands"]:
                # The case is of another program than the demo.
                text = command["text"].replace("genrt.elf", "selftest.elf")
                debugger.command(self.place(text, **{"${input:core}": path}))
            threads = debugger.command("-thread-info")
        self.assertRegex(threads, r'name="guest \(7\.1\): waiting for semaphore rooms until 1000000000, priority 44"')
        self.assertIn('func="panic"', threads)
        self.assertEqual(wanted["launchCompleteCommand"], "None")


if __name__ == "__main__":
    unittest.main()
