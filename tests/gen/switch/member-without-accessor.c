/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
// fails: an accessor or mbedguard_borrow
// before: 3.0
#include <mbedtls/aes.h>

int f(const mbedtls_aes_context *ctx)
{
    return ctx->nr;
}
