/* SPDX-License-Identifier: MIT */
/* The facts in memory: for each word of text its function, its markers and how often it ran. */
#include "tools/observe/image.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXTS_MAX 8
#define LINE_MAX  256

struct site {
    struct function *function;
    struct marker *markers;
    uint64_t executed;
};

struct text {
    uint64_t start;
    uint64_t end;
    uint64_t loaded;
    struct site *sites;
};

struct image image;
static struct text texts[TEXTS_MAX];
static unsigned text_count;

void image_fail(const char *what, const char *detail) {
    fprintf(stderr, "observe: %s: %s\n", what, detail);
    _Exit(125);
}

static void *image_allocate(size_t count, size_t size) {
    void *memory = calloc(count, size);
    if (memory == NULL) {
        image_fail("memory", "none left");
    }
    return memory;
}

static struct site *image_site(uint64_t pc) {
    for (unsigned i = 0; i < text_count; i++) {
        if (pc >= texts[i].start && pc < texts[i].end) {
            return &texts[i].sites[(pc - texts[i].start) / 4];
        }
    }
    return NULL;
}

uint64_t image_linked(uint64_t pc) {
    for (unsigned i = 0; i < text_count; i++) {
        if (pc >= texts[i].loaded && pc < texts[i].loaded + (texts[i].end - texts[i].start)) {
            return pc - texts[i].loaded + texts[i].start;
        }
    }
    return pc;
}

struct function *image_function(uint64_t pc) {
    struct site *site = image_site(pc);
    return site == NULL ? NULL : site->function;
}

struct function *image_function_at(uint64_t pc) {
    struct function *function = image_function(pc);
    return function != NULL && function->start == pc ? function : NULL;
}

struct marker *image_markers(uint64_t pc) {
    struct site *site = image_site(pc);
    return site == NULL ? NULL : site->markers;
}

void image_executed(uint64_t pc, uint64_t times) {
    struct site *site = image_site(pc);
    if (site != NULL) {
        site->executed += times;
    }
}

void image_each_executed(void (*visit)(uint64_t pc, uint64_t times, void *data), void *data) {
    for (unsigned i = 0; i < text_count; i++) {
        for (uint64_t pc = texts[i].start; pc < texts[i].end; pc += 4) {
            uint64_t times = texts[i].sites[(pc - texts[i].start) / 4].executed;
            if (times != 0) {
                visit(pc, times, data);
            }
        }
    }
}

/* --- Reading ---------------------------------------------------------------------------------- */

static void add_text(uint64_t start, uint64_t end, uint64_t loaded) {
    if (text_count == TEXTS_MAX || end <= start) {
        image_fail("facts", "text");
    }
    texts[text_count++] =
        (struct text){start, end, loaded, image_allocate((end - start) / 4, sizeof(struct site))};
}

static void add_function(uint64_t start, uint64_t end, const char *flags) {
    if (image.function_count % 256 == 0) {
        /* Sites point to functions: this is read before any site is filled. */
        image.functions =
            realloc(image.functions, (image.function_count + 256) * sizeof *image.functions);
        if (image.functions == NULL) {
            image_fail("memory", "none left");
        }
    }
    struct function *function = &image.functions[image.function_count++];
    *function = (struct function){.start = start,
                                  .end = end,
                                  .of_kernel = strchr(flags, 'k') != NULL,
                                  .panics = strchr(flags, 'p') != NULL};
}

static void fill_sites(void) {
    for (uint32_t i = 0; i < image.function_count; i++) {
        struct function *function = &image.functions[i];
        for (uint64_t pc = function->start; pc < function->end; pc += 4) {
            struct site *site = image_site(pc);
            if (site != NULL) {
                site->function = function;
            }
        }
    }
}

static void add_group(uint64_t index, uint64_t kind) {
    if (index != image.group_count) {
        image_fail("facts", "groups out of order");
    }
    image.groups = realloc(image.groups, (index + 1) * sizeof *image.groups);
    if (image.groups == NULL) {
        image_fail("memory", "none left");
    }
    image.groups[image.group_count++] = (struct group){.kind = (enum marker_kind)kind};
}

/* After all functions and groups, which do not move any more. */
static void add_marker(uint64_t address, uint64_t kind, uint64_t group) {
    struct site *site = image_site(address);
    const bool masks = kind == MARKER_MASKS;
    const bool grouped = !masks && kind != MARKER_LEFT_OUT;
    if (site == NULL || (grouped && group >= image.group_count)) {
        image_fail("facts", "a marker without a place");
    }
    struct marker *marker = image_allocate(1, sizeof *marker);
    *marker = (struct marker){.address = address,
                              .kind = (enum marker_kind)kind,
                              .group = grouped ? &image.groups[group] : NULL,
                              .raises = masks && group != 0,
                              .next = site->markers};
    site->markers = marker;
    struct function *function = image_function(address);
    if (kind == MARKER_LIMIT && function != NULL) {
        marker->next_limit = function->limits;
        function->limits = marker;
    }
}

static void read_line(const char *line) {
    uint64_t a = 0, b = 0, c = 0;
    char flags[8] = "";
    if (sscanf(line, "function %" SCNx64 " %" SCNx64 " %7s", &a, &b, flags) == 3) {
        add_function(a, b, flags);
    } else if (sscanf(line, "text %" SCNx64 " %" SCNx64 " %" SCNx64, &a, &b, &c) == 3) {
        add_text(a, b, c);
    } else if (sscanf(line, "group %" SCNu64 " %" SCNu64, &a, &b) == 2) {
        add_group(a, b);
    } else if (sscanf(line, "marker %" SCNx64 " %" SCNu64 " %" SCNu64, &a, &b, &c) == 3) {
        add_marker(a, b, c);
    } else if (strcmp(line, "functions end") == 0) {
        fill_sites();
    } else if (sscanf(line, "resume %" SCNx64 " %" SCNx64, &a, &b) == 2) {
        image.resume_start = a;
        image.resume_end = b;
    } else if (sscanf(line, "vectors %" SCNx64, &a) == 1) {
        image.vectors = a;
    } else if (sscanf(line, "calls %" SCNu64, &a) == 1 && a <= SVCS_MAX) {
        image.svc_count = a;
    } else if (sscanf(line, "thread %" SCNx64, &a) == 1) {
        image.thread = a;
    } else if (sscanf(line, "elf %71s", image.digest) != 1) {
        image_fail("facts", line);
    }
}

void image_read(const char *path) {
    char line[LINE_MAX];
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        image_fail("no facts", path);
    }
    while (fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        read_line(line);
    }
    fclose(file);
    if (text_count == 0 || image.function_count == 0) {
        image_fail("facts", "neither text nor functions");
    }
}
