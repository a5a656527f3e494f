/* SPDX-License-Identifier: MIT */
/* A checksum by a table that the program makes first. */
#include "tests/bounds/loops/loops.h"

static uint16_t table[256];

static void table_make(void) {
    BOUND_LOOP(entries, 256);
    for (unsigned i = 0; i < 256; i++) {
        BOUND_TURN(entries);
        uint16_t crc = (uint16_t)(i << 8);
        BOUND_LOOP(bits, 8);
        for (unsigned bit = 0; bit < 8; bit++) {
            BOUND_TURN(bits);
            crc = (uint16_t)(crc << 1 ^ ((crc & 0x8000) != 0 ? 0x1021 : 0));
        }
        table[i] = crc;
    }
}

static NOINLINE uint32_t crc_table(const uint8_t *bytes, unsigned count) {
    table_make();
    uint16_t crc = 0xffff;
    BOUND_LOOP(bytes, 16);
    for (unsigned i = 0; i < count; i++) {
        BOUND_TURN(bytes);
        crc = (uint16_t)(crc << 8 ^ table[(crc >> 8 ^ bytes[i]) & 255]);
    }
    return crc;
}

void crc_table_inputs(void) {
    must(OBSERVE(crc_table, "123456789", 9, 0, 0) == 0x29b1, "crc_table");
    OBSERVE(crc_table, "1234567890123456", 16, 0, 0);
}
