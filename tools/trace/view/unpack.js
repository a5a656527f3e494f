// SPDX-License-Identifier: MIT
// The records, as tools/trace/timeline.py packed them. What every event has, is decoded at once into columns: kind,
// thread, time, and where its fields begin. Fields are decoded when they are asked for, so a million events take little
// room. Times are ticks since the trace began, exact up to 2^53; what counts from zero is told in whole numbers of any
// size.

class Reader {
    constructor(bytes, at = 0) {
        this.bytes = bytes;
        this.at = at;
    }

    // A number below 2^53.
    unsigned() {
        let byte = this.bytes[this.at++];
        let value = byte & 127;
        for (let scale = 128; byte > 127; scale *= 128) {
            byte = this.bytes[this.at++];
            value += (byte & 127) * scale;
        }
        return value;
    }

    signed() {
        const value = this.unsigned();
        return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }

    // A number of any size.
    big() {
        let value = 0n, shift = 0n, byte;
        do {
            byte = this.bytes[this.at++];
            value |= BigInt(byte & 127) << shift;
            shift += 7n;
        } while (byte > 127);
        return value;
    }

    skip() {
        while (this.bytes[this.at++] > 127) {
        }
    }
}

class Trace {
    constructor(constant, [kinds, threads, times, fields]) {
        this.constant = constant;
        this.words = constant.words;
        this.threads = constant.threads;
        this.kinds = constant.kinds.map(([name]) => name);
        this.schema = constant.kinds.map(([, described]) => described.map(([name, type]) => ({name, type})));
        this.begin = BigInt(constant.begin);
        this.count = kinds.length;
        this.kind = kinds;
        this.fields = fields;
        this.decode(new Reader(threads), new Reader(times), new Reader(fields));
    }

    decode(threads, times, fields) {
        const lengths = this.schema.map(described => described.length);
        this.thread = new Uint32Array(this.count);
        this.time = new Float64Array(this.count);
        this.at = new Uint32Array(this.count);
        let time = 0;
        for (let i = 0; i < this.count; i++) {
            time += times.unsigned();
            this.thread[i] = threads.unsigned();
            this.time[i] = time;
            this.at[i] = fields.at;
            for (let left = lengths[this.kind[i]]; left > 0; left--) {
                fields.skip();
            }
        }
        this.end = time;
    }

    kindName(event) {
        return this.kinds[this.kind[event]];
    }

    // A reader that stands before the event's fields.
    read(event) {
        return new Reader(this.fields, this.at[event]);
    }

    // [{name, type, value}]: a word is a text, a moment is ticks since the beginning or null, others are BigInt.
    fieldsOf(event) {
        const reader = this.read(event);
        return this.schema[this.kind[event]].map(({name, type}) => ({name, type, value: this.value(reader, type, event)}));
    }

    value(reader, type, event) {
        switch (type) {
        case "word": return this.words[reader.unsigned()];
        case "hex": return reader.big();
        case "moment": return this.moment(reader, event);
        default: {
            const number = reader.big();
            return number % 2n === 0n ? number / 2n : -(number + 1n) / 2n;
        }
        }
    }

    moment(reader, event) {
        const coded = reader.unsigned();
        if (coded === 0) {
            return null;
        }
        const signed = (coded - 1) % 2 === 0 ? (coded - 1) / 2 : -coded / 2;
        return this.time[event] + signed;
    }

    // Ticks since the trace began -> of the machine's clock, nanoseconds.
    absolute(ticks) {
        return this.begin + BigInt(Math.round(ticks));
    }

    nanoseconds(ticks) {
        return ticks * (1e9 / this.constant.frequency);
    }

    get isExact() {
        return this.end <= Number.MAX_SAFE_INTEGER;
    }
}

function bytesOf(base64) {
    const text = atob(base64);
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) {
        bytes[i] = text.charCodeAt(i);
    }
    return bytes;
}

async function inflate(bytes) {
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
}

// The Trace in the page's data.
async function unpack(base64) {
    const bytes = await inflate(bytesOf(base64));
    const view = new DataView(bytes.buffer);
    const columns = [];
    for (let at = 0; at < bytes.length;) {
        const length = view.getUint32(at, true);
        columns.push(bytes.subarray(at + 4, at + 4 + length));
        at += 4 + length;
    }
    const [text, ...rest] = columns;
    return new Trace(JSON.parse(new TextDecoder().decode(text)), rest);
}
