/* Records, in one order, what a process does to the files under VRM_SHIM_ROOT, so that power_cut.rs can
 * rebuild what a disk may hold after the power went off at any point. Preloaded into the child only.
 *
 * A write is recorded after it was done; a sync is recorded after it was done, with the place in the order at
 * which it began, because it covers only what was written before. sync_file_range is recorded as what it is
 * worth after a power cut: nothing.
 *
 * With VRM_SHIM_FAIL_AT=n the nth write or sync below the root fails with VRM_SHIM_ERRNO, and all later ones
 * too unless VRM_SHIM_FAIL_ONCE is set.
 *
 * Record, all numbers native: op u8, pad u8[3], path_len u32, data_len u32, pad u32, file u64, offset u64,
 * path, data. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum op { START = 0, CREATE, WRITE, RESIZE, SYNC, SYNC_FOLDER, RENAME, REMOVE, FOLDER };

#define MAX_FD 4096
static char *paths[MAX_FD];
static uint64_t position[MAX_FD]; /* of write() */
static int appends[MAX_FD];
static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;
static uint64_t recorded;
static int out = -1;
static const char *root;
static long fail_at, fail_errno, calls;
static int fail_once;

static void die(const char *what) {
    dprintf(2, "shim: %s: %s\n", what, strerror(errno));
    abort();
}

static void put(const void *bytes, size_t len) {
    while (len > 0) {
        long wrote = syscall(SYS_write, out, bytes, len);
        if (wrote < 0) die("the log can't be written");
        bytes = (const char *)bytes + wrote;
        len -= wrote;
    }
}

/* Call with `order` held. */
static void record(enum op op, uint64_t file, uint64_t offset, const char *path, const void *data, size_t len) {
    struct { uint8_t op, pad[3]; uint32_t path_len, data_len, pad2; uint64_t file, offset; } head = {0};
    head.op = op;
    head.path_len = path ? strlen(path) : 0;
    head.data_len = len;
    head.file = file;
    head.offset = offset;
    put(&head, sizeof head);
    put(path, head.path_len);
    put(data, len);
    recorded++;
}

static long number(const char *name) {
    const char *text = getenv(name);
    return text ? atol(text) : 0;
}

__attribute__((constructor)) static void start(void) {
    root = getenv("VRM_SHIM_ROOT");
    const char *log = getenv("VRM_SHIM_LOG");
    if (!root || !log) return;
    out = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (out < 0) die("the log can't be opened");
    fail_at = number("VRM_SHIM_FAIL_AT");
    fail_errno = number("VRM_SHIM_ERRNO");
    fail_once = number("VRM_SHIM_FAIL_ONCE");
    pthread_mutex_lock(&order);
    record(START, 0, 0, NULL, NULL, 0);
    recorded = 0;
    pthread_mutex_unlock(&order);
}

/* Whether this call is one that must fail; call with `order` held. */
static int fails(const char *path) {
    size_t len = strlen(path);
    if (!fail_at || (len > 4 && strcmp(path + len - 4, "acks") == 0)) return 0;
    calls++;
    if (calls < fail_at || (fail_once && calls > fail_at)) return 0;
    errno = fail_errno;
    return 1;
}

static int watched(const char *path) {
    return out >= 0 && path && strncmp(path, root, strlen(root)) == 0;
}

static const char *path_of(int fd) {
    return out >= 0 && fd >= 0 && fd < MAX_FD ? paths[fd] : NULL;
}

static uint64_t file_of(int fd) {
    struct stat st;
    if (fstat(fd, &st)) die("fstat");
    return st.st_ino;
}

#define REAL(name) static __typeof__(&name) real; if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static int open_at(int dir, const char *path, int flags, mode_t mode) {
    return syscall(SYS_openat, dir, path, flags, mode);
}

static int open_watched(const char *path, int flags, mode_t mode) {
    pthread_mutex_lock(&order);
    int existed = access(path, F_OK) == 0;
    int fd = open_at(AT_FDCWD, path, flags, mode);
    if (fd >= 0 && fd < MAX_FD) {
        free(paths[fd]);
        paths[fd] = strdup(path);
        position[fd] = 0;
        appends[fd] = (flags & O_APPEND) != 0;
        if (!existed) record(CREATE, file_of(fd), 0, path, NULL, 0);
        else if (flags & O_TRUNC) record(RESIZE, file_of(fd), 0, path, NULL, 0);
    }
    pthread_mutex_unlock(&order);
    return fd;
}

static int open_any(int dir, const char *path, int flags, mode_t mode) {
    if (watched(path)) return open_watched(path, flags, mode);
    return open_at(dir, path, flags, mode);
}

#define MODE(flags) mode_t mode = 0; \
    if (flags & (O_CREAT | __O_TMPFILE)) { va_list more; va_start(more, flags); mode = va_arg(more, mode_t); va_end(more); }

int open(const char *path, int flags, ...) { MODE(flags) return open_any(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) return open_any(AT_FDCWD, path, flags, mode); }
int openat(int dir, const char *path, int flags, ...) { MODE(flags) return open_any(dir, path, flags, mode); }
int openat64(int dir, const char *path, int flags, ...) { MODE(flags) return open_any(dir, path, flags, mode); }

int close(int fd) {
    REAL(close);
    if (path_of(fd)) {
        pthread_mutex_lock(&order);
        free(paths[fd]);
        paths[fd] = NULL;
        pthread_mutex_unlock(&order);
    }
    return real(fd);
}

static ssize_t write_watched(int fd, const void *data, size_t len, uint64_t offset) {
    if (fails(paths[fd])) return -1;
    ssize_t wrote = syscall(SYS_pwrite64, fd, data, len, offset);
    if (wrote > 0) record(WRITE, file_of(fd), offset, paths[fd], data, wrote);
    return wrote;
}

ssize_t write(int fd, const void *data, size_t len) {
    if (!path_of(fd)) return syscall(SYS_write, fd, data, len);
    pthread_mutex_lock(&order);
    if (appends[fd]) position[fd] = lseek(fd, 0, SEEK_END);
    else position[fd] = lseek(fd, 0, SEEK_CUR);
    ssize_t wrote = write_watched(fd, data, len, position[fd]);
    if (wrote > 0) lseek(fd, position[fd] + wrote, SEEK_SET);
    pthread_mutex_unlock(&order);
    return wrote;
}

static ssize_t pwrite_any(int fd, const void *data, size_t len, off64_t offset) {
    if (!path_of(fd)) return syscall(SYS_pwrite64, fd, data, len, offset);
    pthread_mutex_lock(&order);
    ssize_t wrote = write_watched(fd, data, len, offset);
    pthread_mutex_unlock(&order);
    return wrote;
}

ssize_t pwrite(int fd, const void *data, size_t len, off_t offset) { return pwrite_any(fd, data, len, offset); }
ssize_t pwrite64(int fd, const void *data, size_t len, off64_t offset) { return pwrite_any(fd, data, len, offset); }

static int resize(int fd, off64_t len) {
    if (!path_of(fd)) return syscall(SYS_ftruncate, fd, len);
    pthread_mutex_lock(&order);
    int done = syscall(SYS_ftruncate, fd, len);
    if (done == 0) record(RESIZE, file_of(fd), len, paths[fd], NULL, 0);
    pthread_mutex_unlock(&order);
    return done;
}

int ftruncate(int fd, off_t len) { return resize(fd, len); }
int ftruncate64(int fd, off64_t len) { return resize(fd, len); }

static int sync_any(int fd, long call) {
    if (!path_of(fd)) return syscall(call, fd);
    pthread_mutex_lock(&order);
    uint64_t began = recorded;
    int failed = fails(paths[fd]);
    pthread_mutex_unlock(&order);
    if (failed) return -1;
    int done = syscall(call, fd);
    struct stat st;
    if (fstat(fd, &st)) die("fstat");
    pthread_mutex_lock(&order);
    /* The data of fdatasync and fsync are told apart by one byte, for the negative control. */
    if (done == 0 && S_ISDIR(st.st_mode)) record(SYNC_FOLDER, 0, began, paths[fd], NULL, 0);
    else if (done == 0) record(SYNC, st.st_ino, began, paths[fd], call == SYS_fdatasync ? "d" : "f", 1);
    pthread_mutex_unlock(&order);
    return done;
}

int fsync(int fd) { return sync_any(fd, SYS_fsync); }
int fdatasync(int fd) { return sync_any(fd, SYS_fdatasync); }

int rename(const char *from, const char *to) {
    REAL(rename);
    if (!watched(from)) return real(from, to);
    pthread_mutex_lock(&order);
    int done = real(from, to);
    if (done == 0) record(RENAME, 0, 0, from, to, strlen(to));
    pthread_mutex_unlock(&order);
    return done;
}

int unlink(const char *path) {
    REAL(unlink);
    if (!watched(path)) return real(path);
    pthread_mutex_lock(&order);
    int done = real(path);
    if (done == 0) record(REMOVE, 0, 0, path, NULL, 0);
    pthread_mutex_unlock(&order);
    return done;
}

int mkdir(const char *path, mode_t mode) {
    REAL(mkdir);
    if (!watched(path)) return real(path, mode);
    pthread_mutex_lock(&order);
    int done = real(path, mode);
    if (done == 0) record(FOLDER, 0, 0, path, NULL, 0);
    pthread_mutex_unlock(&order);
    return done;
}
