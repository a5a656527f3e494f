/* SPDX-License-Identifier: MIT */
/*
 * System calls, and switching between processes. The programs open a window by setting the counter to
 * zero, which a process may here, and whoever comes first behind the call closes it: so a window can
 * begin in one process and end in another. Each counts the windows that it closes, and exits with
 * minimum, maximum and mean.
 */
#include "abi/syscall.h"
#include "bench/bench.h"
#include "kernel/ipc/mailbox.h"
#include "kernel/ipc/port.h"
#include "kernel/proc/process.h"
#include "lib/assert.h"

#define TEXT   UINT64_C(0x400000)
#define ROUNDS 1000 /* a sum of them fits in 31 bits, below the two extremes */

#define PROGRAM(name, text)                                                                        \
    __asm__(".pushsection .rodata.bench_programs, \"a\"\n.balign 8\n.global bench_" #name          \
            "\nbench_" #name ":\n" text "\n.global bench_" #name "_end\nbench_" #name              \
            "_end:\n.popsection");                                                                 \
    extern const uint8_t bench_##name[], bench_##name##_end[]

__asm__(SYSCALL_SYMBOLS);

/* x19: rounds, x20: sum, x21: minimum, x22: maximum. The first window is a warm-up. */
#define BEGIN "mov x19, #1001\nmov x20, #0\nmov x21, #0xffff\nmov x22, #0\n"
#define OPEN  "msr pmccntr_el0, xzr\n"
#define CLOSE "isb\nmrs x9, pmccntr_el0\n"
#define COUNT                                                                                      \
    "cmp x19, #1001\nb.eq 7f\nadd x20, x20, x9\ncmp x9, x21\ncsel x21, x9, x21, lo\ncmp x9, x22\n" \
    "csel x22, x9, x22, hi\n7: sub x19, x19, #1\n"
#define RESULT "orr x0, x20, x21, lsl #32\norr x0, x0, x22, lsl #48\nmov x8, #call_exit\nsvc #0\n"

PROGRAM(null, BEGIN "1: " OPEN "mov x8, #call_null\nsvc #0\n" CLOSE COUNT "cbnz x19, 1b\n" RESULT);
PROGRAM(yield,
        BEGIN "1: " OPEN "mov x8, #call_yield\nsvc #0\n" CLOSE COUNT "cbnz x19, 1b\n" RESULT);

/* x0: the handle. The sender opens, the receiver, which is higher, closes. */
PROGRAM(send, "mov x19, #1001\nmov x23, x0\n1: mov x0, x23\nmov x1, #-1\n" OPEN
              "mov x8, #call_mailbox_send\nsvc #0\nsub x19, x19, #1\ncbnz x19, 1b\nmov x8, "
              "#call_exit\nsvc #0\n");
PROGRAM(receive, "mov x23, x0\n" BEGIN
                 "1: mov x0, x23\nmov x1, #-1\nmov x8, #call_mailbox_receive\nsvc #0\n" CLOSE COUNT
                 "cbnz x19, 1b\n" RESULT);

/* x0: the handle. A call, and a server that only replies. The client counts whole round trips. */
#define CALL "mov x0, x23\nmov x5, x24\nmov x6, #-1\n"
PROGRAM(call0, "mov x23, x0\nmov x24, #0\n" BEGIN "1: " CALL OPEN
               "mov x8, #call_port_call\nsvc #0\n" CLOSE COUNT "cbnz x19, 1b\n" RESULT);
PROGRAM(
    call4,
    "mov x23, x0\nmov x24, #0\n" BEGIN "1: " CALL OPEN
    "mov x1, #1\nmov x2, #2\nmov x3, #3\nmov x4, #4\nmov x8, #call_port_call\nsvc #0\n" CLOSE COUNT
    "cbnz x19, 1b\n" RESULT);
PROGRAM(call64, "mov x23, x0\nmov x24, #64\n" BEGIN "1: " CALL OPEN
                "mov x8, #call_port_call\nsvc #0\n" CLOSE COUNT "cbnz x19, 1b\n" RESULT);
PROGRAM(serve, "mov x23, x0\nmov x1, #-1\nmov x8, #call_port_receive\nsvc #0\n"
               "1: mov x0, x23\nmov x6, #-1\nmov x8, #call_port_answer\nsvc #0\ncbz x0, 1b\n"
               "mov x8, #call_exit\nsvc #0\n");

/* x0: a higher priority, of a thread that ends at once. Its request is put together before. */
PROGRAM(
    thread,
    "mov x24, x0\nmov x23, #0x7ffffffff000\n" BEGIN
    "1: adr x0, 8f\nstp x0, xzr, [x23]\nstp xzr, xzr, [x23, #16]\nstr x24, [x23, #32]\n" OPEN
    "mov x8, #call_thread_create\nsvc #0\nmov x1, #-1\nmov x8, #call_thread_join\nsvc #0\n" CLOSE
        COUNT "cbnz x19, 1b\n" RESULT "8: mov x8, #call_thread_exit\nsvc #0\n");

/* A mutex and a semaphore of its own, that nobody waits for. */
PROGRAM(mutex,
        "mov x0, #0\nmov x8, #call_mutex_create\nsvc #0\nmov x23, x0\n" BEGIN
        "1: mov x0, x23\n" OPEN
        "mov x8, #call_mutex_lock\nsvc #0\nmov x0, x23\nmov x8, #call_mutex_unlock\nsvc #0\n" CLOSE
            COUNT "cbnz x19, 1b\n" RESULT);
PROGRAM(semaphore,
        "mov x0, #0\nmov x1, #1\nmov x8, #call_semaphore_create\nsvc #0\nmov x23, x0\n" BEGIN
        "1: mov x0, x23\n" OPEN "mov x8, #call_semaphore_give\nsvc #0\nmov x0, x23\nmov x8, "
        "#call_semaphore_take\nsvc #0\n" CLOSE COUNT "cbnz x19, 1b\n" RESULT);

/* How late it runs behind a sleep: from the tick that the compare stands at to its first instruction. */
PROGRAM(
    late, BEGIN
    "mov x25, #7\n1: eor x25, x25, x25, lsl #13\neor x25, x25, x25, lsr #7\n"
    "eor x25, x25, x25, lsl #17\nand x9, x25, #0xfff\nadd x9, x9, #4000\n"
    "isb\nmrs x24, cntvct_el0\nadd x24, x24, x9\nmov x0, x24\nmov x8, #call_sleep_until\nsvc #0\n"
    "isb\nmrs x9, cntvct_el0\nsub x9, x9, x24\n" COUNT "cbnz x19, 1b\n" RESULT);

PROGRAM(spins, "1: b 1b\n");

/* x0: a mailbox, for both. A message, a wait that ends by its deadline, a yield, an unknown call. */
PROGRAM(loads, "mov x19, x0\n1: mov x0, x19\nmov x1, #1\nmov x8, #call_mailbox_send\nsvc #0\n"
               "mov x0, x19\nmov x1, #1\nmov x8, #call_mailbox_receive\nsvc #0\n"
               "isb\nmrs x1, cntvct_el0\nadd x1, x1, #300\nmov x0, x19\nmov x8, "
               "#call_mailbox_receive\nsvc #0\n"
               "mov x8, #call_yield\nsvc #0\nmov x8, #99\nsvc #0\nb 1b\n");

/* The first instruction closes the window. */
PROGRAM(first, CLOSE "mov x0, x9\nmov x8, #call_exit\nsvc #0\n");

static process_id_t build(const uint8_t *program, const uint8_t *end) {
    const struct process_attributes attributes = {
        .name = "bench", .pages = 32, .children = 1, .ceiling = BENCH_HIGH};
    process_id_t id;
    bench_must(process_create(&attributes, &id), "process_create");
    bench_must(process_map(id, vaddr(TEXT), PAGE_SIZE, program, (uint64_t)(end - program),
                           USER_READ_EXECUTE),
               "process_map");
    return id;
}
#define BUILD(name) build(bench_##name, bench_##name##_end)

static void start(process_id_t id, uint64_t argument, uint8_t priority) {
    const struct process_start how = {
        .entry = vaddr(TEXT), .argument = argument, .priority = priority};
    bench_must(process_start(id, &how), "process_start");
}

static void finish(process_id_t id, struct process_end *end) {
    bench_must(process_wait_until(id, end, INSTANT_NEVER), "process_wait");
}

/* Prints what a process exited with. */
static void print(const char *name, const struct process_end *end) {
    const uint64_t code = (uint64_t)end->code;
    const uint64_t empty = bench_empty();
    struct figure figure = {.name = name,
                            .count = ROUNDS,
                            .sum = (uint32_t)code - ROUNDS * empty,
                            .min = (code >> 32 & 0xffff) - empty,
                            .max = (code >> 48) - empty};
    figure_print(&figure);
}

static void measure_null(void) {
    struct process_end end;
    process_id_t id = BUILD(null);
    start(id, 0, BENCH_LOW);
    finish(id, &end);
    print("syscall_null", &end);
}

/* One process alone, which measures itself. */
static void measure_alone(process_id_t id, uint64_t argument, const char *name) {
    struct process_end end;
    start(id, argument, BENCH_LOW);
    finish(id, &end);
    print(name, &end);
}

static void measure_yield(void) {
    struct process_end end;
    process_id_t first = BUILD(yield);
    process_id_t second = BUILD(yield);
    start(first, 0, BENCH_LOW);
    start(second, 0, BENCH_LOW);
    finish(first, &end);
    finish(second, NULL);
    print("yield_switch_user", &end);
}

static void measure_signal(void) {
    static uint64_t storage[4][2];
    static struct mailbox mailbox;
    struct process_end end;
    uint32_t in;
    uint32_t out;
    process_id_t sender = BUILD(send);
    process_id_t receiver = BUILD(receive);
    bench_must(mailbox_init(&mailbox, storage, sizeof storage, sizeof storage[0], 4), "init");
    bench_must(process_give_mailbox(sender, &mailbox, HANDLE_RIGHT_SEND, &out), "give");
    bench_must(process_give_mailbox(receiver, &mailbox, HANDLE_RIGHT_RECEIVE, &in), "give");
    start(receiver, in, BENCH_HIGH);
    start(sender, out, BENCH_LOW);
    finish(receiver, &end);
    finish(sender, NULL);
    bench_must(mailbox_close(&mailbox), "close");
    print("signal_higher", &end);
}

/* Each with a server of its own, of its client's priority or above. */
static void measure_call(const char *name, process_id_t client, uint8_t level) {
    static struct port port;
    struct process_end end;
    uint32_t in;
    uint32_t out;
    process_id_t server = BUILD(serve);
    bench_must(port_init(&port), "init");
    bench_must(process_give_port(client, &port, HANDLE_RIGHT_SEND, &out), "give");
    bench_must(process_give_port(server, &port, HANDLE_RIGHT_RECEIVE, &in), "give");
    start(server, in, level);
    start(client, out, BENCH_LOW);
    finish(client, &end);
    bench_must(port_close(&port), "close");
    finish(server, NULL);
    print(name, &end);
}

/* --- From an interrupt ------------------------------------------------------------------------- */

/* Lateness is no window: there is nothing to subtract. */
static void print_late(const char *name, process_id_t id) {
    struct process_end end;
    start(id, 0, BENCH_HIGH);
    finish(id, &end);
    const uint64_t code = (uint64_t)end.code;
    const struct figure figure = {.name = name,
                                  .count = ROUNDS,
                                  .sum = (uint32_t)code,
                                  .min = code >> 32 & 0xffff,
                                  .max = code >> 48};
    figure_print(&figure);
}

static void end(process_id_t id) {
    bench_must(process_kill(id), "kill");
    bench_must(process_wait_until(id, NULL, INSTANT_NEVER) == STATUS_CLOSED ? STATUS_OK
                                                                            : STATUS_FAULTED,
               "wait");
}

static void measure_interrupt(void) {
    const process_id_t lower = BUILD(spins);
    start(lower, 0, BENCH_LOW);
    print_late("irq_to_user", BUILD(late));
    end(lower);
}

static volatile bool load_stop;

/* Processes come and go. */
static void load_processes(void *argument) {
    (void)argument;
    while (!load_stop) {
        end(BUILD(spins));
        thread_yield();
    }
}

static void measure_loaded(void) {
    static uint64_t storage[4];
    static struct mailbox mailbox;
    process_id_t loads[2];
    uint32_t handle;
    bench_must(mailbox_init(&mailbox, storage, sizeof storage, sizeof storage[0], 4), "init");
    for (unsigned i = 0; i < ARRAY_SIZE(loads); i++) {
        loads[i] = BUILD(loads);
        bench_must(process_give_mailbox(loads[i], &mailbox, HANDLE_RIGHT_ALL, &handle), "give");
        start(loads[i], handle, BENCH_LOW);
    }
    load_stop = false;
    const thread_id_t maker = bench_spawn(load_processes, NULL, BENCH_LOW);
    const process_id_t lowest = BUILD(spins);
    start(lowest, 0, THREAD_PRIORITY_MIN);
    print_late("irq_to_user_loaded_max", BUILD(late));
    load_stop = true;
    bench_join(maker);
    for (unsigned i = 0; i < ARRAY_SIZE(loads); i++) {
        end(loads[i]);
    }
    end(lowest); /* which runs to its end where nobody is above it */
    bench_must(mailbox_close(&mailbox), "close");
}

/* --- A life ------------------------------------------------------------------------------------ */

#define STACK       UINT64_C(0x7f0000000000)
#define STACK_PAGES 4

/* From nothing to the first instruction of a process above; and from the kill of one that spins until all
 * that it had is back. */
static void measure_life(void *argument) {
    struct figure begin = {.name = "process_start_user"};
    struct figure kill = {.name = "process_kill_returned"};
    struct process_end ended;
    (void)argument;
    for (bool more = true; more;) {
        __asm__ volatile("msr pmccntr_el0, xzr");
        process_id_t id = BUILD(first);
        bench_must(process_map(id, vaddr(STACK), STACK_PAGES * PAGE_SIZE, NULL, 0, USER_READ_WRITE),
                   "map");
        start(id, 0, BENCH_HIGH + 1);
        finish(id, &ended);
        more = figure_add(&begin, (uint64_t)ended.code);
        id = BUILD(spins);
        bench_must(process_map(id, vaddr(STACK), STACK_PAGES * PAGE_SIZE, NULL, 0, USER_READ_WRITE),
                   "map");
        start(id, 0, BENCH_LOW);
        bench_open();
        end(id);
        more |= figure_add(&kill, bench_close());
    }
    figure_print(&begin);
    figure_print(&kill);
}

void bench_user(void) {
    __asm__ volatile("msr pmuserenr_el0, %0\n\tisb" ::"r"(UINT64_C(1)));
    measure_null();
    measure_yield();
    measure_signal();
    measure_call("call_reply_0", BUILD(call0), BENCH_LOW);
    measure_call("call_reply_4w", BUILD(call4), BENCH_LOW);
    measure_call("call_reply_64b", BUILD(call64), BENCH_LOW);
    measure_call("call_reply_up", BUILD(call0), BENCH_HIGH);
    measure_alone(BUILD(thread), BENCH_HIGH, "user_thread_create_exit_join");
    measure_alone(BUILD(mutex), 0, "user_mutex_lock_unlock");
    measure_alone(BUILD(semaphore), 0, "user_semaphore_give_take");
    measure_interrupt();
    measure_loaded();
    bench_join(bench_spawn(measure_life, NULL, BENCH_HIGH));
    __asm__ volatile("msr pmuserenr_el0, xzr\n\tisb");
}
