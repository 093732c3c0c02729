/* Damaged and hostile files against the reader program: each ends in an image or one clear
 * error, within a second of processor time and 512 MiB. Run with the number of files: two in
 * five are damaged real ones, three in five made for one weakness each (hostile_files.c).
 *
 * The second is the program's own limit, in its own processor time. The test judges by what a
 * sound file costs in the same run, so that a slow or busy machine does not fail it. */
#include "hostile_files.h"
#include "image_data.h"

#include <math.h>
#include <sys/resource.h>
#include <sys/wait.h>

static int file_count = 200;

typedef struct seed_file {
    char *bytes;
    size_t size;
} seed_file;

static void add_seed(seed_file *seeds, int *count, const char *path)
{
    wadi_error err = {0};

    if (*count < 64 &&
        !wadi_file_read(path, 8u << 20, &seeds[*count].bytes, &seeds[*count].size, &err))
        (*count)++;
}

/* A run, a volume and a picture of our own; compressed ones where the real images are there. */
static int gather(seed_file *seeds)
{
    static const char *const REAL[] = {
        "wg04/CT1_J2KR",
        "wg04/CT1_JLSL",
        "wg04/CT1_JPLL",
        "wg04/CT1_RLE",
        "wg04/US1_RLE",
        "wg04/US1_J2KI",
        "wg04/XA1_JPLY",
        "xa_multiframe/rubo_demo_xa_96f.dcm",
        "dca1_train/1.png",
        ("cornerstone_ct_syntaxes/CTImage.dcm_DeflatedExplicitVRLittleEndianTransferSyntax_"
         "1.2.840.10008.1.2.1.99.dcm"),
        ("cornerstone_ct_syntaxes/CTImage.dcm_LittleEndianImplicitTransferSyntax_"
         "1.2.840.10008.1.2.dcm"),
        "vmtk_aorta/aorta.mha",
    };
    wadi_error err = {0};
    uint16_t samples[2 * 40 * 48] = {0};
    uint8_t pixels[40 * 48 * 3] = {0};
    wadi_image image = {.sample = WADI_U16,
                        .frames = 2,
                        .rows = 40,
                        .columns = 48,
                        .channels = 1,
                        .bits = 12,
                        .slope = 1,
                        .samples = samples,
                        .modality = "XA"};
    wadi_volume *volume = NULL;
    char path[64];
    int count = 0;

    snprintf(path, sizeof path, "hostile-%ld", (long)getpid());
    assert_int_equal(wadi_dicom_write(path, &image, 1, &err), WADI_OK);
    add_seed(seeds, &count, path);
    assert_int_equal(wadi_volume_new(20, 20, 20, &volume, &err), WADI_OK);
    assert_int_equal(wadi_nifti_write(path, volume, &err), WADI_OK);
    wadi_volume_free(volume);
    add_seed(seeds, &count, path);
    assert_int_equal(wadi_png_write(path, 48, 40, 3, pixels, &err), WADI_OK);
    add_seed(seeds, &count, path);
    remove(path);
    for (size_t i = 0; i < sizeof REAL / sizeof REAL[0]; i++) {
        char name[300];

        snprintf(name, sizeof name, IMAGE_DATA "%s", REAL[i]);
        add_seed(seeds, &count, name);
    }
    return count;
}

/* Bytes that decide sizes, lengths and types are struck more often than pixels. */
static size_t strike(wadi_random *random, const seed_file *seed, char *out)
{
    size_t size = seed->size, head = size < 4096 ? size : 4096;
    int strikes = 1 + (int)(wadi_random_uniform(random) * 12);

    memcpy(out, seed->bytes, size);
    for (int s = 0; s < strikes; s++) {
        double where = wadi_random_uniform(random);
        size_t span = where < 0.7 ? head : size;
        size_t at = (size_t)(wadi_random_uniform(random) * (double)span);
        uint64_t bits = wadi_random_bits(random);

        if (bits % 4 == 0)
            out[at] = (char)(bits >> 8);
        else if (bits % 4 == 1)
            out[at] ^= (char)(1 << (bits >> 8) % 8);
        else
            for (size_t i = 0; i < 4 && at + i < size; i++)
                out[at + i] = (char)(bits % 4 == 2 ? 0xff : bits >> (8 + 8 * i) & 0xff);
    }
    if (wadi_random_uniform(random) < 0.15)
        size = (size_t)(wadi_random_uniform(random) * (double)size);
    return size;
}

/* One long repetition of a piece inside: deep sequences, long lists of fragments. */
static size_t repeat(wadi_random *random, const seed_file *seed, char *out, size_t limit)
{
    size_t from =
        (size_t)(wadi_random_uniform(random) * (double)(seed->size < 2048 ? seed->size : 2048));
    size_t length = 1 + (size_t)(wadi_random_uniform(random) * 24), size = from;

    memcpy(out, seed->bytes, from);
    while (size + length <= limit && size < from + 200000) {
        memcpy(out + size, seed->bytes + from, from + length <= seed->size ? length : 1);
        size += length;
    }
    return size;
}

/* Of the helpers that read the files. */
typedef struct cost {
    double seconds, slowest, yardstick;
    int count, refused;
} cost;

/* A sound file of this many frames of 512 x 512 takes a helper some 0.05 s of a processor that
 * reads a file of the damaged ones' size at leisure; a second is this many times that. */
enum { SOUND_FRAMES = 16, SOUND_SIDE = 512, SOUND_TIMES = 20 };

static double used(void)
{
    struct rusage usage;

    getrusage(RUSAGE_CHILDREN, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static double read_once(const char *path, wadi_status *status, wadi_error *err)
{
    wadi_image *image = NULL;
    double before = used();

    *status = wadi_image_read(path, &image, err);
    assert_true(*status ? !image && *err->message : image != NULL);
    wadi_image_free(image);
    return used() - before;
}

static void write_sound(const char *path)
{
    size_t count = (size_t)SOUND_FRAMES * SOUND_SIDE * SOUND_SIDE;
    uint16_t *samples = malloc(count * sizeof *samples);
    wadi_image image = {.sample = WADI_U16,
                        .frames = SOUND_FRAMES,
                        .rows = SOUND_SIDE,
                        .columns = SOUND_SIDE,
                        .channels = 1,
                        .bits = 12,
                        .slope = 1,
                        .samples = samples,
                        .modality = "XA"};
    wadi_error err = {0};

    assert_non_null(samples);
    for (size_t i = 0; i < count; i++)
        samples[i] = (uint16_t)(i * 2654435761u >> 20 & 4095);
    assert_int_equal(wadi_dicom_write(path, &image, 1, &err), WADI_OK);
    free(samples);
}

/* Seconds that no file may cost: a second, or on a slower machine what that is there. */
static double allowed(double yardstick)
{
    return fmax(1.0, SOUND_TIMES * yardstick);
}

/* The least of a few looks at one file. */
static double time_sound(const char *path)
{
    double least = INFINITY;

    for (int i = 0; i < 3; i++) {
        wadi_error err = {0};
        wadi_status status = WADI_OK;

        least = fmin(least, read_once(path, &status, &err));
        assert_int_equal(status, WADI_OK);
    }
    return least;
}

static void feed(const char *path, const char *sound, const char *name, const void *bytes,
                 size_t size, cost *total)
{
    wadi_error err = {0};
    wadi_status status = WADI_OK;

    assert_int_equal(wadi_file_write(path, bytes, size, &err), WADI_OK);
    double seconds = read_once(path, &status, &err);

    total->refused += status != WADI_OK;
    total->count++;
    /* What took long once is looked at again, beside a new yardstick. */
    for (int look = 0; look < 4 && seconds > allowed(total->yardstick); look++) {
        total->yardstick = time_sound(sound);
        seconds = fmin(seconds, read_once(path, &status, &err));
    }
    total->slowest = fmax(total->slowest, seconds);
    if (seconds > allowed(total->yardstick)) {
        char kept[64];

        snprintf(kept, sizeof kept, "hostile-kept-%d", total->count);
        assert_int_equal(wadi_file_write(kept, bytes, size, &err), WADI_OK);
        print_error("%s, file %d: %.2f s, a sound one %.3f s; kept as %s\n", name, total->count,
                    seconds, total->yardstick, kept);
        fail();
    }
}

static void damaged_files(const char *path, const char *sound, int count, cost *total)
{
    seed_file seeds[64] = {{0}};
    int seed_count = gather(seeds);
    size_t limit = 9u << 20;
    char *bytes = malloc(limit);
    wadi_random random;

    wadi_random_init(&random, 6, 0);
    for (int i = 0; i < count; i++) {
        const seed_file *seed = &seeds[i % seed_count];
        size_t size = wadi_random_uniform(&random) < 0.1 ? repeat(&random, seed, bytes, limit)
                                                         : strike(&random, seed, bytes);

        feed(path, sound, "damaged", bytes, size, total);
    }
    free(bytes);
    for (int i = 0; i < seed_count; i++)
        free(seeds[i].bytes);
}

static void no_file_costs_more_than_a_clear_error(void **state)
{
    cost total = {0};
    hostile_file file = {0};
    wadi_random random;
    char path[64], sound[64];
    struct rusage helpers, here;
    int kinds = 0;

    (void)state;
    snprintf(path, sizeof path, "hostile-%ld", (long)getpid());
    snprintf(sound, sizeof sound, "hostile-%ld-sound", (long)getpid());
    write_sound(sound);
    total.yardstick = time_sound(sound);
    damaged_files(path, sound, file_count * 2 / 5, &total);
    while (HOSTILE_KINDS[kinds].name)
        kinds++;
    wadi_random_init(&random, 7, 0);
    for (int i = 0; total.count < file_count; i++) {
        file.size = 0;
        HOSTILE_KINDS[i % kinds].make(&random, &file);
        feed(path, sound, HOSTILE_KINDS[i % kinds].name, file.bytes, file.size, &total);
    }
    getrusage(RUSAGE_CHILDREN, &helpers);
    getrusage(RUSAGE_SELF, &here);
    print_message("%d files, %d refused, slowest %.2f s, all %.1f s; a sound one %.3f s\n",
                  total.count, total.refused, total.slowest, used(), total.yardstick);
    /* A program that is started inherits its starter's peak, so the first is no less than the
     * second. */
    print_message("largest helper %ld MiB, this side %ld MiB\n", helpers.ru_maxrss / 1024,
                  here.ru_maxrss / 1024);
    assert_true(total.refused > file_count / 4);
#ifndef __SANITIZE_ADDRESS__ /* its shadow counts as memory */
    assert_true(helpers.ru_maxrss <= 512 * 1024 && here.ru_maxrss <= 512 * 1024);
#endif
    remove(path);
    remove(sound);
    free(file.bytes);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_file_costs_more_than_a_clear_error)};

    if (argc > 1)
        file_count = atoi(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
