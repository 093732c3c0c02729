/* Norms of a high-order discontinuous Galerkin solver (Nektar++, PulseWaveSolver tests): L2 of
 * area and velocity over the whole network at the end of each run. Read from its own files. */
#include "flow_cases.h"
#include "nektar_model.h"

#define PLACE "../shared/data/flow/nektar_pulsewave/nektar_tests/"
enum { OUTSIDE = 1000, SAMPLES = 4001, MOST_DOMAINS = 64 };

/* One unit of length of a file in m; a unit of pressure follows. */
typedef struct scale {
    double length, pressure, density;
} scale;

static const scale CENTIMETRES = {1e-2, 1e2, 1e6}, METRES = {1, 1, 1};

typedef struct run {
    const nektar_model *model;
    scale unit;
    double end, rho;
    wadi_network *network;
    int domains;
    double length[MOST_DOMAINS];
    /* tubes outside that hold what is going to enter, from the vessel that follows */
    int tubes;
    int tube_region[MOST_DOMAINS], tube_domain[MOST_DOMAINS], tube_side[MOST_DOMAINS];
} run;

static double law(const run *p, const char *function, const char *variable, int domain)
{
    const char *text = nektar_law(p->model, function, variable, domain);

    return text ? nektar_value(p->model, text, 0) : NAN;
}

static double speed(const run *p, int domain, double area)
{
    double beta = law(p, "MaterialProperties", "beta", domain);

    return sqrt(beta * sqrt(area) / (2 * p->rho));
}

/* State that the wave which enters at a time brings, into a vessel that is as it was: what
 * leaves keeps its invariant, what enters has that of the boundary. `in` is along the flow. */
static void entering(const run *p, int region, int domain, int side, double t, double *area,
                     double *u)
{
    char type[32];
    const char *text_a = nektar_boundary(p->model, region, "A", type);
    const char *text_u = nektar_boundary(p->model, region, "u", type);
    double sign = side ? -1 : 1, u0 = sign * law(p, "InitialConditions", "u", domain);
    double rest = law(p, "A_0", "A_0", domain);
    double c0 = speed(p, domain, law(p, "InitialConditions", "A", domain)), back = u0 - 4 * c0;
    double a = nektar_value(p->model, text_a, t), v = sign * nektar_value(p->model, text_u, t);
    double c;

    if (!strcmp(type, "Q-inflow")) {
        c = c0;
        for (int i = 0; i < 50; i++) { /* A u = a with u = back + 4 c and A as c^4 */
            double area_c = rest * pow(c / speed(p, domain, rest), 4), flow = back + 4 * c;
            c -= (area_c * flow - a) / (4 * area_c * flow / c + 4 * area_c);
        }
    } else if (!strcmp(type, "U-inflow")) {
        c = 0.25 * (v - back);
    } else {
        c = 0.125 * (v + 4 * speed(p, domain, a) - back);
    }
    *area = rest * pow(c / speed(p, domain, rest), 4);
    *u = back + 4 * c;
}

static wadi_network_vessel tube(const run *p, const char *label, int domain, double length)
{
    double area = law(p, "A_0", "A_0", domain), l = p->unit.length;
    double beta = law(p, "MaterialProperties", "beta", domain);
    double radius = l * sqrt(area / WADI_PI);

    return (wadi_network_vessel){.label = label,
                                 .length_m = l * length,
                                 .radius_from_m = radius,
                                 .radius_to_m = radius,
                                 .stiffness_from_pa = p->unit.pressure * beta * sqrt(area),
                                 .stiffness_to_pa = p->unit.pressure * beta * sqrt(area),
                                 .profile = 2,
                                 .momentum = 1};
}

/* Older files keep vertices apart and say which vessel goes on in which two. */
static wadi_index node_of(const run *p, int vertex)
{
    for (const char *at = p->model->text; (at = strstr(at, "<BIFURCATION")); at++) {
        int parent = 0, child[2] = {0, 0}, from = 0, to = 0, last = 0;
        double length;
        sscanf(at, "<BIFURCATION VAR=\"%*[^\"]\" P=\"%d\" D1=\"%d\" D2=\"%d\"", &parent,
               &child[0], &child[1]);
        nektar_domain(p->model, parent, &from, &last, &length);
        for (int i = 0; i < 2; i++)
            if (nektar_domain(p->model, child[i], &from, &to, &length) && from == vertex)
                return last;
    }
    return vertex;
}

static void add_domains(run *p)
{
    for (int i = 0; i < MOST_DOMAINS; i++) {
        int from = 0, to = 0;
        char label[32];
        if (!nektar_domain(p->model, i, &from, &to, &p->length[i]))
            break;
        snprintf(label, sizeof label, "d%d", i);
        wadi_network_vessel v = tube(p, label, i, p->length[i]);
        v.from = node_of(p, from);
        v.to = node_of(p, to);
        case_vessel(p->network, v);
        p->domains++;
    }
    assert_true(p->domains > 0);
}

static void domain_at(const run *p, int vertex, int *domain, int *side)
{
    for (int i = 0; i < p->domains; i++) {
        int from = 0, to = 0;
        double length;
        nektar_domain(p->model, i, &from, &to, &length);
        if (from == vertex || to == vertex) {
            *domain = i;
            *side = to == vertex;
            return;
        }
    }
    fail();
}

/* Total resistance and compliance; the first part of the resistance is the vessel's own. Made
 * of parts, as theirs begins empty. Their compliance is filled once in each of the two stages
 * of a step, so it acts as half of it. */
static void add_windkessel(const run *p, wadi_index node, int domain, const char *resistance,
                           const char *compliance)
{
    const wadi_index chamber = 2 * OUTSIDE, out = 2 * OUTSIDE + 1;
    double area = law(p, "A_0", "A_0", domain), z = p->rho * speed(p, domain, area) / area;
    double rest = nektar_value(p->model, resistance, 0) - z;
    const wadi_network_element first = {
        .label = "Z", .from = node, .to = chamber, .resistance_pa_s_m3 = z};
    const wadi_network_element second = {
        .label = "R", .from = chamber, .to = out, .resistance_pa_s_m3 = rest};
    const wadi_network_chamber store = {
        .node = chamber, .compliance_m3_pa = 0.5 * nektar_value(p->model, compliance, 0)};
    const wadi_network_outlet end = {.node = out,
                                     .kind = WADI_NETWORK_FIXED,
                                     .p_out_pa = nektar_parameter(p->model, "pout")};

    DEMAND(wadi_network_add_element(p->network, &first, err));
    DEMAND(wadi_network_add_element(p->network, &second, err));
    DEMAND(wadi_network_add_chamber(p->network, &store, err));
    DEMAND(wadi_network_add_outlet(p->network, &end, err));
}

/* A flow that meets what comes back. The signal ends where it began, a moment before. */
static void add_inflow(const run *p, wadi_index node, const char *flow)
{
    static double time_s[SAMPLES], value[SAMPLES];
    double volume = pow(p->unit.length, 3);

    for (int i = 0; i < SAMPLES; i++) {
        time_s[i] = i < SAMPLES - 1 ? p->end * i / (SAMPLES - 2) : p->end;
        time_s[SAMPLES - 2] = p->end * (1 - 1e-9);
        value[i] = volume * nektar_value(p->model, flow, time_s[i]);
    }
    value[SAMPLES - 1] = value[0];
    case_inflow(p->network, node, SAMPLES, time_s, value);
}

static void add_tube(run *p, int region, int domain, int side, wadi_index node)
{
    wadi_index far = OUTSIDE + p->tubes;
    double reach = 0, area, u;
    char label[32];

    for (int i = 0; i < SAMPLES; i++) {
        double t = p->end * i / (SAMPLES - 1);
        entering(p, region, domain, side, t, &area, &u);
        reach = fmax(reach, (u + speed(p, domain, area)) * t);
    }
    snprintf(label, sizeof label, "outside %d", p->tubes);
    wadi_network_vessel v = tube(p, label, domain, 1.1 * reach);
    v.from = far;
    v.to = node;
    case_vessel(p->network, v);
    case_absorber(p->network, far);
    p->tube_region[p->tubes] = region;
    p->tube_domain[p->tubes] = domain;
    p->tube_side[p->tubes++] = side;
}

static void add_boundaries(run *p)
{
    for (int region = 0;; region++) {
        int member[NEKTAR_MOST], domain = 0, side = 0;
        const char *item = nektar_item(p->model, "B", region);
        char type[32];
        const char *a = nektar_boundary(p->model, region, "A", type);
        const char *u = nektar_boundary(p->model, region, "u", type);
        double area, velocity;

        if (!item)
            break;
        if (!a || !u) /* an older file's joint */
            continue;
        assert_int_equal(nektar_members(p->model, nektar_composite(item), member), 1);
        domain_at(p, member[0], &domain, &side);
        if (!strcmp(type, "RCR-terminal")) {
            add_windkessel(p, member[0], domain, a, u);
            continue;
        }
        if (!strcmp(type, "Q-inflow") && strspn(a, "0123456789.") != strcspn(a, "\"")) {
            add_inflow(p, member[0], a);
            continue;
        }
        entering(p, region, domain, side, 0.37 * p->end, &area, &velocity);
        if (fabs(area / law(p, "A_0", "A_0", domain) - 1) + fabs(velocity) < 1e-12 &&
            !strstr(u, "sin"))
            case_absorber(p->network, member[0]);
        else
            add_tube(p, region, domain, side, member[0]);
    }
}

/* Each state that is going to enter lies as far out as it runs until then. */
static void fill_tube(const run *p, wadi_pulse *pulse, int which)
{
    wadi_index vessel = p->domains + which;
    wadi_index count = wadi_pulse_cells(pulse, vessel, NULL, NULL, NULL, NULL);
    double *x = malloc(sizeof *x * (size_t)count), *a = malloc(sizeof *a * (size_t)count);
    double *q = malloc(sizeof *q * (size_t)count), l = p->unit.length;
    double length = wadi_network_vessel_at(p->network, vessel)->length_m / l;
    int domain = p->tube_domain[which];

    assert_true(x && a && q);
    wadi_pulse_cells(pulse, vessel, x, NULL, NULL, NULL);
    for (wadi_index i = 0; i < count; i++) {
        double out = length - x[i] / l, low = 0, high = 2 * p->end, area = 0, u = 0;
        for (int k = 0; k < 60; k++) {
            double t = 0.5 * (low + high);
            entering(p, p->tube_region[which], domain, p->tube_side[which], t, &area, &u);
            if ((u + speed(p, domain, area)) * t < out)
                low = t;
            else
                high = t;
        }
        a[i] = area * l * l;
        q[i] = u * area * l * l * l;
    }
    wadi_pulse_set_cells(pulse, vessel, a, q);
    free(x);
    free(a);
    free(q);
}

static void fill_domain(const run *p, wadi_pulse *pulse, int domain)
{
    wadi_index count = wadi_pulse_cells(pulse, domain, NULL, NULL, NULL, NULL);
    double *a = malloc(sizeof *a * (size_t)count), *q = malloc(sizeof *q * (size_t)count);
    double l = p->unit.length, area = law(p, "InitialConditions", "A", domain);
    double u = law(p, "InitialConditions", "u", domain);

    assert_true(a && q);
    for (wadi_index i = 0; i < count; i++) {
        a[i] = area * l * l;
        q[i] = u * area * l * l * l;
    }
    wadi_pulse_set_cells(pulse, domain, a, q);
    free(a);
    free(q);
}

/* Of what is left when the "exact solution" of the file is taken away: mostly none. */
/* Older files had norms of their first domain alone. */
static void norms(const run *p, const wadi_pulse *pulse, double *norm_a, double *norm_u)
{
    bool first = strstr(p->model->text, "<BIFURCATION") != NULL;
    double l = p->unit.length, sum_a = 0, sum_u = 0;

    for (int d = 0; d < (first ? 1 : p->domains); d++) {
        wadi_index count = wadi_pulse_cells(pulse, d, NULL, NULL, NULL, NULL);
        double *a = malloc(sizeof *a * (size_t)count), *q = malloc(sizeof *q * (size_t)count);
        assert_true(a && q);
        wadi_pulse_cells(pulse, d, NULL, a, q, NULL);
        for (wadi_index i = 0; i < count; i++) {
            double exact = law(p, "ExactSolution", "A", d);
            double area = a[i] / (l * l) - (isfinite(exact) ? exact : 0);
            double u = q[i] / a[i] / l, dx = p->length[d] / count;
            sum_a += area * area * dx;
            sum_u += u * u * dx;
        }
        free(a);
        free(q);
    }
    *norm_a = sqrt(sum_a);
    *norm_u = sqrt(sum_u);
}

/* Run a model to its end; false where it is not there. */
static bool run_model(const char *name, scale unit, double dx, double *norm_a, double *norm_u)
{
    char path[256];
    nektar_model *model;
    run p = {.unit = unit};
    wadi_pulse_options options = wadi_pulse_options_default();
    wadi_pulse *pulse = NULL;

    snprintf(path, sizeof path, PLACE "%s.xml", name);
    model = nektar_read(path);
    if (!model)
        return false;
    p.model = model;
    p.rho = nektar_parameter(model, "rho");
    p.end = nektar_parameter(model, "TimeStep") * nektar_parameter(model, "NumSteps");
    p.network = case_new(p.rho * unit.density, 0, 0);
    add_domains(&p);
    add_boundaries(&p);
    wadi_network_set_period(p.network, p.end);
    DEMAND(wadi_network_finish(p.network, err));
    options.dx_m = dx;
    options.accelerate = false;
    options.fixed_cycles = true;
    options.cycles = 1;
    options.sample_s = p.end / 10;
    DEMAND(wadi_pulse_new(p.network, &options, &pulse, err));
    for (int i = 0; i < p.domains; i++)
        fill_domain(&p, pulse, i);
    for (int i = 0; i < p.tubes; i++)
        fill_tube(&p, pulse, i);
    DEMAND(wadi_pulse_run(pulse, err));
    norms(&p, pulse, norm_a, norm_u);
    wadi_pulse_free(pulse);
    wadi_network_free(p.network);
    nektar_free(model);
    return true;
}

typedef struct asked {
    const char *model;
    scale unit;
    double area, velocity;             /* norms of the test that belongs to the model */
    double area_share, velocity_share; /* how far ours may be off */
    double dx;                         /* m; 0 is 2.5 mm */
} asked;

static bool compare(const asked *a)
{
    double area, velocity;

    if (!run_model(a->model, a->unit, a->dx > 0 ? a->dx : 2.5e-3, &area, &velocity)) {
        print_message("skipped: " PLACE "%s.xml is not there\n", a->model);
        return false;
    }
    print_message("%s: A %.6g of %.6g (%+.4f %%), u %.6g of %.6g (%+.3f %%)\n", a->model, area,
                  a->area, 100 * (area / a->area - 1), velocity, a->velocity,
                  100 * (velocity / a->velocity - 1));
    assert_near(area, a->area, a->area_share, 0);
    if (a->velocity_share > 0)
        assert_near(velocity, a->velocity, a->velocity_share, 0);
    return true;
}

static void network_of_55_arteries_has_the_norms_and_converges(void **state)
{
    const asked network = {"55_Artery_Network", CENTIMETRES, 35.2833, 66.3241, 1e-4, 2e-3, 0};
    double area, coarse, middle, fine;

    (void)state;
    if (!compare(&network))
        skip();
    run_model(network.model, CENTIMETRES, 1e-2, &area, &coarse);
    run_model(network.model, CENTIMETRES, 2.5e-3, &area, &middle);
    run_model(network.model, CENTIMETRES, 1.25e-3, &area, &fine);
    print_message("u at 10, 2.5 and 1.25 mm: %.4f, %.4f, %.4f of 66.3241\n", coarse, middle,
                  fine);
    assert_true(fabs(fine - 66.3241) < 0.7 * fabs(middle - 66.3241));
    assert_true(fabs(middle - 66.3241) < 0.4 * fabs(coarse - 66.3241));
}

/* The same arteries without the slanted elements between them, half as long. Its norms are
 * those of the first vessel, where what comes back meets what enters: the tube outside, which
 * knows nothing of that, is exact there no more. */
static void older_network_of_55_arteries_has_the_norms_of_its_aorta(void **state)
{
    const asked older = {"Paper4_55Network", CENTIMETRES, 12.286, 19.2064, 5e-4, 1e-2, 0};

    (void)state;
    if (!compare(&older))
        skip();
}

/* Blood that runs steadily meets a step or a slow change of what enters. Their elements are 20
 * long, so that the corners of a step ring there: velocity norms agree to what that leaves. */
static void what_enters_one_vessel_has_the_norms(void **state)
{
    const asked vessels[] = {
        {"QInflow", CENTIMETRES, 14.8393, 14.9111, 1e-5, 4e-4, 0},
        {"UInflow", CENTIMETRES, 14.8323, 14.8314, 1e-4, 4e-4, 0},
        {"VelocityInputTest", CENTIMETRES, 14.1394, 14.1161, 1e-4, 4e-4, 0},
    };

    (void)state;
    for (size_t i = 0; i < WADI_COUNT_OF(vessels); i++)
        if (!compare(&vessels[i]))
            skip();
}

/* At the end of these runs the waves have left. What is left of the velocity there belongs to
 * their elements of length 20, not to the problem (ours falls with the cells): it is no norm.
 */
static void joints_come_to_rest_at_the_norms(void **state)
{
    const asked joints[] = {
        {"Bifurcation", CENTIMETRES, 81.5915, 0.0019058, 1e-5, 0, 5e-3},
        {"Merging", CENTIMETRES, 80.117, 0.00160204, 1e-5, 0, 5e-3},
        {"Junction", CENTIMETRES, 79.0903, 5.63277e-06, 1e-5, 0, 5e-3},
    };

    (void)state;
    for (size_t i = 0; i < WADI_COUNT_OF(joints); i++)
        if (!compare(&joints[i]))
            skip();
}

static void windkessel_has_the_norms(void **state)
{
    const asked windkessel = {"RCR_boundary", METRES, 5.46359e-05, 0.427285, 1e-3, 1e-3, 0};

    (void)state;
    if (!compare(&windkessel))
        skip();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(network_of_55_arteries_has_the_norms_and_converges),
        cmocka_unit_test(older_network_of_55_arteries_has_the_norms_of_its_aorta),
        cmocka_unit_test(what_enters_one_vessel_has_the_norms),
        cmocka_unit_test(joints_come_to_rest_at_the_norms),
        cmocka_unit_test(windkessel_has_the_norms),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
