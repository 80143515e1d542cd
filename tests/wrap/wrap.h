/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What the emitted stand-in, the emitted calls and the hand-written rest of this test share.
 *
 * The emitted part only says what there is to call, and calls it with the bytes that it is given; what
 * must come of it is decided here, with the locks that expected_locks.py read from the headers.
 */
#ifndef TESTS_WRAP_WRAP_H
#define TESTS_WRAP_WRAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/enter.h"

#define WRAP_PARAMS 12 /* more than any function of Mbed TLS has */
#define WRAP_VALUE  64 /* bytes of the largest argument or result */

/* A guarded type. */
typedef struct wrap_type {
    const char *name; /* of the Mbed TLS type */
    size_t size;
    size_t raw_size;
    unsigned rank;
    void (*follow)(void *object,
                   void *config); /* makes the object point at what its calls lock too */
} wrap_type;

/* The life functions of a type, or of a typedef of it that has its own. */
typedef struct wrap_life {
    const char *name; /* of what stands in front of _new */
    const wrap_type *type;
    int (*init)(void *object); /* or NULL: zero bytes are the init */
    int (*free)(void *object);
    void *(*create)(void);
    int (*ref)(void *object);
    const char *raw_init; /* names of Mbed TLS's own, or NULL */
    const char *raw_free;
} wrap_life;

enum wrap_kind {
    WRAP_SCALAR,     /* a number or a struct */
    WRAP_POINTER,    /* a pointer to memory without a guard */
    WRAP_FUNCTION,   /* a callback that is passed on as it is */
    WRAP_OBJECT,     /* a guarded object */
    WRAP_TRAMPOLINE, /* a callback that is given guarded objects */
    WRAP_DATA        /* the data of such a callback */
};

typedef struct wrap_param {
    enum wrap_kind kind;
    const wrap_type *type; /* of an object */
    bool optional;         /* an object that may be NULL */
    void (*app)(void);     /* the application's callback */
} wrap_param;

enum wrap_result {
    WRAP_VOID,   /* int here, void in Mbed TLS */
    WRAP_ERROR,  /* an error code of Mbed TLS */
    WRAP_STATUS, /* psa_status_t */
    WRAP_OTHER   /* a value */
};

#define WRAP_INLINE 0x1u /* the raw function is inline: no stand-in sees it */
#define WRAP_STACK  0x2u /* its callbacks are called during the call only */

struct wrap_call;

typedef struct wrap_function {
    const char *name; /* of the Mbed TLS function */
    void (*call)(struct wrap_call *c);
    void (*raw)(struct wrap_call *c);       /* the raw function itself, where it is inline */
    void (*callbacks)(struct wrap_call *c); /* calls its trampolines as Mbed TLS would, or NULL */
    enum wrap_result result;
    unsigned flags;
    unsigned count; /* of parameters */
    wrap_param params[WRAP_PARAMS];
} wrap_function;

/* One call: what goes in, and what came out. */
typedef struct wrap_call {
    const wrap_function *function;
    unsigned char value[WRAP_PARAMS][WRAP_VALUE]; /* bytes of each argument */
    size_t size[WRAP_PARAMS];                     /* set by WRAP_TAKE */
    unsigned char result[WRAP_VALUE];
    size_t result_size;
    unsigned char fail[WRAP_VALUE]; /* what the call-through returns if a guard cannot be had */
    unsigned outs;                  /* bit mask of parameters that are set then */
    unsigned char out[WRAP_PARAMS][WRAP_VALUE];
    size_t out_size[WRAP_PARAMS];
} wrap_call;

#define WRAP_TAKE(c, index, variable)                                                              \
    (memcpy(&(variable), (c)->value[index], sizeof(variable)), (c)->size[index] = sizeof(variable))
#define WRAP_GIVE(c, type, call)                                                                   \
    do {                                                                                           \
        type result_ = call;                                                                       \
        _Static_assert(sizeof result_ <= WRAP_VALUE, "room for the result");                       \
        memcpy((c)->result, &result_, sizeof result_);                                             \
        (c)->result_size = sizeof result_;                                                         \
    } while (0)
#define WRAP_FAILS(c, type, value)                                                                 \
    do {                                                                                           \
        type fail_ = value;                                                                        \
        memcpy((c)->fail, &fail_, sizeof fail_);                                                   \
    } while (0)
#define WRAP_OUT(c, index, type, value)                                                            \
    do {                                                                                           \
        type out_ = value;                                                                         \
        (c)->outs |= 1u << (index);                                                                \
        memcpy((c)->out[index], &out_, sizeof out_);                                               \
        (c)->out_size[index] = sizeof out_;                                                        \
    } while (0)

/* --- emitted tables --------------------------------------------------------------------------- */

/* A function without a test, and why the plan has it so. */
typedef struct wrap_left {
    const char *name;
    const char *decision;
    bool absent; /* the library does not have it */
} wrap_left;

typedef struct wrap_value {
    const char *name;
    bool (*same)(void); /* compares the guarded with the raw initial value */
} wrap_value;

extern const wrap_function *const wrap_functions[]; /* sorted by name, ended by NULL */
extern const wrap_life *const wrap_lives[];         /* ended by NULL */
extern const wrap_value wrap_values[];              /* ended by a NULL name */
extern const wrap_left wrap_left_out[];             /* ended by a NULL name */

/* --- the stand-in's side (standin.c) ---------------------------------------------------------- */

#define STANDIN_CALLS 16

typedef struct standin_call {
    const char *name;
    unsigned count;
    unsigned char value[WRAP_PARAMS][WRAP_VALUE];
    size_t size[WRAP_PARAMS];
} standin_call;

extern standin_call standin_log[STANDIN_CALLS];
extern unsigned standin_calls;

/* Forget all calls; the function `name` will return the bytes of `result`, others a sentinel. */
void standin_reset(const char *name, const void *result, size_t size);
void standin_enter(const char *name);
void standin_argument(const void *value, size_t size);
void standin_leave(const char *name, void *result, size_t size);
/* The sentinel that a function returns if nothing else is said. */
void standin_sentinel(const char *name, void *result, size_t size);
/* Run at each raw call, while it is in progress; NULL for nothing. */
extern void (*standin_during)(const standin_call *call);

#define STANDIN_ARGUMENT(variable) standin_argument(&(variable), sizeof(variable))
/* An array parameter, which is a pointer. */
#define STANDIN_POINTER(array) standin_argument(&(const void *){array}, sizeof(void *))

/* --- callbacks (callback.c) ------------------------------------------------------------------- */

enum tramp_kind { TRAMP_DATA, TRAMP_SCALAR, TRAMP_POINTER, TRAMP_OWN, TRAMP_VIEW, TRAMP_VIEW_BACK };

/* Emitted callbacks of the application: what they were given, and what they return. */
void app_enter(const char *name);
void app_argument(const void *value, size_t size);
void app_view(void *view, size_t raw_size, bool writes);
void app_leave(void *result, size_t size);

/* Emitted code that calls a trampoline: the callback is argument `index`, its data argument `data`. */
void tramp_begin(wrap_call *c, const char *name, unsigned index, int data, void *function,
                 size_t size);
void tramp_argument(wrap_call *c, enum tramp_kind kind, void *variable, size_t size,
                    const wrap_type *type);
void tramp_end(const void *result, size_t size);

/* --- checks (check.c) ------------------------------------------------------------------------- */

/* Count a check; a false one prints the function under test, and the text. Returns ok. */
bool check(bool ok, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* What the following checks are about. */
void check_about(const char *function, const char *phase);
/* Have a crash or a time-out say what the checks were about. */
void check_watch(unsigned seconds);
unsigned long check_count(void);
unsigned long check_failures(void);

/* --- objects and locks (object.c, expect.c) --------------------------------------------------- */

/* One object for each parameter, a connection's configuration, a keeper, those of callbacks. */
#define POOL_CONFIG   WRAP_PARAMS
#define POOL_KEEPER   (WRAP_PARAMS + 1)
#define POOL_CALLBACK (WRAP_PARAMS + 2)
#define WRAP_POOL     (POOL_CALLBACK + WRAP_PARAMS)

/* Object number i of the pool, which is zeroed storage. */
void *pool_object(unsigned i);
mbedguard_guard *pool_guard(unsigned i, const wrap_type *type);
/* Which type the object has from now on; NULL for none. */
void pool_use(unsigned i, const wrap_type *type);
/* Let go of everything kept, and zero all storage. */
void pool_reset(void);
/* Buffer number i, which call-throughs pass on untouched; refilled by pool_reset(). */
#define WRAP_BUFFER 4096
unsigned char *pool_buffer(unsigned i);
bool pool_buffer_untouched(unsigned i, size_t from);
/* Fill an object so that all members are non-zero, and all pointers can be followed. */
void pool_fill(unsigned i, const wrap_type *type);
mbedguard_guard *wrap_guard(void *object, const wrap_type *type);
uint64_t wrap_acquisitions(mbedguard_guard *guard, unsigned rank);

enum expected_mode { EXPECT_EXCLUSIVE, EXPECT_SHARED, EXPECT_USE };

/* One line of the table which expected_locks.py writes. */
typedef struct expected_lock {
    const char *function;
    int param;        /* or -1 for a guard that has a name */
    const char *what; /* a type, or the name of the guard */
    enum expected_mode mode;
    bool keeps; /* the first object keeps a pointer to this one */
} expected_lock;

extern const expected_lock expected_locks[]; /* sorted by function, ended by NULL */
/* Comparison of the values of a type that functions return. */
typedef struct expected_value {
    const char *type;
    bool (*same)(const void *a, const void *b);
} expected_value;

/* The place of a type in the order of guards. */
typedef struct expected_rank {
    const char *type;
    unsigned rank;
} expected_rank;

extern const expected_value expected_values[];
extern const expected_rank expected_ranks[];  /* of all context types; ended by a NULL type */
extern const char *const expected_followed[]; /* types whose calls lock what they point to */
extern const char *const expected_in_callback[];
extern const char *const expected_looks_first[]; /* takes objects once more, before the call */
extern const char *const expected_untested[];   /* manual or left out, and accepted as such */
extern const char *const expected_in_library[]; /* as far as library files were given */
extern const char expected_reader[];
extern const enum expected_mode expected_config_mode; /* of a connection's configuration */

const expected_lock *expected_first(const char *function);
const expected_lock *expected_for(const char *function, int param);
/* Compare two values of a type, member by member; false for an unknown type. */
bool expected_same(const char *type, const void *a, const void *b);
bool expected_list_has(const char *const *list, const char *function);

/* --- the fake threading backend (backend.c) --------------------------------------------------- */

/* Install it; 0 or an error. */
int backend_install(void);
/* The nth lock from now on fails once; 0 for none. */
void backend_fail(unsigned long nth);
/* The same of unlocks. */
void backend_fail_unlock(unsigned long nth);
/* Run once, before the next lock: what another thread did while the call came to it. */
void backend_before_lock(void (*now)(void));
bool backend_has_failed(void);
/* Mutexes that are locked now, exclusively or shared. */
unsigned backend_locked(void);
/* Broken use of a mutex so far: locked twice, unlocked while free. */
unsigned backend_misuse(void);

/* --- one call in its setting (scene.c) -------------------------------------------------------- */

#define SCENE_LOCKS (WRAP_PARAMS + 4)

typedef struct scene_lock {
    mbedguard_guard *guard;
    unsigned rank;
    enum expected_mode mode;
    const char *what;
    uint64_t before; /* acquisitions */
} scene_lock;

typedef struct scene {
    wrap_call call;
    void *object[WRAP_PARAMS]; /* the object passed for each parameter, or NULL */
    scene_lock lock[SCENE_LOCKS];
    unsigned locks;
    bool keepers; /* all kept objects have the keeper of the pool */
    bool wants_keeper;
    bool no_callbacks; /* they are NULL */
    bool resident;     /* the call uses a key that the guard knows */
    bool goes;         /* which is gone when the call comes to its first guard */
    unsigned raw_calls;
    unsigned long fail_at; /* the lock of the call that is to fail, or 0 */
    bool fail_unlock;      /* the unlock rather */
    bool failed;           /* it did */
} scene;

/* All objects there, every argument different. */
void scene_set(scene *s, const wrap_function *function);
/* Pass another object, or none, for a parameter. */
void scene_object(scene *s, unsigned param, void *object);
/* Have the call use a key of PSA that the guard knows; and forget all of them. */
void scene_resident_key(scene *s);
void scene_forget_keys(void);
/* Work out which guards must be held, make the call, and look at each raw call. */
void scene_run(scene *s);
/* Nothing is held or broken any more. */
void scene_check_idle(const scene *s);
/* Each guard was taken once. */
void scene_check_acquisitions(const scene *s);
/* The raw function was called once, with the arguments of the call. */
void scene_check_passed(const scene *s);
/* Whether the result says that a guard could not be had, or not be given back. */
bool scene_says_failure(const scene *s);
/* The raw function was not called, and the result says so; code is the error, or 0 for any of ours. */
void scene_check_failed(const scene *s, int code);
const wrap_type *scene_config_type(void);

/* --- tests ------------------------------------------------------------------------------------ */

void test_function(const wrap_function *function); /* drive.c */
void test_inline(const wrap_function *function);   /* inline.c */
void test_life(const wrap_life *life);             /* life.c */
void test_coverage(void);                          /* expect.c */
void test_types(void);

#endif
