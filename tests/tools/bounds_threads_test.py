#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The stacks of threads that an application names: what tools/bounds/threads.py says of them, against what the threads
measure themselves when they run."""

import os
import re
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bounds_collection as collection  # noqa: E402

sys.path.insert(0, os.path.join(collection.ROOT, "tools"))
import qemu  # noqa: E402

# Each thread writes the lowest byte of every frame, so that what is told is what was reserved.
PROGRAM = """
#define LOG_MODULE "app"
#include "kernel/app.h"
#include "kernel/console/console.h"
#include "kernel/mm/heap.h"
#include "kernel/sched/thread.h"
#include "lib/bound.h"
#include "lib/format.h"

#define ROOM(name, bytes, next) \\
    NOINLINE static void name(void) { \\
        volatile char room[bytes]; \\
        __asm__ volatile("" ::"r"(room) : "memory"); \\
        room[0] = 1; \\
        next; \\
        room[1] = room[0]; \\
    }
ROOM(leaf, 1000, thread_yield())
ROOM(second, 2000, leaf())
ROOM(first, 1500, second())

static void flat(void *argument) { (void)argument; leaf(); }
static void deep(void *argument) { (void)argument; first(); }
static void huge(void *argument) { (void)argument; first(); }
static void endless(void *argument) { (void)argument; for (;;) { first(); thread_sleep_ms(1); } }
static NOINLINE uint64_t again(uint64_t n) {
    uint64_t below = n == 0 ? 0 : again(n - 1);
    __asm__ volatile("" : "+r"(below));
    return below * 3 + n;
}
static void turns(void *argument) { again((uint64_t)(uintptr_t)argument); }

BOUND_STACK(flat, 0);
BOUND_STACK(deep, 8193);
BOUND_STACK(huge, 99999999);
BOUND_STACK(endless, 0);
BOUND_STACK(turns, 0);

static void measure(thread_entry entry, const char *name, uint64_t size) {
    const struct thread_attributes attributes = {.name = name, .priority = 40, .stack_size = size, .measure_stack = true};
    thread_id_t id;
    uint64_t used;
    char line[80];
    if (thread_spawn(entry, NULL, &attributes, &id) != STATUS_OK || thread_stack_usage(id, &used, &size) != STATUS_OK) {
        app_exit(1);
    }
    console_write(line, format_buffer(line, sizeof line, "used %s %llu\\n", name, (unsigned long long)used));
}

void app_main(void) {
    measure(flat, "flat", 0);
    measure(deep, "deep", 8193);
    measure(endless, "endless", 0);
    if (app_argument("never") != NULL) {
        measure(huge, "huge", 0);
        measure(turns, "turns", 0);
    }
    app_exit(0);
}
"""
# The same each time: make remembers where sources were.
DIRECTORY = os.path.join(collection.ROOT, "build", "threads-app")
SLACK = 600  # bytes: what masking calls look for, and callees that are not reached here


class Threads(unittest.TestCase):
    def build(self, toolchain):
        """(the image, what make said)"""
        environment = {key: value for key, value in os.environ.items()
                       if key not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "VARIANT", "EXTRA_CFLAGS", "BUILD", "APP")}
        done = subprocess.run(["make", f"TOOLCHAIN={toolchain}", "VARIANT=threads", f"APP={DIRECTORY}", "app.elf"], cwd=collection.ROOT,
                              env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)
        return os.path.join(collection.ROOT, f"build/{toolchain}-release-threads/app.elf"), done.stdout

    def told(self, image):
        done = subprocess.run([sys.executable, "tools/bounds/threads.py", image], cwd=collection.ROOT, text=True,
                              stdout=subprocess.PIPE, check=False)
        rows = dict(re.findall(r"^stack of thread (\w+): (.*)$", done.stdout, re.MULTILINE))
        return done.returncode, rows, re.findall(r"^warning: .*$", done.stdout, re.MULTILINE)

    def setUp(self):
        os.makedirs(DIRECTORY, exist_ok=True)
        with open(os.path.join(DIRECTORY, "app.c"), "w", encoding="utf-8") as file:
            file.write(PROGRAM)

    def test_what_is_told_and_what_is_used(self):
        for toolchain in collection.TOOLCHAINS:
            with self.subTest(toolchain):
                image, said = self.build(toolchain)
                status, rows, warnings = self.told(image)
                self.assertEqual((status, len(warnings)), (1, 1), rows)
                self.assertIn("thread huge asks for a larger stack than there is", warnings[0])
                self.assertIn(warnings[0], said)
                self.assertRegex(rows["turns"], "not told: .*recursion")
                self.assertRegex(rows["deep"], "of 32768 bytes$")
                result = qemu.run_captured(qemu.Machine(exact=True), qemu.Start(image), 60)
                used = {name: int(bytes_) for name, bytes_ in re.findall(r"used (\w+) (\d+)", result.output.decode())}
                self.assertEqual((result.status, sorted(used)), (0, ["deep", "endless", "flat"]))
                for name, bytes_ in used.items():
                    need = int(rows[name].split()[0])
                    self.assertTrue(bytes_ <= need <= bytes_ + SLACK, f"{toolchain}: {name} used {bytes_} of {need}")


if __name__ == "__main__":
    unittest.main(verbosity=1)
