// SPDX-License-Identifier: MIT
// The page: what is shown, selected, measured and found, and a frame whenever one of them has changed. Behind # the
// address may say what to show: from=, to= and event= in ticks of the machine and in numbers of events, search= a text.
// window.timeline is this Page, for tests and for the curious; its `ready` is a promise.

class Page {
    constructor(trace) {
        this.trace = trace;
        this.model = new Builder(trace).build();
        this.viewport = new Viewport(trace.end);
        this.panel = new Panel(this.model, {selectLane: lane => this.selectLane(lane)});
        this.theme = new Theme();
        this.scroller = document.getElementById("lanes");
        this.stage = document.getElementById("stage");
        this.canvas = document.getElementById("canvas");
        this.searchBox = document.getElementById("search");
        this.painters = Object.fromEntries(["canvas", "overview", "ruler"].map(name => [name, new Painter(document.getElementById(name))]));
        this.frame = new Frame(this.painters.canvas, this.theme, this.model, this.viewport);
        this.selected = null;
        this.measure = null;
        this.found = null;
        this.isAsked = false;
    }

    start() {
        this.panel.head();
        this.panel.names(this.theme);
        this.panel.select(null);
        listenToMouse(this, this.canvas);
        listenToOverview(this, document.getElementById("overview"));
        listenToKeys(this);
        listenToSearch(this, this.searchBox);
        listenToButtons(this);
        this.scroller.addEventListener("scroll", () => this.ask());
        new ResizeObserver(() => this.draw()).observe(this.scroller);
        matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.recolour());
        window.addEventListener("hashchange", () => this.obeyAddress());
        this.draw();
        this.obeyAddress();
    }

    // --- Drawing -------------------------------------------------------------------------------------

    ask() {
        if (!this.isAsked) {
            this.isAsked = true;
            requestAnimationFrame(() => this.draw());
        }
    }

    draw() {
        this.isAsked = false;
        this.viewport.width = Math.max(1, Math.floor(this.stage.clientWidth));
        const view = {top: this.scroller.scrollTop, height: this.scroller.clientHeight, selected: this.selected, measure: this.measure};
        this.frame.draw(view);
        drawOverview(this.painters.overview, this.theme, this.model, this.viewport);
        drawRuler(this.painters.ruler, this.theme, this.trace, this.viewport);
        this.panel.foot(this.viewport, this.frame.arrowsShown);
    }

    // Things drawn in the last frame of the lanes.
    get drawn() {
        return this.painters.canvas.count;
    }

    recolour() {
        Object.assign(this.theme, new Theme());
        this.panel.names(this.theme);
        this.panel.mark(this.selected);
        this.ask();
    }

    // --- Moving --------------------------------------------------------------------------------------

    pan(across, down) {
        this.viewport.pan(across);
        this.scroller.scrollTop += down;
        this.ask();
    }

    zoom(factor, x = null) {
        const {viewport, selected} = this;
        const isSelected = selected !== null && viewport.shows(this.trace.time[selected.event]);
        const middle = isSelected ? this.trace.time[selected.event] : (viewport.from + viewport.to) / 2;
        viewport.zoom(factor, x === null ? middle : viewport.time(x));
        this.ask();
    }

    fit() {
        this.viewport.showAll();
        this.ask();
    }

    goToShare(share) {
        this.viewport.center(share * this.trace.end);
        this.ask();
    }

    // --- Selecting -----------------------------------------------------------------------------------

    laneAt(y) {
        const at = y + this.scroller.scrollTop;
        const tops = this.frame.tops;
        const index = tops.findIndex((top, each) => each + 1 < tops.length && top <= at && at < tops[each + 1]);
        return index < 0 ? null : this.model.lanes[index];
    }

    // The nearest event of a lane that is not further than some pixels; -1: none.
    nearest(lane, time, pixels) {
        const {events} = lane;
        const times = {length: events.length, items: new Proxy(events.items, {get: (items, index) => this.trace.time[items[index]]})};
        const place = countUpTo(times, time);
        const distance = index => Math.abs(this.trace.time[events.get(index)] - time);
        const near = [place - 1, place].filter(index => index >= 0 && index < events.length).sort((a, b) => distance(a) - distance(b))[0];
        return near !== undefined && distance(near) <= pixels * this.viewport.perPixel ? events.get(near) : -1;
    }

    select(lane, event, isCentred = false) {
        this.selected = {lane, event};
        const time = this.trace.time[event];
        if (isCentred || !this.viewport.shows(time)) {
            this.viewport.center(time);
        }
        this.reveal(lane);
        this.panel.select(this.selected);
        this.ask();
    }

    reveal(lane) {
        const [top, bottom] = [this.frame.tops[lane.index], this.frame.tops[lane.index + 1]];
        if (top < this.scroller.scrollTop || bottom > this.scroller.scrollTop + this.scroller.clientHeight) {
            this.scroller.scrollTop = (top + bottom - this.scroller.clientHeight) / 2;
        }
    }

    click(x, y) {
        const lane = this.laneAt(y);
        if (lane === null) {
            return;
        }
        const time = this.viewport.time(x);
        const near = this.nearest(lane, time, 6);
        if (near >= 0) {
            this.select(lane, near);
        } else if (lane.events.length > 0) {
            const index = lane.pieces.indexAt(time);
            this.selected = {lane, event: index > 0 ? lane.pieces.event.get(index) : lane.events.get(0)};
            this.panel.select(this.selected);
            this.ask();
        }
    }

    selectLane(lane) {
        if (lane.events.length > 0) {
            const middle = this.viewport.shows(this.selected ? this.trace.time[this.selected.event] : NaN) ?
                this.trace.time[this.selected.event] : (this.viewport.from + this.viewport.to) / 2;
            this.select(lane, this.nearest(lane, middle, Infinity));
        }
    }

    step(by) {
        if (this.selected === null) {
            this.selectLane(this.model.cpu);
            return;
        }
        const {lane, event} = this.selected;
        const place = countBelow(lane.events, event) + (by > 0 ? (lane.events.items[countBelow(lane.events, event)] === event ? 1 : 0) : -1);
        if (place >= 0 && place < lane.events.length) {
            this.select(lane, lane.events.get(place));
        }
    }

    stepLane(by) {
        const {lanes} = this.model;
        const next = lanes[this.selected === null ? 0 : Math.min(Math.max(this.selected.lane.index + by, 0), lanes.length - 1)];
        this.selectLane(next);
    }

    // The lane that an event belongs to most.
    laneOf(event) {
        return this.model.ofThread[this.trace.thread[event]] ?? this.model.cpu;
    }

    nextMiss(by) {
        const misses = this.model.lanes.flatMap(lane => Array.from(lane.misses.event.items.subarray(0, lane.misses.length), event => ({lane, event})));
        misses.sort((a, b) => a.event - b.event);
        const now = this.selected?.event ?? -1;
        const next = by > 0 ? misses.find(({event}) => event > now) ?? misses[0] : misses.findLast(({event}) => event < now) ?? misses.at(-1);
        if (next !== undefined) {
            this.select(next.lane, next.event, true);
        }
    }

    forget() {
        this.selected = null;
        this.setMeasure(null);
        this.panel.select(null);
    }

    hover(x, y, pageX, pageY) {
        this.panel.hover(this.laneAt(y), this.viewport.time(x), pageX, pageY);
    }

    // --- Measuring -----------------------------------------------------------------------------------

    // A moment to measure from or to: that of an event near by; at a lane's lower edge, of a release or a deadline; or a
    // whole tick.
    held(x, y) {
        const lane = this.laneAt(y);
        const time = this.viewport.time(x);
        const reach = HOLD_PIXELS * this.viewport.perPixel;
        if (lane !== null && y - this.frame.y(lane.index) >= JOB_Y - 6) {
            const near = nearestOfJobs(lane, time);
            if (near !== null && Math.abs(near - time) <= reach) {
                return near;
            }
        }
        const near = lane === null ? -1 : this.nearest(lane, time, HOLD_PIXELS);
        return near >= 0 ? this.trace.time[near] : Math.min(Math.max(Math.round(time), 0), this.trace.end);
    }

    setMeasure(a, b = a) {
        this.measure = a === null ? null : {a, b};
        this.panel.measured(this.measure);
        this.ask();
    }

    // From the selected event.
    measureTo(time) {
        this.setMeasure(this.selected === null ? time : this.trace.time[this.selected.event], time);
    }

    measureSelected() {
        if (this.selected !== null) {
            const time = this.trace.time[this.selected.event];
            this.setMeasure(this.measure !== null && this.measure.a === this.measure.b ? this.measure.a : time, time);
        }
    }

    zoomToMeasure() {
        if (this.measure !== null && this.measure.a !== this.measure.b) {
            const [from, to] = [Math.min(this.measure.a, this.measure.b), Math.max(this.measure.a, this.measure.b)];
            this.viewport.show(from - (to - from) * 0.15, to + (to - from) * 0.15);
            this.ask();
        }
    }

    // --- Searching -----------------------------------------------------------------------------------

    focusSearch() {
        this.searchBox.focus();
        this.searchBox.select();
    }

    forgetFound() {
        this.found = null;
        document.getElementById("found").textContent = "";
    }

    nextFound(by) {
        if (this.found === null) {
            this.found = {events: search(this.trace, this.searchBox.value), place: -1};
        }
        const {events} = this.found;
        const said = document.getElementById("found");
        if (events.length === 0) {
            said.textContent = "nothing";
            return;
        }
        // From what is selected, or what is at the left edge, round and round.
        const now = this.selected?.event ?? countBelow({items: this.trace.time, length: this.trace.count}, this.viewport.from) - 1;
        const place = by > 0 ? countUpTo(events, now) : countBelow(events, now) - 1;
        this.found.place = (place + events.length) % events.length;
        said.textContent = `${grouped(this.found.place + 1)} of ${grouped(events.length)}`;
        const event = events.get(this.found.place);
        this.select(this.laneOf(event), event, true);
    }

    // --- Others --------------------------------------------------------------------------------------

    statistics() {
        const dialog = document.getElementById("statistics");
        showStatistics(dialog, this.model, lane => {
            dialog.close();
            this.selectLane(lane);
        });
    }

    help() {
        showHelp(document.getElementById("help"));
    }

    obeyAddress() {
        const words = new URLSearchParams(location.hash.slice(1));
        const ticks = name => Number(BigInt(words.get(name)) - this.trace.begin);
        if (words.has("from") && words.has("to")) {
            this.viewport.show(ticks("from"), ticks("to"));
        }
        if (words.has("event")) {
            const event = Number(words.get("event")) - 1;
            this.select(this.laneOf(event), event);
        }
        if (words.has("search")) {
            this.searchBox.value = words.get("search");
            this.forgetFound();
            this.nextFound(1);
        }
        this.ask();
    }
}

async function main() {
    const data = document.getElementById("data");
    const page = new Page(await unpack(data.textContent));
    data.remove();
    page.start();
    window.timeline.page = page;
    return page;
}

window.timeline = {};
window.timeline.ready = main().catch(error => {
    document.getElementById("summary").textContent = `This trace cannot be shown: ${error.message}`;
    throw error;
});
