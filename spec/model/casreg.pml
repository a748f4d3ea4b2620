/*
 * Commit and sweep without locks: the protocol of casreg as a model for spin.
 *
 * One step is one operation on the store, or one passing of time. A process may stop for ever between any
 * two steps (spin knows no fairness here), so crashes need no steps of their own.
 *
 *   process   steps                  stands for
 *   Saver     W1 .. W7, I1, I2       a writer (save, undo, copy, promote) or an importer (pull, mirror)
 *   Deleter   D1                     a delete: the next generation is a tombstone
 *   Trimmer   D2                     whoever empties superseded generations, and removes emptied ones
 *   Janitor   J1 .. J7               a janitor; several may run at once
 *   Clock     -                      time and network of one saver: expiry, renewals, a create without answer
 *   Limit     -                      time and network of one janitor: H, deletes that land twice
 *
 * The store
 *   blobs     blob SHARED is there from the start and may be reused, imported, swept. Every attempt of a
 *             writer has a blob OWN, which is its manifest and pack in one. A blob is a bit.
 *   refs      one key; generation 1 holds SHARED. holds[g] are the blobs which ref g reaches, by[g] is the
 *             write id. A ref reaches SHARED through its OWN blob if it has one.
 *   leases    a bit each; an id is used once (LEASE of saver and attempt).
 *   lists     condemned/<l>, .wait and .closed: a bit each in there, waits, closed.
 *
 * Time is not counted. What may happen only after some time has passed has a guard that says what must be
 * over by then:
 *   live[w]    saver w's clock may still be before its expiry. W6 finds that it is, or ends it; it has ended
 *              when janitors take the lease for expired.
 *   flight[w]  a ref create was checked against the clock less than M ago and may still land. A lease is
 *              expired for janitors (last-modified + TTL + M) when it is not live and nothing is in flight:
 *              that is assumption A1. An expired lease object is taken to be gone; a renewal that lands
 *              late brings it back.
 *   permit[j]  janitor j's last J5 began less than H ago. stray[j]: its deletes that may land (again) within M.
 *   elder[j]   that J5 began before the list was closed. A list may be dropped (closed + H + M) when no
 *              elder permit and no elder stray delete is left: A1, for deletes.
 *   pins[g]    who held a listing when g was emptied, or made as a tombstone. An emptied object may be removed (LMAX + M) when none
 *              of them may create any more.
 *
 * What must hold, asserted where it could break:
 *   V1  a ref object that is not empty, of whatever generation, reaches no blob that is missing
 *   V2  the newest generation of a key is not emptied
 *   V3  a generation that is created is the highest there ever was
 *   V4  one save makes one ref
 *
 * Bounds and switches are given by -D; README.md lists them, and the MUTANT_ switches.
 */

#ifndef WRITERS
#define WRITERS 1
#endif
#ifndef IMPORTERS
#define IMPORTERS 0
#endif
#ifndef DELETIONS
#define DELETIONS 0
#endif
#ifndef JANITORS
#define JANITORS 1
#endif
#ifndef RUNS
#define RUNS 1                     /* runs of each janitor */
#endif
#ifndef LISTS
#define LISTS (JANITORS * RUNS)    /* lists that may ever be made */
#endif
#ifndef ATTEMPTS
#define ATTEMPTS 2                 /* leases that a saver may use, one after another */
#endif

#define SAVERS      (WRITERS + IMPORTERS)
#define GENERATIONS (1 + SAVERS + DELETIONS)
#define BIT(n)      (1 << (n))
#define SHARED      1
#define BLOBS       (1 + WRITERS * ATTEMPTS)
#ifdef MUTANT_NONCE_MISSING
#define OWN(w, a)   BIT(1 + (w) * ATTEMPTS)
#else
#define OWN(w, a)   BIT(1 + (w) * ATTEMPTS + (a))
#endif
#define LEASE(w, a) BIT((w) * ATTEMPTS + (a))
#define MY_LEASE    LEASE(w, attempt[w])

/* Values of by[g]; 3 and above are savers. */
#define ABSENT  0
#define EMPTY   1                  /* a tombstone, or trimmed: the store shows no difference */
#define BASE    2
#define MINE    (3 + w)

/* With -DPROBES the verifier tells once that a place was reached; this is no part of a state. */
#ifdef PROBES
c_decl { static int places[32]; }
#define REACHED(n) c_code { if (!places[n]++) printf("reached %d\n", n); }
#else
#define REACHED(n) skip
#endif
#define SAVE_COMMITS            1
#define REUSE_COMMITS           2
#define RESTART_COMMITS         3
#define LEASE_EXPIRES           4
#define RENEWAL_LANDS_LATE      5
#define SOMEBODY_WAS_FIRST      6
#define LOST_ANSWER_LANDED      7
#define LOST_ANSWER_VANISHED    8
#define LOST_ANSWER_WAS_OURS    9
#define FATE_UNKNOWN           10
#define LANDS_AFTER_ALL        11
#define SHARED_SWEPT           12
#define OWN_SWEPT              13
#define CONDEMNED_BUT_MARKED   14
#define JANITOR_WAITS          15
#define MARK_FORGOTTEN         16
#define PERMIT_ENDS            17
#define LIST_DROPPED           18
#define IMPORT_COMMITS         19
#define IMPORT_MEETS_LIST      20
#define IMPORT_AFTER_SWEEP     21
#define DELETE_LANDS_TWICE     22
#define TOMBSTONE              23
#define TRIMMED                24
#define EMPTIED_REMOVED        25
#define CONDEMNED_IS_NOT_REUSED 26
#define MANIFEST_GONE          27

/* Every array has a place to spare, so that a bound may be 0. */
byte blobs = SHARED;
byte by[GENERATIONS + 2];
byte holds[GENERATIONS + 2];
byte highest = 1;                  /* the newest generation: never emptied or removed, so what a listing shows */
byte leases;
byte there, waits, closed;
byte content[LISTS + 1];
byte wait[LISTS + 1];
byte made;                         /* names of lists that were used */

byte attempt[SAVERS + 1];
bit  live[SAVERS + 1];
byte flight[SAVERS + 1];           /* the generation that is being created, or 0 */
byte uses[SAVERS + 1];             /* the blobs of the ref that this saver means to create */
bit  saved[SAVERS + 1];            /* a ref of this saver landed once */
bit  permit[JANITORS + 1];
bit  elder[JANITORS + 1];
byte stray[JANITORS + 1];
byte at[JANITORS + 1];             /* the list at which janitor j is */

#ifdef RENEWALS
byte renewing;                     /* leases with a renewal under way that is acknowledged too late */
#endif
#ifdef REMOVAL
byte pins[GENERATIONS + 2];
bit  listing[DELETIONS + 1];       /* deleter d holds a listing younger than M */
#endif
#ifdef MUTANT_LEASES_BY_LAST_MODIFIED
byte younger[LISTS + 1];           /* leases created or renewed after list l was made */
#endif

hidden byte k;                     /* a loop variable within one step */

#ifdef REMOVAL
/* Who may still rely on a listing of now. */
inline pin(g)
{
    pins[g] = 0;
    for (k : 1 .. SAVERS) {
        if
        :: live[k - 1] || flight[k - 1] -> pins[g] = pins[g] | BIT(k - 1)
        :: else
        fi
    };
    for (k : 1 .. DELETIONS) {
        if
        :: listing[k - 1] -> pins[g] = pins[g] | BIT(SAVERS + k - 1)
        :: else
        fi
    };
    k = 0
}

/* A saver that starts over lists again. */
inline unpin(w)
{
    for (k : 1 .. GENERATIONS) { pins[k] = pins[k] & ~BIT(w) };
    k = 0
}

inline remove_if_unpinned(g)
{
    d_step {
        for (k : 1 .. SAVERS) {
            if
            :: live[k - 1] || flight[k - 1]
            :: else -> pins[g] = pins[g] & ~BIT(k - 1)
            fi
        };
        for (k : 1 .. DELETIONS) {
            if
            :: listing[k - 1]
            :: else -> pins[g] = pins[g] & ~BIT(SAVERS + k - 1)
            fi
        };
        k = 0;
        if
        :: pins[g] == 0 -> by[g] = ABSENT; REACHED(EMPTIED_REMOVED)
        :: else
        fi
    }
}
#else
#define pin(g) skip
#define unpin(w) skip
#endif

/* A lease is created, or a renewal of it lands. */
inline lease_lands(lease)
{
    leases = leases | (lease);
#ifdef MUTANT_LEASES_BY_LAST_MODIFIED
    for (k : 1 .. LISTS) { if :: k <= made -> younger[k - 1] = younger[k - 1] | (lease) :: else fi }
    k = 0
#endif
}

/* Saver w's create lands on generation g, which is absent. */
inline ref_lands(g)
{
    assert(g > highest);                        /* V3 */
    assert((uses[w] & ~blobs) == 0);            /* V1 */
    assert(!saved[w]);                          /* V4 */
    saved[w] = true;
    by[g] = MINE;
    holds[g] = uses[w];
    highest = g;
    REACHED(SAVE_COMMITS);
    if
    :: w < WRITERS && (uses[w] & SHARED) -> REACHED(REUSE_COMMITS)
    :: w >= WRITERS -> REACHED(IMPORT_COMMITS)
    :: else
    fi;
    if
    :: attempt[w] > 0 -> REACHED(RESTART_COMMITS)
    :: else
    fi
}

/* A delete of blob b lands. */
inline blob_goes(b)
{
    for (k : 1 .. GENERATIONS) { assert((holds[k] & (b)) == 0) }    /* V1 */
    k = 0;
    blobs = blobs & ~(b)
}


/* ---- Saver ------------------------------------------------------------------------------------------- */

/* W1: what this process did before with another lease is over. A lost answer to this create needs no step:
   the saver is then one that stops here, or one that starts over. */
inline W1_take_lease()
{
    atomic {
        lease_lands(MY_LEASE);
        live[w] = true;
        unpin(w)
    }
}

/* W2: one LIST, then a GET of each. Lists made after the LIST are not seen, those that vanish are empty. */
inline W2_read_lists()
{
    atomic { condemned = 0; i = made };
    do
    :: i > 0 ->
        d_step {
            i--;
            if
            :: there & BIT(i) -> condemned = condemned | content[i]
            :: else
            fi
        }
    :: i == 0 -> break
    od
}

/* W3: the number comes from a listing; then one ref object is read to reuse from, or none is wanted. */
inline W3_read_refs()
{
    g = highest + 1;
    if
#ifdef MUTANT_PRESENT_IS_ENOUGH
    :: uses[w] = blobs & SHARED
#else
    :: atomic {
        i = 1;
        do
        :: i + 1 < g -> i++
        :: break
        od;
        uses[w] = holds[i] & SHARED;
        i = 0
    }
#endif
    :: uses[w] = 0
    fi
}

proctype Saver(byte w)
{
    byte condemned, i, g;
    bit unsettled;                 /* a create of generation g had no answer */

start:
#if defined(MUTANT_LEASE_AFTER_READS)
    W2_read_lists();
    W3_read_refs();
    W1_take_lease();
#elif defined(MUTANT_REFS_BEFORE_LISTS)
    W1_take_lease();
    W3_read_refs();
    W2_read_lists();
#elif defined(MUTANT_LISTS_IGNORED) || defined(MUTANT_PRESENT_IS_ENOUGH)
    W1_take_lease();
    W3_read_refs();
#else
    W1_take_lease();
    W2_read_lists();
    if
    :: w < WRITERS -> W3_read_refs()
    :: else -> g = highest + 1
    fi;
#endif

    if
    :: w < WRITERS ->
write:
        /* W4: what is condemned is stored again in the own blob. A ref that reuses may do without an own
           blob: undo and promote, with the manifest inline. */
        if
        :: atomic { uses[w] & ~condemned -> uses[w] = SHARED; condemned = 0 }
        :: d_step {
            if
            :: (uses[w] & condemned) -> REACHED(CONDEMNED_IS_NOT_REUSED)
            :: else
            fi;
            uses[w] = (uses[w] & SHARED & ~condemned) | OWN(w, attempt[w]);
            blobs = blobs | OWN(w, attempt[w]);
            condemned = 0
        }
        fi
    :: else ->
#ifndef MUTANT_IMPORT_IGNORES_LISTS
        if
        :: condemned & SHARED ->                                /* I1 */
            REACHED(IMPORT_MEETS_LIST);
            atomic { leases = leases & ~MY_LEASE; live[w] = false; condemned = 0 };
            if
            :: attempt[w] + 1 < ATTEMPTS -> attempt[w]++; goto start
            :: else -> goto done
            fi
        :: else
        fi;
#endif
        d_step {                                                /* I2 */
            if
            :: blobs & SHARED
            :: else -> REACHED(IMPORT_AFTER_SWEEP)
            fi;
            blobs = blobs | SHARED;
            uses[w] = SHARED
        }
    fi;

attempt_create:
    /* W6: the clock is checked, and the request leaves. From here on it may land (A1). */
    if
    :: atomic { live[w] -> flight[w] = g }
    :: live[w] = false ->
#ifndef MUTANT_STARTS_OVER_UNSETTLED
        if
        :: unsettled -> goto unknown
        :: else
        fi;
#endif
        if                                                      /* W5: start over, or give up */
        :: attempt[w] + 1 < ATTEMPTS ->
            attempt[w]++;
#ifdef MUTANT_RESTART_KEEPS_READS
            W1_take_lease();
            goto write
#else
            goto start
#endif
        :: else -> goto done
        fi
    fi;
#ifdef MUTANT_LEASE_ENDED_BEFORE_ACK
    leases = leases & ~MY_LEASE;
#endif
    if
    :: d_step {                                                 /* created, and answered */
            flight[w] && by[g] == ABSENT;
            ref_lands(g);
            flight[w] = 0
        };
        goto ours
    :: d_step {                                                 /* answered: somebody else's; list again */
            flight[w] && by[g] != ABSENT && by[g] != MINE && (by[g] != EMPTY || !unsettled);
            REACHED(SOMEBODY_WAS_FIRST);
            flight[w] = 0;
            unsettled = false;
            g = highest + 1
        };
        goto attempt_create
#ifdef ALL_ANSWERED
    :: atomic { !flight[w] -> goto attempt_create }             /* stalled for M: checked again, then sent */
#else
    :: unsettled = true                                         /* no answer */
#endif
    fi;

#ifndef ALL_ANSWERED
    /* The key is read to settle whose it is. */
    if
    :: d_step { by[g] == MINE; REACHED(LOST_ANSWER_WAS_OURS); flight[w] = 0 };
        goto ours
    :: by[g] == ABSENT -> goto attempt_create                   /* asked again, with the same bytes */
    :: d_step {                                                 /* somebody else's: ours can never land */
            by[g] > EMPTY && by[g] != MINE;
            flight[w] = 0;
            unsettled = false;
            g = highest + 1
        };
        goto attempt_create
#ifdef MUTANT_EMPTY_IS_SOMEBODY_ELSES
    :: d_step { by[g] == EMPTY; flight[w] = 0; unsettled = false; g = highest + 1 };
        goto attempt_create
#endif
    :: true -> goto unknown      /* no answer; or empty: perhaps ours, trimmed since */
    fi;
#endif

ours:
    /* W7: the fate is known. The delete of the lease may be lost: then it expires. */
    atomic { leases = leases & ~MY_LEASE; live[w] = false };
    goto done;

unknown:
    REACHED(FATE_UNKNOWN);
    live[w] = false;
#ifdef MUTANT_LEASE_ENDED_ON_UNKNOWN
    leases = leases & ~MY_LEASE;
#endif

done:
    atomic { condemned = 0; g = 0; unsettled = false }
}

#ifdef MUTANT_NO_MARGIN
#define IS_LANDED(w) true
#else
#define IS_LANDED(w) (!flight[w])
#endif

/* Time and network of saver w. */
proctype Clock(byte w)
{
    do
    /* For janitors the lease of this attempt is expired: the saver's expiry is more than M ago. A renewal (W5)
       may be under way, which left in time and will be acknowledged too late. One that is acknowledged in
       time changes nothing here: live goes on. */
    :: atomic {
            (leases & MY_LEASE) && IS_LANDED(w);
            REACHED(LEASE_EXPIRES);
#ifdef RENEWALS
            if
            :: live[w] -> renewing = renewing | MY_LEASE
            :: true
            fi;
#endif
            d_step {
                leases = leases & ~MY_LEASE;
#ifndef MUTANT_CLOCK_STOPS
                live[w] = false
#endif
            }
        }
    :: d_step {
            attempt[w] > 0 && (leases & LEASE(w, attempt[w] - 1));
            leases = leases & ~LEASE(w, attempt[w] - 1)
        }

    /* A create without answer lands after all, or never. */
#ifndef ALL_ANSWERED
    :: d_step {
            flight[w] && by[flight[w]] == ABSENT;
            REACHED(LOST_ANSWER_LANDED);
            ref_lands(flight[w]);
            flight[w] = 0
        }
#endif
    :: d_step { flight[w]; REACHED(LOST_ANSWER_VANISHED); flight[w] = 0 }

#ifdef RENEWALS
    :: d_step {
            renewing & MY_LEASE;
            REACHED(RENEWAL_LANDS_LATE);
            lease_lands(MY_LEASE);
            renewing = renewing & ~MY_LEASE;
#ifdef MUTANT_LATE_RENEWAL_COUNTS
            live[w] = true
#endif
        }
    :: d_step {
            attempt[w] > 0 && (renewing & LEASE(w, attempt[w] - 1));
            lease_lands(LEASE(w, attempt[w] - 1));
            renewing = renewing & ~LEASE(w, attempt[w] - 1)
        }
#endif
#ifdef MUTANT_LEASES_BY_LAST_MODIFIED
    :: d_step { live[w] && (leases & MY_LEASE); lease_lands(MY_LEASE) }       /* a renewal in time */
#endif
    od
}


/* ---- Deleter and Trimmer ----------------------------------------------------------------------------- */

#if DELETIONS > 0
/* D1: one tombstone. */
proctype Deleter(byte d)
{
    byte g;

list:
    atomic {
        by[highest] != EMPTY;
        g = highest + 1;
#ifdef REMOVAL
        listing[d] = true
#endif
    };
#ifdef REMOVAL
    if
    :: !listing[d] -> goto list
    :: listing[d]
    fi;
#endif
    if
    :: d_step {
            by[g] == ABSENT;
            assert(g > highest);                /* V3 */
            by[g] = EMPTY;
            pin(g);
            highest = g;
            REACHED(TOMBSTONE)
        }
    :: by[g] != ABSENT -> goto list
    fi;
    d_step {
        g = 0;
#ifdef REMOVAL
        listing[d] = false
#endif
    }
}
#endif

#ifdef MUTANT_TRIMS_THE_NEWEST
#define IS_SUPERSEDED(g) true
#else
#define IS_SUPERSEDED(g) (g < highest)
#endif

/* D2: superseded generations are emptied in place; the undo window is 0, or over. */
proctype Trimmer()
{
    byte g;

    do
    :: atomic {
        g = 1;
        do
        :: g < highest -> g++
        :: break
        od;
        if
        :: by[g] > EMPTY && IS_SUPERSEDED(g) -> d_step {
            REACHED(TRIMMED);
            assert(g != highest);               /* V2 */
#ifdef MUTANT_TRIM_FREES_THE_KEY
            by[g] = ABSENT;
#else
            by[g] = EMPTY;
            pin(g);
#endif
            holds[g] = 0
        }
#ifdef REMOVAL
        :: by[g] == EMPTY && g < highest -> remove_if_unpinned(g)
#endif
        :: else
        fi;
        g = 0
    }
    od
}


/* ---- Janitor ----------------------------------------------------------------------------------------- */

/* No elder permit on list l, and none of its deletes, is left: server now > closed + H + M. */
#if JANITORS == 0 || defined(MUTANT_DROPPED_EARLY)
#define LONG_CLOSED(l) true
#elif JANITORS == 1
#define LONG_CLOSED(l) (!HOLDS_UP(0, l))
#elif JANITORS == 2
#define LONG_CLOSED(l) (!HOLDS_UP(0, l) && !HOLDS_UP(1, l))
#else
#define LONG_CLOSED(l) (!HOLDS_UP(0, l) && !HOLDS_UP(1, l) && !HOLDS_UP(2, l))
#endif
#define HOLDS_UP(j, l) (at[j] == (l) && elder[j] && (permit[j] || stray[j]))

#ifdef MUTANT_SWEEPS_ON
#define MAY_DELETE(j) true
#else
#define MAY_DELETE(j) permit[j]
#endif

/* A run ends. */
inline stop()
{
    permit[j] = false;
    mark = 0;
    todo = 0;
    l = 0;
    g = 0;
    if
    :: stray[j] == 0 -> at[j] = 0; elder[j] = false
    :: else
    fi
}

/* Some list that was made at some time. */
inline some_list()
{
    do
    :: l + 1 < made -> l++
    :: break
    od
}

#if JANITORS > 0
proctype Janitor(byte j)
{
    byte l, g, runs, mark, todo, least;

next_run:
#ifdef MUTANT_LEASES_LISTED_BEFORE_LIST
    least = leases;
#endif
    atomic {
        if
        /* A janitor whose deletes still fly does not go on: another one plays that part. */
        :: runs < RUNS && stray[j] == 0 && made < LISTS ->                    /* J1: a plan, and a list made of it */
            l = made;
#ifdef MUTANT_LIST_NAME_REUSED
            if
            :: made > 0 && !(there & BIT(made - 1)) -> l = made - 1
            :: true
            fi;
#endif
            content[l] = 0;
#if defined(MUTANT_PLANS_MARK_IS_USED)
            d_step {             /* the best of plans: exact at this instant */
                content[l] = blobs;
                for (k : 1 .. GENERATIONS) { content[l] = content[l] & ~holds[k] }
                k = 0
            };
#elif defined(PLANS_OF_ONE)
            do
            :: g + 1 < BLOBS -> g++
            :: break
            od;
            content[l] = blobs & BIT(g);
            g = 0;
#else
            for (g : 0 .. BLOBS - 1) {                          /* a plan is advice: any set will do */
                if
                :: blobs & BIT(g) -> content[l] = content[l] | BIT(g)
                :: true
                fi
            };
            g = 0;
#endif
            if
            :: content[l] == 0 -> l = 0; goto next_run
            :: else -> runs++; there = there | BIT(l)
            fi;
            if
            :: l == made -> made++
            :: else
            fi
        :: runs < RUNS && stray[j] == 0 && there ->                        /* a list that is found */
            some_list();
            if
            :: there & BIT(l) -> runs++
            :: else -> l = 0; goto next_run
            fi
        :: closed ->                                            /* J7: a list is dropped, whoever made it */
            some_list();
            /* The list goes first: a .wait or .closed without it means nothing any more. */
            if
            :: (there & BIT(l)) && (closed & BIT(l)) && LONG_CLOSED(l) ->
                REACHED(LIST_DROPPED);
                there = there & ~BIT(l)
            :: !(there & BIT(l)) && (waits & BIT(l)) -> waits = waits & ~BIT(l)
            :: !(there & BIT(l)) && !(waits & BIT(l)) -> closed = closed & ~BIT(l)
            :: else
            fi;
            l = 0;
            goto next_run
        fi;
        at[j] = l;
        elder[j] = false
    };

    /* J2: after the list exists, the leases are listed. A LIST shows at least what was there when it began
       and when it ended. Who comes first creates .wait. */
    if
    :: waits & BIT(l)
    :: !(waits & BIT(l)) ->
#ifndef MUTANT_LEASES_LISTED_BEFORE_LIST
        least = leases;
        least = least & leases;
#endif
        d_step {
            if
            :: waits & BIT(l)
            :: else -> waits = waits | BIT(l); wait[l] = least
            fi;
            least = 0
        }
    fi;

    /* J3 */
    if
#if defined(MUTANT_NO_WAIT)
    :: true
#elif defined(MUTANT_LEASES_BY_LAST_MODIFIED)
    :: (leases & ~younger[l]) == 0
#else
    :: (wait[l] & leases) == 0
    :: atomic { (wait[l] & leases) != 0; REACHED(JANITOR_WAITS); stop() };
        goto next_run
#endif
    fi;

#ifdef MUTANT_PLANS_MARK_IS_USED
    goto recheck;
#endif

again:
    /* J4: the newest generation first, as a listing shows them; what is created after it began is missed. The
       manifest is read in the same step: what might happen in between makes it unreadable, and the run end. */
    atomic { mark = 0; g = highest };
    do
    :: g > 0 ->
        atomic {
            if
#ifdef MUTANT_MARK_SKIPS_TOMBSTONED
            :: by[g] == EMPTY && g == highest -> g = 1
#endif
            :: holds[g] & ~SHARED & ~blobs -> REACHED(MANIFEST_GONE); stop(); goto next_run
#ifdef MUTANT_MARK_SKIPS_CHILDREN
            :: holds[g] & ~SHARED -> mark = mark | (holds[g] & ~SHARED)
#endif
#ifdef MUTANT_MARK_SKIPS_UNREADABLE
            :: holds[g] & ~SHARED -> mark = mark | (holds[g] & ~SHARED)    /* it could not be read this time */
#endif
            :: else -> mark = mark | holds[g]
            fi;
            g--
        }
    :: g == 0 -> break
    od;

recheck:
    /* J5: closed is read before the list. The other way round a list seen just before it is dropped, and a
       .closed looked for just after, would pass. H counts from the first of the two reads. */
    stray[j] == 0;
    d_step { elder[j] = false; permit[j] = true };
#ifndef MUTANT_LIST_NOT_RECHECKED
#ifdef MUTANT_CLOSED_READ_LAST
    if
    :: there & BIT(l)
    :: atomic { !(there & BIT(l)); REACHED(MARK_FORGOTTEN); stop() };
        goto next_run
    fi;
    if
    :: atomic { closed & BIT(l); stop() };
        goto next_run
    :: !(closed & BIT(l))
    fi;
#else
    if
    :: atomic { closed & BIT(l); stop() };
        goto next_run
    :: !(closed & BIT(l))
    fi;
    if
    :: there & BIT(l)
    :: atomic { !(there & BIT(l)); REACHED(MARK_FORGOTTEN); stop() };
        goto next_run
    fi;
#endif
#endif

    /* J6: manifests are the higher bits. */
    atomic {
        if
        :: content[l] & mark -> REACHED(CONDEMNED_BUT_MARKED)
        :: else
        fi;
        todo = content[l] & ~mark;
        mark = 0
    };
    do
    :: todo ->
        if
        :: atomic {
            MAY_DELETE(j);
            d_step {
                for (k : 0 .. BLOBS - 1) {
                    if
                    :: todo & BIT(k) -> g = BIT(k)
                    :: else
                    fi
                };
                k = 0;
                if
                :: (g & blobs & SHARED) -> REACHED(SHARED_SWEPT)
                :: (g & blobs & ~SHARED) -> REACHED(OWN_SWEPT)
                :: else
                fi;
                blob_goes(g);
                todo = todo & ~g
            };
#ifdef DUPLICATES
            if
            :: stray[j] = stray[j] | g
            :: true
            fi;
#endif
            g = 0
        }
        :: !MAY_DELETE(j) -> REACHED(PERMIT_ENDS); todo = 0; goto again
        fi
    :: todo == 0 ->                                             /* J7: all deletes are acknowledged */
        atomic {
            if
            :: closed & BIT(l)
            :: else ->
                closed = closed | BIT(l);
                for (k : 1 .. JANITORS) {
                    if
                    :: at[k - 1] == l -> elder[k - 1] = true
                    :: else
                    fi
                };
                k = 0
            fi;
            stop()
        };
        goto next_run
    od
}

/* Time and network of janitor j. */
proctype Limit(byte j)
{
    do
    :: d_step { permit[j]; permit[j] = false }      /* H is over */
#ifdef DUPLICATES
    :: atomic {
            stray[j];
            d_step { REACHED(DELETE_LANDS_TWICE); blob_goes(stray[j]) };
            if
            :: stray[j] = 0
            :: true
            fi
        }
    :: d_step { stray[j] && !permit[j]; stray[j] = 0 }
#endif
    od
}
#endif

init
{
    byte n;

    atomic {
        by[1] = BASE;
        holds[1] = SHARED;
        for (n : 1 .. SAVERS)   { run Saver(n - 1); run Clock(n - 1) };
#if JANITORS > 0
        for (n : 1 .. JANITORS) { run Janitor(n - 1); run Limit(n - 1) };
#endif
#if DELETIONS > 0
        for (n : 1 .. DELETIONS) { run Deleter(n - 1) };
#endif
        run Trimmer();
        n = 0
    }
}
