/* Eight doubles that go through the same operations side by side.
 *
 * A lane never meets its neighbour: there is no sum across lanes, no -ffast-math and no fused
 * multiply-add, so that a lane's result is the same to the bit in every position, with any company
 * and on every processor (AVX-512, AVX2, SSE2, others), whichever clone the loader picks. */
#ifndef CLINVAL_LANES_H
#define CLINVAL_LANES_H

#include <stdint.h>

enum { LANES = 8 };

typedef double lanes __attribute__((vector_size(64)));
typedef int64_t lane_ints __attribute__((vector_size(64)));

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && defined(__gnu_linux__)
#define FOR_EVERY_PROCESSOR __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define FOR_EVERY_PROCESSOR
#endif
#define INLINED static inline __attribute__((always_inline))

INLINED lanes lanes_of(double x) { return (lanes){x, x, x, x, x, x, x, x}; }

INLINED lanes lanes_select(lane_ints condition, lanes yes, lanes no) {
    return (lanes)((condition & (lane_ints)yes) | (~condition & (lane_ints)no));
}

INLINED lanes lanes_clamp(lanes x, double low, double high) {
    x = lanes_select(x < low, lanes_of(low), x);
    return lanes_select(x > high, lanes_of(high), x);
}

/* Natural logarithm of normal positive numbers, below one unit in the last place.
 *
 * The method of fdlibm's e_log.c (Sun, 1993): x = 2^k (1 + f), s = f / (2 + f), and an odd series in
 * s.  The C library's own log is not used because its last bit depends on the processor. */
INLINED lanes lanes_log(lanes x) {
    const lane_ints bits = (lane_ints)x;
    lane_ints exponent = (bits >> 52) - 1023;
    lanes mantissa = (lanes)((bits & 0x000fffffffffffffLL) | 0x3ff0000000000000LL);
    const lane_ints large = mantissa > 1.4142135623730951;
    mantissa = lanes_select(large, mantissa * 0.5, mantissa);
    exponent -= large; /* a true comparison is -1 */
    /* small integer to double without the conversion that only AVX-512 has */
    const lanes k = (lanes)((exponent + 2048) | 0x4330000000000000LL) - (4503599627370496.0 + 2048.0);
    const lanes f = mantissa - 1.0, s = f / (f + 2.0), z = s * s, w = z * z;
    const lanes even = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
    const lanes odd = z * (6.666666666666735130e-01 +
                           w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
    const lanes half = 0.5 * f * f, r = even + odd;
    return k * 6.93147180369123816490e-01 - ((half - (s * (half + r) + k * 1.90821492927058770002e-10)) - f);
}

/* Entropy of a yes/no variable, in nats; 0 at both ends. */
INLINED lanes lanes_entropy(lanes p) {
    const lanes q = 1.0 - p;
    return -(p * lanes_log(lanes_clamp(p, 1e-300, 1.0)) + q * lanes_log(lanes_clamp(q, 1e-300, 1.0)));
}

#endif
