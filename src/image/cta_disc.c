/* A disc in what is laid out round a point, for vessels that are faint in noise.
 *
 * The edge of a ray is where brightness first falls under half; noise makes it fall too soon.
 * The same level by area instead: of all discs the one whose inside is most above half level
 * in sum. Noise averages out over the disc, and the edge is still where half level is. */
#include "cta_disc.h"

#define PULL      0.25 /* of the sum that one mm beside costs, where one side is hidden */
#define FINEST_MM 0.06

typedef struct fan {
    const cta_disc_look *look;
    double depth_mm;
    double *sum; /* (rays x depths + 1) what is above half level up to a depth, times area */
} fan;

static double up_to(const fan *all, int r, double depth)
{
    const double *sum = all->sum + (size_t)r * (size_t)(all->look->depths + 1);
    double at = fmin(fmax(depth / all->depth_mm, 0), all->look->depths - 1e-9);
    int d = (int)at;

    return sum[d] + (at - d) * (sum[d + 1] - sum[d]);
}

static double worth(const fan *all, double x, double y, double radius)
{
    const cta_disc_look *look = all->look;
    double total = 0;

    for (int r = 0; r < look->rays; r++) {
        /* Far point of the circle on this ray. */
        double along = x * look->cosine[r] + y * look->sine[r];
        double beside = x * look->sine[r] - y * look->cosine[r];
        double square = radius * radius - beside * beside;

        if (square > 0)
            total += up_to(all, r, along + sqrt(square));
    }
    return total;
}

static void fill(fan *all, double half, double bright)
{
    const cta_disc_look *look = all->look;

    for (int r = 0; r < look->rays; r++) {
        double *sum = all->sum + (size_t)r * (size_t)(look->depths + 1);
        bool hidden = false;

        sum[0] = 0;
        for (int d = 0; d < look->depths; d++) {
            double v = (double)look->values[(size_t)r * (size_t)look->depths + (size_t)d];
            /* The sample stands for the stretch up to the next one. */
            double area = (d + 0.5) * all->depth_mm * all->depth_mm;
            double next =
                d + 1 < look->depths
                    ? (double)look->values[(size_t)r * (size_t)look->depths + (size_t)d + 1]
                    : v;

            hidden = hidden || isnan(v) || isnan(next) || v > bright;
            sum[d + 1] = sum[d] + (hidden ? 0 : (0.5 * (v + next) - half) * area);
        }
    }
}

/* Means inside and in a ring outside, of what is not hidden. */
static double contrast_of(const fan *all, const cta_disc *disc, double bright)
{
    const cta_disc_look *look = all->look;
    double in = 0, in_weight = 1e-9, out = 0, out_weight = 1e-9;

    for (int r = 0; r < look->rays; r++) {
        double edge = disc->radius + disc->x * look->cosine[r] + disc->y * look->sine[r];

        for (int d = 0; d < look->depths; d++) {
            double v = (double)look->values[(size_t)r * (size_t)look->depths + (size_t)d];
            double rho = d * all->depth_mm, weight = rho + 0.2 * all->depth_mm;

            if (isnan(v) || v > bright)
                break;
            if (rho < 0.75 * edge)
                in += weight * v, in_weight += weight;
            else if (rho > edge + 0.4 && rho < edge + 1.4)
                out += weight * v, out_weight += weight;
        }
    }
    return in / in_weight - out / out_weight;
}

bool cta_disc_fit(const cta_disc_look *look, double level, double outside, double bright,
                  double most_shift, double most_radius, double *scratch, cta_disc *out)
{
    fan all = {.look = look, .depth_mm = look->depth_mm, .sum = scratch};
    double best = 0, step = 0.4;
    double most = fmin(look->depth_mm * (look->depths - 1) - 1, most_radius);

    *out = (cta_disc){0};
    fill(&all, 0.5 * (level + outside), bright);
    for (double r = 0.4; r < most; r += 0.1) {
        double here = worth(&all, 0, 0, r);

        if (here > best) {
            best = here;
            out->radius = r;
        }
    }
    if (best <= 0)
        return false;
    double pull = PULL * best;

    for (; step > FINEST_MM; step *= 0.5)
        for (int round = 0; round < 6; round++) {
            bool moved = false;

            for (int k = 0; k < 6; k++) {
                double x = out->x + (k == 0 ? step : k == 1 ? -step : 0);
                double y = out->y + (k == 2 ? step : k == 3 ? -step : 0);
                double r = out->radius + (k == 4 ? step : k == 5 ? -step : 0);

                if (r < 0.3 || r > most || hypot(x, y) > most_shift)
                    continue;
                double here = worth(&all, x, y, r) - pull * (x * x + y * y) / (1 + r * r);

                if (here > best) {
                    best = here;
                    out->x = x;
                    out->y = y;
                    out->radius = r;
                    moved = true;
                }
            }
            if (!moved)
                break;
        }
    out->contrast = contrast_of(&all, out, bright);
    return true;
}
