/* SPDX-License-Identifier: MIT */
/* What programs call <pthread.h>: picolibc has none. */
#ifndef USER_INCLUDE_PTHREAD_H
#define USER_INCLUDE_PTHREAD_H

#include "user/lib/pthread.h"

#endif
