/* SPDX-License-Identifier: MIT */
/* What the files of the shell share. */
#ifndef USER_SHELL_SHELL_H
#define USER_SHELL_SHELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHELL_LINE_MAX 200 /* letters of a line */
#define SHELL_WORDS    24

/* --- input.c: what is typed ------------------------------------------------------------------- */

#define KEY_NONE   (-1)
#define KEY_CLOSED (-2)
#define KEY_CTRL_C 3

/* The next byte, waiting for it until `deadline` (ticks): or KEY_NONE, KEY_CLOSED. */
int input_key(uint64_t deadline);

/* While a program runs that reads what is typed: hands it what came, up to the end of a line at a time, as
 * far as its mailbox has room; and takes back what it has not received, when it has ended. */
void input_forward(uint64_t mailbox);
void input_take_back(uint64_t mailbox);

/* While a program runs: takes what came without waiting, keeps it for later, and tells whether there is a
 * Ctrl-C in it, which it forgets together with all that came before that. */
bool input_interrupted(void);

/* --- edit.c: a line --------------------------------------------------------------------------- */

/* Shows the prompt and lets a line be edited: its text, or NULL: nobody types any more. */
const char *edit_line(const char *prompt);

/* --- complete.c: what a word can become -------------------------------------------------------- */

#define COMPLETE_MAX 64

struct completion {
    unsigned count; /* candidates, COMPLETE_MAX of them kept */
    size_t common;  /* letters that all have at their start */
    char names[COMPLETE_MAX][40];
};

/* `is_first`: a command or a program; else a path of the archive. */
void complete(const char *word, size_t length, bool is_first, struct completion *found);

/* --- files.c: the archive ---------------------------------------------------------------------- */

struct file_record;

/* The entry with this index, or false: there is none. */
bool file_at(uint64_t index, struct file_record *record);
bool file_find(const char *path, struct file_record *record);

int command_ls(int count, char **words);

/* --- commands.c -------------------------------------------------------------------------------- */

struct command {
    const char *name;
    const char *usage; /* of its arguments */
    const char *help;
    int (*run)(int count, char **words);
};

extern const struct command commands[];
extern const unsigned command_count;

/* Does what a line says. */
void command_line(const char *line);

/* --- system.c: what the kernel tells ------------------------------------------------------------ */

int command_ps(int count, char **words);
int command_top(int count, char **words);
int command_mem(int count, char **words);
int command_irq(int count, char **words);
int command_load(int count, char **words);
int command_uptime(int count, char **words);

#define JOB_PAGES    120
#define JOB_STACK    4
#define JOB_PRIORITY 30

/* --- pipe.c: programs in the foreground ------------------------------------------------------------ */

/* Runs programs, each one's output the next one's input, and waits until all have ended: words with a
 * null behind those of each, and one more behind all. */
int pipe_run(char **words);

/* --- jobs.c: programs in the background ------------------------------------------------------------ */

struct spawn_end;

/* The path of a program, bin/NAME if it is a name. */
const char *job_path(const char *name, char *path, size_t size);

/* Tells how one ended, if there is something to tell; or why it does not start. */
void job_end_tell(const char *name, int64_t how, const struct spawn_end *end);
void job_refused_tell(const char *name, int64_t status);

/* A moment so many milliseconds from now. */
uint64_t job_soon(uint64_t milliseconds);

int command_run(int count, char **words);
int command_jobs(int count, char **words);
int command_kill(int count, char **words);
int command_nice(int count, char **words);

/* Whether there is bin/NAME. */
bool job_is_program(const char *name);

/* Tells of those in the background that have ended. */
void jobs_tell(void);

#endif
