# SPDX-License-Identifier: MIT
#
# The whole build, in one make (non-recursive). This page says what is built; how is in mk/:
#
#   mk/toolchain.mk   compilers and flags, by TOOLCHAIN=gcc|clang and BUILD=release|debug
#   mk/sources.mk     which files make the kernel, each application and the host's copy
#   mk/kernel.mk      objects, linker script, ELF, Image
#   mk/host.mk        unit tests, simulation and fuzzers, as programs of this machine
#   mk/user.mk       programs of user mode, and their archive
#   mk/observe.mk     the plugin of QEMU that watches the kernel run
#   mk/bounds_tests.mk  programs that test tools/bounds
#   mk/editor.mk      compile_commands.json
#
# Everything built lands under build/. `make help` lists the targets; ./genrt is the friendlier door.

TOOLCHAIN ?= gcc
BUILD     ?= release
# A build of its own beside the normal one, for flags in EXTRA_CFLAGS: build/gcc-release-NAME/.
VARIANT   ?=
EXTRA_CFLAGS ?=
# An application outside this tree: a directory of .c files with an app_main, linked as app.elf.
APP ?=
PYTHON ?= python3

MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:
# A word on every step; V=1 shows the commands instead.
V ?= 0
ifeq ($(V),1)
Q :=
say := @:
else
Q := @
say := @echo
endif

B := build/$(TOOLCHAIN)-$(BUILD)$(if $(VARIANT),-$(VARIANT))
H := build/host$(if $(filter-out gcc,$(TOOLCHAIN)),-$(TOOLCHAIN))

.PHONY: all
all:

include mk/toolchain.mk
include mk/sources.mk
include mk/kernel.mk
include mk/host.mk
include mk/user.mk
include mk/observe.mk
include mk/bounds_tests.mk
include mk/editor.mk

all: kernel compile_commands.json

# --- Verbs: what ./genrt does, for those who type make -------------------------------------------
export TOOLCHAIN BUILD
.PHONY: run test check bench debug gdb doctor clean help
run test check bench debug gdb doctor clean:
	$(Q)./genrt $@

help:
	@echo 'make [all]            genrt.elf, selftest.elf, bench.elf and their .img, in $(B)/'
	@echo 'make genrt.elf        one of them (also selftest.elf, bench.elf, and app.elf with APP=DIR)'
	@echo 'make host             the programs that run here: host-unit, host-sim, host-fuzz'
	@echo 'make run test check bench debug gdb doctor clean'
	@echo '                      the same as ./genrt VERB; ./genrt help tells more'
	@echo
	@echo 'TOOLCHAIN=gcc|clang   BUILD=release|debug   VARIANT=NAME EXTRA_CFLAGS=...   APP=DIR   V=1'
