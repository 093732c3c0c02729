/* Networks that cannot be: one line with the place, the value and what was wanted. */
#include "flow/wave_table_impl.h"
#include "near.h"
#include "wadi/network.h"
#include "wadi/pulse.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A model of two vessels in a row; the inlet file lies in a directory of its own. */
static const char *const MODEL = "project_name: two\n"
                                 "inlet_file: \"inlet.dat\"\n"
                                 "blood:\n"
                                 "  rho: 1060.0\n"
                                 "  mu: 4.0e-3\n"
                                 "solver:\n"
                                 "  Ccfl: 0.9\n"
                                 "  cycles: 10\n"
                                 "network:\n"
                                 "  - label: first\n"
                                 "    sn: 1\n"
                                 "    tn: 2\n"
                                 "    L: 0.1\n"
                                 "    E: 400.0e3\n"
                                 "    R0: 3.0e-3\n"
                                 "    h0: 0.3e-3\n"
                                 "  - label: second\n"
                                 "    sn: 2\n"
                                 "    tn: 3\n"
                                 "    L: 0.1\n"
                                 "    E: 400.0e3\n"
                                 "    R0: 3.0e-3\n"
                                 "    h0: 0.3e-3\n"
                                 "    R1: 2.0e8\n"
                                 "    R2: 2.0e9\n"
                                 "    Cc: 1.0e-10\n";
static const char *const INLET = "0.0 1e-6\n0.5 2e-6\n1.0 1e-6\n";

typedef struct place {
    char directory[64], inlet[96];
} place;

static void write_inlet(const place *at, const char *text)
{
    FILE *file = fopen(at->inlet, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static place make_place(void)
{
    place at = {.directory = "/tmp/wadi-network-XXXXXX"};

    assert_non_null(mkdtemp(at.directory));
    snprintf(at.inlet, sizeof at.inlet, "%s/inlet.dat", at.directory);
    write_inlet(&at, INLET);
    return at;
}

static void drop_place(const place *at)
{
    remove(at->inlet);
    rmdir(at->directory);
}

/* Read the model with one of its lines changed. The n-th time `from` stands there is meant. */
static wadi_status read_changed(const place *at, const char *from, int nth, const char *to,
                                wadi_error *err)
{
    const wadi_openbf_options options = {0};
    char *text = calloc(1, 4096);
    const char *found = MODEL;
    wadi_openbf_solver solver;
    wadi_network *network = NULL;
    wadi_status status;

    assert_non_null(text);
    for (int i = 0; i < nth; i++) {
        found = strstr(i ? found + 1 : found, from);
        assert_non_null(found);
    }
    snprintf(text, 4096, "%.*s%s%s", (int)(found - MODEL), MODEL, to, found + strlen(from));
    status = wadi_network_parse_openbf("two.yaml", text, strlen(text), at->directory, &options,
                                       &network, &solver, err);
    if (status)
        assert_null(network);
    wadi_network_free(network);
    free(text);
    return status;
}

typedef struct fault {
    const char *from;
    int nth;
    const char *to;
    const char *says[3]; /* place, value, wanted */
} fault;

static void every_fault_of_a_model_is_named_with_place_value_and_wish(void **state)
{
    const fault faults[] = {
        {"    sn: 2\n", 1, "    sn: 7\n", {"second", "7", "one connected network"}},
        {"    L: 0.1\n", 1, "    L: 0\n", {"'first'", "length is 0", "more than 0"}},
        {"    L: 0.1\n", 2, "    L: -0.1\n", {"'second'", "-0.1", "more than 0"}},
        {"    R0: 3.0e-3\n", 1, "    R0: 0\n", {"'first'", "0", "more than 0"}},
        {"    R0: 3.0e-3\n", 2, "    R0: -1e-3\n", {"'second'", "-0.001", "more than 0"}},
        {"inlet.dat", 1, "nowhere.dat", {"nowhere.dat", "", ""}},
        {"label: second", 1, "label: first", {"17", "first", ""}},
        {"    tn: 2\n", 1, "    tn: 2\n    colour: 7\n", {"13", "colour", ""}},
        {"    L: 0.1\n", 1, "    L: nan\n", {"13", "nan", ""}},
        {"    E: 400.0e3\n", 1, "    E: soft\n", {"14", "soft", ""}},
    };
    place at = make_place();

    (void)state;
    wadi_error whole = {0};
    assert_int_equal(read_changed(&at, "two", 1, "two", &whole), WADI_OK);
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        wadi_error err = {0};
        wadi_status status =
            read_changed(&at, faults[i].from, faults[i].nth, faults[i].to, &err);
        print_message("%s\n", err.message);
        assert_int_not_equal(status, WADI_OK);
        assert_null(strchr(err.message, '\n'));
        for (int k = 0; k < 3; k++)
            assert_non_null(strstr(err.message, faults[i].says[k]));
    }
    drop_place(&at);
}

static void every_fault_of_an_inlet_is_named(void **state)
{
    const struct {
        const char *text, *says[2];
    } faults[] = {
        {"0.0 1e-6\n0.5 2e-6\n1.0 1.5e-6\n", {"inlet.dat", "1.5e-06"}}, /* not periodic */
        {"0.0 1e-6\n0.5 nan\n1.0 1e-6\n", {"inlet.dat", "nan"}},
        {"0.0 1e-6\n0.5 2e-6\n0.4 2e-6\n1.0 1e-6\n", {"inlet.dat", "0.4"}}, /* back in time */
        {"0.0 1e-6\n0.5\n1.0 1e-6\n", {"inlet.dat", "2"}},                  /* half a line */
        {"", {"inlet.dat", ""}},
    };
    place at = make_place();

    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        wadi_error err = {0};
        write_inlet(&at, faults[i].text);
        wadi_status status = read_changed(&at, "two", 1, "two", &err);
        print_message("%s\n", err.message);
        assert_int_not_equal(status, WADI_OK);
        assert_null(strchr(err.message, '\n'));
        for (int k = 0; k < 2; k++)
            assert_non_null(strstr(err.message, faults[i].says[k]));
    }
    drop_place(&at);
}

static void a_forced_time_step_that_waves_outrun_is_refused(void **state)
{
    const wadi_openbf_options reading = {0};
    wadi_pulse_options options = wadi_pulse_options_default();
    wadi_openbf_solver solver;
    wadi_network *network = NULL;
    wadi_pulse *pulse = NULL;
    wadi_error err = {0};
    place at = make_place();
    wadi_status status;

    (void)state;
    assert_int_equal(wadi_network_parse_openbf("two.yaml", MODEL, strlen(MODEL), at.directory,
                                               &reading, &network, &solver, &err),
                     WADI_OK);
    options.time_step_s = 0.02;
    status = wadi_pulse_new(network, &options, &pulse, &err);
    if (!status)
        status = wadi_pulse_run(pulse, &err);
    print_message("%s\n", err.message);
    assert_int_equal(status, WADI_ERR_RANGE);
    assert_non_null(strstr(err.message, "0.02"));
    assert_non_null(strstr(err.message, "wanted"));
    wadi_pulse_free(pulse);
    wadi_network_free(network);
    drop_place(&at);
}

static void harmonics_become_samples_that_close(void **state)
{
    const double cosine[] = {2, 0, -0.5}, sine[] = {1, 0.3, 0}, period = 0.8;
    double time_s[2000], value[2000];
    size_t count = 2000, little = 10;
    wadi_error err = {0};
    wadi_network *n = NULL;
    const wadi_network_blood blood = {.density_kg_m3 = 1060, .viscosity_pa_s = 4e-3};

    (void)state;
    assert_int_equal(
        wadi_network_harmonics(period, 5, 3, cosine, sine, &count, time_s, value, &err),
        WADI_OK);
    for (int i = 0; i < 1000; i++) {
        double t = period * i / 1000, want = 5, got;
        size_t at = 0;
        for (int k = 1; k <= 3; k++)
            want += cosine[k - 1] * cos(2 * WADI_PI * k * t / period) +
                    sine[k - 1] * sin(2 * WADI_PI * k * t / period);
        while (time_s[at + 1] < t)
            at++;
        got = value[at] +
              (value[at + 1] - value[at]) * (t - time_s[at]) / (time_s[at + 1] - time_s[at]);
        assert_near(got, want, 0, 1e-4 * 3.04);
    }
    /* They are a signal that a network takes. */
    const wadi_network_inlet inlet = {.node = 0, .signal = {count, time_s, value}};
    assert_int_equal(wadi_network_new(&blood, &n, &err), WADI_OK);
    assert_int_equal(wadi_network_add_inlet(n, &inlet, &err), WADI_OK);
    wadi_network_free(n);
    assert_int_equal(
        wadi_network_harmonics(period, 5, 3, cosine, sine, &little, time_s, value, &err),
        WADI_ERR_RANGE);
    assert_non_null(strstr(err.message, "room for 10"));
    assert_int_equal(wadi_network_harmonics(0, 5, 3, cosine, sine, &count, time_s, value, &err),
                     WADI_ERR_RANGE);
}

static wadi_network *two_vessels(const place *at)
{
    const wadi_openbf_options reading = {0};
    wadi_openbf_solver solver;
    wadi_network *network = NULL;
    wadi_error err = {0};

    assert_int_equal(wadi_network_parse_openbf("two.yaml", MODEL, strlen(MODEL), at->directory,
                                               &reading, &network, &solver, &err),
                     WADI_OK);
    return network;
}

/* An upstroke of 0.1 s after a diastole in which the flow slowly recovers: the recovery is no
 * part of the rise, and the end of diastole is where the upstroke begins. */
static void a_slow_recovery_in_diastole_is_no_upstroke(void **state)
{
    enum { COUNT = 1001 };
    place at = make_place();
    wadi_network *network = two_vessels(&at);
    wadi_pulse_indices of;
    double p[COUNT], q[COUNT];

    (void)state;
    for (int i = 0; i < COUNT; i++) {
        double t = i / 1000.0;
        p[i] = 1e4;
        q[i] = t < 0.1   ? 2e-6 + 8e-6 * 0.5 * (1 - cos(WADI_PI * t / 0.1))
               : t < 0.4 ? 1.9e-6 + 8.1e-6 * 0.5 * (1 + cos(WADI_PI * (t - 0.1) / 0.3))
                         : 1.9e-6 + 0.1e-6 * (t - 0.4) / 0.6;
    }
    wave_indices(network, 0, COUNT, p, q, &of);
    assert_near(of.acceleration_s, 0.1, 0, 0.002);
    assert_near(of.edv_m_s / of.psv_m_s, 0.2, 0, 0.001);
    assert_near(of.ri, 0.8, 0, 0.001);
    /* Steady flow has no upstroke at all. */
    for (int i = 0; i < COUNT; i++)
        q[i] = 2e-6;
    wave_indices(network, 0, COUNT, p, q, &of);
    assert_true(isnan(of.acceleration_s));
    assert_near(of.ri, 0, 0, 1e-12);
    wadi_network_free(network);
    drop_place(&at);
}

static void too_few_cycles_to_tell_are_said_in_words(void **state)
{
    wadi_pulse_options options = wadi_pulse_options_default();
    place at = make_place();
    wadi_network *network = two_vessels(&at);
    wadi_pulse *pulse = NULL;
    wadi_error err = {0};

    (void)state;
    options.cycles = 1;
    assert_int_equal(wadi_pulse_new(network, &options, &pulse, &err), WADI_OK);
    assert_int_equal(wadi_pulse_run(pulse, &err), WADI_ERR_CONVERGENCE);
    print_message("%s\n", err.message);
    assert_null(strstr(err.message, "nan"));
    assert_non_null(strstr(err.message, "more cycles are wanted"));
    wadi_pulse_free(pulse);
    wadi_network_free(network);
    drop_place(&at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_fault_of_a_model_is_named_with_place_value_and_wish),
        cmocka_unit_test(every_fault_of_an_inlet_is_named),
        cmocka_unit_test(harmonics_become_samples_that_close),
        cmocka_unit_test(a_forced_time_step_that_waves_outrun_is_refused),
        cmocka_unit_test(a_slow_recovery_in_diastole_is_no_upstroke),
        cmocka_unit_test(too_few_cycles_to_tell_are_said_in_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
