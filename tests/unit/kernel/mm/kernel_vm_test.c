/* SPDX-License-Identifier: MIT */
/* Changing the live tables: every refusal, every roll-back, and random requests against
 * a plain array. */
#include "tests/unit/kernel/mm/vm_test_machine.h"

/* --- Refusals --- */

struct request {
    vaddr_t address;
    uint64_t start;
    uint64_t size;
    enum kernel_protection protection;
    status_t status;
};

TEST(map_refuses) {
    machine_boot();
    const unsigned frames = frames_out;
    const uint64_t end = KERNEL_AREA_SIZE;
    const uint64_t page = PAGE_SIZE;
    const struct request requests[] = {
        {AREA(8), POOL, page, KERNEL_READ_WRITE, STATUS_MISALIGNED},
        {AREA(0), POOL + 8, page, KERNEL_READ_WRITE, STATUS_MISALIGNED},
        {AREA(0), POOL, page + 8, KERNEL_READ_WRITE, STATUS_MISALIGNED},
        {AREA(0), POOL, 0, KERNEL_READ_WRITE, STATUS_INVALID_ARGUMENT},
        {AREA(0), POOL, page, KERNEL_READ_EXECUTE, STATUS_INVALID_ARGUMENT},
        {AREA(0), POOL, page, (enum kernel_protection)77, STATUS_INVALID_ARGUMENT},
        {AREA(end), POOL, page, KERNEL_READ_WRITE, STATUS_OUT_OF_RANGE},
        {AREA(end - page), POOL, 2 * page, KERNEL_READ_WRITE, STATUS_OUT_OF_RANGE},
        {AREA(-page), POOL, page, KERNEL_READ_WRITE, STATUS_OUT_OF_RANGE},
        {AREA(-page), POOL, 2 * page, KERNEL_READ_WRITE, STATUS_OUT_OF_RANGE},
        {AREA(0), POOL, -page, KERNEL_READ_WRITE, STATUS_OUT_OF_RANGE},
        {AREA(page), POOL, -page, KERNEL_READ_WRITE, STATUS_OUT_OF_RANGE},
        {vaddr(-page), POOL, page, KERNEL_READ_WRITE, STATUS_OUT_OF_RANGE},
        {vaddr(-page), POOL, 2 * page, KERNEL_READ_WRITE, STATUS_OUT_OF_RANGE},
        {vaddr(0), POOL, page, KERNEL_READ_WRITE, STATUS_OUT_OF_RANGE},
        {vaddr(POOL), POOL, page, KERNEL_READ_WRITE, STATUS_OUT_OF_RANGE},
        {DIRECT(POOL), POOL, page, KERNEL_READ_WRITE, STATUS_OUT_OF_RANGE},
        {DIRECT(2 * GIB), POOL, page, KERNEL_READ_WRITE, STATUS_OUT_OF_RANGE},
        {DIRECT(IMAGE - page), IMAGE - page, 2 * page, KERNEL_READ_WRITE, STATUS_OUT_OF_RANGE},
        {DIRECT(DATA), DATA + page, page, KERNEL_READ_WRITE, STATUS_OUT_OF_RANGE},
        {DIRECT(DATA), DATA, page, KERNEL_READ_WRITE, STATUS_OVERLAP},
        {DIRECT(TEXT), TEXT, page, KERNEL_READ_ONLY, STATUS_OVERLAP},
        {DIRECT(RODATA), RODATA, page, KERNEL_READ_ONLY, STATUS_OVERLAP},
        {AREA(0), 8 * GIB + 64 * MIB, KERNEL_REGION_MAX + page, KERNEL_READ_WRITE,
         STATUS_OUT_OF_RANGE},
        {AREA(0), DIRECT_MAP_SIZE, page, KERNEL_DEVICE, STATUS_OUT_OF_RANGE},
        {AREA(0), DIRECT_MAP_SIZE - page, 2 * page, KERNEL_DEVICE, STATUS_OUT_OF_RANGE},
        {AREA(0), -page, 2 * page, KERNEL_DEVICE, STATUS_OUT_OF_RANGE},
        {AREA(0), RAM_START + RAM_SIZE - page, 2 * page, KERNEL_READ_WRITE,
         STATUS_INVALID_ARGUMENT},
        {AREA(0), UART, page, KERNEL_READ_WRITE, STATUS_INVALID_ARGUMENT},
        {AREA(0), UART, page, KERNEL_READ_ONLY, STATUS_INVALID_ARGUMENT},
        {AREA(0), POOL, page, KERNEL_DEVICE, STATUS_INVALID_ARGUMENT},
        {AREA(0), RAM_START - page, 2 * page, KERNEL_DEVICE, STATUS_INVALID_ARGUMENT},
        {AREA(0), TEXT - page, 2 * page, KERNEL_READ_WRITE, STATUS_INVALID_ARGUMENT},
        {AREA(0), RODATA + RODATA_SIZE - page, 2 * page, KERNEL_READ_WRITE,
         STATUS_INVALID_ARGUMENT},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(requests); i++) {
        const struct request *r = &requests[i];
        const status_t status =
            map_kernel_region(r->address, paddr(r->start), r->size, r->protection);
        if (status != r->status) {
            test_fail(__FILE__, __LINE__, "request %u: %d, expected %d", i, status, r->status);
        }
    }
    EXPECT_EQ(frames_out, frames);
    expect_sound();
    EXPECT_EQ(map_kernel_region(AREA(end - page), paddr(POOL), page, KERNEL_READ_WRITE), STATUS_OK);
    EXPECT_EQ(map_kernel_region(AREA(0), paddr(UART), page, KERNEL_DEVICE), STATUS_OK);
    EXPECT_EQ(map_kernel_region(AREA(page), paddr(TEXT), page, KERNEL_READ_ONLY), STATUS_OK);
    expect_sound();
}

TEST(a_page_is_mapped_as_a_region_of_one) {
    machine_boot();
    const unsigned frames = frames_out;
    EXPECT_EQ(map_kernel_page(AREA(0), paddr(POOL), KERNEL_READ_WRITE), STATUS_OK);
    expect_mapped(AREA(0), POOL, KERNEL_READ_WRITE);
    expect_unmapped(AREA(PAGE_SIZE));
    EXPECT_EQ(map_kernel_page(AREA(0), paddr(POOL), KERNEL_READ_WRITE), STATUS_OVERLAP);
    EXPECT_EQ(map_kernel_page(AREA(PAGE_SIZE), paddr(TEXT), KERNEL_READ_WRITE),
              STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(map_kernel_page(AREA(1), paddr(POOL), KERNEL_READ_WRITE), STATUS_MISALIGNED);
    EXPECT_EQ(unmap_kernel_region(AREA(0), PAGE_SIZE), STATUS_OK);
    EXPECT_EQ(frames_out, frames);
    frames_until_failure = 2; /* of the three tables it takes */
    EXPECT_EQ(map_kernel_page(AREA(0), paddr(POOL), KERNEL_READ_WRITE), STATUS_NO_MEMORY);
    EXPECT_EQ(frames_out, frames);
    expect_sound();
}

TEST(unmap_and_protect_refuse) {
    machine_boot();
    EXPECT_EQ(map_kernel_region(AREA(0), paddr(POOL), 2 * PAGE_SIZE, KERNEL_READ_WRITE), STATUS_OK);
    EXPECT_EQ(map_kernel_region(AREA(GIB), paddr(UART), PAGE_SIZE, KERNEL_DEVICE), STATUS_OK);
    EXPECT_EQ(map_kernel_region(AREA(2 * GIB), paddr(TEXT), PAGE_SIZE, KERNEL_READ_ONLY),
              STATUS_OK);
    const unsigned frames = frames_out;
    const uint64_t page = PAGE_SIZE;
    /* `start` 1: unmap too, with the same answer */
    const struct request requests[] = {
        {AREA(8), 1, page, KERNEL_READ_ONLY, STATUS_MISALIGNED},
        {AREA(0), 1, page - 8, KERNEL_READ_ONLY, STATUS_MISALIGNED},
        {AREA(0), 1, 0, KERNEL_READ_ONLY, STATUS_INVALID_ARGUMENT},
        {AREA(0), 1, 3 * page, KERNEL_READ_ONLY, STATUS_NOT_MAPPED},
        {AREA(2 * page), 1, page, KERNEL_READ_ONLY, STATUS_NOT_MAPPED},
        {AREA(-page), 1, 2 * page, KERNEL_READ_ONLY, STATUS_OUT_OF_RANGE},
        {AREA(page), 1, -page, KERNEL_READ_ONLY, STATUS_OUT_OF_RANGE},
        {DIRECT(POOL), 1, page, KERNEL_READ_ONLY, STATUS_OUT_OF_RANGE},
        {DIRECT(UART), 1, page, KERNEL_DEVICE, STATUS_OUT_OF_RANGE},
        {DIRECT(TEXT - page), 1, 2 * page, KERNEL_READ_ONLY, STATUS_OUT_OF_RANGE},
        {vaddr(0), 1, page, KERNEL_READ_ONLY, STATUS_OUT_OF_RANGE},
        {AREA(0), 0, page, KERNEL_READ_EXECUTE, STATUS_INVALID_ARGUMENT},
        {AREA(0), 0, page, KERNEL_DEVICE, STATUS_INVALID_ARGUMENT},
        {AREA(0), 0, page, (enum kernel_protection)77, STATUS_INVALID_ARGUMENT},
        {AREA(GIB), 0, page, KERNEL_READ_WRITE, STATUS_INVALID_ARGUMENT},
        {AREA(GIB), 0, page, KERNEL_READ_ONLY, STATUS_INVALID_ARGUMENT},
        {AREA(2 * GIB), 0, page, KERNEL_READ_WRITE, STATUS_INVALID_ARGUMENT},
        {AREA(2 * GIB), 0, page, KERNEL_READ_EXECUTE, STATUS_INVALID_ARGUMENT},
        {DIRECT(TEXT), 0, page, KERNEL_READ_WRITE, STATUS_INVALID_ARGUMENT},
        {DIRECT(RODATA), 0, page, KERNEL_READ_WRITE, STATUS_INVALID_ARGUMENT},
        {DIRECT(RODATA), 0, page, KERNEL_READ_EXECUTE, STATUS_INVALID_ARGUMENT},
        {DIRECT(DATA), 0, page, KERNEL_READ_EXECUTE, STATUS_INVALID_ARGUMENT},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(requests); i++) {
        const struct request *r = &requests[i];
        status_t status = protect_kernel_region(r->address, r->size, r->protection);
        if (status == r->status && r->start == 1) {
            status = unmap_kernel_region(r->address, r->size);
        }
        if (status != r->status) {
            test_fail(__FILE__, __LINE__, "request %u: %d, expected %d", i, status, r->status);
        }
    }
    EXPECT_EQ(unmap_kernel_region(DIRECT(TEXT), PAGE_SIZE), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(unmap_kernel_region(DIRECT(RODATA), PAGE_SIZE), STATUS_OUT_OF_RANGE);
    expect_mapped(AREA(0), POOL, KERNEL_READ_WRITE);
    expect_mapped(AREA(page), POOL + page, KERNEL_READ_WRITE);
    EXPECT_EQ(frames_out, frames);
    expect_sound();
}

TEST(translate_refuses_the_user_half) {
    machine_boot();
    paddr_t found;
    EXPECT_EQ(translate_kernel_va(vaddr(IMAGE), &found), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(translate_kernel_va(vaddr(KERNEL_HVA_OFFSET - 1), &found), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(translate_kernel_va(vaddr(UINT64_MAX), &found), STATUS_NOT_MAPPED);
}

/* --- What works --- */

TEST(image_data_can_have_a_guard_page) {
    machine_boot();
    const unsigned frames = frames_out;
    expect_mapped(DIRECT(DATA), DATA, KERNEL_READ_WRITE);
    EXPECT_EQ(unmap_kernel_region(DIRECT(DATA), PAGE_SIZE), STATUS_OK);
    expect_unmapped(DIRECT(DATA));
    expect_mapped(DIRECT(DATA + PAGE_SIZE), DATA + PAGE_SIZE, KERNEL_READ_WRITE);
    expect_sound();
    EXPECT_EQ(map_kernel_region(DIRECT(DATA), paddr(DATA), PAGE_SIZE, KERNEL_READ_WRITE),
              STATUS_OK);
    expect_mapped(DIRECT(DATA), DATA, KERNEL_READ_WRITE);
    EXPECT_EQ(frames_out, frames);
}

TEST(rights_change_and_the_tlb_learns_it) {
    machine_boot();
    const uint64_t size = 3 * PAGE_SIZE;
    EXPECT_EQ(map_kernel_region(AREA(0), paddr(POOL), size, KERNEL_READ_WRITE), STATUS_OK);
    expect_mapped(AREA(PAGE_SIZE), POOL + PAGE_SIZE, KERNEL_READ_WRITE);
    EXPECT_EQ(protect_kernel_region(AREA(0), size, KERNEL_READ_ONLY), STATUS_OK);
    expect_mapped(AREA(PAGE_SIZE), POOL + PAGE_SIZE, KERNEL_READ_ONLY);
    EXPECT_EQ(protect_kernel_region(AREA(0), PAGE_SIZE, KERNEL_READ_WRITE), STATUS_OK);
    expect_mapped(AREA(0), POOL, KERNEL_READ_WRITE);
    expect_mapped(AREA(PAGE_SIZE), POOL + PAGE_SIZE, KERNEL_READ_ONLY);
    expect_mapped(DIRECT(TEXT), TEXT, KERNEL_READ_EXECUTE);
    EXPECT_EQ(protect_kernel_region(DIRECT(TEXT), TEXT_SIZE, KERNEL_READ_ONLY), STATUS_OK);
    expect_mapped(DIRECT(TEXT), TEXT, KERNEL_READ_ONLY);
    EXPECT_EQ(protect_kernel_region(DIRECT(TEXT), TEXT_SIZE, KERNEL_READ_EXECUTE), STATUS_OK);
    expect_mapped(DIRECT(TEXT), TEXT, KERNEL_READ_EXECUTE);
    EXPECT_EQ(protect_kernel_region(DIRECT(DATA), size, KERNEL_READ_ONLY), STATUS_OK);
    expect_mapped(DIRECT(DATA), DATA, KERNEL_READ_ONLY);
    expect_sound();
}

TEST(tables_that_become_empty_are_given_back) {
    machine_boot();
    const unsigned frames = frames_out;
    const uint64_t where[] = {0, 2 * MIB, GIB, 512 * GIB, 2 * MIB + PAGE_SIZE};
    const unsigned used[] = {3, 4, 6, 9, 9}; /* tables, after mapping each */
    for (unsigned i = 0; i < ARRAY_SIZE(where); i++) {
        EXPECT_EQ(map_kernel_region(AREA(where[i]), paddr(POOL), PAGE_SIZE, KERNEL_READ_WRITE),
                  STATUS_OK);
        EXPECT_EQ(frames_out, frames + used[i]);
    }
    expect_sound();
    const unsigned left[] = {8, 8, 6, 3, 0}; /* after unmapping each */
    for (unsigned i = 0; i < ARRAY_SIZE(where); i++) {
        EXPECT_EQ(unmap_kernel_region(AREA(where[i]), PAGE_SIZE), STATUS_OK);
        EXPECT_EQ(frames_out, frames + left[i]);
        expect_sound();
    }
}

/* A region over all borders there are: its tables are three for each side, less the root. */
TEST(map_rolls_back_at_each_lack_of_a_frame) {
    machine_boot();
    const unsigned frames = frames_out;
    const uint64_t offset = 512 * GIB - 3 * PAGE_SIZE;
    const uint64_t size = 6 * PAGE_SIZE;
    for (unsigned i = 0; i < 6; i++) {
        frames_until_failure = i;
        EXPECT_EQ(map_kernel_region(AREA(offset), paddr(POOL), size, KERNEL_READ_WRITE),
                  STATUS_NO_MEMORY);
        EXPECT_EQ(frames_out, frames);
        for (uint64_t page = 0; page < size; page += PAGE_SIZE) {
            expect_unmapped(AREA(offset + page));
        }
        expect_sound();
    }
    frames_until_failure = 6;
    EXPECT_EQ(map_kernel_region(AREA(offset), paddr(POOL), size, KERNEL_READ_WRITE), STATUS_OK);
    EXPECT_EQ(frames_out, frames + 6);
    expect_sound();
    EXPECT_EQ(unmap_kernel_region(AREA(offset), size), STATUS_OK);
    EXPECT_EQ(frames_out, frames);
}

TEST(map_rolls_back_at_an_overlap) {
    machine_boot();
    const uint64_t there = 2 * MIB + PAGE_SIZE; /* in a second table */
    EXPECT_EQ(map_kernel_region(AREA(there), paddr(POOL), PAGE_SIZE, KERNEL_READ_ONLY), STATUS_OK);
    const unsigned frames = frames_out;
    EXPECT_EQ(
        map_kernel_region(AREA(2 * MIB - PAGE_SIZE), paddr(POOL), 4 * PAGE_SIZE, KERNEL_READ_WRITE),
        STATUS_OVERLAP);
    expect_unmapped(AREA(2 * MIB - PAGE_SIZE));
    expect_unmapped(AREA(2 * MIB));
    expect_mapped(AREA(there), POOL, KERNEL_READ_ONLY);
    expect_unmapped(AREA(there + PAGE_SIZE));
    EXPECT_EQ(frames_out, frames);
    expect_sound();
}

/* --- Random requests against a plain array --- */

#define WINDOW_PAGES 40
#define WINDOWS      4
#define STEPS        20000

struct model_page {
    bool mapped;
    uint64_t start;
    enum kernel_protection protection;
};

/* Windows around a border of 2 MiB, of 1 GiB, of 512 GiB, and at the end of the area. */
static const uint64_t window_offset[WINDOWS] = {
    2 * MIB - WINDOW_PAGES / 2 * PAGE_SIZE,
    3 * GIB - WINDOW_PAGES / 2 * PAGE_SIZE,
    1024 * GIB - WINDOW_PAGES / 2 * PAGE_SIZE,
    KERNEL_AREA_SIZE - WINDOW_PAGES *PAGE_SIZE,
};
static struct model_page model[WINDOWS][WINDOW_PAGES];

static bool model_is(const struct model_page *pages, unsigned count, bool mapped) {
    for (unsigned i = 0; i < count; i++) {
        if (pages[i].mapped != mapped) {
            return false;
        }
    }
    return true;
}

static void model_map(struct random *random, vaddr_t address, struct model_page *pages,
                      unsigned count) {
    const bool device = random_one_in(random, 4);
    const uint64_t start = device ? UART + 16 * MIB : POOL + random_below(random, 64) * PAGE_SIZE;
    const enum kernel_protection protection = device                     ? KERNEL_DEVICE
                                              : random_one_in(random, 2) ? KERNEL_READ_ONLY
                                                                         : KERNEL_READ_WRITE;
    const bool free = model_is(pages, count, false);
    const bool starve = random_one_in(random, 4);
    const unsigned frames = frames_out;
    frames_until_failure = starve ? (unsigned)random_below(random, 3) : POOL_FRAMES;
    const status_t status = map_kernel_region(address, paddr(start), count * PAGE_SIZE, protection);
    frames_until_failure = POOL_FRAMES;
    if (status != STATUS_OK) {
        EXPECT(status == STATUS_OVERLAP ? !free : status == STATUS_NO_MEMORY && starve);
        EXPECT_EQ(frames_out, frames);
        return;
    }
    EXPECT(free);
    for (unsigned i = 0; i < count; i++) {
        pages[i] = (struct model_page){true, start + i * PAGE_SIZE, protection};
    }
}

static void model_unmap(vaddr_t address, struct model_page *pages, unsigned count) {
    const bool whole = model_is(pages, count, true);
    EXPECT_EQ(unmap_kernel_region(address, count * PAGE_SIZE),
              whole ? STATUS_OK : STATUS_NOT_MAPPED);
    for (unsigned i = 0; whole && i < count; i++) {
        pages[i].mapped = false;
    }
}

static void model_protect(struct random *random, vaddr_t address, struct model_page *pages,
                          unsigned count) {
    const enum kernel_protection protection = (enum kernel_protection)random_below(random, 4);
    status_t expected = STATUS_OK;
    for (unsigned i = 0; i < count && expected == STATUS_OK; i++) {
        const bool same_type =
            (pages[i].protection == KERNEL_DEVICE) == (protection == KERNEL_DEVICE);
        expected = !pages[i].mapped                                  ? STATUS_NOT_MAPPED
                   : protection == KERNEL_READ_EXECUTE || !same_type ? STATUS_INVALID_ARGUMENT
                                                                     : STATUS_OK;
    }
    EXPECT_EQ(protect_kernel_region(address, count * PAGE_SIZE, protection), expected);
    for (unsigned i = 0; expected == STATUS_OK && i < count; i++) {
        pages[i].protection = protection;
    }
}

static void model_compare(unsigned window) {
    for (unsigned i = 0; i < WINDOW_PAGES; i++) {
        const struct model_page *page = &model[window][i];
        const vaddr_t address = AREA(window_offset[window] + i * PAGE_SIZE);
        if (page->mapped) {
            expect_mapped(vaddr_add(address, 123), page->start + 123, page->protection);
        } else {
            expect_unmapped(address);
        }
    }
}

/* Empties a window, and its tables with it. */
static void model_clear(unsigned window) {
    for (unsigned i = 0; i < WINDOW_PAGES; i++) {
        if (model[window][i].mapped) {
            model_unmap(AREA(window_offset[window] + i * PAGE_SIZE), &model[window][i], 1);
        }
    }
}

TEST(random_requests_agree_with_a_model) {
    machine_boot();
    struct random random = test_random();
    const unsigned frames = frames_out;
    memset(model, 0, sizeof(model));
    for (unsigned step = 0; step < STEPS; step++) {
        const unsigned window = (unsigned)random_below(&random, WINDOWS);
        const unsigned limit = random_one_in(&random, 5) ? WINDOW_PAGES : 4;
        const unsigned count = (unsigned)random_between(&random, 1, limit);
        const unsigned first = (unsigned)random_below(&random, WINDOW_PAGES - count + 1);
        const vaddr_t address = AREA(window_offset[window] + first * PAGE_SIZE);
        struct model_page *pages = &model[window][first];
        switch (random_below(&random, 3)) {
        case 0:
            model_map(&random, address, pages, count);
            break;
        case 1:
            model_unmap(address, pages, count);
            break;
        default:
            model_protect(&random, address, pages, count);
            break;
        }
        if (random_one_in(&random, 50)) {
            model_clear(window);
        }
        model_compare(window);
        if (step % 100 == 0) {
            expect_sound();
        }
    }
    for (unsigned window = 0; window < WINDOWS; window++) {
        model_clear(window);
    }
    EXPECT_EQ(frames_out, frames);
    expect_sound();
}
