/* Posteriors and expected information gain in noisy-OR networks, for a batch of interviews.
 *
 * 1. An absent finding multiplies into its conditions' priors; 2. a condition linked to one present
 * finding only is folded into that finding's leak; 3. the others go through the dynamic programme of
 * path_dp.inc.h, along the path that path_plan.c finds; 4. a candidate question f is scored by
 * absorbing "f absent" and running 3 again, eight candidates at once; what f present would say
 * follows from the law of total probability. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lanes.h"
#include "noisy_or.h"

/* A non-negative number whose exponent has no bounds: products of thousands of probabilities. */
typedef struct {
    double mantissa;
    int64_t exponent;
} wide_number;

INLINED wide_number wide(double x, int64_t exponent) {
    int e = 0;
    const double m = frexp(x, &e);
    return (wide_number){m, exponent + e};
}

/* One configuration of one interview, its absent findings absorbed. */
typedef struct {
    double *pi;                    /* by condition: P(condition | configuration, absent findings) */
    double silent[MAX_POSITIVES];  /* by present finding: P(neither leak nor lone conditions cause it) */
    double scale[MAX_POSITIVES];   /* 1 / (1 - silent): keeps the vectors near 1; 1 where that is infinite */
    wide_number mass;              /* P(configuration) P(absent findings | configuration) / product of the scales */
    double evidence;               /* P(present findings | ...) in units of the scales */
    double weight;                 /* P(configuration | all evidence) */
} prepared;

#define VALUE double
#define WIDTH 1
#define AT(v, l) (*(&(v) + (l)))
#define NAME(x) single_##x
#include "path_dp.inc.h"
#include "path_eval.inc.h"
#undef VALUE
#undef WIDTH
#undef AT
#undef NAME
#define VALUE lanes
#define WIDTH LANES
#define AT(v, l) ((v)[l])
#define NAME(x) eight_##x
#include "path_dp.inc.h"
#include "path_eval.inc.h"

/* Above this many kept states eight lanes would not fit a worker's memory: one at a time then. */
enum { MOST_KEPT_BY_LANES = 1 << 21 };

INLINED void prepare(prepared *p, const noisy_or_network *net, const coupling_case *c, const double *prior,
                     const double *negative, double weight) {
    const int C = net->n_conditions;
    wide_number mass = wide(weight * c->silent_leaks, 0);
    lanes product = lanes_of(1.0);
    for (int d = 0; d < C; d += LANES) {
        const size_t n = C - d < LANES ? (size_t)(C - d) : LANES;
        lanes before = lanes_of(0.0), q = lanes_of(1.0);
        memcpy(&before, prior + d, n * sizeof(double));
        memcpy(&q, negative + d, n * sizeof(double));
        const lanes present = before * q, total = present + (1.0 - before);
        const lanes after = lanes_select(total > 0.0, present / total, lanes_of(0.0));
        memcpy(p->pi + d, &after, n * sizeof(double));
        product *= total;
        if ((d / LANES & 31) == 31 || d + LANES >= C) { /* before a chain of 32 can underflow */
            mass = wide(mass.mantissa * (((product[0] * product[4]) * (product[1] * product[5])) *
                                         ((product[2] * product[6]) * (product[3] * product[7]))), mass.exponent);
            product = lanes_of(1.0);
        }
    }
    for (int bit = 0; bit < c->n_present; bit++) p->silent[bit] = 1.0 - net->leak[c->present[bit]];
    for (int i = 0; i < c->n_lone; i++) p->silent[c->lone_bit[i]] *= 1.0 - p->pi[c->lone[i]] * (1.0 - c->lone_q[i]);
    for (int bit = 0; bit < c->n_present; bit++) {
        const double loud = 1.0 - p->silent[bit];
        p->scale[bit] = loud > 1e-200 ? 1.0 / loud : 1.0;
        if (loud > 1e-200) mass = wide(mass.mantissa * loud, mass.exponent);
    }
    p->mass = mass;
}

typedef struct {
    coupling_case c;
    single_bench one;
    eight_bench eight;
    prepared *configurations;
    double *pi; /* configurations x conditions */
    int *indices, *members;
    int capacity;
} workbench;

static void workbench_close(workbench *w) {
    coupling_case_close(&w->c);
    single_bench_close(&w->one);
    eight_bench_close(&w->eight);
    free(w->configurations);
    free(w->pi);
    free(w->members);
}

static int workbench_open(workbench *w, const noisy_or_network *net, const noisy_or_batch *batch) {
    memset(w, 0, sizeof *w);
    for (int i = 0; i < batch->n_cases; i++) {
        const int n = batch->configuration_begin[i + 1] - batch->configuration_begin[i];
        if (n > w->capacity) w->capacity = n;
    }
    const size_t n = (size_t)w->capacity + 1;
    w->configurations = malloc(n * sizeof *w->configurations);
    w->pi = malloc(n * (size_t)net->n_conditions * sizeof *w->pi);
    w->members = malloc((n + LANES) * sizeof *w->members);
    int failed = coupling_case_open(&w->c, net) | single_bench_open(&w->one, net->n_conditions) |
                 eight_bench_open(&w->eight, net->n_conditions);
    return failed || !w->configurations || !w->pi || !w->members ? NO_MEMORY : EXACT;
}

/* Add one configuration's share of a condition that touches a present finding.  `silent` is the product
 * of its q there.  P(present, but none of its links fired | E) = odds(pi) silent P(not present | E),
 * because with every link silent the rest has to explain the findings as if it were not present. */
INLINED void collect_active(const prepared *p, int condition, double silent, double given, double *posterior, double *explaining) {
    const double pi = p->pi[condition];
    const double idle = pi < 1.0 ? pi / (1.0 - pi) * silent * (1.0 - given) : 0.0;
    posterior[condition] += p->weight * given;
    explaining[condition] += p->weight * (given > idle ? given - idle : 0.0);
}

/* The base run: every configuration's evidence and weight, and the posterior over all conditions.
 * `total` becomes P(evidence), 0 where it is impossible. */
INLINED int base_run(workbench *w, const noisy_or_network *net, const noisy_or_batch *batch, int row, double *posterior,
                     double *explaining, wide_number *total) {
    coupling_case *c = &w->c;
    const int C = net->n_conditions;
    const int status = coupling_case_read(c, net, batch->answers + (int64_t)row * net->n_findings, batch->max_width);
    memset(posterior, 0, (size_t)C * sizeof *posterior);
    memset(explaining, 0, (size_t)C * sizeof *explaining);
    *total = (wide_number){0.0, 0};
    if (status != EXACT) return status;
    const int first = batch->configuration_begin[row], n = batch->configuration_begin[row + 1] - first;
    const int32_t none = -1;
    const int no_candidate[LANES] = {none, none, none, none, none, none, none, none};
    const int by_lanes = n > 1 && c->plan.n_stored <= MOST_KEPT_BY_LANES;
    if (by_lanes ? eight_bench_reserve(&w->eight, &c->plan) : single_bench_reserve(&w->one, &c->plan)) return NO_MEMORY;
    for (int k = 0; k < n; k++) {
        prepared *p = &w->configurations[k];
        p->pi = w->pi + (int64_t)k * C;
        prepare(p, net, c, batch->priors + (int64_t)batch->configuration_prior[first + k] * C,
                batch->negative + (int64_t)row * C, batch->configuration_weight[first + k]);
        w->members[k] = k;
    }
    int64_t top = INT64_MIN;
    /* two rounds, because the weights need every configuration's evidence first */
    for (int round = 0; round < (n > 1 ? 2 : 1); round++) {
        for (int k = 0; k < n; k += by_lanes ? LANES : 1) {
            const int members = by_lanes && n - k < LANES ? n - k : by_lanes ? LANES : 1;
            const int collect = round == 1 || n == 1;
            lanes evidence = lanes_of(0.0);
            if (by_lanes)
                evidence = eight_evaluate(&w->eight, net, c, w->configurations, w->members + k, no_candidate, members, lanes_of(1.0));
            else
                evidence[0] = single_evaluate(&w->one, net, c, w->configurations, w->members + k, no_candidate, 1, 1.0);
            for (int l = 0; l < members; l++) {
                prepared *p = &w->configurations[k + l];
                p->evidence = evidence[l];
                if (n == 1) p->weight = 1.0;
                if (!(evidence[l] > 0.0) || !collect) continue;
                for (int i = 0; i < C; i++)
                    if (c->place[i] < 0) posterior[i] += p->weight * p->pi[i];
                for (int i = 0; i < c->n_coupling; i++) {
                    double silent = 1.0;
                    for (int j = c->q_begin[i]; j < c->q_begin[i + 1]; j++) silent *= c->q[j];
                    collect_active(p, c->coupling[i], silent, by_lanes ? w->eight.joint[i][l] : w->one.joint[i], posterior, explaining);
                }
                for (int i = 0; i < c->n_lone; i++)
                    collect_active(p, c->lone[i], c->lone_q[i], by_lanes ? w->eight.lone_post[i][l] : w->one.lone_post[i], posterior,
                                   explaining);
            }
        }
        if (round == 1) break;
        for (int k = 0; k < n; k++) {
            prepared *p = &w->configurations[k];
            p->mass = wide(p->mass.mantissa * p->evidence, p->mass.exponent);
            if (p->mass.mantissa > 0.0 && p->mass.exponent > top) top = p->mass.exponent;
        }
        double sum = 0.0;
        for (int k = 0; k < n; k++) {
            prepared *p = &w->configurations[k];
            const int64_t shift = p->mass.mantissa > 0.0 ? p->mass.exponent - top : -4000;
            p->weight = shift > -1100 ? ldexp(p->mass.mantissa, (int)shift) : 0.0;
            sum += p->weight;
        }
        if (!(sum > 0.0)) { /* impossible evidence has no posterior */
            memset(posterior, 0, (size_t)C * sizeof *posterior);
            memset(explaining, 0, (size_t)C * sizeof *explaining);
            return EXACT;
        }
        for (int k = 0; k < n; k++) w->configurations[k].weight /= sum;
        *total = wide(sum, top);
    }
    for (int d = 0; d < C; d++) posterior[d] = posterior[d] < 1.0 ? posterior[d] : 1.0;
    return EXACT;
}

INLINED double wide_log(wide_number x) {
    if (!(x.mantissa > 0.0)) return -INFINITY;
    return lanes_log(lanes_of(x.mantissa))[0] + (double)x.exponent * 0.6931471805599453;
}

/* posterior, explaining (cases, conditions): P(present | E), P(present and a cause of a present finding
 * | E), where a condition that is certain beforehand counts as a cause; log_evidence (cases): -inf where the evidence is impossible;
 * status (cases): EXACT, or TOO_WIDE and then the other two are 0. */
FOR_EVERY_PROCESSOR int clinval_noisy_or_posterior(const noisy_or_network *net, const noisy_or_batch *batch, double *posterior,
                                                   double *explaining, double *log_evidence, int32_t *status) {
    workbench w;
    int failed = workbench_open(&w, net, batch);
    for (int row = 0; row < batch->n_cases && !failed; row++) {
        wide_number total;
        const int64_t begin = (int64_t)row * net->n_conditions;
        status[row] = base_run(&w, net, batch, row, posterior + begin, explaining + begin, &total);
        log_evidence[row] = wide_log(total);
        failed = status[row] == NO_MEMORY;
    }
    workbench_close(&w);
    return failed;
}

/* ---- Candidate questions ------------------------------------------------------------------- */

typedef struct {
    double *entropy;             /* by condition: H(condition | evidence) */
    double *p_absent, *estimate; /* by finding, under parents independent at their posteriors */
    int *shortlist;
    double *absent, *joint;      /* by shortlisted finding: P(absent | E); P(absent, condition | E) (x conditions) */
    double *posterior, *given;   /* gathered for one candidate */
} scoreboard;

static int scoreboard_open(scoreboard *s, const noisy_or_network *net, int most) {
    const size_t C = (size_t)net->n_conditions + LANES, F = (size_t)net->n_findings + LANES, S = (size_t)most + LANES;
    s->entropy = calloc(C, sizeof(double));
    s->p_absent = calloc(F, sizeof(double));
    s->estimate = calloc(F, sizeof(double));
    s->shortlist = calloc(S, sizeof(int));
    s->absent = calloc(S, sizeof(double));
    s->joint = calloc(S * C, sizeof(double));
    s->posterior = aligned_alloc(64, (C + LANES) / LANES * 64);
    s->given = aligned_alloc(64, (C + LANES) / LANES * 64);
    return s->entropy && s->p_absent && s->estimate && s->shortlist && s->absent && s->joint && s->posterior && s->given
               ? EXACT
               : NO_MEMORY;
}

static void scoreboard_close(scoreboard *s) {
    free(s->entropy);
    free(s->p_absent);
    free(s->estimate);
    free(s->shortlist);
    free(s->absent);
    free(s->joint);
    free(s->posterior);
    free(s->given);
}

/* The estimate's P(present) leaves out what is less probable than this. */
static const double NOTICED = 5e-5;
/* Its gain counts the conditions above PLAUSIBLE, or, where these are few, the MANY most probable or so. */
static const double PLAUSIBLE = 5e-3, LEAST_PLAUSIBLE = 1e-7;
enum { MANY = 64 };

/* What an estimate stays below the best exact score by: more than any policy's tie band. */
static const double OUTBID_BY = 1e-6;

/* P(absent) and gain of every finding as if its conditions were independent at their posteriors: the
 * order in which candidates are worth an exact look, and what the others are reported with. */
INLINED void estimate_all(scoreboard *s, const noisy_or_network *net, const double *posterior) {
    const int C = net->n_conditions, F = net->n_findings;
    for (int f = 0; f < F; f++) s->p_absent[f] = 1.0 - net->leak[f], s->estimate[f] = 0.0;
    for (int d = 0; d < C; d++) {
        if (posterior[d] < NOTICED) continue;
        for (int t = net->condition_begin[d]; t < net->condition_begin[d + 1]; t++)
            s->p_absent[net->condition_finding[t]] *= 1.0 - posterior[d] * (1.0 - net->condition_q[t]);
    }
    double threshold = PLAUSIBLE;
    for (int above = 0; above < MANY && threshold > LEAST_PLAUSIBLE;) {
        above = 0;
        for (int d = 0; d < C; d++) above += posterior[d] >= threshold;
        if (above < MANY) threshold *= 0.25;
    }
    for (int d = 0; d < C; d++) {
        if (posterior[d] < threshold) continue;
        const double p = posterior[d];
        for (int t = net->condition_begin[d]; t < net->condition_begin[d + 1]; t += LANES) {
            const int n = net->condition_begin[d + 1] - t < LANES ? net->condition_begin[d + 1] - t : LANES;
            lanes q = lanes_of(1.0), absent = lanes_of(0.5);
            for (int l = 0; l < n; l++) q[l] = net->condition_q[t + l], absent[l] = s->p_absent[net->condition_finding[t + l]];
            absent = lanes_clamp(absent, 1e-12, 1.0 - 1e-12);
            const lanes given_absent = p * q / (1.0 - p * (1.0 - q));
            const lanes given_present = lanes_clamp((p - absent * given_absent) / (1.0 - absent), 0.0, 1.0);
            const lanes gain = s->entropy[d] - absent * lanes_entropy(given_absent) - (1.0 - absent) * lanes_entropy(given_present);
            for (int l = 0; l < n; l++) s->estimate[net->condition_finding[t + l]] += gain[l] > 0.0 ? gain[l] : 0.0;
        }
    }
}

/* The `most` askable findings with the largest estimate + weight * P(present), in the order of their
 * indices; of equals the first. */
INLINED int choose_shortlist(scoreboard *s, int n_findings, const uint8_t *askable, int most, double weight) {
    int n = 0;
    for (int f = 0; f < n_findings; f++) {
        if (!askable[f]) continue;
        const double score = s->estimate[f] + weight * (1.0 - s->p_absent[f]);
        int at = n;
        if (n == most) {
            const int last = s->shortlist[n - 1];
            if (score <= s->estimate[last] + weight * (1.0 - s->p_absent[last])) continue;
            at = n - 1;
        } else {
            n++;
        }
        for (; at > 0; at--) {
            const int before = s->shortlist[at - 1];
            if (score <= s->estimate[before] + weight * (1.0 - s->p_absent[before])) break;
            s->shortlist[at] = before;
        }
        s->shortlist[at] = f;
    }
    return n;
}

/* Sum over the gathered conditions of H(D) - P(absent) H(D | absent) - P(present) H(D | present). */
INLINED double gathered_gain(const scoreboard *s, int n, double entropy, double absent) {
    lanes left = lanes_of(0.0);
    const double present = 1.0 - absent, inverse = 1.0 / present;
    for (int i = 0; i < n; i += LANES) {
        lanes p, a;
        memcpy(&p, s->posterior + i, sizeof p);
        memcpy(&a, s->given + i, sizeof a);
        const lanes b = lanes_clamp((p - absent * a) * inverse, 0.0, 1.0);
        left += absent * lanes_entropy(a) + present * lanes_entropy(b);
    }
    const double sum = ((left[0] + left[4]) + (left[1] + left[5])) + ((left[2] + left[6]) + (left[3] + left[7]));
    return entropy > sum ? entropy - sum : 0.0;
}

/* Exact P(absent) and P(absent, condition) of the shortlist: members of a run are (candidate, configuration). */
INLINED int exact_candidates(workbench *w, scoreboard *s, const noisy_or_network *net, int n_configurations, int n_shortlist) {
    coupling_case *c = &w->c;
    const int C = net->n_conditions;
    const int by_lanes = c->plan.n_stored <= MOST_KEPT_BY_LANES, width = by_lanes ? LANES : 1;
    if (by_lanes ? eight_bench_reserve(&w->eight, &c->plan) : single_bench_reserve(&w->one, &c->plan)) return NO_MEMORY;
    memset(s->absent, 0, (size_t)n_shortlist * sizeof *s->absent);
    memset(s->joint, 0, (size_t)n_shortlist * (size_t)C * sizeof *s->joint);
    const int64_t n_members = (int64_t)n_shortlist * n_configurations;
    for (int64_t begin = 0; begin < n_members; begin += width) {
        const int members = n_members - begin < width ? (int)(n_members - begin) : width;
        int configuration[LANES], candidate[LANES];
        for (int l = 0; l < members; l++) {
            candidate[l] = s->shortlist[(begin + l) / n_configurations];
            configuration[l] = (int)((begin + l) % n_configurations);
        }
        lanes evidence = lanes_of(0.0);
        if (by_lanes)
            evidence = eight_evaluate(&w->eight, net, c, w->configurations, configuration, candidate, members, lanes_of(1.0));
        else
            evidence[0] = single_evaluate(&w->one, net, c, w->configurations, configuration, candidate, 1, 1.0);
        for (int l = 0; l < members; l++) {
            const prepared *p = &w->configurations[configuration[l]];
            const int f = candidate[l], j = (int)((begin + l) / n_configurations);
            if (!(p->weight > 0.0) || !(evidence[l] > 0.0)) continue;
            double ratio = p->weight * (1.0 - net->leak[f]) * (evidence[l] / p->evidence);
            for (int t = net->finding_begin[f]; t < net->finding_begin[f + 1]; t++)
                ratio *= 1.0 - p->pi[net->finding_condition[t]] * (1.0 - net->finding_q[t]);
            if (!(ratio > 0.0)) continue;
            s->absent[j] += ratio;
            double *joint = s->joint + (int64_t)j * C;
            for (int i = 0; i < c->n_coupling; i++)
                joint[c->coupling[i]] += ratio * (by_lanes ? w->eight.joint[i][l] : w->one.joint[i]);
            for (int i = 0; i < c->n_lone; i++)
                joint[c->lone[i]] += ratio * (by_lanes ? w->eight.lone_post[i][l] : w->one.lone_post[i]);
            if (n_configurations > 1)
                for (int d = 0; d < C; d++)
                    if (c->place[d] < 0) joint[d] += ratio * p->pi[d];
            for (int t = net->finding_begin[f]; t < net->finding_begin[f + 1]; t++) {
                const int d = net->finding_condition[t];
                if (c->place[d] >= 0) continue;
                const double pi = p->pi[d], now = pi * net->finding_q[t] / (1.0 - pi * (1.0 - net->finding_q[t]));
                joint[d] += ratio * (n_configurations > 1 ? now - pi : now);
            }
        }
    }
    return EXACT;
}

INLINED double candidate_gain(const workbench *w, const scoreboard *s, const noisy_or_network *net, const double *posterior,
                              int n_configurations, int j) {
    const coupling_case *c = &w->c;
    const int C = net->n_conditions, f = s->shortlist[j];
    const double absent = s->absent[j] < 1.0 ? s->absent[j] : 1.0;
    if (!(absent > 0.0) || !(absent < 1.0)) return 0.0;
    const double *joint = s->joint + (int64_t)j * C, inverse = 1.0 / absent;
    double entropy = 0.0;
    int n = 0;
#define GATHER(d)                                                              \
    do {                                                                       \
        const double given = joint[d] * inverse;                               \
        s->posterior[n] = posterior[d];                                        \
        s->given[n++] = given < 1.0 ? (given > 0.0 ? given : 0.0) : 1.0;       \
        entropy += s->entropy[d];                                              \
    } while (0)
    if (n_configurations > 1) {
        for (int d = 0; d < C; d++) GATHER(d);
    } else { /* with one configuration a condition that touches neither f nor a present finding cannot move */
        for (int i = 0; i < c->n_coupling; i++) GATHER(c->coupling[i]);
        for (int i = 0; i < c->n_lone; i++) GATHER(c->lone[i]);
        for (int t = net->finding_begin[f]; t < net->finding_begin[f + 1]; t++)
            if (c->place[net->finding_condition[t]] < 0) GATHER(net->finding_condition[t]);
    }
#undef GATHER
    for (int i = n; i % LANES; i++) s->posterior[i] = s->given[i] = 0.0;
    return gathered_gain(s, n, entropy, absent);
}

/* gain, p_present (cases, findings); exact (cases, findings): 1 where both are exact, 0 where they are
 * the estimate.  Findings with askable == 0 are left as they are. */
FOR_EVERY_PROCESSOR int clinval_noisy_or_score(const noisy_or_network *net, const noisy_or_batch *batch, const uint8_t *askable,
                                               int32_t shortlist, double present_weight, double *gain, double *p_present,
                                               uint8_t *exact, int32_t *status) {
    const int C = net->n_conditions, F = net->n_findings;
    workbench w;
    scoreboard s;
    double *posterior = malloc(2 * ((size_t)C + LANES) * sizeof *posterior), *explaining = posterior + C + LANES;
    memset(&s, 0, sizeof s);
    int failed = workbench_open(&w, net, batch) | scoreboard_open(&s, net, shortlist) | !posterior;
    for (int row = 0; row < batch->n_cases && !failed; row++) {
        wide_number total;
        const int64_t begin = (int64_t)row * F;
        status[row] = base_run(&w, net, batch, row, posterior, explaining, &total);
        failed = status[row] == NO_MEMORY;
        if (status[row] != EXACT || !(total.mantissa > 0.0)) continue;
        for (int d = 0; d < C; d += LANES) {
            lanes p = lanes_of(0.0);
            for (int l = 0; l < LANES && d + l < C; l++) p[l] = posterior[d + l];
            const lanes entropy = lanes_entropy(p);
            for (int l = 0; l < LANES && d + l < C; l++) s.entropy[d + l] = entropy[l];
        }
        estimate_all(&s, net, posterior);
        const int n = choose_shortlist(&s, F, askable + begin, shortlist, present_weight);
        const int n_configurations = batch->configuration_begin[row + 1] - batch->configuration_begin[row];
        failed = exact_candidates(&w, &s, net, n_configurations, n);
        if (failed) break;
        for (int f = 0; f < F; f++) {
            if (!askable[begin + f]) continue;
            gain[begin + f] = s.estimate[f];
            p_present[begin + f] = 1.0 - s.p_absent[f];
            exact[begin + f] = 0;
        }
        double best = 0.0, best_score = 0.0;
        for (int j = 0; j < n; j++) {
            const int64_t at = begin + s.shortlist[j];
            gain[at] = candidate_gain(&w, &s, net, posterior, n_configurations, j);
            p_present[at] = s.absent[j] < 1.0 ? 1.0 - s.absent[j] : 0.0;
            exact[at] = 1;
            if (gain[at] > best) best = gain[at];
            if (gain[at] + present_weight * p_present[at] > best_score) best_score = gain[at] + present_weight * p_present[at];
        }
        for (int f = 0; f < F; f++) { /* an estimate may not outbid an exact figure, nor tie with it */
            const int64_t at = begin + f;
            if (!askable[at] || exact[at]) continue;
            const double most = best_score - OUTBID_BY - present_weight * p_present[at];
            if (gain[at] > most) gain[at] = most;
            if (gain[at] > best) gain[at] = best;
        }
    }
    free(posterior);
    scoreboard_close(&s);
    workbench_close(&w);
    return failed;
}

/* `negative` (cases, conditions) times q of each answered-absent finding; answers (cases, findings). */
void clinval_noisy_or_absorb(const noisy_or_network *net, int32_t n_cases, const int8_t *answers, double *negative) {
    for (int64_t row = 0; row < n_cases; row++)
        for (int f = 0; f < net->n_findings; f++) {
            if (answers[row * net->n_findings + f] != 0) continue;
            for (int t = net->finding_begin[f]; t < net->finding_begin[f + 1]; t++)
                negative[row * net->n_conditions + net->finding_condition[t]] *= net->finding_q[t];
        }
}

/* One more absent finding a case; finding[row] < 0: none. */
void clinval_noisy_or_absorb_one(const noisy_or_network *net, int32_t n_cases, const int32_t *finding, double *negative) {
    for (int64_t row = 0; row < n_cases; row++) {
        if (finding[row] < 0) continue;
        for (int t = net->finding_begin[finding[row]]; t < net->finding_begin[finding[row] + 1]; t++)
            negative[row * net->n_conditions + net->finding_condition[t]] *= net->finding_q[t];
    }
}
