/* SPDX-License-Identifier: MIT */
/* See process_threads.h. */
#include "kernel/proc/process_threads.h"

#include "abi/syscall.h"
#include "arch/cpu.h"
#include "arch/task_call.h"
#include "arch/user.h"
#include "kernel/mm/direct_map.h"
#include "kernel/proc/process_life.h"
#include "kernel/proc/process_tree.h"
#include "kernel/sched/sched.h"
#include "kernel/sched/server_share.h"
#include "kernel/sync/mutex_door.h"
#include "lib/bound.h"

/* A name: the place in the low bits, above it a number that no other thread of the process had. */
#define NAME_PLACE_BITS 8

_Static_assert(CONFIG_PROCESS_THREADS < 1 << NAME_PLACE_BITS, "a place is told by its bits");

void process_threads_init(struct process *process) {
    process->live = 0;
    process->places = 1;
    process->serial = 0;
    BOUND_LOOP(places, CONFIG_PROCESS_THREADS);
    for (unsigned i = 0; i < CONFIG_PROCESS_THREADS; i++) {
        BOUND_TURN(places);
        process->more[i] = (struct process_thread){.id = THREAD_ID_NONE};
    }
}

struct thread *process_thread_find_irq(const struct process *process, uint64_t name) {
    const uint64_t place = name & ((1 << NAME_PLACE_BITS) - 1);
    if (place == 0 || place >= CONFIG_PROCESS_THREADS) {
        return NULL;
    }
    const struct process_thread *wanted = &process->more[place];
    return wanted->serial == name >> NAME_PLACE_BITS ? thread_find_irq(wanted->id) : NULL;
}

/* --- Making ----------------------------------------------------------------------------------- */

static bool place_take(struct process_thread *place) IRQ_UNMASKED {
    arch_irq_mask();
    const bool is_free = !place->taken && thread_find_irq(place->id) == NULL;
    place->taken |= is_free;
    arch_irq_unmask();
    return is_free;
}

static void place_give(struct process_thread *place) IRQ_UNMASKED {
    arch_irq_mask();
    place->taken = false;
    arch_irq_unmask();
}

/* The lowest that is free, or NULL. */
static struct process_thread *place_find(struct process *process) {
    BOUND_LOOP(sought, CONFIG_PROCESS_THREADS);
    for (unsigned i = 1; i < CONFIG_PROCESS_THREADS; i++) {
        BOUND_TURN(sought);
        if (place_take(&process->more[i])) {
            return &process->more[i];
        }
    }
    return NULL;
}

static uint64_t area_of(const struct process *process, const struct process_thread *place) {
    return SYSCALL_MESSAGE_AREA - (uint64_t)(place - process->more) * THREAD_AREA_STRIDE;
}

/* What a place needs that was never used: one of those that the process may have below it is a thread
 * from now on. */
static status_t place_furnish(struct process *process, struct process_thread *place) {
    paddr_t frame;
    if (place->message_area != NULL) {
        return STATUS_OK;
    }
    status_t status = process_lend(process, 0, 1);
    if (status != STATUS_OK) {
        return status;
    }
    status = user_space_add(&process->space, vaddr(area_of(process, place)), &frame);
    if (status != STATUS_OK) {
        process_lend_back(process, 0, 1);
        return status;
    }
    place->message_area = phys_to_virt(frame);
    return STATUS_OK;
}

/* In user mode, as the request says, but not yet in the ready queue. */
static void thread_dress_irq(struct process *process, struct process_thread *place,
                             const struct thread_request *request, struct thread *thread,
                             uint64_t *name) IRQ_MASKED {
    const uint16_t number = (uint16_t)(place - process->more);
    process->places = number < process->places ? process->places : (uint16_t)(number + 1);
    place->id = thread->id;
    place->serial = ++process->serial;
    process->live++;
    thread_make_user_irq(thread, process, process->space.root, place->message_area);
    thread->user.tls = request->tls;
    arch_user_frame_prepare(&thread->frame, vaddr(request->entry), vaddr(request->stack_top),
                            request->argument);
    *name = (uint64_t)place->serial << NAME_PLACE_BITS | number;
    arch_user_frame_arguments(&thread->frame, area_of(process, place), *name);
}

/* From the look to the thread: what ends the process comes before, or ends this thread too. O(1). */
static status_t thread_begin_irq(struct cpu *cpu, struct process_thread *place,
                                 const struct thread_request *request, uint64_t *name,
                                 bool *ask) IRQ_MASKED {
    struct process *process = cpu->current->process;
    struct thread *thread;
    const struct thread_attributes attributes = {
        .name = process->name, .priority = (uint8_t)request->priority, .fp = process->fp};
    status_t status =
        process->ending ? STATUS_CLOSED : server_may_share_irq(cpu, (unsigned)request->priority);
    if (status == STATUS_OK) {
        status = thread_create_irq(process_thread_end, NULL, &attributes, &thread);
    }
    place->taken = false;
    if (status != STATUS_OK) {
        return status;
    }
    thread_dress_irq(process, place, request, thread, name);
    server_share_irq(cpu, thread);
    *ask = sched_enqueue_irq(cpu, thread);
    return STATUS_OK;
}

static status_t thread_begin(struct process_thread *place, const struct thread_request *request,
                             uint64_t *name) IRQ_UNMASKED {
    bool ask = false;
    arch_irq_mask();
    const status_t status = thread_begin_irq(arch_cpu_self(), place, request, name, &ask);
    arch_irq_unmask();
    if (ask) {
        (void)task_call_reschedule();
    }
    return status;
}

/* Else the priority of who makes it is meant, which may be above what the process was given. */
static NOINLINE status_t priority_judge(struct thread_request *request, uint8_t limit) {
    if (request->priority != THREAD_PRIORITY_INHERIT) {
        return STATUS_DENIED;
    }
    request->priority = arch_cpu_self()->current->rank.base;
    return request->priority > limit ? STATUS_DENIED : STATUS_OK;
}

static status_t request_judge(const struct process *process, struct thread_request *request) {
    const uint8_t limit =
        process->priority > process->ceiling ? process->priority : process->ceiling;
    if (UNLIKELY(request->priority > limit || request->priority > THREAD_PRIORITY_MAX)) {
        const status_t status = priority_judge(request, limit);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return request->stack_top % 16 != 0 ? STATUS_MISALIGNED : STATUS_OK;
}

status_t process_thread_make(struct thread_request *request, uint64_t *name) {
    struct process *process = arch_cpu_self()->current->process;
    status_t status = request_judge(process, request);
    if (status != STATUS_OK) {
        return status;
    }
    struct process_thread *place = place_find(process);
    if (place == NULL) {
        return STATUS_FULL;
    }
    status = place_furnish(process, place);
    if (status != STATUS_OK) {
        place_give(place);
        return status;
    }
    return thread_begin(place, request, name);
}

/* --- Ending ----------------------------------------------------------------------------------- */

/* One of them; not the running one, which does. False: there was none at this place, or the process is
 * gone. O(log timed events) masked. */
static bool one_end(process_id_t id, unsigned place) IRQ_UNMASKED {
    bool ask = false;
    thread_id_t thread = THREAD_ID_NONE;
    arch_irq_mask();
    struct cpu *cpu = arch_cpu_self();
    const struct process *process = process_find_irq(id);
    const bool is = process != NULL && process->state == PROCESS_STARTED && place < process->places;
    if (is) {
        thread = place == 0 ? process->thread : process->more[place].id;
        if (cpu->current->id.index != thread.index) {
            process_end_thread_irq(cpu, thread, &ask);
        }
    }
    arch_irq_unmask();
    if (ask) {
        (void)task_call_reschedule();
    }
    if (is) {
        mutex_stop_waiting(thread);
    }
    return is;
}

void process_threads_end(process_id_t id) {
    bool goes_on = true;
    BOUND_LOOP(ended, CONFIG_PROCESS_THREADS);
    for (unsigned i = 0; i < CONFIG_PROCESS_THREADS && goes_on; i++) {
        BOUND_TURN(ended);
        goes_on = one_end(id, i);
    }
}

/* None of them waits for another any more: each was taken out of that. */
static void others_join(const struct process *process) {
    BOUND_LOOP(joined, CONFIG_PROCESS_THREADS);
    for (unsigned i = 1; i < CONFIG_PROCESS_THREADS && i < process->places; i++) {
        BOUND_TURN(joined);
        const status_t status = thread_join_until(process->more[i].id, NULL, INSTANT_NEVER);
        check(status == STATUS_OK || status == STATUS_FAULTED || status == STATUS_STALE);
    }
}

/* The first looks for the others itself: whoever made the process end may be less urgent. */
void process_thread_end(void *unused) {
    (void)unused;
    const struct thread *self = arch_cpu_self()->current;
    const struct process *process = self->process;
    if (self->id.index == process->thread.index) {
        process_threads_end(process->id);
        others_join(process);
    }
    thread_exit(process->end.code);
}

void process_end_all(void) {
    process_threads_end(arch_cpu_self()->current->process->id);
    process_thread_end(NULL);
}
