/* The arithmetic of a cold `kb search`: one text through a BERT-shaped model, and exact search over all passages.
 *
 * Float32 throughout, on the model's own weights as published; in a browser, which has to download them, on matrices of int8. Nothing is
 * allocated and no library is called, so one source serves every platform. search/engine/native.py is the Python side, publish/lookup/kernel.js
 * the browser's; search/engine/numeric.py says the same in numpy, and tests hold them together.
 * Raise VERSION here and in native.py whenever a signature or a meaning changes.
 */
#include <stddef.h>
#include <stdint.h>

#define VERSION 2

#if defined(_WIN32)
#define EXPORT __declspec(dllexport)
#else
#define EXPORT __attribute__((visibility("default")))
#endif

typedef struct {
    int32_t hidden, inner, heads, layers;
    float epsilon;
} Shape;

/* A matrix's rows lie one after the other. Theirs is float32, or in a browser blocks of BLOCK int8, each behind its scale, a float32: blocks,
 * because one scale for a whole row moved three times as many of the golden questions' first three answers. */
#if defined(__wasm__)
#define BLOCK 32
#define WIDEST 4096
#define ROW(width) ((size_t)(width) / BLOCK * (BLOCK + sizeof(float)))
typedef int8_t Number;
#else
#define BLOCK 0
#define ROW(width) ((size_t)(width))
typedef float Number;
#endif

/* A model's tensors come in this order: embeddings, their norm, then for each layer those of LAYER. */
enum { WORD, POSITION, TYPE, NORM_W, NORM_B, FIRST_LAYER };
enum { Q_W, Q_B, K_W, K_B, V_W, V_B, O_W, O_B, ON_W, ON_B, I_W, I_B, F_W, F_B, FN_W, FN_B, LAYER };

static float root(float x) {  /* Newton's method; x >= 0 */
    union { float f; uint32_t i; } guess = {x};
    guess.i = (guess.i >> 1) + 0x1fbd1df5u;
    float y = guess.f;
    for (int n = 0; n < 4; n++) y = 0.5f * (y + x / y);
    return y;
}

#if defined(__clang__)  /* which else keeps the sums of a matrix product in memory */
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL
#endif

#define LANES 8
#define NAME(x) x##_plain
#include "forward.h"
#undef NAME
#define PICK(name) name##_plain

/* GCC lowers vector types before it clones a function, so target_clones would give slow clones: the source is compiled twice instead. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#pragma GCC push_options
#pragma GCC target("arch=haswell")
#define NAME(x) x##_wide
#include "forward.h"
#undef NAME
#pragma GCC pop_options
#undef PICK
#define PICK(name) (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? name##_wide : name##_plain)
#endif

EXPORT int32_t kernel_version(void) { return VERSION; }

/* Floats of scratch memory that `embed` needs for so many tokens. */
EXPORT size_t scratch_size(const Shape *s, int32_t tokens) {
    return (size_t)tokens * (5 * (size_t)s->hidden + (size_t)s->inner + 1) + LANES;
}

/* The vector of one text, given as token ids, into out[hidden]. */
EXPORT void embed(const Shape *s, const float *const *tensors, const int32_t *ids, int32_t tokens, float *scratch, float *out) {
    PICK(embed)(s, tensors, ids, tokens, scratch, out);
}

/* How an answer's passages become its score: see search/rank.py. */
typedef struct {
    float best, whole, centroid, lexical, saturation;
} Weights;

/* scores[a] of every answer. Its passages are rows starts[a] to starts[a + 1], phrasings first, the whole entry last; norms[a] is one over
 * the length of the phrasings' mean; adjust[facets[a]] is added, and leaves the answer out when it is below -1e30. `cosines` has room for all rows. */
EXPORT void scores(const float *rows, int32_t width, const float *vector, size_t answers, const uint32_t *starts, const float *norms,
                   const uint16_t *facets, const float *adjust, const float *lexical, const Weights *w, float *cosines, float *scores) {
    PICK(cosines)(rows, starts[answers], width, vector, cosines);
    for (size_t a = 0; a < answers; a++) {
        const float *c = cosines + starts[a];
        uint32_t count = starts[a + 1] - starts[a], phrasings = count > 1 ? count - 1 : count;
        float extra = adjust[facets[a]], best = -1, sum = 0, words = lexical[a];
        if (count == 0 || extra < -1e30f) {
            scores[a] = -1e38f;
            continue;
        }
        for (uint32_t n = 0; n < count; n++) best = c[n] > best ? c[n] : best;
        for (uint32_t n = 0; n < phrasings; n++) sum += c[n];
        scores[a] = w->best * best + w->whole * c[count - 1] + w->centroid * sum / (float)phrasings * norms[a]
                    + w->lexical * words / (words + w->saturation) + extra;
    }
}

/* Indexes of the highest scores into which[most], highest first; how many there are. Answers that were left out do not count. */
EXPORT int32_t top(const float *scores, size_t count, int32_t most, uint32_t *which) {
    int32_t found = 0;
    for (size_t a = 0; a < count; a++) {
        if (scores[a] < -1e30f || (found == most && scores[a] <= scores[which[most - 1]])) continue;
        int32_t n = found < most ? found++ : most - 1;
        for (; n > 0 && scores[which[n - 1]] < scores[a]; n--) which[n] = which[n - 1];
        which[n] = (uint32_t)a;
    }
    return found;
}

/* The sum of all 8-byte words: notices any one change, at the speed of memory. */
EXPORT uint64_t checksum(const uint64_t *data, size_t count) {
    uint64_t sum = 0;
    for (size_t n = 0; n < count; n++) sum += data[n];
    return sum;
}
