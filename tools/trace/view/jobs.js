// SPDX-License-Identifier: MIT
// Jobs of periodic threads, and what is counted of a thread.
//
// A record says when a job begins, none when it ends: that is where its thread waits for a moment for the last time
// before the next job. If the next one was due by then there is no such wait, and one job ends where the next begins:
// that wait would have ended before the release. A job that the trace ends in, is not done.

const BINS = 24;

function currentJob(lane) {
    return lane.jobs.length > 0 ? lane.jobs[lane.jobs.length - 1] : null;
}

function beginJob(lane, event, time, release, deadline) {
    const before = currentJob(lane);
    if (before !== null && before.end === null) {
        const waited = before.slept !== null && before.woke !== null && before.woke >= release;
        before.end = waited ? before.slept : time;
    }
    lane.jobs.push({event, begin: time, release, deadline, end: null, slept: null, woke: null, told: -1});
}

// Its thread no longer runs.
function leaveJob(lane, state, time) {
    const job = currentJob(lane);
    if (job === null || job.end !== null) {
        return;
    }
    if (state === SLEEPS) {
        job.slept = time;
        job.woke = null;
    } else if (state === GONE) {
        job.end = time;
    }
}

function wakeJob(lane, time) {
    const job = currentJob(lane);
    if (job !== null && job.slept !== null && job.woke === null) {
        job.woke = time;
    }
}

function missJob(lane, event) {
    const job = currentJob(lane);
    if (job !== null) {
        job.told = event;
    }
}

function finishJobs(lane) {
    const job = currentJob(lane);
    if (job !== null && job.end === null && lane.pieces.lastState() === SLEEPS) {
        job.end = job.slept;
    }
    lane.jobs.forEach(({release}) => lane.releases.push(release));
}

// The release or the deadline that is nearest to a moment, of the jobs around it; null: there are none.
function nearestOfJobs(lane, time) {
    const place = countUpTo(lane.releases, time);
    const moments = lane.jobs.slice(Math.max(0, place - 2), place + 1).flatMap(({release, deadline}) => [release, deadline ?? release]);
    return moments.length === 0 ? null : moments.reduce((a, b) => Math.abs(b - time) < Math.abs(a - time) ? b : a);
}

function isMissed(job) {
    return job.told >= 0 || (job.deadline !== null && job.end !== null && job.end > job.deadline);
}

// --- Counted -----------------------------------------------------------------------------------------

// {bins: [count], width, most}: from 0 up to what is longest, of response times and the deadline.
function histogram(responses, deadline) {
    const most = responses.reduce((a, b) => Math.max(a, b), deadline ?? 1);
    const width = most * 1.05 / BINS;
    const bins = new Array(BINS).fill(0);
    for (const response of responses) {
        bins[Math.min(BINS - 1, Math.floor(response / width))]++;
    }
    return {bins, width, most: width * BINS};
}

// From being woken to running: {count, sum, worst}, of the wakes within the trace.
function wakeLatency(pieces) {
    const found = {count: 0, sum: 0, worst: 0};
    for (let i = 1; i + 1 < pieces.length; i++) {
        const before = pieces.state.get(i - 1);
        if (pieces.state.get(i) === READY && (before === WAITS || before === SLEEPS) && pieces.state.get(i + 1) === RUNS) {
            const latency = pieces.endOf(i) - pieces.start.get(i);
            found.count++;
            found.sum += latency;
            found.worst = Math.max(found.worst, latency);
        }
    }
    return found;
}

// What the page tells of a lane; durations in ticks. Counted once, when it is asked for.
function statisticsOf(lane) {
    lane.statistics ??= countStatistics(lane);
    return lane.statistics;
}

function countStatistics(lane) {
    const {pieces, jobs} = lane;
    const responses = jobs.filter(job => job.end !== null).map(job => job.end - job.release);
    const deadlines = jobs.filter(job => job.deadline !== null).map(job => job.deadline - job.release);
    const deadline = deadlines.length > 0 ? deadlines.reduce((a, b) => Math.min(a, b)) : null;
    return {
        ran: pieces.ranWithin(0, pieces.end), ready: pieces.readyWithin(0, pieces.end), times: lane.begun, wakes: lane.wakes,
        latency: wakeLatency(pieces), jobs: jobs.length, done: responses.length, missed: jobs.filter(isMissed).length,
        least: responses.reduce((a, b) => Math.min(a, b), Infinity), worst: responses.reduce((a, b) => Math.max(a, b), 0),
        sum: responses.reduce((a, b) => a + b, 0), deadline, histogram: responses.length > 0 ? histogram(responses, deadline) : null,
    };
}
