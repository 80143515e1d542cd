/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The end of what a connection handed out. */
#ifndef MBEDGUARD_MANUAL_SSL_COPIES_H
#define MBEDGUARD_MANUAL_SSL_COPIES_H

#include <mbedguard/ssl_copies.h>

/* Free all copies, and forget the user data. The caller has the connection to itself. */
void mbedguard_ssl_copies_free(mbedguard_ssl_copies *copies);

#endif /* MBEDGUARD_MANUAL_SSL_COPIES_H */
