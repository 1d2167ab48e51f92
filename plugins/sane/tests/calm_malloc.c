// SPDX-License-Identifier: Apache-2.0 OR MIT
// SANE's test back end ends its reader thread with an asynchronous pthread_cancel. Struck inside malloc, the thread
// leaves the arena's lock behind, and whoever asks that arena next waits for ever. A host that this happens to is killed
// and replaced; a test that loads the back end into itself has no such guard, so here no thread can be cancelled while it
// is inside malloc. In C,
// because a cancellation that waited is acted upon at the end of a call, and unwinds through it.
#include <errno.h>
#include <pthread.h>
#include <stddef.h>

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) // they bring a malloc of their own

// glibc's own names for what is replaced here.
void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);
void __libc_free(void*);

static int hold_off(void) {
    int before = PTHREAD_CANCEL_ENABLE;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    return before;
}

static void* go_on(int before, void* made) {
    pthread_setcancelstate(before, NULL);
    return made;
}

void* malloc(size_t bytes) {
    const int before = hold_off();
    return go_on(before, __libc_malloc(bytes));
}

void* calloc(size_t count, size_t bytes) {
    const int before = hold_off();
    return go_on(before, __libc_calloc(count, bytes));
}

void* realloc(void* old, size_t bytes) {
    const int before = hold_off();
    return go_on(before, __libc_realloc(old, bytes));
}

void* aligned_alloc(size_t alignment, size_t bytes) {
    const int before = hold_off();
    return go_on(before, __libc_memalign(alignment, bytes));
}

void* memalign(size_t alignment, size_t bytes) {
    const int before = hold_off();
    return go_on(before, __libc_memalign(alignment, bytes));
}

int posix_memalign(void** out, size_t alignment, size_t bytes) {
    const int before = hold_off();
    void* made = __libc_memalign(alignment, bytes);
    if (made != NULL)
        *out = made;
    go_on(before, NULL);
    return made == NULL ? ENOMEM : 0;
}

void free(void* old) {
    const int before = hold_off();
    __libc_free(old);
    go_on(before, NULL);
}

#endif
