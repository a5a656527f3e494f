# SPDX-License-Identifier: MIT
"""Where the recorder of the schedule must look: objects and fields of an ELF, asked of gdb, which reads its symbols.
tools/observe/schedule.h says what the lines mean.
"""

import json
import subprocess
import tempfile

GDB = "gdb-multiarch"
TIMEOUT = 60  # seconds
RAM_START = 0x40000000  # of the board

# Runs in gdb; prints one line of JSON.
_SCRIPT = """
python
import json
thread = gdb.lookup_type("struct thread")
def offset(name):
    return thread[name].bitpos // 8
def field(of, name):
    return gdb.lookup_type("struct " + of)[name].bitpos // 8
def address(text):
    return int(gdb.parse_and_eval("(unsigned long)&" + text))
def size(text):
    return int(gdb.parse_and_eval("sizeof(" + text + ")"))
out = {"thread": thread.sizeof,
       "fields": [offset("state"), offset("priority"), offset("home"), offset("name"), offset("id"),
                  offset("timeout") + field("timed_event", "id"), offset("wait_queue")],
       "threads": [[address(name), size(name)] for name in ("thread_slots", "thread_idles")],
       "clock": [address("cpu_areas[0].cpu.compare"), address("cpu_areas[0].cpu.events.moment"),
                 address("cpu_areas[0].cpu.parked")],
       "lines": None}
try:
    bindings = gdb.lookup_static_symbol("bindings").value()
    out["lines"] = [int(bindings.address), bindings.type.sizeof, bindings[0].type.sizeof, field("irq_line", "number")]
except (gdb.error, AttributeError):
    pass
print("places " + json.dumps(out))
end
"""


class PlacesError(Exception):
    """The program has not what is looked for."""


def _asked(elf):
    """What gdb finds."""
    with tempfile.NamedTemporaryFile("w", suffix=".gdb") as script:
        script.write(_SCRIPT)
        script.flush()
        try:
            done = subprocess.run([GDB, "-batch", "-nx", "-x", script.name, elf], stdin=subprocess.DEVNULL,
                                  timeout=TIMEOUT, capture_output=True, text=True, check=False)
        except FileNotFoundError:
            raise PlacesError(f"{GDB}: not found; ./genrt doctor tells what to install") from None
        except subprocess.TimeoutExpired:
            raise PlacesError(f"{GDB} does not answer") from None
    for line in done.stdout.splitlines():
        if line.startswith("places "):
            return json.loads(line.removeprefix("places "))
    why = next((line for line in done.stderr.splitlines() if "No " in line), "gdb does not say why")
    raise PlacesError(f"{elf} has no debug information of the kernel: {why.split(': ')[-1]}")


def _bytes(memory):
    return int(memory[:-1]) << {"M": 20, "G": 30}[memory[-1]]


def text(elf, image, memory, limit):
    """The lines. image: elf.Image of the ELF; memory: as qemu.Machine has it; limit: in ticks, or None."""
    found = _asked(elf)
    for name in ("vectors", "timed_event_table"):
        if name not in image.symbols.named:
            raise PlacesError(f"{elf} has no symbol {name}")
    # All that is looked at is in the direct map, as far above its physical address as the image is.
    shift = image.symbols.named["vectors"][0] & ~0xffffffffffff
    out = [f"ram {shift + RAM_START} {_bytes(memory)}"]
    out += [f"threads {start} {start + size} {found['thread']}" for start, size in found["threads"]]
    out.append("fields " + " ".join(map(str, found["fields"])))
    out.append("clock " + " ".join(map(str, found["clock"])))
    if found["lines"]:
        start, size, each, number = found["lines"]
        out.append(f"lines {start} {start + size} {each} {number}")
    functions = image.by_name
    table, table_size = image.symbols.named["timed_event_table"]
    handlers = (int.from_bytes(image.read(at, 8), "little") for at in range(table, table + table_size, 8))
    out += [f"handler {address}" for address in sorted(set(handlers) - {0})]
    if "irq_trigger" in functions:
        caller = functions["irq_trigger"]
        writer = functions.get("gicv2_trigger", caller)
        out += [f"trigger {function.address} {function.end} {caller.address}" for function in {caller, writer}]
    if limit is not None:
        out.append(f"limit {limit}")
    return "\n".join(out) + "\n"
