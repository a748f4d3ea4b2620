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
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if !defined(__BYTE_ORDER__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "for little-endian machines: elsewhere numpy does the work"
#endif

/* One source, compiled for two instruction sets; the loader of a process takes the better that the machine has. */
#if !defined(VECTORS) && defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && defined(__GLIBC__)
#define VECTORS __attribute__((target_clones("avx2", "default")))
#define SHIFTS __attribute__((target_clones("arch=haswell", "default"))) /* by any number of bits, in one step */
#elif !defined(VECTORS)
#define VECTORS
#endif
#if !defined(SHIFTS)
#define SHIFTS
#endif

enum { BLOCK = 1024, RUN = 512, STRETCH = 64, QUARTERS = 4, STRIPE = 128, CLASSES = 4, KEYS = CLASSES * 256 };

/* As in casreg/codecs/_delta_groups.py. */
enum { SPREAD = 6, RARE = 256, FEW = 4, ESCAPES = 12 };

/* As in casreg/codecs/_planes_elements.py and _delta_elements.py. */
enum transform { NONE, ROTATE_1, ROTATE_4, ZIGZAG, DIFFERENCES };
enum order { INTEGERS, FLOATS };

/* As in casreg/codecs/_planes_frames.py and _loops.py. */
enum kind { CONSTANT, RAW, ZSTD, SEARCH };

/* Of a group, as in casreg/codecs/_delta_groups.py: bits of noise and of a symbol, kind, and in four bytes the length
 * of the symbols. */
enum { HEAD = 7 };

struct plane {
    const uint8_t *at;
    int constant;
};

/* How the numbers of a group are taken apart: symbols of `bits` bits above `noise` bits. */
struct packing {
    uint8_t noise, bits;
};

#include "_kernel_bits.h"
#include "_kernel_huffman.h"
#include "_kernel_unhuffman.h"

/* The symbols of a group as they are stored: no more bytes than there are. */
static enum kind write_plane(const uint8_t *plane, size_t n, uint8_t *out, size_t *length)
{
    ptrdiff_t size;
    *length = 1;
    *out = plane[0];
    if (memcmp(plane, plane + 1, n - 1) == 0) return CONSTANT;
    size = write_frame(plane, n, out, n);
    *length = size > 0 ? (size_t)size : n;
    if (size > 0) return ZSTD;
    memcpy(out, plane, n);
    return size == MATCHES ? SEARCH : RAW;
}

/* The symbols of a group from how they are stored; 0 if zstd must be asked. */
static int read_plane(enum kind kind, const uint8_t *in, size_t length, uint8_t *plane, size_t n)
{
    if (kind == ZSTD) return read_frame(in, length, plane, n);
    if (kind == CONSTANT) memset(plane, in[0], n);
    else memcpy(plane, in, n);
    return 1;
}

/* The class of a stripe whose residuals have these bits among them; from how many on it is the next one. */
static inline uint8_t class_of(uint64_t any)
{
    return (uint8_t)((any > 0) + (any >> 8 > 0) + (any >> 16 > 0));
}

/* Whole stripes. */
static inline size_t quarter_of(size_t n)
{
    return n / QUARTERS / STRIPE * STRIPE;
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

static int is_aligned(const Py_buffer *numbers, size_t size)
{
    if ((uintptr_t)numbers->buf % size == 0) return is_size(numbers->len % (Py_ssize_t)size, 0, "behind the last number");
    PyErr_SetString(PyExc_ValueError, "numbers lie at an address that is not theirs");
    return 0;
}

static int is_plain(const Py_buffer *plain)
{
    if (plain->len > 0 && (uint64_t)plain->len <= UINT32_MAX) return 1;
    PyErr_Format(PyExc_ValueError, "%zd bytes are nothing to make a frame of", plain->len);
    return 0;
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

/* Where the elements of each quarter with each key begin. */
static void starts(const uint8_t *counts, uint32_t (*restrict at)[KEYS])
{
    uint32_t next = 0;
    for (size_t key = 0; key < KEYS; key++)
        for (size_t q = 0; q < QUARTERS; q++) {
            uint32_t count;
            memcpy(&count, counts + (q * KEYS + key) * sizeof count, sizeof count);
            at[q][key] = next;
            next += count;
        }
}

/* That there is a class for each stripe of `elements`, and room for the counts of each quarter's keys. */
static int is_striped(const Py_buffer *elements, int width, int shift, const Py_buffer *classes, const Py_buffer *counts)
{
    Py_ssize_t n;
    if (!is_width(width) || !is_whole(elements, width) || !is_within(shift, 0, 255, "a shift")) return 0;
    n = elements->len / width;
    if ((uint64_t)n > UINT32_MAX) {
        PyErr_SetString(PyExc_ValueError, "more elements than can be counted");
        return 0;
    }
    return is_size(classes->len, n / STRIPE + (n % STRIPE != 0), "classes")
        && is_size(counts->len, QUARTERS * KEYS * sizeof(uint32_t), "counts");
}

static PyObject *sorted(int good, Py_buffer *b)
{
    if (good < 0) PyErr_SetString(PyExc_ValueError, "the counts are not those of the keys");
    return released(b, 6, good > 0 ? none() : NULL);
}

PyDoc_STRVAR(sort_doc, "sort(elements, own, below, width, order, shift, classes, counts, residuals)\n--\n\n"
    "Zigzag of what each element differs by from that of `below`, those of one key together and in order. The key is\n"
    "the class of the element's stripe, and below it eight bits of the element of `own`, from `shift` on without the\n"
    "highest. Writes the classes, a byte a stripe, and how often each key occurs in each quarter: 4 x 1024 numbers of\n"
    "32 bits.");

static PyObject *kernel_sort(PyObject *self, PyObject *args)
{
    Py_buffer b[6];
    uint32_t counts[QUARTERS][KEYS];
    int width, order, shift, good;
    if (!PyArg_ParseTuple(args, "y*y*y*iiiw*w*w*", &b[0], &b[1], &b[2], &width, &order, &shift, &b[3], &b[4], &b[5]))
        return NULL;
    good = is_striped(&b[0], width, shift, &b[3], &b[4]) && is_within(order, INTEGERS, FLOATS, "an order")
        && is_size(b[1].len, b[0].len, "a base") && is_size(b[2].len, b[0].len, "a base")
        && is_size(b[5].len, b[0].len, "residuals");
    if (good) {
        size_t n = (size_t)b[0].len / (size_t)width;
        FOR_WIDTH(width, , classify, b[0].buf, b[2].buf, n, order, b[3].buf)
        FOR_WIDTH(width, , tally, b[1].buf, n, shift, b[3].buf, counts)
        memcpy(b[4].buf, counts, sizeof counts);
        starts(b[4].buf, counts);
        FOR_WIDTH(width, good = , sort, b[0].buf, b[1].buf, b[2].buf, n, order, shift, b[3].buf, counts, b[5].buf)
        good = good ? 1 : -1;
    }
    return sorted(good, b);
}

PyDoc_STRVAR(tally_doc, "tally(own, width, shift, classes, counts)\n--\n\nThe counts of sort(), from what it gave else.");

static PyObject *kernel_tally(PyObject *self, PyObject *args)
{
    Py_buffer b[3];
    uint32_t counts[QUARTERS][KEYS];
    int width, shift, good;
    if (!PyArg_ParseTuple(args, "y*iiy*w*", &b[0], &width, &shift, &b[1], &b[2])) return NULL;
    good = is_striped(&b[0], width, shift, &b[1], &b[2]);
    if (good) {
        FOR_WIDTH(width, , tally, b[0].buf, (size_t)b[0].len / (size_t)width, shift, b[1].buf, counts)
        memcpy(b[2].buf, counts, sizeof counts);
    }
    return released(b, 3, good ? none() : NULL);
}

PyDoc_STRVAR(unsort_doc, "unsort(residuals, own, below, width, order, shift, classes, counts, elements)\n--\n\n"
    "Undo sort().");

static PyObject *kernel_unsort(PyObject *self, PyObject *args)
{
    Py_buffer b[6];
    uint32_t at[QUARTERS][KEYS];
    int width, order, shift, good;
    if (!PyArg_ParseTuple(args, "y*y*y*iiiy*y*w*", &b[0], &b[1], &b[2], &width, &order, &shift, &b[3], &b[4], &b[5]))
        return NULL;
    good = is_striped(&b[0], width, shift, &b[3], &b[4]) && is_within(order, INTEGERS, FLOATS, "an order")
        && is_size(b[1].len, b[0].len, "a base") && is_size(b[2].len, b[0].len, "a base")
        && is_size(b[5].len, b[0].len, "elements");
    if (good) {
        starts(b[4].buf, at);
        FOR_WIDTH(width, good = , unsort, b[0].buf, b[1].buf, b[2].buf, (size_t)b[0].len / (size_t)width, order, shift,
                  b[3].buf, at, b[5].buf)
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

/* --- residuals in groups */

/* Of `ends`, 32 bits each: that they grow, and are those of `numbers` if those are given. How many groups; -1 if not. */
static Py_ssize_t groups_of(const Py_buffer *numbers, int width, const Py_buffer *ends, const Py_buffer *heads)
{
    const uint32_t *end = ends->buf;
    Py_ssize_t groups = ends->len / (Py_ssize_t)sizeof *end;
    uint32_t last = 0;
    if (!is_width(width) || !is_aligned(ends, sizeof *end)) return -1;
    if (numbers != NULL && !is_whole(numbers, width)) return -1;
    if (!is_size(heads->len, groups * HEAD, "heads")) return -1;
    for (Py_ssize_t g = 0; g < groups; last = end[g++])
        if (end[g] <= last) {
            PyErr_SetString(PyExc_ValueError, "a group without a number");
            return -1;
        }
    if (numbers != NULL && !is_size(numbers->len, (Py_ssize_t)last * width, "numbers in groups")) return -1;
    return groups;
}

PyDoc_STRVAR(pack_groups_doc, "pack_groups(numbers, width, ends, symbols, heads, body, escapes)\n--\n\n"
    "The numbers of each group as symbols above noise. `ends`: aligned numbers of 32 bits, where each group ends;\n"
    "`symbols`: scratch, as many bytes as there are numbers. Writes to `heads` seven bytes a group, as they are stored,\n"
    "of kind 3 if zstd's search for matches may pay; to `body`, a byte larger for each number than they are, symbols\n"
    "and noise, a group's after the other's. Bytes of the body, and the number of escapes, of which the first are\n"
    "written as far as there is room.");

static PyObject *kernel_pack_groups(PyObject *self, PyObject *args)
{
    Py_buffer b[6];
    size_t found = 0, written = 0;
    Py_ssize_t groups, count;
    int width, good;
    if (!PyArg_ParseTuple(args, "y*iy*w*w*w*w*", &b[0], &width, &b[1], &b[2], &b[3], &b[4], &b[5])) return NULL;
    groups = groups_of(&b[0], width, &b[1], &b[3]);
    count = groups >= 0 ? b[0].len / width : 0;
    good = groups >= 0 && is_size(b[2].len, count, "symbols") && is_size(b[4].len, b[0].len + count, "a body")
        && is_whole(&b[5], width);
    if (good)
        FOR_WIDTH(width, found = , pack, b[0].buf, b[1].buf, (size_t)groups, b[2].buf, b[3].buf, b[4].buf, &written,
                  b[5].buf, (size_t)b[5].len / (size_t)width)
    return released(b, 6, good ? Py_BuildValue("nn", (Py_ssize_t)written, (Py_ssize_t)found) : NULL);
}

/* That heads are those of groups whose symbols and noise are all of `body`, and together `symbols` large. */
static int is_body(const uint8_t *heads, const uint32_t *ends, Py_ssize_t groups, int width, const Py_buffer *symbols,
                   const Py_buffer *body)
{
    size_t joined = 0, left = (size_t)body->len;
    for (Py_ssize_t g = 0; g < groups; g++, heads += HEAD) {
        size_t n = ends[g] - (g ? ends[g - 1] : 0), size, noise, length = (size_t)get_little(heads + 3, 4);
        if (!is_within(heads[0], 0, 8 * width - 1, "noise") || !is_within(heads[2], CONSTANT, ZSTD, "a kind")) return 0;
        if (!is_within(heads[1], 1, 8, "bits") || !is_size(8 % heads[1], 0, "in a byte, beside its symbols")) return 0;
        size = packed(n, heads[1]);
        noise = packed(n, heads[0]);
        if (length > left || noise > left - length || (heads[2] == CONSTANT && length != 1)
            || (heads[2] == RAW && length != size)) {
            PyErr_SetString(PyExc_ValueError, "symbols or noise lie outside, or are of another size");
            return 0;
        }
        left -= length + noise;
        joined += size;
    }
    return is_size((Py_ssize_t)left, 0, "behind the last group") && is_size(symbols->len, (Py_ssize_t)joined, "symbols");
}

/* Those that were not read are marked; how many. */
static size_t read_planes(const uint8_t *body, const uint32_t *ends, size_t groups, const uint8_t *heads,
                          uint8_t *symbols, uint8_t *unread)
{
    size_t start = 0, found = 0;
    for (size_t g = 0; g < groups; start = ends[g++], heads += HEAD) {
        size_t n = ends[g] - start, size = packed(n, heads[1]), length = (size_t)get_little(heads + 3, 4);
        unread[g] = (uint8_t)!read_plane((enum kind)heads[2], body, length, symbols, size);
        found += unread[g];
        symbols += size;
        body += length + packed(n, heads[0]);
    }
    return found;
}

PyDoc_STRVAR(read_groups_doc, "read_groups(body, ends, heads, symbols, unread)\n--\n\n"
    "The symbols of groups, end to end, from what pack_groups() made. Writes to `unread` a byte a group: 1 if its\n"
    "symbols are a frame that only zstd reads, if it does, and not written. How many of those.");

static PyObject *kernel_read_groups(PyObject *self, PyObject *args)
{
    Py_buffer b[5];
    size_t found = 0;
    Py_ssize_t groups;
    int good;
    if (!PyArg_ParseTuple(args, "y*y*y*w*w*", &b[0], &b[1], &b[2], &b[3], &b[4])) return NULL;
    groups = groups_of(NULL, 8, &b[1], &b[2]);
    good = groups >= 0 && is_size(b[4].len, groups, "marks")
        && is_body(b[2].buf, b[1].buf, groups, 8, &b[3], &b[0]);
    if (good) {
        Py_BEGIN_ALLOW_THREADS
        found = read_planes(b[0].buf, b[1].buf, (size_t)groups, b[2].buf, b[3].buf, b[4].buf);
        Py_END_ALLOW_THREADS
    }
    return released(b, 5, good ? PyLong_FromSize_t(found) : NULL);
}

PyDoc_STRVAR(unpack_groups_doc, "unpack_groups(numbers, width, ends, heads, symbols, body, escapes)\n--\n\n"
    "Undo pack_groups(), into `numbers`, the symbols being as read_groups() gives them. The number of escapes that it\n"
    "took; one more than there are, if those were too few.");

static PyObject *kernel_unpack_groups(PyObject *self, PyObject *args)
{
    Py_buffer b[6];
    size_t used = 0;
    Py_ssize_t groups;
    int width, good;
    if (!PyArg_ParseTuple(args, "w*iy*y*y*y*y*", &b[0], &width, &b[1], &b[2], &b[3], &b[4], &b[5])) return NULL;
    groups = groups_of(&b[0], width, &b[1], &b[2]);
    good = groups >= 0 && is_body(b[2].buf, b[1].buf, groups, width, &b[3], &b[4]) && is_whole(&b[5], width);
    if (good)
        FOR_WIDTH(width, used = , unpack, b[0].buf, b[1].buf, (size_t)groups, b[2].buf, b[3].buf, b[4].buf, b[5].buf,
                  (size_t)b[5].len / (size_t)width)
    return released(b, 6, good ? PyLong_FromSize_t(used) : NULL);
}

/* --- frames */

PyDoc_STRVAR(compress_doc, "compress(plain, frame)\n--\n\n"
    "Write a zstd frame of `plain`, at least one byte, by Huffman codes alone. Its bytes; 0 if it would not be smaller\n"
    "or has no room; -1 if a byte is so frequent that matches may pay.");

static PyObject *kernel_compress(PyObject *self, PyObject *args)
{
    Py_buffer b[2];
    ptrdiff_t size = 0;
    int good;
    if (!PyArg_ParseTuple(args, "y*w*", &b[0], &b[1])) return NULL;
    good = is_plain(&b[0]);
    if (good) {
        Py_BEGIN_ALLOW_THREADS
        size = write_frame(b[0].buf, (size_t)b[0].len, b[1].buf, (size_t)b[1].len);
        Py_END_ALLOW_THREADS
    }
    return released(b, 2, good ? PyLong_FromSsize_t(size) : NULL);
}

PyDoc_STRVAR(decompress_doc, "decompress(frame, plain)\n--\n\n"
    "Fill `plain` with what a zstd frame of literals alone holds; False, with anything in `plain`, for one that is\n"
    "damaged, of another size, or of another kind.");

static PyObject *kernel_decompress(PyObject *self, PyObject *args)
{
    Py_buffer b[2];
    int good;
    if (!PyArg_ParseTuple(args, "y*w*", &b[0], &b[1])) return NULL;
    Py_BEGIN_ALLOW_THREADS
    good = read_frame(b[0].buf, (size_t)b[0].len, b[1].buf, (size_t)b[1].len);
    Py_END_ALLOW_THREADS
    return released(b, 2, PyBool_FromLong(good));
}

/* --- the module */

static PyMethodDef functions[] = {
    {"split", kernel_split, METH_VARARGS, split_doc},
    {"merge", kernel_merge, METH_VARARGS, merge_doc},
    {"sort", kernel_sort, METH_VARARGS, sort_doc},
    {"tally", kernel_tally, METH_VARARGS, tally_doc},
    {"unsort", kernel_unsort, METH_VARARGS, unsort_doc},
    {"scale", kernel_scale, METH_VARARGS, scale_doc},
    {"pack_groups", kernel_pack_groups, METH_VARARGS, pack_groups_doc},
    {"read_groups", kernel_read_groups, METH_VARARGS, read_groups_doc},
    {"unpack_groups", kernel_unpack_groups, METH_VARARGS, unpack_groups_doc},
    {"compress", kernel_compress, METH_VARARGS, compress_doc},
    {"decompress", kernel_decompress, METH_VARARGS, decompress_doc},
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
