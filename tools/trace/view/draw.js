// SPDX-License-Identifier: MIT
// A frame: the lanes from top to bottom, each from left to right. A piece that is wider than a pixel is drawn as it is;
// what shares a pixel is drawn as one column, as dense as the lane is busy in it. So a lane costs a few rectangles a pixel
// at most, whatever it holds.

const HEIGHTS = {cpu: 38, line: 24, thread: 50};
// In a thread's lane, from its upper edge: signs, pieces, priority, jobs.
const SIGN_Y = 7, PIECE_Y = 17, PIECE_HEIGHT = 18, MIDDLE_Y = PIECE_Y + PIECE_HEIGHT / 2, RAISED_Y = 35, JOB_Y = 43;
// Of a column in which hardly anything happens, so that it is still seen; and how many shades there are above.
const LEAST_ALPHA = 0.4, SHADES = 24, LEAST_BAR = 2;

function laneHeight(lane) {
    return HEIGHTS[lane.kind];
}

function threadColour(theme, thread) {
    return theme.threads[thread % HUES];
}

class Frame {
    constructor(painter, theme, model, viewport) {
        Object.assign(this, {painter, theme, model, viewport, trace: model.trace, run: null});
    }

    // What `view` says: {top: pixels scrolled, height, selected: {lane, event}, measure, found}.
    draw(view) {
        const {painter, viewport, model} = this;
        painter.begin(viewport.width, view.height);
        this.tops = laneTops(model.lanes);
        this.view = view;
        this.grid(view.height);
        const visible = model.lanes.filter((lane, index) => this.y(index) < view.height && this.y(index + 1) > 0);
        for (const lane of visible) {
            this.lane(lane, this.y(lane.index));
        }
        this.gaps(view.height);
        this.arrowsShown = drawArrows(this);
        for (const lane of visible.filter(each => each.kind === "thread")) {
            drawMarks(this, lane, this.y(lane.index));
        }
        drawSelection(this, view);
        drawMeasure(this, view);
    }

    y(index) {
        return this.tops[index] - this.view.top;
    }

    grid(height) {
        const {painter, theme, viewport} = this;
        for (const {x} of gridLines(this.trace, viewport)) {
            painter.rect(Math.round(x), 0, 1, height, theme.faint);
        }
        const [begin, end] = [viewport.x(0), viewport.x(viewport.end)];
        painter.rect(0, 0, Math.max(0, begin), height, theme.stripe);
        painter.rect(end, 0, Math.max(0, viewport.width - end), height, theme.stripe);
    }

    lane(lane, y) {
        const height = laneHeight(lane);
        this.painter.rect(0, y + height - 1, this.viewport.width, 1, this.theme.line);
        this.pieces(lane, y, height);
        if (lane.kind === "thread") {
            this.raised(lane, y);
        }
    }

    // Wide pieces and columns, from left to right.
    pieces(lane, y, height) {
        const {viewport} = this;
        const {pieces} = lane;
        const last = Math.min(viewport.width, Math.ceil(viewport.x(pieces.end)));
        let x = Math.max(0, Math.floor(viewport.x(0)));
        let index = pieces.indexAt(viewport.time(x));
        while (x < last) {
            const end = Math.min(last, Math.floor(viewport.x(pieces.endOf(index))));
            if (end > x) {
                this.flush();
                this.piece(lane, index, x, end, y, height);
                x = end;
            } else {
                this.column(lane, index, x, y, height);
                x++;
            }
            index = pieces.indexAt(viewport.time(x), index);
        }
        this.flush();
    }

    piece(lane, index, x, end, y, height) {
        const state = lane.pieces.state.get(index);
        const what = lane.pieces.what.get(index);
        const room = end - x - 8;
        if (lane.kind === "thread") {
            this.threadPiece(lane, index, x, end, y);
        } else if (state === RUNS && lane.kind === "cpu") {
            this.painter.rect(x, y + 7, end - x, height - 14, this.colourOnCpu(what));
            this.painter.textWithin(this.nameOnCpu(what), x + 4, y + height / 2, room, this.theme.onThread, this.theme.font);
        } else if (state === RUNS) {
            this.painter.rect(x, y + 6, end - x, height - 12, this.theme.interrupt);
        }
    }

    threadPiece(lane, index, x, end, y) {
        const {painter, theme} = this;
        const state = lane.pieces.state.get(index);
        const what = lane.pieces.what.get(index);
        const colour = threadColour(theme, lane.thread);
        switch (state) {
        case RUNS:
            painter.rect(x, y + PIECE_Y, end - x, PIECE_HEIGHT, colour);
            painter.textWithin(runsText(lane, lane.pieces.start.get(index)), x + 4, y + MIDDLE_Y + 0.5, end - x - 8, theme.onThread, theme.smallFont);
            break;
        case READY:
            painter.rect(x, y + PIECE_Y, end - x, PIECE_HEIGHT, colour, 0.22);
            painter.rect(x, y + PIECE_Y + PIECE_HEIGHT - 1, end - x, 1, colour);
            painter.textWithin("ready", x + 4, y + MIDDLE_Y + 0.5, end - x - 8, theme.ink, theme.smallFont);
            break;
        case SPENT:
            painter.rect(x, y + PIECE_Y + 4, end - x, PIECE_HEIGHT - 8, theme.spent, 0.45);
            painter.textWithin("budget used up", x + 4, y + MIDDLE_Y + 0.5, end - x - 8, theme.ink, theme.smallFont);
            break;
        case WAITS:
            painter.rect(x, y + MIDDLE_Y - 1, end - x, 2, theme.dim);
            painter.textWithin(waitText(this.trace, what), x + 4, y + MIDDLE_Y - 7, end - x - 8, theme.dim, theme.smallFont);
            break;
        case SLEEPS:
            painter.line(x, y + MIDDLE_Y, end, y + MIDDLE_Y, theme.dim, 1, [2, 4]);
            break;
        default:
        }
    }

    // All that lies within one pixel: the denser or, of a CPU and a line, the higher, the more of its time is busy.
    column(lane, index, x, y, height) {
        const {viewport, theme} = this;
        const {pieces} = lane;
        const [from, to] = [viewport.time(x), viewport.time(x + 1)];
        const last = pieces.indexAt(to, index);
        const ran = (pieces.ranBefore(to, last) - pieces.ranBefore(from, index)) / (to - from);
        if (lane.kind === "thread") {
            const ready = (pieces.readyBefore(to, last) - pieces.readyBefore(from, index)) / (to - from);
            this.threadColumn(lane, ran, ready, pieces.state.get(last), x, y);
        } else if (ran > 0) {
            const colour = lane.kind === "line" ? theme.interrupt : this.colourOnCpu(this.whatMost(pieces, index, last));
            const bar = Math.max(LEAST_BAR, Math.round(Math.min(1, ran) * (height - 14)));
            this.wider(x, y + height - 7 - bar, bar, colour, 1);
        }
    }

    threadColumn(lane, ran, ready, state, x, y) {
        const {theme} = this;
        const colour = threadColour(theme, lane.thread);
        const shade = share => LEAST_ALPHA + (1 - LEAST_ALPHA) * Math.ceil(Math.min(1, share) * SHADES) / SHADES;
        if (ran > 0) {
            this.wider(x, y + PIECE_Y, PIECE_HEIGHT, colour, shade(ran));
        } else if (ready > 0) {
            this.wider(x, y + PIECE_Y, PIECE_HEIGHT, colour, 0.22 * shade(ready));
        } else if (state !== GONE && state !== UNKNOWN) {
            this.wider(x, y + MIDDLE_Y - 1, 2, theme.dim, 1);
        }
    }

    // Columns that look the same are one rectangle: it is drawn when another one follows.
    wider(x, y, height, colour, alpha) {
        const {run} = this;
        if (run !== null && run.end === x && run.y === y && run.height === height && run.colour === colour && run.alpha === alpha) {
            run.end++;
        } else {
            this.flush();
            this.run = {x, y, height, colour, alpha, end: x + 1};
        }
    }

    flush() {
        if (this.run !== null) {
            const {x, y, height, colour, alpha, end} = this.run;
            this.painter.rect(x, y, end - x, height, colour, alpha);
            this.run = null;
        }
    }

    // Who runs in a pixel: of eight pieces in its middle at most, the longest that runs.
    whatMost(pieces, first, last) {
        const middle = (first + last) >> 1;
        let best = CPU_INTERRUPT, most = -1;
        for (let i = Math.max(first, middle - 4); i <= Math.min(last, middle + 4); i++) {
            const lasts = pieces.endOf(i) - pieces.start.get(i);
            if (pieces.state.get(i) === RUNS && lasts > most) {
                best = pieces.what.get(i);
                most = lasts;
            }
        }
        return best;
    }

    colourOnCpu(what) {
        return what === CPU_INTERRUPT ? this.theme.interrupt : threadColour(this.theme, what - 1);
    }

    nameOnCpu(what) {
        return what === CPU_INTERRUPT ? "interrupt" : this.trace.threads[what - 1].name;
    }

    // A band above a thread's pieces while its priority is above its own.
    raised(lane, y) {
        const {viewport, painter, theme} = this;
        const {raised} = lane;
        let index = raised.indexAt(viewport.from);
        for (let x = 0; x < viewport.width && index < raised.length;) {
            const begin = Math.max(x, Math.round(viewport.x(raised.start.get(index))));
            const end = Math.min(viewport.width, Math.max(begin + 1, Math.round(viewport.x(raised.endOf(index)))));
            if (begin >= viewport.width) {
                break;
            }
            if (raised.state.get(index) === RUNS) {
                painter.rect(begin, y + RAISED_Y, end - begin, 4, theme.lent);
                }
            x = end;
            index = Math.max(index + 1, raised.indexAt(viewport.time(x), index));
        }
    }

    gaps(height) {
        const {painter, theme, viewport} = this;
        for (const {from, to, lost} of this.model.gaps) {
            const [x, end] = [viewport.x(from), viewport.x(to)];
            if (end >= 0 && x <= viewport.width) {
                painter.rect(x, 0, Math.max(1, end - x), height, theme.gap, 0.35);
                painter.textWithin(`${lost} records are missing`, Math.max(x, 0) + 4, height - 12, end - Math.max(x, 0) - 8, theme.bad, theme.smallFont);
            }
        }
    }
}

// An object is told by an address within it: where in it, does not matter here.
function waitText(trace, what) {
    return what > 0 ? `waits for ${trace.words[what].split("+")[0]}` : "waits";
}

function runsText({raised}, time) {
    const index = raised.indexAt(time);
    return raised.state.get(index) === RUNS ? `runs at priority ${raised.what.get(index)}` : "runs";
}

// The upper edges of lanes, and the lower one of the last.
function laneTops(lanes) {
    const tops = [0];
    for (const lane of lanes) {
        tops.push(tops[tops.length - 1] + laneHeight(lane));
    }
    return tops;
}

// --- Selected and measured ---------------------------------------------------------------------------

function drawSelection(frame, {selected, height}) {
    if (selected === null) {
        return;
    }
    const {painter, theme, viewport, trace} = frame;
    const x = Math.round(viewport.x(trace.time[selected.event]));
    const y = frame.y(selected.lane.index);
    const middle = laneMiddle(frame, selected.lane) - y;
    painter.rect(0, y, viewport.width, laneHeight(selected.lane) - 1, theme.accent, 0.08);
    painter.line(x + 0.5, 0, x + 0.5, height, theme.accent, 1, [4, 3]);
    painter.circle(x + 0.5, y + middle, 5, theme.back);
    painter.circle(x + 0.5, y + middle, 5, theme.accent, false);
    painter.circle(x + 0.5, y + middle, 2.5, theme.accent);
}

function drawMeasure(frame, {measure, height}) {
    if (measure === null) {
        return;
    }
    const {painter, theme, viewport, trace} = frame;
    const from = viewport.x(Math.min(measure.a, measure.b)), to = viewport.x(Math.max(measure.a, measure.b));
    painter.rect(from, 0, to - from, height, theme.measure, 0.12);
    for (const x of [from, to]) {
        painter.line(Math.round(x) + 0.5, 0, Math.round(x) + 0.5, height, theme.measure, 1.5);
    }
    const text = ticksAndTime(trace, Math.abs(measure.b - measure.a));
    const width = painter.widthOf(text, theme.font) + 16;
    const x = Math.min(Math.max((from + to - width) / 2, 4), viewport.width - width - 4);
    painter.rect(x, height - 32, width, 22, theme.measure);
    painter.text(text, x + 8, height - 20.5, theme.back, theme.font);
}
