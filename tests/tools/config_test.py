# SPDX-License-Identifier: MIT
"""config.h: a number outside its range does not compile and the error says the range; and the files of tests/config/
name every number there is."""

import os
import re
import subprocess
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# CONFIG_CPUS has one value; the others are no sizes, or follow from them. tests/config/smallest.h says so.
NOT_VARIED = {"CONFIG_CPUS", "CONFIG_MAIN_PRIORITY", "CONFIG_LOG_PRIORITY", "CONFIG_ADMISSION_RELEASE",
              "CONFIG_ADMISSION_FINISH", "CONFIG_ADMISSION_MASKED", "CONFIG_BSS_MAX", "CONFIG_BOOT_BSS_MAX", "CONFIG_TRACE"}
# One below and one above each range, or what is none of its steps.
WRONG = {
    "CONFIG_CPUS": (0, 2), "CONFIG_THREAD_SLOTS": (1, 65217), "CONFIG_STACK_BASE_SIZE": (4096, 8200),
    "CONFIG_STACK_SIZE_MAX": (8192, 1 << 25), "CONFIG_STACK_EXTRA": (0, 1025), "CONFIG_FP_THREADS": (0, 65),
    "CONFIG_SERVERS": (0, 65), "CONFIG_SERVER_REFILLS": (1, 12, 128), "CONFIG_PERIODIC_THREADS": (0, 255),
    "CONFIG_MAIN_PRIORITY": (-1, 64), "CONFIG_LOG_PRIORITY": (-1, 64), "CONFIG_QUANTUM_US": (9, 1000001),
    "CONFIG_ADMISSION_TASKS": (0, 1025), "CONFIG_ADMISSION_STEPS": (999, 1000001), "CONFIG_ADMISSION_RELEASE": (-1, ),
    "CONFIG_ASIDS": (0, 100, 320), "CONFIG_PROCESSES": (0, 256), "CONFIG_PROCESS_PAGES": (7, 262145),
    "CONFIG_PROCESS_HANDLES": (0, 257), "CONFIG_PROCESS_THREADS": (0, 65), "CONFIG_KERNEL_STACK_SIZE": (4096, 9000, 2 << 20),
    "CONFIG_MAILBOX_MESSAGE_MAX": (7, 4097), "CONFIG_WAIT_ANY_MAX": (0, 5), "CONFIG_INHERITANCE_CHAIN_MAX": (0, 65),
    "CONFIG_CEILINGS_HELD_MAX": (0, 1025), "CONFIG_HEAP_SIZE": ("0x80000u", "0x40001000u"),
    "CONFIG_LOG_RING_SIZE": (2048, 5000, 2 << 20), "CONFIG_LOG_FLOOR": (-1, 5), "CONFIG_MEMORY_RANGES_MAX": (3, 35),
    "CONFIG_MEMORY_MAX": ("0x20000000ul", "0x60000000ul", "0x80000000000ul"), "CONFIG_IMAGE_MAX": (4096, 1 << 28),
    "CONFIG_NAMES": (0, 1025), "CONFIG_TRACE": (-1, 2), "CONFIG_TRACE_RECORDS": (32, 100, 2 << 20), "CONFIG_MISS_PARTS": (0, 65),
    "CONFIG_IRQ_BINDINGS": (0, 255), "CONFIG_IRQ_LINES": (31, 1021),
}


def compile_config(*options):
    """What the compiler says of config.h with these options: nothing if all is right."""
    return subprocess.run(["gcc", "-std=gnu17", "-fsyntax-only", "-I.", *options, "-x", "c", "config.h"], cwd=ROOT,
                          capture_output=True, text=True, check=False).stderr


def names_in(path):
    """The numbers that a header defines."""
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return set(re.findall(r"^#define (CONFIG_[A-Z_0-9]+) ", file.read(), re.MULTILINE))


class Config(unittest.TestCase):
    def test_extremes_compile(self):
        for name in ("smallest", "largest"):
            self.assertEqual(compile_config("-include", f"tests/config/{name}.h"), "")

    def test_extremes_are_whole(self):
        there = names_in("config.h") - NOT_VARIED
        for name in ("smallest", "largest"):
            self.assertEqual(names_in(f"tests/config/{name}.h") - NOT_VARIED, there, name)

    def test_each_range_is_checked(self):
        checked = names_in("config.h") - {"CONFIG_STACK_CLASSES", "CONFIG_BSS_MAX", "CONFIG_BOOT_BSS_MAX",
                                          "CONFIG_ADMISSION_FINISH", "CONFIG_ADMISSION_MASKED"}
        self.assertEqual(set(WRONG), checked)

    def test_outside_does_not_compile(self):
        for name, values in WRONG.items():
            for value in values:
                errors = compile_config(f"-D{name}={value}")
                self.assertRegex(errors, f'static assertion failed: "[^"]*{name}', f"{name}={value}")

    def test_together(self):
        self.assertIn("65535 together", compile_config("-DCONFIG_THREAD_SLOTS=65000", "-DCONFIG_CEILINGS_HELD_MAX=536"))


if __name__ == "__main__":
    unittest.main()
