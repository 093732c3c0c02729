/* A bar on a terminal that says what is being done; nothing elsewhere. */
#include "cli.h"

#include <unistd.h>

void cli_progress(int step, int steps, const char *what)
{
    enum { WIDTH = 20 };

    if (!isatty(STDERR_FILENO))
        return;
    if (!what) {
        fprintf(stderr, "\r%*s\r", WIDTH + 40, "");
        fflush(stderr);
        return;
    }
    fprintf(stderr, "\r[%-*.*s] %-34s", WIDTH, WIDTH * step / steps, "####################",
            what);
    fflush(stderr);
}
