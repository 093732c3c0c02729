/* Disease of the CTA phantom: what each crural artery suffers, and its grades.
 *
 * What an image decides near a limit is chance. So lengths, shares and calibres are drawn away
 * from the limits of GLASS (30 mm, thirds of the vessel) and J-BTK (2.0 mm, 200 mm). */
#include "phantom_cta.h"

#include <string.h>

static const char *const CRURAL[3] = {"ATA", "PTA", "PER"};
/* How far from a limit. */
static const double CLEAR_MM = 14, CLEAR_UNSEEN_MM = 40;

static bool near(double value, double limit, double clear)
{
    return fabs(value - limit) < clear;
}

/* Length of an occlusion within what fits, off the limits. */
static double draw_length(wadi_random *random, double least, double most, double vessel)
{
    for (int tries = 0; tries < 200; tries++) {
        double length = cta_between(random, least, most);

        if (!near(length, 200, CLEAR_MM) && !near(length, vessel / 3, CLEAR_MM))
            return length;
    }
    return least;
}

static void draw_fate(wadi_random *random, double vessel, double dice, cta_fate *fate)
{
    /* The share of the vessel that lies above; drawn radius at mid-vessel, off 1 mm. */
    bool small = wadi_random_uniform(random) < 0.3;

    *fate = (cta_fate){
        .kind = dice < 0.28   ? CTA_HEALTHY
                : dice < 0.48 ? CTA_STENOSED
                : dice < 0.78 ? CTA_OCCLUDED
                : dice < 0.89 ? CTA_OCCLUDED_AT_ORIGIN
                              : CTA_NO_OUTFLOW,
        .radius = small ? cta_between(random, 0.74, 0.8) : cta_between(random, 1.35, 1.65),
        .blunt = wadi_random_uniform(random) < 0.5,
        .entry_calcified = wadi_random_uniform(random) < 0.4,
    };
    double most = fmin(300, 0.8 * vessel), where = wadi_random_uniform(random);

    switch (fate->kind) {
    case CTA_HEALTHY:
        break;
    case CTA_STENOSED:
        fate->length = where < 0.5 ? cta_between(random, 10, 22) : cta_between(random, 40, 75);
        fate->stenosis = cta_between(random, 0.6, 0.75);
        fate->from_share = cta_between(random, 0.2, 0.6);
        break;
    case CTA_OCCLUDED:
        fate->length = draw_length(random, 50, fmin(most, vessel - 75), vessel);
        fate->from_share = (25 + where * (vessel - 65 - fate->length)) / vessel;
        break;
    case CTA_OCCLUDED_AT_ORIGIN:
        fate->length = draw_length(random, 50, fmin(most, vessel - 60), vessel);
        break;
    case CTA_NO_OUTFLOW:
        for (int tries = 0; tries < 200; tries++) {
            fate->length = cta_between(random, vessel / 3 + CLEAR_UNSEEN_MM, most);
            if (!near(fate->length, 200, CLEAR_UNSEEN_MM))
                break;
        }
        fate->from_share = 1 - fate->length / vessel;
        break;
    }
    /* Calcium in four grades of the case file, a vessel's at a time. */
    fate->severity = (cta_severity)(4 * wadi_random_uniform(random));
}

void phantom_cta_fates(wadi_random *random, const double length[3], cta_fate fates[3])
{
    int sick = (int)(3 * wadi_random_uniform(random));

    /* One artery at least is occluded, one at least lets the tree be followed to the foot. */
    for (int c = 0; c < 3; c++) {
        double dice = wadi_random_uniform(random);

        if (c == sick)
            dice = 0.48 + 0.52 * dice;
        else if (c == (sick + 1) % 3)
            dice *= 0.78;
        draw_fate(random, length[c], dice, &fates[c]);
    }
}

static int sample_at(const cta_tube *tube, double at_mm)
{
    int i = (int)lrint(at_mm / CTA_STEP_MM);

    return i < 0 ? 0 : i >= tube->count ? tube->count - 1 : i;
}

static void add_calcium(wadi_random *random, cta_scene *scene, int tube, double from, double to,
                        double arc_least, double arc_most)
{
    if (scene->calcium_count == CTA_CALCIUM || to - from < 0.5)
        return;
    scene->calcium[scene->calcium_count++] = (cta_calcium){
        .tube = tube,
        .from = from,
        .to = to,
        .angle = cta_between(random, 0, 2 * WADI_PI),
        .half_arc = cta_between(random, arc_least, arc_most) * WADI_PI / 360,
        .thickness = cta_between(random, 0.3, 1.0),
        .hu = cta_between(random, 600, 2000),
    };
}

/* Where a plaque may not lie because an entry there is drawn free of calcium; 0 when it may. */
static double blocked_to(const cta_scene *scene, int tube, double from, double to)
{
    for (int l = 0; l < scene->lesion_count; l++) {
        const cta_lesion *lesion = &scene->lesions[l];

        if (lesion->tube == tube && lesion->occlusion && to > lesion->from - 14 &&
            from < lesion->from + 14)
            return lesion->from + 14.5;
    }
    return 0;
}

/* Plaques until the wanted length is reached, somewhere along the vessel. */
static void strew(wadi_random *random, cta_scene *scene, int tube, double total,
                  double arc_least, double arc_most)
{
    double length = scene->tubes[tube].path[scene->tubes[tube].count - 1], at = 18,
           left = total;
    double free = length - 75 - total;

    while (left > 0.5 && at < length - 12) {
        double piece = fmin(left, cta_between(random, 5, 22));
        double skip = fmax(0, free) * cta_between(random, 0.05, 0.3), blocked;

        at += skip;
        free -= skip;
        blocked = blocked_to(scene, tube, at, at + piece);
        at = blocked > 0 ? blocked : at;
        piece = fmin(piece, length - 8 - at);
        add_calcium(random, scene, tube, at, at + piece, arc_least, arc_most);
        at += piece;
        left -= piece;
    }
}

/* Mild: short arcs under half of the wall. Moderate: longer ones, or more of the wall. Severe:
 * more than half of the wall over more than 50 mm, as in GLASS and PACSS 4. */
static void calcify(wadi_random *random, cta_scene *scene, int tube, cta_severity severity)
{
    if (severity == CTA_MILD)
        strew(random, scene, tube, cta_between(random, 10, 28), 60, 140);
    else if (severity == CTA_MODERATE)
        strew(random, scene, tube, cta_between(random, 65, 100), 60, 140);
    else if (severity == CTA_SEVERE)
        strew(random, scene, tube, cta_between(random, 85, 130), 215, 270);
    scene->severity[tube] = severity;
}

static void narrow(cta_tube *tube, double from, double to, double share)
{
    /* Ramps of 3 mm; from and to are where half of the narrowing is reached. */
    for (int i = 0; i < tube->count; i++) {
        double in = cta_smooth((tube->path[i] - from + 1.5) / 3) *
                    cta_smooth((to + 1.5 - tube->path[i]) / 3);

        tube->open[i] *= 1 - share * in;
    }
}

static void close_off(cta_tube *tube, double from, double to, bool blunt)
{
    for (int i = 0; i < tube->count; i++) {
        double before = from - tube->path[i];

        if (before <= 0 && tube->path[i] <= to)
            tube->open[i] = 0;
        else if (!blunt && before > 0 && before < 10)
            tube->open[i] *= 0.4 + 0.6 * before / 10;
    }
}

static void close_below(cta_scene *scene, int parent)
{
    for (int t = 0; t < scene->tube_count; t++)
        if (!scene->tubes[t].vein && scene->tubes[t].parent == parent) {
            memset(scene->tubes[t].open, 0,
                   (size_t)scene->tubes[t].count * sizeof *scene->tubes[t].open);
            close_below(scene, t);
        }
}

static void occlude(wadi_random *random, cta_scene *scene, int index, const cta_fate *fate)
{
    cta_tube *tube = &scene->tubes[index];
    double length = tube->path[tube->count - 1];
    double from = fate->from_share * length, to = fmin(from + fate->length, length);
    cta_lesion *lesion = &scene->lesions[scene->lesion_count++];

    if (fate->kind == CTA_NO_OUTFLOW) {
        to = length;
        from = length - fate->length;
    }
    /* A closed origin has no stump of its own. */
    *lesion = (cta_lesion){.tube = index,
                           .occlusion = true,
                           .from = from,
                           .to = to,
                           .blunt = fate->blunt || from <= 0,
                           .entry_calcified = fate->entry_calcified,
                           .outflow = fate->kind != CTA_NO_OUTFLOW,
                           .reference = 2 * tube->full[sample_at(tube, from)]};
    close_off(tube, from, to, lesion->blunt);
    if (fate->kind == CTA_NO_OUTFLOW)
        close_below(scene, index);
    if (fate->entry_calcified) {
        add_calcium(random, scene, index, fmax(0, from - 2.5), from + 6, 200, 270);
        scene->calcium[scene->calcium_count - 1].thickness = cta_between(random, 0.6, 1.0);
        scene->calcium[scene->calcium_count - 1].hu = cta_between(random, 900, 2000);
    }
}

void phantom_cta_apply(wadi_random *random, cta_scene *scene, const cta_fate fates[3])
{
    for (int c = 0; c < 3; c++) {
        int index = phantom_cta_tube(scene, CRURAL[c]);
        cta_tube *tube = &scene->tubes[index];
        const cta_fate *fate = &fates[c];
        int before = scene->calcium_count;

        if (fate->kind == CTA_STENOSED) {
            double from = fate->from_share * tube->path[tube->count - 1];

            scene->lesions[scene->lesion_count++] =
                (cta_lesion){.tube = index,
                             .from = from,
                             .to = from + fate->length,
                             .stenosis = fate->stenosis,
                             .reference = 2 * tube->full[sample_at(tube, from)]};
            narrow(tube, from, from + fate->length, fate->stenosis);
        } else if (fate->kind != CTA_HEALTHY) {
            occlude(random, scene, index, fate);
        }
        /* A plaque at the entry is calcium too. */
        calcify(random, scene, index,
                fate->severity == CTA_NONE && scene->calcium_count > before ? CTA_MILD
                                                                            : fate->severity);
    }
}

int phantom_cta_glass(const cta_scene *scene, int tube, int *adjusted)
{
    double vessel = scene->tubes[tube].path[scene->tubes[tube].count - 1];
    double diseased = 0, occluded = 0;
    bool origin = false;
    int grade = 0;

    for (int l = 0; l < scene->lesion_count; l++) {
        const cta_lesion *lesion = &scene->lesions[l];

        if (lesion->tube != tube)
            continue;
        diseased += lesion->to - lesion->from;
        occluded += lesion->occlusion ? lesion->to - lesion->from : 0;
        origin = origin || (lesion->occlusion && lesion->from <= 5);
    }
    if (occluded > vessel / 3 || diseased > vessel * 2 / 3)
        grade = 4;
    else if (diseased > vessel / 3 || (occluded > 0 && (occluded >= 30 || origin)))
        grade = 3;
    else if (diseased >= 30 || occluded > 0)
        grade = 2;
    else if (diseased > 0)
        grade = 1;
    *adjusted = grade + (scene->severity[tube] == CTA_SEVERE && grade < 4);
    return grade;
}

int phantom_cta_jbtk(const cta_lesion *lesion)
{
    return lesion->blunt + lesion->entry_calcified + (lesion->reference < 2) +
           (lesion->to - lesion->from > 200) + 2 * !lesion->outflow;
}
