# SPDX-License-Identifier: MIT
"""The tables that `genrt threads` and its like print: lists of lines, made from model.Kernel."""

from model import NEVER, Thread

SYNCHRONISERS = ("semaphore", "event_flags", "barrier", "rwlock", "miss_box")


def table(heading, rows):
    """Lines with columns; the last one is as long as it likes."""
    rows = [[str(cell) for cell in row] for row in (heading, *rows)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(heading) - 1)]
    return ["  ".join([*(cell.ljust(width) for cell, width in zip(row, widths)), row[-1]]).rstrip() for row in rows]


def _names(waiters):
    return ", ".join(waiters) or "-"


def threads(kernel):
    """All threads: state, priority, and what each waits for."""
    found = kernel.threads()
    return table(("id", "name", "state", "priority", "waits"),
                 [(thread.id, thread.name, thread.doing(), thread.priority_text(), thread.waits_text())
                  for thread in found])


def mailboxes(kernel):
    """Mailboxes that have a name, and others at which somebody waits."""
    rows = [(path, f"{box['count']} of {box['capacity']}" if not box["closed"] else "closed",
             box["pairs"] * 16 + box["rest"], _names(kernel.waiters(box["receivers"])),
             _names(kernel.waiters(box["senders"])))
            for path, box in kernel.objects("mailbox") if box["start"] or box["closed"]]
    rows += [(f"at {address:#x}", f"{box['count']} of {box['capacity']}", box["pairs"] * 16 + box["rest"],
              _names(kernel.waiters(box["receivers"])), _names(kernel.waiters(box["senders"])))
             for address, box in _nameless_mailboxes(kernel)]
    return table(("mailbox", "messages", "bytes each", "wait to receive", "wait to send"), rows)


def _nameless_mailboxes(kernel):
    """Of the heap or a stack: only those are known at which a thread of the kernel waits, or that a process has."""
    found = {address: kernel.memory.object("mailbox", address) for address in kernel.mailboxes_of_processes()
             if not kernel.holder(address)}
    for thread in kernel.threads():
        queue, call = thread.object["wait_queue"], thread.task_call()
        fields = {"mailbox_receive": "receivers", "mailbox_send": "senders"}
        if thread.state in ("WAITING", "WAITING_TIMED") and queue and call in fields and not kernel.holder(queue):
            address = queue - kernel.memory.offset("mailbox", fields[call])
            found[address] = kernel.memory.object("mailbox", address)
    return sorted(found.items())


def mutexes(kernel):
    """Those that have a name, and those that somebody owns or waits for."""
    rows = []
    for path, mutex in kernel.objects("mutex"):
        rows.append((path, *_mutex(kernel, mutex)))
    for path, condition in kernel.objects("condition"):
        rows.append((f"condition {path}", "-", _names(kernel.waiters(condition["turnstile"]["waiters"], "turn"))))
    for address in _nameless_turnstiles(kernel):
        owner = kernel.memory.object("turnstile", address)["owner"]
        kind = "mutex" if owner else "condition"
        at = kernel.memory.object(kind, address - kernel.memory.offset(kind, "turnstile"))
        what = _mutex(kernel, at) if owner else ("-", _names(kernel.waiters(at["turnstile"]["waiters"], "turn")))
        rows.append((f"{kind} at {at.address:#x}", *what))
    return table(("mutex", "owner", "wait"), rows)


def _mutex(kernel, mutex):
    owner = "-"
    if mutex["word"]:
        index = mutex["word"] & 0x7fffffff
        start, count = kernel.layout["thread_slots"]
        address = start + index * kernel.layout["structs"]["thread"]["size"]
        owner = kernel.who(address) if index < count else "?"
        thread = Thread(kernel, address) if index < count else None
        if thread is None or thread.generation != mutex["word"] >> 32 or thread.state == "FREE":
            owner = "one that has ended"
    if mutex["closed"]:
        owner += ", closed"
    return owner, _names(kernel.waiters(mutex["turnstile"]["waiters"], "turn"))


def _nameless_turnstiles(kernel):
    found = {thread.object["turnstile"] for thread in kernel.threads()} - {0}
    return sorted(address for address in found if kernel.holder(address) is None)


def _value(kernel, kind, one):
    """What there is to know of it besides who waits."""
    if kind == "semaphore":
        return f"{one['count']} of {one['maximum']}"
    if kind == "event_flags":
        return f"{one['value']:#x}"
    if kind == "barrier":
        return f"{one['arrived']} of {one['threads']}"
    if kind == "rwlock":
        return "written" if one["held"] == NEVER else f"{one['held']} read"
    return ""


def synchronisers(kernel):
    """Semaphores, event flags, barriers, reader-writer locks and miss boxes with a name that somebody has set up."""
    rows = []
    for kind in SYNCHRONISERS:
        for path, one in kernel.objects(kind):
            queues = [one[name] for name in ("waiters", "readers", "writers") if name in one.fields]
            flat = [queue for entry in queues for queue in (entry if isinstance(entry, list) else [entry])]
            waiting = [name for queue in flat for name in kernel.waiters(queue)]
            state = "closed" if one["closed"] else _value(kernel, kind, one)
            rows.append((kind.replace("_", " "), path, state, _names(waiting)))
    return table(("kind", "name", "value", "wait"), rows)


def timers(kernel):
    """What is armed, the first first."""
    rows = []
    events = kernel.cpu["events"]
    first_server = kernel.layout["thread_slots"][1] + 1
    for number, address in enumerate(kernel.cpu["event"]):
        when = kernel.moment(number)
        if not address or when == NEVER or not _is_armed(events, kernel, number, address):
            continue
        event = kernel.memory.object("timed_event", address)
        kind = kernel.layout["enums"]["timed_event_kind"].get(str(event["kind"]), "?").removeprefix("TIMED_EVENT_")
        owner = _owner(kernel, address) if number < first_server else kernel.variable_text(address)
        rows.append((when, event["level"], kind.lower(), owner))
    rows.sort()
    compare = kernel.cpu["compare"]["ticks"]
    return table(("moment", "priority", "kind", "whose"), rows) + [
        "the timer stands at " + ("never" if compare == NEVER else str(compare))]


def _is_armed(events, kernel, number, address):
    """Whether an event is in the queue: the first of its level, or in the tournament of the others."""
    level = kernel.memory.object("timed_event", address)["level"]
    if not events["levels"] >> level & 1:
        return False
    if events.memory.word(events.at("first") + 2 * level, 2) == number:
        return True
    # The leaf of an id holds the id while it is in.
    _, each_level = events.fields["rest"][1][2:]
    leaf = events.at("rest") + level * each_level[1] + 2 * (each_level[2] // 2 + number)
    return events.memory.word(leaf, 2) == number


def _owner(kernel, event):
    return kernel.who(event - kernel.memory.offset("thread", "timeout"))


def heap(kernel):
    """The kernel's heap: its regions, and how much of them is used."""
    at, _ = kernel.variable("heap", "kernel/mm/heap.c")
    one = kernel.memory.object("heap", at)
    tlsf = one["tlsf"]
    used, blocks = (tlsf["usage"] >> 32) * 16, tlsf["usage"] & 0xffffffff
    regions = [region for region in tlsf["region"] if region["granules"]]
    lines = table(("region", "bytes"), [(f"{region['first']:#x}", region["granules"] * 16) for region in regions])
    return lines + [f"used {used} bytes in {blocks} blocks, at most {(tlsf['peak'] >> 32) * 16}",
                    f"refused {one['failures']} requests, ignored {one['bad_pointers']} bad pointers"]


def aspace(kernel):
    """The kernel's half by the names of its regions; then the spaces of processes."""
    memory = kernel.memory
    table_of, _ = kernel.variable("regions", "kernel/mm/region.c")
    count_at, _ = kernel.variable("region_count", "kernel/mm/region.c")
    uses = kernel.layout["enums"]["region_use"]
    rows = []
    for number in range(memory.word(count_at, 4)):
        region = memory.object("region", table_of + number * kernel.layout["structs"]["region"]["size"])
        use = uses.get(str(region["use"]), "?").removeprefix("REGION_").lower()
        start = region["start"]["value"]
        rows.append((f"{start:#x}", f"{start + region['size'] - 1:#x}", use, memory.text(region["name"])))
    lines = table(("first", "last", "use", "name"), sorted(rows))
    return lines + _processes(kernel)


def _processes(kernel):
    rows = []
    for process in kernel.processes():
        space, name = process["space"], process["name"]
        rows.append((f"{process['id']['index']}.{process['id']['generation']}", kernel.memory.text(name) if name else "-",
                     kernel.process_state(process), space["asid"], f"{space['used']} of {space['quota']}",
                     f"{space['table']['root']['value']:#x}"))
    return table(("process", "name", "state", "asid", "pages", "root"), rows) if rows else ["no processes"]
