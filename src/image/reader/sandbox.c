#include "reader/sandbox.h"

#include <errno.h>
#include <seccomp.h>
#include <sys/resource.h>
#include <sys/time.h>

/* What DCMTK, OpenJPEG, libpng and malloc need once everything is loaded. */
static const int ALLOWED[] = {
    SCMP_SYS(read),           SCMP_SYS(write),        SCMP_SYS(mmap),
    SCMP_SYS(munmap),         SCMP_SYS(mremap),       SCMP_SYS(mprotect),
    SCMP_SYS(madvise),        SCMP_SYS(brk),          SCMP_SYS(exit),
    SCMP_SYS(exit_group),     SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask), SCMP_SYS(futex),        SCMP_SYS(clock_gettime),
    SCMP_SYS(gettimeofday),   SCMP_SYS(getpid),       SCMP_SYS(gettid),
    SCMP_SYS(setitimer),      SCMP_SYS(sched_yield),  SCMP_SYS(getrandom),
    SCMP_SYS(close),          SCMP_SYS(fstat),        SCMP_SYS(newfstatat),
    SCMP_SYS(lseek),          SCMP_SYS(uname),        SCMP_SYS(sysinfo),
};
/* Asked for by libraries out of habit; refused quietly rather than fatally. */
static const int REFUSED[] = {
    SCMP_SYS(open),
    SCMP_SYS(openat),
    SCMP_SYS(access),
    SCMP_SYS(readlink),
    SCMP_SYS(ioctl),
    SCMP_SYS(getdents64),
    SCMP_SYS(sched_getaffinity),
};

static int limit(int what, uint64_t value)
{
    struct rlimit both = {value, value};

    return setrlimit(what, &both);
}

#if defined(__SANITIZE_ADDRESS__)
#define UNDER_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNDER_SANITIZER 1
#endif
#endif
#ifndef UNDER_SANITIZER
#define UNDER_SANITIZER 0
#endif

int sandbox_enter(uint64_t largest_bytes)
{
    scmp_filter_ctx filter;
    int failed = 0;

    /* The address sanitizer maps terabytes and calls what the filter forbids: its builds find
     * errors of memory, the others keep hostile files in. */
    if (UNDER_SANITIZER)
        return 0;

    /* 384 MiB is room for the libraries and for frames of 4096 x 4096; DCMTK keeps the file and
     * one copy of its values. */
    if (limit(RLIMIT_AS, ((uint64_t)384 << 20) + 4 * largest_bytes) || limit(RLIMIT_CORE, 0) ||
        limit(RLIMIT_FSIZE, 0) || limit(RLIMIT_NPROC, 0))
        return -1;
    filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (!filter)
        return -1;
    for (unsigned i = 0; i < sizeof ALLOWED / sizeof ALLOWED[0]; i++)
        failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, ALLOWED[i], 0);
    for (unsigned i = 0; i < sizeof REFUSED / sizeof REFUSED[0]; i++)
        failed |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), REFUSED[i], 0);
    failed |= seccomp_load(filter);
    seccomp_release(filter);
    return failed ? -1 : 0;
}

void sandbox_allow_ms(long milliseconds)
{
    struct itimerval timer = {{0, 0}, {milliseconds / 1000, milliseconds % 1000 * 1000}};

    setitimer(ITIMER_PROF, &timer, 0);
}
