/* SPDX-License-Identifier: MIT */
/*
 * The log's ring: bytes between two counters that only grow.
 *
 *     ring    . . r e c o r d \n r e c o r d \n . . .
 *                 ^ tail: next character to show ^ head: where the next record goes
 *
 * head moves by whole records and only under the mask, so whoever reads up to it sees no half
 * record. tail moves by one character, in the same masked stretch in which the UART took it; so any
 * number of readers, one of them interrupting the other within a line, show each character once
 * and in order.
 *
 * While `lost` is not zero nothing enters the ring but the remark that says so: it stands exactly
 * where the records are missing.
 */
#include "kernel/console/log.h"

#include "arch/cpu.h"
#include "arch/timer.h"
#include "config.h"
#include "kernel/console/console.h"
#include "lib/bits.h"
#include "lib/bound.h"
#include "lib/format.h"
#include "lib/string.h"

#define RING_MASK         (CONFIG_LOG_RING_SIZE - 1)
#define DRAIN_POLLS_MAX   1000 /* without a character taken: the drain thread had better sleep */
#define MICROS_PER_SECOND UINT64_C(1000000)

_Static_assert((CONFIG_LOG_RING_SIZE & RING_MASK) == 0, "a power of two");
_Static_assert(CONFIG_LOG_RING_SIZE >= 2 * LOG_RECORD_MAX, "room for a record and a remark");

int log_threshold = LOG_LEVEL_INFO;

/* Written with interrupts masked only; head and tail are read anywhere. */
static char ring[CONFIG_LOG_RING_SIZE];
static uint32_t head; /* bytes ever put, modulo 2^32 */
static uint32_t tail; /* bytes ever shown, likewise; head - tail <= CONFIG_LOG_RING_SIZE */
static uint32_t lost; /* records dropped and not yet told of */
static uint64_t lost_ever;
static bool return_shown; /* the '\r' that goes before the '\n' at tail */

/* A hint, any context. */
static bool synchronous = true;
static void (*announcer)(void); /* constant after log_hand_over() */
static bool stuck;              /* the UART took nothing for a long time */
static bool line_is_open;       /* of a program's text, whose end did not come yet */

static uint32_t counter_read(const uint32_t *counter) {
    return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

/* --- Writing ---------------------------------------------------------------------------------- */

/* A copy that the compiler shall not make a call of: interrupts are masked. length <=
 * LOG_RECORD_MAX. */
static ALWAYS_INLINE void ring_copy_irq(char *to, const char *from, uint32_t length) IRQ_MASKED {
    BOUND_LOOP(pieces, LOG_RECORD_MAX / 16);
    for (uint32_t rest = length / 16; rest != 0; rest--) {
        BOUND_TURN(pieces);
        __builtin_memcpy(to, from, 16);
        to += 16;
        from += 16;
    }
    if (length & 8) {
        __builtin_memcpy(to, from, 8);
        to += 8;
        from += 8;
    }
    if (length & 4) {
        __builtin_memcpy(to, from, 4);
        to += 4;
        from += 4;
    }
    if (length & 2) {
        __builtin_memcpy(to, from, 2);
        to += 2;
        from += 2;
    }
    if (length & 1) {
        *to = *from;
    }
}

/* Copies all or nothing. length <= LOG_RECORD_MAX. O(length). */
static NOINLINE bool ring_append_irq(const char *text, uint32_t length) IRQ_MASKED {
    if (CONFIG_LOG_RING_SIZE - (head - tail) < length) {
        return false;
    }
    uint32_t at = head & RING_MASK;
    uint32_t first = length < CONFIG_LOG_RING_SIZE - at ? length : CONFIG_LOG_RING_SIZE - at;
    ring_copy_irq(ring + at, text, first);
    if (UNLIKELY(first != length)) {
        ring_copy_irq(ring, text + first, length - first);
    }
    head += length;
    return true;
}

void log_announce(void) {
    if (announcer != NULL) {
        BOUND_CALLED(log_announcer, announcer)();
    }
}

static void record_put(const char *text, uint32_t length) {
    uint64_t saved = arch_irq_save();
    bool first = head == tail;
    if (lost != 0 || !ring_append_irq(text, length)) {
        lost++;
        lost_ever++;
    }
    arch_irq_restore(saved);
    if (first && !synchronous) {
        log_announce(); /* who drains sleeps, or is about to: later records find it awake */
    }
}

/* If records are missing at the ring's end and there is room, says so there. The text is made
 * unmasked, so somebody else may have been quicker: then nothing is put. */
static void lost_put(void) {
    uint32_t count = counter_read(&lost);
    if (count == 0) {
        return;
    }
    char text[LOG_RECORD_MAX];
    uint32_t length = (uint32_t)format_buffer(text, sizeof text, "... %u record%s lost\n", count,
                                              count == 1 ? "" : "s");
    uint64_t saved = arch_irq_save();
    if (lost >= count && ring_append_irq(text, length)) {
        lost -= count;
    }
    arch_irq_restore(saved);
}

/* --- Reading ---------------------------------------------------------------------------------- */

/* Offers the UART one character. False: it has no room, or there is none to offer. O(1). */
static bool drain_character(void) {
    bool taken = false;
    uint64_t saved = arch_irq_save();
    if (head != tail) {
        char letter = ring[tail & RING_MASK];
        bool is_return = letter == '\n' && !return_shown;
        taken = console_try_put(is_return ? '\r' : letter);
        if (taken) {
            return_shown = is_return;
            tail += !is_return;
        }
    }
    arch_irq_restore(saved);
    return taken;
}

enum drain_result { DRAIN_NOTHING, DRAIN_SOME, DRAIN_GIVEN_UP };

static bool drain_is_due(uint32_t end) {
    return console_is_ready() && (int32_t)(end - counter_read(&tail)) > 0;
}

/* Offers a character until the UART takes it, or until somebody else has shown all up to `end`.
 * False: neither within DRAIN_POLLS_MAX polls. */
static bool drain_one(uint32_t end) {
    BOUND_LOOP(polls, DRAIN_POLLS_MAX);
    for (unsigned polls = 0; polls < DRAIN_POLLS_MAX; polls++) {
        BOUND_TURN(polls);
        if (!drain_is_due(end) || drain_character()) {
            return true;
        }
    }
    return false;
}

/* The same with more patience, unless the UART has shown that it takes nothing. */
static bool drain_one_patiently(uint32_t end) {
    unsigned polls_max = stuck ? 1 : CONSOLE_POLLS_MAX;
    BOUND_LOOP(patient_polls, CONSOLE_POLLS_MAX);
    for (unsigned polls = 0; polls < polls_max; polls++) {
        BOUND_TURN(patient_polls);
        if (!drain_is_due(end) || drain_character()) {
            return true;
        }
    }
    return false;
}

/* Shows what is in the ring now; what comes later waits for the next call. `patiently` is a
 * constant. */
static ALWAYS_INLINE enum drain_result drain(bool patiently) {
    enum drain_result result = DRAIN_NOTHING;
    lost_put();
    uint32_t end = counter_read(&head);
    BOUND_LOOP(characters, 2 * CONFIG_LOG_RING_SIZE); /* two for an end of line */
    while (drain_is_due(end)) {
        BOUND_TURN(characters);
        if (!(patiently ? drain_one_patiently(end) : drain_one(end))) {
            return result == DRAIN_SOME ? DRAIN_SOME : DRAIN_GIVEN_UP;
        }
        result = DRAIN_SOME;
    }
    return result;
}

/* Waits long for a slow UART; where that was in vain, no longer than for one poll. */
static void drain_patiently(void) {
    BOUND_LEFT_OUT(patience); /* at boot, at the end, and where somebody asked for it */
    stuck = drain(true) == DRAIN_GIVEN_UP;
}

bool log_drain(void) {
    return drain(false) == DRAIN_SOME;
}

void log_flush(void) {
    stuck = false;
    if (log_is_pending() || counter_read(&lost) != 0) {
        drain_patiently();
        drain_patiently(); /* the remark on lost records, which had no room before */
    }
    console_flush();
}

/* --- Records ---------------------------------------------------------------------------------- */

static void line_add(struct format_sink *line, const char *format, ...) PRINTF_LIKE(2, 3);
static void line_add(struct format_sink *line, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    format_to(line, format, arguments);
    va_end(arguments);
}

static void line_begin(struct format_sink *line, enum log_level level, const char *module) {
    static const char *const names[] = {"error", "warn", "info", "debug", "trace"};
    uint64_t frequency = arch_timer_frequency_hz();
    frequency = frequency != 0 ? frequency : 1;
    uint64_t now = arch_timer_now().ticks;
    /* now % frequency < 2^34, so the product stays below 2^54. */
    uint64_t micros = now % frequency * MICROS_PER_SECOND / frequency;
    line_add(line, "[%5llu.%06llu] %-5s %s: ", (unsigned long long)(now / frequency),
             (unsigned long long)micros, level < ARRAY_SIZE(names) ? names[level] : "?", module);
}

/* What was kept of the line, marked if that is not all. Returns its length. */
static uint32_t line_cut(struct format_sink *line, const char *mark, uint32_t mark_length) {
    if (line->length <= line->size) {
        return (uint32_t)line->length;
    }
    memcpy(line->buffer + line->size - mark_length, mark, mark_length);
    return (uint32_t)line->size;
}

static void line_clean(char *text, uint32_t length) {
    BOUND_LOOP(letters, LOG_RECORD_MAX - 1);
    for (uint32_t i = 0; i < length; i++) {
        BOUND_TURN(letters);
        if ((uint8_t)text[i] < ' ' || text[i] == 0x7f) {
            text[i] = '?';
        }
    }
}

static void line_end(const char *text, uint32_t length) {
    lost_put();
    record_put(text, length);
    if (synchronous) {
        drain_patiently();
    }
}

static NOINLINE void open_line_end(void) {
    line_is_open = false;
    record_put("\n", 1);
}

void log_write(enum log_level level, const char *module, const char *format, ...) {
    char text[LOG_RECORD_MAX];
    if (UNLIKELY(line_is_open)) {
        open_line_end();
    }
    struct format_sink line = {.buffer = text, .size = sizeof text - 1};
    line_begin(&line, level, module);
    va_list arguments;
    va_start(arguments, format);
    format_to(&line, format, arguments);
    va_end(arguments);
    uint32_t length = line_cut(&line, "...", 3);
    line_clean(text, length);
    text[length++] = '\n';
    line_end(text, length);
}

void kprint(const char *format, ...) {
    char text[LOG_RECORD_MAX];
    struct format_sink line = {.buffer = text, .size = sizeof text};
    va_list arguments;
    va_start(arguments, format);
    format_to(&line, format, arguments);
    va_end(arguments);
    line_end(text, line_cut(&line, "...\n", 4));
}

status_t log_put_text(const char *text, size_t length) {
    if (length > LOG_RECORD_MAX) {
        return STATUS_OUT_OF_RANGE;
    }
    if (counter_read(&head) - counter_read(&tail) > CONFIG_LOG_RING_SIZE / 2) {
        return STATUS_FULL;
    }
    if (length != 0) {
        line_end(text, (uint32_t)length);
        line_is_open = text[length - 1] != '\n';
    }
    return STATUS_OK;
}

void log_set_level(enum log_level level) {
    log_threshold = (int)level;
}

void log_set_synchronous(bool on) {
    synchronous = on;
    if (on) {
        log_flush();
    }
}

void log_hand_over(void (*announce)(void)) {
    log_flush();
    announcer = announce;
    synchronous = false;
}

bool log_is_pending(void) {
    return counter_read(&head) != counter_read(&tail);
}

uint64_t log_lost_count(void) {
    return lost_ever;
}
