/* SPDX-License-Identifier: MIT */
/* The most turns of each loop of lib/bound.h in a program of this machine, appended at its end to the
 * file that GENRT_BOUND_MAXIMA names, a line each: FILE:NAME NUMBER MOST. A claim whose number is
 * reached is tested: the same program would stop if the number were one lower. */
#include <stdio.h>
#include <stdlib.h>

#include "lib/bound.h"

/* The ends of the section, by the linker. One record without a name, so that there is a section in a
 * program without loops too. */
extern struct bound_seen __start_bound_seen[];
extern struct bound_seen __stop_bound_seen[];
static struct bound_seen nameless __attribute__((section("bound_seen"), used, aligned(8)));

__attribute__((destructor)) static void write_down(void) {
    const char *path = getenv("GENRT_BOUND_MAXIMA");
    FILE *file = path == NULL ? NULL : fopen(path, "a");
    if (file == NULL) {
        return;
    }
    for (const struct bound_seen *seen = __start_bound_seen; seen < __stop_bound_seen; seen++) {
        if (seen->name != NULL) {
            fprintf(file, "%s %lu %lu\n", seen->name, seen->number, seen->most);
        }
    }
    fclose(file);
}
