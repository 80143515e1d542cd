/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The library is loaded, used by a thread, and closed while that thread lives on; then the thread
 * ends and the process forks. Thread-specific destructors and fork handlers must still be there.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static sem_t used, closed;
static int (*init)(void);
static int failed;

static void *use(void *unused)
{
    (void) unused;
    if (init() != 0)
        failed = 1;
    sem_post(&used);
    sem_wait(&closed);
    return NULL;
}

int main(int argc, char **argv)
{
    void *library = argc > 1 ? dlopen(argv[1], RTLD_NOW) : NULL;
    pthread_t thread;
    int status = 0;
    pid_t child;

    if (library == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    *(void **) &init = dlsym(library, "mbedguard_psa_crypto_init");
    if (init == NULL || sem_init(&used, 0, 0) != 0 || sem_init(&closed, 0, 0) != 0 ||
        pthread_create(&thread, NULL, use, NULL) != 0)
        return 2;
    sem_wait(&used);
    dlclose(library);
    sem_post(&closed);
    pthread_join(thread, NULL);
    child = fork();
    if (child == 0)
        _exit(init() != 0);
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
        return 3;
    return failed ? 4 : 0;
}
