/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Error codes in words. */
#include <mbedguard/base.h>

const char *mbedguard_error_string(int error)
{
    switch (error) {
    case MBEDGUARD_ERR_BAD_INPUT:
        return "no object was given, or an argument is invalid";
    case MBEDGUARD_ERR_NOT_INITIALIZED:
        return "the object was neither initialised nor zeroed";
    case MBEDGUARD_ERR_ORDER:
        return "the object comes before one that this thread has locked";
    case MBEDGUARD_ERR_REENTRY:
        return "a callback used the object whose call runs it";
    case MBEDGUARD_ERR_UPGRADE:
        return "exclusive access wanted to an object that this thread reads";
    case MBEDGUARD_ERR_WOULD_WAIT:
        return "the call would have to wait";
    case MBEDGUARD_ERR_BROKEN:
        return "a thread ended in the middle of changing the object";
    case MBEDGUARD_ERR_NOT_LOCKED:
        return "the object is not locked by this thread";
    case MBEDGUARD_ERR_ALLOC_FAILED:
        return "an allocation failed";
    case MBEDGUARD_ERR_THREADING:
        return "the threading backend failed";
    case MBEDGUARD_ERR_UNSUPPORTED:
        return "the threading backend cannot do this";
    case MBEDGUARD_ERR_VERSION:
        return "another version of Mbed TLS is linked";
    case MBEDGUARD_ERR_CYCLE:
        return "the objects would keep each other";
    case MBEDGUARD_ERR_OVERFLOW:
        return "too many references or nested calls";
    case MBEDGUARD_ERR_NOT_FOUND:
        return "there is no such element";
    case MBEDGUARD_ERR_CLOSED:
        return "another thread closed, reset or freed the connection";
    case MBEDGUARD_ERR_IN_USE:
        return "a handshake that is under way uses what the call would free";
    default:
        return "not an mbedguard error";
    }
}
