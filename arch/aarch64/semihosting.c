/* SPDX-License-Identifier: MIT */
/* Semihosting calls of AArch64: HLT #0xf000, operation in w0, address of its parameters in x1. */
#include "arch/semihosting.h"

#include "arch/cpu.h"

#define SYS_EXIT                    0x18
#define STOPPED_BY_APPLICATION_EXIT UINT64_C(0x20026)

void arch_semihosting_exit(unsigned code) {
    const uint64_t parameters[2] = {STOPPED_BY_APPLICATION_EXIT, code};
    register uint64_t operation __asm__("x0") = SYS_EXIT;
    register const uint64_t *block __asm__("x1") = parameters;
    __asm__ volatile("hlt #0xf000" : "+r"(operation) : "r"(block) : "memory");
    arch_halt();
}
