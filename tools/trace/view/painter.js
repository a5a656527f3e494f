// SPDX-License-Identifier: MIT
// A canvas that counts what is drawn on it, and the colours of the page. The count is what keeps a frame short: no way of
// drawing here depends on the number of events, only on the number of pixels, and a test holds it to that.

const HUES = 10;

class Theme {
    constructor() {
        const style = getComputedStyle(document.documentElement);
        const colour = name => style.getPropertyValue(`--${name}`).trim();
        this.threads = Array.from({length: HUES}, (_, index) => colour(`thread-${index}`));
        for (const name of ["back", "stripe", "ink", "dim", "faint", "line", "accent", "on-thread", "bad", "message", "given", "lent", "gap",
                            "interrupt", "spent", "measure"]) {
            this[name.replace(/-(.)/, (_, letter) => letter.toUpperCase())] = colour(name);
        }
        this.font = "12px system-ui, sans-serif";
        this.smallFont = "11px system-ui, sans-serif";
    }
}

class Painter {
    constructor(canvas) {
        this.canvas = canvas;
        this.context = canvas.getContext("2d");
        this.count = 0;
        this.widths = new Map();
    }

    // Begins a frame of that size, in pixels of the page.
    begin(width, height) {
        const ratio = window.devicePixelRatio || 1;
        const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
        if (this.canvas.width !== across || this.canvas.height !== down) {
            this.canvas.width = across;
            this.canvas.height = down;
            this.canvas.style.width = `${width}px`;
            this.canvas.style.height = `${height}px`;
        }
        this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
        this.context.clearRect(0, 0, width, height);
        this.width = width;
        this.height = height;
        this.count = 0;
    }

    rect(x, y, width, height, colour, alpha = 1) {
        this.count++;
        this.context.globalAlpha = alpha;
        this.context.fillStyle = colour;
        this.context.fillRect(x, y, width, height);
        this.context.globalAlpha = 1;
    }

    line(x1, y1, x2, y2, colour, width = 1, dash = []) {
        this.count++;
        const {context} = this;
        context.strokeStyle = colour;
        context.lineWidth = width;
        context.setLineDash(dash);
        context.beginPath();
        context.moveTo(x1, y1);
        context.lineTo(x2, y2);
        context.stroke();
        context.setLineDash([]);
    }

    // A filled shape through points.
    shape(points, colour) {
        this.count++;
        const {context} = this;
        context.fillStyle = colour;
        context.beginPath();
        points.forEach(([x, y], index) => index === 0 ? context.moveTo(x, y) : context.lineTo(x, y));
        context.closePath();
        context.fill();
    }

    circle(x, y, radius, colour, isFilled = true) {
        this.count++;
        const {context} = this;
        context.beginPath();
        context.arc(x, y, radius, 0, 2 * Math.PI);
        context.fillStyle = context.strokeStyle = colour;
        context.lineWidth = 1.5;
        if (isFilled) {
            context.fill();
        } else {
            context.stroke();
        }
    }

    widthOf(text, font) {
        const key = font + text;
        if (!this.widths.has(key)) {
            if (this.widths.size > 5000) {
                this.widths.clear();
            }
            this.context.font = font;
            this.widths.set(key, this.context.measureText(text).width);
        }
        return this.widths.get(key);
    }

    text(text, x, y, colour, font) {
        this.count++;
        this.context.font = font;
        this.context.fillStyle = colour;
        this.context.textBaseline = "middle";
        this.context.fillText(text, x, y);
    }

    // The text, or as much of it as there is room for; nothing if that is too little.
    textWithin(text, x, y, room, colour, font) {
        if (room < 14) {
            return;
        }
        if (this.widthOf(text, font) <= room) {
            this.text(text, x, y, colour, font);
            return;
        }
        const letters = Math.floor(text.length * room / this.widthOf(text, font)) - 1;
        if (letters >= 2) {
            this.text(`${text.slice(0, letters)}…`, x, y, colour, font);
        }
    }
}
