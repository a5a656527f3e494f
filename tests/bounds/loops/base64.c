/* SPDX-License-Identifier: MIT */
/* Three bytes to four letters, a remainder of one or two at the end. */
#include "tests/bounds/loops/loops.h"

#define BYTES 30

static NOINLINE unsigned base64(const uint8_t *bytes, unsigned count, char *output) {
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned length = 0;
    BOUND_LOOP(triples, BYTES / 3);
    for (; count >= 3; count -= 3, bytes += 3) {
        BOUND_TURN(triples);
        uint32_t word = (uint32_t)bytes[0] << 16 | (uint32_t)bytes[1] << 8 | bytes[2];
        BOUND_LOOP(letters, 4);
        for (int shift = 18; shift >= 0; shift -= 6) {
            BOUND_TURN(letters);
            output[length++] = letters[word >> shift & 63];
        }
    }
    if (count != 0) {
        uint32_t word = (uint32_t)bytes[0] << 16 | (count == 2 ? (uint32_t)bytes[1] << 8 : 0);
        output[length++] = letters[word >> 18 & 63];
        output[length++] = letters[word >> 12 & 63];
        output[length++] = count == 2 ? letters[word >> 6 & 63] : '=';
        output[length++] = '=';
    }
    return length;
}

void base64_inputs(void) {
    static const uint8_t bytes[BYTES] = "any carnal pleas and some more";
    char output[4 * BYTES / 3 + 4];
    for (unsigned count = 0; count <= BYTES; count++) {
        OBSERVE(base64, bytes, count, output, 0);
    }
    must(output[0] == 'Y' && output[3] == '5', "base64");
}
