/* SPDX-License-Identifier: MIT */
/*
 * The numbers of config.h, all at the top of their ranges; but for stacks of 8 KiB, since 65,216 of the
 * largest would be 64 GiB, and for what is left to mutexes with a ceiling when there are so many
 * threads. What is not here is as in smallest.h.
 */
#define CONFIG_THREAD_SLOTS    65216
#define CONFIG_STACK_BASE_SIZE 8192
#define CONFIG_STACK_CLASSES                                                                       \
    {32768, 64}, {65536, 16}, {131072, 8}, {                                                       \
        1 << 24, 2                                                                                 \
    }
#define CONFIG_STACK_EXTRA    90
#define CONFIG_STACK_SIZE_MAX (1 << 24)

#define CONFIG_FP_THREADS       CONFIG_THREAD_SLOTS
#define CONFIG_SERVERS          64
#define CONFIG_SERVER_REFILLS   64
#define CONFIG_PERIODIC_THREADS 254
#define CONFIG_QUANTUM_US       1000000
#define CONFIG_ADMISSION_TASKS  1024
#define CONFIG_ADMISSION_STEPS  1000000

#define CONFIG_PROCESSES       255
#define CONFIG_ASIDS           256
#define CONFIG_PROCESS_PAGES   (1 << 18)
#define CONFIG_PROCESS_HANDLES 256
#define CONFIG_PROCESS_THREADS 64
#define CONFIG_NAMES           1024

#define CONFIG_KERNEL_STACK_SIZE     0x100000
#define CONFIG_MAILBOX_MESSAGE_MAX   4096
#define CONFIG_WAIT_ANY_MAX          4
#define CONFIG_TRACE_RECORDS         (1 << 18)
#define CONFIG_MISS_PARTS            64
#define CONFIG_INHERITANCE_CHAIN_MAX 64
#define CONFIG_CEILINGS_HELD_MAX     319

#define CONFIG_HEAP_SIZE         (1u << 30)
#define CONFIG_LOG_RING_SIZE     (1 << 20)
#define CONFIG_LOG_FLOOR         4
#define CONFIG_BSS_MAX           0x8000000
#define CONFIG_MEMORY_RANGES_MAX 34
#define CONFIG_MEMORY_MAX        (UINT64_C(1) << 42)
#define CONFIG_IMAGE_MAX         (UINT64_C(1) << 27)
#define CONFIG_IRQ_BINDINGS      254
#define CONFIG_IRQ_LINES         1020
