/* Naive Bayes over a batch: posterior, predictions and expected information gain.
 *
 * NumPy would do, but its matrix product depends on the shape of the batch and its exp and log on the
 * processor; here every case goes through the same operations in the same order, alone or in company.
 *
 * Axes: cases, conditions padded to a multiple of LANES (the padding has log weight -inf), findings
 * in blocks of LANES.  A finding's states are `slots`; those that it does not have are all zero. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "lanes.h"

enum { TILE = 4,       /* cases that share each load of the table */
       CHUNK = 64 };   /* cases whose posteriors stay in the second-level cache over all findings */

INLINED lanes lanes_load(const double *from) {
    lanes x;
    memcpy(&x, from, sizeof x);
    return x;
}

INLINED void lanes_store(double *to, lanes x) { memcpy(to, &x, sizeof x); }

/* Natural exponential of x <= 0, below one unit in the last place; 0 where it is under 1e-307.
 *
 * The method of fdlibm's e_exp.c (Sun, 1993): x = k ln 2 + r, and a rational function of r. */
INLINED lanes lanes_exp(lanes x) {
    const lanes clamped = lanes_clamp(x, -708.0, 0.0);
    const lanes shifted = clamped * 1.44269504088896338700e+00 + 6755399441055744.0; /* rounds to whole */
    const lanes k = shifted - 6755399441055744.0;
    const lanes high = clamped - k * 6.93147180369123816490e-01, low = k * 1.90821492927058770002e-10;
    const lanes r = high - low, t = r * r;
    const lanes c = r - t * (1.66666666666666019037e-01 +
                             t * (-2.77777777770155933842e-03 +
                                  t * (6.61375632143793436117e-05 +
                                       t * (-1.65339022054652515390e-06 + t * 4.13813679705723846039e-08))));
    const lanes y = 1.0 - ((low - (r * c) / (2.0 - c)) - high);
    const lanes scale = (lanes)(((lane_ints)shifted + 1023) << 52); /* 2^k from the low bits */
    return lanes_select(x < -708.0, lanes_of(0.0), y * scale);
}

/* y = log(x) for n normal positive numbers; -inf for 0. */
FOR_EVERY_PROCESSOR
void clinval_log(int64_t n, const double *x, double *y) {
    for (int64_t i = 0; i < n; i += LANES) {
        const int64_t left = n - i < LANES ? n - i : LANES;
        double block[LANES] = {1, 1, 1, 1, 1, 1, 1, 1};
        memcpy(block, x + i, (size_t)left * sizeof *block);
        const lanes value = lanes_load(block);
        lanes_store(block, lanes_select(value == 0.0, lanes_of(-INFINITY), lanes_log(value)));
        memcpy(y + i, block, (size_t)left * sizeof *block);
    }
}

/* posterior = softmax(log_weights * sharpness) of each case, and log_evidence = log of the sum of the
 * weights; zeros and -inf where every weight is zero. */
FOR_EVERY_PROCESSOR
void clinval_one_condition_posterior(int64_t n_cases, int64_t n_conditions, double sharpness,
                                     const double *log_weights, double *posterior, double *log_evidence) {
    for (int64_t b = 0; b < n_cases; ++b) {
        const double *weight = log_weights + b * n_conditions;
        double *out = posterior + b * n_conditions, most = -INFINITY, sum = 0.0, sharp_sum = 0.0;
        for (int64_t d = 0; d < n_conditions; ++d) most = weight[d] > most ? weight[d] : most;
        if (most == -INFINITY) {
            memset(out, 0, (size_t)n_conditions * sizeof *out);
            log_evidence[b] = -INFINITY;
            continue;
        }
        for (int64_t d = 0; d < n_conditions; d += LANES) {
            const lanes below = lanes_load(weight + d) - most, raw = lanes_exp(below);
            const lanes sharp = sharpness == 1.0 ? raw : lanes_exp(below * sharpness);
            lanes_store(out + d, sharp);
            for (int i = 0; i < LANES; ++i) sum += raw[i], sharp_sum += sharp[i];
        }
        for (int64_t d = 0; d < n_conditions; ++d) out[d] /= sharp_sum;
        log_evidence[b] = most + lanes_log(lanes_of(sum))[0];
    }
}

/* mean[i] = sum over d of posterior[i][d] * table[d], for a tile of cases and a block of findings. */
INLINED void expectation(int64_t n_conditions, const double *const posterior[TILE], const double *table,
                         lanes mean[TILE]) {
    lanes a = lanes_of(0.0), b = a, c = a, e = a;
    for (int64_t d = 0; d < n_conditions; ++d) {
        const lanes row = lanes_load(table + d * LANES);
        a += row * posterior[0][d];
        b += row * posterior[1][d];
        c += row * posterior[2][d];
        e += row * posterior[3][d];
    }
    mean[0] = a, mean[1] = b, mean[2] = c, mean[3] = e;
}

/* tables (blocks, slots + 1, conditions, LANES): P(finding in slot | condition), and last the entropy
 * of the finding given the condition.  Where `gain` is not null:
 *     gain (cases, blocks * LANES) = H(sum_d P_d theta_d) - sum_d P_d H(theta_d)
 * predicted (n_predicted, cases, blocks * LANES) = sum_d P_d theta_d of the first slots. */
FOR_EVERY_PROCESSOR
void clinval_one_condition_score(int64_t n_cases, int64_t n_conditions, int64_t n_blocks, int64_t n_slots,
                                 int64_t n_predicted, const double *posterior, const double *tables,
                                 double *predicted, double *gain) {
    const int64_t width = n_blocks * LANES, table_size = n_conditions * LANES;
    for (int64_t chunk = 0; chunk < n_cases; chunk += CHUNK)
        for (int64_t block = 0; block < n_blocks; ++block)
            for (int64_t first = chunk; first < chunk + CHUNK && first < n_cases; first += TILE) {
                const double *const table = tables + block * (n_slots + 1) * table_size;
                const int rows = n_cases - first < TILE ? (int)(n_cases - first) : TILE;
                const double *row[TILE];
                lanes mean[TILE], entropy[TILE] = {{0}};
                for (int i = 0; i < TILE; ++i) row[i] = posterior + (first + (i < rows ? i : 0)) * n_conditions;
                for (int64_t slot = 0; slot < n_slots; ++slot) {
                    expectation(n_conditions, row, table + slot * table_size, mean);
                    for (int i = 0; i < rows; ++i) {
                        if (slot < n_predicted)
                            lanes_store(predicted + (slot * n_cases + first + i) * width + block * LANES, mean[i]);
                        entropy[i] -= mean[i] * lanes_log(lanes_clamp(mean[i], 1e-300, 1.0));
                    }
                }
                if (!gain) continue;
                expectation(n_conditions, row, table + n_slots * table_size, mean);
                for (int i = 0; i < rows; ++i)
                    lanes_store(gain + (first + i) * width + block * LANES,
                                lanes_clamp(entropy[i] - mean[i], 0.0, INFINITY));
            }
}
