/* SPDX-License-Identifier: MIT */
/* What programs have in common, and those in the background: nobody waits for them, and their end is told
 * before the next line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/file.h"
#include "user/lib/program.h"
#include "user/lib/spawn.h"
#include "user/shell/shell.h"

#define JOBS    4
#define KILL_MS 1000 /* that an end may take, before the shell goes on without */

/* In the background. */
static struct job {
    uint64_t process; /* 0: none */
    char name[24];
} jobs[JOBS];

const char *job_path(const char *name, char *path, size_t size) {
    (void)snprintf(path, size, "%s%s", strchr(name, '/') != NULL ? "" : "bin/", name);
    return path;
}

bool job_is_program(const char *name) {
    char path[FILE_PATH_MAX];
    struct file_record record;
    return file_find(job_path(name, path, sizeof path), &record) && record.kind == FILE_IS_DATA;
}

static const char *reason(int64_t status) {
    switch (status) {
    case STATUS_NOT_FOUND:
        return "not found";
    case STATUS_MALFORMED:
    case STATUS_UNSUPPORTED:
        return "not a program";
    case STATUS_NO_MEMORY:
    case STATUS_NO_SLOT:
    case STATUS_FULL:
        return "no room for it";
    default:
        return "refused";
    }
}

/* It speaks to the terminal and reads files; what is typed is the shell's. */
static int64_t job_start(const char *path, char **words) {
    const struct spawn_handle handles[] = {
        {(uint32_t)program.terminal, HANDLE_RIGHT_WRITE},
        {(uint32_t)program.programs, HANDLE_RIGHT_RECEIVE},
    };
    const struct spawn how = {.path = path,
                              .arguments = (const char *const *)words,
                              .handles = handles,
                              .handle_count = sizeof handles / sizeof handles[0],
                              .priority = JOB_PRIORITY,
                              .pages = JOB_PAGES,
                              .stack_pages = JOB_STACK};
    (void)fflush(stdout);
    return spawn(program.programs, &how);
}

void job_end_tell(const char *name, int64_t how, const struct spawn_end *end) {
    if (how == STATUS_FAULTED) {
        printf("%s: ended by a fault at 0x%llx, address 0x%llx\n", name,
               (unsigned long long)end->pc, (unsigned long long)end->address);
    } else if (how == STATUS_CLOSED) {
        printf("%s: killed\n", name);
    } else if (how != STATUS_OK) {
        printf("%s: %d\n", name, (int)how);
    } else if (end->code != 0) {
        printf("%s: ended with %d\n", name, (int)end->code);
    }
}

uint64_t job_soon(uint64_t milliseconds) {
    return system_clock() + milliseconds * program.clock_hz / 1000;
}

void job_refused_tell(const char *name, int64_t status) {
    printf("run: %s: %s (%d)\n", name, reason(status), (int)status);
}

static int background(const char *name, uint64_t process) {
    for (unsigned i = 0; i < JOBS; i++) {
        if (jobs[i].process == 0) {
            jobs[i].process = process;
            (void)snprintf(jobs[i].name, sizeof jobs[i].name, "%s", name);
            printf("[%u] %s\n", i + 1, name);
            return 0;
        }
    }
    return 1;
}

static bool has_free_job(void) {
    for (unsigned i = 0; i < JOBS; i++) {
        if (jobs[i].process == 0) {
            return true;
        }
    }
    printf("run: %d programs are in the background already\n", JOBS);
    return false;
}

static int run_background(char **words) {
    char path[FILE_PATH_MAX];
    if (!has_free_job()) {
        return 1;
    }
    const int64_t process = job_start(job_path(words[0], path, sizeof path), words);
    if (process < 0) {
        job_refused_tell(words[0], process);
        return 1;
    }
    return background(words[0], (uint64_t)process);
}

/* Cuts the words at each "|". False: nothing stands between two of them. */
static bool stages_cut(int count, char **words) {
    bool is_empty = true;
    for (int i = 0; i < count; i++) {
        const bool is_bar = strcmp(words[i], "|") == 0;
        if (is_bar && is_empty) {
            return false;
        }
        words[i] = is_bar ? NULL : words[i];
        is_empty = is_bar;
    }
    words[count + 1] = NULL;
    return !is_empty;
}

int command_run(int count, char **words) {
    const bool is_background = count > 1 && strcmp(words[count - 1], "&") == 0;
    const int programs = count - 1 - is_background;
    words[1 + programs] = NULL;
    if (!stages_cut(programs, words + 1)) {
        printf("run: which program?\n");
        return 1;
    }
    if (is_background) {
        return run_background(words + 1);
    }
    return pipe_run(words + 1);
}

int command_jobs(int count, char **words) {
    (void)count, (void)words;
    for (unsigned i = 0; i < JOBS; i++) {
        if (jobs[i].process != 0) {
            printf("[%u] %s\n", i + 1, jobs[i].name);
        }
    }
    return 0;
}

/* Looks for its end until `deadline`, and tells of it. */
static void job_look(unsigned number, uint64_t deadline) {
    struct spawn_end end = {0};
    const int64_t how = spawn_wait(jobs[number].process, deadline, &end);
    if (how != STATUS_TIMED_OUT) {
        printf("[%u] %s\n", number + 1, how == STATUS_OK && end.code == 0 ? "done" : "ended");
        job_end_tell(jobs[number].name, how, &end);
        jobs[number].process = 0;
    }
}

/* The job that a word names, or NULL, of which it tells. */
static struct job *job_named(const char *command, const char *word) {
    const unsigned long number = word != NULL ? strtoul(word, NULL, 10) : 0;
    if (number == 0 || number > JOBS || jobs[number - 1].process == 0) {
        printf("%s: no such job; `jobs` lists them\n", command);
        return NULL;
    }
    return &jobs[number - 1];
}

int command_kill(int count, char **words) {
    struct job *job = job_named("kill", count == 2 ? words[1] : NULL);
    if (job == NULL) {
        return 1;
    }
    const int64_t status = system_process_kill(job->process);
    job_look((unsigned)(job - jobs), job_soon(KILL_MS));
    return status != STATUS_OK;
}

int command_nice(int count, char **words) {
    const struct job *job = job_named("nice", count == 3 ? words[1] : NULL);
    if (job == NULL) {
        return 1;
    }
    char *end = NULL;
    const unsigned long priority = strtoul(words[2], &end, 10);
    const bool is_number = *words[2] >= '0' && *words[2] <= '9' && *end == 0;
    const int64_t status =
        is_number ? system_process_priority(job->process, priority) : STATUS_INVALID_ARGUMENT;
    if (status != STATUS_OK) {
        printf("nice: %s\n", status == STATUS_DENIED ? "not so high" : "not possible");
    }
    return status != STATUS_OK;
}

void jobs_tell(void) {
    for (unsigned i = 0; i < JOBS; i++) {
        if (jobs[i].process != 0) {
            job_look(i, 0);
        }
    }
}
