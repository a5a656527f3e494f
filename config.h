/* SPDX-License-Identifier: MIT */
/*
 * Every number fixed at compile time: unit, range, reason. No feature switches.
 *
 * Each can be set on the command line of the compiler, or in a file that comes first (-include; see
 * tests/config/). One outside its range does not compile, and the error says the range.
 */
#ifndef CONFIG_H
#define CONFIG_H

#ifdef __ASSEMBLER__
#define CONFIG_LIMIT(condition, sentence)
#else
#include <stdint.h>
#define CONFIG_LIMIT(condition, sentence) _Static_assert(condition, sentence)
#endif

/* CPUs with state of their own. Range 1..1: further CPUs are parked at boot. */
#ifndef CONFIG_CPUS
#define CONFIG_CPUS 1
#endif
CONFIG_LIMIT(CONFIG_CPUS == 1, "CONFIG_CPUS: 1 (further CPUs are parked)");

/* Threads that can exist at once, besides each CPU's idle thread. Range 2..65216: that which
 * boots the application and that which writes the log; and with all servers and periodic threads,
 * timed events have ids of 16 bits. Reason: slots and stacks are prepared at bootstrap so that a
 * spawn is O(1). */
#ifndef CONFIG_THREAD_SLOTS
#define CONFIG_THREAD_SLOTS 64
#endif
CONFIG_LIMIT(CONFIG_THREAD_SLOTS >= 2 && CONFIG_THREAD_SLOTS <= 65216,
             "CONFIG_THREAD_SLOTS: 2..65216");

/* Bytes of the stack that every thread slot owns. A multiple of 4096, range
 * 8192..2^20. */
#ifndef CONFIG_STACK_BASE_SIZE
#define CONFIG_STACK_BASE_SIZE 8192
#endif
CONFIG_LIMIT(CONFIG_STACK_BASE_SIZE % 4096 == 0 && CONFIG_STACK_BASE_SIZE >= 8192 &&
                 CONFIG_STACK_BASE_SIZE <= 1 << 20,
             "CONFIG_STACK_BASE_SIZE: a multiple of 4096, 8192..2^20");

/* Larger stack classes: bytes usable (multiples of 4096, ascending) and how many are prepared. A
 * spawn that needs more than the base takes from the smallest class that fits. Reason: no page
 * tables change on the spawn path. */
#ifndef CONFIG_STACK_CLASSES
#define CONFIG_STACK_CLASSES                                                                       \
    {32768, 4}, {                                                                                  \
        131072, 2                                                                                  \
    }
#endif

/* How many stacks that makes, the sum of the counts (1..1024), and the bytes of the
 * largest (at most 2^24). All three change together. */
#ifndef CONFIG_STACK_EXTRA
#define CONFIG_STACK_EXTRA 6
#endif
#ifndef CONFIG_STACK_SIZE_MAX
#define CONFIG_STACK_SIZE_MAX 131072
#endif
CONFIG_LIMIT(CONFIG_STACK_EXTRA >= 1 && CONFIG_STACK_EXTRA <= 1024, "CONFIG_STACK_EXTRA: 1..1024");
CONFIG_LIMIT(
    CONFIG_STACK_SIZE_MAX % 4096 == 0 && CONFIG_STACK_SIZE_MAX > CONFIG_STACK_BASE_SIZE &&
        CONFIG_STACK_SIZE_MAX <= 1 << 24,
    "CONFIG_STACK_SIZE_MAX: a multiple of 4096, above CONFIG_STACK_BASE_SIZE, at most 2^24");

/* Threads with floating-point registers that can exist at once. Range 1..CONFIG_THREAD_SLOTS.
 * Reason: each needs room for its registers, which is prepared, and most threads never do. */
#ifndef CONFIG_FP_THREADS
#define CONFIG_FP_THREADS (CONFIG_THREAD_SLOTS < 16 ? CONFIG_THREAD_SLOTS : 16)
#endif
CONFIG_LIMIT(CONFIG_FP_THREADS >= 1 && CONFIG_FP_THREADS <= CONFIG_THREAD_SLOTS,
             "CONFIG_FP_THREADS: 1..CONFIG_THREAD_SLOTS");

/* Servers that can be open at once. Range 1..64. Reason: each has a timed event, whose place is
 * prepared. */
#ifndef CONFIG_SERVERS
#define CONFIG_SERVERS 8
#endif
CONFIG_LIMIT(CONFIG_SERVERS >= 1 && CONFIG_SERVERS <= 64, "CONFIG_SERVERS: 1..64");

/* Pieces of used time that a server remembers each for itself. A power of 2, range 2..64. Reason: of
 * more, some come back later than they might. */
#ifndef CONFIG_SERVER_REFILLS
#define CONFIG_SERVER_REFILLS 8
#endif
CONFIG_LIMIT(CONFIG_SERVER_REFILLS >= 2 && CONFIG_SERVER_REFILLS <= 64 &&
                 (CONFIG_SERVER_REFILLS & (CONFIG_SERVER_REFILLS - 1)) == 0,
             "CONFIG_SERVER_REFILLS: a power of 2, 2..64");

/* Threads with a period that can exist at once. Range 1..254. Reason: each needs a timed event for
 * its deadlines beside that of its waits. */
#ifndef CONFIG_PERIODIC_THREADS
#define CONFIG_PERIODIC_THREADS 32
#endif
CONFIG_LIMIT(CONFIG_PERIODIC_THREADS >= 1 && CONFIG_PERIODIC_THREADS <= 254,
             "CONFIG_PERIODIC_THREADS: 1..254");

/* Priority of the thread that boots the application. Range 0..63. */
#ifndef CONFIG_MAIN_PRIORITY
#define CONFIG_MAIN_PRIORITY 32
#endif
CONFIG_LIMIT(CONFIG_MAIN_PRIORITY >= 0 && CONFIG_MAIN_PRIORITY <= 63,
             "CONFIG_MAIN_PRIORITY: 0..63");

/* Priority of the thread that writes the log to the console. Range 0..63. */
#ifndef CONFIG_LOG_PRIORITY
#define CONFIG_LOG_PRIORITY 1
#endif
CONFIG_LIMIT(CONFIG_LOG_PRIORITY >= 0 && CONFIG_LOG_PRIORITY <= 63, "CONFIG_LOG_PRIORITY: 0..63");

/* A round-robin thread's quantum, microseconds. Range 10..10^6. */
#ifndef CONFIG_QUANTUM_US
#define CONFIG_QUANTUM_US 10000
#endif
CONFIG_LIMIT(CONFIG_QUANTUM_US >= 10 && CONFIG_QUANTUM_US <= 1000000,
             "CONFIG_QUANTUM_US: 10..10^6");

/* Tasks in one admission test. Range 1..1024. */
#ifndef CONFIG_ADMISSION_TASKS
#define CONFIG_ADMISSION_TASKS 64
#endif
CONFIG_LIMIT(CONFIG_ADMISSION_TASKS >= 1 && CONFIG_ADMISSION_TASKS <= 1024,
             "CONFIG_ADMISSION_TASKS: 1..1024");

/* Turns of an admission test, each a pass over all tasks; what is not decided by then is refused.
 * Range 1000..10^6. Reason: 64 tasks at a load of 0.9 take some 2,000. */
#ifndef CONFIG_ADMISSION_STEPS
#define CONFIG_ADMISSION_STEPS 16384
#endif
CONFIG_LIMIT(CONFIG_ADMISSION_STEPS >= 1000 && CONFIG_ADMISSION_STEPS <= 1000000,
             "CONFIG_ADMISSION_STEPS: 1000..10^6");

/* What the kernel adds to each job in an admission test, instructions of a release build: the timer
 * interrupt that begins it, the sleep that ends it, and the longest masked stretch. Not below the
 * bounds of either compiler (bounds.budget); tool/analyze holds them together. */
#ifndef CONFIG_ADMISSION_RELEASE
#define CONFIG_ADMISSION_RELEASE 640
#endif
#ifndef CONFIG_ADMISSION_FINISH
#define CONFIG_ADMISSION_FINISH 500
#endif
#ifndef CONFIG_ADMISSION_MASKED
#define CONFIG_ADMISSION_MASKED 640
#endif
CONFIG_LIMIT(CONFIG_ADMISSION_RELEASE >= 0 && CONFIG_ADMISSION_RELEASE <= 100000 &&
                 CONFIG_ADMISSION_FINISH >= 0 && CONFIG_ADMISSION_FINISH <= 100000 &&
                 CONFIG_ADMISSION_MASKED >= 0 && CONFIG_ADMISSION_MASKED <= 100000,
             "CONFIG_ADMISSION_RELEASE, FINISH, MASKED: 0..100000");

/* Processes that can exist at once. Range 1..CONFIG_ASIDS - 1. Reason: each has a slot, prepared. */
#ifndef CONFIG_PROCESSES
#define CONFIG_PROCESSES 16
#endif

/* Address spaces that the TLB can tell apart, and one more. A multiple of 64, range 64..256: every
 * CPU has 8 bits for it, and no more processes can exist. */
#ifndef CONFIG_ASIDS
#define CONFIG_ASIDS 256
#endif
CONFIG_LIMIT(CONFIG_ASIDS % 64 == 0 && CONFIG_ASIDS >= 64 && CONFIG_ASIDS <= 256,
             "CONFIG_ASIDS: a multiple of 64, 64..256");
CONFIG_LIMIT(CONFIG_PROCESSES >= 1 && CONFIG_PROCESSES < CONFIG_ASIDS,
             "CONFIG_PROCESSES: 1..CONFIG_ASIDS - 1");

/* Pages that a process may have at most, those of its tables included. Range 8..2^18. */
#ifndef CONFIG_PROCESS_PAGES
#define CONFIG_PROCESS_PAGES 4096
#endif
CONFIG_LIMIT(CONFIG_PROCESS_PAGES >= 8 && CONFIG_PROCESS_PAGES <= 1 << 18,
             "CONFIG_PROCESS_PAGES: 8..2^18");

/* Handles of a process. Range 1..256. */
#ifndef CONFIG_PROCESS_HANDLES
#define CONFIG_PROCESS_HANDLES 32
#endif
CONFIG_LIMIT(CONFIG_PROCESS_HANDLES >= 1 && CONFIG_PROCESS_HANDLES <= 256,
             "CONFIG_PROCESS_HANDLES: 1..256");

/* Threads of a process. Range 1..64. Reason: who ends a process looks at each, and each has a page for
 * messages at the top of the space. */
#ifndef CONFIG_PROCESS_THREADS
#define CONFIG_PROCESS_THREADS 8
#endif
CONFIG_LIMIT(CONFIG_PROCESS_THREADS >= 1 && CONFIG_PROCESS_THREADS <= 64,
             "CONFIG_PROCESS_THREADS: 1..64");

/* Names that mailboxes can have at once. Range 1..1024. Reason: who looks one up looks through them. */
#ifndef CONFIG_NAMES
#define CONFIG_NAMES 32
#endif
CONFIG_LIMIT(CONFIG_NAMES >= 1 && CONFIG_NAMES <= 1024, "CONFIG_NAMES: 1..1024");

/* Bytes of the kernel's own stack, one for each CPU. Multiple of 4096, range 8192..2^20. */
#ifndef CONFIG_KERNEL_STACK_SIZE
#define CONFIG_KERNEL_STACK_SIZE 16384
#endif
CONFIG_LIMIT(CONFIG_KERNEL_STACK_SIZE % 4096 == 0 && CONFIG_KERNEL_STACK_SIZE >= 8192 &&
                 CONFIG_KERNEL_STACK_SIZE <= 1 << 20,
             "CONFIG_KERNEL_STACK_SIZE: a multiple of 4096, 8192..2^20");

/* Largest message of a mailbox, bytes. Range 8..4096.
 * Reason: it is copied with interrupts masked. */
#ifndef CONFIG_MAILBOX_MESSAGE_MAX
#define CONFIG_MAILBOX_MESSAGE_MAX 128
#endif
CONFIG_LIMIT(CONFIG_MAILBOX_MESSAGE_MAX >= 8 && CONFIG_MAILBOX_MESSAGE_MAX <= 4096,
             "CONFIG_MAILBOX_MESSAGE_MAX: 8..4096");

/* Objects that a thread can wait for at once. Range 1..4. Reason: when one of them serves it, it
 * leaves all the others in the same masked stretch. */
#ifndef CONFIG_WAIT_ANY_MAX
#define CONFIG_WAIT_ANY_MAX 4
#endif
CONFIG_LIMIT(CONFIG_WAIT_ANY_MAX >= 1 && CONFIG_WAIT_ANY_MAX <= 4, "CONFIG_WAIT_ANY_MAX: 1..4");

/* Owners in a row that a chain of waiters may have: who waits for a mutex, whose owner waits for
 * another, and so on. Range 1..64. Reason: a lock attempt looks along the whole chain masked, some
 * ten instructions for each; a longer one is refused with TOO_DEEP. */
#ifndef CONFIG_INHERITANCE_CHAIN_MAX
#define CONFIG_INHERITANCE_CHAIN_MAX 8
#endif
CONFIG_LIMIT(CONFIG_INHERITANCE_CHAIN_MAX >= 1 && CONFIG_INHERITANCE_CHAIN_MAX <= 64,
             "CONFIG_INHERITANCE_CHAIN_MAX: 1..64");

/* Mutexes with a ceiling that one thread may hold at once. Range 1..1024, and with the threads at
 * most 65535. Reason: its end gives them back, one by one; and it counts these and all that may wait
 * for it in 16 bits. */
#ifndef CONFIG_CEILINGS_HELD_MAX
#define CONFIG_CEILINGS_HELD_MAX 16
#endif
CONFIG_LIMIT(CONFIG_CEILINGS_HELD_MAX >= 1 && CONFIG_CEILINGS_HELD_MAX <= 1024,
             "CONFIG_CEILINGS_HELD_MAX: 1..1024");
CONFIG_LIMIT(CONFIG_THREAD_SLOTS + CONFIG_CEILINGS_HELD_MAX <= 65535,
             "CONFIG_THREAD_SLOTS and CONFIG_CEILINGS_HELD_MAX: 65535 together");

/* Kernel heap at bootstrap, bytes, one contiguous range. Multiple of 4096, range 2^20..2^30. */
#ifndef CONFIG_HEAP_SIZE
#define CONFIG_HEAP_SIZE (16u << 20)
#endif
CONFIG_LIMIT(CONFIG_HEAP_SIZE % 4096 == 0 && CONFIG_HEAP_SIZE >= 1u << 20 &&
                 CONFIG_HEAP_SIZE <= 1u << 30,
             "CONFIG_HEAP_SIZE: a multiple of 4096, 2^20..2^30");

/* Bytes of the log's ring. A power of two, 4096..2^20. Reason: a burst of this size is kept, more
 * is counted lost. */
#ifndef CONFIG_LOG_RING_SIZE
#define CONFIG_LOG_RING_SIZE 16384
#endif
CONFIG_LIMIT(CONFIG_LOG_RING_SIZE >= 4096 && CONFIG_LOG_RING_SIZE <= 1 << 20 &&
                 (CONFIG_LOG_RING_SIZE & (CONFIG_LOG_RING_SIZE - 1)) == 0,
             "CONFIG_LOG_RING_SIZE: a power of 2, 4096..2^20");

/* 1: the kernel can trace (kernel/trace/trace.h); 0: no instruction of it is there, and trace_start()
 * answers UNSUPPORTED. Reason: with it the longest masked stretch is some 80 instructions longer. */
#ifndef CONFIG_TRACE
#define CONFIG_TRACE 0
#endif
CONFIG_LIMIT(CONFIG_TRACE == 0 || CONFIG_TRACE == 1, "CONFIG_TRACE: 0 or 1");

/* Records of a trace's ring, 32 bytes each. A power of 2, 64..2^18. Reason: some milliseconds of what
 * many threads do are kept. */
#ifndef CONFIG_TRACE_RECORDS
#define CONFIG_TRACE_RECORDS 4096
#endif
CONFIG_LIMIT(CONFIG_TRACE_RECORDS >= 64 && CONFIG_TRACE_RECORDS <= 1 << 18 &&
                 (CONFIG_TRACE_RECORDS & (CONFIG_TRACE_RECORDS - 1)) == 0,
             "CONFIG_TRACE_RECORDS: a power of 2, 64..2^18");

/* Threads of which the account of a missed deadline tells each; the others are summed up.
 * Range 1..64. Reason: it is storage of the caller's, and looked through for each record. */
#ifndef CONFIG_MISS_PARTS
#define CONFIG_MISS_PARTS 8
#endif
CONFIG_LIMIT(CONFIG_MISS_PARTS >= 1 && CONFIG_MISS_PARTS <= 64, "CONFIG_MISS_PARTS: 1..64");

/* What is more talkative than this level is not compiled in. Range 0 (error)..4 (trace):
 * kernel/console/log.h. */
#ifndef CONFIG_LOG_FLOOR
#define CONFIG_LOG_FLOOR 4
#endif
CONFIG_LIMIT(CONFIG_LOG_FLOOR >= 0 && CONFIG_LOG_FLOOR <= 4, "CONFIG_LOG_FLOOR: 0..4");

/* Bytes of .bss and of the low part's .bss, at most. Multiples of 64, plain numbers; the link fails
 * beyond. Reason: the boot clears both, and its loops have a bound. */
#ifndef CONFIG_BSS_MAX
#define CONFIG_BSS_MAX (0x300000 + CONFIG_THREAD_SLOTS * 0x400)
#endif
#ifndef CONFIG_BOOT_BSS_MAX
#define CONFIG_BOOT_BSS_MAX 0x20000
#endif

/* Memory ranges (RAM and reserved, each) that the physical map keeps. Range 4..34. Reason:
 * with the largest image, the tables of all of them are given back by one call if the boot fails. */
#ifndef CONFIG_MEMORY_RANGES_MAX
#define CONFIG_MEMORY_RANGES_MAX 32
#endif
CONFIG_LIMIT(CONFIG_MEMORY_RANGES_MAX >= 4 && CONFIG_MEMORY_RANGES_MAX <= 34,
             "CONFIG_MEMORY_RANGES_MAX: 4..34");

/* Bytes of RAM that the kernel manages at most. A power of two, 2^30..2^42. Reason: bounds all that
 * is linear in memory. */
#ifndef CONFIG_MEMORY_MAX
#define CONFIG_MEMORY_MAX (UINT64_C(1) << 36)
#endif
CONFIG_LIMIT(CONFIG_MEMORY_MAX >= UINT64_C(1) << 30 && CONFIG_MEMORY_MAX <= UINT64_C(1) << 42 &&
                 (CONFIG_MEMORY_MAX & (CONFIG_MEMORY_MAX - 1)) == 0,
             "CONFIG_MEMORY_MAX: a power of 2, 2^30..2^42");

/* Bytes of the image, its .bss and the boot's memory included, at most: it is mapped page by page.
 * Multiple of 4096, range 2^20..2^27. */
#ifndef CONFIG_IMAGE_MAX
#define CONFIG_IMAGE_MAX (UINT64_C(8) << 20)
#endif
CONFIG_LIMIT(CONFIG_IMAGE_MAX % 4096 == 0 && CONFIG_IMAGE_MAX >= UINT64_C(1) << 20 &&
                 CONFIG_IMAGE_MAX <= UINT64_C(1) << 27,
             "CONFIG_IMAGE_MAX: a multiple of 4096, 2^20..2^27");

/* Interrupt lines that can be bound to threads or handlers at once. Range 1..254. Reason: each has a
 * queue of its own. */
#ifndef CONFIG_IRQ_BINDINGS
#define CONFIG_IRQ_BINDINGS 16
#endif
CONFIG_LIMIT(CONFIG_IRQ_BINDINGS >= 1 && CONFIG_IRQ_BINDINGS <= 254, "CONFIG_IRQ_BINDINGS: 1..254");

/* Interrupt lines the kernel keeps counters for. Range 32..1020 (GICv2 has 1020). */
#ifndef CONFIG_IRQ_LINES
#define CONFIG_IRQ_LINES 288
#endif
CONFIG_LIMIT(CONFIG_IRQ_LINES >= 32 && CONFIG_IRQ_LINES <= 1020, "CONFIG_IRQ_LINES: 32..1020");

#endif
