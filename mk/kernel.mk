# SPDX-License-Identifier: MIT
# From sources to NAME.elf and NAME.img. An object is its source's path with .o added, so foo.c and foo.S can live together.

objects = $(patsubst %,$(B)/obj/%.o,$(1))
KERNEL_OBJECTS := $(call objects,$(KERNEL_SOURCES))

# Flags are an input too: this file changes when they do, and everything hangs on it.
$(B)/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(CC) $(LD) $(KERNEL_CFLAGS) $(LDFLAGS)' | cmp -s - $@ || \
	    printf '%s\n' '$(CC) $(LD) $(KERNEL_CFLAGS) $(LDFLAGS)' > $@
.PHONY: FORCE
FORCE:

# --- Objects -------------------------------------------------------------------------------------
$(B)/obj/%.c.o: %.c $(B)/flags
	$(say) "  CC      $<"
	@mkdir -p $(@D)
	$(Q)$(CC) $(call cflags_of,$<) -MMD -MP -c $< -o $@

ASM_OFFSETS := $(if $(wildcard arch/aarch64/asm_offsets.c),$(B)/generated/asm_offsets.h)

$(B)/obj/%.S.o: %.S $(B)/flags $(ASM_OFFSETS)
	$(say) "  AS      $<"
	@mkdir -p $(@D)
	$(Q)$(CC) $(KERNEL_CFLAGS) -MMD -MP -c $< -o $@

# Boot objects: every section they bring, whatever the compiler calls it, goes to .boot.*: linked low.
$(B)/obj/arch/aarch64/boot/%.o: arch/aarch64/boot/% $(B)/flags $(ASM_OFFSETS)
	$(say) "  BOOT    $<"
	@mkdir -p $(@D)
	$(Q)$(CC) $(KERNEL_CFLAGS) $(BOOT_CFLAGS) -MMD -MP -c $< -o $@
	$(Q)$(OBJCOPY) --prefix-alloc-sections=.boot $@

# asm_offsets.c is compiled to assembly, where it leaves lines of the form "->NAME value".
$(B)/generated/asm_offsets.h: arch/aarch64/asm_offsets.c $(B)/flags
	$(say) "  GEN     $@"
	@mkdir -p $(@D)
	$(Q)$(CC) $(KERNEL_CFLAGS) $(ASSEMBLY_TEXT_FLAGS) -g0 -MMD -MP \
	    -MT $@ -MF $(@:.h=.d) -S $< -o $(@:.h=.s)
	@{ echo '/* Made from arch/aarch64/asm_offsets.c. */'; \
	   sed -n 's/^[[:space:]]*->\([A-Za-z0-9_]*\)[[:space:]]*[#$$]*\(-*[0-9]*\).*/#define \1 \2/p' \
	    $(@:.h=.s); } > $@

$(B)/kernel.ld: arch/aarch64/kernel.ld.S $(B)/flags
	$(say) "  GEN     $@"
	@mkdir -p $(@D)
	$(Q)$(CC) $(KERNEL_CFLAGS) -E -P -x assembler-with-cpp -MMD -MP -MT $@ -MF $@.d $< -o $@

# What GNU ld warns of and may: sections that it makes itself and leaves empty, and the address going back to low
# for .boot.bss, which is how the linker script means it.
EXPECTED_WARNINGS := -e 'orphan section .\.\(iplt\|igot\.plt\|rela\..*\). from' \
    -e 'dot moved backwards before .\.boot\.bss'

# --- Applications --------------------------------------------------------------------------------
# $(1): name, $(2): objects.
define application
.PHONY: $(1).elf $(1).img
$(1).elf: $(B)/$(1).elf $(B)/$(1).img
$(1).img: $(B)/$(1).img
$(B)/$(1).elf: $(KERNEL_OBJECTS) $(2) $(B)/kernel.ld tools/check_boot.py
	$$(say) "  LINK    $$@"
	$$(Q)$$(LD) $$(LDFLAGS) -T $(B)/kernel.ld -Map=$$(@:.elf=.map) -o $$@ $(KERNEL_OBJECTS) $(2) 2>$$@.log || \
	    { cat $$@.log >&2; exit 1; }
	$$(Q)! grep -v $$(EXPECTED_WARNINGS) $$@.log >&2
	$$(Q)$$(BOOT_CHECK) $$@ $$(BOOT_OBJECTS)
DEPENDENCIES += $(patsubst %.o,%.d,$(2))
endef

# The low part must stand alone; a link that breaks this leaves no ELF behind.
BOOT_CHECK := $(PYTHON) tools/check_boot.py
BOOT_OBJECTS := $(filter $(B)/obj/arch/aarch64/boot/%,$(KERNEL_OBJECTS))

DEPENDENCIES := $(patsubst %.o,%.d,$(KERNEL_OBJECTS)) $(B)/generated/asm_offsets.d $(B)/kernel.ld.d
$(foreach a,$(APPLICATIONS),$(eval $(call application,$(a),$(call objects,$($(a)_SOURCES)))))

$(B)/%.img: $(B)/%.elf
	$(say) "  IMAGE   $@"
	$(Q)$(OBJCOPY) -O binary $< $@

# An application from elsewhere: its files are compiled with the kernel's flags and include paths, those that end in
# _fp.c with floating point.
ifneq ($(APP),)
APP_SOURCES := $(sort $(wildcard $(APP)/*.c))
ifeq ($(APP_SOURCES),)
$(error APP=$(APP): no .c files there)
endif
# What is there of another application depends on files that may be gone.
ifneq ($(APP),$(shell cat $(B)/app/from 2>/dev/null))
$(shell rm -rf $(B)/app)
endif
APP_OBJECTS := $(patsubst $(APP)/%.c,$(B)/app/%.c.o,$(APP_SOURCES))
$(B)/app/%.c.o: $(APP)/%.c $(B)/flags $(B)/app/from
	$(say) "  CC      $<"
	@mkdir -p $(@D)
	$(Q)$(CC) $(call cflags_of,$<) -I$(APP) -MMD -MP -c $< -o $@
$(B)/app/from: FORCE
	@mkdir -p $(@D)
	@echo '$(APP)' | cmp -s - $@ || echo '$(APP)' > $@
$(eval $(call application,app,$(APP_OBJECTS)))
APPLICATIONS += app

# Whether the stacks of the threads that it names (BOUND_STACK) suffice: a warning.
.PHONY: app-stacks
app.elf: app-stacks
app-stacks: $(B)/app.elf
	$(Q)$(PYTHON) tools/bounds/threads.py $< | grep '^warning' >&2 || true
endif

.PHONY: kernel
kernel: $(KERNEL_OBJECTS) $(foreach a,$(APPLICATIONS),$(B)/$(a).elf $(B)/$(a).img)

-include $(wildcard $(DEPENDENCIES))
