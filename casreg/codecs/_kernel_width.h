/* The loops over elements of one width. _kernel.c includes this once for each, with
 *   U     the unsigned integer that an element is taken for,
 *   BITS  how many it has,
 *   OF(f) the name that the function f has for this width.
 *
 * Elements lie at any address, so they are loaded and stored, never pointed at. Loops go over blocks: what a block
 * needs besides stays in the innermost cache, and each loop does one thing, which a compiler can vectorise.
 */

#define WIDTH (BITS / 8)
#define TOP ((U)((U)1 << (BITS - 1)))

static inline U OF(load)(const uint8_t *at, size_t i)
{
    U x;
    memcpy(&x, at + i * sizeof x, sizeof x);
    return x;
}

static inline void OF(store)(uint8_t *at, size_t i, U x)
{
    memcpy(at + i * sizeof x, &x, sizeof x);
}

static inline U OF(zigzag)(U x)
{
    return (U)((U)(x << 1) ^ (U)(0 - (U)(x >> (BITS - 1))));
}

static inline U OF(unzigzag)(U x)
{
    return (U)((U)(x >> 1) ^ (U)(0 - (U)(x & 1)));
}

static inline U OF(rotate)(U x, int left)
{
    return (U)((U)(x << left) | (U)(x >> (BITS - left)));
}

/* The number of a float among the floats, from its bits, and back. */
static inline U OF(numbered)(U x)
{
    return (U)(x ^ ((U)(0 - (U)(x >> (BITS - 1))) | TOP));
}

static inline U OF(from_number)(U y)
{
    return (U)(y ^ ((U)((U)(y >> (BITS - 1)) - 1) | TOP));
}

/* --- planes */

/* One block's elements transformed; `before` is the element before the block's, and then its last. */
static inline void OF(forward)(const uint8_t *restrict in, size_t n, int transform, U *before, U *restrict out)
{
    size_t i;
    switch (transform) {
    case ROTATE_1:
        for (i = 0; i < n; i++) out[i] = OF(rotate)(OF(load)(in, i), 1);
        break;
    case ROTATE_4:
        for (i = 0; i < n; i++) out[i] = OF(rotate)(OF(load)(in, i), 4);
        break;
    case ZIGZAG:
        for (i = 0; i < n; i++) out[i] = OF(zigzag)(OF(load)(in, i));
        break;
    case DIFFERENCES:
        out[0] = OF(zigzag)((U)(OF(load)(in, 0) - *before));
        for (i = 1; i < n; i++) out[i] = OF(zigzag)((U)(OF(load)(in, i) - OF(load)(in, i - 1)));
        *before = OF(load)(in, n - 1);
        break;
    default:
        for (i = 0; i < n; i++) out[i] = OF(load)(in, i);
    }
}

/* Undo it; the last element. */
static inline U OF(invert)(U *restrict block, size_t n, int transform, U before)
{
    size_t i;
    switch (transform) {
    case ROTATE_1:
        for (i = 0; i < n; i++) block[i] = OF(rotate)(block[i], BITS - 1);
        break;
    case ROTATE_4:
        for (i = 0; i < n; i++) block[i] = OF(rotate)(block[i], BITS - 4);
        break;
    case ZIGZAG:
        for (i = 0; i < n; i++) block[i] = OF(unzigzag)(block[i]);
        break;
    case DIFFERENCES:
        for (i = 0; i < n; i++) block[i] = OF(unzigzag)(block[i]);
        for (i = 0; i < n; i++) block[i] = before = (U)(before + block[i]);
        break;
    }
    return block[n - 1];
}

VECTORS static void OF(split)(const uint8_t *restrict in, size_t n, int transform, uint8_t *restrict planes)
{
    U block[BLOCK], before = 0;
    for (size_t start = 0; start < n; start += BLOCK) {
        size_t m = n - start < BLOCK ? n - start : BLOCK;
        OF(forward)(in + start * WIDTH, m, transform, &before, block);
        for (size_t place = 0; place < WIDTH; place++) {
            uint8_t *restrict plane = planes + place * n + start;
            for (size_t i = 0; i < m; i++) plane[i] = (uint8_t)(block[i] >> 8 * place);
        }
    }
}

/* A plane is a byte an element, or one byte for all. */
VECTORS static void OF(merge)(const struct plane *planes, size_t n, int transform, uint8_t *restrict out)
{
    uint8_t same[WIDTH][BLOCK];
    const uint8_t *at[WIDTH];
    U block[BLOCK], before = 0;
    for (size_t place = 0; place < WIDTH; place++)
        if (planes[place].constant) memset(same[place], planes[place].at[0], BLOCK);
    for (size_t start = 0; start < n; start += BLOCK) {
        size_t m = n - start < BLOCK ? n - start : BLOCK;
        for (size_t place = 0; place < WIDTH; place++)
            at[place] = planes[place].constant ? same[place] : planes[place].at + start;
        for (size_t i = 0; i < m; i++) {
            U x = 0;
            for (size_t place = 0; place < WIDTH; place++) x |= (U)((U)at[place][i] << 8 * place);
            block[i] = x;
        }
        before = OF(invert)(block, m, transform, before);
        memcpy(out + start * WIDTH, block, m * WIDTH);
    }
}

/* --- residuals, sorted by the class of their stripe and the key of their base */

VECTORS static void OF(subtract)(const uint8_t *restrict in, const uint8_t *restrict base, size_t n, int order,
                                 U *restrict out)
{
    size_t i;
    if (order == FLOATS)
        for (i = 0; i < n; i++)
            out[i] = OF(zigzag)((U)(OF(numbered)(OF(load)(in, i)) - OF(numbered)(OF(load)(base, i))));
    else
        for (i = 0; i < n; i++) out[i] = OF(zigzag)((U)(OF(load)(in, i) - OF(load)(base, i)));
}

VECTORS static void OF(add)(const U *restrict left, const uint8_t *restrict base, size_t n, int order,
                            uint8_t *restrict out)
{
    size_t i;
    if (order == FLOATS)
        for (i = 0; i < n; i++)
            OF(store)(out, i, OF(from_number)((U)(OF(unzigzag)(left[i]) + OF(numbered)(OF(load)(base, i)))));
    else
        for (i = 0; i < n; i++) OF(store)(out, i, (U)(OF(unzigzag)(left[i]) + OF(load)(base, i)));
}

/* The class of each stripe, by its largest residual: its bits are those of all its residuals together. */
VECTORS static void OF(classify)(const uint8_t *restrict in, const uint8_t *restrict base, size_t n, int order,
                                 uint8_t *restrict classes)
{
    U left[STRIPE];
    for (size_t start = 0; start < n; start += STRIPE) {
        size_t m = n - start < STRIPE ? n - start : STRIPE;
        U any = 0;
        OF(subtract)(in + start * WIDTH, base + start * WIDTH, m, order, left);
        for (size_t i = 0; i < m; i++) any |= left[i];
        classes[start / STRIPE] = class_of(any);
    }
}

/* The keys of up to a block of elements from the beginning of a stripe on: the class of the stripe, and below it
 * eight bits of the element, from `shift` on without its highest. */
static inline void OF(keys)(const uint8_t *restrict own, size_t n, int shift, const uint8_t *restrict classes,
                            uint16_t *restrict keys)
{
    for (size_t start = 0; start < n; start += STRIPE) {
        size_t end = n - start < STRIPE ? n : start + STRIPE;
        uint16_t above = (uint16_t)((classes[start / STRIPE] & (CLASSES - 1)) << 8);
        if (shift >= BITS)
            for (size_t i = start; i < end; i++) keys[i] = above;
        else
            for (size_t i = start; i < end; i++)
                keys[i] = (uint16_t)(above | (uint8_t)((U)((U)(OF(load)(own, i) << 1) >> shift) >> 1));
    }
}

/* How often each key is there, in each quarter: the last one has what is over. Quarters are gone through side by
 * side, here and below, so that one need not wait for the count that another of the same key has just raised. */
VECTORS static void OF(tally)(const uint8_t *restrict own, size_t n, int shift, const uint8_t *restrict classes,
                              uint32_t (*restrict counts)[KEYS])
{
    uint16_t keys[QUARTERS][RUN];
    size_t quarter = quarter_of(n), over = n - QUARTERS * quarter;
    memset(counts, 0, QUARTERS * sizeof *counts);
    for (size_t start = 0; start < quarter; start += RUN) {
        size_t m = quarter - start < RUN ? quarter - start : RUN;
        for (size_t q = 0; q < QUARTERS; q++) {
            size_t from = q * quarter + start;
            OF(keys)(own + from * WIDTH, m, shift, classes + from / STRIPE, keys[q]);
        }
        for (size_t i = 0; i < m; i++)
            for (size_t q = 0; q < QUARTERS; q++) counts[q][keys[q][i]]++;
    }
    OF(keys)(own + (n - over) * WIDTH, over, shift, classes + (n - over) / STRIPE, keys[0]);
    for (size_t i = 0; i < over; i++) counts[QUARTERS - 1][keys[0][i]]++;
}

/* Both functions stop, and give 0, at a place beyond the last one: then `at` does not belong to the keys. */
VECTORS static int OF(sort)(const uint8_t *restrict in, const uint8_t *own, const uint8_t *below, size_t n, int order,
                    int shift, const uint8_t *restrict classes, uint32_t (*restrict at)[KEYS],
                    uint8_t *restrict out)
{
    U left[QUARTERS][RUN];
    uint16_t keys[QUARTERS][RUN];
    size_t quarter = quarter_of(n), over = n - QUARTERS * quarter;
    for (size_t start = 0; start < quarter; start += RUN) {
        size_t m = quarter - start < RUN ? quarter - start : RUN;
        for (size_t q = 0; q < QUARTERS; q++) {
            size_t from = q * quarter + start;
            OF(subtract)(in + from * WIDTH, below + from * WIDTH, m, order, left[q]);
            OF(keys)(own + from * WIDTH, m, shift, classes + from / STRIPE, keys[q]);
        }
        for (size_t i = 0; i < m; i++)
            for (size_t q = 0; q < QUARTERS; q++) {
                size_t place = at[q][keys[q][i]]++;
                if (place >= n) return 0;
                OF(store)(out, place, left[q][i]);
            }
    }
    OF(subtract)(in + (n - over) * WIDTH, below + (n - over) * WIDTH, over, order, left[0]);
    OF(keys)(own + (n - over) * WIDTH, over, shift, classes + (n - over) / STRIPE, keys[0]);
    for (size_t i = 0; i < over; i++) {
        size_t place = at[QUARTERS - 1][keys[0][i]]++;
        if (place >= n) return 0;
        OF(store)(out, place, left[0][i]);
    }
    return 1;
}

VECTORS static int OF(unsort)(const uint8_t *restrict in, const uint8_t *own, const uint8_t *below, size_t n, int order,
                      int shift, const uint8_t *restrict classes, uint32_t (*restrict at)[KEYS],
                      uint8_t *restrict out)
{
    U left[QUARTERS][RUN];
    uint16_t keys[QUARTERS][RUN];
    size_t quarter = quarter_of(n), over = n - QUARTERS * quarter;
    for (size_t start = 0; start < quarter; start += RUN) {
        size_t m = quarter - start < RUN ? quarter - start : RUN;
        for (size_t q = 0; q < QUARTERS; q++) {
            size_t from = q * quarter + start;
            OF(keys)(own + from * WIDTH, m, shift, classes + from / STRIPE, keys[q]);
        }
        for (size_t i = 0; i < m; i++)
            for (size_t q = 0; q < QUARTERS; q++) {
                size_t place = at[q][keys[q][i]]++;
                if (place >= n) return 0;
                left[q][i] = OF(load)(in, place);
            }
        for (size_t q = 0; q < QUARTERS; q++) {
            size_t from = (q * quarter + start) * WIDTH;
            OF(add)(left[q], below + from, m, order, out + from);
        }
    }
    OF(keys)(own + (n - over) * WIDTH, over, shift, classes + (n - over) / STRIPE, keys[0]);
    for (size_t i = 0; i < over; i++) {
        size_t place = at[QUARTERS - 1][keys[0][i]]++;
        if (place >= n) return 0;
        left[0][i] = OF(load)(in, place);
    }
    OF(add)(left[0], below + (n - over) * WIDTH, over, order, out + (n - over) * WIDTH);
    return 1;
}

/* --- residuals of a group, as symbols and noise */

/* How many numbers are `least` or more. */
VECTORS static size_t OF(count)(const uint8_t *restrict in, size_t n, uint64_t least)
{
    size_t found = 0;
    if (least > (U)~(U)0) return 0;
    for (size_t start = 0; start < n; start += BLOCK) {
        size_t m = n - start < BLOCK ? n - start : BLOCK;
        U some = 0; /* as wide as the elements, for more of them in a vector; a block has too few to overflow it */
        if (BITS == 8)
            for (size_t i = 0; i < m; i++) found += in[start + i] >= (uint8_t)least;
        else
            for (size_t i = 0; i < m; i++) some = (U)(some + (OF(load)(in, start + i) >= (U)least));
        found += some;
    }
    return found;
}

/* The bits that all numbers but `most` of them fit in. */
static size_t OF(length)(const uint8_t *in, size_t n, size_t most)
{
    int low = 0, high = BITS;
    while (low < high) {
        int middle = (low + high) / 2;
        if (OF(count)(in, n, UINT64_C(1) << middle) <= most) high = middle;
        else low = middle + 1;
    }
    return (size_t)low;
}

/* The number of escapes, of which as many are written as there is room for. */
VECTORS static size_t OF(pack_symbols)(const uint8_t *restrict in, size_t n, int noise, int bits,
                                       uint8_t *restrict symbols, uint8_t *restrict escapes, size_t room)
{
    uint8_t block[BLOCK];
    uint16_t at[BLOCK];
    U highest = (U)((1u << bits) - 1);
    size_t found = 0;
    for (size_t start = 0; start < n; start += BLOCK) {
        size_t m = n - start < BLOCK ? n - start : BLOCK, escaped;
        const uint8_t *restrict from = in + start * WIDTH;
        for (size_t i = 0; i < m; i++) {
            U above = (U)(OF(load)(from, i) >> noise);
            block[i] = (uint8_t)(above < highest ? above : highest);
        }
        join_symbols(block, m, bits, symbols + start / 8 * (size_t)bits);
        escaped = find_escapes(block, m, (uint8_t)highest, at);
        for (size_t i = 0; i < escaped && found + i < room; i++)
            OF(store)(escapes, found + i, (U)((U)(OF(load)(from, at[i]) >> noise) - highest));
        found += escaped;
    }
    return found;
}

/* The lowest `bits` bits of numbers, end to end. `each` numbers, of 56 bits at most together, are made one before
 * they are appended: only that depends on what was before. */
static inline void OF(pack_some)(const uint8_t *restrict in, size_t n, int bits, size_t each, struct writer *to)
{
    U mask = (U)(((U)1 << bits) - 1);
    size_t i = 0;
    for (; each > 0 && i + each <= n && has_room(to); i += each) {
        uint64_t x = 0;
        for (size_t k = 0; k < each; k++) x |= (uint64_t)(OF(load)(in, i + k) & mask) << k * (size_t)bits;
        append(to, x, (int)each * bits);
    }
    for (; i < n; i++) {
        uint64_t x = OF(load)(in, i) & mask;
        for (int done = 0; done < bits; done += 8) append_few(to, x >> done, bits - done < 8 ? bits - done : 8);
    }
}

static inline void OF(unpack_some)(struct reader *from, size_t n, int bits, size_t each, uint8_t *restrict out)
{
    U mask = (U)(((U)1 << bits) - 1);
    size_t i = 0;
    for (; each > 0 && i + each <= n && has_word(from); i += each) {
        uint64_t x = take(from, (int)each * bits);
        for (size_t k = 0; k < each; k++) OF(store)(out, i + k, (U)((U)(x >> k * (size_t)bits) & mask));
    }
    for (; i < n; i++) {
        uint64_t x = 0;
        for (int done = 0; done < bits; done += 8) x |= take_few(from, bits - done < 8 ? bits - done : 8) << done;
        OF(store)(out, i, (U)x);
    }
}

VECTORS static void OF(pack_noise)(const uint8_t *restrict in, size_t n, int noise, uint8_t *restrict out, size_t size)
{
    struct writer to = {out, out + size, 0, 0};
    if (noise == 0) return;
    if (noise <= 14) OF(pack_some)(in, n, noise, 4, &to);
    else if (noise <= 28) OF(pack_some)(in, n, noise, 2, &to);
    else OF(pack_some)(in, n, noise, noise <= 56 ? 1 : 0, &to);
    if (to.filled > 0) *to.at = (uint8_t)to.word;
}

VECTORS static void OF(unpack_noise)(const uint8_t *restrict in, size_t size, size_t n, int noise,
                                     uint8_t *restrict out)
{
    struct reader from = {in, size, 0};
    if (noise == 0) memset(out, 0, n * WIDTH);
    else if (noise <= 14) OF(unpack_some)(&from, n, noise, 4, out);
    else if (noise <= 28) OF(unpack_some)(&from, n, noise, 2, out);
    else OF(unpack_some)(&from, n, noise, noise <= 56 ? 1 : 0, out);
}

/* Put symbols above the noise that is in `out` already. The number of escapes it took, or as soon as there are too few,
 * one more than there are. */
VECTORS static size_t OF(unpack_symbols)(const uint8_t *restrict symbols, size_t n, int noise, int bits,
                                         const uint8_t *restrict escapes, size_t have, uint8_t *restrict out)
{
    uint8_t block[BLOCK];
    uint16_t at[BLOCK];
    U highest = (U)((1u << bits) - 1), below = (U)(((U)1 << noise) - 1);
    size_t used = 0;
    for (size_t start = 0; start < n; start += BLOCK) {
        size_t m = n - start < BLOCK ? n - start : BLOCK, escaped;
        uint8_t *restrict to = out + start * WIDTH;
        part_symbols(symbols + start / 8 * (size_t)bits, m, bits, block);
        for (size_t i = 0; i < m; i++) OF(store)(to, i, (U)(OF(load)(to, i) | (U)((U)block[i] << noise)));
        escaped = find_escapes(block, m, (uint8_t)highest, at);
        if (escaped > have - used) return have + 1;
        for (size_t i = 0; i < escaped; i++) {
            U above = (U)(highest + OF(load)(escapes, used + i));
            OF(store)(to, at[i], (U)((OF(load)(to, at[i]) & below) | (U)(above << noise)));
        }
        used += escaped;
    }
    return used;
}

/* --- all groups of a chunk */

/* How the residuals of a group are packed: as in casreg/codecs/_delta_groups.py. */
static struct packing OF(choose)(const uint8_t *in, size_t n)
{
    struct packing chosen = {0, 1};
    int length = (int)OF(length)(in, n, n / RARE);
    if (length > FEW) {
        chosen.noise = (uint8_t)(length > SPREAD ? length - SPREAD : 0);
        chosen.bits = 8;
        return chosen;
    }
    while (chosen.bits < 8 && OF(count)(in, n, (1u << chosen.bits) - 1) > n / ESCAPES) chosen.bits *= 2;
    return chosen;
}

/* The number of escapes, of which as many are written as there is room for. `symbols`: room for those of the largest
 * group; `written`: bytes of the body. */
static size_t OF(pack)(const uint8_t *in, const uint32_t *ends, size_t groups, uint8_t *symbols, uint8_t *heads,
                       uint8_t *body, size_t *written, uint8_t *escapes, size_t room)
{
    size_t start = 0, found = 0, at = 0;
    for (size_t g = 0; g < groups; start = ends[g++], heads += HEAD) {
        size_t n = ends[g] - start, length, noise;
        const uint8_t *from = in + start * WIDTH;
        struct packing as = OF(choose)(from, n);
        found += OF(pack_symbols)(from, n, as.noise, as.bits, symbols,
                                  escapes + (found < room ? found : room) * WIDTH, found < room ? room - found : 0);
        heads[0] = as.noise;
        heads[1] = as.bits;
        heads[2] = (uint8_t)write_plane(symbols, packed(n, as.bits), body + at, &length);
        put_little(heads + 3, length, 4);
        at += length;
        noise = packed(n, as.noise);
        OF(pack_noise)(from, n, as.noise, body + at, noise);
        at += noise;
    }
    *written = at;
    return found;
}

/* The number of escapes it took, or as soon as there are too few, one more than there are. */
static size_t OF(unpack)(uint8_t *out, const uint32_t *ends, size_t groups, const uint8_t *heads,
                         const uint8_t *symbols, const uint8_t *body, const uint8_t *escapes, size_t have)
{
    size_t start = 0, used = 0;
    for (size_t g = 0; g < groups && used <= have; start = ends[g++], heads += HEAD) {
        size_t n = ends[g] - start, joined = packed(n, heads[1]), noise = packed(n, heads[0]);
        uint8_t *to = out + start * WIDTH;
        body += get_little(heads + 3, 4);
        OF(unpack_noise)(body, noise, n, heads[0], to);
        used += OF(unpack_symbols)(symbols, n, heads[0], heads[1], escapes + used * WIDTH, have - used, to);
        symbols += joined;
        body += noise;
    }
    return used;
}

#undef WIDTH
#undef TOP
#undef U
#undef BITS
