/* SPDX-License-Identifier: MIT */
/*
 * Spaces in memory of the host, seen by a TLB that forgets nothing by itself: what a space maps is
 * what is found there, whoever had its ASID before, and every frame comes back.
 */
#include <stdlib.h>

#include "arch/cpu.h"
#include "arch/hosted/hosted.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/user_space.h"
#include "tests/unit/test.h"

#define FRAMES 256
#define ASIDS  3
#define PLACE  UINT64_C(0x400000)

static uint8_t *ram;
static bool taken[FRAMES];
static unsigned frames_out;

/* Never the one that was given back last, so that a stale translation shows. */
status_t frame_alloc(paddr_t *frame) {
    static unsigned next;
    for (unsigned tries = 0; tries < FRAMES; tries++) {
        const unsigned i = next++ % FRAMES;
        if (!taken[i]) {
            taken[i] = true;
            frames_out++;
            *frame = paddr(i * PAGE_SIZE);
            return STATUS_OK;
        }
    }
    return STATUS_NO_MEMORY;
}

status_t frame_free(paddr_t frame) {
    const uint64_t index = frame.value / PAGE_SIZE;
    EXPECT(index < FRAMES && taken[index]);
    taken[index] = false;
    frames_out--;
    return STATUS_OK;
}

static void machine_start(unsigned asids) {
    if (ram == NULL) {
        ram = aligned_alloc(PAGE_SIZE, FRAMES * PAGE_SIZE);
    }
    memset(ram, 0xee, FRAMES * PAGE_SIZE);
    memset(taken, 0, sizeof taken);
    taken[0] = true; /* the root of the empty space is 0 */
    frames_out = 0;
    hosted_mmu_reset((uint64_t)(uintptr_t)ram);
    arch_user_init();
    user_space_init(asids);
}

static struct user_state nobody;

static void enter(const struct user_space *space) {
    const struct user_state state = {.root = space->root};
    arch_irq_mask();
    arch_user_switch(&nobody, &state);
    arch_irq_unmask();
}

static uint8_t byte_at(uint64_t address) {
    const pte_t pte = hosted_user_access(vaddr(address));
    EXPECT(arch_pte_is_valid(pte));
    return ram[arch_pte_address(pte).value + address % PAGE_SIZE];
}

static void fill(struct user_space *space, uint8_t number) {
    EXPECT_EQ(user_space_create(space, 16), STATUS_OK);
    EXPECT_EQ(user_space_map(space, vaddr(PLACE), 2 * PAGE_SIZE, &number, 1, USER_READ_WRITE),
              STATUS_OK);
}

/* More spaces than ASIDs, one after the other and several at once. */
TEST(an_asid_is_not_used_again_before_all_is_forgotten) {
    struct user_space spaces[ASIDS];
    uint8_t bytes[ASIDS];
    machine_start(ASIDS);
    const unsigned forgotten = hosted_user.forgotten;
    for (unsigned i = 0; i < ASIDS; i++) {
        fill(&spaces[i], (uint8_t)(i + 1));
        bytes[i] = (uint8_t)(i + 1);
    }
    struct user_space more;
    EXPECT_EQ(user_space_create(&more, 16), STATUS_NO_SLOT);
    struct random random = test_random();
    for (unsigned round = 0; round < 100; round++) {
        const unsigned i = (unsigned)random_below(&random, ASIDS);
        user_space_destroy(&spaces[i]);
        fill(&spaces[i], (uint8_t)(round + 10));
        bytes[i] = (uint8_t)(round + 10);
        for (unsigned k = 0; k < ASIDS; k++) {
            enter(&spaces[k]);
            EXPECT_EQ(byte_at(PLACE), bytes[k]);
            EXPECT_EQ(byte_at(PLACE + PAGE_SIZE), 0);
        }
    }
    EXPECT(hosted_user.forgotten > forgotten);
    for (unsigned i = 0; i < ASIDS; i++) {
        user_space_destroy(&spaces[i]);
    }
    EXPECT_EQ(frames_out, 0);
}

/* One after the other, a flush for as many as there are ASIDs, not for each. */
TEST(a_flush_serves_all_that_are_gone) {
    struct user_space space;
    machine_start(ASIDS);
    const unsigned forgotten = hosted_user.forgotten;
    for (unsigned i = 0; i < 10 * ASIDS; i++) {
        fill(&space, (uint8_t)i);
        enter(&space);
        EXPECT_EQ(byte_at(PLACE), (uint8_t)i);
        user_space_destroy(&space);
    }
    EXPECT_EQ(hosted_user.forgotten - forgotten, 10 - 1);
}

/* What the entries allow. */
TEST(no_page_is_writable_and_executable_or_the_kernels_to_execute) {
    const pte_t text = arch_pte_user_leaf(paddr(PAGE_SIZE), USER_READ_EXECUTE);
    const pte_t data = arch_pte_user_leaf(paddr(PAGE_SIZE), USER_READ_WRITE);
    const pte_t rodata = arch_pte_user_leaf(paddr(PAGE_SIZE), USER_READ_ONLY);
    EXPECT((text & PTE_READ_ONLY) != 0 && (text & PTE_USER_NEVER) == 0);
    EXPECT((data & PTE_READ_ONLY) == 0 && (data & PTE_USER_NEVER) != 0);
    EXPECT((rodata & PTE_READ_ONLY) != 0 && (rodata & PTE_USER_NEVER) != 0);
    const pte_t all = PTE_PRIVILEGED_NEVER | PTE_NOT_GLOBAL | PTE_EL0 | PTE_ACCESSED;
    EXPECT((text & data & rodata & all) == all);
    EXPECT_EQ(arch_pte_user_leaf(paddr(PAGE_SIZE), (enum user_protection)9), rodata);
}

/* Whatever fails, and wherever memory or quota ends, nothing is lost. */
TEST(a_quota_is_kept_and_given_back) {
    for (uint64_t quota = 0; quota < 24; quota++) {
        struct user_space space;
        machine_start(ASIDS);
        status_t status = user_space_create(&space, quota);
        if (quota == 0) {
            EXPECT_EQ(status, STATUS_NO_MEMORY);
            EXPECT_EQ(frames_out, 0);
            continue;
        }
        EXPECT_EQ(status, STATUS_OK);
        uint64_t address = PLACE;
        do {
            EXPECT_EQ(space.used, frames_out);
            status = user_space_map(&space, vaddr(address), PAGE_SIZE, NULL, 0, USER_READ_ONLY);
            address += (UINT64_C(1) << 30) + PAGE_SIZE; /* another table, and another above */
        } while (status == STATUS_OK);
        EXPECT_EQ(status, STATUS_NO_MEMORY);
        EXPECT(space.used <= quota);
        EXPECT_EQ(space.used, frames_out);
        user_space_destroy(&space);
        EXPECT_EQ(frames_out, 0);
    }
}

TEST(no_frames_are_no_memory) {
    struct user_space space;
    machine_start(ASIDS);
    for (unsigned left = 0; left < 12; left++) {
        memset(taken, 1, sizeof taken);
        memset(taken + FRAMES - left, 0, left);
        frames_out = 0;
        status_t status = user_space_create(&space, 100);
        EXPECT_EQ(status, left == 0 ? STATUS_NO_MEMORY : STATUS_OK);
        if (status == STATUS_OK) {
            EXPECT_EQ(
                user_space_map(&space, vaddr(PLACE), 100 * PAGE_SIZE, NULL, 0, USER_READ_WRITE),
                STATUS_NO_MEMORY);
            user_space_destroy(&space);
        }
        EXPECT_EQ(frames_out, 0);
    }
}

TEST(map_refuses) {
    struct user_space space;
    machine_start(ASIDS);
    EXPECT_EQ(user_space_create(&space, CONFIG_PROCESS_PAGES + 1), STATUS_OUT_OF_RANGE);
    fill(&space, 1);
    const uint64_t used = space.used;
    static const struct {
        uint64_t address, size, content;
        enum user_protection protection;
        status_t status;
    } requests[] = {
        {PLACE + 8, PAGE_SIZE, 0, USER_READ_ONLY, STATUS_MISALIGNED},
        {PLACE, PAGE_SIZE + 8, 0, USER_READ_ONLY, STATUS_MISALIGNED},
        {PLACE, 0, 0, USER_READ_ONLY, STATUS_INVALID_ARGUMENT},
        {PLACE, PAGE_SIZE, PAGE_SIZE + 1, USER_READ_ONLY, STATUS_INVALID_ARGUMENT},
        {PLACE, PAGE_SIZE, 0, (enum user_protection)3, STATUS_INVALID_ARGUMENT},
        {0, PAGE_SIZE, 0, USER_READ_ONLY, STATUS_OUT_OF_RANGE},
        {USER_SPACE_END, PAGE_SIZE, 0, USER_READ_ONLY, STATUS_OUT_OF_RANGE},
        {USER_SPACE_END - PAGE_SIZE, 2 * PAGE_SIZE, 0, USER_READ_ONLY, STATUS_OUT_OF_RANGE},
        {PLACE, UINT64_MAX - PAGE_SIZE + 1, 0, USER_READ_ONLY, STATUS_OUT_OF_RANGE},
        {UINT64_MAX - PAGE_SIZE + 1, PAGE_SIZE, 0, USER_READ_ONLY, STATUS_OUT_OF_RANGE},
        {PLACE, (CONFIG_PROCESS_PAGES + 1) * PAGE_SIZE, 0, USER_READ_ONLY, STATUS_NO_MEMORY},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(requests); i++) {
        EXPECT_EQ(user_space_map(&space, vaddr(requests[i].address), requests[i].size, "",
                                 requests[i].content, requests[i].protection),
                  requests[i].status);
    }
    EXPECT_EQ(space.used, used);
    EXPECT_EQ(user_space_map(&space, vaddr(PLACE), PAGE_SIZE, NULL, 0, USER_READ_ONLY),
              STATUS_OVERLAP);
    user_space_destroy(&space);
    EXPECT_EQ(frames_out, 0);
}

TEST(pages_are_added_to_a_space_that_runs) {
    struct user_space space;
    paddr_t frame;
    machine_start(ASIDS);
    fill(&space, 1);
    enter(&space);
    const uint64_t last = PLACE + 16 * PAGE_SIZE;
    uint64_t used = space.used;
    for (uint64_t at = PLACE + 2 * PAGE_SIZE; used < space.quota; at += PAGE_SIZE) {
        EXPECT_EQ(user_space_add(&space, vaddr(at), &frame), STATUS_OK);
        EXPECT_EQ(space.used, ++used);
        EXPECT_EQ(byte_at(at), 0);
        ram[frame.value] = 7;
        EXPECT_EQ(byte_at(at), 7);
    }
    EXPECT_EQ(user_space_add(&space, vaddr(last), &frame), STATUS_NO_MEMORY);
    space.quota++;
    EXPECT_EQ(user_space_add(&space, vaddr(PLACE), &frame), STATUS_OVERLAP);
    EXPECT_EQ(space.used, used);
    user_space_destroy(&space);
    EXPECT_EQ(frames_out, 0);
}
