/* SPDX-License-Identifier: MIT */
/*
 * The typed face of mailboxes: one line gives a message type its own calls, so that a message of
 * the wrong type does not compile.
 *
 *     MAILBOX_TYPE(sample_box, struct sample)    // the type and its calls
 *     MAILBOX_STATIC(sample_box, samples, 4);    // one with room for 4, storage included
 *     status = sample_box_send_ms(&samples, &sample, 10);
 *
 * Calls: NAME_try_send, NAME_send, NAME_send_until, NAME_send_ticks, NAME_send_us, NAME_send_ms;
 * the same with recv; NAME_init, NAME_create, NAME_destroy, NAME_close, NAME_count. Semantics and
 * errors: mailbox.h.
 */
#ifndef KERNEL_IPC_MAILBOX_TYPE_H
#define KERNEL_IPC_MAILBOX_TYPE_H

#include "kernel/ipc/mailbox.h"

/* A static mailbox of type `name` with room for `capacity` messages, open from the start. */
#define MAILBOX_STATIC(name, variable, capacity)                                                   \
    static name##_message variable##_storage[capacity];                                            \
    static struct name variable = {                                                                \
        MAILBOX_INITIALIZER(variable##_storage, sizeof(name##_message), capacity)}

#define MAILBOX_TYPE(name, type)                                                                   \
    typedef type name##_message;                                                                   \
    struct name {                                                                                  \
        struct mailbox mailbox; /* first: created ones are cast */                                 \
    };                                                                                             \
    _Static_assert(sizeof(type) <= CONFIG_MAILBOX_MESSAGE_MAX, "message too large");               \
    MAILBOX_TYPE_LIFE(name, type)                                                                  \
    MAILBOX_TYPE_DIRECTION(name, send, send, const type)                                           \
    MAILBOX_TYPE_DIRECTION(name, recv, receive, type)                                              \
    MAYBE_UNUSED static inline uint64_t name##_count(const struct name *box) {                     \
        return mailbox_count(&box->mailbox);                                                       \
    }

#define MAILBOX_TYPE_LIFE(name, type)                                                              \
    MAYBE_UNUSED static inline MUST_USE status_t name##_init(struct name *box, type *storage,      \
                                                             uint64_t capacity) {                  \
        return mailbox_init(&box->mailbox, storage, sizeof(type) * capacity, sizeof(type),         \
                            capacity);                                                             \
    }                                                                                              \
    MAYBE_UNUSED static inline MUST_USE status_t name##_create(                                    \
        uint64_t capacity, struct name **created) IRQ_UNMASKED {                                   \
        struct mailbox *mailbox = NULL;                                                            \
        status_t status = mailbox_create(sizeof(type), capacity, &mailbox);                        \
        if (status == STATUS_OK) {                                                                 \
            *created = CONTAINER_OF(mailbox, struct name, mailbox);                                \
        }                                                                                          \
        return status;                                                                             \
    }                                                                                              \
    MAYBE_UNUSED static inline void name##_destroy(struct name *box) IRQ_UNMASKED {                \
        mailbox_destroy(&box->mailbox);                                                            \
    }                                                                                              \
    MAYBE_UNUSED static inline status_t name##_close(struct name *box) IRQ_UNMASKED {              \
        return mailbox_close(&box->mailbox);                                                       \
    }

#define MAILBOX_TYPE_DIRECTION(name, verb, core, message_type)                                     \
    MAYBE_UNUSED static inline MUST_USE status_t name##_try_##verb(                                \
        struct name *box, message_type *message) IRQ_UNMASKED {                                    \
        return mailbox_try_##core(&box->mailbox, message);                                         \
    }                                                                                              \
    MAYBE_UNUSED static inline MUST_USE status_t name##_##verb##_until(                            \
        struct name *box, message_type *message, instant_t deadline) IRQ_UNMASKED {                \
        return mailbox_##core##_until(&box->mailbox, message, deadline);                           \
    }                                                                                              \
    MAYBE_UNUSED static inline MUST_USE status_t name##_##verb(                                    \
        struct name *box, message_type *message) IRQ_UNMASKED {                                    \
        return mailbox_##core##_until(&box->mailbox, message, INSTANT_NEVER);                      \
    }                                                                                              \
    MAYBE_UNUSED static inline MUST_USE status_t name##_##verb##_ticks(                            \
        struct name *box, message_type *message, uint64_t ticks) IRQ_UNMASKED {                    \
        return mailbox_##core##_until(&box->mailbox, message, time_after(time_ticks(ticks)));      \
    }                                                                                              \
    MAYBE_UNUSED static inline MUST_USE status_t name##_##verb##_us(                               \
        struct name *box, message_type *message, uint64_t microseconds) IRQ_UNMASKED {             \
        return mailbox_##core##_until(&box->mailbox, message, time_after(time_us(microseconds)));  \
    }                                                                                              \
    MAYBE_UNUSED static inline MUST_USE status_t name##_##verb##_ms(                               \
        struct name *box, message_type *message, uint64_t milliseconds) IRQ_UNMASKED {             \
        return mailbox_##core##_until(&box->mailbox, message, time_after(time_ms(milliseconds)));  \
    }

#endif
