// SPDX-License-Identifier: MIT
// A lane: one thread, one CPU or one interrupt line, as pieces of time without a gap, and things at moments.
//
//     start:  0        120   180            400         Each piece ends where the next one begins.
//     state:  unknown  runs  waits          runs ...
//
// Beside each piece stands how long the lane ran, and how long it was ready, before it. Two of these sums subtracted say
// how much of any stretch it ran, at the cost of finding the stretch: however far one zooms out, a pixel costs the same.

const UNKNOWN = 0, RUNS = 1, READY = 2, WAITS = 3, SLEEPS = 4, SPENT = 5, GONE = 6;
const STATE_WORDS = ["not known", "runs", "ready", "waits", "waits for a moment", "has used up its budget", "has ended"];

class Pieces {
    constructor() {
        this.start = new Column(Float64Array);
        this.state = new Column(Uint8Array);
        this.what = new Column(Uint32Array);   // of a CPU: who runs; of a wait: the word for what
        this.event = new Column(Uint32Array);  // which event it begins with
        this.ran = new Column(Float64Array);
        this.ready = new Column(Float64Array);
        this.end = 0;
        this.add(0, UNKNOWN, 0, 0);
    }

    get length() {
        return this.start.length;
    }

    add(time, state, what, event) {
        const last = this.length - 1;
        const at = last < 0 ? time : Math.max(time, this.start.get(last));
        const was = last < 0 ? UNKNOWN : this.state.get(last);
        const lasted = last < 0 ? 0 : at - this.start.get(last);
        this.ran.push((last < 0 ? 0 : this.ran.get(last)) + (was === RUNS ? lasted : 0));
        this.ready.push((last < 0 ? 0 : this.ready.get(last)) + (was === READY ? lasted : 0));
        this.start.push(at);
        this.state.push(state);
        this.what.push(what);
        this.event.push(event);
    }

    lastState() {
        return this.state.last();
    }

    // The piece at a moment; `from` is one at or before it.
    indexAt(time, from = 0) {
        return Math.max(0, countUpTo(this.start, time, from) - 1);
    }

    endOf(index) {
        return index + 1 < this.length ? this.start.get(index + 1) : this.end;
    }

    // How long it was in the state up to a moment that is in that piece.
    ranBefore(time, index) {
        return this.ran.get(index) + (this.state.get(index) === RUNS ? Math.min(time, this.end) - this.start.get(index) : 0);
    }

    readyBefore(time, index) {
        return this.ready.get(index) + (this.state.get(index) === READY ? Math.min(time, this.end) - this.start.get(index) : 0);
    }

    ranWithin(from, to) {
        return this.ranBefore(to, this.indexAt(to)) - this.ranBefore(from, this.indexAt(from));
    }

    readyWithin(from, to) {
        return this.readyBefore(to, this.indexAt(to)) - this.readyBefore(from, this.indexAt(from));
    }
}

// Things at moments.
class Moments {
    constructor() {
        this.time = new Column(Float64Array);
        this.event = new Column(Uint32Array);
    }

    add(time, event) {
        this.time.push(time);
        this.event.push(event);
    }

    get length() {
        return this.time.length;
    }
}

class Lane {
    constructor(kind, name, thread) {
        this.kind = kind;      // "cpu", "line", "thread"
        this.name = name;
        this.thread = thread;  // its number, or -1
        this.pieces = new Pieces();
        this.events = new Column(Uint32Array);  // that have to do with it
        this.marks = new Moments();             // what is drawn as a sign
        this.misses = new Moments();
        this.raised = new Pieces();             // what: a priority above its own, or 0
        this.jobs = [];                         // jobs.js
        this.releases = new Column(Float64Array);
        this.base = null;                       // priority; null: not known
        this.wakes = 0;
        this.begun = 0;                         // times that it began to run, interrupts aside
    }

    note(event) {
        if (this.events.length === 0 || this.events.last() !== event) {
            this.events.push(event);
        }
    }
}
