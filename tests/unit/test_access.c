#include "near.h"

#include "stage/foot_impl.h"
#include "wadi/access_loss.h"
#include "wadi/puncture.h"

#include <stdlib.h>
#include <string.h>

static wadi_limb *healthy(void)
{
    wadi_limb *limb = NULL;

    assert_int_equal(wadi_limb_reference(&limb, NULL), WADI_OK);
    return limb;
}

/* Every artery that the note names lies in its zone at the middle of its course; the dorsalis
 * pedis is divided, proximal part in zone 1, distal part in zone 2. */
static void named_arteries_land_in_their_zones(void **state)
{
    wadi_limb *limb = healthy();
    const wadi_puncture_artery *row;
    int checked = 0;

    (void)state;
    for (int i = 0; (row = wadi_puncture_at(i)); i++) {
        wadi_index vessel = row->vessel ? wadi_limb_vessel(limb, row->vessel) : WADI_NONE,
                   count;
        const wadi_vessel *vessels = wadi_limb_vessels(limb, &count);
        double frac = vessel != WADI_NONE && !strcmp(row->vessel, "PTA") ? 0.97 : 0.5, point[3];
        int zone;

        if (vessel == WADI_NONE || !row->zones)
            continue;
        assert_true(
            wadi_limb_vessel_point(limb, vessel, frac * vessels[vessel].length_m, point));
        assert_int_equal(wadi_puncture_zone_of(point, 1, &zone, NULL), WADI_OK);
        if (!(row->zones >> zone & 1))
            fail_msg("%s (%s) lies in zone %d", row->name, row->vessel, zone);
        checked++;
        if (!strcmp(row->vessel, "DPA")) {
            assert_true(
                wadi_limb_vessel_point(limb, vessel, 0.05 * vessels[vessel].length_m, point));
            assert_int_equal(wadi_puncture_zone_of(point, 1, &zone, NULL), WADI_OK);
            assert_int_equal(zone, 1);
            assert_true(
                wadi_limb_vessel_point(limb, vessel, 0.8 * vessels[vessel].length_m, point));
            assert_int_equal(wadi_puncture_zone_of(point, 1, &zone, NULL), WADI_OK);
            assert_int_equal(zone, 2);
        }
    }
    assert_true(checked >= 20);
    wadi_limb_free(limb);
}

static void every_artery_of_the_foot_lies_under_the_skin(void **state)
{
    wadi_limb *limb = healthy();
    const wadi_puncture_artery *row;
    foot f;

    (void)state;
    assert_int_equal(wadi_foot_read(1, &f, NULL), WADI_OK);
    for (int i = 0; (row = wadi_puncture_at(i)); i++) {
        wadi_index vessel = row->vessel ? wadi_limb_vessel(limb, row->vessel) : WADI_NONE,
                   count;
        const wadi_vessel *vessels = wadi_limb_vessels(limb, &count);

        if (vessel == WADI_NONE || !row->zones)
            continue;
        for (int k = 1; k < 10; k++) {
            double point[3];

            assert_true(wadi_limb_vessel_point(limb, vessel, 0.1 * k * vessels[vessel].length_m,
                                               point));
            if (wadi_foot_zone(&f, point) && wadi_foot_depth(&f, point) <= 0.5)
                fail_msg("%s at %d %% is outside the skin", row->vessel, 10 * k);
        }
    }
    wadi_limb_free(limb);
}

static void the_lateral_plantar_lies_deeper_than_the_medial(void **state)
{
    wadi_limb *limb = healthy();
    wadi_index lateral = wadi_limb_vessel(limb, "LPA"), medial = wadi_limb_vessel(limb, "MPA"),
               count;
    const wadi_vessel *vessels = wadi_limb_vessels(limb, &count);
    foot f;

    (void)state;
    assert_int_equal(wadi_foot_read(1, &f, NULL), WADI_OK);
    for (double frac = 0.5; frac < 0.95; frac += 0.1) {
        double a[3], b[3];

        assert_true(wadi_limb_vessel_point(limb, lateral, frac * vessels[lateral].length_m, a));
        assert_true(wadi_limb_vessel_point(limb, medial, frac * vessels[medial].length_m, b));
        assert_true(wadi_foot_depth(&f, a) > wadi_foot_depth(&f, b));
    }
    wadi_limb_free(limb);
}

static void needles_follow_the_note(void **state)
{
    (void)state;
    assert_int_equal(wadi_needle_choose(0.72, 5, WADI_CALCIUM_NONE, true, false).gauge, 0);
    assert_int_equal(wadi_needle_choose(0.73, 5, WADI_CALCIUM_NONE, true, false).gauge, 22);
    assert_int_equal(wadi_needle_choose(0.8, 5, WADI_CALCIUM_NONE, true, false).gauge, 22);
    assert_int_equal(wadi_needle_choose(1.0, 5, WADI_CALCIUM_NONE, true, false).gauge, 21);
    assert_true(wadi_needle_choose(1.5, 5, WADI_CALCIUM_NONE, true, true).length_mm == 70);
    assert_true(wadi_needle_choose(1.5, 15.1, WADI_CALCIUM_NONE, true, false).telescoping);
    assert_false(wadi_needle_choose(1.5, 15, WADI_CALCIUM_MODERATE, true, false).telescoping);
    assert_true(wadi_needle_choose(1.5, 5, WADI_CALCIUM_SEVERE, true, false).telescoping);
    assert_true(wadi_needle_choose(1.5, 5, WADI_CALCIUM_MODERATE, false, false).buddy);
    assert_false(wadi_needle_choose(1.5, 5, WADI_CALCIUM_SEVERE, true, false).buddy);
}

static void difficulty_rises_with_each_of_its_causes(void **state)
{
    wadi_random random;

    (void)state;
    wadi_random_init(&random, 31, 0);
    for (int n = 0; n < 100000; n++) {
        int zone = 1 + (int)(3 * wadi_random_uniform(&random));
        double lumen = 0.7 + 2 * wadi_random_uniform(&random),
               depth = 30 * wadi_random_uniform(&random);
        wadi_calcium calcium = (wadi_calcium)(4 * wadi_random_uniform(&random));
        bool support = wadi_random_uniform(&random) < 0.5;
        double here = wadi_puncture_difficulty(zone, lumen, depth, calcium, support);

        assert_true(wadi_puncture_difficulty(zone + 1, lumen, depth, calcium, support) >= here);
        assert_true(wadi_puncture_difficulty(zone, 0.9 * lumen, depth, calcium, support) >=
                    here);
        assert_true(wadi_puncture_difficulty(zone, lumen, 1.1 * depth, calcium, support) >=
                    here);
        assert_true(wadi_puncture_difficulty(zone, lumen, depth,
                                             calcium < 3 ? calcium + 1 : calcium,
                                             support) >= here);
        assert_true(wadi_puncture_difficulty(zone, lumen, depth, calcium, false) >= here);
    }
}

static wadi_access access_with(const char *more, bool losses)
{
    char json[1500];
    wadi_case *the_case = NULL;
    wadi_limb *limb = NULL;
    wadi_access access = {0};
    wadi_error err = {0};

    snprintf(json, sizeof json,
             "{\"schema\":\"wadi.case/"
             "1\",\"origin\":\"made_up\",\"presentation\":{\"onset\":\"chronic\","
             "\"rutherford\":5}%s}",
             more);
    if (wadi_case_parse("test", json, strlen(json), &the_case, NULL, &err) ||
        wadi_limb_from_case(the_case, &limb, &err) ||
        wadi_access_case(the_case, limb, NULL, &access, &err) ||
        (losses && wadi_access_simulate_losses(the_case, limb, &access, &err)))
        fail_msg("%s", err.message);
    wadi_limb_free(limb);
    wadi_case_free(the_case);
    return access;
}

static wadi_access access_of(const char *more)
{
    return access_with(more, false);
}

static const wadi_access_site *site_of(const wadi_access *access, const char *vessel)
{
    for (int i = 0; i < access->site_count; i++)
        if (!strcmp(access->sites[i].vessel, vessel))
            return &access->sites[i];
    fail_msg("no site for %s", vessel);
    return NULL;
}

static void corridors_lie_between_the_metatarsals(void **state)
{
    wadi_access access = access_of("");
    const wadi_access_site *arch = site_of(&access, "PARCH"), *vein = site_of(&access, "VARCH");
    const wadi_access_site *metatarsal = site_of(&access, "MTA1");

    (void)state;
    assert_true(arch->feasible && vein->feasible && metatarsal->feasible);
    assert_true(arch->entry_mm[2] > arch->point_mm[2]); /* from the dorsum */
    assert_true(vein->entry_mm[2] < vein->point_mm[2]); /* from the sole */
    assert_true(arch->room_mm > 0.41 && vein->room_mm > 0.41);
    assert_true(arch->from_dorsum && vein->from_sole);
    assert_true(metatarsal->rank < arch->rank);
    assert_near(metatarsal->wire_in, 0.014, 1e-12, 0);
    assert_near(arch->wire_in, 0.018, 1e-12, 0);
    assert_true(arch->sheathless && arch->endoclamp_only);
}

static void views_of_every_site_are_in_line(void **state)
{
    wadi_access access = access_of("");

    (void)state;
    assert_true(access.feasible_count > 10);
    for (int i = 0; i < access.feasible_count; i++) {
        const wadi_access_site *s = &access.sites[i];

        assert_int_equal(s->rank, i + 1);
        assert_true(s->has_view);
        assert_true(s->lumen_mm > s->needle.outer_mm);
        assert_true(fabs(s->balloon_mm - s->lumen_mm) <= 0.125 + 1e-9);
    }
}

static void places_near_disease_are_refused(void **state)
{
    wadi_access access = access_of(",\"vessels\":[{\"vessel\":\"DPA\",\"lesions\":[{\"kind\":"
                                   "\"occlusion\",\"from_mm\":0,\"to_mm\":40}]}]");
    const wadi_access_site *dorsal = site_of(&access, "DPA");

    (void)state;
    assert_true(dorsal->feasible);
    assert_true(dorsal->at_mm >= 60);
    access = access_of(",\"vessels\":[{\"vessel\":\"DPA\",\"lesions\":[{\"kind\":\"occlusion\","
                       "\"from_mm\":0,\"to_mm\":75}]}]");
    assert_false(site_of(&access, "DPA")->feasible);
}

static void the_bend_of_the_posterior_tibial_is_kept_out(void **state)
{
    wadi_access access = access_of("");
    const wadi_access_site *tibial = site_of(&access, "PTA"), *common = site_of(&access, "CPA");

    (void)state;
    assert_true(!tibial->feasible || tibial->at_mm < 383 - 7);
    assert_true(!common->feasible || common->at_mm > 7);
}

/* In the healthy foot the arteries stand in for each other: nothing starves, and the arch still
 * costs more than a metatarsal artery. */
static void a_metatarsal_comes_before_the_arch_after_simulated_losses(void **state)
{
    wadi_access access = access_with("", true);
    const wadi_access_site *arch = site_of(&access, "PARCH");
    const char *const metatarsals[] = {"MTA1", "MTA2", "MTA3", "MTA4"};

    (void)state;
    assert_true(arch->loss_simulated && arch->demand_lost_frac > 0);
    for (size_t i = 0; i < WADI_COUNT_OF(metatarsals); i++) {
        const wadi_access_site *site = site_of(&access, metatarsals[i]);

        assert_true(site->rank < arch->rank);
        assert_true(site->demand_lost_frac < arch->demand_lost_frac);
    }
    assert_false(site_of(&access, "VARCH")->loss_simulated);
    for (int i = 0; i < access.feasible_count; i++)
        assert_int_equal(access.sites[i].rank, i + 1);
}

/* Without dorsal metatarsal arteries the toes hang on the arch. */
static void the_arch_takes_several_toes_and_a_metatarsal_one(void **state)
{
    wadi_access access = access_with(",\"vessels\":["
                                     "{\"vessel\":\"DMT1\",\"lesions\":[{\"kind\":"
                                     "\"occlusion\",\"from_mm\":0,\"to_mm\":52}]},"
                                     "{\"vessel\":\"DMT2\",\"lesions\":[{\"kind\":"
                                     "\"occlusion\",\"from_mm\":0,\"to_mm\":66}]},"
                                     "{\"vessel\":\"DMT3\",\"lesions\":[{\"kind\":"
                                     "\"occlusion\",\"from_mm\":0,\"to_mm\":66}]},"
                                     "{\"vessel\":\"DMT4\",\"lesions\":[{\"kind\":"
                                     "\"occlusion\",\"from_mm\":0,\"to_mm\":66}]}]",
                                     true);
    const char *const metatarsals[] = {"MTA1", "MTA2", "MTA3", "MTA4"};

    (void)state;
    assert_true(site_of(&access, "PARCH")->beds_affected > 1);
    for (size_t i = 0; i < WADI_COUNT_OF(metatarsals); i++)
        assert_true(site_of(&access, metatarsals[i])->beds_affected <= 1);
}

/* The dorsalis pedis is all that the foot has: its loss starves the plantar beds too. */
static void the_last_artery_of_a_foot_takes_most_beds_with_it(void **state)
{
    wadi_access access = access_with(
        ",\"vessels\":[{\"vessel\":\"PTA\",\"patent\":false},{\"vessel\":\"PER\",\"patent\":"
        "false},{\"vessel\":\"CPA\",\"patent\":false},{\"vessel\":\"ATA\",\"patent\":true},"
        "{\"vessel\":\"DPA\",\"patent\":true}]",
        true);
    const wadi_access_site *last = site_of(&access, "DPA");

    (void)state;
    assert_true(last->feasible);
    assert_true(last->beds_at_risk > 3);
    assert_true(last->demand_lost_frac > 0.25 && last->demand_lost_frac <= 1);
    assert_non_null(strstr(last->beds, "dorsalis_pedis"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(named_arteries_land_in_their_zones),
        cmocka_unit_test(every_artery_of_the_foot_lies_under_the_skin),
        cmocka_unit_test(the_lateral_plantar_lies_deeper_than_the_medial),
        cmocka_unit_test(needles_follow_the_note),
        cmocka_unit_test(difficulty_rises_with_each_of_its_causes),
        cmocka_unit_test(corridors_lie_between_the_metatarsals),
        cmocka_unit_test(views_of_every_site_are_in_line),
        cmocka_unit_test(places_near_disease_are_refused),
        cmocka_unit_test(a_metatarsal_comes_before_the_arch_after_simulated_losses),
        cmocka_unit_test(the_arch_takes_several_toes_and_a_metatarsal_one),
        cmocka_unit_test(the_last_artery_of_a_foot_takes_most_beds_with_it),
        cmocka_unit_test(the_bend_of_the_posterior_tibial_is_kept_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
