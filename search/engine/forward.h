/* One forward pass and the cosines, for vectors of LANES floats. kernel.c includes this once for each kind of processor; NAME(x) is x with
 * that kind's suffix. Every width must be a multiple of LANES (and of BLOCK, where matrices are int8), every number of outputs of 4. */
#define lanes NAME(lanes)
#define ints NAME(ints)
typedef float lanes __attribute__((vector_size(4 * LANES), aligned(4)));  /* rows need not be aligned */
typedef int32_t ints __attribute__((vector_size(4 * LANES), aligned(4)));
#define INLINE static inline __attribute__((always_inline))
#define AT(p) (*(const lanes *)(p))
#define TO(p) (*(lanes *)(p))
#if BLOCK
#define bytes NAME(bytes)
typedef int8_t bytes __attribute__((vector_size(LANES), aligned(1)));
#endif

INLINE float NAME(total)(lanes v) {
    float sum = 0;
    for (int n = 0; n < LANES / 2; n++) sum += v[n] + v[n + LANES / 2];
    return sum;
}

#if BLOCK
/* LANES numbers of a row, from the k-th on. */
INLINE lanes NAME(load)(const Number *row, int32_t k) {
    const int8_t *block = row + ROW(k / BLOCK * BLOCK);
    return __builtin_convertvector(*(const bytes *)(block + sizeof(float) + k % BLOCK), lanes) * *(const float *)block;
}
#define LOAD(row, k) NAME(load)(row, k)

/* The rows o to o + 3 as float32: unpacked once for all tokens, which halves the time. */
static const float *NAME(four)(const float *weight, int32_t o, int32_t in) {
    static float rows[4 * WIDEST];
    for (int n = 0; n < 4; n++)
        for (int32_t k = 0; k < in; k += LANES) TO(rows + n * in + k) = LOAD((const Number *)weight + (o + n) * ROW(in), k);
    return rows;
}
#define FOUR(weight, o, in) NAME(four)(weight, o, in)
#else
#define LOAD(row, k) AT((row) + (k))
#define FOUR(weight, o, in) ((weight) + (size_t)(o) * (in))
#endif

/* e^x for x <= 0, which is all that is asked; relative error below 2e-7 (the polynomial of the Cephes library). */
INLINE lanes NAME(exponential)(lanes x) {
    ints low = x < -87.0f;
    x = (lanes)(((ints)x & ~low) | ((ints)(x * 0 - 87.0f) & low));
    lanes n = __builtin_convertvector(__builtin_convertvector(x * 1.44269504f - 0.5f, ints), lanes);
    lanes r = x - n * 0.693359375f + n * 2.12194440e-4f;
    lanes p = r * 1.9875691500e-4f + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    return (p * r * r + r + 1) * (lanes)((__builtin_convertvector(n, ints) + 127) << 23);
}

/* y[t][o] = x[t] · weight[o] + bias[o]: four outputs and three tokens at a time, so that every value loaded serves several products. */
static void NAME(linear)(const float *x, int32_t tokens, int32_t in, const float *weight, const float *bias, int32_t out, float *y) {
    for (int32_t o = 0; o < out; o += 4) {
        const float *w = FOUR(weight, o, in);
        for (int32_t t = 0; t < tokens; t += 3) {
            const float *a = x + (size_t)t * in;
            const float *b = t + 1 < tokens ? a + in : a, *c = t + 2 < tokens ? a + 2 * (size_t)in : a;
            lanes s[4][3] = {{{0}}};
            for (int32_t k = 0; k < in; k += LANES) {
                lanes p = AT(a + k), q = AT(b + k), r = AT(c + k);
                UNROLL for (int n = 0; n < 4; n++) {
                    lanes v = AT(w + (size_t)n * in + k);
                    s[n][0] += v * p;
                    s[n][1] += v * q;
                    s[n][2] += v * r;
                }
            }
            UNROLL for (int m = 0; m < 3; m++)
                UNROLL for (int n = 0; n < 4; n++)
                    if (t + m < tokens) y[(size_t)(t + m) * out + o + n] = NAME(total)(s[n][m]) + bias[o + n];
        }
    }
}

/* x += y, then each token to mean 0 and variance 1, scaled and shifted. */
static void NAME(norm)(float *x, const float *y, int32_t tokens, int32_t width, const float *weight, const float *bias, float epsilon) {
    for (int32_t t = 0; t < tokens; t++, x += width, y += width) {
        lanes sum = {0}, square = {0};
        for (int32_t k = 0; k < width; k += LANES) sum += TO(x + k) = AT(x + k) + AT(y + k);
        float mean = NAME(total)(sum) / (float)width;
        for (int32_t k = 0; k < width; k += LANES) square += (AT(x + k) - mean) * (AT(x + k) - mean);
        float scale = 1 / root(NAME(total)(square) / (float)width + epsilon);
        for (int32_t k = 0; k < width; k += LANES) TO(x + k) = (AT(x + k) - mean) * scale * AT(weight + k) + AT(bias + k);
    }
}

/* x · Φ(x); erf by Abramowitz & Stegun 7.1.26, which is off by 1.5e-7 at most. */
static void NAME(gelu)(float *x, size_t count) {
    for (size_t n = 0; n < count; n += LANES) {
        lanes v = AT(x + n);
        ints sign = (ints)v & INT32_MIN;
        lanes z = (lanes)((ints)v ^ sign) * 0.70710678f, t = 1 / (1 + 0.3275911f * z);
        lanes poly = t * (0.254829592f + t * (-0.284496736f + t * (1.421413741f + t * (-1.453152027f + t * 1.061405429f))));
        lanes erf = 1 - poly * NAME(exponential)(-z * z);
        TO(x + n) = 0.5f * v * (1 + (lanes)((ints)erf | sign));
    }
}

/* For every head: softmax(q · k / √size) · v. `scores` has room for as many floats as there are tokens, and LANES more. */
static void NAME(attention)(const float *q, const float *k, const float *v, int32_t tokens, int32_t width, int32_t heads, float *scores,
                            float *out) {
    int32_t size = width / heads;
    float scale = 1 / root((float)size);
    for (int32_t h = 0; h < width; h += size) {
        for (int32_t t = 0; t < tokens; t++) {
            float most = -3e38f, sum = 0;
            for (int32_t u = 0; u < tokens; u++) {
                lanes s = {0};
                for (int32_t n = h; n < h + size; n += LANES) s += AT(q + (size_t)t * width + n) * AT(k + (size_t)u * width + n);
                scores[u] = NAME(total)(s) * scale;
                most = scores[u] > most ? scores[u] : most;
            }
            for (int32_t u = 0; u < tokens; u += LANES) TO(scores + u) = NAME(exponential)(AT(scores + u) - most);
            for (int32_t u = 0; u < tokens; u++) sum += scores[u];
            for (int32_t n = h; n < h + size; n += LANES) {
                lanes s = {0};
                for (int32_t u = 0; u < tokens; u++) s += AT(v + (size_t)u * width + n) * scores[u];
                TO(out + (size_t)t * width + n) = s / sum;
            }
        }
    }
}

/* The mean of all tokens, brought to length 1. */
static void NAME(pool)(const Shape *s, const float *x, int32_t tokens, float *out) {
    float square = 0;
    for (int32_t k = 0; k < s->hidden; k++) {
        float sum = 0;
        for (int32_t t = 0; t < tokens; t++) sum += x[(size_t)t * s->hidden + k];
        out[k] = sum / (float)tokens;
        square += out[k] * out[k];
    }
    float length = root(square);
    if (length > 1e-12f)
        for (int32_t k = 0; k < s->hidden; k++) out[k] /= length;
}

static void NAME(embed)(const Shape *s, const float *const *tensors, const int32_t *ids, int32_t tokens, float *scratch, float *out) {
    int32_t width = s->hidden;
    size_t all = (size_t)tokens * width;
    float *x = scratch, *a = x + all, *b = a + all, *c = b + all, *d = c + all, *inner = d + all, *scores = inner + (size_t)tokens * s->inner;
    for (int32_t t = 0; t < tokens; t++)
        for (int32_t k = 0; k < width; k += LANES) {
            TO(x + (size_t)t * width + k) = LOAD((const Number *)tensors[WORD] + ids[t] * ROW(width), k);
            TO(a + (size_t)t * width + k) = LOAD((const Number *)tensors[POSITION] + t * ROW(width), k) + LOAD((const Number *)tensors[TYPE], k);
        }
    NAME(norm)(x, a, tokens, width, tensors[NORM_W], tensors[NORM_B], s->epsilon);
    for (int32_t n = 0; n < s->layers; n++) {
        const float *const *w = tensors + FIRST_LAYER + n * LAYER;
        NAME(linear)(x, tokens, width, w[Q_W], w[Q_B], width, a);
        NAME(linear)(x, tokens, width, w[K_W], w[K_B], width, b);
        NAME(linear)(x, tokens, width, w[V_W], w[V_B], width, c);
        NAME(attention)(a, b, c, tokens, width, s->heads, scores, d);
        NAME(linear)(d, tokens, width, w[O_W], w[O_B], width, a);
        NAME(norm)(x, a, tokens, width, w[ON_W], w[ON_B], s->epsilon);
        NAME(linear)(x, tokens, width, w[I_W], w[I_B], s->inner, inner);
        NAME(gelu)(inner, (size_t)tokens * s->inner);
        NAME(linear)(inner, tokens, s->inner, w[F_W], w[F_B], width, a);
        NAME(norm)(x, a, tokens, width, w[FN_W], w[FN_B], s->epsilon);
    }
    NAME(pool)(s, x, tokens, out);
}

/* cosines[n] = rows[n] · vector. */
static void NAME(cosines)(const float *rows, size_t count, int32_t width, const float *vector, float *cosines) {
    for (size_t n = 0; n < count; n++, rows += width) {
        lanes s = {0}, t = {0};
        for (int32_t k = 0; k + 2 * LANES <= width; k += 2 * LANES) {
            s += AT(rows + k) * AT(vector + k);
            t += AT(rows + k + LANES) * AT(vector + k + LANES);
        }
        int32_t done = width - width % (2 * LANES);
        if (width - done >= LANES) s += AT(rows + done) * AT(vector + done), done += LANES;
        float rest = 0;
        for (; done < width; done++) rest += rows[done] * vector[done];
        cosines[n] = NAME(total)(s + t) + rest;
    }
}
#undef lanes
#undef ints
#undef bytes
#undef INLINE
#undef AT
#undef TO
#undef LOAD
#undef FOUR
