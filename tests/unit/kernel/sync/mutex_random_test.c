/* SPDX-License-Identifier: MIT */
/*
 * Threads that lock, unlock, wait for conditions, time out, change priorities, exit and fault at random, while the clock
 * moves at random at any interrupt point. At the end of each masked stretch who owns and who waits
 * is taken from the kernel, and the model says what must follow from it: all priorities, whether who
 * came to wait was allowed to, and who was to be handed what changed its owner.
 *
 * Chains of three are the limit here, so that it is met often.
 */
#define CONFIG_INHERITANCE_CHAIN_MAX 3

#include "tests/unit/kernel/own_kernel.h"
#include "tests/unit/kernel/sync/inheritance_model.h"

#define STEPS 100000

#define WORKER_LOW  10
#define WORKER_HIGH 20 /* few levels: equals are frequent */

struct worker {
    thread_id_t id;
    int locking;                 /* the mutex that its call is about, or NOBODY */
    unsigned verdicts;           /* bits: what a lock by it would have met in this call */
    unsigned had[MODEL_MUTEXES]; /* as it knows itself: how often it has locked each */
};

static struct worker workers[MODEL_THREADS];
static struct mutex mutexes[MODEL_MUTEXES];
static struct condition conditions[2];
static struct model model;
static struct random randomness;
static unsigned steps, stretches, met[64], waits_met[64];
static uint64_t arrivals;
static bool over;

static const struct thread *thread_of(int worker) {
    return &thread_slots[workers[worker].id.index];
}

static bool is_alive(int worker) {
    const struct thread *thread = thread_of(worker);
    return thread->id.generation == workers[worker].id.generation && thread->state != THREAD_FREE &&
           thread->state != THREAD_ENDED;
}

/* --- What is so, taken from the kernel --- */

static int owner_now(int mutex) {
    uint64_t word = mutexes[mutex].word & ~MUTEX_SLOW;
    for (int i = 0; word != 0 && i < MODEL_THREADS; i++) {
        if (is_alive(i) && word == mutex_word_of(thread_of(i))) {
            /* Who has given it away, and is about to end, is in the word for who comes next. */
            bool gone = thread_of(i)->rank.ending && !mutexes[mutex].turnstile.lends;
            return gone ? NOBODY : i;
        }
    }
    return NOBODY;
}

static int waits_now(int worker) {
    const struct turnstile *turnstile = thread_of(worker)->turnstile;
    for (int i = 0; is_alive(worker) && turnstile != NULL && i < MODEL_MUTEXES; i++) {
        if (turnstile == &mutexes[i].turnstile) {
            return i;
        }
    }
    return NOBODY;
}

static struct model take(void) {
    struct model now = model;
    for (int i = 0; i < MODEL_THREADS; i++) {
        bool stays = now.waits_for[i] == waits_now(i);
        now.base[i] = thread_of(i)->rank.base > thread_of(i)->rank.floor ? thread_of(i)->rank.base
                                                                         : thread_of(i)->rank.floor;
        now.waits_for[i] = waits_now(i);
        now.since[i] = stays ? now.since[i] : ++arrivals;
    }
    for (int i = 0; i < MODEL_MUTEXES; i++) {
        now.owner[i] = owner_now(i);
    }
    return now;
}

/* --- What must follow --- */

static void expect_priorities(const struct model *now) {
    for (int i = 0; i < MODEL_THREADS; i++) {
        if (is_alive(i) && thread_of(i) != arch_cpu_self()->settling) {
            EXPECT_EQ(thread_of(i)->priority, turnstile_priority(thread_of(i)));
        }
        if (is_alive(i) && arch_cpu_self()->settling == NULL) {
            EXPECT_EQ(thread_of(i)->priority, model_priority(now, i));
            EXPECT_EQ(thread_of(i)->rank.height, model_height(now, i));
        }
    }
}

static void expect_heirs(const struct model *now) {
    for (int i = 0; i < MODEL_MUTEXES; i++) {
        int heir = now->owner[i];
        int first = model_first(&model, i);
        if (heir != model.owner[i] && heir != NOBODY && first != NOBODY) {
            EXPECT_EQ(heir, first);
            EXPECT_EQ(now->waits_for[heir], NOBODY);
        }
        if (now->owner[i] == NOBODY && !mutexes[i].closed) {
            EXPECT_EQ(model_first(now, i), NOBODY);
        }
    }
}

static void expect_arrivals(const struct model *now) {
    for (int i = 0; i < MODEL_THREADS; i++) {
        int mutex = now->waits_for[i];
        if (mutex != NOBODY && model.waits_for[i] == NOBODY) {
            EXPECT_EQ(mutex, workers[i].locking);
            EXPECT_EQ(model_judge(&model, i, mutex, CONFIG_INHERITANCE_CHAIN_MAX), MODEL_WAITS);
        }
    }
}

/* Whoever's priority changed is the youngest of its new level, in the order of the changes: one in
 * each stretch, at most. */
static void note_moves(struct model *now, const unsigned *before) {
    for (int i = 0; i < MODEL_THREADS; i++) {
        if (thread_of(i)->priority != before[i]) {
            now->since[i] = ++arrivals;
        }
    }
}

static void note_verdicts(void) {
    for (int i = 0; i < MODEL_THREADS; i++) {
        int mutex = workers[i].locking;
        if (mutex != NOBODY && model.owner[mutex] != NOBODY && model.waits_for[i] == NOBODY) {
            workers[i].verdicts |= 1u
                                   << model_judge(&model, i, mutex, CONFIG_INHERITANCE_CHAIN_MAX);
        }
    }
}

static void watch(const struct hosted_stretch *stretch, const struct frame *next) {
    static unsigned before[MODEL_THREADS];
    stretches++;
    struct model now = take();
    note_moves(&now, before);
    expect_priorities(&now);
    expect_heirs(&now);
    expect_arrivals(&now);
    model = now;
    note_verdicts();
    for (int i = 0; i < MODEL_THREADS; i++) {
        before[i] = thread_of(i)->priority;
    }
    if (stretches % 16 == 0) {
        machine_check(stretch, next);
    }
}

static void move_clock(void) {
    if (random_one_in(&randomness, 6)) {
        hosted.now += random_below(&randomness, 30);
    }
}

/* --- What the threads do --- */

static void expect_lock(struct worker *self, int mutex, status_t status, instant_t deadline) {
    met[-status]++;
    switch (status) {
    case STATUS_OK:
    case STATUS_OWNER_DIED:
        EXPECT(mutex_is_owner(&mutexes[mutex], thread_of((int)(self - workers))));
        EXPECT(self->had[mutex] == 0 || mutexes[mutex].recursive);
        self->had[mutex]++;
        return;
    case STATUS_TIMED_OUT:
        EXPECT(time_now().ticks >= deadline.ticks);
        return;
    case STATUS_DEADLOCK:
        EXPECT(self->had[mutex] != 0 || (self->verdicts & 1u << MODEL_DEADLOCK) != 0);
        return;
    case STATUS_TOO_DEEP:
        EXPECT((self->verdicts & 1u << MODEL_TOO_DEEP) != 0);
        return;
    case STATUS_OUT_OF_RANGE:
        EXPECT(mutexes[mutex].turnstile.has_ceiling);
        return;
    default:
        EXPECT(status == STATUS_WOULD_BLOCK);
    }
}

static void do_lock(struct worker *self) {
    int mutex = (int)random_below(&randomness, MODEL_MUTEXES);
    instant_t deadline = random_one_in(&randomness, 3)
                             ? INSTANT_NEVER
                             : time_after(time_ticks(random_below(&randomness, 600)));
    bool tries = random_one_in(&randomness, 8);
    self->verdicts = 0;
    self->locking = mutex;
    if (model.owner[mutex] != NOBODY) {
        note_verdicts();
    }
    status_t status =
        tries ? mutex_try_lock(&mutexes[mutex]) : mutex_lock_until(&mutexes[mutex], deadline);
    self->locking = NOBODY;
    expect_lock(self, mutex, status, deadline);
}

/* Waits with one that it has locked once; between, it is as if it came to lock it. */
static void do_wait(struct worker *self) {
    int mutex = (int)random_below(&randomness, MODEL_MUTEXES);
    for (int i = 0; i < MODEL_MUTEXES && self->had[mutex] != 1; i++) {
        mutex = (mutex + 1) % MODEL_MUTEXES;
    }
    instant_t deadline = random_one_in(&randomness, 3)
                             ? INSTANT_NEVER
                             : time_after(time_ticks(random_below(&randomness, 600)));
    self->locking = mutex;
    status_t status =
        condition_wait_until(&conditions[random_below(&randomness, 2)], &mutexes[mutex], deadline);
    self->locking = NOBODY;
    waits_met[-status]++;
    bool owns = mutex_is_owner(&mutexes[mutex], thread_of((int)(self - workers)));
    EXPECT_EQ(owns, status != STATUS_NOT_OWNER && self->had[mutex] != 0);
    self->had[mutex] = owns ? self->had[mutex] : 0;
}

static void do_signal(void) {
    condition_signal(&conditions[random_below(&randomness, 2)]);
}

static void do_unlock(struct worker *self) {
    int mutex = (int)random_below(&randomness, MODEL_MUTEXES);
    for (int i = 0; i < MODEL_MUTEXES && self->had[mutex] == 0; i++) {
        mutex = (mutex + 1) % MODEL_MUTEXES;
    }
    status_t status = mutex_unlock(&mutexes[mutex]);
    EXPECT_EQ(status, self->had[mutex] != 0 ? STATUS_OK : STATUS_NOT_OWNER);
    self->had[mutex] -= self->had[mutex] != 0;
}

static unsigned random_level(void) {
    return (unsigned)random_between(&randomness, WORKER_LOW, WORKER_HIGH);
}

static void do_set_priority(void) {
    int other = (int)random_below(&randomness, MODEL_THREADS);
    unsigned level = random_level();
    status_t status = thread_set_priority(workers[other].id, level);
    EXPECT(status == STATUS_OK || status == STATUS_STALE);
}

static void worker_main(void *argument) {
    struct worker *self = argument;
    while (!over) {
        steps++;
        switch (random_below(&randomness, 20)) {
        case 0:
            thread_sleep_ticks(random_below(&randomness, 100));
            break;
        case 1:
            do_set_priority();
            break;
        case 2:
            thread_yield();
            break;
        case 3:
            if (random_one_in(&randomness, 12)) {
                return;
            }
            if (random_one_in(&randomness, 12)) {
                hosted_fault(&(struct fault){.address = 1});
            }
            break;
        case 4 ... 11:
            do_lock(self);
            break;
        case 12:
            do_wait(self);
            break;
        case 13 ... 14:
            do_signal();
            break;
        default:
            do_unlock(self);
        }
    }
    for (int i = 0; i < MODEL_MUTEXES; i++) {
        for (; self->had[i] != 0; self->had[i]--) {
            EXPECT_EQ(mutex_unlock(&mutexes[i]), STATUS_OK);
        }
    }
}

static void worker_enter(struct worker *worker) {
    const struct thread_attributes attributes = {
        .priority = (uint8_t)random_level(),
        .policy = random_one_in(&randomness, 3) ? THREAD_ROUND_ROBIN : THREAD_FIFO};
    *worker = (struct worker){.locking = NOBODY};
    EXPECT_EQ(thread_spawn(worker_main, worker, &attributes, &worker->id), STATUS_OK);
}

/* Above all workers: looks now and then who has ended, and sends another. */
static void supervise(void *unused) {
    (void)unused;
    for (int i = 0; i < MODEL_THREADS; i++) {
        worker_enter(&workers[i]);
    }
    machine.hooks.end = watch;
    hosted.hooks.end = watch;
    hosted.hooks.point = move_clock;
    while (steps < STEPS) {
        thread_sleep_ticks(200);
        do_signal(); /* all may wait for that */
        for (int i = 0; i < MODEL_THREADS; i++) {
            if (thread_join_until(workers[i].id, NULL, (instant_t){0}) != STATUS_TIMED_OUT) {
                worker_enter(&workers[i]);
            }
        }
    }
    over = true;
    EXPECT_EQ(condition_close(&conditions[0]), STATUS_OK);
    EXPECT_EQ(condition_close(&conditions[1]), STATUS_OK);
    for (int i = 0; i < MODEL_THREADS; i++) {
        status_t status = thread_join(workers[i].id, NULL);
        EXPECT(status == STATUS_OK || status == STATUS_FAULTED);
    }
    for (int i = 0; i < MODEL_MUTEXES; i++) {
        status_t status = thread_set_priority(thread_self(), 0);
        EXPECT_EQ(status, STATUS_OK);
        status = mutex_try_lock(&mutexes[i]);
        EXPECT(status == STATUS_OK || status == STATUS_OWNER_DIED);
    }
    note('e');
}

static void mutexes_make(void) {
    for (int i = 0; i < MODEL_MUTEXES; i++) {
        struct mutex_attributes attributes = {.recursive = i % 3 == 1};
        if (i == MODEL_MUTEXES - 1) {
            attributes.has_ceiling = true;
            attributes.ceiling = WORKER_HIGH - 2;
        }
        EXPECT_EQ(mutex_init(&mutexes[i], &attributes), STATUS_OK);
        model.ceiling[i] = attributes.ceiling;
    }
}

TEST(a_hundred_thousand_random_steps_agree_with_the_model) {
    randomness = test_random();
    model = (struct model){0};
    for (int i = 0; i < MODEL_THREADS; i++) {
        workers[i] = (struct worker){.locking = NOBODY};
        model.waits_for[i] = NOBODY;
    }
    mutexes_make();
    EXPECT_EQ(condition_init(&conditions[0]), STATUS_OK);
    EXPECT_EQ(condition_init(&conditions[1]), STATUS_OK);
    steps = stretches = 0;
    over = false;
    run(supervise);
    EXPECT_STRING(trace, "e");
    const status_t all[] = {STATUS_OK,          STATUS_OWNER_DIED, STATUS_TIMED_OUT,
                            STATUS_DEADLOCK,    STATUS_TOO_DEEP,   STATUS_WOULD_BLOCK,
                            STATUS_OUT_OF_RANGE};
    for (unsigned i = 0; i < ARRAY_SIZE(all); i++) {
        EXPECT(met[-all[i]] > 20);
    }
    EXPECT(waits_met[-STATUS_OK] > 100 && waits_met[-STATUS_TIMED_OUT] > 100);
}
