/* SPDX-License-Identifier: MIT */
/* A switch that the compiler made a table of. */
/* expect: jump */
/* flags: -fjump-tables */
#include "tests/bounds/case.h"

uint64_t broken(uint64_t argument) {
    volatile uint64_t *words = (volatile uint64_t *)argument;
    switch (words[0]) {
    case 0:
        words[3] += words[1];
        break;
    case 1:
        words[10] = words[6];
        break;
    case 2:
        words[17] ^= words[11];
        break;
    case 3:
        words[0] -= words[16];
        break;
    case 4:
        words[7] += words[21];
        break;
    case 5:
        words[14] = words[2];
        break;
    case 6:
        words[21] ^= words[7];
        break;
    case 7:
        words[4] -= words[12];
        break;
    case 8:
        words[11] += words[17];
        break;
    case 9:
        words[18] = words[22];
        break;
    case 10:
        words[1] ^= words[3];
        break;
    case 11:
        words[8] -= words[8];
        break;
    case 12:
        words[15] += words[13];
        break;
    case 13:
        words[22] = words[18];
        break;
    case 14:
        words[5] ^= words[23];
        break;
    case 15:
        words[12] -= words[4];
        break;
    case 16:
        words[19] += words[9];
        break;
    case 17:
        words[2] = words[14];
        break;
    case 18:
        words[9] ^= words[19];
        break;
    case 19:
        words[16] -= words[0];
        break;
    case 20:
        words[23] += words[5];
        break;
    case 21:
        words[6] = words[10];
        break;
    case 22:
        words[13] ^= words[15];
        break;
    case 23:
        words[20] -= words[20];
        break;

    default:
        return 1;
    }
    return 0;
}
