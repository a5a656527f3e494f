// SPDX-License-Identifier: MIT
// From records to lanes: one pass over all events, in which each says what becomes of whom.
//
//   - A switch ends the piece of who ran and begins one of who runs. An interrupt does so too, at the moment that it was
//     taken and at the one when it ends; between them nobody runs.
//   - A wake is by whoever runs, or by the interrupt within whose time it lies, which is known only when that ends: so
//     wakes wait until then. What its waker asked for just before, a message or a lock, is what the arrow is.
//   - A priority above a thread's own is lent if it rises while somebody asks for a lock.

const WAKE = 0, MESSAGE = 1, GIVEN = 2, LENT = 3;
const ARROW_WORDS = ["wakes", "sends a message to", "gives to", "lends its priority to"];
const MESSAGE_CALLS = new Set(["send", "receive"]);
const CPU_INTERRUPT = 0; // what a CPU runs: this, or a thread's number and 1

class Builder {
    constructor(trace) {
        this.trace = trace;
        this.lanes = [];
        this.cpu = this.lane("cpu", "CPU 0", -1);
        this.ofThread = new Array(trace.threads.length).fill(null);
        this.ofLine = new Map();
        this.arrows = {time: new Column(Float64Array), from: [], to: [], kind: new Column(Uint8Array), event: new Column(Uint32Array)};
        this.gaps = [];          // {from, to, lost}: where records are missing
        this.running = -1;       // a thread's number; -1: not known
        this.call = null;        // what it asked for last, since it runs: {name, event}
        this.wakes = [];         // events whose waker is not known yet, with what was asked for
        this.spent = new Set();  // threads whose budget is used up
        this.ofSlot = new Map(); // thread whose jobs are in a slot
        this.isThread = trace.threads.map(thread => thread.kind === "thread");
        this.steps = {switch: this.switch, irq: this.irq, mark: this.mark, wake: this.wake, spawn: this.spawn, job: this.job,
                      priority: this.priority, call: this.called, fault: this.mark, limit: this.limit, lost: this.lost, end: this.ended};
    }

    lane(kind, name, thread) {
        const lane = new Lane(kind, name, thread);
        this.lanes.push(lane);
        return lane;
    }

    threadLane(thread) {
        this.ofThread[thread] ??= this.lane("thread", this.trace.threads[thread].name, thread);
        return this.ofThread[thread];
    }

    lineLane(line) {
        if (!this.ofLine.has(line)) {
            this.ofLine.set(line, this.lane("line", line < 0 ? "timer" : `line ${line}`, -1));
            this.ofLine.get(line).line = line;
        }
        return this.ofLine.get(line);
    }

    build() {
        const {trace} = this;
        const steps = trace.kinds.map(name => (this.steps[name] ?? this.mark).bind(this));
        for (let event = 0; event < trace.count; event++) {
            const thread = trace.thread[event];
            if (this.isThread[thread]) {
                this.threadLane(thread).note(event);
            }
            steps[trace.kind[event]](event, thread, trace.time[event], trace.read(event));
        }
        this.settleWakes(Infinity, null);
        return this.finish();
    }

    // --- Who runs ------------------------------------------------------------------------------------

    leave(time, left, object, event) {
        if (this.running < 0 || !this.isThread[this.running]) {
            return;
        }
        const lane = this.threadLane(this.running);
        const state = this.spent.has(this.running) ? SPENT : stateLeft(left, object);
        lane.pieces.add(time, state, object, event);
        lane.note(event);
        leaveJob(lane, state, time);
    }

    run(time, thread, event) {
        if (thread !== this.running && this.isThread[thread]) {
            this.threadLane(thread).begun++;
        }
        this.running = thread;
        this.call = null;
        this.spent.delete(thread);
        this.cpu.note(event);
        if (this.isThread[thread]) {
            this.cpu.pieces.add(time, RUNS, thread + 1, event);
            this.threadLane(thread).pieces.add(time, RUNS, 0, event);
        } else {
            this.cpu.pieces.add(time, WAITS, 0, event);
        }
    }

    switch(event, thread, time, fields) {
        const left = this.trace.words[fields.unsigned()];
        const object = fields.unsigned();
        this.settleWakes(Infinity, null);
        this.leave(time, left, object, event);
        this.run(time, thread, event);
    }

    irq(event, thread, time, fields) {
        const left = this.trace.words[fields.unsigned()];
        const taken = this.trace.moment(fields, event);
        const lane = this.lineLane(fields.signed());
        const missed = fields.signed();
        this.settleWakes(taken, lane);
        lane.note(event);
        lane.pieces.add(taken, RUNS, 0, event);
        lane.pieces.add(time, WAITS, 0, event);
        this.cpu.note(event);
        this.cpu.pieces.add(taken, RUNS, CPU_INTERRUPT, event);
        const call = thread === this.running ? this.call : null;
        this.leave(taken, thread === this.running ? "ready" : left, 0, event);
        this.run(time, thread, event);
        this.call = call;
        if (missed >= 0) {
            this.miss(event, time, missed);
        }
    }

    // --- Who wakes whom --------------------------------------------------------------------------------

    arrow(time, from, to, kind, event) {
        const {arrows} = this;
        arrows.time.push(time);
        arrows.from.push(from);
        arrows.to.push(to);
        arrows.kind.push(kind);
        arrows.event.push(event);
    }

    wake(event, thread, time) {
        const lane = this.threadLane(thread);
        this.spent.delete(thread);
        lane.wakes++;
        lane.pieces.add(time, READY, 0, event);
        wakeJob(lane, time);
        this.wakes.push({event, time, lane, by: this.running, call: this.call});
    }

    // Those before `taken` are by who ran, the others by the interrupt's line.
    settleWakes(taken, line) {
        for (const {event, time, lane, by, call} of this.wakes) {
            if (time >= taken) {
                this.arrow(time, line, lane, WAKE, event);
            } else if (by >= 0 && this.isThread[by]) {
                const kind = call === null ? WAKE : MESSAGE_CALLS.has(call) ? MESSAGE : GIVEN;
                this.arrow(time, this.threadLane(by), lane, kind, event);
            }
        }
        this.wakes.length = 0;
    }

    // --- What threads do -------------------------------------------------------------------------------

    spawn(event, thread, time, fields) {
        const lane = this.threadLane(thread);
        lane.base = fields.signed();
        lane.marks.add(time, event);
        if (lane.pieces.lastState() === UNKNOWN && this.running >= 0) {
            lane.pieces.add(time, READY, 0, event);
        }
    }

    mark(event, thread, time) {
        if (this.isThread[thread]) {
            this.threadLane(thread).marks.add(time, event);
        }
    }

    called(event, thread, time, fields) {
        this.mark(event, thread, time);
        this.call = thread === this.running ? this.trace.words[fields.unsigned()] : null;
    }

    limit(event, thread, time, fields) {
        this.mark(event, thread, time);
        if (this.trace.words[fields.unsigned()] === "budget") {
            this.spent.add(thread);
        }
    }

    priority(event, thread, time, fields) {
        const lane = this.threadLane(thread);
        const priority = fields.signed();
        const isRaised = lane.raised.lastState() === RUNS;
        if (isRaised ? priority > (lane.base ?? -1) : this.call === "lock") {
            lane.raised.add(time, RUNS, priority, event);
            if (thread !== this.running && this.running >= 0 && this.isThread[this.running]) {
                this.arrow(time, this.threadLane(this.running), lane, LENT, event);
            }
        } else {
            lane.raised.add(time, WAITS, 0, event);
            lane.base = isRaised ? Math.min(priority, lane.base ?? priority) : priority;
            lane.marks.add(time, event);
        }
    }

    job(event, thread, time, fields) {
        const lane = this.threadLane(thread);
        beginJob(lane, event, time, this.trace.moment(fields, event), this.trace.moment(fields, event));
        this.ofSlot.set(this.trace.threads[thread].slot, lane);
    }

    miss(event, time, slot) {
        const lane = this.ofSlot.get(slot);
        if (lane !== undefined) {
            lane.misses.add(time, event);
            lane.note(event);
            missJob(lane, event);
        }
    }

    // --- The file --------------------------------------------------------------------------------------

    lost(event, thread, time, fields) {
        this.gaps.push({from: event > 0 ? this.trace.time[event - 1] : 0, to: time, lost: fields.signed()});
        this.running = -1;
        this.call = null;
    }

    ended(event, thread, time, fields) {
        this.why = this.trace.words[fields.unsigned()];
        this.lostInAll = fields.signed();
    }

    finish() {
        const {trace, arrows} = this;
        for (const lane of this.lanes) {
            lane.pieces.end = lane.raised.end = trace.end;
            finishJobs(lane);
        }
        this.lanes.sort(laneOrder(trace));
        this.lanes.forEach((lane, index) => { lane.index = index; });
        return {trace, lanes: this.lanes, cpu: this.cpu, arrows: inOrder(arrows), gaps: this.gaps, why: this.why ?? "",
                lost: this.lostInAll ?? 0, ofThread: this.ofThread};
    }
}

function stateLeft(left, object) {
    switch (left) {
    case "ready": return READY;
    case "waits_time": return object === 0 ? SLEEPS : WAITS;
    case "ended":
    case "gone": return GONE;
    default: return WAITS;
    }
}

// Arrows are found when their wakes are settled, nearly in order of time.
function inOrder({time, from, to, kind, event}) {
    const order = Uint32Array.from({length: time.length}, (_, index) => index).sort((a, b) => time.get(a) - time.get(b) || a - b);
    const sorted = {time: new Column(Float64Array), from: [], to: [], kind: new Column(Uint8Array), event: new Column(Uint32Array)};
    for (const index of order) {
        sorted.time.push(time.get(index));
        sorted.from.push(from[index]);
        sorted.to.push(to[index]);
        sorted.kind.push(kind.get(index));
        sorted.event.push(event.get(index));
    }
    return sorted;
}

// The CPU, interrupt lines with the timer first, threads with the most urgent first.
function laneOrder(trace) {
    const group = {cpu: 0, line: 1, thread: 2};
    return (a, b) => group[a.kind] - group[b.kind] || (a.line ?? 0) - (b.line ?? 0) || (b.base ?? -1) - (a.base ?? -1) ||
        (a.kind === "thread" ? trace.threads[a.thread].slot - trace.threads[b.thread].slot || a.thread - b.thread : 0);
}
