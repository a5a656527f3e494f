# SPDX-License-Identifier: MIT
"""./genrt gdb: what it tells of threads that stand where they are known to (tests/qemu/debugger_cases.c), their
backtraces, and the kernel's objects; at a breakpoint and after a panic."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools", "gdb"))
import core  # noqa: E402
import stub  # noqa: E402
import views  # noqa: E402

os.chdir(ROOT)
TOOLCHAIN = os.environ.get("TOOLCHAIN") or "gcc"
LIMIT = 120  # seconds for anything here

# name: (state, priority, waits)
THREADS = {
    "main": ("running", "32", ""),
    "log": ("ready", "1", ""),
    "idle": ("ready", "0", ""),
    "receiver": ("waiting", "40", r"for mailbox orders \(receive\)"),
    "second": ("waiting", "41", r"for mailbox orders \(receive\)"),
    "unnamed": ("waiting", "42", r"for mailbox at 0xffff[0-9a-f]{12} \(receive\)"),
    "sender": ("waiting", "43", r"for mailbox crowded \(debugger_cases\.c\) \(send\) until 6000000000"),
    "guest": ("waiting", "44", "for semaphore rooms until 1000000000"),
    "owner": ("waiting", "50 (base 45)", "for event flags signals"),
    "visitor": ("waiting", "50", r"for mutex door, which 'owner' \(8\.1\) owns"),
    "watcher": ("waiting", "46", r"for condition changed \(debugger_cases\.c\)"),
    "walker": ("waiting", "47", "for barrier crossing"),
    "chooser": ("waiting", "48", r"for semaphore rooms or mailbox orders \(receive\) or the end of 'receiver' \(3\.1\) "
                                 "until 7000000000"),
    "finished": ("ended", "53", ""),
    "low": ("ready", "3", ""),
    "frozen": ("suspended", "52", ""),
    "sleeper": ("sleeping", "49", "until 1000000000"),
    "joiner": ("waiting", "51", r"for the end of 'sleeper' \(16\.1\)"),
}
# What stands in the backtrace of each, in this order.
FUNCTIONS = {
    "receiver": ("task_call_mailbox_receive", "receive_order", "receiver", "arch_thread_start"),
    "unnamed": ("task_call_mailbox_receive", "receive_order", "receiver", "arch_thread_start"),
    "sender": ("task_call_mailbox_send", "sender", "arch_thread_start"),
    "guest": ("task_call_semaphore_take", "guest", "arch_thread_start"),
    "owner": ("task_call_event_flags_wait", "event_flags_wait_until", "owner", "arch_thread_start"),
    "visitor": ("task_call_turnstile_wait", "turnstile_wait", "visitor", "arch_thread_start"),
    "watcher": ("task_call_turnstile_wait", "watcher", "arch_thread_start"),
    "walker": ("task_call_barrier_wait", "walker", "arch_thread_start"),
    "chooser": ("task_call_wait_any", "wait_any_until", "chooser", "arch_thread_start"),
    "frozen": ("task_call_thread_suspend", "frozen", "arch_thread_start"),
    "joiner": ("task_call_thread_join", "joiner", "arch_thread_start"),
    "sleeper": ("task_call_sleep", "arch_thread_start"),
    "main": ("debugger_stop", "debugger_threads", "app_main", "arch_thread_start"),
}


def genrt(*arguments):
    return subprocess.run(["./genrt", "gdb", *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=LIMIT, check=False)


def marked(commands):
    """Arguments for gdb: the commands, each behind a line that names it. What stands behind ## tells two that are alike
    from each other."""
    out = []
    for command in (*commands, ""):
        out += ["-ex", f"echo \\n(gdb) {command}\\n", *(["-ex", command.split(" ##")[0]] if command else [])]
    return out


def answers(output, count):
    """What was said before the first command, and after each."""
    return re.split(r"^\(gdb\) .*\n", output, flags=re.MULTILINE)[:count + 1]


def session(*arguments, commands):
    done = genrt(*arguments, "--batch", "--", *marked(commands))
    said = answers(done.stdout, len(commands))
    if len(said) != len(commands) + 1:
        raise AssertionError(f"status {done.returncode}:\n{done.stdout}")
    return dict(zip(("", *commands), said))


def rows(text, columns):
    """The cells of a table of views.table(), without its heading."""
    lines = [line for line in text.splitlines() if line.strip()]
    edges = [match.start() for match in re.finditer(r"(?:^|(?<=  ))\S", lines[0])] + [None]
    assert len(edges) == columns + 1, lines[0]
    return [[line[left:right].strip() for left, right in zip(edges, edges[1:])] for line in lines[1:]]


class Checks(unittest.TestCase):
    def check_threads(self, text):
        found = {name: (state, priority, waits) for _, name, state, priority, waits in rows(text, 5)}
        self.assertEqual(set(found), {*THREADS, "watchdog"})
        for name, (state, priority, waits) in THREADS.items():
            self.assertEqual(found[name][:2], (state, priority), name)
            self.assertRegex(found[name][2], f"^{waits}$", name)

    def check_backtrace(self, text, name, only_ends=False):
        frames = re.findall(r"^#\d+ +(?:0x[0-9a-f]+ in )?(\w+) \(", text, re.MULTILINE)
        left = iter(frames)
        for function in FUNCTIONS[name][:1] + FUNCTIONS[name][-2:] if only_ends else FUNCTIONS[name]:
            self.assertTrue(function in left, f"{name}: no {function} in its place among {frames}")
        self.assertEqual((frames[0], frames[-1]), (FUNCTIONS[name][0], FUNCTIONS[name][-1]))


class Stopped(Checks):
    @classmethod
    def setUpClass(cls):
        cls.commands = [
            "break debugger_stop", "continue", "genrt threads", "info threads",
            *(word for name in FUNCTIONS
              for word in (f"genrt thread {name}", f"backtrace ## {name}", f"genrt backtrace {name}")),
            "genrt mailboxes", "genrt mutexes", "genrt sync", "genrt timers", "genrt heap", "genrt aspace",
            "print threads[3]", "print rooms.waiters", "print cpu_areas[0].cpu.compare", "print threads[0].generation",
            "genrt thread nobody", "genrt thread guest", "print/x $pc", "info registers x1", "set var $x19 = 5", "print $x19 == 5",
            "thread 2", "delete", "continue ## to the end"]
        cls.said = session("debugger_threads", commands=cls.commands)

    def test_threads(self):
        self.check_threads(self.said["genrt threads"])

    def test_info_threads(self):
        said = self.said["info threads"]
        for name, (state, priority, waits) in THREADS.items():
            inner = f"{state} {waits}".strip() + ", priority " + re.escape(priority)
            self.assertRegex(said, rf'(?m)^[ *] \d+ +Thread \d+ "{name}( \(\d+\.1\))?" \({inner}\) +', name)
        self.assertRegex(said, r'(?m)^\* \d+ +Thread \d+ "main ')

    def test_backtraces(self):
        for name in FUNCTIONS:
            self.assertIn(f"thread '{name}' (", self.said[f"genrt thread {name}"])
            self.check_backtrace(self.said[f"backtrace ## {name}"], name)
        self.assertIn("deadline=1000000000 ticks", self.said["backtrace ## guest"])
        for name in FUNCTIONS:
            if name != "main":
                self.check_backtrace(self.said[f"genrt backtrace {name}"], name, only_ends=len(FUNCTIONS[name]) > 2)

    def test_mailboxes(self):
        found = {row[0]: row[1:] for row in rows(self.said["genrt mailboxes"], 5)}
        self.assertEqual(found["orders"], ["0 of 4", "8", "'chooser' (12.1), 'second' (4.1), 'receiver' (3.1)", "-"])
        self.assertEqual(found["crowded (debugger_cases.c)"], ["1 of 1", "8", "-", "'sender' (6.1)"])
        nameless = [row for name, row in found.items() if name.startswith("at 0x")]
        self.assertEqual(nameless, [["0 of 2", "8", "'unnamed' (5.1)", "-"]])

    def test_mutexes(self):
        found = {row[0]: row[1:] for row in rows(self.said["genrt mutexes"], 3)}
        self.assertEqual(found["door"], ["'owner' (8.1)", "'visitor' (9.1)"])
        self.assertEqual(found["desk"], ["-", "-"])
        self.assertEqual(found["condition changed (debugger_cases.c)"], ["-", "'watcher' (10.1)"])

    def test_synchronisers(self):
        found = {row[1]: [row[0], *row[2:]] for row in rows(self.said["genrt sync"], 4)}
        self.assertEqual(found["rooms"], ["semaphore", "0 of 4", "'chooser' (12.1), 'guest' (7.1)"])
        self.assertEqual(found["signals"], ["event flags", "0x9", "'owner' (8.1)"])
        self.assertEqual(found["crossing"], ["barrier", "1 of 3", "'walker' (11.1)"])

    def test_timers(self):
        *found, last = rows(self.said["genrt timers"], 4)
        self.assertEqual([row for row in found if "watchdog" not in row[3]], [
            ["1000000000", "44", "timeout", "'guest' (7.1)"], ["1000000000", "49", "wake", "'sleeper' (16.1)"],
            ["6000000000", "43", "timeout", "'sender' (6.1)"], ["7000000000", "48", "wait_any", "'chooser' (12.1)"]])
        self.assertEqual(found, sorted(found, key=lambda row: int(row[0])))
        self.assertIn("the timer stands at 1000000000", self.said["genrt timers"])

    def test_memory(self):
        self.assertRegex(self.said["genrt heap"], r"used \d{4} bytes in 1 blocks")
        self.assertIn("refused 0 requests, ignored 0 bad pointers", self.said["genrt heap"])
        regions = {name: (int(first, 16), int(last, 16), use)
                   for first, last, use, name in rows(self.said["genrt aspace"].replace("no processes", ""), 4)}
        self.assertEqual(regions["RAM"], (0xffff000040000000, 0xffff00004fffffff, "data"))
        self.assertEqual(regions["kernel text"][2], "text")
        pc = int(re.search(r"= (0x[0-9a-f]+)", self.said["print/x $pc"]).group(1), 16)
        self.assertLess(regions["kernel text"][0], pc)
        self.assertLess(pc, regions["kernel text"][1])

    def test_printers(self):
        self.assertRegex(self.said["print threads[3]"], r"= 6\.1 'sender'")
        self.assertRegex(self.said["print rooms.waiters"], r"= queue of 2 = \{0 at level 48 = 0x.*, 1 at level 44 = 0x")
        self.assertIn("= 1000000000 ticks", self.said["print cpu_areas[0].cpu.compare"])

    def test_nobody(self):
        self.assertIn("no thread 'nobody'; see genrt threads", self.said["genrt thread nobody"])

    def test_others_registers(self):
        """What was not kept is not made up; what was kept is not changed."""
        self.assertIn("<unavailable>", self.said["info registers x1"])
        self.assertNotIn("= 1", self.said["print $x19 == 5"])

    def test_goes_on(self):
        """Looking has changed nothing."""
        self.assertIn("ok 2 - debugger_threads: gave all thread slots back", self.said["continue ## to the end"])


class Ways(Checks):
    def test_panic(self):
        said = session("debugger_panic", commands=["continue", "genrt threads", "backtrace", "genrt thread guest",
                                                   "backtrace ## guest"])
        self.assertIn('hit Breakpoint 1, panic (format=', said["continue"])
        self.check_threads(said["genrt threads"])
        self.assertRegex(said["backtrace"], r"#1 .*debugger_panic \(\)")
        self.check_backtrace(said["backtrace ## guest"], "guest")

    def test_next_follows_the_thread(self):
        """Behind a call that waits: the thread that called, though others ran meanwhile."""
        said = session("debugger_threads", commands=["break guest", "continue", "delete", "next", "next ## again",
                                                     "frame", "info threads"])
        self.assertIn('"guest (7.1)" hit Breakpoint', said["continue"])
        self.assertRegex(said["frame"], r"#0 .*(guest|unexpected|arch_thread_start) \(")
        self.assertRegex(said["info threads"], r'(?m)^\* \d+ +Thread \d+ "guest \(7\.1\)" \(running')

    def test_process(self):
        """Goes on until a thread of user mode waits while somebody kills its process."""
        until = ("python exec(\"for _ in range(9):\\n gdb.execute('continue')\\n if any(one.object['process'] and "
                 "one.is_waiting() for one in commands.the_kernel().threads()): break\")")
        said = session(f"build/{TOOLCHAIN}-release/selftest.elf", "--bootargs", "case=user_killed", commands=[
            "tbreak app_main", "continue", "python import commands", "break process_kill", until, "genrt threads",
            "genrt mailboxes", "genrt aspace", "print process_slots[0].handles", "print process_slots[0].id"])
        waits = re.search(r"(?m)^\d+\.\d+ +user +waiting .* for (mailbox (at )?(\S+)( \(\S+\.c\))?) \(receive\)$",
                          said["genrt threads"])
        self.assertTrue(waits, said["genrt threads"])
        self.assertRegex(said["genrt mailboxes"], rf"(?m)^(at )?{re.escape(waits.group(3))} .* '(user)' \(")
        self.assertRegex(said["genrt aspace"], r"(?m)^0\.\d+ +user +started +\d+ +\d+ of \d+ +0x[0-9a-f]+$")
        self.assertRegex(said["print process_slots[0].handles"], r"= \d handles = \{0x[0-9a-f]+ = mailbox 0xffff")
        self.assertRegex(said["print process_slots[0].id"], r"= 0\.\d+")

    def test_replay(self):
        """On the way back, where gdb knows no threads: the same tables and backtraces."""
        done = subprocess.run(["./genrt", "replay", "debugger_panic", "--batch", "--", *marked(
            ["genrt threads", "genrt backtrace guest", "genrt thread guest"])], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=LIMIT, check=False)
        _, threads, backtrace, select = answers(done.stdout, 3)
        self.check_threads(threads)
        self.check_backtrace(backtrace, "guest")
        self.assertIn("see genrt backtrace", select)

    def test_boot(self):
        said = session("debugger_threads", commands=["info threads", "genrt threads"])
        self.assertRegex(said["info threads"], r'\* 1 +Thread \d+ "boot" \(no threads yet\) _start')
        self.assertIn("the kernel is booting, or its memory is not there", said["genrt threads"])

    def test_no_kernel(self):
        """A program of which nothing is known."""
        done = subprocess.run(["gdb-multiarch", "-batch", "-nx", "-x", "tools/gdb/extension.py", "-ex", "genrt threads",
                               "-ex", "file /bin/sh", "-ex", "genrt threads"],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=LIMIT, check=False)
        self.assertIn("no program: load one by `file`", done.stdout)
        self.assertIn("no kernel with debug information", done.stdout)
        self.assertNotIn("Traceback", done.stdout)

    def test_unknown(self):
        done = genrt("no_such_case", "--batch")
        self.assertEqual(done.returncode, 2)
        self.assertIn("genrt: gdb: no case 'no_such_case'", done.stdout)


class Core(Checks):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.directory.cleanup)
        cls.core = os.path.join(cls.directory.name, "panic.core")
        cls.dump = genrt("debugger_panic", "--dump", cls.core)
        cls.said = session("--core", cls.core, commands=[
            "genrt threads", "info threads", "backtrace", "genrt thread guest", "backtrace ## guest", "genrt mailboxes",
            "genrt aspace", "print rooms.waiters", "continue"])

    def test_written(self):
        self.assertEqual(self.dump.returncode, 0, self.dump.stdout)
        self.assertIn(f"written: {self.core}", self.dump.stdout)
        self.assertLess(os.stat(self.core).st_blocks * 512, 8 << 20)  # what is empty is not there

    def test_threads(self):
        self.check_threads(self.said["genrt threads"])
        for name, (state, priority, _) in THREADS.items():
            self.assertRegex(self.said["info threads"], rf'LWP \d+ "{name}( \(\d+\.1\))?: {state}.*priority {re.escape(priority)}"')

    def test_backtraces(self):
        self.assertRegex(self.said["backtrace"], r"#0 .*panic \(.*\n#1 .*debugger_panic \(\)")
        self.check_backtrace(self.said["backtrace ## guest"], "guest")

    def test_memory(self):
        self.assertIn("'chooser' (12.1), 'second' (4.1), 'receiver' (3.1)", self.said["genrt mailboxes"])
        self.assertIn("the stacks of threads", self.said["genrt aspace"])
        self.assertIn("queue of 2", self.said["print rooms.waiters"])

    def refused(self, path, words):
        done = genrt("--core", path, "--batch")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn(words, done.stdout)
        self.assertNotIn("Traceback", done.stdout)

    def broken(self, change):
        with open(self.core, "rb") as file:
            data = bytearray(file.read(1 << 20))
        path = os.path.join(self.directory.name, "broken.core")
        with open(path, "wb") as file:
            file.write(change(data))
        return path

    def test_refusals(self):
        self.refused("/nonexistent.core", "No such file or directory")
        self.refused(self.broken(lambda data: data), "not a core file, or cut off")
        self.refused(self.broken(lambda data: data[:40]), "not a core file, or cut off")
        self.refused(self.broken(lambda data: b"#!/bin/sh\n"), "not a core file, or cut off")
        self.refused("build/host/unit/none", "No such file or directory")

    def test_other_program(self):
        """It is told that names may be wrong."""
        other = os.path.join(self.directory.name, "other.elf")
        with open(core.program_of(self.core)["program"], "rb") as file, open(other, "wb") as copy:
            copy.write(file.read() + b"\0")
        done = genrt(other, "--core", self.core, "--batch", "--", "-ex", "genrt threads")
        self.assertIn("is not the program of this core file", done.stdout)
        self.assertIn("receiver", done.stdout)

    def test_no_panic(self):
        done = genrt("debugger_threads", "--dump", os.path.join(self.directory.name, "none"))
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("ended without a panic", done.stdout)


def children_of(parent):
    """The numbers of the processes that a process has started, and that still run."""
    found = []
    for number in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError), open(f"/proc/{number}/stat", encoding="ascii", errors="replace") as file:
            state, above = file.read().rpartition(")")[2].split()[:2]
            if int(above) == parent and state != "Z":
                found.append(int(number))
    return found


class Ends(unittest.TestCase):
    def test_terminated(self):
        """Neither gdb nor the machine stays behind."""
        process = subprocess.Popen(["./genrt", "gdb", "debugger_threads", "--batch", "--", "-ex", "echo arrived\\n",
                                    "-ex", "python import time; time.sleep(100)"], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.assertTrue(any(line == "arrived\n" for line in process.stdout))
        children = children_of(process.pid)
        self.assertEqual(len(children), 2, "gdb and QEMU")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(LIMIT), 128 + signal.SIGTERM)
        process.stdout.close()
        for number in children:
            self.assertFalse(os.path.exists(f"/proc/{number}"))


class Document(unittest.TestCase):
    @staticmethod
    def plain(text):
        """Without what changes with each build."""
        return " ".join(re.sub(r"(\.[cS]):\d+", r"\1", re.sub(r"0x[0-9a-f]+", "0x", text)).split())

    @unittest.skipUnless(TOOLCHAIN == "gcc", "the example was printed with GCC")
    def test_example(self):
        with open(os.path.join("docs", "debugging.md"), encoding="utf-8") as file:
            example = next(block for block in re.findall(r"^```\n(.*?)^```\n", file.read(), re.MULTILINE | re.DOTALL)
                           if "(gdb) genrt threads" in block)
        first, *rest = example.split("(gdb) ")
        commands = [part.splitlines()[0] for part in rest]
        self.assertGreater(len(commands), 5)
        said = session(*first.split()[2:], commands=commands)
        for part in rest:
            command, *printed = part.splitlines()
            lines = iter([self.plain(line) for line in said[command].splitlines()])
            for line in printed:
                self.assertTrue(any(self.plain(line) == other for other in lines), f"'{line}' not in:\n{said[command]}")


class Parts(unittest.TestCase):
    def test_table(self):
        self.assertEqual(views.table(("a", "bb", "c"), [("xyz", 1, "long words")]), ["a    bb  c", "xyz  1   long words"])

    def test_packets(self):
        """Packets that come in pieces, an interrupt between them; each is acknowledged."""
        read_end, write_end = os.pipe()
        replies, link_out = os.pipe()
        link = stub.Link(read_end, link_out)
        for piece, expected in ((b"+$qC", []), (b"#b4\x03", ["qC", "\x03"]), (b"$m0,1#fa$?#3f", ["m0,1", "?"])):
            os.write(write_end, piece)
            link.fill()
            self.assertEqual(list(link.packets()), expected)
        self.assertEqual(os.read(replies, 100), b"+++")
        link.send("OK")
        self.assertEqual(os.read(replies, 100), b"$OK#9a")
        for end in (read_end, write_end, replies, link_out):
            os.close(end)

    def test_stop_replies(self):
        self.assertEqual(stub._stop_by("T05thread:01;", 0x20003), "T05thread:20003;")
        self.assertEqual(stub._stop_by("T05watch:ffff0;thread:p01.01;", 1), "T05watch:ffff0;thread:1;")
        self.assertEqual(stub._stop_by("S05", 1), "T05thread:1;")


if __name__ == "__main__":
    unittest.main()
