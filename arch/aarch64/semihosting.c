/* SPDX-License-Identifier: MIT */
/* Semihosting calls of AArch64: HLT #0xf000, operation in w0, address of its parameters in x1. */
#include "arch/semihosting.h"

#include "arch/cpu.h"
#include "lib/string.h"

#define SYS_OPEN                    0x01
#define SYS_WRITE                   0x05
#define SYS_EXIT                    0x18
#define OPEN_MODE_WRITE_BINARY      5 /* as fopen's "wb" */
#define STOPPED_BY_APPLICATION_EXIT UINT64_C(0x20026)

static ALWAYS_INLINE uint64_t semihosting(uint64_t number, const uint64_t *parameters) {
    register uint64_t operation __asm__("x0") = number;
    register const uint64_t *block __asm__("x1") = parameters;
    __asm__ volatile("hlt #0xf000" : "+r"(operation) : "r"(block) : "memory");
    return operation;
}

void arch_semihosting_exit(unsigned code) {
    const uint64_t parameters[2] = {STOPPED_BY_APPLICATION_EXIT, code};
    (void)semihosting(SYS_EXIT, parameters);
    arch_halt();
}

int64_t arch_semihosting_create(const char *name) {
    const uint64_t parameters[3] = {(uint64_t)(uintptr_t)name, OPEN_MODE_WRITE_BINARY,
                                    strlen(name)};
    return (int64_t)semihosting(SYS_OPEN, parameters);
}

bool arch_semihosting_write(int64_t handle, const void *bytes, size_t size) {
    const uint64_t parameters[3] = {(uint64_t)handle, (uint64_t)(uintptr_t)bytes, size};
    return semihosting(SYS_WRITE, parameters) == 0;
}
