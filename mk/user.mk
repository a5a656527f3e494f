# SPDX-License-Identifier: MIT
# Programs of user mode: user/NAME/*.c with user/lib and picolibc, linked at fixed addresses (bin/NAME) and, those of
# USER_PIES, as a static-PIE too (bin/NAME-pie); all of them, and what is in user/files, in an archive, initramfs.cpio,
# the same on every machine.
# Objects are position-independent in any case: one compilation serves both.

# Debian's package picolibc-aarch64-linux-gnu. Its specs would give the same flags, to GCC alone.
PICOLIBC ?= /usr/lib/picolibc/aarch64-linux-gnu

USER_PROGRAMS := $(patsubst user/%/main.c,%,$(sort $(wildcard user/*/main.c)))
USER_PIES     := hello
USER_LIB      := $(sort $(wildcard user/lib/*.c user/lib/*.S))
USER_LIB      := $(filter-out %.ld.S,$(USER_LIB))
U := $(B)/user

# The C library's headers come before the compiler's system's, which are another's.
USER_CFLAGS := -std=gnu17 -O2 -g -fPIE -ftls-model=local-exec -fno-stack-protector -fno-asynchronous-unwind-tables \
    -fno-unwind-tables -ffunction-sections -fdata-sections $(WARNINGS) -I. -isystem user/include -isystem $(PICOLIBC)/include \
    -D_POSIX_TIMERS=1 -D_POSIX_MONOTONIC_CLOCK=1 $(if $(filter gcc,$(TOOLCHAIN)),-mno-outline-atomics)
# Long doubles are computed by functions of libgcc.
USER_LIBRARIES := --start-group $(PICOLIBC)/lib/libc.a $(PICOLIBC)/lib/libm.a \
    $(shell $(CROSS)gcc -print-libgcc-file-name 2>/dev/null) --end-group
USER_LDFLAGS := -nostdlib -static --no-undefined --gc-sections -z max-page-size=4096 -z noexecstack --build-id=none

user_objects = $(patsubst %,$(U)/obj/%.o,$(1))

$(U)/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(CC) $(USER_CFLAGS) $(USER_LDFLAGS) $(USER_PROGRAMS) $(USER_PIES)' | cmp -s - $@ || \
	    printf '%s\n' '$(CC) $(USER_CFLAGS) $(USER_LDFLAGS) $(USER_PROGRAMS) $(USER_PIES)' > $@
$(U)/obj/%.c.o: %.c $(U)/flags
	$(say) "  USERCC  $<"
	@mkdir -p $(@D)
	$(Q)$(CC) $(USER_CFLAGS) -MMD -MP -c $< -o $@
$(U)/obj/%.S.o: %.S $(U)/flags
	$(say) "  USERCC  $<"
	@mkdir -p $(@D)
	$(Q)$(CC) $(USER_CFLAGS) -MMD -MP -c $< -o $@
$(U)/program.ld $(U)/pie.ld: user/lib/program.ld.S $(U)/flags
	@mkdir -p $(@D)
	$(Q)$(CC) -E -P -x assembler-with-cpp $(if $(filter %/pie.ld,$@),-DPROGRAM_BASE=0) $< -o $@

# $(1): where to, $(2): program, $(3): linker script, $(4): flags.
define user_program
$(1): $(call user_objects,$(USER_LIB) $(sort $(wildcard user/$(2)/*.c))) $(3)
	$$(say) "  USERLD  $$@"
	@mkdir -p $$(@D)
	$$(Q)$$(LD) $(USER_LDFLAGS) $(4) -T $(3) -o $$@ $$(filter %.o,$$^) $(USER_LIBRARIES)
endef
$(foreach p,$(USER_PROGRAMS),$(eval $(call user_program,$(U)/bin/$(p),$(p),$(U)/program.ld,)))
$(foreach p,$(USER_PIES),$(eval $(call user_program,$(U)/bin/$(p)-pie,$(p),$(U)/pie.ld,-pie --no-dynamic-linker -z text)))

USER_FILES := $(addprefix bin/,$(sort $(USER_PROGRAMS) $(addsuffix -pie,$(USER_PIES))))
USER_DATA  := $(patsubst user/files/%,%,$(sort $(wildcard user/files/*/*)))
USER_DIRECTORIES := $(sort $(patsubst %/,%,$(dir $(USER_FILES) $(USER_DATA))))
USER_LISTED := $(sort $(USER_DIRECTORIES) $(USER_FILES) $(USER_DATA))

# What the archive holds is copied, without symbols, dated 1970 and listed by name: the same bytes each time.
.PHONY: initramfs.cpio user
user: $(addprefix $(U)/,$(USER_FILES))
initramfs.cpio: $(B)/initramfs.cpio
$(B)/initramfs.cpio: $(addprefix $(U)/,$(USER_FILES)) $(addprefix user/files/,$(USER_DATA))
	$(say) "  CPIO    $@"
	$(Q)rm -rf $(U)/files && mkdir -p $(addprefix $(U)/files/,$(USER_DIRECTORIES))
	$(Q)$(foreach f,$(USER_FILES),$(OBJCOPY) --strip-all $(U)/$(f) $(U)/files/$(f) &&) true
	$(Q)$(foreach f,$(USER_DATA),cp user/files/$(f) $(U)/files/$(f) &&) true
	$(Q)cd $(U)/files && chmod 755 $(USER_DIRECTORIES) $(USER_FILES) && chmod 644 $(USER_DATA) && \
	    touch -d @0 $(USER_FILES) $(USER_DATA) $(USER_DIRECTORIES) && \
	    printf '%s\n' $(USER_LISTED) | LC_ALL=C cpio --quiet --reproducible -o -H newc -R 0:0 > ../initramfs.new
	$(Q)mv $(U)/initramfs.new $@

-include $(patsubst %.o,%.d,$(call user_objects,$(USER_LIB) $(wildcard user/*/*.c)))
