/* SPDX-License-Identifier: MIT */
/*
 * Mutexes whose owners inherit: the turnstiles of ADR 0016.
 *
 * A step is a masked stretch. One CPU: who is ready and as urgent as any that is ready may take the
 * next, so among equals any may (more than the kernel allows). Threads come at any moment, their
 * time is up at any moment, one may fault at any moment. What the parts are called in the kernel:
 *
 *   look_at_waiters, look_at_loans  turnstile_level(), turnstile_priority()
 *   changed, settle, take_out       turnstile_changed_irq(), turnstile_settle_irq(), turnstile_take_irq()
 *   own                             turnstile_own_irq()
 *   change                          turnstile_enter(), what is done then, turnstile_leave()
 *   LOCK: take_or_join              mutex_lock_slow(): mutex_take_irq(), mutex_check_irq(), mutex_join_irq()
 *   UNLOCK: hand_over               mutex_release_irq(): turnstile_hand_over_irq(), turnstile_pass_on_irq()
 *   WAIT, WAITED                    turnstile_wait_call(), turnstile_end_wait()
 *   LEAVE                           turnstile_give_up(); mutex_end_self()
 *   RAISE, LOWER: set_base          thread_set_priority(), turnstile_urge_irq()
 *   begin_to_end, bequeath_all      mutex_end_current_irq(), mutex_end_self(), mutex_bequeath_one()
 *
 * What is left out: ceilings, locking again, closing, conditions, the limit of a chain's length (no
 * chain of three threads comes up to it), the order among waiters of one priority.
 *
 * run graphs
 * run priorities FEW_CALLS CHANGES=1
 * run deaths FEW_CALLS FAULTS=1
 * mutant OTHERS_NOT_FINISHED graphs assertion
 * mutant CHAIN_NOT_FOLLOWED graphs assertion
 * mutant FLOOR_STAYS graphs assertion
 * mutant GIVING_UP_NOT_COUNTED graphs assertion
 * mutant REST_NOT_LENT_TO_HEIR graphs assertion
 * mutant HEIR_NOT_WOKEN graphs assertion
 * mutant UNLOCK_KEEPS_PRIORITY graphs assertion
 * mutant CYCLES_NOT_REFUSED graphs end
 * mutant TURN_OVERLOOKED graphs assertion
 * mutant GIVES_UP_UNSEEN graphs assertion
 * mutant NOT_URGED priorities assertion
 * mutant NOT_BEQUEATHED deaths assertion
 * mutant ENDED_OWNER_NOT_SEEN deaths assertion
 * mutant ENDING_WAITER_STAYS deaths end
 */
/* How often each thread locks. With 1, 2, 1 there are still all chains. */
#ifdef FEW_CALLS
#define CALLS (me == 1 -> 2 : 1)
#else
#define CALLS 2
#endif
#ifndef CHANGES
#define CHANGES 0 /* of priorities */
#endif
#ifndef FAULTS
#define FAULTS 0
#endif
#define THREADS 3
#define MUTEXES 2
#define NONE    3

mtype = {SLEEPS, READY, WAITING, WAITING_TIMED, ENDED}
mtype = {NOTHING, LOCK, WAIT, WAITED, LEAVE, ANSWERED, UNLOCK, RAISE, LOWER, BEQUEATH, END}
mtype = {NO_RESULT, OK, TIMED_OUT, CLOSED, OWNER_DIED}

mtype state[THREADS] = SLEEPS
mtype result[THREADS] = NO_RESULT /* thread.turn_result */
byte base[THREADS]                /* thread.rank */
byte rank_floor[THREADS]
byte urgency[THREADS]
bool ending[THREADS]
byte stands_in[THREADS] = NONE /* thread.turnstile */
bool faulted[THREADS]          /* it shall fault where it is */

byte owner[MUTEXES] = NONE /* mutex.word */
bool slow[MUTEXES]
byte lends_to[MUTEXES] = NONE /* turnstile.owner */
bool lends[MUTEXES]
byte level[MUTEXES]
bool half_done[MUTEXES] /* its owner has ended, and nobody was told yet */

byte settling = NONE /* cpu->settling */
byte changes, ended
byte urged, first, rank, it, heir /* within a stretch only */

#ifdef OTHERS_NOT_FINISHED
#define IS_SETTLED true
#else
#define IS_SETTLED (settling == NONE)
#endif

#ifdef GIVES_UP_UNSEEN
#define GIVES_UP_ANYHOW true
#else
#define GIVES_UP_ANYHOW false
#endif

#ifdef ENDING_WAITER_STAYS
#define STAYS_IN_QUEUE ending[me]
#else
#define STAYS_IN_QUEUE false
#endif

#ifdef TURN_OVERLOOKED
#define OVERLOOKS_TURN true
#else
#define OVERLOOKS_TURN false
#endif

/* --- Who runs --- */

#define IS_ABOVE(u, t) (state[u] == READY && urgency[u] > urgency[t])
#define RUNS(t)                                                                                    \
    (state[t] == READY && !IS_ABOVE(0, t) && !IS_ABOVE(1, t) && !IS_ABOVE(2, t))

/* --- What is lent, as it is counted --- */

#define STANDS(t, m)    (stands_in[t] == m)
#define HAS_WAITERS(m)  (STANDS(0, m) || STANDS(1, m) || STANDS(2, m))
#define LENDS(m, t)     (lends[m] && lends_to[m] == t)
#define AT_LEAST(x, of) x = ((of) > x -> (of) : x)

/* urged: what m lends, by its waiters. first: one of those that are so urgent. */
inline look_at_waiters(m) {
    urged = 0;
    first = NONE;
    if
    :: STANDS(0, m) -> urged = urgency[0]; first = 0
    :: else
    fi;
    if
    :: STANDS(1, m) && urgency[1] > urged -> urged = urgency[1]; first = 1
    :: else
    fi;
    if
    :: STANDS(2, m) && urgency[2] > urged -> urged = urgency[2]; first = 2
    :: else
    fi
}

/* rank: what t is, of what it is lent. */
inline look_at_loans(t) {
    rank = base[t];
    AT_LEAST(rank, rank_floor[t]);
    AT_LEAST(rank, (LENDS(0, t) -> level[0] : 0));
    AT_LEAST(rank, (LENDS(1, t) -> level[1] : 0))
}

/* --- What must be true at the end of each masked stretch --- */

/* The count of each turnstile is right at once. */
inline check_turnstile(m) {
    look_at_waiters(m);
    assert(lends[m] == (urged != 0 && lends_to[m] != NONE));
    assert(!lends[m] || (level[m] == urged && lends_to[m] == owner[m] && slow[m]));
    assert(urged == 0 || lends[m])
}

/* The same all along the chains, from owners and waiters alone. */
#define WAITS_FOR(t, u) (stands_in[t] != NONE && owner[stands_in[t]] == u)
#define OWN(t)          (base[t] > rank_floor[t] -> base[t] : rank_floor[t])
inline look_at_chains(t, u, v) {
    rank = OWN(t);
    AT_LEAST(rank, (WAITS_FOR(u, t) -> OWN(u) : 0));
    AT_LEAST(rank, (WAITS_FOR(v, t) -> OWN(v) : 0));
    AT_LEAST(rank, (WAITS_FOR(u, t) && WAITS_FOR(v, u) -> OWN(v) : 0));
    AT_LEAST(rank, (WAITS_FOR(v, t) && WAITS_FOR(u, v) -> OWN(u) : 0))
}

/* Of threads only one may have yet to follow, and then nobody runs who is less urgent than what it
 * is about to be: that would be inversion. */
inline check_thread(t, u, v) {
    look_at_loans(t);
    if
    :: t == settling ->
        assert(!RUNS(t) || urgency[t] >= rank);
        assert(!RUNS(u) || urgency[u] >= rank);
        assert(!RUNS(v) || urgency[v] >= rank)
    :: else -> assert(state[t] == ENDED || urgency[t] == rank)
    fi;
    if
    :: settling == NONE && state[t] != ENDED ->
        look_at_chains(t, u, v);
        assert(urgency[t] == rank)
    :: else
    fi
}

inline check() {
    check_turnstile(0);
    check_turnstile(1);
    check_thread(0, 1, 2);
    check_thread(1, 0, 2);
    check_thread(2, 0, 1);
    urged = 0;
    first = 0;
    rank = 0
}

/* --- Parts of stretches --- */

inline changed(m) {
    look_at_waiters(m);
    if
    :: lends_to[m] == NONE || (lends[m] == HAS_WAITERS(m) && (!lends[m] || level[m] == urged))
    :: else ->
        lends[m] = HAS_WAITERS(m);
        level[m] = urged;
        settling = lends_to[m]
    fi
}

inline refresh(t) {
    look_at_loans(t);
    urgency[t] = rank
}

inline settle(t) {
    it = t;
    settling = NONE;
    look_at_loans(it);
    if
    :: urgency[it] != rank ->
        urgency[it] = rank;
#ifndef CHAIN_NOT_FOLLOWED
        if
        :: stands_in[it] != NONE -> changed(stands_in[it])
        :: else
        fi
#endif
    :: else
    fi;
    it = 0
}

inline own(m, t) {
    lends_to[m] = t;
    look_at_waiters(m);
#ifdef REST_NOT_LENT_TO_HEIR
    urged = 0;
#endif
    lends[m] = (urged != 0);
    level[m] = urged
}

inline take_out(t, with) {
    assert(stands_in[t] != NONE);
    assert(result[t] == NO_RESULT);
    it = stands_in[t];
    stands_in[t] = NONE;
    result[t] = with;
#ifndef GIVING_UP_NOT_COUNTED
    changed(it);
#endif
    it = 0
}

/* Has ended, or is about to and will not hand this one over. */
#ifdef ENDED_OWNER_NOT_SEEN
#define IS_GONE(m) false
#else
#define IS_GONE(m) (state[owner[m]] == ENDED || (ending[owner[m]] && !lends[m]))
#endif

/* The owner of m waits for t, however indirectly. */
#ifdef CYCLES_NOT_REFUSED
#define IS_CYCLE(m, t) false
#else
#define IS_CYCLE(m, t)                                                                             \
    (WAITS_FOR(owner[m], t) ||                                                                     \
     (stands_in[owner[m]] != NONE && owner[stands_in[owner[m]]] != NONE &&                         \
      WAITS_FOR(owner[stands_in[owner[m]]], t)))
#endif

/* --- Changes: a stretch each, once nothing is left to settle --- */

inline take(m) {
    result[me] = (owner[m] == NONE -> OK : OWNER_DIED);
    owner[m] = me;
    own(m, me);
    slow[m] = lends[m];
    refresh(me)
}

inline take_or_join(m) {
    if
    :: owner[m] == NONE -> take(m)
    :: owner[m] != NONE && IS_GONE(m) -> take(m)
    :: owner[m] != NONE && !IS_GONE(m) && IS_CYCLE(m, me) -> refused = true
    :: else ->
        slow[m] = true;
        lends_to[m] = owner[m];
        stands_in[me] = m;
        changed(m)
    fi
}

/* The owner gives m away: to the first waiter, or to nobody. */
inline hand_over(m, with) {
    look_at_waiters(m);
    heir = first;
    half_done[m] = half_done[m] || ending[me];
    if
    :: heir != NONE ->
        half_done[m] = half_done[m] || ending[heir];
        stands_in[heir] = NONE;
        result[heir] = with;
        own(m, heir);
        owner[m] = heir;
        slow[m] = lends[m];
#ifndef HEIR_NOT_WOKEN
        state[heir] = READY
#endif
    :: else ->
        lends_to[m] = NONE;
        lends[m] = false;
        level[m] = 0;
        owner[m] = NONE;
        slow[m] = false
    fi;
    heir = 0;
    if
    :: lends[m] ->
        settling = lends_to[m];
        rank_floor[me] = urgency[me]
    :: else ->
#ifndef UNLOCK_KEEPS_PRIORITY
        refresh(me)
#endif
    fi
}

inline set_base(t, value) {
    heir = urgency[t];
    base[t] = value;
    settle(t);
    AT_LEAST(heir, urgency[t]);
#ifndef NOT_URGED
    if
    :: settling != NONE && heir > urgency[me] ->
        rank_floor[me] = heir;
        urgency[me] = heir
    :: else
    fi;
#endif
    heir = 0
}

#define STILL_STANDS (stands_in[me] != NONE || GIVES_UP_ANYHOW)

inline do_what() {
    if
    :: what == LOCK ->
        take_or_join(m);
        what = (stands_in[me] == m -> WAIT : ANSWERED)
    :: what == UNLOCK ->
        hand_over(m, OK);
        what = NOTHING
    :: what == BEQUEATH ->
        m = (LENDS(0, me) -> 0 : 1);
        if
        :: LENDS(m, me) -> hand_over(m, OWNER_DIED)
        :: else -> what = END
        fi
    :: what == LEAVE ->
        if
        :: STILL_STANDS && !STAYS_IN_QUEUE -> take_out(me, TIMED_OUT)
        :: else
        fi;
        what = (ending[me] -> BEQUEATH : ANSWERED)
#if CHANGES
    :: what == RAISE ->
        set_base(1, 4);
        what = NOTHING
    :: what == LOWER ->
        set_base(2, 1);
        what = NOTHING
#endif
    fi
}

/* `busy`: as turnstile_leave() looks at it, in the stretch of the change and in each of its own. */
#define IS_BUSY (settling != NONE || rank_floor[me] != 0)

inline change() {
    do /* turnstile_enter() */
    :: d_step {
        RUNS(me) && !IS_SETTLED ->
        settle(settling);
        check()
    }
    :: d_step {
        RUNS(me) && IS_SETTLED ->
        do_what();
        busy = IS_BUSY;
        check()
    }
        break
    od;
    do /* turnstile_leave() */
    :: !busy -> break
    :: d_step {
        busy && RUNS(me) && settling != NONE ->
        settle(settling);
        check()
    }
    :: d_step {
        busy && RUNS(me) && settling == NONE ->
        if
        :: rank_floor[me] != 0 ->
            rank_floor[me] = 0;
#ifndef FLOOR_STAYS
            settle(me)
#endif
        :: else
        fi;
        busy = IS_BUSY;
        check()
    }
    od
}

/* --- Threads --- */

/* A lock has its answer. Told that the owner before has ended, exactly if it has. */
inline answered() {
    assert(refused != (result[me] != NO_RESULT));
    assert((result[me] == OK || result[me] == OWNER_DIED) == (owner[m] == me));
    if
    :: owner[m] == me ->
        assert((result[me] == OWNER_DIED) == half_done[m]);
        half_done[m] = false
    :: else
    fi;
    refused = false;
    timed = false;
    result[me] = NO_RESULT;
    what = NOTHING
}

/* What to do next: lock another, unlock one, set a priority. */
inline choose() {
    atomic {
        RUNS(me) && what == NOTHING ->
        if
        :: calls < CALLS && owner[0] != me -> what = LOCK; m = 0
        :: calls < CALLS && owner[1] != me -> what = LOCK; m = 1
        :: owner[0] == me -> what = UNLOCK; m = 0
        :: owner[1] == me -> what = UNLOCK; m = 1
#if CHANGES
        :: changes < CHANGES -> what = RAISE; changes++
        :: changes < CHANGES -> what = LOWER; changes++
#endif
        :: calls == CALLS && owner[0] != me && owner[1] != me -> what = END
        fi;
        if
        :: what == LOCK -> calls++; timed = true
        :: what == LOCK -> calls++; timed = false
        :: else
        fi
    }
}

/* What it owns. It may be given more while it is ending: it stands in a queue until it leaves. */
inline leave_half_done() {
    half_done[0] = half_done[0] || owner[0] == me;
    half_done[1] = half_done[1] || owner[1] == me
}

/* thread_exit(), or a fault. */
inline begin_to_end() {
    leave_half_done();
    busy = false;
    refused = false;
    timed = false;
    what = NOTHING;
    if
    :: stands_in[me] != NONE || LENDS(0, me) || LENDS(1, me) ->
        ending[me] = true;
        what = LEAVE
    :: else ->
        state[me] = ENDED;
        ended++
    fi;
    check()
}

inline live() {
    do
    :: choose()
    :: d_step { /* mutex_lock_fast() */
        RUNS(me) && what == LOCK && owner[m] == NONE && !slow[m] ->
        owner[m] = me;
        result[me] = OK;
        answered();
        check()
    }
    :: d_step { /* mutex_unlock() */
        RUNS(me) && what == UNLOCK && !slow[m] ->
        owner[m] = NONE;
        what = NOTHING;
        check()
    }
    :: RUNS(me) && (what == LEAVE || what == RAISE || what == LOWER || (what == LOCK && (owner[m] != NONE || slow[m])) ||
                    (what == UNLOCK && slow[m])) ->
        change()
    :: d_step { /* turnstile_wait_call() */
        RUNS(me) && what == WAIT ->
        what = WAITED;
        if
        :: stands_in[me] == NONE && !OVERLOOKS_TURN
        :: else -> state[me] = (timed -> WAITING_TIMED : WAITING)
        fi
    }
    :: d_step { /* turnstile_end_wait() */
        RUNS(me) && what == WAITED ->
        what = (stands_in[me] != NONE -> LEAVE : ANSWERED)
    }
    :: d_step {
        RUNS(me) && what == ANSWERED ->
        answered()
    }
    :: d_step {
        RUNS(me) && what == END ->
        begin_to_end()
    }
        break
    od
}

/* mutex_end_self(), mutex_bequeath_one(); then thread_exit() once more. */
inline bequeath_all() {
    do
    :: what == LEAVE ->
        result[me] = NO_RESULT;
        change()
#ifdef NOT_BEQUEATHED
    :: what == BEQUEATH -> what = END
#else
    :: what == BEQUEATH -> change()
#endif
    :: d_step {
        RUNS(me) && what == END ->
        leave_half_done();
        result[me] = NO_RESULT;
        state[me] = ENDED;
        ended++;
        what = NOTHING;
        check()
    }
        break
    od
}

proctype thread(byte me) {
    byte calls, m;
    mtype what = NOTHING;
    bool timed, busy, refused;
    {
        live()
    } unless {
        d_step {
            faulted[me] && RUNS(me) ->
            faulted[me] = false;
            begin_to_end()
        }
    };
    if
    :: state[me] == ENDED
    :: else -> bequeath_all()
    fi
}

/* Sleeps end, and waits with a deadline: sched_wake_event(), sched_timeout_event(). */
proctype timer(byte me) {
end:
    do
    :: d_step { state[me] == SLEEPS || state[me] == WAITING_TIMED -> state[me] = READY }
    od
}

#if FAULTS
active proctype fate() {
    byte t;
    do
    :: t < THREADS - 1 -> t++
    :: break
    od;
    if
    :: d_step { state[t] != ENDED && !ending[t] -> faulted[t] = true }
    :: true
    fi
}
#endif

init {
    byte i;
    d_step {
        for (i : 0 .. THREADS - 1) {
            base[i] = i + 1;
            urgency[i] = i + 1
        }
    };
    atomic {
        run thread(0);
        run thread(1);
        run thread(2);
        run timer(0);
        run timer(1);
        run timer(2)
    };
    ended == THREADS;
    /* All is as in the beginning, but for what an owner that ended left behind. */
    assert(settling == NONE && !lends[0] && !lends[1])
}
