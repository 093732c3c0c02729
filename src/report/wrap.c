#include "report/wrap_impl.h"

#include <string.h>

static bool continues(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

int report_width(const char *words)
{
    int width = 0;

    for (; *words; words++)
        width += !continues(*words);
    return width;
}

/* Bytes of the first `width` characters, and how many characters there are. */
static size_t take(const char *words, size_t size, int width, int *taken)
{
    size_t at = 0;

    for (*taken = 0; at < size && *taken < width; (*taken)++) {
        at++;
        while (at < size && continues(words[at]))
            at++;
    }
    return at;
}

void report_wrap(wadi_text *text, const char *bullet, const char *words, int columns)
{
    int indent = report_width(bullet), room = columns - indent, used = 0;

    wadi_text_add(text, "%s", bullet);
    for (;;) {
        size_t size;
        int width;

        /* Line ends of the input are blanks here. */
        words += strspn(words, " \n\r\t");
        size = strcspn(words, " \n\r\t");
        if (!size)
            break;
        size = take(words, size, room, &width);
        if (used && used + 1 + width > room) {
            wadi_text_add(text, "\n%*s", indent, "");
            used = 0;
        }
        if (used)
            wadi_text_put(text, " ", 1);
        wadi_text_put(text, words, size);
        for (size_t i = text->size - size; !text->failed && i < text->size; i++)
            if (text->bytes[i] == REPORT_HARD_BLANK)
                text->bytes[i] = ' ';
        used += width + (used > 0);
        words += size;
    }
    wadi_text_put(text, "\n", 1);
}
