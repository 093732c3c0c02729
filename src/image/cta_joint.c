/* Which piece of a vessel goes on where: the joint of least cost between a point of one line
 * and the start of another.
 *
 * A vessel goes on from the tip of another one. An artery of the lower leg may also be closed
 * from its origin on; then it leaves the trunk where anatomy has its origin, which is told by
 * the other branches that leave it, else by the head of the fibula. */
#include "cta_joint.h"

/* Heights of the reference leg (data/reference-leg.json), whose joint of the ankle and head of
 * the fibula lie HEAD_MM apart: the anterior tibial artery leaves 13 mm below the head, the
 * trunk parts 35 mm below that and is 36 mm long. */
#define HEAD_MM   405.0
#define FRONT_MM  13.0
#define TRUNK_MM  35.0
#define ORIGIN_MM 22.0 /* how far off that an origin may be */
#define AHEAD_MM  2.0  /* before both bones: the front, even above the parting */
#define BODY_MM   20.0 /* what it costs to leave a line that goes on */
#define LEVEL_PER 3.0  /* for each mm off the level of the origin */
#define SIDE_MM                                                                                \
    20.0 /* below the parting, what leaves a line of its own course is a side branch */
#define MOST_TURN 1.5

static double dot3(const double *a, const double *b)
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

void cta_end_tangent(const cta_line *line, int at, double *out)
{
    int reach = 12, a = at - reach, b = at + reach;

    a = a < 0 ? 0 : a;
    b = b >= line->count ? line->count - 1 : b;
    if (at < reach)
        a = 0, b = b < 2 * reach ? b : reach + at;
    double size = 0;

    for (int k = 0; k < 3; k++) {
        out[k] = line->at[b][k] - line->at[a][k];
        size += out[k] * out[k];
    }
    size = sqrt(size);
    for (int k = 0; k < 3; k++)
        out[k] = size > 1e-9 ? out[k] / size : k == 2;
}

bool cta_descends(const cta_lines *lines, int line, int from)
{
    for (int steps = 0; line >= 0 && steps < 1000; steps++) {
        if (line == from)
            return true;
        line = lines->items[line].parent;
    }
    return false;
}

int cta_tip_from(const cta_lines *lines, int line)
{
    int last = lines->items[line].count - 31;

    for (int c = 0; c < lines->count; c++)
        if (!lines->items[c].dead && lines->items[c].parent == line &&
            lines->items[c].parent_at > last)
            last = lines->items[c].parent_at;
    return last > lines->items[line].count - 2 ? lines->items[line].count - 2 : last;
}

static double bone_share(const cta_grid *grid, const double *a, const double *b)
{
    int count = (int)cta_distance(a, b) + 2, bone = 0;

    for (int i = 0; i < count; i++) {
        double p[3], t = i / (count - 1.0);

        for (int k = 0; k < 3; k++)
            p[k] = a[k] + t * (b[k] - a[k]);
        bone += cta_label_at(grid, p) == WADI_CTA_BONE;
    }
    return (double)bone / count;
}

/* What it costs to go from a point of one line to the start of another, in mm. */
static double cost_of(const cta_grid *grid, const cta_line *upper, int at, bool tip,
                      const cta_line *lower)
{
    const double *a = upper->at[at], *b = lower->at[0];
    double far = cta_distance(a, b), chord[3], ta[3], tb[3];

    if (far < 0.5)
        return far + (tip ? 0 : 2);
    for (int k = 0; k < 3; k++)
        chord[k] = (b[k] - a[k]) / far;
    cta_end_tangent(upper, at, ta);
    cta_end_tangent(lower, 0, tb);
    /* Over short ways a direction says little. */
    double say = far / (far + 6), turn = 1 - dot3(chord, tb);

    turn += tip ? 0.5 * (1 - dot3(chord, ta)) : fmax(0.5 - dot3(chord, ta), 0);
    double thin = fabs(log(fmax(upper->radius[at], 0.3) / fmax(lower->radius[0], 0.3)));

    return far *
               (1 + fmin(say * turn * (2.5 + 6 * turn), MOST_TURN) + (tip ? 0.25 * thin : 0)) *
               (1 + 4 * bone_share(grid, a, b)) +
           (tip ? 0 : 8);
}

/* Course of a piece with all that leaves it. */
static cta_course tree_course(const cta_grid *grid, const cta_frame *frame,
                              const cta_lines *lines, int root)
{
    int votes[CTA_COURSES] = {0}, best = CTA_NOWHERE;

    for (int l = 0; l < lines->count; l++) {
        const cta_line *line = &lines->items[l];

        if (!line->dead && cta_descends(lines, l, root))
            votes[cta_line_course(grid, frame, line, 0, line->count)] += line->count;
    }
    for (int c = CTA_NOWHERE + 1; c < CTA_COURSES; c++)
        if (votes[c] > votes[best] || (best == CTA_NOWHERE && votes[c] > 0))
            best = c;
    return (cta_course)best;
}

static bool is_parted(const cta_grid *grid, const cta_frame *frame, const double *at)
{
    return frame->known && cta_frame_apart(grid, frame, at) &&
           cta_height(grid, at) > frame->ankle + 10;
}

/* Course at a point of a line. Where posterior tibial and peroneal artery still lie side by
 * side only the front can be told. */
static cta_course course_near(const cta_grid *grid, const cta_frame *frame,
                              const cta_line *line, int at)
{
    if (frame->known && !cta_frame_apart(grid, frame, line->at[at]))
        return cta_frame_ahead(grid, frame, line->at[at]) > AHEAD_MM ? CTA_ANTERIOR
                                                                     : CTA_NOWHERE;
    return cta_line_course(grid, frame, line, at - 20, at + 20);
}

/* May a piece of this course continue from there? */
static bool fits(const cta_grid *grid, const cta_frame *frame, cta_course course,
                 const cta_line *upper, int at)
{
    cta_course there = course_near(grid, frame, upper, at);

    if (course == CTA_NOWHERE || there == course)
        return true;
    return there == CTA_NOWHERE && !is_parted(grid, frame, upper->at[at]);
}

/* Where a line leaves another one near the height at which that is expected: the front from the
 * back, or both behind. The nearest to `expected`; -1e30 none within ORIGIN_MM. */
static double seen_origin(const cta_grid *grid, const cta_frame *frame, const cta_lines *lines,
                          bool front, double expected)
{
    double best = -1e30;

    for (int l = 0; l < lines->count; l++) {
        const cta_line *line = &lines->items[l];

        if (line->dead || line->kind != WADI_CTA_ARTERY || line->parent < 0 || line->count < 20)
            continue;
        const double *from = lines->items[line->parent].at[line->parent_at];
        double height = cta_height(grid, from);

        if (fabs(height - expected) > ORIGIN_MM)
            continue;
        bool own = cta_frame_ahead(grid, frame, line->at[line->count - 1]) > AHEAD_MM;
        const cta_line *parent = &lines->items[line->parent];
        bool stem = cta_frame_ahead(grid, frame, parent->at[parent->count - 1]) > AHEAD_MM;

        /* Either of both may be the side that goes to the front. */
        if ((own != stem) == front && fabs(height - expected) < fabs(best - expected))
            best = height;
    }
    return best;
}

/* Height at which an artery of this course leaves the trunk. */
static double origin_height(const cta_grid *grid, const cta_frame *frame,
                            const cta_lines *lines, cta_course course)
{
    double scale = (frame->knee - frame->ankle) / HEAD_MM;
    double high = frame->knee - FRONT_MM * scale, low = high - TRUNK_MM * scale;
    double front = seen_origin(grid, frame, lines, true, high),
           back = seen_origin(grid, frame, lines, false, low);

    if (course == CTA_ANTERIOR)
        return back > -1e29 ? back + TRUNK_MM * scale : high;
    return front > -1e29 ? front - TRUNK_MM * scale : low;
}

typedef struct search {
    const cta_grid *grid;
    const cta_frame *frame;
    const cta_lines *lines;
    wadi_cta_label kind;
    double most_mm;
    double origin[CTA_COURSES];
} search;

/* What it adds to leave a line that goes on; negative: not there. */
static double body_cost(const search *s, const cta_line *upper, int at, cta_course course,
                        double far)
{
    if (s->kind == WADI_CTA_VEIN) /* one that leaves another is seen up to there */
        return far > 6 ? -1 : 0;
    if (!s->frame->known || course == CTA_NOWHERE)
        return far > s->most_mm ? -1 : 0;
    if (is_parted(s->grid, s->frame, upper->at[at]))
        return far > SIDE_MM ? -1 : 0;
    return BODY_MM + LEVEL_PER * fabs(cta_height(s->grid, upper->at[at]) - s->origin[course]);
}

/* Whether a line ends in this course above the start of a piece: an artery that is seen to
 * leave its trunk is not closed at its origin. */
static bool has_stump(const search *s, int root, cta_course course)
{
    double height = cta_height(s->grid, s->lines->items[root].at[0]);

    for (int u = 0; u < s->lines->count && course != CTA_NOWHERE && s->frame->known; u++) {
        const cta_line *line = &s->lines->items[u];

        if (!line->dead && line->kind == s->kind && line->count >= 3 &&
            !cta_descends(s->lines, u, root) &&
            cta_height(s->grid, line->at[line->count - 1]) > height &&
            course_near(s->grid, s->frame, line, line->count - 1) == course)
            return true;
    }
    return false;
}

static void try_upper(const search *s, int u, cta_course course, bool stump, cta_joint *mine)
{
    const cta_line *upper = &s->lines->items[u], *lower = &s->lines->items[mine->lower];
    int last = cta_tip_from(s->lines, u), at = -1;
    double of_line = 1e30;
    for (int i = upper->count - 1; i >= 0; i -= 4) {
        double far = cta_distance(upper->at[i], lower->at[0]), more = 0;
        bool tip = i >= last;

        if (far > s->most_mm ||
            cta_height(s->grid, upper->at[i]) < cta_height(s->grid, lower->at[0]) - 6)
            continue;
        if (!tip && (more = body_cost(s, upper, i, course, far)) < 0)
            continue;
        if (!tip && stump && far > SIDE_MM)
            continue;
        double cost = more + cost_of(s->grid, upper, i, tip, lower);

        if (cost < of_line && cost < mine->second && fits(s->grid, s->frame, course, upper, i))
            of_line = cost, at = i;
    }
    if (of_line < mine->cost) {
        mine->second = mine->cost;
        mine->upper = u;
        mine->at = at;
        mine->cost = of_line;
    } else if (of_line < mine->second) {
        mine->second = of_line;
    }
}

cta_joint cta_best_joint(const cta_grid *grid, const cta_frame *frame, const cta_lines *lines,
                         wadi_cta_label kind, double most_mm)
{
    search s = {.grid = grid, .frame = frame, .lines = lines, .kind = kind, .most_mm = most_mm};
    cta_joint best = {-1, -1, -1, 1e30, 1e30};

    for (int c = 0; c < CTA_COURSES && frame->known && kind == WADI_CTA_ARTERY; c++)
        s.origin[c] = origin_height(grid, frame, lines, (cta_course)c);
    for (int r = 0; r < lines->count; r++) {
        const cta_line *lower = &lines->items[r];
        cta_joint mine = {-1, -1, r, 1e30, 1e30};

        if (lower->dead || lower->kind != kind || lower->parent >= 0 || lower->count < 3)
            continue;
        cta_course course = tree_course(grid, frame, lines, r);
        bool stump = kind == WADI_CTA_ARTERY && has_stump(&s, r, course);

        for (int u = 0; u < lines->count; u++) {
            const cta_line *upper = &lines->items[u];

            if (!upper->dead && upper->kind == kind && upper->count >= 3 &&
                !cta_descends(lines, u, r))
                try_upper(&s, u, course, stump, &mine);
        }
        if (mine.cost < best.cost)
            best = mine;
    }
    return best;
}
