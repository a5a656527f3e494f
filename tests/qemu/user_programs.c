/* SPDX-License-Identifier: MIT */
/* Bytes to the kernel: they lie among its constants, and are copied. x0: the argument. */
#include "tests/qemu/user_programs.h"

#include "abi/syscall.h"
#include "lib/assert.h"

#define PROGRAM(name, text)                                                                        \
    __asm__(".pushsection .rodata.user_programs, \"a\"\n.balign 8\n.global user_" #name            \
            "\nuser_" #name ":\n" text "\n.global user_" #name "_end\nuser_" #name                 \
            "_end:\n.popsection")

__asm__(SYSCALL_SYMBOLS);

#define CALL(name) "mov x8, #call_" #name "\nsvc #0\n"
#define NULL_CALL  CALL(null)
#define EXIT       CALL(exit)
#define YIELD      CALL(yield)
#define SLEEP      CALL(sleep_until)
#define LOG_WRITE  CALL(log_write)
#define SEND       CALL(mailbox_send)
#define RECEIVE    CALL(mailbox_receive)
#define CLOSE      CALL(handle_close)
#define DUPLICATE  CALL(handle_duplicate)
#define OFFER      CALL(handle_offer)
#define TAKE       CALL(handle_take)
#define MESSAGE    "mov x28, #0x7ffffffff000\n"
#define NEVER      "mov x1, #-1\n"

PROGRAM(exits, EXIT);

/* Null and two unknown calls: 0 + -21 + -21. */
PROGRAM(calls, "mov x19, #0\n" NULL_CALL "add x19, x19, x0\n"
               "mov x8, #99\nsvc #0\n"
               "add x19, x19, x0\n"
               "mov x8, #-1\nsvc #0\nadd x0, x19, x0\n" EXIT);

/* What the kernel may not change, and what it must not leave. Code: 0, or which was wrong. */
PROGRAM(registers,
        "mov x20, #0\n"
        "mov x19, #19\nmov x21, #21\nmov x22, #22\nmov x23, #23\nmov x24, #24\nmov x25, #25\n"
        "mov x26, #26\nmov x27, #27\nmov x28, #28\nmov x29, #29\nmov x30, #30\n"
        "mov x1, #1\nmov x5, #5\nmov x7, #7\nmov x9, #9\nmov x16, #16\nmov x17, #17\nmov x18, #18\n"
        "mov x8, #0\nsvc #0\n"
        "orr x20, x20, x0\n"
        ".irp n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18\norr x20, x20, x\\n\n.endr\n"
        ".irp n, 19,21,22,23,24,25,26,27,28,29,30\n"
        "mov x2, #\\n\nsub x1, x\\n, x2\norr x20, x20, x1\n.endr\n"
        "mov x0, x20\n" EXIT);

/* Sends the argument's low half to handle (argument >> 32), then exits with the status. */
PROGRAM(sends, MESSAGE "and x2, x0, #0xffffffff\nstr x2, [x28]\nlsr x0, x0, #32\n" NEVER SEND EXIT);

/* Receives from the handle in the high half, adds one, sends to that in the low; till the status is
 * not 0, with which it exits. */
PROGRAM(echoes, MESSAGE "and x20, x0, #0xffffffff\nlsr x19, x0, #32\n"
                        "1: mov x0, x19\n" NEVER RECEIVE "cbnz x0, 2f\n"
                        "ldr x2, [x28]\nadd x2, x2, #1\nstr x2, [x28]\nmov x0, x20\n" NEVER SEND
                        "cbz x0, 1b\n2: " EXIT);

/* Offers the handle in the low half to who receives from the one in the high half, with rights to send
 * and to duplicate, and tells them. */
PROGRAM(offers, MESSAGE "lsr x19, x0, #32\nand x0, x0, #0xffffffff\nmov x1, #9\nmov x2, x19\n" OFFER
                        "cmp x0, #0\nb.le 1f\nstr x0, [x28]\nmov x0, x19\n" NEVER SEND "1: " EXIT);

/* Takes what the mailbox in the low half tells of, but not from that in the high half; sends 77 there, and
 * takes it again, which is too late. Code: the status of the first that went wrong, or of the last. */
PROGRAM(takes, MESSAGE "and x19, x0, #0xffffffff\nlsr x21, x0, #32\nmov x0, x19\n" NEVER RECEIVE
                       "cbnz x0, 1f\nldr x20, [x28]\nmov x0, x20\nmov x1, x21\n" TAKE
                       "cmn x0, #9\nb.ne 1f\nmov x0, x20\nmov x1, x19\n" TAKE
                       "cmp x0, #0\nb.le 1f\nmov x2, #77\nstr x2, [x28]\n" NEVER SEND
                       "cbnz x0, 1f\nmov x0, x20\nmov x1, x19\n" TAKE "1: " EXIT);

/* Offers the handle until its table is full, closes one, which makes room for one, and uses none. */
PROGRAM(offers_all,
        "mov x19, x0\n1: mov x20, x21\nmov x0, x19\nmov x1, #1\nmov x2, x19\n" OFFER
        "mov x21, x0\ncmp x0, #0\nb.gt 1b\ncmn x0, #22\nb.ne 2f\n"      /* FULL */
        "mov x0, #0x1f\nmovk x0, #1, lsl #16\nmov x23, x0\n" NEVER SEND /* the last of them */
        "cmn x0, #1\nb.ne 2f\nmov x0, x23\nmov x1, #0\n" DUPLICATE      /* INVALID_ARGUMENT */
        "cmn x0, #1\nb.ne 2f\nmov x0, x20\nmov x1, x19\n" TAKE          /* FULL: no room */
        "cmn x0, #22\nb.ne 2f\nmov x0, x23\n" CLOSE "cbnz x0, 2f\n"
        "mov x0, x20\nmov x1, x19\n" TAKE "cmn x0, #9\nb.ne 2f\nmov x0, #0\n2: " EXIT);

/* Receives, which fails, and closes the handle; the sum of both, without a check, then exits. */
PROGRAM(outlives, "mov x19, x0\n" NEVER RECEIVE "mov x20, x0\nmov x0, x19\n" NEVER SEND
                  "add x20, x20, x0\nmov x0, x19\n" CLOSE "add x20, x20, x0\nmov x0, x19\n" CLOSE
                  "add x0, x20, x0\n" EXIT);

PROGRAM(spins, "1: b 1b\n");

/* Receives for ever. */
PROGRAM(waits, NEVER RECEIVE EXIT);

/* Until the moment that is the argument; exits with how much too early. */
PROGRAM(sleeps, "mov x19, x0\n" SLEEP "isb\nmrs x0, cntvct_el0\ncmp x0, x19\ncset x0, lo\n" EXIT);

/* Handle: the argument's top 16 bits; length: the next 16 from there... as x1 from the page of data. */
PROGRAM(writes,
        "mov x19, x0\nldr x0, [x19]\nldr x1, [x19, #8]\nldr x2, [x19, #16]\n" LOG_WRITE EXIT);

/* Duplicates what it has with fewer rights, uses both, closes, uses again: 0 if each is as it should. */
PROGRAM(handles, "mov x19, x0\n"
                 "mov x1, #8\n" DUPLICATE "mov x20, x0\ncmp x0, #0\nb.le 9f\n" /* fewer: a handle */
                 "mov x0, x20\nmov x1, #0\n" SEND "cmn x0, #28\nb.ne 8f\n"     /* DENIED */
                 "mov x0, x20\nmov x1, #1\n" DUPLICATE "cmn x0, #28\nb.ne 7f\n" /* no more again */
                 "mov x0, x20\n" CLOSE "cbnz x0, 6f\n"
                 "mov x0, x20\n" CLOSE "cmn x0, #9\nb.ne 5f\n"                    /* STALE */
                 "1: mov x0, x19\nmov x1, #9\n" DUPLICATE "cmp x0, #0\nb.gt 1b\n" /* until FULL */
                 "cmn x0, #22\nb.ne 4f\nmov x0, #0\n" EXIT "9: mov x0, #9\n" EXIT
                 "8: mov x0, #8\n" EXIT "7: mov x0, #7\n" EXIT "6: mov x0, #6\n" EXIT
                 "5: mov x0, #5\n" EXIT "4: mov x0, #4\n" EXIT);

/* Yields with something in TPIDR_EL0; exits with what came of it. */
PROGRAM(keeps_tls,
        "mov x19, x0\nmsr tpidr_el0, x0\nmov x20, #50\n1: " YIELD
        "mrs x0, tpidr_el0\nsub x0, x0, x19\ncbnz x0, 2f\nsubs x20, x20, #1\nb.ne 1b\n2: " EXIT);

/* A line of the log after the other, of its own text. x0: the handle. */
PROGRAM(logs,
        "mov x19, x0\n1: mov x0, x19\nadr x1, 1b\nmov x2, #16\n" LOG_WRITE "cbz x0, 1b\n" EXIT);

/* Receives from handle x0; exits with the message, or the status. */
PROGRAM(gets_one, MESSAGE NEVER RECEIVE "cbnz x0, 1f\nldr x0, [x28]\n1: " EXIT);

/* Handle: the argument; bit 32: sends, else receives. Until 50,000 ticks from now; then until a moment
 * that is past. Exits with the sum of both, 99 if the first came early. */
PROGRAM(tries, "ubfx x20, x0, #32, #1\nmov x21, #6\nsub x21, x21, x20\nmov w19, w0\n"
               "isb\nmrs x22, cntvct_el0\nmov x2, #50000\nadd x22, x22, x2\n"
               "mov x0, x19\nmov x1, x22\nmov x8, x21\nsvc #0\nmov x23, x0\n"
               "isb\nmrs x1, cntvct_el0\ncmp x1, x22\nb.lo 9f\n"
               "mov x0, x19\nmov x1, #1\nmov x8, x21\nsvc #0\nadd x0, x0, x23\n" EXIT
               "9: mov x0, #99\n" EXIT);

/* What must not be left by calls that wait, switch, or are errands. x0: handles of the log and, from bit 32
 * on, of a mailbox. Exits with all that was left, and all that was not OK. */
#define FILL ".irp n, 2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18\nmov x\\n, #-\\n\n.endr\n"
#define LEFT                                                                                       \
    "orr x20, x20, x0\n"                                                                           \
    ".irp n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18\norr x20, x20, x\\n\n.endr\n"
#define SOON(ticks)                                                                                \
    "isb\nmrs x0, cntvct_el0\nmov x1, #" STRINGIFY(ticks) "\nlsl x1, x1, #10\nadd x0, x0, x1\n"
PROGRAM(leaves_nothing, MESSAGE "mov x20, #0\nmov w21, w0\nlsr x22, x0, #32\n" FILL
                                "mov x1, #-1\n" YIELD LEFT   /* switches */
                                    FILL SOON(20) SLEEP LEFT /* waits */
                                        FILL
        "mov x0, x21\nadr x1, user_leaves_nothing\nmov x2, #16\n" LOG_WRITE LEFT /* an errand */
            FILL "mov x0, x22\nmov x1, #-1\n" RECEIVE LEFT                       /* waits */
        "ldr x0, [x28]\nsub x0, x0, #1\norr x20, x20, x0\n" FILL SOON(200) SLEEP LEFT FILL
        "mov x0, x22\nmov x1, #-2\n" RECEIVE LEFT /* an errand */
        "ldr x0, [x28]\nsub x0, x0, #2\norr x20, x20, x0\nmov x0, #4\nstr x0, [x28]\n" FILL
        "mov x0, x22\nmov x1, #-2\n" SEND LEFT /* waits, with a deadline */
        "mov x0, x20\n" EXIT);

/* Yields with d0, the upper half of v31, and FPCR of its own; exits with what came of them. x0: 64 bits,
 * of which 22 and 23 go to FPCR. */
PROGRAM(keeps_fp,
        "mov x19, x0\nand x21, x0, #0xc00000\nmov x20, #50\n"
        ".inst 0x9e670260\n"             /* fmov d0, x19 */
        ".inst 0x4e080e7f\n"             /* dup v31.2d, x19 */
        "msr s3_3_c4_c4_0, x21\n"        /* FPCR */
        "1: " YIELD ".inst 0x9e660000\n" /* fmov x0, d0 */
        ".inst 0x4e183fe1\n"             /* umov x1, v31.d[1] */
        "mrs x2, s3_3_c4_c4_0\n"
        "eor x0, x0, x19\neor x1, x1, x19\neor x2, x2, x21\norr x0, x0, x1\norr x0, x0, x2\n"
        "cbnz x0, 2f\nsubs x20, x20, #1\nb.ne 1b\n2: " EXIT);

/* 20,000 calls, but exit, thread_exit and sleep_until, with random registers, of which every other time x0, and every
 * other time x2, looks like a handle; and no wait lasts. x0: the seed. */
#define RANDOM_HANDLE(x)                                                                           \
    "and x9, " x ", #0x7\nubfx " x ", " x ", #8, #3\nadd " x ", " x ", #1\nadd " x ", x9, " x      \
    ", lsl #16\n"
#define RANDOM "eor x19, x19, x19, lsl #13\neor x19, x19, x19, lsr #7\neor x19, x19, x19, lsl #17\n"
PROGRAM(random_calls,
        "mov x19, x0\nmov x20, #20000\n"
        "1: " RANDOM "and x8, x19, #63\ncmp x8, #call_exit\nb.eq 1b\ncmp x8, "
        "#call_sleep_until\nb.eq 1b\ncmp x8, #call_thread_exit\nb.eq 1b\n"
        "lsr x0, x19, #8\n" RANDOM "mov x1, x19\n" RANDOM "mov x2, x19\n"
        "tbz x19, #15, 2f\n" RANDOM_HANDLE("x0") "2: tbz x19, #16, 2f\n" RANDOM_HANDLE(
            "x2") "2: sub x9, x8, #call_mailbox_send\ncmp x9, #1\nccmp x8, #call_port_receive, #4, "
                  "hi\nb.eq 4f\ncmp x8, #call_mutex_lock\nb.eq 4f\ncmp x8, "
                  "#call_semaphore_take\nb.ne 3f\n"
                  "4: lsr x1, x1, #46\n"
                  "3: svc #0\nsubs x20, x20, #1\nb.ne 1b\nmov x0, #0\n" EXIT);

/* --- What ends it. --- */

PROGRAM(reads, "ldr x1, [x0]\nmov x0, #1\n" EXIT);
PROGRAM(stores, "str x0, [x0]\nmov x0, #1\n" EXIT);
PROGRAM(jumps, "br x0\n");
PROGRAM(reads_system, "mrs x0, ttbr0_el1\n" EXIT);
PROGRAM(writes_system, "msr vbar_el1, x0\n" EXIT);
PROGRAM(reads_counter, "mrs x0, pmccntr_el0\n" EXIT);
PROGRAM(masks, "msr daifset, #2\n" EXIT);
PROGRAM(waits_for_interrupt, "wfi\n" EXIT);
PROGRAM(floats, ".inst 0x9e670000\n" /* fmov d0, x0 */ EXIT);
PROGRAM(other_svc, "svc #1\n" EXIT);
PROGRAM(hypervisor_call, "hvc #0\n" EXIT);
PROGRAM(undefined, "udf #0\n" EXIT);
PROGRAM(loads_by_sp, "mov sp, x0\nldr x0, [sp]\n" EXIT);
PROGRAM(calls_with_sp, "mov sp, x0\n" NULL_CALL YIELD "mov x1, sp\nmov x0, x1\n" EXIT);
PROGRAM(overflows, "1: stp x0, x1, [sp, #-16]!\nb 1b\n");

/* --- What misbehaves, and who must not notice: tests/qemu/hostile.h ---------------------------- */

/* From the page at x0: a mailbox of its own, one that stops it, its first moment, its period. Each period
 * it works: calls, messages, yields. Exits with the longest and the shortest job, how late it woke at
 * most, and how many jobs there were, 16 bits each. */
#define AT_MOST(x, most) "cmp " x ", " most "\ncsel " x ", " x ", " most ", lo\n"
PROGRAM(witness,
        "mov x27, x0\nldp x19, x20, [x27]\nldr x21, [x27, #16]\nmov x17, #0xffff\n"
        "mov x22, #0\nmov x23, #0\nmov x24, #0xffff\nmov x26, #0\n"
        "1: mov x0, x21\n" SLEEP
        "isb\nmrs x25, cntvct_el0\nmov x10, #0xffff\nsub x9, x25, x21\n" AT_MOST(
            "x9", "x10") "cmp x9, x22\ncsel x22, x9, x22, hi\n"
                         "mov x28, #10\n"
                         "2: " NULL_CALL "mov x0, x19\nmov x1, #1\n" SEND
                         "mov x0, x19\nmov x1, #1\n" RECEIVE YIELD
                         "subs x28, x28, #1\nb.ne 2b\nmov x0, x20\nmov x1, #1\n" RECEIVE
                         "cbz x0, 3f\nisb\nmrs x9, cntvct_el0\nmov x10, #0xffff\n"
                         "sub x9, x9, x25\n" AT_MOST(
                             "x9",
                             "x10") "cmp x9, x23\ncsel x23, x9, x23, hi\n"
                                    "cmp x9, x24\ncsel x24, x9, x24, lo\n"
                                    "add x26, x26, #1\nldr x9, [x27, #24]\nadd x21, x21, x9\nb 1b\n"
                                    "3: orr x0, x23, x24, lsl #16\norr x0, x0, x22, lsl #32\n"
                                    "orr x0, x0, x26, lsl #48\n" EXIT);

/* Calls with random registers and random words in the message area, but exit and thread_exit. From the page at x0: the
 * seed, how many, and 8 addresses, one of which x1 often is; x0 and x2 often look like handles. No wait
 * lasts long. Exits with how many it made. */
PROGRAM(
    any_calls,
    "mov x27, x0\nldp x19, x20, [x27]\nmov x21, #0\n" MESSAGE "1: " RANDOM
    "and x8, x19, #63\ncmp x8, #call_exit\nb.eq 1b\ncmp x8, #call_thread_exit\nb.eq 1b\nlsr x0, "
    "x19, #8\n" RANDOM "mov x1, x19\n" RANDOM "mov x2, x19\nlsr x3, x19, #11\nand x9, x19, #0xff8\n"
    "str x1, [x28, x9]\ntbz x19, #15, 2f\n" RANDOM_HANDLE(
        "x0") "2: tbz x19, #16, 2f\n" RANDOM_HANDLE("x2") "2: tbz x19, #17, 2f\nubfx x9, x19, #18, "
                                                          "#3\nadd x9, x27, x9, lsl #3\n"
                                                          "ldr x1, [x9, #16]\n"
                                                          /* deadlines: soon, or past */
                                                          "2: isb\nmrs x9, cntvct_el0\nubfx x10, "
                                                          "x19, #24, #11\nadd x9, x9, x10\n"
                                                          "cmp x8, #3\ncsel x0, x9, x0, eq\ncmp "
                                                          "x8, #5\nccmp x8, #6, #4, ne\n"
                                                          "ccmp x8, #12, #4, ne\ncsel x1, x9, x1, "
                                                          "eq\n"
                                                          "cmp x8, #18\nb.lo 3f\nlsr x1, x1, "
                                                          "#46\nlsr x2, x2, #46\nlsr x3, x3, #46\n"
                                                          "3: svc #0\nadd x21, x21, #1\ncmp x21, "
                                                          "x20\nb.lo 1b\nmov x0, x21\n" EXIT);

/* Every call but exit and thread_exit, with each value of a list in each of x0, x1, x2; waits are past. From the page at
 * x0: how many calls, how many values, the values. Exits with how many calls it made. */
PROGRAM(each_pointer,
        "mov x27, x0\nldp x19, x20, [x27]\nadd x26, x27, #16\nmov x21, #0\nmov x22, #0\n"
        "1: cmp x22, #call_exit\nb.eq 9f\ncmp x22, #call_thread_exit\nb.eq 9f\nmov x23, #0\n"
        "2: mov x24, #0\n"
        "3: mov x25, #0\n"
        "4: mov x8, x22\nldr x0, [x26, x23, lsl #3]\nldr x1, [x26, x24, lsl #3]\n"
        "ldr x2, [x26, x25, lsl #3]\nmov x3, x2\nmov x9, #1\n"
        "cmp x8, #3\ncsel x0, x9, x0, eq\ncmp x8, #5\nccmp x8, #6, #4, ne\n"
        "ccmp x8, #12, #4, ne\ncsel x1, x9, x1, eq\n"
        "cmp x8, #18\nb.lo 5f\nmov x1, x9\nmov x2, x9\nmov x3, x9\n"
        "5: svc #0\nadd x21, x21, #1\n"
        "add x25, x25, #1\ncmp x25, x20\nb.lo 4b\n"
        "add x24, x24, #1\ncmp x24, x20\nb.lo 3b\n"
        "add x23, x23, #1\ncmp x23, x20\nb.lo 2b\n"
        "9: add x22, x22, #1\ncmp x22, x19\nb.ls 1b\nmov x0, x21\n" EXIT);

/* Every register has the argument, SP too, and then it traps. What a call must keep is looked at. */
#define PATTERN                                                                                    \
    "mov sp, x0\n.irp n, "                                                                         \
    "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,"                  \
    "29,30\nmov x\\n, x0\n.endr\nmsr nzcv, x0\nmsr tpidr_el0, x0\n"
PROGRAM(pattern_calls, PATTERN
        "svc #0\n"
        "mov x0, #0\n.irp n, 20,21,22,23,24,25,26,27,28,29,30\neor x1, x19, x\\n\n"
        "orr x0, x0, x1\n.endr\nmov x1, sp\neor x1, x1, x19\norr x0, x0, x1\n"
        "mrs x1, tpidr_el0\neor x1, x1, x19\norr x0, x0, x1\n"
        ".irp n, 2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18\norr x0, x0, x\\n\n.endr\n" EXIT);
PROGRAM(pattern_loads, PATTERN "ldr x0, [x0]\nldr x0, [sp]\nudf #0\n");
PROGRAM(pattern_jumps, PATTERN "br x0\n");
PROGRAM(pattern_undefined, PATTERN "udf #0\n");

/* Mailboxes of its own, as many as it may have, and exits with all of them. */
PROGRAM(keeps_boxes, "mov x19, #-1\n1: add x19, x19, #1\nmov x0, #128\nmov x1, #16\n" CALL(
                         mailbox_create) "cmp x0, #0\nb.gt 1b\nmov x0, x19\n" EXIT);

/* Duplicates the handle x0 and closes that, 40,000 times; code: 0, or what failed. */
PROGRAM(renews, "mov x19, x0\nmov x20, #40000\n1: mov x0, x19\nmov x1, #8\n" DUPLICATE
                "cmp x0, #0\nb.le 2f\n" CLOSE "cbnz x0, 2f\nsubs x20, x20, #1\nb.ne 1b\n2: " EXIT);

/* Exits with the sum of three words from 0x600f00 on, 0x100 and 0x1000 apart. */
PROGRAM(sums, "mov x19, #0xf00\nmovk x19, #0x60, lsl #16\nldr x0, [x19]\nldr x1, [x19, #0x100]\n"
              "add x0, x0, x1\nldr x1, [x19, #0x1100]\nadd x0, x0, x1\n" EXIT);
