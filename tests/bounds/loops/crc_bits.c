/* SPDX-License-Identifier: MIT */
/* A checksum bit by bit: two loops of constant length under one of a length that is given. */
#include "tests/bounds/loops/loops.h"

#define BYTES 24

static NOINLINE uint32_t crc_bits(const uint8_t *bytes, unsigned count) {
    uint32_t crc = 0xffffffff;
    BOUND_LOOP(bytes, BYTES);
    for (unsigned i = 0; i < count; i++) {
        BOUND_TURN(bytes);
        crc ^= bytes[i];
        BOUND_LOOP(bits, 8);
        for (unsigned bit = 0; bit < 8; bit++) {
            BOUND_TURN(bits);
            if ((crc & 1) != 0) {
                crc = crc >> 1 ^ 0xedb88320;
            } else {
                crc >>= 1;
            }
        }
    }
    return ~crc;
}

void crc_bits_inputs(void) {
    uint64_t crc = OBSERVE(crc_bits, "123456789", 9, 0, 0);
    must((uint32_t)crc == 0xcbf43926, "crc_bits");
    OBSERVE(crc_bits, "123456789012345678901234", BYTES, 0, 0);
    uint8_t bytes[BYTES] = {0};
    /* The bytes for which every bit that is shifted out is one. */
    uint32_t state = 0xffffffff;
    for (unsigned i = 0; i < BYTES; i++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            uint32_t crc_of_byte = state ^ byte;
            unsigned ones = 0;
            for (unsigned bit = 0; bit < 8; bit++) {
                ones += crc_of_byte & 1;
                crc_of_byte = crc_of_byte >> 1 ^ ((crc_of_byte & 1) != 0 ? 0xedb88320 : 0);
            }
            if (ones == 8) {
                bytes[i] = (uint8_t)byte;
                state = crc_of_byte;
                break;
            }
        }
    }
    OBSERVE(crc_bits, bytes, BYTES, 0, 0);
}
