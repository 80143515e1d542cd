/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Callbacks that are given contexts: the call-through hands a trampoline to Mbed TLS. Emitted code
 * calls it as Mbed TLS would, and the emitted callback of the application reports here what arrived.
 */
#include "wrap/wrap.h"

static struct {
    const char *name;
    unsigned count; /* arguments passed */
    enum tramp_kind kind[WRAP_PARAMS];
    unsigned char value[WRAP_PARAMS][WRAP_VALUE];
    size_t size[WRAP_PARAMS];
    size_t raw_size[WRAP_PARAMS];
    int data; /* number of the data argument of the call under test, or -1 */
    const wrap_call *call;
    unsigned char result[WRAP_VALUE];
} passed;

static struct {
    unsigned calls;
    unsigned count;
    unsigned char value[WRAP_PARAMS][WRAP_VALUE];
    size_t size[WRAP_PARAMS];
    bool wrote[WRAP_PARAMS];
} seen;

/* Contents of the library's own object which a callback is given a view of. */
static unsigned char view_pattern(unsigned argument, size_t i)
{
    return (unsigned char) (argument * 31 + i * 5 + 9);
}

#define WRITTEN 0x6B

/* --- the application's side ------------------------------------------------------------------- */

void app_enter(const char *name)
{
    check(passed.name != NULL && strcmp(name, passed.name) == 0,
          "the trampoline of %s calls the application's %s", passed.name, name);
    seen.calls++;
    seen.count = 0;
}

void app_argument(const void *value, size_t size)
{
    memcpy(seen.value[seen.count], value, size);
    seen.size[seen.count++] = size;
}

/* The argument just reported is a view of an object that is not the application's. */
void app_view(void *view, size_t raw_size, bool writes)
{
    const unsigned argument = seen.count - 1;
    const unsigned char *bytes = view;
    size_t i = 0;

    if (!check(view != NULL && view != pool_object(POOL_CALLBACK + argument),
               "argument %u of %s is a view, not the raw object", argument, passed.name))
        return;
    while (i < raw_size && bytes[i] == view_pattern(argument, i))
        i++;
    check(i == raw_size,
          "the view of argument %u of %s has the contents of the raw object (byte %zu)", argument,
          passed.name, i);
    if (writes) {
        memset(view, WRITTEN, raw_size);
        seen.wrote[argument] = true;
    }
}

void app_leave(void *result, size_t size)
{
    standin_sentinel(passed.name, passed.result, sizeof passed.result);
    if (size != 0)
        memcpy(result, passed.result, size);
}

/* --- Mbed TLS's side -------------------------------------------------------------------------- */

/* What arrived as argument `index` at the stand-in. */
static const standin_call *recorded(const wrap_call *c)
{
    unsigned i;

    for (i = 0; i < standin_calls && i < STANDIN_CALLS; i++) {
        if (strcmp(standin_log[i].name, c->function->name) == 0)
            return &standin_log[i];
    }
    return &standin_log[0];
}

void tramp_begin(wrap_call *c, const char *name, unsigned index, int data, void *function,
                 size_t size)
{
    memset(&passed, 0, sizeof passed);
    memset(&seen, 0, sizeof seen);
    passed.name = name;
    passed.data = data;
    passed.call = c;
    memcpy(function, recorded(c)->value[index], size);
    check(memcmp(function, c->value[index], size) != 0,
          "%s arrives as a trampoline, not as the application's function", name);
}

static void fill_pointer(void *variable, const void *pointer)
{
    memcpy(variable, &pointer, sizeof pointer);
}

void tramp_argument(wrap_call *c, enum tramp_kind kind, void *variable, size_t size,
                    const wrap_type *type)
{
    const unsigned n = passed.count++;
    unsigned char *object = pool_object(POOL_CALLBACK + n);
    size_t i;

    passed.kind[n] = kind;
    switch (kind) {
    case TRAMP_DATA:
        memcpy(variable, recorded(c)->value[passed.data], size);
        break;
    case TRAMP_POINTER:
        fill_pointer(variable, pool_buffer(n));
        break;
    case TRAMP_OWN:
        pool_use(POOL_CALLBACK + n, type);
        if (type->follow != NULL)
            type->follow(object, pool_object(0)); /* of the call under test */
        fill_pointer(variable, object);
        break;
    case TRAMP_VIEW:
    case TRAMP_VIEW_BACK:
        pool_use(POOL_CALLBACK + n, type);
        passed.raw_size[n] = type->raw_size;
        for (i = 0; i < type->raw_size; i++)
            object[i] = view_pattern(n, i);
        fill_pointer(variable, object);
        break;
    default:
        memset(variable, 0, size);
        ((unsigned char *) variable)[0] = (unsigned char) (0x21 + n);
        break;
    }
    memcpy(passed.value[n], variable, size);
    passed.size[n] = size;
}

static void check_argument(unsigned n)
{
    const unsigned char *object = pool_object(POOL_CALLBACK + n);
    const unsigned char *expected = passed.value[n];
    size_t i = 0;

    if (passed.kind[n] == TRAMP_DATA)
        expected = passed.call->value[passed.data];
    if (passed.kind[n] != TRAMP_VIEW && passed.kind[n] != TRAMP_VIEW_BACK) {
        check(memcmp(seen.value[n], expected, passed.size[n]) == 0,
              "argument %u of the callback %s arrives unchanged", n, passed.name);
        return;
    }
    while (i < passed.raw_size[n] &&
           object[i] == (passed.kind[n] == TRAMP_VIEW_BACK ? WRITTEN : view_pattern(n, i)))
        i++;
    check(i == passed.raw_size[n], "argument %u of %s: %s (byte %zu)", n, passed.name,
          passed.kind[n] == TRAMP_VIEW ? "the raw object is left alone"
                                       : "what the callback wrote reaches the raw object",
          i);
}

void tramp_end(const void *result, size_t size)
{
    unsigned n;

    if (!check(seen.calls == 1, "the trampoline calls the application's %s once (%u)", passed.name,
               seen.calls))
        return;
    check(seen.count == passed.count, "the callback %s has as many arguments", passed.name);
    for (n = 0; n < passed.count; n++)
        check_argument(n);
    check(size == 0 || memcmp(result, passed.result, size) == 0,
          "the result of the callback %s is passed on", passed.name);
}
