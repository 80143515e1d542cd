/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Several calls in one step. Each mbedguard call is whole by itself; a program
 * that needs two of them to be one step takes the lock itself, of one object,
 * of several, or of one with access to the Mbed TLS object inside.
 */
#include <pthread.h>
#include <stdio.h>

#include <mbedguard/bignum.h>

#define TOTAL  1000
#define ROUNDS 2000

static mbedguard_mpi left, right; /* two accounts; their sum is TOTAL */
static int result[2];             /* one for each thread */

/*
 * Moves one from an account to the other. Both are locked at once, in the order
 * of the library whatever the order here, so that opposite moves cannot
 * deadlock; and nobody sees the money gone from both.
 */
static int move(mbedguard_mpi *from, mbedguard_mpi *to)
{
    const mbedguard_object both[] = {MBEDGUARD_OBJECT(from),
                                     MBEDGUARD_OBJECT(to)};
    int ret, unlocked;

    if ((ret = mbedguard_lock_set(both, 2)) != 0)
        return ret;
    ret = mbedguard_mpi_sub_int(from, from, 1);
    if (ret == 0)
        ret = mbedguard_mpi_add_int(to, to, 1);
    unlocked = mbedguard_unlock_set(both, 2);
    return ret != 0 ? ret : unlocked;
}

/* One call on several objects needs no lock: it takes all of them by itself. */
static int audit(void)
{
    mbedguard_mpi sum;
    int ret, equal = 1;

    mbedguard_mpi_init(&sum);
    ret = mbedguard_mpi_add_mpi(&sum, &left, &right);
    if (ret == 0)
        equal = mbedguard_mpi_cmp_int(&sum, TOTAL) == 0;
    mbedguard_mpi_free(&sum);
    if (ret == 0 && !equal)
        fprintf(stderr, "the sum is not %d\n", TOTAL);
    return ret != 0 ? ret : !equal;
}

/*
 * One object, several calls: doubled and halved again, unseen by others. The
 * calls inside take the lock once more, which the same thread may do.
 */
static int there_and_back(mbedguard_mpi *x)
{
    int ret, unlocked;

    if ((ret = mbedguard_lock(x)) != 0)
        return ret;
    ret = mbedguard_mpi_shift_l(x, 1);
    if (ret == 0)
        ret = mbedguard_mpi_shift_r(x, 1);
    unlocked = mbedguard_unlock(x);
    return ret != 0 ? ret : unlocked;
}

/*
 * A borrow hands out the Mbed TLS object, for code that knows nothing of
 * mbedguard. The pointer ends with the unlock.
 */
static int print(mbedguard_mpi *x)
{
    mbedtls_mpi *raw;
    char text[16];
    size_t length;
    int ret;

    if ((ret = mbedguard_borrow(x, &raw)) != 0)
        return ret;
    ret = mbedtls_mpi_write_string(raw, 10, text, sizeof(text), &length);
    if (ret == 0)
        printf("%s\n", text);
    return mbedguard_unlock(x) != 0 ? -1 : ret;
}

static void *worker(void *context)
{
    int *const ret = context;
    mbedguard_mpi *const from = ret == &result[0] ? &left : &right;
    mbedguard_mpi *const to = ret == &result[0] ? &right : &left;
    int i;

    for (i = 0; i < ROUNDS && *ret == 0; i++) {
        *ret = move(from, to);
        if (*ret == 0)
            *ret = there_and_back(to);
        if (*ret == 0)
            *ret = audit();
    }
    return NULL;
}

int main(void)
{
    pthread_t other;
    int ret;

    mbedguard_mpi_init(&left);
    mbedguard_mpi_init(&right);
    ret = mbedguard_mpi_lset(&left, TOTAL);
    if (ret == 0)
        ret = mbedguard_mpi_lset(&right, 0);
    if (ret != 0 || pthread_create(&other, NULL, worker, &result[1]) != 0)
        return 1;
    worker(&result[0]);
    pthread_join(other, NULL);
    ret = print(&left);
    if (ret == 0)
        ret = print(&right);
    mbedguard_mpi_free(&right);
    mbedguard_mpi_free(&left);
    return ret != 0 || result[0] != 0 || result[1] != 0;
}
