/* SPDX-License-Identifier: MIT */
/* What the files of the heap share. */
#ifndef KERNEL_MM_HEAP_INTERNAL_H
#define KERNEL_MM_HEAP_INTERNAL_H

#include "lib/tlsf.h"

struct heap {
    /* Constant after heap_init and heap_seal_boot. */
    uint64_t size;
    bool sealed;

    /* Interrupts masked. */
    uint64_t failures;
    uint64_t bad_pointers;
    struct tlsf tlsf;
};

extern struct heap heap;

#endif
