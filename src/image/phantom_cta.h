/* The made-up leg of the CTA phantom: its vessels, bones and disease, before it is an image.
 *
 * Lengths are in mm. The leg is grown in the frame of the reference leg (x lateral, y anterior,
 * z up from the ankle joint, right side). Bones stay there; vessels are put into the patient's
 * frame at the end of growth: x to the patient's left, y to the back, z to the head. */
#ifndef WADI_PHANTOM_CTA_H
#define WADI_PHANTOM_CTA_H

#include "image_impl.h"
#include "wadi/image_phantom.h"

#include <math.h>

enum {
    CTA_SAMPLES = 2600, /* of a vessel, CTA_STEP_MM apart */
    CTA_TUBES = 24,
    CTA_LESIONS = 16,
    CTA_CALCIUM = 96,
    CTA_BONES = 16,
    CTA_KNOTS = 12
};

#define CTA_STEP_MM 0.25

typedef struct cta_tube {
    char name[8];
    bool vein;
    int parent; /* index of the artery it leaves, or of the one it accompanies; -1 none */
    int count;
    double (*point)[3];
    double (*side)[2][3]; /* two unit vectors across the vessel */
    double *full;         /* radius of the healthy lumen */
    double *open;         /* radius of what is open; 0 where occluded */
    double *path;         /* from the heart-side end of an artery */
    double hu;
} cta_tube;

typedef struct cta_lesion {
    int tube;
    bool occlusion, blunt, entry_calcified, outflow;
    double from, to, stenosis, reference, share_from;
} cta_lesion;

typedef struct cta_calcium {
    int tube;
    double from, to, angle, half_arc, thickness, hu;
} cta_calcium;

/* A bone's shaft: circles stacked along z, straight between knots. Or a capsule between two
 * points, for the foot. */
typedef struct cta_bone {
    bool capsule;
    int count;
    double knot[CTA_KNOTS][4]; /* z, x, y, radius; of a capsule two rows of x, y, z, radius */
    double cortex, marrow_hu, cortex_hu;
} cta_bone;

typedef enum cta_severity { CTA_NONE, CTA_MILD, CTA_MODERATE, CTA_SEVERE } cta_severity;

typedef struct cta_scene {
    cta_tube tubes[CTA_TUBES];
    int tube_count;
    cta_lesion lesions[CTA_LESIONS];
    int lesion_count;
    cta_calcium calcium[CTA_CALCIUM];
    int calcium_count;
    cta_severity severity[CTA_TUBES];
    cta_bone bones[CTA_BONES];
    int bone_count;
    bool left;
    double scale, flexion; /* of the reference leg; of the foot, radians */
    double lift;           /* added to z: where the table stands */
    double muscle_hu, fat_hu, fat_mm, blur_fwhm, noise_hu, grain_mm;
    double girth;
} cta_scene;

/* Grow a leg. The same seed gives the same leg whatever the voxels are. */
wadi_status phantom_cta_grow(uint64_t seed, cta_scene **out, wadi_error *err) WADI_MUST_USE;
void phantom_cta_free(cta_scene *scene);
int phantom_cta_tube(const cta_scene *scene, const char *name);

/* What is drawn of a crural artery (anterior tibial, posterior tibial, peroneal) before it is
 * grown. Lengths, calibres and calcium keep off the limits of GLASS and J-BTK by more than a
 * measurement may err: docs/image/phantoms.md. */
typedef enum cta_fate_kind {
    CTA_HEALTHY,
    CTA_STENOSED,
    CTA_OCCLUDED,
    CTA_OCCLUDED_AT_ORIGIN,
    CTA_NO_OUTFLOW
} cta_fate_kind;
typedef struct cta_fate {
    cta_fate_kind kind;
    double from_share, length, stenosis, radius;
    bool blunt, entry_calcified;
    cta_severity severity;
} cta_fate;
void phantom_cta_fates(wadi_random *random, const double length[3], cta_fate fates[3]);
void phantom_cta_apply(wadi_random *random, cta_scene *scene, const cta_fate fates[3]);

/* Infrapopliteal GLASS grade before and after calcium, and J-BTK points, of what was drawn. */
int phantom_cta_glass(const cta_scene *scene, int tube, int *adjusted);
int phantom_cta_jbtk(const cta_lesion *lesion);

/* What is fixed at one height of the leg, to look tissue up fast. Heights, x and y are of the
 * patient's frame. */
typedef struct cta_plane {
    const cta_scene *scene;
    double z;       /* of the leg's own frame */
    double turn[2]; /* cosine and sine of the flexion of the foot */
    double pixel_mm;
    bool leg;       /* the calf reaches this height */
    double skin[4]; /* x, y of its middle, half widths */
    int shaft_count;
    double shafts[2][5]; /* x, y, radius, cortex, marrow HU */
    bool plate[2];       /* the bone's end: cortex all over */
    double cortex_hu[2];
    int capsules[CTA_BONES], capsule_count;
} cta_plane;

typedef struct cta_spot {
    double hu;
    double edge;  /* about how far this holds in the plane */
    double sharp; /* distance to the nearest surface of bone */
    bool bone;
} cta_spot;

void phantom_cta_plane(const cta_scene *scene, double z, double pixel_mm, cta_plane *plane);
/* Soft tissue and bone. Skin and fat are blended over a pixel, bone is sharp. */
void phantom_cta_tissue(const cta_plane *plane, double x, double y, cta_spot *out);

/* Paint HU (with blur and noise), or labels, into a volume whose geometry is set. */
wadi_status phantom_cta_paint(const cta_scene *scene, uint64_t seed, wadi_volume *volume,
                              wadi_error *err) WADI_MUST_USE;
wadi_status phantom_cta_label(const cta_scene *scene, wadi_volume *volume,
                              wadi_error *err) WADI_MUST_USE;

static inline double cta_between(wadi_random *random, double least, double most)
{
    return least + (most - least) * wadi_random_uniform(random);
}

static inline double cta_smooth(double t)
{
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    return t * t * (3 - 2 * t);
}

#endif
