/* SPDX-License-Identifier: MIT */
/* The life of a process. Its threads are threads like any, on slots of their own, whose kernel stacks they
 * use for errands, to report a fault and to end. */
#include "kernel/proc/process_object.h"

#include "abi/syscall.h"
#include "arch/cpu.h"
#include "kernel/mm/direct_map.h"
#include "kernel/proc/process_handles.h"
#include "kernel/proc/process_life.h"
#include "kernel/proc/process_threads.h"
#include "kernel/proc/process_tree.h"
#include "kernel/sched/sched.h"
#include "kernel/sched/server_share.h"
#include "lib/bound.h"
#include "lib/string.h"

struct process process_slots[CONFIG_PROCESSES];

struct process *process_find_irq(process_id_t id) {
    if (id.index >= CONFIG_PROCESSES) {
        return NULL;
    }
    struct process *process = &process_slots[id.index];
    return process->id.generation == id.generation && process->state != PROCESS_FREE ? process
                                                                                     : NULL;
}

/* The process of `id` while it is built. STALE; BUSY. O(1). */
static status_t process_built_irq(process_id_t id, struct process **process) IRQ_MASKED {
    *process = process_find_irq(id);
    return *process == NULL                     ? STATUS_STALE
           : (*process)->state != PROCESS_BUILT ? STATUS_BUSY
                                                : STATUS_OK;
}

/* The same, for who builds it: it may be killed meanwhile, but stays until it is waited for. */
static status_t process_built(process_id_t id, struct process **process) IRQ_UNMASKED {
    arch_irq_mask();
    const status_t status = process_built_irq(id, process);
    arch_irq_unmask();
    return status;
}

struct process *process_current_irq(void) {
    return arch_cpu_self()->current->process;
}

/* A free slot becomes one that is built. O(CONFIG_PROCESSES). */
static struct process *process_slot_take(void) IRQ_UNMASKED {
    struct process *taken = NULL;
    arch_irq_mask();
    BOUND_LOOP(slots, CONFIG_PROCESSES);
    for (uint32_t i = 0; i < CONFIG_PROCESSES && taken == NULL; i++) {
        BOUND_TURN(slots);
        if (process_slots[i].state == PROCESS_FREE) {
            taken = &process_slots[i];
            taken->id = (process_id_t){i, taken->id.generation + 1};
            taken->state = PROCESS_BUILT;
            taken->killed = false;
            taken->ending = false;
            taken->claimed = false;
            taken->top = NULL;
            taken->parent = NULL;
        }
    }
    arch_irq_unmask();
    return taken;
}

static void process_slot_give(struct process *process) IRQ_UNMASKED {
    arch_irq_mask();
    process->state = PROCESS_FREE;
    arch_irq_unmask();
}

static void process_attributes_set(struct process *process,
                                   const struct process_attributes *attributes) {
    process->name = NULL;
    if (attributes->name != NULL) {
        const size_t length = strnlen(attributes->name, PROCESS_NAME_MAX);
        memcpy(process->name_copy, attributes->name, length);
        process->name_copy[length] = 0;
        process->name = process->name_copy;
    }
    process->children = attributes->children;
    process->children_lent = (uint16_t)(attributes->children + 1);
    process->ceiling = attributes->ceiling;
    process->depth = 0;
}

status_t process_create(const struct process_attributes *attributes, process_id_t *id) {
    if (attributes == NULL) {
        return STATUS_INVALID_ARGUMENT;
    }
    struct process *process = process_slot_take();
    if (process == NULL) {
        return STATUS_NO_SLOT;
    }
    process_attributes_set(process, attributes);
    process->end = (struct process_end){0};
    process_threads_init(process);
    handle_table_init(&process->handles);
    status_t status = user_space_create(&process->space, attributes->pages);
    if (status != STATUS_OK) {
        process_slot_give(process);
        return status;
    }
    paddr_t frame;
    status = user_space_map(&process->space, vaddr(SYSCALL_MESSAGE_AREA), PAGE_SIZE, NULL, 0,
                            USER_READ_WRITE);
    if (status != STATUS_OK) {
        user_space_destroy(&process->space);
        process_slot_give(process);
        return status;
    }
    check(user_space_frame(&process->space, vaddr(SYSCALL_MESSAGE_AREA), &frame) == STATUS_OK);
    process->message_area = phys_to_virt(frame);
    *id = process->id;
    return STATUS_OK;
}

status_t process_map(process_id_t id, vaddr_t address, uint64_t size, const void *content,
                     uint64_t content_size, enum user_protection protection) {
    struct process *process;
    const status_t status = process_built(id, &process);
    return status != STATUS_OK
               ? status
               : user_space_map(&process->space, address, size, content, content_size, protection);
}

status_t process_page(process_id_t id, vaddr_t address, void **page) {
    struct process *process;
    paddr_t frame;
    status_t status = process_built(id, &process);
    if (status == STATUS_OK) {
        status = user_space_frame(&process->space, address, &frame);
    }
    if (status == STATUS_OK) {
        *page = phys_to_virt(frame);
    }
    return status;
}

/* Only what process_mailbox_make() made is closed with a handle. */
status_t process_give(process_id_t id, const struct process_gift *gift, uint32_t *handle) {
    struct process *process;
    const uint8_t rights = gift->rights & HANDLE_RIGHT_ALL;
    status_t status = process_built(id, &process);
    if (status == STATUS_OK) {
        arch_irq_mask();
        status = process_handle_open_irq(process, gift->type, gift->object, rights, handle);
        arch_irq_unmask();
    }
    return status;
}

status_t process_give_mailbox(process_id_t id, struct mailbox *mailbox, uint8_t rights,
                              uint32_t *handle) {
    return process_give(id, &(struct process_gift){mailbox, HANDLE_MAILBOX, rights}, handle);
}

status_t process_give_port(process_id_t id, struct port *port, uint8_t rights, uint32_t *handle) {
    return process_give(id, &(struct process_gift){port, HANDLE_PORT, rights}, handle);
}

status_t process_give_log(process_id_t id, uint32_t *handle) {
    const uint8_t rights = HANDLE_RIGHT_WRITE | HANDLE_RIGHT_DUPLICATE;
    return process_give(id, &(struct process_gift){process_slots, HANDLE_LOG, rights}, handle);
}

status_t process_give_programs(process_id_t id, const struct programs *programs, uint8_t rights,
                               uint32_t *handle) {
    void *object = (void *)(uintptr_t)programs; /* nobody changes it */
    return process_give(id, &(struct process_gift){object, HANDLE_PROGRAMS, rights}, handle);
}

status_t process_give_names(process_id_t id, uint8_t rights, uint32_t *handle) {
    return process_give(id, &(struct process_gift){process_slots, HANDLE_NAMES, rights}, handle);
}

/* Not where it begins: user mode's frame is put in before it can run. */
static void process_thread_main(void *argument) {
    (void)argument;
}

status_t process_start(process_id_t id, const struct process_start *start) {
    return process_start_below(id, start, NULL);
}

/* The thread of a process that has been built, not yet in the ready queue. NO_SLOT, NO_MEMORY. O(1). */
static status_t process_thread_make_irq(struct process *process, const struct process_start *start,
                                        struct thread **thread) IRQ_MASKED {
    const struct thread_attributes attributes = {
        .name = process->name, .priority = start->priority, .fp = start->fp};
    const status_t status = thread_create_irq(process_thread_main, NULL, &attributes, thread);
    if (status != STATUS_OK) {
        return status;
    }
    thread_make_user_irq(*thread, process, process->space.root, process->message_area);
    arch_user_frame_prepare(&(*thread)->frame, start->entry, start->stack_top, start->argument);
    process->thread = (*thread)->id;
    process->live = 1;
    process->priority = start->priority;
    process->fp = start->fp;
    process->state = PROCESS_STARTED;
    return STATUS_OK;
}

/* From the look to the thread: a kill comes before all of it, or ends the thread. A child shares the
 * server of the running thread, its parent's. CLOSED: the parent is killed. */
static status_t process_start_irq(struct cpu *cpu, process_id_t id,
                                  const struct process_start *start, struct process *parent,
                                  bool *ask) IRQ_MASKED {
    struct process *process;
    struct thread *thread;
    status_t status = process_built_irq(id, &process);
    if (status == STATUS_OK && parent != NULL) {
        status = parent->ending ? STATUS_CLOSED : server_may_share_irq(cpu, start->priority);
    }
    if (status == STATUS_OK) {
        status = process_thread_make_irq(process, start, &thread);
    }
    if (status != STATUS_OK) {
        return status;
    }
    if (parent != NULL) {
        process->parent = parent;
        process->depth = (uint8_t)(parent->depth + 1);
        server_share_irq(cpu, thread);
    }
    *ask = sched_enqueue_irq(cpu, thread);
    return STATUS_OK;
}

status_t process_start_below(process_id_t id, const struct process_start *start,
                             struct process *parent) {
    if (start == NULL || start->priority > THREAD_PRIORITY_MAX) {
        return STATUS_OUT_OF_RANGE;
    }
    if (start->stack_top.value % 16 != 0) {
        return STATUS_MISALIGNED;
    }
    bool ask = false;
    arch_irq_mask();
    const status_t status = process_start_irq(arch_cpu_self(), id, start, parent, &ask);
    arch_irq_unmask();
    return ask ? task_call_reschedule() : status;
}

void process_kill_irq(struct process *process) {
    if (process->state == PROCESS_BUILT) {
        process->state = PROCESS_DEAD;
        process->killed = true;
    } else if (!process->ending && process_runs_irq(process)) {
        process->killed = true;
        process->ending = true;
    }
}

status_t process_kill(process_id_t id) {
    arch_irq_mask();
    struct process *process = process_find_irq(id);
    if (process != NULL) {
        process_kill_irq(process);
    }
    arch_irq_unmask();
    if (process == NULL) {
        return STATUS_STALE;
    }
    process_threads_end(id);
    return STATUS_OK;
}

/* --- The end ---------------------------------------------------------------------------------- */

/* Claims it for the caller. STALE; BUSY: it is claimed; TIMED_OUT: it has a parent and runs. O(1). */
static status_t process_claim(process_id_t id, struct process **process) IRQ_UNMASKED {
    arch_irq_mask();
    *process = process_find_irq(id);
    status_t status = STATUS_OK;
    if (*process == NULL) {
        status = STATUS_STALE;
    } else if ((*process)->claimed) {
        status = STATUS_BUSY;
    } else if ((*process)->parent != NULL && process_runs_irq(*process)) {
        status = STATUS_TIMED_OUT;
    } else {
        (*process)->claimed = true;
    }
    arch_irq_unmask();
    return status;
}

/* The end of its first thread, which is its last, if it was started. Who spawned it may have waited for it already: STALE. */
static status_t process_join(struct process *process, instant_t deadline) IRQ_UNMASKED {
    if (process->state != PROCESS_STARTED) {
        return process->state == PROCESS_DEAD ? STATUS_OK : STATUS_NOT_INITIALIZED;
    }
    const status_t status = thread_join_until(process->thread, &process->end.code, deadline);
    return status == STATUS_FAULTED || status == STATUS_STALE ? STATUS_OK : status;
}

void process_free(struct process *process) {
    process_handles_drop(process);
    const uint64_t pages = process->space.quota;
    user_space_destroy(&process->space);
    process_tree_leave(process, pages);
    process_slot_give(process);
}

void process_drop(process_id_t id) {
    const status_t killed = process_kill(id);
    const status_t ended = process_wait_until(id, NULL, INSTANT_NEVER);
    check(killed == STATUS_OK && ended == STATUS_CLOSED);
}

status_t process_wait_until(process_id_t id, struct process_end *end, instant_t deadline) {
    struct process *process;
    status_t status = process_claim(id, &process);
    if (status != STATUS_OK) {
        return status;
    }
    status = process_join(process, deadline);
    if (status != STATUS_OK) {
        arch_irq_mask();
        process->claimed = false;
        arch_irq_unmask();
        return status;
    }
    if (end != NULL) {
        *end = process->end;
    }
    status = process->killed              ? STATUS_CLOSED
             : process->end.syndrome != 0 ? STATUS_FAULTED
                                          : STATUS_OK;
    process_below_end(process);
    process_free(process);
    return status;
}

status_t process_thread(process_id_t id, thread_id_t *thread) {
    const uint64_t saved = arch_irq_save();
    const struct process *process = process_find_irq(id);
    status_t status = STATUS_STALE;
    if (process != NULL) {
        status = process->state == PROCESS_STARTED ? STATUS_OK : STATUS_NOT_INITIALIZED;
        *thread = process->thread;
    }
    arch_irq_restore(saved);
    return status;
}

status_t process_memory(process_id_t id, uint64_t *used, uint64_t *quota) {
    const uint64_t saved = arch_irq_save();
    const struct process *process = process_find_irq(id);
    if (process != NULL) {
        *used = process->space.used;
        *quota = process->space.quota;
    }
    arch_irq_restore(saved);
    return process != NULL ? STATUS_OK : STATUS_STALE;
}
