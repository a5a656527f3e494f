# SPDX-License-Identifier: MIT
"""The names and words checkers: a clean file passes, each planted violation is found."""

import os
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))
import check_names  # noqa: E402
import check_words  # noqa: E402

HEAD = "/* SPDX-License-Identifier: MIT */\n/* The idea. */\n"
CLEAN = HEAD + """#include <stdint.h>
#define MAKE(x) \\
    void strange(int x)
typedef struct {
    uint64_t ticks;
} moment_t;
struct queue {
    void (*hook)(int);
};
typedef void (*other_fn)(void);
enum colour { RED };
extern const struct queue table[];
MUST_USE int queue_pop(struct queue *queue) REQUIRES(lock);
int room_start(void); /* int wrong(void); */
static inline moment_t moment_now(void) {
    return other(1);
}
NORETURN __attribute__((cold)) void room(const char *format, ...);
_Static_assert(sizeof(int) == 4, "wrong(1)");
MACRO_CALL(a, b);
"""


def names(path, text, allowed=None):
    return list(check_names.check_file(path, text, allowed or {}))


class CheckNames(unittest.TestCase):
    def test_clean(self):
        self.assertEqual(names("kernel/x/room.h", CLEAN), [])

    def test_foreign_prefix(self):
        for declaration in ("int pop(void);", "static inline int pop(int x) {\n    return x;\n}",
                            "MUST_USE status_t\npop(int a,\n    int b) REQUIRES(x);", "struct queue *pop(void);",
                            "int roomy(void);"):
            found = names("kernel/x/room.h", CLEAN + declaration)
            self.assertEqual(len(found), 1, (declaration, found))
            self.assertIn("begins with none of", found[0])

    def test_allow_list(self):
        text = HEAD + "int pop(void);\nint push_all(void);\n"
        self.assertEqual(names("kernel/x/room.h", text, {"kernel/x/room.h": ["pop", "push_"]}), [])
        self.assertEqual(len(names("kernel/x/room.h", text, {"kernel/x/room.h": ["po"]})), 2)

    def test_arch(self):
        self.assertEqual(names("arch/cpu.h", HEAD + "void arch_halt(void);\n"), [])
        self.assertEqual(len(names("arch/cpu.h", HEAD + "void halt(void);\n")), 1)

    def test_internal_header_is_free(self):
        self.assertEqual(names("kernel/x/room_internal.h", HEAD + "void pop(void);\n"), [])

    def test_spdx(self):
        self.assertIn("no SPDX", names("lib/a.c", "/* The idea. */\nint x;\n")[0])
        self.assertIn("no SPDX", names("tools/a.py", "#!/usr/bin/env python3\nprint()\n")[0])
        self.assertEqual(names("tools/a.py", "#!/usr/bin/env python3\n# SPDX-License-Identifier: MIT\n"), [])

    def test_idea(self):
        self.assertIn("idea", names("lib/a.c", "/* SPDX-License-Identifier: MIT */\nint x;\n")[0])

    def test_length(self):
        self.assertEqual(names("lib/a.c", HEAD + "\n" * 498), [])
        self.assertIn("at most 500", names("lib/a.c", HEAD + "\n" * 499)[0])
        self.assertEqual(names("tests/unit/a.c", HEAD + "\n" * 998), [])
        self.assertIn("at most 1000", names("tests/unit/a.c", HEAD + "\n" * 999)[0])

    def test_weak(self):
        for line in ("__attribute__((weak)) void f(void);", "#pragma weak f", "    .weak f", "__weak int x;"):
            self.assertTrue(any("weak" in found for found in names("lib/a.S", HEAD + line)), line)
        self.assertEqual(names("lib/a.c", HEAD + '/* weak */ const char *s = "weak";\n'), [])

    def test_linker_hook(self):
        self.assertEqual(len(names("kernel/a.c", HEAD + "extern char __start_drivers[];\n")), 1)
        self.assertEqual(len(names("kernel/a.c", HEAD + "__attribute__((constructor)) void f(void);\n")), 1)

    def test_list_names_no_missing_header(self):
        with tempfile.TemporaryDirectory() as root:
            os.mkdir(os.path.join(root, "mk"))
            with open(os.path.join(root, "mk", "names.txt"), "w", encoding="utf-8") as file:
                file.write("lib/gone.h x\n")
            self.assertEqual(len(check_names.check(root)), 1)


class CheckWords(unittest.TestCase):
    def found(self, line):
        with tempfile.TemporaryDirectory() as root:
            with open(os.path.join(root, "a.md"), "w", encoding="utf-8") as file:
                file.write("fine\n" + line + "\n")
            return check_words.check(root)

    def test_clean(self):
        for line in ("todo list of the day", "see docs/work/x.md", "http://x.org/home/y", "an issue of taste", "homework"):
            self.assertEqual(self.found(line), [], line)

    # In pieces, or the checker finds this file.
    def test_planted(self):
        for line in ("x; // TO" "DO: later", "FIX" "ME", "see /wo" "rk/main/x", "in /ho" "me/me", "is" "sue #12",
                     "is" "sue 7", "<<<" "<<<< HEAD"):
            found = self.found(line)
            self.assertEqual(len(found), 1, line)
            self.assertTrue(found[0].startswith("a.md:2: "), found)


if __name__ == "__main__":
    unittest.main()
