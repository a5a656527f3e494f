// SPDX-License-Identifier: MIT
// Mouse and keys, turned into what the page can do: methods of Page in main.js.

const CLICK_PIXELS = 4;    // a press that moves less is a click
const HOLD_PIXELS = 8;     // so near to an event, measuring holds on to it
const WHEEL_ZOOM = 1.0015; // a pixel of the wheel
const KEY_ZOOM = 1.6;

function listenToMouse(page, canvas) {
    let press = null;
    const place = event => ({x: event.offsetX, y: event.offsetY});
    canvas.addEventListener("pointerdown", event => {
        if (event.button !== 0) {
            return;
        }
        canvas.setPointerCapture(event.pointerId);
        canvas.focus({preventScroll: true});
        press = {...place(event), lastX: event.clientX, lastY: event.clientY, hasMoved: false, measures: event.shiftKey};
        if (press.measures) {
            press.from = page.held(press.x, press.y);
        }
    });
    canvas.addEventListener("pointermove", event => {
        const {x, y} = place(event);
        if (press === null) {
            page.hover(x, y, event.clientX, event.clientY);
            return;
        }
        press.hasMoved ||= Math.hypot(x - press.x, y - press.y) >= CLICK_PIXELS;
        if (press.hasMoved && press.measures) {
            page.setMeasure(press.from, page.held(x, y));
        } else if (press.hasMoved) {
            page.pan(press.lastX - event.clientX, press.lastY - event.clientY);
        }
        press.lastX = event.clientX;
        press.lastY = event.clientY;
    });
    canvas.addEventListener("pointerup", event => {
        const {x, y} = place(event);
        if (press !== null && !press.hasMoved) {
            if (press.measures) {
                page.measureTo(press.from);
            } else {
                page.click(x, y);
            }
        }
        press = null;
    });
    canvas.addEventListener("pointercancel", () => { press = null; });
    canvas.addEventListener("pointerleave", () => page.panel.hideTip());
    canvas.addEventListener("wheel", event => {
        event.preventDefault();
        const unit = event.deltaMode === 1 ? 24 : 1;
        if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
            page.pan((event.deltaX || event.deltaY) * unit, 0);
        } else {
            page.zoom(WHEEL_ZOOM ** (event.deltaY * unit), event.offsetX);
        }
    }, {passive: false});
}

function listenToOverview(page, canvas) {
    const go = event => page.goToShare(event.offsetX / canvas.clientWidth);
    canvas.addEventListener("pointerdown", event => {
        canvas.setPointerCapture(event.pointerId);
        go(event);
    });
    canvas.addEventListener("pointermove", event => {
        if (event.buttons === 1) {
            go(event);
        }
    });
}

function listenToKeys(page) {
    const keys = {
        ArrowLeft: () => page.step(-1), ArrowRight: () => page.step(1), ArrowUp: () => page.stepLane(-1), ArrowDown: () => page.stepLane(1),
        "+": () => page.zoom(1 / KEY_ZOOM), "=": () => page.zoom(1 / KEY_ZOOM), "-": () => page.zoom(KEY_ZOOM), "0": () => page.fit(),
        "/": () => page.focusSearch(), "?": () => page.help(), s: () => page.statistics(), m: () => page.measureSelected(),
        z: () => page.zoomToMeasure(), d: () => page.nextMiss(1), D: () => page.nextMiss(-1), n: () => page.nextFound(1),
        N: () => page.nextFound(-1), Escape: () => page.forget(),
    };
    document.addEventListener("keydown", event => {
        const isElsewhere = event.target.closest?.("input, dialog[open]") || event.ctrlKey || event.metaKey || event.altKey;
        if (!isElsewhere && keys[event.key] !== undefined) {
            event.preventDefault();
            keys[event.key]();
        }
    });
}

function listenToSearch(page, input) {
    input.addEventListener("input", () => page.forgetFound());
    input.addEventListener("keydown", event => {
        if (event.key === "Enter") {
            page.nextFound(event.shiftKey ? -1 : 1);
        } else if (event.key === "Escape") {
            page.canvas.focus();
        }
    });
}

function listenToButtons(page) {
    const on = (name, action) => document.getElementById(name).addEventListener("click", action);
    on("fit", () => page.fit());
    on("show-statistics", () => page.statistics());
    on("show-help", () => page.help());
}
