# SPDX-License-Identifier: MIT
# Programs that run on this machine: lib and the generic kernel over arch/hosted, each as an archive, and what
# tests them. A pair of archives for each kind of test, because each has its own compiler or flags. From an
# archive a program takes only what it names, so a test can bring its own copy of any file.

# $(1): kind (unit, sim, fuzz), $(2): compiler, $(3): name of the flags' variable.
define host_kind
$(H)/$(1)/flags: FORCE
	@mkdir -p $$(@D)
	@printf '%s\n' '$(2) $($(3)) $(HOSTED_SOURCES) $(LIB_SOURCES)' | cmp -s - $$@ || \
	    printf '%s\n' '$(2) $($(3)) $(HOSTED_SOURCES) $(LIB_SOURCES)' > $$@
$(H)/$(1)/obj/%.c.o: %.c $(H)/$(1)/flags
	$$(say) "  HOSTCC  $$<"
	@mkdir -p $$(@D)
	$$(Q)$(2) $($(3)) -MMD -MP -c $$< -o $$@
$(H)/$(1)/libkernel.a: $(patsubst %,$(H)/$(1)/obj/%.o,$(HOSTED_SOURCES)) $(H)/$(1)/flags
	$$(Q)rm -f $$@ && ar rcs $$@ $$(filter %.o,$$^)
$(H)/$(1)/liblib.a: $(patsubst %,$(H)/$(1)/obj/%.o,$(LIB_SOURCES)) $(H)/$(1)/flags
	$$(Q)rm -f $$@ && ar rcs $$@ $$(filter %.o,$$^)
endef

$(eval $(call host_kind,unit,$(HOST_CC),UNIT_CFLAGS))
$(eval $(call host_kind,sim,$(HOST_CC),SIM_CFLAGS))
$(eval $(call host_kind,fuzz,$(HOST_CLANG),FUZZ_CFLAGS))

# --- Unit tests: tests/unit/ROOM/NAME_test.c -> build/host/unit/ROOM/NAME_test ---------------------
UNIT_PROGRAMS := $(patsubst tests/unit/%,$(H)/unit/%,$(UNIT_TESTS))
UNIT_SUPPORT_OBJECTS := $(patsubst %,$(H)/unit/obj/%.o,$(UNIT_SUPPORT))
# What is tested of lib is linked with lib alone: it may need nothing above.
$(filter-out $(H)/unit/lib/%,$(UNIT_PROGRAMS)): $(H)/unit/libkernel.a
# Of programs of user mode, what is plain C: NAME.c beside its header.
$(foreach t,$(filter $(H)/unit/user/%,$(UNIT_PROGRAMS)),$(eval $(t): $(patsubst $(H)/unit/%_test,$(H)/unit/obj/%.c.o,$(t))))
$(UNIT_PROGRAMS): $(H)/unit/%: $(H)/unit/obj/tests/unit/%.c.o $(UNIT_SUPPORT_OBJECTS) $(H)/unit/liblib.a
	$(say) "  HOSTLD  $@"
	@mkdir -p $(@D)
	$(Q)$(HOST_CC) $(UNIT_CFLAGS) $(filter %.o,$^) $(filter %/libkernel.a,$^) $(filter %/liblib.a,$^) -o $@

# --- Simulation ----------------------------------------------------------------------------------
$(H)/sim/sim: $(patsubst %,$(H)/sim/obj/%.o,$(SIM_SOURCES)) $(H)/sim/libkernel.a $(H)/sim/liblib.a
	$(say) "  HOSTLD  $@"
	$(Q)$(HOST_CC) $(SIM_CFLAGS) $^ -o $@

# --- Fuzzers: of parsers, which are lib's; the low parser's target includes its source --------------
FUZZ_PROGRAMS := $(patsubst tests/fuzz/%,$(H)/fuzz/%,$(FUZZ_TARGETS))
$(FUZZ_PROGRAMS): $(H)/fuzz/%: $(H)/fuzz/obj/tests/fuzz/%.c.o \
    $(patsubst %,$(H)/fuzz/obj/%.o,$(FUZZ_SUPPORT)) $(H)/fuzz/liblib.a
	$(say) "  HOSTLD  $@"
	$(Q)$(HOST_CLANG) -fsanitize=fuzzer,address,undefined $^ -o $@

.PHONY: host host-unit host-sim host-fuzz
host: host-unit host-sim host-fuzz observe
host-unit: $(UNIT_PROGRAMS)
host-sim: $(if $(SIM_SOURCES),$(H)/sim/sim)
host-fuzz: $(FUZZ_PROGRAMS)

# Objects of tests are worth keeping: without this, make takes them for intermediate files.
.SECONDARY:

-include $(shell find $(H) -name '*.d' 2>/dev/null)
