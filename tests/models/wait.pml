/* SPDX-License-Identifier: MIT */
/*
 * Waiting with a deadline, being woken, and being late: the protocol of ADR 0006, over a mailbox.
 *
 * A step is a masked stretch; between two of a thread anything else may happen. Any ready thread may
 * take the next one: that is more schedules than one CPU with priorities has. What the stretches of
 * the kernel are called:
 *
 *   try_send, try_receive   the masked first halves of mailbox_send_until(), mailbox_receive_until()
 *   send_call, receive_call mailbox_send_call(), mailbox_receive_call(): look again, then block
 *   block                   sched_block_until_irq(): arms the event with the token of the wait
 *   wake                    sched_wake_irq(), sched_disarm_irq(), sched_wake_untimed_irq()
 *   expire, time_is_up      timed_event_interrupt_irq() takes the event; sched_timeout_event()
 *   closer                  mailbox_close(): a stretch that closes, and one for each waiter
 *
 * In the kernel taking an expired event and handling it is one stretch. Here it is two, with
 * anything in between: so the token alone must keep a late event from the next wait.
 *
 * Who may run what, and how it must end (tools/models.py):
 *
 * run receivers RECEIVERS=2 SENDERS=1
 * run senders RECEIVERS=1 SENDERS=2
 * run kernel_timer RECEIVERS=1 SENDERS=2 EVENT_IN_ONE_STRETCH
 * run untimed RECEIVERS=2 SENDERS=2 UNTIMED NOBODY_CLOSES
 * run waits_end FOR_EVER ltl timed_waits_end
 * mutant TOKEN_NOT_COMPARED senders assertion
 * mutant TOKEN_NOT_COUNTED receivers assertion
 * mutant STATE_NOT_COMPARED senders assertion
 * mutant TIMEOUT_STAYS_QUEUED receivers assertion
 * mutant WOKEN_STAYS_QUEUED receivers assertion
 * mutant NOT_CALLED_OFF kernel_timer assertion
 * mutant NO_SECOND_LOOK receivers assertion
 * mutant NO_SECOND_LOOK untimed assertion
 * mutant WAKE_FORGOTTEN untimed assertion
 * mutant ROOM_NOT_PASSED_ON untimed assertion
 * mutant CLOSE_WAKES_ONE receivers end
 * mutant EVENT_NOT_ARMED senders assertion
 * mutant TIMEOUT_FORGETS_TO_WAKE senders assertion
 * mutant COMPARE_NOT_SET waits_end cycle
 */
#ifdef FOR_EVER
#define RECEIVERS 1
#define SENDERS   1
#define EVENT_IN_ONE_STRETCH
#define NOBODY_CLOSES
#else
#define CALLS 2 /* of each thread */
#endif
#define THREADS  (RECEIVERS + SENDERS) /* the receivers come first */
#define CAPACITY 1
#define NONE     255
#define TOKENS   4 /* of the kernel's 2^32: more than waits of one thread, where events may be late */
#define MESSAGES 5

mtype = {READY, WAITING, WAITING_TIMED}
mtype = {NO_ANSWER, OK, TIMED_OUT, CLOSED}

mtype state[THREADS] = READY
mtype answer[THREADS] = NO_ANSWER
byte token[THREADS]         /* thread.wait_token */
byte buffer[THREADS] = NONE /* what thread.wait_buffer points to */
bool queued[THREADS]        /* in mailbox.receivers or mailbox.senders */
bool older[THREADS]         /* of the two in a queue: came first */
bool armed[THREADS]         /* thread.timeout: in the timer's queue */
byte event_token[THREADS]
bool late[THREADS] /* it is out of the timer's queue, and on its way */
byte late_token[THREADS]
byte count, slot = NONE /* the ring */
bool closed
bool got[MESSAGES], sent[MESSAGES]
byte ended

#ifdef NO_SECOND_LOOK
#define SKIPS_LOOK true
#else
#define SKIPS_LOOK false
#endif

#ifdef TOKEN_NOT_COMPARED
#define ANY_TOKEN true
#else
#define ANY_TOKEN false
#endif

#ifdef STATE_NOT_COMPARED
#define ANY_STATE true
#else
#define ANY_STATE false
#endif

#ifdef COMPARE_NOT_SET
#define COMPARE_IS_SET false
#else
#define COMPARE_IS_SET true
#endif

#define IS_WAITING(t)  (state[t] == WAITING || state[t] == WAITING_TIMED)
#define IS_RECEIVER(t) (t < RECEIVERS)

/* The first of a queue, in which two at most can stand. */
#define FIRST_OF(a, b)                                                                             \
    (queued[a] -> (queued[b] && older[b] -> b : a) : (queued[b] -> b : NONE))
#if RECEIVERS == 2
#define FIRST_RECEIVER FIRST_OF(0, 1)
#else
#define FIRST_RECEIVER (queued[0] -> 0 : NONE)
#endif
#if SENDERS == 2
#define FIRST_SENDER FIRST_OF(RECEIVERS, RECEIVERS + 1)
#else
#define FIRST_SENDER (queued[RECEIVERS] -> RECEIVERS : NONE)
#endif

/* --- What must be true at the end of each masked stretch --- */

/* Only a wait with a deadline has an event: in the timer's queue, or on its way. */
#define STANDS_RIGHT(t)                                                                            \
    (queued[t] == IS_WAITING(t) && (!IS_WAITING(t) || answer[t] == NO_ANSWER) &&                   \
     (!armed[t] || state[t] == WAITING_TIMED) &&                                                   \
     (state[t] != WAITING_TIMED || armed[t] || IS_LATE(t)))
#define IS_LATE(t) (late[t] && late_token[t] == token[t])

#if THREADS == 2
#define ALL_STAND_RIGHT (STANDS_RIGHT(0) && STANDS_RIGHT(1))
#elif THREADS == 3
#define ALL_STAND_RIGHT (STANDS_RIGHT(0) && STANDS_RIGHT(1) && STANDS_RIGHT(2))
#else
#define ALL_STAND_RIGHT                                                                            \
    (STANDS_RIGHT(0) && STANDS_RIGHT(1) && STANDS_RIGHT(2) && STANDS_RIGHT(3))
#endif

/* No wake is lost: who waits has no reason not to. Waiters of a closed mailbox are on their way
 * out, one stretch for each. */
#define NOBODY_WAITS_IN_VAIN                                                                       \
    (closed || ((FIRST_RECEIVER == NONE || count == 0) && (FIRST_SENDER == NONE || count == CAPACITY)))

inline check() {
    assert(ALL_STAND_RIGHT);
    assert(NOBODY_WAITS_IN_VAIN);
    assert((slot == NONE) == (count == 0))
}

/* --- Parts of stretches --- */

inline leave_queue(t) {
    queued[t] = false;
    older[t] = false
}

/* Who stands there already, came before. */
inline join_behind(t) {
    if
#if RECEIVERS == 2
    :: IS_RECEIVER(t) && queued[1 - t] -> older[1 - t] = true
#endif
#if SENDERS == 2
    :: !IS_RECEIVER(t) && queued[2 * RECEIVERS + 1 - t] -> older[2 * RECEIVERS + 1 - t] = true
#endif
    :: else
    fi
}

/* One answer for each call, and only for who waits for it. */
inline set_answer(t, status) {
    assert(answer[t] == NO_ANSWER);
    answer[t] = status
}

inline wake(t, status) {
    assert(IS_WAITING(t));
    if
    :: state[t] == WAITING_TIMED ->
#ifndef NOT_CALLED_OFF
        armed[t] = false;
#endif
        skip
    :: else
    fi;
#ifndef WOKEN_STAYS_QUEUED
    leave_queue(t);
#endif
#ifndef WAKE_FORGOTTEN
    state[t] = READY;
#endif
    set_answer(t, status)
}

inline block(t, with_deadline) {
#ifndef TOKEN_NOT_COUNTED
    token[t] = (token[t] + 1) % TOKENS;
#endif
    if
    :: with_deadline ->
        assert(!armed[t]);
#ifndef EVENT_NOT_ARMED
        armed[t] = true;
#endif
        event_token[t] = token[t];
        state[t] = WAITING_TIMED
    :: else -> state[t] = WAITING
    fi;
    queued[t] = true;
    join_behind(t)
}

/* mailbox_deliver(), mailbox_put(): the mailbox is open and has room. */
inline deliver(message) {
    first = FIRST_RECEIVER;
    if
    :: first != NONE ->
        assert(buffer[first] == NONE);
        buffer[first] = message;
        wake(first, OK)
    :: else ->
        assert(count < CAPACITY && slot == NONE);
        slot = message;
        count++
    fi;
    first = NONE
}

/* mailbox_take(), mailbox_let_in(): there is a message. */
inline take(t) {
    assert(buffer[t] == NONE && slot != NONE);
    buffer[t] = slot;
    slot = NONE;
    count--;
    first = FIRST_SENDER;
#ifndef ROOM_NOT_PASSED_ON
    if
    :: first != NONE && !closed ->
        slot = buffer[first];
        count++;
        wake(first, OK)
    :: else
    fi;
#endif
    first = NONE
}

/* --- Threads --- */

inline try_receive(t) {
    d_step {
        if
        :: count != 0 ->
            take(t);
            set_answer(t, OK)
        :: else
        fi;
        check()
    }
}

inline receive_call(t, with_deadline, is_past) {
    d_step {
        if
        :: count != 0 && !SKIPS_LOOK ->
            take(t);
            set_answer(t, OK)
        :: (count == 0 || SKIPS_LOOK) && closed -> set_answer(t, CLOSED)
        :: (count == 0 || SKIPS_LOOK) && !closed && is_past -> set_answer(t, TIMED_OUT)
        :: (count == 0 || SKIPS_LOOK) && !closed && !is_past -> block(t, with_deadline)
        fi;
        forget_deadline();
        check()
    }
}

inline try_send(t) {
    d_step {
        if
        :: !closed && count < CAPACITY ->
            deliver(buffer[t]);
            set_answer(t, OK)
        :: else
        fi;
        check()
    }
}

inline send_call(t, with_deadline, is_past) {
    d_step {
        if
        :: closed -> set_answer(t, CLOSED)
        :: !closed && count < CAPACITY ->
            deliver(buffer[t]);
            set_answer(t, OK)
        :: !closed && count == CAPACITY && is_past -> set_answer(t, TIMED_OUT)
        :: !closed && count == CAPACITY && !is_past -> block(t, with_deadline)
        fi;
        forget_deadline();
        check()
    }
}

/* Whether the call has a deadline, and whether that is past when it looks: anything. */
inline choose_deadline() {
#ifdef UNTIMED
    skip
#else
    if
    :: timed = true; past = false
    :: timed = true; past = true
    :: timed = false; past = false
    fi
#endif
}

inline forget_deadline() {
    timed = false;
    past = false
}

/* The call returns: with a message exactly if it says so. */
inline receive_returns(t) {
    d_step {
        state[t] == READY && answer[t] != NO_ANSWER ->
        assert((buffer[t] != NONE) == (answer[t] == OK));
        if
        :: buffer[t] != NONE ->
#ifndef FOR_EVER
            assert(!got[buffer[t]]);
            got[buffer[t]] = true;
#endif
            buffer[t] = NONE
        :: else
        fi;
        answer[t] = NO_ANSWER
    }
}

active [RECEIVERS] proctype receiver() {
    byte me = _pid;
    byte first = NONE;
    byte calls;
    bool timed, past;
    do
#ifndef FOR_EVER
    :: calls == CALLS -> break
    :: calls < CALLS ->
        calls++;
#else
    :: break /* or it never comes again */
    ::
#endif
        try_receive(me);
        atomic {
            if
            :: answer[me] != NO_ANSWER
            :: else ->
                choose_deadline();
                receive_call(me, timed, past)
            fi
        };
        receive_returns(me)
    od;
    ended++
}

inline send_returns(t) {
    d_step {
        state[t] == READY && answer[t] != NO_ANSWER ->
#ifndef FOR_EVER
        /* Sent or not: what the sender was told is what happened to the message. */
        sent[buffer[t]] = (answer[t] == OK);
#endif
        buffer[t] = NONE;
        answer[t] = NO_ANSWER
    }
}
active [SENDERS] proctype sender() {
    byte me = _pid;
    byte first = NONE;
    byte calls;
    bool timed, past;
    do
#ifndef FOR_EVER
    :: calls == CALLS -> break
    :: calls < CALLS ->
        buffer[me] = (me - RECEIVERS) * CALLS + calls;
        calls++;
#else
    :: break
    ::
        buffer[me] = 0;
#endif
        try_send(me);
        atomic {
            if
            :: answer[me] != NO_ANSWER
            :: else ->
                choose_deadline();
                send_call(me, timed, past)
            fi
        };
        send_returns(me)
    od;
    ended++
}

#ifndef NOBODY_CLOSES
active proctype closer() {
    byte first = NONE;
    closed = true;
    do
    :: d_step {
        FIRST_RECEIVER != NONE ->
        first = FIRST_RECEIVER;
        wake(first, CLOSED);
        first = NONE;
        check()
    }
#ifdef CLOSE_WAKES_ONE
        break
#endif
    :: d_step {
        FIRST_RECEIVER == NONE && FIRST_SENDER != NONE ->
        first = FIRST_SENDER;
        wake(first, CLOSED);
        first = NONE;
        check()
    }
#ifdef CLOSE_WAKES_ONE
        break
#endif
    :: d_step { FIRST_RECEIVER == NONE && FIRST_SENDER == NONE } -> break
    od
}
#endif

/* --- The timer --- */

/* The moment of an armed event comes when it likes. */
inline expire(t) {
    armed[t] = false;
    late[t] = true;
    late_token[t] = event_token[t]
}

inline time_is_up(t) {
    late[t] = false;
    if
    :: (state[t] == WAITING_TIMED || ANY_STATE) && (late_token[t] == token[t] || ANY_TOKEN) ->
        /* This very wait: no other event of it can be under way. */
        assert(state[t] == WAITING_TIMED && late_token[t] == token[t] && !armed[t]);
#ifndef TIMEOUT_STAYS_QUEUED
        leave_queue(t);
#endif
#ifndef TIMEOUT_FORGETS_TO_WAKE
        state[t] = READY;
        set_answer(t, TIMED_OUT)
#endif
    :: else -> /* cpu->stale_timeouts */
#ifdef EVENT_IN_ONE_STRETCH
        assert(false)
#else
        skip
#endif
    fi;
    late_token[t] = 0
}

active [THREADS] proctype timer() {
    byte my = _pid % THREADS;
end:
    do
#ifdef EVENT_IN_ONE_STRETCH
    :: d_step {
        armed[my] && COMPARE_IS_SET ->
        expire(my);
        time_is_up(my);
        check()
    }
#else
    :: d_step { armed[my] && !late[my] && COMPARE_IS_SET -> expire(my) }
    :: d_step {
        late[my] ->
        time_is_up(my);
        check()
    }
#endif
    od
}

#ifdef FOR_EVER
/* Each wait with a deadline ends, whoever else does what. */
ltl timed_waits_end {
    [] (state[0] == WAITING_TIMED -> <> (state[0] == READY)) &&
    [] (state[1] == WAITING_TIMED -> <> (state[1] == READY))
}
#else
/* When all is over, each message was got once if its sender was told OK, unless it is in the ring. */
active proctype judge() {
    byte i;
    ended == THREADS;
    d_step {
        for (i : 0 .. SENDERS * CALLS - 1) {
            assert(sent[i] == (got[i] || slot == i))
        }
        i = 0
    }
}
#endif
