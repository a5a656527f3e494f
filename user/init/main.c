/* SPDX-License-Identifier: MIT */
/*
 * The first process: starts others, and starts those again that end by a fault, after a while that
 * doubles each time, until it gives one up. What it has and its children get is a handle of the log,
 * and one of programs. Exits with how many did not end as they should.
 */
#include <stdbool.h>
#include <stdio.h>

#include "user/lib/program.h"
#include "user/lib/spawn.h"

#define PROGRAMS (HANDLE_FIRST + 1)

#define SERVICE_PAGES    120
#define SERVICE_STACK    4
#define SERVICE_PRIORITY 30

/* Milliseconds before the first new start. */
#define BACK_OFF_MS 10

struct service {
    const char *path;
    const char *const *arguments;
    unsigned starts_max; /* and after a fault again, until then */
    int64_t ends;        /* how it should: a code, or a status */
};

static const char *const hello_arguments[] = {"hello", "from", "init", NULL};
static const char *const faulty_arguments[] = {"faulty", "null", NULL};

static const struct service services[] = {
    {"bin/hello", hello_arguments, 1, 3},
    {"bin/faulty", faulty_arguments, 3, STATUS_FAULTED},
};

static int64_t start(const struct service *service) {
    const struct spawn_handle log = {(uint32_t)program.console, HANDLE_RIGHT_WRITE};
    const struct spawn how = {.path = service->path,
                              .arguments = service->arguments,
                              .handles = &log,
                              .handle_count = program.console != 0,
                              .priority = SERVICE_PRIORITY,
                              .pages = SERVICE_PAGES,
                              .stack_pages = SERVICE_STACK};
    return spawn(PROGRAMS, &how);
}

static void pause_for(uint64_t milliseconds) {
    (void)system_sleep_until(system_clock() + milliseconds * program.clock_hz / 1000);
}

/* Starts it once, and tells how it ended: its code, or a status. */
static int64_t run(const struct service *service) {
    struct spawn_end end;
    const int64_t process = start(service);
    if (process < 0) {
        printf("%s does not start: %d\n", service->path, (int)process);
        return process;
    }
    const int64_t how = spawn_wait((uint64_t)process, UINT64_MAX, &end);
    if (how != STATUS_OK) {
        printf("%s ended at 0x%llx by a fault\n", service->path, (unsigned long long)end.pc);
        return how;
    }
    printf("%s ended with %d\n", service->path, (int)end.code);
    return end.code;
}

/* Whether it ended as it should. */
static bool supervise(const struct service *service) {
    int64_t how = run(service);
    uint64_t back_off = BACK_OFF_MS;
    for (unsigned starts = 1; how == STATUS_FAULTED && starts < service->starts_max; starts++) {
        pause_for(back_off);
        back_off *= 2;
        how = run(service);
    }
    if (how == STATUS_FAULTED) {
        printf("%s is given up\n", service->path);
    }
    return how == service->ends;
}

/* --- The shell, where there is a console --------------------------------------------------------- */

#define SHELL          "bin/shell"
#define SHELL_PAGES    800
#define SHELL_CHILDREN 6
#define SHELL_PRIORITY 34

static int64_t shell_start(void) {
    static const char *const arguments[] = {"shell", NULL};
    const struct spawn_handle handles[] = {
        {(uint32_t)program.terminal, HANDLE_RIGHT_WRITE | HANDLE_RIGHT_DUPLICATE},
        {(uint32_t)program.input, HANDLE_RIGHT_RECEIVE | HANDLE_RIGHT_DUPLICATE},
        {(uint32_t)program.programs,
         HANDLE_RIGHT_SPAWN | HANDLE_RIGHT_RECEIVE | HANDLE_RIGHT_DUPLICATE},
        {(uint32_t)program.system, HANDLE_RIGHT_RECEIVE | HANDLE_RIGHT_KILL},
    };
    const struct spawn how = {.path = SHELL,
                              .arguments = arguments,
                              .handles = handles,
                              .handle_count = sizeof handles / sizeof handles[0],
                              .priority = SHELL_PRIORITY,
                              .children = SHELL_CHILDREN,
                              .pages = SHELL_PAGES,
                              .stack_pages = SERVICE_STACK};
    return spawn(program.programs, &how);
}

/* Again and again, whatever becomes of it: a person has nothing else. */
static int shell_keep(void) {
    struct spawn_end end;
    int64_t process = shell_start();
    while (process > 0) {
        const int64_t how = spawn_wait((uint64_t)process, UINT64_MAX, &end);
        printf("%s ended: %d\n", SHELL, how == STATUS_OK ? (int)end.code : (int)how);
        pause_for(BACK_OFF_MS);
        process = shell_start();
    }
    printf("%s does not start: %d\n", SHELL, (int)process);
    return 1;
}

int main(int argc, char **argv, char **environment) {
    (void)argc, (void)argv, (void)environment;
    int wrong = 0;
    if (program.terminal != 0) {
        return shell_keep();
    }
    for (unsigned i = 0; i < sizeof services / sizeof services[0]; i++) {
        wrong += !supervise(&services[i]);
    }
    return wrong;
}
