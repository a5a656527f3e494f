/* SPDX-License-Identifier: MIT */
/* A machine with a stack that stops after 50 steps: a switch in a loop. */
#include "tests/bounds/loops/loops.h"

#define STEPS 50

enum operation { HALT, PUSH, ADD, SUB, MUL, DUP, SWAP, DROP, JUMP_IF, NOT };

struct instruction {
    uint8_t operation;
    int8_t operand;
};

static NOINLINE int64_t interpreter(const struct instruction *program) {
    static int64_t stack[8];
    unsigned top = 0, at = 0;
    BOUND_LOOP(steps, STEPS);
    for (unsigned step = 0; step < STEPS; step++) {
        BOUND_TURN(steps);
        const struct instruction *now = &program[at++];
        int64_t value;
        switch ((enum operation)now->operation) {
        case PUSH:
            stack[++top & 7] = now->operand;
            break;
        case ADD:
            value = stack[top-- & 7];
            stack[top & 7] += value;
            break;
        case SUB:
            value = stack[top-- & 7];
            stack[top & 7] -= value;
            break;
        case MUL:
            value = stack[top-- & 7];
            stack[top & 7] *= value;
            break;
        case DUP:
            value = stack[top & 7];
            stack[++top & 7] = value;
            break;
        case SWAP:
            value = stack[top & 7];
            stack[top & 7] = stack[(top - 1) & 7];
            stack[(top - 1) & 7] = value;
            break;
        case DROP:
            top--;
            break;
        case JUMP_IF:
            if (stack[top-- & 7] != 0) {
                at = (unsigned)((int)at + now->operand);
            }
            break;
        case NOT:
            stack[top & 7] = !stack[top & 7];
            break;
        case HALT:
        default:
            return stack[top & 7];
        }
    }
    return stack[top & 7];
}

void interpreter_inputs(void) {
    static const struct instruction sum[] = {{PUSH, 3}, {PUSH, 4}, {ADD, 0},
                                             {DUP, 0},  {MUL, 0},  {HALT, 0}};
    must(OBSERVE(interpreter, sum, 0, 0, 0) == 49, "interpreter");
    /* Each operation again and again. */
    for (uint8_t operation = HALT; operation <= NOT; operation++) {
        struct instruction program[STEPS];
        for (unsigned i = 0; i < STEPS; i++) {
            program[i].operation = operation;
            program[i].operand = 0;
        }
        OBSERVE(interpreter, program, 0, 0, 0);
    }
    static const struct instruction ever[] = {{PUSH, 1}, {JUMP_IF, -2}};
    OBSERVE(interpreter, ever, 0, 0, 0);
}
