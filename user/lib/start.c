/* SPDX-License-Identifier: MIT */
/*
 * From the first instruction to main(): the stack is read, the first thread gets its thread-local
 * data, constructors run. A static-PIE was relocated by who loaded it, so that this is plain C from
 * its first line; only errno may not be touched before tls_start().
 */
#include <stdlib.h>
#include <string.h>

#include "abi/auxiliary.h"
#include "user/lib/program.h"
#include "user/lib/system.h"
#include "user/lib/tls.h"

/* user/lib/program.ld.S */
extern void (*program_init_start[])(int, char **, char **),
    (*program_init_end[])(int, char **, char **);
extern void (*program_fini_start[])(void), (*program_fini_end[])(void);

extern char **environ;

struct program program;

void program_start(uint64_t *stack) __attribute__((noreturn));

/* Returns the alignment of thread-local data: of the program header with type 7 (PT_TLS). */
static uint64_t tls_alignment(uint64_t headers, uint64_t size, uint64_t count) {
    for (uint64_t i = 0; i < count; i++) {
        const char *header = (const char *)(uintptr_t)(headers + i * size);
        uint32_t type;
        uint64_t alignment;
        memcpy(&type, header, sizeof type);
        memcpy(&alignment, header + 48, sizeof alignment);
        if (type == 7) {
            return alignment == 0 ? 1 : alignment;
        }
    }
    return 1;
}

static void auxiliary_read(const uint64_t *pair) {
    uint64_t headers = 0;
    uint64_t header_size = 0;
    uint64_t header_count = 0;
    for (; pair[0] != AUXILIARY_END; pair += 2) {
        switch (pair[0]) {
        case AUXILIARY_HEADERS:
            headers = pair[1];
            break;
        case AUXILIARY_HEADER_SIZE:
            header_size = pair[1];
            break;
        case AUXILIARY_HEADER_COUNT:
            header_count = pair[1];
            break;
        case AUXILIARY_PAGE_SIZE:
            program.page_size = pair[1];
            break;
        case AUXILIARY_CLOCK_HZ:
            program.clock_hz = pair[1];
            break;
        case AUXILIARY_CONSOLE:
            program.console = pair[1];
            break;
        case AUXILIARY_TERMINAL:
            program.terminal = pair[1];
            break;
        case AUXILIARY_SOURCE:
            program.source = pair[1];
            break;
        case AUXILIARY_OUTPUT:
            program.output = pair[1];
            break;
        case AUXILIARY_INPUT:
            program.input = pair[1];
            break;
        case AUXILIARY_PROGRAMS:
            program.programs = pair[1];
            break;
        case AUXILIARY_SYSTEM:
            program.system = pair[1];
            break;
        default:
            break;
        }
    }
    tls_start(tls_alignment(headers, header_size, headers == 0 ? 0 : header_count));
}

static void destructors_run(void) {
    for (void (**at)(void) = program_fini_end; at > program_fini_start;) {
        (*--at)();
    }
}

void program_start(uint64_t *stack) {
    const int argc = (int)stack[0];
    char **argv = (char **)(stack + 1);
    program.environment = argv + argc + 1;
    char **end = program.environment;
    while (*end != NULL) {
        end++;
    }
    auxiliary_read((const uint64_t *)(end + 1));
    environ = program.environment;
    atexit(destructors_run);
    for (void (**at)(int, char **, char **) = program_init_start; at < program_init_end; at++) {
        (*at)(argc, argv, environ);
    }
    exit(main(argc, argv, environ));
}
