# SPDX-License-Identifier: MIT
"""The front door: what it refuses, and what it installs on a machine that has nothing (a made-up PATH)."""

import os
import pty
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# All that "only git and a shell" brings.
BASICS = ("sh", "dirname", "cat", "sed", "grep", "mkdir", "rm", "ls", "tail", "env", "nproc", "id", "chmod", "touch")
PACKAGES = ("make", "gcc-aarch64-linux-gnu", "binutils-aarch64-linux-gnu", "qemu-system-arm", "device-tree-compiler",
            "python3")
# An apt-get that notes how it was called. "make" fails, so that a verb ends once it has what it needs.
APT_GET = """#!/bin/sh
echo "$*" >> "$NOTES"
[ "$1" != install ] || [ "${APT_STALE:-no}" = no ] || [ -e "$NOTES.updated" ] || exit 100
[ "$1" != update ] || touch "$NOTES.updated"
[ "$1" != install ] || for tool in make aarch64-linux-gnu-gcc aarch64-linux-gnu-ld qemu-system-aarch64 dtc python3; do
    printf '#!/bin/sh\\necho "stub of $0 was called"\\nexit 3\\n' > "$STUBS/$tool"
    chmod +x "$STUBS/$tool"
done
"""


# What the runner was told is not meant for the front door here.
SURROUNDINGS = {key: value for key, value in os.environ.items() if key not in ("TOOLCHAIN", "BUILD")}


def genrt(*arguments, cwd=ROOT, program="./genrt", **environment):
    return subprocess.run([program, *arguments], cwd=cwd, capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          timeout=60, check=False, env={**SURROUNDINGS, **environment})


class Programs(unittest.TestCase):
    """What QEMU is given, told by a python3 that says its arguments; make has nothing to do."""

    def booted(self, *arguments):
        with tempfile.TemporaryDirectory() as stubs:
            for name, does in (("make", "exit 0"), ("python3", 'echo "$@"')):
                path = os.path.join(stubs, name)
                with open(path, "w", encoding="utf-8") as file:
                    file.write(f"#!/bin/sh\n{does}\n")
                os.chmod(path, 0o755)
            done = genrt(*arguments, PATH=stubs + os.pathsep + os.environ["PATH"])
        self.assertEqual((done.returncode, done.stderr), (0, ""), done)
        return done.stdout.splitlines()[-1]

    def test_run_and_debug(self):
        for verb in ("run", "debug"):
            self.assertIn("gcc-release/genrt.elf --cpu", self.booted(verb))
            self.assertIn("gcc-release/genrt.img --entry image --initrd build/gcc-release/initramfs.cpio --cpu",
                          self.booted(verb, "--programs"))


class Refusals(unittest.TestCase):
    def refused(self, *arguments, **environment):
        done = genrt(*arguments, **environment)
        self.assertEqual(done.returncode, 2, (arguments, done.stdout, done.stderr))
        self.assertEqual(done.stdout, "", arguments)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertTrue(done.stderr.startswith("genrt: "), done.stderr)

    def test_verbs(self):
        for verb in ("fly", "Run", "", "-x", "run;ls", "--exact", "ru"):
            self.refused(verb)

    def test_options(self):
        for verb in ("run", "debug", "build", "clean", "doctor", "check", "bench", "gdb", "test", "replay"):
            self.refused(verb, "--no-such-option")
        for verb in ("run", "debug", "build", "clean", "doctor", "check", "bench", "gdb"):
            self.refused(verb, "word")
        self.refused("clean", "--memory", "1G")
        self.refused("help", "fly")
        self.refused("help", "run", "test")

    def test_values(self):
        for memory in ("", "0", "63M", "8193M", "9G", "256", "256m", "1T", "-1G", "1.5G", "0256M", "99999999999G", "M"):
            self.refused("run", "--memory", memory)
        for time in ("", "10", "0s", "ms", "1h", "-1s", "1.5s", "10 s", "s", "99999999999s"):
            self.refused("run", f"--for={time}")
        for cpu in ("", "cortex-a9", "cortex-a53 max"):
            self.refused("run", "--cpu", cpu)
        self.refused("run", "--log-level", "verbose")
        self.refused("run", "--toolchain", "tcc")
        self.refused("run", "--exact=yes")
        self.refused("run", "--programs=hello")
        self.refused("bounds", "--update", BUILD="debug")
        for port in ("", "0", "x", "65536", "123456"):
            self.refused("gdb", "--port", port)

    def test_missing_values(self):
        for option in ("--memory", "--cpu", "--for", "--log-level", "--toolchain"):
            self.refused("run", option)
        self.refused("debug", "--port")
        self.refused("gdb", "--port")

    def test_environment(self):
        self.refused("build", TOOLCHAIN="tcc")
        self.refused("build", BUILD="fast")

    def test_unknown_test(self):
        self.refused("test", "no/such/test")

    def test_replay(self):
        self.refused("replay")
        self.refused("replay", "no_such_case")
        self.refused("replay", "heap", "sleep")
        self.refused("replay", "--again=yes", "heap")
        self.refused("replay", "boot_real_clock")

    def test_no_verb(self):
        self.assertEqual(genrt().returncode, 2)


class Help(unittest.TestCase):
    def test_every_verb_has_help(self):
        listing = genrt("help").stdout
        verbs = [line.split()[0] for line in listing.splitlines() if line.startswith("  ")]
        self.assertIn("run", verbs)
        for verb in verbs:
            done = genrt("help", verb)
            self.assertEqual((done.returncode, done.stderr), (0, ""), verb)
            self.assertTrue(done.stdout)

    def test_from_elsewhere(self):
        self.assertEqual(genrt("help", cwd="/", program=os.path.join(ROOT, "genrt")).returncode, 0)
        above, name = os.path.split(ROOT)
        self.assertEqual(genrt("help", cwd=above, program=f"{name}/genrt").returncode, 0)


@unittest.skipUnless(os.path.exists("/etc/debian_version"), "the installing is for Debian")
class Installing(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.directory)
        self.stubs, self.notes = os.path.join(self.directory, "bin"), os.path.join(self.directory, "notes")
        os.mkdir(self.stubs)
        os.mkdir(os.path.join(self.directory, "tools"))
        for path in ("genrt", "tools/packages.sh", "tools/building.sh"):
            shutil.copy(os.path.join(ROOT, path), os.path.join(self.directory, path))
        for name in BASICS:
            os.symlink(shutil.which(name), os.path.join(self.stubs, name))
        self.stub("id", "#!/bin/sh\necho 0\n")
        self.stub("apt-get", APT_GET)
        self.environment = {"PATH": self.stubs, "NOTES": self.notes, "STUBS": self.stubs}

    def stub(self, name, text):
        path = os.path.join(self.stubs, name)
        if os.path.lexists(path):
            os.unlink(path)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)

    def calls(self):
        if not os.path.exists(self.notes):
            return []
        with open(self.notes, encoding="utf-8") as file:
            return file.read().splitlines()

    def build(self, *arguments, **environment):
        return genrt("build", *arguments, cwd=self.directory, **{**self.environment, **environment})

    def on_terminal(self, answer, *arguments):
        """Runs with a terminal as input and output; returns (exit status, what was shown)."""
        try:
            pid, terminal = pty.fork()
        except OSError as error:
            self.skipTest(f"no terminals here: {error}")
        if pid == 0:
            os.chdir(self.directory)
            os.execve("./genrt", ["./genrt", "build", *arguments], self.environment)
        os.write(terminal, answer)
        shown = b""
        try:
            while chunk := os.read(terminal, 4096):
                shown += chunk
        except OSError:  # how a terminal tells its end
            pass
        os.close(terminal)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode()

    def test_installs_without_asking_when_nobody_is_there(self):
        done = self.build()
        self.assertEqual(self.calls(), ["install -y --no-install-recommends " + " ".join(PACKAGES)], done)
        self.assertIn("building", done.stdout)

    def test_installs_only_what_is_missing(self):
        for name in ("make", "qemu-system-aarch64", "python3"):
            self.stub(name, "#!/bin/sh\nexit 3\n")
        self.build("--yes")
        self.assertEqual(self.calls(), ["install -y --no-install-recommends gcc-aarch64-linux-gnu"
                                        " binutils-aarch64-linux-gnu device-tree-compiler"])

    def test_updates_a_stale_list(self):
        self.build(APT_STALE="yes")
        self.assertEqual([call.split()[0] for call in self.calls()], ["install", "update", "install"])

    def test_clang_is_asked_for_when_it_is_used(self):
        self.build("--toolchain", "clang")
        self.assertTrue(self.calls()[-1].endswith(" clang lld"), self.calls())

    def test_elsewhere_it_lists_and_stops(self):
        os.unlink(os.path.join(self.stubs, "apt-get"))
        done = self.build()
        self.assertEqual(done.returncode, 1)
        for package in PACKAGES:
            self.assertIn(package, done.stderr)

    def test_neither_root_nor_sudo(self):
        self.stub("id", "#!/bin/sh\necho 1000\n")
        done = self.build()
        self.assertEqual((done.returncode, self.calls()), (1, []))
        self.assertIn("apt-get install", done.stderr)

    def test_sudo(self):
        self.stub("id", "#!/bin/sh\necho 1000\n")
        self.stub("sudo", '#!/bin/sh\necho "sudo" >> "$NOTES"\nexec "$@"\n')
        self.build()
        self.assertEqual(self.calls()[0], "sudo")
        self.assertTrue(self.calls()[1].startswith("install "))

    def test_a_person_says_no(self):
        status, shown = self.on_terminal(b"n\n")
        self.assertIn("[Y/n]", shown)
        self.assertEqual((status, self.calls()), (1, []))

    def test_a_person_says_yes(self):
        _, shown = self.on_terminal(b"y\n")
        self.assertIn("[Y/n]", shown)
        self.assertEqual(len(self.calls()), 1)

    def test_yes_asks_nobody(self):
        _, shown = self.on_terminal(b"", "--yes")
        self.assertNotIn("[Y/n]", shown)
        self.assertEqual(len(self.calls()), 1)

    def test_failing_apt(self):
        self.stub("apt-get", "#!/bin/sh\necho no network\nexit 100\n")
        done = self.build()
        self.assertEqual(done.returncode, 1)
        self.assertIn("no network", done.stderr)

    def test_doctor_tells_all(self):
        done = genrt("doctor", cwd=self.directory, **self.environment)
        self.assertEqual(done.returncode, 1)
        for package in (*PACKAGES, "clang", "lld", "gcc", "libc6-dev", "libclang-rt-dev", "clang-format", "gdb-multiarch",
                        "qemu-utils"):
            self.assertIn(package, done.stdout.splitlines()[-1])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
