/* SPDX-License-Identifier: MIT */
/* What a thread does with its lines when it ends. */
#ifndef USER_LIB_CONSOLE_H
#define USER_LIB_CONSOLE_H

/* What the calling thread has written, and has not ended with a newline, goes out. */
void console_end(void);

#endif
