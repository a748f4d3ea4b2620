/* Bytes to a zstd frame (RFC 8878) of Huffman codes alone: the same as casreg/codecs/_huffman.py, from which what each
 * step is for can be learnt. Numbers of sections are those of the RFC. _kernel.c includes this once. */

enum {
    SYMBOLS = 256,
    LONGEST = 11,            /* bits of a code */
    BLOCK_MOST = 128 << 10,  /* bytes of a block */
    ONE_STREAM = 1024,       /* blocks of fewer bytes have one stream */
    STREAMS = 4,
    HEAD_MOST = 9,           /* bytes of a frame's header, as written here */
    BLOCK_HEAD = 3,
    TREE_MOST = 128,         /* bytes of a description of a code */
    STATES_LOG = 6,          /* of the coder of that description */
    STATES = 1 << STATES_LOG,
    WEIGHTS = LONGEST + 1,
    AT_ONCE = 5,             /* codes in a word of 64 bits, of which 7 may be used up */
};

/* What became of bytes that were to be a frame, where it is no number of bytes. */
enum { NO_GAIN = 0, MATCHES = -1 };

static inline int log_of(uint32_t x)
{
    return 31 - __builtin_clz(x);
}

/* How often each byte is in each quarter, of `each` bytes, the last of fewer: side by side, so that a byte need not
 * wait for the count that the same one before it has just raised. */
VECTORS static void count_bytes(const uint8_t *restrict in, size_t n, size_t each,
                                uint32_t (*restrict counts)[SYMBOLS])
{
    size_t last = n > (STREAMS - 1) * each ? n - (STREAMS - 1) * each : 0;
    memset(counts, 0, STREAMS * sizeof *counts);
    for (size_t i = 0; i < last; i++)
        for (size_t k = 0; k < STREAMS; k++) counts[k][in[k * each + i]]++;
    for (size_t k = 0; k < STREAMS - 1; k++)
        for (size_t i = k * each + last; i < (k + 1) * each && i < n; i++) counts[k][in[i]]++;
}

/* How many bytes are the same as the next. */
VECTORS static size_t count_pairs(const uint8_t *in, size_t n)
{
    size_t found = 0;
    for (size_t start = 0; start + 1 < n; start += STRETCH) {
        size_t end = start + STRETCH < n - 1 ? start + STRETCH : n - 1;
        uint8_t some = 0;
        if (end - start == STRETCH)
            for (size_t i = 0; i < STRETCH; i++) some = (uint8_t)(some + (in[start + i] == in[start + i + 1]));
        else
            for (size_t i = start; i < end; i++) some = (uint8_t)(some + (in[i] == in[i + 1]));
        found += some;
    }
    return found;
}

/* The bytes that are there, the rarest first, those as frequent as each other by their value. How many. */
static size_t by_count(const uint32_t *counts, uint8_t *restrict sorted)
{
    uint8_t from[SYMBOLS];
    size_t n = 0;
    for (size_t s = 0; s < SYMBOLS; s++) {
        sorted[n] = (uint8_t)s;
        n += counts[s] > 0;
    }
    for (int shift = 0; shift < 18; shift += 6) { /* counts are below 2**18 */
        uint16_t at[64] = {0};
        uint16_t next = 0;
        memcpy(from, sorted, n);
        for (size_t i = 0; i < n; i++) at[counts[from[i]] >> shift & 63]++;
        for (size_t d = 0; d < 64; d++) {
            uint16_t count = at[d];
            at[d] = next;
            next = (uint16_t)(next + count);
        }
        for (size_t i = 0; i < n; i++) sorted[at[counts[from[i]] >> shift & 63]++] = from[i];
    }
    return n;
}

/* How many of `n` codes, of at least two bytes, have each length, in Huffman's tree; lengths beyond the longest are
 * that one. Nodes come in the order of their counts: leaves as sorted, others as made. */
static void lengths_of(const uint32_t *counts, const uint8_t *sorted, size_t n, uint16_t *restrict found)
{
    uint32_t made[SYMBOLS];
    uint16_t above[2][SYMBOLS]; /* of leaves, of made nodes: the node above */
    uint8_t depth[SYMBOLS] = {0};
    size_t leaf = 0, old = 0;
    memset(found, 0, WEIGHTS * sizeof *found);
    for (size_t next = 0; next < n - 1; next++) {
        made[next] = 0;
        for (int child = 0; child < 2; child++) {
            if (leaf < n && (old == next || counts[sorted[leaf]] <= made[old])) {
                made[next] += counts[sorted[leaf]];
                above[0][leaf++] = (uint16_t)next;
            } else {
                made[next] += made[old];
                above[1][old++] = (uint16_t)next;
            }
        }
    }
    for (size_t node = n - 2; node-- > 0;) depth[node] = (uint8_t)(depth[above[1][node]] + 1);
    for (leaf = 0; leaf < n; leaf++) {
        int length = depth[above[0][leaf]] + 1;
        found[length < LONGEST ? length : LONGEST]++;
    }
}

/* Until they are codes again: a code one bit longer makes room for two, one of which is one of the longest. */
static void make_room(uint16_t *found)
{
    int32_t over = -(1 << LONGEST);
    for (int length = 1; length <= LONGEST; length++) over += found[length] << (LONGEST - length);
    for (; over > 0; over--) {
        int length = LONGEST - 1;
        while (found[length] == 0) length--;
        found[length]--;
        found[length + 1] = (uint16_t)(found[length + 1] + 2);
        found[LONGEST]--;
    }
}

/* A code for each byte that is there, the rarest with the longest, and its weight (4.2.1). The bits of a code are the
 * highest of the word, its length the lowest. */
static void choose_code(const uint32_t *counts, uint64_t *restrict codes, uint8_t *restrict weights)
{
    uint8_t sorted[SYMBOLS];
    uint16_t found[WEIGHTS], next[WEIGHTS + 1], start = 0;
    size_t n = by_count(counts, sorted), at = 0;
    int longest = LONGEST;
    lengths_of(counts, sorted, n, found);
    make_room(found);
    while (found[longest] == 0) longest--;
    memset(weights, 0, SYMBOLS);
    for (int weight = 1; weight <= longest; weight++) {
        uint16_t count = found[longest + 1 - weight];
        for (uint16_t i = 0; i < count; i++) weights[sorted[at++]] = (uint8_t)weight;
        next[weight] = start; /* of codes of this weight, as if they were of the longest */
        start = (uint16_t)(start + (count << (weight - 1)));
    }
    for (size_t s = 0; s < SYMBOLS; s++) {
        int weight = weights[s];
        codes[s] = 0;
        if (weight == 0) continue;
        codes[s] = (uint64_t)next[weight] << (64 - longest) | (uint64_t)(longest + 1 - weight);
        next[weight] = (uint16_t)(next[weight] + (1 << (weight - 1)));
    }
}

/* --- the description of a code (4.2.1.1) */

/* How many of the states each weight has: about its share, one at least, and not all. */
static void share_states(const uint8_t *weights, size_t n, uint8_t *restrict shares)
{
    uint32_t counts[WEIGHTS] = {0};
    int given = 0;
    for (size_t i = 0; i < n; i++) counts[weights[i]]++;
    for (int w = 0; w < WEIGHTS; w++) {
        uint32_t share = (counts[w] * STATES * 2 + (uint32_t)n) / (2 * (uint32_t)n);
        shares[w] = (uint8_t)(counts[w] > 0 && share == 0 ? 1 : share);
        given += shares[w];
    }
    while (given != STATES) {
        int largest = 0;
        for (int w = 1; w < WEIGHTS; w++)
            if (shares[w] > shares[largest]) largest = w;
        shares[largest] = (uint8_t)(shares[largest] + (given < STATES ? 1 : -1));
        given += given < STATES ? 1 : -1;
    }
}

/* The shares (4.1.1), in at most 32 bytes. */
static void write_shares(const uint8_t *shares, struct writer *to)
{
    int left = STATES;
    append(to, STATES_LOG - 5, 4);
    for (int w = 0; left > 0;) {
        uint32_t most = (uint32_t)left + 1, value = shares[w] + 1u;
        int bits = log_of(most) + 1;
        uint32_t short_ones = (1u << bits) - 1 - most;
        if (value < short_ones) append(to, value, bits - 1);
        else append(to, value < 1u << (bits - 1) ? value : value + short_ones, bits);
        left -= shares[w];
        if (shares[w++] > 0) continue;
        int more = 0;
        while (shares[w + more] == 0) more++; /* some weight is still to come, as states are left */
        w += more;
        for (; more >= 3; more -= 3) append(to, 3, 2);
        append(to, (uint64_t)more, 2);
    }
    if (to->filled > 0) *to->at++ = (uint8_t)to->word;
    to->word = 0;
    to->filled = 0;
}

/* One bit behind the last, and zeros up to a byte. Behind it there is room for eight bytes, or none is needed. */
static void end_stream(struct writer *to)
{
    append_few(to, 1, 1);
    if (to->filled > 0) *to->at++ = (uint8_t)to->word;
}

/* Weights through two states in turn (4.1.2, 4.2.1.2), the last first: a state is where the next one is read from. */
static void write_weights(const uint8_t *weights, size_t n, const uint8_t *shares, struct writer *to)
{
    uint8_t cells[WEIGHTS][STATES], filled[WEIGHTS] = {0}, of[STATES];
    int state[2], at = 0;
    for (int w = 0; w < WEIGHTS; w++)
        for (int i = 0; i < shares[w]; i++, at = (at + STATES / 2 + STATES / 8 + 3) % STATES) of[at] = (uint8_t)w;
    for (int s = 0; s < STATES; s++) cells[of[s]][filled[of[s]]++] = (uint8_t)s;
    for (size_t i = n; i-- > 0;) {
        uint8_t w = weights[i];
        if (i + 2 >= n) {
            state[i % 2] = cells[w][0]; /* which asks for bits that are not there: so a reader knows the end */
            continue;
        }
        int above = state[i % 2] + STATES, bits = STATES_LOG - log_of(shares[w]);
        bits -= above >> bits < shares[w];
        append(to, (uint64_t)(above & ((1 << bits) - 1)), bits);
        state[i % 2] = cells[w][(above >> bits) - shares[w]];
    }
    append(to, (uint64_t)state[1], STATES_LOG);
    append(to, (uint64_t)state[0], STATES_LOG);
    end_stream(to);
}

/* The weights of all bytes but the last that is there, which follows from them. Bytes; 0 if they cannot be told. */
static size_t describe(const uint8_t *weights, uint8_t *restrict out)
{
    uint8_t made[288], shares[WEIGHTS]; /* 32 for the shares, 6 bits for each weight, 8 bytes over */
    size_t last = SYMBOLS - 1, direct, size = TREE_MOST;
    while (weights[last] == 0) last--;
    direct = last <= 128 ? 1 + (last + 1) / 2 : TREE_MOST;
    share_states(weights, last, shares);
    if (shares[weights[0]] < STATES && last >= 2) {
        struct writer to = {made, made + sizeof made, 0, 0};
        write_shares(shares, &to);
        write_weights(weights, last, shares, &to);
        size = 1 + (size_t)(to.at - made);
    }
    if (size < direct) {
        out[0] = (uint8_t)(size - 1);
        memcpy(out + 1, made, size - 1);
        return size;
    }
    if (last > 128) return 0;
    out[0] = (uint8_t)(127 + last);
    for (size_t i = 0; i < last; i += 2)
        out[1 + i / 2] = (uint8_t)(weights[i] << 4 | (i + 1 < last ? weights[i + 1] : 0));
    return direct;
}

/* --- blocks and frames */

/* The codes of bytes, the last first (4.2.2). Writes nothing beyond its end if there is room for all. A word is filled
 * from its highest bit on; lengths, in its lowest byte, go along until the end, which drops what is below the codes. */
SHIFTS static void write_codes(const uint8_t *restrict in, size_t n, const uint64_t *restrict codes,
                                struct writer *restrict to)
{
    struct writer at = *to;
    for (; n >= AT_ONCE && has_room(&at); n -= AT_ONCE) {
        uint64_t x = 0, lengths = 0;
        for (size_t k = 1; k <= AT_ONCE; k++) {
            uint64_t code = codes[in[n - k]];
            x = x >> (code & 63) | code;
            lengths += code;
        }
        append(&at, x >> (64 - (lengths & 63)), lengths & 63);
    }
    while (n-- > 0) {
        int length = codes[in[n]] & 63;
        uint64_t x = codes[in[n]] >> (64 - length);
        append_few(&at, x, length < 8 ? length : 8);
        if (length > 8) append_few(&at, x >> 8, length - 8);
    }
    end_stream(&at);
    *to = at;
}

static void put_little(uint8_t *out, uint64_t x, int bytes)
{
    for (int i = 0; i < bytes; i++) out[i] = (uint8_t)(x >> 8 * i);
}

/* The literals (3.1.1.3.1) of a block, in streams of `each` bytes, and no sequences; 0 if that has no room. */
static size_t write_block(const uint8_t *in, size_t n, size_t each, uint32_t (*counts)[SYMBOLS],
                          const uint32_t *all, uint8_t *out, size_t room)
{
    uint64_t codes[SYMBOLS];
    uint8_t weights[SYMBOLS], tree[TREE_MOST];
    size_t streams = n < ONE_STREAM ? 1 : STREAMS, described, head = n < ONE_STREAM ? 3 : n < 1 << 14 ? 4 : 5;
    size_t sizes[STREAMS] = {0}, total = 0, bits = 0, at;
    int form = n < ONE_STREAM ? 0 : n < 1 << 14 ? 2 : 3, field = n < ONE_STREAM ? 10 : n < 1 << 14 ? 14 : 18;
    choose_code(all, codes, weights);
    described = describe(weights, tree);
    for (size_t k = 0; k < STREAMS; k++) {
        for (size_t s = 0; s < SYMBOLS; s++) bits += counts[k][s] * (size_t)(codes[s] & 63);
        if (streams == 1 && k < STREAMS - 1) continue;
        sizes[streams == 1 ? 0 : k] = bits / 8 + 1; /* with the bit at its end */
        total += bits / 8 + 1;
        bits = 0;
    }
    total += described + (streams == 1 ? 0 : 6);
    if (described == 0 || head + total + 1 > room) return 0;
    put_little(out, 2u | (unsigned)form << 2 | (uint64_t)n << 4 | (uint64_t)total << (4 + field), (int)head);
    memcpy(out + head, tree, described);
    at = head + described;
    for (size_t k = 0; streams > 1 && k < STREAMS - 1; k++, at += 2) put_little(out + at, sizes[k], 2);
    for (size_t k = 0; k < streams; at += sizes[k++]) {
        struct writer to = {out + at, out + at + sizes[k], 0, 0};
        size_t from = streams == 1 ? 0 : k * each;
        write_codes(in + from, k + 1 < streams ? each : n - from, codes, &to);
    }
    out[at++] = 0;
    return at;
}

/* Whether zstd's search for matches may gain what codes of one bit at least, each on its own, cannot: where one byte
 * is nearly all, and where bytes are the same as the next far more often than their counts say, twice as often or by
 * an eighth of all. */
static int pays_matches(const uint8_t *in, size_t n, const uint32_t *all)
{
    uint64_t pairs, squares = 0;
    uint32_t most = 0;
    for (size_t s = 0; s < SYMBOLS; s++) {
        most = all[s] > most ? all[s] : most;
        squares += (uint64_t)all[s] * all[s];
    }
    if (most >= n - n / 8) return 1;
    pairs = (uint64_t)count_pairs(in, n) * n;
    return pairs > 2 * squares || 8 * pairs > 8 * squares + (uint64_t)n * n;
}

/* A frame of at least one byte, smaller than that and within `room`: its bytes, or else what became of it. */
static ptrdiff_t write_frame(const uint8_t *in, size_t n, uint8_t *out, size_t room)
{
    uint32_t counts[STREAMS][SYMBOLS], all[SYMBOLS];
    int field = n < 256 ? 1 : n < 65536 + 256 ? 2 : 4;
    size_t used = 5 + (size_t)field;
    if (room >= n) room = n - 1;
    for (size_t done = 0, m; done < n; done += m) {
        size_t each, size;
        int matches;
        m = n - done < BLOCK_MOST ? n - done : BLOCK_MOST;
        each = (m + STREAMS - 1) / STREAMS;
        count_bytes(in + done, m, each, counts);
        for (size_t s = 0; s < SYMBOLS; s++) all[s] = counts[0][s] + counts[1][s] + counts[2][s] + counts[3][s];
        matches = pays_matches(in + done, m, all);
        if (matches && (done == 0 || m >= ONE_STREAM)) return MATCHES;
        if (used + BLOCK_HEAD > room) return NO_GAIN;
        size = room - used - BLOCK_HEAD < m ? room - used - BLOCK_HEAD : m - 1;
        size = matches ? 0 : write_block(in + done, m, each, counts, all, out + used + BLOCK_HEAD, size);
        if (size == 0 && m > room - used - BLOCK_HEAD) return NO_GAIN;
        if (size == 0) memcpy(out + used + BLOCK_HEAD, in + done, m);
        put_little(out + used, (size ? size : m) << 3 | (size ? 2u << 1 : 0) | (done + m == n), BLOCK_HEAD);
        used += BLOCK_HEAD + (size ? size : m);
    }
    put_little(out, 0xFD2FB528, 4);
    out[4] = (uint8_t)((field >> 1) << 6 | 1 << 5);
    put_little(out + 5, field == 2 ? n - 256 : n, field);
    return (ptrdiff_t)used;
}
