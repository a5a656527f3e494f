# SPDX-License-Identifier: MIT
"""The plugin that watches the kernel run, on programs of a few instructions whose counts are known by counting."""

import os
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))
sys.path.insert(0, os.path.join(ROOT, "tools", "observe"))
import merge  # noqa: E402
import qemu  # noqa: E402
import qemu_cases  # noqa: E402
import subject  # noqa: E402

TOOLCHAIN = os.environ.get("TOOLCHAIN") or "gcc"
SELFTEST = os.path.join(ROOT, "build", f"{TOOLCHAIN}-release", "selftest.elf")
# As in arch/aarch64/asm_offsets.c.
OFFSETS = """#define FRAME_X 0
#define FRAME_PC 248
#define FRAME_SP 256
#define FRAME_PSTATE 272
#define FRAME_SIZE 288
"""

MACROS = """
    .macro FUNCTION name
    .global \\name
    .type \\name, %function
\\name:
    .endm
    .macro END name
    .size \\name, . - \\name
    .endm
    /* Ends the program; x0: its status. */
    .macro EXIT
    adr x1, exit_block
    str x0, [x1, #8]
    mov w0, #0x18
    hlt #0xf000
    b .
    .endm
    .data
    .balign 16
exit_block: .quad 0x20026, 0
    .text
"""

# Status: what PMCCNTR counted between `straight`'s first instruction and its last.
CALLS = MACROS + """
FUNCTION _start
    ldr x0, =stack_top
    mov sp, x0
    mov x0, #5
    msr pmcr_el0, x0
    mov x0, #0x80000000
    msr pmcntenset_el0, x0
    isb
    mrs x20, pmccntr_el0
    mrs x21, pmccntr_el0
    mrs x22, pmccntr_el0
    bl straight
    mrs x23, pmccntr_el0
    bl outer
    mov x2, #0
    bl conditional
    mov x2, #1
    bl conditional
    bl again
    bl first
    bl far
    adr x4, leaf
    blr x4
    sub x21, x21, x20
    sub x0, x23, x22
    sub x0, x0, x21
    sub x0, x0, #1          /* the bl */
    EXIT
END _start
FUNCTION straight           /* 1 + 20 * 2 + 1 */
    mov x1, #20
1:  subs x1, x1, #1
    b.ne 1b
    ret
END straight
FUNCTION leaf               /* 2 */
    nop
    ret
END leaf
FUNCTION outer              /* 1 + 1 + 42 + 1 + 2 + 1 + 1 + 3 */
    mov x19, x30
    bl straight
    bl leaf
    mov x30, x19
    b tail
END outer
FUNCTION tail               /* 3 */
    nop
    nop
    ret
END tail
FUNCTION conditional        /* 1 + 3 or 3 */
    cbz x2, tail
    nop
    ret
END conditional
FUNCTION again              /* 2 + 11 */
    mov x3, #5
    b again_first
END again
FUNCTION again_first        /* its loop begins at its first instruction: 5 * 2 + 1 */
    subs x3, x3, #1
    b.ne again_first
    ret
END again_first
FUNCTION first              /* 1, and falls into the next: 2 */
    nop
END first
FUNCTION second
    nop
    ret
END second
FUNCTION far                /* 3 + 3 */
    nop
    adr x4, tail
    br x4
END far
    .bss
    .balign 16
    .skip 4096
stack_top:
"""

# Two threads over the real doors. A task call's door: 21 instructions of vector_thread_sync, the handler, and 14 of
# frame_resume for a voluntary frame or 24 for a full one.
DOORS = MACROS + """
#include "generated/asm_offsets.h"
#include "lib/bound.h"
    .macro FRAME name, entry
    .balign 64
\\name: .skip 8 * 19
    .quad \\entry
    .skip 8 * 10
    .quad arch_thread_start, 0, \\name\\()_stack, 4
    .skip FRAME_SIZE - 8 * 34
    .skip 1024
\\name\\()_stack:
    .endm
    .data
    FRAME frame_a, entry_a
    FRAME frame_b, entry_b
    .balign 16
current: .quad frame_a, frame_b
faults: .quad 3000
    .skip 4096
kernel_stack:
    .text
    .global task_call_table
    .type task_call_table, %object
task_call_table: .quad switch_call, stay_call, end_call, 0, 0, 0, 0
    .size task_call_table, . - task_call_table
    .global syscall_table, user_copy_word, user_copy_byte, user_copy_bad
    .type syscall_table, %object
syscall_table: .quad stay_call  /* nobody is in user mode, and nothing is copied from there */
    .size syscall_table, . - syscall_table
FUNCTION user_copy
user_copy_word: nop
user_copy_byte: nop
user_copy_bad: ret
END user_copy

FUNCTION _start
    ldr x0, =vectors
    msr vbar_el1, x0
    ldr x0, =kernel_stack
    msr tpidr_el1, x0
    mov sp, x0
    bl gic_init
    ldr x0, =frame_a
    b arch_frame_resume
END _start
FUNCTION gic_init           /* 13, with accesses to devices within straight code */
    mov x0, #0x08000000
    mov w1, #1
    str w1, [x0]
    mov w2, #(1 << 27)
    str w2, [x0, #0x100]
    add x3, x0, #0x10000
    mov w4, #0xff
    str w4, [x3, #4]
    str w1, [x3]
    ldr w5, [x3]
    mov x6, #0
    msr cntv_ctl_el0, x6
    ret
END gic_init
FUNCTION stay_call          /* 3 */
    ldr x1, =current
    ldr x0, [x1]
    ret
END stay_call
FUNCTION switch_call        /* 6 */
    ldr x1, =current
    ldr x2, [x1]
    ldr x0, [x1, #8]
    str x0, [x1]
    str x2, [x1, #8]
    ret
END switch_call
FUNCTION end_call           /* 6; frame_a's thread goes on as entry_d */
    ldr x0, =frame_a
    ldr x1, =entry_d
    str x1, [x0, #8 * 19]
    ldr x1, =arch_thread_start
    str x1, [x0, #8 * 30]
    ret
END end_call
FUNCTION kernel_irq         /* 6 + 5 before the tail call of 6 */
    mov x3, #0x08000000
    add x3, x3, #0x10000
    ldr w4, [x3, #0xc]
    msr cntv_ctl_el0, xzr
    isb
    str w4, [x3, #0x10]
    b switch_call
END kernel_irq
FUNCTION trap_thread_fault  /* the thread goes on as entry_c */
    ldr x1, =entry_c
    str x1, [x0, #8 * 19]
    ldr x1, =arch_thread_start
    str x1, [x0, #8 * 30]
    mov x1, #4
    str x1, [x0, #FRAME_SP + 8]
    ret
END trap_thread_fault
FUNCTION trap_fatal
    mov x0, #99
    EXIT
END trap_fatal

FUNCTION entry_a
    bl work                 /* to b and back */
    mov x0, #100
    msr cntv_tval_el0, x0
    mov x0, #1
    msr cntv_ctl_el0, x0
    bl busy                 /* interrupted: to b and back */
    bl masking
    bl faulty
END entry_a
FUNCTION work               /* 1 + 1 + (1 + 42) + 1 + (1 + 39) + 2 */
    stp x29, x30, [sp, #-16]!
    bl task_call_yield
    bl task_call_reschedule
    ldp x29, x30, [sp], #16
    ret
END work
FUNCTION busy               /* 1 + 500 * 2 + 1 */
    mov x1, #500
1:  subs x1, x1, #1
    b.ne 1b
    ret
END busy
FUNCTION masking
    msr daifset, #2         /* 3 */
    add x3, x3, #1
    add x3, x3, #1
    msr daifclr, #2
    mrs x0, daif
    msr daifset, #2         /* 8, over an inner pair and a question */
    mrs x2, daif
    mrs x1, daif
    msr daifset, #2
    nop
    msr daif, x1
    nop
    nop
    msr daif, x0
    BOUND_RECORD BOUND_KIND_MASKS, mask, 1
    add x3, x3, #1          /* 2, by the interrupt controller */
    BOUND_RECORD BOUND_KIND_MASKS, mask, 0
    ret
END masking
FUNCTION faulty             /* does not return */
    nop
    brk #1
    ret
END faulty
FUNCTION entry_c            /* faults again and again: nothing of the old thread may stay */
    bl leaf
    ldr x1, =faults
    ldr x2, [x1]
    subs x2, x2, #1
    str x2, [x1]
    b.eq 1f
    bl faulty
1:  bl ending
END entry_c
FUNCTION ending             /* 1 + 1 + (1 + 42) */
    nop
    b task_call_thread_exit
END ending
FUNCTION entry_d
    mov x0, #7
    EXIT
END entry_d
FUNCTION leaf
    ret
END leaf
FUNCTION entry_b
    mov x1, #300
1:  subs x1, x1, #1
    b.ne 1b
    bl task_call_yield
    b entry_b
END entry_b
"""

LOOPS = """
#include "lib/bound.h"
#include <stdint.h>
void panic(const char *format, ...) { (void)format; for (;;) { } }
static volatile unsigned sink;
static inline __attribute__((always_inline)) void inner(unsigned count) {
    BOUND_LOOP(inner, 7);
    for (unsigned i = 0; i < count; i++) {
        BOUND_TURN(inner);
        sink = i;
    }
}
__attribute__((noinline)) static void rare(void) { BOUND_PATH(rare); sink = 1; }
__attribute__((noinline)) void limited(unsigned count) {
    BOUND_LIMIT(rare, 4);
    for (unsigned i = 0; i < count; i++) {
        BOUND_LOOP(none, 9);
        if (i % 4 == 0) {
            rare();
        }
    }
}
static inline __attribute__((always_inline)) void seldom(unsigned count) {
    BOUND_LIMIT(seldom, 2);
    for (unsigned i = 0; i < count; i++) {
        BOUND_PATH(seldom);
        sink = i;
    }
}
__attribute__((noinline)) void twice(void) {
    seldom(2);
    seldom(1);
}
/* Two copies of the inner loop; the last turn of the outer one is cut short. */
__attribute__((noinline)) void outer(unsigned count) {
    BOUND_LOOP(outer, 9);
    for (unsigned i = 0; i < count; i++) {
        BOUND_TURN(outer);
        if (i == 5) {
            break;
        }
        inner(i);
        inner(6 - i);
    }
}
int main(void);
int main(void) {
    outer(4);
    outer(20);
    outer(2);
    limited(10);
    limited(5);
    twice();
    return 0;
}
"""
LOOPS_START = MACROS + """
#include "lib/bound.h"
FUNCTION _start
    ldr x0, =stack_top
    mov sp, x0
    BOUND_LOOP moved, 4         /* its body is a function of its own */
    bl moved_body
    bl moved_body
    bl moved_body
    bl main
    EXIT
END _start
FUNCTION moved_body
    BOUND_TURN moved, 4
    ret
END moved_body
    .bss
    .balign 16
    .skip 4096
stack_top:
"""


def setUpModule():
    subprocess.run(["make", "-s", f"TOOLCHAIN={TOOLCHAIN}", subject.PLUGIN, "selftest.elf"], cwd=ROOT, check=True,
                   env={key: value for key, value in os.environ.items() if not key.startswith("MAKE")})


class Watched(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.directory = scratch.name
        os.mkdir(os.path.join(self.directory, "generated"))
        self.write("generated/asm_offsets.h", OFFSETS)

    def write(self, name, text):
        path = os.path.join(self.directory, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def build(self, *sources, flags=()):
        subprocess.run(["aarch64-linux-gnu-gcc", "-nostdlib", "-static", "-Wl,-Ttext=0x40080000,--build-id=none",
                        f"-I{ROOT}", "-I.", *flags, "-o", "guest.elf", *sources], cwd=self.directory, check=True)
        return os.path.join(self.directory, "guest.elf")

    def run_one(self, elf, case="one"):
        plugin = subject.plugin_argument(self.directory, elf, case)
        result = qemu.run_captured(qemu.Machine(exact=True), qemu.Start(elf, dtb="none", plugin=plugin), 20)
        self.assertEqual(result.errors, "")
        return result.status

    def seen(self, elf):
        found = merge.merge(self.directory, elf)
        self.assertEqual(found["problems"], [])
        return found

    def windows(self, found, *names):
        return {name: tuple(found["functions"][name][key] for key in ("calls", "min", "max")) for name in names}


class Calls(Watched):
    def setUp(self):
        super().setUp()
        self.elf = self.build(self.write("guest.S", CALLS))
        self.status = self.run_one(self.elf)

    def test_as_the_cycle_counter_says(self):
        self.assertEqual(self.status, 42)
        self.assertEqual(self.windows(self.seen(self.elf), "straight"), {"straight": (2, 42, 42)})

    def test_windows(self):
        expected = {"leaf": (2, 2, 2), "outer": (1, 52, 52), "tail": (3, 3, 3), "conditional": (2, 3, 4),
                    "again": (1, 13, 13), "again_first": (1, 11, 11), "first": (1, 3, 3), "second": (1, 2, 2),
                    "far": (1, 6, 6)}
        self.assertEqual(self.windows(self.seen(self.elf), *expected), expected)

    def test_every_instruction_and_edge(self):
        found = self.seen(self.elf)
        image = subject.Program(self.elf).image
        start = {name: function.address for name, function in image.by_name.items()}
        self.assertEqual(sum(found["executed"].values()), found["instructions"])
        self.assertEqual([found["executed"][start["straight"] + offset] for offset in (0, 4, 8, 12)], [2, 40, 40, 2])
        self.assertNotIn(start["_start"] + 4 * 30, found["executed"])  # the branch behind the exit
        self.assertEqual(found["edges"][start["straight"] + 8, start["straight"] + 4], 38)
        self.assertEqual(found["edges"][start["conditional"], start["tail"]], 1)
        self.assertEqual(found["edges"][start["far"] + 8, start["tail"]], 1)
        for edge, _ in found["edges"].items():
            self.assertNotEqual(edge[0] + 4, edge[1])

    def test_runs_are_added(self):
        self.run_one(self.elf, "another")
        found = self.seen(self.elf)
        self.assertEqual(found["cases"], ["another", "one"])
        self.assertEqual(self.windows(found, "conditional"), {"conditional": (4, 3, 4)})

    def test_broken_accounts_are_refused(self):
        path = os.path.join(self.directory, subject.digest(self.elf), "one.txt")
        with open(path, encoding="utf-8") as file:
            whole = file.read()
        for text in (whole.replace("\nend\n", "\n"), re.sub("^elf .*", "elf 0", whole), ""):
            self.write(path, text)
            with self.assertRaises(merge.MergeError):
                merge.merge(self.directory, self.elf)
        os.remove(path)
        with self.assertRaises(merge.MergeError):
            merge.merge(self.directory, self.elf)

    def test_summary(self):
        tool = os.path.join(ROOT, "tools", "observe", "merge.py")
        done = subprocess.run([sys.executable, tool, self.directory, self.elf], capture_output=True, text=True,
                              check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r"(?m)^straight +2 +42 +42  one$")


class Doors(Watched):
    def setUp(self):
        super().setUp()
        self.elf = self.build(self.write("guest.S", DOORS), os.path.join(ROOT, "arch/aarch64/vectors.S"))
        self.assertEqual(self.run_one(self.elf), 7)
        self.found = self.seen(self.elf)

    def test_a_thread_s_windows_leave_out_others(self):
        expected = {"work": (1, 86, 86), "busy": (1, 1002, 1002), "gic_init": (1, 13, 13), "kernel_irq": (1, 13, 13),
                    "task_call_yield": (2, 42, 42), "task_call_reschedule": (1, 39, 39), "leaf": (3000, 1, 1)}
        self.assertEqual(self.windows(self.found, *expected), expected)

    def test_doors(self):
        doors = {name: (door["calls"], door["min"], door["max"]) for name, door in self.found["doors"].items()}
        # 24 instructions before kernel_irq, 1 behind; 6 to thread_fault, 26 of it, 7 of the handler.
        self.assertEqual(doors, {"svc:0": (3, 41, 51), "svc:1": (1, 38, 38), "svc:2": (1, 41, 41),
                                 "irq": (1, 24 + 13 + 1 + 14, 52), "fault": (3000, 6 + 26 + 7 + 14, 53)})

    def test_functions_that_a_fault_ends_have_no_window(self):
        self.assertNotIn("faulty", self.found["functions"])
        self.assertNotIn("faulty", self.found["ends"])

    def test_the_last_calls_of_a_thread(self):
        ends = {name: (call["calls"], call["min"], call["max"]) for name, call in self.found["ends"].items()}
        self.assertEqual((ends["ending"], ends["task_call_thread_exit"]), ((1, 44, 44), (1, 42, 42)))
        self.assertNotIn("ending", self.found["functions"])

    def test_masked_stretches(self):
        start = subject.Program(self.elf).image.by_name["masking"].address
        stretches = {(stretch["start"] - start, stretch["end"] - start): (stretch["count"], stretch["max"])
                     for stretch in self.found["masked"] if stretch["function"] == "masking"}
        self.assertEqual(stretches, {(0, 12): (1, 3), (20, 52): (1, 8), (56, 64): (1, 2)})
        doors = {(stretch["function"], stretch["max"]) for stretch in self.found["masked"]
                 if stretch["function"] != "masking"}
        self.assertEqual(doors, {("vector_thread_sync", 53), ("vector_thread_sync", 51), ("vector_thread_irq", 52)})
        self.assertEqual(len(self.found["masked_boot"]), 1)

    def test_exceptions_are_no_edges_of_the_flow(self):
        named = subject.Program(self.elf).image.by_name
        vectors = {named["vector_thread_sync"].address, named["vector_thread_irq"].address}
        self.assertEqual({vector for _, vector in self.found["exceptions"]}, vectors)
        self.assertFalse(vectors & {to for _, to in self.found["edges"]})
        busy = named["busy"].address
        self.assertEqual(self.found["edges"][busy + 8, busy + 4], 499)


class Loops(Watched):
    def test_nested_inlined_unrolled(self):
        self.write("start.S", LOOPS_START)
        self.write("guest.c", LOOPS)
        for flags in (("-O2",), ("-O3", "-funroll-loops"), ("-Os",)):
            elf = self.build("start.S", "guest.c",
                             flags=("-ffreestanding", "-mstrict-align", "-mgeneral-regs-only", *flags))
            self.assertEqual(self.run_one(elf), 0)
            found = self.seen(elf)
            loops = {name: (loop["number"], loop["starts"], loop["max"]) for name, loop in found["loops"].items()}
            self.assertEqual(loops, {"guest.c:inner": (7, 2 * (4 + 5 + 2), 6), "guest.c:none": (9, 15, 0),
                                     "guest.c:outer": (9, 3, 6), "moved": (4, 1, 3)})
            self.assertEqual(found["paths"], {"guest.c:rare": {"number": 4, "starts": 2, "max": 3, "case": "one"},
                                              "guest.c:seldom": {"number": 2, "starts": 2, "max": 2, "case": "one"}})


class LeftOut(Watched):
    """What came by BOUND_LEFT_OUT is counted, not measured: each call that was under way, its door, its stretch."""

    SOURCE = MACROS + """
#include "lib/bound.h"
FUNCTION _start
    ldr x0, =stack_top
    mov sp, x0
    msr daifclr, #2
    mov x2, #0
    bl outer
    mov x2, #1
    bl outer
    mov x0, #0
    EXIT
END _start
FUNCTION outer              /* 7 + 7 + 1 */
    mov x19, x30
    msr daifset, #2         /* 9 */
    bl inner
    msr daifclr, #2
    msr daifset, #2         /* 1, behind it */
    msr daifclr, #2
    bl leaf
    ret x19
END outer
FUNCTION inner              /* 2 + 1 + 4 */
    mov x20, x30
    cbz x2, 1f
    BOUND_RECORD BOUND_KIND_LEFT, seldom, 0
1:  bl leaf
    nop
    nop
    ret x20
END inner
FUNCTION leaf
    ret
END leaf
    .bss
    .balign 16
    .skip 4096
stack_top:
"""

    def test_calls_and_stretches(self):
        elf = self.build(self.write("guest.S", self.SOURCE))
        self.assertEqual(self.run_one(elf), 0)
        found = self.seen(elf)
        expected = {"outer": (1, 16, 16), "inner": (1, 7, 7), "leaf": (4, 1, 1)}
        self.assertEqual(self.windows(found, *expected), expected)
        self.assertEqual(found["left_out"], {"outer": 1, "inner": 1, "masked outer+0x4": 1})
        stretches = [(stretch["count"], stretch["max"]) for stretch in found["masked_boot"] if stretch["function"] == "outer"]
        self.assertEqual(stretches, [(1, 9), (2, 1)])

    def test_a_door_and_who_opened_it(self):
        changed = DOORS.replace("FUNCTION stay_call          /* 3 */\n",
                                "FUNCTION stay_call\n    BOUND_RECORD BOUND_KIND_LEFT, seldom, 0\n")
        elf = self.build(self.write("guest.S", changed), os.path.join(ROOT, "arch/aarch64/vectors.S"))
        self.assertEqual(self.run_one(elf), 7)
        found = self.seen(elf)
        names = ("svc:1", "stay_call", "vector_thread_sync", "masked vector_thread_sync", "task_call_reschedule", "work")
        self.assertEqual(found["left_out"], dict.fromkeys(names, 1))
        self.assertNotIn("svc:1", found["doors"])
        expected = {"busy": (1, 1002, 1002), "task_call_yield": (2, 42, 42), "switch_call": (4, 6, 6)}
        self.assertEqual(self.windows(found, *expected), expected)


class Problems(Watched):
    """What does not fit is said, and where."""

    SOURCE = MACROS + """
#include "lib/bound.h"
FUNCTION _start
    BOUND_TURN lost, 3
    msr daif, x0
    adr x30, 1f
    ret
1:  BOUND_LOOP lost, 3
    mov x0, #0
    EXIT
END _start
"""

    def test_all_are_told(self):
        elf = self.build(self.write("guest.S", self.SOURCE))
        self.assertEqual(self.run_one(elf), 0)
        start = subject.Program(elf).image.by_name["_start"].address
        self.assertEqual(merge.merge(self.directory, elf)["problems"],
                         [("one", "return", 1, start + 12), ("one", "turn", 1, start), ("one", "restore", 1, start + 4)])
        tool = os.path.join(ROOT, "tools", "observe", "merge.py")
        done = subprocess.run([sys.executable, tool, self.directory, elf], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (1, ""))
        self.assertIn("problem in one: return, 1 times, first at _start+0xc\n", done.stdout)


class Selftest(Watched):
    """The kernel itself: watching changes nothing, and what is seen fits what the case does."""

    def run_case(self, observe):
        case = qemu_cases.parse("sleep")[0]
        plugin = subject.plugin_argument(self.directory, SELFTEST, "sleep") if observe else ""
        return qemu.run_captured(case.machine(), qemu.Start(SELFTEST, bootargs=case.bootargs(), plugin=plugin), 60)

    def test_the_same_to_the_last_byte(self):
        alone, watched = self.run_case(False), self.run_case(True)
        self.assertIn(b"ok 1", alone.output)
        self.assertEqual((alone.output, alone.status), (watched.output, watched.status))
        found = self.seen(SELFTEST)
        functions, doors = found["functions"], found["doors"]
        # The watchdog still sleeps at the end.
        self.assertEqual(functions["task_call_sleep"]["calls"], doors["svc:4"]["calls"] - 1)
        self.assertEqual(functions["vector_thread_irq"]["calls"], doors["irq"]["calls"])
        self.assertEqual(functions["vector_thread_irq"]["max"], doors["irq"]["max"])
        # The SVC itself, and its door.
        self.assertEqual(functions["task_call_sleep"]["max"], doors["svc:4"]["max"] + 1)
        self.assertEqual(doors["irq"]["max"], max(stretch["max"] for stretch in found["masked"]
                                                  if stretch["function"] == "vector_thread_irq"))


if __name__ == "__main__":
    unittest.main()
