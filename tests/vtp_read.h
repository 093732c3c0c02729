/* One array of a VTK XML file with base64 and zlib blocks, as VMTK writes them. */
#ifndef WADI_TESTS_VTP_READ_H
#define WADI_TESTS_VTP_READ_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static size_t vtp_base64(const char *text, size_t wanted, uint8_t *out)
{
    static const char CODE[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t bits = 0;
    int held = 0;
    size_t n = 0, used = 0;

    for (; n < wanted && text[used]; used++) {
        const char *at = strchr(CODE, text[used]);

        if (text[used] == '=' || !at)
            continue;
        bits = bits << 6 | (uint32_t)(at - CODE);
        held += 6;
        if (held >= 8) {
            held -= 8;
            out[n++] = (uint8_t)(bits >> held);
        }
    }
    while (text[used] == '=')
        used++;
    return used;
}

/* Bytes of the array called `name`; NULL when it is not there. `free` it. */
static void *vtp_array(const char *path, const char *name, size_t *bytes)
{
    FILE *file = fopen(path, "rb");
    char *text = calloc(1, (size_t)8 << 20), key[80];
    uint8_t *out = NULL, head[4096], *packed;
    uint32_t blocks, size, last, part;

    if (!file || !text)
        return NULL;
    text[fread(text, 1, ((size_t)8 << 20) - 1, file)] = 0;
    fclose(file);
    snprintf(key, sizeof key, "Name=\"%s\"", name);
    char *at = strstr(text, key);

    if (at && (at = strchr(at, '>'))) {
        at++;
        at += strspn(at, " \r\n\t");
        vtp_base64(at, 4, head);
        memcpy(&blocks, head, 4);
        size_t used = vtp_base64(at, 12 + 4 * (size_t)blocks, head);

        memcpy(&size, head + 4, 4);
        memcpy(&last, head + 8, 4);
        out = malloc((size_t)blocks * size + 16);
        packed = malloc((size_t)blocks * size + (1u << 20));
        size_t all = 0, n = 0;

        for (uint32_t b = 0; b < blocks; b++) {
            memcpy(&part, head + 12 + 4 * b, 4);
            all += part;
        }
        vtp_base64(at + used, all, packed);
        all = 0;
        for (uint32_t b = 0; out && packed && b < blocks; b++) {
            uLongf got = size;

            memcpy(&part, head + 12 + 4 * b, 4);
            if (uncompress(out + n, &got, packed + all, part) != Z_OK)
                break;
            all += part;
            n += got;
        }
        *bytes = n;
        free(packed);
    }
    free(text);
    return out;
}

#endif
