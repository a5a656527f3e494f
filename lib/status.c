/* SPDX-License-Identifier: MIT */
/* Answers in words. */
#include "lib/status.h"

static const char *const names[] = {
    [-STATUS_OK] = "ok",
    [-STATUS_INVALID_ARGUMENT] = "invalid argument",
    [-STATUS_OUT_OF_RANGE] = "out of range",
    [-STATUS_MISALIGNED] = "misaligned",
    [-STATUS_OVERLAP] = "overlap",
    [-STATUS_NOT_MAPPED] = "not mapped",
    [-STATUS_NO_MEMORY] = "no memory",
    [-STATUS_NO_SLOT] = "no slot",
    [-STATUS_NOT_INITIALIZED] = "not initialized",
    [-STATUS_STALE] = "stale",
    [-STATUS_WOULD_BLOCK] = "would block",
    [-STATUS_TIMED_OUT] = "timed out",
    [-STATUS_CLOSED] = "closed",
    [-STATUS_BUSY] = "busy",
    [-STATUS_DEADLOCK] = "deadlock",
    [-STATUS_DETACHED] = "detached",
    [-STATUS_FAULTED] = "faulted",
    [-STATUS_DOUBLE_FREE] = "double free",
    [-STATUS_FOREIGN] = "foreign",
    [-STATUS_MALFORMED] = "malformed",
    [-STATUS_NOT_FOUND] = "not found",
    [-STATUS_UNSUPPORTED] = "unsupported",
    [-STATUS_FULL] = "full",
    [-STATUS_EMPTY] = "empty",
    [-STATUS_NOT_ADMITTED] = "not admitted",
    [-STATUS_OWNER_DIED] = "owner died",
    [-STATUS_NOT_OWNER] = "not the owner",
    [-STATUS_TOO_DEEP] = "too deep",
    [-STATUS_DENIED] = "denied",
    [-STATUS_BAD_ADDRESS] = "bad address",
};

const char *status_name(status_t status) {
    int64_t index = -(int64_t)status; /* wide enough for every int */
    if (index < 0 || index >= (int64_t)ARRAY_SIZE(names) || names[index] == NULL) {
        return "unknown status";
    }
    return names[index];
}
