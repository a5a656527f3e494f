# SPDX-License-Identifier: MIT
# Compilers and flags. Both compilers see the same warnings; what only one of them knows stands apart.

CROSS ?= aarch64-linux-gnu-
OBJCOPY := $(CROSS)objcopy

ifeq ($(TOOLCHAIN),gcc)
CC := $(CROSS)gcc
LD := $(CROSS)ld
# No calls to libgcc's atomics helpers, no loop of ours turned into a call to memset (which may be that loop), and no
# function cut in two, which could part a loop from its bound.
TOOLCHAIN_CFLAGS := -mno-outline-atomics -fno-tree-loop-distribute-patterns -fno-partial-inlining
ASSEMBLY_TEXT_FLAGS :=
# Who may write where is the page tables' matter, not the segments'.
# GNU ld takes its own empty sections (.iplt and such) for orphans too, so here they are warnings, and warnings that
# are not expected are errors: see `link` in kernel.mk.
TOOLCHAIN_LDFLAGS := --no-warn-rwx-segments --orphan-handling=warn
else ifeq ($(TOOLCHAIN),clang)
CC := clang --target=aarch64-none-elf
LD := ld.lld
TOOLCHAIN_CFLAGS := -Wthread-safety
# Without this Clang parses inline assembly even when it only writes it out, and refuses the lines of asm_offsets.c.
ASSEMBLY_TEXT_FLAGS := -Xclang -no-integrated-as
TOOLCHAIN_LDFLAGS := --orphan-handling=error --fatal-warnings
else
$(error TOOLCHAIN=$(TOOLCHAIN): gcc or clang)
endif

ifeq ($(BUILD),release)
DEBUG := 0
else ifeq ($(BUILD),debug)
DEBUG := 1
else
$(error BUILD=$(BUILD): release or debug)
endif

# A frame larger than this could step over a guard page.
FRAME_LIMIT := -Wframe-larger-than=2048

WARNINGS := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
    -Wcast-qual -Wundef

# Kernel code keeps frame pointers (a stack trace needs no tables), touches no vector register (a frame has
# none), and has no jump tables and no unwind tables (boot code would need relocations for them).
KERNEL_CFLAGS := -std=gnu17 -O2 -g -ffreestanding -mgeneral-regs-only -fno-pic -fno-pie -fno-jump-tables \
    -fno-stack-protector -fno-omit-frame-pointer -momit-leaf-frame-pointer \
    -fno-asynchronous-unwind-tables -fno-unwind-tables -ffunction-sections -fdata-sections \
    $(TOOLCHAIN_CFLAGS) $(WARNINGS) $(FRAME_LIMIT) -DGENRT_DEBUG=$(DEBUG) -I. -Iarch/aarch64 -I$(B) $(EXTRA_CFLAGS)

# An application's source whose name ends in _fp.c may use floating point and SIMD: only threads with attributes.fp
# may run it, because the compiler uses these registers for anything. $(1): the source.
cflags_of = $(if $(filter %_fp.c,$(1)),$(filter-out -mgeneral-regs-only,$(KERNEL_CFLAGS)),$(KERNEL_CFLAGS))

# The trampoline runs before the MMU: memory is Device then, where an unaligned access faults, and nothing
# of the high part may be called, so no call may be made up by the compiler either, nor by a counter of turns.
BOOT_CFLAGS := -mstrict-align -fno-builtin -UBOUND_COUNT

# What an application does not use is not in its image.
LDFLAGS := -nostdlib -static --no-undefined --gc-sections -z max-page-size=4096 -z noexecstack --build-id=none $(TOOLCHAIN_LDFLAGS)

# --- The host ------------------------------------------------------------------------------------
# The same compiler as for the target, into a directory of its own ($(H)). Fuzzers are Clang's in any case.
HOST_CC ?= $(TOOLCHAIN)
HOST_CLANG ?= clang
HOST_CFLAGS := -std=gnu17 -g $(WARNINGS) -fno-omit-frame-pointer -fno-sanitize-recover=all \
    -DGENRT_DEBUG=1 -I. -Iarch/hosted
UNIT_CFLAGS := $(HOST_CFLAGS) -DCONFIG_TRACE=1 -O1 -fsanitize=address,undefined -DBOUND_MAXIMA=1
# Chains of owners are short there, so that random ones are often too long.
SIM_CFLAGS  := $(HOST_CFLAGS) -O2 -fsanitize=address,undefined -DBOUND_MAXIMA=1 -DCONFIG_INHERITANCE_CHAIN_MAX=3
FUZZ_CFLAGS := $(HOST_CFLAGS) -O1 -fsanitize=fuzzer-no-link,address,undefined
