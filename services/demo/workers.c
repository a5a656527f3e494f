/* SPDX-License-Identifier: MIT */
/*
 * A foreman who spawns workers, waits for them, and reads what they exit with. Each worker counts
 * the primes in a range of its own. A detached one is sent off besides: nobody waits for it, and
 * its slot is free again as soon as it ends.
 */
#define LOG_MODULE "workers"

#include "kernel/console/log.h"
#include "kernel/sched/thread.h"
#include "lib/bound.h"
#include "services/demo/demo.h"

#define WORKERS     3
#define RANGE       2000
#define ROUND_MS    2500
#define PATIENCE_MS 1000

struct job {
    uint32_t first;
    uint32_t last;
};

static bool is_prime(uint32_t number) {
    for (uint32_t divisor = 2; divisor * divisor <= number; divisor++) {
        if (number % divisor == 0) {
            return false;
        }
    }
    return number >= 2;
}

/* A worker: its argument is its job, its exit code the result. */
static void worker_count_primes(void *argument) {
    const struct job *job = argument;
    int64_t primes = 0;
    for (uint32_t number = job->first; number <= job->last; number++) {
        primes += is_prime(number);
    }
    thread_exit(primes);
}

static void messenger_run(void *unused) {
    (void)unused;
    thread_sleep_ms(ROUND_MS / 2);
    demo_counts.detached++;
    log_info("a detached worker ends; %u of %u slots are free", thread_slots_free(),
             thread_slots_total());
}

static void worker_join(thread_id_t worker, const struct job *job) {
    int64_t primes;
    status_t status = thread_join_until(worker, &primes, time_after(time_ms(PATIENCE_MS)));
    if (status != STATUS_OK) {
        log_warn("worker for %u: %s", job->first, status_name(status));
        return;
    }
    demo_counts.joined++;
    log_info("%u..%u: %lld primes", job->first, job->last, (long long)primes);
}

static void round_run(uint32_t round) {
    /* Not on our stack: a worker that we gave up may still read it. */
    static struct job jobs[WORKERS];
    thread_id_t ids[WORKERS];
    const struct thread_attributes attributes = {.name = "worker", .priority = 20};
    for (uint32_t i = 0; i < WORKERS; i++) {
        uint32_t first = (round * WORKERS + i) * RANGE + 1;
        jobs[i] = (struct job){first, first + RANGE - 1};
        status_t status = thread_spawn(worker_count_primes, &jobs[i], &attributes, &ids[i]);
        if (status != STATUS_OK) {
            log_warn("no worker: %s", status_name(status));
            ids[i] = THREAD_ID_NONE; /* joining it answers STALE */
        }
    }
    for (uint32_t i = 0; i < WORKERS; i++) {
        worker_join(ids[i], &jobs[i]);
    }
}

void workers_supervise(void *unused) {
    (void)unused;
    const struct thread_attributes detached = {
        .name = "messenger", .priority = 20, .detached = true};
    for (uint32_t round = 0;; round++) {
        if (thread_spawn(messenger_run, NULL, &detached, NULL) != STATUS_OK) {
            log_warn("no messenger");
        }
        round_run(round % 100);
        thread_sleep_ms(ROUND_MS);
    }
}
BOUND_STACK(workers_supervise, 0);
