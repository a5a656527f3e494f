# SPDX-License-Identifier: MIT
# compile_commands.json for editors, from the same variables as the build. Rewritten when these change.

# $(1): source, $(2): command up to the source. One entry, with the comma that the last one loses.
editor_entry = {"directory": "$(CURDIR)", "file": "$(1)", "command": "$(2) -c $(1)"},

EDITOR_KERNEL := $(KERNEL_SOURCES) $(wildcard arch/aarch64/asm_offsets.c) \
    $(foreach a,genrt selftest bench sweep,$($(a)_SOURCES))
EDITOR_HOST := $(sort $(UNIT_SUPPORT) $(UNIT_TESTS:=.c) $(SIM_SOURCES) $(wildcard arch/hosted/*.c tests/fuzz/*.c))

compile_commands.json: Makefile $(wildcard mk/*.mk) build/editor_sources
	$(shell mkdir -p build)$(file >build/compile_commands.tmp,[)
	$(foreach s,$(EDITOR_KERNEL),$(file >>build/compile_commands.tmp,$(call editor_entry,$(s),$(CC) $(call cflags_of,$(s)))))
	$(foreach s,$(EDITOR_HOST),$(file >>build/compile_commands.tmp,$(call editor_entry,$(s),$(HOST_CC) $(UNIT_CFLAGS))))
	@{ sed '$$s/,$$//' build/compile_commands.tmp; echo ']'; } > $@
	@rm build/compile_commands.tmp

build/editor_sources: FORCE
	@mkdir -p build
	@echo '$(EDITOR_KERNEL) $(EDITOR_HOST)' | cmp -s - $@ || \
	    echo '$(EDITOR_KERNEL) $(EDITOR_HOST)' > $@
