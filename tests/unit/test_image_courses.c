/* Which of the crural arteries a place belongs to, told by the bones of its slice. */
#include "image/cta_impl.h"
#include "near.h"

enum { SLICES = 300, POINTS = 100 };

/* A leg of the left side, upright: the fibula 29 mm to the side of the tibia and behind it. */
static void make_frame(double (*bone)[2][2], cta_grid *grid, cta_frame *frame)
{
    *grid = (cta_grid){.size = {200, 200, SLICES}, .step = {0.5, 0.5, 1}, .head = {0, 0, 1}};
    *frame = (cta_frame){.known = true,
                         .first = 0,
                         .last = SLICES - 1,
                         .bone = bone,
                         .front = {0, -1},
                         .ankle = 4,
                         .knee = SLICES - 1,
                         .parting = 0.6};
    for (int z = 0; z < SLICES; z++) {
        bone[z][0][0] = 40;
        bone[z][0][1] = 40;
        bone[z][1][0] = 66;
        bone[z][1][1] = 53;
    }
}

/* `share` of the way from tibia to fibula, `behind` mm behind the line between them. */
static void place(double share, double behind, double z, double *at)
{
    double e[2] = {26 / hypot(26, 13), 13 / hypot(26, 13)};

    at[0] = 40 + share * 26 - behind * e[1];
    at[1] = 40 + share * 13 + behind * e[0];
    at[2] = z;
}

static void draw(double share, double (*at)[3], cta_line *line)
{
    for (int i = 0; i < POINTS; i++)
        place(share, 12, 40 + i, at[i]);
    *line = (cta_line){.kind = WADI_CTA_ARTERY, .count = POINTS, .at = at};
}

static cta_course course(const cta_grid *grid, const cta_frame *frame, double share,
                         double behind)
{
    double at[3];

    place(share, behind, 90, at);
    return cta_frame_course(grid, frame, at);
}

static void both_arteries_behind_the_membrane_are_parted_where_none_runs(void **state)
{
    static const struct {
        double posterior, peroneal;
    } LEGS[] = {{0.1, 0.8}, {0.3, 0.85}, {0.5, 0.95}, {0.66, 1.0}};
    double(*bone)[2][2] = calloc(SLICES, sizeof *bone);
    cta_grid grid;
    cta_frame frame;

    (void)state;
    assert_non_null(bone);
    for (size_t i = 0; i < WADI_COUNT_OF(LEGS); i++) {
        double at[2][POINTS][3];
        cta_line line[2];

        make_frame(bone, &grid, &frame);
        draw(LEGS[i].posterior, at[0], &line[0]);
        draw(LEGS[i].peroneal, at[1], &line[1]);
        cta_frame_part(&grid, &(cta_lines){.items = line, .count = 2}, &frame);
        assert_int_equal(course(&grid, &frame, LEGS[i].posterior, 12), CTA_POSTERIOR);
        assert_int_equal(course(&grid, &frame, LEGS[i].peroneal, 12), CTA_FIBULAR);
        assert_int_equal(course(&grid, &frame, LEGS[i].posterior, -5), CTA_ANTERIOR);
    }
    free(bone);
}

static void one_artery_alone_keeps_its_side(void **state)
{
    double(*bone)[2][2] = calloc(SLICES, sizeof *bone);
    cta_grid grid;
    cta_frame frame;

    (void)state;
    assert_non_null(bone);
    for (int k = 0; k < 2; k++) {
        double at[POINTS][3], share = k ? 0.9 : 0.2;
        cta_line line;

        make_frame(bone, &grid, &frame);
        draw(share, at, &line);
        cta_frame_part(&grid, &(cta_lines){.items = &line, .count = 1}, &frame);
        assert_true(frame.parting > 0.4 && frame.parting < 0.85);
        assert_int_equal(course(&grid, &frame, share, 12), k ? CTA_FIBULAR : CTA_POSTERIOR);
    }
    free(bone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_arteries_behind_the_membrane_are_parted_where_none_runs),
        cmocka_unit_test(one_artery_alone_keeps_its_side),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
