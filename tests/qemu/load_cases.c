/* SPDX-License-Identifier: MIT */
/* Programs of the initramfs become processes and run; what cannot be loaded is a status; and whatever
 * comes, all frames are back afterwards. Each by its name, with an initrd. */
#include "kernel/mm/frame.h"
#include "kernel/mm/initrd.h"
#include "kernel/proc/load.h"
#include "lib/random.h"
#include "lib/string.h"
#include "tests/qemu/groups.h"
#include "tests/qemu/hostile.h"
#include "tests/qemu/user_programs.h"

#define MAIN      CONFIG_MAIN_PRIORITY
#define TEXT_BASE UINT64_C(0x400000)
#define PAGES     200 /* hello with its heap, stack and tables needs less than half */

static struct cpio archive;
static struct load_result loaded;
static struct process_end ended;

static uint64_t frames_free(void) {
    struct frame_statistics statistics;
    frame_statistics_read(&statistics);
    return statistics.free;
}

static void archive_open(void) {
    const void *bytes;
    uint64_t size;
    enum cpio_flaw flaw;
    TAP_REQUIRE(initrd_bytes(&bytes, &size), "there is an initrd");
    TAP_REQUIRE(cpio_open(&archive, bytes, size, &flaw) == STATUS_OK, "the archive is sound");
}

static struct load_request request_of(const char *const *arguments, uint32_t count) {
    return (struct load_request){
        .attributes = {.name = arguments[0], .pages = PAGES},
        .arguments = arguments,
        .argument_count = count,
        .stack_size = 4 * PAGE_SIZE,
        .priority = MAIN - 1,
        .console = true,
    };
}

static status_t finish(uint64_t limit_ms) {
    return process_wait_until(loaded.id, &ended, time_after(time_ms(limit_ms)));
}

/* Loads, runs to the end; how it ended. */
static status_t run(const char *path, const struct load_request *request) {
    TAP_REQUIRE(load_path(&archive, path, request, &loaded) == STATUS_OK, "a program is loaded");
    TAP_REQUIRE(process_start(loaded.id, &loaded.start) == STATUS_OK, "it starts");
    return finish(1000);
}

static void load_hello(void) {
    static const char *const paths[] = {"bin/hello", "/bin/hello-pie", "./bin/hello"};
    static const char *const arguments[] = {"hello", "two", "three"};
    archive_open();
    const uint64_t before = frames_free();
    for (uint32_t i = 0; i < ARRAY_SIZE(paths); i++) {
        const struct load_request request = request_of(arguments, i + 1);
        TAP_EQ(run(paths[i], &request), STATUS_OK, "a program runs to its end");
        TAP_EQ(ended.code, i + 1, "all it tried was right, and it got its arguments");
        TAP_EQ(frames_free(), before, "all frames are back");
    }
    record_number("programs_run", ARRAY_SIZE(paths));
}

static void load_pages(void) {
    static const char *const arguments[] = {"hello"};
    struct load_request request = request_of(arguments, 1);
    uint64_t quota = 0;
    uint64_t used = 0;
    archive_open();
    const uint64_t before = frames_free();
    uint64_t wrong = 0;
    for (;; quota++) { /* each step is the first to find nothing once */
        request.attributes.pages = quota;
        const status_t status = load_path(&archive, "bin/hello-pie", &request, &loaded);
        if (status == STATUS_OK || quota == PAGES) {
            break;
        }
        wrong += status != STATUS_NO_MEMORY || frames_free() != before;
    }
    TAP_EQ(wrong, 0, "with too small a quota there is no memory, and nothing is left");
    TAP_OK(quota > 20 && quota < PAGES, "with enough there is");
    TAP_EQ(process_memory(loaded.id, &used, &quota), STATUS_OK, "it has");
    TAP_OK(used <= quota && used + 3 >= quota, "what it needs, and at most spare tables");
    TAP_EQ(process_kill(loaded.id), STATUS_OK, "it never starts");
    TAP_EQ(finish(1), STATUS_CLOSED, "and is gone");
    TAP_EQ(frames_free(), before, "all frames are back");
}

static const struct {
    const char *how;
    status_t status;
    int64_t code;
} ends[] = {
    {"exit", STATUS_OK, 7},         {"null", STATUS_FAULTED, 0},   {"constant", STATUS_FAULTED, 0},
    {"text", STATUS_FAULTED, 0},    {"stack", STATUS_FAULTED, 0},  {"execute", STATUS_FAULTED, 0},
    {"assert", STATUS_OK, 128 + 6}, {"abort", STATUS_OK, 128 + 6},
};

static void load_ends(void) {
    archive_open();
    const uint64_t before = frames_free();
    for (uint32_t i = 0; i < ARRAY_SIZE(ends); i++) {
        const char *const arguments[] = {"faulty", ends[i].how};
        const struct load_request request = request_of(arguments, 2);
        TAP_EQ(run("bin/faulty", &request), ends[i].status, ends[i].how);
        TAP_EQ(ended.code, ends[i].code, "with its code");
        if (i == 4) {
            const uint64_t guard = LOAD_STACK_TOP - request.stack_size - PAGE_SIZE;
            TAP_EQ(page_align_down(ended.address), guard, "the fault was in the guard page");
        }
        TAP_EQ(frames_free(), before, "all frames are back");
    }
    const char *const words[] = {"faulty", "environment"};
    const char *const environment[] = {"A=1", "WORD=eleven char"};
    struct load_request request = request_of(words, 2);
    request.environment = environment;
    request.environment_count = 2;
    TAP_EQ(run("bin/faulty", &request), STATUS_OK, "a program asks its environment");
    TAP_EQ(ended.code, 11, "and is told");
    const char *const spin[] = {"faulty", "spin"};
    request = request_of(spin, 2);
    TAP_REQUIRE(load_path(&archive, "bin/faulty", &request, &loaded) == STATUS_OK, "one loads");
    TAP_REQUIRE(process_start(loaded.id, &loaded.start) == STATUS_OK, "and spins");
    TAP_EQ(finish(1), STATUS_TIMED_OUT, "for ever");
    TAP_EQ(process_kill(loaded.id), STATUS_OK, "until it is killed");
    TAP_EQ(finish(1), STATUS_CLOSED, "at once");
    TAP_EQ(frames_free(), before, "all frames are back");
}

static status_t try(const char *path, const struct load_request *request) {
    return load_path(&archive, path, request, &loaded);
}

static void load_refused(void) {
    static char text[LOAD_TEXT_BYTES_MAX + 1];
    static const char *texts[LOAD_TEXTS_MAX + 1];
    archive_open();
    const uint64_t before = frames_free();
    for (uint32_t i = 0; i < LOAD_TEXTS_MAX + 1; i++) {
        texts[i] = "t";
    }
    struct load_request request = request_of(texts, LOAD_TEXTS_MAX + 1);
    TAP_EQ(try("bin/hello", &request), STATUS_OUT_OF_RANGE, "too many arguments");
    request = request_of(texts, 1);
    request.stack_size = PAGE_SIZE + 16;
    TAP_EQ(try("bin/hello", &request), STATUS_MISALIGNED, "a stack of no whole pages");
    request.stack_size = 0;
    TAP_EQ(try("bin/hello", &request), STATUS_OUT_OF_RANGE, "no stack");
    request.stack_size = LOAD_STACK_MAX + PAGE_SIZE;
    TAP_EQ(try("bin/hello", &request), STATUS_OUT_OF_RANGE, "too large a stack");
    request.stack_size = PAGE_SIZE;
    memset(text, 'x', LOAD_TEXT_BYTES_MAX);
    texts[1] = text;
    request.argument_count = 2;
    TAP_EQ(try("bin/hello", &request), STATUS_OUT_OF_RANGE, "too long an argument");
    text[LOAD_TEXT_BYTES_MAX - 3] = 0; /* with its NUL and "t": exactly */
    TAP_EQ(run("bin/hello", &request), STATUS_OK, "one as long as may be");
    TAP_EQ(ended.code, 2, "arrives");
    request.argument_count = 1;
    TAP_EQ(try("bin", &request), STATUS_UNSUPPORTED, "a directory");
    TAP_EQ(try("bin/nothing", &request), STATUS_NOT_FOUND, "no such file");
    TAP_EQ(load_program("#!/bin/sh\n", 10, &request, &loaded), STATUS_MALFORMED, "no program");
    TAP_EQ(loaded.flaw, ELF_TRUNCATED_HEADER, "and why");
    TAP_EQ(frames_free(), before, "all frames are back");
}

/* --- Segments that no linker here makes ------------------------------------------------------- */

#define MADE_TEXT 0x800 /* both segments begin within a page, of the file too */
#define MADE_DATA 0xf00

static struct {
    uint8_t identification[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, headers_offset, sections_offset;
    uint32_t flags;
    uint16_t size, header_size, header_count, section_size, section_count, section_names;
    struct {
        uint32_t type, flags;
        uint64_t offset, address, physical, file_size, size, alignment;
    } header[2];
    uint8_t rest[3 * PAGE_SIZE];
} made;

/* Text that reads the data, which has so many bytes in the file and in memory, from `address` on. */
static void make(uint64_t text, uint64_t address, uint64_t file_size, uint64_t size) {
    uint8_t *file = (uint8_t *)&made;
    for (size_t at = 0; at < sizeof made; at += PAGE_SIZE) { /* more than memset() is for */
        memset(file + at, 0, sizeof made - at < PAGE_SIZE ? sizeof made - at : PAGE_SIZE);
    }
    memcpy(made.identification, "\177ELF\2\1\1", 7);
    made.type = 2, made.machine = 183, made.version = 1;
    made.entry = text;
    made.headers_offset = 64, made.size = 64, made.header_size = 56, made.header_count = 2;
    made.header[0].type = 1, made.header[0].flags = 5;
    made.header[0].offset = MADE_TEXT, made.header[0].address = text;
    made.header[0].file_size = made.header[0].size = (uint64_t)(user_sums_end - user_sums);
    made.header[1].type = 1, made.header[1].flags = 6;
    made.header[1].offset = MADE_DATA, made.header[1].address = address;
    made.header[1].file_size = file_size, made.header[1].size = size;
    made.header[0].alignment = made.header[1].alignment = PAGE_SIZE;
    memcpy(file + MADE_TEXT, user_sums, (size_t)(user_sums_end - user_sums));
    file[MADE_DATA] = 3;
    file[MADE_DATA + 0x100] = 4;
    file[MADE_DATA + 0x1100] = 5;
}

static void load_made(void) {
    static const char *const arguments[] = {"made"};
    const struct load_request request = request_of(arguments, 1);
    const uint64_t data = 0x600000 + MADE_DATA;
    const uint64_t before = frames_free();
    static const struct {
        uint64_t file_size, size;
        status_t status;
        int64_t code;
        const char *what;
    } cases[] = {
        {0x1108, 0x1108, STATUS_OK, 12, "bytes of three pages"},
        {0x108, 0x1108, STATUS_OK, 7, "two with bytes, and one of zeroes"},
        {8, 0x1108, STATUS_OK, 3, "one with bytes"},
        {8, 0x100, STATUS_FAULTED, 0, "one page alone, the first"},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        make(TEXT_BASE + MADE_TEXT, data, cases[i].file_size, cases[i].size);
        TAP_REQUIRE(load_program(&made, sizeof made, &request, &loaded) == STATUS_OK, "it loads");
        TAP_REQUIRE(process_start(loaded.id, &loaded.start) == STATUS_OK, "it starts");
        TAP_EQ(finish(10), cases[i].status, cases[i].what);
        TAP_EQ(ended.code, cases[i].code, "are there, and nothing else");
    }
    const uint64_t guard = LOAD_STACK_TOP - request.stack_size - PAGE_SIZE;
    make(guard - 3 * PAGE_SIZE + MADE_TEXT, guard - PAGE_SIZE + MADE_DATA, 8, 0x100);
    TAP_EQ(load_program(&made, sizeof made, &request, &loaded), STATUS_OK, "up to the guard");
    TAP_REQUIRE(process_kill(loaded.id) == STATUS_OK && finish(1) == STATUS_CLOSED, "it goes");
    make(guard - 3 * PAGE_SIZE + MADE_TEXT, guard - PAGE_SIZE + MADE_DATA, 8, 0x101);
    TAP_EQ(load_program(&made, sizeof made, &request, &loaded), STATUS_OUT_OF_RANGE, "into it");
    TAP_EQ(frames_free(), before, "all frames are back");
}

/* --- Mutated programs ------------------------------------------------------------------------- */

#define MUTANTS 300

/* A few bits of the headers, or of what follows them. */
static void mutate(struct random *random, uint8_t *file, uint64_t size) {
    for (uint64_t i = random_between(random, 1, 4); i > 0; i--) {
        const uint64_t range = random_one_in(random, 2) ? 400 : size;
        file[random_below(random, range)] ^= (uint8_t)(1u << random_below(random, 8));
    }
}

/* Whatever becomes of it: refused, or run for a moment. Returns whether it was loaded. */
static bool mutant_live(const uint8_t *file, uint64_t size, const struct load_request *request) {
    const status_t status = load_program(file, size, request, &loaded);
    if (status != STATUS_OK) {
        return false;
    }
    if (process_start(loaded.id, &loaded.start) != STATUS_OK || finish(1) == STATUS_TIMED_OUT) {
        TAP_REQUIRE(process_kill(loaded.id) == STATUS_OK, "a mutant is killed");
        TAP_REQUIRE(finish(1) == STATUS_CLOSED, "and gone");
    }
    return true;
}

static void mutants(void) {
    static const char *const arguments[] = {"mutant"};
    static const char *const paths[] = {"bin/hello", "bin/hello-pie"};
    struct load_request request = request_of(arguments, 1);
    struct random random;
    uint64_t lived = 0;
    uint64_t lost = 0;
    archive_open();
    request.console = false; /* they may say anything */
    random_init(&random, 1);
    for (uint32_t i = 0; i < ARRAY_SIZE(paths); i++) {
        struct cpio_entry entry;
        TAP_REQUIRE(cpio_find(&archive, paths[i], &entry) == STATUS_OK, "a program");
        paddr_t frame;
        const uint64_t pages = page_align_up(entry.size) / PAGE_SIZE;
        TAP_REQUIRE(frame_alloc_contiguous(pages, PAGE_SIZE, &frame) == STATUS_OK, "room for it");
        uint8_t *copy = phys_to_virt(frame);
        const uint64_t before = frames_free();
        for (uint32_t n = 0; n < MUTANTS; n++) {
            for (uint64_t at = 0; at < entry.size; at += 64) {
                memcpy(copy + at, entry.data + at, entry.size - at < 64 ? entry.size - at : 64);
            }
            mutate(&random, copy, entry.size);
            lived += mutant_live(copy, entry.size, &request);
            lost += frames_free() != before;
        }
        TAP_REQUIRE(frame_free_contiguous(frame, pages) == STATUS_OK, "the room goes back");
    }
    TAP_EQ(lost, 0, "no frame is lost by any mutant");
    TAP_OK(lived > MUTANTS / 4 && lived < 2 * MUTANTS, "some are loaded, some are not");
    record_number("mutants_lived", lived);
}

/* --- Mutated archives ------------------------------------------------------------------------- */

#define ARCHIVES 1500
#define SPOILS   3

static struct cpio sound;
static struct random chance;

/* A byte of an entry's header or name, or of anything. */
static uint64_t archive_place(void) {
    struct cpio_entry entry = CPIO_ENTRY_NONE;
    if (random_one_in(&chance, 8)) {
        return random_below(&chance, sound.size);
    }
    for (uint64_t skip = random_below(&chance, sound.entry_count + 1); skip > 0; skip--) {
        (void)!cpio_next(&sound, &entry);
    }
    return entry.next + random_below(&chance, 130); /* the trailer is as long */
}

/* Every entry is looked at, and a program loaded, if there is one yet. */
static bool archive_use(const uint8_t *copy, const struct load_request *request) {
    struct cpio_entry entry = CPIO_ENTRY_NONE;
    struct cpio_entry same;
    enum cpio_flaw flaw;
    if (cpio_open(&archive, copy, sound.size, &flaw) != STATUS_OK) {
        TAP_REQUIRE(flaw != CPIO_SOUND && cpio_flaw_status(flaw) != STATUS_OK, "it says why");
        return false;
    }
    while (cpio_next(&archive, &entry)) {
        const uint8_t *end = copy + sound.size;
        TAP_REQUIRE(entry.data >= copy && entry.data <= end && entry.size <= end - entry.data,
                    "an entry lies within");
        TAP_REQUIRE(cpio_find(&archive, entry.name, &same) == STATUS_OK, "and is found");
    }
    if (load_path(&archive, "bin/hello", request, &loaded) == STATUS_OK) {
        TAP_REQUIRE(process_kill(loaded.id) == STATUS_OK && finish(1) == STATUS_CLOSED, "it goes");
    }
    return true;
}

static void archives(void) {
    static const char *const arguments[] = {"archive"};
    const struct load_request request = request_of(arguments, 1);
    unsigned opened = 0, lost = 0;
    paddr_t frame;
    archive_open();
    sound = archive;
    random_init(&chance, 1);
    const uint64_t pages = page_align_up(sound.size) / PAGE_SIZE;
    TAP_REQUIRE(frame_alloc_contiguous(pages, PAGE_SIZE, &frame) == STATUS_OK, "room for it");
    uint8_t *copy = phys_to_virt(frame);
    for (uint64_t at = 0; at < sound.size; at += PAGE_SIZE) {
        memcpy(copy + at, sound.archive + at,
               sound.size - at < PAGE_SIZE ? sound.size - at : PAGE_SIZE);
    }
    const uint64_t before = frames_free();
    for (unsigned i = 0; i < ARCHIVES; i++) {
        uint64_t places[SPOILS];
        const uint64_t count = random_between(&chance, 1, SPOILS);
        for (uint64_t n = 0; n < count; n++) {
            places[n] = archive_place();
            copy[places[n]] ^= (uint8_t)(1u << random_below(&chance, 8));
        }
        opened += archive_use(copy, &request);
        lost += frames_free() != before;
        for (uint64_t n = 0; n < count; n++) {
            copy[places[n]] = sound.archive[places[n]];
        }
    }
    TAP_REQUIRE(frame_free_contiguous(frame, pages) == STATUS_OK, "the room goes back");
    TAP_EQ(lost, 0, "no frame is lost by any archive");
    TAP_OK(opened > ARCHIVES / 20 && opened < ARCHIVES, "some are opened, some are not");
    record_number("archives_opened", opened);
}

static void load_archives(void) {
    hostile_do("mutated archives", archives);
}

static void load_mutants(void) {
    hostile_do("mutated programs", mutants);
}

static const struct test_case load_cases[] = {
    {"load_hello", load_hello, TEST_ALONE},     {"load_pages", load_pages, TEST_ALONE},
    {"load_ends", load_ends, TEST_ALONE},       {"load_refused", load_refused, TEST_ALONE},
    {"load_mutants", load_mutants, TEST_ALONE}, {"load_archives", load_archives, TEST_ALONE},
    {"load_made", load_made, TEST_ALONE},
};
TEST_GROUP(load);
