/* SPDX-License-Identifier: MIT */
/*
 * The numbers of config.h, all at the bottom of their ranges; but 8 threads, so that five are left to
 * a test besides main, the log's and the watchdog; and 64 interrupt lines, for QEMU virt's console has
 * the 33rd. Not here: CONFIG_CPUS has one value; the two priorities of the boot, and what admission
 * adds, are no sizes, and the tests have levels around the first; the sizes of .bss follow; whether there
 * are traces is a variant of its own.
 */
#define CONFIG_THREAD_SLOTS    8
#define CONFIG_STACK_BASE_SIZE 8192
#define CONFIG_STACK_CLASSES                                                                       \
    { 12288, 1 }
#define CONFIG_STACK_EXTRA    1
#define CONFIG_STACK_SIZE_MAX 12288

#define CONFIG_FP_THREADS       1
#define CONFIG_SERVERS          1
#define CONFIG_SERVER_REFILLS   2
#define CONFIG_PERIODIC_THREADS 1
#define CONFIG_QUANTUM_US       10
#define CONFIG_ADMISSION_TASKS  1
#define CONFIG_ADMISSION_STEPS  1000

#define CONFIG_PROCESSES       1
#define CONFIG_ASIDS           64
#define CONFIG_PROCESS_PAGES   8
#define CONFIG_PROCESS_HANDLES 1
#define CONFIG_PROCESS_THREADS 1
#define CONFIG_NAMES           1

#define CONFIG_KERNEL_STACK_SIZE     8192
#define CONFIG_MAILBOX_MESSAGE_MAX   8
#define CONFIG_WAIT_ANY_MAX          1
#define CONFIG_TRACE_RECORDS         64
#define CONFIG_MISS_PARTS            1
#define CONFIG_INHERITANCE_CHAIN_MAX 1
#define CONFIG_CEILINGS_HELD_MAX     1

#define CONFIG_HEAP_SIZE         (1u << 20)
#define CONFIG_LOG_RING_SIZE     4096
#define CONFIG_LOG_FLOOR         0
#define CONFIG_MEMORY_RANGES_MAX 4
#define CONFIG_MEMORY_MAX        (UINT64_C(1) << 30)
#define CONFIG_IMAGE_MAX         (UINT64_C(4) << 20)
#define CONFIG_IRQ_BINDINGS      1
#define CONFIG_IRQ_LINES         64
