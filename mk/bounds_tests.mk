# SPDX-License-Identifier: MIT
# Programs of tests/bounds/: what tools/bounds must refuse, what it must not, and loops that are measured. They stand
# alone, without the kernel, but are compiled with its flags. A case may ask for more in a line of its own:
#   /* flags: -fjump-tables */   of the compiler; /* link: libgcc */   with that library

BOUNDS_BROKEN := $(sort $(wildcard tests/bounds/broken/*.[cS]))
BOUNDS_LEGAL  := $(filter-out %/main.c,$(sort $(wildcard tests/bounds/legal/*.[cS])))
BOUNDS_LOOPS  := $(sort $(wildcard tests/bounds/loops/*.c))
bounds_elfs = $(patsubst tests/bounds/%,$(B)/bounds/%.elf,$(basename $(1)))

# $(1): source, $(2): which line.
bounds_asks = $(shell sed -n 's|^/\* $(2): \(.*\) \*/$$|\1|p' $(1))
BOUNDS_LD := $(LD) -nostdlib -static --no-undefined --gc-sections -z max-page-size=4096 -z noexecstack --build-id=none \
    -T tests/bounds/image.ld
LIBGCC = $(shell $(CROSS)gcc -print-libgcc-file-name)

$(B)/obj/tests/bounds/%.o: tests/bounds/% $(B)/flags
	$(say) "  CASE    $<"
	@mkdir -p $(@D)
	$(Q)$(CC) $(KERNEL_CFLAGS) $(call bounds_asks,$<,flags) -MMD -MP -c $< -o $@

# A case is found as .c or .S: its object is the prerequisite that the list below adds.
BOUNDS_MACHINE := $(call objects,tests/bounds/start.S tests/bounds/machine.c)
$(foreach s,$(BOUNDS_BROKEN) $(BOUNDS_LEGAL),$(eval $(call bounds_elfs,$(s)): $(call objects,$(s))))
$(call bounds_elfs,$(BOUNDS_LEGAL)): $(BOUNDS_MACHINE) $(call objects,tests/bounds/legal/main.c)
$(B)/bounds/loops.elf: $(BOUNDS_MACHINE) $(call objects,$(BOUNDS_LOOPS))
$(B)/bounds/%.elf: tests/bounds/image.ld
	$(say) "  LINK    $@"
	@mkdir -p $(@D)
	$(Q)$(BOUNDS_LD) $(if $(filter broken/%,$*),-e broken) -o $@ $(filter %.o,$^) \
	    $(if $(filter loops random-%,$*),,$(if $(call bounds_asks,tests/bounds/$*.*,link),$(LIBGCC)))

# The same seed, the same programs.
BOUNDS_SEED ?= 1
BOUNDS_RANDOM := $(B)/bounds/random-$(BOUNDS_SEED)
$(BOUNDS_RANDOM).c: tests/bounds/random_programs.py
	$(say) "  GEN     $@"
	@mkdir -p $(@D)
	$(Q)$(PYTHON) $< $(BOUNDS_SEED) 40 > $@
$(BOUNDS_RANDOM).o: $(BOUNDS_RANDOM).c tests/bounds/machine.h lib/bound.h $(B)/flags
	$(say) "  CASE    $<"
	$(Q)$(CC) $(KERNEL_CFLAGS) -w -c $< -o $@
$(BOUNDS_RANDOM).elf: $(BOUNDS_MACHINE) $(BOUNDS_RANDOM).o

.PHONY: bounds-cases bounds-loops bounds-random
bounds-random: $(BOUNDS_RANDOM).elf
bounds-cases: $(call bounds_elfs,$(BOUNDS_BROKEN) $(BOUNDS_LEGAL))
bounds-loops: $(B)/bounds/loops.elf

-include $(wildcard $(patsubst %,$(B)/obj/%.d,$(BOUNDS_BROKEN) $(BOUNDS_LEGAL) $(BOUNDS_LOOPS) tests/bounds/machine.c))
