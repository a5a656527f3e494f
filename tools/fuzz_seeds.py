# SPDX-License-Identifier: MIT
"""What each fuzzer begins with: sound inputs of its kind, small, and ways that we know to spoil them."""

import os
import struct

import dtb_makers
import qemu


def trees():
    """The machine's own tree, and every way we know to spoil it."""
    with open(qemu.make_dtb(qemu.Machine(), "log=info for=10s"), "rb") as file:
        blob = file.read()
    for name, maker in {"good": lambda tree: tree, **dtb_makers.MAKERS}.items():
        yield name, maker(blob)


def _program_header(kind, flags, offset, address, file_size, size, alignment):
    return struct.pack("<IIQQQQQQ", kind, flags, offset, address, address, file_size, size, alignment)


def program(is_pie, text_flags=5):
    """A program laid out as in tests/unit/elf_builder.h."""
    base = 0 if is_pie else 0x400000
    data = base + 0x1400
    headers = b"".join((
        _program_header(1, text_flags, 0, base, 0x400, 0x400, 0x1000),
        _program_header(1, 6, 0x400, data, 0x200, 0x2000, 0x1000),
        _program_header(2 if is_pie else 4, 4, 0x400, data, 0x60, 0x60, 8),
        _program_header(7, 4, 0x500, data + 0x100, 16, 32, 16),
        _program_header(0x6474E551, 6, 0, 0, 0, 0, 16)))
    file = bytearray(0x600)
    file[:64] = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack(
        "<HHIQQQIHHHHHH", 3 if is_pie else 2, 183, 1, base + 0x300, 64, 0, 0, 64, 56, 5, 0, 0, 0)
    file[64:64 + len(headers)] = headers
    relocations = b"".join(struct.pack("<QQQ", word, 1027, 0x300) for word in (0x1580, 0x1588, 0x2000))
    file[0x200:0x200 + len(relocations)] = relocations
    file[0x400:0x440] = struct.pack("<8Q", 7, 0x200, 8, len(relocations), 9, 24, 0, 0)
    return bytes(file)


def programs():
    """Both kinds of program, and one that must be refused."""
    yield "executable", program(is_pie=False)
    yield "pie", program(is_pie=True)
    yield "writable_executable", program(is_pie=True, text_flags=7)


def _entry(name, mode, data=b""):
    header = "070701" + "".join(f"{number:08x}" for number in (
        0, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0))
    padded = header.encode() + name.encode() + b"\0"
    padded += bytes(-len(padded) % 4)
    return padded + data + bytes(-len(data) % 4)


def archives():
    """An archive with one of each kind, an empty one, and one whose name leads out of it."""
    trailer = _entry("TRAILER!!!", 0)
    yield "empty", trailer
    yield "kinds", (_entry(".", 0o40755) + _entry("./bin", 0o40755) + _entry("bin/hello", 0o100755, b"program")
                    + _entry("bin/hi", 0o120777, b"hello") + _entry("dev/console", 0o20600) + trailer)
    yield "outside", _entry("../hello", 0o100755, b"program") + trailer


# By target; those that are not here begin with trees.
_SEEDS = {"elf": programs, "cpio": archives}


def write(target, directory, size_max):
    """Writes the seeds of tests/fuzz/TARGET_fuzz.c to the directory, but for those of more than size_max bytes."""
    os.makedirs(directory, exist_ok=True)
    for name, blob in _SEEDS.get(target, trees)():
        if len(blob) <= size_max:  # a part of a larger one is another way to spoil it, and a slow one
            with open(os.path.join(directory, name), "wb") as file:
                file.write(blob)
