/* A zstd frame (RFC 8878) of Huffman codes alone, or raw, back to bytes. It may come from anyone. What is damaged,
 * and what is of another kind, is left to zstd itself: so nothing here is laxer than zstd, and much is stricter.
 * _kernel.c includes this once, behind _kernel_huffman.h. */

enum { CELLS = 1 << LONGEST, MANY_LEAST = 16 << 10 };

/* The codes that may begin a stream of bits: a cell for each of what `longest` bits may be, the length of the code in
 * its lowest byte, what it stands for in the next; or up to four codes at once, their length in the lowest byte, how
 * many in the next, and what they stand for. */
struct decoder {
    int longest; /* 0: there is none */
    uint16_t cells[CELLS];
    uint64_t many[CELLS];
};

static inline uint64_t get_little(const uint8_t *in, size_t bytes)
{
    uint64_t x = 0;
    for (size_t i = 0; i < bytes; i++) x |= (uint64_t)in[i] << 8 * i;
    return x;
}

/* --- the description of a code (4.2.1.1) */

/* Up to 8 bits; zeros where there are none left. */
static inline uint32_t take_some(struct reader *from, int bits)
{
    uint32_t x = 0;
    for (size_t i = from->next / 8; i < from->next / 8 + 2 && i < from->size; i++)
        x |= (uint32_t)from->in[i] << 8 * (i - from->next / 8);
    x = x >> from->next % 8 & ((1u << bits) - 1);
    from->next += (size_t)bits;
    return x;
}

/* Shares of states, -1 for one of less than one (4.1.1). The logarithm of the number of states; 0 for damage. */
static int read_shares(struct reader *from, int8_t *restrict shares)
{
    int log = (int)take_some(from, 4) + 5, left = 1 << log;
    if (log > STATES_LOG) return 0;
    memset(shares, 0, WEIGHTS);
    for (int w = 0; left > 0; w++) {
        uint32_t most = (uint32_t)left + 1, value;
        int bits = log_of(most) + 1;
        uint32_t short_ones = (1u << bits) - 1 - most, half = 1u << (bits - 1);
        value = take_some(from, bits - 1);
        if (value >= short_ones) {
            value |= take_some(from, 1) << (bits - 1);
            if (value >= half) value -= short_ones;
        }
        if (w >= WEIGHTS) return 0;
        shares[w] = (int8_t)((int)value - 1);
        left -= shares[w] < 0 ? 1 : shares[w];
        if (value != 1) continue;
        for (uint32_t more = 3; more == 3 && w < WEIGHTS; w += (int)more) more = take_some(from, 2);
    }
    from->next = (from->next + 7) / 8 * 8;
    return left == 0 && from->next / 8 < from->size ? log : 0;
}

/* Up to 8 of the bits from the end of a stream on, of which `left` are there; zeros behind those. */
static inline uint32_t take_last(const uint8_t *in, size_t *left, int bits)
{
    struct reader from = {in, (*left + 7) / 8, *left - (size_t)bits};
    if (*left < (size_t)bits) return 0;
    *left -= (size_t)bits;
    return take_some(&from, bits);
}

/* The bits of a stream from its end on: what is above the one that marks it. 0 for damage. */
static inline size_t bits_of(const uint8_t *in, size_t size)
{
    return size == 0 || in[size - 1] == 0 ? 0 : (size - 1) * 8 + (size_t)log_of(in[size - 1]);
}

/* Weights through two states in turn (4.1, 4.2.1.2); how many, 0 for damage. */
static size_t read_weights(const uint8_t *in, size_t size, uint8_t *restrict weights)
{
    struct reader from = {in, size, 0};
    int8_t shares[WEIGHTS];
    uint8_t of[STATES], bits[STATES], base[STATES], next[WEIGHTS];
    int log = read_shares(&from, shares), states = 1 << log, rare = states - 1, at = 0;
    uint32_t state[2];
    size_t n = 0, left;
    if (log == 0) return 0;
    for (int w = 0; w < WEIGHTS; w++) {
        next[w] = (uint8_t)(shares[w] < 0 ? 1 : shares[w]);
        if (shares[w] < 0) of[rare--] = (uint8_t)w;
    }
    for (int w = 0; w < WEIGHTS; w++)
        for (int i = 0; i < shares[w]; i++) {
            of[at] = (uint8_t)w;
            do at = (at + states / 2 + states / 8 + 3) & (states - 1);
            while (at > rare);
        }
    for (int s = 0; s < states; s++) {
        uint8_t x = next[of[s]]++;
        bits[s] = (uint8_t)(log - log_of(x));
        base[s] = (uint8_t)((x << bits[s]) - states);
    }
    in += from.next / 8;
    left = bits_of(in, size - from.next / 8);
    if (left < 2 * (size_t)log) return 0;
    state[0] = take_last(in, &left, log);
    state[1] = take_last(in, &left, log);
    for (;;) {
        uint32_t *turn = &state[n % 2];
        if (n > SYMBOLS - 3) return 0;
        weights[n++] = of[*turn];
        if (left < bits[*turn]) break;
        *turn = base[*turn] + take_last(in, &left, bits[*turn]);
    }
    weights[n] = of[state[n % 2]];
    return n + 1;
}

/* Bytes of the description at the beginning of `in`; 0 for damage. */
static size_t read_code(const uint8_t *in, size_t size, struct decoder *restrict to)
{
    uint8_t weights[SYMBOLS] = {0};
    uint32_t counts[WEIGHTS] = {0}, next[WEIGHTS], total = 0, over, start = 0;
    size_t n, used;
    to->longest = 0;
    if (size == 0) return 0;
    if (in[0] < 128) {
        used = 1 + (size_t)in[0];
        n = used <= size ? read_weights(in + 1, used - 1, weights) : 0;
    } else {
        n = (size_t)in[0] - 127;
        used = 1 + (n + 1) / 2;
        for (size_t i = 0; used <= size && i < n; i++) weights[i] = i % 2 ? in[1 + i / 2] & 15 : in[1 + i / 2] >> 4;
    }
    if (used > size || n == 0) return 0;
    for (size_t i = 0; i < n; i++) {
        if (weights[i] > LONGEST) return 0;
        total += 1u << weights[i] >> 1;
    }
    if (total == 0 || total >= CELLS) return 0;
    to->longest = log_of(total) + 1;
    over = (1u << to->longest) - total;
    weights[n++] = (uint8_t)(log_of(over) + 1);
    for (size_t i = 0; i < n; i++) counts[weights[i]]++;
    if ((over & (over - 1)) != 0 || counts[1] < 2 || counts[1] % 2 != 0) return to->longest = 0;
    for (int weight = 1; weight <= to->longest; weight++) {
        next[weight] = start;
        start += counts[weight] << (weight - 1);
    }
    for (size_t s = 0; s < n; s++) {
        int weight = weights[s];
        if (weight == 0) continue;
        uint16_t cell = (uint16_t)(s << 8 | (unsigned)(to->longest + 1 - weight));
        uint32_t count = 1u << (weight - 1);
        for (uint32_t i = 0; i < count; i++) to->cells[next[weight] + i] = cell;
        next[weight] += count;
    }
    return used;
}

/* --- streams (4.2.2), from their end on */

struct stream {
    const uint8_t *in;
    size_t left; /* bits */
};

static int start_stream(struct stream *of, const uint8_t *in, size_t size)
{
    of->in = in;
    of->left = bits_of(in, size);
    return of->left > 0;
}

/* The last `n` codes of a stream: 1 if they are there, and no more. */
static int read_last(struct stream from, const struct decoder *by, uint8_t *restrict out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t bits = (size_t)by->longest, low = from.left < bits ? 0 : from.left - bits;
        uint64_t x = get_little(from.in + low / 8, (from.left + 7) / 8 - low / 8) >> low % 8;
        unsigned cell = by->cells[(x & ((1u << (from.left - low)) - 1)) << (bits - (from.left - low))];
        if ((cell & 255) > from.left) return 0;
        from.left -= cell & 255;
        out[i] = (uint8_t)(cell >> 8);
    }
    return from.left == 0;
}

/* Where in a stream a word of 64 bits is taken from next, and how many of its highest bits are used up: fewer than 8.
 * From a word that lies within the stream, AT_ONCE codes can be taken. */
struct place {
    const uint8_t *in, *start;
    unsigned used;
};

static inline struct place begin(const struct stream *from)
{
    struct place at = {from->in + (from->left + 7) / 8 - 8, from->in, (unsigned)(8 - from->left % 8) % 8};
    return at;
}

static inline uint64_t word_at(const struct place *at)
{
    uint64_t word;
    memcpy(&word, at->in, 8);
    return word << at->used;
}

/* `lengths` in its lowest byte are those taken; whether there is another word within the stream. */
static inline int go_on(struct place *at, unsigned lengths)
{
    at->used += lengths & 63;
    at->in -= at->used / 8;
    at->used %= 8;
    return at->in >= at->start;
}

static inline void leave(const struct place *at, struct stream *from)
{
    from->left = (size_t)(at->in - at->start + 8) * 8 - at->used;
}

/* The last `n` codes of a stream. */
static inline int read_rest(struct stream from, const struct decoder *by, uint8_t *restrict out, size_t n)
{
    size_t done = 0;
    int shift = 64 - by->longest;
    if (from.left >= 64) {
        struct place at = begin(&from);
        for (int more = 1; more && done + AT_ONCE <= n; done += AT_ONCE) {
            uint64_t word = word_at(&at);
            unsigned lengths = 0;
            for (size_t i = 0; i < AT_ONCE; i++) {
                unsigned cell = by->cells[word >> shift];
                word <<= cell & 63;
                lengths += cell;
                out[done + i] = (uint8_t)(cell >> 8);
            }
            more = go_on(&at, lengths);
        }
        leave(&at, &from);
    }
    return read_last(from, by, out + done, n - done);
}

SHIFTS static int read_one(struct stream *of, const struct decoder *by, uint8_t *restrict out, size_t n)
{
    return read_rest(of[0], by, out, n);
}

/* Streams side by side, so that one need not wait for another's cells. 1 if each ends with its last code. */
SHIFTS static int read_four(struct stream *of, const struct decoder *by, uint8_t *restrict out, size_t n)
{
    size_t each = (n + STREAMS - 1) / STREAMS, last = n - (STREAMS - 1) * each, done = 0;
    int shift = 64 - by->longest, more = 1;
    for (size_t k = 0; k < STREAMS; k++) more &= of[k].left >= 64;
    if (more) {
        struct place at[STREAMS];
        for (size_t k = 0; k < STREAMS; k++) at[k] = begin(&of[k]);
        for (; more && done + AT_ONCE <= last; done += AT_ONCE) {
            uint64_t word[STREAMS];
            unsigned lengths[STREAMS] = {0};
            for (size_t k = 0; k < STREAMS; k++) word[k] = word_at(&at[k]);
            for (size_t i = 0; i < AT_ONCE; i++)
                for (size_t k = 0; k < STREAMS; k++) {
                    unsigned cell = by->cells[word[k] >> shift];
                    word[k] <<= cell & 63;
                    lengths[k] += cell;
                    out[k * each + done + i] = (uint8_t)(cell >> 8);
                }
            for (size_t k = 0; k < STREAMS; k++) more &= go_on(&at[k], lengths[k]);
        }
        for (size_t k = 0; k < STREAMS; k++) leave(&at[k], &of[k]);
    }
    for (size_t k = 0; k < STREAMS; k++)
        if (!read_rest(of[k], by, out + k * each + done, (k < STREAMS - 1 ? each : last) - done)) return 0;
    return 1;
}

/* Cells of up to four codes, from cells of one. */
SHIFTS static void join_codes(struct decoder *by)
{
    unsigned longest = (unsigned)by->longest, mask = (1u << longest) - 1;
    uint32_t pairs[CELLS]; /* the length of both codes, how many, what they stand for */
    for (unsigned i = 0; i <= mask; i++) {
        unsigned one = by->cells[i], length = one & 255, next = by->cells[i << length & mask];
        unsigned fits = length + (next & 255) <= longest;
        pairs[i] = (one >> 8 << 16 | 1 << 8 | length) + (fits ? next >> 8 << 24 | 1 << 8 | (next & 255) : 0);
    }
    for (unsigned i = 0; i <= mask; i++) {
        unsigned one = pairs[i], length = one & 255, count = one >> 8 & 255, next = i << length & mask;
        unsigned second = length + (pairs[next] & 255) <= longest ? pairs[next] : 0, single = by->cells[next];
        if (second == 0 && length + (single & 255) <= longest) second = single >> 8 << 16 | 1 << 8 | (single & 255);
        by->many[i] = ((uint64_t)(one >> 16) << 16 | (one & 0xFFFF)) + (second & 0xFFFF)
                    + ((uint64_t)(second >> 16) << (16 + 8 * count));
    }
}

/* As read_four(), for codes that are short on average, of which cells have several. */
SHIFTS static int read_many(struct stream *of, const struct decoder *by, uint8_t *restrict out, size_t n)
{
    size_t each = (n + STREAMS - 1) / STREAMS;
    int shift = 64 - by->longest, more = 1;
    uint8_t *to[STREAMS];
    const uint8_t *end[STREAMS];
    for (size_t k = 0; k < STREAMS; k++) {
        to[k] = out + k * each;
        end[k] = out + (k < STREAMS - 1 ? (k + 1) * each : n);
        more &= of[k].left >= 64 && end[k] - to[k] >= 4 * AT_ONCE;
    }
    if (more) {
        struct place at[STREAMS];
        for (size_t k = 0; k < STREAMS; k++) at[k] = begin(&of[k]);
        while (more) {
            uint64_t word[STREAMS];
            unsigned lengths[STREAMS] = {0};
            for (size_t k = 0; k < STREAMS; k++) word[k] = word_at(&at[k]);
            for (size_t i = 0; i < AT_ONCE; i++)
                for (size_t k = 0; k < STREAMS; k++) {
                    uint64_t cell = by->many[word[k] >> shift];
                    uint32_t symbols = (uint32_t)(cell >> 16);
                    word[k] <<= cell & 63;
                    lengths[k] += (unsigned)cell;
                    memcpy(to[k], &symbols, 4);
                    to[k] += cell >> 8 & 255;
                }
            for (size_t k = 0; k < STREAMS; k++)
                more &= go_on(&at[k], lengths[k]) & (end[k] - to[k] >= 4 * AT_ONCE);
        }
        for (size_t k = 0; k < STREAMS; k++) leave(&at[k], &of[k]);
    }
    for (size_t k = 0; k < STREAMS; k++)
        if (!read_rest(of[k], by, to[k], (size_t)(end[k] - to[k]))) return 0;
    return 1;
}

/* --- blocks and frames */

/* A block of literals and no sequences (3.1.1.3), of `size` bytes: those it makes, at most `room`; 0 if it is not one
 * of those. */
static size_t read_block(const uint8_t *in, size_t size, struct decoder *code, uint8_t *out, size_t room)
{
    struct stream of[STREAMS];
    int type = in[0] & 3, form = in[0] >> 2 & 3, bits = form < 2 ? 10 : form == 2 ? 14 : 18;
    size_t head = form < 2 ? 3 : form == 2 ? 4 : 5, n, packed, used = 0;
    if (type < 2 || size < head + 1) return 0;
    n = get_little(in, head) >> 4 & ((1u << bits) - 1);
    packed = get_little(in, head) >> (4 + bits);
    if (head + packed + 1 != size || in[size - 1] != 0 || n == 0 || n > room) return 0;
    in += head;
    if (type == 2) {
        used = read_code(in, packed, code);
        if (used == 0) return 0;
    }
    if (code->longest == 0) return 0;
    in += used;
    packed -= used;
    if (form == 0) return start_stream(&of[0], in, packed) && read_one(of, code, out, n) ? n : 0;
    if (n < 6 || packed < 10) return 0;
    for (size_t k = 0, at = 6; k < STREAMS; k++) {
        size_t length = k < 3 ? get_little(in + 2 * k, 2) : packed - at;
        if (length > packed - at || !start_stream(&of[k], in + at, length)) return 0;
        at += length;
    }
    if (n < MANY_LEAST || packed > n / 2) return read_four(of, code, out, n) ? n : 0;
    join_codes(code);
    return read_many(of, code, out, n) ? n : 0;
}

/* Fill `out` with what a frame of as many bytes holds, if it is one of literals alone: 1, else 0. */
static int read_frame(const uint8_t *in, size_t size, uint8_t *out, size_t n)
{
    struct decoder code;
    size_t used, field, block_most = BLOCK_MOST, done = 0;
    int last = 0;
    code.longest = 0;
    if (size < 6 || get_little(in, 4) != 0xFD2FB528 || (in[4] & 15) != 0) return 0; /* no dictionary, no checksum */
    field = (size_t)(in[4] >> 6 ? 1 << (in[4] >> 6) : in[4] >> 5 & 1);
    used = 5;
    if (!(in[4] >> 5 & 1)) {
        uint64_t power = UINT64_C(1) << (10 + (in[5] >> 3)), window = power + power / 8 * (in[5] & 7);
        if (window > 1 << 27) return 0;
        if (window < BLOCK_MOST) block_most = (size_t)window;
        used++;
    }
    if (field == 0 || size < used + field || get_little(in + used, field) + (field == 2 ? 256 : 0) != n) return 0;
    used += field;
    if (in[4] >> 5 & 1 && n < BLOCK_MOST) block_most = n;
    while (!last) {
        size_t head, length, made;
        if (size - used < BLOCK_HEAD) return 0;
        head = get_little(in + used, BLOCK_HEAD);
        used += BLOCK_HEAD;
        last = head & 1;
        length = head >> 3;
        if (length == 0 || length > block_most) return 0;
        if ((head >> 1 & 3) == 0) {
            if (length > size - used || length > n - done) return 0;
            memcpy(out + done, in + used, made = length);
        } else if ((head >> 1 & 3) == 1) {
            if (used == size || length > n - done) return 0;
            memset(out + done, in[used], made = length);
            length = 1;
        } else {
            if ((head >> 1 & 3) == 3 || length > size - used) return 0;
            made = read_block(in + used, length, &code, out + done, n - done < block_most ? n - done : block_most);
            if (made == 0) return 0;
        }
        used += length;
        done += made;
    }
    return used == size && done == n;
}
