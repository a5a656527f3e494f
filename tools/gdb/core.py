# SPDX-License-Identifier: MIT
"""Core files: the machine's memory and the registers of every thread, as gdb reads them without a machine.

QEMU's `dump-guest-memory` knows physical memory and the registers of CPUs. Here that becomes what a debugger wants: the
kernel's addresses, by its own tables of translation, and a note with registers for each thread, first of the one that
has the CPU. What a kernel has written of its own memory (image.py) becomes the same. Pages of zeroes are holes in the file. A note of our own says which program it was.

Formats: ELF-64 object file format; struct elf_prstatus of Linux for 64-bit Arm.
"""

import hashlib
import json
import struct

import memory
import model

_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
_SEGMENT = struct.Struct("<IIQQQQQQ")
_NOTE = struct.Struct("<III")
ET_EXEC, ET_CORE, EM_AARCH64, PT_LOAD, PT_NOTE = 2, 4, 183, 1, 4
NT_PRSTATUS, NT_PROGRAM = 1, 1
STATUS_SIZE, STATUS_ID, STATUS_REGISTERS = 392, 32, 112  # struct elf_prstatus
REGISTERS = 34  # x0..x30, sp, pc, pstate
OWNER = "genrt"
PAGE, CHUNK = 4096, 1 << 20
HIGH_HALF = 0xffff << 48
ADDRESS_MASK = 0xfffffffff000
VALID, TABLE = 1, 2  # of an entry; a page has both
LEVELS = 4
THREAD_NONE = 1  # the id of who runs while there are no threads


class CoreError(Exception):
    """A file that is not a core file, or memory that is not a kernel's; says why in one line."""


# --- Reading ---------------------------------------------------------------------------------------

def _notes(data):
    """(owner, type, contents) of each note."""
    at = 0
    while at + _NOTE.size <= len(data):
        owner_size, size, kind = _NOTE.unpack_from(data, at)
        at += _NOTE.size
        owner = data[at:at + owner_size].rstrip(b"\0").decode(errors="replace")
        at += (owner_size + 3) & ~3
        yield owner, kind, data[at:at + size]
        at += (size + 3) & ~3


class File:
    """An ELF file: its segments (kind, virtual, physical, size, offset), its notes, and of each segment the flags."""

    def __init__(self, path, kind=ET_CORE):
        self.path, self._kind = path, kind
        try:
            self.file = open(path, "rb")  # pylint: disable=consider-using-with
            self._read()
        except OSError as error:
            raise CoreError(f"{path}: {error.strerror}") from error
        except (struct.error, ValueError) as error:
            raise CoreError(f"{path}: not a core file, or cut off") from error

    def _read(self):
        header = _HEADER.unpack(self.file.read(_HEADER.size))
        if header[0][:6] != b"\x7fELF\x02\x01" or header[1:3] != (self._kind, EM_AARCH64):
            raise ValueError
        self.file.seek(header[5])
        entries = [_SEGMENT.unpack(self.file.read(_SEGMENT.size)) for _ in range(header[10])]
        self.segments = [(entry[0], entry[3], entry[4], entry[5], entry[2]) for entry in entries]
        self.flags = [entry[1] for entry in entries]
        self.notes = [note for kind, _, _, size, offset in self.segments if kind == PT_NOTE
                      for note in _notes(self.at(offset, size))]
        end = max((offset + size for _, _, _, size, offset in self.segments), default=0)
        if self.file.seek(0, 2) < end:
            raise ValueError

    def at(self, offset, size):
        self.file.seek(offset)
        return self.file.read(size)

    def close(self):
        self.file.close()


def program_of(path):
    """What the note of ours says: {program, sha256}."""
    file = File(path)
    file.close()
    for owner, kind, contents in file.notes:
        if (owner, kind) == (OWNER, NT_PROGRAM):
            try:
                return json.loads(contents)
            except ValueError as error:
                raise CoreError(f"{path}: a broken note") from error
    raise CoreError(f"{path}: a core file, but not one of genrt")


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


# --- Memory as the kernel sees it ------------------------------------------------------------------

class Physical:
    """RAM, in a file of QEMU's."""

    def __init__(self, file):
        self.file = file
        self.ranges = sorted((physical, size, offset) for kind, _, physical, size, offset in file.segments
                             if kind == PT_LOAD and size)

    def read(self, address, size):
        for start, length, offset in self.ranges:
            if start <= address and address + size <= start + length:
                return self.file.at(offset + address - start, size)
        raise memory.Unreadable(f"no RAM at physical {address:#x}")

    def part(self, address, size):
        """(address, size) of what is RAM of it, from its beginning; None: that is not."""
        for start, length, _ in self.ranges:
            if start <= address < start + length:
                return address, min(size, start + length - address)
        return None


def _table(physical, table, level, base):
    """(virtual, physical, size) of all that a table maps."""
    span = PAGE << 9 * (LEVELS - 1 - level)
    for index, entry in enumerate(struct.unpack("<512Q", physical.read(table, PAGE))):
        if not entry & VALID:
            continue
        address = base + index * span
        if level < LEVELS - 1 and entry & TABLE:
            yield from _table(physical, entry & ADDRESS_MASK, level + 1, address)
        elif 0 < level:
            yield address, entry & ADDRESS_MASK & ~(span - 1), span


def _mapped(layout, physical):
    """All RAM that the kernel has mapped, in pieces that are as long as possible. Before it has made its tables: RAM
    where the boot has it."""
    vm = memory.Memory(layout, lambda address, size: physical.read(address & ~HIGH_HALF, size)).object(
        "kernel_vm", next(start for start, _, name, _ in layout["variables"] if name == "kernel_vm"))
    if vm["live"]:
        mappings = _table(physical, vm["table"]["root"]["value"], 0, HIGH_HALF)
    else:
        mappings = [(HIGH_HALF + start, start, size) for start, size, _ in physical.ranges]
    pieces = []
    for virtual, address, size in mappings:
        part = physical.part(address, size)
        if part is None:
            continue
        if pieces and pieces[-1][0] + pieces[-1][2] == virtual and pieces[-1][1] + pieces[-1][2] == address:
            pieces[-1][2] += part[1]
        else:
            pieces.append([virtual, address, part[1]])
    return pieces


class Virtual:
    """The kernel's half, through the pieces of it."""

    def __init__(self, pieces, physical):
        self._pieces, self._physical = pieces, physical

    def read(self, address, size):
        for virtual, start, length in self._pieces:
            if virtual <= address and address + size <= virtual + length:
                return self._physical.read(start + address - virtual, size)
        raise memory.Unreadable(f"no memory at {address:#x}")


# --- Writing ---------------------------------------------------------------------------------------

def _note(owner, kind, contents):
    name = owner.encode() + b"\0"
    return (_NOTE.pack(len(name), len(contents), kind) + name.ljust((len(name) + 3) & ~3, b"\0")
            + contents.ljust((len(contents) + 3) & ~3, b"\0"))


def status(number, registers):
    """struct elf_prstatus of one thread. registers: 34 numbers."""
    out = bytearray(STATUS_SIZE)
    struct.pack_into("<I", out, STATUS_ID, number)
    struct.pack_into(f"<{REGISTERS}Q", out, STATUS_REGISTERS, *registers)
    return bytes(out)


def _thread_note(number, registers):
    return _note("CORE", NT_PRSTATUS, status(number, registers))


def _cpu_registers(file):
    for owner, kind, contents in file.notes:
        if kind == NT_PRSTATUS and owner == "CORE" and len(contents) == STATUS_SIZE:
            return struct.unpack_from(f"<{REGISTERS}Q", contents, STATUS_REGISTERS)
    raise CoreError(f"{file.path}: no registers of a CPU")


def _thread_notes(kernel, cpu_registers):
    """Who has the CPU first; of the others what a frame keeps, and zeroes."""
    threads = kernel.threads()
    running = next((thread.number for thread in threads if thread.is_running()), THREAD_NONE)
    notes = [_thread_note(running, cpu_registers)]
    names = [*(f"x{number}" for number in range(31)), "sp", "pc", "pstate"]
    for thread in threads:
        if not thread.is_running():
            registers = thread.registers()
            notes.append(_thread_note(thread.number, [registers.get(name, 0) for name in names]))
    return notes


def _copy(file, out, offset, size, place):
    """A part of a file to a place of another; where it is all zeroes, a hole."""
    empty = bytes(PAGE * 16)
    for at in range(0, size, CHUNK):
        chunk = file.at(offset + at, min(CHUNK, size - at))
        for begin in range(0, len(chunk), len(empty)):
            piece = chunk[begin:begin + len(empty)]
            if piece != empty[:len(piece)]:
                out.seek(place + at + begin)
                out.write(piece)


def write(file, path, layout, program):
    """Makes a core file of a File of QEMU's, or of an image.Image, which it closes. program: the ELF's name."""
    try:
        physical = Physical(file)
        pieces = _mapped(layout, physical)
        kernel = model.Kernel(memory.Memory(layout, Virtual(pieces, physical).read))
        about = json.dumps({"program": program, "sha256": digest(program)}).encode()
        notes = b"".join([*_thread_notes(kernel, _cpu_registers(file)), _note(OWNER, NT_PROGRAM, about)])
    except (memory.Unreadable, StopIteration) as error:
        raise CoreError(f"no kernel in this memory: {error}") from error
    with open(path, "wb") as out:
        _write_file(out, file, physical, pieces, notes)
    file.close()


def _write_file(out, file, physical, pieces, notes):
    notes_at = _HEADER.size + _SEGMENT.size * (len(pieces) + 1)
    place = (notes_at + len(notes) + PAGE - 1) // PAGE * PAGE
    places = []  # (physical start, size, offset here)
    for start, size, offset in physical.ranges:
        _copy(file, out, offset, size, place)
        places.append((start, size, place))
        place += size
    out.truncate(place)
    out.seek(0)
    out.write(_HEADER.pack(b"\x7fELF\x02\x01\x01".ljust(16, b"\0"), ET_CORE, EM_AARCH64, 1, 0, _HEADER.size, 0, 0,
                           _HEADER.size, _SEGMENT.size, len(pieces) + 1, 0, 0, 0))
    out.write(_SEGMENT.pack(PT_NOTE, 4, notes_at, 0, 0, len(notes), 0, 4))
    for virtual, address, size in pieces:
        start, _, offset = next(one for one in places if one[0] <= address < one[0] + one[1])
        out.write(_SEGMENT.pack(PT_LOAD, 6, offset + address - start, virtual, address, size, size, PAGE))
    out.write(notes)
