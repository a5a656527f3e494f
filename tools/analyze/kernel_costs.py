# SPDX-License-Identifier: MIT
"""What the kernel takes, from the bounds of its image (./genrt bounds), and bounds of an application's functions."""

import json
import os
import subprocess
import sys

FUNCTION = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "bounds", "function.py")

# Which entry of bounds.json a cost is. The timer interrupt wakes the thread and switches to it; a job ends by a call
# that waits for the next release.
ENTRIES = {
    "release": "vector_thread_irq", "finish": "thread_sleep_until",
    "lock": "mutex_lock_until", "unlock": "mutex_unlock",
    "send": "mailbox_send_until", "receive": "mailbox_receive_until",
}
MASKED = "masked_max"
# What nobody pays: a timed event below the running thread's level does not interrupt it (ADR 0015).
NOTHING = {"release_below": "a release waits for whoever is above it"}


class Kernel:
    """The bounds of one kernel; read when the first is asked for."""

    def __init__(self, path):
        self._path, self._bounds = path, None

    def _read(self):
        if self._bounds is None:
            try:
                with open(self._path, encoding="utf-8") as file:
                    self._bounds = json.load(file)
            except OSError as error:
                raise LookupError(f"{self._path}: {error.strerror}: ./genrt bounds --static makes it") from error
            except ValueError as error:
                raise LookupError(f"{self._path}: not JSON: {error}") from error
        return self._bounds

    def cost(self, key):
        """(instructions, where they come from)"""
        if key in NOTHING:
            return 0, NOTHING[key]
        name = ENTRIES.get(key, MASKED)
        try:
            bounds = self._read()
            bound = bounds[MASKED]["bound"] if name == MASKED else bounds["entries"][name]["bound"]
        except (KeyError, TypeError) as error:
            raise LookupError(f"the kernel that was analysed has no '{name}'") from error
        if type(bound) is not int:
            raise LookupError(f"{self._path}: '{name}' has no bound")
        return bound, f"bound of {name}"


def function_bound(elf, name):
    """Instructions of one call of a function of an ELF file at most, with the kernel's calls it makes."""
    if elf is None:
        raise LookupError(f"the bound of '{name}' is asked for: --elf FILE says of which program")
    done = subprocess.run([sys.executable, FUNCTION, elf, name], capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise LookupError(said[-1] if said else "the analysis failed")
    return int(done.stdout)
