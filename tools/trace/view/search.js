// SPDX-License-Identifier: MIT
// Finding events. Each word of what is looked for must be in the event: in its kind, its thread's name, one of its words,
// or be one of its numbers; "name=text" looks in the field of that name alone. Words and threads are compared once each,
// not once for each event that has them, so a million events are searched between two frames or three.

function looksLike(text, part) {
    return text.toLowerCase().includes(part);
}

// What one word fits: sets of numbers, by what they number.
function fitting(trace, part) {
    const [, key, text] = part.match(/^(?:([a-z]+)=)?(.*)$/);
    const numbersOf = (items, isOne) => new Set(items.flatMap((item, index) => isOne(item) ? [index] : []));
    return {
        key: key ?? null, number: /^-?\d+$|^0x[0-9a-f]+$/.test(text) ? BigInt(text) : null,
        kinds: key === undefined ? numbersOf(trace.kinds, name => name === text) : new Set(),
        threads: key === undefined || key === "thread" ? numbersOf(trace.threads, thread => looksLike(thread.name, text)) : new Set(),
        words: numbersOf(trace.words, word => word !== "" && looksLike(word, text)),
    };
}

function fieldFits(trace, event, fit) {
    const reader = trace.read(event);
    for (const {name, type} of trace.schema[trace.kind[event]]) {
        const isMeant = fit.key === null || fit.key === name;
        if (!isMeant || (type !== "word" && (fit.number === null || type === "moment"))) {
            reader.skip();
        } else if (type === "word" ? fit.words.has(reader.unsigned()) : trace.value(reader, type, event) === fit.number) {
            return true;
        }
    }
    return false;
}

function fits(trace, event, fit) {
    return fit.kinds.has(trace.kind[event]) || fit.threads.has(trace.thread[event]) || fieldFits(trace, event, fit);
}

// The numbers of all events that fit, in their order.
function search(trace, text) {
    const parts = text.toLowerCase().split(/\s+/).filter(part => part !== "").map(part => fitting(trace, part));
    const found = new Column(Uint32Array);
    for (let event = 0; parts.length > 0 && event < trace.count; event++) {
        if (parts.every(fit => fits(trace, event, fit))) {
            found.push(event);
        }
    }
    return found;
}
