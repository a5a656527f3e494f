# SPDX-License-Identifier: MIT
"""The linked image as the analysis sees it: its functions, its words, and where each stands in the source.

Nothing but the ELF file is read. A function is a symbol of that type with a size; a name that two files use for
functions of their own gets the file's name added.
"""

import bisect
import collections
import struct
import subprocess
from dataclasses import dataclass, field

_SECTION = struct.Struct("<IIQQQQIIQQ")
_SYMBOL = struct.Struct("<IBBHQQ")
_SHT_SYMTAB, _SHT_NOBITS = 2, 8
_FLAG_WRITE, _FLAG_ALLOCATE, _FLAG_EXECUTE = 1, 2, 4
_TYPE_OBJECT, _TYPE_FUNCTION, _TYPE_FILE = 1, 2, 4
MACHINE_AARCH64 = 183


class ElfError(Exception):
    """The file is not an image that can be analysed."""


@dataclass(frozen=True)
class Section:
    """One section header."""

    name: str
    kind: int
    flags: int
    address: int
    offset: int
    size: int

    def holds(self, address, size=1):
        """Whether it is in memory at these addresses, with contents in the file."""
        return (self.flags & _FLAG_ALLOCATE and self.kind != _SHT_NOBITS
                and self.address <= address and address + size <= self.address + self.size)


@dataclass(frozen=True)
class Function:
    """[address, end) is its code."""

    name: str
    address: int
    end: int


@dataclass
class Symbols:
    """The symbol table: functions in order of address, every defined name with its address and size, and the size of
    the largest object at an address; and where instructions and constants begin, in order: (address, is constant)."""

    functions: list = field(default_factory=list)
    named: dict = field(default_factory=dict)
    sizes: dict = field(default_factory=dict)
    marks: list = field(default_factory=list)


class Image:
    """An AArch64 ELF executable."""

    def __init__(self, path):
        self.path = path
        try:
            with open(path, "rb") as file:
                self.data = file.read()
        except OSError as error:
            raise ElfError(f"{path}: {error.strerror}") from error
        try:
            self.sections = self._read_sections()
            self.symbols = self._read_symbols()
        except (struct.error, ValueError, IndexError) as error:
            raise ElfError(f"{path}: a broken ELF file") from error
        if not self.symbols.functions:
            raise ElfError(f"{path}: no symbols of functions")
        self._words = self._read_words()
        self._starts = [function.address for function in self.symbols.functions]
        self.by_address = {function.address: function for function in self.symbols.functions}
        self.by_name = {function.name: function for function in self.symbols.functions}

    # --- Reading the file ------------------------------------------------------------------------

    def _text(self, offset):
        return self.data[offset:self.data.index(b"\0", offset)].decode()

    def _read_sections(self):
        data = self.data
        if data[:6] != b"\x7fELF\x02\x01" or struct.unpack_from("<H", data, 18)[0] != MACHINE_AARCH64:
            raise ElfError(f"{self.path}: not an ELF file for 64-bit Arm")
        start, = struct.unpack_from("<Q", data, 40)
        count, names = struct.unpack_from("<HH", data, 60)
        headers = [_SECTION.unpack_from(data, start + _SECTION.size * index) for index in range(count)]
        self._links = [header[6] for header in headers]
        names_offset = headers[names][4]
        return [Section(self._text(names_offset + header[0]), header[1], header[2], *header[3:6]) for header in headers]

    def _read_words(self):
        """{address: word} of all that the CPU may fetch: the analysis asks for each many times."""
        words = {}
        for section in self.sections:
            if section.flags & _FLAG_EXECUTE and section.holds(section.address):
                count = min(section.size, len(self.data) - section.offset) // 4
                words.update(zip(range(section.address, section.address + 4 * count, 4),
                                 struct.unpack_from(f"<{count}I", self.data, section.offset)))
        return words

    def _read_symbols(self):
        """Local symbols stand behind the name of their file."""
        found, symbols = {}, Symbols()
        for index, section in enumerate(self.sections):
            if section.kind != _SHT_SYMTAB:
                continue
            strings = self.sections[self._links[index]].offset
            file = ""
            for at in range(section.offset, section.offset + section.size, _SYMBOL.size):
                name, info, _, where, value, size = _SYMBOL.unpack_from(self.data, at)
                kind, is_local = info & 15, info >> 4 == 0
                if kind == _TYPE_FILE:
                    file = self._text(strings + name)
                elif self.data[strings + name:strings + name + 2] in (b"$x", b"$d"):
                    symbols.marks.append((value, self.data[strings + name + 1] == ord("d")))
                elif where and kind == _TYPE_FUNCTION and size and self.is_text(value):
                    # A global name goes before a local one of the same code.
                    if value not in found or not is_local:
                        found[value] = (self._text(strings + name), file if is_local else "", size)
                if where and kind != _TYPE_FILE and name:
                    symbols.named.setdefault(self._text(strings + name), (value, size))
                    symbols.sizes[value] = max(size, symbols.sizes.get(value, 0))
        symbols.marks.sort()
        uses = collections.Counter(name for name, _, _ in found.values())
        uses.update((name, file) for name, file, _ in found.values())
        for address, (name, file, size) in sorted(found.items()):
            unique = f"{name} ({file})" if uses[name] > 1 and file else name
            if uses[name, file] > 1:  # files of one name, in two directories
                unique = f"{name} ({file} {address:#x})"
            symbols.functions.append(Function(unique, address, address + size))
        return symbols

    # --- Memory ----------------------------------------------------------------------------------

    def is_text(self, address):
        """Whether the CPU may fetch an instruction here."""
        return any(section.flags & _FLAG_EXECUTE and section.holds(address, 4) for section in self.sections)

    def is_data(self, address):
        """Whether a word of text is a constant among instructions (AAELF64, mapping symbols)."""
        at = bisect.bisect_right(self.symbols.marks, (address, True)) - 1
        return at >= 0 and self.symbols.marks[at][1]

    def is_constant(self, address, size):
        """Whether these bytes are in a section that nobody may write."""
        return any(section.holds(address, size) and not section.flags & _FLAG_WRITE for section in self.sections)

    def read(self, address, size):
        """Bytes as linked; None where the file has none."""
        for section in self.sections:
            if section.holds(address, size):
                at = section.offset + address - section.address
                return self.data[at:at + size]
        return None

    def word(self, address):
        """The instruction at an address of text."""
        word = self._words.get(address)
        return struct.unpack("<I", self.read(address, 4))[0] if word is None else word

    def contents(self, name):
        """Bytes of a section that is not loaded; none if it is not there."""
        return b"".join(self.data[section.offset:section.offset + section.size]
                        for section in self.sections if section.name == name)

    def function_of(self, address):
        """The function whose code this address is in, or None."""
        at = bisect.bisect_right(self._starts, address) - 1
        if at < 0 or address >= self.symbols.functions[at].end:
            return None
        return self.symbols.functions[at]

    def place(self, address):
        """An address in words: function+offset."""
        function = self.function_of(address)
        if function is None:
            return f"{address:#x}"
        offset = address - function.address
        return function.name + (f"+{offset:#x}" if offset else "")


class Lines:
    """Source lines of addresses, asked of addr2line all at once."""

    def __init__(self, image, root):
        self._image, self._root, self._known = image, root.rstrip("/") + "/", {}

    def prepare(self, addresses):
        """Looks many addresses up in one go."""
        wanted = sorted({address for address in addresses if address not in self._known})
        if not wanted:
            return
        text = "".join(f"{address:#x}\n" for address in wanted)
        done = subprocess.run(["aarch64-linux-gnu-addr2line", "-e", self._image.path], input=text, text=True,
                              capture_output=True, check=False)
        answers = done.stdout.splitlines() if done.returncode == 0 else []
        for address, answer in zip(wanted, answers + ["??:0"] * (len(wanted) - len(answers))):
            file, _, line = answer.split(" ")[0].rpartition(":")
            file = file.removeprefix(self._root).removeprefix("./")
            self._known[address] = (file, int(line) if line.isdigit() else 0)

    def of(self, address):
        """(file, line); ("??", 0) if it is not known. What the compiler adds on its own belongs to the line before."""
        self.prepare([address])
        if not self._known[address][1]:
            function = self._image.function_of(address)
            near = [at for at in range(address - 4, address - 68, -4) if function and at >= function.address]
            self.prepare(near)
            self._known[address] = next((self._known[at] for at in near if self._known[at][1]), self._known[address])
        return self._known[address]
