/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A folder for each test, with certificates whose serial numbers tell them apart, and a place to step in
 * when the library reads. Linked with --wrap=read.
 */
#ifndef FOLDER_H
#define FOLDER_H

#include "live/live.h"

#define FOLDER_SERIALS 160u
#define FOLDER_IN_FILE 3u

/* The path, of at most 64 bytes. */
extern char folder_path[];

/* live_setup() and a new folder; the end removes it, and looks for descriptors that were left open. */
void folder_setup(void);
void folder_teardown(void);

/* PEM of the certificate with this number, below FOLDER_SERIALS. */
const char *folder_pem(unsigned serial);

/* The path of a name, in storage of the thread until it asks for another one. */
const char *folder_at(const char *name);

void folder_write(const char *name, const void *bytes, size_t length);
/* A file with so many certificates, numbered from serial on. */
void folder_certificates(const char *name, unsigned serial, unsigned count);
/* Files "f00", "f01" ... of FOLDER_IN_FILE certificates each, numbered in this order. */
void folder_fill(unsigned files);
void folder_link(const char *target, const char *name);
/* A file of more bytes than there are addresses: whether this file system has such files. */
bool folder_make_huge(const char *path);
/* Remove all that is in it. */
void folder_clear(void);

/* Called before each read() of the library's, by the thread that reads; NULL: nothing is. */
extern void (*folder_on_read)(void);

/* The number of the certificate at a place of the chain. */
unsigned folder_serial(const mbedguard_x509_crt *chain, size_t index);
/* How many there are. */
size_t folder_count(const mbedguard_x509_crt *chain);

/* Runs body in a child; what it returns must be 0. */
void folder_in_child(int (*body)(void));

#endif /* FOLDER_H */
