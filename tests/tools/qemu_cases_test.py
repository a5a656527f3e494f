# SPDX-License-Identifier: MIT
"""Cases and records: what is read, what is refused, and that only records decide."""

import os
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))
import qemu  # noqa: E402
import qemu_cases  # noqa: E402
import tap  # noqa: E402

GOOD = b"boot says hello\r\n1..2\r\nok 1 - a\r\n[info] not ok at all\r\nrecord x=1\r\nok 2 - b\r\n"


def judged(line, output=GOOD, status=0):
    return qemu_cases.judge(qemu_cases.parse(line)[0], qemu.Result(output, "", status))


class Records(unittest.TestCase):
    def test_only_records(self):
        self.assertEqual(tap.records(GOOD), ["1..2", "ok 1 - a", "record x=1", "ok 2 - b"])

    def test_complete_run(self):
        self.assertIsNone(tap.judge(tap.records(GOOD)))
        self.assertIsNone(tap.judge(["ok 1", "1..1"]))

    def test_incomplete_runs(self):
        for lines in ([], ["record x"], ["1..2", "ok 1 - a"], ["ok 1 - a"], ["1..0"], ["1..1", "1..1", "ok 1"],
                      ["1..2", "ok 1", "ok 1"], ["1..2", "ok 2", "ok 1"], ["1..1", "ok 1", "ok 2"],
                      ["1..2", "ok 1", "not ok 2 - b"], ["1..1", "ok 1", "record panic reason=check"]):
            self.assertIsNotNone(tap.judge(lines), lines)

    def test_panic_reason(self):
        self.assertEqual(tap.panic_reason(["record panic cpu=0 reason=no_memory at=x"]), "no_memory")
        self.assertIsNone(tap.panic_reason(["record panicky reason=a"]))


class Judging(unittest.TestCase):
    def test_pass(self):
        self.assertIsNone(judged("a"))

    def test_fail(self):
        self.assertIn("exit status 3", judged("a", status=3))
        self.assertIn("no end", judged("a", status=None))
        self.assertIn("no TAP", judged("a", output=b"ok, all fine\nPASS\n"))
        self.assertIn("not ok 1", judged("a", output=b"1..1\nnot ok 1 - x\n"))

    def test_skipped(self):
        output = GOOD + b"record skipped CONFIG_SERVERS >= 2\n"
        self.assertIn("skipped", judged("a", output))
        self.assertIsNone(judged("a config=smallest", output))

    def test_panic(self):
        output = b"1..3\nok 1 - a\nrecord panic reason=fault\n"
        self.assertIsNone(judged("a expect=panic:fault", output, 1))
        self.assertIn("panic reason fault", judged("a expect=panic:other", output, 1))
        self.assertIn("panic reason None", judged("a expect=panic:fault", GOOD, 1))
        self.assertIn("exit status 0", judged("a expect=panic:fault", output, 0))

    def test_exit(self):
        self.assertIsNone(judged("a expect=exit:7", b"", 7))
        self.assertIn("expected 7", judged("a expect=exit:7", b"", 0))

    def test_record(self):
        self.assertIsNone(judged("a record=x=1"))
        self.assertIn("no line", judged("a record=x=2"))
        self.assertIn("no line", judged("a record=hello"))


class Parsing(unittest.TestCase):
    def test_comments_and_defaults(self):
        cases = qemu_cases.parse("# all\n\na # one\nb el=2 cpu=max bootargs=log=debug,for=1s\n")
        self.assertEqual([case.name for case in cases], ["a", "b"])
        self.assertEqual(cases[0].machine(), qemu.Machine(exact=True))
        self.assertEqual(cases[0].bootargs(), "case=a")
        self.assertEqual(cases[1].bootargs(), "case=b log=debug for=1s")
        self.assertEqual(cases[1].machine().el, 2)

    def test_seeded(self):
        case = qemu_cases.parse_line("a long=3 bootargs=x=y")
        self.assertEqual([one.bootargs() for one in case.seeded()],
                         ["case=a x=y", "case=a x=y seed=1", "case=a x=y seed=2"])
        self.assertEqual(qemu_cases.parse_line("a").seeded(), [qemu_cases.parse_line("a")])

    def test_builds(self):
        case = qemu_cases.parse("a variant=big:-DX=1,-DY build=debug entry=image")[0]
        self.assertEqual(case.make_arguments(), ("BUILD=debug", "VARIANT=big", "EXTRA_CFLAGS=-DX=1 -DY"))
        self.assertEqual(case.program("clang"), "build/clang-debug-big/selftest.img")

    def test_starts(self):
        case = qemu_cases.parse("a entry=image dtb=wild_cells initrd=yes fill=yes")[0]
        self.assertEqual([case.keys[key] for key in ("dtb", "initrd", "fill")], ["wild_cells", "yes", "yes"])

    def test_made_contents(self):
        initrd, fill = qemu_cases.initrd_contents(), qemu_cases.fill_contents()
        self.assertEqual((len(initrd), len(fill)), (qemu_cases.INITRD_BYTES, qemu_cases.FILL_BYTES))
        self.assertEqual(initrd[:9], b"\0\0\0\0\x78\x56\x34\x12\x01")
        self.assertEqual(fill, qemu_cases.fill_contents())
        self.assertNotIn(bytes(8), fill)

    def test_malformed(self):
        for line in ("A", "a el=3", "a el", "a =1", "a what=1", "a el=1 el=1", "a cpu=8086", "a memory=256", "a smp=0",
                     "a dtb=unheard_of", "a variant=x", "a expect=maybe", "a timeout=301", "a runs=2", "a bootargs=,",
                     "a entry=image dtb=none", "a initrd=yes", "a fill=yes", "a entry=image fill=1"):
            with self.assertRaises(qemu_cases.CaseError, msg=line) as caught:
                qemu_cases.parse("# first\n" + line)
            self.assertIn("cases.txt:2: ", str(caught.exception))

    def test_twice(self):
        with self.assertRaises(qemu_cases.CaseError):
            qemu_cases.parse("a\na\n")
        with self.assertRaises(qemu_cases.CaseError):
            qemu_cases.parse("a variant=x:-DA\nb variant=x:-DB\n")

    def test_the_file_itself(self):
        path = os.path.join(ROOT, qemu_cases.CASES_FILE)
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                qemu_cases.parse(file.read())


if __name__ == "__main__":
    unittest.main()
