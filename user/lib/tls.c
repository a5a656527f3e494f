/* SPDX-License-Identifier: MIT */
/* See tls.h. */
#include "user/lib/tls.h"

#include <string.h>

#include "user/lib/system.h"

#define CONTROL_BLOCK 16

/* user/lib/program.ld.S */
extern char program_tls_start[], program_tls_copied[], program_tls_first[], program_tls_first_end[];

static uint64_t data_offset;

size_t tls_size(void) {
    return (size_t)(program_tls_first_end - program_tls_first);
}

/* .tbss needs no work: the block is zero. */
void tls_fill(char *block) {
    memcpy(block + data_offset, program_tls_start,
           (size_t)(program_tls_copied - program_tls_start));
}

void tls_start(uint64_t alignment) {
    data_offset = (CONTROL_BLOCK + alignment - 1) & ~(alignment - 1);
    tls_fill(program_tls_first);
    *(uint64_t *)(void *)program_tls_first = SYSCALL_MESSAGE_AREA;
    __asm__ volatile("msr tpidr_el0, %0" : : "r"(program_tls_first) : "memory");
}
