# SPDX-License-Identifier: MIT
"""Everything that the analysis says of one image, as one dictionary: what bounds.json, the table, the report page and
the reference are made from.

Entries are the ways into the kernel:

    vector_...       the 16 slots, to the eret; a slot whose kind is fatal stops the machine, and has no bound
    svc NAME         a task call, from the vector to the eret
    boot             from the first instruction of the high half to the first thread's eret
    NAME             a public call made by a thread, inline ones by a wrapper inline_NAME of the evidence program
"""

import re

import headers
import threads
from analysis import CALL_TABLE
from facts import CALLS, LIMIT, LOOP, TABLE, Refusal
from masked import Masked
from stack import Stack

BOOT = "high_entry"
INLINE = "inline_"
VECTOR = re.compile(r"vector_((thread|user)_[a-z]+|kernel_sync|fatal_\d+)$")
_BLOCKING = re.compile(r"task_call_(sleep|thread_join|mailbox_send|mailbox_receive)")
# Code that is no call: what it does is bounded by nothing, or by what is not the kernel's.
LEFT_OUT = {
    "arch_thread_start": "calls a thread's own code",
    "application_main": "calls the application",
    "thread_measured_main": "paints its stack, then calls a thread's own code",
    "boot_exception": "stops the machine, or goes on where the trampoline said, before there is a kernel",
    "boot_vectors": "the trampoline's own vectors, before there is a kernel",
    "boot_handover": "jumps to the high half, where the entry 'boot' begins",
}
_FATAL_STACK = "fatal_stack_top"


class Gatherer:
    """Asks an Analysis everything."""

    def __init__(self, analysis, lines, calls, config):
        self.analysis, self.image, self.lines, self.calls, self.config = analysis, analysis.image, lines, calls, config
        self.masked = Masked(analysis)
        self.stack, self.quiet_stack = Stack(analysis, lines), Stack(analysis, lines, report=False)
        self._found, self.starts = {}, {}
        end = self.image.symbols.named.get("__kernel_text_end", (1 << 64, 0))[0]
        self.kernel = [function for function in analysis.functions
                       if (function.address < end or function.name.startswith(INLINE)) and function.name not in LEFT_OUT]
        lines.prepare(address for function in self.kernel for address in range(function.address, function.end, 4))

    # --- Refusals ------------------------------------------------------------------------------------

    def _try(self, function, question, *arguments):
        try:
            return question(*arguments)
        except Refusal as refusal:
            where = self.image.function_of(refusal.address) or function
            self._found[refusal.reason, refusal.address, refusal.text] = where.name
            return None

    def _refused(self):
        self.lines.prepare(address for _, address, _ in self._found)
        rows = [{"function": name, "file": self.lines.of(address)[0], "line": self.lines.of(address)[1], "reason": reason,
                 "text": text} for (reason, address, text), name in self._found.items()]
        return sorted(rows, key=lambda row: (row["file"], row["line"], row["text"]))

    # --- Functions -----------------------------------------------------------------------------------

    def _callees(self, address):
        """Addresses of all that a call may run, doors included, itself too."""
        seen, pending = set(), [address]
        while pending:
            at = pending.pop()
            if at in seen or at not in self.image.by_address or (at != address and not self.analysis.fate(at)):
                continue
            seen.add(at)
            try:
                blocks = self.analysis.graph(at).blocks.values()
            except Refusal:
                continue
            for block in blocks:
                pending += block.calls
                if block.leave == "svc":
                    pending.append(self.analysis.door_graph(block.number)[2])
        return seen

    def _marks(self, addresses):
        """Loop facts and callee sets that bounds of these functions rest on."""
        names = set()
        for address in addresses:
            function = self.image.by_address[address]
            for at, marks in self.analysis.facts.at.items():
                if function.address <= at < function.end:
                    names |= {mark.name for mark in marks if mark.kind in (LOOP, LIMIT, CALLS, TABLE)}
        return sorted(names)

    def _path(self, function, counts):
        """[[file, line, times, instructions]] of a worst case in one function's own code: how often the line is come
        to, and what it takes in all, calls apart."""
        rows = {}
        blocks = self.analysis.graph(function.address).blocks
        for key, count in counts.items():
            if key not in blocks:
                continue
            for address in range(blocks[key].address, blocks[key].end, 4):
                row = rows.setdefault(self.lines.of(address), [0, 0])
                row[0] = max(row[0], round(count, 2))
                row[1] += round(count, 2)
        return [[file, line, times, round(instructions)] for (file, line), (times, instructions) in sorted(rows.items())]

    def _chain(self, address):
        """The heaviest call of each function on the way down: [[name, bound]]."""
        chain = []
        while address is not None:
            name = self.image.by_address[address].name
            chain.append([name, self.analysis.results[address].bound])
            address = self._heaviest(address)
        return chain

    def _heaviest(self, address):
        counts, best = self.analysis.results[address].counts, (0, None)
        for key, block in self.analysis.graph(address).blocks.items():
            for target in block.calls if counts.get(key) else ():
                bound = self.analysis.results[target].bound if target in self.analysis.results else None
                if bound and self.analysis.fate(target):
                    best = max(best, (bound * counts[key], target), key=lambda pair: pair[0])
        return best[1]

    def _called(self, function):
        """Names of whom a function calls and comes back from."""
        blocks = self.analysis.graph(function.address).blocks.values()
        return sorted({self.image.by_address[target].name for block in blocks for target in block.calls
                       if self.analysis.fate(target)})

    def _way(self, function):
        """Names of whom it calls in its worst case."""
        counts, blocks = self.analysis.results[function.address].counts, self.analysis.graph(function.address).blocks
        return sorted({self.image.by_address[target].name for key, block in blocks.items() if counts.get(key)
                       for target in block.calls if self.analysis.fate(target)})

    def functions(self):
        """{name: what is known} of all of the kernel's functions that come back."""
        rows = {}
        for function in self.kernel:
            bound = self._try(function, self.analysis.bound, function.address)
            depth = self._try(function, self.stack.depth, function.address)
            quiet = self._try(function, self.quiet_stack.depth, function.address)
            if bound is None or not self.analysis.fate(function.address):
                continue
            file, line = self.lines.of(function.address)
            rows[function.name] = {
                "address": function.address, "end": function.end, "file": file, "line": line, "bound": bound,
                "stack": quiet.own if quiet else None, "stack_report": depth.own if depth else None,
                "path": self._path(function, self.analysis.results[function.address].counts),
                "calls": self._called(function), "way": self._way(function)}
        return rows

    # --- Masked stretches ------------------------------------------------------------------------------

    def _is_root(self, function, called):
        """Entered from outside with interrupts unmasked: public calls, threads, and whoever is called by nobody here."""
        return function.address not in called or function.name in self.calls or function.name.startswith(INLINE)

    def find_masked(self):
        """Fills in which stretches each root may begin."""
        called = set()
        for function in self.kernel:
            try:
                blocks = self.analysis.graph(function.address).blocks.values()
            except Refusal:
                continue
            called |= {target for block in blocks for target in block.calls if target != function.address}
        for function in self.kernel:
            is_vector = bool(VECTOR.match(function.name))
            if function.address < self.image.symbols.named.get("__text_start", (0, 0))[0]:
                continue  # the trampoline: no thread exists that could wait
            if not is_vector and (not self._is_root(function, called) or not self.analysis.fate(function.address)):
                continue
            self.starts[function.address] = self._try(function, self.masked.root, function.address, is_vector) or {}

    def stretches(self):
        """All of them, the longest first. One that begins at a vector ends in an eret."""
        rows = []
        self.lines.prepare(self.masked.stretches)
        for start, name in self.masked.stretches.items():
            function = self.image.function_of(start)
            file, line = self.lines.of(start)
            rows.append({"start": start, "function": function.name, "file": file, "line": line,
                         "bound": self.analysis.store.bounds[name], "name": name, "path": self._stretch_path(name)})
        return sorted(rows, key=lambda row: (-row["bound"], row["start"]))

    def _stretch_path(self, name):
        """[[function, file, line, times]] of a worst stretch, in the function that its bound is of."""
        rows = {}
        for address, count in self.masked.ways.get(name, {}).items():
            function = self.image.function_of(address)
            file, line = self.lines.of(address)
            row = rows.setdefault((function.name, file, line), [function.name, file, line, 0])
            row[3] = max(row[3], round(count, 2))
        return [rows[key] for key in sorted(rows)]

    # --- Entries -------------------------------------------------------------------------------------

    def _task_calls(self):
        table, size = self.image.symbols.named.get(CALL_TABLE, (0, 0))
        names = {}
        for function in self.analysis.functions:
            if function.name.startswith("task_call_"):
                for block in self.analysis.graph(function.address).blocks.values():
                    if block.leave == "svc":
                        names[block.number] = function.name.removeprefix("task_call_")
        return {number: names.get(number, str(number)) for number in range(size // 8 if table else 0)}

    def entries(self):
        """{name: entry}."""
        rows = {}
        for function in self.kernel:
            if VECTOR.match(function.name):
                goes_on = self.analysis.fate(function.address)
                self._add(rows, function.name, "vector" if goes_on else "fatal", function)
            elif function.name == BOOT:
                self._add(rows, "boot", "boot", function)
        for number, name in self._task_calls().items():
            self._add_door(rows, number, name)
        for call in self.calls.values():
            function = self.image.by_name.get(INLINE + call.name) or self.image.by_name.get(call.name)
            if function is not None and self.analysis.fate(function.address):
                self._add(rows, call.name, "call", function)
        return rows

    def _add(self, rows, name, kind, function):
        bound = self._try(function, self.analysis.bound, function.address)
        depth = self._try(function, self.stack.depth, function.address)
        quiet = self._try(function, self.quiet_stack.depth, function.address)
        if bound is None:
            return
        reached = self._callees(function.address)
        names = {self.image.by_address[address].name for address in reached}
        rows[name] = {
            "kind": kind, "function": function.name, "bound": bound, "masked": self._longest_masked(function, reached),
            "may_block": any(_BLOCKING.match(each) for each in names), "stack": quiet.own if quiet else None,
            "kernel_stack": depth.others.get("kernel") if depth else None, "chain": self._chain(function.address),
            "facts": self._marks(reached)}

    def _add_door(self, rows, number, name):
        function = self.image.by_name["vector_thread_sync"]
        door = self._try(function, self.analysis.door, number)
        if door is None:
            return
        bound, handler = self.analysis.store.bounds[door], self.analysis.door_graph(number)[2]
        depth = self._try(function, self.stack.depth, handler)
        rows[f"svc {name}"] = {
            "kind": "door", "number": number, "function": function.name, "bound": bound, "masked": bound, "may_block": bool(_BLOCKING.match("task_call_" + name)),
            "stack": 0, "kernel_stack": depth.own if depth else None, "chain": [[f"svc {name}", bound]] + self._chain(handler),
            "facts": self._marks(self._callees(handler))}

    def _longest_masked(self, function, reached):
        bounds = self.analysis.store.bounds
        found = [bounds[name] for name in self.starts.get(function.address, {}).values()]
        for address in reached:
            for block in self.analysis.graph(address).blocks.values():
                if block.leave == "svc":
                    found.append(bounds[self.analysis.door(block.number)])
        return max(found, default=0)

    # --- Stacks --------------------------------------------------------------------------------------

    def stacks(self):
        """What the CPU's stacks must hold against what they have, and the reserve that a mask looks for."""
        kernel = fatal = 0
        for function in self.kernel:
            depth = self._try(function, self.stack.depth, function.address) if VECTOR.match(function.name) else None
            if depth:
                kernel, fatal = max(kernel, depth.others.get("kernel", 0)), max(fatal, depth.others.get("fatal", 0))
        boot = self.image.by_name.get(BOOT)
        depth = self._try(boot, self.stack.depth, boot.address) if boot else None
        found = [row for function in self.kernel if self.analysis.fate(function.address)
                 for row in self._try(function, self.quiet_stack.reserves, function.address) or []]
        worst = max(found, key=lambda row: row[2] - row[1], default=(0, 0, 0))
        return {"kernel": {"need": kernel, "size": self.config["CONFIG_KERNEL_STACK_SIZE"]},
                "boot": {"need": depth.others.get("fatal", 0) if depth else 0, "size": self.config["CONFIG_KERNEL_STACK_SIZE"]},
                "fatal": {"need": fatal, "size": self._fatal_size()},
                "reserve": {"need": worst[2], "size": worst[1], "where": self.image.place(worst[0])},
                "threads": self._threads()}

    def _fatal_size(self):
        named = self.image.symbols.named
        return named[_FATAL_STACK][0] - named["fatal_frame"][0] if _FATAL_STACK in named else 0

    def _threads(self):
        """Stack of the kernel's own threads that nobody spawns, where it can be told."""
        rows = {}
        for function in self.analysis.functions:
            if function.name in ("idle_main", "application_main"):
                try:
                    rows[function.name] = self.stack.depth(function.address).own
                except Refusal as refusal:
                    rows[function.name] = f"not told: {refusal.text}"
        return rows

    # --- All -----------------------------------------------------------------------------------------

    def dropped(self):
        """Functions that do not come back: paths into them are in no bound."""
        return sorted(function.name for function in self.kernel if not self.analysis.fate(function.address))

    def everything(self):
        """The dictionary."""
        for refusal in self.analysis.facts.refusals:
            self._found[refusal.reason, refusal.address, refusal.text] = self.image.place(refusal.address)
        functions = self.functions()
        self.find_masked()
        entries, stretches = self.entries(), self.stretches()
        stacks = self.stacks()
        return {"image": self.image.path, "refused": self._refused(), "entries": entries, "functions": functions,
                "masked": stretches, "stack": stacks, "dropped": self.dropped(),
                "left_out": {name: reason for name, reason in LEFT_OUT.items() if name in self.image.by_name},
                "facts": {name: {"number": number, "place": self.analysis.facts.places[name]}
                          for name, number in sorted(self.analysis.facts.number.items())},
                "callees": {name: sorted(self.image.place(address) for address in members)
                            for name, members in sorted(self.analysis.facts.callees.items())}}


def read_config(root):
    """The plain numbers of config.h."""
    with open(f"{root}/config.h", encoding="utf-8") as file:
        text = file.read()
    return {name: int(value, 0) for name, value in re.findall(r"#define (CONFIG_\w+) (\w+)$", text, re.MULTILINE) if value[0].isdigit()}


def gather(analysis, lines, root):
    """Everything, of an Analysis."""
    calls = {call.name: call for call in headers.public_calls(root)}
    gathered = Gatherer(analysis, lines, calls, read_config(root)).everything()
    return {**gathered, "threads": threads.rows(analysis, lines, root)}
