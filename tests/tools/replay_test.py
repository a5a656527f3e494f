# SPDX-License-Identifier: MIT
"""Replay: the recorded run is the plain run, gdb stops where it failed, the way back is the way it came, the example
of docs/replay.md is as printed there, and QEMU never stays behind."""

import contextlib
import dataclasses
import os
import pty
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))
import qemu  # noqa: E402
import qemu_cases  # noqa: E402
import replay  # noqa: E402

os.chdir(ROOT)
TOOLCHAIN = os.environ.get("TOOLCHAIN") or "gcc"
DOC = os.path.join("docs", "replay.md")
LIMIT = 60  # seconds for anything here


def genrt(*arguments):
    return subprocess.run(["./genrt", "replay", *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=LIMIT, check=False)


def session(case, *commands, again=False):
    """Runs the commands in gdb; returns what was said before the first, and after each."""
    arguments = []
    for command in (*commands, ""):
        arguments += ["-ex", f"echo \\n(gdb) {command}\\n", *(["-ex", command] if command else [])]
    done = genrt(case, "--batch", *(["--again"] if again else []), "--", *arguments)
    if done.returncode != 0:
        raise AssertionError(f"status {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return re.split(r"^\(gdb\) .*\n", done.stdout, flags=re.MULTILINE)[:len(commands) + 1]


def case_named(name):
    with open(qemu_cases.CASES_FILE, encoding="utf-8") as file:
        return next(case for case in qemu_cases.parse(file.read()) if case.name == name)


def functions_of(elf):
    """{name: (address, size)}"""
    words = [line.split() for line in subprocess.run(
        ["aarch64-linux-gnu-nm", "-S", elf], capture_output=True, text=True, check=True).stdout.splitlines()]
    return {word[3]: (int(word[0], 16), int(word[1], 16)) for word in words if len(word) == 4 and word[2] in "tT"}


def plain_way(name, to, through):
    """The addresses that a plain run (not recorded) executes in these functions before it first comes to `to`."""
    machine, start = qemu_cases.prepare(case_named(name), TOOLCHAIN)
    functions = functions_of(os.path.splitext(start.program)[0] + ".elf")
    ranges = ",".join("%#x+%#x" % functions[function] for function in (to, *through))
    with tempfile.NamedTemporaryFile("r", encoding="ascii", suffix=".trace") as trace:
        subprocess.run([*qemu.command(machine, start, interactive=False), "-singlestep", "-d", "exec,nochain",
                        "-D", trace.name, "-dfilter", ranges],
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=LIMIT, check=False)
        way = [int(address, 16) for address in re.findall(r"\[[0-9a-f]+/([0-9a-f]+)/", trace.read())]
    # A block that QEMU leaves and enters again is told twice.
    way = [address for at, address in enumerate(way) if at == 0 or way[at - 1] != address]
    return way[:way.index(functions[to][0]) + 1]


def processes_of(case):
    """The numbers of the processes that have the recording's files on their command line."""
    found = []
    for number in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError), open(f"/proc/{number}/cmdline", "rb") as file:
            if f"{replay.RECORDINGS}/{case}/".encode() in file.read():
                found.append(int(number))
    return found


def is_left_alone(case, seconds=10):
    end = time.monotonic() + seconds
    while processes_of(case) and time.monotonic() < end:
        time.sleep(0.1)
    return not processes_of(case)


def addresses(said):
    return [int(text, 16) for answer in said for text in re.findall(r"^pc\s+(0x[0-9a-f]+)", answer, re.MULTILINE)]


class WayBack(unittest.TestCase):
    def check_way(self, case, to, through, steps):
        where = "info registers pc"
        back, forth = ["reverse-stepi", where] * steps, ["stepi", where] * steps
        said = session(case, where, *back, *forth)
        expected = plain_way(case, to, through)[-steps - 1:]
        self.assertEqual(len(expected), steps + 1)
        self.assertEqual(addresses(said), expected[::-1] + expected[1:])
        return said

    def test_panic(self):
        said = self.check_way("panic_check", "panic", ("panic_check", "thread_slots_total"), 8)
        self.assertIn("replay: at the panic", said[0])
        self.assertRegex(said[0], r'#0 .*panic \(format=.*"check failed: ')
        self.assertRegex(said[0], r"#[12] .*panic_check \(\)")
        self.assertIn("judged: as expected", said[0])

    def test_failed_test(self):
        said = self.check_way("replay_example", "tap_failed", ("tap_line", "tap_equal", "replay_example"), 16)
        self.assertIn("replay: at 'not ok 2 - replay_example: the limit is as it was set'", said[0])

    def test_long_way(self):
        """With states of the machine saved on the way."""
        said = self.check_way("hog_for_ever", "arch_semihosting_exit", ("app_exit",), 2)
        self.assertIn("replay: at the end", said[0])
        listing = subprocess.run(["qemu-img", "snapshot", "-l", f"{replay.RECORDINGS}/hog_for_ever/snapshots"],
                                 capture_output=True, text=True, check=True).stdout
        counts = [int(line.split()[-1]) for line in listing.splitlines() if line.split()[-1].isdigit()]
        arrival = int(re.search(r"after (\d+) instructions", said[0]).group(1))
        self.assertEqual(counts, [0, 16 << 20, arrival - (1 << 20)], listing)

    def test_fault(self):
        said = session("panic_kernel_reads", "break *frame->pc", "reverse-continue", "reverse-stepi", "stepi",
                       "x/i $pc", "stepi", "x/i $pc")
        self.assertIn("replay: at the panic", said[0])
        self.assertRegex(said[0], r"<panic_kernel_reads\+\d+> and ends at")
        self.assertRegex(said[2], r"vector_thread_sync \(\)|panic_kernel_reads \(\)")
        self.assertRegex(said[5], r"<panic_kernel_reads\+\d+>:\s+str")
        self.assertIn("<vector_thread_sync>", said[7])

    def test_watch(self):
        said = session("replay_example", "watch cells[4]", "reverse-continue", "print last", "print cells[4]",
                       "reverse-stepi", "print cells[4]", "x/i $pc", "reverse-continue", "print cells[4]")
        self.assertRegex(said[2], r"age \(.*replay_cases\.c:1[45]\n")
        self.assertEqual([re.search(r"= (\d+)$", said[at].strip()).group(1) for at in (3, 4, 6, 9)],
                         ["4", "75", "100", "100"])
        self.assertRegex(said[7], r"<age\+\d+>:\s+str")
        self.assertRegex(said[8], r"replay_example \(\).*replay_cases\.c")


class Identical(unittest.TestCase):
    def test_output(self):
        """Plain, recorded and replayed: the same bytes."""
        machine, start = qemu_cases.prepare(case_named("sleep"), TOOLCHAIN)
        plain = qemu.run_captured(machine, start, LIMIT)
        self.assertIn(b"ok 1 - ", plain.output)
        self.assertEqual(genrt("sleep", "--record-only").returncode, 0)
        recording = replay.Recording(case_named("sleep"))
        with open(recording.path("output"), "rb") as file:
            self.assertEqual(file.read(), plain.output)
        replayed = subprocess.run(recording.load()["command"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  timeout=LIMIT, check=False)
        self.assertEqual((replayed.stdout, replayed.returncode), (plain.output, plain.status))

    def test_again(self):
        recording = os.path.join(replay.RECORDINGS, "panic_masked")
        self.assertEqual(genrt("panic_masked", "--record-only").returncode, 0)
        before = os.stat(f"{recording}/events").st_mtime_ns
        said = session("panic_masked", again=True)
        self.assertIn("replay: at the panic", said[0])
        self.assertNotIn("building", said[0])
        self.assertEqual(os.stat(f"{recording}/events").st_mtime_ns, before)


class Document(unittest.TestCase):
    @staticmethod
    def blocks():
        with open(DOC, encoding="utf-8") as file:
            example = file.read().split("\n## ")[1]
        assert example.startswith("Example\n")
        return "".join(re.findall(r"^```\n(.*?)^```\n", example, re.MULTILINE | re.DOTALL))

    @staticmethod
    def plain(text):
        """Without what changes with each build, and with each change elsewhere."""
        text = re.sub(r"(harness\.c|vectors\.S):\d+", r"\1", text)
        text = re.sub(r"after \d+ instructions", "after N instructions", re.sub(r"0x[0-9a-f]+", "0x", text))
        return " ".join(text.split())

    @unittest.skipUnless(TOOLCHAIN == "gcc", "the example was printed with GCC")
    def test_example(self):
        first, *rest = self.blocks().split("(gdb) ")
        command, *shown = first.splitlines()
        self.assertEqual(command, "./genrt replay replay_example")
        commands = [part.splitlines()[0] for part in rest]
        self.assertGreater(len(commands), 5)
        said = session("replay_example", *commands)
        for printed, text in zip([shown, *(part.splitlines()[1:] for part in rest)], said):
            lines = iter([self.plain(line) for line in text.splitlines()])
            for line in printed:
                self.assertTrue(any(self.plain(line) == other for other in lines), f"'{line}' not in:\n{text}")


class Refusals(unittest.TestCase):
    def refused(self, status, words, *arguments):
        done = genrt(*arguments)
        self.assertEqual((done.returncode, done.stdout, done.stderr.count("\n")), (status, "", 1), done)
        self.assertTrue(done.stderr.startswith("genrt: replay: "), done.stderr)
        self.assertIn(words, done.stderr)

    def test_names(self):
        self.refused(2, "close to it: sleep", "slep")
        self.refused(2, "close to it: panic_check", "qemu/panic_chek")
        self.refused(2, "./genrt test --list", "no_such_case_at_all")

    def test_kinds(self):
        self.refused(2, "exact=no", "boot_real_clock")
        self.refused(2, "smp=4", "boot_four_cpus")

    def test_nothing_recorded(self):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(f"{replay.RECORDINGS}/boot_a57/recording.json")
        self.refused(1, "nothing recorded", "boot_a57", "--again")

    def test_in_use(self):
        with replay.Recording(case_named("boot_a57")).locked():
            self.refused(1, "in use", "boot_a57")


# A machine that says nothing and sleeps for good.
ASLEEP = """
.global _start
_start:
    mov x0, #5
again:
    wfi
    b again
.global arch_semihosting_exit
arch_semihosting_exit:
    b .
"""


class Ends(unittest.TestCase):
    @staticmethod
    def begin(*commands):
        """A replay of panic_masked that waits in gdb; returns it and its processes."""
        process = subprocess.Popen(["./genrt", "replay", "panic_masked", "--batch", "--", *commands,
                                    "-ex", "echo arrived\\n", "-ex", "python import time; time.sleep(100)"],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        for line in process.stdout:
            if line == "arrived\n":
                break
        return process

    def test_terminated(self):
        process = self.begin()
        self.assertEqual(len(processes_of("panic_masked")), 2)  # gdb and QEMU
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(LIMIT), 128 + signal.SIGTERM)
        process.stdout.close()
        self.assertTrue(is_left_alone("panic_masked"))

    def test_gdb_is_killed(self):
        process = self.begin()
        for number in processes_of("panic_masked"):
            with open(f"/proc/{number}/comm", encoding="ascii") as file:
                if file.read().startswith("gdb"):
                    os.kill(number, signal.SIGKILL)
        self.assertEqual(process.wait(LIMIT), 1)
        process.stdout.close()
        self.assertTrue(is_left_alone("panic_masked"))

    def test_time_limit(self):
        self.assertEqual(genrt("panic_masked", "--record-only").returncode, 0)
        self.addCleanup(setattr, replay, "BATCH_TIMEOUT", replay.BATCH_TIMEOUT)
        replay.BATCH_TIMEOUT = 2
        recording = replay.Recording(case_named("panic_masked"))
        with self.assertRaisesRegex(replay.ReplayError, "not done within 2 s"):
            replay.replay(recording, ["-ex", "python import time; time.sleep(100)"], batch=True)
        self.assertTrue(is_left_alone("panic_masked"))

    def test_cut_off(self):
        """A guest that never ends: stopped at its last instruction."""
        with tempfile.TemporaryDirectory() as scratch:
            path = os.path.join(scratch, "asleep")
            with open(path + ".S", "w", encoding="ascii") as file:
                file.write(ASLEEP)
            subprocess.run(["aarch64-linux-gnu-gcc", "-g", "-nostdlib", "-static",
                            "-Wl,-Ttext=0x40080000,--build-id=none", "-o", path + ".elf", path + ".S"], check=True)
            case = qemu_cases.parse("replay_asleep timeout=1")[0]
            recording = replay.Recording(case)
            machine, start = qemu_cases.prepare(case, TOOLCHAIN)
            self.addCleanup(setattr, qemu_cases, "prepare", qemu_cases.prepare)
            qemu_cases.prepare = lambda *_: (machine, dataclasses.replace(start, program=path + ".elf"))
            said = os.path.join(scratch, "said")
            with recording.locked():
                replay.record(case, TOOLCHAIN, recording)
                replay.replay(recording, ["-ex", f"set logging file {said}", "-ex", "set logging enabled on",
                                          "-ex", "x/i $pc", "-ex", "reverse-stepi", "-ex", "x/i $pc"], batch=True)
            with open(said, encoding="utf-8") as file:
                self.assertRegex(file.read(), r"(?s)<again>:\s+wfi.*<_start>:\s+mov")

    def test_terminal(self):
        """A person: Ctrl-C interrupts gdb's command and nothing else, quit ends all."""
        try:
            pid, terminal = pty.fork()
        except OSError as error:
            self.skipTest(f"no terminals here: {error}")
        if pid == 0:
            os.execv("./genrt", ["./genrt", "replay", "panic_masked"])
        try:
            said = [self.answer(terminal, command) for command in (
                b"", b"python import time; print('as' + 'leep', flush=True); time.sleep(100)\n", b"\x03",
                b"reverse-stepi\n")]
            os.write(terminal, b"quit\n")
            with contextlib.suppress(OSError):  # how a terminal tells its end
                while os.read(terminal, 4096):
                    pass
        finally:
            os.close(terminal)
            status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        self.assertIn("replay: at the panic", said[0])
        self.assertIn("KeyboardInterrupt", said[2])
        self.assertIn("panic_masked", said[3])
        self.assertEqual(status, 0)
        self.assertTrue(is_left_alone("panic_masked"))

    @staticmethod
    def answer(terminal, command):
        """What is shown until gdb asks again, or sleeps."""
        os.write(terminal, command)
        shown, end = b"", time.monotonic() + LIMIT
        while not re.search(rb"(\(gdb\) |asleep\r\n)$", shown) and time.monotonic() < end:
            if select.select([terminal], [], [], 1)[0]:
                shown += os.read(terminal, 4096)
        return shown.decode(errors="replace")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
