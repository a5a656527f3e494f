/* SPDX-License-Identifier: MIT */
/*
 * Programs in the foreground, in a row: a mailbox between each and the next. The shell waits for an end
 * and looks for Ctrl-C in turns: so it is told of an end at once, and of a Ctrl-C soon. When one ends, the
 * next one is told that no more will come, and who says more to it is told that nobody reads.
 *
 *     typed --> first --> pipe[0] --> second --> pipe[1] --> third --> console
 */
#include <stdio.h>
#include <string.h>

#include "abi/console.h"
#include "abi/file.h"
#include "user/lib/program.h"
#include "user/lib/spawn.h"
#include "user/shell/shell.h"

#define STAGES     4
#define PIECES     32 /* on their way between two */
#define LOOK_MS    20
#define NO_MAILBOX 0

struct stage {
    char **words;
    uint64_t process; /* 0: does not run */
    uint64_t output;  /* a mailbox of the shell's, to be closed */
    bool must_end;    /* the next one is to be told that no more will come */
};

static struct {
    struct stage stage[STAGES];
    unsigned count;
    uint64_t typed; /* what the first one reads */
} row;

/* --- Starting --------------------------------------------------------------------------------- */

static bool row_cut(char **words) {
    row.count = 0;
    while (*words != NULL) {
        if (row.count == STAGES) {
            printf("run: at most %d programs in a row\n", STAGES);
            return false;
        }
        row.stage[row.count++] = (struct stage){.words = words};
        while (*words != NULL) {
            words++;
        }
        words++;
    }
    return true;
}

static uint64_t mailbox_make(void) {
    const int64_t mailbox = system_mailbox_create(sizeof(struct console_input), PIECES);
    return mailbox > 0 ? (uint64_t)mailbox : NO_MAILBOX;
}

/* Mailboxes to others first, then the console, and what is typed right behind it: abi/auxiliary.h. */
static uint8_t handles_make(unsigned number, struct spawn_handle *handles) {
    uint8_t count = 0;
    if (number != 0) {
        handles[count++] =
            (struct spawn_handle){(uint32_t)row.stage[number - 1].output, HANDLE_RIGHT_RECEIVE};
    }
    if (number + 1 < row.count) {
        handles[count++] =
            (struct spawn_handle){(uint32_t)row.stage[number].output, HANDLE_RIGHT_SEND};
    }
    handles[count++] = (struct spawn_handle){(uint32_t)program.terminal, HANDLE_RIGHT_WRITE};
    if (number == 0 && row.typed != NO_MAILBOX) {
        handles[count++] = (struct spawn_handle){(uint32_t)row.typed, HANDLE_RIGHT_RECEIVE};
    }
    handles[count++] = (struct spawn_handle){(uint32_t)program.programs, HANDLE_RIGHT_RECEIVE};
    return count;
}

static bool stage_start(unsigned number) {
    char path[FILE_PATH_MAX];
    struct spawn_handle handles[SPAWN_HANDLES_MAX];
    struct stage *stage = &row.stage[number];
    const struct spawn how = {.path = job_path(stage->words[0], path, sizeof path),
                              .arguments = (const char *const *)stage->words,
                              .handle_count = handles_make(number, handles),
                              .handles = handles,
                              .priority = JOB_PRIORITY,
                              .pages = JOB_PAGES,
                              .stack_pages = JOB_STACK};
    const int64_t process = spawn(program.programs, &how);
    if (process < 0) {
        job_refused_tell(stage->words[0], process);
        return false;
    }
    stage->process = (uint64_t)process;
    return true;
}

static bool row_start(void) {
    for (unsigned i = 0; i + 1 < row.count; i++) {
        row.stage[i].output = mailbox_make();
        if (row.stage[i].output == NO_MAILBOX) {
            printf("run: no room for it\n");
            return false;
        }
    }
    for (unsigned i = row.count; i > 0; i--) { /* who reads is there before who writes */
        if (!stage_start(i - 1)) {
            return false;
        }
    }
    return true;
}

/* --- Ends ------------------------------------------------------------------------------------- */

static void output_close(struct stage *stage) {
    if (stage->output != NO_MAILBOX) {
        (void)system_handle_close(stage->output);
        stage->output = NO_MAILBOX;
    }
}

/* Whether it runs no more. */
static bool stage_look(unsigned number, uint64_t deadline) {
    struct stage *stage = &row.stage[number];
    struct spawn_end end = {0};
    const int64_t how = spawn_wait(stage->process, deadline, &end);
    if (how == STATUS_TIMED_OUT) {
        return false;
    }
    job_end_tell(stage->words[0], how, &end);
    stage->process = 0;
    stage->must_end = stage->output != NO_MAILBOX;
    if (number != 0) {
        row.stage[number - 1].must_end = false;
        output_close(&row.stage[number - 1]);
    }
    return true;
}

/* Tells the next one, when there is room for that. */
static void ends_send(void) {
    for (unsigned i = 0; i < row.count; i++) {
        if (row.stage[i].must_end) {
            *(struct console_input *)SYSCALL_MESSAGE_AREA = (struct console_input){0};
            row.stage[i].must_end = system_mailbox_send(row.stage[i].output, 0) == STATUS_TIMED_OUT;
        }
    }
}

static void row_kill(void) {
    for (unsigned i = 0; i < row.count; i++) {
        if (row.stage[i].process != 0) {
            (void)system_process_kill(row.stage[i].process);
        }
    }
}

/* Looks at each, and waits for the last that runs. False: none does. */
static bool row_look(void) {
    unsigned last = STAGES;
    for (unsigned i = 0; i < row.count; i++) {
        if (row.stage[i].process != 0 && !stage_look(i, 0)) {
            last = i;
        }
    }
    if (last == STAGES) {
        return false;
    }
    (void)stage_look(last, job_soon(LOOK_MS));
    return true;
}

static void row_wait(void) {
    while (row_look()) {
        if (input_interrupted()) {
            printf("^C\n");
            row_kill();
        }
        if (row.typed != NO_MAILBOX) {
            input_forward(row.typed);
        }
        ends_send();
    }
}

int pipe_run(char **words) {
    if (row.typed == NO_MAILBOX) {
        row.typed = mailbox_make();
    }
    if (!row_cut(words)) {
        return 1;
    }
    (void)fflush(stdout);
    const bool runs = row_start();
    if (!runs) {
        row_kill();
    }
    row_wait();
    for (unsigned i = 0; i < row.count; i++) {
        output_close(&row.stage[i]);
    }
    if (row.typed != NO_MAILBOX) {
        input_take_back(row.typed);
    }
    return !runs;
}
