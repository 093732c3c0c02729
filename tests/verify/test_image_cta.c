/* Vessels of CT phantoms against what was drawn: centrelines, radii, labels, occlusions. */
#include "cta_drawn.h"

#include <stdio.h>
#include <time.h>

static drawn_wish wish;

typedef struct tally {
    double hit, miss;    /* of drawn points */
    double right, wrong; /* of found points */
    double away;         /* sum of distances of found points that match */
} tally;

typedef struct score {
    tally artery, closed, vein;                  /* open arteries, occluded ones, veins */
    double radius_sum, radius_abs, radius_count; /* above 1.5 mm, away from calcium and ends */
    double small_sum, small_abs, small_count;
    double kind_right, kind_count;
    double name_right, name_count;
    double dice_both, dice_all, bone_both, bone_all, art_both, art_all;
    double occlusion_worst, occlusion_off, occlusion_count, occlusion_good;
    double seconds, wall;
} score;

static double gap(const double *a, const double *b)
{
    return sqrt(pow(a[0] - b[0], 2) + pow(a[1] - b[1], 2) + pow(a[2] - b[2], 2));
}

static bool inside(const wadi_volume *v, const double *p)
{
    const wadi_index n[3] = {v->columns, v->rows, v->slices};

    for (int k = 0; k < 3; k++) {
        double x = (p[k] - v->origin_mm[k]) / v->spacing_mm[k];

        if (x < 1 || x > n[k] - 2)
            return false;
    }
    return true;
}

/* Nearest drawn sample; distance to the polyline there. */
static double nearest(const cta_scene *scene, const double *p, int *tube, int *at)
{
    double best = 1e30;

    *tube = *at = -1;
    for (int t = 0; t < scene->tube_count; t++) {
        const cta_tube *one = &scene->tubes[t];

        for (int i = 0; i < one->count;) {
            double far = gap(p, one->point[i]);

            if (far < best) {
                best = far;
                *tube = t;
                *at = i;
            }
            /* Samples are 0.25 mm apart: none within the next ones can be nearer. */
            int jump = (int)((far - best) / CTA_STEP_MM);

            i += jump > 1 ? jump : 1;
        }
    }
    const cta_tube *one = &scene->tubes[*tube];

    for (int i = *at > 0 ? *at - 1 : 0; i <= *at && i + 1 < one->count; i++) {
        double u[3], w[3], uu = 0, uw = 0, far = 0;

        for (int k = 0; k < 3; k++) {
            u[k] = one->point[i + 1][k] - one->point[i][k];
            w[k] = p[k] - one->point[i][k];
            uu += u[k] * u[k];
            uw += u[k] * w[k];
        }
        double t = fmin(fmax(uw / uu, 0), 1);

        for (int k = 0; k < 3; k++)
            far += pow(w[k] - t * u[k], 2);
        best = fmin(best, sqrt(far));
    }
    return best;
}

static bool has_calcium(const cta_scene *scene, int tube, double path)
{
    for (int c = 0; c < scene->calcium_count; c++)
        if (scene->calcium[c].tube == tube && path > scene->calcium[c].from - 1 &&
            path < scene->calcium[c].to + 1)
            return true;
    return false;
}

static const char *short_name(wadi_cta_vessel vessel)
{
    switch (vessel) {
    case WADI_CTA_POPLITEAL:
        return "POP";
    case WADI_CTA_ANTERIOR_TIBIAL:
        return "ATA";
    case WADI_CTA_TIBIOPERONEAL_TRUNK:
        return "TPT";
    case WADI_CTA_POSTERIOR_TIBIAL:
        return "PTA";
    case WADI_CTA_PERONEAL:
        return "PER";
    case WADI_CTA_DORSALIS_PEDIS:
        return "DPA";
    case WADI_CTA_MEDIAL_PLANTAR:
        return "MPA";
    case WADI_CTA_LATERAL_PLANTAR:
        return "LPA";
    default:
        return "?";
    }
}

static void score_found(const cta_scene *scene, const wadi_cta *cta, const wadi_volume *v,
                        double *bridged_mm, score *s)
{
    double off_by_tube[CTA_TUBES] = {0}, n_by_tube[CTA_TUBES] = {0},
           miss_by_tube[CTA_TUBES] = {0}, m_by_tube[CTA_TUBES] = {0};

    for (wadi_index b = 0; b < cta->branch_count; b++) {
        const wadi_cta_branch *branch = &cta->branches[b];
        double wrong = 0;
        int tubes[CTA_TUBES] = {0};

        for (wadi_index i = 0; i < branch->count; i++) {
            const double *p = branch->points_mm + 3 * i;
            int tube, at;
            double far = nearest(scene, p, &tube, &at);
            const cta_tube *truth = &scene->tubes[tube];
            bool open = truth->open[at] > 0, vein = branch->kind == WADI_CTA_VEIN;
            tally *t = vein ? &s->vein : branch->bridged[i] ? &s->closed : &s->artery;

            if (branch->bridged[i] && !vein)
                for (int c = 0; c < scene->tube_count; c++)
                    if (!strcmp(scene->tubes[c].name, short_name(branch->vessel)))
                        bridged_mm[c] += branch->length_mm / (branch->count - 1);
            if (far > (branch->bridged[i] ? 3.0 : fmax(truth->full[at], 1.0))) {
                t->wrong++;
                wrong++;
                continue;
            }
            t->right++;
            tubes[tube]++;
            t->away += far;
            off_by_tube[tube] += far;
            n_by_tube[tube]++;
            if (branch->bridged[i])
                continue;
            s->kind_count++;
            s->kind_right += vein == truth->vein;
            if (!vein && !truth->vein && strcmp(truth->name, "CPA")) {
                s->name_count++;
                s->name_right += !strcmp(truth->name, short_name(branch->vessel));
            }
            if (!open || at < 8 || at > truth->count - 9 ||
                has_calcium(scene, tube, truth->path[at]))
                continue;
            double miss = branch->radius_mm[i] - truth->open[at];

            miss_by_tube[tube] += miss;
            m_by_tube[tube]++;

            if (truth->open[at] > 1.5) {
                s->radius_sum += miss;
                s->radius_abs += fabs(miss);
                s->radius_count++;
            } else {
                s->small_sum += miss;
                s->small_abs += fabs(miss);
                s->small_count++;
            }
        }
        if (getenv("CTA_VERBOSE")) {
            int best = 0;
            for (int t = 1; t < scene->tube_count; t++)
                if (tubes[t] > tubes[best])
                    best = t;
            printf("  branch %2d parent %2d %-6s %-22s %6.1f mm r %.2f hu %.0f wrong %.0f%% "
                   "truth %s %d/%d  z %.0f..%.0f reasons %x\n",
                   b, branch->parent,
                   branch->kind == WADI_CTA_VEIN     ? "vein"
                   : branch->kind == WADI_CTA_ARTERY ? "artery"
                                                     : "vessel",
                   wadi_cta_vessel_name(branch->vessel), branch->length_mm,
                   branch->radius_mm[branch->count / 2], branch->hu[branch->count / 2],
                   100.0 * wrong / branch->count, scene->tubes[best].name, tubes[best],
                   branch->count, branch->points_mm[2],
                   branch->points_mm[3 * branch->count - 1], branch->reasons);
        }
    }
    (void)v;
    if (getenv("CTA_VERBOSE"))
        for (int t = 0; t < scene->tube_count; t++) {
            double closed = 0;
            for (int i = 0; i < scene->tubes[t].count; i++)
                closed += scene->tubes[t].open[i] <= 0;
            printf("  truth %-5s %6.1f mm closed %5.1f r %.2f mean off %.2f radius %+.2f z "
                   "%.0f..%.0f\n",
                   scene->tubes[t].name, scene->tubes[t].path[scene->tubes[t].count - 1],
                   closed * CTA_STEP_MM, scene->tubes[t].full[scene->tubes[t].count / 2],
                   off_by_tube[t] / fmax(n_by_tube[t], 1),
                   miss_by_tube[t] / fmax(m_by_tube[t], 1), scene->tubes[t].point[0][2],
                   scene->tubes[t].point[scene->tubes[t].count - 1][2]);
        }
}

static void score_drawn(const cta_scene *scene, const wadi_cta *cta, const wadi_volume *v,
                        score *s)
{
    for (int t = 0; t < scene->tube_count; t++) {
        double miss_here = 0, all_here = 0;
        int missing = -1;

        for (int i = 0; i < scene->tubes[t].count; i += 2) {
            const cta_tube *truth = &scene->tubes[t];
            double best = 1e30;

            if (!inside(v, truth->point[i]))
                continue;
            for (wadi_index b = 0; b < cta->branch_count && best > 0.3; b++) {
                const wadi_cta_branch *branch = &cta->branches[b];

                for (wadi_index j = 0; j < branch->count;) {
                    double far = gap(truth->point[i], branch->points_mm + 3 * j);
                    int jump = (int)((far - best) / 0.55);

                    best = fmin(best, far);
                    j += jump > 1 ? jump : 1;
                }
            }
            bool open = truth->open[i] > 0;
            tally *of = truth->vein ? &s->vein : open ? &s->artery : &s->closed;

            all_here++;
            bool hit = best <= (open ? fmax(truth->full[i], 1.0) : 3.0);

            if (hit)
                of->hit++;
            else
                of->miss++, miss_here++;
            if (getenv("CTA_VERBOSE") && missing >= 0 && (hit || i + 2 >= truth->count) &&
                truth->path[i] - truth->path[missing] > 4)
                printf("  missed %-5s %5.1f mm from %5.1f z %.0f..%.0f r %.2f open %.2f\n",
                       truth->name, truth->path[i] - truth->path[missing], truth->path[missing],
                       truth->point[missing][2], truth->point[i][2], truth->full[missing],
                       truth->open[missing]);
            missing = hit ? -1 : missing < 0 ? i : missing;
        }
        if (getenv("CTA_VERBOSE"))
            printf("  drawn %-5s missed %.1f of %.1f mm\n", scene->tubes[t].name,
                   miss_here * 0.5, all_here * 0.5);
    }
}

static void score_labels(const cta_scene *scene, const wadi_cta *cta, wadi_volume *v, score *s)
{
    wadi_error err = {0};
    size_t count = (size_t)v->columns * (size_t)v->rows * (size_t)v->slices;

    assert_int_equal(phantom_cta_label(scene, v, &err), WADI_OK);
    for (size_t i = 0; i < count; i++) {
        int truth = (int)v->values[i], found = cta->labels[i];
        bool a = truth == 1 || truth == 2, b = found == 1 || found == 2 || found == 5;

        s->dice_both += a && b;
        s->dice_all += a + b;
        s->art_both += truth == 1 && found == 1;
        s->art_all += (truth == 1) + (found == 1);
        if (a || b) {
            /* Near bone: within 2 mm in the slice. */
            int reach = (int)(2 / wish.spacing_mm);
            bool near = false;

            for (int k = -reach; k <= reach && !near; k++) {
                ptrdiff_t x = (ptrdiff_t)i + k, y = (ptrdiff_t)i + (ptrdiff_t)k * v->columns;

                near = (x >= 0 && x < (ptrdiff_t)count && v->values[x] == 3) ||
                       (y >= 0 && y < (ptrdiff_t)count && v->values[y] == 3);
            }
            s->bone_both += near && a && b;
            s->bone_all += near ? a + b : 0;
        }
    }
}

static double overlap(const tally *t)
{
    return (t->hit / 2 + t->right / 2) / fmax((t->hit + t->miss + t->right + t->wrong) / 2, 1);
}

static double clock_s(clockid_t id)
{
    struct timespec now;

    clock_gettime(id, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void one_seed(uint64_t seed, score *s)
{
    cta_scene *scene = drawn_leg(seed);
    wadi_volume *v = drawn_image(scene, seed, wish.spacing_mm, wish.slice_mm);
    wadi_error err = {0};
    wadi_cta *cta = NULL;
    wadi_cta_options options = wadi_cta_options_default();
    double bridged[CTA_TUBES] = {0};
    double start = clock_s(CLOCK_PROCESS_CPUTIME_ID), wall = clock_s(CLOCK_MONOTONIC);

    if (wadi_cta_run(v, &options, &cta, &err)) {
        print_error("%s\n", err.message);
        fail();
    }
    s->seconds += clock_s(CLOCK_PROCESS_CPUTIME_ID) - start;
    s->wall += clock_s(CLOCK_MONOTONIC) - wall;
    if (getenv("CTA_VERBOSE"))
        printf("  levels: artery %.0f (%.0f) vein %.0f (%.0f) muscle %.0f (%.0f) noise %.0f "
               "(%.0f) blur %.2f\n",
               cta->artery_hu, scene->tubes[0].hu, cta->vein_hu,
               scene->tubes[scene->tube_count - 1].hu, cta->muscle_hu, scene->muscle_hu,
               cta->noise_hu, scene->noise_hu, scene->blur_fwhm);
    score_found(scene, cta, v, bridged, s);
    score_drawn(scene, cta, v, s);
    score_labels(scene, cta, v, s);
    for (int l = 0; l < scene->lesion_count; l++) {
        const cta_lesion *lesion = &scene->lesions[l];
        double length = lesion->to - lesion->from, off = fabs(bridged[lesion->tube] - length);

        if (!lesion->occlusion || !lesion->outflow)
            continue;
        if (getenv("CTA_VERBOSE"))
            printf("  occlusion %s drawn %.1f found %.1f (from %.1f)\n",
                   scene->tubes[lesion->tube].name, length, bridged[lesion->tube],
                   lesion->from);
        s->occlusion_off += off;
        s->occlusion_count++;
        s->occlusion_good += off <= 5;
        s->occlusion_worst = fmax(s->occlusion_worst, off);
    }
    wadi_cta_free(cta);
    wadi_volume_free(v);
    phantom_cta_free(scene);
}

static void print_score(const char *title, const score *s)
{
    printf(
        "%-6s OV art %.3f (hit %.3f) occl %.3f vein %.3f (hit %.3f) | off art %.2f vein %.2f "
        "occl %.2f | r>1.5 %+.3f |%.3f| small %+.3f |%.3f| | Dice %.3f art %.3f bone %.3f | "
        "kind %.3f name %.3f | occl %.0f/%.0f worst %.1f mean %.1f | %.1f s cpu %.1f wall\n",
        title, overlap(&s->artery), s->artery.hit / fmax(s->artery.hit + s->artery.miss, 1),
        overlap(&s->closed), overlap(&s->vein),
        s->vein.hit / fmax(s->vein.hit + s->vein.miss, 1),
        s->artery.away / fmax(s->artery.right, 1), s->vein.away / fmax(s->vein.right, 1),
        s->closed.away / fmax(s->closed.right, 1), s->radius_sum / fmax(s->radius_count, 1),
        s->radius_abs / fmax(s->radius_count, 1), s->small_sum / fmax(s->small_count, 1),
        s->small_abs / fmax(s->small_count, 1), 2 * s->dice_both / fmax(s->dice_all, 1),
        2 * s->art_both / fmax(s->art_all, 1), 2 * s->bone_both / fmax(s->bone_all, 1),
        s->kind_right / fmax(s->kind_count, 1), s->name_right / fmax(s->name_count, 1),
        s->occlusion_good, s->occlusion_count, s->occlusion_worst,
        s->occlusion_off / fmax(s->occlusion_count, 1), s->seconds, s->wall);
    fflush(stdout);
}

static void phantoms_never_tuned_on_are_traced(void **state)
{
    score all = {0};

    (void)state;
    for (int k = 0; k < wish.seed_count; k++) {
        score one = {0};
        char title[16];

        one_seed((uint64_t)(wish.first_seed + k), &one);
        snprintf(title, sizeof title, "%d", wish.first_seed + k);
        print_score(title, &one);
        const double *from = (const double *)&one;
        double *to = (double *)&all, worst = fmax(all.occlusion_worst, one.occlusion_worst);

        for (size_t i = 0; i < sizeof all / sizeof *to; i++)
            to[i] += from[i];
        all.occlusion_worst = worst;
    }
    print_score("all", &all);
    /* What docs/image/cta.md says is met; what it says is missed is printed above. */
    assert_true(all.artery.away / fmax(all.artery.right, 1) <= 0.35);
    assert_true(all.vein.away / fmax(all.vein.right, 1) <= 0.35);
    assert_true(all.radius_abs / fmax(all.radius_count, 1) <= 0.15);
    assert_true(all.kind_right / fmax(all.kind_count, 1) >= 0.95);
    assert_true(2 * all.dice_both / fmax(all.dice_all, 1) >= 0.85);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(phantoms_never_tuned_on_are_traced)};

    wish = drawn_wish_of(argc, argv, 1, 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
