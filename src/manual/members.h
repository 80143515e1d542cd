/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * One spelling for members of Mbed TLS structs: 2.28 names them plainly, 3.x and 4.x through
 * MBEDTLS_PRIVATE(). To be included after a header of Mbed TLS.
 */
#ifndef MBEDGUARD_MANUAL_MEMBERS_H
#define MBEDGUARD_MANUAL_MEMBERS_H

#ifndef MBEDTLS_PRIVATE
#define MBEDTLS_PRIVATE(member) member
#endif

#endif /* MBEDGUARD_MANUAL_MEMBERS_H */
