/* SPDX-License-Identifier: MIT */
/* What picolibc calls to lock (sys/lock.h): all its locks are one recursive mutex, which lends its owner the
 * priority of who waits. */
#include "user/lib/lock.h"

#include <stddef.h>
#include <sys/lock.h>

#include "user/lib/system.h"

/* Handle 0: there is one thread. */
struct __lock {
    uint64_t handle;
};

struct __lock __lock___libc_recursive_mutex;

int64_t lock_begin(void) {
    if (__lock___libc_recursive_mutex.handle == 0) {
        const int64_t handle = system_mutex_create(SYSTEM_MUTEX_RECURSIVE);
        if (handle < 0) {
            return handle;
        }
        __lock___libc_recursive_mutex.handle = (uint64_t)handle;
    }
    return STATUS_OK;
}

static int lock(uint64_t deadline) {
    const uint64_t handle = __lock___libc_recursive_mutex.handle;
    const int64_t status = handle == 0 ? STATUS_OK : system_mutex_lock(handle, deadline);
    return status == STATUS_OK || status == STATUS_OWNER_DIED;
}

static void unlock(void) {
    const uint64_t handle = __lock___libc_recursive_mutex.handle;
    if (handle != 0) {
        (void)system_mutex_unlock(handle);
    }
}

void lock_take(void) {
    (void)lock(UINT64_MAX);
}

void lock_give(void) {
    unlock();
}

void __retarget_lock_init(_LOCK_T *one) {
    *one = &__lock___libc_recursive_mutex;
}

void __retarget_lock_init_recursive(_LOCK_T *one) {
    *one = &__lock___libc_recursive_mutex;
}

void __retarget_lock_close(_LOCK_T one) {
    (void)one;
}

void __retarget_lock_close_recursive(_LOCK_T one) {
    (void)one;
}

void __retarget_lock_acquire(_LOCK_T one) {
    (void)one;
    (void)lock(UINT64_MAX);
}

void __retarget_lock_acquire_recursive(_LOCK_T one) {
    (void)one;
    (void)lock(UINT64_MAX);
}

int __retarget_lock_try_acquire(_LOCK_T one) {
    (void)one;
    return lock(0);
}

int __retarget_lock_try_acquire_recursive(_LOCK_T one) {
    (void)one;
    return lock(0);
}

void __retarget_lock_release(_LOCK_T one) {
    (void)one;
    unlock();
}

void __retarget_lock_release_recursive(_LOCK_T one) {
    (void)one;
    unlock();
}
