/*
 * One tile of a reversible JPEG 2000 codestream (ITU T.800), as medical images are mostly written: one precinct a resolution, plain code-blocks,
 * the 5/3 transform, one precision for all components. Packets (annex B), code-blocks (annexes C and D), wavelet (F), colour and level shift
 * (G). Compiled to WebAssembly by ../codec-kernels.mjs; src/imaging/dicom/codecs/jpeg-2000.ts calls it. What does not add up ends in a
 * failure, upon which the caller asks the general decoder.
 */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
#define INLINE static inline __attribute__((always_inline))
#define INFINITE 0x7fffffff

enum { DONE, DAMAGED, OUT_OF_MEMORY };

/* --- Memory: taken one after the other, given up all at once --- */

static u8 *top;
static int failure;

static void *take(u32 bytes) {
  u8 *at = (u8 *)(((u32)top + 15) & ~15u);
  u32 end = (u32)at + bytes + 64;
  u32 have = __builtin_wasm_memory_size(0) * 65536u;
  if (end > have && __builtin_wasm_memory_grow(0, (end - have + 65535) >> 16) == ~0ul) {
    failure = OUT_OF_MEMORY;
    return 0;
  }
  top = at + bytes;
  return at;
}

/* --- Bits of packet headers (B.10.1): after 0xFF a zero bit is stuffed --- */

typedef struct {
  const u8 *at, *end;
  u32 byte;
  int left;
} Header;

INLINE int bit(Header *h) {
  if (h->left == 0) {
    if (h->at >= h->end) {
      failure = DAMAGED;
      return 0;
    }
    h->left = h->byte == 0xff ? 7 : 8;
    h->byte = *h->at++;
  }
  return (h->byte >> --h->left) & 1;
}

static int bits(Header *h, int count) {
  int value = 0;
  while (count-- > 0) value = value << 1 | bit(h);
  return value;
}

/* --- Tag trees (B.10.2) --- */

typedef struct Node {
  struct Node *parent;
  int value, low;
} Node;

static Node *tree_of(int width, int height) {
  int total = 0;
  for (int w = width, h = height;; w = (w + 1) >> 1, h = (h + 1) >> 1) {
    total += w * h;
    if (w * h <= 1) break;
  }
  Node *nodes = take(total * sizeof(Node));
  if (!nodes) return 0;
  Node *level = nodes;
  for (int w = width, h = height;; w = (w + 1) >> 1, h = (h + 1) >> 1) {
    Node *above = level + w * h;
    int across = (w + 1) >> 1;
    for (int y = 0; y < h; y++)
      for (int x = 0; x < w; x++) {
        Node *parent = w * h > 1 ? above + (y >> 1) * across + (x >> 1) : 0;
        level[y * w + x] = (Node){parent, INFINITE, 0};
      }
    if (w * h <= 1) return nodes;
    level = above;
  }
}

/* Whether the leaf's value is below the threshold. */
static int below(Header *h, Node *leaf, int threshold) {
  Node *path[32];
  int depth = 0;
  for (Node *node = leaf; node; node = node->parent) path[depth++] = node;
  int low = 0;
  while (depth-- > 0) {
    Node *node = path[depth];
    if (low < node->low) low = node->low;
    while (low < threshold && low < node->value) {
      if (bit(h)) node->value = low;
      else low++;
    }
    node->low = low;
  }
  return leaf->value < threshold;
}

/* --- The arithmetic decoder (annex C) --- */

/* A state's number is doubled, with the sense of its more probable symbol in bit 0. */
typedef struct {
  u32 probability;
  u8 next[4]; /* twice the same, for no renormalization; after the more probable symbol; after the other */
} State;

/* Table C.2. */
static const struct {
  u16 probability;
  u8 likely, unlikely, switches;
} estimation[47] = {
    {0x5601, 1, 1, 1},    {0x3401, 2, 6, 0},    {0x1801, 3, 9, 0},    {0x0ac1, 4, 12, 0},   {0x0521, 5, 29, 0},
    {0x0221, 38, 33, 0},  {0x5601, 7, 6, 1},    {0x5401, 8, 14, 0},   {0x4801, 9, 14, 0},   {0x3801, 10, 14, 0},
    {0x3001, 11, 17, 0},  {0x2401, 12, 18, 0},  {0x1c01, 13, 20, 0},  {0x1601, 29, 21, 0},  {0x5601, 15, 14, 1},
    {0x5401, 16, 14, 0},  {0x5101, 17, 15, 0},  {0x4801, 18, 16, 0},  {0x3801, 19, 17, 0},  {0x3401, 20, 18, 0},
    {0x3001, 21, 19, 0},  {0x2801, 22, 19, 0},  {0x2401, 23, 20, 0},  {0x2201, 24, 21, 0},  {0x1c01, 25, 22, 0},
    {0x1801, 26, 23, 0},  {0x1601, 27, 24, 0},  {0x1401, 28, 25, 0},  {0x1201, 29, 26, 0},  {0x1101, 30, 27, 0},
    {0x0ac1, 31, 28, 0},  {0x09c1, 32, 29, 0},  {0x08a1, 33, 30, 0},  {0x0521, 34, 31, 0},  {0x0441, 35, 32, 0},
    {0x02a1, 36, 33, 0},  {0x0221, 37, 34, 0},  {0x0141, 38, 35, 0},  {0x0111, 39, 36, 0},  {0x0085, 40, 37, 0},
    {0x0049, 41, 38, 0},  {0x0025, 42, 39, 0},  {0x0015, 43, 40, 0},  {0x0009, 44, 41, 0},  {0x0005, 45, 42, 0},
    {0x0001, 45, 43, 0},  {0x5601, 46, 46, 0}};

/* Contexts: 9 of zero coding, 5 of signs, 3 of refinement, runs, and one that stays uniform. */
enum { SIGNS = 9, REFINEMENT = 14, RUN = 17, UNIFORM = 18, CONTEXTS = 19 };

static State states[94];
static u8 contexts[CONTEXTS];
static u8 zero_context[3][512]; /* of LL and LH, HL, HH; of the 3 x 3 significances around a sample */
static u8 sign_context[256];    /* the context, and the flipped sign in bit 7 */

typedef struct {
  const u8 *at;
  u32 a, c;
  int left;
} Arithmetic;

INLINE void byte_in(Arithmetic *m) {
  if (*m->at == 0xff) {
    if (m->at[1] > 0x8f) {
      m->c += 0xff00;
      m->left = 8;
    } else {
      m->c += *++m->at << 9;
      m->left = 7;
    }
  } else {
    m->c += *++m->at << 8;
    m->left = 8;
  }
}

/* Without a branch that coefficients decide: those are noise, and a wrong guess costs more than everything else here. */
INLINE int decision(Arithmetic *m, u8 *context) {
  u32 index = *context;
  const State *state = &states[index];
  u32 probability = state->probability;
  u32 a = m->a - probability;
  u32 inside = (m->c >> 16) < probability;
  u32 unlikely = inside ^ (a < probability);
  m->c -= (probability << 16) & (inside - 1);
  a ^= (a ^ probability) & -inside;
  *context = state->next[((~a >> 14) & 2) | unlikely];
  int shift = __builtin_clz(a) - 16;
  m->a = a << shift;
  while (shift > m->left) {
    m->c <<= m->left;
    shift -= m->left;
    byte_in(m);
  }
  m->c <<= shift;
  m->left -= shift;
  return (index & 1) ^ unlikely;
}

static void fill_tables(void) {
  if (states[0].probability) return;
  for (int i = 0; i < 94; i++) {
    int sense = i & 1;
    states[i].probability = estimation[i >> 1].probability;
    states[i].next[0] = states[i].next[1] = i;
    states[i].next[2] = 2 * estimation[i >> 1].likely + sense;
    states[i].next[3] = 2 * estimation[i >> 1].unlikely + (sense ^ estimation[i >> 1].switches);
  }
  /* Table D.1. */
  for (int i = 0; i < 512; i++) {
    int across = ((i >> 3) & 1) + ((i >> 5) & 1);
    int down = ((i >> 1) & 1) + ((i >> 7) & 1);
    int diagonal = (i & 1) + ((i >> 2) & 1) + ((i >> 6) & 1) + ((i >> 8) & 1);
    for (int kind = 0; kind < 2; kind++) {
      int h = kind ? down : across, v = kind ? across : down;
      zero_context[kind][i] = h == 2   ? 8
                              : h == 1 ? (v ? 7 : diagonal ? 6 : 5)
                              : v      ? (v == 2 ? 4 : 3)
                                       : (diagonal > 2 ? 2 : diagonal);
    }
    int straight = across + down;
    zero_context[2][i] = diagonal >= 3   ? 8
                         : diagonal == 2 ? (straight ? 7 : 6)
                         : diagonal == 1 ? 3 + (straight > 2 ? 2 : straight)
                                         : (straight > 2 ? 2 : straight);
  }
  /* Tables D.2 and D.3: significance of up, left, right, down in bits 0 to 3, their signs above. */
  for (int i = 0; i < 256; i++) {
    int part[4];
    for (int n = 0; n < 4; n++) part[n] = (i >> n) & 1 ? ((i >> (n + 4)) & 1 ? -1 : 1) : 0;
    int h = part[1] + part[2], v = part[0] + part[3];
    h = h < -1 ? -1 : h > 1 ? 1 : h;
    v = v < -1 ? -1 : v > 1 ? 1 : v;
    int flip = h < 0 || (h == 0 && v < 0);
    if (flip) h = -h, v = -v;
    sign_context[i] = (SIGNS + (h == 0 ? v : 3 + v)) | flip << 7;
  }
}

/* --- Code-blocks (annex D) --- */

/*
 * Four rows of a column share a word: the significance of rows -1 to 4 in the columns to the left, its own and to the right (bits
 * 3 * (row + 1) + 0, 1, 2), which rows were visited in this bit-plane (from bit 18) and which were refined before (from bit 22). Signs of
 * rows -1 to 4 stand beside them, in bits 0 to 5.
 */
enum { SIGNIFICANCE = 0x3ffff, VISITED = 18, REFINED = 22 };

static u32 *flags;
static u8 *signs;
static int across; /* words of a line: the block's width and a margin on each side */

/* A sample has become significant: its sign is decoded, its neighbours are told. @returns the word as it is now. */
INLINE u32 significant(Arithmetic *m, u32 word, u32 *f, u8 *s, u32 *value, int row, u32 magnitude) {
  u32 around = word >> (3 * row);
  u32 of_signs = ((s[0] >> row) & 1) | ((s[-1] >> (row + 1)) & 1) << 1 | ((s[1] >> (row + 1)) & 1) << 2 |
                 ((s[0] >> (row + 2)) & 1) << 3;
  u32 index = ((around >> 1) & 1) | ((around >> 3) & 1) << 1 | ((around >> 5) & 1) << 2 | ((around >> 7) & 1) << 3;
  u32 entry = sign_context[index | of_signs << 4];
  u32 sign = decision(m, &contexts[entry & 127]) ^ (entry >> 7);
  *value = magnitude | sign << 31;
  f[-1] |= 1u << (3 * row + 5);
  f[1] |= 1u << (3 * row + 3);
  s[0] |= sign << (row + 1);
  if (row == 0) {
    u32 *up = f - across;
    up[-1] |= 1u << 17;
    up[0] |= 1u << 16;
    up[1] |= 1u << 15;
    (s - across)[0] |= sign << 5;
  }
  if (row == 3) {
    u32 *down = f + across;
    down[-1] |= 1u << 2;
    down[0] |= 1u << 1;
    down[1] |= 1u;
    (s + across)[0] |= sign;
  }
  return word | 1u << (3 * row + 4);
}

/* A bit for each of the four rows. */
INLINE u32 significant_rows(u32 word) {
  return ((word >> 4) & 1) | ((word >> 6) & 2) | ((word >> 8) & 4) | ((word >> 10) & 8);
}

/* What the three passes walk over: columns of four rows, or of what is left of the last ones. */
#define EACH_COLUMN                                                                                   \
  for (int y = 0; y < height; y += 4) {                                                               \
    u32 *f = flags + ((y >> 2) + 1) * across + 1;                                                     \
    u8 *s = signs + ((y >> 2) + 1) * across + 1;                                                      \
    u32 *values = data + y * stride;                                                                  \
    u32 all = height - y < 4 ? (1u << (height - y)) - 1 : 15;                                         \
    for (int x = 0; x < width; x++, f++, s++, values++)

static void significance_pass(Arithmetic *arithmetic, u32 *data, int stride, int width, int height, const u8 *zero,
                              u32 magnitude) {
  Arithmetic m = *arithmetic;
  EACH_COLUMN {
      u32 word = *f;
      if (!(word & SIGNIFICANCE)) continue;
      for (u32 left = all & ~significant_rows(word); left; left &= left - 1) {
        int row = __builtin_ctz(left);
        u32 around = word >> (3 * row);
        if (!(around & 0x1ef)) continue;
        if (decision(&m, &contexts[zero[around & 0x1ff]]))
          word = significant(&m, word, f, s, values + row * stride, row, magnitude);
        word |= 1u << (VISITED + row);
      }
      *f = word;
    }
  }
  *arithmetic = m;
}

static void refinement_pass(Arithmetic *arithmetic, u32 *data, int stride, int width, int height, u32 half) {
  Arithmetic m = *arithmetic;
  EACH_COLUMN {
      (void)s, (void)all;
      u32 word = *f;
      u32 todo = significant_rows(word) & ~(word >> VISITED);
      for (u32 left = todo; left; left &= left - 1) {
        int row = __builtin_ctz(left);
        u32 again = word >> (REFINED + row) & 1;
        u32 context = REFINEMENT + (again << 1) + (((word >> (3 * row) & 0x1ef) != 0) & ~again);
        values[row * stride] += (2 * (u32)decision(&m, &contexts[context]) - 1) * half;
      }
      *f = word | todo << REFINED;
    }
  }
  *arithmetic = m;
}

static void cleanup_pass(Arithmetic *arithmetic, u32 *data, int stride, int width, int height, const u8 *zero,
                         u32 magnitude) {
  Arithmetic m = *arithmetic;
  EACH_COLUMN {
      u32 word = *f;
      u32 left = all & ~significant_rows(word) & ~(word >> VISITED);
      int found = 0;
      if (!(word & SIGNIFICANCE) && all == 15) {
        if (!decision(&m, &contexts[RUN])) continue;
        int row = decision(&m, &contexts[UNIFORM]) << 1;
        row |= decision(&m, &contexts[UNIFORM]);
        left = (15u << row) & 15;
        found = 1;
      }
      for (; left; left &= left - 1) {
        int row = __builtin_ctz(left);
        if (found || decision(&m, &contexts[zero[(word >> (3 * row)) & 0x1ff]]))
          word = significant(&m, word, f, s, values + row * stride, row, magnitude);
        found = 0;
      }
      *f = word & ~(15u << VISITED);
    }
  }
  *arithmetic = m;
}

/* `coded` is followed by two bytes of 0xFF. Values stand doubled, so that half of the last bit-plane has a place; their sign in bit 31. */
static void decode_block(const u8 *coded, int planes, int passes, int kind, u32 *data, int stride, int width,
                         int height) {
  across = width + 2;
  int words = across * (((height + 3) >> 2) + 2);
  for (int i = 0; i < words; i++) flags[i] = 0;
  for (int i = 0; i < words; i++) signs[i] = 0;
  for (int i = 0; i < CONTEXTS; i++) contexts[i] = 0;
  contexts[0] = 2 * 4;
  contexts[RUN] = 2 * 3;
  contexts[UNIFORM] = 2 * 46;
  Arithmetic m = {.at = coded, .c = (u32)*coded << 16, .a = 0x8000};
  byte_in(&m);
  m.c <<= 7;
  m.left -= 7;
  int type = 2;
  for (int plane = planes - 1; passes > 0 && plane >= 0; passes--) {
    u32 half = 1u << plane;
    if (type == 0) significance_pass(&m, data, stride, width, height, zero_context[kind], 3 * half);
    else if (type == 1) refinement_pass(&m, data, stride, width, height, half);
    else cleanup_pass(&m, data, stride, width, height, zero_context[kind], 3 * half);
    if (++type == 3) {
      type = 0;
      plane--;
    }
  }
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      u32 value = data[y * stride + x];
      int size = (int)((value & 0x7fffffff) >> 1);
      data[y * stride + x] = (u32)(value >> 31 ? -size : size);
    }
}

/* --- The inverse 5/3 transform (F.3) --- */

/* Lifts the samples at `first`, `first + 2`, ... of a line of vectors: each by its two neighbours, mirrored at the ends. */
INLINE void lift(int *line, int length, int first, int lanes, int low) {
  for (int i = first; i < length; i += 2) {
    const int *before = line + (i > 0 ? i - 1 : 1) * lanes;
    const int *after = line + (i < length - 1 ? i + 1 : length - 2) * lanes;
    int *at = line + i * lanes;
    for (int k = 0; k < lanes; k++) {
      if (low) at[k] -= (before[k] + after[k] + 2) >> 2;
      else at[k] += (before[k] + after[k]) >> 1;
    }
  }
}

/* Low samples stand at even places of the image: `odd` is the parity of the line's first place. */
INLINE void synthesize(int *line, int length, int odd, int lanes) {
  if (length == 1) {
    if (odd)
      for (int k = 0; k < lanes; k++) line[k] >>= 1;
    return;
  }
  lift(line, length, odd, lanes, 1);
  lift(line, length, !odd, lanes, 0);
}

enum { LANES = 16 };

static void transform(int *data, int stride, int width, int height, int odd_x, int odd_y, int *line) {
  int low = (width + !odd_x) >> 1;
  for (int y = 0; y < height; y++) {
    int *row = data + y * stride;
    for (int i = 0; i < low; i++) line[2 * i + odd_x] = row[i];
    for (int i = low; i < width; i++) line[2 * (i - low) + !odd_x] = row[i];
    synthesize(line, width, odd_x, 1);
    for (int i = 0; i < width; i++) row[i] = line[i];
  }
  low = (height + !odd_y) >> 1;
  for (int x = 0; x < width; x += LANES) {
    int lanes = width - x < LANES ? width - x : LANES;
    for (int y = 0; y < height; y++) {
      int place = y < low ? 2 * y + odd_y : 2 * (y - low) + !odd_y;
      for (int k = 0; k < lanes; k++) line[place * LANES + k] = data[y * stride + x + k];
    }
    synthesize(line, height, odd_y, LANES);
    for (int y = 0; y < height; y++)
      for (int k = 0; k < lanes; k++) data[y * stride + x + k] = line[y * LANES + k];
  }
}

/* --- Packets (annex B) --- */

typedef struct Segment {
  const u8 *at;
  int length;
  struct Segment *next;
} Segment;

typedef struct {
  int x, y, width, height; /* in the component's samples, low subbands before high ones */
  int included, zero_planes, passes, length_bits, length;
  Segment *first, *last;
} Block;

typedef struct {
  int kind, planes, columns, rows;
  Block *blocks;
  Node *inclusion, *zero_planes;
} Band;

typedef struct {
  int x0, y0, x1, y1;
  int bands;
  Band band[3];
} Resolution;

static int ceil_shift(int value, int by) { return (value + (1 << by) - 1) >> by; }

static void open_band(Band *band, int x0, int y0, int x1, int y1, int left, int above, int log_width, int log_height) {
  if (x1 <= x0 || y1 <= y0) {
    band->columns = band->rows = 0;
    return;
  }
  int first_column = x0 >> log_width, first_row = y0 >> log_height;
  band->columns = ((x1 - 1) >> log_width) + 1 - first_column;
  band->rows = ((y1 - 1) >> log_height) + 1 - first_row;
  band->blocks = take(band->columns * band->rows * sizeof(Block));
  band->inclusion = tree_of(band->columns, band->rows);
  band->zero_planes = tree_of(band->columns, band->rows);
  if (failure) return;
  for (int row = 0; row < band->rows; row++)
    for (int column = 0; column < band->columns; column++) {
      int bx0 = (first_column + column) << log_width, by0 = (first_row + row) << log_height;
      int bx1 = bx0 + (1 << log_width), by1 = by0 + (1 << log_height);
      if (bx0 < x0) bx0 = x0;
      if (by0 < y0) by0 = y0;
      if (bx1 > x1) bx1 = x1;
      if (by1 > y1) by1 = y1;
      band->blocks[row * band->columns + column] = (Block){
          .x = bx0 - x0 + left, .y = by0 - y0 + above, .width = bx1 - bx0, .height = by1 - by0, .length_bits = 3};
    }
}

/* B.10.6: table B.4. */
static int passes_of(Header *h) {
  if (!bit(h)) return 1;
  if (!bit(h)) return 2;
  int more = bits(h, 2);
  if (more < 3) return 3 + more;
  more = bits(h, 5);
  return more < 31 ? 6 + more : 37 + bits(h, 7);
}

static int read_packet(const u8 **from, const u8 *end, Resolution *resolution, int layer, int sop, int eph) {
  const u8 *at = *from;
  if (sop && end - at >= 6 && at[0] == 0xff && at[1] == 0x91) at += 6;
  Header h = {.at = at, .end = end};
  Segment *bodies = 0, **next = &bodies;
  int present = bit(&h);
  for (int b = 0; present && b < resolution->bands; b++) {
    Band *band = &resolution->band[b];
    for (int i = 0; i < band->columns * band->rows; i++) {
      Block *block = &band->blocks[i];
      int included = block->included ? bit(&h) : below(&h, &band->inclusion[i], layer + 1);
      if (failure) return 0;
      if (!included) continue;
      if (!block->included) {
        block->included = 1;
        int threshold = 1;
        while (!below(&h, &band->zero_planes[i], threshold)) {
          if (failure || ++threshold > 75) return 0;
        }
        block->zero_planes = threshold - 1;
      }
      int passes = passes_of(&h);
      while (bit(&h)) {
        if (failure || ++block->length_bits > 24) return 0;
      }
      Segment *segment = take(sizeof(Segment));
      if (!segment) return 0;
      *segment = (Segment){.length = bits(&h, block->length_bits + 31 - __builtin_clz(passes))};
      if (block->last) block->last->next = segment;
      else block->first = segment;
      block->last = segment;
      block->passes += passes;
      block->length += segment->length;
      /* Bodies follow in this order. */
      Segment *body = take(sizeof(Segment));
      if (!body) return 0;
      *body = (Segment){.at = (const u8 *)segment};
      *next = body;
      next = &body->next;
    }
  }
  if (failure) return 0;
  at = h.at;
  if (h.byte == 0xff) at++;
  if (eph && end - at >= 2 && at[0] == 0xff && at[1] == 0x92) at += 2;
  for (Segment *body = bodies; body; body = body->next) {
    Segment *segment = (Segment *)body->at;
    if (segment->length > end - at) return 0;
    segment->at = at;
    at += segment->length;
  }
  *from = at;
  return 1;
}

/* --- A tile --- */

typedef struct {
  int x0, y0, x1, y1; /* on the reference grid */
  int components, levels, layers, progression, sop, eph, colour_transform;
  int log_width, log_height; /* of code-blocks */
  int guard_bits;
  int precision, is_signed;
  /* Where its first sample goes, and samples of a row of the picture. */
  int offset, row;
  u8 exponents[100]; /* of each subband, the coarsest first (A.6.4) */
} Tile;

static void open_resolution(Resolution *resolution, const Tile *tile, int r) {
  int up = tile->levels - r;
  *resolution = (Resolution){ceil_shift(tile->x0, up), ceil_shift(tile->y0, up), ceil_shift(tile->x1, up),
                             ceil_shift(tile->y1, up), r == 0 ? 1 : 3, {{0}}};
  for (int b = 0; b < resolution->bands && !failure; b++) {
    Band *band = &resolution->band[b];
    band->planes = tile->guard_bits + tile->exponents[r == 0 ? 0 : 3 * r - 2 + b] - 1;
    int x0 = resolution->x0, y0 = resolution->y0, x1 = resolution->x1, y1 = resolution->y1;
    int left = 0, above = 0;
    if (r > 0) {
      int high_x = b != 1, high_y = b != 0; /* HL, LH, HH */
      band->kind = b == 0 ? 1 : b == 1 ? 0 : 2;
      int half = 1 << up;
      if (high_x) left = ceil_shift(x1, 1) - ceil_shift(x0, 1);
      if (high_y) above = ceil_shift(y1, 1) - ceil_shift(y0, 1);
      x0 = ceil_shift(tile->x0 - high_x * half, up + 1);
      y0 = ceil_shift(tile->y0 - high_y * half, up + 1);
      x1 = ceil_shift(tile->x1 - high_x * half, up + 1);
      y1 = ceil_shift(tile->y1 - high_y * half, up + 1);
    }
    open_band(band, x0, y0, x1, y1, left, above, tile->log_width, tile->log_height);
  }
}

/* Every packet in the order of the progression (B.12); with one precinct a resolution, positions do not matter. */
static int read_packets(const u8 *at, const u8 *end, Resolution *resolutions, const Tile *tile) {
  int R = tile->levels + 1, C = tile->components, L = tile->layers;
  int total = R * C * L;
  for (int i = 0; i < total; i++) {
    int r, c, l;
    switch (tile->progression) {
      case 0: l = i / (R * C), r = i / C % R, c = i % C; break;
      case 1: r = i / (L * C), l = i / C % L, c = i % C; break;
      case 2: r = i / (C * L), c = i / L % C, l = i % L; break;
      default: c = i / (R * L), r = i / L % R, l = i % L; break; /* by position and component, by component and position */
    }
    Resolution *resolution = &resolutions[c * R + r];
    if (resolution->x1 <= resolution->x0 || resolution->y1 <= resolution->y0) continue;
    if (!read_packet(&at, end, resolution, l, tile->sop, tile->eph)) return 0;
  }
  return 1;
}

static int decode_band(const Band *band, u32 *data, int stride) {
  for (int i = 0; i < band->columns * band->rows; i++) {
    const Block *block = &band->blocks[i];
    if (block->passes == 0) continue;
    int planes = band->planes - block->zero_planes;
    if (planes < 1 || planes > 30 || block->passes > 3 * planes - 2) return 0;
    u8 *kept = top;
    u8 *coded = take(block->length + 2);
    if (!coded) return 0;
    int at = 0;
    for (const Segment *segment = block->first; segment; segment = segment->next) {
      __builtin_memcpy(coded + at, segment->at, segment->length);
      at += segment->length;
    }
    coded[at] = coded[at + 1] = 0xff;
    decode_block(coded, planes, block->passes, band->kind, data + block->y * stride + block->x, stride, block->width,
                 block->height);
    top = kept;
  }
  return 1;
}

static void store(int *const *planes, const Tile *tile, u8 *out) {
  int width = tile->x1 - tile->x0, height = tile->y1 - tile->y0, count = tile->components;
  int least = tile->is_signed ? -(1 << (tile->precision - 1)) : 0;
  int most = least + (1 << tile->precision) - 1;
  int shift = tile->is_signed ? 0 : 1 << (tile->precision - 1);
  if (tile->colour_transform)
    for (int i = 0; i < width * height; i++) {
      int y = planes[0][i], u = planes[1][i], v = planes[2][i];
      int green = y - ((u + v) >> 2);
      planes[0][i] = v + green;
      planes[1][i] = green;
      planes[2][i] = u + green;
    }
  for (int c = 0; c < count; c++)
    for (int y = 0; y < height; y++) {
      const int *from = planes[c] + y * width;
      int at = (tile->offset + y * tile->row) * count + c;
      for (int x = 0; x < width; x++, at += count) {
        int value = from[x] + shift;
        value = value < least ? least : value > most ? most : value;
        if (tile->precision <= 8) out[at] = (u8)value;
        else ((u16 *)out)[at] = (u16)value;
      }
    }
}

/* @param coded the bodies of the tile's parts, one after the other. `room`: the first free address. `out`: the whole picture. */
__attribute__((export_name("tile"))) int decode_tile(const u8 *coded, int length, const Tile *tile, u8 *out,
                                                     u8 *room) {
  fill_tables();
  failure = DONE;
  top = room;
  int R = tile->levels + 1;
  int width = tile->x1 - tile->x0, height = tile->y1 - tile->y0;
  Resolution *resolutions = take(tile->components * R * sizeof(Resolution));
  for (int c = 0; c < tile->components && !failure; c++)
    for (int r = 0; r < R && !failure; r++) open_resolution(&resolutions[c * R + r], tile, r);
  if (failure) return failure;
  if (!read_packets(coded, coded + length, resolutions, tile)) return failure ? failure : DAMAGED;

  int words = ((1 << tile->log_width) + 2) * ((1 << tile->log_height) / 4 + 3);
  int longest = width > height ? width : height;
  flags = take(words * sizeof(u32));
  signs = take(words);
  int *line = take((u32)longest * LANES * sizeof(int));
  int *planes[4];
  for (int c = 0; c < tile->components; c++) {
    planes[c] = take((u32)width * height * sizeof(int));
    if (failure) return failure;
    for (int i = 0; i < width * height; i++) planes[c][i] = 0;
    for (int r = 0; r < R; r++) {
      const Resolution *resolution = &resolutions[c * R + r];
      for (int b = 0; b < resolution->bands; b++)
        if (!decode_band(&resolution->band[b], (u32 *)planes[c], width)) return failure ? failure : DAMAGED;
      int w = resolution->x1 - resolution->x0, h = resolution->y1 - resolution->y0;
      if (r > 0 && w > 0 && h > 0)
        transform(planes[c], width, w, h, resolution->x0 & 1, resolution->y0 & 1, line);
    }
  }
  store(planes, tile, out);
  return DONE;
}
