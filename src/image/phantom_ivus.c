/* A made-up pullback through a tibial artery: what the catheter passes, and the truth of it. */
#include "phantom_ivus.h"
#include "phantom_truth.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TURN            (2 * WADI_PI)
#define FRAME_MS        (1000.0 / 30)
#define WALL_MM         0.23 /* least wall between lumen and outer membrane, true lumen */
#define THIN_MM         0.06 /* what covers a false lumen on the outer side */
#define FLAP_MM         0.13
#define MEDIA_MM        0.15
#define TIP_TO_IMAGE_MM 8.0 /* AnteOwl WR: the image is made this far behind the tip */

/* A slow wave along the pullback: mean, and two sines of s in 0..1. */
typedef struct wave {
    double mean, size[2], phase[2];
} wave;

typedef struct world {
    double speed_mm_s;
    wave radius, narrow, eccentric, side, place, place_side, roll;
    double shape2, shape3, turn2, turn3;
    double stenosis_at, stenosis_depth;
    double false_from, false_to, false_side, flap_mm, slit_mm, outer_mm;
    double calcium_from, calcium_to, calcium_width, calcium_depth;
    double wire_from, wire_to, wire_turn;
    double vein_side, vein_radius, vein_gap;
    double shadow[2];
    double centre[2];
} world;

static double between(wadi_random *random, double least, double most)
{
    return least + (most - least) * wadi_random_uniform(random);
}

static wave make_wave(wadi_random *random, double mean, double size)
{
    wave out = {.mean = mean};

    for (int k = 0; k < 2; k++) {
        out.size[k] = size * between(random, 0.3, 1) / (k + 1);
        out.phase[k] = between(random, 0, TURN);
    }
    return out;
}

static double at(const wave *w, double s)
{
    return w->mean + w->size[0] * sin(0.8 * TURN * s + w->phase[0]) +
           w->size[1] * sin(1.7 * TURN * s + w->phase[1]);
}

static void make_world(wadi_random *random, world *out)
{
    static const double SPEEDS[4] = {3, 4.5, 6, 9};
    double from;

    out->speed_mm_s = SPEEDS[(int)between(random, 0, 3.999)];
    out->radius = make_wave(random, between(random, 1.45, 1.95), 0.08);
    out->narrow = make_wave(random, between(random, 0.70, 0.82), 0.04);
    out->eccentric = make_wave(random, between(random, 0.2, 0.8), 0.15);
    out->side = make_wave(random, between(random, 0, TURN), 0.5);
    out->place = make_wave(random, between(random, 0.2, 0.7), 0.2);
    out->place_side = make_wave(random, between(random, 0, TURN), 0.8);
    out->roll = make_wave(random, between(random, 0, TURN), 0.3);
    out->shape2 = between(random, 0, 0.07);
    out->shape3 = between(random, 0, 0.02);
    out->turn2 = between(random, 0, TURN);
    out->turn3 = between(random, 0, TURN);
    out->stenosis_at = between(random, 0.1, 0.35);
    out->stenosis_depth = between(random, 0.05, 0.25);
    from = between(random, 0.42, 0.62);
    out->false_from = from;
    out->false_to = from + between(random, 0.2, 0.32);
    out->false_side = between(random, 0, TURN);
    out->flap_mm = between(random, 0.82, 1.0);
    out->slit_mm = between(random, 0.3, 0.55);
    out->outer_mm = between(random, 0.8, 0.95);
    from = between(random, 0.05, 0.2);
    out->calcium_from = from;
    out->calcium_to = from + between(random, 0.12, 0.22);
    out->calcium_width = between(random, 60, 200) * WADI_PI / 180;
    out->calcium_depth = between(random, 0.02, 0.3);
    from = between(random, 0.25, 0.6);
    out->wire_from = from;
    out->wire_to = from + between(random, 0.2, 0.4);
    out->wire_turn = between(random, 70, 290) * WADI_PI / 180;
    out->vein_side = between(random, 0, TURN);
    out->vein_radius = between(random, 0.6, 1.2);
    out->vein_gap = between(random, 0.35, 0.8);
    for (int k = 0; k < 2; k++) {
        out->shadow[k] = between(random, 10, 15) * WADI_PI / 180;
        out->centre[k] = 0.5 * (ECHO_PIXELS - 1) + between(random, -5, 5);
    }
}

typedef struct outline {
    double x, y, radius, shape2, shape3, turn2, turn3;
} outline;

/* How far a ray from the catheter goes until it leaves an outline it starts in. */
static double leave(const outline *o, double angle)
{
    double low = 0, high = 8;

    for (int k = 0; k < 45; k++) {
        double r = 0.5 * (low + high), x = r * cos(angle) - o->x, y = r * sin(angle) - o->y;
        double about = atan2(y, x);
        double border = o->radius * (1 + o->shape2 * cos(2 * (about - o->turn2)) +
                                     o->shape3 * cos(3 * (about - o->turn3)));

        if (x * x + y * y < border * border)
            low = r;
        else
            high = r;
    }
    return low;
}

static void true_lumen(const world *w, double s, double jitter, echo_frame *f)
{
    double off = (s - w->stenosis_at) / 0.09, radius = at(&w->radius, s);
    double share = at(&w->narrow, s) - w->stenosis_depth * exp(-0.5 * off * off);
    double lumen = fmax(radius * share, 0.98), room, eccentric;
    outline inner = {.radius = lumen,
                     .shape2 = 0.7 * w->shape2,
                     .shape3 = w->shape3,
                     .turn2 = w->turn2 + 0.4,
                     .turn3 = w->turn3 + 1};
    outline outer = {.radius = radius,
                     .shape2 = w->shape2,
                     .shape3 = w->shape3,
                     .turn2 = w->turn2,
                     .turn3 = w->turn3};

    /* The catheter and its wire must have room in the lumen. */
    room = fmax(lumen * (1 - 0.7 * w->shape2 - w->shape3) - 0.80, 0);
    inner.x = fmin(fmax(at(&w->place, s), 0), 1) * room * cos(at(&w->place_side, s)) + jitter;
    inner.y = fmin(fmax(at(&w->place, s), 0), 1) * room * sin(at(&w->place_side, s));
    eccentric = fmin(fmax(at(&w->eccentric, s), 0), 1) *
                fmax(radius * (1 - w->shape2) - lumen * (1 + w->shape2) - WALL_MM, 0);
    outer.x = inner.x + eccentric * cos(at(&w->side, s));
    outer.y = inner.y + eccentric * sin(at(&w->side, s));
    for (int line = 0; line < ECHO_LINES; line++) {
        double angle = TURN * line / ECHO_LINES;

        f->eem[line] = leave(&outer, angle);
        f->lumen[line] = fmin(leave(&inner, angle), f->eem[line] - WALL_MM);
        f->media[line] = MEDIA_MM;
        f->flap_back[line] = f->slit_back[line] = 0;
    }
    f->vein_x = outer.x;
    f->vein_y = outer.y;
}

/* The crescent between the outer membrane and a flap that bulges towards the catheter; behind
 * the flap what is left of the true lumen. */
static void false_lumen(const world *w, double s, double jitter, echo_frame *f)
{
    double radius = fmax(at(&w->radius, s), 1.65), bulge = 1.5 * radius;
    double side = w->false_side + 0.5 * (s - w->false_from), toward = radius - w->outer_mm;
    outline outer = {.x = -toward * cos(side) + jitter,
                     .y = -toward * sin(side),
                     .radius = radius,
                     .shape2 = 0.5 * w->shape2,
                     .shape3 = 0.5 * w->shape3,
                     .turn2 = w->turn2,
                     .turn3 = w->turn3};
    double away = w->flap_mm + bulge;

    f->false_lumen = true;
    for (int line = 0; line < ECHO_LINES; line++) {
        double angle = TURN * line / ECHO_LINES, along = -away * cos(angle - side);
        double square = along * along - away * away + bulge * bulge, eem = leave(&outer, angle);
        double flap = along > 0 && square > 0 ? along - sqrt(square) : 99;

        f->eem[line] = eem;
        f->lumen[line] = fmin(flap, eem - THIN_MM);
        f->media[line] = f->flap_back[line] = f->slit_back[line] = 0;
        if (flap < eem - THIN_MM) {
            double turn = (angle - side) - WADI_PI;
            double slit = w->slit_mm * (1.3 - 1.3 * pow(sin(0.5 * turn) / 0.45, 2));
            double back = f->lumen[line] + FLAP_MM;

            f->media[line] = fmin(MEDIA_MM, 0.4 * (eem - f->lumen[line]));
            if (slit > 0 && back + 0.1 < eem - MEDIA_MM - 0.15) {
                f->flap_back[line] = back;
                f->slit_back[line] = fmin(back + slit, eem - MEDIA_MM - 0.15);
            }
        }
    }
    f->vein_x = outer.x;
    f->vein_y = outer.y;
}

static void place_calcium(const world *w, double s, echo_frame *f)
{
    double thickest = 0, least = INFINITY, ramp, middle = 0;

    if (f->false_lumen || s < w->calcium_from || s > w->calcium_to)
        return;
    for (int line = 0; line < ECHO_LINES; line++)
        if (f->eem[line] - f->lumen[line] > thickest) {
            thickest = f->eem[line] - f->lumen[line];
            middle = TURN * line / ECHO_LINES;
        }
    ramp = fmin(1, 8 * fmin(s - w->calcium_from, w->calcium_to - s) /
                       (w->calcium_to - w->calcium_from));
    f->calcium = (echo_arc){.seen = true,
                            .from = middle - 0.5 * ramp * w->calcium_width,
                            .to = middle + 0.5 * ramp * w->calcium_width,
                            .thickness = 0.12};
    for (int line = 0; line < ECHO_LINES; line++) {
        double turn = fmod(TURN * line / ECHO_LINES - middle + 3 * WADI_PI, TURN) - WADI_PI;

        if (fabs(turn) < 0.5 * ramp * w->calcium_width)
            least = fmin(least, f->eem[line] - f->lumen[line]);
    }
    f->calcium.depth_mm = fmax(fmin(w->calcium_depth, least - MEDIA_MM - 0.05), 0);
    f->calcium.seen = ramp * w->calcium_width > 0.2;
}

static void place_wires(const world *w, double s, echo_frame *f)
{
    f->own = (echo_wire){true, at(&w->roll, s), WIRE_MM, w->shadow[0]};
    if (s < w->wire_from || s > w->wire_to)
        return;
    f->second.angle = f->own.angle + w->wire_turn;
    f->second.shadow = w->shadow[1];
    double turns = f->second.angle / TURN;
    double lumen = f->lumen[(int)(ECHO_LINES * (turns - floor(turns))) % ECHO_LINES];

    f->second.radius = 0.6 * lumen + 0.25;
    f->second.seen = f->second.radius < lumen - 0.15;
}

static void make_frame(const world *w, double s, double seconds, echo_frame *f)
{
    double jitter = 0.06 * sin(TURN * 1.1 * seconds);

    memset(f, 0, sizeof *f);
    if (s >= w->false_from && s < w->false_to)
        false_lumen(w, s, jitter, f);
    else
        true_lumen(w, s, jitter, f);
    place_calcium(w, s, f);
    place_wires(w, s, f);
    double beside = at(&w->radius, s) * 1.08 + w->vein_gap + w->vein_radius;

    f->vein_x += beside * cos(w->vein_side);
    f->vein_y += beside * sin(w->vein_side);
    f->vein_radius = w->vein_radius;
    f->centre_x = w->centre[0];
    f->centre_y = w->centre[1];
}

/* ---- the truth ---- */

static double tidy(double value)
{
    return round(value * 1e4) / 1e4;
}

static double degrees(double angle)
{
    double turns = angle / TURN;

    return tidy(360 * (turns - floor(turns)));
}

static json_t *border_json(const double *radius)
{
    json_t *points = json_array();
    double x[ECHO_LINES], y[ECHO_LINES];
    wadi_ivus_size size = {0};

    for (int line = 0; line < ECHO_LINES; line++) {
        x[line] = tidy(radius[line] * cos(TURN * line / ECHO_LINES));
        y[line] = tidy(radius[line] * sin(TURN * line / ECHO_LINES));
        json_array_append_new(points, json_pack("[f,f]", x[line], y[line]));
    }
    if (wadi_ivus_measure(ECHO_LINES, x, y, &size, NULL))
        size.area_mm2 = NAN;
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "area_mm2",
                     wadi_json_number(tidy(size.area_mm2)), "equal_area_mm",
                     wadi_json_number(tidy(size.equal_area_mm)), "least_mm",
                     wadi_json_number(tidy(size.least_mm)), "greatest_mm",
                     wadi_json_number(tidy(size.greatest_mm)), "mean_mm",
                     wadi_json_number(tidy(size.mean_mm)), "contour_mm", points);
}

static json_t *wire_json(const echo_wire *wire)
{
    if (!wire->seen)
        return json_null();
    return json_pack("{s:f, s:f, s:f}", "angle_deg", degrees(wire->angle), "radius_mm",
                     tidy(wire->radius), "shadow_deg", degrees(wire->shadow));
}

static json_t *frame_json(const echo_frame *f, wadi_index index, double seconds, double speed)
{
    json_t *calcium = json_array();

    if (f->calcium.seen)
        json_array_append_new(calcium,
                              json_pack("{s:f, s:f, s:f}", "from_deg", degrees(f->calcium.from),
                                        "arc_deg", degrees(f->calcium.to - f->calcium.from),
                                        "depth_mm", tidy(f->calcium.depth_mm)));
    return json_pack("{s:i, s:f, s:f, s:s, s:o, s:o, s:o, s:o, s:o}", "frame", (int)index,
                     "time_ms", tidy(seconds * 1000), "position_mm", tidy(seconds * speed),
                     "lumen_kind", f->false_lumen ? "false" : "true", "lumen",
                     border_json(f->lumen), "eem", border_json(f->eem), "calcium", calcium,
                     "wire", wire_json(&f->own), "second_wire", wire_json(&f->second));
}

static wadi_status write_truth(const world *w, uint64_t seed, json_t *frames,
                               const char *directory, wadi_error *err)
{
    json_t *truth = phantom_truth_new("ivus", seed);

    json_object_update_new(
        truth, json_pack("{s:f, s:f, s:f, s:f, s:f, s:[f,f], s:O}", "speed_mm_s", w->speed_mm_s,
                         "frame_time_ms", tidy(FRAME_MS), "pixel_mm", ECHO_PIXEL_MM, "depth_mm",
                         ECHO_DEPTH_MM, "tip_to_transducer_mm", TIP_TO_IMAGE_MM, "centre_px",
                         tidy(w->centre[0]), tidy(w->centre[1]), "frames", frames));
    return phantom_truth_write(truth, directory, err);
}

static wadi_status write_picture(const world *w, uint64_t seed, wadi_index frames,
                                 uint8_t *samples, double *times, const char *directory,
                                 wadi_error *err)
{
    char path[4096];
    wadi_image image = {.sample = WADI_U8,
                        .frames = frames,
                        .rows = ECHO_PIXELS,
                        .columns = ECHO_PIXELS,
                        .channels = 1,
                        .bits = 8,
                        .samples = samples,
                        .slope = 1,
                        .modality = "IVUS",
                        .frame_times_ms = times,
                        .row_mm = {true, ECHO_PIXEL_MM},
                        .column_mm = {true, ECHO_PIXEL_MM},
                        .pullback_mm_s = {true, w->speed_mm_s}};

    snprintf(path, sizeof path, "%s/ivus.dcm", directory);
    return wadi_dicom_write(path, &image, seed * 8 + 7, err);
}

wadi_status wadi_phantom_ivus(uint64_t seed, wadi_index frames, const char *directory,
                              wadi_error *err)
{
    wadi_status status;
    world w;
    wadi_random random;
    json_t *list = NULL;
    uint8_t *samples = NULL;
    double *times = NULL;
    echo_frame *made = NULL;

    if (frames < 1 || frames > 2000)
        return wadi_fail(err, WADI_ERR_RANGE, "%d frames are wanted: 1 to 2000 can be made",
                         frames);
    status = wadi_directory_make(directory, err);
    if (status)
        return status;
    list = json_array();
    samples = wadi_alloc((size_t)frames * ECHO_PIXELS * ECHO_PIXELS, 1);
    times = wadi_alloc((size_t)frames, sizeof *times);
    made = wadi_alloc((size_t)frames, sizeof *made);
    if (!list || !samples || !times || !made) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for %d frames", frames);
        goto done;
    }
    wadi_random_init(&random, seed, 0);
    make_world(&random, &w);
    for (wadi_index i = 0; i < frames; i++) {
        times[i] = i * FRAME_MS;
        make_frame(&w, frames > 1 ? i / (frames - 1.0) : 0.4, times[i] / 1000, &made[i]);
        json_array_append_new(list, frame_json(&made[i], i, times[i] / 1000, w.speed_mm_s));
    }
#pragma omp parallel for schedule(dynamic)
    for (wadi_index i = 0; i < frames; i++) {
        wadi_status one =
            echo_draw(&made[i], seed, i, samples + (size_t)i * ECHO_PIXELS * ECHO_PIXELS, NULL);

        if (one)
#pragma omp atomic write
            status = one;
    }
    if (status)
        status = wadi_fail(err, status, "no memory for the echoes of a frame");
    if (!status)
        status = write_picture(&w, seed, frames, samples, times, directory, err);
    if (!status)
        status = write_truth(&w, seed, list, directory, err);
done:
    json_decref(list);
    free(samples);
    free(times);
    free(made);
    return status;
}
