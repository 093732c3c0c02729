/* The needle's way from the skin to the vessel, and how the C-arm looks at it. */
#include "stage/access_impl.h"
#include "stage/vector_impl.h"

#include <string.h>

/* What a C-arm over a table can do: our limits. */
static const double OBLIQUE_LIMIT_DEG = 120, TILT_LIMIT_DEG = 45;
/* Room for a needle of 0.8 mm with a hand's tremor; and the stretch at the vessel where bone
 * may touch it. */
static const double NEEDLE_ROOM_MM = 0.9, AT_VESSEL_MM = 3;

/* From the frame of the neutral foot to the table: the foot turns about the ankle. */
static void to_table(const double in[3], double flexion_deg, double out[3])
{
    double a = flexion_deg * WADI_PI / 180;

    out[0] = in[0];
    out[1] = cos(a) * in[1] + sin(a) * in[2];
    out[2] = -sin(a) * in[1] + cos(a) * in[2];
}

static bool is_reachable(const wadi_view *view)
{
    return fabs(view->lateral_deg) <= OBLIQUE_LIMIT_DEG &&
           fabs(view->cranial_deg) <= TILT_LIMIT_DEG;
}

/* Out of the back of the foot, which slopes from the ankle to the toes. */
static const double DORSAL[3] = {0, 0.45, 0.893};

/* Two axes across the vessel. */
static void axes_across(const double t[3], double a[3], double b[3])
{
    const double up[3] = {0, 0, 1}, side[3] = {1, 0, 0};

    v_cross(t, fabs(t[2]) < 0.9 ? up : side, a);
    v_unit(a);
    v_cross(t, a, b);
}

bool wadi_access_way_in(const foot *f, const double vessel[3], int side, double needle_mm,
                        double flexion_deg, bool left, wadi_access_site *site)
{
    double t[3] = {vessel[0], vessel[1], vessel[2]}, a[3], b[3], best[3] = {0},
           best_cost = INFINITY;
    double table_t[3], table_n[3];

    if (!v_unit(t))
        return false;
    axes_across(t, a, b);
    to_table(t, flexion_deg, table_t);
    /* The needle points against the flow, its hub lies on the side of the toes: retrograde.
     * Flat angles are better; the steep ones are for targets between bones. */
    for (int angle_deg = 30; angle_deg <= 80; angle_deg += 5)
        for (int turn_deg = 0; turn_deg < 360; turn_deg += 5) {
            double c = cos(angle_deg * WADI_PI / 180), s = sin(angle_deg * WADI_PI / 180);
            double ca = cos(turn_deg * WADI_PI / 180), sa = sin(turn_deg * WADI_PI / 180);
            double n[3], skin_mm, room_mm, cost;
            wadi_view view;

            for (int k = 0; k < 3; k++)
                n[k] = c * t[k] + s * (ca * a[k] + sa * b[k]);
            if ((side > 0 && v_dot(n, DORSAL) < 0.2) || (side < 0 && n[2] > -0.3))
                continue;
            wadi_foot_ray(f, site->point_mm, n, AT_VESSEL_MM, &skin_mm, &room_mm);
            if (room_mm < NEEDLE_ROOM_MM || skin_mm > needle_mm - 10)
                continue;
            to_table(n, flexion_deg, table_n);
            /* A millimetre of path, a degree of angle, an unreachable view: weights are ours.
             */
            cost = skin_mm + 0.4 * (angle_deg - 30) - fmin(room_mm, 4);
            if (!wadi_view_inline(table_n, table_t, &view) || !is_reachable(&view))
                cost += 15;
            if (cost < best_cost) {
                best_cost = cost;
                memcpy(best, n, sizeof best);
                site->entry_angle_deg = angle_deg;
                site->path_mm = skin_mm;
                site->room_mm = room_mm;
            }
        }
    if (isinf(best_cost))
        return false;
    v_add(site->point_mm, site->path_mm, best, site->entry_mm);
    /* Which side the needle comes from shows across the vessel, not along it. */
    v_add(best, -v_dot(best, t), t, a);
    site->from_dorsum = v_dot(a, DORSAL) > fabs(a[0]);
    site->from_sole = v_dot(a, DORSAL) <= 0 && -a[2] > fabs(a[0]);
    to_table(best, flexion_deg, table_n);
    site->has_view = wadi_view_inline(table_n, table_t, &site->view) &&
                     wadi_view_depth(table_n, table_t, &site->depth_view);
    site->reachable = site->has_view && is_reachable(&site->view);
    if (site->has_view) {
        /* The needle is driven away from the operator: its tip, against the flow, up. The frame
         * of a left leg is a mirror image. */
        const double tipward[3] = {-table_t[0], -table_t[1], -table_t[2]};

        site->roll_deg = (left ? -1 : 1) * wadi_view_roll_deg(&site->view, tipward);
    }
    return true;
}
