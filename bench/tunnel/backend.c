/*
 * A stand-in for the manager with sshd behind it, cheap enough not to be what is measured.
 * Listens on two ports, printed at start: plain TCP, and WebSocket (RFC 6455) as the manager does it:
 * binary messages of at most 256 KiB, PING answered, CLOSE 1001 at the end of the target.
 * GET /forward/PORT passes the bytes on to another port of loopback; any other path serves commands:
 * after a greeting of 16 bytes, each command is a letter and a number in 16 bytes.
 *   U n  takes n bytes of the pattern, answers OK or BAD
 *   D n  sends n bytes of the pattern
 *   E n  sends n bytes back as they come
 *   Z n  does not read for n milliseconds
 *   Q 0  hangs up, as sshd does when a client has said good-bye
 *   F 0  answers the largest and the median payload of frames since the last F, in bytes
 */
#define _GNU_SOURCE
#include "common.h"

#define LARGEST (1024 * 1024)

struct stream {
  int fd, is_ws, mask_at, closed;
  uint64_t rest; /* of the current frame */
  uint8_t mask[4];
  uint8_t *raw; /* read, not yet parsed */
  size_t at, size;
  uint32_t *frames; /* how many of each payload size, in KiB rounded up */
  uint32_t max_frame;
};

/* SHA-1 (FIPS 180-4), for Sec-WebSocket-Accept only; up to 119 bytes. */
static void sha1(const char *text, uint8_t out[20]) {
  uint8_t m[128] = {0};
  size_t length = strlen(text), blocks = (length + 8) / 64 + 1;
  memcpy(m, text, length);
  m[length] = 0x80;
  for (int i = 0; i < 8; i++) m[blocks * 64 - 1 - i] = (uint8_t)((uint64_t)length * 8 >> (8 * i));
  uint32_t h[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
#define ROL(x, n) ((x) << (n) | (x) >> (32 - (n)))
  for (size_t b = 0; b < blocks; b++) {
    uint32_t w[80], v[5];
    for (int i = 0; i < 16; i++) memcpy(&w[i], m + b * 64 + i * 4, 4), w[i] = ntohl(w[i]);
    for (int i = 16; i < 80; i++) w[i] = ROL(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    memcpy(v, h, sizeof v);
    for (int i = 0; i < 80; i++) {
      uint32_t f = i < 20   ? ((v[1] & v[2]) | (~v[1] & v[3])) + 0x5A827999
                   : i < 40 ? (v[1] ^ v[2] ^ v[3]) + 0x6ED9EBA1
                   : i < 60 ? ((v[1] & v[2]) | (v[1] & v[3]) | (v[2] & v[3])) + 0x8F1BBCDC
                            : (v[1] ^ v[2] ^ v[3]) + 0xCA62C1D6;
      uint32_t t = ROL(v[0], 5) + f + v[4] + w[i];
      v[4] = v[3], v[3] = v[2], v[2] = ROL(v[1], 30), v[1] = v[0], v[0] = t;
    }
    for (int i = 0; i < 5; i++) h[i] += v[i];
  }
  for (int i = 0; i < 5; i++) h[i] = htonl(h[i]), memcpy(out + 4 * i, &h[i], 4);
}

static void accept_key(const char *key, char out[29]) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  char text[120];
  uint8_t hash[21] = {0};
  snprintf(text, sizeof text, "%.40s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
  sha1(text, hash);
  for (int i = 0, o = 0; i < 21; i += 3) {
    uint32_t v = (uint32_t)hash[i] << 16 | (uint32_t)hash[i + 1] << 8 | hash[i + 2];
    for (int s = 18; s >= 0; s -= 6) out[o++] = digits[v >> s & 63];
  }
  out[27] = '=', out[28] = 0;
}

/* Answers the upgrade; returns the port to forward to, 0 for commands, -1 on failure. */
static int upgrade(struct stream *s) {
  for (;;) {
    ssize_t n = read(s->fd, s->raw + s->size, 8192 - s->size);
    if (n <= 0) return -1;
    s->size += (size_t)n;
    s->raw[s->size] = 0;
    char *end = strstr((char *)s->raw, "\r\n\r\n");
    if (end == NULL) continue;
    *end = 0;
    char key[64] = "", accept[29], answer[256], *found = strcasestr((char *)s->raw, "Sec-WebSocket-Key:");
    int port = 0;
    if (found != NULL) sscanf(found + 18, " %40s", key);
    sscanf((char *)s->raw, "GET /forward/%d", &port);
    accept_key(key, accept);
    int length = snprintf(answer, sizeof answer,
                          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                          "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n", accept);
    s->at = (size_t)(end + 4 - (char *)s->raw);
    return write_all(s->fd, answer, (size_t)length) < 0 ? -1 : port;
  }
}

static int send_frame(struct stream *s, int opcode, const void *payload, size_t size) {
  uint8_t header[10] = {(uint8_t)(0x80 | opcode)};
  size_t length = 2;
  if (size < 126) header[1] = (uint8_t)size;
  else if (size < 65536) header[1] = 126, header[2] = (uint8_t)(size >> 8), header[3] = (uint8_t)size, length = 4;
  else {
    header[1] = 127, length = 10;
    for (int i = 0; i < 8; i++) header[9 - i] = (uint8_t)((uint64_t)size >> (8 * i));
  }
  struct iovec parts[2] = {{header, length}, {(void *)payload, size}};
  ssize_t n = writev(s->fd, parts, 2);
  if (n < (ssize_t)length) return -1;
  return write_all(s->fd, (const uint8_t *)payload + (n - (ssize_t)length), size - (size_t)(n - (ssize_t)length));
}

static int put(struct stream *s, const void *bytes, size_t size) {
  return s->is_ws ? send_frame(s, 2, bytes, size) : write_all(s->fd, bytes, size);
}

/* At least `size` unparsed bytes, or -1. */
static int want(struct stream *s, size_t size) {
  while (s->size - s->at < size) {
    if (s->at > 0) memmove(s->raw, s->raw + s->at, s->size - s->at), s->size -= s->at, s->at = 0;
    ssize_t n = read(s->fd, s->raw + s->size, 2 * CHUNK - s->size);
    if (n <= 0) return -1;
    s->size += (size_t)n;
  }
  return 0;
}

static void unmask(uint8_t *to, const uint8_t *from, size_t size, struct stream *s) {
  uint8_t turned[8];
  for (int i = 0; i < 8; i++) turned[i] = s->mask[(s->mask_at + i) & 3];
  uint64_t key, word;
  memcpy(&key, turned, 8);
  size_t i = 0;
  for (; i + 8 <= size; i += 8) memcpy(&word, from + i, 8), word ^= key, memcpy(to + i, &word, 8);
  for (; i < size; i++) to[i] = from[i] ^ turned[i & 7];
  s->mask_at = (s->mask_at + (int)(size & 3)) & 3;
}

/* The next bytes of the stream, at most `room`; 0 at its end. Answers control frames. */
static ssize_t get(struct stream *s, uint8_t *to, size_t room) {
  if (!s->is_ws) return read(s->fd, to, room);
  while (s->rest == 0) {
    if (want(s, 6) < 0) return 0;
    uint8_t *h = s->raw + s->at;
    int opcode = h[0] & 15, kind = h[1] & 127;
    size_t header = kind < 126 ? 6 : kind == 126 ? 8 : 14;
    if (want(s, header) < 0) return 0;
    h = s->raw + s->at;
    s->rest = kind < 126 ? (uint64_t)kind : 0;
    for (size_t i = 2; i < header - 4; i++) s->rest = s->rest << 8 | h[i];
    memcpy(s->mask, h + header - 4, 4);
    s->mask_at = 0;
    s->at += header;
    if (opcode < 8) {
      uint32_t size = s->rest > LARGEST ? LARGEST : (uint32_t)s->rest;
      if (size > s->max_frame) s->max_frame = size;
      s->frames[(size + 1023) / 1024]++;
      continue;
    }
    uint8_t payload[128];
    size_t size = (size_t)s->rest;
    if (want(s, size) < 0) return 0;
    unmask(payload, s->raw + s->at, size, s);
    s->at += size, s->rest = 0;
    if (opcode == 9) send_frame(s, 10, payload, size);
    if (opcode == 8) {
      send_frame(s, 8, payload, size > 2 ? 2 : size);
      s->closed = 1;
      return 0;
    }
  }
  if (s->at == s->size && want(s, 1) < 0) return 0;
  size_t size = s->size - s->at;
  if (size > s->rest) size = (size_t)s->rest;
  if (size > room) size = room;
  unmask(to, s->raw + s->at, size, s);
  s->at += size, s->rest -= size;
  return (ssize_t)size;
}

static void answer_frames(struct stream *s) {
  uint64_t bytes = 0, seen = 0;
  char text[COMMAND + 1];
  /* The median is of bytes: half of all payload travelled in frames at least this large. */
  for (size_t i = 0; i <= LARGEST / 1024; i++) bytes += (uint64_t)i * s->frames[i];
  size_t median = 0;
  while (median < LARGEST / 1024 && (seen += (uint64_t)median * s->frames[median]) * 2 < bytes) median++;
  snprintf(text, sizeof text, "%07u %07zu ", s->max_frame, median * 1024);
  put(s, text, COMMAND);
  memset(s->frames, 0, (LARGEST / 1024 + 1) * sizeof *s->frames);
  s->max_frame = 0;
}

static void serve_commands(struct stream *s) {
  uint8_t *buffer = malloc(CHUNK), command[COMMAND + 1] = {0};
  if (put(s, "SSH-2.0-bench  \n", COMMAND) < 0) goto done;
  for (;;) {
    for (size_t have = 0; have < COMMAND;) {
      ssize_t n = get(s, command + have, COMMAND - have);
      if (n <= 0) goto done;
      have += (size_t)n;
    }
    uint64_t count = strtoull((char *)command + 1, NULL, 10), done = 0;
    int good = 1;
    if (command[0] == 'F') answer_frames(s);
    if (command[0] == 'Q') break;
    if (command[0] == 'Z') usleep((useconds_t)(count * 1000));
    while (command[0] == 'D' && done < count) {
      size_t size = count - done < CHUNK ? (size_t)(count - done) : CHUNK;
      if (put(s, pattern + done % PERIOD, size) < 0) goto done;
      done += size;
    }
    while ((command[0] == 'U' || command[0] == 'E') && done < count) {
      ssize_t n = get(s, buffer, count - done < CHUNK ? (size_t)(count - done) : CHUNK);
      if (n <= 0) goto done;
      if (command[0] == 'E' && put(s, buffer, (size_t)n) < 0) goto done;
      if (command[0] == 'U' && memcmp(buffer, pattern + done % PERIOD, (size_t)n) != 0) good = 0;
      done += (uint64_t)n;
    }
    if (command[0] == 'U' && put(s, good ? "OK             \n" : "BAD            \n", COMMAND) < 0) break;
  }
done:
  free(buffer);
}

struct pump {
  struct stream *stream;
  int target;
};

static void *from_target(void *argument) {
  struct pump *p = argument;
  uint8_t *buffer = malloc(CHUNK);
  for (;;) {
    ssize_t n = read(p->target, buffer, CHUNK);
    if (n <= 0 || put(p->stream, buffer, (size_t)n) < 0) break;
  }
  send_frame(p->stream, 8, "\x03\xe9", 2);
  shutdown(p->stream->fd, SHUT_WR);
  free(buffer);
  return NULL;
}

static void forward(struct stream *s, int port) {
  struct pump p = {s, dial(port)};
  pthread_t thread;
  uint8_t *buffer = malloc(CHUNK);
  if (p.target >= 0 && pthread_create(&thread, NULL, from_target, &p) == 0) {
    for (ssize_t n; (n = get(s, buffer, CHUNK)) > 0;)
      if (write_all(p.target, buffer, (size_t)n) < 0) break;
    shutdown(p.target, SHUT_RDWR);
    pthread_join(thread, NULL);
    close(p.target);
  }
  free(buffer);
}

static void *serve(void *argument) {
  struct stream s = *(struct stream *)argument;
  free(argument);
  s.raw = malloc(2 * CHUNK + 1);
  s.frames = calloc(LARGEST / 1024 + 1, sizeof *s.frames);
  int port = s.is_ws ? upgrade(&s) : 0;
  if (port == 0) serve_commands(&s);
  if (port > 0) forward(&s, port);
  if (s.is_ws && port == 0 && !s.closed) send_frame(&s, 8, "\x03\xe9", 2);
  shutdown(s.fd, SHUT_WR);
  while (read(s.fd, s.raw, CHUNK) > 0) continue;
  close(s.fd);
  free(s.raw);
  free(s.frames);
  return NULL;
}

static void *listen_on(void *argument) {
  int listener = ((int *)argument)[0], is_ws = ((int *)argument)[1];
  for (;;) {
    struct stream *s = calloc(1, sizeof *s);
    pthread_t thread;
    s->is_ws = is_ws;
    if ((s->fd = accept(listener, NULL, NULL)) < 0) die("accept");
    no_delay(s->fd);
    if (pthread_create(&thread, NULL, serve, s) != 0) die("pthread_create");
    pthread_detach(thread);
  }
}

int main(void) {
  signal(SIGPIPE, SIG_IGN);
  make_pattern();
  static int listeners[2][2];
  pthread_t threads[2];
  for (int i = 0; i < 2; i++) {
    struct sockaddr_in address = loopback(0);
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(fd, (struct sockaddr *)&address, length) < 0 || listen(fd, 1024) < 0) die("listen");
    getsockname(fd, (struct sockaddr *)&address, &length);
    printf("%d%c", ntohs(address.sin_port), i == 0 ? ' ' : '\n');
    listeners[i][0] = fd, listeners[i][1] = i;
    pthread_create(&threads[i], NULL, listen_on, listeners[i]);
  }
  fflush(stdout);
  pthread_join(threads[0], NULL);
}
