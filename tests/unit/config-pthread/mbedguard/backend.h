/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What configure would write: the pthread backend, for the tests of core. */
#ifndef MBEDGUARD_BACKEND_H
#define MBEDGUARD_BACKEND_H

#define MBEDGUARD_THREADING_PTHREAD 1

#endif /* MBEDGUARD_BACKEND_H */
