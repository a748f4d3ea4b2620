/* Numbers of a few bits, end to end, the lowest bit first: symbols of 8, 4, 2 or 1 bits, and any others through a
 * writer and a reader. _kernel.c includes this once. */

/* Bytes of `n` numbers of `bits` bits, without computing more than that. */
static inline size_t packed(size_t n, int bits)
{
    return n / 8 * (size_t)bits + (n % 8 * (size_t)bits + 7) / 8;
}

/* Bits that stay when a word of eight symbols of one byte each is drawn together, `each` of 64 / apart. */
static inline uint64_t every(int apart, int each)
{
    uint64_t mask = 0;
    for (int at = 0; at < 64; at += apart) mask |= ((UINT64_C(1) << each) - 1) << at;
    return mask;
}

/* Symbols of 4, 2 or 1 bits, from a byte each to end to end, the first in the lowest bits: eight of them at a time,
 * neighbours first, then pairs, then fours. */
static inline void join_few(const uint8_t *restrict symbols, size_t n, int bits, uint8_t *restrict out)
{
    int gap = 8 - bits;
    uint64_t pairs = every(16, 2 * bits), fours = every(32, 4 * bits);
    size_t i;
    for (i = 0; i + 8 <= n; i += 8, out += bits) {
        uint64_t x;
        memcpy(&x, symbols + i, 8);
        x = (x | x >> gap) & pairs;
        x = (x | x >> 2 * gap) & fours;
        x |= x >> 4 * gap;
        memcpy(out, &x, (size_t)bits);
    }
    if (i < n) memset(out, 0, ((n - i) * (size_t)bits + 7) / 8);
    for (int at = 0; i < n; i++, at += bits) out[at / 8] |= (uint8_t)(symbols[i] << at % 8);
}

static inline void part_few(const uint8_t *restrict in, size_t n, int bits, uint8_t *restrict symbols)
{
    int gap = 8 - bits;
    uint64_t ones = every(8, bits), pairs = every(16, 2 * bits), fours = every(32, 4 * bits);
    size_t i;
    for (i = 0; i + 8 <= n; i += 8, in += bits) {
        uint64_t x = 0;
        memcpy(&x, in, (size_t)bits);
        x = (x | x << 4 * gap) & fours;
        x = (x | x << 2 * gap) & pairs;
        x = (x | x << gap) & ones;
        memcpy(symbols + i, &x, 8);
    }
    for (int at = 0; i < n; i++, at += bits) symbols[i] = (uint8_t)(in[at / 8] >> at % 8 & ((1 << bits) - 1));
}

/* The number of bits is a constant where it is known: then shifts and moves are plain instructions. */
static inline void join_symbols(const uint8_t *restrict symbols, size_t n, int bits, uint8_t *restrict out)
{
    switch (bits) {
    case 8: memcpy(out, symbols, n); break;
    case 4: join_few(symbols, n, 4, out); break;
    case 2: join_few(symbols, n, 2, out); break;
    case 1: join_few(symbols, n, 1, out); break;
    }
}

static inline void part_symbols(const uint8_t *restrict in, size_t n, int bits, uint8_t *restrict symbols)
{
    switch (bits) {
    case 8: memcpy(symbols, in, n); break;
    case 4: part_few(in, n, 4, symbols); break;
    case 2: part_few(in, n, 2, symbols); break;
    case 1: part_few(in, n, 1, symbols); break;
    }
}

/* Where in a block the symbol `highest` is; how often. Most stretches have none, and in those that have some, no
 * branch depends on where. */
static inline size_t find_escapes(const uint8_t *restrict symbols, size_t n, uint8_t highest, uint16_t *restrict at)
{
    size_t found = 0;
    for (size_t start = 0; start < n; start += STRETCH) {
        size_t end = start + STRETCH < n ? start + STRETCH : n;
        unsigned some = 0;
        if (end - start == STRETCH)
            for (size_t i = 0; i < STRETCH; i++) some |= symbols[start + i] == highest;
        else
            some = 1;
        if (some)
            for (size_t i = start; i < end; i++) {
                at[found] = (uint16_t)i;
                found += symbols[i] == highest;
            }
    }
    return found;
}

/* Bits on their way into bytes, the first in the lowest; `filled` of them, fewer than 8, are in `word`. */
struct writer {
    uint8_t *at, *end;
    uint64_t word;
    int filled;
};

static inline int has_room(const struct writer *to)
{
    return to->end - to->at >= 8;
}

/* Up to 56 bits, if there is room: a word is written at once, those of its bytes that are not full once more later. */
static inline void append(struct writer *to, uint64_t x, int bits)
{
    to->word |= x << to->filled;
    memcpy(to->at, &to->word, 8);
    to->filled += bits;
    to->at += to->filled >> 3;
    to->word >>= to->filled & 56;
    to->filled &= 7;
}

/* Up to 8 bits. */
static inline void append_few(struct writer *to, uint64_t x, int bits)
{
    to->word |= (x & ((1u << bits) - 1)) << to->filled;
    to->filled += bits;
    if (to->filled >= 8) {
        *to->at++ = (uint8_t)to->word;
        to->word >>= 8;
        to->filled -= 8;
    }
}

/* Bits on their way out of bytes: `next` is the number of the first that was not taken. Who takes them knows that
 * they are there. */
struct reader {
    const uint8_t *in;
    size_t size, next;
};

static inline int has_word(const struct reader *from)
{
    return from->next / 8 + 8 <= from->size;
}

/* Up to 56 bits, if there is a word; what is above them in the result is not theirs. */
static inline uint64_t take(struct reader *from, int bits)
{
    uint64_t word;
    memcpy(&word, from->in + from->next / 8, 8);
    word >>= from->next % 8;
    from->next += (size_t)bits;
    return word;
}

/* Up to 8 bits. */
static inline uint64_t take_few(struct reader *from, int bits)
{
    size_t at = from->next / 8;
    int shift = (int)(from->next % 8);
    unsigned x = (unsigned)from->in[at] >> shift;
    if (shift + bits > 8) x |= (unsigned)from->in[at + 1] << (8 - shift);
    from->next += (size_t)bits;
    return x & ((1u << bits) - 1);
}
