/* The leg of a CTA phantom: its image, its graph without error (as a perfect trace would give
 * it), its grades. */
#ifndef WADI_CTA_DRAWN_H
#define WADI_CTA_DRAWN_H

#include "image/phantom_cta.h"
#include "near.h"
#include "wadi/image_lesion.h"
#include "wadi/stage.h"

#include <stdlib.h>
#include <string.h>

/* What the programs of tests/verify are asked for: FIRST_SEED SEEDS SPACING_MM SLICE_MM. */
typedef struct drawn_wish {
    int first_seed, seed_count;
    double spacing_mm, slice_mm;
} drawn_wish;

static inline drawn_wish drawn_wish_of(int argc, char **argv, int first_seed, int seed_count)
{
    drawn_wish wish = {first_seed, seed_count, 0.5, 1.0};

    if (argc > 1)
        wish.first_seed = atoi(argv[1]);
    if (argc > 2)
        wish.seed_count = atoi(argv[2]);
    if (argc > 3)
        wish.spacing_mm = atof(argv[3]);
    if (argc > 4)
        wish.slice_mm = atof(argv[4]);
    return wish;
}

static inline cta_scene *drawn_leg(uint64_t seed)
{
    cta_scene *scene = NULL;
    wadi_error err = {0};

    assert_int_equal(phantom_cta_grow(seed, &scene, &err), WADI_OK);
    return scene;
}

/* The whole of a leg, from the knee to the toes. */
static inline wadi_volume *drawn_image(const cta_scene *scene, uint64_t seed, double spacing_mm,
                                       double slice_mm)
{
    wadi_volume *v = NULL;
    wadi_error err = {0};

    assert_int_equal(
        wadi_volume_new((wadi_index)ceil(104 / spacing_mm), (wadi_index)ceil(140 / spacing_mm),
                        (wadi_index)ceil((452 * scene->scale + 106) / slice_mm), &v, &err),
        WADI_OK);
    v->spacing_mm[0] = v->spacing_mm[1] = spacing_mm;
    v->spacing_mm[2] = slice_mm;
    v->origin_mm[0] = (scene->left ? 2 : -2) - 0.5 * (v->columns - 1) * spacing_mm;
    v->origin_mm[1] = -4 - 0.5 * (v->rows - 1) * spacing_mm;
    v->origin_mm[2] = scene->lift - 106 + 0.5 * slice_mm;
    assert_int_equal(phantom_cta_paint(scene, seed, v, &err), WADI_OK);
    return v;
}

/* Infrapopliteal GLASS of the least diseased artery as drawn, with and without calcium. */
static inline int drawn_glass(const cta_scene *scene, const char **target, int *adjusted)
{
    static const char *const ORDER[3] = {"PTA", "ATA", "PER"};
    int grade = 9;

    *adjusted = 9;
    for (int i = 0; i < 3; i++) {
        int with, here = phantom_cta_glass(scene, phantom_cta_tube(scene, ORDER[i]), &with);

        if (here < grade) {
            grade = here;
            *adjusted = with;
            *target = ORDER[i];
        }
    }
    return grade;
}

/* The case fragment of findings, staged. */
static inline void drawn_stage(const wadi_cta *cta, const wadi_cta_findings *findings,
                               wadi_staging *staging)
{
    wadi_complaints complaints = {0};
    wadi_case *the_case = NULL;
    wadi_limb *limb = NULL;
    wadi_error err = {0};
    char *text = NULL;
    size_t size = 0;

    assert_int_equal(wadi_cta_case(cta, findings, false, &text, &size, &err), WADI_OK);
    if (wadi_case_parse("fragment", text, size, &the_case, &complaints, &err))
        print_error("%s\n%s\n", err.message, text);
    assert_non_null(the_case);
    assert_int_equal(complaints.fatal_count, 0);
    assert_int_equal(wadi_limb_from_case(the_case, &limb, &err), WADI_OK);
    assert_int_equal(wadi_stage_case(the_case, limb, NULL, 0, staging, &err), WADI_OK);
    wadi_complaints_clear(&complaints);
    wadi_case_free(the_case);
    wadi_limb_free(limb);
    free(text);
}

static inline wadi_cta_vessel drawn_vessel(const char *name)
{
    static const struct {
        const char *name;
        wadi_cta_vessel vessel;
    } NAMES[] = {{"POP", WADI_CTA_POPLITEAL},        {"TPT", WADI_CTA_TIBIOPERONEAL_TRUNK},
                 {"ATA", WADI_CTA_ANTERIOR_TIBIAL},  {"PTA", WADI_CTA_POSTERIOR_TIBIAL},
                 {"PER", WADI_CTA_PERONEAL},         {"DPA", WADI_CTA_DORSALIS_PEDIS},
                 {"CPA", WADI_CTA_POSTERIOR_TIBIAL}, {"LPA", WADI_CTA_LATERAL_PLANTAR},
                 {"MPA", WADI_CTA_MEDIAL_PLANTAR}};

    for (size_t i = 0; i < WADI_COUNT_OF(NAMES); i++)
        if (!strcmp(NAMES[i].name, name))
            return NAMES[i].vessel;
    return WADI_CTA_UNNAMED;
}

static inline double drawn_arc(const cta_scene *scene, int tube, double along)
{
    double arc = 0;

    for (int c = 0; c < scene->calcium_count; c++)
        if (scene->calcium[c].tube == tube && along >= scene->calcium[c].from &&
            along <= scene->calcium[c].to)
            arc = fmax(arc, scene->calcium[c].half_arc * 360 / WADI_PI);
    return arc;
}

/* What has contrast: a tube up to where nothing more is open below. */
static inline int drawn_count(const cta_scene *scene, int tube)
{
    int last = 0;

    for (int i = 0; i < scene->tubes[tube].count; i++)
        if (scene->tubes[tube].open[i] > 0)
            last = i + 1;
    /* A tube that is closed at its lower end goes on where its child is open. */
    for (int t = 0; t < scene->tube_count; t++)
        if (!scene->tubes[t].vein && scene->tubes[t].parent == tube &&
            scene->tubes[t].open[0] > 0)
            last = scene->tubes[tube].count;
    return last;
}

static inline void drawn_branch(const cta_scene *scene, int tube, int count,
                                wadi_cta_branch *branch)
{
    const cta_tube *t = &scene->tubes[tube];
    size_t n = (size_t)(count + 1) / 2, at = 0;

    branch->count = (wadi_index)n;
    branch->points_mm = wadi_alloc(3 * n, sizeof(double));
    branch->radius_mm = wadi_alloc(n, sizeof(double));
    branch->radius_sd_mm = wadi_alloc(n, sizeof(double));
    branch->hu = wadi_alloc(n, sizeof(double));
    branch->calcium_arc_deg = wadi_alloc(n, sizeof(double));
    branch->calcium_mm2 = wadi_alloc(n, sizeof(double));
    branch->bridged = wadi_alloc(n, 1);
    for (int i = 0; i < count; i += 2, at++) {
        memcpy(branch->points_mm + 3 * at, t->point[i], sizeof t->point[i]);
        branch->bridged[at] = !t->vein && t->open[i] <= 0;
        branch->radius_mm[at] = branch->bridged[at] ? t->full[i] : t->open[i];
        branch->radius_sd_mm[at] = 0.08;
        branch->hu[at] = t->hu;
        branch->calcium_arc_deg[at] = t->vein ? 0 : drawn_arc(scene, tube, t->path[i]);
        branch->length_mm = at ? (double)at * 2 * CTA_STEP_MM : 0;
    }
    branch->kind = t->vein ? WADI_CTA_VEIN : WADI_CTA_ARTERY;
    branch->kind_confidence = 1;
    branch->vessel = drawn_vessel(t->vein ? scene->tubes[t->parent].name : t->name);
}

static inline wadi_cta *drawn_graph(const cta_scene *scene)
{
    wadi_cta *cta = wadi_alloc(1, sizeof *cta);
    wadi_index made[CTA_TUBES];

    cta->branches = wadi_alloc(CTA_TUBES, sizeof *cta->branches);
    cta->nodes = wadi_alloc(3 * CTA_TUBES, sizeof *cta->nodes);
    for (int t = 0; t < scene->tube_count; t++) {
        const cta_tube *tube = &scene->tubes[t];
        int count = tube->vein ? tube->count : drawn_count(scene, t);
        wadi_cta_branch *branch = &cta->branches[cta->branch_count];

        made[t] = WADI_NONE;
        if (count < 8)
            continue;
        made[t] = cta->branch_count++;
        drawn_branch(scene, t, count, branch);
        branch->parent = !tube->vein && tube->parent >= 0 ? made[tube->parent] : WADI_NONE;
        branch->companion = tube->vein ? made[tube->parent] : WADI_NONE;
        branch->nodes[0] = branch->parent != WADI_NONE ? cta->branches[branch->parent].nodes[1]
                                                       : cta->node_count++;
        branch->nodes[1] = cta->node_count++;
    }
    cta->right = !scene->left;
    cta->side_known = true;
    cta->artery_hu = 350;
    cta->vein_hu = 120;
    cta->muscle_hu = 50;
    cta->noise_hu = scene->noise_hu;
    return cta;
}

/* What a trace knows that lost its arteries wherever they are narrowed or closed, with 8 mm on
 * each side: it leads across up to off_mm beside them in x and y, and tells of no calcium. */
static inline void drawn_loosen(const cta_scene *scene, uint64_t seed, double off_mm,
                                wadi_cta *cta)
{
    enum { BESIDE = 16, RAMP = 12 };
    wadi_random random;

    wadi_random_init(&random, seed, 7);
    for (wadi_index b = 0; b < cta->branch_count; b++) {
        wadi_cta_branch *branch = &cta->branches[b];
        uint8_t *lost = wadi_alloc((size_t)branch->count, 1);
        double phase[2] = {cta_between(&random, 0, 2 * WADI_PI),
                           cta_between(&random, 0, 2 * WADI_PI)};
        const cta_tube *tube = NULL;

        for (int t = 0; t < scene->tube_count; t++)
            if (fabs(scene->tubes[t].point[0][0] - branch->points_mm[0]) < 1e-9 &&
                fabs(scene->tubes[t].point[0][1] - branch->points_mm[1]) < 1e-9 &&
                fabs(scene->tubes[t].point[0][2] - branch->points_mm[2]) < 1e-9 &&
                drawn_vessel(scene->tubes[t].name) == branch->vessel)
                tube = &scene->tubes[t];
        for (wadi_index i = 0; i < branch->count && tube && !tube->vein; i++)
            for (wadi_index k = i - BESIDE; k <= i + BESIDE; k++)
                if (k >= 0 && k < branch->count && tube->open[2 * k] < 0.7 * tube->full[2 * k])
                    lost[i] = 1;
        for (wadi_index i = 0; i < branch->count && tube && !tube->vein; i++) {
            double share = 0;

            branch->calcium_arc_deg[i] = 0;
            for (wadi_index k = i - RAMP; k <= i + RAMP; k++)
                share += k >= 0 && k < branch->count && lost[k] ? 1.0 / (2 * RAMP + 1) : 0;
            if (!lost[i])
                continue;
            branch->bridged[i] = 1;
            branch->hu[i] = 0;
            branch->radius_mm[i] = tube->full[2 * i];
            branch->points_mm[3 * i] += off_mm * share * sin(i / 30.0 + phase[0]);
            branch->points_mm[3 * i + 1] += off_mm * share * sin(i / 37.0 + phase[1]);
        }
        free(lost);
    }
}

#endif
