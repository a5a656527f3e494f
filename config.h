/* SPDX-License-Identifier: MIT */
/* Every number fixed at compile time: unit, range, reason. No feature switches. */
#ifndef CONFIG_H
#define CONFIG_H

/* CPUs with state of their own. Range 1..1: further CPUs are parked at boot. */
#define CONFIG_CPUS 1

/* Threads that can exist at once, besides each CPU's idle thread. Range 1..65534 (slot index of 16
 * bits). Reason: slots and stacks are prepared at bootstrap so that a spawn is O(1). */
#ifndef CONFIG_THREAD_SLOTS
#define CONFIG_THREAD_SLOTS 64
#endif

/* Bytes of the stack that every thread slot owns. A multiple of 4096. */
#define CONFIG_STACK_BASE_SIZE 8192

/* Larger stack classes: bytes usable (multiples of 4096, ascending) and how many are prepared. A
 * spawn that needs more than the base takes from the smallest class that fits. Reason: no page
 * tables change on the spawn path. */
#define CONFIG_STACK_CLASSES                                                                       \
    {32768, 4}, {                                                                                  \
        131072, 2                                                                                  \
    }

/* How many stacks that makes, the sum of the counts, and the bytes of the largest. */
#define CONFIG_STACK_EXTRA    6
#define CONFIG_STACK_SIZE_MAX 131072

/* Threads with floating-point registers that can exist at once. Range 1..CONFIG_THREAD_SLOTS.
 * Reason: each needs room for its registers, which is prepared, and most threads never do. */
#ifndef CONFIG_FP_THREADS
#define CONFIG_FP_THREADS 16
#endif

/* Servers that can be open at once. Range 1..64. Reason: each has a timed event, whose place is
 * prepared. */
#define CONFIG_SERVERS 8

/* Pieces of used time that a server remembers each for itself. A power of 2, range 2..64. Reason: of
 * more, some come back later than they might. */
#define CONFIG_SERVER_REFILLS 8

/* Threads with a period that can exist at once. Range 1..255. Reason: each needs a timed event for
 * its deadlines beside that of its waits. */
#ifndef CONFIG_PERIODIC_THREADS
#define CONFIG_PERIODIC_THREADS 32
#endif

/* Priority of the thread that boots the application. Range 0..63. */
#define CONFIG_MAIN_PRIORITY 32

/* Priority of the thread that writes the log to the console. Range 0..63. */
#define CONFIG_LOG_PRIORITY 1

/* A round-robin thread's quantum, microseconds. Range 10..10^6. */
#ifndef CONFIG_QUANTUM_US
#define CONFIG_QUANTUM_US 10000
#endif

/* Tasks in one admission test. Range 1..1024. */
#define CONFIG_ADMISSION_TASKS 64

/* Turns of an admission test, each a pass over all tasks; what is not decided by then is refused.
 * Range 1000..10^6. Reason: 64 tasks at a load of 0.9 take some 2,000. */
#define CONFIG_ADMISSION_STEPS 16384

/* What the kernel adds to each job in an admission test, instructions of a release build: the timer
 * interrupt that begins it, the sleep that ends it, and the longest masked stretch. Not below the
 * bounds of either compiler (bounds.budget); tool/analyze holds them together. */
#define CONFIG_ADMISSION_RELEASE 640
#define CONFIG_ADMISSION_FINISH  500
#define CONFIG_ADMISSION_MASKED  640

/* Processes that can exist at once. Range 1..CONFIG_ASIDS - 1. Reason: each has a slot, prepared. */
#ifndef CONFIG_PROCESSES
#define CONFIG_PROCESSES 16
#endif

/* Address spaces that the TLB can tell apart, and one more. A multiple of 64, range 64..256: every
 * CPU has 8 bits for it, and no more processes can exist. */
#ifndef CONFIG_ASIDS
#define CONFIG_ASIDS 256
#endif

/* Pages that a process may have at most, those of its tables included. Range 8..2^18. */
#define CONFIG_PROCESS_PAGES 4096

/* Handles of a process. Range 1..256. */
#define CONFIG_PROCESS_HANDLES 32

/* Names that mailboxes can have at once. Range 1..1024. Reason: who looks one up looks through them. */
#define CONFIG_NAMES 32

/* Bytes of the kernel's own stack, one for each CPU. Multiple of 4096. */
#define CONFIG_KERNEL_STACK_SIZE 16384

/* Largest message of a mailbox, bytes. Range 8..4096.
 * Reason: it is copied with interrupts masked. */
#define CONFIG_MAILBOX_MESSAGE_MAX 128

/* Objects that a thread can wait for at once. Range 1..4. Reason: when one of them serves it, it
 * leaves all the others in the same masked stretch. */
#ifndef CONFIG_WAIT_ANY_MAX
#define CONFIG_WAIT_ANY_MAX 4
#endif

/* Owners in a row that a chain of waiters may have: who waits for a mutex, whose owner waits for
 * another, and so on. Range 1..64. Reason: a lock attempt looks along the whole chain masked, some
 * ten instructions for each; a longer one is refused with TOO_DEEP. */
#ifndef CONFIG_INHERITANCE_CHAIN_MAX
#define CONFIG_INHERITANCE_CHAIN_MAX 8
#endif

/* Mutexes with a ceiling that one thread may hold at once. Range 1..1024. Reason: its end gives
 * them back, one by one. */
#define CONFIG_CEILINGS_HELD_MAX 16

/* Kernel heap at bootstrap, bytes, one contiguous range. Multiple of 4096. */
#define CONFIG_HEAP_SIZE (16u << 20)

/* Bytes of the log's ring. A power of two, 4096..2^20. Reason: a burst of this size is kept, more
 * is counted lost. */
#define CONFIG_LOG_RING_SIZE 16384

/* 1: the kernel can trace (kernel/trace/trace.h); 0: no instruction of it is there, and trace_start()
 * answers UNSUPPORTED. Reason: with it the longest masked stretch is some 80 instructions longer. */
#ifndef CONFIG_TRACE
#define CONFIG_TRACE 0
#endif

/* Records of a trace's ring, 32 bytes each. A power of 2, 64..2^20. Reason: some milliseconds of what
 * many threads do are kept. */
#ifndef CONFIG_TRACE_RECORDS
#define CONFIG_TRACE_RECORDS 4096
#endif

/* Threads of which the account of a missed deadline tells each; the others are summed up.
 * Range 1..64. Reason: it is storage of the caller's, and looked through for each record. */
#ifndef CONFIG_MISS_PARTS
#define CONFIG_MISS_PARTS 8
#endif

/* What is more talkative than this level is not compiled in. Range 0 (error)..4 (trace):
 * kernel/console/log.h. */
#ifndef CONFIG_LOG_FLOOR
#define CONFIG_LOG_FLOOR 4
#endif

/* Bytes of .bss and of the low part's .bss, at most. Multiples of 64; the link fails beyond.
 * Reason: the boot clears both, and its loops have a bound. */
#ifndef CONFIG_BSS_MAX
#define CONFIG_BSS_MAX (0x300000 + CONFIG_THREAD_SLOTS * 0x400)
#endif
#define CONFIG_BOOT_BSS_MAX 0x20000

/* Memory ranges (RAM and reserved, each) that the physical map keeps. Range 4..64. */
#define CONFIG_MEMORY_RANGES_MAX 32

/* Bytes of RAM that the kernel manages at most. A power of two, 2^30..2^42. Reason: bounds all that
 * is linear in memory. */
#define CONFIG_MEMORY_MAX (UINT64_C(1) << 36)

/* Bytes of the image, its .bss and the boot's memory included, at most: it is mapped page by page.
 * Multiple of 4096. */
#define CONFIG_IMAGE_MAX (UINT64_C(8) << 20)

/* Interrupt lines that can be bound to threads or handlers at once. Range 1..254. Reason: each has a
 * queue of its own. */
#define CONFIG_IRQ_BINDINGS 16

/* Interrupt lines the kernel keeps counters for. Range 32..1020 (GICv2 has 1020). */
#define CONFIG_IRQ_LINES 288

#endif
