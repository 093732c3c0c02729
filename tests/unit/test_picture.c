/* Pictures: overlays, plots, pages, moving pictures and colours. */
#include "base/base_impl.h"
#include "near.h"
#include "wadi/image.h"
#include "wadi/image_cine.h"
#include "wadi/image_report.h"
#include "wadi/picture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

static char folder[] = "/tmp/wadi-picture-XXXXXX";

static const char *in_folder(const char *name)
{
    static char path[200];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static char *bytes_of(const char *path, size_t *size)
{
    char *bytes = NULL;

    assert_int_equal(wadi_file_read(path, (size_t)1 << 28, &bytes, size, NULL), WADI_OK);
    return bytes;
}

static bool contains(const char *bytes, size_t size, const char *words)
{
    return memmem(bytes, size, words, strlen(words)) != NULL;
}

/* ---- colours ---- */

static double linear(uint8_t value)
{
    double v = value / 255.0;

    return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

/* sRGB to Oklab by Ottosson's matrices. */
static void to_oklab(const uint8_t rgb[3], double lab[3])
{
    double r = linear(rgb[0]), g = linear(rgb[1]), b = linear(rgb[2]);
    double l = cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
    double m = cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
    double s = cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);

    lab[0] = 0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s;
    lab[1] = 1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s;
    lab[2] = 0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s;
}

static void equal_steps_of_the_colour_map_look_equal(void **state)
{
    double before[3] = {0}, least = INFINITY, most = 0;

    (void)state;
    for (int i = 0; i <= 16; i++) {
        uint8_t rgb[3];
        double lab[3], step;

        wadi_colour(i / 16.0, rgb);
        to_oklab(rgb, lab);
        if (i) {
            step = sqrt((lab[0] - before[0]) * (lab[0] - before[0]) +
                        (lab[1] - before[1]) * (lab[1] - before[1]) +
                        (lab[2] - before[2]) * (lab[2] - before[2]));
            assert_near(lab[0] - before[0], 0.68 / 16, 0, 0.006); /* evenly lighter */
            least = fmin(least, step);
            most = fmax(most, step);
        }
        memcpy(before, lab, sizeof before);
    }
    print_message("steps of the colour map: %.4f to %.4f\n", least, most);
    assert_true(most < 1.25 * least);
}

static void colours_beyond_the_range_are_those_of_its_ends(void **state)
{
    uint8_t end[3], beyond[3];

    (void)state;
    wadi_colour(1, end);
    wadi_colour(7, beyond);
    assert_memory_equal(end, beyond, 3);
    wadi_colour(0, end);
    wadi_colour(NAN, beyond);
    assert_memory_equal(end, beyond, 3);

    const float values[3] = {-INFINITY, NAN, 2};
    const uint8_t under[3] = {100, 100, 100};
    uint8_t rgb[9];

    wadi_colour_values(3, values, 0, 1, under, rgb);
    assert_memory_equal(rgb, end, 3);
    assert_int_equal(rgb[3], 40);
    wadi_colour(1, end);
    assert_memory_equal(rgb + 6, end, 3);
}

/* ---- overlays and plots ---- */

static wadi_picture *overlay_of(bool scale, const char *label)
{
    static uint8_t pixels[40 * 60];
    const double x[4] = {5, 20, NAN, 50}, y[4] = {5, 20, 0, 30};
    const wadi_picture_line line = {
        .count = 4, .x_px = x, .y_px = y, .colour = 0xff3030, .label = label};
    const wadi_picture_mark mark = {30, 20, 0x30ff30, "here"};
    const wadi_picture_key key = {0xff3030, "artery"};
    const wadi_overlay overlay = {.title = "A & B <1>",
                                  .columns = 60,
                                  .rows = 40,
                                  .channels = 1,
                                  .pixels = pixels,
                                  .row_mm = {scale, 0.5},
                                  .column_mm = {scale, 0.5},
                                  .lines = &line,
                                  .line_count = 1,
                                  .marks = &mark,
                                  .mark_count = 1,
                                  .keys = &key,
                                  .key_count = 1,
                                  .bar_title = "arrival, ms",
                                  .bar_low = 0,
                                  .bar_high = 1200,
                                  .note = "a note"};
    wadi_picture *picture = NULL;

    memset(pixels, 90, sizeof pixels);
    assert_int_equal(wadi_picture_overlay(&overlay, &picture, NULL), WADI_OK);
    return picture;
}

static void an_overlay_keeps_its_words_and_draws_a_scale_only_where_it_is_known(void **state)
{
    (void)state;
    for (int known = 0; known < 2; known++) {
        wadi_picture *picture = overlay_of(known, "2.5 mm");
        size_t size = 0;

        assert_int_equal(wadi_picture_write(picture, in_folder("o.svg"), NULL), WADI_OK);
        char *svg = bytes_of(in_folder("o.svg"), &size);

        assert_true(contains(svg, size, "data:image/png;base64,iVBORw0KGgo"));
        assert_true(contains(svg, size, ">2.5 mm<"));
        assert_true(contains(svg, size, ">here<"));
        assert_true(contains(svg, size, "A &amp; B &lt;1&gt;"));
        assert_true(contains(svg, size, ">arrival, ms<"));
        assert_true(contains(svg, size, ">1200<"));
        assert_int_equal(contains(svg, size, ">5 mm<"), known); /* a quarter of 30 mm */
        free(svg);
        wadi_picture_free(picture);
    }
}

/* Place of a word in an SVG. */
static void place_of(const char *svg, const char *word, double *x, double *y)
{
    char wanted[32];
    const char *at, *from;

    snprintf(wanted, sizeof wanted, ">%s<", word);
    at = strstr(svg, wanted);
    assert_non_null(at);
    for (from = at; from > svg && strncmp(from, "<text", 5) != 0; from--)
        ;
    assert_int_equal(sscanf(strstr(from, " x=\""), " x=\"%lf", x), 1);
    assert_int_equal(sscanf(strstr(from, " y=\""), " y=\"%lf", y), 1);
}

/* Lines that run side by side: on the raster their names would cover one another or them. */
static void names_aside_stand_beside_the_raster_a_row_apart(void **state)
{
    enum { LINES = 6, COLUMNS = 40, ROWS = 160 };
    static const char *const NAMES[LINES] = {"ATA", "PTA", "PER", "DPA", "LPA", "MPA"};
    static uint8_t pixels[COLUMNS * ROWS];
    double x[LINES][2], y[2] = {156, 159};
    wadi_picture_line lines[LINES];
    wadi_picture *picture = NULL;
    size_t size = 0;
    const wadi_overlay overlay = {.columns = COLUMNS,
                                  .rows = ROWS,
                                  .channels = 1,
                                  .pixels = pixels,
                                  .lines = lines,
                                  .line_count = LINES,
                                  .names_aside = true};

    (void)state;
    for (int l = 0; l < LINES; l++) {
        x[l][0] = x[l][1] = 12 + 3 * l;
        lines[l] = (wadi_picture_line){.count = 2, .x_px = x[l], .y_px = y, .label = NAMES[l]};
    }
    assert_int_equal(wadi_picture_overlay(&overlay, &picture, NULL), WADI_OK);
    assert_int_equal(wadi_picture_write(picture, in_folder("n.svg"), NULL), WADI_OK);
    char *svg = NULL;

    assert_int_equal(wadi_file_read(in_folder("n.svg"), (size_t)1 << 28, &svg, &size, NULL),
                     WADI_OK);
    double left = INFINITY, right = 0, at[LINES][2];
    for (int l = 0; l < LINES; l++) {
        place_of(svg, NAMES[l], &at[l][0], &at[l][1]);
        left = fmin(left, at[l][0]);
        right = fmax(right, at[l][0]);
    }
    /* 480 points high: 120 wide. */
    assert_near(right - left, 120 + 10, 0, 0.5);
    assert_true(left > 15); /* where its words end */
    for (int l = 0; l < LINES; l++) {
        assert_true(at[l][0] == left || at[l][0] == right);
        assert_int_equal(at[l][0] == left, l < LINES / 2);
        assert_true(at[l][1] <= 480);
        for (int k = 0; k < l; k++)
            if (at[k][0] == at[l][0])
                assert_true(fabs(at[k][1] - at[l][1]) >= 11.9);
    }
    free(svg);
    wadi_picture_free(picture);
}

static void an_overlay_as_png_shows_raster_and_line(void **state)
{
    wadi_picture *picture = overlay_of(true, NULL);
    wadi_image *back = NULL;
    size_t red = 0, grey = 0;

    (void)state;
    assert_int_equal(wadi_picture_write(picture, in_folder("o.png"), NULL), WADI_OK);
    assert_int_equal(wadi_image_read(in_folder("o.png"), &back, NULL), WADI_OK);
    assert_int_equal(back->channels, 3);
    const uint8_t *p = back->samples;

    for (size_t i = 0; i < (size_t)back->rows * (size_t)back->columns; i++) {
        red += p[3 * i] > 200 && p[3 * i + 1] < 100;
        grey += p[3 * i] == 90 && p[3 * i + 1] == 90;
    }
    assert_true(red > 200);
    assert_true(grey > 100000);
    wadi_image_free(back);
    wadi_picture_free(picture);
}

static void the_same_picture_is_the_same_file(void **state)
{
    static const char *const NAMES[] = {"a.svg", "a.png", "a.pdf"};

    (void)state;
    for (size_t n = 0; n < WADI_COUNT_OF(NAMES); n++) {
        char *bytes[2];
        size_t sizes[2];

        for (int k = 0; k < 2; k++) {
            wadi_picture *picture = overlay_of(true, "x");

            assert_int_equal(wadi_picture_write(picture, in_folder(NAMES[n]), NULL), WADI_OK);
            bytes[k] = bytes_of(in_folder(NAMES[n]), &sizes[k]);
            wadi_picture_free(picture);
        }
        assert_int_equal(sizes[0], sizes[1]);
        assert_memory_equal(bytes[0], bytes[1], sizes[0]);
        free(bytes[0]);
        free(bytes[1]);
    }
}

static void what_cannot_be_drawn_is_said(void **state)
{
    wadi_picture *picture = overlay_of(true, NULL), *none = NULL;
    const uint8_t pixel = 0;
    wadi_overlay overlay = {.columns = 1, .rows = 1, .channels = 2, .pixels = &pixel};
    wadi_error err = {0};

    (void)state;
    assert_int_equal(wadi_picture_write(picture, in_folder("o.gif"), &err), WADI_ERR_SUPPORT);
    assert_int_equal(wadi_picture_overlay(&overlay, &none, &err), WADI_ERR_RANGE);
    overlay.channels = 1;
    overlay.bar_title = "x";
    overlay.bar_low = overlay.bar_high = 3;
    assert_int_equal(wadi_picture_overlay(&overlay, &none, &err), WADI_ERR_RANGE);
    overlay.bar_high = NAN;
    assert_int_equal(wadi_picture_overlay(&overlay, &none, &err), WADI_ERR_RANGE);
    assert_null(none);
    wadi_picture_free(picture);
}

static wadi_status plot_of(wadi_index count, wadi_picture **out)
{
    static const double X[5] = {0, 10, 20, 30, 40}, Y[5] = {9, 6, NAN, 5, 8};
    static const double LOW[5] = {8, 5, NAN, 4, 7}, HIGH[5] = {10, 7, NAN, 6, 9};
    const wadi_plot_curve curve = {
        .name = "gap", .count = count, .x = X, .y = Y, .low = LOW, .high = HIGH};
    const wadi_plot_level level = {10, 0xd05000, "needle reach 10 mm"};
    const wadi_plot_span span = {25, 35, 0x009070, "crossing"};
    const wadi_plot plot = {.title = "Gap",
                            .x_label = "from origin, mm",
                            .y_label = "gap, mm",
                            .curves = &curve,
                            .curve_count = 1,
                            .levels = &level,
                            .level_count = 1,
                            .spans = &span,
                            .span_count = 1,
                            .from_zero = true};

    return wadi_picture_plot(&plot, out, NULL);
}

static void a_plot_shows_levels_and_spans_and_parts_at_what_is_unknown(void **state)
{
    wadi_picture *picture = NULL;
    size_t size = 0, paths = 0;
    bool inside = false;

    (void)state;
    assert_int_equal(plot_of(1, &picture), WADI_ERR_MISSING);
    assert_null(picture);
    assert_int_equal(plot_of(5, &picture), WADI_OK);
    assert_int_equal(wadi_picture_write(picture, in_folder("p.svg"), NULL), WADI_OK);
    char *svg = bytes_of(in_folder("p.svg"), &size);

    assert_true(contains(svg, size, "needle reach 10 mm"));
    assert_true(contains(svg, size, ">crossing<"));
    for (size_t i = 0; i + 5 < size && strncmp(svg + i, "\"levels\"", 8); i++) {
        inside = inside || !strncmp(svg + i, "\"curves\"", 8);
        paths += inside && !strncmp(svg + i, "<path", 5);
    }
    assert_int_equal(paths, 4); /* two pieces of band, two of curve */
    free(svg);
    wadi_picture_free(picture);
}

static void a_page_is_one_page_whatever_is_on_it(void **state)
{
    wadi_picture *pictures[6];
    const char *facts[120][2], *notes[40];

    (void)state;
    for (int i = 0; i < 120; i++) {
        facts[i][0] = "length of a vessel with a long name";
        facts[i][1] = "123.4 mm";
    }
    for (int i = 0; i < 40; i++)
        notes[i] = "A sentence that tells what this number rests on and where it ends.";
    for (int i = 0; i < 6; i++)
        pictures[i] = overlay_of(true, "x");
    for (int round = 0; round < 3; round++) {
        const wadi_picture_page page = {.title = "Subtraction",
                                        .subtitle = "run",
                                        .facts = facts,
                                        .fact_count = 60 * round,
                                        .pictures = (const wadi_picture *const *)pictures,
                                        .picture_count = 3 * round,
                                        .notes = notes,
                                        .note_count = 20 * round};
        size_t size = 0;

        assert_int_equal(wadi_picture_page_write(&page, in_folder("p.pdf"), NULL), WADI_OK);
        char *pdf = bytes_of(in_folder("p.pdf"), &size);

        assert_memory_equal(pdf, "%PDF-", 5);
        assert_true(contains(pdf, size, "/Count 1"));
        free(pdf);
    }
    for (int i = 0; i < 6; i++)
        wadi_picture_free(pictures[i]);
}

static void refused_memory_leaves_no_picture(void **state)
{
    (void)state;
    for (long n = 1; n < 6; n++) {
        wadi_picture *picture = NULL;

        wadi_memory_refuse(n);
        wadi_status status = plot_of(5, &picture);

        wadi_memory_refuse(0);
        assert_int_equal(status, picture ? WADI_OK : WADI_ERR_NOMEM);
        wadi_picture_free(picture);
        if (n == 1)
            assert_int_equal(status, WADI_ERR_NOMEM);
    }
}

static void an_outline_closes_and_keeps_corner_neighbours_apart(void **state)
{
    /* A square of 2 x 2 and a pixel that touches its corner. */
    static const uint8_t MASK[5 * 5] = {0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1,
                                        0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0};
    double *x = NULL, *y = NULL;
    wadi_index count = 0, parts = 0, first = 0;

    (void)state;
    assert_int_equal(wadi_mask_outline(5, 5, MASK, &x, &y, &count, NULL), WADI_OK);
    for (wadi_index i = 0; i < count; i++) {
        if (!isnan(x[i]))
            continue;
        assert_near(x[first], x[i - 1], 0, 0);
        assert_near(y[first], y[i - 1], 0, 0);
        first = i + 1;
        parts++;
    }
    assert_int_equal(parts, 2);
    assert_int_equal(count, 8 + 4 + 2 * 2); /* edges; each closed and ended */
    free(x);
    free(y);
}

/* A run with a growing line of contrast, as wadi_dsa_run would fill it. */
static void a_subtracted_run_leaves_all_its_pictures(void **state)
{
    enum { SIDE = 48, FRAMES = 6, COUNT = SIDE * SIDE };
    static const char *const NAMES[] = {"dsa.json",      "opacity.png", "vessels.png",
                                        "vessels.svg",   "arrival.png", "opacity_map.png",
                                        "peak_time.png", "transit.png", "washout.png",
                                        "contrast.svg",  "cine.png",    "page.pdf"};
    static float difference[FRAMES * COUNT], opacity[COUNT], times[COUNT];
    static uint8_t mask[COUNT];
    double x[SIDE], y[SIDE], widths[SIDE], frame_times[FRAMES];
    wadi_dsa_vessel vessel = {.count = SIDE,
                              .x_px = x,
                              .y_px = y,
                              .diameter_px = widths,
                              .length_px = SIDE,
                              .mean_diameter_px = 4};
    wadi_dsa dsa = {.columns = SIDE,
                    .rows = SIDE,
                    .frames = FRAMES,
                    .first_contrast_frame = 3,
                    .mask_last = 2,
                    .difference = difference,
                    .opacity = opacity,
                    .arrival_ms = times,
                    .peak_ms = times,
                    .transit_ms = times,
                    .washout_ms = times,
                    .mask = mask,
                    .arrival = 99,
                    .spacing_mm = {true, 0.3},
                    .vessels = &vessel,
                    .vessel_count = 1};
    wadi_image run = {.frame_times_ms = frame_times};
    char into[100], path[200];

    (void)state;
    for (int i = 0; i < SIDE; i++) {
        x[i] = i;
        y[i] = 24;
    }
    for (int i = 0; i < COUNT; i++) {
        mask[i] = abs(i / SIDE - 24) < 3;
        opacity[i] = mask[i] ? 0.5f : 0.01f;
        times[i] = mask[i] ? (float)(i % SIDE) : NAN;
        for (int f = 0; f < FRAMES; f++)
            difference[f * COUNT + i] = f > 2 ? opacity[i] : 0;
    }
    for (int f = 0; f < FRAMES; f++)
        frame_times[f] = 33 * f;
    snprintf(into, sizeof into, "%s/run", folder);
    assert_int_equal(wadi_dsa_report(&dsa, &run, "{}", 2, WADI_CINE_PNG, into, NULL), WADI_OK);
    for (size_t n = 0; n < WADI_COUNT_OF(NAMES); n++) {
        snprintf(path, sizeof path, "%s/%s", into, NAMES[n]);
        if (remove(path)) {
            print_error("%s is not there\n", NAMES[n]);
            fail();
        }
    }
    assert_int_equal(rmdir(into), 0);
}

/* ---- moving pictures ---- */

static void draw_frame(const void *data, wadi_index frame, uint8_t *pixels)
{
    const wadi_cine *cine = data;

    size_t count = (size_t)cine->columns * (size_t)cine->rows * (size_t)cine->channels;

    for (size_t i = 0; i < count; i++)
        pixels[i] = (uint8_t)(i * 7 + (size_t)frame * 31 + i * i / 50);
}

static uint32_t u32(const char *bytes)
{
    const unsigned char *b = (const unsigned char *)bytes;

    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* Rows as this writer filters them (none, then up). */
static void check_frame(const wadi_cine *cine, wadi_index frame, const char *packed,
                        uint32_t packed_size)
{
    size_t row = (size_t)cine->columns * (size_t)cine->channels;
    uLongf size = (uLongf)((row + 1) * (size_t)cine->rows);
    uint8_t *raw = malloc(size), *wanted = malloc(row * (size_t)cine->rows);

    assert_int_equal(uncompress(raw, &size, (const Bytef *)packed, packed_size), Z_OK);
    assert_int_equal(size, (row + 1) * (size_t)cine->rows);
    for (size_t r = 0; r < (size_t)cine->rows; r++) {
        uint8_t *line = raw + r * (row + 1);

        for (size_t i = 1; i <= row && line[0] == 2; i++)
            line[i] = (uint8_t)(line[i] + (line - row - 1)[i]);
    }
    draw_frame(cine, frame, wanted);
    for (size_t r = 0; r < (size_t)cine->rows; r++)
        assert_memory_equal(raw + r * (row + 1) + 1, wanted + r * row, row);
    free(raw);
    free(wanted);
}

static void an_animated_png_holds_every_frame_and_opens_as_a_still_one(void **state)
{
    (void)state;
    for (wadi_index channels = 1; channels <= 3; channels += 2) {
        wadi_cine cine = {.columns = 37,
                          .rows = 23,
                          .frames = 5,
                          .channels = channels,
                          .frame_ms = 33.3,
                          .draw = draw_frame};
        wadi_image *first = NULL;
        size_t size = 0;
        uint32_t number = 0;
        wadi_index frames = 0;

        cine.data = &cine;
        assert_int_equal(wadi_cine_write(&cine, in_folder("c.png"), NULL), WADI_OK);
        char *bytes = bytes_of(in_folder("c.png"), &size);

        for (size_t at = 8; at + 12 <= size;) {
            uint32_t length = u32(bytes + at);
            const char *body = bytes + at + 8;

            assert_int_equal(u32(body + length),
                             crc32(0, (const Bytef *)bytes + at + 4, length + 4));
            if (!memcmp(bytes + at + 4, "acTL", 4))
                assert_int_equal(u32(body), 5);
            if (!memcmp(bytes + at + 4, "fcTL", 4)) {
                assert_int_equal(u32(body), number++);
                assert_int_equal(u32(body + 20), 333u << 16 | 10000u);
            }
            if (!memcmp(bytes + at + 4, "IDAT", 4))
                check_frame(&cine, frames++, body, length);
            if (!memcmp(bytes + at + 4, "fdAT", 4)) {
                assert_int_equal(u32(body), number++);
                check_frame(&cine, frames++, body + 4, length - 4);
            }
            at += 12 + length;
        }
        assert_int_equal(frames, 5);
        free(bytes);
        assert_int_equal(wadi_image_read(in_folder("c.png"), &first, NULL), WADI_OK);
        assert_int_equal(first->columns, 37);
        wadi_image_free(first);
    }
}

static void mp4_goes_through_ffmpeg_or_says_that_it_is_not_there(void **state)
{
    char *before = wadi_strdup(getenv("PATH"));
    wadi_cine cine = {
        .columns = 200, .rows = 100, .frames = 40, .channels = 3, .draw = draw_frame};
    wadi_error err = {0};
    char with[300];
    size_t size = 0;

    (void)state;
    cine.data = &cine;
    setenv("PATH", folder, 1);
    assert_int_equal(wadi_cine_write(&cine, in_folder("c.mp4"), &err), WADI_ERR_SUPPORT);
    assert_non_null(strstr(err.message, "ffmpeg"));

    /* One that keeps what it is given, and one that dies at once. */
    static const char *const SCRIPTS[] = {"#!/bin/sh\nfor a; do :; done\ncat >\"${a#file:}\"\n",
                                          "#!/bin/sh\nexit 1\n"};

    snprintf(with, sizeof with, "%s:%s", folder, before);
    setenv("PATH", with, 1);
    for (int s = 0; s < 2; s++) {
        assert_int_equal(
            wadi_file_write(in_folder("ffmpeg"), SCRIPTS[s], strlen(SCRIPTS[s]), NULL),
            WADI_OK);
        chmod(in_folder("ffmpeg"), 0700);
        assert_int_equal(wadi_cine_write(&cine, in_folder("c.mp4"), &err),
                         s ? WADI_ERR_WRITE : WADI_OK);
    }
    setenv("PATH", before, 1);
    free(bytes_of(in_folder("c.mp4"), &size));
    assert_int_equal(size, 200 * 100 * 3 * 40);
    free(before);
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    static const char *const NAMES[] = {"o.svg", "n.svg", "o.png", "a.svg", "a.png", "a.pdf",
                                        "p.svg", "p.pdf", "c.png", "c.mp4", "ffmpeg"};

    (void)state;
    for (size_t n = 0; n < WADI_COUNT_OF(NAMES); n++)
        remove(in_folder(NAMES[n]));
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_steps_of_the_colour_map_look_equal),
        cmocka_unit_test(colours_beyond_the_range_are_those_of_its_ends),
        cmocka_unit_test(an_overlay_keeps_its_words_and_draws_a_scale_only_where_it_is_known),
        cmocka_unit_test(names_aside_stand_beside_the_raster_a_row_apart),
        cmocka_unit_test(an_overlay_as_png_shows_raster_and_line),
        cmocka_unit_test(the_same_picture_is_the_same_file),
        cmocka_unit_test(what_cannot_be_drawn_is_said),
        cmocka_unit_test(a_plot_shows_levels_and_spans_and_parts_at_what_is_unknown),
        cmocka_unit_test(a_page_is_one_page_whatever_is_on_it),
        cmocka_unit_test(an_outline_closes_and_keeps_corner_neighbours_apart),
        cmocka_unit_test(a_subtracted_run_leaves_all_its_pictures),
        cmocka_unit_test(refused_memory_leaves_no_picture),
        cmocka_unit_test(an_animated_png_holds_every_frame_and_opens_as_a_still_one),
        cmocka_unit_test(mp4_goes_through_ffmpeg_or_says_that_it_is_not_there),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
