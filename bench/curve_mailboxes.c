/* SPDX-License-Identifier: MIT */
/* Over the number of waiters, of messages that wait, and over the size of a message. */
#include "bench/crowd.h"
#include "bench/curve.h"

#define ROUNDS 8

/* n threads wait, of which the highest is woken. */
static void measure_waiters(unsigned most) {
    struct crowd_box *box = crowd_box_fresh();
    for (unsigned n = 1;; n++) {
        struct pair pair = {.box = box, .rounds = ROUNDS};
        pair_run(&pair);
        curve_point("wake_levels", n, &pair.wake);
        if (n > most) {
            break;
        }
        crowd_wait(box);
    }
    crowd_end(box);
}

struct line {
    struct crowd_box *box;
    uint64_t rounds;
    struct figure wake;
};

static void line_receiver(void *argument) {
    struct line *line = argument;
    struct crowd_message message;
    while (crowd_box_recv(line->box, &message) == STATUS_OK) {
        figure_close(&line->wake);
    }
}

static void line_sender(void *argument) {
    struct line *line = argument;
    struct crowd_message message = {{1, 2}};
    for (uint64_t i = 0; i < line->rounds; i++) {
        bench_open();
        status_t sent = crowd_box_try_send(line->box, &message);
        bench_must(sent, "try_send");
    }
    crowd_box_close(line->box);
}

/* n threads of one level wait in a line; each joins it anew behind the others. */
static void measure_line(unsigned most) {
    static thread_id_t ids[CONFIG_THREAD_SLOTS];
    for (unsigned n = 1; n <= most; n++) {
        struct line line = {.box = crowd_box_fresh(), .rounds = (uint64_t)n * ROUNDS};
        for (unsigned i = 0; i < n; i++) {
            ids[i] = bench_spawn(line_receiver, &line, BENCH_HIGH);
        }
        bench_join(bench_spawn(line_sender, &line, BENCH_LOW));
        for (unsigned i = 0; i < n; i++) {
            bench_join(ids[i]);
        }
        curve_point("wake_line", n, &line.wake);
    }
}

/* n messages in the mailbox after the send. */
static void measure_queued(void) {
    struct crowd_box *box = crowd_box_fresh();
    struct crowd_message message = {{1, 2}};
    for (unsigned n = 1; n < 64; n++) {
        struct figure figure = {0};
        for (unsigned i = 0; i < 64 + ROUNDS; i++) { /* all places of the ring */
            bench_open();
            status_t sent = crowd_box_try_send(box, &message);
            status_t received = crowd_box_try_recv(box, &message);
            figure_close(&figure);
            bench_must(sent, "try_send");
            bench_must(received, "try_recv");
        }
        curve_point("mailbox_queued", n, &figure);
        bench_must(crowd_box_try_send(box, &message), "try_send");
    }
}

/* Messages of every size there is. */
static void measure_size(void) {
    static uint8_t storage[4 * CONFIG_MAILBOX_MESSAGE_MAX];
    static uint8_t message[CONFIG_MAILBOX_MESSAGE_MAX];
    static struct mailbox mailbox;
    for (uint64_t size = 1; size <= CONFIG_MAILBOX_MESSAGE_MAX; size++) {
        struct figure figure = {0};
        bench_must(mailbox_init(&mailbox, storage, sizeof storage, size, 4), "init");
        for (unsigned i = 0; i < ROUNDS; i++) {
            bench_open();
            status_t sent = mailbox_try_send(&mailbox, message);
            status_t received = mailbox_try_receive(&mailbox, message);
            figure_close(&figure);
            bench_must(sent, "try_send");
            bench_must(received, "try_receive");
        }
        curve_point("mailbox_size", size, &figure);
    }
}

void curve_mailboxes(void) {
    unsigned most = crowd_max();
    measure_waiters(most);
    measure_line(most);
    measure_queued();
    measure_size();
}
