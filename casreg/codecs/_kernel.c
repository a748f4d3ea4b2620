/* The inner loops of the codecs `planes` and `delta` (spec/codecs.md), several times as fast as numpy's: the same
 * bytes as casreg/codecs/_loops_numpy.py, from which what each is for can be learnt.
 *
 * Every function takes buffers, which may not overlap, and writes into those that it is given for that. What
 * lengths and numbers could lead outside of them is checked here, whoever calls: ValueError. Loops run without the
 * interpreter's lock. Elements are little-endian; on a machine that is not, there is no kernel.
 */
#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030B0000
#include <Python.h>
#include <stdint.h>
#include <string.h>

#if !defined(__BYTE_ORDER__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "for little-endian machines: elsewhere numpy does the work"
#endif

/* One source, compiled for two instruction sets; the loader of a process takes the better that the machine has. */
#if !defined(VECTORS) && defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && defined(__GLIBC__)
#define VECTORS __attribute__((target_clones("avx2", "default")))
#elif !defined(VECTORS)
#define VECTORS
#endif

enum { BLOCK = 1024, STRETCH = 64, KEYS = 256, QUARTERS = 4, STRIPE = 128 };

/* As in casreg/codecs/_planes_elements.py and _delta_elements.py. */
enum transform { NONE, ROTATE_1, ROTATE_4, ZIGZAG, DIFFERENCES };
enum order { INTEGERS, FLOATS };

struct plane {
    const uint8_t *at;
    int constant;
};

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

/* Bits that a number has, 0 of 0. */
static inline int bits_of(uint64_t x)
{
    int bits = 0;
    for (; x; x >>= 1) bits++;
    return bits;
}

/* OF(split) is split_16 where elements of 16 bits are at hand. */
#define JOINED_(name, bits) name##_##bits
#define JOINED(name, bits) JOINED_(name, bits)
#define OF(name) JOINED(name, BITS)

#define U uint8_t
#define BITS 8
#include "_kernel_width.h"

#define U uint16_t
#define BITS 16
#include "_kernel_width.h"

#define U uint32_t
#define BITS 32
#include "_kernel_width.h"

#define U uint64_t
#define BITS 64
#include "_kernel_width.h"

/* `result` = name(arguments) for elements of `width` bytes, without the interpreter's lock. */
#define FOR_WIDTH(width, result, name, ...)                  \
    Py_BEGIN_ALLOW_THREADS                                   \
    switch (width) {                                         \
    case 1: result name##_8(__VA_ARGS__); break;             \
    case 2: result name##_16(__VA_ARGS__); break;            \
    case 4: result name##_32(__VA_ARGS__); break;            \
    case 8: result name##_64(__VA_ARGS__); break;            \
    }                                                        \
    Py_END_ALLOW_THREADS

/* --- what the caller gives: 0 and a ValueError if it is not that */

static int is_width(int width)
{
    if (width == 1 || width == 2 || width == 4 || width == 8) return 1;
    PyErr_Format(PyExc_ValueError, "there are no elements of %d bytes", width);
    return 0;
}

static int is_within(int number, int least, int most, const char *what)
{
    if (least <= number && number <= most) return 1;
    PyErr_Format(PyExc_ValueError, "%s is %d, not %d to %d", what, number, least, most);
    return 0;
}

static int is_size(Py_ssize_t have, Py_ssize_t want, const char *what)
{
    if (have == want) return 1;
    PyErr_Format(PyExc_ValueError, "%s: %zd bytes, not %zd", what, have, want);
    return 0;
}

static int is_whole(const Py_buffer *elements, int width)
{
    return is_size(elements->len % width, 0, "behind the last element");
}

/* That `buffer` holds exactly `n` numbers of `bits` bits, without computing more than n. */
static int is_packed(const Py_buffer *buffer, Py_ssize_t n, int bits, const char *what)
{
    return is_size(buffer->len, n / 8 * bits + (n % 8 * bits + 7) / 8, what);
}

static PyObject *released(Py_buffer *buffers, int count, PyObject *result)
{
    for (int i = 0; i < count; i++) PyBuffer_Release(&buffers[i]);
    return result;
}

static PyObject *none(void)
{
    Py_INCREF(Py_None);
    return Py_None;
}

/* --- planes */

PyDoc_STRVAR(split_doc, "split(elements, width, transform, planes)\n--\n\n"
    "Transform elements and write their bytes place by place, the lowest first, into as large a buffer.");

static PyObject *kernel_split(PyObject *self, PyObject *args)
{
    Py_buffer b[2];
    int width, transform, good;
    if (!PyArg_ParseTuple(args, "y*iiw*", &b[0], &width, &transform, &b[1])) return NULL;
    good = is_width(width) && is_within(transform, NONE, DIFFERENCES, "a transform")
        && is_whole(&b[0], width) && is_size(b[1].len, b[0].len, "planes");
    if (good) FOR_WIDTH(width, , split, b[0].buf, (size_t)b[0].len / (size_t)width, transform, b[1].buf)
    return released(b, 2, good ? none() : NULL);
}

PyDoc_STRVAR(merge_doc, "merge(planes, transform, elements)\n--\n\n"
    "Undo split(). `planes`: as many buffers as an element has bytes, the lowest place first, each of one byte, which\n"
    "all elements have there, or of a byte an element.");

static PyObject *kernel_merge(PyObject *self, PyObject *args)
{
    PyObject *sequence;
    Py_buffer b[9];
    struct plane planes[8];
    int transform, width, good, got = 1;
    if (!PyArg_ParseTuple(args, "O!iw*", &PyTuple_Type, &sequence, &transform, &b[0])) return NULL;
    width = (int)PyTuple_Size(sequence);
    good = is_width(width) && is_within(transform, NONE, DIFFERENCES, "a transform") && is_whole(&b[0], width);
    for (int k = 0; good && k < width; k++) {
        PyObject *item = PyTuple_GetItem(sequence, k); /* borrowed */
        good = item != NULL && PyObject_GetBuffer(item, &b[got], PyBUF_SIMPLE) == 0;
        if (!good) break;
        planes[k].at = b[got].buf;
        planes[k].constant = b[got].len == 1;
        got++;
        good = planes[k].constant || is_size(b[k + 1].len, b[0].len / width, "a plane");
    }
    if (good) FOR_WIDTH(width, , merge, planes, (size_t)b[0].len / (size_t)width, transform, b[0].buf)
    return released(b, got, good ? none() : NULL);
}

/* --- sorting by keys */

/* How often each key is there, in each quarter: the last one has what is over. */
static void tally(const uint8_t *restrict keys, size_t n, uint32_t (*restrict counts)[KEYS])
{
    size_t quarter = n / QUARTERS;
    memset(counts, 0, QUARTERS * sizeof *counts);
    for (size_t i = 0; i < quarter; i++)
        for (size_t q = 0; q < QUARTERS; q++) counts[q][keys[q * quarter + i]]++;
    for (size_t i = QUARTERS * quarter; i < n; i++) counts[QUARTERS - 1][keys[i]]++;
}

/* Where the elements of each quarter with each key begin. */
static void starts(const uint8_t *counts, size_t (*restrict at)[KEYS])
{
    size_t next = 0;
    for (size_t key = 0; key < KEYS; key++)
        for (size_t q = 0; q < QUARTERS; q++) {
            uint32_t count;
            memcpy(&count, counts + (q * KEYS + key) * sizeof count, sizeof count);
            at[q][key] = next;
            next += count;
        }
}

PyDoc_STRVAR(keys_doc, "keys(base, width, shift, keys, counts)\n--\n\n"
    "Write a byte an element, its bits from `shift` on without the highest, and how often each occurs in each quarter\n"
    "of the elements: 4 x 256 numbers of 32 bits.");

static PyObject *kernel_keys(PyObject *self, PyObject *args)
{
    Py_buffer b[3];
    uint32_t counts[QUARTERS][KEYS];
    int width, shift, good;
    if (!PyArg_ParseTuple(args, "y*iiw*w*", &b[0], &width, &shift, &b[1], &b[2])) return NULL;
    good = is_width(width) && is_whole(&b[0], width) && is_within(shift, 0, 255, "a shift")
        && is_size(b[1].len, b[0].len / width, "keys") && is_size(b[2].len, sizeof counts, "counts");
    if (good && (uint64_t)b[1].len > UINT32_MAX) {
        PyErr_SetString(PyExc_ValueError, "more elements than can be counted");
        good = 0;
    }
    if (good) {
        size_t n = (size_t)b[1].len;
        if (shift >= 8 * width) memset(b[1].buf, 0, n);
        else FOR_WIDTH(width, , keys, b[0].buf, n, shift, b[1].buf)
        Py_BEGIN_ALLOW_THREADS
        tally(b[1].buf, n, counts);
        Py_END_ALLOW_THREADS
        memcpy(b[2].buf, counts, sizeof counts);
    }
    return released(b, 3, good ? none() : NULL);
}

PyDoc_STRVAR(levels_doc, "levels(elements, base, width, order, levels)\n--\n\n"
    "Of each stripe of elements the bits of the largest zigzag of what they differ by from those of `base`: a byte.");

static PyObject *kernel_levels(PyObject *self, PyObject *args)
{
    Py_buffer b[3];
    int width, order, good;
    if (!PyArg_ParseTuple(args, "y*y*iiw*", &b[0], &b[1], &width, &order, &b[2])) return NULL;
    good = is_width(width) && is_within(order, INTEGERS, FLOATS, "an order") && is_whole(&b[0], width)
        && is_size(b[1].len, b[0].len, "a base")
        && is_size(b[2].len, b[0].len / width / STRIPE + (b[0].len / width % STRIPE != 0), "levels");
    if (good) FOR_WIDTH(width, , levels, b[0].buf, b[1].buf, (size_t)b[0].len / (size_t)width, order, b[2].buf)
    return released(b, 3, good ? none() : NULL);
}

/* What sort() and unsort() have in common: `b` is what there is, base, keys, counts, what is to be. */
static int is_sortable(const Py_buffer *b, int width, int order)
{
    return is_width(width) && is_within(order, INTEGERS, FLOATS, "an order") && is_whole(&b[0], width)
        && is_size(b[1].len, b[0].len, "a base") && is_size(b[2].len, b[0].len / width, "keys")
        && is_size(b[3].len, QUARTERS * KEYS * sizeof(uint32_t), "counts")
        && is_size(b[4].len, b[0].len, "the output");
}

static PyObject *sorted(int good, Py_buffer *b)
{
    if (good < 0) PyErr_SetString(PyExc_ValueError, "the counts are not those of the keys");
    return released(b, 5, good > 0 ? none() : NULL);
}

PyDoc_STRVAR(sort_doc, "sort(elements, base, width, order, keys, counts, residuals)\n--\n\n"
    "Zigzag of what each element differs by from that of `base`, those of one key together and in order.");

static PyObject *kernel_sort(PyObject *self, PyObject *args)
{
    Py_buffer b[5];
    size_t at[QUARTERS][KEYS];
    int width, order, good;
    if (!PyArg_ParseTuple(args, "y*y*iiy*y*w*", &b[0], &b[1], &width, &order, &b[2], &b[3], &b[4])) return NULL;
    good = is_sortable(b, width, order);
    if (good) {
        starts(b[3].buf, at);
        FOR_WIDTH(width, good = , sort, b[0].buf, b[1].buf, (size_t)b[2].len, order, b[2].buf, at, b[4].buf)
        good = good ? 1 : -1;
    }
    return sorted(good, b);
}

PyDoc_STRVAR(unsort_doc, "unsort(residuals, base, width, order, keys, counts, elements)\n--\n\nUndo sort().");

static PyObject *kernel_unsort(PyObject *self, PyObject *args)
{
    Py_buffer b[5];
    size_t at[QUARTERS][KEYS];
    int width, order, good;
    if (!PyArg_ParseTuple(args, "y*y*iiy*y*w*", &b[0], &b[1], &width, &order, &b[2], &b[3], &b[4])) return NULL;
    good = is_sortable(b, width, order);
    if (good) {
        starts(b[3].buf, at);
        FOR_WIDTH(width, good = , unsort, b[0].buf, b[1].buf, (size_t)b[2].len, order, b[2].buf, at, b[4].buf)
        good = good ? 1 : -1;
    }
    return sorted(good, b);
}

/* --- floats by a factor */

/* Each product is rounded once: nothing is added that a compiler could draw into it. What is no normal number stays
 * as it is, and a product that is hardly one is a zero, whether or not the process flushes subnormals. */
VECTORS static void scale_all(const uint8_t *restrict in, size_t n, float factor, uint8_t *restrict out)
{
    float products[BLOCK];
    uint32_t bits[BLOCK], scaled[BLOCK];
    for (size_t start = 0; start < n; start += BLOCK) {
        size_t m = n - start < BLOCK ? n - start : BLOCK;
        memcpy(bits, in + 4 * start, 4 * m);
        memcpy(products, bits, 4 * m);
        for (size_t i = 0; i < m; i++) products[i] *= factor;
        memcpy(scaled, products, 4 * m);
        for (size_t i = 0; i < m; i++) {
            uint32_t from = bits[i] & 0x7F800000, to = scaled[i] & 0x7F800000;
            uint32_t product = to <= 0x00800000 ? scaled[i] & 0x80000000 : scaled[i];
            scaled[i] = from == 0 || from == 0x7F800000 ? bits[i] : product;
        }
        memcpy(out + 4 * start, scaled, 4 * m);
    }
}

PyDoc_STRVAR(scale_doc, "scale(elements, factor, scaled)\n--\n\n"
    "fp32 elements times `factor`, rounded to nearest; products below 2**-125 are zeros; what is no normal number\n"
    "stays.");

static PyObject *kernel_scale(PyObject *self, PyObject *args)
{
    Py_buffer b[2];
    float factor;
    int good;
    if (!PyArg_ParseTuple(args, "y*fw*", &b[0], &factor, &b[1])) return NULL;
    good = is_whole(&b[0], 4) && is_size(b[1].len, b[0].len, "the output");
    if (good) {
        Py_BEGIN_ALLOW_THREADS
        scale_all(b[0].buf, (size_t)b[0].len / 4, factor, b[1].buf);
        Py_END_ALLOW_THREADS
    }
    return released(b, 2, good ? none() : NULL);
}

/* --- residuals of a group */

PyDoc_STRVAR(count_doc, "count(numbers, width, least)\n--\n\nHow many numbers are `least` or more.");

static PyObject *kernel_count(PyObject *self, PyObject *args)
{
    Py_buffer b[1];
    unsigned long long least;
    size_t found = 0;
    int width, good;
    if (!PyArg_ParseTuple(args, "y*iK", &b[0], &width, &least)) return NULL;
    good = is_width(width) && is_whole(&b[0], width);
    if (good) FOR_WIDTH(width, found = , count, b[0].buf, (size_t)b[0].len / (size_t)width, least)
    return released(b, 1, good ? PyLong_FromSize_t(found) : NULL);
}

PyDoc_STRVAR(length_doc, "length(numbers, width, most)\n--\n\n"
    "The fewest bits that all numbers fit in but `most` of them.");

static PyObject *kernel_length(PyObject *self, PyObject *args)
{
    Py_buffer b[1];
    Py_ssize_t most;
    size_t found = 0;
    int width, good;
    if (!PyArg_ParseTuple(args, "y*in", &b[0], &width, &most)) return NULL;
    good = is_width(width) && is_whole(&b[0], width);
    if (good && most < 0) {
        PyErr_SetString(PyExc_ValueError, "fewer than none");
        good = 0;
    }
    if (good) FOR_WIDTH(width, found = , length, b[0].buf, (size_t)b[0].len / (size_t)width, (size_t)most)
    return released(b, 1, good ? PyLong_FromSize_t(found) : NULL);
}

/* `b` is numbers, symbols, noise, escapes. */
static int is_group(const Py_buffer *b, int width, int noise, int bits)
{
    Py_ssize_t n;
    if (!is_width(width) || !is_whole(&b[0], width) || !is_whole(&b[3], width)) return 0;
    if (!is_within(noise, 0, 8 * width - 1, "noise") || !is_within(bits, 1, 8, "bits")) return 0;
    n = b[0].len / width;
    return is_size(8 % bits, 0, "in a byte, beside its symbols") && is_packed(&b[1], n, bits, "symbols")
        && is_packed(&b[2], n, noise, "noise");
}

PyDoc_STRVAR(pack_doc, "pack(numbers, width, noise, bits, symbols, rest, escapes)\n--\n\n"
    "Numbers as symbols of `bits` bits above `noise` bits, which go to `rest`. The number of escapes, of which the\n"
    "first are written as far as there is room.");

static PyObject *kernel_pack(PyObject *self, PyObject *args)
{
    Py_buffer b[4];
    size_t found = 0, n;
    int width, noise, bits, good;
    if (!PyArg_ParseTuple(args, "y*iiiw*w*w*", &b[0], &width, &noise, &bits, &b[1], &b[2], &b[3])) return NULL;
    good = is_group(b, width, noise, bits);
    if (good) {
        n = (size_t)b[0].len / (size_t)width;
        FOR_WIDTH(width, found = , pack_symbols, b[0].buf, n, noise, bits, b[1].buf, b[3].buf,
                  (size_t)b[3].len / (size_t)width)
        FOR_WIDTH(width, , pack_noise, b[0].buf, n, noise, b[2].buf, (size_t)b[2].len)
    }
    return released(b, 4, good ? PyLong_FromSize_t(found) : NULL);
}

PyDoc_STRVAR(unpack_doc, "unpack(numbers, width, noise, bits, symbols, rest, escapes)\n--\n\n"
    "Undo pack(), into `numbers`. The number of escapes that it took; one more than there are, if those were too few.");

static PyObject *kernel_unpack(PyObject *self, PyObject *args)
{
    Py_buffer b[4];
    size_t used = 0, n;
    int width, noise, bits, good;
    if (!PyArg_ParseTuple(args, "w*iiiy*y*y*", &b[0], &width, &noise, &bits, &b[1], &b[2], &b[3])) return NULL;
    good = is_group(b, width, noise, bits);
    if (good) {
        n = (size_t)b[0].len / (size_t)width;
        FOR_WIDTH(width, , unpack_noise, b[2].buf, (size_t)b[2].len, n, noise, b[0].buf)
        FOR_WIDTH(width, used = , unpack_symbols, b[1].buf, n, noise, bits, b[3].buf,
                  (size_t)b[3].len / (size_t)width, b[0].buf)
    }
    return released(b, 4, good ? PyLong_FromSize_t(used) : NULL);
}

/* --- the module */

static PyMethodDef functions[] = {
    {"split", kernel_split, METH_VARARGS, split_doc},
    {"merge", kernel_merge, METH_VARARGS, merge_doc},
    {"keys", kernel_keys, METH_VARARGS, keys_doc},
    {"levels", kernel_levels, METH_VARARGS, levels_doc},
    {"sort", kernel_sort, METH_VARARGS, sort_doc},
    {"unsort", kernel_unsort, METH_VARARGS, unsort_doc},
    {"scale", kernel_scale, METH_VARARGS, scale_doc},
    {"count", kernel_count, METH_VARARGS, count_doc},
    {"length", kernel_length, METH_VARARGS, length_doc},
    {"pack", kernel_pack, METH_VARARGS, pack_doc},
    {"unpack", kernel_unpack, METH_VARARGS, unpack_doc},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "casreg.codecs._kernel", "The inner loops of the codecs, compiled.", 0, functions,
    NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__kernel(void)
{
    return PyModuleDef_Init(&module);
}
