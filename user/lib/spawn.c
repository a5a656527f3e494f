/* SPDX-License-Identifier: MIT */
/* Requests are put together in the message area, where the kernel reads them. */
#include "user/lib/spawn.h"

#include <stdbool.h>
#include <string.h>

static struct spawn_request *request_area(void) {
    return system_message_area();
}

/* Appends a text with its NUL. False: there is no room. */
static bool put_text(struct spawn_request *request, size_t *used, const char *text) {
    const size_t size = strlen(text) + 1;
    if (size > SPAWN_TEXT_BYTES_MAX - *used) {
        return false;
    }
    memcpy(request->texts + *used, text, size);
    *used += size;
    return true;
}

static bool put_texts(struct spawn_request *request, size_t *used, const char *const *texts,
                      uint16_t *count) {
    *count = 0;
    for (; texts != NULL && texts[*count] != NULL; (*count)++) {
        if (*count == SPAWN_TEXTS_MAX || !put_text(request, used, texts[*count])) {
            return false;
        }
    }
    return true;
}

int64_t spawn(uint64_t programs, const struct spawn *spawn) {
    struct spawn_request *request = request_area();
    size_t used = 0;
    *request = (struct spawn_request){.pages = spawn->pages,
                                      .stack_pages = spawn->stack_pages,
                                      .children = spawn->children,
                                      .priority = spawn->priority,
                                      .handle_count = spawn->handle_count};
    if (spawn->handle_count > SPAWN_HANDLES_MAX || !put_text(request, &used, spawn->path) ||
        !put_texts(request, &used, spawn->arguments, &request->argument_count) ||
        !put_texts(request, &used, spawn->environment, &request->environment_count)) {
        return STATUS_OUT_OF_RANGE;
    }
    if (spawn->handle_count != 0) {
        memcpy(request->handle, spawn->handles, spawn->handle_count * sizeof(struct spawn_handle));
    }
    return system_process_spawn(programs);
}

int64_t spawn_wait(uint64_t handle, uint64_t deadline, struct spawn_end *end) {
    const int64_t waited = system_process_wait(handle, deadline);
    if (waited != STATUS_OK && waited != STATUS_FAULTED) {
        return waited;
    }
    const int64_t how = system_process_collect(handle);
    if (how != STATUS_OK && how != STATUS_FAULTED && how != STATUS_CLOSED) {
        return how;
    }
    if (end != NULL) {
        *end = *(const struct spawn_end *)system_message_area();
    }
    (void)system_handle_close(handle);
    return how;
}
