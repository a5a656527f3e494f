# SPDX-License-Identifier: MIT
"""The layers checker: a clean tree passes, each planted violation is found at its line."""

import os
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))
import check_layers  # noqa: E402

LAYERS = """
0 lib
1 arch
1 arch/aarch64 -> arch
2 kernel/cpu
4 kernel/time
4 drivers
4 platform -> drivers
5 kernel/sched
9 services
9 examples
10 kernel/*
8 kernel/app.h
10 kernel/tables
11 tests
"""

CLEAN = {
    "mk/layers.txt": LAYERS,
    "lib/bits.h": "#include <stdint.h>\n",
    "arch/cpu.h": '#include "lib/bits.h"\n#include <arch_inline/cpu.h>\n',
    "arch/aarch64/arch_inline/cpu.h": '#include "lib/bits.h"\n',
    "arch/aarch64/vectors.S": '#include "generated/asm_offsets.h"\n',
    "kernel/cpu/cpu.h": '#include "arch/cpu.h"\n',
    "kernel/time/time.h": "",
    "kernel/sched/thread.h": '#include "kernel/time/time.h"\n',
    "kernel/sched/thread_internal.h": '#include "kernel/sched/thread.h"\n',
    "kernel/sched/thread.c": '#include "kernel/sched/thread_internal.h"\n// #include "kernel/main.h"\n',
    "kernel/tables/calls.c": '#include "kernel/sched/thread_internal.h"\n',
    "drivers/uart/pl011.h": "",
    "platform/virt.c": '#include "drivers/uart/pl011.h"\n',
    "services/demo/demo.c": '#include "kernel/sched/thread.h"\n',
    "kernel/main.c": '#include "services/demo/demo.h"\n',
    "examples/some/app.c": '#include "app.h"\n#include "kernel/sched/thread.h"\n',
    "examples/some/app.h": "",
    "services/demo/demo.h": '#include "kernel/app.h"\n',
    "kernel/app.h": "",
    "kernel/panic.h": "",
    "tests/unit/kernel/sched/thread_test.c": '#include <stdio.h>\n#include "kernel/sched/thread_internal.h"\n',
}


def violations(extra):
    with tempfile.TemporaryDirectory() as root:
        for path, text in {**CLEAN, **extra}.items():
            os.makedirs(os.path.join(root, os.path.dirname(path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                file.write(text)
        return check_layers.check(root)


class CheckLayers(unittest.TestCase):
    def expect(self, path, include, words, line=3):
        found = violations({path: f"\n/* why */\n#include {include}\n"})
        self.assertEqual(len(found), 1, found)
        self.assertTrue(found[0].startswith(f"{path}:{line}: "), found)
        self.assertIn(words, found[0])

    def test_clean(self):
        self.assertEqual(violations({}), [])

    def test_upward(self):
        self.expect("kernel/time/bad.c", '"kernel/sched/thread.h"', "may not see")

    def test_neighbour_not_named(self):
        self.expect("drivers/bad.c", '"platform/virt.c"', "may not see")
        self.expect("kernel/time/bad.c", '"drivers/uart/pl011.h"', "may not see")

    def test_generic_code_sees_no_implementation(self):
        self.expect("arch/bad.h", '"arch/aarch64/arch_inline/cpu.h"', "arch_inline")

    def test_arch_inline_outside_contract(self):
        self.expect("kernel/cpu/bad.c", "<arch_inline/cpu.h>", "arch_inline")
        self.expect("kernel/cpu/bad.c", '"arch/aarch64/arch_inline/cpu.h"', "arch_inline")

    def test_not_from_the_root(self):
        self.expect("kernel/sched/bad.c", '"thread.h"', "not a path from the root")
        self.expect("kernel/sched/bad.c", '"kernel/sched/../sched/thread.h"', "detours")

    def test_beside_in_an_application_outside(self):
        self.expect("examples/some/bad.c", '"other.h"', "not a path from the root")
        self.expect("services/demo/bad.c", '"demo.h"', "not a path from the root")

    def test_internal(self):
        self.expect("services/demo/bad.c", '"kernel/sched/thread_internal.h"', "internal")
        self.expect("kernel/bad.c", '"kernel/sched/thread_internal.h"', "internal")

    def test_host_header(self):
        self.expect("kernel/sched/bad.c", "<stdio.h>", "freestanding")

    def test_computed_include(self):
        self.expect("kernel/sched/bad.c", "HEADER", "preprocessor")

    def test_generated_outside_assembly(self):
        self.expect("arch/aarch64/bad.c", '"generated/asm_offsets.h"', "only .S")

    def test_no_room(self):
        for path in ("attic/old.c", "kernel/attic/old.c"):
            self.assertEqual(violations({path: ""}), [f"{path}:1: in no room of mk/layers.txt"])

    def test_composition_is_seen_by_none(self):
        self.expect("services/demo/bad.c", '"kernel/panic.h"', "may not see")

    def test_table_itself(self):
        for bad in ("4 kernel/x -> nowhere\n", "lib 0\n", "0 lib\n0 lib\n", "4 a -> b\n4 b -> a\n", "4 a ->\n"):
            with self.assertRaises(check_layers.LayersError, msg=bad):
                check_layers.Layers(bad)


if __name__ == "__main__":
    unittest.main()
