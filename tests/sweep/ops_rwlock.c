/* SPDX-License-Identifier: MIT */
/* Operations: reader-writer locks, alone, with a reader or a writer inside, and with waiters. */
#include "tests/sweep/cast.h"

static void answer_read(status_t status) {
    fact_set(FACT_SUBJECT, status);
    if (status == STATUS_OK) {
        fact_set(FACT_VALUE, rwlock_read_unlock(&shared));
    }
}

static void answer_write(status_t status) {
    fact_set(FACT_SUBJECT, status);
    if (status == STATUS_OK) {
        fact_set(FACT_VALUE, rwlock_write_unlock(&shared));
    }
}

static void read(void) {
    answer_read(rwlock_read_lock(&shared));
}

static void write(void) {
    answer_write(rwlock_write_lock(&shared));
}

static void read_until(void) {
    answer_read(rwlock_read_lock_until(&shared, scene.own_deadline));
}

static void write_until(void) {
    answer_write(rwlock_write_lock_until(&shared, scene.own_deadline));
}

static void write_briefly(void) {
    instant_t deadline = instant_add(scene.start, (duration_t){BRIEF});
    answer_write(rwlock_write_lock_until(&shared, deadline));
}

static void closed_before(void) {
    rwlock_close(&shared);
}

/* The peer is inside until there is a message. */
static void peer_reads_main(void *argument) {
    int32_t value = UNSET;
    (void)argument;
    check(rwlock_read_lock(&shared) == STATUS_OK);
    (void)!cast_receive(&value, INSTANT_NEVER);
    fact_set(FACT_PEER, rwlock_read_unlock(&shared));
}

static void peer_writes_main(void *argument) {
    int32_t value = UNSET;
    (void)argument;
    check(rwlock_write_lock(&shared) == STATUS_OK);
    (void)!cast_receive(&value, INSTANT_NEVER);
    fact_set(FACT_PEER, rwlock_write_unlock(&shared));
}

static void low_reader(void) {
    cast_spawn(ROLE_PEER, peer_reads_main, LEVEL_LOW_PEER);
}

static void low_writer(void) {
    cast_spawn(ROLE_PEER, peer_writes_main, LEVEL_LOW_PEER);
}

/* The subject is inside, and the peer waits to write. */
static void peer_waits_main(void *argument) {
    (void)argument;
    status_t status = rwlock_write_lock_until(&shared, scene.peer_deadline);
    fact_set(FACT_PEER, status);
    if (status == STATUS_OK) {
        fact_set(FACT_PEER_VALUE, rwlock_write_unlock(&shared));
    }
}

static void reads(void) {
    check(rwlock_read_lock(&shared) == STATUS_OK);
}

static void reads_writer_waits(void) {
    reads();
    cast_spawn(ROLE_PEER, peer_waits_main, LEVEL_HIGH_PEER);
}

static void writes_writer_waits(void) {
    check(rwlock_write_lock(&shared) == STATUS_OK);
    cast_spawn(ROLE_PEER, peer_waits_main, LEVEL_HIGH_PEER);
}

static void read_unlock(void) {
    fact_set(FACT_SUBJECT, rwlock_read_unlock(&shared));
}

static void write_unlock(void) {
    fact_set(FACT_SUBJECT, rwlock_write_unlock(&shared));
}

static void close(void) {
    fact_set(FACT_SUBJECT, rwlock_close(&shared));
}

static void init(void) {
    static struct rwlock other;
    fact_set(FACT_SUBJECT, rwlock_init(&other, 1));
}

static const struct op rwlock_table[] = {
    {"rwlock_init", "rwlock", NULL, NULL, init, NULL, NULL, 0},
    {"read_free", "rwlock", NULL, NULL, read, NULL, NULL, OF_SHARES | OP_OWNS},
    {"write_free", "rwlock", NULL, NULL, write, NULL, NULL, OF_SHARES | OP_OWNS},
    {"read_closed", "rwlock", closed_before, NULL, read, NULL, NULL, OF_SHARES},
    {"read_low_reader", "rwlock", low_reader, NULL, read, release_sends, NULL, OF_SHARES | OP_OWNS},
    {"read_low_writer", "rwlock", low_writer, NULL, read_until, release_sends, NULL,
     OF_SHARES | OP_OWNS | OP_DEADLINE | OP_WAITS},
    {"write_low_reader", "rwlock", low_reader, NULL, write_until, release_sends, NULL,
     OF_SHARES | OP_OWNS | OP_DEADLINE | OP_WAITS},
    {"write_times_out", "rwlock", low_reader, NULL, write_briefly, release_spins, NULL,
     OF_SHARES | OP_OWNS | OP_SPINS | OP_WAITS},
    {"read_unlock_writer", "rwlock", NULL, reads_writer_waits, read_unlock, NULL, NULL,
     OF_SHARES | OP_OWNS | OP_TIMED_PEER},
    {"write_unlock_writer", "rwlock", NULL, writes_writer_waits, write_unlock, NULL, NULL,
     OF_SHARES | OP_OWNS | OP_TIMED_PEER},
    {"rwlock_close_writer", "rwlock", NULL, reads_writer_waits, close, NULL, NULL,
     OF_SHARES | OP_OWNS | OP_LOOSE},
};
OP_TABLE(rwlock);
