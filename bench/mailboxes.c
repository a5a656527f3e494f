/* SPDX-License-Identifier: MIT */
/* Mailboxes of 16-byte messages: without blocking, waking a higher thread, and there and back. */
#include "bench/bench.h"

#include "kernel/ipc/mailbox_type.h"

struct message {
    uint64_t word[2];
};

MAILBOX_TYPE(message_box, struct message)
MAILBOX_STATIC(message_box, requests, 4);
MAILBOX_STATIC(message_box, replies, 4);

static struct figure send_recv = {.name = "mailbox_send_recv_16"};
static struct figure wake_higher = {.name = "wake_higher"};
static struct figure ping_pong_same = {.name = "mailbox_ping_pong_same"};
static struct figure ping_pong_higher = {.name = "mailbox_ping_pong_higher"};

static void boxes_open(void) {
    bench_must(message_box_init(&requests, requests_storage, 4), "init");
    bench_must(message_box_init(&replies, replies_storage, 4), "init");
}

static void measure_send_recv(void *argument) {
    (void)argument;
    struct message message = {{1, 2}};
    bool more = true;
    while (more) {
        bench_open();
        status_t sent = message_box_try_send(&requests, &message);
        status_t received = message_box_try_recv(&requests, &message);
        uint64_t reading = bench_close();
        bench_must(sent, "try_send");
        bench_must(received, "try_recv");
        more = figure_add(&send_recv, reading);
    }
}

static void waking_receiver(void *argument) {
    (void)argument;
    struct message message;
    bool more = true;
    while (more) {
        status_t received = message_box_recv(&requests, &message);
        uint64_t reading = bench_close();
        bench_must(received, "recv");
        more = figure_add(&wake_higher, reading);
    }
    message_box_close(&requests);
}

static void waking_sender(void *argument) {
    (void)argument;
    struct message message = {{1, 2}};
    status_t sent;
    do {
        bench_open();
        sent = message_box_try_send(&requests, &message);
    } while (sent == STATUS_OK);
}

static void echo(void *argument) {
    (void)argument;
    struct message message;
    while (message_box_recv(&requests, &message) == STATUS_OK) {
        bench_must(message_box_send(&replies, &message), "send");
    }
}

static void client(void *argument) {
    struct figure *figure = argument;
    struct message message = {{1, 2}};
    bool more = true;
    while (more) {
        bench_open();
        status_t sent = message_box_send(&requests, &message);
        status_t received = message_box_recv(&replies, &message);
        uint64_t reading = bench_close();
        bench_must(sent, "send");
        bench_must(received, "recv");
        more = figure_add(figure, reading);
    }
    message_box_close(&requests);
}

static void measure_pair(thread_entry first, void *first_argument, uint8_t first_priority,
                         thread_entry second, struct figure *figure) {
    boxes_open();
    thread_id_t one = bench_spawn(first, first_argument, first_priority);
    thread_id_t two = bench_spawn(second, figure, BENCH_LOW);
    bench_join(one);
    bench_join(two);
    figure_print(figure);
}

void bench_mailboxes(void) {
    boxes_open();
    bench_join(bench_spawn(measure_send_recv, NULL, BENCH_LOW));
    figure_print(&send_recv);
    measure_pair(waking_receiver, NULL, BENCH_HIGH, waking_sender, &wake_higher);
    measure_pair(echo, NULL, BENCH_LOW, client, &ping_pong_same);
    measure_pair(echo, NULL, BENCH_HIGH, client, &ping_pong_higher);
}
