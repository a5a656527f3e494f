/* SPDX-License-Identifier: MIT */
/*
 * What picolibc leaves to the system. A descriptor is 0, 1 or 2, the standard streams, or that of a file
 * of the archive (files.c). What cannot be done says so by errno.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

#include "user/lib/files.h"
#include "user/lib/program.h"
#include "user/lib/system.h"

#define NANOSECONDS 1000000000

/* A program that ends by a signal, as shells count it. */
#define SIGNAL_EXIT 128

static int refuse(int error) {
    errno = error;
    return -1;
}

void _exit(int code) {
    system_exit(code);
}

pid_t getpid(void) {
    return 1; /* it sees no other */
}

int kill(pid_t process, int signal) {
    if (process != getpid()) {
        return refuse(ESRCH);
    }
    if (signal != 0) {
        system_exit(SIGNAL_EXIT + signal);
    }
    return 0;
}

/* --- Descriptors ------------------------------------------------------------------------------ */

ssize_t write(int descriptor, const void *bytes, size_t size) {
    if (descriptor != STDOUT_FILENO && descriptor != STDERR_FILENO) {
        return refuse(EBADF);
    }
    return (ssize_t)fwrite(bytes, 1, size, descriptor == STDOUT_FILENO ? stdout : stderr);
}

static int is_standard(int descriptor) {
    return descriptor >= STDIN_FILENO && descriptor <= STDERR_FILENO;
}

/* Up to the end of a line. */
static ssize_t typed_read(char *bytes, size_t size) {
    size_t count = 0;
    int letter = 0;
    while (count < size && letter != '\n' && (letter = getc(stdin)) != EOF) {
        bytes[count++] = (char)letter;
    }
    return (ssize_t)count;
}

ssize_t read(int descriptor, void *bytes, size_t size) {
    if (descriptor == STDIN_FILENO) {
        return typed_read(bytes, size);
    }
    return is_standard(descriptor) ? refuse(EBADF) : file_read(descriptor, bytes, size);
}

int open(const char *path, int flags, ...) {
    return file_open(path, flags);
}

int close(int descriptor) {
    return is_standard(descriptor) ? 0 : file_close(descriptor);
}

off_t lseek(int descriptor, off_t offset, int whence) {
    return is_standard(descriptor) ? refuse(ESPIPE) : file_seek(descriptor, offset, whence);
}

int fstat(int descriptor, struct stat *status) {
    const off_t size = is_standard(descriptor) ? 0 : file_size(descriptor);
    if (size >= 0) {
        *status =
            (struct stat){.st_mode = is_standard(descriptor) ? S_IFCHR : S_IFREG, .st_size = size};
    }
    return size >= 0 ? 0 : -1;
}

int isatty(int descriptor) {
    return descriptor == STDOUT_FILENO || descriptor == STDERR_FILENO;
}

/* --- Time: since the boot, as nobody knows the date -------------------------------------------- */

static struct timespec time_of(uint64_t ticks) {
    return (struct timespec){
        .tv_sec = (time_t)(ticks / program.clock_hz),
        .tv_nsec = (long)(ticks % program.clock_hz * NANOSECONDS / program.clock_hz),
    };
}

static int clock_is_known(clockid_t clock) {
    return (clock == CLOCK_MONOTONIC || clock == CLOCK_REALTIME) && program.clock_hz != 0;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    if (!clock_is_known(clock)) {
        return refuse(EINVAL);
    }
    *now = time_of(system_clock());
    return 0;
}

int clock_getres(clockid_t clock, struct timespec *resolution) {
    if (!clock_is_known(clock)) {
        return refuse(EINVAL);
    }
    if (resolution != NULL) {
        *resolution = (struct timespec){0, (long)((NANOSECONDS - 1) / program.clock_hz + 1)};
    }
    return 0;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec time;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &time) != 0) {
        return -1;
    }
    *now = (struct timeval){time.tv_sec, time.tv_nsec / 1000};
    return 0;
}

clock_t times(struct tms *times) {
    (void)times;
    return (clock_t)refuse(ENOSYS); /* nobody counts what a process has used yet */
}

/* At least as long: the first tick is cut. A time beyond what the counter reaches is for ever. */
int nanosleep(const struct timespec *time, struct timespec *rest) {
    uint64_t ticks;
    (void)rest; /* nothing interrupts it */
    if (time->tv_sec < 0 || time->tv_nsec < 0 || time->tv_nsec >= NANOSECONDS ||
        program.clock_hz == 0) {
        return refuse(EINVAL);
    }
    /* tv_nsec < 2^30 and clock_hz <= 2^32: below 2^62 */
    const uint64_t part =
        ((uint64_t)time->tv_nsec * program.clock_hz + NANOSECONDS - 1) / NANOSECONDS;
    if (__builtin_mul_overflow((uint64_t)time->tv_sec, program.clock_hz, &ticks) ||
        __builtin_add_overflow(ticks, part + 1 + system_clock(), &ticks)) {
        ticks = UINT64_MAX;
    }
    return system_sleep_until(ticks) == STATUS_OK ? 0 : refuse(EINTR);
}
