/* SPDX-License-Identifier: MIT */
/* What a program finds on its stack: abi/auxiliary.h draws it. */
#include "abi/auxiliary.h"
#include "kernel/proc/load_internal.h"
#include "kernel/time/time.h"
#include "lib/bound.h"
#include "lib/string.h"

/* argc, both lists with their ends, the pairs with theirs. */
#define WORDS_MAX (1 + 2 * (LOAD_TEXTS_MAX + 1) + 2 * 17)

_Static_assert(WORDS_MAX * 8 + LOAD_TEXT_BYTES_MAX + 16 <= PAGE_SIZE, "one page has all of it");

/* Texts grow downwards from the end of the page, words are collected and put below them. */
struct stack_page {
    uint8_t *page;
    uint64_t texts; /* offset of the lowest */
    uint64_t word[WORDS_MAX];
    uint32_t count;
};

static uint64_t address_of(uint64_t offset) {
    return LOAD_STACK_TOP - PAGE_SIZE + offset;
}

static void put(struct stack_page *stack, uint64_t word) {
    stack->word[stack->count++] = word;
}

static void put_pair(struct stack_page *stack, uint64_t type, uint64_t value) {
    put(stack, type);
    put(stack, value);
}

/* Length without the NUL, at most LOAD_TEXT_BYTES_MAX. */
static uint64_t text_length(const char *text) {
    uint64_t length = 0;
    BOUND_LOOP(letters, LOAD_TEXT_BYTES_MAX);
    while (length < LOAD_TEXT_BYTES_MAX && text[length] != 0) {
        BOUND_TURN(letters);
        length++;
    }
    return length;
}

static bool put_text(struct stack_page *stack, const char *text) {
    const uint64_t size = text_length(text) + 1;
    if (size > stack->texts - (PAGE_SIZE - LOAD_TEXT_BYTES_MAX)) {
        return false;
    }
    stack->texts -= size;
    memcpy(stack->page + stack->texts, text, size - 1); /* the page was zero */
    put(stack, address_of(stack->texts));
    return true;
}

/* A list of texts and the null behind it. */
static bool put_list(struct stack_page *stack, const char *const *texts, uint32_t count) {
    BOUND_LOOP(texts, LOAD_TEXTS_MAX);
    for (uint32_t i = 0; i < count; i++) {
        BOUND_TURN(texts);
        if (!put_text(stack, texts[i])) {
            return false;
        }
    }
    put(stack, 0);
    return true;
}

static void put_auxiliary(struct stack_page *stack, const struct load *load) {
    const struct elf *elf = &load->elf;
    if (elf->headers_address != 0) {
        put_pair(stack, AUXILIARY_HEADERS, load->base + elf->headers_address);
        put_pair(stack, AUXILIARY_HEADER_SIZE, 56);
        put_pair(stack, AUXILIARY_HEADER_COUNT, elf->header_count);
    }
    put_pair(stack, AUXILIARY_PAGE_SIZE, PAGE_SIZE);
    put_pair(stack, AUXILIARY_BASE, load->base);
    put_pair(stack, AUXILIARY_ENTRY, load->base + elf->entry);
    put_pair(stack, AUXILIARY_CLOCK_HZ, time_frequency_hz());
    put_pair(stack, AUXILIARY_CONSOLE, load->console);
    put_pair(stack, AUXILIARY_HANDLES, load->request->gift_count + load->request->console);
    put_pair(stack, AUXILIARY_TERMINAL, load->terminal);
    put_pair(stack, AUXILIARY_INPUT, load->input);
    put_pair(stack, AUXILIARY_SOURCE, load->source);
    put_pair(stack, AUXILIARY_OUTPUT, load->output);
    put_pair(stack, AUXILIARY_PROGRAMS, load->programs);
    put_pair(stack, AUXILIARY_SYSTEM, load->system);
    put_pair(stack, AUXILIARY_END, 0);
}

status_t load_stack_write(const struct load *load, uint64_t *used) {
    const struct load_request *request = load->request;
    struct stack_page stack = {.page = load->scratch, .texts = PAGE_SIZE};
    memset(load->scratch, 0, PAGE_SIZE);
    put(&stack, request->argument_count);
    if (!put_list(&stack, request->arguments, request->argument_count) ||
        !put_list(&stack, request->environment, request->environment_count)) {
        return STATUS_OUT_OF_RANGE;
    }
    put_auxiliary(&stack, load);
    const uint64_t start = (stack.texts - stack.count * sizeof(uint64_t)) & ~UINT64_C(15);
    memcpy(load->scratch + start, stack.word, stack.count * sizeof(uint64_t));
    *used = PAGE_SIZE - start;
    return STATUS_OK;
}
