/* A calf with a posterior tibial artery and a vein beside it, seen in two injections. */
#include "cone.h"
#include "filter.h"
#include "phantom_truth.h"
#include "wadi/image_phantom.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    COLUMNS = 512,
    ROWS = 768,
    FRAMES = 20,
    SAMPLES = 1401,
    BRANCHES = 2,
    VESSELS = 2 + BRANCHES
};

#define SOURCE_AXIS_MM     750.0
#define SOURCE_DETECTOR_MM 1100.0
#define PIXEL_MM           0.3
#define FRAME_MS           160.0
#define IODINE_PER_MM                                                                          \
    0.12 /* optical depth of a mm of injected contrast, about 300 mgI/mL halved */
#define GLARE_FRAC  0.08
#define PHOTONS     4000.0 /* per pixel of the open beam, per frame */
#define FULL_SCALE  4000.0 /* grey value of the open beam; 12 bits */
#define TABLE_SD_MM 0.5    /* along each axis, in each view; both runs of a view share it */

typedef struct tube {
    const char *name, *label;
    int count;
    double point[SAMPLES][3], radius[SAMPLES], path_mm[SAMPLES];
} tube;

typedef struct scene {
    tube vessels[VESSELS]; /* artery, vein, side branches of the artery */
    double gap_mm[SAMPLES];
    int crossing;
    double stenosis_frac, stenosis_at_mm, stenosis_sd_mm; /* of the diameter; 0: none */
    double leg[3], tibia[3], fibula[3]; /* x, y, radius of upright cylinders */
    double primary_deg[2], secondary_deg[2], primary_error[2], secondary_error[2];
    double run_offset[3];     /* the foot between the two injections, mm */
    double table_error[2][3]; /* the table between what it says and where it is, by view, mm */
    double motion_mm;
    double artery_speed, vein_speed; /* mm/s */
} scene;

static double between(wadi_random *random, double least, double most)
{
    return least + (most - least) * wadi_random_uniform(random);
}

static double normal(wadi_random *random)
{
    double u = wadi_random_uniform(random);

    return wadi_normal_quantile(u < 1e-12 ? 1e-12 : u);
}

static void measure_paths(tube *vessel)
{
    for (int i = 1; i < vessel->count; i++)
        vessel->path_mm[i] = vessel->path_mm[i - 1] +
                             sqrt(pow(vessel->point[i][0] - vessel->point[i - 1][0], 2) +
                                  pow(vessel->point[i][1] - vessel->point[i - 1][1], 2) +
                                  pow(vessel->point[i][2] - vessel->point[i - 1][2], 2));
}

/* The artery winds down from z = 68 to -68 mm; the vein goes round it at a changing distance
 * whose least value is the crossing. */
static void grow_main(wadi_random *random, scene *world)
{
    tube *artery = &world->vessels[0], *vein = &world->vessels[1];
    double wave[4], phase[4], turn = between(random, 0, 2 * WADI_PI);
    double turning = between(random, -0.012, 0.012), radius = between(random, 1.2, 1.7);
    double width = between(random, 1.2, 1.8), nearest = between(random, 0.3, 0.7);
    double dip = between(random, 2.0, 4.0), reach = between(random, 25, 45);
    double base = between(random, 0.8, 1.6);

    for (int k = 0; k < 4; k++) {
        wave[k] = between(random, 0.8, 2.5);
        phase[k] = between(random, 0, 2 * WADI_PI);
    }
    *artery = (tube){.name = "PTA", .label = "artery", .count = SAMPLES};
    *vein = (tube){.name = "PTV", .label = "vein", .count = SAMPLES};
    for (int i = 0; i < SAMPLES; i++) {
        double share = i / (SAMPLES - 1.0), z = 68 - 136 * share, distance, angle;
        double off = (share - nearest) * 136 / reach;

        artery->point[i][0] =
            8 + wave[0] * sin(z / 22 + phase[0]) + wave[1] * sin(z / 45 + phase[1]);
        artery->point[i][1] =
            6 + wave[2] * sin(z / 25 + phase[2]) + wave[3] * sin(z / 50 + phase[3]);
        artery->point[i][2] = z;
        artery->radius[i] = radius * (1.1 - 0.25 * share);
        vein->radius[i] = artery->radius[i] * width;
        /* Walls are base to base + dip apart: 1 to 5 mm. */
        distance =
            artery->radius[i] + vein->radius[i] + base + dip * (1 - exp(-0.5 * off * off));
        angle = turn + turning * z;
        vein->point[i][0] = artery->point[i][0] + distance * cos(angle);
        vein->point[i][1] = artery->point[i][1] + distance * sin(angle);
        vein->point[i][2] = z;
    }
    measure_paths(artery);
    measure_paths(vein);
}

/* Narrows the artery about one place, away from the ends, by a smooth dent. The vein keeps its
 * way, so that the gap grows there. */
static void narrow_artery(wadi_random *random, scene *world)
{
    tube *artery = &world->vessels[0];
    double whole = artery->path_mm[artery->count - 1];

    world->stenosis_frac = between(random, 0.4, 0.75);
    world->stenosis_at_mm = between(random, 0.25, 0.75) * whole;
    world->stenosis_sd_mm = between(random, 2.5, 5);
    for (int i = 0; i < artery->count; i++) {
        double off = (artery->path_mm[i] - world->stenosis_at_mm) / world->stenosis_sd_mm;

        artery->radius[i] *= 1 - world->stenosis_frac * exp(-0.5 * off * off);
    }
}

static void grow_branches(wadi_random *random, scene *world)
{
    for (int b = 0; b < BRANCHES; b++) {
        tube *branch = &world->vessels[2 + b];
        const tube *artery = &world->vessels[0];
        int from = (int)between(random, 0.25 * SAMPLES, 0.75 * SAMPLES);
        double angle = between(random, 0, 2 * WADI_PI), bend = between(random, -0.04, 0.04);

        *branch = (tube){.name = "branch", .label = "artery", .count = 150};
        branch->path_mm[0] = artery->path_mm[from];
        for (int i = 0; i < branch->count; i++) {
            double along = 0.1 * i, turned = angle + bend * along;

            branch->point[i][0] = artery->point[from][0] + along * cos(turned);
            branch->point[i][1] = artery->point[from][1] + along * sin(turned);
            branch->point[i][2] = artery->point[from][2] - 0.8 * along;
            /* Murray: a side branch of 0.45 takes a tenth of the flow. */
            branch->radius[i] = 0.45 * artery->radius[from];
        }
        measure_paths(branch);
        branch->path_mm[0] = artery->path_mm[from];
        for (int i = 1; i < branch->count; i++)
            branch->path_mm[i] += artery->path_mm[from];
    }
}

static void measure_gap(scene *world)
{
    const tube *artery = &world->vessels[0], *vein = &world->vessels[1];
    double least = INFINITY;

    for (int i = 0; i < artery->count; i++) {
        double nearest = INFINITY, radius = 0;

        for (int j = i - 150 < 0 ? 0 : i - 150; j < vein->count && j < i + 150; j++) {
            double sum = 0;

            for (int k = 0; k < 3; k++)
                sum += pow(artery->point[i][k] - vein->point[j][k], 2);
            if (sum < nearest) {
                nearest = sum;
                radius = vein->radius[j];
            }
        }
        /* From lumen edge to lumen edge, as in the case file. */
        world->gap_mm[i] = sqrt(nearest) - artery->radius[i] - radius;
        /* The ends are no place to cross: wire and needle need 10 mm of vessel. */
        if (artery->path_mm[i] > 10 &&
            artery->path_mm[i] < artery->path_mm[artery->count - 1] - 10 &&
            world->gap_mm[i] < least) {
            least = world->gap_mm[i];
            world->crossing = i;
        }
    }
}

static void make_scene(const wadi_phantom_options *options, wadi_random *random, scene *world)
{
    double apart = between(random, 60, 90);

    grow_main(random, world);
    grow_branches(random, world);
    if (options->disease) {
        wadi_random own;

        wadi_random_init(&own, options->seed, 101);
        narrow_artery(&own, world);
    }
    measure_gap(world);
    world->leg[2] = between(random, 42, 50);
    world->tibia[0] = between(random, -14, -8);
    world->tibia[1] = between(random, -14, -8);
    world->tibia[2] = between(random, 10, 12);
    world->fibula[0] = between(random, -26, -20);
    world->fibula[1] = between(random, 12, 18);
    world->fibula[2] = between(random, 4, 6);
    world->primary_deg[0] = between(random, -45, -15);
    world->primary_deg[1] =
        world->primary_deg[0] + (options->apart_deg.known ? options->apart_deg.value : apart);
    for (int v = 0; v < 2; v++) {
        world->secondary_deg[v] = between(random, -8, 8);
        world->primary_error[v] = 0.7 * normal(random);
        world->secondary_error[v] = 0.7 * normal(random);
    }
    for (int k = 0; k < 3; k++)
        world->run_offset[k] = between(random, -0.8, 0.8);
    world->motion_mm = between(random, 0, 1.5);
    world->artery_speed = between(random, 100, 300);
    world->vein_speed = between(random, 110, 160);
}

/* Length of a ray inside an upright cylinder. */
static double chord(const double *from, const double *direction, const double *cylinder)
{
    double dx = from[0] - cylinder[0], dy = from[1] - cylinder[1];
    double a = direction[0] * direction[0] + direction[1] * direction[1];
    double b = dx * direction[0] + dy * direction[1];
    double c = dx * dx + dy * dy - cylinder[2] * cylinder[2], square = b * b - a * c;

    return square > 0 ? 2 * sqrt(square) / a : 0;
}

/* Optical depth of what does not change: tissue, bone with its cortex and some texture.
 * Attenuation at about 60 keV effective: tissue 0.02, cortex 0.06, marrow 0.025 per mm. */
static void draw_ground(const scene *world, const cone_view *view, const double *offset,
                        const double *texture, float *out)
{
    double source[3], moved_x, moved_y;

    for (int k = 0; k < 3; k++)
        source[k] = view->source[k] - offset[k];
    cone_project(view, offset, &moved_x, &moved_y); /* the texture goes with the foot */
#pragma omp parallel for schedule(static)
    for (wadi_index r = 0; r < ROWS; r++) {
        for (wadi_index c = 0; c < COLUMNS; c++) {
            double ray[3], total;
            double tibia[3] = {world->tibia[0], world->tibia[1], world->tibia[2]};
            double inner[3] = {tibia[0], tibia[1], 0.65 * tibia[2]}, thin[3];

            cone_ray(view, c, r, ray);
            double z = source[2] + 750 * ray[2];

            tibia[2] *= 1 + 0.03 * sin(z / 9 + texture[0]);
            inner[2] *= 1 + 0.06 * sin(z / 5 + texture[1]);
            memcpy(thin, world->fibula, sizeof thin);
            thin[2] *= 0.55;
            total = 0.02 * chord(source, ray, world->leg) + 0.04 * chord(source, ray, tibia) -
                    0.035 * chord(source, ray, inner) +
                    0.04 * chord(source, ray, world->fibula) - 0.035 * chord(source, ray, thin);
            out[(size_t)r * COLUMNS + (size_t)c] =
                (float)(total + 0.02 * sin((c - moved_x) / 7 + texture[2]) *
                                    sin((r - moved_y) / 11 + texture[3]));
        }
    }
}

/* Thickness of a tube under each pixel, and how far along its path that is. Where tubes of one
 * run cross, the thicker one's path counts. */
static void draw_tube(const tube *vessel, const cone_view *view, const double *offset,
                      float *thickness, float *path)
{
    float *nearest = malloc((size_t)COLUMNS * ROWS * sizeof *nearest);

    WADI_ASSERT(nearest);
    for (size_t i = 0; i < (size_t)COLUMNS * ROWS; i++)
        nearest[i] = INFINITY;
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < vessel->count; i++) {
            double point[3], x, y, tangent[3], size = 0;
            int a = i ? i - 1 : i, b = i + 1 < vessel->count ? i + 1 : i;

            for (int k = 0; k < 3; k++) {
                point[k] = vessel->point[i][k] + offset[k];
                tangent[k] = vessel->point[b][k] - vessel->point[a][k];
                size += tangent[k] * tangent[k];
            }
            double depth = cone_project(view, point, &x, &y);
            double pixel = depth / view->scale, reach = vessel->radius[i] / pixel;
            double lean = cone_dot(tangent, view->beam) / sqrt(size);
            double longer = 1 / sqrt(1 - lean * lean > 0.05 ? 1 - lean * lean : 0.05);

            for (int r = (int)(y - reach - 1); r <= (int)(y + reach + 2); r++)
                for (int c = (int)(x - reach - 1); c <= (int)(x + reach + 2); c++) {
                    size_t at = (size_t)r * COLUMNS + (size_t)c;
                    /* Rounded as it is stored: else half of the pixels never meet their own
                     * least. */
                    float square = (float)((c - x) * (c - x) + (r - y) * (r - y));

                    if (r < 0 || c < 0 || r >= ROWS || c >= COLUMNS || square > reach * reach)
                        continue;
                    if (pass == 0) {
                        nearest[at] = square < nearest[at] ? square : nearest[at];
                    } else if (square <= nearest[at]) {
                        float here = (float)(2 * pixel * sqrt(reach * reach - square) * longer);

                        nearest[at] = -1; /* taken */
                        if (here > thickness[at])
                            path[at] = (float)vessel->path_mm[i];
                        thickness[at] = here > thickness[at] ? here : thickness[at];
                    }
                }
        }
    }
    free(nearest);
}

/* Share of the injected density at a time after arrival: gamma variate with its peak at 1 s
 * (arteries; a hand injection into a vein lasts). */
static double bolus(double seconds, bool venous)
{
    double t = seconds / (venous ? 1.2 : 0.8);

    if (t <= 0)
        return 0;
    if (venous && t > 1)
        return 1;
    return t * t * exp(2 * (1 - t));
}

typedef struct plates {
    float *ground, *thickness, *path, *catheter, *log, *light, *glare;
} plates;

/* A place on the catheter's axis, `away` mm beyond the vessel's end. */
static void catheter_point(const scene *world, bool venous, double away, double *point)
{
    const tube *vessel = &world->vessels[venous];
    const double *end = vessel->point[venous ? vessel->count - 1 : 0];

    point[0] = end[0] + 0.02 * away * away;
    point[1] = end[1];
    point[2] = end[2] + (venous ? -away : away);
}

static void add_catheter(const scene *world, const cone_view *view, const double *offset,
                         bool venous, plates *p)
{
    tube *catheter = wadi_alloc(1, sizeof *catheter);
    float *unused = wadi_alloc((size_t)COLUMNS * ROWS, sizeof *unused);

    WADI_ASSERT(catheter && unused);
    /* 7 F into the artery from above, 5 F (1.67 mm) into the vein from below. */
    catheter->count = 200;
    for (int i = 0; i < catheter->count; i++) {
        catheter_point(world, venous, 0.1 * i + 0.5, catheter->point[i]);
        catheter->radius[i] = (venous ? 5 : 7) / 6.0;
    }
    memset(p->catheter, 0, (size_t)COLUMNS * ROWS * sizeof *p->catheter);
    draw_tube(catheter, view, offset, p->catheter, unused);
    free(catheter);
    free(unused);
}

static void expose(const scene *world, const plates *p, double seconds, bool venous,
                   const double *shift, wadi_random *random, uint16_t *out)
{
    double speed = venous ? world->vein_speed : world->artery_speed;
    const tube *vessel = &world->vessels[venous];
    double whole = vessel->path_mm[vessel->count - 1], start = 0.8;

    for (size_t i = 0; i < (size_t)COLUMNS * ROWS; i++) {
        double depth = p->ground[i] + 0.25 * p->catheter[i];

        if (p->thickness[i] > 0) {
            double along = venous ? whole - p->path[i] : p->path[i];

            depth += IODINE_PER_MM * p->thickness[i] *
                     bolus(seconds - start - along / speed, venous);
        }
        p->log[i] = (float)depth;
    }
    for (wadi_index r = 0; r < ROWS; r++)
        for (wadi_index c = 0; c < COLUMNS; c++)
            p->light[(size_t)r * COLUMNS + (size_t)c] = expf(-filter_between(
                p->log, COLUMNS, ROWS, (float)(c - shift[0]), (float)(r - shift[1])));
    if (!filter_blur(COLUMNS, ROWS, 0.6, p->light, p->light) ||
        !filter_blur(COLUMNS, ROWS, 25, p->light, p->glare))
        return;
    for (size_t i = 0; i < (size_t)COLUMNS * ROWS; i++) {
        double light = (1 - GLARE_FRAC) * p->light[i] + GLARE_FRAC * p->glare[i];
        double counts = light * PHOTONS, value;

        counts += sqrt(counts) * normal(random); /* Poisson; counts are in the hundreds */
        value = counts / PHOTONS * FULL_SCALE + 2 * normal(random);
        out[i] = (uint16_t)(value < 0 ? 0 : value > 4095 ? 4095 : value + 0.5);
    }
}

static wadi_status make_run(const scene *world, int view_index, bool venous, int frames,
                            wadi_random *random, plates *p, uint16_t *samples,
                            double times[FRAMES], const char *directory, uint64_t seed,
                            wadi_error *err)
{
    cone_view view;
    double offset[3], texture[4] = {1.1 + view_index, 0.3, 2.2 + view_index, 0.7}, drift[2],
                      pixel;
    char path[4096];
    wadi_image image = {.sample = WADI_U16,
                        .frames = frames,
                        .rows = ROWS,
                        .columns = COLUMNS,
                        .channels = 1,
                        .bits = 12,
                        .samples = samples,
                        .slope = 1,
                        .modality = "XA",
                        .intensity = "LIN"};

    for (int k = 0; k < 3; k++)
        offset[k] = world->table_error[view_index][k] + (venous ? world->run_offset[k] : 0);
    cone_view_init(&view, world->primary_deg[view_index] + world->primary_error[view_index],
                   world->secondary_deg[view_index] + world->secondary_error[view_index],
                   SOURCE_AXIS_MM, SOURCE_DETECTOR_MM, PIXEL_MM, COLUMNS, ROWS);
    draw_ground(world, &view, offset, texture, p->ground);
    memset(p->thickness, 0, (size_t)COLUMNS * ROWS * sizeof *p->thickness);
    memset(p->path, 0, (size_t)COLUMNS * ROWS * sizeof *p->path);
    for (int v = 0; v < VESSELS; v++)
        if ((v == 1) == venous)
            draw_tube(&world->vessels[v], &view, offset, p->thickness, p->path);
    add_catheter(world, &view, offset, venous, p);
    pixel = PIXEL_MM * SOURCE_AXIS_MM / SOURCE_DETECTOR_MM;
    for (int k = 0; k < 2; k++)
        drift[k] = world->motion_mm / pixel * (wadi_random_uniform(random) - 0.5);
    for (int f = 0; f < frames; f++) {
        double swing = sin(2 * WADI_PI * f / 13.0),
               shift[2] = {drift[0] * swing, drift[1] * swing};

        times[f] = f * FRAME_MS;
        expose(world, p, times[f] / 1000, venous, shift, random,
               samples + (size_t)f * COLUMNS * ROWS);
    }
    image.frame_times_ms = times;
    image.imager_row_mm = image.imager_column_mm = (wadi_maybe){true, PIXEL_MM};
    image.source_detector_mm = (wadi_maybe){true, SOURCE_DETECTOR_MM};
    image.source_patient_mm = (wadi_maybe){true, SOURCE_AXIS_MM};
    image.primary_deg = (wadi_maybe){true, round(10 * world->primary_deg[view_index]) / 10};
    image.secondary_deg = (wadi_maybe){true, round(10 * world->secondary_deg[view_index]) / 10};
    snprintf(path, sizeof path, "%s/%s_%d.dcm", directory, venous ? "venous" : "arterial",
             view_index + 1);
    return wadi_dicom_write(path, &image, seed * 8 + (uint64_t)view_index * 2 + venous, err);
}

static double tidy(double value)
{
    return round(value * 1e4) / 1e4;
}

static json_t *triple_json(const double *values)
{
    return json_pack("[f,f,f]", tidy(values[0]), tidy(values[1]), tidy(values[2]));
}

static json_t *tube_json(const tube *vessel)
{
    json_t *out = json_object(), *points = json_array();

    json_object_set_new(out, "name", json_string(vessel->name));
    json_object_set_new(out, "label", json_string(vessel->label));
    for (int i = 0; i < vessel->count; i += 10)
        json_array_append_new(
            points, json_pack("[f,f,f,f]", tidy(vessel->point[i][0]), tidy(vessel->point[i][1]),
                              tidy(vessel->point[i][2]), tidy(vessel->radius[i])));
    json_object_set_new(out, "points_x_y_z_radius_mm", points);
    return out;
}

static json_t *lesions_json(const scene *world)
{
    json_t *out = json_array();
    double reach = 2 * world->stenosis_sd_mm;

    if (world->stenosis_frac > 0)
        json_array_append_new(
            out, json_pack("{s:s, s:s, s:f, s:f, s:f, s:f}", "vessel", "PTA", "kind",
                           "stenosis", "at_mm", tidy(world->stenosis_at_mm), "from_mm",
                           tidy(world->stenosis_at_mm - reach), "to_mm",
                           tidy(world->stenosis_at_mm + reach), "stenosis_percent",
                           tidy(100 * world->stenosis_frac)));
    return out;
}

/* Where a catheter of known size is seen, 5 mm beyond the vessel's end, and the true size of a
 * pixel at its depth. */
static json_t *catheter_json(const scene *world, int v, bool venous)
{
    cone_view view;
    double point[3], x, y, depth;

    cone_view_init(&view, world->primary_deg[v] + world->primary_error[v],
                   world->secondary_deg[v] + world->secondary_error[v], SOURCE_AXIS_MM,
                   SOURCE_DETECTOR_MM, PIXEL_MM, COLUMNS, ROWS);
    catheter_point(world, venous, 5, point);
    for (int k = 0; k < 3; k++)
        point[k] += world->table_error[v][k] + (venous ? world->run_offset[k] : 0);
    depth = cone_project(&view, point, &x, &y);
    return json_pack("{s:i, s:s, s:f, s:f, s:f, s:f}", "view", v + 1, "run",
                     venous ? "venous" : "arterial", "french", venous ? 5.0 : 7.0, "x_px",
                     tidy(x), "y_px", tidy(y), "spacing_mm", depth / view.scale);
}

static wadi_status write_truth(const scene *world, const wadi_phantom_options *options,
                               const char *directory, wadi_error *err)
{
    json_t *truth = phantom_truth_new("dsa", options->seed), *lines = json_array(),
           *gap = json_array(), *views = json_array(), *catheters = json_array();
    const tube *artery = &world->vessels[0];

    for (int v = 0; v < VESSELS; v++)
        json_array_append_new(lines, tube_json(&world->vessels[v]));
    for (int i = 0; i < artery->count; i += 10)
        json_array_append_new(gap, json_pack("{s:f, s:f}", "from_origin_mm",
                                             tidy(artery->path_mm[i]), "gap_mm",
                                             tidy(world->gap_mm[i])));
    for (int v = 0; v < 2 * options->views; v++)
        json_array_append_new(catheters, catheter_json(world, v / 2, v % 2));
    for (int v = 0; v < options->views; v++)
        json_array_append_new(views,
                              json_pack("{s:f, s:f, s:f, s:f, s:o}", "primary_deg",
                                        tidy(world->primary_deg[v]), "secondary_deg",
                                        tidy(world->secondary_deg[v]), "primary_error_deg",
                                        tidy(world->primary_error[v]), "secondary_error_deg",
                                        tidy(world->secondary_error[v]), "table_error_mm",
                                        triple_json(world->table_error[v])));
    json_object_set_new(truth, "centrelines", lines);
    json_object_set_new(truth, "lesions", lesions_json(world));
    json_object_set_new(truth, "catheters", catheters);
    json_object_set_new(truth, "gap_profile", gap);
    json_object_set_new(truth, "crossing",
                        json_pack("{s:f, s:f}", "from_origin_mm",
                                  tidy(artery->path_mm[world->crossing]), "gap_mm",
                                  tidy(world->gap_mm[world->crossing])));
    json_object_set_new(truth, "views", views);
    json_object_set_new(truth, "between_runs_mm", triple_json(world->run_offset));
    json_object_set_new(truth, "motion_mm", wadi_json_number(tidy(world->motion_mm)));
    return phantom_truth_write(truth, directory, err);
}

wadi_status wadi_phantom_dsa(const wadi_phantom_options *options, const char *directory,
                             wadi_error *err)
{
    enum { PIXELS = COLUMNS * ROWS };
    wadi_status status =
        options->frames && (options->frames < 3 || options->frames > FRAMES)
            ? wadi_fail(err, WADI_ERR_RANGE, "%d frames: 3 to %d are drawn of a run",
                        options->frames, FRAMES)
            : wadi_directory_make(directory, err);
    scene *world = wadi_alloc(1, sizeof *world);
    float *block = wadi_alloc(7 * (size_t)PIXELS, sizeof *block);
    uint16_t *samples = wadi_alloc((size_t)PIXELS * FRAMES, sizeof *samples);
    double times[FRAMES];
    wadi_random random;

    if (!status && (!world || !block || !samples))
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for the phantom");
    if (status)
        goto done;
    plates p = {block,
                block + PIXELS,
                block + 2 * (size_t)PIXELS,
                block + 3 * (size_t)PIXELS,
                block + 4 * (size_t)PIXELS,
                block + 5 * (size_t)PIXELS,
                block + 6 * (size_t)PIXELS};

    wadi_random_init(&random, options->seed, 0);
    make_scene(options, &random, world);
    /* Of a stream of its own, so that what a seed looks like does not depend on it. */
    wadi_random_init(&random, options->seed, 100);
    for (int v = 0; v < 2; v++)
        for (int k = 0; k < 3; k++)
            world->table_error[v][k] = TABLE_SD_MM * normal(&random);
    for (int view = 0; view < options->views && !status; view++)
        for (int venous = 0; venous < 2 && !status; venous++) {
            wadi_random_init(&random, options->seed, (uint64_t)(1 + 2 * view + venous));
            status = make_run(world, view, venous, options->frames ? options->frames : FRAMES,
                              &random, &p, samples, times, directory, options->seed, err);
        }
    if (!status)
        status = write_truth(world, options, directory, err);
done:
    free(world);
    free(block);
    free(samples);
    return status;
}
