// SPDX-License-Identifier: MIT
// Numbers and events as people read them.

const UNITS = [["s", 1e9], ["ms", 1e6], ["µs", 1e3], ["ns", 1]];

function grouped(number) {
    return number.toString().replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f");
}

// Nanoseconds in the unit that fits, four digits that count.
function duration(nanoseconds) {
    const [unit, size] = UNITS.find(([, least]) => Math.abs(nanoseconds) >= least) ?? UNITS[3];
    const value = nanoseconds / size;
    return `${Number.isInteger(value) && Math.abs(value) < 1e4 ? value : Number(value.toPrecision(4))} ${unit}`;
}

// Ticks, and how long they are.
function ticksAndTime(trace, ticks) {
    return `${grouped(Math.round(ticks))} ticks = ${duration(trace.nanoseconds(Math.round(ticks)))}`;
}

// A moment of the machine's clock in seconds, as trace.txt has it.
function moment(trace, ticks) {
    const nanoseconds = trace.absolute(ticks) * 1000000000n / BigInt(trace.constant.frequency);
    return `${nanoseconds / 1000000000n}.${(nanoseconds % 1000000000n).toString().padStart(9, "0")}`;
}

function percent(part, whole) {
    const share = whole > 0 ? 100 * part / whole : 0;
    return share === 0 ? "0 %" : share < 0.01 ? "< 0.01 %" : `${share.toFixed(share < 0.1 ? 2 : 1)} %`;
}

// A field's value; null: it says nothing.
function fieldText(trace, {name, type, value}) {
    if (value === "" || value === null || (name === "missed" && value < 0n)) {
        return null;
    }
    switch (type) {
    case "moment": return moment(trace, value);
    case "hex": return `0x${value.toString(16)}`;
    case "line": return value < 0n ? "timer" : `line ${value}`;
    default: return value.toString();
    }
}

// [[name, text]] of an event.
function fieldTexts(trace, event) {
    return trace.fieldsOf(event).map(field => [field.name, fieldText(trace, field)]).filter(([, text]) => text !== null);
}

// What stands beside a sign.
function signText(trace, event) {
    const fields = Object.fromEntries(fieldTexts(trace, event));
    switch (trace.kindName(event)) {
    case "call": return `${fields.call} ${fields.object ?? ""}`;
    case "mark": return `${fields.label ?? ""} ${fields.value}`;
    case "spawn": return "begins";
    case "fault": return `fault ${fields.pc ?? ""}`;
    case "limit": return fields.limit;
    case "priority": return `priority ${fields.priority}`;
    default: return trace.kindName(event);
    }
}
