/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Error codes in words. Programs print what a call returned with mbedtls_strerror(), and after a change
 * of prefix that may be a code of ours, of which Mbed TLS says that it does not know it.
 */
#include <mbedguard/error.h>

#if defined(MBEDTLS_ERROR_C)

#include <stdbool.h>
#include <string.h>

static bool is_own(int errnum)
{
    return errnum <= MBEDGUARD_ERR_BAD_INPUT && errnum > MBEDGUARD_ERR_BAD_INPUT - 0x100;
}

#if MBEDTLS_VERSION_NUMBER < 0x04000000
const char *mbedguard_high_level_strerr(int errnum)
{
    return is_own(errnum) ? mbedguard_error_string(errnum) : mbedtls_high_level_strerr(errnum);
}
#endif

int mbedguard_strerror(int errnum, char *buffer, size_t buflen)
{
    const char *const words = mbedguard_error_string(errnum);
    size_t length;

    if (!is_own(errnum)) {
        mbedtls_strerror(errnum, buffer, buflen);
        return 0;
    }
    if (buflen == 0) {
        return 0;
    }
    length = strlen(words);
    if (length > buflen - 1) {
        length = buflen - 1;
    }
    memcpy(buffer, words, length);
    buffer[length] = '\0';
    return 0;
}

#endif
