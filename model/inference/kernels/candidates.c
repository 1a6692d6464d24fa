/* Candidate questions in noisy-OR networks: how much each would tell; see noisy_or.c for the method.
 *
 * Every askable finding gets a cheap estimate; the most promising ones, the shortlist, an exact figure. */
#include "noisy_or_run.inc.h"

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
