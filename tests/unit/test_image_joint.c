/* Where a piece of an artery goes on: on lines drawn beside two straight bones. */
#include "image/cta_joint.h"
#include "near.h"

#include <stdlib.h>
#include <string.h>

enum { TALL = 420 };

/* Heights are z in mm: the ankle at 0, the head of the fibula at 400. Tibia at x 20, fibula at
 * x 60, the front towards smaller y. */
typedef struct leg {
    cta_grid grid;
    cta_frame frame;
    cta_lines lines;
    uint8_t labels[8 * 8 * TALL];
} leg;

static leg *new_leg(void)
{
    leg *l = wadi_alloc(1, sizeof *l);

    assert_non_null(l);
    l->grid = (cta_grid){.size = {8, 8, TALL},
                         .step = {10, 10, 1},
                         .stride = {1, 8, 64},
                         .count = sizeof l->labels,
                         .head = {0, 0, 1},
                         .labels = l->labels};
    l->frame = (cta_frame){.known = true,
                           .last = TALL - 1,
                           .front = {0, -1},
                           .knee = 400,
                           .parting = 0.5,
                           .bone = wadi_alloc(TALL, sizeof *l->frame.bone)};
    assert_non_null(l->frame.bone);
    for (int z = 0; z < TALL; z++) {
        l->frame.bone[z][0][0] = 20;
        l->frame.bone[z][1][0] = 60;
        l->frame.bone[z][0][1] = l->frame.bone[z][1][1] = 25;
    }
    return l;
}

static void free_leg(leg *l)
{
    cta_frame_clear(&l->frame);
    cta_lines_clear(&l->lines);
    free(l);
}

/* A line through up to three places, given from above. */
static int add(leg *l, int count, const double (*way)[3])
{
    cta_line *line = NULL;
    wadi_error err = {0};

    assert_int_equal(cta_lines_add(&l->lines, &line, &err), WADI_OK);
    assert_int_equal(cta_line_set(line, count, way, 1, &err), WADI_OK);
    line->kind = WADI_CTA_ARTERY;
    for (int i = 0; i < line->count; i++)
        line->radius[i] = 1.5;
    return l->lines.count - 1;
}

/* Trunk and peroneal artery as one line, down to 230 mm; the lower posterior tibial artery. */
static void add_trunk_and_piece(leg *l, int *trunk, int *piece)
{
    *trunk = add(
        l, 4, (const double[4][3]){{38, 42, 410}, {38, 42, 350}, {52, 40, 280}, {52, 38, 230}});
    *piece = add(l, 2, (const double[2][3]){{24, 42, 180}, {24, 42, 60}});
}

/* The peroneal artery's tip is near, and nearest is the line above it; neither is its way. */
static void an_artery_closed_from_its_origin_leaves_the_trunk_where_it_parts(void **state)
{
    leg *l = new_leg();
    int trunk, piece;

    (void)state;
    add_trunk_and_piece(l, &trunk, &piece);
    cta_joint joint = cta_best_joint(&l->grid, &l->frame, &l->lines, WADI_CTA_ARTERY, 320);

    assert_int_equal(joint.lower, piece);
    assert_int_equal(joint.upper, trunk);
    assert_near(l->lines.items[trunk].at[joint.at][2], 400 - 48 * 400 / 405.0, 0, 6);
    free_leg(l);
}

/* A thin stump before the bones against a wide trunk: the artery is seen to leave it. */
static void a_stump_of_the_same_course_comes_before_the_trunk(void **state)
{
    leg *l = new_leg();
    int trunk, piece;

    (void)state;
    add_trunk_and_piece(l, &trunk, &piece);
    l->lines.items[piece].dead = true;
    int stump = add(l, 3, (const double[3][3]){{38, 42, 387}, {44, 15, 372}, {46, 12, 360}});
    int lower = add(l, 2, (const double[2][3]){{46, 10, 180}, {46, 10, 60}});

    l->lines.items[stump].parent = trunk;
    l->lines.items[stump].parent_at = 46;
    for (int i = 0; i < l->lines.items[stump].count; i++)
        l->lines.items[stump].radius[i] = 0.3;
    cta_joint joint = cta_best_joint(&l->grid, &l->frame, &l->lines, WADI_CTA_ARTERY, 320);

    assert_int_equal(joint.lower, lower);
    assert_int_equal(joint.upper, stump);
    assert_true(joint.at >= cta_tip_from(&l->lines, stump));
    free_leg(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_artery_closed_from_its_origin_leaves_the_trunk_where_it_parts),
        cmocka_unit_test(a_stump_of_the_same_course_comes_before_the_trunk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
