/* SPDX-License-Identifier: MIT */
/* The smallest application: its image is the kernel with one thread that ends at once. */
#include "kernel/app.h"

void app_main(void) {
}
