/* openBF version 2 models. What differs by --openbf-compat is told in wadi/network.h. */
#include "flow/pulse_network_impl.h"
#include "flow/wave_inlet_impl.h"
#include "flow/yaml_impl.h"

#include <stdlib.h>
#include <string.h>

enum { MODEL_BYTES = 16 << 20 };

static const char *const ROOT_KEYS[] = {
    "network",          "project_name",  "description", "inlet_file", "inlet_type",
    "output_directory", "write_results", "blood",       "solver",     NULL};
static const char *const BLOOD_KEYS[] = {"rho", "mu", NULL};
static const char *const SOLVER_KEYS[] = {"Ccfl", "cycles", "jump", "convergence_tolerance",
                                          NULL};
static const char *const VESSEL_KEYS[] = {"label",
                                          "sn",
                                          "tn",
                                          "L",
                                          "M",
                                          "E",
                                          "R0",
                                          "Rp",
                                          "Rd",
                                          "h0",
                                          "Pext",
                                          "gamma_profile",
                                          "gamma profile",
                                          "outlet",
                                          "R1",
                                          "R2",
                                          "Cc",
                                          "Rt",
                                          "Pout",
                                          "inlet_impedance_matching",
                                          "visco-elastic",
                                          "to_save",
                                          "initial_pressure",
                                          "initial_flow",
                                          "inlet_file",
                                          "inlet_type",
                                          "wall",
                                          "K",
                                          "Kd",
                                          "alpha",
                                          NULL};

typedef struct model {
    wadi_yaml yaml;
    const wadi_openbf_options *options;
    wadi_network *network;
    const char *directory;
    wadi_index *numbers; /* (number_count) the model's node numbers, rising; ours count them */
    size_t number_count;
} model;

/* A complaint of a lower level, with the line it came from. */
static wadi_status at_line(const model *m, const yaml_node_t *node, wadi_status status,
                           wadi_error *err)
{
    char message[sizeof err->message];

    if (!status || !err)
        return status;
    snprintf(message, sizeof message, "%s", err->message);
    return wadi_fail(err, status, "%s:%d: %s", m->yaml.place, yaml_line(node), message);
}

static wadi_status need(model *m, const yaml_node_t *mapping, const char *what, const char *key,
                        double *out, wadi_error *err)
{
    bool given;
    wadi_status status = yaml_number(&m->yaml, mapping, key, out, &given, err);

    if (!status && !given)
        status = wadi_fail(err, WADI_ERR_MISSING, "%s:%d: %s has no '%s', a number is wanted",
                           m->yaml.place, yaml_line(mapping), what, key);
    return status;
}

static wadi_status take_node(model *m, const yaml_node_t *item, const char *what,
                             const char *key, wadi_index *out, wadi_error *err)
{
    double value = 0;
    wadi_status status = need(m, item, what, key, &value, err);

    if (!status && (value != floor(value) || value < 0 || value > 999999))
        status = wadi_fail(err, WADI_ERR_RANGE,
                           "%s:%d: %s: %s is %g, a node number of 0 to 999999 is wanted",
                           m->yaml.place, yaml_line(item), what, key, value);
    if (!status)
        *out = (wadi_index)value;
    return status;
}

static int compare_numbers(const void *a, const void *b)
{
    const wadi_index *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static wadi_index place_of(const model *m, wadi_index number)
{
    const wadi_index *at =
        bsearch(&number, m->numbers, m->number_count, sizeof number, compare_numbers);

    return (wadi_index)(at - m->numbers);
}

static const char *vessel_name(model *m, const yaml_node_t *item, char *what, size_t size)
{
    const char *label = yaml_text(yaml_get(&m->yaml, item, "label"));

    snprintf(what, size, "vessel '%.70s'", label ? label : "");
    return label;
}

/* Models may number nodes as they like; all numbers are read before the vessels. */
static wadi_status take_numbers(model *m, const yaml_node_t *list, wadi_error *err)
{
    const yaml_node_t *item;
    size_t count = 0, unique = 0;
    char what[96];
    wadi_status status = WADI_OK;

    while (yaml_item(&m->yaml, list, count))
        count++;
    m->numbers = wadi_alloc(2 * count, sizeof *m->numbers);
    if (!m->numbers)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu vessels", count);
    for (size_t i = 0; (item = yaml_item(&m->yaml, list, i)) && !status; i++) {
        vessel_name(m, item, what, sizeof what);
        if (item->type != YAML_MAPPING_NODE)
            return wadi_fail(err, WADI_ERR_PARSE,
                             "%s:%d: a vessel is a mapping with 'label', "
                             "'sn', 'tn', 'L'",
                             m->yaml.place, yaml_line(item));
        status = take_node(m, item, what, "sn", &m->numbers[2 * i], err);
        if (!status)
            status = take_node(m, item, what, "tn", &m->numbers[2 * i + 1], err);
    }
    qsort(m->numbers, 2 * count, sizeof *m->numbers, compare_numbers);
    for (size_t i = 0; i < 2 * count; i++)
        if (i == 0 || m->numbers[i] != m->numbers[unique - 1])
            m->numbers[unique++] = m->numbers[i];
    m->number_count = unique;
    return status;
}

/* Radii: R0 is the default of Rp, Rp of Rd, as in openBF. */
static wadi_status take_radii(model *m, const yaml_node_t *item, const char *what,
                              wadi_network_vessel *v, wadi_error *err)
{
    bool has_r0, has_rp;
    double r0 = 0, rp, rd;
    wadi_status status = yaml_number(&m->yaml, item, "R0", &r0, &has_r0, err);

    rp = r0;
    if (!status)
        status = yaml_number(&m->yaml, item, "Rp", &rp, &has_rp, err);
    if (!status && !has_r0 && !has_rp)
        return wadi_fail(err, WADI_ERR_MISSING,
                         "%s:%d: %s has no radius, 'R0' or 'Rp' is wanted", m->yaml.place,
                         yaml_line(item), what);
    rd = rp;
    if (!status)
        status = yaml_number(&m->yaml, item, "Rd", &rd, NULL, err);
    v->radius_from_m = rp;
    v->radius_to_m = m->options->compat && rd > 0 ? rp : rd;
    return status;
}

static wadi_status take_wall(model *m, const yaml_node_t *item, const char *what,
                             wadi_network_vessel *v, wadi_error *err)
{
    bool given, has_k, has_kd;
    const yaml_node_t *wall = yaml_get(&m->yaml, item, "wall");
    wadi_status status = WADI_OK;

    if (wall && yaml_text(wall) && !strcmp(yaml_text(wall), "vein"))
        v->wall = WADI_NETWORK_VEIN;
    else if (wall && (!yaml_text(wall) || strcmp(yaml_text(wall), "artery")))
        return wadi_fail(err, WADI_ERR_RANGE,
                         "%s:%d: %s: wall is '%.60s', artery or vein is wanted", m->yaml.place,
                         yaml_line(wall), what,
                         yaml_text(wall) ? yaml_text(wall) : "not a word");
    status = yaml_number(&m->yaml, item, "K", &v->stiffness_from_pa, &has_k, err);
    v->stiffness_to_pa = v->stiffness_from_pa;
    if (!status)
        status = yaml_number(&m->yaml, item, "Kd", &v->stiffness_to_pa, &has_kd, err);
    if (!status && !has_k)
        status = need(m, item, what, "E", &v->young_pa, err);
    if (!status && !has_k && !(v->young_pa > 0))
        status = wadi_fail(err, WADI_ERR_RANGE,
                           "%s:%d: %s: elastic modulus E is %g Pa, more than 0 is wanted",
                           m->yaml.place, yaml_line(item), what, v->young_pa);
    if (!status)
        status = yaml_number(&m->yaml, item, "h0", &v->thickness_m, &given, err);
    if (!status && given && !(v->thickness_m > 0))
        status = wadi_fail(err, WADI_ERR_RANGE,
                           "%s:%d: %s: wall thickness h0 is %g m, more than 0 is wanted",
                           m->yaml.place, yaml_line(item), what, v->thickness_m);
    return status;
}

static wadi_status take_vessel(model *m, const yaml_node_t *item, wadi_error *err)
{
    wadi_network_vessel v = {.profile = 2};
    char what[96];
    double ignored = 0;
    bool viscoelastic = false, flag = false;
    wadi_status status;

    v.label = vessel_name(m, item, what, sizeof what);
    if (!v.label || !*v.label)
        return wadi_fail(err, WADI_ERR_MISSING,
                         "%s:%d: a vessel has no 'label', a name is wanted", m->yaml.place,
                         yaml_line(item));
    status = yaml_check_keys(&m->yaml, item, what, VESSEL_KEYS, err);
    if (!status)
        status = take_node(m, item, what, "sn", &v.from, err);
    if (!status)
        status = take_node(m, item, what, "tn", &v.to, err);
    if (!status && v.from == v.to)
        status = wadi_fail(err, WADI_ERR_CONFLICT, "%s:%d: %s begins and ends at node %ld",
                           m->yaml.place, yaml_line(item), what, (long)v.from);
    if (!status) {
        v.from = place_of(m, v.from);
        v.to = place_of(m, v.to);
    }
    if (!status)
        status = need(m, item, what, "L", &v.length_m, err);
    if (!status)
        status = take_radii(m, item, what, &v, err);
    if (!status)
        status = take_wall(m, item, what, &v, err);
    if (!status)
        status = yaml_number(&m->yaml, item, "Pext", &v.p_ext_pa, NULL, err);
    if (!status)
        status = yaml_number(&m->yaml, item, "M", &ignored, NULL, err);
    if (!status && !m->options->compat) /* openBF does not know this spelling */
        status = yaml_number(&m->yaml, item, "gamma profile", &v.profile, NULL, err);
    if (!status)
        status = yaml_number(&m->yaml, item, "gamma_profile", &v.profile, NULL, err);
    if (!status)
        status = yaml_flag(&m->yaml, item, "visco-elastic", &viscoelastic, err);
    if (!status)
        status = yaml_flag(&m->yaml, item, "to_save", &flag, err);
    if (!status &&
        viscoelastic) /* Gamma = b0 + b1 / (2 R), openBF's constants 0.6 and 0.0015 */
        v.wall_pa_s_m = 0.6 + 0.0015 * 0.5 / v.radius_from_m;
    /* openBF's profile rules friction only; its models are published for a momentum factor
     * of 1. */
    v.momentum = 1;
    if (!status)
        status = yaml_number(&m->yaml, item, "alpha", &v.momentum, NULL, err);
    if (!status)
        status = at_line(m, item, wadi_network_add_vessel(m->network, &v, err), err);
    return status;
}

static double reference_impedance(const wadi_network *n, const wadi_network_vessel *v)
{
    double r = network_radius(v, 1), area = WADI_PI * r * r;

    return n->blood.density_kg_m3 / area *
           wave_speed(v->wall == WADI_NETWORK_VEIN, network_stiffness(v, 1), area,
                      n->blood.density_kg_m3, area);
}

static wadi_status make_windkessel(model *m, const yaml_node_t *item,
                                   const wadi_network_vessel *v, double r1, double r2,
                                   double cc, wadi_network_outlet *outlet, wadi_error *err)
{
    double z = reference_impedance(m->network, v);
    bool matching = false;
    wadi_status status = yaml_flag(&m->yaml, item, "inlet_impedance_matching", &matching, err);

    if (status)
        return status;
    outlet->kind = WADI_NETWORK_WINDKESSEL;
    outlet->impedance_pa_s_m3 = r1;
    outlet->resistance_pa_s_m3 = r2;
    outlet->compliance_m3_pa = cc;
    if (r2 == 0) {
        /* One resistance is the whole of it; the part that matches the vessel comes first. */
        outlet->resistance_pa_s_m3 = r1 - z;
        outlet->impedance_pa_s_m3 = m->options->compat ? r1 : z;
    } else if (matching) {
        outlet->impedance_pa_s_m3 = z;
        outlet->resistance_pa_s_m3 = r1 + r2 - z;
    }
    if (!(outlet->resistance_pa_s_m3 > 0))
        return wadi_fail(
            err, WADI_ERR_RANGE,
            "%s:%d: vessel '%s': R1 %g and R2 %g leave %g Pa s/m3 behind the vessel's "
            "impedance %g, more than 0 is wanted",
            m->yaml.place, yaml_line(item), v->label, r1, r2, outlet->resistance_pa_s_m3, z);
    return WADI_OK;
}

static wadi_status take_outlet(model *m, const yaml_node_t *item, const wadi_network_vessel *v,
                               bool terminal, wadi_error *err)
{
    wadi_network_outlet outlet = {.node = v->to, .kind = WADI_NETWORK_REFLECTION};
    const yaml_node_t *kind = yaml_get(&m->yaml, item, "outlet");
    const char *word = yaml_text(kind);
    double r1 = 0, r2 = 0, cc = 0;
    bool has_r1, has_rt;
    wadi_status status = yaml_number(&m->yaml, item, "R1", &r1, &has_r1, err);

    if (!status)
        status = yaml_number(&m->yaml, item, "R2", &r2, NULL, err);
    if (!status)
        status = yaml_number(&m->yaml, item, "Cc", &cc, NULL, err);
    if (!status)
        status = yaml_number(&m->yaml, item, "Rt", &outlet.reflection, &has_rt, err);
    if (!status)
        status = yaml_number(&m->yaml, item, "Pout", &outlet.p_out_pa, NULL, err);
    if (status)
        return status;
    if (kind && (!word || (strcmp(word, "wk3") && strcmp(word, "wk2") &&
                           strcmp(word, "reflection") && strcmp(word, "none"))))
        return wadi_fail(
            err, WADI_ERR_RANGE,
            "%s:%d: vessel '%s': outlet is '%.40s', wk3, wk2, reflection or none is "
            "wanted",
            m->yaml.place, yaml_line(kind), v->label, word ? word : "not a word");
    if (!terminal) {
        if (r1 != 0 || r2 != 0 || cc != 0)
            return wadi_fail(
                err, WADI_ERR_CONFLICT,
                "%s:%d: vessel '%s' has an outlet, but goes on at node %ld; an outlet "
                "where nothing follows is wanted",
                m->yaml.place, yaml_line(item), v->label,
                network_node_number(m->network, v->to));
        return WADI_OK;
    }
    if (word && !strncmp(word, "wk", 2) && !has_r1)
        return wadi_fail(err, WADI_ERR_MISSING,
                         "%s:%d: vessel '%s': outlet %s has no 'R1', a "
                         "resistance in Pa s/m3 is wanted",
                         m->yaml.place, yaml_line(item), v->label, word);
    if (r1 < 0 || r2 < 0 || cc < 0)
        return wadi_fail(err, WADI_ERR_RANGE,
                         "%s:%d: vessel '%s': R1 %g, R2 %g, Cc %g, 0 or more "
                         "are wanted",
                         m->yaml.place, yaml_line(item), v->label, r1, r2, cc);
    if (r1 > 0 || r2 > 0)
        status = make_windkessel(m, item, v, r1, r2, cc, &outlet, err);
    if (!status)
        status = at_line(m, item, wadi_network_add_outlet(m->network, &outlet, err), err);
    return status;
}

static wadi_status add_inlet_file(model *m, const yaml_node_t *at, wadi_index node,
                                  const char *name, const char *type, wadi_error *err)
{
    size_t size = strlen(m->directory) + strlen(name) + 2, count;
    char *path = wadi_alloc(size, 1);
    double *time_s = NULL, *value = NULL;
    wadi_status status;
    wadi_network_inlet inlet = {.node = node, .kind = WADI_NETWORK_INFLOW};

    if (type && strcmp(type, "Q") && strcmp(type, "P")) {
        free(path);
        return wadi_fail(err, WADI_ERR_RANGE, "%s:%d: inlet_type is '%.40s', Q or P is wanted",
                         m->yaml.place, yaml_line(at), type);
    }
    if (type && *type == 'P')
        inlet.kind = WADI_NETWORK_PRESSURE;
    if (!path)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a file name");
    if (name[0] == '/' || !*m->directory)
        snprintf(path, size, "%s", name);
    else
        snprintf(path, size, "%s/%s", m->directory, name);
    status = wave_inlet_read(path, &time_s, &value, &count, err);
    if (!status) {
        inlet.signal = (wadi_network_signal){count, time_s, value};
        status = at_line(m, at, wadi_network_add_inlet(m->network, &inlet, err), err);
    }
    free(time_s);
    free(value);
    free(path);
    return status;
}

/* Nodes that only begin vessels are inlets; the lowest takes the model's inlet file. */
static wadi_status take_inlets(model *m, const yaml_node_t *list, const wadi_index *arriving,
                               const wadi_index *leaving, wadi_error *err)
{
    const yaml_node_t *root = yaml_root(&m->yaml),
                      *file = yaml_get(&m->yaml, root, "inlet_file");
    const char *name = yaml_text(file),
               *type = yaml_text(yaml_get(&m->yaml, root, "inlet_type"));
    char fallback[256];
    bool main_taken = false;
    wadi_status status = WADI_OK;

    if (file && !name)
        return wadi_fail(err, WADI_ERR_PARSE, "%s:%d: inlet_file is not a name", m->yaml.place,
                         yaml_line(file));
    if (!name) {
        const char *project = yaml_text(yaml_get(&m->yaml, root, "project_name"));
        if (!project)
            return wadi_fail(
                err, WADI_ERR_MISSING,
                "%s:1: neither 'inlet_file' nor 'project_name', an inlet is wanted",
                m->yaml.place);
        snprintf(fallback, sizeof fallback, "%.200s_inlet.dat", project);
        name = fallback;
    }
    for (wadi_index node = 0; node < m->network->node_count && !status; node++) {
        const yaml_node_t *own = NULL, *item = NULL;
        const char *own_type = NULL;

        if (!leaving[node] || arriving[node])
            continue;
        for (size_t i = 0; (item = yaml_item(&m->yaml, list, i)) && !own; i++)
            if (m->network->vessels[i].from == node) {
                own = yaml_get(&m->yaml, item, "inlet_file");
                own_type = yaml_text(yaml_get(&m->yaml, item, "inlet_type"));
            }
        if (own && yaml_text(own))
            status =
                add_inlet_file(m, own, node, yaml_text(own), own_type ? own_type : type, err);
        else if (!main_taken)
            status = add_inlet_file(m, file ? file : root, node, name, type, err);
        else
            status = wadi_fail(
                err, WADI_ERR_MISSING,
                "%s:%d: node %ld has no inflow; an 'inlet_file' of the vessel that "
                "begins there is wanted",
                m->yaml.place, yaml_line(list), network_node_number(m->network, node));
        main_taken = main_taken || !own;
    }
    if (!status && m->network->inlet_count == 0)
        status =
            wadi_fail(err, WADI_ERR_MISSING,
                      "%s:%d: every vessel is fed by another; a node where blood enters is "
                      "wanted",
                      m->yaml.place, yaml_line(list));
    return status;
}

static wadi_status take_ends(model *m, const yaml_node_t *list, wadi_error *err)
{
    wadi_network *n = m->network;
    wadi_index *arriving = wadi_alloc((size_t)n->node_count, sizeof *arriving);
    wadi_index *leaving = wadi_alloc((size_t)n->node_count, sizeof *leaving);
    wadi_status status = WADI_OK;
    const yaml_node_t *item;

    if (!arriving || !leaving) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for %ld nodes", (long)n->node_count);
        goto done;
    }
    for (wadi_index i = 0; i < n->vessel_count; i++) {
        leaving[n->vessels[i].from]++;
        arriving[n->vessels[i].to]++;
    }
    for (size_t i = 0; (item = yaml_item(&m->yaml, list, i)) && !status; i++) {
        const wadi_network_vessel *v = &n->vessels[i];
        bool terminal = leaving[v->to] == 0 && arriving[v->to] == 1;
        if (leaving[v->to] == 0 && arriving[v->to] > 1 && yaml_get(&m->yaml, item, "R1"))
            terminal = true;
        status = take_outlet(m, item, v, terminal, err);
    }
    if (!status)
        status = take_inlets(m, list, arriving, leaving, err);
done:
    free(arriving);
    free(leaving);
    return status;
}

static wadi_status take_blood(model *m, wadi_network_blood *blood, wadi_error *err)
{
    const yaml_node_t *node = yaml_get(&m->yaml, yaml_root(&m->yaml), "blood");
    wadi_status status;

    if (!node || node->type != YAML_MAPPING_NODE)
        return wadi_fail(err, WADI_ERR_MISSING, "%s:%d: no 'blood' with 'rho' and 'mu'",
                         m->yaml.place, node ? yaml_line(node) : 1);
    status = yaml_check_keys(&m->yaml, node, "blood", BLOOD_KEYS, err);
    if (!status)
        status = need(m, node, "blood", "rho", &blood->density_kg_m3, err);
    if (!status)
        status = need(m, node, "blood", "mu", &blood->viscosity_pa_s, err);
    if (!status)
        status = at_line(m, node, wadi_network_new(blood, &m->network, err), err);
    return status;
}

static wadi_status take_solver(model *m, wadi_openbf_solver *solver, wadi_error *err)
{
    const yaml_node_t *node = yaml_get(&m->yaml, yaml_root(&m->yaml), "solver");
    double cycles = 0, ignored = 0;
    bool given;
    wadi_status status = WADI_OK;

    *solver = (wadi_openbf_solver){0};
    if (!node)
        return WADI_OK;
    if (node->type != YAML_MAPPING_NODE)
        return wadi_fail(err, WADI_ERR_PARSE, "%s:%d: 'solver' is not a mapping", m->yaml.place,
                         yaml_line(node));
    status = yaml_check_keys(&m->yaml, node, "solver", SOLVER_KEYS, err);
    if (!status)
        status = yaml_number(&m->yaml, node, "Ccfl", &solver->cfl, &given, err);
    if (!status && given && !(solver->cfl > 0 && solver->cfl <= 1))
        status =
            wadi_fail(err, WADI_ERR_RANGE,
                      "%s:%d: solver: Ccfl is %g; a time step of more than 0 and at most 1 "
                      "cell per wave is wanted",
                      m->yaml.place, yaml_line(node), solver->cfl);
    if (!status)
        status = yaml_number(&m->yaml, node, "cycles", &cycles, &given, err);
    if (!status && given && !(cycles >= 1 && cycles <= 1e6 && cycles == floor(cycles)))
        status =
            wadi_fail(err, WADI_ERR_RANGE,
                      "%s:%d: solver: cycles is %g, a whole number of 1 to 1000000 is wanted",
                      m->yaml.place, yaml_line(node), cycles);
    solver->cycles = status ? 0 : (long)cycles;
    if (!status)
        status = yaml_number(&m->yaml, node, "jump", &ignored, NULL, err);
    if (!status)
        status = yaml_number(&m->yaml, node, "convergence_tolerance", &ignored, NULL, err);
    return status;
}

static wadi_status take_network(model *m, wadi_error *err)
{
    const yaml_node_t *list = yaml_get(&m->yaml, yaml_root(&m->yaml), "network"), *item;
    wadi_status status = WADI_OK;

    if (!list || list->type != YAML_SEQUENCE_NODE || !yaml_item(&m->yaml, list, 0))
        return wadi_fail(err, WADI_ERR_MISSING,
                         "%s:%d: 'network' has no vessel, a list is wanted", m->yaml.place,
                         list ? yaml_line(list) : 1);
    status = take_numbers(m, list, err);
    for (size_t i = 0; (item = yaml_item(&m->yaml, list, i)) && !status; i++)
        status = take_vessel(m, item, err);
    m->network->node_number = m->numbers;
    m->numbers = NULL;
    if (!status)
        status = at_line(m, list, network_check_connected(m->network, err), err);
    if (!status)
        status = take_ends(m, list, err);
    if (!status) {
        wadi_network_set_start(m->network, m->network->vessels[0].p_ext_pa);
        status = at_line(m, list, wadi_network_finish(m->network, err), err);
    }
    return status;
}

wadi_status wadi_network_parse_openbf(const char *place, const char *bytes, size_t size,
                                      const char *directory, const wadi_openbf_options *options,
                                      wadi_network **out, wadi_openbf_solver *solver,
                                      wadi_error *err)
{
    const wadi_openbf_options plain = {0};
    wadi_network_blood blood = {0};
    wadi_openbf_solver ignored;
    model m = {.options = options ? options : &plain, .directory = directory};
    wadi_status status;

    *out = NULL;
    status = yaml_parse(&m.yaml, place, bytes, size, err);
    if (status)
        return status;
    status = yaml_check_keys(&m.yaml, yaml_root(&m.yaml), "the model", ROOT_KEYS, err);
    if (!status)
        status = take_blood(&m, &blood, err);
    if (!status)
        status = take_solver(&m, solver ? solver : &ignored, err);
    if (!status)
        status = take_network(&m, err);
    yaml_clear(&m.yaml);
    if (status) {
        wadi_network_free(m.network);
        return status;
    }
    *out = m.network;
    return WADI_OK;
}

wadi_status wadi_network_read_openbf(const char *path, const wadi_openbf_options *options,
                                     wadi_network **out, wadi_openbf_solver *solver,
                                     wadi_error *err)
{
    char *bytes = NULL, *directory = NULL, *slash;
    size_t size;
    wadi_status status;

    *out = NULL;
    status = wadi_file_read(path, MODEL_BYTES, &bytes, &size, err);
    if (status)
        return status;
    directory = wadi_strdup(path);
    if (!directory) {
        free(bytes);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a file name");
    }
    slash = strrchr(directory, '/');
    if (slash && slash != directory)
        *slash = '\0';
    else if (!slash)
        *directory = '\0';
    status = wadi_network_parse_openbf(path, bytes, size, directory, options, out, solver, err);
    free(directory);
    free(bytes);
    return status;
}
