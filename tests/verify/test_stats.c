/* Every open reference case of R 4.2 (survival, cmprsk, exactRankTests, etm, stats), row by
 * row. The cases lie beside the checkout; where they are not there this test says that it was
 * skipped. */
#include "near.h"

#include "stats/stats_impl.h"

#define REFERENCE "../shared/data/outcomes/reference/"

/* A question in words, and the table that R answers with. */
typedef struct reference {
    wadi_stats_function *function;
    const char *data;     /* file under REFERENCE */
    const char *options;  /* "time=time event=status event-code=2": as on the command line */
    const char *table;    /* of the result; "" for the numbers beside the tables */
    const char *expected; /* file under REFERENCE */
    const char *filter;   /* "model=efron": rows of the expected file; or "" */
    const char
        *keys; /* "group:strata time": result column, and expected one where it differs */
    const char *
        columns; /* "estimate:surv:1e-10": result column, expected column, relative tolerance */
} reference;

#define KM "time=time event=status event-code=2 censor-code=1"
#define KM_STEPS                                                                               \
    "n_risk:n_risk:0 n_event:n_event:0 n_censor:n_censor:0 estimate:surv:1e-10 "               \
    "std_err_log:std_err_of_log_surv:1e-9 cumhaz:cumhaz:1e-10 std_err_cumhaz:std_chaz:1e-9"
#define KM_LIMITS "estimate:surv:1e-10 low:lower:1e-9 high:upper:1e-9"
#define FH_STEPS                                                                               \
    KM_LIMITS " std_err_log:std_err_of_log_surv:1e-9 cumhaz:cumhaz:1e-10 "                     \
              "std_err_cumhaz:std_chaz:1e-9"
#define QUANTILES "quantile:quantile:0 low:lower:0 high:upper:0"
#define PROBS     " quantile=0.1 quantile=0.25 quantile=0.5 quantile=0.75 quantile=0.9"
#define LIMITS_OF(CASE, OPTIONS, SCALE)                                                        \
    {wadi_stats_km,                                                                            \
     CASE "/data.csv",                                                                         \
     OPTIONS " conf-type=" SCALE,                                                              \
     "table",                                                                                  \
     CASE "/expected_km_ci.csv",                                                               \
     "conf_type=" SCALE,                                                                       \
     "group:strata time",                                                                      \
     KM_LIMITS},                                                                               \
    {                                                                                          \
        wadi_stats_km, CASE "/data.csv", OPTIONS PROBS " conf-type=" SCALE, "quantiles",       \
            CASE "/expected_quantiles.csv", "conf_type=" SCALE, "group:strata prob", QUANTILES \
    }
#define KM_CASE(CASE, OPTIONS, AT, TAU)                                                        \
    {                                                                                          \
        wadi_stats_km,                                                                         \
        CASE "/data.csv",                                                                      \
        OPTIONS,                                                                               \
        "table",                                                                               \
        CASE "/expected_km_steps.csv",                                                         \
        "",                                                                                    \
        "group:strata time",                                                                   \
        KM_STEPS},                                                                             \
        LIMITS_OF(CASE, OPTIONS, "plain"), LIMITS_OF(CASE, OPTIONS, "log"),                    \
        LIMITS_OF(CASE, OPTIONS, "log-log"), LIMITS_OF(CASE, OPTIONS, "logit"),                \
        LIMITS_OF(CASE, OPTIONS, "arcsin"),                                                    \
        {wadi_stats_km,                                                                        \
         CASE "/data.csv",                                                                     \
         OPTIONS " curve=fleming-harrington",                                                  \
         "table",                                                                              \
         CASE "/expected_fleming_harrington_stype2_ctype2.csv",                                \
         "",                                                                                   \
         "group:strata time",                                                                  \
         FH_STEPS},                                                                            \
        {wadi_stats_km,                                                                        \
         CASE "/data.csv",                                                                     \
         OPTIONS AT,                                                                           \
         "table",                                                                              \
         CASE "/expected_at_times.csv",                                                        \
         "",                                                                                   \
         "group:strata time",                                                                  \
         "n_risk:n_risk:0 n_event:n_event_since_prev:0 estimate:surv:1e-10 "                   \
         "std_err:std_err_surv:1e-9 "                                                          \
         "low:lower_log:1e-9 high:upper_log:1e-9"},                                            \
    {                                                                                          \
        wadi_stats_km, CASE "/data.csv", OPTIONS TAU, "restricted_mean",                       \
            CASE "/expected_rmean.csv", "", "group:strata tau",                                \
            "estimate:rmean:1e-9 std_err:se_rmean:1e-9 n:records:0 events:events:0"            \
    }

#define LOGRANK(TEST, DATA, OPTIONS)                                                           \
    {                                                                                          \
        wadi_stats_logrank, "logrank_open/data_" DATA ".csv", OPTIONS, "table",                \
            "logrank_open/expected_logrank.csv", "test=" TEST, "group",                        \
            "n:n:0 observed:observed:1e-10 expected:expected:1e-10 chisq:chisq:1e-10 df:df:0 " \
            "p:p:1e-9"                                                                         \
    }

#define COX_COEF                                                                               \
    "estimate:coef:1e-7 std_err:se_model:1e-6 robust_std_err:se_robust:1e-6 z:z:1e-6 "         \
    "p:p:1e-5 "                                                                                \
    "hazard_ratio:hr:1e-7 low:hr_lower:1e-6 high:hr_upper:1e-6"
#define COX_GLOBAL                                                                             \
    "n:n:0 events:nevent:0 loglik0:loglik0:1e-10 loglik:loglik:1e-10 lrt:lrt:1e-8 "            \
    "lrt_p:lrt_p:1e-7 "                                                                        \
    "score:score:1e-7 wald:wald:1e-6 robust_score:robust_score:1e-6 aic:aic:1e-9 "             \
    "concordance:concordance:1e-9 se_concordance:se_concordance:1e-7 "                         \
    "concordant:concordant:1e-10 discordant:discordant:1e-10 tied_x:tied_x:1e-10 "             \
    "tied_y:tied_y:1e-10 tied_xy:tied_xy:1e-10"
#define COX(CASE, DATA, MODEL, OPTIONS)                                                          \
    {wadi_stats_cox, CASE "/" DATA, OPTIONS, "table", CASE "/expected_cox_coef.csv",             \
     "model=" MODEL, "term",        COX_COEF},                                                   \
        {wadi_stats_cox, CASE "/" DATA, OPTIONS,       "variance", CASE "/expected_cox_var.csv", \
         "model=" MODEL, "i j",         "var:var:1e-6"},                                         \
    {                                                                                            \
        wadi_stats_cox, CASE "/" DATA, OPTIONS, "", CASE "/expected_cox_global.csv",             \
            "model=" MODEL, "", COX_GLOBAL                                                       \
    }
#define ZPH(CASE, OPTIONS, MODEL, SCALE)                                                       \
    {                                                                                          \
        wadi_stats_cox, CASE "/data.csv", OPTIONS " ties=" MODEL " zph=" SCALE, "zph",         \
            CASE "/expected_cox_zph.csv", "model=" MODEL " transform=" SCALE, "term",          \
            "chisq:chisq:1e-5 df:df:0 p:p:1e-5"                                                \
    }
#define ZPH_ALL(CASE, OPTIONS, MODEL)                                                          \
    ZPH(CASE, OPTIONS, MODEL, "km"), ZPH(CASE, OPTIONS, MODEL, "rank"),                        \
        ZPH(CASE, OPTIONS, MODEL, "identity"), ZPH(CASE, OPTIONS, MODEL, "log")
#define BASEHAZ(CASE, OPTIONS, MODEL)                                                          \
    {                                                                                          \
        wadi_stats_cox, CASE "/data.csv", OPTIONS " basehaz ties=" MODEL, "basehaz",           \
            CASE "/expected_cox_basehaz_uncentered.csv", "model=" MODEL, "strata time",        \
            "hazard:hazard:1e-7"                                                               \
    }

#define LUNG    "time=time event=event x=age x=sex x=ph.ecog x=wt.loss"
#define VETERAN "time=time event=status strata=celltype x=trt x=karno x=age"
#define HEART   "entry=start time=stop event=event x=age x=year x=surgery x=tx"
#define BLADDER "time=stop event=event cluster=id x=rx x=size x=number"
#define CAUSES  " event-code=pcm event-code=death censor-code=censor"
#define CODES   " event-code=1 event-code=2"
#define DVA                                                                                    \
    "entry=tstart time=tstop event=event id=id from=from censor-code=censor "                  \
    "event-code=patent "                                                                       \
    "event-code=occluded event-code=healed event-code=major_amp event-code=death"
#define OCCUPANCY                                                                              \
    "n_risk:n_risk:0 estimate:pstate:1e-10 std_err:std_err:1e-9 low:lower:1e-9 "               \
    "high:upper:1e-9"
#define PROP(LEVEL)                                                                            \
    {                                                                                          \
        wadi_stats_prop, "prop_open/data.csv", "count=x of=n level=" LEVEL, "table",           \
            "prop_open/expected_ci.csv", "conf=" LEVEL, "x n method",                          \
            "low:lower:1e-10 high:upper:1e-10"                                                 \
    }

static const reference REFERENCES[] = {
    KM_CASE("km_lung", KM " group=sex", " at=0 at=30 at=180 at=365 at=730 at=1000",
            " tau=365 tau=700"),
    KM_CASE("km_all_lung", KM, " at=0 at=30 at=180 at=365 at=730", " tau=180 tau=365 tau=1000"),
    KM_CASE("km_aml", "time=time event=status group=x", " at=5 at=13 at=28 at=48 at=100",
            " tau=30 tau=45"),
    {wadi_stats_km, "km_weighted_lung/data.csv", "time=time event=event group=sex weight=wt",
     "table", "km_weighted_lung/expected_km_weighted.csv", "", "group:strata time",
     "n_risk:n_risk:1e-10 n_event:n_event:1e-10 " FH_STEPS},
    /* R's std.err of a robust curve is that of S, not of log S. */
    {wadi_stats_km, "km_weighted_lung/data.csv",
     "time=time event=event group=sex weight=wt robust", "table",
     "km_weighted_lung/expected_km_weighted_robust.csv", "", "group:strata time",
     KM_LIMITS " robust_std_err:std_err_of_log_surv:1e-9 robust_std_err_cumhaz:std_chaz:1e-9"},
    {wadi_stats_km, "km_lefttrunc_heart/data.csv",
     "entry=start time=stop event=event group=transplant", "table",
     "km_lefttrunc_heart/expected_km.csv", "", "group:strata time", KM_LIMITS " " KM_STEPS},
    LOGRANK("lung_sex", "lung", "time=time event=event group=sex"),
    LOGRANK("lung_sex_peto", "lung", "time=time event=event group=sex rho=1"),
    LOGRANK("lung_sex_strata_ecog", "lung", "time=time event=event group=sex strata=ph.ecog"),
    LOGRANK("veteran_cell", "veteran", "time=time event=status group=celltype"),
    LOGRANK("veteran_cell_peto", "veteran", "time=time event=status group=celltype rho=1"),
    LOGRANK("veteran_cell_fh05", "veteran", "time=time event=status group=celltype rho=0.5"),
    LOGRANK("veteran_trt_strata_cell", "veteran",
            "time=time event=status group=trt strata=celltype"),
    LOGRANK("ovarian_rx", "ovarian", "time=futime event=fustat group=rx"),
    {wadi_stats_logrank, "logrank_open/data_lung.csv", "time=time event=event group=sex",
     "variance", "logrank_open/expected_logrank_var.csv", "test=lung_sex", "i j",
     "var:var:1e-10"},
    COX("cox_lung", "data.csv", "efron", LUNG),
    COX("cox_lung", "data.csv", "breslow", LUNG " ties=breslow"),
    COX("cox_lung", "data.csv", "exact", LUNG " ties=exact"),
    COX("cox_lung", "data.csv", "efron_robust", LUNG " robust"),
    ZPH_ALL("cox_lung", LUNG, "efron"),
    ZPH_ALL("cox_lung", LUNG, "breslow"),
    BASEHAZ("cox_lung", LUNG, "efron"),
    BASEHAZ("cox_lung", LUNG, "breslow"),
    {wadi_stats_cox, "cox_lung/data.csv", LUNG " residuals", "residuals",
     "cox_lung/expected_cox_residuals.csv", "", "row",
     "martingale:martingale:1e-6 deviance:deviance:1e-6 "
     "linear_predictor:linear_predictor_uncentered:1e-6"},
    {wadi_stats_cox, "cox_lung/data.csv", LUNG " residuals", "dfbeta",
     "cox_lung/expected_cox_dfbeta.csv", "", "row",
     "age:X1:1e-6 sex:X2:1e-6 ph.ecog:X3:1e-6 wt.loss:X4:1e-6"},
    {wadi_stats_cox, "cox_lung/data.csv",
     LUNG " conf-type=log-log newdata=" REFERENCE "cox_lung/data_newdata.csv", "predicted",
     "cox_lung/expected_cox_predicted_surv.csv", "", "profile time",
     "estimate:surv:1e-7 std_err_cumhaz:std_err_cumhaz:1e-6 low:lower:1e-6 high:upper:1e-6"},
    COX("cox_veteran_strata", "data.csv", "efron", VETERAN),
    COX("cox_veteran_strata", "data.csv", "breslow", VETERAN " ties=breslow"),
    BASEHAZ("cox_veteran_strata", VETERAN, "efron"),
    ZPH("cox_veteran_strata", VETERAN, "efron", "km"),
    COX("cox_weighted_lung", "data.csv", "efron", LUNG " weight=wt"),
    COX("cox_weighted_lung", "data.csv", "breslow", LUNG " weight=wt ties=breslow"),
    COX("cox_weighted_lung", "data.csv", "efron_robust", LUNG " weight=wt robust"),
    COX("cox_tdc_heart", "data.csv", "efron", HEART),
    COX("cox_tdc_heart", "data.csv", "breslow", HEART " ties=breslow"),
    COX("cox_tdc_heart", "data.csv", "exact", HEART " ties=exact"),
    COX("cox_tdc_heart", "data.csv", "robust", HEART " cluster=id"),
    ZPH_ALL("cox_tdc_heart", HEART, "efron"),
    BASEHAZ("cox_tdc_heart", HEART, "efron"),
    BASEHAZ("cox_tdc_heart", HEART, "breslow"),
    COX("cox_recurrent_bladder", "data_bladder2.csv", "ag", BLADDER " entry=start"),
    COX("cox_recurrent_bladder", "data_bladder2.csv", "pwp",
        BLADDER " entry=start strata=enum"),
    COX("cox_recurrent_bladder", "data_bladder_wlw.csv", "wlw", BLADDER " strata=enum"),
    {wadi_stats_mcf, "cox_recurrent_bladder/data_bladder2.csv",
     "entry=start time=stop event=event id=id group=rx", "table",
     "cox_recurrent_bladder/expected_mcf_cumhaz.csv", "", "group:strata time",
     "n_risk:n_risk:0 n_event:n_event:0 estimate:cumhaz:1e-10 std_err:std_chaz:1e-9"},
    {wadi_stats_cif, "cr_mgus2/data.csv", "time=etime event=ev group=sex" CAUSES, "table",
     "cr_mgus2/expected_aj.csv", "", "group:strata state time", OCCUPANCY},
    {wadi_stats_gray, "cr_mgus2/data.csv", "time=etime event=ecode group=sex" CODES, "table",
     "cr_mgus2/expected_gray_test.csv", "", "cause", "stat:stat:1e-9 p:p:1e-8 df:df:0"},
    {wadi_stats_finegray, "cr_mgus2/data.csv",
     "time=etime event=ecode x=sex x=age basehaz" CODES, "basehaz",
     "cr_mgus2/expected_finegray_crr_basesubhaz_cause1.csv", "", "time",
     "subhaz_increment:subhaz_increment:1e-5"},
    {wadi_stats_finegray, "cr_mgus2/data.csv", "time=etime event=ecode x=sex x=age" CODES,
     "table", "cr_mgus2/expected_finegray_crr_cause1.csv", "", "term",
     "estimate:coef:1e-6 std_err:se:1e-5"},
    {wadi_stats_finegray, "cr_mgus2/data.csv",
     "time=etime event=ecode x=sex x=age cause=2" CODES, "table",
     "cr_mgus2/expected_finegray_crr_cause2.csv", "", "term",
     "estimate:coef:1e-6 std_err:se:1e-5"},
    {wadi_stats_finegray, "cr_mgus2/data.csv",
     "time=etime event=ecode x=sex x=age method=efron" CODES, "table",
     "cr_mgus2/expected_finegray_coxph_pcm.csv", "", "term",
     "estimate:coef:1e-6 naive_std_err:se_naive:1e-5"},
    {wadi_stats_cox, "cr_mgus2/data.csv",
     "time=etime event=ev x=sex x=age event-code=pcm censor-code=censor censor-code=death",
     "table", "cr_mgus2/expected_cox_coef.csv", "model=causespec_pcm", "term", COX_COEF},
    {wadi_stats_msm, "ms_illnessdeath_mgus2/data.csv",
     "entry=tstart time=tstop event=event id=id" CAUSES, "table",
     "ms_illnessdeath_mgus2/expected_aj.csv", "", "state time", OCCUPANCY},
    {wadi_stats_msm, "ms_dva_synth_a/data.csv", DVA, "table", "ms_dva_synth_a/expected_aj.csv",
     "", "state time", OCCUPANCY},
    {wadi_stats_msm, "ms_dva_synth_a/data.csv",
     DVA " variance=greenwood at=1 at=3 at=6 at=12 at=18", "table",
     "ms_dva_synth_a/expected_aj_greenwood_etm.csv", "from=patent", "state:to time",
     "estimate:p:1e-10 std_err:se_greenwood:1e-9"},
    PROP("0.9"),
    PROP("0.95"),
    PROP("0.99"),
    {wadi_stats_fisher, "fisher_2x2_open/data.csv", "", "table",
     "fisher_2x2_open/expected_2x2.csv", "", "a b c d",
     "fisher_p:fisher_p:1e-9 fisher_p_less:fisher_p_less:1e-9 "
     "fisher_p_greater:fisher_p_greater:1e-9 "
     "or_cmle:or_cmle:1e-3 or_low:or_low:1e-3 or_high:or_high:1e-3 chisq:chisq:1e-10 "
     "chisq_p:chisq_p:1e-9 chisq_yates:chisq_yates:1e-10 chisq_yates_p:chisq_yates_p:1e-9 "
     "riskdiff:riskdiff:1e-10 rd_newcombe_low:rd_newcombe_low:1e-10 "
     "rd_newcombe_high:rd_newcombe_high:1e-10 mcnemar_chi2:mcnemar_chi2:1e-10 "
     "mcnemar_p:mcnemar_p:1e-9 mcnemar_cc_p:mcnemar_cc_p:1e-9 "
     "mcnemar_exact_p:mcnemar_exact_p:1e-9"},
    {wadi_stats_fisher, "fisher_rxc_open/data.csv", "", "table",
     "fisher_rxc_open/expected_rxc.csv", "", "table",
     "fisher_p:fisher_p:1e-9 chisq:chisq:1e-10 df:df:0 chisq_p:chisq_p:1e-9"},
    {wadi_stats_signedrank, "wilcoxon_signed_open/data.csv", "", "table",
     "wilcoxon_signed_open/expected_signedrank.csv", "", "set",
     "n:n:0 n_nonzero:n_nonzero:0 V:V:0 p_exact_notie:p_exact_notie:1e-9 "
     "p_exact_perm:p_exact_perm:1e-9 p_normal_cc:p_normal_cc:1e-9 p_normal:p_normal:1e-9 "
     "hl_exact:hl_exact:1e-9 hl_lo:hl_lo:1e-9 hl_hi:hl_hi:1e-9 median_pre:median_pre:0 "
     "median_post:median_post:0 paired_t:paired_t:1e-9 paired_t_p:paired_t_p:1e-9 "
     "sign_test_p:sign_test_p:1e-9"},
    {wadi_stats_ranksum, "wilcoxon_ranksum_open/data.csv", "", "table",
     "wilcoxon_ranksum_open/expected_ranksum.csv", "", "set",
     "n1:n1:0 n2:n2:0 W:W:0 p_exact_notie:p_exact_notie:1e-9 p_exact_perm:p_exact_perm:1e-9 "
     "p_normal_cc:p_normal_cc:1e-9 p_normal:p_normal:1e-9 hl:hl:1e-9 hl_lo:hl_lo:1e-9 "
     "hl_hi:hl_hi:1e-9 "
     "welch_t:welch_t:1e-9 welch_df:welch_df:1e-9 welch_p:welch_p:1e-9 welch_lo:welch_lo:1e-9 "
     "welch_hi:welch_hi:1e-9 student_t:student_t:1e-9 student_p:student_p:1e-9 kw:kw:1e-9 "
     "kw_p:kw_p:1e-9"},
    {wadi_stats_table1, "table1_lung/data.csv", "group=sex factor=ph.ecog", "table",
     "table1_lung/expected_continuous.csv", "", "var group",
     "n:n:0 missing:missing:0 mean:mean:1e-12 sd:sd:1e-12 se:se:1e-12 ci_low:ci_low:1e-10 "
     "ci_high:ci_high:1e-10 min:min:0 q1_t2:q1_t2:1e-12 q1_t6:q1_t6:1e-12 q1_t7:q1_t7:1e-12 "
     "median:median:1e-12 q3_t2:q3_t2:1e-12 q3_t6:q3_t6:1e-12 q3_t7:q3_t7:1e-12 max:max:0"},
    {wadi_stats_table1, "table1_lung/data.csv", "group=sex factor=ph.ecog", "categorical",
     "table1_lung/expected_categorical.csv", "", "var group level",
     "count:count:0 n_nonmissing:n_nonmissing:0 n_all:n_all:0 "
     "pct_nonmissing:pct_nonmissing:1e-12"},
};

/* ---- a question from words ---- */

enum { WORD_MAX = 64 };

typedef struct question {
    wadi_stats_spec spec;
    char path[256], words[1024];
    const char *lists[12][WORD_MAX];
    wadi_names *names[12];
} question;

static void take_word(question *asked, const char *key, const char *value)
{
    wadi_stats_spec *spec = &asked->spec;
    const struct {
        const char *key;
        const char **text;
        wadi_names *list;
    } TABLE[] = {
        {"time", &spec->time, NULL},
        {"entry", &spec->entry, NULL},
        {"event", &spec->event, NULL},
        {"weight", &spec->weight, NULL},
        {"cluster", &spec->cluster, NULL},
        {"id", &spec->id, NULL},
        {"from", &spec->from, NULL},
        {"zph", &spec->zph, NULL},
        {"newdata", &spec->newdata, NULL},
        {"cause", &spec->cause, NULL},
        {"variance", &spec->variance, NULL},
        {"method", &spec->method, NULL},
        {"event-code", NULL, &spec->event_codes},
        {"censor-code", NULL, &spec->censor_codes},
        {"group", NULL, &spec->group},
        {"strata", NULL, &spec->strata},
        {"x", NULL, &spec->x},
        {"factor", NULL, &spec->factor},
        {"count", NULL, &spec->count},
        {"of", NULL, &spec->of},
        {"at", NULL, &spec->at},
        {"tau", NULL, &spec->tau},
        {"quantile", NULL, &spec->quantiles},
    };
    static const char *const SCALES[] = {"log", "plain", "log-log", "logit", "arcsin"};
    static const char *const TIES[] = {"efron", "breslow", "exact"};

    for (size_t i = 0; i < WADI_COUNT_OF(TABLE); i++) {
        if (strcmp(TABLE[i].key, key))
            continue;
        if (TABLE[i].text) {
            *TABLE[i].text = value;
            return;
        }
        for (int l = 0; l < 12; l++) {
            if (asked->names[l] && asked->names[l] != TABLE[i].list)
                continue;
            asked->names[l] = TABLE[i].list;
            asked->lists[l][TABLE[i].list->count++] = value;
            TABLE[i].list->name = asked->lists[l];
            return;
        }
    }
    for (int i = 0; i < 5; i++)
        if (!strcmp(key, "conf-type") && !strcmp(value, SCALES[i]))
            spec->conf_type = (wadi_conf_type)i;
    for (int i = 0; i < 3; i++)
        if (!strcmp(key, "ties") && !strcmp(value, TIES[i]))
            spec->ties = (wadi_ties)i;
    if (!strcmp(key, "rho"))
        spec->rho = strtod(value, NULL);
    if (!strcmp(key, "level"))
        spec->level = strtod(value, NULL);
    if (!strcmp(key, "curve"))
        spec->curve = WADI_CURVE_FLEMING_HARRINGTON;
    spec->robust |= !strcmp(key, "robust");
    spec->residuals |= !strcmp(key, "residuals");
    spec->basehaz |= !strcmp(key, "basehaz");
}

static void ask(question *asked, const reference *ref)
{
    char *rest = NULL;

    asked->spec = wadi_stats_spec_default();
    snprintf(asked->path, sizeof asked->path, REFERENCE "%s", ref->data);
    snprintf(asked->words, sizeof asked->words, "%s", ref->options);
    asked->spec.path = asked->path;
    for (char *word = strtok_r(asked->words, " ", &rest); word;
         word = strtok_r(NULL, " ", &rest)) {
        char *equals = strchr(word, '=');

        if (equals)
            *equals = 0;
        take_word(asked, word, equals ? equals + 1 : "");
    }
}

/* ---- comparison ---- */

static const wadi_column *expected_column(const wadi_frame *frame, const char *name)
{
    for (int i = 0; i < wadi_frame_column_count(frame); i++)
        if (!strcmp(wadi_frame_column(frame, i)->name, name))
            return wadi_frame_column(frame, i);
    fail_msg("no expected column %s", name);
    return NULL;
}

/* Labels agree as texts, as numbers, or where R names the variable too ("sex=1"; sexM is ours,
 * male R's in a case that recoded it). */
static bool same_label(const char *ours, const char *theirs)
{
    const char *equals = strchr(theirs, '=');
    double a, b;

    if (!strcmp(ours, theirs) || (equals && !strcmp(ours, equals + 1)))
        return true;
    if (!strcmp(ours, "sexM") && !strcmp(theirs, "male"))
        return true;
    return frame_number_text(ours, &a) && frame_number_text(theirs, &b) &&
           fabs(a - b) <= 1e-12 * fabs(b);
}

static bool same_key(const wadi_result_column *ours, size_t row, const wadi_column *theirs,
                     size_t line)
{
    char number[40];
    const char *label;

    if (ours->number && theirs->number)
        return fabs(ours->number[row] - theirs->number[line]) <=
               1e-12 * fabs(theirs->number[line]);
    snprintf(number, sizeof number, "%.15g", theirs->number ? theirs->number[line] : 0.0);
    label = theirs->number           ? number
            : theirs->code[line] < 0 ? "NA"
                                     : theirs->level[theirs->code[line]];
    return ours->text && ours->text[row] && same_label(ours->text[row], label);
}

static bool is_chosen(const wadi_frame *frame, const char *filter, size_t line)
{
    char words[128], *rest = NULL;

    snprintf(words, sizeof words, "%s", filter);
    for (char *word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        char *equals = strchr(word, '=');
        const wadi_column *column;
        double number;

        *equals = 0;
        column = expected_column(frame, word);
        if (column->number && frame_number_text(equals + 1, &number)) {
            if (fabs(column->number[line] - number) > 1e-9)
                return false;
        } else if (column->code[line] < 0 ||
                   strcmp(column->level[column->code[line]], equals + 1)) {
            return false;
        }
    }
    return true;
}

typedef struct keys {
    int count;
    const wadi_result_column *ours[4];
    const wadi_column *theirs[4];
} keys;

static keys find_keys(const reference *ref, const wadi_result_table *table,
                      const wadi_frame *frame)
{
    char words[128], *rest = NULL;
    keys found = {0};

    snprintf(words, sizeof words, "%s", ref->keys);
    for (char *word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        char *colon = strchr(word, ':');

        if (colon)
            *colon = 0;
        found.ours[found.count] = wadi_result_column_get(table, word);
        found.theirs[found.count++] = expected_column(frame, colon ? colon + 1 : word);
    }
    return found;
}

/* The result's row with the keys of an expected line, searched from where the last one was
 * found. */
static size_t find_row(const keys *all, const wadi_result_table *table, size_t line,
                       size_t from)
{
    for (size_t step = 0; step < table->count; step++) {
        size_t row = (from + step) % table->count;
        bool same = true;

        for (int k = 0; same && k < all->count; k++)
            same = same_key(all->ours[k], row, all->theirs[k], line);
        if (same)
            return row;
    }
    return SIZE_MAX;
}

static long compare(const reference *ref, size_t line, const wadi_frame *frame,
                    const wadi_result *result, const wadi_result_table *table, size_t row)
{
    char words[1200], *rest = NULL;
    long compared = 0;

    snprintf(words, sizeof words, "%s", ref->columns);
    for (char *word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        char *first = strchr(word, ':'), *second = strchr(first + 1, ':');
        const wadi_column *theirs;
        double want, got, tolerance;

        *first = *second = 0;
        theirs = expected_column(frame, first + 1);
        want = theirs->number ? theirs->number[line]
                              : NAN; /* a column of NA only has no numbers */
        got = table ? wadi_result_column_get(table, word)->number[row]
                    : wadi_result_value(result, word);
        tolerance = strtod(second + 1, NULL);
        compared++;
        if (isnan(want) && isnan(got))
            continue;
        if (want == got || fabs(got - want) <= tolerance * fabs(want) + 1e-15)
            continue;
        fail_msg("%s (%s), line %zu: %s is %.17g, R has %.17g, tolerance %g", ref->expected,
                 ref->options, line + 2, word, got, want, tolerance);
    }
    return compared;
}

static long check(const reference *ref)
{
    char path[256];
    question *asked = wadi_alloc(1, sizeof *asked);
    wadi_frame *frame = NULL;
    wadi_result *result = NULL;
    wadi_error err = {0};
    long compared = 0;

    ask(asked, ref);
    snprintf(path, sizeof path, REFERENCE "%s", ref->expected);
    if (wadi_frame_read(path, NULL, 0, &frame, &err) ||
        ref->function(&asked->spec, &result, &err))
        fail_msg("%s (%s): %s", ref->data, ref->options, err.message);
    const wadi_result_table *table = *ref->table ? wadi_result_get(result, ref->table) : NULL;
    keys all = {0};
    if (table)
        all = find_keys(ref, table, frame);
    for (size_t line = 0, row = 0; line < wadi_frame_rows(frame); line++) {
        if (!is_chosen(frame, ref->filter, line))
            continue;
        if (table) {
            row = find_row(&all, table, line, row);
            if (row == SIZE_MAX)
                fail_msg("%s (%s), line %zu: no such row", ref->expected, ref->options,
                         line + 2);
        }
        compared += compare(ref, line, frame, result, table, row);
    }
    if (!compared)
        fail_msg("%s (%s): nothing was compared", ref->expected, ref->filter);
    wadi_result_free(result);
    wadi_frame_free(frame);
    free(asked);
    return compared;
}

static bool is_there(void)
{
    FILE *file = fopen(REFERENCE "INDEX.csv", "r");

    if (file)
        fclose(file);
    return file != NULL;
}

static void every_reference_case_agrees_with_r(void **state)
{
    long compared = 0;

    (void)state;
    if (!is_there()) {
        print_message("skipped: the reference cases are not beside this checkout\n");
        skip();
    }
    for (size_t i = 0; i < WADI_COUNT_OF(REFERENCES); i++)
        compared += check(&REFERENCES[i]);
    print_message("%ld numbers agree\n", compared);
    assert_true(compared > 50000);
}

/* Tolerances of the reference: curve within 0.01, median within 2 %, events within 3 %. */
static void a_digitised_curve_gives_back_its_patients(void **state)
{
    wadi_stats_spec spec = wadi_stats_spec_default();
    wadi_result *result = NULL;
    wadi_error err = {0};

    (void)state;
    if (!is_there())
        skip();
    spec.path = REFERENCE "guyot_lung/data_digitised.csv";
    spec.at_risk = REFERENCE "guyot_lung/data_atrisk.csv";
    assert_int_equal(wadi_stats_reconstruct(&spec, &result, &err), WADI_OK);
    assert_near(wadi_result_value(result, "n"), 228, 0, 0);
    assert_near(wadi_result_value(result, "events"), 165, 0.03, 0);
    assert_near(wadi_result_value(result, "median"), 310, 0.02, 0);
    assert_true(wadi_result_value(result, "max_abs_error") <= 0.01);
    assert_near(wadi_result_value(result, "max_risk_error"), 0, 0, 0.5);
    wadi_result_free(result);
}

/* The five states of the synthetic limbs against expm(Qt), the truth they were drawn from:
 * within three standard errors, or within the upper limit 0.0122 of none among 300. */
static void occupancies_cover_the_true_process(void **state)
{
    static const char *const AT[] = {"1", "3", "6", "12", "18"};
    reference ref = {wadi_stats_msm,
                     "ms_dva_synth_a/data.csv",
                     DVA,
                     "table",
                     "ms_dva_synth_a/expected_true_pstate.csv",
                     "",
                     "state time",
                     ""};
    question *asked = wadi_alloc(1, sizeof *asked);
    wadi_frame *frame = NULL;
    wadi_result *result = NULL;
    int outside = 0, seen = 0;

    (void)state;
    if (!is_there()) {
        free(asked);
        skip();
    }
    ask(asked, &ref);
    asked->spec.at = (wadi_names){AT, 5};
    assert_int_equal(wadi_frame_read(REFERENCE "ms_dva_synth_a/expected_true_pstate.csv", NULL,
                                     0, &frame, NULL),
                     WADI_OK);
    assert_int_equal(wadi_stats_msm(&asked->spec, &result, NULL), WADI_OK);
    const wadi_result_table *table = wadi_result_get(result, "table");
    keys all = find_keys(&ref, table, frame);
    for (size_t line = 0; line < wadi_frame_rows(frame); line++) {
        size_t row = find_row(&all, table, line, 0);
        double truth = expected_column(frame, "p")->number[line];

        if (row == SIZE_MAX)
            continue;
        double p = wadi_result_column_get(table, "estimate")->number[row];
        double error = wadi_result_column_get(table, "std_err")->number[row];
        seen++;
        outside += fabs(p - truth) > fmax(3 * error, 0.0122);
    }
    assert_true(seen >= 20);
    assert_int_equal(outside, 0);
    wadi_result_free(result);
    wadi_frame_free(frame);
    free(asked);
}

/* R's nmath grid, to 1e-13. */
static void distributions_agree_with_nmath(void **state)
{
    wadi_frame *frame = NULL;

    (void)state;
    if (!is_there())
        skip();
    assert_int_equal(
        wadi_frame_read(REFERENCE "special_functions/expected_beta.csv", NULL, 0, &frame, NULL),
        WADI_OK);
    for (size_t i = 0; i < wadi_frame_rows(frame); i++) {
        double a = expected_column(frame, "a")->number[i],
               b = expected_column(frame, "b")->number[i];
        double p = expected_column(frame, "p")->number[i];

        assert_near(stats_beta_q(p, a, b), expected_column(frame, "qbeta")->number[i], 1e-13,
                    0);
        assert_near(stats_beta_p(p, a, b), expected_column(frame, "pbeta_at_p")->number[i],
                    1e-12, 0);
    }
    wadi_frame_free(frame);
    assert_int_equal(wadi_frame_read(REFERENCE "special_functions/expected_chisq_t.csv", NULL,
                                     0, &frame, NULL),
                     WADI_OK);
    for (size_t i = 0; i < wadi_frame_rows(frame); i++) {
        double x = expected_column(frame, "x")->number[i],
               df = expected_column(frame, "df")->number[i];

        assert_near(stats_chisq_p(x, df), expected_column(frame, "p_upper")->number[i], 1e-12,
                    0);
        assert_near(stats_t_upper(sqrt(x), df), expected_column(frame, "t_upper")->number[i],
                    1e-12, 0);
    }
    wadi_frame_free(frame);
    assert_int_equal(
        wadi_frame_read(REFERENCE "special_functions/expected_norm.csv", NULL, 0, &frame, NULL),
        WADI_OK);
    for (size_t i = 0; i < wadi_frame_rows(frame); i++) {
        const wadi_column *f = expected_column(frame, "f");
        double x = expected_column(frame, "arg")->number[i],
               want = expected_column(frame, "val")->number[i];

        if (!strcmp(f->level[f->code[i]], "pnorm"))
            assert_near(stats_normal_upper(-x), want, 1e-13, 0);
        if (!strcmp(f->level[f->code[i]], "qnorm"))
            assert_near(stats_normal_q(x), want, 1e-13, 1e-16);
    }
    wadi_frame_free(frame);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_reference_case_agrees_with_r),
        cmocka_unit_test(a_digitised_curve_gives_back_its_patients),
        cmocka_unit_test(occupancies_cover_the_true_process),
        cmocka_unit_test(distributions_agree_with_nmath),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
