/* SPDX-License-Identifier: MIT */
/*
 * What a program in user mode asks of the kernel: `svc #0` with the number in x8, arguments from x0
 * on. x0 answers with a status or a value; x1 to x18 come back as zero, but for what a call of a port says,
 * and all others as they were. An unknown number answers UNSUPPORTED.
 */
#ifndef ABI_SYSCALL_H
#define ABI_SYSCALL_H

/*    name              number   arguments -> x0 */
#define SYSCALL_LIST(X)                                                                            \
    X(null, 0)             /* -> OK */                                                             \
    X(exit, 1)             /* code; does not return */                                             \
    X(yield, 2)            /* -> OK */                                                             \
    X(sleep_until, 3)      /* moment -> OK */                                                      \
    X(log_write, 4)        /* handle, address, length -> OK */                                     \
    X(mailbox_send, 5)     /* handle, deadline; the message in the message area -> status */       \
    X(mailbox_receive, 6)  /* handle, deadline; the message to the message area -> status */       \
    X(handle_close, 7)     /* handle -> status */                                                  \
    X(handle_duplicate, 8) /* handle, rights -> handle or status */                                \
    X(handle_offer, 9)     /* handle, rights, mailbox -> offer or status */                        \
    X(handle_take, 10)     /* offer, mailbox -> handle or status */                                \
    X(process_spawn, 11)   /* handle of programs; abi/spawn.h -> handle or status */               \
    X(process_wait, 12)    /* handle, deadline -> status */                                        \
    X(process_collect, 13) /* handle; abi/spawn.h -> status */                                     \
    X(process_kill, 14)    /* handle -> status */                                                  \
    X(mailbox_create, 15)  /* message size, capacity -> handle or status */                        \
    X(name_publish, 16)    /* handle of names, mailbox, rights; the name -> handle or status */    \
    X(name_find, 17)       /* handle of names, rights; the name -> handle or status */             \
    X(thread_create, 18)   /* abi/thread.h in the message area -> its name or status */            \
    X(thread_exit, 19)     /* value; does not return */                                            \
    X(thread_join, 20)     /* name, deadline; its value to the message area -> status */           \
    X(port_create, 21)     /* -> handle or status */                                               \
    X(port_call, 22)       /* handle, 4 words, length, deadline -> status, 4 words, length */      \
    X(port_receive, 23)    /* handle, deadline -> status, 4 words, length */                       \
    X(port_reply, 24)      /* handle, 4 words, length -> status */                                 \
    X(port_answer, 25)   /* reply and receive: handle, 4 words, length, deadline -> as receive */  \
    X(console_write, 26) /* handle, address, length -> OK; FULL: no room now */                    \
    X(file_look, 27)     /* handle of programs, index or FILE_BY_PATH; abi/file.h -> status */     \
    X(file_read, 28)     /* handle of programs, offset, length; abi/file.h -> bytes or status */   \
    X(system_read, 29)   /* handle, what, first; abi/system.h -> records or status */              \
    X(system_end, 30)    /* handle, code; does not return if it may */                             \
    X(mutex_create, 31)  /* 1: recursive, or 0 -> handle or status */                              \
    X(mutex_lock, 32)    /* handle, deadline -> status */                                          \
    X(mutex_unlock, 33)  /* handle -> status */                                                    \
    X(semaphore_create, 34) /* units, maximum -> handle or status */                               \
    X(semaphore_take, 35)   /* handle, deadline -> status */                                       \
    X(semaphore_give, 36)   /* handle -> status */                                                 \
    X(process_priority, 37) /* handle of a process, priority -> status */

#define SYSCALL_COUNT 38

/* For assembly within C: after __asm__(SYSCALL_SYMBOLS), call_NAME is a number. */
#define SYSCALL_SYMBOL(name, number) ".set call_" #name ", " #number "\n"
#define SYSCALL_SYMBOLS              SYSCALL_LIST(SYSCALL_SYMBOL)

/* Of those that the kernel itself calls again. */
#define SYSCALL_MAILBOX_RECEIVE 6
#define SYSCALL_PORT_RECEIVE    23

/* The page that a thread and the kernel share: messages go from and to its start. The first thread's;
 * those of the others lie below it (abi/thread.h). */
#define SYSCALL_MESSAGE_AREA 0x7ffffffff000

/* Bytes at the start of the message area that a call of a port, or its reply, may have beside its words:
 * a multiple of 16. */
#define SYSCALL_PORT_BYTES_MAX 128

/* Bytes that log_write takes at once, and console_write. */
#define SYSCALL_LOG_WRITE_MAX     96
#define SYSCALL_CONSOLE_WRITE_MAX 96

/* Bytes of a name, its NUL included, which lies at the start of the message area. */
#define SYSCALL_NAME_BYTES 32

/* Bytes of all messages that a mailbox made by a process has room for, at most. */
#define SYSCALL_MAILBOX_BYTES_MAX 2048

/* A handle is a positive number; what it may be used for is in its rights. An offer is a handle that
 * waits for another process: one that may receive from the mailbox takes it, by its number, of which a
 * message tells. Until then it is a handle of who offers it, who can do nothing but close it. */
#define HANDLE_RIGHT_SEND      1
#define HANDLE_RIGHT_RECEIVE   2
#define HANDLE_RIGHT_WRITE     4
#define HANDLE_RIGHT_DUPLICATE 8
#define HANDLE_RIGHT_WAIT      16 /* only of who spawned it */
#define HANDLE_RIGHT_KILL      32
#define HANDLE_RIGHT_SPAWN     64
#define HANDLE_RIGHT_CLOSE     128 /* only of who made it: with this handle it is closed */
#define HANDLE_RIGHT_ALL       127 /* that can be given */

/* The first handle that a process begins with; the others count up. */
#define HANDLE_FIRST 0x10000

#endif
