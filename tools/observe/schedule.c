/* SPDX-License-Identifier: MIT */
/*
 * The machine's clock is the number of executed instructions and what it slept: in exact mode
 * nothing else makes it go on. It sleeps in `wfi` up to the compare's moment, which is in RAM.
 */
#include "tools/observe/schedule.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define AREAS_MAX    2
#define HANDLERS_MAX 32
#define TRIGGERS_MAX 4
#define NAME_SIZE    64
#define LINE_MAX     256
#define VECTORS_SIZE 0x800
#define NEVER        UINT64_MAX

#define STATE_READY         1 /* kernel/sched/thread_internal.h */
#define STATE_WAITING       2
#define STATE_WAITING_TIMED 3

struct area {
    uint64_t start;
    uint64_t end;
    uint64_t size;
    struct seen *seen; /* of each object */
};

/* What was written of a thread last. */
struct seen {
    uint8_t state;
    uint8_t priority;
    bool suspended;
    bool by_time; /* its wait has ended so, and it is not ready yet */
    uint64_t name;
    uint64_t id;
};

struct trigger {
    uint64_t start;
    uint64_t end;
    uint64_t caller;
};

bool schedule_on;

static FILE *file;
static const uint8_t *ram;
static uint64_t ram_start, ram_size;
static struct area areas[AREAS_MAX];
static unsigned area_count;
static uint64_t at_state, at_priority, at_home, at_name, at_id, at_event, at_queue;
static uint64_t compare, moments, parked;
static struct area lines;
static uint64_t line_number;
static uint64_t handlers[HANDLERS_MAX];
static unsigned handler_count;
static struct trigger triggers[TRIGGERS_MAX];
static unsigned trigger_count;
static uint64_t limit = NEVER;
static uint64_t ahead; /* the machine's clock, of clock_now */

/* --- Memory ----------------------------------------------------------------------------------- */

static uint64_t memory(uint64_t address, unsigned size) {
    uint64_t value = 0;
    if (address < ram_start || address - ram_start > ram_size - sizeof value) {
        image_fail("schedule", "an address outside the RAM");
    }
    memcpy(&value, ram + (address - ram_start), size);
    return value;
}

/* The thread object at or around an address; its place in *seen. */
static uint64_t thread_around(uint64_t address, struct seen **seen) {
    for (unsigned i = 0; i < area_count; i++) {
        struct area *area = &areas[i];
        if (address >= area->start && address < area->end) {
            uint64_t number = (address - area->start) / area->size;
            *seen = &area->seen[number];
            return area->start + number * area->size;
        }
    }
    return 0;
}

/* --- Writing ---------------------------------------------------------------------------------- */

static void write_record(struct schedule_record record) {
    if (fwrite(&record, sizeof record, 1, file) != 1) {
        image_fail("schedule", "cannot be written");
    }
}

static void write_name(uint64_t thread, uint64_t id, uint64_t name) {
    char text[NAME_SIZE] = "";
    unsigned length = 0;
    while (name >= ram_start && name - ram_start < ram_size - sizeof(uint64_t) &&
           length < NAME_SIZE - 1 && (text[length] = (char)memory(name, 1)) != '\0') {
        length++;
        name++;
    }
    write_record((struct schedule_record){
        .kind = SCHEDULE_NAME, .c = length, .at = clock_now, .x = thread, .y = id});
    for (unsigned i = 0; i < length; i += sizeof(struct schedule_record)) {
        struct schedule_record part;
        memset(&part, 0, sizeof part);
        memcpy(&part, text + i, length - i < sizeof part ? length - i : sizeof part);
        write_record(part);
    }
}

static void note_name(uint64_t thread, struct seen *seen) {
    uint64_t name = memory(thread + at_name, 8);
    uint64_t id = memory(thread + at_id, 8);
    if (name != seen->name || id != seen->id) {
        seen->name = name;
        seen->id = id;
        write_name(thread, id, name);
    }
}

/* --- Threads ---------------------------------------------------------------------------------- */

/* Who makes it so: of the kernel's functions under way the first that nobody of the kernel called;
 * and whether the handler of its time is among them. */
static uint64_t cause_of(const struct context *by, bool *by_time) {
    uint64_t cause = 0;
    *by_time = false;
    for (uint32_t i = 0; i < by->call_count; i++) {
        const struct function *function = by->calls[i].function;
        bool begins = function != NULL && (function->start == image.thread ||
                                           function->start - image.vectors < VECTORS_SIZE);
        if (function == NULL || !function->of_kernel || begins) {
            cause = 0;
            continue;
        }
        cause = cause == 0 ? function->start : cause;
        for (unsigned j = 0; j < handler_count; j++) {
            *by_time |= function->start == handlers[j];
        }
    }
    return cause;
}

/* Of the line that a thread has waited for, its number and one; else 0. */
static uint32_t line_of(uint64_t thread) {
    uint64_t queue = memory(thread + at_queue, 8);
    if (queue < lines.start || queue >= lines.end) {
        return 0;
    }
    uint64_t line = lines.start + (queue - lines.start) / lines.size * lines.size;
    return (uint32_t)memory(line + line_number, 4) + 1;
}

static void note_thread(uint64_t thread, struct seen *seen, uint64_t at, const struct context *by) {
    uint8_t state = (uint8_t)memory(thread + at_state, 1);
    uint8_t priority = (uint8_t)memory(thread + at_priority, 1);
    bool suspended = memory(thread + at_home, 8) == parked;
    if (state == seen->state && priority == seen->priority && suspended == seen->suspended) {
        return;
    }
    uint64_t detail = 0;
    if (state != seen->state) {
        bool by_time = false;
        uint64_t cause = cause_of(by, &by_time);
        if (seen->state == STATE_WAITING_TIMED) { /* to READY, or WAITING on the way */
            seen->by_time = by_time;
        }
        if (state == STATE_WAITING_TIMED) {
            detail = memory(moments + 8 * memory(thread + at_event, 2), 8);
        } else if (state == STATE_READY) {
            detail = cause;
        }
    }
    seen->state = state;
    seen->priority = priority;
    seen->suspended = suspended;
    uint32_t bits =
        (suspended ? SCHEDULE_THREAD_SUSPENDED : 0) | (seen->by_time ? SCHEDULE_THREAD_BY_TIME : 0);
    if (state == STATE_READY) {
        seen->by_time = false;
        bits |= line_of(thread) << SCHEDULE_THREAD_LINE;
    }
    write_record(
        (struct schedule_record){SCHEDULE_THREAD, state, priority, bits, at, thread, detail});
}

static bool touches(uint64_t offset, unsigned size, uint64_t field, unsigned field_size) {
    return offset < field + field_size && field < offset + size;
}

void schedule_stored(uint64_t address, unsigned size, uint64_t at, const struct context *by) {
    struct seen *seen = NULL;
    uint64_t thread = thread_around(address, &seen);
    if (thread == 0) {
        return;
    }
    uint64_t offset = address - thread;
    if (touches(offset, size, at_state, 1) || touches(offset, size, at_priority, 1) ||
        touches(offset, size, at_home, 8)) {
        note_thread(thread, seen, at, by);
    }
}

/* --- Doors and stretches ---------------------------------------------------------------------- */

void schedule_door(unsigned reason, const struct context *opener) {
    write_record((struct schedule_record){
        .kind = SCHEDULE_DOOR, .a = (uint8_t)reason, .at = clock_now, .x = opener->frame});
}

void schedule_resume(const struct context *thread) {
    struct seen *seen = NULL;
    if (thread_around(thread->frame, &seen) == thread->frame) {
        note_name(thread->frame, seen);
    }
    write_record(
        (struct schedule_record){.kind = SCHEDULE_RESUME, .at = clock_now, .x = thread->frame});
}

void schedule_stretch(uint64_t pc, uint64_t from, uint64_t to) {
    if (from != to) {
        write_record(
            (struct schedule_record){.kind = SCHEDULE_STRETCH, .at = to, .x = pc, .y = from});
    }
}

bool schedule_triggers(uint64_t pc) {
    for (unsigned i = 0; i < trigger_count; i++) {
        if (pc >= triggers[i].start && pc < triggers[i].end) {
            return true;
        }
    }
    return false;
}

void schedule_triggered(uint64_t at, const struct context *by) {
    for (uint32_t i = 0; i < by->call_count; i++) {
        for (unsigned j = 0; j < trigger_count && by->calls[i].function != NULL; j++) {
            if (by->calls[i].function->start == triggers[j].caller) {
                write_record((struct schedule_record){.kind = SCHEDULE_TRIGGER, .at = at});
                return;
            }
        }
    }
}

/* --- The clock -------------------------------------------------------------------------------- */

void schedule_woke(void) {
    uint64_t moment = memory(compare, 8);
    if (moment != NEVER && moment > clock_now + ahead) {
        ahead = moment - clock_now;
        write_record((struct schedule_record){.kind = SCHEDULE_CLOCK, .at = clock_now, .x = ahead});
    }
}

bool schedule_is_over(void) {
    return clock_now + ahead >= limit;
}

void schedule_close(void) {
    write_record(
        (struct schedule_record){.kind = SCHEDULE_END, .a = schedule_is_over(), .at = clock_now});
    if (fclose(file) != 0) {
        image_fail("schedule", "cannot be written");
    }
    schedule_on = false;
}

/* --- The places ------------------------------------------------------------------------------- */

static void add_area(const uint64_t *value) {
    if (area_count == AREAS_MAX || value[2] == 0) {
        image_fail("schedule", "places");
    }
    struct area *area = &areas[area_count++];
    *area = (struct area){value[0], value[1], value[2], NULL};
    area->seen = calloc((area->end - area->start) / area->size, sizeof *area->seen);
    if (area->seen == NULL) {
        image_fail("memory", "none left");
    }
}

static void read_place(const char *line) {
    uint64_t v[7] = {0};
    char word[16] = "";
    int count = sscanf(line,
                       "%15s %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
                       " %" SCNu64,
                       word, &v[0], &v[1], &v[2], &v[3], &v[4], &v[5], &v[6]);
    if (count == 3 && strcmp(word, "ram") == 0) {
        ram_start = v[0], ram_size = v[1];
    } else if (count == 4 && strcmp(word, "threads") == 0) {
        add_area(v);
    } else if (count == 8 && strcmp(word, "fields") == 0) {
        at_state = v[0], at_priority = v[1], at_home = v[2], at_name = v[3];
        at_id = v[4], at_event = v[5], at_queue = v[6];
    } else if (count == 4 && strcmp(word, "clock") == 0) {
        compare = v[0], moments = v[1], parked = v[2];
    } else if (count == 5 && strcmp(word, "lines") == 0) {
        lines = (struct area){v[0], v[1], v[2], NULL};
        line_number = v[3];
    } else if (count == 2 && strcmp(word, "handler") == 0 && handler_count < HANDLERS_MAX) {
        handlers[handler_count++] = v[0];
    } else if (count == 4 && strcmp(word, "trigger") == 0 && trigger_count < TRIGGERS_MAX) {
        triggers[trigger_count++] = (struct trigger){v[0], v[1], v[2]};
    } else if (count == 2 && strcmp(word, "limit") == 0) {
        limit = v[0];
    } else {
        image_fail("places", line);
    }
}

static void read_places(const char *path) {
    char line[LINE_MAX];
    FILE *places = fopen(path, "r");
    if (places == NULL) {
        image_fail("no places", path);
    }
    while (fgets(line, sizeof line, places) != NULL) {
        read_place(line);
    }
    fclose(places);
    if (ram_size == 0 || area_count == 0 || compare == 0) {
        image_fail("places", "not all");
    }
}

void schedule_open(const char *places, const char *ram_path, const char *out) {
    read_places(places);
    int descriptor = open(ram_path, O_RDONLY);
    void *mapped =
        descriptor < 0 ? MAP_FAILED : mmap(NULL, ram_size, PROT_READ, MAP_SHARED, descriptor, 0);
    if (mapped == MAP_FAILED) {
        image_fail("no RAM", ram_path);
    }
    close(descriptor);
    ram = mapped;
    file = fopen(out, "wb");
    if (file == NULL) {
        image_fail("cannot be written", out);
    }
    schedule_on = true;
}
