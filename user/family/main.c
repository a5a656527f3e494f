/* SPDX-License-Identifier: MIT */
/*
 * Makes other processes in the way that its first argument names, for tests of what becomes of them. It
 * begins with a handle of the log, one of programs, one of a mailbox, one of names, one of the console, and
 * one of the system; its second argument is its ceiling. Exits with 0, or with the line of what was wrong.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/family/family.h"
#include "user/lib/program.h"
#include "user/lib/spawn.h"
#include "user/lib/thread.h"

const char *family_ceiling_text;
uint8_t family_ceiling;

static const struct spawn_handle all_handles[] = {
    {LOG, HANDLE_RIGHT_WRITE | HANDLE_RIGHT_DUPLICATE},
    {PROGRAMS, HANDLE_RIGHT_SPAWN | HANDLE_RIGHT_DUPLICATE},
    {MAILBOX, HANDLE_RIGHT_SEND | HANDLE_RIGHT_RECEIVE | HANDLE_RIGHT_DUPLICATE},
    {NAMES, HANDLE_RIGHT_RECEIVE | HANDLE_RIGHT_DUPLICATE},
};

uint64_t family_soon(unsigned milliseconds) {
    return system_clock() + milliseconds * program.clock_hz / 1000;
}

/* What another one of this program is to do, with all that it could need but children. */
struct spawn family_child(const char *const *arguments) {
    return (struct spawn){.path = "bin/family",
                          .arguments = arguments,
                          .handles = all_handles,
                          .handle_count = 4,
                          .priority = family_ceiling,
                          .pages = PAGES_NEEDED,
                          .stack_pages = 4};
}

/* Its handle, or a status. */
int64_t family_start(const char *what, uint16_t children, uint32_t pages) {
    const char *const arguments[] = {"family", what, family_ceiling_text, NULL};
    struct spawn how = family_child(arguments);
    how.children = children;
    how.pages = pages;
    return spawn(PROGRAMS, &how);
}

/* --- One child -------------------------------------------------------------------------------- */

static void exits(void) {
    struct spawn_end end;
    const int64_t child = family_start("seven", 0, PAGES_NEEDED);
    EXPECT(child > 0);
    EXPECT(system_process_wait((uint64_t)child, NEVER) == STATUS_OK);
    EXPECT(system_process_wait((uint64_t)child, 0) == STATUS_OK);
    EXPECT(system_process_collect((uint64_t)child) == STATUS_OK);
    end = *(const struct spawn_end *)SYSCALL_MESSAGE_AREA;
    EXPECT(end.code == 7 && end.syndrome == 0);
    EXPECT(system_process_collect((uint64_t)child) == STATUS_STALE);
    EXPECT(system_process_wait((uint64_t)child, NEVER) == STATUS_STALE);
    EXPECT(system_process_kill((uint64_t)child) == STATUS_STALE);
    EXPECT(system_handle_close((uint64_t)child) == STATUS_OK);
}

/* Another priority, while it spins below this one. */
static void is_made_nice(void) {
    const int64_t child = family_start("spin", 0, PAGES_NEEDED);
    EXPECT(child > 0);
    EXPECT(system_process_priority((uint64_t)child, family_ceiling - 1u) == STATUS_OK);
    EXPECT(system_process_priority((uint64_t)child, family_ceiling + 1u) == STATUS_DENIED);
    EXPECT(system_process_priority((uint64_t)child, UINT64_MAX) == STATUS_DENIED);
    EXPECT(system_process_priority(LOG, 1) == STATUS_INVALID_ARGUMENT);
    EXPECT(system_process_wait((uint64_t)child, family_soon(2)) == STATUS_TIMED_OUT);
    EXPECT(system_process_kill((uint64_t)child) == STATUS_OK);
    EXPECT(spawn_wait((uint64_t)child, NEVER, NULL) == STATUS_CLOSED);
    EXPECT(system_process_priority((uint64_t)child, 1) == STATUS_STALE);
}

static void faults(void) {
    struct spawn_end end;
    const int64_t child = family_start("fault", 0, PAGES_NEEDED);
    EXPECT(child > 0);
    EXPECT(spawn_wait((uint64_t)child, NEVER, &end) == STATUS_FAULTED);
    EXPECT(end.code == 0 && end.syndrome != 0 && end.pc != 0 && end.address == 8);
    EXPECT(system_process_wait((uint64_t)child, NEVER) == STATUS_STALE);
}

/* A lower one: it lets its parent run. */
static void is_killed(const char *what) {
    struct spawn_end end;
    const char *const arguments[] = {"family", what, family_ceiling_text, NULL};
    struct spawn how = family_child(arguments);
    how.priority--;
    const int64_t child = spawn(PROGRAMS, &how);
    EXPECT(child > 0);
    EXPECT(system_process_wait((uint64_t)child, 0) == STATUS_TIMED_OUT);
    EXPECT(system_process_wait((uint64_t)child, family_soon(1)) == STATUS_TIMED_OUT);
    EXPECT(system_process_collect((uint64_t)child) == STATUS_TIMED_OUT);
    EXPECT(system_process_kill((uint64_t)child) == STATUS_OK);
    EXPECT(spawn_wait((uint64_t)child, NEVER, &end) == STATUS_CLOSED);
    EXPECT(end.code == 0 && end.syndrome == 0);
}

/* A message from the child, and a text of its environment. */
static void speaks(void) {
    const char *const arguments[] = {"family", "speak", family_ceiling_text, NULL};
    const char *const environment[] = {"A=1", "WORD=41", NULL};
    struct spawn how = family_child(arguments);
    how.environment = environment;
    const int64_t child = spawn(PROGRAMS, &how);
    EXPECT(child > 0);
    EXPECT(system_mailbox_receive(MAILBOX, NEVER) == STATUS_OK);
    EXPECT(*(const uint64_t *)SYSCALL_MESSAGE_AREA == 42);
    EXPECT(spawn_wait((uint64_t)child, NEVER, NULL) == STATUS_OK);
}

/* A child has no handle that it was not given, nor more rights to it. */
static void has_less(void) {
    static const struct spawn_handle less[] = {{MAILBOX, HANDLE_RIGHT_SEND}};
    struct spawn_end end;
    const char *const arguments[] = {"family", "less", family_ceiling_text, NULL};
    struct spawn how = family_child(arguments);
    how.handles = less;
    how.handle_count = 1;
    const int64_t child = spawn(PROGRAMS, &how);
    EXPECT(child > 0);
    EXPECT(spawn_wait((uint64_t)child, NEVER, &end) == STATUS_OK);
    EXPECT(end.code == 0);
}

/* --- What is refused -------------------------------------------------------------------------- */

int64_t family_try_handle(uint32_t handle, uint32_t rights) {
    const char *const arguments[] = {"family", "seven", NULL};
    const struct spawn_handle wanted = {handle, rights};
    struct spawn how = family_child(arguments);
    how.handles = &wanted;
    how.handle_count = 1;
    return spawn(PROGRAMS, &how);
}

static int64_t try_path(const char *path) {
    const char *const arguments[] = {"family", "seven", NULL};
    struct spawn how = family_child(arguments);
    how.path = path;
    return spawn(PROGRAMS, &how);
}

static void refused_requests(void) {
    const char *const arguments[] = {"family", "seven", NULL};
    struct spawn how = family_child(arguments);
    how.priority = (uint8_t)(family_ceiling + 1);
    EXPECT(spawn(PROGRAMS, &how) == STATUS_DENIED);
    how = family_child(arguments);
    how.stack_pages = 0;
    EXPECT(spawn(PROGRAMS, &how) == STATUS_OUT_OF_RANGE);
    struct spawn_request *request = (struct spawn_request *)SYSCALL_MESSAGE_AREA;
    memset(request->texts, 'x', sizeof request->texts); /* and no NUL */
    request->stack_pages = 1;
    EXPECT(system_process_spawn(PROGRAMS) == STATUS_OUT_OF_RANGE);
    request->argument_count = 0xffff;
    EXPECT(system_process_spawn(PROGRAMS) == STATUS_OUT_OF_RANGE);
    request->argument_count = 1;
    request->handle_count = SPAWN_HANDLES_MAX + 1;
    EXPECT(system_process_spawn(PROGRAMS) == STATUS_OUT_OF_RANGE);
}

static void refused(void) {
    EXPECT(try_path("bin/nothing") == STATUS_NOT_FOUND);
    EXPECT(try_path("bin") == STATUS_UNSUPPORTED);
    EXPECT(try_path("") == STATUS_NOT_FOUND);
    EXPECT(family_try_handle(SYSTEM + 1, HANDLE_RIGHT_SEND) == STATUS_STALE);
    EXPECT(family_try_handle(LOG, HANDLE_RIGHT_SEND) == STATUS_DENIED);
    EXPECT(family_try_handle(MAILBOX, 0x10000) == STATUS_DENIED);
    EXPECT(family_start("seven", 0, 5) == STATUS_NO_MEMORY);    /* too few */
    EXPECT(family_start("seven", 0, 4096) == STATUS_NO_MEMORY); /* more than there are */
    EXPECT(family_start("seven", 0, 4097) == STATUS_OUT_OF_RANGE);
    EXPECT(family_start("seven", 16, PAGES_NEEDED) == STATUS_FULL);
    EXPECT(family_start("seven", 0xffff, PAGES_NEEDED) == STATUS_OUT_OF_RANGE);
    EXPECT(system_process_spawn(LOG) == STATUS_INVALID_ARGUMENT);
    EXPECT(system_process_spawn(0) == STATUS_STALE);
    EXPECT(system_process_wait(LOG, NEVER) == STATUS_INVALID_ARGUMENT);
    refused_requests();
}

/* What a handle of a child may be used for. */
static void rights(void) {
    const int64_t child = family_start("wait", 0, PAGES_NEEDED);
    EXPECT(child > 0);
    const int64_t killer = system_handle_duplicate((uint64_t)child, HANDLE_RIGHT_KILL);
    EXPECT(killer > 0);
    EXPECT(system_process_wait((uint64_t)killer, NEVER) == STATUS_DENIED);
    EXPECT(system_process_collect((uint64_t)killer) == STATUS_DENIED);
    EXPECT(system_handle_offer((uint64_t)child, HANDLE_RIGHT_WAIT, MAILBOX) == STATUS_DENIED);
    EXPECT(family_try_handle((uint32_t)child, HANDLE_RIGHT_WAIT) == STATUS_DENIED);
    const int64_t waiter = system_handle_duplicate((uint64_t)child, HANDLE_RIGHT_WAIT);
    EXPECT(waiter > 0);
    EXPECT(system_process_kill((uint64_t)waiter) == STATUS_DENIED);
    EXPECT(system_process_kill((uint64_t)killer) == STATUS_OK);
    EXPECT(spawn_wait((uint64_t)waiter, NEVER, NULL) == STATUS_CLOSED);
    EXPECT(system_process_kill((uint64_t)child) == STATUS_STALE);
    EXPECT(system_handle_close((uint64_t)child) == STATUS_OK);
    EXPECT(system_handle_close((uint64_t)killer) == STATUS_OK);
}

/* Of what it has, without the right to use it; and what is set aside. */
static void rights_of_own(void) {
    const int64_t programs = system_handle_duplicate(PROGRAMS, HANDLE_RIGHT_DUPLICATE);
    EXPECT(programs > 0 && system_process_spawn((uint64_t)programs) == STATUS_DENIED);
    EXPECT(system_handle_close((uint64_t)programs) == STATUS_OK);
    const int64_t log = system_handle_duplicate(LOG, HANDLE_RIGHT_DUPLICATE);
    EXPECT(log > 0 && system_log_write((uint64_t)log, "no", 2) == STATUS_DENIED);
    EXPECT(system_handle_close((uint64_t)log) == STATUS_OK);
    const int64_t offer = system_handle_offer(MAILBOX, HANDLE_RIGHT_SEND, MAILBOX);
    EXPECT(offer > 0);
    EXPECT(family_try_handle((uint32_t)offer & 0xffff00ff, HANDLE_RIGHT_SEND) ==
           STATUS_INVALID_ARGUMENT);
    EXPECT(system_handle_close((uint64_t)offer) == STATUS_OK);
}

/* Each makes the next, until that is too deep; how many there are below. */
static int deep(const char *room) {
    const uint32_t pages = (uint32_t)strtoul(room, NULL, 10) - PAGES_NEEDED;
    char text[12];
    struct spawn_end end;
    (void)snprintf(text, sizeof text, "%lu", (unsigned long)pages);
    const char *const arguments[] = {"family", "deep", family_ceiling_text, text, NULL};
    struct spawn how = family_child(arguments);
    how.pages = pages;
    how.children = (uint16_t)(pages / PAGES_NEEDED - 2);
    const int64_t child = spawn(PROGRAMS, &how);
    if (child < 0) {
        return child == STATUS_TOO_DEEP ? 0 : 100;
    }
    EXPECT(spawn_wait((uint64_t)child, NEVER, &end) == STATUS_OK);
    return (int)end.code + 1;
}

/* --- Many ------------------------------------------------------------------------------------- */

/* A child ends with children of its own: who collects it finds them gone. */
static void orphans(void) {
    const int64_t child = family_start("parent", 3, 4 * PAGES_NEEDED);
    struct spawn_end end;
    EXPECT(child > 0);
    EXPECT(spawn_wait((uint64_t)child, NEVER, &end) == STATUS_OK && end.code == 3);
    const int64_t killed = family_start("parent-waits", 3, 4 * PAGES_NEEDED);
    EXPECT(killed > 0);
    EXPECT(system_process_wait((uint64_t)killed, family_soon(5)) == STATUS_TIMED_OUT);
    EXPECT(system_process_kill((uint64_t)killed) == STATUS_OK);
    EXPECT(spawn_wait((uint64_t)killed, NEVER, NULL) == STATUS_CLOSED);
}

/* As many as it may have, which wait; how many there are. */
static int parent(void) {
    int count = 0;
    while (family_start("wait", 0, PAGES_NEEDED) > 0) {
        count++;
    }
    return count;
}

/* As many as there is anything left for, each the same with half of it; and then waits. */
static void bomb(const char *room) {
    uint32_t pages = (uint32_t)strtoul(room, NULL, 10);
    char text[12];
    for (;;) {
        pages /= 2;
        (void)snprintf(text, sizeof text, "%lu", (unsigned long)pages);
        const char *const arguments[] = {"family", "bomb", family_ceiling_text, text, NULL};
        struct spawn how = family_child(arguments);
        how.pages = pages;
        how.children = (uint16_t)(pages / PAGES_NEEDED);
        if (spawn(PROGRAMS, &how) < 0 && pages < PAGES_NEEDED) {
            break;
        }
    }
    (void)system_sleep_until(NEVER - 1);
}

/* A child that at a moment makes a child of its own. */
static void nest(const char *moment) {
    const char *const arguments[] = {"family", "late", family_ceiling_text, moment, NULL};
    struct spawn how = family_child(arguments);
    how.pages = 2 * PAGES_NEEDED;
    how.children = 1;
    EXPECT(spawn(PROGRAMS, &how) > 0);
    (void)system_sleep_until(NEVER - 1);
}

static void late(const char *moment) {
    (void)system_sleep_until(strtoull(moment, NULL, 10));
    (void)family_start("wait", 0, PAGES_NEEDED);
    (void)system_sleep_until(NEVER - 1);
}

/* A thread that makes and collects children, beside the first. */
static int64_t churns(void *argument) {
    while (argument != NULL) {
        const int64_t child = family_start("seven", 0, PAGES_NEEDED);
        if (child > 0) {
            (void)spawn_wait((uint64_t)child, NEVER, NULL);
        }
        (void)system_sleep_until(system_clock() + program.clock_hz / 7000);
    }
    return 0;
}

/* Makes children that do the same, one level lower, and collects them, for ever: so those below are killed
 * wherever they are, in calls too. */
static void churn(uint16_t children) {
    static char lower[4];
    static struct thread other;
    family_ceiling--;
    (void)snprintf(lower, sizeof lower, "%u", family_ceiling);
    family_ceiling_text = lower;
    const struct thread_how how = {.priority = family_ceiling, .stack_size = 4096};
    (void)thread_create(&other, &how, churns, &other); /* if there is a place for it */
    for (unsigned turn = 0;; turn++) {
        const uint16_t below = children / 2;
        const int64_t first = family_start(turn % 2 == 0 ? "churn" : "parent", below,
                                           2u * PAGES_NEEDED * (below + 1u));
        const int64_t second = family_start(turn % 3 == 0 ? "wait" : "seven", 0, PAGES_NEEDED);
        if (second > 0 && turn % 3 == 0) {
            (void)system_process_kill((uint64_t)second);
        }
        if (second > 0) {
            (void)spawn_wait((uint64_t)second, NEVER, NULL);
        }
        if (first > 0) {
            (void)system_process_wait((uint64_t)first, family_soon(1 + turn % 4));
            (void)system_process_kill((uint64_t)first);
            (void)spawn_wait((uint64_t)first, NEVER, NULL);
        }
        (void)system_sleep_until(system_clock() + program.clock_hz / 5000); /* lower ones, too */
    }
}

/* --- Which -------------------------------------------------------------------------------------- */

static void all(void) {
    for (unsigned turn = 0; turn < 2; turn++) { /* each gives back all that it took */
        exits();
        faults();
        is_killed("spin");
        is_made_nice();
        is_killed("wait");
        speaks();
        has_less();
        refused();
        rights();
        rights_of_own();
        family_names();
        family_ports();
        family_mailboxes();
        family_semaphores();
        world_files();
        world_console();
        world_system(family_ceiling);
        orphans();
    }
}

static int child(const char *how) {
    if (strcmp(how, "seven") == 0) {
        return 7;
    }
    if (strcmp(how, "fault") == 0) {
        volatile uint64_t *null = (volatile uint64_t *)8;
        __asm__("" : "+r"(null));
        return (int)*null;
    }
    while (strcmp(how, "spin") == 0) {
        __asm__ volatile("");
    }
    if (strcmp(how, "speak") == 0) {
        const char *word = getenv("WORD");
        *(uint64_t *)SYSCALL_MESSAGE_AREA = word != NULL ? strtoul(word, NULL, 10) + 1 : 0;
        return system_mailbox_send(MAILBOX, NEVER) != STATUS_OK;
    }
    if (strcmp(how, "post") == 0) {
        const int64_t post = system_name_find(NAMES, "family.post", HANDLE_RIGHT_SEND);
        EXPECT(post > 0);
        EXPECT(system_name_publish(NAMES, "mine", MAILBOX, HANDLE_RIGHT_SEND) == STATUS_DENIED);
        MESSAGE = 43;
        return system_mailbox_send((uint64_t)post, NEVER) != STATUS_OK;
    }
    if (strcmp(how, "call") == 0) {
        struct system_message message = {{5, 6, 7, 8}, 16};
        const int64_t port = system_name_find(NAMES, "family.desk", HANDLE_RIGHT_SEND);
        EXPECT(port > 0);
        MESSAGE = 9;
        EXPECT(system_port_call((uint64_t)port, &message, NEVER) == STATUS_OK);
        return message.word[0] != 6 || message.word[3] != 9 || message.length != 16 ||
               MESSAGE != 10;
    }
    if (strcmp(how, "less") == 0) {
        EXPECT(system_mailbox_receive(HANDLE_FIRST, 0) == STATUS_DENIED);
        EXPECT(system_handle_duplicate(HANDLE_FIRST, HANDLE_RIGHT_SEND) == STATUS_DENIED);
        EXPECT(system_process_spawn(PROGRAMS) == STATUS_STALE && program.console == 0);
        return 0;
    }
    if (strcmp(how, "wait") == 0) {
        (void)system_sleep_until(NEVER - 1);
    }
    return __LINE__;
}

int main(int argc, char **argv, char **environment) {
    (void)environment;
    EXPECT(argc >= 3);
    const char *how = argv[1];
    family_ceiling_text = argv[2];
    family_ceiling = (uint8_t)strtoul(family_ceiling_text, NULL, 10);
    if (strcmp(how, "all") == 0) {
        all();
    } else if (strcmp(how, "parent") == 0) {
        return parent();
    } else if (strcmp(how, "parent-waits") == 0) {
        (void)parent();
        return child("wait");
    } else if (strcmp(how, "deep") == 0) {
        return deep(argv[3]);
    } else if (strcmp(how, "nest") == 0) {
        nest(argv[3]);
    } else if (strcmp(how, "late") == 0) {
        late(argv[3]);
    } else if (strcmp(how, "bomb") == 0) {
        bomb(argv[3]);
    } else if (strcmp(how, "churn") == 0) {
        churn(argc > 3 ? (uint16_t)strtoul(argv[3], NULL, 10) : 3);
    } else if (strcmp(how, "random") == 0) {
        family_random(strtoul(argv[3], NULL, 10));
    } else {
        return child(how);
    }
    return 0;
}
