/* Turn data files into one C file: wadi-embed OUT.c FILE... */
#include <stdio.h>
#include <string.h>

static int embed(FILE *out, const char *path, int number)
{
    FILE *in = fopen(path, "rb");
    int byte;
    long column = 0;

    if (!in) {
        fprintf(stderr, "wadi-embed: cannot read %s\n", path);
        return 1;
    }
    fprintf(out, "static const unsigned char file_%d[] = {", number);
    while ((byte = fgetc(in)) != EOF)
        fprintf(out, "%s%d,", column++ % 24 ? "" : "\n", byte);
    fprintf(out, "0};\n");
    fclose(in);
    return 0;
}

int main(int argc, char **argv)
{
    FILE *out = argc > 2 ? fopen(argv[1], "w") : NULL;

    if (!out) {
        fprintf(stderr, "usage: wadi-embed OUT.c FILE...\n");
        return 2;
    }
    fprintf(out, "#include \"base/data_impl.h\"\n");
    for (int i = 2; i < argc; i++)
        if (embed(out, argv[i], i))
            return 1;
    fprintf(out, "const wadi_embedded WADI_EMBEDDED[] = {\n");
    for (int i = 2; i < argc; i++) {
        const char *slash = strrchr(argv[i], '/');
        fprintf(out, "    {\"%s\", file_%d, sizeof file_%d - 1},\n",
                slash ? slash + 1 : argv[i], i, i);
    }
    fprintf(out, "    {0, 0, 0}};\n");
    return fclose(out) ? 1 : 0;
}
