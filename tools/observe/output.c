/* SPDX-License-Identifier: MIT */
/*
 * One fact a line; addresses are hexadecimal, all else is decimal. PHASE is 0 the boot, 1 threads
 * and doors, 2 from a panic on. Of code outside the kernel only its edges to the kernel are told.
 *
 *   elf DIGEST
 *   instructions COUNT              of the first CPU, everything included
 *   x PC COUNT                      executed
 *   e FROM TO COUNT                 an edge of one thread's flow
 *   v FROM VECTOR COUNT             an exception; FROM 0: the thread executed nothing since its eret
 *   r ERET TO COUNT                 an eret; TO a vector: interrupted before the first instruction
 *   f FUNCTION PHASE CALLS MIN MAX LEFT   instructions of one call
 *   t FUNCTION CALLS MIN MAX LEFT   the same where the thread ended in the call, up to its last eret
 *   d REASON PHASE COUNT MIN MAX LEFT     a door, from vector to eret: svc:NUMBER, irq, fault, other
 *   m START END PHASE COUNT MAX LEFT      a stretch with interrupts masked
 *   g GROUP PHASE STARTS MAX        turns of a loop, or takings of a limited path
 *   problem NAME COUNT PC           where first; one line for the kernel, one for applications
 *   end
 *
 * LEFT: how many came by BOUND_LEFT_OUT; they are in none of the other figures.
 */
#include "tools/observe/output.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tools/observe/edges.h"
#include "tools/observe/flow.h"
#include "tools/observe/masks.h"

static bool of_kernel(uint64_t pc) {
    const struct function *function = image_function(pc);
    return function == NULL || function->of_kernel;
}

static void write_executed(uint64_t pc, uint64_t times, void *file) {
    if (of_kernel(pc)) {
        fprintf(file, "x %" PRIx64 " %" PRIu64 "\n", pc, times);
    }
}

static void write_edge(const struct edge *edge, void *file) {
    static const char letters[] = {[EDGE_FLOW] = 'e', [EDGE_EXCEPTION] = 'v', [EDGE_RESUME] = 'r'};
    if (edge->kind != EDGE_FLOW || of_kernel(edge->from) || of_kernel(edge->to)) {
        fprintf(file, "%c %" PRIx64 " %" PRIx64 " %" PRIu64 "\n", letters[edge->kind], edge->from,
                edge->to, edge->count);
    }
}

static void write_window(FILE *file, const struct window *window) {
    fprintf(file, " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", window->count, window->min,
            window->max, window->left_out);
}

static bool is_empty(const struct window *window) {
    return window->count == 0 && window->left_out == 0;
}

static void write_functions(FILE *file) {
    for (uint32_t i = 0; i < image.function_count; i++) {
        const struct function *function = &image.functions[i];
        for (int phase = 0; function->of_kernel && phase < PHASES; phase++) {
            if (!is_empty(&function->calls[phase])) {
                fprintf(file, "f %" PRIx64 " %d", function->start, phase);
                write_window(file, &function->calls[phase]);
            }
        }
        if (function->of_kernel && !is_empty(&function->ended)) {
            fprintf(file, "t %" PRIx64, function->start);
            write_window(file, &function->ended);
        }
    }
}

static void write_doors(FILE *file) {
    static const char *const names[] = {"irq", "fault", "other", "user", "user_irq"};
    for (int reason = 0; reason < DOORS; reason++) {
        for (int phase = 0; phase < PHASES; phase++) {
            if (is_empty(&flow_doors[reason][phase])) {
                continue;
            }
            if (reason < SVCS_MAX) {
                fprintf(file, "d svc:%d %d", reason, phase);
            } else {
                fprintf(file, "d %s %d", names[reason - SVCS_MAX], phase);
            }
            write_window(file, &flow_doors[reason][phase]);
        }
    }
}

static void write_stretch(const struct stretch *stretch, void *file) {
    fprintf(file, "m %" PRIx64 " %" PRIx64 " %d %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
            stretch->start, stretch->end, (int)stretch->phase, stretch->count, stretch->max,
            stretch->left_out);
}

static void write_groups(FILE *file) {
    for (uint32_t i = 0; i < image.group_count; i++) {
        for (int phase = 0; phase < PHASES; phase++) {
            if (image.groups[i].starts[phase] != 0 || image.groups[i].max[phase] != 0) {
                fprintf(file, "g %u %d %" PRIu64 " %" PRIu64 "\n", i, phase,
                        image.groups[i].starts[phase], image.groups[i].max[phase]);
            }
        }
    }
}

static void write_problems(FILE *file) {
    for (int i = 0; i < 2 * PROBLEMS; i++) {
        uint64_t pc = 0;
        const char *name = "";
        uint64_t count = context_problem_count((enum problem)(i / 2), i % 2 != 0, &pc, &name);
        if (count != 0) {
            fprintf(file, "problem %s %" PRIu64 " %" PRIx64 "\n", name, count, pc);
        }
    }
}

void output_write(const char *path) {
    char partial[1024];
    if (snprintf(partial, sizeof partial, "%s.partial", path) >= (int)sizeof partial) {
        image_fail("the file's name is too long", path);
    }
    FILE *file = fopen(partial, "w");
    if (file == NULL) {
        image_fail("cannot be written", partial);
    }
    fprintf(file, "elf %s\ninstructions %" PRIu64 "\n", image.digest, clock_now);
    image_each_executed(write_executed, file);
    edges_each(write_edge, file);
    write_functions(file);
    write_doors(file);
    masks_each(write_stretch, file);
    write_groups(file);
    write_problems(file);
    fprintf(file, "end\n");
    if (fclose(file) != 0 || rename(partial, path) != 0) {
        image_fail("cannot be written", path);
    }
}
