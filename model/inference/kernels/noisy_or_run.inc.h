/* One interview through the dynamic programme: its configurations prepared, run, weighed.
 *
 * Included by noisy_or.c and candidates.c, so that every processor's clone of their functions has it
 * inlined. */
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
    double loud[MAX_POSITIVES];    /* 1 - silent, added up without a difference: it may be 1e-9 */
    double scale[MAX_POSITIVES];   /* 1 / loud: keeps the vectors near 1; 1 where that is infinite */
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
    for (int bit = 0; bit < c->n_present; bit++) {
        p->loud[bit] = net->leak[c->present[bit]];
        p->silent[bit] = 1.0 - p->loud[bit];
    }
    for (int i = 0; i < c->n_lone; i++) {
        const double causes = p->pi[c->lone[i]] * (1.0 - c->lone_q[i]);
        p->loud[c->lone_bit[i]] += causes * p->silent[c->lone_bit[i]];
        p->silent[c->lone_bit[i]] *= 1.0 - causes;
    }
    for (int bit = 0; bit < c->n_present; bit++) {
        const double loud = p->loud[bit];
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

/* Add one configuration's share of a condition that touches a present finding.  `idle` is P(present, but none of
 * its links fired | E); who is certain beforehand counts as a cause. */
INLINED void collect_active(const prepared *p, int condition, double given, double idle, double *posterior, double *explaining) {
    if (!(p->pi[condition] < 1.0)) idle = 0.0;
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
                for (int i = 0; i < c->n_coupling; i++)
                    collect_active(p, c->coupling[i], by_lanes ? w->eight.joint[i][l] : w->one.joint[i],
                                   by_lanes ? w->eight.idle[i][l] : w->one.idle[i], posterior, explaining);
                for (int i = 0; i < c->n_lone; i++)
                    collect_active(p, c->lone[i], by_lanes ? w->eight.lone_post[i][l] : w->one.lone_post[i],
                                   by_lanes ? w->eight.lone_idle[i][l] : w->one.lone_idle[i], posterior, explaining);
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
