/* A program of a stranger against the installed library: checks versions and words, and reads
 * the error of a folder that is not there. */
#include <stdio.h>
#include <string.h>
#include <wadi/base.h>
#include <wadi/units.h>

static int expect(int holds, const char *what)
{
    if (!holds)
        fprintf(stderr, "does not hold: %s\n", what);
    return holds ? 0 : 1;
}

int main(int argc, char **argv)
{
    wadi_error err = {0};
    int failures = 0;

    if (argc != 2) {
        fprintf(stderr, "usage: example VERSION\n");
        return 2;
    }
    failures +=
        expect(!strcmp(wadi_version(), argv[1]), "the library is of the version wanted");
    failures += expect(!strcmp(wadi_status_text(WADI_OK), "ok"), "a status has a text");
    failures += expect(wadi_data_override("no/such/folder", &err) == WADI_ERR_IO,
                       "a folder that is absent is refused");
    failures += expect(strstr(err.message, "no/such/folder") != NULL, "the message names it");
    printf("wadi %s, 100 mmHg is %.1f Pa\n", wadi_version(), 100 * WADI_PA_PER_MMHG);
    return failures ? 1 : 0;
}
