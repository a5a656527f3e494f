/* SPDX-License-Identifier: MIT */
/* The MMU itself is asked: AT S1E1R leaves the answer in PAR_EL1, a register of the CPU, so nobody
 * may come between. Arm ARM DDI 0487, D17.2.112. Not by arch_irq_save(): a panic may be here on the
 * last bytes of a stack, where looking for more room would fault. */
#include "arch/probe.h"

#include "lib/bound.h"

#define PAR_FAULT       UINT64_C(0x1)
#define PAR_ATTR_NORMAL (UINT64_C(0xf0) << 56) /* all zero: a Device type */

static bool is_readable(uint64_t address) {
    uint64_t par;
    uint64_t saved;
    __asm__ volatile("mrs %1, daif\n\tmsr daifset, #2\n\t"
                     "at s1e1r, %2\n\tisb\n\tmrs %0, par_el1\n\t"
                     "msr daif, %1"
                     : "=&r"(par), "=&r"(saved)
                     : "r"(address)
                     : "memory");
    return (par & PAR_FAULT) == 0 && (par & PAR_ATTR_NORMAL) != 0;
}

bool arch_probe_readable(vaddr_t address, uint64_t size) {
    uint64_t last = address.value + size - 1;
    if (size == 0 || size > PAGE_SIZE || last < address.value) {
        return false;
    }
    return is_readable(address.value) && is_readable(last);
}

BOUND_CALLEE(trace_readable, arch_probe_readable);
