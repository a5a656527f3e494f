/* SPDX-License-Identifier: MIT */
/* One pass, line by line. The first that is wrong ends it. */
#include "user/init/config.h"

#include <string.h>

struct reader {
    const char *at;
    const char *end;
    unsigned line;
    const char *why; /* NULL: all is well so far */
    struct config *config;
    struct config_service *service; /* the last one begun */
    unsigned service_line;
    uint32_t keys; /* that it has: bits */
    size_t text_used;
};

static bool wrong(struct reader *reader, const char *why) {
    reader->why = why;
    return false;
}

/* --- Letters ---------------------------------------------------------------------------------- */

/* The next letter of the line; '\n' at its end and at the end of all. */
static char peek(const struct reader *reader) {
    return reader->at < reader->end ? *reader->at : '\n';
}

static void blanks_skip(struct reader *reader) {
    while (peek(reader) == ' ' || peek(reader) == '\t') {
        reader->at++;
    }
}

static bool expect(struct reader *reader, char letter, const char *why) {
    blanks_skip(reader);
    if (peek(reader) != letter) {
        return wrong(reader, why);
    }
    reader->at++;
    return true;
}

static bool is_control(char letter) {
    return ((unsigned char)letter < ' ' && letter != '\t') || letter == 0x7f;
}

/* Nothing but blanks and a comment is left of the line. */
static bool line_end(struct reader *reader) {
    blanks_skip(reader);
    if (peek(reader) == '#') {
        while (peek(reader) != '\n' && !is_control(peek(reader))) {
            reader->at++;
        }
    }
    if (peek(reader) == '\r') {
        reader->at++;
    }
    return peek(reader) == '\n' || wrong(reader, "something is behind what ends the line");
}

/* --- Values ----------------------------------------------------------------------------------- */

/* A string in double quotes, to `to`, which has `size` bytes; how many were used, with the NUL. 0: why. */
static size_t string_read(struct reader *reader, char *to, size_t size) {
    size_t used = 0;
    if (!expect(reader, '"', "a string in double quotes was expected")) {
        return 0;
    }
    while (peek(reader) != '"') {
        char letter = peek(reader);
        if (is_control(letter)) { /* the end of the line, too */
            return wrong(reader, "a string does not end, or has a control character in it");
        }
        reader->at++;
        if (letter == '\\') {
            letter = peek(reader);
            if (letter != '"' && letter != '\\') {
                return wrong(reader, "only \\\" and \\\\ are known behind a backslash");
            }
            reader->at++;
        }
        if (used + 1 >= size) {
            return wrong(reader, "a string is too long, or all together are");
        }
        to[used++] = letter;
    }
    reader->at++;
    to[used++] = 0;
    return used;
}

static bool number_read(struct reader *reader, uint32_t minimum, uint32_t maximum, uint32_t *to) {
    uint64_t value = 0;
    unsigned digits = 0;
    blanks_skip(reader);
    const bool has_zero = peek(reader) == '0';
    while (peek(reader) >= '0' && peek(reader) <= '9' && digits < 10) {
        value = value * 10 + (uint64_t)(peek(reader) - '0');
        reader->at++;
        digits++;
    }
    if (digits == 0 || (has_zero && digits != 1)) {
        return wrong(reader, "a whole number was expected");
    }
    if (value < minimum || value > maximum) {
        return wrong(reader, "the number is outside its limits");
    }
    *to = (uint32_t)value;
    return true;
}

/* Strings in brackets: each is handed to `take`. */
static bool strings_read(struct reader *reader, bool (*take)(struct reader *reader)) {
    if (!expect(reader, '[', "strings in brackets were expected")) {
        return false;
    }
    blanks_skip(reader);
    while (peek(reader) != ']') {
        if (!take(reader)) {
            return false;
        }
        blanks_skip(reader);
        if (peek(reader) != ']' && !expect(reader, ',', "a comma or a bracket was expected")) {
            return false;
        }
        blanks_skip(reader);
    }
    reader->at++;
    return true;
}

static bool argument_take(struct reader *reader) {
    struct config_service *service = reader->service;
    unsigned count = 0;
    while (service->argument[count] != NULL) {
        count++;
    }
    if (count == INIT_ARGUMENTS_MAX) {
        return wrong(reader, "too many arguments");
    }
    char *const to = service->text + reader->text_used;
    const size_t used = string_read(reader, to, sizeof service->text - reader->text_used);
    reader->text_used += used;
    service->argument[count] = used != 0 ? to : NULL;
    return used != 0;
}

struct word {
    const char *name;
    uint32_t value;
};

/* The value of a string that is one of a few words; or false. */
static bool word_read(struct reader *reader, const struct word *words, size_t count,
                      const char *why, uint32_t *value) {
    char text[INIT_STRING_MAX];
    if (string_read(reader, text, sizeof text) == 0) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i].name, text) == 0) {
            *value = words[i].value;
            return true;
        }
    }
    return wrong(reader, why);
}

static bool handle_take(struct reader *reader) {
    static const struct word words[] = {
        {"log", INIT_LOG},           {"console", INIT_CONSOLE}, {"input", INIT_INPUT},
        {"programs", INIT_PROGRAMS}, {"files", INIT_FILES},     {"figures", INIT_FIGURES},
        {"system", INIT_SYSTEM},
    };
    uint32_t handle;
    if (!word_read(reader, words, sizeof words / sizeof words[0], "no such handle", &handle)) {
        return false;
    }
    reader->service->handles |= handle;
    return true;
}

static bool restart_read(struct reader *reader) {
    static const struct word words[] = {
        {"never", INIT_NEVER}, {"on-fault", INIT_ON_FAULT}, {"always", INIT_ALWAYS}};
    return word_read(reader, words, sizeof words / sizeof words[0],
                     "\"always\", \"on-fault\" or \"never\" was expected",
                     &reader->service->restart);
}

/* --- Keys ------------------------------------------------------------------------------------- */

static const struct key {
    const char *name;
    uint32_t minimum;
    uint32_t maximum; /* 0: it is no number */
    size_t offset;
} keys[] = {
    {"name", 0, 0, offsetof(struct config_service, name)},
    {"program", 0, 0, offsetof(struct config_service, program)},
    {"arguments", 0, 0, 0},
    {"handles", 0, 0, 0},
    {"restart", 0, 0, 0},
    {"give-up", 0, 1000, offsetof(struct config_service, give_up)},
    {"within", 1, 86400, offsetof(struct config_service, within)},
    {"back-off", 1, 60000, offsetof(struct config_service, back_off)},
    {"priority", 0, 63, offsetof(struct config_service, priority)},
    {"pages", 1, 4096, offsetof(struct config_service, pages)},
    {"stack", 1, 1024, offsetof(struct config_service, stack)},
    {"children", 0, 64, offsetof(struct config_service, children)},
};

#define KEY_NAME      0u
#define KEY_PROGRAM   1u
#define KEY_ARGUMENTS 2u
#define KEY_HANDLES   3u
#define KEY_RESTART   4u
#define KEY_COUNT     (sizeof keys / sizeof keys[0])

static bool key_read(struct reader *reader, size_t *number) {
    const char *start = reader->at;
    while ((peek(reader) >= 'a' && peek(reader) <= 'z') || peek(reader) == '-') {
        reader->at++;
    }
    const size_t length = (size_t)(reader->at - start);
    for (*number = 0; *number < KEY_COUNT; (*number)++) {
        if (strlen(keys[*number].name) == length &&
            strncmp(keys[*number].name, start, length) == 0) {
            return expect(reader, '=', "an equals sign was expected");
        }
    }
    return wrong(reader, length == 0 ? "a key or [[service]] was expected" : "no such key");
}

static bool value_read(struct reader *reader, size_t number) {
    const struct key *key = &keys[number];
    char *const to = (char *)reader->service + key->offset;
    switch (number) {
    case KEY_NAME:
    case KEY_PROGRAM:
        return string_read(reader, to, INIT_STRING_MAX) != 0;
    case KEY_ARGUMENTS:
        return strings_read(reader, argument_take);
    case KEY_HANDLES:
        reader->service->handles = 0;
        return strings_read(reader, handle_take);
    case KEY_RESTART:
        return restart_read(reader);
    default:
        return number_read(reader, key->minimum, key->maximum, (uint32_t *)(void *)to);
    }
}

static bool pair_read(struct reader *reader) {
    size_t number;
    if (!key_read(reader, &number)) {
        return false;
    }
    if (reader->service == NULL) {
        return wrong(reader, "a key stands before the first [[service]]");
    }
    if ((reader->keys & 1u << number) != 0) {
        return wrong(reader, "the key stands twice");
    }
    reader->keys |= 1u << number;
    return value_read(reader, number);
}

/* --- Services --------------------------------------------------------------------------------- */

/* The last one is complete: what was left out is filled in. */
static bool service_end(struct reader *reader) {
    struct config_service *service = reader->service;
    if (service == NULL) {
        return true;
    }
    if (service->program[0] == 0) {
        reader->line = reader->service_line;
        return wrong(reader, "the service has no program");
    }
    if (service->name[0] == 0) {
        const char *slash = strrchr(service->program, '/');
        strcpy(service->name, slash != NULL ? slash + 1 : service->program);
    }
    if (service->argument[0] == NULL) {
        service->argument[0] = service->name;
    }
    if (service->stack > service->pages) {
        reader->line = reader->service_line;
        return wrong(reader, "the stack is larger than all that the service may have");
    }
    return true;
}

static bool service_begin(struct reader *reader) {
    static const char header[] = "[[service]]";
    const size_t length = sizeof header - 1;
    if ((size_t)(reader->end - reader->at) < length || memcmp(reader->at, header, length) != 0) {
        return wrong(reader, "only [[service]] is known in brackets");
    }
    if (!service_end(reader)) {
        return false;
    }
    if (reader->config->count == INIT_SERVICES_MAX) {
        return wrong(reader, "too many services");
    }
    reader->at += length;
    reader->service = &reader->config->service[reader->config->count++];
    reader->service_line = reader->line;
    reader->keys = 0;
    reader->text_used = 0;
    *reader->service = (struct config_service){.handles = INIT_LOG,
                                               .give_up = 5,
                                               .within = 10,
                                               .back_off = 10,
                                               .priority = 30,
                                               .pages = 120,
                                               .stack = 4};
    return true;
}

static bool line_read(struct reader *reader) {
    blanks_skip(reader);
    const char first = peek(reader);
    if (first == '[' ? !service_begin(reader)
                     : first != '#' && first != '\r' && first != '\n' && !pair_read(reader)) {
        return false;
    }
    return line_end(reader);
}

bool config_read(const char *text, size_t length, struct config *config,
                 struct config_error *error) {
    struct reader reader = {.at = text, .end = text + length, .config = config};
    bool is_right = length <= INIT_BYTES_MAX || wrong(&reader, "the file is too long");
    config->count = 0;
    while (is_right && reader.at < reader.end) {
        reader.line++;
        is_right = line_read(&reader);
        reader.at += is_right && reader.at < reader.end; /* the end of the line */
    }
    is_right = is_right && service_end(&reader);
    *error = (struct config_error){reader.line, reader.why};
    return is_right;
}
