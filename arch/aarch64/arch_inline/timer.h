/* SPDX-License-Identifier: MIT */
/* The virtual timer: Arm ARM DDI 0487, D11.2; CNTV_CVAL_EL0 interrupts while CNTVCT_EL0 >= CVAL. */
#ifndef ARCH_INLINE_TIMER_H
#define ARCH_INLINE_TIMER_H

static inline uint64_t arch_timer_frequency_hz(void) {
    uint64_t frequency;
    __asm__("mrs %0, cntfrq_el0" : "=r"(frequency));
    return frequency;
}

static inline instant_t arch_timer_now(void) {
    instant_t now;
    __asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(now.ticks)::"memory");
    return now;
}

static inline void arch_timer_arm(instant_t when) {
    __asm__ volatile("msr cntv_cval_el0, %0" ::"r"(when.ticks) : "memory");
}

static inline void arch_timer_init(void) {
    arch_timer_arm(INSTANT_NEVER);
    __asm__ volatile("msr cntv_ctl_el0, %0\n\tisb" ::"r"(UINT64_C(1)) : "memory");
}

#endif
