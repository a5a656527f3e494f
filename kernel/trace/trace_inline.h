/* SPDX-License-Identifier: MIT */
/* What the inline calls of trace.h, and of objects that threads ask something of, look at first. */
#ifndef KERNEL_TRACE_TRACE_INLINE_H
#define KERNEL_TRACE_TRACE_INLINE_H

#include "abi/trace_record.h"
#include "config.h"
#include "kernel/cpu/cpu.h"
#include "lib/compiler.h"

/* The rest of trace_note(), where somebody traces. O(1). */
void trace_note_closely(uint64_t what, uint64_t value);

/* A record of the running thread. O(1), any context: three instructions where nobody traces. */
static ALWAYS_INLINE void trace_note(uint64_t what, uint64_t value) {
    if (CONFIG_TRACE && __atomic_load_n(&arch_cpu_self()->trace, __ATOMIC_RELAXED) != NULL) {
        trace_note_closely(what, value);
    }
}

/* The running thread asks something of `object`. O(1), any context. */
static ALWAYS_INLINE void trace_call(enum trace_call call, const void *object) {
    trace_note(trace_what(TRACE_CALL, call, 0), (uint64_t)(uintptr_t)object);
}

#endif
