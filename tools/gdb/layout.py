# SPDX-License-Identifier: MIT
"""Inside gdb: where everything is. Asks gdb, which has read the program's debug information, for the structs that
model.py looks at, for the constants of enumerations, and for every object of the program that has a name. The answer is
plain data, so that it can be handed to a program that is not gdb (stub.py).
"""

import collections
import os
import re
import struct
import sys

import gdb

from model import branch_offset

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "bounds"))
import elf  # noqa: E402

# Structs that model.py reads; those that they contain come along.
STRUCTS = ("thread", "cpu_area", "mutex", "condition", "mailbox", "semaphore", "event_flags", "barrier", "rwlock",
           "miss_box", "irq_line", "periodic", "server", "heap", "region", "process", "kernel_vm", "wait_any", "trace_ring")
ENUMS = ("thread_state", "timed_event_kind", "region_use", "process_state", "handle_type")
# Objects that threads wait for, and those that are listed.
KINDS = frozenset(("mailbox", "semaphore", "mutex", "condition", "event_flags", "barrier", "rwlock", "miss_box",
                   "irq_line"))
ELEMENTS_MAX = 64  # of an array are looked through
TAIL_DEPTH = 2  # functions, one ending with the other, the last with a task call
_VARIABLE = re.compile(r"^(?:\d+:\s+)?.*?(\w+)(?:\[\d+\])*;$")


class NoKernel(Exception):
    """The program has no debug information of the kernel."""


def tag_of(kind):
    """A struct's or a typedef's name; of one without a name, None."""
    return kind.strip_typedefs().tag or kind.name


def _describe(kind, wanted):
    """[what, size, detail] of a type; structs with a name are added to `wanted`."""
    plain = kind.strip_typedefs()
    if plain.code == gdb.TYPE_CODE_ARRAY:
        low, high = plain.range()
        return ["array", plain.sizeof, high - low + 1, _describe(plain.target(), wanted)]
    if plain.code in (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_UNION):
        name = tag_of(kind) or f"(of {', '.join(str(field.name) for field in plain.fields())})"
        wanted[name] = plain
        return ["struct", plain.sizeof, name]
    signed = plain.code == gdb.TYPE_CODE_INT and plain.is_signed
    return ["signed" if signed else "unsigned", plain.sizeof, None]


def _fields(kind, wanted, base=0):
    """{name: [offset, description]}; what has no name of its own is part of its surroundings."""
    found = {}
    for field in kind.fields():
        if not hasattr(field, "bitpos") or field.bitsize:
            continue
        offset = base + field.bitpos // 8
        if not field.name:
            found.update(_fields(field.type.strip_typedefs(), wanted, offset))
        else:
            found[field.name] = [offset, _describe(field.type, wanted)]
    return found


def _structs():
    wanted, done = {}, {}
    for name in STRUCTS:
        try:
            wanted[name] = gdb.lookup_type(f"struct {name}")
        except gdb.error:
            continue  # not in this program
    while set(wanted) - set(done):
        for name in sorted(set(wanted) - set(done)):
            done[name] = {"size": wanted[name].sizeof, "fields": _fields(wanted[name], wanted)}
    return done


def _enums():
    found = {}
    for name in ENUMS:
        try:
            found[name] = {str(field.enumval): field.name for field in gdb.lookup_type(f"enum {name}").fields()}
        except gdb.error:
            found[name] = {}
    return found


def _variables():
    """(name, value, file) of every variable outside of functions."""
    file = None
    for line in gdb.execute("info variables -q -n", to_string=True).splitlines():
        if line.startswith("File "):
            file = line.removeprefix("File ").rstrip(":")
            continue
        match = _VARIABLE.match(line)
        if match and file:
            try:
                yield match.group(1), gdb.parse_and_eval(f"'{file}'::{match.group(1)}"), file
            except gdb.error:
                continue  # the compiler left nothing of it


def _objects(kind, address, path):
    """[kind, address, path] of what threads may wait for, in an object of that type."""
    plain = kind.strip_typedefs()
    if plain.code == gdb.TYPE_CODE_ARRAY:
        target, (low, high) = plain.target(), plain.range()
        for index in range(low, min(high + 1, low + ELEMENTS_MAX)):
            yield from _objects(target, address + (index - low) * target.sizeof, f"{path}[{index}]")
    elif plain.code == gdb.TYPE_CODE_STRUCT:
        if plain.tag in KINDS:
            yield [plain.tag, address, path]
            return
        for field in plain.fields():
            if hasattr(field, "bitpos") and not field.bitsize:
                # The mailbox in its typed face is what the face is called.
                inner = path if field.name == "mailbox" else f"{path}.{field.name}" if field.name else path
                yield from _objects(field.type, address + field.bitpos // 8, inner)


def _named():
    """The objects that threads wait for, [kind, address, path]; and all variables, [address, size, name, file]."""
    objects, variables = [], []
    for name, value, file in _variables():
        if value.address is None:
            continue
        address = int(value.address)
        variables.append([address, value.type.sizeof, name, file])
        if name not in ("thread_slots", "thread_idles", "cpu_areas"):
            objects += [(*one, file) for one in _objects(value.type, address, name)]
    uses = collections.Counter(path for _, _, path, _ in objects)
    objects = [[kind, address, path if uses[path] == 1 else f"{path} ({os.path.basename(file)})"]
               for kind, address, path, file in objects]
    return sorted(objects, key=lambda item: item[1]), sorted(variables)


def _task_calls():
    """Where each task call begins: its first instruction is the SVC. Not of gdb, which may know an assembler's lines
    and no functions, and then leaves them out of its lists."""
    try:
        named = elf.Image(gdb.current_progspace().filename).symbols.named
    except elf.ElfError as error:
        raise NoKernel(str(error)) from error
    return {name: address for name, (address, _) in named.items()
            if name.startswith("task_call_") and name != "task_call_table"}


def _text():
    """(address, words) of each section of code that the program has."""
    listing = gdb.execute("maintenance info sections CODE", to_string=True)
    for first, end in re.findall(r"(0x[0-9a-f]+)->(0x[0-9a-f]+) at", listing):
        start, size = int(first, 16), int(end, 16) - int(first, 16)
        try:
            data = gdb.selected_inferior().read_memory(start, size // 4 * 4).tobytes()
        except gdb.error:
            continue  # not there yet: the machine has been connected to before its MMU is on
        yield start, struct.unpack(f"<{size // 4}I", data)


def _tail_calls(calls):
    """{start of a function: the task call that it ends with}, of those that end with a branch to one, and to no other."""
    starts = {address: {name.removeprefix("task_call_")} for name, address in calls.items()}
    branches = [(start + 4 * at, start + 4 * at + branch_offset(word))
                for start, words in _text() for at, word in enumerate(words) if word >> 26 == 0b000101]
    found = {}
    for _ in range(TAIL_DEPTH):
        for place, target in branches:
            if target in starts:
                block = gdb.block_for_pc(place)
                while block is not None and block.function is None:
                    block = block.superblock
                if block is not None and not block.start <= target < block.end:
                    found.setdefault(block.start, set()).update(starts[target])
        starts.update(found)
    return {str(start): names.copy().pop() for start, names in found.items() if len(names) == 1}


def _address(expression):
    try:
        return int(gdb.parse_and_eval(f"(unsigned long)&{expression}"))
    except gdb.error:
        return 0


def collect():
    """The layout of the program that gdb has read."""
    try:
        slots = gdb.parse_and_eval("thread_slots")
    except gdb.error as error:
        raise NoKernel(f"no kernel with debug information: {error}") from error
    objects, variables = _named()
    calls = _task_calls()
    return {
        "structs": _structs(), "enums": _enums(), "objects": objects, "variables": variables,
        "task_calls": calls, "tail_calls": _tail_calls(calls),
        "thread_slots": [int(slots.address), slots.type.range()[1] + 1],
        "thread_idles": _address("thread_idles"), "cpu": _address("cpu_areas[0].cpu"),
        "thread_start": _address("arch_thread_start"), "program": gdb.current_progspace().filename,
    }
