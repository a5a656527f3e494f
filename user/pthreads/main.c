/* SPDX-License-Identifier: MIT */
/* Threads by POSIX's names. Exits with 0, or with the line of what was wrong. Its second argument is its
 * priority. */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "user/lib/program.h"

#define EXPECT(condition)                                                                          \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            exit(__LINE__);                                                                        \
        }                                                                                          \
    } while (0)

static int top;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_t threads[4];
static unsigned order[4];
static unsigned order_count;

static void start(unsigned index, int below, void *(*does)(void *), void *argument) {
    pthread_attr_t attributes;
    EXPECT(pthread_attr_init(&attributes) == 0);
    EXPECT(pthread_attr_setpriority_np(&attributes, top - below) == 0);
    EXPECT(pthread_create(&threads[index], &attributes, does, argument) == 0);
    EXPECT(pthread_attr_destroy(&attributes) == 0);
}

static void *join(unsigned index) {
    void *value = NULL;
    EXPECT(pthread_join(threads[index], &value) == 0);
    return value;
}

static void sleep_us(long microseconds) {
    EXPECT(nanosleep(&(struct timespec){0, microseconds * 1000}, NULL) == 0);
}

/* --- Making ------------------------------------------------------------------------------------- */

static void *is_itself(void *argument) {
    EXPECT(pthread_equal(pthread_self(), *(pthread_t *)argument));
    EXPECT(pthread_join(pthread_self(), NULL) == EDEADLK);
    pthread_exit(argument);
}

static void making(void) {
    pthread_attr_t attributes;
    EXPECT(pthread_create(&threads[0], NULL, is_itself, &threads[0]) == 0);
    EXPECT(!pthread_equal(pthread_self(), threads[0]));
    EXPECT(join(0) == &threads[0]);
    EXPECT(pthread_attr_init(&attributes) == 0);
    EXPECT(pthread_attr_setstacksize(&attributes, 16) == EINVAL);
    EXPECT(pthread_attr_setpriority_np(&attributes, top + 1) == 0);
    EXPECT(pthread_create(&threads[0], &attributes, is_itself, NULL) == EPERM);
}

/* --- Mutexes ------------------------------------------------------------------------------------ */

static void *keeps(void *argument) {
    (void)argument;
    EXPECT(pthread_mutex_lock(&mutex) == 0);
    return NULL;
}

static void *tries(void *argument) {
    struct timespec soon;
    (void)argument;
    EXPECT(pthread_mutex_trylock(&mutex) == EBUSY);
    EXPECT(pthread_mutex_unlock(&mutex) == EPERM);
    EXPECT(clock_gettime(CLOCK_MONOTONIC, &soon) == 0);
    EXPECT(pthread_mutex_timedlock(&mutex, &soon) == ETIMEDOUT);
    soon.tv_nsec = -1;
    EXPECT(pthread_mutex_timedlock(&mutex, &soon) == EINVAL);
    return NULL;
}

static void mutexes(void) {
    pthread_mutexattr_t attributes;
    pthread_mutex_t again;
    EXPECT(pthread_mutex_unlock(&mutex) == EPERM);
    EXPECT(pthread_mutex_lock(&mutex) == 0);
    EXPECT(pthread_mutex_lock(&mutex) == EDEADLK);
    EXPECT(pthread_mutex_trylock(&mutex) == EBUSY);
    start(0, 1, tries, NULL);
    (void)join(0);
    EXPECT(pthread_mutex_unlock(&mutex) == 0);
    start(0, 1, keeps, NULL);
    (void)join(0);
    EXPECT(pthread_mutex_lock(&mutex) == EOWNERDEAD);
    EXPECT(pthread_mutex_unlock(&mutex) == 0);
    EXPECT(pthread_mutexattr_init(&attributes) == 0);
    EXPECT(pthread_mutexattr_settype(&attributes, 7) == EINVAL);
    EXPECT(pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE) == 0);
    EXPECT(pthread_mutex_init(&again, &attributes) == 0);
    for (unsigned i = 0; i < 3; i++) {
        EXPECT(pthread_mutex_lock(&again) == 0);
    }
    for (unsigned i = 0; i < 3; i++) {
        EXPECT(pthread_mutex_unlock(&again) == 0);
    }
    EXPECT(pthread_mutex_unlock(&again) == EPERM);
    EXPECT(pthread_mutex_destroy(&again) == 0);
}

/* --- Conditions --------------------------------------------------------------------------------- */

static unsigned tokens;

/* Waits for a token, and tells who had it. */
static void *waits(void *argument) {
    EXPECT(pthread_mutex_lock(&mutex) == 0);
    while (tokens == 0) {
        EXPECT(pthread_cond_wait(&changed, &mutex) == 0);
    }
    tokens--;
    order[order_count++ % 4] = (unsigned)(uintptr_t)argument;
    EXPECT(pthread_mutex_unlock(&mutex) == 0);
    return NULL;
}

static void give(unsigned count) {
    EXPECT(pthread_mutex_lock(&mutex) == 0);
    tokens += count;
    EXPECT((count == 1 ? pthread_cond_signal(&changed) : pthread_cond_broadcast(&changed)) == 0);
    EXPECT(pthread_mutex_unlock(&mutex) == 0);
}

/* The most urgent first, whoever came first. */
static void conditions(void) {
    static const int below[] = {3, 1, 2, 1};
    static const unsigned expected[] = {1, 3, 2, 0};
    order_count = 0;
    for (unsigned i = 0; i < 4; i++) {
        start(i, below[i], waits, (void *)(uintptr_t)i);
        sleep_us(200); /* it waits */
    }
    EXPECT(pthread_cond_destroy(&changed) == EBUSY);
    give(1);
    sleep_us(200);
    EXPECT(order_count == 1);
    give(3);
    for (unsigned i = 0; i < 4; i++) {
        (void)join(i);
    }
    for (unsigned i = 0; i < 4; i++) {
        EXPECT(order[i] == expected[i]);
    }
    EXPECT(order_count == 4 && tokens == 0);
}

static void times_out(void) {
    struct timespec soon;
    EXPECT(pthread_mutex_lock(&mutex) == 0);
    EXPECT(clock_gettime(CLOCK_MONOTONIC, &soon) == 0);
    soon.tv_nsec += 100000;
    if (soon.tv_nsec >= 1000000000) {
        soon.tv_nsec -= 1000000000;
        soon.tv_sec++;
    }
    EXPECT(pthread_cond_timedwait(&changed, &mutex, &soon) == ETIMEDOUT);
    EXPECT(pthread_mutex_unlock(&mutex) == 0); /* it was locked again */
    EXPECT(pthread_cond_destroy(&changed) == 0);
}

/* Numbers through one place, which each side waits for the other to use. */
static struct {
    bool is_full;
    uint64_t number;
} place;

static void *consumes(void *argument) {
    uint64_t sum = 0;
    for (uint64_t i = 0; i < (uintptr_t)argument; i++) {
        EXPECT(pthread_mutex_lock(&mutex) == 0);
        while (!place.is_full) {
            EXPECT(pthread_cond_wait(&changed, &mutex) == 0);
        }
        sum += place.number;
        place.is_full = false;
        EXPECT(pthread_cond_broadcast(&changed) == 0);
        EXPECT(pthread_mutex_unlock(&mutex) == 0);
    }
    return (void *)(uintptr_t)sum;
}

static void pipeline(void) {
    const uint64_t count = 200;
    start(0, 1, consumes, (void *)(uintptr_t)count);
    for (uint64_t i = 1; i <= count; i++) {
        EXPECT(pthread_mutex_lock(&mutex) == 0);
        while (place.is_full) {
            EXPECT(pthread_cond_wait(&changed, &mutex) == 0);
        }
        place.number = i;
        place.is_full = true;
        EXPECT(pthread_cond_broadcast(&changed) == 0);
        EXPECT(pthread_mutex_unlock(&mutex) == 0);
    }
    EXPECT((uintptr_t)join(0) == count * (count + 1) / 2);
}

/* --- Once --------------------------------------------------------------------------------------- */

static unsigned once_count;

static void counts(void) {
    once_count++;
}

static void *does_once(void *once) {
    EXPECT(pthread_once(once, counts) == 0);
    return NULL;
}

static void once(void) {
    pthread_once_t control = PTHREAD_ONCE_INIT;
    once_count = 0;
    start(0, 1, does_once, &control);
    start(1, 0, does_once, &control);
    (void)join(0);
    (void)join(1);
    EXPECT(once_count == 1);
}

int main(int argc, char **argv, char **environment) {
    (void)environment;
    EXPECT(argc == 3);
    top = atoi(argv[2]);
    for (unsigned turn = 0; turn < 2; turn++) {
        making();
        mutexes();
        conditions();
        times_out();
        pipeline();
        once();
    }
    return 0;
}
