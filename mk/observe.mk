# SPDX-License-Identifier: MIT
# The plugin of QEMU that watches the kernel run: tools/observe/. It needs nothing but a C library.

OBSERVE_SOURCES := $(sort $(wildcard tools/observe/*.c))
OBSERVE_CFLAGS := -std=gnu17 -O2 -g $(WARNINGS) -fPIC -fvisibility=hidden -flto -I.

build/host/observe.so: $(OBSERVE_SOURCES) $(wildcard tools/observe/*.h) mk/observe.mk
	$(say) "  HOSTLD  $@"
	@mkdir -p $(@D)
	$(Q)$(HOST_CC) $(OBSERVE_CFLAGS) -shared $(OBSERVE_SOURCES) -o $@

.PHONY: observe
observe: $(if $(OBSERVE_SOURCES),build/host/observe.so)
