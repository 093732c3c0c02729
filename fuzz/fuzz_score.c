/* libFuzzer target of `key=value` input: the first line names the rule, the rest is the
 * question. An answer, or a complaint that opens with its code; nothing else. */
#include "wadi/rulebook.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1), *rest, line[2048];
    const char *pairs;
    wadi_answer answer;
    wadi_error err = {0};

    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    rest = strchr(text, '\n');
    if (rest)
        *rest++ = '\0';
    pairs = rest ? rest : "";
    if (wadi_rule_ask(text, &pairs, 1, &answer, &err)) {
        if (strncmp(err.message, "ERR_", 4)) {
            fprintf(stderr, "no code: %s\n", err.message);
            abort();
        }
    } else {
        wadi_answer_line(&answer, line, sizeof line);
    }
    free(text);
    return 0;
}
