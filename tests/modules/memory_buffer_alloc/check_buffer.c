/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* One thread, and the allocator in its buffer: sizes, ends, damage, numbers, misuse. */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "modules/memory_buffer_alloc/buffer.h"

#define MANY 512

static void *take(size_t size)
{
    return mbedguard_memory_buffer_calloc(1, size);
}

static void give(void *object)
{
    mbedguard_memory_buffer_free(object);
}

static bool is_all(const unsigned char *bytes, unsigned char value, size_t len)
{
    return len == 0 || (bytes[0] == value && memcmp(bytes, bytes + 1, len - 1) == 0);
}

/* Each length up to some pages, from a buffer that begins anywhere. */
START_TEST(test_every_size)
{
    size_t size;

    buffer_begin(65536, (size_t) _i);
    for (size = 1; size <= 4097; size++) {
        unsigned char *const object = take(size);

        ck_assert_ptr_nonnull(object);
        ck_assert(buffer_has(object, size));
        ck_assert_uint_eq((uintptr_t) object % _Alignof(max_align_t), 0);
        ck_assert(is_all(object, 0, size));
        memset(object, 0xEE, size);
        give(object);
        /* Wiped, but for the first few bytes, in which a free block has its place in a list. */
        ck_assert(size <= 8 || is_all(object + 8, 0, size - 8));
    }
    buffer_end();
}
END_TEST

START_TEST(test_product)
{
    buffer_begin(65536, 0);
    ck_assert_ptr_null(mbedguard_memory_buffer_calloc(SIZE_MAX / 2 + 2, 2));
    ck_assert_ptr_null(mbedguard_memory_buffer_calloc(2, SIZE_MAX / 2 + 2));
    ck_assert_ptr_null(mbedguard_memory_buffer_calloc(SIZE_MAX, SIZE_MAX));
    ck_assert_ptr_null(mbedguard_memory_buffer_calloc((size_t) 1 << (sizeof(size_t) * 4),
                                                      (size_t) 1 << (sizeof(size_t) * 4)));
    ck_assert_ptr_null(take(SIZE_MAX));
    ck_assert_ptr_null(take(SIZE_MAX - 16));
    ck_assert_ptr_null(take(SIZE_MAX - 64));
    ck_assert_ptr_null(take(65536));
    ck_assert_ptr_null(take(0));
    ck_assert_ptr_null(mbedguard_memory_buffer_calloc(0, 5));
    give(NULL);
    give(mbedguard_memory_buffer_calloc(16, 256));
    buffer_end();
}
END_TEST

/* To the last byte, and back to one block. */
START_TEST(test_exhaustion)
{
    void *objects[4096];
    size_t longest, size, i, count;

    buffer_begin(32768 + (size_t) _i, (size_t) _i % 17);
    longest = buffer_longest();
    ck_assert_uint_ge(longest, 32768 - 64);
    for (size = 8; size < 4096; size = size * 3 + 1) {
        size_t freed = 0;

        for (count = 0; (objects[count] = take(size)) != NULL; count++)
            memset(objects[count], (int) count, size);
        ck_assert_uint_ge((count + 1) * (size + 48), 32768);
        ck_assert_ptr_null(take(size));
        /* Every other one, then the rest backwards. */
        for (i = 0; i < count; i += 2, freed++) {
            ck_assert(is_all(objects[i], (unsigned char) i, size));
            give(objects[i]);
        }
        for (i = 0; i < freed; i++) {
            objects[2 * i] = take(size);
            ck_assert_ptr_nonnull(objects[2 * i]);
        }
        ck_assert_ptr_null(take(size));
        for (i = count; i > 0; i--)
            give(objects[i - 1]);
        ck_assert_uint_eq(buffer_longest(), longest);
    }
    buffer_end();
}
END_TEST

/* What lies in lanes is there for whoever needs it in one piece. */
START_TEST(test_no_memory_hides)
{
    void *objects[2000];
    size_t longest, i;

    buffer_begin(1u << 20, 0);
    longest = buffer_longest();
    for (i = 0; i < 2000; i++)
        ck_assert_ptr_nonnull(objects[i] = take(i % 500 + 1));
    for (i = 0; i < 2000; i++)
        give(objects[i]);
    objects[0] = take(longest);
    ck_assert_ptr_nonnull(objects[0]);
    give(objects[0]);
    buffer_end();
}
END_TEST

/* Random sizes with patterns, looked at all the time. */
START_TEST(test_storm)
{
    struct {
        unsigned char *bytes;
        size_t size;
        unsigned char fill;
    } objects[MANY] = {{NULL, 0, 0}};
    uint32_t dice = 4711 + (uint32_t) _i;
    size_t inside = 0;
    unsigned i;

    buffer_begin(300000, (size_t) _i);
    for (i = 0; i < live_rounds(60000); i++) {
        const unsigned at = live_dice(&dice) % MANY;

        if (objects[at].bytes != NULL) {
            ck_assert(is_all(objects[at].bytes, objects[at].fill, objects[at].size));
            give(objects[at].bytes);
            objects[at].bytes = NULL;
        } else {
            const size_t size = live_dice(&dice) % (at % 16 == 0 ? 20000 : at % 4 == 0 ? 2000 : 200) + 1;

            objects[at].bytes = take(size);
            objects[at].size = size;
            objects[at].fill = (unsigned char) live_dice(&dice);
            if (objects[at].bytes == NULL)
                continue;
            inside++;
            ck_assert(buffer_has(objects[at].bytes, size));
            ck_assert(is_all(objects[at].bytes, 0, size));
            memset(objects[at].bytes, objects[at].fill, size);
        }
        if (i % 512 == 0)
            ck_assert_int_eq(mbedguard_memory_buffer_alloc_verify(), 0);
    }
    ck_assert_uint_gt(inside, i / 4);
    for (i = 0; i < MANY; i++)
        give(objects[i].bytes);
    buffer_end();
}
END_TEST

START_TEST(test_verify_always)
{
    void *objects[100];
    unsigned round, i;

    buffer_begin(100000, 1);
    ck_assert_int_eq(mbedguard_memory_buffer_set_verify(MBEDGUARD_MEMORY_VERIFY_ALWAYS), 0);
    for (round = 0; round < 3; round++) {
        for (i = 0; i < 100; i++)
            ck_assert_ptr_nonnull(objects[i] = take(i * 13 + 1));
        for (i = 0; i < 100; i++)
            give(objects[(i * 37) % 100]);
    }
    ck_assert_int_eq(mbedguard_memory_buffer_set_verify(MBEDGUARD_MEMORY_VERIFY_NONE), 0);
    buffer_end();
}
END_TEST

/* ---- Numbers ---------------------------------------------------------------------------------- */

static void expect(size_t used, size_t used_peak, size_t allocs, size_t frees)
{
    size_t got[6];

    ck_assert_int_eq(mbedguard_memory_buffer_alloc_cur_get(&got[0], &got[1]), 0);
    ck_assert_int_eq(mbedguard_memory_buffer_alloc_max_get(&got[2], &got[3]), 0);
    ck_assert_int_eq(mbedguard_memory_buffer_alloc_count_get(&got[4], &got[5]), 0);
    ck_assert_uint_eq(got[0], used);
    ck_assert_uint_eq(got[2], used_peak);
    ck_assert_uint_eq(got[4], allocs);
    ck_assert_uint_eq(got[5], frees);
    ck_assert_uint_ge(got[3], got[1]);
}

/* Objects that are rounded up by nothing. */
#define UNIT  _Alignof(max_align_t)
#define WHOLE (64 * UNIT - (sizeof(size_t) == 8 ? 16 : 12))

START_TEST(test_numbers)
{
    void *a, *b, *c;
    size_t used, blocks, more;

    buffer_begin(100000, 0);
    expect(0, 0, 0, 0);
    a = take(WHOLE);
    expect(WHOLE, WHOLE, 1, 0);
    b = take(10 * UNIT + WHOLE);
    expect(2 * WHOLE + 10 * UNIT, 2 * WHOLE + 10 * UNIT, 2, 0);
    ck_assert_int_eq(mbedguard_memory_buffer_alloc_cur_get(&used, &blocks), 0);
    ck_assert_uint_eq(blocks, 3);
    give(a);
    expect(WHOLE + 10 * UNIT, 2 * WHOLE + 10 * UNIT, 2, 1);
    ck_assert_ptr_null(take(200000));
    c = take(WHOLE - 3);
    expect(2 * WHOLE + 10 * UNIT, 2 * WHOLE + 10 * UNIT, 3, 1);
    give(b);
    ck_assert_int_eq(mbedguard_memory_buffer_alloc_max_reset(), 0);
    expect(WHOLE, WHOLE, 3, 2);
    a = take(WHOLE);
    expect(2 * WHOLE, 2 * WHOLE, 4, 2);
    give(a);
    give(c);
    expect(0, 2 * WHOLE, 4, 4);
    ck_assert_int_eq(mbedguard_memory_buffer_alloc_max_get(&used, &more), 0);
    ck_assert_uint_ge(more, 3);
    buffer_end();
}
END_TEST

/* The peak is the one that a program sees which adds up for itself. */
START_TEST(test_peak)
{
    void *objects[MANY] = {NULL};
    uint32_t dice = 99;
    size_t used = 0, peak = 0, now, blocks;
    unsigned i;

    buffer_begin(6u << 20, 0);
    for (i = 0; i < live_rounds(20000); i++) {
        const unsigned at = live_dice(&dice) % MANY;
        const unsigned high = live_dice(&dice) % 100 < 55 || i < 500;

        if (objects[at] == NULL && high) {
            objects[at] = take((at % 60 + 1) * 10 * UNIT);
            ck_assert_ptr_nonnull(objects[at]);
        } else {
            give(objects[at]);
            objects[at] = NULL;
        }
        ck_assert_int_eq(mbedguard_memory_buffer_alloc_cur_get(&used, &blocks), 0);
        if (used > peak)
            peak = used;
        ck_assert_int_eq(mbedguard_memory_buffer_alloc_max_get(&now, &blocks), 0);
        ck_assert_uint_eq(now, peak);
    }
    for (i = 0; i < MANY; i++)
        give(objects[i]);
    buffer_end();
}
END_TEST

/* Each object in use stands there once, however many there are. */
START_TEST(test_status)
{
    char line[256];
    void *objects[100];
    unsigned lines = 0, i;
    FILE *const file = tmpfile();
    const int saved = dup(STDERR_FILENO);

    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(saved, 0);
    buffer_begin(65536, 0);
    for (i = 0; i < 100; i++)
        ck_assert_ptr_nonnull(objects[i] = take(77));
    ck_assert_int_ge(dup2(fileno(file), STDERR_FILENO), 0);
    i = (unsigned) mbedguard_memory_buffer_alloc_status();
    (void) dup2(saved, STDERR_FILENO);
    (void) close(saved);
    ck_assert_uint_eq(i, 0);
    rewind(file);
    while (fgets(line, sizeof(line), file) != NULL)
        lines += strstr(line, " bytes\n") != NULL && line[0] == ' ';
    (void) fclose(file);
    ck_assert_uint_eq(lines, 100);
    for (i = 0; i < 100; i++)
        give(objects[i]);
    buffer_end();
}
END_TEST

/* ---- Damage and misuse ------------------------------------------------------------------------ */

/* A byte of each header, and of what a free block has in its list, is changed: each is found. */
START_TEST(test_damage_is_found)
{
    unsigned char *objects[20];
    size_t at, header = sizeof(size_t) == 8 ? 16 : 12;
    unsigned i;

    buffer_begin(20000, 0);
    for (i = 0; i < 20; i++)
        ck_assert_ptr_nonnull(objects[i] = take(i % 2 == 0 ? 40 : 700));
    give(objects[7]); /* in a bin */
    give(objects[8]); /* in a lane, or a bin */
    for (i = 2; i < 10; i++) {
        for (at = 1; at <= header; at++) {
            objects[i][-(ptrdiff_t) at] ^= 0x10;
            ck_assert_msg(mbedguard_memory_buffer_alloc_verify() == 1, "%u %zu", i, at);
            objects[i][-(ptrdiff_t) at] ^= 0x10;
            ck_assert_int_eq(mbedguard_memory_buffer_alloc_verify(), 0);
        }
    }
    for (at = 0; at < 8; at++) {
        objects[7][at] ^= 1;
        ck_assert_int_eq(mbedguard_memory_buffer_alloc_verify(), 1);
        objects[7][at] ^= 1;
    }
    for (i = 0; i < 20; i++)
        if (i != 7 && i != 8)
            give(objects[i]);
    buffer_end();
}
END_TEST

/* One byte too many: told when the neighbour is freed, or at once if everything is verified. */
START_TEST(test_overflow_is_told)
{
    unsigned char *a, *b;
    const size_t size = 32 - (sizeof(size_t) == 8 ? 0 : 4);

    buffer_begin(20000, 0);
    a = take(size);
    b = take(size);
    ck_assert_ptr_eq(b, a + size + (sizeof(size_t) == 8 ? 16 : 12));
    a[size] ^= 0x40;
    if (_i != 0)
        ck_assert_int_eq(mbedguard_memory_buffer_set_verify(_i), 0);
    if (_i == MBEDGUARD_MEMORY_VERIFY_ALLOC) {
        ck_assert_ptr_null(take(8));
    } else {
        give(_i == 0 ? b : a);
        ck_assert_ptr_eq(buffer_last_object(), b);
    }
    ck_assert_uint_eq(buffer_findings(MBEDGUARD_MEMORY_FAULT_DAMAGED), 1);
    a[size] ^= 0x40;
    /* Nothing had changed. */
    ck_assert_int_eq(mbedguard_memory_buffer_set_verify(0), 0);
    give(a);
    give(b);
    buffer_end();
}
END_TEST

START_TEST(test_freed_twice)
{
    unsigned char *objects[6];
    unsigned i;

    buffer_begin(30000, 0);
    for (i = 0; i < 6; i++)
        ck_assert_ptr_nonnull(objects[i] = take(i < 3 ? 50 : 3000));
    give(objects[1]);
    give(objects[1]);
    ck_assert_uint_eq(buffer_findings(MBEDGUARD_MEMORY_FAULT_FREED_TWICE), 1);
    ck_assert_ptr_eq(buffer_last_object(), objects[1]);
    give(objects[4]);
    give(objects[4]);
    ck_assert_uint_eq(buffer_findings(MBEDGUARD_MEMORY_FAULT_FREED_TWICE), 1);
    /* Joined with the one in front, too. */
    give(objects[3]);
    give(objects[4]);
    give(objects[3]);
    give(objects[5]);
    give(objects[5]);
    ck_assert_uint_eq(buffer_findings(MBEDGUARD_MEMORY_FAULT_FREED_TWICE), 3);
    give(objects[0]);
    give(objects[2]);
    buffer_end();
}
END_TEST

START_TEST(test_foreign)
{
    unsigned char outside[64] = {0};
    unsigned char *object;
    size_t i;

    buffer_begin(30000, 5);
    object = take(640);
    memset(object, 0x33, 640);
    give(outside + 16);
    give(buffer_start() - 16);
    give(buffer_start());
    give(buffer_start() + 30000);
    give(buffer_start() + 30000 + 64);
    ck_assert_uint_eq(buffer_findings(MBEDGUARD_MEMORY_FAULT_FOREIGN), 5);
    for (i = 1; i < 640; i++)
        give(object + i);
    i = buffer_findings(MBEDGUARD_MEMORY_FAULT_FOREIGN);
    i += buffer_findings(MBEDGUARD_MEMORY_FAULT_DAMAGED);
    ck_assert_uint_eq(i, 639);
    /* Nothing was written there. */
    ck_assert(is_all(object, 0x33, 640));
    ck_assert_int_eq(mbedguard_memory_buffer_alloc_verify(), 0);
    give(object);
    buffer_end();
}
END_TEST

/* What was freed is written to: told when it would be handed out, and the rest goes on. */
START_TEST(test_use_after_free)
{
    unsigned char *objects[8];
    unsigned i;

    buffer_begin(60000, 0);
    for (i = 0; i < 8; i++)
        ck_assert_ptr_nonnull(objects[i] = take(_i == 0 ? 60 : 2000));
    for (i = 1; i < 8; i += 2)
        give(objects[i]);
    for (i = 1; i < 8; i += 2)
        memset(objects[i], 0x77, 60);
    ck_assert_int_eq(mbedguard_memory_buffer_alloc_verify(), 1);
    for (i = 1; i < 8; i++)
        (void) take(_i == 0 ? 60 : 2000);
    ck_assert_uint_ge(buffer_findings(MBEDGUARD_MEMORY_FAULT_DAMAGED), 1);
    buffer_drop();
}
END_TEST

/* Where the program has set no handler: what it was, on standard error, and the end. */
static void free_without_handler(int end, unsigned which)
{
    static const struct rlimit no_core = {0, 0};
    unsigned char *const object = take(100);

    (void) setrlimit(RLIMIT_CORE, &no_core);
    (void) signal(SIGABRT, SIG_DFL);
    if (dup2(end, STDERR_FILENO) < 0 || mbedguard_memory_buffer_set_handler(NULL, NULL) != 0)
        _exit(1);
    if (which == 0)
        give(object);
    give(which == 0 ? object : which == 1 ? buffer_start() - 16 : object + 32);
    _exit(2);
}

START_TEST(test_told_by_default)
{
    static const char *const words[] = {"freed twice", "not an object", "no object begins"};
    char text[256] = {0};
    int ends[2], status = 0;
    size_t length = 0;
    ssize_t got;
    pid_t child;

    buffer_begin(30000, 0);
    ck_assert_int_eq(pipe(ends), 0);
    child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0)
        free_without_handler(ends[1], (unsigned) _i);
    (void) close(ends[1]);
    while (length < sizeof(text) - 1 &&
           (got = read(ends[0], text + length, sizeof(text) - 1 - length)) > 0)
        length += (size_t) got;
    (void) close(ends[0]);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status));
    ck_assert_int_eq(WTERMSIG(status), SIGABRT);
    ck_assert_msg(strstr(text, words[_i]) != NULL, "'%s'", text);
    buffer_end();
}
END_TEST

START_TEST(test_no_buffer)
{
    static unsigned char own[1024];
    size_t a = 5, b = 6;
    void *object;
    unsigned i;

    for (i = 0; i < 2; i++) {
        ck_assert_ptr_null(take(1));
        ck_assert_int_eq(mbedguard_memory_buffer_alloc_verify(), MBEDGUARD_ERR_NOT_INITIALIZED);
        ck_assert_int_eq(mbedguard_memory_buffer_set_verify(0), MBEDGUARD_ERR_NOT_INITIALIZED);
        ck_assert_int_eq(mbedguard_memory_buffer_alloc_status(), MBEDGUARD_ERR_NOT_INITIALIZED);
        ck_assert_int_eq(mbedguard_memory_buffer_alloc_max_reset(), MBEDGUARD_ERR_NOT_INITIALIZED);
        ck_assert_int_eq(mbedguard_memory_buffer_alloc_cur_get(&a, &b),
                         MBEDGUARD_ERR_NOT_INITIALIZED);
        ck_assert_uint_eq(a, 5);
        ck_assert_int_eq(mbedguard_memory_buffer_alloc_free(), 0);
        give(NULL);
        buffer_begin(1000, 0);
        (void) take(1);
        object = take(1);
        ck_assert_int_eq(mbedguard_memory_buffer_alloc_init(own, sizeof(own)), MBEDGUARD_ERR_IN_USE);
        ck_assert_int_eq(mbedguard_memory_buffer_alloc_init(NULL, 100), MBEDGUARD_ERR_BAD_INPUT);
        ck_assert_int_eq(mbedguard_memory_buffer_set_verify(4), MBEDGUARD_ERR_BAD_INPUT);
        ck_assert_int_eq(mbedguard_memory_buffer_alloc_cur_get(NULL, &b), MBEDGUARD_ERR_BAD_INPUT);
        ck_assert_int_eq(mbedguard_memory_buffer_alloc_max_get(&a, NULL), MBEDGUARD_ERR_BAD_INPUT);
        ck_assert_int_eq(mbedguard_memory_buffer_alloc_count_get(NULL, NULL),
                         MBEDGUARD_ERR_BAD_INPUT);
        ck_assert_int_eq(mbedguard_memory_buffer_alloc_free(), 0);
        ck_assert(is_all(buffer_start() + 16, 0, 960));
        give(object);
        ck_assert_uint_eq(buffer_findings(MBEDGUARD_MEMORY_FAULT_NO_BUFFER), 1);
        ck_assert_ptr_null(take(1));
        /* What was an object of an earlier buffer is none of this one. */
        ck_assert_int_eq(mbedguard_memory_buffer_alloc_init(buffer_start(), 1000), 0);
        give(object);
        ck_assert_uint_eq(buffer_findings(MBEDGUARD_MEMORY_FAULT_DAMAGED), 1);
        buffer_drop();
    }
}
END_TEST

/* The smallest buffer has room for one object; less is refused, and nothing is written to it. */
START_TEST(test_small_buffers)
{
    size_t len;

    for (len = 0; len < 200; len++) {
        const size_t offset = (size_t) _i;
        unsigned char bytes[400];
        int ret;

        memset(bytes, 0xC3, sizeof(bytes));
        ret = mbedguard_memory_buffer_alloc_init(bytes + 64 + offset, len);
        if (ret == 0) {
            void *const object = take(1);

            ck_assert_ptr_nonnull(object);
            ck_assert_ptr_null(take(len));
            give(object);
            ck_assert_int_eq(mbedguard_memory_buffer_alloc_verify(), 0);
            ck_assert_int_eq(mbedguard_memory_buffer_alloc_free(), 0);
        } else {
            ck_assert_int_eq(ret, MBEDGUARD_ERR_BAD_INPUT);
            ck_assert_uint_lt(len, 64);
            ck_assert(is_all(bytes, 0xC3, sizeof(bytes)));
        }
        ck_assert(is_all(bytes, 0xC3, 64 + offset));
        ck_assert(is_all(bytes + 64 + offset + len, 0xC3, sizeof(bytes) - 64 - offset - len));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("buffer");
    TCase *tc = tcase_create("buffer");

    tcase_set_timeout(tc, LIVE_SECONDS);
    suite_add_tcase(suite, tc);
    tcase_add_loop_test(tc, test_every_size, 0, 3);
    tcase_add_test(tc, test_product);
    tcase_add_loop_test(tc, test_exhaustion, 0, 4);
    tcase_add_test(tc, test_no_memory_hides);
    tcase_add_loop_test(tc, test_storm, 0, 3);
    tcase_add_test(tc, test_verify_always);
    tcase_add_test(tc, test_numbers);
    tcase_add_test(tc, test_peak);
    tcase_add_test(tc, test_status);
    tcase_add_test(tc, test_damage_is_found);
    tcase_add_loop_test(tc, test_overflow_is_told, 0, 3);
    tcase_add_test(tc, test_freed_twice);
    tcase_add_test(tc, test_foreign);
    tcase_add_loop_test(tc, test_use_after_free, 0, 2);
    tcase_add_loop_test(tc, test_told_by_default, 0, 3);
    tcase_add_test(tc, test_no_buffer);
    tcase_add_loop_test(tc, test_small_buffers, 0, 17);
    return live_run(suite);
}
