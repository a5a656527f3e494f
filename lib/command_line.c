/* SPDX-License-Identifier: MIT */
/* Words, the values in them, and the table of options that says which are wanted. */
#include "lib/command_line.h"

#include "lib/assert.h"
#include "lib/bound.h"

bool text_span_is(struct text_span span, const char *text) {
    BOUND_LOOP(is, COMMAND_NAME_MAX);
    for (size_t i = 0; i < span.size; i++) { /* a shorter text ends it by its NUL */
        BOUND_TURN(is);
        if (text[i] == 0 || span.start[i] != text[i]) {
            return false;
        }
    }
    return text[span.size] == 0;
}

/* --- Words ----------------------------------------------------------------------------------- */

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool command_word_next(const char **text, struct command_word *word) {
    const char *start = *text;
    BOUND_LOOP(blanks, COMMAND_WORD_MAX);
    for (size_t i = 0; i < COMMAND_WORD_MAX && is_blank(*start); i++) {
        BOUND_TURN(blanks);
        start++;
    }
    const char *end = start;
    const char *equals = NULL;
    BOUND_LOOP(word, COMMAND_WORD_MAX);
    for (size_t i = 0; i < COMMAND_WORD_MAX && *end != 0 && !is_blank(*end); i++) {
        BOUND_TURN(word);
        if (*end == '=' && equals == NULL) {
            equals = end;
        }
        end++;
    }
    *text = end;
    word->whole = (struct text_span){start, (size_t)(end - start)};
    word->key = word->whole;
    word->value = (struct text_span){NULL, 0};
    if (equals != NULL) {
        word->key.size = (size_t)(equals - start);
        word->value = (struct text_span){equals + 1, (size_t)(end - equals - 1)};
    }
    return end != start;
}

/* --- Values ---------------------------------------------------------------------------------- */

/* The value of a digit; 16: none of ours. */
static unsigned digit_value(char c) {
    if (c >= '0' && c <= '9') {
        return (unsigned)(c - '0');
    }
    if (c >= 'a' && c <= 'f') {
        return (unsigned)(c - 'a') + 10;
    }
    return c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10 : 16;
}

/* Takes the number at the start of `text`, and leaves what stands behind it. Reads on to its end
 * even when it is too large, so that "99...9x" is no number rather than a large one. */
static status_t number_take(struct text_span *text, uint64_t *value) {
    unsigned base = 10;
    size_t at = 0;
    if (text->size > 2 && text->start[0] == '0' && (text->start[1] | 0x20) == 'x') {
        base = 16;
        at = 2;
    }
    if (text->size > COMMAND_WORD_MAX) {
        return STATUS_INVALID_ARGUMENT;
    }
    size_t first = at;
    bool fits = true;
    uint64_t sum = 0;
    BOUND_LOOP(digits, COMMAND_WORD_MAX);
    while (at < text->size && digit_value(text->start[at]) < base) {
        BOUND_TURN(digits);
        fits &= !__builtin_mul_overflow(sum, base, &sum);
        fits &= !__builtin_add_overflow(sum, digit_value(text->start[at]), &sum);
        at++;
    }
    if (at == first) {
        return STATUS_INVALID_ARGUMENT;
    }
    *text = (struct text_span){text->start + at, text->size - at};
    *value = sum;
    return fits ? STATUS_OK : STATUS_OUT_OF_RANGE;
}

/* Units of one kind of quantity. */
#define UNITS_MAX 7

struct unit {
    const char *name;
    uint64_t factor;
};

/* A number, and behind it one of the units, whose table ends with a null name. */
static status_t quantity_read(struct text_span text, const struct unit *units, uint64_t *value) {
    uint64_t number = 0;
    status_t status = number_take(&text, &number);
    if (status == STATUS_INVALID_ARGUMENT) {
        return status;
    }
    BOUND_LOOP(units, UNITS_MAX);
    for (const struct unit *unit = units; unit->name != NULL; unit++) {
        BOUND_TURN(units);
        if (text_span_is(text, unit->name)) {
            uint64_t product;
            if (status != STATUS_OK || __builtin_mul_overflow(number, unit->factor, &product)) {
                return STATUS_OUT_OF_RANGE;
            }
            *value = product;
            return STATUS_OK;
        }
    }
    return STATUS_INVALID_ARGUMENT;
}

status_t text_span_number(struct text_span text, uint64_t *value) {
    static const struct unit units[] = {{"", 1}, {NULL, 0}};
    return quantity_read(text, units, value);
}

status_t text_span_bytes(struct text_span text, uint64_t *bytes) {
    static const struct unit units[] = {
        {"", 1},        {"K", 1 << 10}, {"k", 1 << 10}, {"M", 1 << 20},
        {"m", 1 << 20}, {"G", 1 << 30}, {"g", 1 << 30}, {NULL, 0},
    };
    return quantity_read(text, units, bytes);
}

status_t text_span_duration(struct text_span text, uint64_t *nanoseconds) {
    static const struct unit units[] = {
        {"ns", 1},
        {"us", 1000},
        {"ms", 1000000},
        {"s", 1000000000},
        {"m", 60 * UINT64_C(1000000000)},
        {NULL, 0},
    };
    return quantity_read(text, units, nanoseconds);
}

/* --- Options --------------------------------------------------------------------------------- */

static status_t choice_read(struct text_span text, const char *const *choices, uint64_t *index) {
    BOUND_LOOP(choices, COMMAND_CHOICES_MAX);
    for (uint64_t i = 0; choices[i] != NULL; i++) {
        BOUND_TURN(choices);
        if (text_span_is(text, choices[i])) {
            *index = i;
            return STATUS_OK;
        }
    }
    return STATUS_INVALID_ARGUMENT;
}

static status_t flag_read(struct text_span text, uint64_t *value) {
    if (text.start == NULL || text_span_is(text, "on") || text_span_is(text, "1")) {
        *value = 1;
        return STATUS_OK;
    }
    *value = 0;
    return text_span_is(text, "off") || text_span_is(text, "0") ? STATUS_OK
                                                                : STATUS_INVALID_ARGUMENT;
}

static status_t text_copy(struct text_span text, const struct command_option *option) {
    if (text.size >= option->text_size) {
        return STATUS_FULL;
    }
    BOUND_LOOP(text, COMMAND_WORD_MAX - 2); /* its key and '=' are in the same word */
    for (size_t i = 0; i < text.size; i++) {
        BOUND_TURN(text);
        option->text[i] = text.start[i];
    }
    option->text[text.size] = 0;
    return STATUS_OK;
}

static status_t number_read(struct text_span value, const struct command_option *option,
                            uint64_t *number) {
    switch (option->kind) {
    case OPTION_SIZE:
        return text_span_bytes(value, number);
    case OPTION_DURATION:
        return text_span_duration(value, number);
    case OPTION_CHOICE:
        return choice_read(value, option->choices, number);
    case OPTION_FLAG:
        return flag_read(value, number);
    default:
        return text_span_number(value, number);
    }
}

static status_t option_take(const struct command_option *option, struct text_span value) {
    if (value.start == NULL && option->kind != OPTION_FLAG) {
        return STATUS_INVALID_ARGUMENT;
    }
    if (option->kind == OPTION_TEXT) {
        return text_copy(value, option);
    }
    uint64_t number = 0;
    status_t status = number_read(value, option, &number);
    if (status != STATUS_OK) {
        return status;
    }
    bool bounded = option->least != 0 || option->most != 0;
    if (bounded && (number < option->least || number > option->most)) {
        return STATUS_OUT_OF_RANGE;
    }
    *option->number = number;
    return STATUS_OK;
}

static status_t word_take(const struct command_word *word, const struct command_option *options,
                          size_t count) {
    BOUND_LOOP(options, COMMAND_OPTIONS_MAX);
    for (size_t i = 0; i < count; i++) {
        BOUND_TURN(options);
        if (text_span_is(word->key, options[i].key)) {
            return option_take(&options[i], word->value);
        }
    }
    return STATUS_NOT_FOUND;
}

size_t command_line_read(const char *text, const struct command_option *options, size_t count,
                         struct command_problem *problems, size_t limit) {
    size_t found = 0;
    struct command_word word;
    check(count <= COMMAND_OPTIONS_MAX);
    BOUND_LOOP(words, COMMAND_WORDS_MAX + 1); /* the last only to say that it is not taken */
    for (size_t i = 0; i <= COMMAND_WORDS_MAX && command_word_next(&text, &word); i++) {
        BOUND_TURN(words);
        status_t status = i == COMMAND_WORDS_MAX ? STATUS_FULL : word_take(&word, options, count);
        if (status == STATUS_OK) {
            continue;
        }
        if (found < limit) {
            problems[found] = (struct command_problem){word.whole, status};
        }
        found++;
    }
    return found;
}
