# SPDX-License-Identifier: MIT
"""The public calls, as the headers declare them: name, prototype, comment, and where each may be called."""

import os
import re
from dataclasses import dataclass

# What an application may include and call. lib/ has no state and is not listed.
PUBLIC_HEADERS = (
    "kernel/app.h", "kernel/sched/thread.h", "kernel/time/time.h", "kernel/ipc/mailbox.h", "kernel/ipc/irq_line.h",
    "kernel/mm/heap.h", "kernel/mm/frame.h", "kernel/mm/kernel_vm.h", "kernel/console/log.h", "kernel/irq/irq.h",
    "kernel/sched/admission.h", "kernel/sync/semaphore.h", "kernel/sync/event_flags.h", "kernel/mm/pool.h",
    "kernel/sync/barrier.h", "kernel/sync/mutex.h", "kernel/sync/condition.h", "kernel/sync/rwlock.h",
    "kernel/sync/wait_any.h", "kernel/sched/periodic.h", "kernel/sched/edf.h", "kernel/sync/miss_box.h", "kernel/sync/miss_account.h",
    "kernel/ipc/port.h", "kernel/sched/server.h", "kernel/sched/cpu_time.h", "kernel/sched/thread_view.h", "kernel/proc/process.h", "kernel/trace/trace.h",
)
_ITEM = re.compile(r"(?P<comment>/\*.*?\*/)|(?P<text>[^/]+|/)", re.DOTALL)
_PROTOTYPE = re.compile(r"(?P<head>[\w\s*]*?)\b(?P<name>[a-z]\w*)\((?P<parameters>[^;{]*)\)(?P<tail>[\w\s(),]*)$", re.DOTALL)
_APPLICATION = "app_main"
# Words of the comment of a call that no thread makes.
_BOOT_ONLY = re.compile(r"(^|\. )(Once\. )?Boot(,| only| or a test|\.)")


@dataclass(frozen=True)
class Call:
    """One public function."""

    name: str
    prototype: str
    comment: str
    header: str
    line: int
    is_inline: bool
    is_masked: bool    # for the kernel's own doors: IRQ_MASKED
    is_unmasked: bool  # threads only: IRQ_UNMASKED


def _statements(text):
    """(comment before it, statement without body, line) of everything at the outer level."""
    comment, statement, line, start, depth = "", "", 1, 1, 0
    for item in _ITEM.finditer(text):
        if item.group("comment"):
            if depth == 0 and not statement.strip():
                comment = item.group("comment")
            line += item.group().count("\n")
            continue
        for letter in item.group():
            line += letter == "\n"
            if letter == "}":
                depth -= 1
            if depth == 0 and letter in ";{}":
                if statement.strip() and letter != "}":
                    yield comment, " ".join(statement.split()), start
                    comment = ""
                statement = ""
            elif depth == 0:
                if not statement.strip() and letter.strip():
                    start, statement = line, ""
                statement += letter
            if letter == "{":
                depth += 1


def _strip_directives(text):
    """Preprocessor lines, with their continuations, become empty ones."""
    return re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda match: "\n" * match.group().count("\n"), text, flags=re.MULTILINE)


def _words(comment):
    lines = [line.strip().removeprefix("/*").removesuffix("*/").strip().removeprefix("*").strip() for line in comment.split("\n")]
    return " ".join(line for line in lines if line)


def read(root, header):
    """The Calls that one header declares."""
    with open(os.path.join(root, header), encoding="utf-8") as file:
        text = _strip_directives(file.read())
    calls = []
    for comment, statement, line in _statements(text):
        bare = re.sub(r"\b(MUST_USE|NORETURN|MAYBE_UNUSED|PRINTF_LIKE\([^)]*\)|IRQ_MASKED|IRQ_UNMASKED)\s*", "", statement).strip()
        match = _PROTOTYPE.match(bare)
        if not match or "=" in bare or bare.startswith(("typedef", "struct {", "enum", "_Static_assert")) or not match["head"].strip():
            continue
        calls.append(Call(match["name"], re.sub(r"^static (inline )?", "", bare), _words(comment), header, line,
                          "inline" in statement, "IRQ_MASKED" in statement, "IRQ_UNMASKED" in statement))
    return calls


def public_calls(root):
    """All of them, in the order of the headers; those for the doors or for the boot alone are left out, and what the
    kernel calls."""
    calls = [call for header in PUBLIC_HEADERS for call in read(root, header)]
    return [call for call in calls if not call.is_masked and not _BOOT_ONLY.search(call.comment) and call.name != _APPLICATION]
