/* SPDX-License-Identifier: MIT */
/* Physical and virtual addresses as types of their own: mixing them does not compile.
 * Both cost nothing. */
#ifndef LIB_ADDR_H
#define LIB_ADDR_H

#include "lib/compiler.h"

#define PAGE_SHIFT 12
#define PAGE_SIZE  (UINT64_C(1) << PAGE_SHIFT)
#define PAGE_MASK  (PAGE_SIZE - 1)

typedef struct {
    uint64_t value;
} paddr_t;

typedef struct {
    uint64_t value;
} vaddr_t;

/* Half-open: [start, start + size). */
struct phys_range {
    paddr_t start;
    uint64_t size; /* bytes */
};

static inline paddr_t paddr(uint64_t value) {
    return (paddr_t){value};
}

static inline vaddr_t vaddr(uint64_t value) {
    return (vaddr_t){value};
}

static inline paddr_t paddr_add(paddr_t address, uint64_t bytes) {
    return paddr(address.value + bytes);
}

static inline vaddr_t vaddr_add(vaddr_t address, uint64_t bytes) {
    return vaddr(address.value + bytes);
}

static inline vaddr_t vaddr_of(const volatile void *pointer) {
    return vaddr((uint64_t)(uintptr_t)pointer);
}

static inline void *vaddr_pointer(vaddr_t address) {
    return (void *)(uintptr_t)address.value;
}

static inline bool is_page_aligned(uint64_t value) {
    return (value & PAGE_MASK) == 0;
}

static inline uint64_t page_align_down(uint64_t value) {
    return value & ~PAGE_MASK;
}

/* value <= UINT64_MAX - PAGE_MASK, or the result wraps to 0. */
static inline uint64_t page_align_up(uint64_t value) {
    return (value + PAGE_MASK) & ~PAGE_MASK;
}

#endif
