# SPDX-License-Identifier: MIT
"""The build, on a kernel of a few lines: what lands where, what is rebuilt when, and what leaves no program behind."""

import json
import os
import shutil
import subprocess
import tempfile
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SPDX = "/* SPDX-License-Identifier: MIT */\n"
TREE = {
    "arch/aarch64/boot/start.S": '.section .text.start, "ax"\n.global _start\n_start: b boot_main\n',
    "arch/aarch64/boot/main.c": "void boot_main(void);\nstatic volatile int seen;\nstatic const char text[] = \"low\";\n"
                                "void boot_main(void) {\n    for (int i = 0; text[i]; i++) {\n        seen = text[i];\n    }\n}\n",
    "arch/aarch64/asm_offsets.c": "struct pair {\n    long a, b;\n};\nvoid asm_offsets(void);\nvoid asm_offsets(void) {\n"
                                  '    __asm__ volatile("\\n->PAIR_B %0" ::"i"(__builtin_offsetof(struct pair, b)));\n}\n',
    "arch/aarch64/high.S": '#include "generated/asm_offsets.h"\n.text\n.global high\nhigh: mov x0, #PAIR_B\n    ret\n',
    "arch/aarch64/kernel.ld.S": """#include "config.h"
ENTRY(_start)
SECTIONS {
    . = IMAGE;
    .boot : { *(.boot.text.start) *(.boot.*) }
    .text : { *(.text .text.*) }
    .rodata : { *(.rodata .rodata.*) }
    .data : { *(.data .data.*) }
    .bss : { *(.bss .bss.*) }
    .got : { *(.got) *(.got.plt) *(.igot) *(.igot.plt) *(.iplt) *(.plt) }
    .rela : { *(.rela.*) }
    .symtab 0 : { *(.symtab) }
    .strtab 0 : { *(.strtab) }
    .shstrtab 0 : { *(.shstrtab) }
    /DISCARD/ : { *(.note*) *(.comment) *(.debug*) }
}
""",
    "config.h": SPDX + "#define IMAGE 0x40080000\n",
    "lib/one.c": "int one(void);\nint one(void) {\n    return 1;\n}\n",
    "services/demo/demo.c": "void app_main(void);\nvoid app_main(void) {\n}\n",
    "tools/bounds/threads.py": "import sys\nprint('warning: looked at', sys.argv[1])\n",
    "tools/check_boot.py": "import os, sys\nsys.exit(os.path.exists('planted'))\n",
    "tests/unit/test_main.c": "int test_one(void);\nint main(void) {\n    return test_one();\n}\n",
    "tests/unit/lib/one_test.c": "int test_one(void);\nint one(void);\nint test_one(void) {\n    return one() != 1;\n}\n",
    "outside/app.c": "void app_main(void);\nvoid app_main(void) {\n}\n",
}


class Makefile(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.tree = scratch.name
        shutil.copytree(os.path.join(ROOT, "mk"), os.path.join(self.tree, "mk"))
        shutil.copy(os.path.join(ROOT, "Makefile"), self.tree)
        for path, text in TREE.items():
            self.write(path, text)

    def write(self, path, text):
        path = os.path.join(self.tree, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def read(self, path):
        with open(os.path.join(self.tree, path), encoding="utf-8") as file:
            return file.read()

    def exists(self, path):
        return os.path.exists(os.path.join(self.tree, path))

    def make(self, *arguments, fails=False):
        environment = {key: value for key, value in os.environ.items()
                       if key not in ("MAKEFLAGS", "MAKELEVEL", "TOOLCHAIN", "BUILD", "VARIANT", "EXTRA_CFLAGS", "APP")}
        done = subprocess.run(["make", *arguments], cwd=self.tree, env=environment, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        self.assertEqual(done.returncode != 0, fails, done.stdout)
        return done.stdout

    def sections(self, path):
        listing = subprocess.run(["aarch64-linux-gnu-objdump", "-h", "-w", path], cwd=self.tree, check=True,
                                 capture_output=True, text=True).stdout
        return [line.split()[1] for line in listing.splitlines() if line.strip()[:1].isdigit() and "ALLOC" in line]

    def test_both_compilers(self):
        for toolchain in ("gcc", "clang"):
            self.make(f"TOOLCHAIN={toolchain}", "BUILD=debug")
            build = f"build/{toolchain}-debug"
            self.assertTrue(self.exists(f"{build}/genrt.elf") and self.exists(f"{build}/genrt.img"))
            self.assertIn("#define PAIR_B 8\n", self.read(f"{build}/generated/asm_offsets.h"))
            names = self.sections(f"{build}/obj/arch/aarch64/boot/main.c.o")
            self.assertTrue(names and all(name.startswith(".boot.") for name in names), names)

    def test_nothing_to_do(self):
        self.make()
        self.assertEqual(self.make().strip(), "")

    def test_what_changes_is_rebuilt(self):
        self.make()
        time.sleep(0.02)
        for path in ("lib/one.c", "arch/aarch64/asm_offsets.c", "config.h", "arch/aarch64/boot/main.c", "tools/check_boot.py"):
            os.utime(os.path.join(self.tree, path))
            self.assertIn("LINK    build/gcc-release/genrt.elf", self.make(), path)
        self.assertIn("CC      lib/one.c", self.make("EXTRA_CFLAGS=-DX=1"))
        self.assertIn("CC      lib/one.c", self.make())

    def test_a_variant_stands_beside(self):
        self.make("VARIANT=small", "EXTRA_CFLAGS=-DX=1", "genrt.elf")
        self.assertTrue(self.exists("build/gcc-release-small/genrt.elf"))
        self.assertFalse(self.exists("build/gcc-release"))

    def test_a_failed_boot_check_leaves_no_program(self):
        self.write("planted", "")
        self.make(fails=True)
        self.assertFalse(self.exists("build/gcc-release/genrt.elf"))

    def test_warnings_are_errors(self):
        for toolchain in ("gcc", "clang"):
            self.write("lib/one.c", "int one(void);\nint one(void) {\n    int unused;\n    return 1;\n}\n")
            self.assertIn("unused", self.make(f"TOOLCHAIN={toolchain}", fails=True))

    def test_an_application_from_elsewhere(self):
        self.assertIn("warning: looked at build/gcc-release/app.elf", self.make("APP=outside", "app.elf"))
        self.assertTrue(self.exists("build/gcc-release/app.elf"))
        self.assertIn("no .c files", self.make("APP=nowhere", "app.elf", fails=True))

    def test_an_application_whose_folder_is_gone(self):
        self.write("elsewhere/app.c", TREE["outside/app.c"])
        self.make("APP=elsewhere", "app.elf")
        shutil.rmtree(os.path.join(self.tree, "elsewhere"))
        self.make("APP=outside", "app.elf")

    def test_floating_point_in_files_that_say_so(self):
        half = "int half(int number);\nint half(int number) {\n    return (int)(number * 0.5);\n}\n"
        self.write("outside/half_fp.c", half)
        for toolchain in ("gcc", "clang"):
            self.make("APP=outside", "app.elf", f"TOOLCHAIN={toolchain}")
        self.write("outside/half.c", half)  # Clang makes calls of it, which nothing answers where the code is used
        self.make("APP=outside", "app.elf", fails=True)

    def test_programs_of_this_machine(self):
        for toolchain, directory in (("gcc", "host"), ("clang", "host-clang")):
            said = self.make("host-unit", f"TOOLCHAIN={toolchain}", "V=1")
            self.assertIn(f"\n{toolchain} -std", "\n" + said)
            program = os.path.join(self.tree, "build", directory, "unit/lib/one_test")
            self.assertEqual(subprocess.run([program], check=False).returncode, 0)

    def test_editors(self):
        self.make()
        entries = json.loads(self.read("compile_commands.json"))
        self.assertIn("arch/aarch64/boot/main.c", [entry["file"] for entry in entries])
        self.assertIn("tests/unit/lib/one_test.c", [entry["file"] for entry in entries])

    def test_wrong_values(self):
        self.assertIn("gcc or clang", self.make("TOOLCHAIN=tcc", fails=True))
        self.assertIn("release or debug", self.make("BUILD=fast", fails=True))


if __name__ == "__main__":
    unittest.main()
