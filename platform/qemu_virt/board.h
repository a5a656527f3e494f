/* SPDX-License-Identifier: MIT */
/* What every QEMU `virt` machine has, for when no tree says it. Source: QEMU, hw/arm/virt.c,
 * base_memmap and a15irqmap (SPIs begin at INTID 32), include/hw/arm/virt.h (timer PPIs begin at
 * INTID 16). */
#ifndef PLATFORM_QEMU_VIRT_BOARD_H
#define PLATFORM_QEMU_VIRT_BOARD_H

#include "lib/compiler.h"

#define BOARD_UART_BASE UINT64_C(0x09000000)
#define BOARD_UART_SIZE UINT64_C(0x1000)
#define BOARD_UART_IRQ  33u /* SPI 1 */

#define BOARD_GIC_DISTRIBUTOR_BASE UINT64_C(0x08000000)
#define BOARD_GIC_DISTRIBUTOR_SIZE UINT64_C(0x10000)
#define BOARD_GIC_CPU_BASE         UINT64_C(0x08010000)
#define BOARD_GIC_CPU_SIZE         UINT64_C(0x10000)

#define BOARD_TIMER_IRQ 27u /* PPI 11: the virtual timer */

#endif
