/* SPDX-License-Identifier: MIT */
/*
 * A plugin of QEMU that watches the kernel run, in exact mode without changing one instruction's
 * time. QEMU translates pieces of straight code (blocks); here each gets one callback at its start,
 * and adds to one counter at the few instructions where it may be left early. So at the start of
 * the next block the counter says how much of the last one was executed, exactly.
 *
 *   counter += 3   at a load, say: itself and the two before it that cannot fault
 *   counter += 1   at the next load ...
 *
 * Besides there are callbacks at instructions with a meaning: masks, markers, accesses to frames.
 *
 * Other CPUs than the first are not followed. Theirs and ours take turns (one host thread, or exact
 * mode), so that what they execute can be told from ours by who began a block last.
 *
 *   -plugin observe.so,facts=FILE,out=FILE
 *   -plugin observe.so,facts=FILE,places=FILE,ram=FILE,schedule=FILE      see schedule.h
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/observe/context.h"
#include "tools/observe/flow.h"
#include "tools/observe/loops.h"
#include "tools/observe/masks.h"
#include "tools/observe/output.h"
#include "tools/observe/qemu_plugin.h"
#include "tools/observe/schedule.h"

#define VECTOR_SIZE 0x80
#define VECTORS     16

struct block {
    struct place begin;
    struct leave end;
    uint32_t size;
    bool waits;          /* ends with wfi */
    struct leave *early; /* [n]: left after n instructions; NULL until that happens */
    struct block *next;  /* of all */
};

/* An instruction with a callback of its own. */
struct point {
    uint64_t pc;
    uint64_t uncounted; /* instructions before it that the counter does not hold yet */
    int64_t offset;     /* of the frame's field it reads or writes */
    bool triggers;      /* a line, by what it stores */
    struct function *function;
    struct marker *markers;
};

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;

static const char *out;
static struct block *blocks;

static uint64_t counter;       /* of all CPUs */
static uint64_t counter_noted; /* part of clock_now up to here */

/* The block that began last, and the last one of the first CPU that is not settled. */
static struct block *running;
static unsigned running_cpu;
static uint64_t running_from;
static struct leave *unsettled;
static bool waited; /* the first CPU, for an interrupt, and has executed nothing since */

static void finish_schedule(void);

static void *allocate(size_t count, size_t size) {
    void *memory = calloc(count, size);
    if (memory == NULL) {
        image_fail("memory", "none left");
    }
    return memory;
}

/* --- Execution -------------------------------------------------------------------------------- */

/* Where a block was left after `executed` of its instructions, not all. */
static struct leave *early_leave(struct block *block, uint64_t executed) {
    if (block->early == NULL) {
        block->early = allocate(block->size, sizeof *block->early);
    }
    struct leave *leave = &block->early[executed];
    leave->pc = block->begin.pc + 4 * (executed - 1);
    leave->kind = WORD_PLAIN;
    leave->function = image_function(leave->pc);
    return leave;
}

/* What the running block has executed is known now. */
static inline void note_running(void) {
    if (running != NULL && running_cpu == 0) {
        uint64_t executed = counter - running_from;
        clock_now += counter - counter_noted;
        if (executed > running->size) {
            image_fail("the count is wrong", "more was executed than a block holds");
        }
        if (executed != 0) {
            unsettled = executed == running->size ? &running->end : early_leave(running, executed);
            unsettled->count++;
            waited = running->waits && executed == running->size;
        }
    }
    counter_noted = counter;
}

static void block_begins(unsigned cpu, void *data) {
    struct block *block = data;
    note_running();
    running = block;
    running_cpu = cpu;
    running_from = counter;
    if (cpu == 0) {
        if (schedule_on) {
            if (waited) {
                schedule_woke();
            }
            if (schedule_is_over()) {
                finish_schedule();
            }
        }
        waited = false;
        if (!flow_steps_within(unsettled, &block->begin)) {
            flow_step(unsettled, &block->begin);
        }
        unsettled = NULL;
    }
}

/* Within a block: brings the clock to what was executed before the point. */
static bool reach(unsigned cpu, const struct point *point) {
    if (cpu != 0) {
        return false;
    }
    clock_now += counter + point->uncounted - counter_noted;
    counter_noted = counter + point->uncounted;
    return true;
}

static void at_masking(unsigned cpu, void *data) {
    const struct point *point = data;
    if (reach(cpu, point)) {
        masks_set(flow_running, point->pc, clock_now);
    }
}

static void at_unmasking(unsigned cpu, void *data) {
    const struct point *point = data;
    if (reach(cpu, point)) {
        masks_clear(point->pc, clock_now);
    }
}

static void at_mask_read(unsigned cpu, void *data) {
    const struct point *point = data;
    if (reach(cpu, point)) {
        masks_read(flow_running, point->pc);
    }
}

static void at_mask_write(unsigned cpu, void *data) {
    const struct point *point = data;
    if (reach(cpu, point)) {
        masks_restore(flow_running, point->pc, clock_now);
    }
}

static void at_mark(unsigned cpu, void *data) {
    const struct point *point = data;
    if (reach(cpu, point)) {
        if (point->function != NULL) {
            flow_falls_into(point->function);
        }
        for (const struct marker *marker = point->markers; marker != NULL; marker = marker->next) {
            if (marker->kind == MARKER_MASKS) {
                masks_say(flow_running, marker->raises, point->pc, clock_now);
            } else if (marker->kind == MARKER_LEFT_OUT) {
                flow_leave_out();
            } else {
                loops_pass(flow_running, marker);
            }
        }
    }
}

static void at_frame_store(unsigned cpu, qemu_plugin_meminfo_t info, uint64_t address, void *data) {
    (void)info;
    if (cpu == 0) {
        flow_frame_stored(address - (uint64_t)((struct point *)data)->offset);
    }
}

static void at_frame_load(unsigned cpu, qemu_plugin_meminfo_t info, uint64_t address, void *data) {
    (void)info;
    if (cpu == 0) {
        flow_frame_loaded(address - (uint64_t)((struct point *)data)->offset);
    }
}

/* A store that the counter holds already. */
static void at_store(unsigned cpu, qemu_plugin_meminfo_t info, uint64_t address, void *data) {
    const struct point *point = data;
    if (cpu == 0 && schedule_on && qemu_plugin_mem_is_store(info)) {
        clock_now += counter - counter_noted;
        counter_noted = counter;
        if (point->triggers) {
            schedule_triggered(clock_now, flow_running);
        }
        schedule_stored(address, 1u << qemu_plugin_mem_size_shift(info), clock_now, flow_running);
    }
}

/* --- Translation ------------------------------------------------------------------------------ */

static int vector_at(uint64_t pc) {
    uint64_t offset = pc - image.vectors;
    bool is_vector = offset < VECTORS * VECTOR_SIZE && offset % VECTOR_SIZE == 0;
    return image.vectors != 0 && is_vector ? (int)(offset / VECTOR_SIZE) : -1;
}

static struct block *new_block(uint64_t pc, size_t size, uint32_t last_word) {
    struct block *block = allocate(1, sizeof *block);
    uint64_t end = pc + 4 * (size - 1);
    block->begin = flow_place(pc, vector_at(pc));
    block->end = (struct leave){.pc = end,
                                .kind = word_kind(last_word),
                                .number = word_svc_number(last_word),
                                .function = image_function(end)};
    block->size = (uint32_t)size;
    block->waits = word_waits(last_word);
    block->next = blocks;
    blocks = block;
    return block;
}

static qemu_plugin_vcpu_udata_cb_t callback_for(uint32_t word, const struct point *point) {
    if (point->markers != NULL || point->function != NULL) {
        return at_mark; /* a nop, or the start of a function */
    }
    return word_masks(word)         ? at_masking
           : word_unmasks(word)     ? at_unmasking
           : word_reads_mask(word)  ? at_mask_read
           : word_writes_mask(word) ? at_mask_write
                                    : NULL;
}

static void watch_store(struct qemu_plugin_insn *insn, const struct point *found) {
    const struct function *function = image_function(found->pc);
    if (function != NULL && function->of_kernel) {
        struct point *point = allocate(1, sizeof *point);
        *point = *found;
        point->triggers = schedule_triggers(found->pc);
        qemu_plugin_register_vcpu_mem_cb(insn, at_store, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_RW,
                                         point);
    }
}

/* Callbacks of one instruction. */
static void watch(struct qemu_plugin_insn *insn, uint32_t word, struct point found) {
    struct point *point = NULL;
    qemu_plugin_vcpu_udata_cb_t callback = callback_for(word, &found);
    bool stores = word_stores_scratch(word) && vector_at(found.pc) >= 0;
    bool loads =
        word_loads_kind(word) && found.pc >= image.resume_start && found.pc < image.resume_end;
    if (schedule_on && word_stores(word)) {
        watch_store(insn, &found);
    }
    if (callback == NULL && !stores && !loads) {
        return;
    }
    point = allocate(1, sizeof *point);
    *point = found;
    if (callback != NULL) {
        qemu_plugin_register_vcpu_insn_exec_cb(insn, callback, QEMU_PLUGIN_CB_NO_REGS, point);
    }
    /* All accesses, although each instruction makes one kind: QEMU 7.2 forgets those that are to be
     * called for reads alone. */
    if (stores || loads) {
        qemu_plugin_register_vcpu_mem_cb(insn, stores ? at_frame_store : at_frame_load,
                                         QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_RW, point);
    }
}

static uint32_t word_of(const struct qemu_plugin_insn *insn) {
    uint32_t word;
    memcpy(&word, qemu_plugin_insn_data(insn), sizeof word);
    return word;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb) {
    (void)id;
    size_t size = qemu_plugin_tb_n_insns(tb);
    uint64_t pc = image_linked(qemu_plugin_tb_vaddr(tb));
    struct block *block = new_block(pc, size, word_of(qemu_plugin_tb_get_insn(tb, size - 1)));
    uint64_t uncounted = 0;
    qemu_plugin_register_vcpu_tb_exec_cb(tb, block_begins, QEMU_PLUGIN_CB_NO_REGS, block);
    for (size_t i = 0; i < size; i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        uint32_t word = word_of(insn);
        uint64_t here = pc + 4 * i;
        watch(insn, word,
              (struct point){here, uncounted, word_pair_offset(word), false,
                             i == 0 ? NULL : image_function_at(here), image_markers(here)});
        uncounted++;
        if (i + 1 == size || !word_cannot_fault(word)) {
            qemu_plugin_register_vcpu_insn_exec_inline(insn, QEMU_PLUGIN_INLINE_ADD_U64, &counter,
                                                       uncounted);
            uncounted = 0;
        }
    }
}

/* --- The beginning and the end ---------------------------------------------------------------- */

static void count_leave(const struct block *block, const struct leave *leave) {
    for (uint64_t pc = block->begin.pc; leave->count != 0 && pc <= leave->pc; pc += 4) {
        image_executed(pc, leave->count);
    }
}

/* The limit is reached: the guest would go on. */
static void finish_schedule(void) {
    schedule_close();
    fflush(NULL);
    _Exit(0);
}

static void finish(qemu_plugin_id_t id, void *data) {
    (void)id, (void)data;
    note_running();
    if (schedule_on) {
        schedule_close();
    }
    if (out == NULL) {
        return;
    }
    for (const struct block *block = blocks; block != NULL; block = block->next) {
        count_leave(block, &block->end);
        for (uint32_t i = 1; block->early != NULL && i < block->size; i++) {
            count_leave(block, &block->early[i]);
        }
    }
    output_write(out);
}

QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info,
                                           int argc, char **argv);

QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info,
                                           int argc, char **argv) {
    const char *facts = NULL, *places = NULL, *ram = NULL, *schedule = NULL;
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (strncmp(argv[i], "facts=", 6) == 0) {
            facts = argv[i] + 6;
        } else if (strncmp(argv[i], "out=", 4) == 0) {
            out = strdup(argv[i] + 4);
        } else if (strncmp(argv[i], "places=", 7) == 0) {
            places = argv[i] + 7;
        } else if (strncmp(argv[i], "ram=", 4) == 0) {
            ram = argv[i] + 4;
        } else if (strncmp(argv[i], "schedule=", 9) == 0) {
            schedule = argv[i] + 9;
        }
    }
    bool scheduled = places != NULL && ram != NULL && schedule != NULL;
    if (facts == NULL || (out == NULL && !scheduled)) {
        image_fail("usage", "-plugin observe.so,facts=FILE,out=FILE");
    }
    image_read(facts);
    if (scheduled) {
        schedule_open(places, ram, schedule);
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, finish, NULL);
    return 0;
}
