/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Copying bytes out of a guarded object into a buffer of the caller: all or nothing, and the length
 * that is needed is told in both cases.
 */
#ifndef MBEDGUARD_MANUAL_COPY_OUT_H
#define MBEDGUARD_MANUAL_COPY_OUT_H

#include <string.h>

#include <mbedguard/base.h>

/* May the caller's arguments be used? Sets *olen to 0: what a failure before copying leaves. */
static inline int mbedguard_copy_out_check(const void *buf, size_t size, size_t *olen)
{
    if (olen == NULL) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    *olen = 0;
    return buf == NULL && size != 0 ? MBEDGUARD_ERR_BAD_INPUT : 0;
}

/* Copy length bytes, or return too_small with nothing written; *olen is length either way. */
static inline int mbedguard_copy_out(void *buf, size_t size, size_t *olen, const void *bytes,
                                     size_t length, int too_small)
{
    *olen = length;
    if (length > size) {
        return too_small;
    }
    if (length != 0) {
        memcpy(buf, bytes, length);
    }
    return 0;
}

#endif /* MBEDGUARD_MANUAL_COPY_OUT_H */
