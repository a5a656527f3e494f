/* SPDX-License-Identifier: MIT */
/* What the kernel tells of itself, in columns. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/system.h"
#include "user/lib/program.h"
#include "user/lib/system.h"
#include "user/shell/shell.h"

#define PAGE_KIB 4

/* One list of threads, and the moment. */
struct snapshot {
    uint64_t now;
    uint64_t idle;
    int64_t count;
    struct system_thread thread[SYSTEM_RECORDS_MAX];
};

static bool figures_get(struct system_figures *figures) {
    if (system_read(program.system, SYSTEM_FIGURES, 0) != 1) {
        printf("not allowed\n");
        return false;
    }
    *figures = *(const struct system_figures *)SYSCALL_MESSAGE_AREA;
    return true;
}

static bool snapshot_take(uint64_t what, struct snapshot *snapshot) {
    struct system_figures figures;
    snapshot->count = system_read(program.system, what, 0);
    if (snapshot->count < 0) {
        printf("not allowed\n");
        return false;
    }
    memcpy(snapshot->thread, (const void *)SYSCALL_MESSAGE_AREA,
           (size_t)snapshot->count * sizeof(struct system_thread));
    if (!figures_get(&figures)) {
        return false;
    }
    snapshot->now = figures.now;
    snapshot->idle = figures.idle;
    return true;
}

static uint64_t microseconds(uint64_t ticks) {
    return ticks / program.clock_hz * 1000000 +
           ticks % program.clock_hz * 1000000 / program.clock_hz;
}

static const char *state_name(uint8_t state) {
    static const char *const names[] = {"ready", "waiting", "sleeping", "suspended", "ended"};
    return state < sizeof names / sizeof names[0] ? names[state] : "?";
}

int command_ps(int count, char **words) {
    static struct snapshot all;
    (void)count, (void)words;
    if (!snapshot_take(SYSTEM_THREADS, &all)) {
        return 1;
    }
    printf("  id  priority  base  state      time (ms)  name\n");
    for (int64_t i = 0; i < all.count; i++) {
        const struct system_thread *thread = &all.thread[i];
        char time[24] = "-";
        if (thread->ran != SYSTEM_NOT_COUNTED) {
            const uint64_t ran = microseconds(thread->ran);
            (void)snprintf(time, sizeof time, "%llu.%03u", (unsigned long long)(ran / 1000),
                           (unsigned)(ran % 1000));
        }
        printf("%4u  %8u  %4u  %-9s  %9s  %s%s\n", (unsigned)thread->index, thread->priority,
               thread->base, state_name(thread->state), time, thread->name,
               thread->user ? "" : " (kernel)");
    }
    return 0;
}

static void pause_for(uint64_t milliseconds) {
    (void)system_sleep_until(system_clock() + milliseconds * program.clock_hz / 1000);
}

/* A second between two looks, both counted. */
static bool second_watch(struct snapshot *before, struct snapshot *after) {
    if (!snapshot_take(SYSTEM_COUNTED, before) || !snapshot_take(SYSTEM_COUNTED, before)) {
        return false;
    }
    (void)fflush(stdout);
    pause_for(1000);
    return snapshot_take(SYSTEM_COUNTED, after);
}

static unsigned thousandths(uint64_t part, uint64_t whole) {
    return whole != 0 ? (unsigned)(part * 1000 / whole) : 0;
}

static uint64_t ran_before(const struct snapshot *before, const struct system_thread *thread) {
    for (int64_t i = 0; i < before->count; i++) {
        if (before->thread[i].index == thread->index &&
            before->thread[i].generation == thread->generation) {
            return before->thread[i].ran;
        }
    }
    return SYSTEM_NOT_COUNTED;
}

static struct snapshot before_it, after_it;

static void share_show(const char *name, unsigned share) {
    printf("%4u.%u %%  %s\n", share / 10, share % 10, name);
}

static unsigned busy(void) {
    const uint64_t all = after_it.now - before_it.now;
    const uint64_t idle = after_it.idle - before_it.idle;
    return thousandths(all > idle ? all - idle : 0, all);
}

/* Those that ran, the most first. */
static void shares_show(void) {
    const uint64_t all = after_it.now - before_it.now;
    bool told[SYSTEM_RECORDS_MAX] = {false};
    share_show("all together", busy());
    for (int64_t turn = 0; turn < after_it.count; turn++) {
        int64_t best = -1;
        uint64_t most = 0;
        for (int64_t i = 0; i < after_it.count; i++) {
            const uint64_t ran = after_it.thread[i].ran;
            const uint64_t before = ran_before(&before_it, &after_it.thread[i]);
            const bool is_known = ran != SYSTEM_NOT_COUNTED && before != SYSTEM_NOT_COUNTED;
            if (!told[i] && is_known && ran - before > most) {
                best = i;
                most = ran - before;
            }
        }
        if (best < 0) {
            return;
        }
        told[best] = true;
        share_show(after_it.thread[best].name, thousandths(most, all));
    }
}

int command_top(int count, char **words) {
    const unsigned long wanted = count > 1 ? strtoul(words[1], NULL, 10) : 1;
    for (unsigned long i = 0; i < wanted && !input_interrupted(); i++) {
        if (!second_watch(&before_it, &after_it)) {
            return 1;
        }
        shares_show();
    }
    return 0;
}

int command_load(int count, char **words) {
    (void)count, (void)words;
    if (!second_watch(&before_it, &after_it)) {
        return 1;
    }
    const unsigned share = busy();
    printf("the CPU was busy for %u.%u %% of a second\n", share / 10, share % 10);
    return 0;
}

int command_mem(int count, char **words) {
    struct system_figures figures;
    (void)count, (void)words;
    if (!figures_get(&figures)) {
        return 1;
    }
    printf("frames   %llu KiB, %llu free, %llu at least\n",
           (unsigned long long)figures.frames * PAGE_KIB,
           (unsigned long long)figures.frames_free * PAGE_KIB,
           (unsigned long long)figures.frames_lowest * PAGE_KIB);
    printf("heap     %llu KiB, %llu bytes used\n", (unsigned long long)figures.heap_size / 1024,
           (unsigned long long)figures.heap_used);
    printf("threads  %u, %u free\n", (unsigned)figures.threads, (unsigned)figures.threads_free);
    printf("lost     %llu records of the log, %llu characters typed\n",
           (unsigned long long)figures.log_lost, (unsigned long long)figures.typed_lost);
    return 0;
}

int command_irq(int count, char **words) {
    (void)count, (void)words;
    const int64_t lines = system_read(program.system, SYSTEM_LINES, 0);
    const struct system_line *line = (const struct system_line *)SYSCALL_MESSAGE_AREA;
    struct system_line all[SYSTEM_RECORDS_MAX];
    if (lines < 0) {
        printf("not allowed\n");
        return 1;
    }
    memcpy(all, line, (size_t)lines * sizeof all[0]);
    printf("line  interrupts\n");
    for (int64_t i = 0; i < lines; i++) {
        printf("%4u  %llu\n", (unsigned)all[i].line, (unsigned long long)all[i].count);
    }
    return 0;
}

int command_uptime(int count, char **words) {
    (void)count, (void)words;
    const uint64_t now = microseconds(system_clock());
    printf("up %llu.%06u s\n", (unsigned long long)(now / 1000000), (unsigned)(now % 1000000));
    return 0;
}
