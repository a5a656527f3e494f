/* SPDX-License-Identifier: MIT */
/*
 * The calls that the public Thread-Metric benchmark makes, over genrt: its sources compile against
 * this header as they are. Threads are known by small numbers, are created suspended, and have
 * priorities from 1, the most urgent, to 31. Nothing waits but tm_thread_sleep. The interrupt's
 * handler may use all of them.
 */
#ifndef TM_API_H
#define TM_API_H

#define TM_SUCCESS 0
#define TM_ERROR   1

/* Words of a message. */
#define TM_MESSAGE_WORDS 4

/* Prepares all, and calls `initialize`, which creates what the benchmark needs. */
void tm_initialize(void (*initialize)(void));

int tm_thread_create(int thread_id, int priority, void (*entry)(void));
int tm_thread_resume(int thread_id);
int tm_thread_suspend(int thread_id);
void tm_thread_relinquish(void);
void tm_thread_sleep(int seconds);

int tm_queue_create(int queue_id);
int tm_queue_send(int queue_id, unsigned long *message);
int tm_queue_receive(int queue_id, unsigned long *message);

int tm_semaphore_create(int semaphore_id);
int tm_semaphore_get(int semaphore_id);
int tm_semaphore_put(int semaphore_id);

int tm_memory_pool_create(int pool_id);
int tm_memory_pool_allocate(int pool_id, unsigned char **memory);
int tm_memory_pool_deallocate(int pool_id, unsigned char *memory);

/* Makes the software interrupt, whose handler is done before this returns. */
void tm_cause_interrupt(void);

/* The benchmark's part: what the interrupt does. */
void tm_interrupt_handler(void);

#endif
