/* SPDX-License-Identifier: MIT */
/* Mutexes: inversion, chains, cycles, ends of owners, time, locking again, ceilings. */
#include "kernel/ipc/mailbox_type.h"
#include "kernel/sync/mutex.h"
#include "tests/qemu/groups.h"

#define MAIN  CONFIG_MAIN_PRIORITY
#define CHAIN CONFIG_INHERITANCE_CHAIN_MAX

MAILBOX_TYPE(gate, char)

/* A thread that does what its script says, a letter each:
 *   1..9  locks that mutex, and leaves its name and the digit in the trace; if that is refused, a
 *         sign: - timed out, # deadlock, ^ too deep, + owner died
 *   a..i  unlocks mutex 1..9        w  waits until main lets it go on
 *   t     the next digit: for 100 microseconds at most        n  leaves its name
 *   L D   lock the mutex of its own number and one, or that of its number; U V unlock these
 *   F     faults                    else it ends at the script's end, with what it owns */
struct part {
    const char *script;
    unsigned level;
    char name;
    struct gate gate;
    char gate_storage[1];
    thread_id_t id;
};

#define PARTS (CHAIN < 8 ? 10 : CHAIN + 2)

static struct mutex mutexes[PARTS];
static struct part parts[PARTS];

/* The mutexes that were waited for by D, in the order in which their waiters had them. */
static unsigned taken[PARTS], taken_count;

static char sign_of(status_t status, char digit) {
    switch (status) {
    case STATUS_OK:
        return digit;
    case STATUS_OWNER_DIED:
        return '+';
    case STATUS_TIMED_OUT:
        return '-';
    case STATUS_DEADLOCK:
        return '#';
    case STATUS_TOO_DEEP:
        return '^';
    default:
        return '!';
    }
}

static void part_lock(const struct part *part, char digit, instant_t deadline) {
    status_t status = mutex_lock_until(&mutexes[digit - '0'], deadline);
    trace_add(part->name);
    trace_add(sign_of(status, digit));
}

/* Locks the mutex of its own number, which the one before it owns. */
static void part_lock_down(const struct part *part) {
    const unsigned number = (unsigned)(part - parts);
    status_t status = mutex_lock(&mutexes[number]);
    if (status == STATUS_OK) {
        taken[taken_count++] = number;
    } else {
        trace_add(part->name);
        trace_add(sign_of(status, '0'));
    }
}

/* Whether it was a step of a chain. */
static bool part_step_in_chain(const struct part *part, char step) {
    struct mutex *lower = &mutexes[part - parts];
    switch (step) {
    case 'L':
        return mutex_lock(lower + 1) == STATUS_OK;
    case 'D':
        part_lock_down(part);
        return true;
    case 'U':
        return mutex_unlock(lower + (part == parts)) == STATUS_OK; /* the first has but one */
    case 'V':
        return mutex_unlock(lower + 1) == STATUS_OK;
    default:
        return false;
    }
}

static void part_step(struct part *part, const char **step) {
    char token;
    if (**step >= '1' && **step <= '9') {
        part_lock(part, **step, INSTANT_NEVER);
    } else if (**step >= 'a' && **step <= 'i') {
        if (mutex_unlock(&mutexes[**step - 'a' + 1]) != STATUS_OK) {
            trace_add('?');
        }
    } else if (**step == 't') {
        part_lock(part, *++*step, time_after(time_us(100)));
    } else if (**step == 'w') {
        (void)!gate_recv(&part->gate, &token);
    } else if (**step == 'F') {
        *(volatile uint64_t *)0x1000 = 0;
    } else if (!part_step_in_chain(part, **step)) {
        trace_add(part->name);
    }
}

static void part_main(void *argument) {
    struct part *part = argument;
    for (const char *step = part->script; *step != '\0'; step++) {
        part_step(part, &step);
    }
}

static void enter(unsigned number, char name, unsigned level, const char *script) {
    struct part *part = &parts[number];
    *part = (struct part){.script = script, .level = level, .name = name};
    TAP_REQUIRE(gate_init(&part->gate, part->gate_storage, 1) == STATUS_OK, "a gate");
    part->id = test_spawn(part_main, part, level);
    test_settle();
}

static void let_go_on(unsigned number) {
    const char token = 0;
    TAP_REQUIRE(gate_try_send(&parts[number].gate, &token) == STATUS_OK, "it may go on");
    test_settle();
}

static void leave(unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        int64_t code;
        status_t status = thread_join(parts[i].id, &code);
        TAP_REQUIRE(status == STATUS_OK || status == STATUS_FAULTED, "it has ended");
    }
}

static unsigned level_of(unsigned number) {
    unsigned level = 0;
    TAP_REQUIRE(thread_get_priority(parts[number].id, &level) == STATUS_OK, "it lives");
    return level;
}

static void mutexes_make(void) {
    trace_clear();
    for (unsigned i = 0; i < ARRAY_SIZE(mutexes); i++) {
        TAP_REQUIRE(mutex_init(&mutexes[i], NULL) == STATUS_OK, "a mutex");
    }
}

/* --- Inheritance --- */

/* `m` is ready when the low owner goes on; without inheritance it would run first. */
static void mutex_inversion(void) {
    const char token = 0;
    mutexes_make();
    enter(0, 'l', MAIN - 3, "1wna");
    enter(1, 'm', MAIN - 2, "wn");
    enter(2, 'h', MAIN - 1, "1na");
    TAP_EQ(level_of(0), MAIN - 1, "the owner has the priority of who waits");
    TAP_REQUIRE(gate_try_send(&parts[1].gate, &token) == STATUS_OK, "ready");
    let_go_on(0);
    leave(3);
    TAP_TEXT(trace_text(), "l1lh1hm", "low owner, high waiter, then the middle one");
}

static void mutex_any_order(void) {
    mutexes_make();
    enter(0, 'a', MAIN - 9, "123wbwcwaw");
    enter(1, 'b', MAIN - 5, "1a");
    enter(2, 'c', MAIN - 3, "2b");
    enter(3, 'd', MAIN - 4, "3c");
    TAP_EQ(level_of(0), MAIN - 3, "the highest of all waiters");
    let_go_on(0);
    TAP_EQ(level_of(0), MAIN - 4, "without the first");
    let_go_on(0);
    TAP_EQ(level_of(0), MAIN - 5, "without the second");
    let_go_on(0);
    TAP_EQ(level_of(0), MAIN - 9, "its own");
    let_go_on(0);
    leave(4);
    TAP_TEXT(trace_text(), "a1a2a3c2d3b1", "each is handed over to its waiter");
}

/* Part i owns mutex i + 1 and waits for mutex i; the first of them waits for main. */
static void chain_enter(void) {
    mutexes_make();
    taken_count = 0;
    for (unsigned i = 0; i < CHAIN; i++) {
        enter(i, 'a', MAIN - 20, i == 0 ? "LwU" : "LDUV");
    }
}

static void mutex_chain(void) {
    TEST_NEEDS(CONFIG_THREAD_SLOTS >= CHAIN + 5);
    const unsigned middle = CHAIN / 2;
    chain_enter();
    enter(CHAIN, 'x', MAIN - 2, "LD");
    for (unsigned i = 0; i < CHAIN; i++) {
        TAP_EQ(level_of(i), MAIN - 2, "lent along the whole chain");
    }
    enter(CHAIN + 1, 'y', MAIN - 1, "D");
    TAP_TEXT(trace_text(), "y^", "one more is refused");
    TAP_EQ(level_of(0), MAIN - 2, "and lends nothing");
    TAP_EQ(thread_set_priority(parts[middle].id, MAIN - 1), STATUS_OK, "a priority in the middle");
    TAP_EQ(level_of(0), MAIN - 1, "is lent on");
    TAP_EQ(level_of(middle + 1), MAIN - 2, "and not back");
    TAP_EQ(thread_set_priority(parts[middle].id, 1), STATUS_OK, "lowered");
    TAP_EQ(level_of(0), MAIN - 2, "what is lent to it remains");
    let_go_on(0);
    leave(CHAIN + 2);
    unsigned wrong = taken_count != CHAIN;
    for (unsigned i = 0; i < taken_count; i++) {
        wrong += taken[i] != i + 1;
    }
    TAP_EQ(wrong, 0, "from the owner to the last");
}

static void mutex_cycle(void) {
    mutexes_make();
    enter(0, 'a', MAIN - 3, "1w2wa");
    enter(1, 'b', MAIN - 2, "21ab");
    let_go_on(0);
    TAP_TEXT(trace_text(), "a1b2a#", "who would close the circle is refused");
    let_go_on(0);
    leave(2);
    TAP_TEXT(trace_text(), "a1b2a#b1", "and the other goes on");
}

/* --- The end of owners --- */

static void owner_ends(const char *script) {
    mutexes_make();
    enter(0, 'a', MAIN - 5, script);
    enter(1, 'b', MAIN - 3, "1a");
    enter(2, 'c', MAIN - 2, "1wa");
    let_go_on(0);
    TAP_EQ(mutex_lock(&mutexes[2]), STATUS_OWNER_DIED, "nobody waited: who comes is told");
    TAP_EQ(mutex_unlock(&mutexes[2]), STATUS_OK, "and owns it");
    TAP_EQ(level_of(2), MAIN - 2, "the next owner");
    let_go_on(2);
    leave(3);
    TAP_TEXT(trace_text(), "a1a2c+b1", "it is told, the one behind it is not");
}

static void mutex_owner_exits(void) {
    owner_ends("12w");
}

static void mutex_owner_faults(void) {
    owner_ends("12wF");
}

/* --- Time --- */

static void mutex_timeout_in_chain(void) {
    TEST_NEEDS(CHAIN >= 2);
    mutexes_make();
    enter(0, 'a', MAIN - 9, "1wa");
    enter(1, 'b', MAIN - 8, "2wt1wb");
    enter(2, 'c', MAIN - 2, "2b");
    TAP_EQ(level_of(1), MAIN - 2, "lent to the one in the middle");
    const char token = 0;
    TAP_REQUIRE(gate_try_send(&parts[1].gate, &token) == STATUS_OK, "it goes to wait");
    thread_sleep_us(50);
    TAP_EQ(level_of(0), MAIN - 2, "and on to the last");
    thread_sleep_us(200);
    TAP_EQ(level_of(0), MAIN - 9, "when its time is up, the last has its own again");
    TAP_EQ(level_of(1), MAIN - 2, "the one in the middle keeps what it is lent");
    let_go_on(1);
    let_go_on(0);
    leave(3);
    TAP_TEXT(trace_text(), "a1b2b-c2", "timed out, then handed over");
}

/* --- Attributes --- */

static void mutex_recursive(void) {
    const struct mutex_attributes attributes = {.recursive = true};
    mutexes_make();
    TAP_EQ(mutex_init(&mutexes[1], &attributes), STATUS_OK, "a recursive one");
    enter(0, 'a', MAIN - 3, "111wawawa");
    enter(1, 'b', MAIN - 2, "1a");
    for (unsigned i = 0; i < 3; i++) {
        TAP_TEXT(trace_text(), "a1a1a1", "not yet unlocked as often as locked");
        let_go_on(0);
    }
    leave(2);
    TAP_TEXT(trace_text(), "a1a1a1b1", "then it is handed over");
    TAP_EQ(mutex_lock(&mutexes[2]), STATUS_OK, "a plain one");
    TAP_EQ(mutex_lock(&mutexes[2]), STATUS_DEADLOCK, "is locked once");
    TAP_EQ(mutex_unlock(&mutexes[2]), STATUS_OK, "and unlocked");
    TAP_EQ(mutex_unlock(&mutexes[2]), STATUS_NOT_OWNER, "once");
}

/* Locked again while somebody waits: that does not make it quick to unlock. */
static void mutex_recursive_lends(void) {
    const struct mutex_attributes attributes = {.recursive = true};
    mutexes_make();
    TAP_EQ(mutex_init(&mutexes[1], &attributes), STATUS_OK, "a recursive one");
    enter(0, 'a', MAIN - 3, "1w1wawa");
    enter(1, 'b', MAIN - 2, "1a");
    let_go_on(0);
    let_go_on(0);
    TAP_EQ(level_of(0), MAIN - 2, "unlocked once, it still lends");
    let_go_on(0);
    leave(2);
    TAP_TEXT(trace_text(), "a1a1b1", "unlocked twice, it is handed over");
}

static void mutex_refusals(void) {
    const struct mutex_attributes too_high = {.has_ceiling = true, .ceiling = 64};
    unsigned base = 77;
    TAP_EQ(mutex_init(NULL, NULL), STATUS_INVALID_ARGUMENT, "no mutex");
    TAP_EQ(mutex_init(&mutexes[1], &too_high), STATUS_OUT_OF_RANGE, "no such ceiling");
    TAP_EQ(thread_get_base_priority(THREAD_ID_NONE, &base), STATUS_STALE, "no such thread");
    TAP_EQ(base, 77, "tells nothing");
}

/* A waiter that close has woken lets the owner unlock, while another still waits: nobody gets it. */
static void wakes_owner(void *unused) {
    const char token = 0;
    (void)unused;
    trace_add(mutex_lock(&mutexes[1]) == STATUS_CLOSED ? 'C' : '?');
    (void)!gate_try_send(&parts[0].gate, &token);
}

static void mutex_unlock_while_closing(void) {
    mutexes_make();
    enter(0, 'a', MAIN - 9, "12wawb");
    enter(1, 'b', MAIN + 1, "1n");
    enter(2, 'c', MAIN + 1, "2b");
    thread_id_t high = test_spawn(wakes_owner, NULL, MAIN + 2);
    TAP_EQ(level_of(0), MAIN + 2, "the owner has the highest priority");
    TAP_EQ(mutex_close(&mutexes[1]), STATUS_OK, "closed");
    test_join(high);
    TAP_EQ(level_of(0), MAIN + 1, "what is lent by another mutex remains");
    let_go_on(0);
    leave(3);
    TAP_TEXT(trace_text(), "a1a2Cb!bc2", "who waits is refused");
}

/* Two wait for the one, and one for another of the same level. */
static void mutex_passes_loans_on(void) {
    mutexes_make();
    enter(0, 'a', MAIN - 9, "12wawb");
    enter(1, 'b', MAIN - 3, "1wa");
    enter(2, 'c', MAIN - 3, "1a");
    enter(3, 'd', MAIN - 4, "2b");
    let_go_on(0);
    TAP_EQ(level_of(0), MAIN - 4, "the owner keeps what the other mutex lends");
    TAP_EQ(level_of(1), MAIN - 3, "the next owner has its own");
    let_go_on(0);
    let_go_on(1);
    leave(4);
    TAP_TEXT(trace_text(), "a1a2b1d2c1", "one after the other");
}

static void mutex_two_ceilings(void) {
    TEST_NEEDS(CONFIG_CEILINGS_HELD_MAX >= 2);
    const struct mutex_attributes attributes = {.has_ceiling = true, .ceiling = MAIN + 2};
    mutexes_make();
    for (unsigned i = 0; i < 2; i++) {
        TAP_EQ(mutex_init(&mutexes[i], &attributes), STATUS_OK, "one with a ceiling");
        TAP_EQ(mutex_lock(&mutexes[i]), STATUS_OK, "is locked");
    }
    unsigned level = 0;
    TAP_EQ(mutex_unlock(&mutexes[0]), STATUS_OK, "one of two of one level is unlocked");
    TAP_EQ(thread_get_priority(thread_self(), &level), STATUS_OK, "main lives");
    TAP_EQ(level, MAIN + 2, "and the other still holds");
    TAP_EQ(mutex_unlock(&mutexes[1]), STATUS_OK, "then that");
}

static void mutex_ceiling(void) {
    const struct mutex_attributes attributes = {.has_ceiling = true, .ceiling = MAIN - 2};
    mutexes_make();
    TAP_EQ(mutex_init(&mutexes[1], &attributes), STATUS_OK, "one with a ceiling");
    enter(0, 'a', MAIN - 9, "1wawn");
    TAP_EQ(level_of(0), MAIN - 2, "its owner has that at once");
    let_go_on(0);
    TAP_EQ(level_of(0), MAIN - 9, "and no longer");
    let_go_on(0);
    leave(1);
    TAP_EQ(mutex_try_lock(&mutexes[1]), STATUS_OUT_OF_RANGE, "main is above it");
}

static void mutex_ceiling_owner_exits(void) {
    const struct mutex_attributes attributes = {.has_ceiling = true, .ceiling = MAIN};
    mutexes_make();
    TAP_EQ(mutex_init(&mutexes[1], &attributes), STATUS_OK, "one with a ceiling");
    enter(0, 'a', MAIN - 9, "1w");
    let_go_on(0);
    leave(1);
    TAP_EQ(mutex_lock(&mutexes[1]), STATUS_OWNER_DIED, "nobody waited: who comes is told");
    TAP_EQ(mutex_unlock(&mutexes[1]), STATUS_OK, "and owns it");
}

static void mutex_close_wakes(void) {
    mutexes_make();
    enter(0, 'a', MAIN - 9, "1wa");
    enter(1, 'b', MAIN - 3, "1");
    enter(2, 'c', MAIN - 2, "1");
    TAP_EQ(mutex_close(&mutexes[1]), STATUS_OK, "closed");
    test_settle();
    TAP_TEXT(trace_text(), "a1c!b!", "all waiters are refused");
    TAP_EQ(level_of(0), MAIN - 9, "the owner has its own priority");
    let_go_on(0);
    leave(3);
    TAP_EQ(mutex_lock(&mutexes[1]), STATUS_CLOSED, "nobody has it any more");
    TAP_EQ(mutex_close(&mutexes[1]), STATUS_CLOSED, "it is closed once");
}

static const struct test_case mutex_cases[] = {
    {"mutex_inversion", mutex_inversion, TEST_ALWAYS},
    {"mutex_any_order", mutex_any_order, TEST_ALWAYS},
    {"mutex_chain", mutex_chain, TEST_ALWAYS},
    {"mutex_cycle", mutex_cycle, TEST_ALWAYS},
    {"mutex_owner_exits", mutex_owner_exits, TEST_ALWAYS},
    {"mutex_owner_faults", mutex_owner_faults, TEST_ALWAYS},
    {"mutex_timeout_in_chain", mutex_timeout_in_chain, TEST_EXACT},
    {"mutex_recursive", mutex_recursive, TEST_ALWAYS},
    {"mutex_recursive_lends", mutex_recursive_lends, TEST_ALWAYS},
    {"mutex_refusals", mutex_refusals, TEST_ALWAYS},
    {"mutex_unlock_while_closing", mutex_unlock_while_closing, TEST_ALWAYS},
    {"mutex_passes_loans_on", mutex_passes_loans_on, TEST_ALWAYS},
    {"mutex_two_ceilings", mutex_two_ceilings, TEST_ALWAYS},
    {"mutex_ceiling", mutex_ceiling, TEST_ALWAYS},
    {"mutex_ceiling_owner_exits", mutex_ceiling_owner_exits, TEST_ALWAYS},
    {"mutex_close_wakes", mutex_close_wakes, TEST_ALWAYS},
};
TEST_GROUP(mutex);
