// SPDX-License-Identifier: Apache-2.0
// Loaded before the C library into a program under test (LD_PRELOAD): it knows every place of the program that makes a
// system call, and lets one of them fail once.
//   REKAM_CALLS_LOG=FILE    "<call> <place> <nth> <file>+<offset>..." is appended when a place is reached for the first,
//                           second and fifth time
//   REKAM_CALLS_FAIL="<call> <place> <nth> <errno>"
//   REKAM_CALLS_TOKEN=FILE  it fails only as long as this file is there, and takes it away: once over all processes
// A place is a hash of the call's name and of the innermost return addresses, each as an offset in its own file, so that
// it is the same in every run of one build. Nothing here allocates or locks: it also runs between fork and exec.
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { files_max = 128, places_max = 16384, deep = 5, ours = 2 };

static struct {
    uintptr_t base, begin, end;
    const char *name;
} files[files_max];
static atomic_int file_count;
static struct {
    atomic_uint_least64_t place;
    atomic_uint count;
} places[places_max];

static const char *log_path, *token_path;
static char failing_call[32];
static uint64_t failing_place;
static unsigned failing_nth;
static int failing_errno;
static atomic_int ready;
static _Thread_local int inside;

static int note_file(struct dl_phdr_info *info, size_t size, void *unused) {
    (void)size;
    (void)unused;
    for (int i = 0; i < info->dlpi_phnum; ++i)
        if (info->dlpi_phdr[i].p_type == PT_LOAD && (info->dlpi_phdr[i].p_flags & PF_X)) {
            const uintptr_t begin = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
            const int count = atomic_load(&file_count);
            for (int known = 0; known < count; ++known)
                if (files[known].begin == begin)
                    return 0;
            if (count == files_max)
                return 1;
            files[count].base = info->dlpi_addr;
            files[count].name = info->dlpi_name[0] ? info->dlpi_name : "/proc/self/exe";
            files[count].begin = begin;
            files[count].end = begin + info->dlpi_phdr[i].p_memsz;
            atomic_store(&file_count, count + 1);
        }
    return 0;
}

static void append(const char *text) {
    const int fd = (int)syscall(SYS_openat, AT_FDCWD, log_path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    (void)!syscall(SYS_write, fd, text, strlen(text));
    syscall(SYS_close, fd);
}

__attribute__((constructor)) static void begin(void) {
    inside = 1;
    void *warm[2]; // backtrace loads its library the first time
    backtrace(warm, 2);
    dl_iterate_phdr(note_file, NULL);
    log_path = getenv("REKAM_CALLS_LOG");
    token_path = getenv("REKAM_CALLS_TOKEN");
    const char *fail = getenv("REKAM_CALLS_FAIL");
    if (fail && sscanf(fail, "%31s %lx %u %d", failing_call, &failing_place, &failing_nth, &failing_errno) != 4)
        abort(); // a proof with a typo must not pass
    atomic_store(&ready, 1);
    inside = 0;
}

static int file_of(uintptr_t address) {
    const int count = atomic_load(&file_count);
    for (int i = 0; i < count; ++i)
        if (address >= files[i].begin && address < files[i].end)
            return i;
    return -1; // of a file that was loaded later: a plugin
}

struct Place {
    uint64_t hash;
    uintptr_t frames[deep];
    int count;
};

__attribute__((noinline)) static struct Place place_of(const char *call) {
    struct Place place = {.hash = 1469598103934665603u};
    for (; *call; ++call)
        place.hash = (place.hash ^ (unsigned char)*call) * 1099511628211u;
    void *frames[deep + ours + 1];
    const int count = backtrace(frames, deep + ours + 1);
    for (int i = ours + 1; i < count; ++i) {
        const uintptr_t address = (uintptr_t)frames[i];
        const int file = file_of(address);
        place.frames[place.count++] = address;
        place.hash = (place.hash ^ (file < 0 ? 1 : address - files[file].base)) * 1099511628211u;
    }
    place.hash |= 1;
    return place;
}

static void note(const char *call, const struct Place *place, unsigned nth) {
    char line[1024];
    int size = snprintf(line, sizeof line, "%s %016lx %u", call, place->hash, nth);
    for (int i = 0; i < place->count && size < 800; ++i) {
        const int file = file_of(place->frames[i]);
        if (file >= 0)
            size += snprintf(line + size, sizeof line - (size_t)size, " %.160s+%lx", files[file].name,
                             place->frames[i] - files[file].base - 1);
    }
    line[size++] = '\n';
    line[size] = 0;
    append(line);
}

static unsigned count_place(uint64_t place) {
    for (unsigned i = 0; i < places_max; ++i) {
        const unsigned slot = (unsigned)(place + i) % places_max;
        uint64_t empty = 0;
        if (atomic_compare_exchange_strong(&places[slot].place, &empty, place) || empty == place)
            return atomic_fetch_add(&places[slot].count, 1) + 1;
    }
    return 0;
}

/// The error that this call has to fail with; 0: it goes through.
__attribute__((noinline)) static int strike(const char *call) {
    if (!atomic_load(&ready) || inside)
        return 0;
    inside = 1;
    const int before = errno;
    int error = 0;
    const struct Place place = place_of(call);
    const unsigned nth = count_place(place.hash);
    if (log_path && (nth == 1 || nth == 2 || nth == 5))
        note(call, &place, nth);
    if (failing_nth != 0 && place.hash == failing_place && nth == failing_nth && strcmp(call, failing_call) == 0 &&
        (!token_path || syscall(SYS_unlink, token_path) == 0))
        error = failing_errno;
    errno = error ? error : before;
    inside = 0;
    return error;
}

#define CALL(result, call, symbol, parameters, arguments, failed)                                                      \
    result symbol parameters {                                                                                         \
        static result(*real) parameters;                                                                               \
        if (!real)                                                                                                     \
            *(void **)&real = dlsym(RTLD_NEXT, #symbol);                                                               \
        return strike(call) ? (failed) : real arguments;                                                               \
    }

CALL(ssize_t, "read", read, (int fd, void *to, size_t count), (fd, to, count), -1)
CALL(ssize_t, "pread", pread, (int fd, void *to, size_t count, off_t at), (fd, to, count, at), -1)
CALL(ssize_t, "pread", pread64, (int fd, void *to, size_t count, off64_t at), (fd, to, count, at), -1)
CALL(ssize_t, "write", write, (int fd, const void *from, size_t count), (fd, from, count), -1)
CALL(ssize_t, "pwrite", pwrite, (int fd, const void *from, size_t count, off_t at), (fd, from, count, at), -1)
CALL(ssize_t, "pwrite", pwrite64, (int fd, const void *from, size_t count, off64_t at), (fd, from, count, at), -1)
CALL(ssize_t, "sendmsg", sendmsg, (int fd, const struct msghdr *message, int flags), (fd, message, flags), -1)
CALL(ssize_t, "recvmsg", recvmsg, (int fd, struct msghdr *message, int flags), (fd, message, flags), -1)
CALL(ssize_t, "send", send, (int fd, const void *from, size_t count, int flags), (fd, from, count, flags), -1)
CALL(ssize_t, "recv", recv, (int fd, void *to, size_t count, int flags), (fd, to, count, flags), -1)
CALL(void *, "mmap", mmap, (void *at, size_t size, int protection, int flags, int fd, off_t from),
     (at, size, protection, flags, fd, from), MAP_FAILED)
CALL(void *, "mmap", mmap64, (void *at, size_t size, int protection, int flags, int fd, off64_t from),
     (at, size, protection, flags, fd, from), MAP_FAILED)
CALL(int, "memfd_create", memfd_create, (const char *name, unsigned flags), (name, flags), -1)
CALL(int, "ftruncate", ftruncate, (int fd, off_t size), (fd, size), -1)
CALL(int, "ftruncate", ftruncate64, (int fd, off64_t size), (fd, size), -1)
CALL(int, "stat", stat, (const char *path, struct stat *to), (path, to), -1)
CALL(int, "stat", lstat, (const char *path, struct stat *to), (path, to), -1)
CALL(int, "stat", stat64, (const char *path, struct stat64 *to), (path, to), -1)
CALL(int, "stat", lstat64, (const char *path, struct stat64 *to), (path, to), -1)
CALL(int, "fstat", fstat, (int fd, struct stat *to), (fd, to), -1)
CALL(int, "fstat", fstat64, (int fd, struct stat64 *to), (fd, to), -1)
CALL(int, "fsync", fsync, (int fd), (fd), -1)
CALL(int, "fdatasync", fdatasync, (int fd), (fd), -1)
CALL(int, "rename", rename, (const char *from, const char *to), (from, to), -1)
CALL(int, "unlink", unlink, (const char *path), (path), -1)
CALL(int, "mkdir", mkdir, (const char *path, mode_t mode), (path, mode), -1)
CALL(int, "chmod", chmod, (const char *path, mode_t mode), (path, mode), -1)
CALL(int, "chmod", fchmod, (int fd, mode_t mode), (fd, mode), -1)
CALL(int, "flock", flock, (int fd, int what), (fd, what), -1)
CALL(int, "socket", socket, (int family, int type, int protocol), (family, type, protocol), -1)
CALL(int, "socketpair", socketpair, (int family, int type, int protocol, int ends[2]), (family, type, protocol, ends),
     -1)
CALL(int, "bind", bind, (int fd, __CONST_SOCKADDR_ARG address, socklen_t size), (fd, address, size), -1)
CALL(int, "listen", listen, (int fd, int backlog), (fd, backlog), -1)
CALL(int, "accept4", accept4, (int fd, __SOCKADDR_ARG address, socklen_t *restrict size, int flags),
     (fd, address, size, flags), -1)
CALL(int, "setsockopt", setsockopt, (int fd, int level, int name, const void *value, socklen_t size),
     (fd, level, name, value, size), -1)
CALL(int, "getsockopt", getsockopt, (int fd, int level, int name, void *value, socklen_t *size),
     (fd, level, name, value, size), -1)
CALL(int, "pipe2", pipe2, (int ends[2], int flags), (ends, flags), -1)
CALL(int, "dup", dup, (int fd), (fd), -1)
CALL(int, "dup", dup2, (int fd, int to), (fd, to), -1)
CALL(int, "dup", dup3, (int fd, int to, int flags), (fd, to, flags), -1)
CALL(int, "epoll_create", epoll_create1, (int flags), (flags), -1)
CALL(int, "epoll_ctl", epoll_ctl, (int epoll, int what, int fd, struct epoll_event *event), (epoll, what, fd, event), -1)
CALL(int, "epoll_wait", epoll_wait, (int epoll, struct epoll_event *events, int most, int ms),
     (epoll, events, most, ms), -1)
CALL(int, "poll", poll, (struct pollfd * fds, nfds_t count, int ms), (fds, count, ms), -1)
CALL(int, "timerfd_create", timerfd_create, (clockid_t clock, int flags), (clock, flags), -1)
CALL(int, "timerfd_settime", timerfd_settime,
     (int fd, int flags, const struct itimerspec *value, struct itimerspec *before), (fd, flags, value, before), -1)
CALL(int, "inotify_init", inotify_init1, (int flags), (flags), -1)
CALL(int, "inotify_add_watch", inotify_add_watch, (int fd, const char *path, uint32_t mask), (fd, path, mask), -1)
CALL(pid_t, "fork", fork, (void), (), -1)
CALL(int, "execve", execve, (const char *path, char *const arguments[], char *const environment[]),
     (path, arguments, environment), -1)
CALL(int, "waitid", waitid, (idtype_t type, id_t id, siginfo_t *info, int options), (type, id, info, options), -1)
CALL(pid_t, "waitpid", waitpid, (pid_t pid, int *status, int options), (pid, status, options), -1)
CALL(int, "kill", kill, (pid_t pid, int signal), (pid, signal), -1)
CALL(int, "setrlimit", setrlimit, (__rlimit_resource_t what, const struct rlimit *limit), (what, limit), -1)
CALL(int, "getrlimit", getrlimit, (__rlimit_resource_t what, struct rlimit *limit), (what, limit), -1)
CALL(ssize_t, "getrandom", getrandom, (void *to, size_t count, unsigned flags), (to, count, flags), -1)
CALL(int, "access", access, (const char *path, int mode), (path, mode), -1)
CALL(DIR *, "opendir", opendir, (const char *path), (path), NULL)
CALL(struct dirent *, "readdir", readdir, (DIR * folder), (folder), NULL)

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument) {
    static int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
    const int error = strike("pthread_create");
    return error ? error : real(thread, attributes, run, argument);
}

// Those with more arguments than their prototype says.
#define OPENS(symbol)                                                                                                  \
    int symbol(const char *path, int flags, ...) {                                                                     \
        va_list more;                                                                                                  \
        va_start(more, flags);                                                                                         \
        const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(more, mode_t) : 0;                                \
        va_end(more);                                                                                                  \
        return strike("open") ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);                            \
    }
OPENS(open)
OPENS(open64)

#define FCNTLS(symbol)                                                                                                 \
    int symbol(int fd, int what, ...) {                                                                                \
        va_list more;                                                                                                  \
        va_start(more, what);                                                                                          \
        const long argument = va_arg(more, long);                                                                      \
        va_end(more);                                                                                                  \
        return strike("fcntl") ? -1 : (int)syscall(SYS_fcntl, fd, what, argument);                                     \
    }
FCNTLS(fcntl)
FCNTLS(fcntl64)

long syscall(long number, ...) {
    static long (*real)(long, ...);
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "syscall");
    long value[6];
    va_list more;
    va_start(more, number);
    for (int i = 0; i < 6; ++i)
        value[i] = va_arg(more, long);
    va_end(more);
    const char *call = number == SYS_pidfd_open          ? "pidfd_open"
                       : number == SYS_pidfd_send_signal ? "pidfd_send_signal"
                       : number == SYS_close_range       ? "close_range"
                                                         : NULL;
    if (call && strike(call))
        return -1;
    return real(number, value[0], value[1], value[2], value[3], value[4], value[5]);
}
