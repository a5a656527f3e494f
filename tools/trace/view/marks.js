// SPDX-License-Identifier: MIT
// Signs on a thread's lane: releases and deadlines of its jobs, what it said and asked for, and arrows between lanes.
// Signs stand some pixels apart: those between two are left out until one zooms in. Missed deadlines have a turn of their
// own, so that no other sign hides one.

const SIGN_SPACE = 9, JOB_SPACE = 3, JOB_ARROWS_SPACE = 8, MISS_SPACE = 3;
const ARROWS_MOST = 400;

// Calls `draw(index, x, room)` for items of an ascending column in sight, some pixels apart. room: up to the next one.
function eachSign(frame, column, space, draw) {
    const {viewport} = frame;
    let index = countBelow(column, viewport.from - space * viewport.perPixel);
    while (index < column.length && column.get(index) <= viewport.to) {
        const x = viewport.x(column.get(index));
        const next = index + 1 < column.length ? viewport.x(column.get(index + 1)) : Infinity;
        draw(index, x, next - x);
        index = Math.max(index + 1, countBelow(column, viewport.time(x + space), index));
    }
}

function drawMarks(frame, lane, y) {
    drawJobs(frame, lane, y);
    eachSign(frame, lane.marks.time, SIGN_SPACE, (index, x, room) => drawSign(frame, lane.marks.event.get(index), x, room, y));
    eachSign(frame, lane.misses.time, MISS_SPACE, (_index, x) => drawMiss(frame, x, y));
}

function drawSign(frame, event, x, room, y) {
    const {painter, theme, trace} = frame;
    const kind = trace.kindName(event);
    const colour = {mark: theme.accent, fault: theme.bad, limit: theme.spent}[kind] ?? theme.dim;
    if (kind === "mark" || kind === "limit") {
        painter.shape([[x, y + SIGN_Y - 4], [x + 4, y + SIGN_Y], [x, y + SIGN_Y + 4], [x - 4, y + SIGN_Y]], colour);
    } else if (kind === "fault") {
        drawCross(painter, x, y + SIGN_Y, colour);
    } else if (kind === "spawn") {
        painter.circle(x, y + SIGN_Y, 3.5, colour, false);
    } else {
        painter.rect(Math.round(x), y + SIGN_Y - 5, 1.5, 10, colour);
    }
    painter.textWithin(signText(trace, event), x + 6, y + SIGN_Y + 0.5, Math.min(room - 10, 160), kind === "call" ? theme.dim : colour, theme.smallFont);
}

function drawCross(painter, x, y, colour) {
    painter.line(x - 3.5, y - 3.5, x + 3.5, y + 3.5, colour, 2);
    painter.line(x - 3.5, y + 3.5, x + 3.5, y - 3.5, colour, 2);
}

function drawMiss(frame, x, y) {
    const {painter, theme} = frame;
    painter.rect(x - 1, y + 2, 2, JOB_Y + 2, theme.bad);
    painter.shape([[x, y + 2], [x + 9, y + 6], [x, y + 10]], theme.bad);
}

// Below the pieces: a line from release to end, an arrow up at the release and one down at the deadline. Where jobs stand
// too close for arrows, lines alone.
function drawJobs(frame, lane, y) {
    const {painter, theme, viewport} = frame;
    const releases = lane.releases;
    // From the last job released before what is in sight: it may reach into it.
    let index = Math.max(0, countBelow(releases, viewport.from) - 1);
    while (index < releases.length && releases.get(index) <= viewport.to) {
        const job = lane.jobs[index];
        const x = viewport.x(job.release);
        const next = index + 1 < releases.length ? viewport.x(releases.get(index + 1)) : Infinity;
        const end = Math.max(x + 1, viewport.x(job.end ?? viewport.end));
        const colour = isMissed(job) ? theme.bad : theme.dim;
        painter.rect(x, y + JOB_Y - 1, end - x, 2, colour);
        if (next - x > JOB_ARROWS_SPACE) {
            drawJobArrows(frame, job, x, y, colour);
        }
        index = Math.max(index + 1, countBelow(releases, viewport.time(x + JOB_SPACE), index));
    }
}

function drawJobArrows({painter, viewport}, job, x, y, colour) {
    painter.line(x, y + JOB_Y + 4, x, y + JOB_Y - 4, colour, 1.5);
    painter.shape([[x - 3, y + JOB_Y - 1], [x, y + JOB_Y - 6], [x + 3, y + JOB_Y - 1]], colour);
    if (job.deadline !== null) {
        const at = viewport.x(job.deadline);
        painter.line(at, y + JOB_Y - 6, at, y + JOB_Y + 4, colour, 1.5);
        painter.shape([[at - 3, y + JOB_Y + 1], [at, y + JOB_Y + 6], [at + 3, y + JOB_Y + 1]], colour);
    }
}

// Draws arrows, or none if there are too many; tells how many are in sight, and whether they are drawn.
function drawArrows(frame) {
    const {viewport, model} = frame;
    const {arrows} = model;
    const first = countBelow(arrows.time, viewport.from);
    const last = countUpTo(arrows.time, viewport.to, first);
    const isDrawn = last - first <= ARROWS_MOST;
    for (let i = first; isDrawn && i < last; i++) {
        drawArrow(frame, arrows.from[i], arrows.to[i], arrows.kind.get(i), viewport.x(arrows.time.get(i)));
    }
    return {count: last - first, isDrawn};
}

function laneMiddle(frame, lane) {
    return frame.y(lane.index) + (lane.kind === "thread" ? MIDDLE_Y : laneHeight(lane) / 2);
}

function drawArrow(frame, from, to, kind, x) {
    const {painter, theme} = frame;
    const colour = [theme.dim, theme.message, theme.given, theme.lent][kind];
    const [begin, end] = [laneMiddle(frame, from), laneMiddle(frame, to)];
    const down = end > begin ? 1 : -1;
    const tip = end - down * 10; // at the edge of the piece
    painter.circle(x, begin, 2.5, colour);
    painter.line(x, begin, x, tip - down * 5, colour, kind === WAKE ? 1 : 1.75, kind === LENT ? [4, 3] : []);
    painter.shape([[x - 3.5, tip - down * 6], [x, tip], [x + 3.5, tip - down * 6]], colour);
}
