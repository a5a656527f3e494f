# SPDX-License-Identifier: MIT
"""docs/reference.md: every public call, as its header says, with a line of what the analysis found."""

import re

import headers

FILE = "docs/reference.md"
_HEAD = """\
# Reference

Every call of the public headers. The figures are those of the release build with GCC, derived from the linked image:
instruction bounds, not times ([evidence.md](evidence.md) says what they mean). *Bound*: instructions of the call as its thread sees it,
interrupts and other threads apart; *masked*: the longest stretch of it with interrupts masked.
Written by `./genrt bounds --update`; `./genrt check` holds it against the headers and the image.
"""
_COMPLEXITY = re.compile(r"O\((?:[^()]|\([^()]*\))*\)|[Ll]inear in [^.]*")
_TITLES = {
    "kernel/app.h": "Application", "kernel/sched/thread.h": "Threads", "kernel/time/time.h": "Time",
    "kernel/ipc/mailbox.h": "Mailboxes", "kernel/ipc/port.h": "Ports", "kernel/ipc/irq_line.h": "Interrupt lines", "kernel/mm/heap.h": "Heap",
    "kernel/mm/frame.h": "Frames", "kernel/sched/admission.h": "Admission",
    "kernel/sched/periodic.h": "Periodic threads", "kernel/sched/edf.h": "Deadlines first",
    "kernel/sync/miss_box.h": "Missed deadlines", "kernel/sched/server.h": "Budgets",
    "kernel/sched/cpu_time.h": "CPU time", "kernel/sched/thread_view.h": "Looking at threads",
    "kernel/proc/process.h": "Processes", "kernel/trace/trace.h": "Tracing",
    "kernel/sync/miss_account.h": "What ran before a missed deadline",    "kernel/sync/semaphore.h": "Semaphores",
    "kernel/sync/event_flags.h": "Event flags", "kernel/mm/pool.h": "Pools", "kernel/sync/barrier.h": "Barriers",
    "kernel/sync/mutex.h": "Mutexes", "kernel/sync/condition.h": "Conditions",
    "kernel/sync/rwlock.h": "Reader-writer locks", "kernel/sync/wait_any.h": "Waiting for several",
    "kernel/mm/kernel_vm.h": "Kernel mappings", "kernel/console/log.h": "Log", "kernel/irq/irq.h": "Interrupt lines",
}
_OTHERS = {"app_exit": "ends the machine"}


def _contexts(call, comment):
    if call.is_unmasked:
        return "threads"
    if re.search(r"[Aa]ny context", comment):
        return "any"
    return "threads, boot"


def _figures(call, entry, comment):
    complexity = _COMPLEXITY.search(comment)
    parts = [f"bound {entry['bound']:,}", f"masked {entry['masked']:,}", complexity[0] if complexity else None,
             "may block" if entry["may_block"] else "does not block", f"context: {_contexts(call, comment)}"]
    return " · ".join(part for part in parts if part)


def text(root, gathered):
    """The whole page."""
    lines, header, comment = [_HEAD], None, ""
    for call in headers.public_calls(root):
        if call.header != header:
            header, comment = call.header, ""
            lines.append(f"\n## {_TITLES[header]}\n\n[{header}](../{header})\n")
        # What stands under one comment is told by it together.
        comment = call.comment or comment
        entry = gathered["entries"].get(call.name)
        figures = _figures(call, entry, comment) if entry else _OTHERS.get(call.name, "not in the image")
        lines.append(f"### `{call.name}`\n\n```c\n{call.prototype};\n```\n\n{comment}\n\n*{figures}*\n")
    return "\n".join(lines)


def missing(root, gathered):
    """Public calls that the image does not hold, so that nothing is known of them."""
    return [f"{call.header}:{call.line}: {call.name} is in no image that was analysed: call it in tests/evidence"
            for call in headers.public_calls(root) if call.name not in gathered["entries"] and call.name not in _OTHERS]


def stale(root, gathered):
    """Whether the page is not what would be written now."""
    try:
        with open(f"{root}/{FILE}", encoding="utf-8") as file:
            old = file.read()
    except FileNotFoundError:
        old = ""
    return [] if old == text(root, gathered) else [f"{FILE} is not as the headers and the image say; ./genrt bounds --update writes it"]


def write(root, gathered):
    """Writes the page."""
    with open(f"{root}/{FILE}", "w", encoding="utf-8") as file:
        file.write(text(root, gathered))
