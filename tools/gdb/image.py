# SPDX-License-Identifier: MIT
"""The memory that a kernel has written of itself when it stopped (abi/core_image.h), with the face of a core.File: as if
QEMU had dumped it. Whatever is not as it is described is refused, with the page and the reason.
"""

import os
import struct
import tempfile

import core

MAGIC, VERSION, END = 0x45524f4354524e47, 1, (1 << 64) - 1
PAGE, WORDS, RANGES_MAX = 4096, 512, 68
HEADER = struct.Struct(f"<QII{core.REGISTERS}Q{2 * RANGES_MAX}Q")
WORD = struct.Struct("<Q")
BITS = struct.Struct(f"<{WORDS // 64}Q")
TRIED_MAX = 64  # programs that are compared with the memory
SEGMENT_EXECUTABLE = 1


def is_image(path):
    """Whether a kernel has written that file; false too if there is none."""
    try:
        with open(path, "rb") as file:
            return file.read(WORD.size) == WORD.pack(MAGIC)
    except OSError:
        return False


def _check_ranges(ranges):
    before = 0
    for start, size in ranges:
        if start % PAGE or size % PAGE or size == 0 or start < before or start + size > 1 << 48:
            raise core.CoreError(f"a range of memory at {start:#x} of {size:#x} bytes")
        before = start + size


def _read_header(data):
    """(registers, ranges)."""
    if len(data) < HEADER.size:
        raise core.CoreError("cut off within its header")
    magic, version, count, *numbers = HEADER.unpack_from(data)
    if magic != MAGIC:
        raise core.CoreError("not a kernel's memory: it does not begin as one")
    if version != VERSION:
        raise core.CoreError(f"a memory of version {version}; this reads version {VERSION}")
    if not 0 < count <= RANGES_MAX:
        raise core.CoreError(f"{count} ranges of memory")
    rest = numbers[core.REGISTERS:]
    ranges = list(zip(rest[0:2 * count:2], rest[1:2 * count:2]))
    _check_ranges(ranges)
    return numbers[:core.REGISTERS], ranges


def _unpack(masks, words):
    """A page: the words where the masks have a bit, zeroes elsewhere."""
    left = iter(words)
    return struct.pack(f"<{WORDS}Q", *(next(left) if mask >> bit & 1 else 0 for mask in masks for bit in range(64)))


def pages(data, ranges):
    """(address, contents) of each page that is written."""
    at, count, before = HEADER.size, 0, -1
    while True:
        where = f"behind {count} pages"
        if len(data) < at + WORD.size + WORD.size:
            raise core.CoreError(f"cut off {where}: no end")
        address = WORD.unpack_from(data, at)[0]
        at += WORD.size
        if address == END:
            break
        if address % PAGE or address <= before or not any(start <= address < start + size for start, size in ranges):
            raise core.CoreError(f"{where}: no page can be at {address:#x}")
        if len(data) < at + BITS.size:
            raise core.CoreError(f"cut off {where}: no end")
        masks = BITS.unpack_from(data, at)
        at += BITS.size
        size = sum(bin(mask).count("1") for mask in masks) * WORD.size
        if size == 0:
            raise core.CoreError(f"{where}: a page of nothing at {address:#x}")
        if len(data) < at + size:
            raise core.CoreError(f"cut off {where}: no end")
        yield address, _unpack(masks, struct.unpack_from(f"<{size // WORD.size}Q", data, at))
        at, count, before = at + size, count + 1, address
    if WORD.unpack_from(data, at)[0] != count:
        raise core.CoreError(f"its end speaks of {WORD.unpack_from(data, at)[0]} pages, and there are {count}")
    if len(data) != at + WORD.size:
        raise core.CoreError(f"{len(data) - at - WORD.size} bytes behind its end")


class Image:
    """The face of core.File: segments (kind, virtual, physical, size, offset), notes, at() and close()."""

    def __init__(self, path):
        self.path = path
        self.file = tempfile.TemporaryFile()  # pylint: disable=consider-using-with
        try:
            with open(path, "rb") as file:
                self._expand(file.read())
        except OSError as error:
            self.close()
            raise core.CoreError(f"{path}: {error.strerror}") from error
        except core.CoreError as error:
            self.close()
            raise core.CoreError(f"{path}: {error}") from None

    def _expand(self, data):
        """All of it into a file with holes, which is nobody's but ours."""
        registers, ranges = _read_header(data)
        self.segments, place = [], 0
        for start, size in ranges:
            self.segments.append((core.PT_LOAD, 0, start, size, place))
            place += size
        self.file.truncate(place)
        for address, contents in pages(data, ranges):
            self.file.seek(self._place(address))
            self.file.write(contents)
        self.notes = [("CORE", core.NT_PRSTATUS, core.status(0, registers))]

    def _place(self, address):
        return next(offset + address - start for _, _, start, size, offset in self.segments
                    if start <= address < start + size)

    def at(self, offset, size):
        self.file.seek(offset)
        return self.file.read(size)

    def close(self):
        self.file.close()

    def holds(self, address, contents):
        """Whether that is what the memory has at a physical address."""
        end = address + len(contents)
        return (any(start <= address and end <= start + size for _, _, start, size, _ in self.segments)
                and self.at(self._place(address), len(contents)) == contents)


def constants(program):
    """(physical address, contents) of what the kernel executes there, or None: that is no kernel's program. Not what the
    boot leaves behind, which is linked where it is loaded."""
    try:
        file = core.File(program, core.ET_EXEC)
    except core.CoreError:
        return None
    with file.file:
        for (kind, virtual, physical, size, offset), flags in zip(file.segments, file.flags):
            if kind == core.PT_LOAD and flags & SEGMENT_EXECUTABLE and virtual != physical and size:
                return physical, file.at(offset, size)
    return None


def program_of(image, programs):
    """The one of some programs whose code is in that memory, or None; the newest first."""
    found = sorted(programs, key=os.path.getmtime, reverse=True)
    for program in found[:TRIED_MAX]:
        piece = constants(program)
        if piece is not None and image.holds(*piece):
            return program
    return None
