// SPDX-License-Identifier: MIT
// Columns of numbers that grow, and looking for a place in one that ascends. A lane of a million pieces is a few of
// these: one typed array each, no objects.

class Column {
    constructor(Type) {
        this.items = new Type(64);
        this.length = 0;
    }

    push(value) {
        if (this.length === this.items.length) {
            const wider = new this.items.constructor(this.length * 2);
            wider.set(this.items);
            this.items = wider;
        }
        this.items[this.length++] = value;
    }

    get(index) {
        return this.items[index];
    }

    set(index, value) {
        this.items[index] = value;
    }

    last() {
        return this.items[this.length - 1];
    }
}

// The number of leading items that are <= value: the place behind the last of them.
function countUpTo(column, value, from = 0) {
    // Steps that double, for who looks from left to right; then halves.
    let low = from, step = 1;
    while (low + step <= column.length && column.items[low + step - 1] <= value) {
        low += step;
        step *= 2;
    }
    let high = Math.min(low + step, column.length);
    while (low < high) {
        const middle = (low + high) >>> 1;
        if (column.items[middle] <= value) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

// The number of leading items that are < value.
function countBelow(column, value, from = 0) {
    let low = from, high = column.length;
    while (low < high) {
        const middle = (low + high) >>> 1;
        if (column.items[middle] < value) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}
