/* SPDX-License-Identifier: MIT */
/* Calls between processes, and threads of the kernel: what is passed, what is lent, and every way in which one
 * of the two may go. Handles of a process begin at HANDLE_FIRST. */
#include "abi/syscall.h"
#include "kernel/ipc/port_hold.h"
#include "kernel/proc/process_object.h"
#include "kernel/sched/thread_internal.h"
#include "lib/random.h"
#include "tests/qemu/groups.h"
#include "tests/qemu/user_build.h"

#define PROGRAM(name, text)                                                                        \
    __asm__(".pushsection .rodata.user_programs, \"a\"\n.balign 8\n.global user_" #name            \
            "\nuser_" #name ":\n" text "\n.global user_" #name "_end\nuser_" #name                 \
            "_end:\n.popsection");                                                                 \
    extern const uint8_t user_##name[], user_##name##_end[]

__asm__(SYSCALL_SYMBOLS);

#define DO(name)      "mov x8, #call_" #name "\nsvc #0\n"
#define EXIT          DO(exit)
#define CREATE        DO(port_create)
#define CALL          DO(port_call)
#define RECEIVE       DO(port_receive)
#define REPLY         DO(port_reply)
#define REPLY_RECEIVE DO(port_answer)
#define MESSAGE       "mov x28, #0x7ffffffff000\n"
#define NEVER(x)      "mov " x ", #-1\n"

/* Calls with x1 = the low half .. x1 + 3 and 16 bytes, so often as there are; the sum of what is wrong, or the
 * first status. What must come: each word and the bytes one more, and zeroes behind. */
#define ROUNDS 50
PROGRAM(
    calls_port, MESSAGE
    "lsr x19, x0, #32\nand x20, x0, #0xffffffff\nmov x21, #50\nmov x22, #0\n"
    "1: str x20, [x28, #8]\nmov x0, x19\nmov x1, x20\nadd x2, x20, #1\nadd x3, x20, #2\n"
    "add x4, x20, #3\nmov x5, #16\n" NEVER(
        "x6") "mov x7, #7\nmov x9, #9\nmov x18, #18\n" CALL
              "cbnz x0, 2f\nsub x9, x1, x20\nsub x9, x9, #1\norr x22, x22, x9\n"
              "sub x9, x2, x1\nsub x9, x9, #1\norr x22, x22, x9\nsub x9, x3, x2\nsub x9, x9, #1\n"
              "orr x22, x22, x9\nsub x9, x4, x3\nsub x9, x9, #1\norr x22, x22, x9\n"
              "sub x9, x5, #16\norr x22, x22, x9\nldr x9, [x28, #8]\nsub x9, x9, x1\norr x22, x22, "
              "x9\n"
              ".irp n, 6,7,8,10,11,12,13,14,15,16,17,18\norr x22, x22, x\\n\n.endr\n"
              "subs x21, x21, #1\nb.ne 1b\nmov x0, x22\n2: " EXIT);

/* One call until the moment that is in the message area, if any; code: the status. */
PROGRAM(calls_once, MESSAGE "mov x5, #0\nldr x6, [x28]\nsub x6, x6, #1\n" CALL EXIT);

/* Each word, and what is in the bytes, one more. Code: the first status that is not 0. */
#define ADD_ONE                                                                                    \
    "ldr x9, [x28, #8]\nadd x9, x9, #1\nstr x9, [x28, #8]\n"                                       \
    "add x1, x1, #1\nadd x2, x2, #1\nadd x3, x3, #1\nadd x4, x4, #1\n"
PROGRAM(serves, MESSAGE "mov x19, x0\n" NEVER("x1") RECEIVE
        "1: cbnz x0, 2f\n" ADD_ONE "mov x0, x19\n" NEVER("x6") REPLY_RECEIVE "b 1b\n2: " EXIT);
/* The same with two system calls. */
PROGRAM(serves_in_two, MESSAGE "mov x19, x0\n"
                               "1: mov x0, x19\n" NEVER("x1") RECEIVE
        "cbnz x0, 2f\n" ADD_ONE "mov x0, x19\n" REPLY "cbz x0, 1b\n2: " EXIT);
/* What it receives it calls another with, the handle behind its own. */
PROGRAM(forwards, MESSAGE "mov x19, x0\nadd x20, x0, #1\n" NEVER("x1") RECEIVE
        "1: cbnz x0, 2f\nmov x0, x20\n" NEVER("x6") CALL "cbnz x0, 2f\nmov x0, x19\n" NEVER("x6")
            REPLY_RECEIVE "b 1b\n2: " EXIT);
PROGRAM(serves_never, NEVER("x1") RECEIVE "1: b 1b\n");
PROGRAM(serves_and_exits, NEVER("x1") RECEIVE EXIT);
PROGRAM(serves_and_faults, NEVER("x1") RECEIVE "mov x0, #0\nldr x0, [x0]\n");

/* Makes a port, uses it as it may be used alone, and as it may not; code: which was wrong, or 0. */
PROGRAM(tries_port,
        "mov x25, x0\nmov x24, #1\n" CREATE "cmp x0, #0\nb.le 9f\nmov x19, x0\n" /* a handle */
        "mov x24, #2\nmov x1, #0\n" RECEIVE "cmn x0, #11\nb.ne 9f\n"             /* TIMED_OUT */
        "mov x24, #3\nmov x0, x19\nmov x5, #0\n" NEVER("x6") CALL
        "cmn x0, #14\nb.ne 9f\n"
        "mov x24, #4\nmov x0, x19\nmov x5, #8\n" NEVER("x6") CALL
        "cmn x0, #2\nb.ne 9f\n"
        "mov x24, #5\nmov x0, x19\nmov x5, #144\n" NEVER("x6") CALL
        "cmn x0, #2\nb.ne 9f\n"
        "mov x24, #6\nmov x0, x19\nmov x5, #0\n" REPLY "cmn x0, #9\nb.ne 9f\n"  /* STALE */
        "mov x24, #7\nmov x0, x25\nmov x5, #0\n" REPLY "cmn x0, #28\nb.ne 9f\n" /* DENIED */
        "mov x24, #8\nmov x0, x25\n" NEVER("x1") RECEIVE
        "cmn x0, #28\nb.ne 9f\n"
        "mov x24, #9\nmov x0, #77\nmov x5, #0\n" CALL "cmn x0, #9\nb.ne 9f\n"      /* STALE */
        "mov x24, #10\nadd x0, x25, #1\nmov x5, #0\n" CALL "cmn x0, #1\nb.ne 9f\n" /* a log */
        "mov x24, #11\nmov x0, x19\n" DO(
            handle_close) "cbnz x0, 9f\n"
                          "mov x24, #12\nmov x0, x19\nmov x5, #0\n" NEVER("x6") CALL
        "cmn x0, #9\nb.ne 9f\n"
        "mov x24, #0\n9: mov x0, x24\n" EXIT);

/* Calls again and again with x1 = the low half, now and then until a moment soon, and sleeps in between;
 * ends with 99 if a reply is not one more. */
PROGRAM(storms,
        "lsr x19, x0, #32\nand x20, x0, #0xffffffff\nmov x21, x0\n"
        "1: eor x21, x21, x21, lsl #13\neor x21, x21, x21, lsr #7\neor x21, x21, x21, lsl #17\n"
        "mov x0, x19\nmov x1, x20\nmov x5, #0\n" NEVER(
            "x6") "tst x21, #0x300\nb.ne 2f\nand x6, x21, #0x3fff\nisb\nmrs x9, cntvct_el0\n"
                  "add x6, x6, x9\n2: " CALL "cbnz x0, 3f\nsub x9, x1, x20\ncmp x9, #1\nb.ne 9f\n"
                  "3: tst x21, #0xc00\nb.ne 1b\nand x0, x21, #0x7fff\nisb\nmrs x9, cntvct_el0\n"
                  "add x0, x0, x9\n" DO(sleep_until) "b 1b\n9: mov x0, #99\n" EXIT);

static struct port ports[3];

static void ports_init(void) {
    for (unsigned i = 0; i < ARRAY_SIZE(ports); i++) {
        TAP_REQUIRE(port_init(&ports[i]) == STATUS_OK, "a port");
    }
}

static uint32_t give(process_id_t id, struct port *port, uint8_t rights) {
    uint32_t handle = 0;
    TAP_REQUIRE(process_give_port(id, port, rights, &handle) == STATUS_OK, "a handle of a port");
    return handle;
}

static process_id_t start_server(process_id_t id, struct port *port, unsigned priority) {
    start_at(id, give(id, port, HANDLE_RIGHT_RECEIVE), priority);
    return id;
}

static process_id_t start_client(process_id_t id, struct port *port, uint64_t value,
                                 unsigned priority) {
    start_at(id, (uint64_t)give(id, port, HANDLE_RIGHT_SEND) << 32 | value, priority);
    return id;
}

/* One call, for ever or until `deadline`. */
static process_id_t start_once(struct port *port, uint64_t deadline, unsigned priority) {
    const process_id_t id = BUILD(calls_once);
    void *area;
    TAP_REQUIRE(process_page(id, vaddr(SYSCALL_MESSAGE_AREA), &area) == STATUS_OK, "its area");
    *(uint64_t *)area = deadline;
    start_at(id, give(id, port, HANDLE_RIGHT_SEND), priority);
    return id;
}

static void ends(process_id_t id, int64_t code, const char *what) {
    TAP_EQ(finish(id), STATUS_OK, "it exits");
    TAP_EQ(ended.code, code, what);
}

/* Until it waits: the log may take its time before. */
static void waits_now(process_id_t id) {
    thread_id_t thread;
    TAP_REQUIRE(process_thread(id, &thread) == STATUS_OK, "it lives");
    while (thread_slots[thread.index].state == THREAD_READY) {
        thread_sleep_us(50);
    }
}

static unsigned priority_of(process_id_t id) {
    thread_id_t thread;
    unsigned priority = 0;
    TAP_REQUIRE(process_thread(id, &thread) == STATUS_OK &&
                    thread_get_priority(thread, &priority) == STATUS_OK,
                "it lives");
    return priority;
}

static status_t kernel_call(struct port *port, uint64_t value, uint64_t *result) {
    uint8_t bytes[PORT_BYTES_MAX];
    struct port_message message = {.word = {value}, .length = 16, .bytes = bytes};
    const status_t status = port_call_until(port, &message, INSTANT_NEVER);
    *result = message.word[0];
    return status;
}

/* --- What is passed --- */

/* Servers above, beside and below their clients; with one system call, and two. */
static void port_round_trips(void) {
    TEST_NEEDS(CONFIG_PROCESS_PAGES >= PAGES);
    const uint64_t before = frames_free();
    for (unsigned i = 0; i < 6; i++) {
        ports_init();
        const process_id_t server = i < 3 ? BUILD(serves) : BUILD(serves_in_two);
        start_server(server, &ports[0], MAIN - 3 + i % 3);
        const process_id_t client = start_client(BUILD(calls_port), &ports[0], 100, MAIN - 2);
        const process_id_t other = start_client(BUILD(calls_port), &ports[0], 7, MAIN - 2);
        ends(client, 0, "whose calls came back as they should");
        ends(other, 0, "as did those of another");
        uint64_t result = 0;
        TAP_EQ(kernel_call(&ports[0], 41, &result), STATUS_OK, "a thread of the kernel calls");
        TAP_EQ(result, 42, "and has the reply");
        TAP_EQ(port_close(&ports[0]), STATUS_OK, "the port is closed");
        ends(server, STATUS_CLOSED, "as the server is told");
        TAP_OK(ports[0].held == 0, "nobody holds it");
    }
    TAP_EQ(frames_free(), before, "all frames are back");
}

static void kernel_server(void *unused) {
    (void)unused;
    uint8_t bytes[PORT_BYTES_MAX];
    struct port_message message = {.bytes = bytes};
    status_t status = port_receive_until(&ports[0], &message, INSTANT_NEVER);
    while (status == STATUS_OK) {
        for (unsigned i = 0; i < PORT_WORDS; i++) {
            message.word[i]++;
        }
        *(uint64_t *)(bytes + 8) += 1;
        status = port_reply_receive_until(&ports[0], &message, INSTANT_NEVER);
    }
    TAP_EQ(status, STATUS_CLOSED, "the server is told");
}

static void port_kernel_server(void) {
    TEST_NEEDS(CONFIG_PROCESS_PAGES >= PAGES);
    ports_init();
    const thread_id_t server = test_spawn(kernel_server, NULL, MAIN - 1);
    ends(start_client(BUILD(calls_port), &ports[0], 5, MAIN - 2), 0,
         "served by a thread of the kernel");
    TAP_EQ(port_close(&ports[0]), STATUS_OK, "the port is closed");
    int64_t code;
    TAP_EQ(thread_join(server, &code), STATUS_OK, "the server ends");
}

static void port_rights(void) {
    TEST_NEEDS(CONFIG_PROCESS_PAGES >= PAGES);
    ports_init();
    const process_id_t id = BUILD(tries_port);
    const uint32_t handle = give(id, &ports[0], HANDLE_RIGHT_SEND);
    uint32_t log;
    TAP_REQUIRE(process_give_log(id, &log) == STATUS_OK && log == handle + 1, "the log");
    TAP_EQ(run(id, handle), STATUS_OK, "a process tries");
    TAP_EQ(ended.code, 0, "what it may, and what it may not");
}

/* --- What is lent --- */

static volatile uint64_t middle_runs;
static volatile bool middle_stops;

static void middle_main(void *unused) {
    (void)unused;
    while (!middle_stops) {
        middle_runs++;
    }
}

static void port_lends(void) {
    TEST_NEEDS(CONFIG_PROCESS_PAGES >= PAGES && CONFIG_INHERITANCE_CHAIN_MAX >= 3);
    ports_init();
    middle_stops = false;
    middle_runs = 0;
    const process_id_t last = start_server(BUILD(serves), &ports[2], 1);
    const process_id_t first = BUILD(forwards);
    const uint32_t in = give(first, &ports[0], HANDLE_RIGHT_RECEIVE);
    TAP_EQ(give(first, &ports[2], HANDLE_RIGHT_SEND), in + 1, "two ports");
    start_at(first, in, 2);
    waits_now(last);
    waits_now(first);
    const thread_id_t middle = test_spawn(middle_main, NULL, 4);
    while (middle_runs == 0) { /* from now on it takes all the time of those below */
        thread_sleep_us(50);
    }
    ends(start_client(BUILD(calls_port), &ports[0], 9, 7), 0,
         "a higher client has its replies, from below that, through two servers");
    TAP_EQ(priority_of(first), 2, "which have no more than their own");
    TAP_EQ(priority_of(last), 1, "any longer");
    middle_stops = true;
    int64_t code;
    TAP_EQ(thread_join(middle, &code), STATUS_OK, "the middle ends");
    TAP_EQ(port_close(&ports[0]), STATUS_OK, "one is closed");
    ends(first, STATUS_CLOSED, "the first server is told");
    TAP_EQ(port_close(&ports[2]), STATUS_OK, "and the other");
    ends(last, STATUS_CLOSED, "the last, too");
}

/* --- Who goes --- */

/* A server that never replies, with somebody served and somebody waiting. */
static void port_deadlines(void) {
    TEST_NEEDS(CONFIG_PROCESS_PAGES >= PAGES);
    ports_init();
    const process_id_t server = start_server(BUILD(serves_never), &ports[0], 1);
    waits_now(server);
    const process_id_t served = start_once(&ports[0], time_after(time_us(60000)).ticks, 4);
    waits_now(served);
    const process_id_t waits = start_once(&ports[0], time_after(time_us(20000)).ticks, 6);
    waits_now(waits);
    TAP_EQ(priority_of(server), 6, "the server has the priority of who waits");
    ends(waits, STATUS_TIMED_OUT, "whose time is up");
    TAP_EQ(priority_of(server), 4, "then that of who is served");
    ends(served, STATUS_TIMED_OUT, "whose time is up");
    TAP_EQ(priority_of(server), 1, "then its own");
    TAP_EQ(process_kill(server), STATUS_OK, "it is killed");
    TAP_EQ(finish(server), STATUS_CLOSED, "and ends");
}

static void port_clients_killed(void) {
    TEST_NEEDS(CONFIG_PROCESS_PAGES >= PAGES);
    ports_init();
    const uint64_t before = frames_free();
    const process_id_t server = start_server(BUILD(serves_never), &ports[0], 1);
    waits_now(server);
    const process_id_t served = start_once(&ports[0], 0, 4); /* directly */
    waits_now(served);
    const process_id_t waits = start_once(&ports[0], 0, 6); /* as an errand */
    waits_now(waits);
    TAP_EQ(priority_of(server), 6, "one is served, one waits");
    TAP_EQ(process_kill(served), STATUS_OK, "who is served is killed");
    TAP_EQ(priority_of(server), 6, "the other waits on");
    TAP_EQ(process_kill(waits), STATUS_OK, "it is killed");
    TAP_EQ(finish(waits), STATUS_CLOSED, "and ends");
    TAP_EQ(finish(served), STATUS_CLOSED, "as does the first, when it may run");
    TAP_EQ(priority_of(server), 1, "nobody lends any more");
    TAP_EQ(process_kill(server), STATUS_OK, "the server is killed");
    TAP_EQ(finish(server), STATUS_CLOSED, "and ends");
    TAP_EQ(frames_free(), before, "all frames are back");
}

/* The server goes on after its client was killed. */
static void port_reply_to_nobody(void) {
    TEST_NEEDS(CONFIG_PROCESS_PAGES >= PAGES && CONFIG_INHERITANCE_CHAIN_MAX >= 3);
    ports_init();
    const process_id_t last = start_server(BUILD(serves_never), &ports[2], 1);
    const process_id_t server = BUILD(forwards);
    const uint32_t in = give(server, &ports[0], HANDLE_RIGHT_RECEIVE);
    (void)give(server, &ports[2], HANDLE_RIGHT_SEND);
    start_at(server, in, 2);
    waits_now(last);
    waits_now(server);
    const process_id_t client = start_once(&ports[0], 0, 4);
    waits_now(client);
    TAP_EQ(priority_of(last), 4, "along a chain, directly");
    const process_id_t later = start_once(&ports[0], 0, 6);
    waits_now(later);
    TAP_EQ(priority_of(last), 6, "and later");
    TAP_EQ(process_kill(client), STATUS_OK, "who is served is killed");
    TAP_EQ(process_kill(last), STATUS_OK, "and the last server");
    TAP_EQ(finish(last), STATUS_CLOSED, "which ends");
    ends(server, STATUS_CLOSED, "as the first is told");
    ends(later, STATUS_CLOSED, "and who waited for that");
    TAP_EQ(finish(client), STATUS_CLOSED, "who was killed ends, too");
}

static void port_servers_end(void) {
    TEST_NEEDS(CONFIG_PROCESS_PAGES >= PAGES);
    const uint64_t before = frames_free();
    for (unsigned i = 0; i < 3; i++) {
        ports_init();
        const process_id_t server = i == 0   ? BUILD(serves_and_exits)
                                    : i == 1 ? BUILD(serves_and_faults)
                                             : BUILD(serves_never);
        const process_id_t waits = start_once(&ports[0], 0, 5);
        const process_id_t served = start_once(&ports[0], 0, 6);
        start_server(server, &ports[0], 1);
        while (ports[0].server == 0) {
            thread_sleep_us(50);
        }
        test_settle();
        TAP_EQ(process_kill(server), STATUS_OK, "it is killed, if it has not ended");
        TAP_EQ(finish(server),
               i == 0   ? STATUS_OK
               : i == 1 ? STATUS_FAULTED
                        : STATUS_CLOSED,
               "it ends");
        ends(served, i == 1 ? STATUS_FAULTED : STATUS_CLOSED, "who is served is told");
        ends(waits, i == 1 ? STATUS_FAULTED : STATUS_CLOSED, "and who waits");
        ends(start_once(&ports[0], 0, 5), STATUS_CLOSED, "later ones, too");
        const process_id_t next = start_server(BUILD(serves), &ports[0], 3);
        waits_now(next);
        ends(start_client(BUILD(calls_port), &ports[0], 3, 5), 0, "until another serves");
        TAP_EQ(port_close(&ports[0]), STATUS_OK, "it is closed");
        ends(next, STATUS_CLOSED, "as it is told");
    }
    TAP_EQ(frames_free(), before, "all frames are back");
}

static void port_closed(void) {
    TEST_NEEDS(CONFIG_PROCESS_PAGES >= PAGES);
    ports_init();
    const process_id_t server = start_server(BUILD(serves_never), &ports[0], 1);
    waits_now(server);
    const process_id_t served = start_once(&ports[0], 0, 4);
    waits_now(served);
    const process_id_t waits = start_once(&ports[0], 0, 6);
    waits_now(waits);
    TAP_EQ(port_close(&ports[0]), STATUS_OK, "the port is closed");
    ends(waits, STATUS_CLOSED, "who waits is told");
    ends(served, STATUS_CLOSED, "who is served is told");
    TAP_EQ(priority_of(server), 1, "nobody lends any more");
    TAP_EQ(process_kill(server), STATUS_OK, "the server is killed");
    TAP_EQ(finish(server), STATUS_CLOSED, "and ends");
}

/* --- All of it at once --- */

#define STORM_CLIENTS 6
#define STORM_ROUNDS  150
#define STORM_LAST    5 /* above some of the clients, below others */

static struct storm {
    process_id_t client[STORM_CLIENTS];
    process_id_t first, last; /* servers: one that calls the other */
    struct random random;
} storm;

static unsigned storm_level(void) {
    return 3 + (unsigned)random_below(&storm.random, 6);
}

static void storm_start_client(unsigned i) {
    storm.client[i] = start_client(BUILD(storms), &ports[i % 3 == 0 ? 2 : 0],
                                   random_below(&storm.random, 1000), storm_level());
}

static void storm_start_first(void) {
    storm.first = BUILD(forwards);
    const uint32_t in = give(storm.first, &ports[0], HANDLE_RIGHT_RECEIVE);
    (void)give(storm.first, &ports[2], HANDLE_RIGHT_SEND);
    start_at(storm.first, in, 2);
}

/* Who calls it sees that. */
static void storm_end(process_id_t id) {
    TAP_REQUIRE(process_kill(id) == STATUS_OK, "one is killed");
    const status_t status = finish(id);
    TAP_REQUIRE(status == STATUS_CLOSED || (status == STATUS_OK && ended.code == STATUS_CLOSED),
                "and no reply was wrong");
}

static void storm_round(void) {
    thread_sleep_us(20 + random_below(&storm.random, 100));
    const unsigned who = (unsigned)random_below(&storm.random, 2 * STORM_CLIENTS);
    if (who < STORM_CLIENTS) {
        storm_end(storm.client[who]);
        storm_start_client(who);
    } else if (who == STORM_CLIENTS) {
        storm_end(storm.first);
        storm_start_first();
    } else if (who == STORM_CLIENTS + 1) {
        storm_end(storm.last);
        storm.last = start_server(BUILD(serves), &ports[2], STORM_LAST);
        storm_end(storm.first); /* which may have been told */
        storm_start_first();
    } else {
        thread_id_t thread;
        TAP_REQUIRE(process_thread(storm.client[who % STORM_CLIENTS], &thread) == STATUS_OK &&
                        thread_set_priority(thread, storm_level()) == STATUS_OK,
                    "one has another priority");
    }
}

static void port_storm(void) {
    TEST_NEEDS(CONFIG_PROCESS_PAGES >= PAGES && CONFIG_PROCESSES > STORM_CLIENTS + 2);
    const uint64_t before = frames_free();
    ports_init();
    random_init(&storm.random, 1);
    storm.last = start_server(BUILD(serves), &ports[2], STORM_LAST);
    storm_start_first();
    for (unsigned i = 0; i < STORM_CLIENTS; i++) {
        storm_start_client(i);
    }
    for (unsigned round = 0; round < STORM_ROUNDS; round++) {
        storm_round();
    }
    for (unsigned i = 0; i < STORM_CLIENTS; i++) {
        storm_end(storm.client[i]);
    }
    test_settle();
    TAP_EQ(priority_of(storm.first), 2, "nobody lends any more");
    TAP_EQ(priority_of(storm.last), STORM_LAST, "to nobody");
    storm_end(storm.first);
    storm_end(storm.last);
    TAP_OK(turnstile_is_empty(&ports[0].turnstile) && turnstile_is_empty(&ports[2].turnstile) &&
               ports[0].held == 0 && ports[2].held == 0,
           "nobody is left at the ports");
    TAP_EQ(frames_free(), before, "all frames are back");
}

static const struct test_case port_cases[] = {
    {"port_round_trips", port_round_trips, TEST_ALWAYS},
    {"port_kernel_server", port_kernel_server, TEST_ALWAYS},
    {"port_rights", port_rights, TEST_ALWAYS},
    {"port_lends", port_lends, TEST_EXACT},
    {"port_deadlines", port_deadlines, TEST_EXACT},
    {"port_clients_killed", port_clients_killed, TEST_EXACT},
    {"port_reply_to_nobody", port_reply_to_nobody, TEST_EXACT},
    {"port_servers_end", port_servers_end, TEST_EXACT},
    {"port_closed", port_closed, TEST_EXACT},
    {"port_storm", port_storm, TEST_EXACT},
};
TEST_GROUP(port);
