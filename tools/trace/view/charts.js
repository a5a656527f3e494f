// SPDX-License-Identifier: MIT
// Histograms of response times against the deadline, and the table of all threads.

const SVG = "http://www.w3.org/2000/svg";

function svg(name, attributes, ...children) {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) {
        element.setAttribute(key, value);
    }
    element.append(...children);
    return element;
}

// An element of the page: tag, {attribute}, text or elements.
function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) {
        made.setAttribute(key, value);
    }
    made.append(...children);
    return made;
}

// Bars of how many jobs took how long; those behind the deadline are red.
function histogramChart(trace, statistics) {
    const {bins, width, most} = statistics.histogram;
    const [across, down, foot] = [300, 92, 20];
    const tallest = Math.max(...bins);
    const bars = bins.map((count, index) => {
        const height = count === 0 ? 0 : Math.max(2, count / tallest * (down - 14));
        const isLate = statistics.deadline !== null && (index + 1) * width > statistics.deadline;
        const from = trace.nanoseconds(index * width), to = trace.nanoseconds((index + 1) * width);
        return svg("rect", {x: index * across / BINS + 0.5, y: down - height, width: across / BINS - 1, height, class: isLate ? "late" : "bar"},
                   svg("title", {}, `${duration(from)} to ${duration(to)}: ${count}`));
    });
    const label = (x, text, anchor) => svg("text", {x, y: down + 14, "text-anchor": anchor}, text);
    const parts = [...bars, svg("line", {x1: 0, y1: down, x2: across, y2: down, class: "axis"}), label(0, "0", "start")];
    if (statistics.deadline !== null) {
        const x = statistics.deadline / most * across;
        parts.push(svg("line", {x1: x, y1: 0, x2: x, y2: down, class: "deadline"}),
                   svg("text", {x: x > across / 2 ? x - 3 : x + 3, y: 9, "text-anchor": x > across / 2 ? "end" : "start", class: "deadline"}, `deadline ${duration(trace.nanoseconds(statistics.deadline))}`));
    }
    parts.push(label(across, duration(trace.nanoseconds(most)), "end"));
    const words = `Response times of ${statistics.done} jobs: ${duration(trace.nanoseconds(statistics.least))} to ` +
        `${duration(trace.nanoseconds(statistics.worst))}; ${statistics.missed} missed the deadline`;
    return svg("svg", {viewBox: `0 0 ${across} ${down + foot}`, class: "histogram", role: "img", "aria-label": words}, ...parts);
}

// [[what, text]] of a thread.
function statisticRows(model, lane) {
    const {trace} = model;
    const counted = statisticsOf(lane);
    const time = ticks => duration(trace.nanoseconds(ticks));
    const rows = [["runs", `${time(counted.ran)}, ${percent(counted.ran, trace.end)}`], ["ready, but does not run", time(counted.ready)],
                  ["begins to run", `${grouped(counted.times)} times`], ["woken", `${grouped(counted.wakes)} times`]];
    if (counted.latency.count > 0) {
        rows.push(["from wake to run", `mean ${time(counted.latency.sum / counted.latency.count)}, worst ${time(counted.latency.worst)}`]);
    }
    if (counted.jobs > 0) {
        rows.push(["jobs", `${grouped(counted.jobs)}, of which ${grouped(counted.done)} are done`],
                  ["missed deadlines", grouped(counted.missed)]);
    }
    if (counted.done > 0) {
        rows.push(["response", `${time(counted.least)} to ${time(counted.worst)}, mean ${time(counted.sum / counted.done)}`]);
    }
    return rows;
}

function description(rows) {
    return element("dl", {}, ...rows.flatMap(([what, text]) => [element("dt", {}, what), element("dd", {}, text)]));
}

const COLUMNS = [
    ["Thread", (_trace, lane) => lane.name], ["Priority", (_trace, lane) => lane.base === null ? "–" : String(lane.base)],
    ["Runs", (trace, _lane, counted) => percent(counted.ran, trace.end)],
    ["Woken", (_trace, _lane, counted) => grouped(counted.wakes)],
    ["Worst wake to run", (trace, _lane, counted) => counted.latency.count > 0 ? duration(trace.nanoseconds(counted.latency.worst)) : "–"],
    ["Jobs", (_trace, _lane, counted) => counted.jobs > 0 ? grouped(counted.jobs) : "–"],
    ["Worst response", (trace, _lane, counted) => counted.done > 0 ? duration(trace.nanoseconds(counted.worst)) : "–"],
    ["Deadline", (trace, _lane, counted) => counted.deadline !== null ? duration(trace.nanoseconds(counted.deadline)) : "–"],
    ["Missed", (_trace, _lane, counted) => counted.jobs > 0 ? grouped(counted.missed) : "–"],
];

// Fills the dialogue: a row for each thread, and the charts of those with jobs.
function showStatistics(dialog, model, onLane) {
    const lanes = model.lanes.filter(lane => lane.kind === "thread");
    const rows = lanes.map(lane => {
        const counted = statisticsOf(lane);
        const cells = COLUMNS.map(([, text]) => element("td", {}, text(model.trace, lane, counted)));
        const button = element("button", {class: "link"}, lane.name);
        button.addEventListener("click", () => onLane(lane));
        cells[0].replaceChildren(button);
        cells[COLUMNS.length - 1].className = counted.missed > 0 ? "bad" : "";
        return element("tr", {}, ...cells);
    });
    const table = element("table", {}, element("thead", {}, element("tr", {}, ...COLUMNS.map(([name]) => element("th", {scope: "col"}, name)))),
                          element("tbody", {}, ...rows));
    const charts = lanes.filter(lane => statisticsOf(lane).histogram !== null).map(lane =>
        element("figure", {}, element("figcaption", {}, `${lane.name}: response times`), histogramChart(model.trace, statisticsOf(lane))));
    const close = element("button", {class: "close", "aria-label": "Close"}, "×");
    close.addEventListener("click", () => dialog.close());
    dialog.replaceChildren(close, element("h2", {}, "Threads"), element("div", {class: "wide"}, table), element("div", {class: "charts"}, ...charts));
    dialog.showModal();
}
