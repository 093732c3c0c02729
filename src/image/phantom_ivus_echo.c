/* Echoes of a made-up vessel: scatterers of random phase, blurred by the beam, their envelope
 * compressed to grey values and converted to a picture. */
#include "phantom_ivus.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Levels in dB against plaque. Blood is 12 dB down (the recipe); the others are ours, such that
 * the order of the layers is the known one: bright intima, dark media, bright adventitia. */
#define BLOOD_DB      (-12.0)
#define INTIMA_DB     2.0
#define MEDIA_DB      (-12.0)
#define ADVENTITIA_DB 8.0
#define AROUND_DB     0.0
#define FLAP_DB       3.0
#define CALCIUM_DB    15.0
#define WIRE_DB       18.0
#define SHADOW_DB     (-32.0)
#define NOISE_DB      (-36.0)
#define LOSS_DB_MM    1.0 /* what the gain over depth leaves uncorrected */
/* Grey = (dB + FLOOR) * GREY_PER_DB: 55 dB of range. */
#define FLOOR_DB    38.0
#define GREY_PER_DB (255.0 / 55.0)
/* Full widths at half height of the pressure, mm. */
#define AXIAL_MM   0.10
#define LATERAL_MM 0.25

#define STEP_MM (ECHO_DEPTH_MM / ECHO_SAMPLES)
#define TURN    (2 * WADI_PI)

typedef struct plane {
    float re[ECHO_LINES * ECHO_SAMPLES], im[ECHO_LINES * ECHO_SAMPLES];
    float work[ECHO_LINES * ECHO_SAMPLES];
    float grey[ECHO_LINES * ECHO_SAMPLES];
} plane;

static double from_db(double db)
{
    return pow(10, db / 20);
}

static double turned(double angle)
{
    angle = fmod(angle, TURN);
    return angle > WADI_PI ? angle - TURN : angle < -WADI_PI ? angle + TURN : angle;
}

/* Level of undisturbed tissue at sample (line, r). */
static double tissue_db(const echo_frame *f, int line, double r)
{
    double lumen = f->lumen[line], eem = f->eem[line], angle = TURN * line / ECHO_LINES;

    if (r < lumen)
        return BLOOD_DB;
    if (r < eem) {
        if (f->flap_back[line] > lumen) {
            if (r < f->flap_back[line])
                return FLAP_DB;
            if (r < f->slit_back[line])
                return BLOOD_DB;
        }
        if (r > eem - f->media[line])
            return MEDIA_DB;
        return r < lumen + 0.08 ? INTIMA_DB : 0;
    }
    double x = r * cos(angle) - f->vein_x, y = r * sin(angle) - f->vein_y;
    double from_vein = sqrt(x * x + y * y) - f->vein_radius;

    if (from_vein < 0)
        return BLOOD_DB;
    if (from_vein < 0.12)
        return INTIMA_DB;
    return AROUND_DB + (ADVENTITIA_DB - AROUND_DB) * exp(-(r - eem) / 0.4);
}

/* What stands in the beam: level of the thing itself, and what is left behind it. */
static double obstacle_db(const echo_frame *f, int line, double r, double level, bool *metal)
{
    double angle = TURN * line / ECHO_LINES;
    const echo_wire *wires[2] = {&f->own, &f->second};

    if (f->calcium.seen) {
        double middle = 0.5 * (f->calcium.from + f->calcium.to);
        double half = 0.5 * (f->calcium.to - f->calcium.from);

        if (fabs(turned(angle - middle)) < half) {
            double front = f->lumen[line] + f->calcium.depth_mm;

            if (r >= front)
                level = r < front + f->calcium.thickness ? CALCIUM_DB : level + SHADOW_DB;
        }
    }
    for (int w = 0; w < 2; w++) {
        if (!wires[w]->seen || fabs(turned(angle - wires[w]->angle)) > 0.5 * wires[w]->shadow)
            continue;
        if (fabs(r - wires[w]->radius) < 0.06) {
            level = WIRE_DB;
            *metal = true;
        }
        if (r > wires[w]->radius + 0.06)
            level += SHADOW_DB;
    }
    return level;
}

static void pair(wadi_random *random, double scale, float *a, float *b)
{
    double size = scale * sqrt(-2 * log(1 - wadi_random_uniform(random)));
    double turn = TURN * wadi_random_uniform(random);

    *a = (float)(size * cos(turn));
    *b = (float)(size * sin(turn));
}

/* Tissue outside the vessel is patchy: slow waves of +-3 dB that differ by pullback. */
static double patch_db(const double phase[4], double r, double angle)
{
    return 1.5 * sin(2.1 * r + phase[0] + 2 * sin(angle + phase[1])) +
           1.5 * sin(3 * angle + phase[2] + 1.3 * r);
}

static void scatter(const echo_frame *f, const double phase[4], wadi_random *random, plane *p)
{
    for (int line = 0; line < ECHO_LINES; line++)
        for (int s = 0; s < ECHO_SAMPLES; s++) {
            int at = line * ECHO_SAMPLES + s;
            double r = (s + 0.5) * STEP_MM, level = tissue_db(f, line, r);

            if (r >= f->eem[line])
                level += patch_db(phase, r, TURN * line / ECHO_LINES);
            bool metal = false;

            level = obstacle_db(f, line, r, level, &metal) - LOSS_DB_MM * (r - 1.5);
            pair(random, r < CATHETER_MM ? 0 : from_db(level), &p->re[at], &p->im[at]);
            if (metal) { /* a smooth mirror: one phase, no speckle */
                p->re[at] = (float)from_db(level);
                p->im[at] = 0;
            }
        }
}

/* Gaussian of unit energy, so that the mean power of an even tissue stays. */
static int taps(double sigma, int limit, float *out)
{
    int reach = (int)ceil(3 * sigma);
    double energy = 0;

    reach = reach > limit ? limit : reach < 1 ? 1 : reach;
    for (int k = -reach; k <= reach; k++)
        energy += exp(-k * k / (sigma * sigma));
    for (int k = -reach; k <= reach; k++)
        out[k + reach] = (float)(exp(-0.5 * k * k / (sigma * sigma)) / sqrt(energy));
    return reach;
}

static void blur_along(const float *in, float *out)
{
    float weight[64];
    int reach = taps(AXIAL_MM / 2.3548 / STEP_MM, 31, weight);

    for (int line = 0; line < ECHO_LINES; line++)
        for (int s = 0; s < ECHO_SAMPLES; s++) {
            float sum = 0;

            for (int k = -reach; k <= reach; k++)
                if (s + k >= 0 && s + k < ECHO_SAMPLES)
                    sum += weight[k + reach] * in[line * ECHO_SAMPLES + s + k];
            out[line * ECHO_SAMPLES + s] = sum;
        }
}

/* The beam is as wide in mm at every depth, so it spans more lines near the catheter. */
static void blur_across(const float *in, float *out)
{
    for (int s = 0; s < ECHO_SAMPLES; s++) {
        float weight[64];
        double r = (s + 0.5) * STEP_MM;
        int reach = taps(fmin(LATERAL_MM / 2.3548 / r * ECHO_LINES / TURN, 10), 31, weight);

        for (int line = 0; line < ECHO_LINES; line++) {
            float sum = 0;

            for (int k = -reach; k <= reach; k++)
                sum +=
                    weight[k + reach] * in[((line + k) & (ECHO_LINES - 1)) * ECHO_SAMPLES + s];
            out[line * ECHO_SAMPLES + s] = sum;
        }
    }
}

/* Bright rings at the catheter's surface that do not change from frame to frame. */
static double ring_down(double r)
{
    double beyond = r - CATHETER_MM;

    if (beyond < 0)
        return beyond > -0.06 ? from_db(14) : 0;
    return from_db(14) * exp(-beyond / 0.035) * (0.75 + 0.25 * cos(TURN * beyond / 0.05));
}

static void compress(wadi_random *random, plane *p)
{
    for (int line = 0; line < ECHO_LINES; line++)
        for (int s = 0; s < ECHO_SAMPLES; s++) {
            int at = line * ECHO_SAMPLES + s;
            float a, b;
            double ring = ring_down((s + 0.5) * STEP_MM), power, grey;

            pair(random, from_db(NOISE_DB), &a, &b);
            a += p->re[at] + (float)ring;
            b += p->im[at];
            /* A pair has power 2 at level 0. */
            power = 0.5 * ((double)a * a + (double)b * b);
            grey = (10 * log10(power + 1e-9) + FLOOR_DB) * GREY_PER_DB;
            p->grey[at] = (float)(grey < 0 ? 0 : grey > 255 ? 255 : grey);
        }
}

static void convert(const echo_frame *f, const plane *p, uint8_t *pixels)
{
    for (int row = 0; row < ECHO_PIXELS; row++)
        for (int column = 0; column < ECHO_PIXELS; column++) {
            double x = (column - f->centre_x) * ECHO_PIXEL_MM;
            double y = (row - f->centre_y) * ECHO_PIXEL_MM;
            double s = sqrt(x * x + y * y) / STEP_MM - 0.5;
            double line = (atan2(y, x) / TURN + 1) * ECHO_LINES;
            int s0 = (int)floor(s), l0 = (int)floor(line);
            double fs = s - s0, fl = line - l0, value;
            uint8_t *to = &pixels[row * ECHO_PIXELS + column];

            if (s0 + 1 >= ECHO_SAMPLES) {
                *to = 0;
                continue;
            }
            if (s0 < 0) {
                s0 = 0;
                fs = 0;
            }
            const float *a = &p->grey[(l0 & (ECHO_LINES - 1)) * ECHO_SAMPLES + s0];
            const float *b = &p->grey[((l0 + 1) & (ECHO_LINES - 1)) * ECHO_SAMPLES + s0];

            value =
                (1 - fl) * ((1 - fs) * a[0] + fs * a[1]) + fl * ((1 - fs) * b[0] + fs * b[1]);
            *to = (uint8_t)(value + 0.5);
        }
}

wadi_status echo_draw(const echo_frame *frame, uint64_t seed, wadi_index index, uint8_t *pixels,
                      wadi_error *err)
{
    plane *p = wadi_alloc(1, sizeof *p);
    wadi_random random;
    double phase[4];

    if (!p)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the echoes of a frame");
    wadi_random_init(&random, seed, 1); /* the same patches in every frame */
    for (int k = 0; k < 4; k++)
        phase[k] = TURN * wadi_random_uniform(&random);
    wadi_random_init(&random, seed, 2 + (uint64_t)index);
    scatter(frame, phase, &random, p);
    blur_along(p->re, p->work);
    blur_across(p->work, p->re);
    blur_along(p->im, p->work);
    blur_across(p->work, p->im);
    compress(&random, p);
    convert(frame, p, pixels);
    free(p);
    return WADI_OK;
}
