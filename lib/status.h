/* SPDX-License-Identifier: MIT */
/* The kernel's own name for an answer: must be looked at. */
#ifndef LIB_STATUS_H
#define LIB_STATUS_H

#include "abi/status.h"
#include "lib/compiler.h"

typedef enum status status_t;

/* The words of a status, for people: "timed out". Never null. O(1), any context. */
const char *status_name(status_t status);

#endif
