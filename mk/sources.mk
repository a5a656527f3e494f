# SPDX-License-Identifier: MIT
# Which files make what. Rooms are found by wildcard: a new file in a room is built, no list to keep.

# asm_offsets.c is not linked: it tells .S files where the fields of structs are.
KERNEL_SOURCES := $(sort $(filter-out arch/aarch64/asm_offsets.c arch/aarch64/kernel.ld.S, $(wildcard \
    arch/aarch64/*.c arch/aarch64/*.S arch/aarch64/boot/*.c arch/aarch64/boot/*.S \
    lib/*.c kernel/*.c kernel/*/*.c drivers/*/*.c platform/qemu_virt/*.c)))

# Applications: NAME.elf is the kernel with these, which define app_main.
genrt_SOURCES    := $(sort $(wildcard services/demo/*.c services/top/*.c))
latency_SOURCES  := $(sort $(wildcard services/latency/*.c))
selftest_SOURCES := $(sort $(wildcard tests/qemu/*.c services/selftest/*.c tests/invariants/*.c))
bench_SOURCES    := $(sort $(wildcard bench/*.c))
minimal_SOURCES  := $(sort $(wildcard bench/minimal/*.c))
sweep_SOURCES    := $(sort $(wildcard tests/sweep/*.c tests/sweep/*.S tests/invariants/*.c) $(if $(wildcard tests/sweep),tests/qemu/output.c tests/qemu/vectors_fp.c))
evidence_SOURCES := $(sort $(wildcard tests/evidence/*.c) $(if $(wildcard tests/evidence),tests/qemu/harness.c tests/qemu/output.c))
APPLICATIONS := $(foreach a,genrt latency selftest bench minimal evidence sweep,$(if $($(a)_SOURCES),$(a)))

# The generic kernel over arch/hosted. Not here: panic.c (each kind of test has its own panic) and main.c.
# Without the C library's functions: the host has its own, which the sanitizers watch.
LIB_SOURCES    := $(filter-out lib/string.c lib/string_%.c,$(sort $(wildcard lib/*.c)))
HOSTED_SOURCES := $(sort $(wildcard kernel/entry.c kernel/exit.c kernel/options.c kernel/trace_file.c arch/hosted/*.c \
    platform/qemu_virt/*.c drivers/*/*.c \
    $(foreach room,mm irq time sched sync ipc proc syscall console cpu trace tables,kernel/$(room)/*.c)))

TEST_SUPPORT := $(sort $(wildcard tests/support/*.c))
UNIT_TESTS   := $(patsubst %.c,%,$(sort $(shell find tests/unit -name '*_test.c' 2>/dev/null)))
UNIT_SUPPORT := $(sort $(wildcard tests/unit/*.c))
UNIT_SUPPORT := $(filter-out %_test.c,$(UNIT_SUPPORT)) $(TEST_SUPPORT)
SIM_SOURCES  := $(sort $(wildcard tests/sim/*.c) $(filter-out %_memory.c,$(wildcard tests/invariants/invariants*.c))) $(TEST_SUPPORT)
FUZZ_TARGETS := $(patsubst %.c,%,$(sort $(wildcard tests/fuzz/*_fuzz.c)))
FUZZ_SUPPORT := $(filter-out %_fuzz.c,$(sort $(wildcard tests/fuzz/*.c)))
