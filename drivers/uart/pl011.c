/* SPDX-License-Identifier: MIT */
/* The PL011's registers, and no more of them than a console needs. DDI 0183, table 3-1. */
#include "drivers/uart/pl011.h"

#include "lib/bound.h"

/* Registers, as indices of 32-bit words. */
#define DR   (0x000 / 4)
#define FR   (0x018 / 4)
#define LCRH (0x02c / 4)
#define CR   (0x030 / 4)
#define IMSC (0x038 / 4)
#define ICR  (0x044 / 4)

#define DR_OE     0x800u /* characters were lost before this one */
#define FR_BUSY   0x08u
#define FR_RXFE   0x10u /* receive FIFO empty */
#define FR_TXFF   0x20u /* transmit FIFO full */
#define LCRH_FEN  0x10u
#define LCRH_8N1  0x60u
#define CR_UARTEN 0x001u
#define CR_TXE    0x100u
#define CR_RXE    0x200u
#define IMSC_RX   0x10u /* as many as the trigger level */
#define IMSC_RT   0x40u /* fewer, and no more for a while */
#define ICR_ALL   0x7ffu

/* A character at 1200 baud takes 8 ms; a poll takes at least some 10 ns. The FIFO has 32 places. */
#define POLLS_MAX 1000000u

static volatile uint32_t *registers; /* constant after init */

static uint64_t overruns; /* written by the reader */

static char taken(void) {
    const uint32_t word = registers[DR];
    overruns += (word & DR_OE) != 0;
    return (char)(word & 0xff);
}

/* DDI 0183, 3.3.8: disable, let the current character end, then program. FEN is not changed: that would
 * empty the FIFO of what came. */
void pl011_init(vaddr_t base) {
    registers = vaddr_pointer(base);
    pl011_flush();
    registers[CR] = 0;
    registers[IMSC] = 0;
    registers[ICR] = ICR_ALL;
    registers[LCRH] = LCRH_8N1 | (registers[LCRH] & LCRH_FEN);
    registers[CR] = CR_UARTEN | CR_TXE | CR_RXE;
}

bool pl011_try_put(char letter) {
    if (registers[FR] & FR_TXFF) {
        return false;
    }
    registers[DR] = (uint8_t)letter;
    return true;
}

bool pl011_put(char letter) {
    BOUND_LOOP(put_polls, POLLS_MAX);
    for (unsigned i = 0; i < POLLS_MAX; i++) {
        BOUND_TURN(put_polls);
        if (pl011_try_put(letter)) {
            return true;
        }
    }
    return false;
}

void pl011_flush(void) {
    BOUND_LOOP(flush_polls, POLLS_MAX);
    for (unsigned i = 0; i < POLLS_MAX && (registers[FR] & FR_BUSY) != 0; i++) {
        BOUND_TURN(flush_polls);
    }
}

void pl011_listen(void) {
    registers[IMSC] = IMSC_RX | IMSC_RT;
}

bool pl011_try_get(char *letter) {
    if (registers[FR] & FR_RXFE) {
        return false;
    }
    *letter = taken();
    return true;
}

uint64_t pl011_overruns(void) {
    return overruns;
}

BOUND_CALLEE(console_try_put, pl011_try_put);
BOUND_CALLEE(console_flush, pl011_flush);
BOUND_CALLEE(console_listen, pl011_listen);
BOUND_CALLEE(console_try_get, pl011_try_get);
BOUND_CALLEE(console_overruns, pl011_overruns);

const struct console_device *pl011_console(void) {
    static const struct console_device device = {.try_put = pl011_try_put,
                                                 .flush = pl011_flush,
                                                 .listen = pl011_listen,
                                                 .try_get = pl011_try_get,
                                                 .overruns = pl011_overruns};
    return &device;
}
