#include "near.h"

#include "wadi/carm.h"

#include <stdlib.h>
#include <string.h>

static const double DEG = 57.29577951308232;

static double noise(wadi_random *random, double sigma)
{
    return sigma * wadi_normal_quantile(wadi_random_uniform(random) * 0.999998 + 1e-6);
}

static void random_unit(wadi_random *random, double out[3])
{
    double length = 0;

    for (int k = 0; k < 3; k++) {
        out[k] = noise(random, 1);
        length += out[k] * out[k];
    }
    for (int k = 0; k < 3; k++)
        out[k] /= sqrt(length);
}

static double angle(const double a[3], const double b[3])
{
    double dot = fabs(a[0] * b[0] + a[1] * b[1] + a[2] * b[2]);

    return DEG * acos(fmin(dot, 1));
}

static void angles_and_directions_agree(void **state)
{
    (void)state;
    for (double a = -170; a <= 180; a += 35)
        for (double b = -80; b <= 80; b += 20) {
            wadi_view view = wadi_view_at(a, b);

            assert_near(view.lateral_deg, a, 1e-12, 1e-9);
            assert_near(view.cranial_deg, b, 1e-12, 1e-9);
        }
    /* Straight anterior: the head is up; the lateral side of a right leg lies to the viewer's
     * left, as in every anterior picture. */
    wadi_view front = wadi_view_at(0, 0);
    double mark[2];

    wadi_view_project(&front, (double[3]){0, 0, 5}, mark);
    assert_near(mark[1], 5, 1e-12, 0);
    wadi_view_project(&front, (double[3]){5, 0, 0}, mark);
    assert_near(mark[0], -5, 1e-12, 0);
    assert_false(wadi_view_from((double[3]){0, 0, 0}, &front));
    assert_true(wadi_view_from((double[3]){0, 0, 1}, &front));
}

/* No view of a grid of one degree beats the closed form, and the grid's best is within one. */
static void brute_force_finds_no_better_view(void **state)
{
    wadi_random random;

    (void)state;
    wadi_random_init(&random, 21, 0);
    for (int n = 0; n < 25; n++) {
        double needle[3], vessel[3], best = 1e9, best_toward[3] = {0}, m, f;
        wadi_view closed;

        do {
            random_unit(&random, needle);
            random_unit(&random, vessel);
        } while (angle(needle, vessel) < 20 || angle(needle, vessel) > 70);
        assert_true(wadi_view_inline(needle, vessel, &closed));
        wadi_view_misfit(&closed, needle, vessel, &m, &f);
        assert_near(m, 0, 0, 1e-5);
        assert_near(f, 0, 0, 1e-5);
        for (int a = -179; a <= 180; a++)
            for (int b = -89; b <= 89; b++) {
                wadi_view view = wadi_view_at(a, b);

                wadi_view_misfit(&view, needle, vessel, &m, &f);
                if (hypot(m, f) < best) {
                    best = hypot(m, f);
                    memcpy(best_toward, view.toward, sizeof best_toward);
                }
            }
        assert_true(best >= -1e-9);
        assert_true(angle(best_toward, closed.toward) <= 1.0);
    }
}

static void the_depth_view_is_across_both(void **state)
{
    wadi_random random;

    (void)state;
    wadi_random_init(&random, 22, 0);
    for (int n = 0; n < 1000; n++) {
        double needle[3], vessel[3];
        wadi_view in_line, depth;

        random_unit(&random, needle);
        random_unit(&random, vessel);
        if (angle(needle, vessel) < 1)
            continue;
        assert_true(wadi_view_inline(needle, vessel, &in_line) &&
                    wadi_view_depth(needle, vessel, &depth));
        assert_near(angle(depth.toward, needle), 90, 0, 1e-5);
        assert_near(angle(depth.toward, vessel), 90, 0, 1e-5);
        assert_near(angle(depth.toward, in_line.toward), 90, 0, 1e-5);
    }
    assert_false(
        wadi_view_inline((double[3]){1, 0, 0}, (double[3]){-2, 0, 0}, &(wadi_view){0}));
}

static void the_roll_puts_the_vessel_at_twelve(void **state)
{
    wadi_random random;

    (void)state;
    wadi_random_init(&random, 23, 0);
    for (int n = 0; n < 1000; n++) {
        double vessel[3], toward[3], mark[2], roll, x, y;
        wadi_view view;

        random_unit(&random, vessel);
        random_unit(&random, toward);
        if (angle(vessel, toward) < 1)
            continue;
        assert_true(wadi_view_from(toward, &view));
        roll = wadi_view_roll_deg(&view, vessel) / DEG;
        wadi_view_project(&view, vessel, mark);
        x = cos(roll) * mark[0] - sin(roll) * mark[1];
        y = sin(roll) * mark[0] + cos(roll) * mark[1];
        assert_true(y > 0);
        assert_true(fabs(DEG * atan2(x, y)) < 1);
    }
}

typedef struct spread {
    double rms_mm, mean_mm, beyond_frac;
} spread;

static double distance(const double a[3], const double b[3])
{
    return sqrt((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]) +
                (a[2] - b[2]) * (a[2] - b[2]));
}

static void two_views_apart(wadi_random *random, wadi_view views[2])
{
    double turn = 60 + 30 * wadi_random_uniform(random);

    views[0] =
        wadi_view_at(-40 + 20 * wadi_random_uniform(random), 20 * wadi_random_uniform(random));
    /* Turned about the axis across the first view, so that they are apart by that angle. */
    assert_true(wadi_view_from(
        (double[3]){cos(turn / DEG) * views[0].toward[0] + sin(turn / DEG) * views[0].right[0],
                    cos(turn / DEG) * views[0].toward[1] + sin(turn / DEG) * views[0].right[1],
                    cos(turn / DEG) * views[0].toward[2] + sin(turn / DEG) * views[0].right[2]},
        &views[1]));
}

static void mark(wadi_random *random, const wadi_view *view, const double point[3],
                 double sigma_mm, double out[2])
{
    wadi_view_project(view, point, out);
    for (int k = 0; k < 2; k++)
        out[k] += noise(random, sigma_mm);
}

enum { PAIRS = 20000 };

static spread spread_of_points(double sigma_mm, double *expected_mm)
{
    wadi_random random;
    spread s = {0, 0, 0};
    double expected = 0;

    wadi_random_init(&random, 24, 0);
    for (int n = 0; n < PAIRS; n++) {
        double point[3], a[2], b[2], d;
        wadi_view views[2];
        wadi_two_view_point result;

        two_views_apart(&random, views);
        for (int k = 0; k < 3; k++)
            point[k] = 200 * wadi_random_uniform(&random) - 100;
        mark(&random, &views[0], point, sigma_mm, a);
        mark(&random, &views[1], point, sigma_mm, b);
        assert_int_equal(wadi_two_view(&views[0], a, &views[1], b, sigma_mm, &result, NULL),
                         WADI_OK);
        assert_true(result.between_deg > 59.99 && result.between_deg < 90.01);
        d = distance(result.point_mm, point);
        s.rms_mm += d * d;
        s.mean_mm += d / PAIRS;
        s.beyond_frac += (d > 0.5) / (double)PAIRS;
        expected += result.error_rms_mm * result.error_rms_mm;
    }
    s.rms_mm = sqrt(s.rms_mm / PAIRS);
    *expected_mm = sqrt(expected / PAIRS);
    return s;
}

/* Views 60 to 90 degrees apart. With 0.2 mm noise per coordinate the mean and the root mean
 * square lie within half a millimetre, single points do not all: the best estimator has that
 * spread. With 0.2 mm noise in all, 99 of 100 do. The expected error is the true one (20000
 * pairs: 1 %). */
static void two_views_give_the_point_within_half_a_millimetre(void **state)
{
    double expected;
    spread each = spread_of_points(0.2, &expected), whole;

    (void)state;
    assert_near(each.rms_mm, expected, 0.01, 0);
    assert_true(each.mean_mm < 0.35 && each.rms_mm < 0.4);
    assert_true(each.beyond_frac < 0.12);
    whole = spread_of_points(0.2 / sqrt(2), &expected);
    assert_near(whole.rms_mm, expected, 0.01, 0);
    assert_true(whole.beyond_frac < 0.01);
    print_message("two views, 0.2 mm per coordinate: mean %.3f rms %.3f mm, beyond 0.5 mm "
                  "%.2f %%; 0.2 mm in all: mean %.3f rms %.3f mm, beyond %.2f %%\n",
                  each.mean_mm, each.rms_mm, 100 * each.beyond_frac, whole.mean_mm,
                  whole.rms_mm, 100 * whole.beyond_frac);
}

/* The tip of a needle of 40 mm that is marked every 1.5 mm, with 0.2 mm noise per coordinate:
 * the other marks hold it to the needle's line. */
static void the_tip_of_a_needle_lies_within_half_a_millimetre(void **state)
{
    enum { MARKS = 27 };
    wadi_random random;
    double rms = 0, alone = 0;
    int over = 0, used = 0;

    (void)state;
    wadi_random_init(&random, 26, 0);
    for (int n = 0; n < PAIRS; n++) {
        double marks[2][2 * MARKS], direction[3], tip[3], got[3], across[3];
        wadi_view views[2];
        wadi_line3 line;
        wadi_two_view_point single;

        two_views_apart(&random, views);
        random_unit(&random, direction);
        for (int k = 0; k < 3; k++) {
            tip[k] = 200 * wadi_random_uniform(&random) - 100;
            across[k] = views[0].toward[(k + 1) % 3] * views[1].toward[(k + 2) % 3] -
                        views[0].toward[(k + 2) % 3] * views[1].toward[(k + 1) % 3];
        }
        /* A needle near the plane of both sights, or end on, is not seen apart. */
        if (angle(direction, across) > 60 || angle(direction, views[0].toward) < 30 ||
            angle(direction, views[1].toward) < 30)
            continue;
        used++;
        for (int v = 0; v < 2; v++)
            for (int i = 0; i < MARKS; i++) {
                double p[3];

                for (int k = 0; k < 3; k++)
                    p[k] = tip[k] + 40.0 * i / (MARKS - 1) * direction[k];
                mark(&random, &views[v], p, 0.2, &marks[v][2 * i]);
            }
        assert_int_equal(wadi_two_view_line(&views[0], marks[0], MARKS, &views[1], marks[1],
                                            MARKS, &line, NULL),
                         WADI_OK);
        assert_int_equal(
            wadi_two_view_on_line(&views[0], marks[0], &views[1], marks[1], &line, got, NULL),
            WADI_OK);
        assert_int_equal(
            wadi_two_view(&views[0], marks[0], &views[1], marks[1], 0.2, &single, NULL),
            WADI_OK);
        rms += distance(got, tip) * distance(got, tip);
        alone += distance(single.point_mm, tip) * distance(single.point_mm, tip);
        over += distance(got, tip) > 0.5;
    }
    print_message("tip of a needle (%d): rms %.3f mm, beyond 0.5 mm %.2f %%; alone rms %.3f\n",
                  used, sqrt(rms / used), 100.0 * over / used, sqrt(alone / used));
    assert_true(used > PAIRS / 5);
    assert_true(over < used / 100);
    assert_true(rms < 0.75 * 0.75 * alone);
}

/* Without noise the point is the point, whatever the line's own base. */
static void a_point_on_a_line_is_found_exactly(void **state)
{
    const wadi_view a = wadi_view_at(-20, 10), b = wadi_view_at(55, 5),
                    c = wadi_view_at(-18, 10);
    const wadi_line3 line = {{1, 2, 3}, {0.6, 0, 0.8}};
    const double point[3] = {1 + 0.6 * 25, 2, 3 + 0.8 * 25};
    double mark_a[2], mark_b[2], got[3] = {7, 7, 7};

    (void)state;
    wadi_view_project(&a, point, mark_a);
    wadi_view_project(&b, point, mark_b);
    assert_int_equal(wadi_two_view_on_line(&a, mark_a, &c, mark_b, &line, got, NULL),
                     WADI_ERR_RANGE);
    assert_near(got[0], 7, 0, 0);
    assert_int_equal(wadi_two_view_on_line(&a, mark_a, &b, mark_b, &line, got, NULL), WADI_OK);
    assert_near(distance(got, point), 0, 0, 1e-9);
}

static void views_that_are_too_near_are_refused(void **state)
{
    wadi_view a = wadi_view_at(0, 0), b = wadi_view_at(4, 0), opposite = wadi_view_at(178, 0);
    double mark[2] = {0, 0};
    wadi_two_view_point p;

    (void)state;
    assert_int_equal(wadi_two_view(&a, mark, &b, mark, 0.2, &p, NULL), WADI_ERR_RANGE);
    assert_int_equal(wadi_two_view(&a, mark, &opposite, mark, 0.2, &p, NULL), WADI_ERR_RANGE);
}

/* A needle of 40 mm and a stretch of vessel of 30 mm, marked every 1.5 mm with 0.2 mm noise. */
static void needle_angle_and_offset_from_two_views(void **state)
{
    enum { NEEDLE = 27, VESSEL = 21, NEEDLES = 5000 };
    wadi_random random;
    int angle_over = 0, offset_over = 0;
    double angle_sum = 0, offset_sum = 0;

    (void)state;
    wadi_random_init(&random, 25, 0);
    for (int n = 0; n < NEEDLES; n++) {
        double marks[2][2][NEEDLE * 2];
        double truth_angle = 20 + 25 * wadi_random_uniform(&random),
               truth_offset = 2 * wadi_random_uniform(&random);
        double tilt = 0.3 * noise(&random, 1);
        wadi_view views[2] = {wadi_view_at(20 * wadi_random_uniform(&random), 20)};
        wadi_line3 needle, vessel;
        double got_angle, got_offset;

        views[1] =
            wadi_view_at(views[0].lateral_deg + 60 + 30 * wadi_random_uniform(&random), 10);
        for (int v = 0; v < 2; v++)
            for (int i = 0; i < NEEDLE; i++) {
                double s = 40.0 * i / (NEEDLE - 1), c = cos(truth_angle / DEG),
                       w = sin(truth_angle / DEG);
                /* The vessel runs along z; the needle leaves it at the angle and passes beside
                 * it at the offset. */
                double p[3] = {truth_offset * cos(tilt) - s * w * sin(tilt),
                               truth_offset * sin(tilt) + s * w * cos(tilt), s * c};

                wadi_view_project(&views[v], p, &marks[0][v][2 * i]);
                marks[0][v][2 * i] += noise(&random, 0.2);
                marks[0][v][2 * i + 1] += noise(&random, 0.2);
            }
        for (int v = 0; v < 2; v++)
            for (int i = 0; i < VESSEL; i++) {
                double p[3] = {0, 0, 30.0 * i / (VESSEL - 1) - 15};

                wadi_view_project(&views[v], p, &marks[1][v][2 * i]);
                marks[1][v][2 * i] += noise(&random, 0.2);
                marks[1][v][2 * i + 1] += noise(&random, 0.2);
            }
        assert_int_equal(wadi_two_view_line(&views[0], marks[0][0], NEEDLE, &views[1],
                                            marks[0][1], NEEDLE, &needle, NULL),
                         WADI_OK);
        assert_int_equal(wadi_two_view_line(&views[0], marks[1][0], VESSEL, &views[1],
                                            marks[1][1], VESSEL, &vessel, NULL),
                         WADI_OK);
        wadi_line_relation(&needle, &vessel, &got_angle, &got_offset);
        angle_over += fabs(got_angle - truth_angle) > 1;
        offset_over += fabs(got_offset - truth_offset) > 0.3;
        angle_sum += (got_angle - truth_angle) * (got_angle - truth_angle);
        offset_sum += (got_offset - truth_offset) * (got_offset - truth_offset);
    }
    print_message("needle: angle rms %.3f degrees, beyond 1: %.2f %%; offset rms %.3f mm, "
                  "beyond 0.3: %.2f %%\n",
                  sqrt(angle_sum / NEEDLES), 100.0 * angle_over / NEEDLES,
                  sqrt(offset_sum / NEEDLES), 100.0 * offset_over / NEEDLES);
    /* Both limits lie beyond twice the root mean square: fewer than 5 of a hundred may pass. */
    assert_true(angle_over < NEEDLES / 20 && offset_over < NEEDLES / 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(angles_and_directions_agree),
        cmocka_unit_test(brute_force_finds_no_better_view),
        cmocka_unit_test(the_depth_view_is_across_both),
        cmocka_unit_test(the_roll_puts_the_vessel_at_twelve),
        cmocka_unit_test(two_views_give_the_point_within_half_a_millimetre),
        cmocka_unit_test(the_tip_of_a_needle_lies_within_half_a_millimetre),
        cmocka_unit_test(a_point_on_a_line_is_found_exactly),
        cmocka_unit_test(views_that_are_too_near_are_refused),
        cmocka_unit_test(needle_angle_and_offset_from_two_views),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
