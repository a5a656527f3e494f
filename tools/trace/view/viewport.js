// SPDX-License-Identifier: MIT
// Which part of the trace is shown, and where on the screen a moment is. From the least of 20 ticks to a bit more than all.

const LEAST_SPAN = 20, MARGIN = 0.02;

class Viewport {
    constructor(end) {
        this.end = end;
        this.width = 1;
        this.showAll();
    }

    showAll() {
        const span = Math.max(this.end, LEAST_SPAN);
        this.show(-span * MARGIN, span * (1 + MARGIN));
    }

    get span() {
        return this.to - this.from;
    }

    get perPixel() {
        return this.span / this.width;
    }

    show(from, to) {
        const most = Math.max(this.end, LEAST_SPAN) * (1 + 2 * MARGIN);
        const span = Math.min(Math.max(to - from, LEAST_SPAN), most);
        const isAll = span > most * 0.999; // then there is nowhere to move
        const middle = isAll ? this.end / 2 : Math.min(Math.max((from + to) / 2, 0), this.end);
        this.from = middle - span / 2;
        this.to = middle + span / 2;
    }

    center(time, span = this.span) {
        this.show(time - span / 2, time + span / 2);
    }

    // Around a moment that stays where it is.
    zoom(factor, time) {
        const span = Math.max(this.span * factor, LEAST_SPAN);
        const share = (time - this.from) / this.span;
        this.show(time - span * share, time + span * (1 - share));
    }

    pan(pixels) {
        const ticks = pixels * this.perPixel;
        this.show(this.from + ticks, this.to + ticks);
    }

    x(time) {
        return (time - this.from) / this.span * this.width;
    }

    time(x) {
        return this.from + x / this.width * this.span;
    }

    // The event's moment is in sight, not at the very edge.
    shows(time) {
        const edge = this.span * 0.03;
        return time >= this.from + edge && time <= this.to - edge;
    }
}
