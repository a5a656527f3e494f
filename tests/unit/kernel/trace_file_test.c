/* SPDX-License-Identifier: MIT */
/* The file of a trace: its header, its records in order, what was lost, and its end. */
#include "kernel/trace_file.h"

#include "kernel/options.h"
#include "kernel/trace/trace_write.h"
#include "tests/unit/kernel/scenario.h"

#include <stdio.h>
#include <unistd.h>

#define ROOM (CONFIG_TRACE_RECORDS + 8)

static struct trace_header header;
static struct trace_record records[ROOM];
static size_t count;
static unsigned marks;

/* What was written, and that the file has nothing else. */
static void read_file(const char *name) {
    FILE *file = fopen(name, "rb");
    EXPECT(file != NULL);
    EXPECT_EQ(fread(&header, sizeof header, 1, file), 1);
    count = fread(records, sizeof records[0], ROOM, file);
    EXPECT_EQ(ftell(file), (long)(sizeof header + count * sizeof records[0]));
    EXPECT_EQ(fgetc(file), EOF);
    fclose(file);
    unlink(name);
}

static void asks_for(const char *words, bool is_made) {
    options_read(words);
    arch_irq_mask();
    EXPECT_EQ(trace_file_begin(arch_cpu_self()), is_made);
    EXPECT_EQ(arch_cpu_self()->trace != NULL, is_made);
    arch_irq_unmask();
}

static void ends(enum trace_end why) {
    trace_file_end(why);
    trace_file_end(why); /* the second time there is nothing to do */
    arch_irq_unmask();   /* here the machine goes on */
    EXPECT_EQ(trace_stop(), STATUS_OK);
}

static void marks_and_ends(void *unused) {
    (void)unused;
    asks_for("trace=trace_file_test.bin", true);
    for (unsigned i = 0; i < marks; i++) {
        trace_mark("n", i);
    }
    ends(TRACE_END_PANIC);
}

static void expect_end(enum trace_end why, uint64_t lost) {
    EXPECT_EQ(records[count - 1].what, trace_what(TRACE_END, why, 0));
    EXPECT_EQ(records[count - 1].value, lost);
}

TEST(all_records_are_in_the_file_and_then_its_end) {
    marks = 100; /* a buffer is full on the way */
    run(marks_and_ends);
    read_file("trace_file_test.bin");
    EXPECT_EQ(header.magic, TRACE_MAGIC);
    EXPECT_EQ(header.version, TRACE_VERSION);
    EXPECT_EQ(header.record_size, sizeof(struct trace_record));
    EXPECT_EQ(header.frequency, arch_timer_frequency_hz());
    EXPECT_EQ(count, 100 + 1);
    for (unsigned i = 0; i < 100; i++) {
        EXPECT_EQ(records[i].what & 0xff, TRACE_MARK);
        EXPECT_EQ(records[i].value, i);
    }
    expect_end(TRACE_END_PANIC, 0);
}

TEST(what_was_overwritten_is_told_where_it_is_missing) {
    marks = CONFIG_TRACE_RECORDS + 17;
    run(marks_and_ends);
    read_file("trace_file_test.bin");
    EXPECT_EQ(records[0].what, TRACE_LOST);
    EXPECT_EQ(records[0].value, 17);
    EXPECT_EQ(records[0].time, records[1].time);
    EXPECT_EQ(records[1].value, 17);
    EXPECT_EQ(count, 1 + CONFIG_TRACE_RECORDS + 1);
    expect_end(TRACE_END_PANIC, 17);
}

static void finds_no_place(void *unused) {
    (void)unused;
    asks_for("trace=no/such/directory/file", false);
    asks_for("trees=1", false);
    trace_file_end(TRACE_END_EXIT);
    arch_irq_unmask();
    note('e');
}

TEST(without_a_file_there_is_no_trace) {
    run(finds_no_place);
    EXPECT_STRING(trace, "e");
}

static void misses(void *unused) {
    (void)unused;
    asks_for("trace=trace_file_test.bin trace_until=miss", true);
    trace_mark("before", 1);
    arch_irq_mask();
    trace_freeze_irq(arch_cpu_self()->trace); /* as the door does that notices */
    arch_irq_unmask();
    trace_mark("behind", 2);
    ends(TRACE_END_EXIT);
}

TEST(what_is_behind_a_miss_is_neither_told_nor_lost) {
    run(misses);
    read_file("trace_file_test.bin");
    EXPECT_EQ(count, 2);
    EXPECT_EQ(records[0].value, 1);
    expect_end(TRACE_END_MISS, 0);
}
