/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Which keys of the PSA store may be used side by side: see psa_keys.h. */
#include "manual/psa_keys.h"

#if defined(MBEDTLS_PSA_CRYPTO_C) && !defined(MBEDGUARD_THREADING_NONE)

#include <string.h>

#include <psa/crypto_extra.h>

#include "core/atomic.h"
#include "manual/psa_store.h"

#define USE (MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_PSA_KEY)

#if MBEDTLS_VERSION_NUMBER < 0x03000000

/* The last of the identifiers that 2.28 keeps for itself are those of volatile keys. */
#define SLOTS          ((psa_key_id_t) MBEDTLS_PSA_KEY_SLOT_COUNT)
#define FIRST_VOLATILE (PSA_KEY_ID_VENDOR_MAX - SLOTS + 1)

typedef struct slot {
    mbedguard_guard guard;     /* exclusive: the slot of Mbed TLS, as far as a look-up goes */
    uint32_t resident;         /* `id` is there, and volatile. Written with the store exclusive. */
    mbedtls_svc_key_id_t id;
} slot;

static slot slots[MBEDTLS_PSA_KEY_SLOT_COUNT];

static slot *slot_of(mbedtls_svc_key_id_t key)
{
    const psa_key_id_t id = MBEDTLS_SVC_KEY_ID_GET_KEY_ID(key);

    return id >= FIRST_VOLATILE && id <= PSA_KEY_ID_VENDOR_MAX ? &slots[id - FIRST_VOLATILE]
                                                               : NULL;
}

static bool is_resident(const slot *mine)
{
    return mine != NULL && mbedguard_load(&mine->resident) != 0;
}

/* The store is held: nobody changes what is asked. */
static bool is_resident_locked(const slot *mine, mbedtls_svc_key_id_t key)
{
    return mine->resident != 0 && mbedtls_svc_key_id_equal(mine->id, key);
}

static int enter(mbedguard_want *set, size_t count, const mbedguard_want *wanted, slot *mine,
                 const char *where)
{
    memcpy(set, wanted, count * sizeof(*set));
    if (mine == NULL) {
        return mbedguard_enter_set(set, count, where);
    }
    set[count - 2].how = (set[count - 2].how & ~MBEDGUARD_HOW_MODE) | MBEDGUARD_SHARED;
    set[count - 1].guard = &mine->guard;
    return mbedguard_enter_set(set, count, where);
}

/*
 * What is seen before the store is held is a guess, which saves the guess that is always right:
 * exclusive.
 */
static int enter_key(mbedguard_want *set, size_t count, mbedtls_svc_key_id_t key, const char *where)
{
    mbedguard_want wanted[MBEDGUARD_PSA_KEY_SET];
    slot *const mine = slot_of(key);
    int ret;

    memcpy(wanted, set, count * sizeof(*set));
    if (is_resident(mine)) {
        ret = enter(set, count, wanted, mine, where);
        if (ret != 0 || is_resident_locked(mine, key)) {
            return ret;
        }
        ret = mbedguard_leave_set(set, count);
        if (ret != 0) {
            return ret;
        }
    }
    return enter(set, count, wanted, NULL, where);
}

/* A key of the same slot may have been in use by a thread that is no more. */
static int make_whole(slot *mine)
{
    int ret = mbedguard_enter(&mine->guard, USE | MBEDGUARD_EVEN_BROKEN, __func__);

    if (ret != 0) {
        return ret;
    }
    mbedguard_make_whole(&mine->guard);
    return mbedguard_leave(&mine->guard, USE | MBEDGUARD_EVEN_BROKEN);
}

void mbedguard_psa_key_made(const psa_key_attributes_t *attributes, mbedtls_svc_key_id_t key)
{
    slot *const mine = slot_of(key);
    const psa_key_lifetime_t lifetime = psa_get_key_lifetime(attributes);

    /* A key elsewhere is used by drivers, of which nobody knows what they share. */
    if (mine == NULL || !PSA_KEY_LIFETIME_IS_VOLATILE(lifetime) ||
        PSA_KEY_LIFETIME_GET_LOCATION(lifetime) != PSA_KEY_LOCATION_LOCAL_STORAGE ||
        make_whole(mine) != 0) {
        return;
    }
    mine->id = key;
    mbedguard_store(&mine->resident, 1);
}

void mbedguard_psa_key_ends(mbedtls_svc_key_id_t key)
{
    slot *const mine = slot_of(key);

    if (mine != NULL) {
        mbedguard_store(&mine->resident, 0);
    }
}

void mbedguard_psa_keys_end(void)
{
    size_t i;

    for (i = 0; i < MBEDTLS_PSA_KEY_SLOT_COUNT; i++) {
        mbedguard_store(&slots[i].resident, 0);
    }
}

mbedguard_guard *mbedguard_psa_key_guard(mbedtls_svc_key_id_t key)
{
    slot *const mine = slot_of(key);

    return is_resident(mine) ? &mine->guard : NULL;
}

#else

/* Enough that keys in use seldom share one by chance. */
#define GUARDS 64u

static mbedguard_guard guards[GUARDS];

mbedguard_guard *mbedguard_psa_key_guard(mbedtls_svc_key_id_t key)
{
    return &guards[MBEDTLS_SVC_KEY_ID_GET_KEY_ID(key) % GUARDS];
}

static int enter_key(mbedguard_want *set, size_t count, mbedtls_svc_key_id_t key, const char *where)
{
    set[count - 1].guard = mbedguard_psa_key_guard(key);
    return mbedguard_enter_set(set, count, where);
}

void mbedguard_psa_key_made(const psa_key_attributes_t *attributes, mbedtls_svc_key_id_t key)
{
    (void) attributes;
    (void) key;
}

void mbedguard_psa_key_ends(mbedtls_svc_key_id_t key)
{
    (void) key;
}

void mbedguard_psa_keys_end(void)
{
}

#endif

int mbedguard_psa_enter_key(mbedguard_want *set, size_t count, mbedtls_svc_key_id_t key,
                            const char *where)
{
    int ret = enter_key(set, count, key, where);

    if (ret != 0) {
        return ret;
    }
    ret = mbedguard_psa_after_fork_keys_stay();
    if (ret != 0) {
        (void) mbedguard_leave_set(set, count);
    }
    return ret;
}

#endif
