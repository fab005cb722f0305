/*
 * The entropy-coded part of a JPEG-LS scan (ITU T.87 annex A and its decoding counterpart, annex F): contexts, bias, limited Golomb codes
 * and runs. Compiled to WebAssembly by codec-kernels.mjs; src/imaging/dicom/codecs/jpeg-ls-scan.ts calls it. Every step is bounded by
 * the picture's size: a damaged stream ends in an error code, never in a long wait.
 * Over 300 lines because it is compiled as one module without a library.
 */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned long long u64;
#define INLINE static inline __attribute__((always_inline))

enum { RUN_TOO_LONG = 1, IMPOSSIBLE_CODE, IMPOSSIBLE_ERROR, DATA_ENDS, DATA_LEFT };
/* Contexts of regular mode; the two of run interruption follow. */
enum { REGULAR = 365 };
/* No error of a real picture is larger; what a damaged stream says beyond it would only overflow. */
#define LARGEST_ERROR (1 << 17)

/* T.87 table A.7.2.1: run lengths grow and shrink by these powers of two. */
static const u8 run_power[32] = {0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3,  3,  3,
                                 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14, 15};

static int a[REGULAR + 2]; /* sums of error magnitudes */
static int b[REGULAR];     /* sums of errors */
static int c[REGULAR];     /* bias corrections */
static int n[REGULAR + 2]; /* occurrences */
static int negative[2];    /* negative run interruptions */

typedef struct {
  const u8 *bytes;
  int position, end;
  u64 cache; /* unread bits, the next one highest */
  int valid;
  int invented; /* zero bits that were taken for data after its end */
  int failure;
} Bits;

typedef struct {
  int max_value, reset, near, step, range, error_bits, limit;
  const signed char *quantized; /* of a gradient from -max_value to max_value: -4 to 4 */
} Coding;

/* After 0xFF a zero bit is stuffed, which falls onto that byte's last bit. Past the end zeros follow. */
INLINE void fill(Bits *s) {
  while (s->valid <= 56) {
    if (s->position < s->end) {
      u64 byte = s->bytes[s->position++];
      s->cache |= byte << (56 - s->valid);
      s->valid += byte == 0xff ? 7 : 8;
    } else {
      s->valid += 8;
      s->invented += 8;
    }
  }
}

INLINE int take(Bits *s, int count) {
  if (count == 0) return 0;
  if (s->valid < count) fill(s);
  int value = (int)(s->cache >> (64 - count));
  s->cache <<= count;
  s->valid -= count;
  return value;
}

/* The least k with n << k >= a. */
INLINE int golomb_parameter(int occurrences, int sum) {
  int k = __builtin_clz(occurrences) - __builtin_clz(sum | 1);
  if (k < 0) return 0;
  return occurrences << k < sum ? k + 1 : k;
}

/* A Golomb code of parameter k whose unary part is cut at limit (A.5.3). */
INLINE int golomb(Bits *s, const Coding *coding, int k, int limit) {
  int most = limit - coding->error_bits - 1;
  if (s->valid <= 56) fill(s);
  int zeros = s->cache == 0 ? 64 : __builtin_clzll(s->cache);
  if (zeros > most) {
    s->failure = IMPOSSIBLE_CODE;
    return 0;
  }
  s->cache <<= zeros + 1;
  s->valid -= zeros + 1;
  int value = zeros < most ? (zeros << k) + take(s, k) : take(s, coding->error_bits) + 1;
  if ((unsigned)value > LARGEST_ERROR) {
    s->failure = IMPOSSIBLE_ERROR;
    return 0;
  }
  return value;
}

INLINE int reconstruct(const Coding *coding, int predicted, int error) {
  int value = predicted + error * coding->step;
  if (value < -coding->near) value += coding->range * coding->step;
  else if (value > coding->max_value + coding->near) value -= coding->range * coding->step;
  return value < 0 ? 0 : value > coding->max_value ? coding->max_value : value;
}

/* A sample by prediction and error (A.4 to A.6). `context` is -364 to 364, its sign that of the error. */
INLINE int regular(Bits *s, const Coding *coding, int context, int ra, int rb, int rc) {
  int q = context < 0 ? -context : context;
  int low = ra < rb ? ra : rb;
  int high = ra < rb ? rb : ra;
  int predicted = rc >= high ? low : rc <= low ? high : ra + rb - rc;
  predicted += context < 0 ? -c[q] : c[q];
  predicted = predicted < 0 ? 0 : predicted > coding->max_value ? coding->max_value : predicted;

  int count = n[q];
  int k = golomb_parameter(count, a[q]);
  int mapped = golomb(s, coding, k, coding->limit);
  int error = (mapped >> 1) ^ -(mapped & 1);
  if (k == 0 && coding->near == 0 && 2 * b[q] <= -count) error = -1 - error;

  int sum = b[q] + error * coding->step;
  int size = a[q] + (error < 0 ? -error : error);
  if (count == coding->reset) {
    size >>= 1;
    sum >>= 1;
    count >>= 1;
  }
  a[q] = size;
  n[q] = ++count;
  if (sum <= -count) {
    sum += count;
    if (sum < 1 - count) sum = 1 - count;
    if (c[q] > -128) c[q]--;
  } else if (sum > 0) {
    sum -= count;
    if (sum > 0) sum = 0;
    if (c[q] < 127) c[q]++;
  }
  b[q] = sum;
  return reconstruct(coding, predicted, context < 0 ? -error : error);
}

/* How many samples repeat their left neighbour (A.7.1), at most `room`. */
INLINE int run_length(Bits *s, int room, int *run_index) {
  int length = 0;
  while (take(s, 1)) {
    int whole = 1 << run_power[*run_index];
    if (length + whole <= room) {
      length += whole;
      if (*run_index < 31) ++*run_index;
    } else length = room;
    if (length == room) return length;
  }
  length += take(s, run_power[*run_index]);
  if (length > room) {
    s->failure = RUN_TOO_LONG;
    return room;
  }
  return length;
}

/* The sample that ends a run (A.7.2); `type` 1 where its neighbours to the left and above are alike. */
INLINE int interruption(Bits *s, const Coding *coding, int ra, int rb, int type, int run_index) {
  int q = REGULAR + type;
  int total = type ? a[q] + (n[q] >> 1) : a[q];
  int k = golomb_parameter(n[q], total);
  int mapped = golomb(s, coding, k, coding->limit - run_power[run_index] - 1);
  int sum = mapped + type;
  int odd = sum & 1;
  int error = (sum + odd) >> 1;
  if ((k != 0 || 2 * negative[type] >= n[q]) == (odd == 1)) error = -error;
  if (error < 0) negative[type]++;
  a[q] += (mapped + 1 - type) >> 1;
  if (n[q] == coding->reset) {
    a[q] >>= 1;
    n[q] >>= 1;
    negative[type] >>= 1;
  }
  n[q]++;
  if (type) return reconstruct(coding, ra, error);
  return reconstruct(coding, rb, ra > rb ? -error : error);
}

INLINE int context_of(const signed char *quantized, int ra, int rb, int rc, int rd) {
  return 81 * quantized[rd - rb] + 9 * quantized[rb - rc] + quantized[rc - ra];
}

/*
 * One line of one component. `above` is the line before it, `current` the line to write: samples at 1 to width, with one of margin on each
 * side. `run_index` is of this component, from the line before; the result is the one for the next line.
 */
INLINE int line(Bits *s, const Coding *coding, u16 *above, u16 *current, int width, int run_index) {
  const signed char *quantized = coding->quantized;
  above[width + 1] = above[width];
  current[0] = above[1];
  int ra = current[0], rb = above[0], rd = above[1];
  for (int x = 1; x <= width && !s->failure;) {
    int rc = rb;
    rb = rd;
    rd = above[x + 1];
    int context = context_of(quantized, ra, rb, rc, rd);
    if (context != 0) {
      ra = regular(s, coding, context, ra, rb, rc);
      current[x++] = ra;
      continue;
    }
    int length = run_length(s, width - x + 1, &run_index);
    for (int last = x + length; x < last; x++) current[x] = ra;
    if (x <= width) {
      int apart = ra - above[x];
      ra = interruption(s, coding, ra, above[x], (apart < 0 ? -apart : apart) <= coding->near, run_index);
      current[x++] = ra;
      if (run_index > 0) run_index--;
    }
    rb = above[x - 1];
    rd = above[x];
  }
  return run_index;
}

/* One line of several components whose samples alternate; a run is one of all of them. */
static int pixels(Bits *s, const Coding *coding, u16 **above, u16 **current, int count, int width, int run_index) {
  const signed char *quantized = coding->quantized;
  for (int i = 0; i < count; i++) {
    above[i][width + 1] = above[i][width];
    current[i][0] = above[i][1];
  }
  for (int x = 1; x <= width && !s->failure;) {
    int contexts[4], flat = 1;
    for (int i = 0; i < count; i++) {
      const u16 *up = above[i];
      contexts[i] = context_of(quantized, current[i][x - 1], up[x], up[x - 1], up[x + 1]);
      if (contexts[i] != 0) flat = 0;
    }
    if (!flat) {
      for (int i = 0; i < count; i++)
        current[i][x] = regular(s, coding, contexts[i], current[i][x - 1], above[i][x], above[i][x - 1]);
      x++;
      continue;
    }
    int length = run_length(s, width - x + 1, &run_index);
    for (int i = 0; i < count; i++)
      for (int at = x; at < x + length; at++) current[i][at] = current[i][x - 1];
    x += length;
    if (x > width) break;
    for (int i = 0; i < count; i++)
      current[i][x] = interruption(s, coding, current[i][x - 1], above[i][x], 0, run_index);
    x++;
    if (run_index > 0) run_index--;
  }
  return run_index;
}

INLINE int bits_of(int values) { return 32 - __builtin_clz(values - 1); }

/*
 * A scan of `count` components into `out`, [height, width, stride] samples of one byte or, where `wide`, two. `places` holds the place of
 * each component in a pixel, a byte each. `room` is for the lines and the quantized gradients: 16 * (width + 2) + 2 * max_value + 1 bytes.
 */
__attribute__((export_name("scan"))) int scan(const u8 *bytes, int position, int end, int width, int height, int count,
                                              int by_sample, unsigned places, int stride, u8 *out, int wide,
                                              int max_value, int t1, int t2, int t3, int reset, int near, u8 *room) {
  Coding coding = {.max_value = max_value, .reset = reset, .near = near, .step = 2 * near + 1};
  coding.range = (max_value + 2 * near) / coding.step + 1;
  coding.error_bits = bits_of(coding.range);
  int bits = bits_of(max_value + 1);
  if (bits < 2) bits = 2;
  coding.limit = 2 * (bits + (bits < 8 ? 8 : bits));

  u16 *lines = (u16 *)room;
  u16 *above[4], *current[4];
  for (int i = 0; i < 8 * (width + 2); i++) lines[i] = 0;
  for (int i = 0; i < 4; i++) {
    above[i] = lines + i * (width + 2);
    current[i] = lines + (i + 4) * (width + 2);
  }
  signed char *quantized = (signed char *)(lines + 8 * (width + 2)) + max_value;
  for (int d = 0; d <= max_value; d++) {
    int level = d <= near ? 0 : d < t1 ? 1 : d < t2 ? 2 : d < t3 ? 3 : 4;
    quantized[d] = level;
    quantized[-d] = -level;
  }
  coding.quantized = quantized;
  int first = (coding.range + 32) >> 6;
  for (int i = 0; i < REGULAR + 2; i++) {
    a[i] = first < 2 ? 2 : first;
    n[i] = 1;
    if (i < REGULAR) b[i] = c[i] = 0;
  }
  negative[0] = negative[1] = 0;

  Bits s = {.bytes = bytes, .position = position, .end = end};
  int run_index[4] = {0, 0, 0, 0};
  for (int y = 0; y < height; y++) {
    if (by_sample) run_index[0] = pixels(&s, &coding, above, current, count, width, run_index[0]);
    else
      for (int i = 0; i < count; i++) {
        Bits local = s;
        run_index[i] = line(&local, &coding, above[i], current[i], width, run_index[i]);
        s = local;
      }
    if (s.failure) return s.failure;
    if (s.invented > s.valid) return DATA_ENDS;
    for (int i = 0; i < count; i++) {
      const u16 *from = current[i] + 1;
      int at = y * width * stride + ((places >> (8 * i)) & 255);
      if (wide)
        for (int x = 0; x < width; x++, at += stride) ((u16 *)out)[at] = from[x];
      else
        for (int x = 0; x < width; x++, at += stride) out[at] = from[x];
      u16 *swap = above[i];
      above[i] = current[i];
      current[i] = swap;
    }
  }
  /* A stream that says something else than this picture. */
  return (s.end - s.position) * 8 + s.valid - s.invented >= 24 ? DATA_LEFT : 0;
}
