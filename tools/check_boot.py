#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The low part of the image (.boot.*) stands alone, or the link is refused.

It runs before the MMU is on, linked where it is loaded, while all else is linked high. A call of memcpy that the
compiler made up, a table of pointers, a stack check: each compiles, links (the linker bridges the distance with a
veneer) and dies at the first boot without a word. So the linked ELF is read back and nothing is believed:

  relocation       something was left for a loader to patch
  undefined        a symbol that nothing defines (a weak one links without a word; GNU ld's only show in objects)
  load address     a boot section is not loaded where it is linked, or not linked low
  writable code    a segment that is both writable and executable
  helper           boot code calls, or brings, a routine of the library, the compiler or the kernel
  branch out       a branch or call that leaves .boot.*
  indirect branch  br, blr and relatives, whose target cannot be seen
  high address     a high address as a word of data or built by moves; the offset of the high half itself may
                   only be named in boot_handover
  outside address  an address taken (adr, adrp, ldr literal) outside .boot.* that no border symbol of the
                   linker script names
  hand-over        the one way out is not what it should be: one `br` in boot_handover, whose target is the
                   word boot_handover_target, which holds high_entry

usage: check_boot.py ELF [BOOT_OBJECT...]   status 0: sound; 1: refused, reasons on standard error; 2: usage

With the boot objects given, what they leave undefined is looked at too: helpers show by name there even if the
linker found a copy that is near.
"""

import bisect
import re
import struct
import sys

HIGH_OFFSET = 0xFFFF000000000000
# The direct map: what an address could be. Above are masks (~0xfff and the like), which are no addresses.
HIGH_END = HIGH_OFFSET + (1 << 47)

HANDOVER = 'boot_handover'
HANDOVER_TARGET = 'boot_handover_target'
HIGH_ENTRY = 'high_entry'

HELPER = re.compile(
    r'mem(cpy|set|move|cmp|chr)|bcmp|bcopy|bzero|str(n?(len|cpy|cmp|cat)|r?chr|str)|abort|panic|'
    r'\w*printf|kprint\w*|log_\w+|format(_\w+)?|string_\w+|_mcount|'
    r'__stack_chk_\w+|__aarch64_\w+|__(ubsan|asan|sanitizer|gcov|cyg_profile)_\w+|__clear_cache|'
    r'__(u?div|u?mod|u?divmod|u?mul|neg|ash[lr]|lshr|cl[zr]s?b?|ctz|popcount|parity|bswap|ffs|u?cmp)[sdt]i[2-4]?|'
    r'__(add|sub|mul|div|neg|eq|ne|l[te]|g[te]|unord|extend|trunc|fix(uns)?|float(un)?)[hsdt]?[ft]\w*')
# How the linkers name what they put between a call and a target out of reach.
VENEER = re.compile(r'__(?:AArch64\w*Thunk_(\w+)|(\w+)_veneer)')
BORDER = re.compile(r'__\w+_(start|end)')

SHT_SYMTAB, SHT_RELA, SHT_DYNAMIC, SHT_NOBITS, SHT_REL, SHT_RELR = 2, 4, 6, 8, 9, 19
SHF_ALLOC, SHF_EXECINSTR = 2, 4
PT_LOAD, PF_X, PF_W = 1, 1, 2
SHN_UNDEF = 0
STT_FUNC, STT_FILE, STT_SECTION = 2, 4, 3
EM_AARCH64 = 183


class Malformed(Exception):
    pass


class Section:
    def __init__(self, fields, data):
        (self.name_at, self.type, self.flags, self.address, self.offset, self.size, self.link, _, _,
         self.entry_size) = fields
        self.name = ''
        self.data = b'' if self.type == SHT_NOBITS else data[self.offset:self.offset + self.size]

    def contains(self, address):
        return self.address <= address < self.address + self.size


class Symbol:
    def __init__(self, name, kind, index, value, size):
        self.name, self.kind, self.index, self.value, self.size = name, kind, index, value, size


class Elf:
    """What is needed of a 64-bit little-endian AArch64 file."""

    def __init__(self, path):
        with open(path, 'rb') as file:
            data = file.read()
        if data[:6] != b'\x7fELF\x02\x01' or len(data) < 64:
            raise Malformed('not a 64-bit little-endian ELF file')
        (_, machine, _, self.entry, program_at, section_at, _, _, program_size, program_count,
         section_size, section_count, names) = struct.unpack_from('<HHIQQQIHHHHHH', data, 16)
        if machine != EM_AARCH64:
            raise Malformed('not for AArch64')
        self.sections = [Section(struct.unpack_from('<IIQQQQIIQQ', data, section_at + i * section_size), data)
                         for i in range(section_count)]
        for section in self.sections:
            section.name = self.text(self.sections[names].data, section.name_at)
        # type, flags, offset, vaddr, paddr, filesz, memsz, align
        self.segments = [struct.unpack_from('<IIQQQQQQ', data, program_at + i * program_size)
                         for i in range(program_count)]
        self.symbols = [s for section in self.sections if section.type == SHT_SYMTAB
                        for s in self.symbols_of(section)]

    @staticmethod
    def text(data, at):
        return data[at:data.index(b'\0', at)].decode('ascii', 'replace')

    def symbols_of(self, section):
        strings = self.sections[section.link].data
        for at in range(24, len(section.data) - 23, 24):
            name, info, _, index, value, size = struct.unpack_from('<IBBHQQ', section.data, at)
            if info & 15 not in (STT_FILE, STT_SECTION):
                yield Symbol(self.text(strings, name), info & 15, index, value, size)


def is_high(value):
    return HIGH_OFFSET <= value < HIGH_END


def signed(value, bits):
    return value - (1 << bits) if value >> (bits - 1) & 1 else value


def branch_target(word, address):
    """The target of a direct branch or call, or None. Arm ARM DDI 0487, C4.1.66."""
    if word & 0x7C000000 == 0x14000000:  # b, bl
        return address + 4 * signed(word & 0x3FFFFFF, 26)
    if word & 0xFF000000 == 0x54000000 or word & 0x7E000000 == 0x34000000:  # b.cond, cbz, cbnz
        return address + 4 * signed(word >> 5 & 0x7FFFF, 19)
    if word & 0x7E000000 == 0x36000000:  # tbz, tbnz
        return address + 4 * signed(word >> 5 & 0x3FFF, 14)
    return None


def is_indirect_branch(word):
    """br, blr and their authenticating forms; not ret and eret, which go back."""
    return word & 0xFE000000 == 0xD6000000 and word >> 21 & 7 in (0, 1)


def address_taken(word, address):
    """(first, last) of what adr, adrp or ldr literal name, or None."""
    immediate = signed((word >> 5 & 0x7FFFF) << 2 | word >> 29 & 3, 21)
    if word & 0x9F000000 == 0x10000000:
        return address + immediate, address + immediate
    if word & 0x9F000000 == 0x90000000:
        page = (address & ~0xFFF) + (immediate << 12)
        return page, page + 0xFFF
    if word & 0x3B000000 == 0x18000000:
        target = address + 4 * signed(word >> 5 & 0x7FFFF, 19)
        return target, target
    return None


def logical_immediate(n, immr, imms):
    """The value of a bitmask immediate of a 64-bit instruction, or None. DecodeBitMasks() in the Arm ARM."""
    length = (n << 6 | (~imms & 0x3F)).bit_length() - 1
    if length < 1:
        return None
    size = 1 << length
    ones = (imms & (size - 1)) + 1
    if ones == size:
        return None
    rotate = immr & (size - 1)
    element = (1 << ones) - 1
    element = (element >> rotate | element << (size - rotate)) & ((1 << size) - 1)
    return sum(element << at for at in range(0, 64, size))


class Moves:
    """Follows the constants that moves build up in registers, in the order of the text."""

    def __init__(self):
        self.values = {}

    def step(self, word):
        """The value that this instruction gives to a 64-bit register, or None."""
        register = word & 31
        if word & 0xFF800000 == 0xD2800000:  # movz
            value = (word >> 5 & 0xFFFF) << 16 * (word >> 21 & 3)
        elif word & 0xFF800000 == 0x92800000:  # movn
            value = ~((word >> 5 & 0xFFFF) << 16 * (word >> 21 & 3)) & (1 << 64) - 1
        elif word & 0xFF800000 == 0xF2800000:  # movk
            shift = 16 * (word >> 21 & 3)
            value = self.values.get(register, 0) & ~(0xFFFF << shift) | (word >> 5 & 0xFFFF) << shift
        elif word & 0xFF8003E0 == 0xB20003E0:  # orr of a bitmask immediate with the zero register
            value = logical_immediate(word >> 22 & 1, word >> 16 & 0x3F, word >> 10 & 0x3F)
        else:
            return None
        self.values[register] = value
        return value


class BootCheck:
    def __init__(self, elf):
        self.elf = elf
        self.problems = []
        self.boot = [s for s in elf.sections if s.name.startswith('.boot.') and s.flags & SHF_ALLOC and s.size]
        self.defined = [s for s in elf.symbols if s.index != SHN_UNDEF and s.name]
        named = sorted(((s.value, s.kind == STT_FUNC, s) for s in self.defined if not s.name.startswith('$')),
                       key=lambda entry: entry[:2])
        self.named = [entry[2] for entry in named]
        self.named_at = [entry[0] for entry in named]
        self.by_name = {s.name: s for s in self.defined}

    def refuse(self, reason, address, text):
        where = '' if address is None else f'{address:#x} {self.place(address)}: '
        self.problems.append(f'{reason}: {where}{text}')

    def symbol_before(self, address):
        """The innermost name for an address in boot code or data: the last one that starts at or before it."""
        at = bisect.bisect_right(self.named_at, address) - 1
        while at >= 0 and BORDER.fullmatch(self.named[at].name):
            at -= 1
        return self.named[at] if at >= 0 else None

    def place(self, address):
        symbol = self.symbol_before(address)
        if symbol is None:
            return '(no symbol)'
        return symbol.name if symbol.value == address else f'{symbol.name}+{address - symbol.value:#x}'

    def names_at(self, address):
        return [s.name for s in self.defined if s.value == address and not s.name.startswith('$')]

    def in_boot(self, address):
        return any(s.contains(address) for s in self.boot)

    def in_boot_code(self, address):
        return any(s.contains(address) for s in self.boot if s.flags & SHF_EXECINSTR)

    def in_handover(self, address):
        symbol = self.by_name.get(HANDOVER)
        return symbol is not None and symbol.value <= address < symbol.value + symbol.size

    # --- The file as a whole ---

    def check_file(self):
        for section in self.elf.sections:
            if section.type in (SHT_RELA, SHT_REL, SHT_RELR, SHT_DYNAMIC) and section.size:
                first = struct.unpack_from('<Q', section.data)[0] if section.type != SHT_DYNAMIC else None
                self.refuse('relocation', first, f'section {section.name} is not empty')
        for symbol in self.elf.symbols:
            if symbol.index == SHN_UNDEF and symbol.name:
                self.refuse('undefined', None, f'symbol {symbol.name}')
        for kind, flags, _, address, *_ in self.elf.segments:
            if kind == PT_LOAD and flags & PF_X and flags & PF_W:
                self.refuse('writable code', address, 'segment is writable and executable')
        if not self.in_boot_code(self.elf.entry):
            self.refuse('load address', self.elf.entry, 'entry point is not in boot code')

    def check_load_addresses(self):
        for section in self.boot:
            if section.address >= HIGH_OFFSET:
                self.refuse('load address', section.address, f'{section.name} is linked high')
            homes = [s for s in self.elf.segments if s[0] == PT_LOAD and
                     s[3] <= section.address and section.address + section.size <= s[3] + s[6]]
            if not homes:
                self.refuse('load address', section.address, f'{section.name} is in no segment')
            for _, _, _, virtual, physical, *_ in homes:
                if virtual != physical:
                    self.refuse('load address', section.address,
                                f'{section.name} is loaded at {section.address - virtual + physical:#x}')

    # --- Helpers and veneers ---

    def veneers(self):
        """Ranges of the linker's bridges: they are reported for what they lead to, and not looked into."""
        for symbol in self.defined:
            if VENEER.fullmatch(symbol.name) and self.in_boot(symbol.value):
                after = bisect.bisect_right(self.named_at, symbol.value)
                end = self.named_at[after] if after < len(self.named_at) else symbol.value + 32
                yield symbol.value, min(end, symbol.value + 32)

    def check_helpers_inside(self):
        for symbol in self.defined:
            if HELPER.fullmatch(symbol.name) and self.in_boot(symbol.value) and not symbol.name.startswith('$'):
                self.refuse('helper', symbol.value, f'{symbol.name} is part of the boot code')

    def check_branch(self, address, target):
        names = self.names_at(target)
        for name in names:
            veneer = VENEER.fullmatch(name)
            if veneer:
                beyond = veneer.group(1) or veneer.group(2)
                reason = 'helper' if HELPER.fullmatch(beyond) else 'branch out'
                self.refuse(reason, address, f'to {beyond}, through the veneer {name}')
                return
        if not self.in_boot_code(target):
            reason = 'helper' if any(HELPER.fullmatch(name) for name in names) else 'branch out'
            self.refuse(reason, address, f'to {target:#x} {self.place(target)}')

    # --- Code and data ---

    def data_ranges(self, section):
        """Where a code section holds data, by the mapping symbols $d and $x."""
        marks = sorted((s.value, s.name[1]) for s in self.elf.symbols
                       if re.match(r'\$[dx](\.|$)', s.name) and section.contains(s.value))
        marks.append((section.address + section.size, 'x'))
        for (start, kind), (end, _) in zip(marks, marks[1:]):
            if kind == 'd':
                yield start, end

    def check_code(self, section):
        data = list(self.data_ranges(section))
        bridges = list(self.veneers())
        moves = Moves()
        for at in range(0, len(section.data) - 3, 4):
            address = section.address + at
            if any(start <= address < end for start, end in data + bridges):
                continue
            self.check_instruction(struct.unpack_from('<I', section.data, at)[0], address, moves)
        for start, end in data:
            if not any(first <= start < last for first, last in bridges):
                self.check_words(section, start, end)

    def check_instruction(self, word, address, moves):
        target = branch_target(word, address)
        if target is not None:
            self.check_branch(address, target)
        if is_indirect_branch(word) and not self.in_handover(address):
            self.refuse('indirect branch', address, f'instruction {word:#010x}')
        taken = address_taken(word, address)
        if taken is not None:
            self.check_address_taken(address, *taken)
        value = moves.step(word)
        if value is not None and is_high(value) and not (value == HIGH_OFFSET and self.in_handover(address)):
            self.refuse('high address', address, f'moves build {value:#x}')

    def check_address_taken(self, address, first, last):
        inside = any(s.address <= last and first < s.address + s.size for s in self.boot)
        border = any(BORDER.fullmatch(s.name) and first <= s.value <= last for s in self.defined)
        if not inside and not border:
            self.refuse('outside address', address, f'of {first:#x} {self.place(first)}')

    def check_words(self, section, start, end):
        """Words of 8 bytes at each multiple of 4."""
        allowed = self.by_name.get(HANDOVER_TARGET)
        for address in range((start + 3) & ~3, end - 7, 4):
            value = struct.unpack_from('<Q', section.data, address - section.address)[0]
            if is_high(value) and not (allowed is not None and address == allowed.value):
                self.refuse('high address', address, f'word {value:#x} {self.place(value)}')

    def check_contents(self):
        for section in self.boot:
            if section.flags & SHF_EXECINSTR:
                self.check_code(section)
            elif section.type != SHT_NOBITS:
                self.check_words(section, section.address, section.address + section.size)

    # --- The one way out ---

    def word_at(self, address, size):
        for section in self.boot:
            if section.contains(address) and address - section.address + size <= len(section.data):
                return int.from_bytes(section.data[address - section.address:][:size], 'little')
        return None

    def check_handover(self):
        missing = [n for n in (HANDOVER, HANDOVER_TARGET, HIGH_ENTRY) if n not in self.by_name]
        if missing:
            self.refuse('hand-over', None, f'no symbol {", ".join(missing)}')
            return
        handover, target, entry = (self.by_name[n] for n in (HANDOVER, HANDOVER_TARGET, HIGH_ENTRY))
        if not self.in_boot_code(handover.value) or handover.size == 0:
            self.refuse('hand-over', handover.value, 'not a sized function of the boot code')
            return
        if self.word_at(target.value, 8) != entry.value:
            self.refuse('hand-over', target.value, f'does not hold {HIGH_ENTRY}, {entry.value:#x}')
        home = [s for s in self.elf.sections if s.flags & SHF_EXECINSTR and s.contains(entry.value)]
        if not home or not is_high(entry.value):
            self.refuse('hand-over', entry.value, f'{HIGH_ENTRY} is not high code')
        self.check_way_out(handover, target)

    def check_way_out(self, handover, target):
        """Exactly: ldr xN, boot_handover_target; br xN."""
        addresses = range(handover.value, handover.value + handover.size, 4)
        ways = [a for a in addresses if a & ~7 != target.value and is_indirect_branch(self.word_at(a, 4))]
        if len(ways) != 1:
            self.refuse('hand-over', handover.value, f'{len(ways)} ways out, not one')
            return
        branch, load = self.word_at(ways[0], 4), self.word_at(ways[0] - 4, 4)
        register = branch >> 5 & 31
        loads = load & 0xFF00001F == 0x58000000 | register and \
            address_taken(load, ways[0] - 4) == (target.value, target.value)
        if branch & 0xFFFFFC1F != 0xD61F0000 or not loads:
            self.refuse('hand-over', ways[0], f'not a branch to what {HANDOVER_TARGET} holds')

    # --- The objects it was linked from ---

    def check_object(self, name, boot_object, defined):
        for symbol in boot_object.symbols:
            if symbol.index != SHN_UNDEF or not symbol.name or symbol.name in defined:
                continue
            linked = self.by_name.get(symbol.name)
            if HELPER.fullmatch(symbol.name):
                self.refuse('helper', None, f'{name} refers to {symbol.name}')
            elif linked is None:
                self.refuse('undefined', None, f'{name} refers to {symbol.name}')
            elif symbol.name != HIGH_ENTRY and linked.value >= HIGH_OFFSET:
                self.refuse('outside address', None, f'{name} refers to {symbol.name}')

    def run(self, objects):
        if not self.boot:
            self.refuse('load address', None, 'no .boot.* sections')
            return
        self.check_file()
        self.check_load_addresses()
        self.check_helpers_inside()
        self.check_contents()
        self.check_handover()
        defined = {s.name for _, o in objects for s in o.symbols if s.index != SHN_UNDEF}
        for name, boot_object in objects:
            self.check_object(name, boot_object, defined)


def main(arguments):
    if not arguments or arguments[0].startswith('-'):
        print('usage: check_boot.py ELF [BOOT_OBJECT...]', file=sys.stderr)
        return 2
    try:
        check = BootCheck(Elf(arguments[0]))
        check.run([(path, Elf(path)) for path in arguments[1:]])
    except (OSError, Malformed, struct.error, ValueError, IndexError) as error:
        print(f'check_boot: {arguments[0]}: {error}', file=sys.stderr)
        return 2
    for problem in check.problems:
        print(f'check_boot: {arguments[0]}: {problem}', file=sys.stderr)
    return 1 if check.problems else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
