/* Exact marginals in any discrete network, and the information that one variable holds on others.
 *
 * The order of every operation on a case is fixed by the tree alone: its figures are equal to the bit
 * in every lane, batch and width.  Tables are never sampled, pruned or approximated. */
#include "clique_tree.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lanes.h"

/* The e of x = m 2^e with m in [1, 2); 0 for zero. */
INLINED int64_t exponent_of(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    const int64_t exponent = (int64_t)(bits >> 52) - 1023;
    return x > 0.0 ? (exponent < -1022 ? -1022 : exponent) : 0;
}

INLINED double power_of_two(int64_t exponent) {
    const uint64_t bits = (uint64_t)(exponent + 1023) << 52;
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

INLINED double log_of(double mantissa, int64_t exponent) {
    if (!(mantissa > 0.0)) return -INFINITY;
    return lanes_log(lanes_of(mantissa))[0] + (double)exponent * 0.6931471805599453;
}

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)

#define WIDTH 8
#define NAMED(name) JOIN(name, _8)
#define ROW row_8
#include "clique_tree_pass.inc.h"

#define WIDTH 1
#define NAMED(name) JOIN(name, _1)
#define ROW row_1
#include "clique_tree_pass.inc.h"

/* evidence (cases, variables): observed state or -1.  marginals (cases, columns) out: P(state |
 * evidence), zeros where the evidence is impossible.  log_evidence (cases) out: log P(evidence),
 * -inf where it is impossible.  `narrow`: one case at a time, for an eighth of the memory.
 * Returns 0 where memory ran out, else 1. */
int clique_tree_run(const clique_tree *tree, const clique_tree_targets *targets, const int8_t *evidence,
                    int64_t n_cases, int narrow, double *marginals, double *log_evidence) {
    return (narrow ? clique_tree_blocks_1 : clique_tree_blocks_8)(tree, targets, evidence, n_cases, marginals,
                                                                  log_evidence);
}

INLINED lanes x_log_x(lanes x) { return x * lanes_log(lanes_clamp(x, 1e-300, 4.0)); }

/* Mutual information, given the evidence, of pivots with the variables whose states the columns are:
 *   sum over states s of the pivot and columns k of P(s) P(k|s) log P(k|s)  -  sum over k of P(k) log P(k).
 * Each pivot has jobs (weight P(s), marginals P(k|s)) for all its states but one, whose joint
 * P(s, k) is what remains of P(k).  gain[gain_row[p], group[k]] is added to, columns in order.
 *   first_job (pivots + 1), weight (jobs), marginals (jobs, columns), case_row (pivots),
 *   prior (cases, columns), group (columns), gain (rows, groups). */
FOR_EVERY_PROCESSOR void clique_tree_information(int64_t n_pivots, int64_t n_columns, int64_t n_groups,
                                                 const int64_t *first_job, const double *weight,
                                                 const double *marginals, const int64_t *case_row,
                                                 const double *prior, const int32_t *group, const int64_t *gain_row,
                                                 double *gain) {
    for (int64_t p = 0; p < n_pivots; p++) {
        double remaining = 1.0;
        for (int64_t j = first_job[p]; j < first_job[p + 1]; j++) remaining -= weight[j];
        const lanes log_remaining = lanes_log(lanes_clamp(lanes_of(remaining), 1e-300, 1.0));
        for (int64_t start = 0; start < n_columns; start += LANES) {
            const int n = n_columns - start < LANES ? (int)(n_columns - start) : LANES;
            lanes whole = lanes_of(0.0), rest, sum = lanes_of(0.0);
            memcpy(&whole, prior + case_row[p] * n_columns + start, n * sizeof(double));
            rest = whole;
            for (int64_t j = first_job[p]; j < first_job[p + 1]; j++) {
                lanes given = lanes_of(0.0);
                memcpy(&given, marginals + j * n_columns + start, n * sizeof(double));
                sum += weight[j] * x_log_x(given);
                rest -= weight[j] * given;
            }
            rest = lanes_select(rest > 0.0, rest, lanes_of(0.0));
            sum += x_log_x(rest) - rest * log_remaining - x_log_x(whole);
            for (int i = 0; i < n; i++) gain[gain_row[p] * n_groups + group[start + i]] += sum[i];
        }
    }
}
