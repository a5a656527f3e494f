/* SPDX-License-Identifier: MIT */
/*
 * The formatter: a format is read into a directive (what to print and how wide), each
 * directive becomes up to three pieces (sign or prefix, zeroes, digits), and the pieces go out
 * between their padding.
 */
#include "lib/format.h"

#include "lib/bound.h"
#include "lib/string.h"

#define NUMBER_DIGITS    20 /* of 2^64 - 1 */
#define WIDTH_MAX        4096
#define WIDTH_DIGITS_MAX 20 /* of a width or precision in the format; any more are not part of it */
#define FLAGS_MAX        8  /* likewise */

_Static_assert(FORMAT_TEXT_MAX <= STRING_LENGTH_MAX, "lib/string.h");

enum length { LENGTH_CHAR, LENGTH_SHORT, LENGTH_INT, LENGTH_LONG };

struct directive {
    bool left;          /* - */
    bool zero;          /* 0 */
    bool alternate;     /* # */
    bool has_precision; /* .n */
    enum length length; /* all of the longer ones are 64 bits */
    char conversion;
    size_t width;
    size_t precision;
};

/* So that a va_list can be passed by address on every ABI. */
struct arguments {
    va_list list;
};

/* How many of `length` characters find room. */
static inline size_t fitting(const struct format_sink *sink, size_t length) {
    size_t size = sink->size < FORMAT_SIZE_MAX ? sink->size : FORMAT_SIZE_MAX;
    size_t room = sink->length < size ? size - sink->length : 0;
    return length < room ? length : room;
}

static inline void put(struct format_sink *sink, char character) {
    if (fitting(sink, 1) != 0) {
        sink->buffer[sink->length] = character;
    }
    sink->length++;
}

static ALWAYS_INLINE void put_text(struct format_sink *sink, const char *text, size_t length) {
    size_t at = sink->length;
    size_t count = fitting(sink, length);
    BOUND_LOOP(text, FORMAT_SIZE_MAX);
    for (size_t i = 0; i < count; i++) {
        BOUND_TURN(text);
        BOUND_PATH(field);
        sink->buffer[at + i] = text[i];
    }
    sink->length += length;
}

static ALWAYS_INLINE void put_repeated(struct format_sink *sink, char character, size_t length) {
    size_t at = sink->length;
    size_t count = fitting(sink, length);
    BOUND_LOOP(repeated, FORMAT_SIZE_MAX);
    for (size_t i = 0; i < count; i++) {
        BOUND_TURN(repeated);
        BOUND_PATH(field);
        sink->buffer[at + i] = character;
    }
    sink->length += length;
}

/* "", "-", "0x" or "0X". */
static inline size_t prefix_size(const char *prefix) {
    return prefix[0] == '\0' ? 0 : prefix[1] == '\0' ? 1 : 2;
}

/* `prefix`, `zeroes` times 0, and `text`, padded to the directive's width. */
static NOINLINE void put_field(struct format_sink *sink, const struct directive *directive,
                               const char *prefix, size_t zeroes, const char *text, size_t length) {
    BOUND_LIMIT(field, FORMAT_SIZE_MAX); /* all parts together */
    size_t prefix_length = prefix_size(prefix);
    size_t used = prefix_length + zeroes + length;
    size_t padding = directive->width > used ? directive->width - used : 0;
    if (!directive->left) {
        put_repeated(sink, ' ', padding);
    }
    put_text(sink, prefix, prefix_length);
    put_repeated(sink, '0', zeroes);
    put_text(sink, text, length);
    if (directive->left) {
        put_repeated(sink, ' ', padding);
    }
}

/* Writes the digits up to `end` and answers where they begin. None for 0. */
static char *write_digits(char *end, uint64_t value, bool decimal, const char *digits) {
    BOUND_LOOP(digits, NUMBER_DIGITS);
    for (; value != 0; value = decimal ? value / 10 : value / 16) {
        BOUND_TURN(digits);
        *--end = digits[decimal ? value % 10 : value % 16];
    }
    return end;
}

static void put_number(struct format_sink *sink, const struct directive *directive,
                       const char *prefix, uint64_t value) {
    char text[NUMBER_DIGITS];
    char *end = text + sizeof(text);
    bool decimal = directive->conversion == 'd' || directive->conversion == 'u';
    const char *digits = directive->conversion == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    char *begin = write_digits(end, value, decimal, digits);
    size_t length = (size_t)(end - begin);
    size_t least = directive->has_precision ? directive->precision : 1;
    if (directive->zero && !directive->left && !directive->has_precision) {
        size_t prefix_length = prefix_size(prefix);
        least = directive->width > prefix_length + 1 ? directive->width - prefix_length : 1;
    }
    put_field(sink, directive, prefix, least > length ? least - length : 0, begin, length);
}

static void put_signed(struct format_sink *sink, const struct directive *directive,
                       struct arguments *arguments) {
    int64_t value = directive->length == LENGTH_LONG ? va_arg(arguments->list, long)
                                                     : va_arg(arguments->list, int);
    if (directive->length == LENGTH_CHAR) {
        value = (signed char)value;
    } else if (directive->length == LENGTH_SHORT) {
        value = (short)value;
    }
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    put_number(sink, directive, value < 0 ? "-" : "", magnitude);
}

static void put_unsigned(struct format_sink *sink, const struct directive *directive,
                         struct arguments *arguments) {
    uint64_t value = directive->length == LENGTH_LONG ? va_arg(arguments->list, unsigned long)
                                                      : va_arg(arguments->list, unsigned);
    if (directive->length == LENGTH_CHAR) {
        value = (unsigned char)value;
    } else if (directive->length == LENGTH_SHORT) {
        value = (unsigned short)value;
    }
    bool prefixed = directive->alternate && value != 0 && directive->conversion != 'u';
    put_number(sink, directive, !prefixed ? "" : directive->conversion == 'X' ? "0X" : "0x", value);
}

static void put_string(struct format_sink *sink, const struct directive *directive,
                       const char *text) {
    text = text == NULL ? "(null)" : text;
    bool is_limited = directive->has_precision && directive->precision < FORMAT_TEXT_MAX;
    size_t limit = is_limited ? directive->precision : FORMAT_TEXT_MAX;
    put_field(sink, directive, "", 0, text, strnlen(text, limit));
}

/* A number in the format, or the next argument for a star. At most WIDTH_MAX. */
static size_t parse_count(const char **format, struct arguments *arguments, bool *negative) {
    size_t count = 0;
    *negative = false;
    if (**format == '*') {
        int64_t value = va_arg(arguments->list, int);
        *negative = value < 0;
        count = (size_t)(value < 0 ? -value : value);
        (*format)++;
    } else {
        BOUND_LOOP(count, WIDTH_DIGITS_MAX);
        for (int i = 0; i < WIDTH_DIGITS_MAX && **format >= '0' && **format <= '9'; i++) {
            BOUND_TURN(count);
            size_t next = count * 10 + (size_t)(**format - '0');
            count = next < WIDTH_MAX ? next : WIDTH_MAX;
            (*format)++;
        }
    }
    return count < WIDTH_MAX ? count : WIDTH_MAX;
}

static void parse_flags(const char **format, struct directive *directive) {
    BOUND_LOOP(flags, FLAGS_MAX);
    for (int i = 0; i < FLAGS_MAX; i++, (*format)++) {
        BOUND_TURN(flags);
        if (**format == '-') {
            directive->left = true;
        } else if (**format == '0') {
            directive->zero = true;
        } else if (**format == '#') {
            directive->alternate = true;
        } else {
            return;
        }
    }
}

static enum length parse_length(const char **format) {
    char first = **format;
    if (first != 'h' && first != 'l' && first != 'z' && first != 't' && first != 'j') {
        return LENGTH_INT;
    }
    (*format)++;
    bool twice = (first == 'h' || first == 'l') && **format == first;
    *format += twice;
    return first != 'h' ? LENGTH_LONG : twice ? LENGTH_CHAR : LENGTH_SHORT;
}

/* Reads what follows a '%', and answers what follows that. */
static const char *parse_directive(const char *format, struct directive *directive,
                                   struct arguments *arguments) {
    bool negative;
    *directive = (struct directive){0};
    parse_flags(&format, directive);
    directive->width = parse_count(&format, arguments, &negative);
    directive->left |= negative;
    if (*format == '.') {
        format++;
        directive->precision = parse_count(&format, arguments, &negative);
        directive->has_precision = !negative; /* as if there were none */
    }
    directive->length = parse_length(&format);
    directive->conversion = *format == 'i' ? 'd' : *format;
    return *format == '\0' ? format : format + 1;
}

/* False when the conversion is unknown: nothing is put then. */
static bool put_directive(struct format_sink *sink, struct directive *directive,
                          struct arguments *arguments) {
    char character;
    switch (directive->conversion) {
    case 'd':
        put_signed(sink, directive, arguments);
        return true;
    case 'u':
    case 'x':
    case 'X':
        put_unsigned(sink, directive, arguments);
        return true;
    case 'p':
        put_number(sink, directive, "0x", (uintptr_t)va_arg(arguments->list, void *));
        return true;
    case 's':
        put_string(sink, directive, va_arg(arguments->list, const char *));
        return true;
    case 'c':
        character = (char)va_arg(arguments->list, int);
        put_field(sink, directive, "", 0, &character, 1);
        return true;
    case '%':
        put(sink, '%');
        return true;
    default:
        return false;
    }
}

void format_to(struct format_sink *sink, const char *format, va_list list) {
    static const struct directive plain;
    struct arguments arguments;
    struct directive directive;
    va_copy(arguments.list, list);
    unsigned directives = 0;
    BOUND_LIMIT(directives, FORMAT_DIRECTIVES_MAX);
    BOUND_LOOP(pieces, FORMAT_PIECES_MAX);
    for (unsigned pieces = 0; *format != '\0' && pieces < FORMAT_PIECES_MAX; pieces++) {
        BOUND_TURN(pieces);
        if (*format != '%') {
            put(sink, *format++);
            continue;
        }
        if (directives++ == FORMAT_DIRECTIVES_MAX) {
            break;
        }
        BOUND_PATH(directives);
        const char *end = parse_directive(format + 1, &directive, &arguments);
        if (!put_directive(sink, &directive, &arguments)) {
            put_field(sink, &plain, "", 0, format, (size_t)(end - format)); /* as it stands */
        }
        format = end;
    }
    va_end(arguments.list);
}

size_t format_buffer_list(char *buffer, size_t size, const char *format, va_list arguments) {
    size = size < FORMAT_SIZE_MAX ? size : FORMAT_SIZE_MAX;
    struct format_sink sink = {.buffer = buffer, .size = size};
    format_to(&sink, format, arguments);
    if (size != 0) {
        buffer[sink.length < size ? sink.length : size - 1] = '\0';
    }
    return sink.length;
}

size_t format_buffer(char *buffer, size_t size, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    size_t length = format_buffer_list(buffer, size, format, arguments);
    va_end(arguments);
    return length;
}
