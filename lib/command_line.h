/* SPDX-License-Identifier: MIT */
/*
 * The words that whoever starts the kernel may give: "log=debug for=10s case=name". Each is a key,
 * with a value behind '='. The reader knows what it wants by a table of options; what it does not
 * understand is reported word by word and harms nothing else. Outside input: every function takes
 * any bytes.
 *
 * All functions are pure, and linear in the text they get (times the number of options for
 * command_line_read), for the boot only. The limits below bound them.
 */
#ifndef LIB_COMMAND_LINE_H
#define LIB_COMMAND_LINE_H

#include "lib/status.h"

/* Bytes of a word, or of the blanks before one, that are looked at: a longer one falls into pieces.
 * Reason: the boot arguments, with their NUL. */
#define COMMAND_WORD_MAX 512

/* Words of one command line. */
#define COMMAND_WORDS_MAX 64

/* Bytes, with the NUL, of each key, choice and unit that a program knows. */
#define COMMAND_NAME_MAX 32

/* Options of a table, choices of an option. */
#define COMMAND_OPTIONS_MAX 16
#define COMMAND_CHOICES_MAX 16

/* A part of a text, without a NUL of its own. */
struct text_span {
    const char *start;
    size_t size; /* bytes */
};

/* Whether the span says just this: at most COMMAND_NAME_MAX bytes with the NUL. */
bool text_span_is(struct text_span span, const char *text);

/* --- Words ----------------------------------------------------------------------------------- */

struct command_word {
    struct text_span whole; /* as it stands, for messages */
    struct text_span key;
    struct text_span value; /* start is null: there is no '=' */
};

/* Takes the next word off `*text`, which ends with a NUL and is moved behind it; words are parted
 * by blanks, tabs and ends of line. False: no more. */
bool command_word_next(const char **text, struct command_word *word);

/* --- Values: of at most COMMAND_WORD_MAX bytes, or INVALID_ARGUMENT --------------------------- */

/* "42" or "0x2a". INVALID_ARGUMENT: not a number; OUT_OF_RANGE: not in 64 bits. */
MUST_USE status_t text_span_number(struct text_span text, uint64_t *value);

/* A number of bytes, with K, M or G (powers of 1024; also small) behind it: "16M".
 * As text_span_number. */
MUST_USE status_t text_span_bytes(struct text_span text, uint64_t *bytes);

/* A number with its unit, one of ns, us, ms, s, m: "10s".
 * INVALID_ARGUMENT also for a missing unit. */
MUST_USE status_t text_span_duration(struct text_span text, uint64_t *nanoseconds);

/* --- Options --------------------------------------------------------------------------------- */

enum option_kind {
    OPTION_NUMBER,   /* text_span_number */
    OPTION_SIZE,     /* text_span_bytes */
    OPTION_DURATION, /* text_span_duration, nanoseconds */
    OPTION_CHOICE,   /* one of `choices`: its index */
    OPTION_FLAG,     /* no value: 1; or =on, =off, =1, =0 */
    OPTION_TEXT,     /* copied to `text` */
};

struct command_option {
    const char *key;
    enum option_kind kind;
    uint64_t *number;           /* all but OPTION_TEXT; left alone if the word is bad */
    uint64_t least, most;       /* bounds of `number`; both 0: none */
    const char *const *choices; /* OPTION_CHOICE: COMMAND_CHOICES_MAX at most, then null */
    char *text; /* OPTION_TEXT: room for text_size <= COMMAND_WORD_MAX bytes with the NUL */
    size_t text_size;
};

/* A word that was not taken. `word` points into the text. */
struct command_problem {
    struct text_span word;
    /* NOT_FOUND: unknown key; FULL: text too long, or the first word beyond COMMAND_WORDS_MAX, none
     * of which is taken; else as the value's reader said. */
    status_t status;
};

/* Reads all words of `text`. Those that are good take effect, a later one over an earlier; the
 * first `limit` of the others are put into `problems`. Returns how many others there were, which
 * may be more. count <= COMMAND_OPTIONS_MAX. */
size_t command_line_read(const char *text, const struct command_option *options, size_t count,
                         struct command_problem *problems, size_t limit);

#endif
