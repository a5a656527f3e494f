# SPDX-License-Identifier: MIT
"""A trace as the JSON of chrome://tracing, which ui.perfetto.dev opens too.

Three groups of lanes: the CPU, with a piece for each time that a thread runs; the threads, with their running pieces,
marks, jobs and calls, and an arrow for each wake; and the interrupt lines.
"""

from records import IDLE, NO_SLOT, TIMER

CPU, THREADS, LINES = 1, 2, 3  # "processes"
GROUPS = {CPU: "CPU", THREADS: "threads", LINES: "interrupts"}
INSTANTS = ("mark", "job", "call", "spawn", "fault", "limit", "lost", "end", "syscall", "answer")


class _Writer:
    def __init__(self, trace, names):
        self._trace, self._names = trace, names
        self.events = [{"ph": "M", "pid": pid, "tid": 0, "name": "process_name", "args": {"name": name}}
                       for pid, name in GROUPS.items()]
        self._lanes = {}
        self._running, self._since = None, trace.begin
        self._arrows, self._arrow_of = 0, {}
        self._lane(CPU, 0, "CPU 0")

    def _micros(self, ticks):
        return self._trace.nanoseconds(ticks) / 1000

    def _lane(self, pid, key, name):
        """The number of a lane, which is named when it is first used."""
        if (pid, key) not in self._lanes:
            self._lanes[pid, key] = len(self._lanes)
            self._add("M", pid, self._lanes[pid, key], "thread_name", args={"name": name})
        return self._lanes[pid, key]

    def _add(self, phase, pid, tid, name, **more):
        self.events.append({"ph": phase, "pid": pid, "tid": tid, "name": name, **more})

    def _thread_lane(self, thread):
        return self._lane(THREADS, thread, self._names.thread(thread))

    def _piece(self, pid, lane, name, start, end, args=None):
        duration = self._micros(end) - self._micros(start)
        self._add("X", pid, lane, name, ts=self._micros(start), dur=round(duration, 3), args=args or {})

    def _leave(self, end, args):
        """Whoever ran does no longer."""
        if self._running is not None and self._running != IDLE:
            self._piece(CPU, self._lanes[CPU, 0], self._names.thread(self._running), self._since, end, args)
            self._piece(THREADS, self._thread_lane(self._running), "runs", self._since, end, args)

    def _run(self, event, leaves):
        """`event.thread` runs from event.time on; who ran before did until `leaves`."""
        self._leave(leaves, {key: value for key, value in self._names.in_words(event).items() if key in ("left", "object")})
        self._running, self._since = event.thread, event.time
        arrow = self._arrow_of.pop(event.thread, None)
        if arrow is not None:
            self._add("f", THREADS, self._thread_lane(event.thread), "wake", id=arrow, cat="wake", bp="e",
                      ts=self._micros(event.time))

    def _instant(self, event, pid=THREADS, name=None):
        words = self._names.in_words(event)
        name = name or words.get("label") or event.name
        self._add("i", pid, self._thread_lane(event.thread), name, s="t", ts=self._micros(event.time),
                  args={"event": event.name, **words})

    def _irq(self, event):
        line = event.fields["line"]
        lane = self._lane(LINES, line, "timer" if line == TIMER else f"line {line}")
        self._piece(LINES, lane, "interrupt", event.fields["taken"], event.time, {"left": event.fields["left"]})
        if event.fields["missed"] != NO_SLOT:
            self._add("i", LINES, lane, f"deadline missed by slot {event.fields['missed']}", s="g",
                      ts=self._micros(event.time), args={"slot": event.fields["missed"]})
        if event.thread != self._running:
            self._run(event, max(self._since, event.fields["taken"]))

    def _wake(self, event):
        """An arrow from who runs to where the woken one runs next."""
        self._instant(event)
        if self._running not in (None, IDLE):
            self._arrows += 1
            self._arrow_of[event.thread] = self._arrows
            self._add("s", THREADS, self._thread_lane(self._running), "wake", id=self._arrows, cat="wake",
                      ts=self._micros(event.time))

    def _priority(self, event):
        self._add("C", THREADS, self._thread_lane(event.thread), f"priority of {self._names.thread(event.thread)}",
                  ts=self._micros(event.time), args={"priority": event.fields["priority"]})

    def take(self, event):
        """One event more."""
        if event.name == "switch":
            self._run(event, event.time)
        elif event.name in INSTANTS:
            self._instant(event)
        else:
            {"irq": self._irq, "wake": self._wake, "priority": self._priority}[event.name](event)

    def finish(self, end):
        self._leave(end, {})


def document(trace, names):
    """What json.dump() writes."""
    writer = _Writer(trace, names)
    for event in trace.events:
        writer.take(event)
    if trace.events:
        writer.finish(trace.events[-1].time)
    return {"traceEvents": writer.events, "displayTimeUnit": "ns",
            "otherData": {"tracer": "genrt", "ticks a second": str(trace.frequency)}}
