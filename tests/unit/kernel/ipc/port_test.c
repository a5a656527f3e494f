/* SPDX-License-Identifier: MIT */
/* Calls and replies between threads of the kernel: statuses, order, what is lent, deadlines, ends. */
#include "kernel/ipc/port.h"

#include "kernel/ipc/port_hold.h"
#include "kernel/sched/server.h"
#include "kernel/sched/server_share.h"
#include "kernel/sync/mutex.h"
#include "tests/unit/kernel/scenario.h"

#define MAIN  CONFIG_MAIN_PRIORITY
#define PORTS 12

static struct port ports[PORTS];
static struct mutex mutex;

static void play(thread_entry entry) {
    trace_length = 0;
    trace[0] = '\0';
    machine_reset();
    for (unsigned i = 0; i < PORTS; i++) {
        EXPECT_EQ(port_init(&ports[i]), STATUS_OK);
    }
    EXPECT_EQ(mutex_init(&mutex, NULL), STATUS_OK);
    machine_run(entry, NULL, NULL);
}

static unsigned priority_of(thread_id_t id) {
    unsigned priority = 0;
    EXPECT_EQ(thread_get_priority(id, &priority), STATUS_OK);
    return priority;
}

/* A thread, and what it does, letter by letter; what is got is noted behind its name.
 *   0..9  calls that port with a word, its priority; the reply must be one more; '!' else
 *   a..j  receives from that port          A..J  replies there, one more than it got
 *   s     sleeps 10 ticks                  S     sleeps 1000
 *   t     the next letter by now + 50      n     notes its name
 *   p     notes its priority, as a letter from 'A'
 *   l u   locks, unlocks the mutex         x     exits            F  faults */
struct part {
    char name;
    uint8_t priority;
    const char *script;
    thread_id_t id;
    struct port_message message;
    uint8_t bytes[PORT_BYTES_MAX];
};

static char sign_of(status_t status) {
    return status == STATUS_OK          ? '+'
           : status == STATUS_TIMED_OUT ? '-'
           : status == STATUS_CLOSED    ? 'C'
           : status == STATUS_FAULTED   ? 'F'
           : status == STATUS_DEADLOCK  ? '#'
           : status == STATUS_TOO_DEEP  ? '^'
           : status == STATUS_BUSY      ? 'B'
           : status == STATUS_STALE     ? '~'
           : status == STATUS_NOT_OWNER ? '?'
                                        : '!';
}

static void part_note(const struct part *part, status_t status) {
    note(part->name);
    note(sign_of(status));
}

static void part_call(struct part *part, char digit, instant_t deadline) {
    struct port_message message = {
        .word = {part->priority, 2, 3, 4}, .length = 32, .bytes = part->bytes};
    part->bytes[31] = part->priority;
    const status_t status = port_call_until(&ports[digit - '0'], &message, deadline);
    part_note(part, status);
    if (status == STATUS_OK) {
        EXPECT_EQ(message.word[0], part->priority + 1u);
        EXPECT_EQ(message.word[3], 5);
        EXPECT_EQ(message.length, 48);
        EXPECT_EQ(part->bytes[47], part->priority);
    }
}

static void part_receive(struct part *part, char letter, instant_t deadline) {
    part->message.bytes = part->bytes;
    const status_t status = port_receive_until(&ports[letter - 'a'], &part->message, deadline);
    part_note(part, status);
    if (status == STATUS_OK) {
        EXPECT_EQ(part->message.length, 32);
        EXPECT_EQ(part->bytes[31], part->message.word[0]);
    }
}

static void part_reply(struct part *part, char letter) {
    const struct port_message reply = {
        .word = {part->message.word[0] + 1, 3, 4, 5}, .length = 48, .bytes = part->bytes};
    part->bytes[47] = (uint8_t)part->message.word[0];
    part_note(part, port_reply(&ports[letter - 'A'], &reply));
}

static void part_step(struct part *part, char step, instant_t deadline) {
    if (step >= '0' && step <= '9') {
        part_call(part, step, deadline);
    } else if (step >= 'a' && step <= 'j') {
        part_receive(part, step, deadline);
    } else if (step >= 'A' && step <= 'E') {
        part_reply(part, step);
    } else if (step == 's') {
        thread_sleep_ticks(10);
    } else if (step == 'S') {
        thread_sleep_ticks(1000);
    } else if (step == 'n') {
        note(part->name);
    } else if (step == 'p') {
        note((char)('A' + priority_of(thread_self())));
    } else if (step == 'l') {
        part_note(part, mutex_lock_until(&mutex, deadline));
    } else if (step == 'u') {
        EXPECT_EQ(mutex_unlock(&mutex), STATUS_OK);
    } else if (step == 'x') {
        thread_exit(0);
    } else if (step == 'F') {
        hosted_fault(&(struct fault){.address = 1});
    }
}

static void part_main(void *argument) {
    struct part *part = argument;
    for (const char *step = part->script; *step != '\0'; step++) {
        if (*step == 't') {
            part_step(part, *++step, time_after(time_ticks(50)));
        } else {
            part_step(part, *step, INSTANT_NEVER);
        }
    }
}

static struct part parts[16];
static unsigned part_count;

static struct part *enter(char name, uint8_t priority, const char *script) {
    struct part *part = &parts[part_count++];
    *part = (struct part){.name = name, .priority = priority, .script = script};
    part->id = spawn(part_main, part, priority);
    return part;
}

#define SCENE(name, expected, ...)                                                                 \
    static void name##_main(void *unused) {                                                        \
        (void)unused;                                                                              \
        part_count = 0;                                                                            \
        __VA_ARGS__                                                                                \
    }                                                                                              \
    TEST(name) {                                                                                   \
        play(name##_main);                                                                         \
        EXPECT_STRING(trace, expected);                                                            \
    }

/* --- What goes and comes --- */

SCENE(a_call_is_received_and_replied_to, "S+S+C+S+S+C+", {
    enter('S', 5, "aAaA");
    enter('C', 4, "00");
})

SCENE(a_call_waits_for_the_first_server, "S+C+S+", {
    enter('C', 6, "0");
    enter('S', 5, "aA");
})

SCENE(callers_are_served_by_priority_and_in_order, "S+C+S+S+S+S+B+D+S+S+A+S+", {
    enter('A', 3, "0");
    enter('B', 4, "0");
    enter('C', 7, "0");
    enter('D', 4, "0");
    enter('S', 2, "aAaAaAaA");
})

static void wrong_main(void *unused) {
    (void)unused;
    struct port_message message = {.length = PORT_BYTES_MAX + 16};
    EXPECT_EQ(port_init(NULL), STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(port_call_until(&ports[0], &message, INSTANT_NEVER), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(port_reply(&ports[0], &message), STATUS_OUT_OF_RANGE);
    message.length = 8;
    EXPECT_EQ(port_call_until(&ports[0], &message, INSTANT_NEVER), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(port_reply_receive_until(&ports[0], &message, INSTANT_NEVER), STATUS_OUT_OF_RANGE);
    message.length = 0;
    EXPECT_EQ(port_call_until(&ports[0], &message, (instant_t){0}), STATUS_TIMED_OUT);
    EXPECT_EQ(port_reply(&ports[0], &message), STATUS_NOT_OWNER);
    EXPECT_EQ(port_receive_until(&ports[0], &message, (instant_t){0}), STATUS_TIMED_OUT);
    EXPECT_EQ(port_reply(&ports[0], &message), STATUS_STALE);
    EXPECT_EQ(port_reply_receive_until(&ports[0], &message, (instant_t){0}), STATUS_TIMED_OUT);
    EXPECT_EQ(port_call_until(&ports[0], &message, INSTANT_NEVER), STATUS_DEADLOCK);
    EXPECT_EQ(port_close(&ports[0]), STATUS_OK);
    EXPECT_EQ(port_close(&ports[0]), STATUS_CLOSED);
    EXPECT_EQ(port_call_until(&ports[0], &message, INSTANT_NEVER), STATUS_CLOSED);
    EXPECT_EQ(port_receive_until(&ports[0], &message, INSTANT_NEVER), STATUS_CLOSED);
    note('e');
}

TEST(what_is_wrong_is_refused) {
    play(wrong_main);
    EXPECT_STRING(trace, "e");
}

/* Without bytes on either side only the words go. */
static void bare_server(void *unused) {
    (void)unused;
    struct port_message message = {.bytes = NULL};
    EXPECT_EQ(port_receive_until(&ports[0], &message, INSTANT_NEVER), STATUS_OK);
    EXPECT_EQ(message.length, 0);
    EXPECT_EQ(message.word[1], 8);
    message = (struct port_message){.word = {1, 2, 3, 4}};
    EXPECT_EQ(port_reply_receive_until(&ports[0], &message, INSTANT_NEVER), STATUS_CLOSED);
    note('s');
}

static void bare_main(void *unused) {
    (void)unused;
    uint8_t bytes[PORT_BYTES_MAX];
    struct port_message message = {.word = {7, 8, 9, 10}, .length = 64, .bytes = bytes};
    spawn(bare_server, NULL, MAIN + 1);
    EXPECT_EQ(port_call_until(&ports[0], &message, INSTANT_NEVER), STATUS_OK);
    EXPECT_EQ(message.word[3], 4);
    EXPECT_EQ(message.length, 0);
    EXPECT_EQ(port_close(&ports[0]), STATUS_OK);
    note('e');
}

TEST(who_has_no_room_for_bytes_gets_words) {
    play(bare_main);
    EXPECT_STRING(trace, "se");
}

static void life_main(void *unused) {
    (void)unused;
    struct port *port;
    EXPECT_EQ(port_create(&port), STATUS_OK);
    arch_irq_mask();
    port_hold_irq(port);
    arch_irq_unmask();
    port_destroy(port);
    struct port_message message = {.length = 0};
    EXPECT_EQ(port_call_until(port, &message, INSTANT_NEVER), STATUS_CLOSED);
    arch_irq_mask();
    const bool last = port_let_go_irq(port);
    arch_irq_unmask();
    EXPECT(last);
    port_free(port);
    note('e');
}

TEST(a_destroyed_port_stays_while_it_is_held) {
    play(life_main);
    EXPECT_STRING(trace, "e");
}

/* --- What is lent --- */

/* The server has the caller's priority while it serves: M, in between, comes after. */
SCENE(a_server_works_at_its_callers_priority, "CS+SHC+MS+B", {
    enter('S', 1, "anpAp");
    thread_sleep_ticks(5);
    enter('C', 7, "n0");
    enter('M', 4, "n");
})

SCENE(who_waits_lends_too, "S+MHS+S+C+B+S+", {
    enter('S', 1, "aspAaA");
    enter('B', 3, "0");
    thread_sleep_ticks(5);
    enter('C', 7, "0");
    enter('M', 4, "n");
})

SCENE(a_chain_of_servers_lends_on, "S+T+HS+HC+MS+T+B", {
    enter('T', 1, "bpBp");
    enter('S', 2, "a1pA");
    thread_sleep_ticks(5);
    enter('C', 7, "0");
    enter('M', 4, "n");
})

SCENE(a_late_caller_lends_along_the_chain, "S+T+MHS+S+S+C+B+S+T+", {
    enter('T', 1, "bspB");
    enter('S', 2, "a1AaA");
    enter('B', 3, "0");
    thread_sleep_ticks(5);
    enter('C', 7, "0");
    enter('M', 4, "n");
})

SCENE(a_server_that_waits_for_a_mutex_lends_on, "L+S+MHS+C+S+", {
    enter('L', 1, "lspu");
    enter('S', 2, "aluA");
    thread_sleep_ticks(5);
    enter('C', 7, "0");
    enter('M', 4, "n");
})

SCENE(circles_are_refused, "S+T+T#T+S+S+C+", {
    enter('T', 6, "b0B");
    enter('S', 5, "a1A");
    enter('C', 4, "0");
})

/* --- Who pays --- */

static struct server budget, other_budget;

static void open_budget(struct server *server, uint64_t ticks) {
    const struct server_attributes attributes = {
        .budget = {ticks}, .period = {1000}, .priority = MAIN - 1};
    EXPECT_EQ(server_open(server, &attributes), STATUS_OK);
}

static int64_t left_of(const struct server *server) {
    struct server_state state;
    EXPECT_EQ(server_get_state(server, &state), STATUS_OK);
    return state.left;
}

static void working_server(void *unused) {
    (void)unused;
    struct port_message message = {.bytes = NULL};
    status_t status = port_receive_until(&ports[0], &message, INSTANT_NEVER);
    while (status == STATUS_OK) {
        const int64_t before = left_of(&budget);
        hosted_step(30);
        note(before - left_of(&budget) == 30 ? 'p'
                                             : 'o'); /* paid by the client's; by none, or its own */
        status = port_reply_receive_until(&ports[0], &message, INSTANT_NEVER);
        EXPECT((arch_cpu_self()->current->timed & THREAD_TIMED_LENT) == 0 || status == STATUS_OK);
    }
    note('s');
}

static void paying_client(void *with_budget) {
    struct port_message message = {.bytes = NULL};
    if (with_budget != NULL) {
        EXPECT_EQ(server_add(&budget, thread_self()), STATUS_OK);
    }
    for (unsigned i = 0; i < 2; i++) {
        EXPECT_EQ(port_call_until(&ports[0], &message, INSTANT_NEVER), STATUS_OK);
    }
    note('c');
}

static void pays_main(void *unused) {
    (void)unused;
    open_budget(&budget, 500);
    open_budget(&other_budget, 500);
    const thread_id_t server = spawn(working_server, NULL, 2);
    (void)spawn(paying_client, &budget, 4);
    thread_sleep_ticks(200);
    note('|');
    (void)spawn(paying_client, NULL, 4);
    thread_sleep_ticks(200);
    note('|');
    EXPECT_EQ(server_add(&other_budget, server), STATUS_OK);
    const int64_t before = left_of(&other_budget);
    (void)spawn(paying_client, &budget, 4);
    thread_sleep_ticks(200);
    EXPECT_EQ(before - left_of(&other_budget), 60);
    EXPECT_EQ(port_close(&ports[0]), STATUS_OK);
    thread_sleep_ticks(200);
    EXPECT_EQ(server_close(&budget), STATUS_BUSY); /* its clients have yet to be joined */
}

TEST(the_clients_budget_pays_for_its_server) {
    play(pays_main);
    EXPECT_STRING(trace, "ppc|ooc|oocs");
}

/* A client that leaves pays no longer once its server has seen that; and who works for another does not give
 * that one's server to those whom it makes. */
static void leaving_client(void *unused) {
    (void)unused;
    struct port_message message = {.bytes = NULL};
    EXPECT_EQ(server_add(&budget, thread_self()), STATUS_OK);
    EXPECT_EQ(port_call_until(&ports[0], &message, time_after(time_ticks(20))), STATUS_TIMED_OUT);
}

static void share_main(void *unused) {
    (void)unused;
}

static void left_server(void *unused) {
    (void)unused;
    struct port_message message = {.bytes = NULL};
    EXPECT_EQ(port_receive_until(&ports[0], &message, INSTANT_NEVER), STATUS_OK);
    EXPECT_EQ(arch_cpu_self()->current->timed & THREAD_TIMED_LENT, THREAD_TIMED_LENT);
    const thread_id_t made = spawn(share_main, NULL, 1);
    arch_irq_mask();
    struct cpu *cpu = arch_cpu_self();
    EXPECT_EQ(server_may_share_irq(cpu, MAIN), STATUS_OK);
    server_share_irq(cpu, thread_find_irq(made));
    EXPECT_EQ(thread_find_irq(made)->timed, 0);
    arch_irq_unmask();
    thread_sleep_ticks(100);
    EXPECT_EQ(port_receive_until(&ports[0], &message, INSTANT_NEVER), STATUS_OK);
    EXPECT_EQ(arch_cpu_self()->current->timed, 0);
    EXPECT_EQ(port_reply(&ports[0], &message), STATUS_OK);
    note('s');
}

static void left_main(void *unused) {
    (void)unused;
    open_budget(&budget, 500);
    struct port_message message = {.bytes = NULL};
    (void)spawn(left_server, NULL, 2);
    (void)spawn(leaving_client, NULL, 4);
    thread_sleep_ticks(50);
    EXPECT_EQ(port_call_until(&ports[0], &message, INSTANT_NEVER), STATUS_OK);
}

TEST(a_client_that_leaves_pays_no_longer) {
    play(left_main);
    EXPECT_STRING(trace, "s");
}

/* A budget that is used up does not stop the server while its client waits. */
static void poor_main(void *unused) {
    (void)unused;
    open_budget(&budget, 20);
    (void)spawn(working_server, NULL, 2);
    (void)spawn(paying_client, &budget, 4);
    thread_sleep_ticks(45);
    EXPECT_EQ(left_of(&budget), -10);
    note('|');
    thread_sleep_ticks(3000);
    EXPECT_EQ(port_close(&ports[0]), STATUS_OK);
}

TEST(a_used_up_budget_stops_the_client_not_the_server) {
    play(poor_main);
    EXPECT_STRING(trace, "p|pcs");
}

/* --- Ends --- */

SCENE(a_caller_whose_time_is_up_leaves_the_server_as_it_is, "S+C-CS~S+D+S+", {
    enter('S', 2, "aSpAaA");
    enter('C', 4, "t0");
    enter('D', 3, "SS0");
})

SCENE(a_waiting_callers_time_may_be_up, "S+D-S+C+", {
    enter('S', 5, "aSA");
    enter('C', 4, "0");
    enter('D', 7, "st0");
})

SCENE(a_server_waits_until_a_moment, "S-S-", { enter('S', 5, "tata"); })

SCENE(callers_are_told_when_the_server_ends, "S+CCDCDC", {
    enter('S', 5, "asx");
    enter('C', 4, "0");
    enter('D', 3, "00");
})

/* Who calls again while that is so is refused: else the end of the server would never come. */
SCENE(a_server_that_ends_takes_no_more_calls, "S+CCCCCCECDC", {
    enter('S', 1, "asx");
    enter('C', 4, "000");
    enter('E', 4, "0");
    enter('D', 3, "0");
})

SCENE(callers_are_told_when_the_server_faults, "S+CFCCDF", {
    enter('S', 5, "asF");
    enter('C', 4, "00");
    enter('D', 3, "0");
})

SCENE(another_server_comes_after_the_first, "S+S+C+T+T+D+", {
    enter('S', 5, "aAx");
    enter('C', 4, "0");
    enter('T', 3, "saA");
    enter('D', 2, "ss0");
})

SCENE(there_is_one_server, "TBT?S+SBS+C+", {
    enter('S', 5, "asaA");
    enter('T', 4, "aA");
    enter('C', 3, "0");
})

static void close_main(void *unused) {
    (void)unused;
    part_count = 0;
    enter('S', 5, "aSA");
    enter('C', 4, "0");
    enter('D', 7, "s0");
    thread_sleep_ticks(15);
    EXPECT_EQ(port_close(&ports[0]), STATUS_OK);
    note('|');
}

TEST(closing_tells_all_callers) {
    play(close_main);
    EXPECT_STRING(trace, "S+|DCCCS~");
}

static void close_server_main(void *unused) {
    (void)unused;
    part_count = 0;
    enter('S', 5, "a");
    thread_sleep_ticks(15);
    EXPECT_EQ(port_close(&ports[0]), STATUS_OK);
    note('|');
}

TEST(closing_tells_the_server) {
    play(close_server_main);
    EXPECT_STRING(trace, "|SC");
}

/* Each of the chain serves one port and calls the next: one too many is refused, and only that. */
static unsigned deep;

static void deep_main_server(void *argument) {
    const uintptr_t number = (uintptr_t)argument;
    struct port_message message = {.bytes = NULL};
    EXPECT_EQ(port_receive_until(&ports[number], &message, INSTANT_NEVER), STATUS_OK);
    if (number + 1 < deep) {
        const status_t status = port_call_until(&ports[number + 1], &message, INSTANT_NEVER);
        message.word[0] = status == STATUS_OK ? message.word[0] + 1 : 0;
        EXPECT(status == STATUS_OK || status == STATUS_TOO_DEEP);
    }
    EXPECT_EQ(port_reply(&ports[number], &message), STATUS_OK);
}

static void deep_main(void *unused) {
    (void)unused;
    for (uintptr_t i = 0; i < deep; i++) {
        spawn(deep_main_server, (void *)i, MAIN + 1);
    }
    struct port_message message = {.word = {0}};
    EXPECT_EQ(port_call_until(&ports[0], &message, INSTANT_NEVER), STATUS_OK);
    note((char)('0' + message.word[0]));
    for (unsigned i = 0; i < deep; i++) {
        (void)port_close(&ports[i]);
    }
}

TEST(a_chain_has_a_greatest_length) {
    deep = CONFIG_INHERITANCE_CHAIN_MAX;
    play(deep_main);
    EXPECT_STRING(trace, "7");
}
