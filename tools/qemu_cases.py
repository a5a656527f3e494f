# SPDX-License-Identifier: MIT
"""The cases that run in QEMU: tests/qemu/cases.txt, read strictly, run, and judged by their records.

One case a line: NAME KEY=VALUE ... with # for comments. Keys and what they default to:

  image=selftest       selftest, genrt, bench or evidence: the program
  case=NAME            the selftest's case, handed over as case=NAME (default: this line's name)
  entry=elf            elf, or image (arm64 Image, tree in x0)
  el=1                 exception level at entry, 1 or 2
  cpu=cortex-a53       cortex-a53, cortex-a57, cortex-a72 or max
  memory=256M          RAM
  smp=1                CPUs
  exact=yes            yes: one instruction is one nanosecond; no: QEMU's usual clock
  dtb=slot             the machine's own tree; none (elf only); or a maker of tools/dtb_makers.py that spoils it
                       (QEMU reads and completes what it hands over in x0: few spoiled trees get past it, and it
                       states the memory itself)
  initrd=no            yes: an initrd of INITRD_BYTES is loaded; programs: initramfs.cpio, with those of user/ (image only)
  fill=no              yes: garbage in the FILL_BYTES of RAM behind the file, where .bss, the boot tables and the
                       first frames will be (image only)
  bootargs=A,B         more boot words, separated by commas
  build=release        release or debug
  variant=NAME:-DX=1,-DY=2    a build of its own, with these definitions
  config=NAME                 a build of its own, with the numbers of tests/config/NAME.h; its cases may be skipped
  expect=pass          pass: a whole TAP run without failures, exit status 0
                       panic:REASON   `record panic ... reason=REASON`, exit status not 0
                       exit:N         exit status N
  record=A,B           besides: a line `record A B ...` (words in this order at its start) must be there
  runs=1               2-identical: run twice, the records must be the same, byte for byte
  timeout=60           seconds of this machine's time, at most 300
  long=1               with --long: so many runs, from the second on with the boot word seed=1, seed=2 ...
"""

import os
import random
import re
import struct
import sys
import tempfile
from dataclasses import dataclass, field, replace

import dtb_makers
import qemu
import tap

sys.path.insert(0, os.path.join(qemu.ROOT, "tools", "observe"))
import subject  # noqa: E402

CASES_FILE = os.path.join("tests", "qemu", "cases.txt")
# The case frames_initrd knows these.
INITRD_BYTES = (1 << 20) + 123
INITRD_FIRST_WORD = 0x1234567800000000
FILL_BYTES = 24 << 20

_CHOICES = {
    "image": ("selftest", "genrt", "bench", "evidence"),
    "entry": ("elf", "image"),
    "el": ("1", "2"),
    "cpu": qemu.CPUS,
    "exact": ("yes", "no"),
    "initrd": ("yes", "no", "programs"),
    "fill": ("yes", "no"),
    "build": ("release", "debug"),
    "runs": ("1", "2-identical"),
}
_PATTERNS = {
    "case": r"[a-z0-9_]+",
    "memory": r"[1-9][0-9]*[MG]",
    "smp": r"[1-8]",
    "dtb": r"[a-z0-9_]+",
    "bootargs": r"[^,\s]+(,[^,\s]+)*",
    "variant": r"[a-z0-9_]+:-D[A-Za-z0-9_=]+(,-D[A-Za-z0-9_=]+)*",
    "config": r"smallest|largest",
    "expect": r"pass|panic:\S+|exit:[0-9]{1,3}",
    "record": r"[^,\s]+(,[^,\s]+)*",
    "timeout": r"[1-9][0-9]?|[12][0-9][0-9]|300",
    "long": r"[1-9][0-9]?",
}
_DEFAULTS = {
    "image": "selftest", "entry": "elf", "el": "1", "cpu": "cortex-a53", "memory": "256M", "smp": "1",
    "exact": "yes", "dtb": "slot", "initrd": "no", "fill": "no", "bootargs": "", "build": "release", "variant": "", "config": "", "expect": "pass",
    "record": "", "runs": "1", "timeout": "60", "long": "1",
}


class CaseError(Exception):
    """A line of the file that is not a case; says where and why."""


@dataclass(frozen=True)
class Case:
    """One line of the file. keys holds every key, defaults filled in."""

    name: str
    keys: dict = field(hash=False)

    def variant_name(self):
        return self.keys["config"] or self.keys["variant"].split(":")[0]

    def make_arguments(self):
        """What to tell make, so that this case's program is built."""
        arguments = [f"BUILD={self.keys['build']}"]
        if self.keys["config"]:
            name = self.keys["config"]
            arguments += [f"VARIANT={name}", f"EXTRA_CFLAGS=-include tests/config/{name}.h"]
        elif self.keys["variant"]:
            name, definitions = self.keys["variant"].split(":")
            arguments += [f"VARIANT={name}", f"EXTRA_CFLAGS={definitions.replace(',', ' ')}"]
        return tuple(arguments)

    def program(self, toolchain):
        variant = self.variant_name()
        directory = f"{toolchain}-{self.keys['build']}" + (f"-{variant}" if variant else "")
        suffix = "elf" if self.keys["entry"] == "elf" else "img"
        return os.path.join("build", directory, f"{self.keys['image']}.{suffix}")

    def initramfs(self, toolchain):
        return os.path.join(os.path.dirname(self.program(toolchain)), "initramfs.cpio")

    def machine(self):
        keys = self.keys
        return qemu.Machine(keys["cpu"], keys["memory"], int(keys["el"]), int(keys["smp"]), keys["exact"] == "yes")

    def bootargs(self):
        words = [f"case={self.keys['case']}"] if self.keys["image"] == "selftest" else []
        return " ".join(words + self.keys["bootargs"].split(",")).strip()

    def seeded(self):
        """Itself, and the runs that --long adds."""
        words = self.keys["bootargs"] and self.keys["bootargs"] + ","
        return [self] + [replace(self, keys={**self.keys, "bootargs": f"{words}seed={seed}"})
                         for seed in range(1, int(self.keys["long"]))]


def _check_value(key, value):
    """None if the value is legal, else what is."""
    if key in _CHOICES:
        return None if value in _CHOICES[key] else f"one of {', '.join(_CHOICES[key])}"
    if not re.fullmatch(_PATTERNS[key], value):
        return f"must look like {_PATTERNS[key]}"
    if key == "dtb" and value not in ("none", "slot", *dtb_makers.MAKERS):
        return f"none, slot or one of {', '.join(sorted(dtb_makers.MAKERS))}"
    return None


def parse_line(line):
    """A Case, or None for a line that holds none. Raises CaseError without a place."""
    words = line.split("#", 1)[0].split()
    if not words:
        return None
    name = words[0]
    if not re.fullmatch(r"[a-z0-9_]+", name):
        raise CaseError(f"'{name}' is not a case's name (a-z, 0-9 and _)")
    keys = {}
    for word in words[1:]:
        key, separator, value = word.partition("=")
        if not separator or key not in (*_CHOICES, *_PATTERNS):
            raise CaseError(f"'{word}' is not KEY=VALUE with a known key")
        if key in keys:
            raise CaseError(f"{key} stands twice")
        legal = _check_value(key, value)
        if legal:
            raise CaseError(f"{key}={value}: {legal}")
        keys[key] = value
    return Case(name, {**_DEFAULTS, "case": name, **keys})


def parse(text, where=CASES_FILE):
    """All cases of a file's text, in order. Raises CaseError naming the line."""
    cases, variants = [], {}
    for number, line in enumerate(text.splitlines(), 1):
        try:
            case = parse_line(line)
            if case is None:
                continue
            if case.name in [other.name for other in cases]:
                raise CaseError(f"a second case named {case.name}")
            full = case.keys["variant"]
            if full and case.keys["config"]:
                raise CaseError("variant and config: one of them")
            # Two meanings of one variant would build over each other.
            if full and variants.setdefault(case.variant_name(), full) != full:
                raise CaseError(f"variant {case.variant_name()} already means {variants[case.variant_name()]}")
            if case.keys["entry"] == "image":
                if case.keys["dtb"] == "none":
                    raise CaseError("entry=image always gets a tree: dtb=none is for elf")
            elif (case.keys["initrd"], case.keys["fill"]) != ("no", "no"):
                raise CaseError("initrd and fill: only with entry=image")
        except CaseError as error:
            raise CaseError(f"{where}:{number}: {error}") from None
        cases.append(case)
    return cases


def judge(case, result):
    """None if the run is as the case expects, else why not."""
    lines = tap.records(result.output)
    if result.status is None:
        return f"no end within {case.keys['timeout']} s"
    kind, _, value = case.keys["expect"].partition(":")
    if kind == "pass":
        problem = tap.judge(lines)
        if problem is None and result.status != 0:
            problem = f"exit status {result.status}, expected 0"
    elif kind == "panic":
        problem = None
        if tap.panic_reason(lines) != value:
            problem = f"panic reason {tap.panic_reason(lines)}, expected {value}"
        elif result.status == 0:
            problem = "a panic, but exit status 0"
    else:
        problem = None if result.status == int(value) else f"exit status {result.status}, expected {value}"
    skipped = [line for line in lines if line.startswith("record skipped ")]
    if problem is None and skipped and not case.keys["config"]:
        problem = f"a case was skipped: {skipped[0]}"
    if problem is None and case.keys["record"]:
        wanted = ["record", *case.keys["record"].split(",")]
        if not any(line.split()[:len(wanted)] == wanted for line in lines):
            problem = f"no line '{' '.join(wanted)}'"
    return problem


def _spoiled_dtb(case, machine, bootargs):
    """The file with this case's tree, made from the machine's own by a maker."""
    with open(qemu.make_dtb(machine, bootargs), "rb") as file:
        blob = file.read()
    path = os.path.join(qemu.BUILD, "dtb", f"{case.name}.{case.keys['dtb']}.dtb")
    with open(path, "wb") as file:
        file.write(dtb_makers.MAKERS[case.keys["dtb"]](blob))
    return path


def _made_file(name, make_contents):
    """A file of contents that are always the same; made once."""
    path = os.path.join(qemu.BUILD, "dtb", name)
    if not os.path.exists(path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=os.path.dirname(path), delete=False) as file:
            file.write(make_contents())
        os.replace(file.name, path)
    return path


def initrd_contents():
    """Not a whole number of pages; its 64-bit words (little endian) count from INITRD_FIRST_WORD."""
    words = range(INITRD_FIRST_WORD, INITRD_FIRST_WORD + INITRD_BYTES // 8 + 1)
    return struct.pack(f"<{len(words)}Q", *words)[:INITRD_BYTES]


def fill_contents():
    """Bytes without a pattern that anybody could take for zeros, or for tables."""
    return random.Random(1).randbytes(1 << 20) * (FILL_BYTES >> 20)


def prepare(case, toolchain, observe=""):
    """(machine, start) of the case, with all files made but the program. May raise QemuError."""
    machine, bootargs = case.machine(), case.bootargs()
    dtb = case.keys["dtb"]
    if dtb not in ("none", "slot"):
        dtb = _spoiled_dtb(case, machine, bootargs)
    initrd = {"no": "", "programs": case.initramfs(toolchain)}.get(case.keys["initrd"])
    if initrd is None:
        initrd = _made_file("initrd", initrd_contents)
    fill = _made_file("fill", fill_contents) if case.keys["fill"] == "yes" else ""
    plugin = subject.plugin_argument(observe, case.program(toolchain), case.name) if observe else ""
    return machine, qemu.Start(case.program(toolchain), case.keys["entry"], bootargs, dtb, initrd, fill, plugin=plugin)


def run(case, toolchain, log, observe=""):
    """Runs the case, writes all it said to the log; None if it passed, else why not. observe: a directory for what the
    plugin of tools/observe/ sees of the run."""
    try:
        machine, start = prepare(case, toolchain, observe)
        log.write((" ".join(qemu.command(machine, start, interactive=False)) + "\n").encode())
        seen = []
        for _ in range(2 if case.keys["runs"] == "2-identical" else 1):
            result = qemu.run_captured(machine, start, int(case.keys["timeout"]))
            log.write(result.output + result.errors.encode() + f"\n[exit status {result.status}]\n".encode())
            problem = judge(case, result)
            if problem:
                return problem
            seen.append(tap.records(result.output))
    except qemu.QemuError as error:
        return f"QEMU: {error}"
    for first, second in zip(seen[0], seen[-1]):
        if first != second:
            return f"two runs differ: '{first}' and '{second}'"
    if len(seen[0]) != len(seen[-1]):
        return f"two runs differ: {len(seen[0])} and {len(seen[-1])} records"
    return None
