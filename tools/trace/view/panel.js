// SPDX-License-Identifier: MIT
// What stands beside the lanes: the selected event with all its fields, what was measured and who ran meanwhile, and the
// figures of the selected thread. Also the names of lanes, the line at the bottom, and the help.

const RAN_MOST = 8; // rows of who ran

const HELP = [
    ["Wheel, + and −", "zoom, at the pointer"], ["Drag, Shift+wheel", "move"], ["0", "the whole trace"],
    ["Click", "select an event: the nearest, or the one that the piece begins with"],
    ["← →", "the event before, the next one of the lane"], ["↑ ↓", "the lane above, below"],
    ["Shift+drag", "measure; it holds on to events of the lane under the pointer, at its lower edge to releases and deadlines"],
    ["m", "measure from the selected event; again, at another: up to there"], ["z", "zoom to what is measured"],
    ["d, Shift+d", "the next, the previous missed deadline"],
    ["/", "search; Enter: the next, Shift+Enter: the previous that fits. Words: all must fit; object=inbox, value=7: that field"],
    ["n, Shift+n", "the same, outside of the search"], ["s", "statistics of all threads"], ["Esc", "close, or forget what is measured and selected"],
];
const SIGNS = [
    ["Full, pale, line, dots", "runs; ready, but does not run; waits for something; waits for a moment"],
    ["↑ and ↓ at the bottom", "release and deadline of a job; the line is its response time"], ["Red flag", "a deadline was missed"],
    ["Violet band", "priority above the thread's own; a dashed violet arrow: who lends it"],
    ["Arrow", "grey: a wake; blue: with a message; green: something was given or unlocked"],
    ["Diamond", "a mark; orange: quantum or budget used up"], ["Cross", "a fault"],
    ["Zoomed out", "the denser a thread's lane and the higher the CPU's, the more of the time it is busy"],
];

class Panel {
    constructor(model, actions) {
        this.model = model;
        this.trace = model.trace;
        this.actions = actions;
        this.parts = Object.fromEntries(["event", "measure", "thread", "names", "pointer", "hint", "tip", "title", "summary", "span"]
            .map(name => [name, document.getElementById(name)]));
    }

    head() {
        const {trace, model, parts} = this;
        const {title} = trace.constant;
        parts.title.textContent = title;
        const end = trace.constant.whole ? {exit: "", miss: ", ended by a missed deadline", panic: ", ended by a panic"}[model.why] : ", cut off";
        parts.summary.textContent = `${grouped(trace.count)} events in ${duration(trace.nanoseconds(trace.end))}${end}`;
        if (model.lost > 0 || model.gaps.length > 0) {
            parts.summary.append(" ", element("span", {class: "badge"}, `${grouped(model.lost)} records lost`));
        }
        if (!trace.isExact) {
            parts.summary.append(" ", element("span", {class: "badge"}, "times beyond 2^53 ticks are rounded"));
        }
    }

    names(theme) {
        const rows = this.model.lanes.map(lane => {
            const row = element("div", {class: `lane ${lane.kind}`, role: "listitem", style: `height:${laneHeight(lane)}px`});
            row.append(element("span", {class: "dot", style: lane.kind === "thread" ? `background:${threadColour(theme, lane.thread)}` : ""}),
                       element("span", {class: "name", title: lane.name}, lane.name));
            if (lane.base !== null) {
                row.append(element("span", {class: "priority", title: "priority"}, String(lane.base)));
            }
            if (lane.misses.length > 0) {
                row.append(element("span", {class: "badge", title: "missed deadlines"}, `${grouped(lane.misses.length)} missed`));
            }
            row.addEventListener("click", () => this.actions.selectLane(lane));
            return row;
        });
        this.parts.names.replaceChildren(...rows);
    }

    mark(selected) {
        [...this.parts.names.children].forEach((row, index) => row.classList.toggle("selected", selected !== null && selected.lane.index === index));
    }

    select(selected) {
        this.mark(selected);
        if (selected === null) {
            this.parts.event.replaceChildren(element("h2", {}, "Nothing is selected"),
                                             element("p", {}, "Click on a lane. Shift+drag measures, / searches, ? shows everything else."));
            this.parts.thread.replaceChildren();
            return;
        }
        const {event, lane} = selected;
        const {trace} = this;
        const before = event > 0 ? trace.time[event] - trace.time[event - 1] : 0;
        const rows = [["time", `${moment(trace, trace.time[event])} s`], ["ticks", trace.absolute(trace.time[event]).toString()],
                      ["after the last", ticksAndTime(trace, before)], ["thread", trace.threads[trace.thread[event]].name],
                      ...fieldTexts(trace, event), ...this.arrowRow(event), ["number", `${grouped(event + 1)} of ${grouped(trace.count)}`]];
        this.parts.event.replaceChildren(element("h2", {}, trace.kindName(event)), description(rows));
        this.thread(lane);
    }

    arrowRow(event) {
        const {arrows} = this.model;
        const first = countBelow(arrows.time, this.trace.time[event]);
        for (let i = first; i < arrows.time.length && arrows.time.get(i) <= this.trace.time[event]; i++) {
            if (arrows.event.get(i) === event) {
                return [["arrow", `${arrows.from[i].name} ${ARROW_WORDS[arrows.kind.get(i)]} ${arrows.to[i].name}`]];
            }
        }
        return [];
    }

    thread(lane) {
        if (lane.kind !== "thread") {
            const busy = lane.pieces.ranWithin(0, lane.pieces.end);
            this.parts.thread.replaceChildren(element("h2", {}, lane.name),
                description([["busy", `${duration(this.trace.nanoseconds(busy))}, ${percent(busy, this.trace.end)}`]]));
            return;
        }
        const parts = [element("h2", {}, lane.name), description(statisticRows(this.model, lane))];
        const counted = statisticsOf(lane);
        if (counted.histogram !== null) {
            parts.push(element("h3", {}, "Response times"), histogramChart(this.trace, counted));
        }
        this.parts.thread.replaceChildren(...parts);
    }

    measured(measure) {
        if (measure === null) {
            this.parts.measure.replaceChildren();
            return;
        }
        const {trace, model} = this;
        const [from, to] = [Math.min(measure.a, measure.b), Math.max(measure.a, measure.b)];
        const who = model.lanes.filter(lane => lane.kind !== "cpu").map(lane => [lane, lane.pieces.ranWithin(from, to)])
            .filter(([, ran]) => ran > 0).sort((a, b) => b[1] - a[1]);
        const rows = who.slice(0, RAN_MOST).map(([lane, ran]) => [lane.name, `${duration(trace.nanoseconds(ran))}, ${percent(ran, to - from)}`]);
        this.parts.measure.replaceChildren(
            element("h2", {}, "Measured"), element("p", {class: "large", id: "measured"}, ticksAndTime(trace, to - from)),
            description([["from", `${moment(trace, from)} s`], ["to", `${moment(trace, to)} s`]]),
            element("h3", {}, "Who ran meanwhile"), description(rows));
    }

    // Beside the pointer: what is there.
    hover(lane, time, x, y) {
        const {trace, parts} = this;
        if (lane === null || time < 0 || time > trace.end) {
            parts.tip.hidden = true;
            return;
        }
        const {pieces} = lane;
        const index = pieces.indexAt(time);
        const lines = [lane.name, this.stateText(lane, index)];
        const lasts = pieces.endOf(index) - pieces.start.get(index);
        lines.push(`for ${ticksAndTime(trace, lasts)}`);
        parts.tip.replaceChildren(...lines.map(line => element("div", {}, line)));
        parts.tip.hidden = false;
        parts.tip.style.left = `${Math.min(x + 14, window.innerWidth - parts.tip.offsetWidth - 8)}px`;
        parts.tip.style.top = `${Math.min(y + 18, window.innerHeight - parts.tip.offsetHeight - 8)}px`;
        parts.pointer.textContent = `${moment(trace, Math.min(Math.max(time, 0), trace.end))} s`;
    }

    stateText(lane, index) {
        const state = lane.pieces.state.get(index), what = lane.pieces.what.get(index);
        if (lane.kind === "cpu") {
            return state !== RUNS ? (state === WAITS ? "idle" : STATE_WORDS[UNKNOWN]) :
                what === CPU_INTERRUPT ? "interrupt" : `runs ${this.trace.threads[what - 1].name}`;
        }
        if (lane.kind === "line") {
            return state === RUNS ? "interrupt" : "no interrupt";
        }
        return STATE_WORDS[state] + (state === WAITS && what > 0 ? `: ${this.trace.words[what]}` : "");
    }

    hideTip() {
        this.parts.tip.hidden = true;
    }

    foot(viewport, arrows) {
        this.parts.span.textContent = duration(this.trace.nanoseconds(viewport.span));
        this.parts.hint.textContent = arrows.isDrawn ? "" : `${grouped(arrows.count)} wakes in sight: zoom in for their arrows`;
    }
}

function showHelp(dialog) {
    const table = rows => element("table", {}, element("tbody", {}, ...rows.map(([key, text]) =>
        element("tr", {}, element("th", {scope: "row"}, key), element("td", {}, text)))));
    const close = element("button", {class: "close", "aria-label": "Close"}, "×");
    close.addEventListener("click", () => dialog.close());
    dialog.replaceChildren(close, element("h2", {}, "Keys and mouse"), table(HELP), element("h2", {}, "Signs"), table(SIGNS),
        element("p", {}, "A job ends where its thread waits for a moment for the last time before the next one begins. " +
                         "Traces of this version have no records of masked stretches: none are shown."));
    dialog.showModal();
}
