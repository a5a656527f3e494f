# SPDX-License-Identifier: MIT
"""What a trace says of each thread so far, kept up to date record by record while the file still grows.

The time from one switch to the next is that of the thread that runs: what the kernel does for it, and interrupts that come
meanwhile, are part of it, as in kernel/sched/cpu_time.h. What runs behind a gap is not known until the next switch.
"""

import collections
from dataclasses import dataclass, field

import records

RUNS = ("switch", "irq")  # from there on the thread of the event runs
WAITS = ("waits", "waits_time", "waits_any")
LATEST = 8  # events that are kept to be shown
READ = 1 << 20  # bytes at a time


class Follower:
    """The events of a file that grows; records.TraceError as soon as it is no trace."""

    def __init__(self, path):
        self._path, self._file, self._rest = path, None, b""
        self.header = None  # a Trace without events, once the file has that much

    def _read(self):
        if self._file is None:
            try:
                self._file = open(self._path, "rb")  # pylint: disable=consider-using-with
            except FileNotFoundError:
                return b""
        return self._file.read(READ)

    def events(self):
        """Those that are new."""
        while data := self._read():
            self._rest += data
            if self.header is None:
                if len(self._rest) < records.HEADER.size:
                    continue
                self.header = records.parse(self._rest[:records.HEADER.size], partial=True)
                self._rest = self._rest[records.HEADER.size:]
            whole = len(self._rest) - len(self._rest) % records.RECORD.size
            yield from (records.decode(*numbers) for numbers in records.RECORD.iter_unpack(self._rest[:whole]))
            self._rest = self._rest[whole:]

    def close(self):
        if self._file is not None:
            self._file.close()


@dataclass
class Job:
    release: int
    deadline: int  # 0: none


@dataclass
class Thread:
    """One thread; times are ticks."""

    name: str
    priority: "int | None" = None  # None: not told
    state: str = "ready"
    ran: int = 0  # in all
    ran_before: int = 0  # until the window began
    switches: int = 0
    left: int = 0  # when it last ran no longer
    job: "Job | None" = None
    jobs: int = 0
    misses: int = 0
    response: "int | None" = None  # of the last job that is over
    response_max: "int | None" = None


@dataclass
class Account:
    """names: of the program (tools/trace/names.py)."""

    names: object
    begin: int
    now: int = 0
    count: int = 0
    lost: int = 0
    unknown: int = 0  # ticks of nobody
    ended: int = 0  # ticks of threads that are no more
    end: str = ""
    threads: dict = field(default_factory=dict)  # by id
    latest: collections.deque = field(default_factory=lambda: collections.deque(maxlen=LATEST))  # (time, thread, words)
    running: "int | None" = None
    since: int = 0
    window: int = 0  # when it began
    count_before: int = 0

    def __post_init__(self):
        self.now = self.since = self.window = self.begin

    def thread(self, number):
        if number not in self.threads:
            name = "idle" if number == records.IDLE else records.thread_text(number)
            self.threads[number] = Thread(name)
        return self.threads[number]

    def begin_window(self):
        """Loads are of the time from here on."""
        self._credit(self.now)
        self.window, self.count_before = self.now, self.count
        for thread in self.threads.values():
            thread.ran_before = thread.ran

    def settle(self):
        """Whoever runs has run until now."""
        self._credit(self.now)

    def _credit(self, until):
        length = max(until - self.since, 0)
        if self.running is None:
            self.unknown += length
        else:
            self.thread(self.running).ran += length
        self.since = max(until, self.since)

    # --- Events --------------------------------------------------------------------------------------

    def take(self, event):
        self.count += 1
        self.now = max(self.now, event.time)
        if event.name in RUNS:
            self._run(event)
        else:
            getattr(self, f"_{event.name}", lambda _: None)(event)

    def _run(self, event):
        self._credit(event.time)
        if self.running not in (None, event.thread):
            before = self.thread(self.running)
            before.state, before.left = event.fields["left"], event.time
            if before.state in ("gone", "ended"):
                self._forget(self.running)
        if self.running != event.thread:
            self.thread(event.thread).switches += 1
        self.running = event.thread
        self.thread(event.thread).state = "runs"
        if event.name == "irq" and event.fields["missed"] != records.NO_SLOT:
            self._missed(event)

    def _forget(self, number):
        self.ended += self.threads.pop(number).ran

    def _missed(self, event):
        for number, thread in self.threads.items():
            if number != records.IDLE and number & 0xffff_ffff == event.fields["missed"]:
                thread.misses += 1
                self.latest.append((event.time, thread.name, "missed a deadline"))

    def _wake(self, event):
        self.thread(event.thread).state = "ready"

    def _spawn(self, event):
        slot = event.thread & 0xffff_ffff
        for number in [number for number in self.threads if number != records.IDLE and number & 0xffff_ffff == slot]:
            self._forget(number)  # an older one, which has ended
        name = self.names.text(event.fields["label"]) or self.names.place(event.fields["entry"])
        self.threads[event.thread] = Thread(f"{name} ({records.thread_text(event.thread)})", event.fields["priority"])

    def _priority(self, event):
        self.thread(event.thread).priority = event.fields["priority"]

    def _job(self, event):
        thread = self.thread(event.thread)
        if thread.job is not None and thread.left >= thread.job.release:
            thread.response = thread.left - thread.job.release
            thread.response_max = max(thread.response, thread.response_max or 0)
        thread.job = Job(event.fields["release"], event.fields["deadline"])
        thread.jobs += 1

    def _fault(self, event):
        self.latest.append((event.time, self.thread(event.thread).name, f"fault at {self.names.place(event.fields['pc'])}"))

    def _limit(self, event):
        if event.fields["limit"] == "budget":
            self.latest.append((event.time, self.thread(event.thread).name, "used up its budget"))

    def _lost(self, event):
        self._credit(event.time)
        self.lost += event.fields["lost"]
        self.running = None
        self.latest.append((event.time, "", f"{event.fields['lost']} records lost"))

    def _end(self, event):
        self._credit(event.time)
        self.lost = max(self.lost, event.fields["lost"])
        self.end = event.fields["why"]
