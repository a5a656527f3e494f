/* SPDX-License-Identifier: MIT */
/*
 * One thread looks after all: it waits for the end of one service, and looks at the others every now and
 * then; for ever, if there are no others and nothing is to be started.
 */
#include "user/init/service.h"

#include <stdio.h>

#include "user/lib/program.h"
#include "user/lib/spawn.h"

#define NEVER       UINT64_MAX
#define LOOK_MS     50
#define BACK_OFF_MS 60000 /* at most */

static struct service {
    const struct config_service *how;
    uint64_t process; /* 0: does not run */
    uint64_t start;   /* when it shall; NEVER: not any more */
    uint64_t first;   /* when the starts that are counted began */
    uint32_t starts;
    uint32_t back_off;
    bool is_given_up;
} services[INIT_SERVICES_MAX];

static unsigned count;
static uint64_t terminal;

static uint64_t ticks(uint64_t milliseconds) {
    return milliseconds * program.clock_hz / 1000;
}

/* --- Starting --------------------------------------------------------------------------------- */

static void handle_add(struct spawn_handle *handles, uint8_t *number, uint64_t handle,
                       uint32_t rights) {
    if (handle != 0) {
        handles[(*number)++] = (struct spawn_handle){(uint32_t)handle, rights};
    }
}

/* The input has to stand right behind the console: abi/auxiliary.h. */
static uint8_t handles_make(uint32_t wanted, struct spawn_handle *handles) {
    uint8_t number = 0;
    if ((wanted & INIT_LOG) != 0) {
        handle_add(handles, &number, program.console, HANDLE_RIGHT_WRITE | HANDLE_RIGHT_DUPLICATE);
    }
    if ((wanted & INIT_CONSOLE) != 0) {
        handle_add(handles, &number, terminal, HANDLE_RIGHT_WRITE | HANDLE_RIGHT_DUPLICATE);
        if ((wanted & INIT_INPUT) != 0) {
            handle_add(handles, &number, program.input,
                       HANDLE_RIGHT_RECEIVE | HANDLE_RIGHT_DUPLICATE);
        }
    }
    if ((wanted & (INIT_PROGRAMS | INIT_FILES)) != 0) {
        handle_add(handles, &number, program.programs,
                   HANDLE_RIGHT_RECEIVE | HANDLE_RIGHT_DUPLICATE |
                       ((wanted & INIT_PROGRAMS) != 0 ? HANDLE_RIGHT_SPAWN : 0));
    }
    if ((wanted & (INIT_SYSTEM | INIT_FIGURES)) != 0) {
        handle_add(handles, &number, program.system,
                   HANDLE_RIGHT_RECEIVE | ((wanted & INIT_SYSTEM) != 0 ? HANDLE_RIGHT_KILL : 0));
    }
    return number;
}

static int64_t spawn_service(const struct config_service *how) {
    struct spawn_handle handles[SPAWN_HANDLES_MAX];
    const struct spawn request = {.path = how->program,
                                  .arguments = how->argument,
                                  .handle_count = handles_make(how->handles, handles),
                                  .handles = handles,
                                  .priority = (uint8_t)how->priority,
                                  .children = (uint16_t)how->children,
                                  .pages = how->pages,
                                  .stack_pages = how->stack};
    return spawn(program.programs, &request);
}

static void give_up(struct service *service) {
    printf("%s is given up\n", service->how->name);
    service->is_given_up = true;
    service->start = NEVER;
}

/* When it shall be started again, if at all. */
static void plan(struct service *service, bool has_faulted) {
    const struct config_service *how = service->how;
    const uint64_t now = system_clock();
    if (how->restart == INIT_NEVER || (how->restart == INIT_ON_FAULT && !has_faulted)) {
        service->start = NEVER;
        return;
    }
    if (now - service->first > ticks((uint64_t)how->within * 1000)) {
        service->first = now;
        service->starts = 0;
        service->back_off = how->back_off;
    }
    if (how->give_up != 0 && service->starts >= how->give_up) {
        give_up(service);
        return;
    }
    service->start = now + ticks(service->back_off);
    service->back_off = service->back_off < BACK_OFF_MS / 2 ? 2 * service->back_off : BACK_OFF_MS;
}

static void start(struct service *service) {
    const int64_t process = spawn_service(service->how);
    service->starts++;
    service->start = NEVER;
    if (process > 0) {
        service->process = (uint64_t)process;
    } else {
        printf("%s does not start: %d\n", service->how->name, (int)process);
        give_up(service); /* the file is wrong, and will be */
    }
}

/* --- Ends ------------------------------------------------------------------------------------- */

static void tell(const char *name, int64_t how, const struct spawn_end *end) {
    if (how == STATUS_OK) {
        printf("%s ended with %d\n", name, (int)end->code);
    } else if (how == STATUS_FAULTED) {
        printf("%s ended at 0x%llx by a fault\n", name, (unsigned long long)end->pc);
    } else {
        printf("%s was killed: %d\n", name, (int)how);
    }
}

/* Whether it has ended by then. */
static void look(struct service *service, uint64_t deadline) {
    struct spawn_end end = {0};
    const int64_t how = spawn_wait(service->process, deadline, &end);
    if (how != STATUS_TIMED_OUT) {
        tell(service->how->name, how, &end);
        service->process = 0;
        plan(service, how == STATUS_FAULTED);
    }
}

/* --- All of them ------------------------------------------------------------------------------ */

static void begin(const struct config *config) {
    const uint64_t now = system_clock();
    count = config->count;
    for (unsigned i = 0; i < count; i++) {
        services[i] = (struct service){.how = &config->service[i],
                                       .start = now,
                                       .first = now,
                                       .back_off = config->service[i].back_off};
    }
}

/* Starts those whose time has come; the moment of the next. */
static uint64_t start_due(void) {
    uint64_t next = NEVER;
    for (unsigned i = 0; i < count; i++) {
        if (services[i].start <= system_clock()) {
            start(&services[i]);
        }
        next = services[i].start < next ? services[i].start : next;
    }
    return next;
}

/* The last that runs, which is waited for; and how many others do. */
static struct service *last_running(unsigned *others) {
    struct service *last = NULL;
    unsigned running = 0;
    for (unsigned i = 0; i < count; i++) {
        if (services[i].process != 0) {
            last = &services[i];
            running++;
        }
    }
    *others = running != 0 ? running - 1 : 0;
    return last;
}

/* False: nothing runs and nothing will. */
static bool turn(void) {
    unsigned others;
    const uint64_t next = start_due();
    struct service *last = last_running(&others);
    if (last == NULL) {
        return next != NEVER && system_sleep_until(next) == STATUS_OK;
    }
    for (unsigned i = 0; others != 0 && i < count; i++) {
        if (services[i].process != 0 && &services[i] != last) {
            look(&services[i], 0);
        }
    }
    const uint64_t soon = system_clock() + ticks(LOOK_MS);
    look(last, others != 0 && soon < next ? soon : next);
    return true;
}

void service_take_console(void) {
    terminal = program.terminal;
    program.terminal = 0;
}

unsigned service_run_all(const struct config *config) {
    unsigned given_up = 0;
    begin(config);
    while (turn()) {
    }
    for (unsigned i = 0; i < count; i++) {
        given_up += services[i].is_given_up;
    }
    return given_up;
}
