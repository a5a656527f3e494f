# SPDX-License-Identifier: MIT
"""Runs a program under the plugin of tools/observe/, which writes its schedule down."""

import dataclasses
import os
import tempfile
from dataclasses import dataclass

import elf
import places
import qemu
import recording
import subject

NOT_ENDED = "no end within {} s; --ticks ends the recording earlier"


class RunError(Exception):
    """What the user is to read, in one line."""


@dataclass
class Recorded:
    """A run that was recorded."""

    schedule: recording.Recording
    image: elf.Image
    result: qemu.Result
    data: bytes


def _write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def record(machine, start, timeout, ticks=None):
    """Runs it until it ends, or to that moment of the machine's clock. Raises RunError, or QemuError."""
    if not machine.exact or machine.smp != 1:
        raise RunError("only exact time and one CPU can be explained")
    path = os.path.splitext(start.program)[0] + ".elf"
    try:
        program = subject.Program(path)
        where = places.text(path, program.image, machine.memory, ticks)
    except (elf.ElfError, places.PlacesError) as error:
        raise RunError(str(error)) from error
    with tempfile.TemporaryDirectory(prefix="explain-", dir=os.environ.get("TMPDIR") or qemu.BUILD) as directory:
        names = {name: os.path.join(directory, name) for name in ("facts", "places", "ram", "schedule")}
        _write(names["facts"], program.text())
        _write(names["places"], where)
        plugin = os.path.join(qemu.ROOT, subject.PLUGIN) + "".join(f",{name}={path}" for name, path in names.items())
        result = qemu.run_captured(machine, dataclasses.replace(start, plugin=plugin, ram=names["ram"]), timeout)
        if result.status is None:
            raise RunError(NOT_ENDED.format(timeout))
        try:
            with open(names["schedule"], "rb") as file:
                data = file.read()
            return Recorded(recording.Recording(data), program.image, result, data)
        except (OSError, recording.RecordingError) as error:
            raise RunError(f"nothing was recorded ({error}): {result.errors.strip()}") from error
