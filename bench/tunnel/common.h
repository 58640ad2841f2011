/* What the backend and the load generator share: the test pattern and blocking I/O. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* Byte i of any bulk stream is pattern[i % PERIOD]: a lost, doubled or changed byte shows. */
#define PERIOD 4093
#define CHUNK (256 * 1024)
/* A command or an answer: a letter and a number, filled up to this size. */
#define COMMAND 16

static uint8_t pattern[PERIOD + CHUNK];

static void make_pattern(void) {
  uint32_t x = 2463534242u;
  for (size_t i = 0; i < PERIOD; i++) {
    x ^= x << 13, x ^= x >> 17, x ^= x << 5;
    pattern[i] = (uint8_t)x;
  }
  for (size_t i = PERIOD; i < sizeof pattern; i++) pattern[i] = pattern[i - PERIOD];
}

static inline void die(const char *what) {
  perror(what);
  exit(2);
}

static inline int write_all(int fd, const void *bytes, size_t size) {
  const uint8_t *at = bytes;
  while (size > 0) {
    ssize_t n = write(fd, at, size);
    if (n <= 0) return -1;
    at += n, size -= (size_t)n;
  }
  return 0;
}

static inline void no_delay(int fd) {
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static inline struct sockaddr_in loopback(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

static inline int dial(int port) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = loopback(port);
  if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
    close(fd);
    return -1;
  }
  no_delay(fd);
  return fd;
}
