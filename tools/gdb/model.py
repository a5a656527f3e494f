# SPDX-License-Identifier: MIT
"""What the kernel's threads are doing, read from its memory while it stands still: state, priority, what each waits
for, and the registers with which it will go on. Knows the kernel's structs and nothing of gdb.
"""

from memory import Unreadable

NEVER = (1 << 64) - 1
LEVELS = 64
FRAME_VOLUNTARY = 4
HANDLE_TYPES = 0x3f  # of a handle's type: the rest says that it is offered or published
PSTATE_EL1T = 4
NAMES_OF_WAITS = {"receivers": "receive", "senders": "send", "readers": "read", "writers": "write"}
TIME = "time"
BACKTRACE_MAX = 64


class Registers(dict):
    """{name: number} of x0..x30, sp, pc and pstate; who is not there was not kept."""


class Thread:
    """A slot that is not free, or an idle thread."""

    def __init__(self, kernel, address, idle=False):
        self.kernel, self.idle = kernel, idle
        self.object = kernel.memory.object("thread", address)
        self.address = address
        self.state = kernel.state_name(self.object["state"])

    @property
    def index(self):
        return self.object["id"]["index"]

    @property
    def generation(self):
        return self.object["id"]["generation"]

    @property
    def id(self):
        """As the kernel's reports have it; or idle."""
        return "idle" if self.idle else f"{self.index}.{self.generation}"

    @property
    def number(self):
        """A number for debuggers, which is not 0: another for each thread that ever has the slot."""
        return 0xffff if self.idle else (self.generation & 0x7fff) << 16 | (self.index + 1)

    @property
    def name(self):
        return self.kernel.memory.text(self.object["name"]) if self.object["name"] else "thread"

    def full_name(self):
        return "idle" if self.idle else f"{self.name} ({self.id})"

    @property
    def priority(self):
        return self.object["priority"]

    @property
    def base(self):
        return self.object["rank"]["base"]

    def is_running(self):
        return self.kernel.current == self.address

    def is_waiting(self):
        return self.state in ("WAITING", "WAITING_TIMED", "WAITING_ANY")

    def is_suspended(self):
        return self.object["home"] == self.kernel.cpu.at("parked")

    def has_suspended_itself(self):
        return self.state == "WAITING" and self.object["wait_buffer"] == self.kernel.cpu.at("parked")

    def doing(self):
        """In a word: running, ready, suspended, waiting, sleeping, ended; throttled: its server has no budget left."""
        if self.is_running():
            return "running"
        if self.state == "READY":
            home = self.object["home"]
            if home == self.kernel.cpu.at("ready") or self.idle:
                return "ready"
            return "suspended" if self.is_suspended() else "throttled"
        if self.has_suspended_itself():
            return "suspended"
        if self.is_waiting():
            what = "sleeping" if self.waits_for() == [TIME] else "waiting"
            return f"{what}, suspended" if self.is_suspended() else what
        return self.state.lower()

    def priority_text(self):
        return str(self.priority) if self.priority == self.base else f"{self.priority} (base {self.base})"

    def deadline(self):
        """The moment at which its wait ends anyway, or None."""
        armed = self.state == "WAITING_TIMED"
        if self.state == "WAITING_ANY":
            any_of = self.object.to("any", "wait_any")
            armed = any_of is not None and any_of["armed"] and not any_of["expired"]
        return self.kernel.moment(self.object["timeout"]["id"]) if armed else None

    def waits_for(self):
        """A list of texts, one for each object; empty if it does not wait."""
        if not self.is_waiting() or self.has_suspended_itself():
            return []
        if self.state == "WAITING_ANY":
            any_of = self.object.to("any", "wait_any")
            return [self._wait_of(self.kernel.place_face(place))
                    for place in any_of["place"][:any_of["count"]]] if any_of else []
        return [self._wait_of(self.object)]

    def _wait_of(self, waiter):
        if waiter is self.object and waiter["turnstile"]:
            return self._turnstile(waiter["turnstile"])
        if waiter["joining"]:
            return f"the end of {self.kernel.who(waiter['joining'])}"
        if waiter["wait_queue"]:
            return self.kernel.queue_text(waiter["wait_queue"], self.task_call())
        if waiter is not self.object:
            return "a moment"
        call = self.task_call()
        return {"sleep": TIME, None: TIME}.get(call, call)

    def _turnstile(self, address):
        owner = self.kernel.memory.object("turnstile", address)["owner"]
        text = self.kernel.object_text(address)
        if text is None:
            kind = "mutex" if owner else "condition"
            text = f"{kind} at {address - self.kernel.memory.offset(kind, 'turnstile'):#x}"
        return f"{text}, which {self.kernel.who(owner)} owns" if owner else text

    def waits_text(self):
        """All of it in one line; empty if it does not wait."""
        waits = self.waits_for()
        deadline = self.deadline()
        words = [] if waits in ([], [TIME]) else ["for", " or ".join(waits)]
        return " ".join([*words, *(["until", str(deadline)] if deadline is not None else [])])

    def text(self):
        """What it does, in one line."""
        return ", ".join(filter(None, (f"{self.doing()} {self.waits_text()}".strip(), f"priority {self.priority_text()}")))

    # --- Registers -----------------------------------------------------------------------------

    def task_call(self):
        """The name of the task call that it is in, such as 'mailbox_receive'; None: it is in none, or that is not to
        be seen. The call's own instruction stands at `svc`."""
        frame = self.object["frame"]
        if frame["kind"] != FRAME_VOLUNTARY:
            return None
        return self.kernel.call_of(frame["x"])

    def registers(self):
        """With what it goes on. Of a thread in a task call: as if it stood at the call's one instruction, so that a
        backtrace begins with the call; that is where it left."""
        frame = self.object["frame"]
        if frame["kind"] != FRAME_VOLUNTARY:
            values = Registers((f"x{number}", value) for number, value in enumerate(frame["x"]))
            values.update(sp=frame["sp"], pc=frame["pc"], pstate=frame["pstate"])
            return values
        x = frame["x"]
        values = Registers((f"x{number}", x[number]) for number in range(19, 31))
        call = self.kernel.call_of(x)
        pc = self.kernel.memory.layout["task_calls"][f"task_call_{call}"] if call else x[30]
        values.update(sp=frame["sp"], pc=pc, pstate=PSTATE_EL1T)
        return values


    def backtrace(self):
        """(address, whether it is where a call returns to) of each function that the thread is in, the innermost first;
        by frame pointers, as the kernel's reports. A function that keeps none is seen only if it is the innermost."""
        registers = self.registers()
        found = [(registers["pc"], False)]
        memory, frame = self.kernel.memory, registers["x29"]
        if self.task_call():
            found.append((registers["x30"], True))
        for _ in range(BACKTRACE_MAX):
            try:
                back, pc = memory.word(frame), memory.word(frame + 8)
            except Unreadable:
                break
            if pc != found[-1][0]:
                found.append((pc, True))
            if back <= frame:
                break
            frame = back
        return found


class Kernel:
    """The kernel as it stands. layout: of layout.collect()."""

    def __init__(self, memory):
        self.memory = memory
        self.layout = memory.layout
        self.cpu = memory.object("cpu", self.layout["cpu"])
        self.current = self.cpu["current"]
        self._calls = {address: name.removeprefix("task_call_") for name, address in self.layout["task_calls"].items()}

    def state_name(self, number):
        return self.layout["enums"]["thread_state"].get(str(number), f"STATE_{number}").removeprefix("THREAD_")

    def threads(self):
        """All of them, the idle one last; none before the kernel has any."""
        if not self.current:
            return []
        start, count = self.layout["thread_slots"]
        size = self.layout["structs"]["thread"]["size"]
        found = [Thread(self, start + index * size) for index in range(count)]
        found = [thread for thread in found if thread.state != "FREE"]
        if self.cpu["idle"]:
            found.append(Thread(self, self.cpu["idle"], idle=True))
        return found

    def running(self):
        """The thread that has the CPU, or None."""
        return next((thread for thread in self.threads() if thread.is_running()), None)

    def find(self, word):
        """The thread of 'INDEX.GENERATION', 'INDEX' or a name; None."""
        for thread in self.threads():
            if word in (thread.id, thread.name) or word == str(thread.index) and not thread.idle:
                return thread
        return None

    def who(self, address):
        """A thread by its address, in words."""
        for thread in self.threads():
            if thread.address == address:
                return f"'{thread.name}' ({thread.id})"
        return f"a thread at {address:#x}"

    # --- Objects -------------------------------------------------------------------------------

    def objects(self, kind):
        """(path, Object) of all that have a name."""
        return [(path, self.memory.object(kind, address)) for what, address, path in self.layout["objects"]
                if what == kind]

    def variable(self, name, file):
        """(address, size) of a variable of a source file, or None."""
        return next(((start, size) for start, size, other, where in self.layout["variables"]
                     if (other, where) == (name, file)), None)

    def holder(self, address):
        """(kind, path, offset) of the object that an address lies in, or None."""
        for kind, start, path in self.layout["objects"]:
            if 0 <= address - start < self.layout["structs"][kind]["size"]:
                return kind, path, address - start
        return None

    def variable_text(self, address):
        """An address by the variable that it lies in."""
        for start, size, name, _ in self.layout["variables"]:
            if 0 <= address - start < size:
                return name if address == start else f"{name} + {address - start}"
        return f"{address:#x}"

    def _field_at(self, kind, offset):
        """The field of a struct that begins there, or whose array does."""
        return next((name for name, (at, shape) in self.layout["structs"][kind]["fields"].items()
                     if at <= offset < at + shape[1]), "")

    def object_text(self, address):
        """Of a queue within an object with a name: 'mailbox orders (receive)'; else None."""
        held = self.holder(address)
        if held is None:
            return None
        kind, path, offset = held
        if kind == "irq_line":
            return f"interrupt line {self.memory.object(kind, address - offset)['number']}"
        field = self._field_at(kind, offset)
        verb = NAMES_OF_WAITS.get(field, "")
        return f"{kind.replace('_', ' ')} {path}" + (f" ({verb})" if verb else "")

    def queue_text(self, address, call):
        """Of a queue: in an object without a name a process's handle or the task call tells what it is."""
        text = self.object_text(address)
        if text is not None:
            return text
        for start in self.mailboxes_of_processes():
            if 0 <= address - start < self.layout["structs"]["mailbox"]["size"]:
                verb = NAMES_OF_WAITS.get(self._field_at("mailbox", address - start), "")
                return f"mailbox at {start:#x} ({verb})"
        for kind, field, verb in (("mailbox", "receivers", "receive"), ("mailbox", "senders", "send"),
                                  ("semaphore", "waiters", "take"), ("miss_box", "waiters", "wait")):
            if call == f"{kind}_{verb}":
                start = address - self.memory.offset(kind, field)
                return f"{kind.replace('_', ' ')} at {start:#x}" + (f" ({verb})" if kind == "mailbox" else "")
        return f"{call or 'a queue'} at {address:#x}"

    def processes(self):
        """Those that are not free."""
        found = self.variable("process_slots", "kernel/proc/process.c")
        if found is None:
            return []
        size = self.layout["structs"]["process"]["size"]
        every = [self.memory.object("process", at) for at in range(found[0], sum(found), size)]
        return [process for process in every if self.process_state(process) != "free"]

    def process_state(self, process):
        state = self.layout["enums"]["process_state"].get(str(process["state"]), "?")
        return state.removeprefix("PROCESS_").lower()

    def mailboxes_of_processes(self):
        """Where the mailboxes are for which processes have handles."""
        kinds = self.layout["enums"]["handle_type"]
        return {entry["object"] for process in self.processes() for entry in process["handles"]["entry"]
                if kinds.get(str(entry["type"] & HANDLE_TYPES)) == "HANDLE_MAILBOX"}

    def place_face(self, place):
        """What a place of one that waits for several objects has in common with a thread, by a thread's names."""
        start = self.memory.offset("thread", "node") & ~63
        return self.memory.object("thread", place.at("part") - start)

    def waiters(self, queue, node="node"):
        """The threads in a prio_queue, the first first. node: which of a thread's nodes stands in it."""
        found, levels = [], queue["levels"]
        heads = queue["head"]
        offset = self.memory.offset("thread", node)
        for level in range(LEVELS - 1, -1, -1):
            if not levels >> level & 1:
                continue
            head = at = heads[level ^ (LEVELS - 1)]
            for _ in range(4096):
                found.append(self._waiter(at - offset))
                at = self.memory.object("prio_node", at)["next"]
                if at == head:
                    break
        return found

    def _waiter(self, address):
        """The name of who stands in a queue: a thread, or one that has a place there."""
        face = self.memory.object("thread", address)
        if self.state_name(face["state"]) == "PLACE":
            start = self.memory.offset("thread", "node") & ~63
            place = self.memory.object("wait_place", address + start)
            return self.who(self.memory.object("wait_any", place["any"])["thread"])
        return self.who(address)

    def moment(self, number):
        """When the timed event of that number comes."""
        return self.memory.word(self.cpu["events"].at("moment") + 8 * number)

    def call_of(self, x):
        """The task call that a thread is in which has these registers and goes on at x30, or None. x30 is where the
        call returns to; before it stands what was called: the call itself, or a function that ends with it."""
        try:
            word = self.memory.word(x[30] - 4, 4)
        except Unreadable:
            return None
        if word >> 26 == 0b100101:  # BL
            called = x[30] - 4 + branch_offset(word)
        elif word & 0xfffffc1f == 0xd63f0000 and word >> 5 & 31 >= 19:  # BLR of a register that was kept
            called = x[word >> 5 & 31]
        else:
            return None
        return self._calls.get(called) or self.layout["tail_calls"].get(str(called))


def branch_offset(word):
    """Of B and BL, in bytes."""
    return 4 * ((word & 0x3ffffff) - (1 << 26 if word & 1 << 25 else 0))
