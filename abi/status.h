/* SPDX-License-Identifier: MIT */
/*
 * The one set of answers of every call that can fail. Zero is success; all others are negative, so
 * that a register can carry either a status or a small non-negative result.
 */
#ifndef ABI_STATUS_H
#define ABI_STATUS_H

enum status {
    STATUS_OK = 0,
    STATUS_INVALID_ARGUMENT = -1, /* a value that is never legal here */
    STATUS_OUT_OF_RANGE = -2,     /* legal kind of value, outside the stated limits */
    STATUS_MISALIGNED = -3,
    STATUS_OVERLAP = -4,
    STATUS_NOT_MAPPED = -5,
    STATUS_NO_MEMORY = -6,
    STATUS_NO_SLOT = -7,
    STATUS_NOT_INITIALIZED = -8,
    STATUS_STALE = -9,        /* an id whose object is gone */
    STATUS_WOULD_BLOCK = -10, /* nothing to take, or no room, right now */
    STATUS_TIMED_OUT = -11,
    STATUS_CLOSED = -12,
    STATUS_BUSY = -13,
    STATUS_DEADLOCK = -14, /* the caller would wait for itself */
    STATUS_DETACHED = -15,
    STATUS_FAULTED = -16, /* the thread ended by its own fault */
    STATUS_DOUBLE_FREE = -17,
    STATUS_FOREIGN = -18, /* not ours: never handed out by this allocator */
    STATUS_MALFORMED = -19,
    STATUS_NOT_FOUND = -20,
    STATUS_UNSUPPORTED = -21,
    STATUS_FULL = -22,
    STATUS_EMPTY = -23,
    STATUS_NOT_ADMITTED = -24, /* its deadlines, or those of others, might not hold */
    STATUS_OWNER_DIED = -25,   /* done: the caller has the lock, whose owner ended with it */
    STATUS_NOT_OWNER = -26,
    STATUS_TOO_DEEP = -27,    /* more would wait for each other in a row than is allowed */
    STATUS_DENIED = -28,      /* the handle has not the right */
    STATUS_BAD_ADDRESS = -29, /* user mode itself could not reach it so */
};

#endif
