#include "wadi/carm.h"
#include "stage/stage_impl.h"
#include "stage/vector_impl.h"

#include <string.h>

static const double RAD = WADI_PI / 180.0, DEG = 180.0 / WADI_PI;
/* Nearer than this two views do not fix a point. */
static const double LEAST_DEG = 5;

static double clamp1(double x)
{
    return x < -1 ? -1 : x > 1 ? 1 : x;
}

bool wadi_view_from(const double toward[3], wadi_view *out)
{
    static const double HEAD[3] = {0, 0, 1}, FRONT[3] = {0, -1, 0};
    wadi_view view = {.toward = {toward[0], toward[1], toward[2]}};

    if (!v_unit(view.toward))
        return false;
    /* The head is up in the picture; seen along the leg, the back of the leg is. */
    v_add(HEAD, -v_dot(HEAD, view.toward), view.toward, view.up);
    if (v_dot(view.up, view.up) < 1e-12)
        v_add(FRONT, -v_dot(FRONT, view.toward), view.toward, view.up);
    v_unit(view.up);
    v_cross(view.up, view.toward, view.right);
    view.lateral_deg = DEG * atan2(view.toward[0], view.toward[1]);
    view.cranial_deg = DEG * asin(clamp1(view.toward[2]));
    *out = view;
    return true;
}

wadi_view wadi_view_at(double lateral_deg, double cranial_deg)
{
    double a = RAD * lateral_deg, b = RAD * cranial_deg;
    const double toward[3] = {cos(b) * sin(a), cos(b) * cos(a), sin(b)};
    wadi_view view = {0};

    WADI_ASSERT(wadi_view_from(toward, &view));
    return view;
}

void wadi_view_project(const wadi_view *view, const double point[3], double out_mm[2])
{
    out_mm[0] = v_dot(point, view->right);
    out_mm[1] = v_dot(point, view->up);
}

/* Of two opposite views the one whose detector is in front. */
static bool anterior_view(double toward[3], wadi_view *out)
{
    if (toward[1] < 0)
        for (int k = 0; k < 3; k++)
            toward[k] = -toward[k];
    return wadi_view_from(toward, out);
}

bool wadi_view_inline(const double needle[3], const double vessel[3], wadi_view *out)
{
    double n[3] = {needle[0], needle[1], needle[2]}, t[3] = {vessel[0], vessel[1], vessel[2]},
           v[3];

    if (!v_unit(n) || !v_unit(t))
        return false;
    v_add(n, -v_dot(n, t), t, v);
    return v_dot(v, v) > 1e-8 && anterior_view(v, out);
}

bool wadi_view_depth(const double needle[3], const double vessel[3], wadi_view *out)
{
    double n[3] = {needle[0], needle[1], needle[2]}, t[3] = {vessel[0], vessel[1], vessel[2]},
           v[3];

    if (!v_unit(n) || !v_unit(t))
        return false;
    v_cross(n, t, v);
    return v_dot(v, v) > 1e-8 && anterior_view(v, out);
}

void wadi_view_misfit(const wadi_view *view, const double needle[3], const double vessel[3],
                      double *misaligned_deg, double *foreshortened_deg)
{
    double t[3] = {vessel[0], vessel[1], vessel[2]}, n2[2], t2[2], cross, dot;

    v_unit(t);
    wadi_view_project(view, needle, n2);
    wadi_view_project(view, t, t2);
    cross = n2[0] * t2[1] - n2[1] * t2[0];
    dot = n2[0] * t2[0] + n2[1] * t2[1];
    *misaligned_deg = DEG * atan2(fabs(cross), fabs(dot));
    *foreshortened_deg = DEG * asin(clamp1(fabs(v_dot(t, view->toward))));
}

double wadi_view_roll_deg(const wadi_view *view, const double vessel[3])
{
    double t2[2], roll;

    wadi_view_project(view, vessel, t2);
    if (hypot(t2[0], t2[1]) < 1e-9)
        return 0;
    /* A vessel at 3 o'clock (right) is turned counter-clockwise by 90 degrees. */
    roll = DEG * atan2(t2[0], t2[1]);
    return roll;
}

/* A x = b for a symmetric positive 3 x 3; inverse as a by-product. */
static bool invert3(const double a[3][3], double out[3][3])
{
    double rows[3][3], det;

    for (int i = 0; i < 3; i++)
        v_cross(a[(i + 1) % 3], a[(i + 2) % 3], rows[i]);
    det = v_dot(a[0], rows[0]);
    if (!(fabs(det) > 1e-12))
        return false;
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            out[i][j] = rows[j][i] / det;
    return true;
}

static double between_deg(const double a[3], const double b[3])
{
    double c[3];

    v_cross(a, b, c);
    return DEG * atan2(sqrt(v_dot(c, c)), fabs(v_dot(a, b)));
}

wadi_status wadi_two_view(const wadi_view *a, const double mark_a[2], const wadi_view *b,
                          const double mark_b[2], double noise_mm, wadi_two_view_point *out,
                          wadi_error *err)
{
    const wadi_view *views[2] = {a, b};
    const double *marks[2] = {mark_a, mark_b};
    double sum[3][3] = {{0}}, inverse[3][3], side[3] = {0}, across[3], gap[3], origins[2][3];
    wadi_two_view_point result = {.between_deg = between_deg(a->toward, b->toward)};

    if (result.between_deg < LEAST_DEG)
        return wadi_fail(
            err, WADI_ERR_RANGE,
            "the views are %.1f degrees apart, at least 5 are wanted, 60 to 90 are good",
            result.between_deg);
    /* Each view gives right.x = mark[0] and up.x = mark[1]; least squares over the four. */
    for (int v = 0; v < 2; v++) {
        const double *axes[2] = {views[v]->right, views[v]->up};

        for (int m = 0; m < 2; m++)
            for (int i = 0; i < 3; i++) {
                side[i] += axes[m][i] * marks[v][m];
                for (int j = 0; j < 3; j++)
                    sum[i][j] += axes[m][i] * axes[m][j];
            }
        for (int i = 0; i < 3; i++)
            origins[v][i] = marks[v][0] * views[v]->right[i] + marks[v][1] * views[v]->up[i];
    }
    WADI_ASSERT(invert3((const double(*)[3])sum, inverse));
    for (int i = 0; i < 3; i++)
        result.point_mm[i] = v_dot(inverse[i], side);
    /* The covariance of the four equations' least squares is noise^2 times the inverse. */
    result.error_rms_mm = noise_mm * sqrt(inverse[0][0] + inverse[1][1] + inverse[2][2]);
    v_cross(a->toward, b->toward, across);
    v_unit(across);
    v_add(origins[0], -1, origins[1], gap);
    result.gap_mm = fabs(v_dot(gap, across));
    *out = result;
    return WADI_OK;
}

/* Line through marks in one picture, by total least squares; then the plane in space that holds
 * it and the direction of sight: normal.x = distance. */
static bool plane_of(const wadi_view *view, const double *marks, int count, double normal[3],
                     double *distance)
{
    double mx = 0, my = 0, xx = 0, yy = 0, xy = 0, angle, n2[2];

    for (int i = 0; i < count; i++) {
        mx += marks[2 * i] / count;
        my += marks[2 * i + 1] / count;
    }
    for (int i = 0; i < count; i++) {
        double x = marks[2 * i] - mx, y = marks[2 * i + 1] - my;

        xx += x * x;
        yy += y * y;
        xy += x * y;
    }
    if (!(xx + yy > 1e-6))
        return false;
    angle = 0.5 * atan2(2 * xy, xx - yy);
    n2[0] = -sin(angle);
    n2[1] = cos(angle);
    for (int k = 0; k < 3; k++)
        normal[k] = n2[0] * view->right[k] + n2[1] * view->up[k];
    *distance = n2[0] * mx + n2[1] * my;
    return true;
}

wadi_status wadi_two_view_line(const wadi_view *a, const double *marks_a, int count_a,
                               const wadi_view *b, const double *marks_b, int count_b,
                               wadi_line3 *out, wadi_error *err)
{
    double na[3], nb[3], da, db, cosine, ca, cb;
    wadi_line3 line;

    if (count_a < 2 || count_b < 2)
        return wadi_fail(err, WADI_ERR_RANGE, "a line wants at least two marks in each view");
    if (!plane_of(a, marks_a, count_a, na, &da) || !plane_of(b, marks_b, count_b, nb, &db))
        return wadi_fail(err, WADI_ERR_RANGE, "the marks of a view lie in one place");
    if (between_deg(na, nb) < LEAST_DEG)
        return wadi_fail(err, WADI_ERR_RANGE,
                         "both views see the line in the same plane; turn one of them");
    v_cross(na, nb, line.direction);
    v_unit(line.direction);
    /* The point of both planes in their own span: x = ca na + cb nb. */
    cosine = v_dot(na, nb);
    ca = (da - cosine * db) / (1 - cosine * cosine);
    cb = (db - cosine * da) / (1 - cosine * cosine);
    for (int k = 0; k < 3; k++)
        line.point_mm[k] = ca * na[k] + cb * nb[k];
    *out = line;
    return WADI_OK;
}

wadi_status wadi_two_view_on_line(const wadi_view *a, const double mark_a[2],
                                  const wadi_view *b, const double mark_b[2],
                                  const wadi_line3 *line, double point_mm[3], wadi_error *err)
{
    const wadi_view *views[2] = {a, b};
    const double *marks[2] = {mark_a, mark_b};
    double apart_deg = between_deg(a->toward, b->toward), above = 0, below = 0;

    if (apart_deg < LEAST_DEG)
        return wadi_fail(err, WADI_ERR_RANGE,
                         "the views are %.1f degrees apart, at least 5 are wanted", apart_deg);
    for (int v = 0; v < 2; v++) {
        double base[2], along[2];

        wadi_view_project(views[v], line->point_mm, base);
        wadi_view_project(views[v], line->direction, along);
        for (int m = 0; m < 2; m++) {
            above += along[m] * (marks[v][m] - base[m]);
            below += along[m] * along[m];
        }
    }
    /* No line is seen end on in both views: they are apart. */
    v_add(line->point_mm, above / below, line->direction, point_mm);
    return WADI_OK;
}

void wadi_line_relation(const wadi_line3 *a, const wadi_line3 *b, double *angle_deg,
                        double *distance_mm)
{
    double across[3], gap[3], along[3];

    *angle_deg = between_deg(a->direction, b->direction);
    v_add(b->point_mm, -1, a->point_mm, gap);
    v_cross(a->direction, b->direction, across);
    if (v_unit(across) && *angle_deg > 1e-3) {
        *distance_mm = fabs(v_dot(gap, across));
        return;
    }
    v_add(gap, -v_dot(gap, a->direction), a->direction, along);
    *distance_mm = sqrt(v_dot(along, along));
}
