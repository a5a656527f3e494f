// SPDX-License-Identifier: MIT
// Above the lanes: the whole trace in a strip, with the part that is shown, and the scale of that part.

const STEPS = [1, 2, 5];
const STEP_PIXELS = 110;

// [{x, nanoseconds}], at round numbers of the machine's clock.
function gridLines(trace, viewport) {
    const perPixel = trace.nanoseconds(viewport.perPixel);
    const least = perPixel * STEP_PIXELS;
    const power = 10 ** Math.floor(Math.log10(least));
    const step = Math.max(1, [...STEPS, 10].map(each => each * power).find(each => each >= least) ?? 10 * power);
    const begin = trace.nanoseconds(Number(trace.begin));
    const lines = [];
    for (let at = Math.ceil((begin + trace.nanoseconds(viewport.from)) / step) * step; lines.length < 100; at += step) {
        const ticks = (at - begin) / trace.nanoseconds(1);
        if (ticks > viewport.to) {
            break;
        }
        lines.push({x: viewport.x(ticks), nanoseconds: at, step});
    }
    return lines;
}

// Seconds, with as many digits as the step has.
function scaleText({nanoseconds, step}) {
    const digits = Math.min(9, Math.max(0, 9 - Math.floor(Math.log10(step) + 1e-9)));
    const [whole, fraction = ""] = (nanoseconds / 1e9).toFixed(digits).split(".");
    const groups = fraction.match(/.{1,3}/g) ?? [];
    return groups.length > 0 ? `${whole}.${groups.join("\u2009")} s` : `${whole} s`;
}

function drawRuler(painter, theme, trace, viewport) {
    painter.begin(viewport.width, 26);
    for (const line of gridLines(trace, viewport)) {
        painter.rect(Math.round(line.x), 16, 1, 10, theme.dim);
        painter.text(scaleText(line), line.x + 4, 13, theme.dim, theme.smallFont);
    }
}

// How busy the CPU is, which deadlines were missed, and what is shown.
function drawOverview(painter, theme, model, viewport) {
    const height = 44, width = viewport.width;
    painter.begin(width, height);
    const {pieces} = model.cpu;
    const perPixel = Math.max(viewport.end, LEAST_SPAN) / width;
    let index = 0;
    for (let x = 0; x < width; x++) {
        const [from, to] = [x * perPixel, (x + 1) * perPixel];
        const last = pieces.indexAt(to, index);
        const load = (pieces.ranBefore(to, last) - pieces.ranBefore(from, index)) / perPixel;
        if (load > 0) {
            const bar = Math.max(1, load * (height - 10));
            painter.rect(x, height - bar, 1, bar, theme.accent, 0.55);
        }
        index = last;
    }
    for (const lane of model.lanes.filter(each => each.misses.length > 0)) {
        let before = -1;
        for (let i = 0; i < lane.misses.length;) {
            const x = Math.floor(lane.misses.time.get(i) / perPixel);
            if (x > before) {
                painter.rect(x, 0, 2, height, theme.bad);
            }
            before = x;
            i = Math.max(i + 1, countBelow(lane.misses.time, (x + 1) * perPixel, i));
        }
    }
    const [from, to] = [viewport.from / perPixel, viewport.to / perPixel];
    painter.rect(0, 0, Math.max(0, from), height, theme.stripe, 0.75);
    painter.rect(to, 0, Math.max(0, width - to), height, theme.stripe, 0.75);
    for (const x of [Math.max(0, from), Math.min(width - 2, Math.max(to, from + 2))]) {
        painter.rect(x, 0, 2, height, theme.accent);
    }
}
