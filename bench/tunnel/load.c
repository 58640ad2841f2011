/*
 * The client of the bench: load PORT up N | down N | rtt COUNT | connect COUNT | many CONNECTIONS N |
 * mixed up|down COUNT | stall up|down N | frames N. Prints its figures on one line: bytes are checked,
 * seconds for up, down and many, then p50 and p99 in microseconds for the others.
 */
#define _GNU_SOURCE
#include "common.h"

static int port;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void fail(const char *what) {
  fprintf(stderr, "load: %s\n", what);
  exit(1);
}

static void read_exactly(int fd, void *to, size_t size) {
  for (size_t have = 0; have < size;) {
    ssize_t n = read(fd, (uint8_t *)to + have, size - have);
    if (n <= 0) fail("connection ended early");
    have += (size_t)n;
  }
}

static void command(int fd, char letter, uint64_t count) {
  char text[COMMAND + 1];
  snprintf(text, sizeof text, "%c%015llu", letter, (unsigned long long)count);
  if (write_all(fd, text, COMMAND) < 0) fail("cannot send a command");
}

static int greeted(void) {
  char greeting[COMMAND];
  int fd = dial(port);
  if (fd < 0) fail("cannot connect");
  read_exactly(fd, greeting, COMMAND);
  return fd;
}

static void up(int fd, uint64_t count) {
  char answer[COMMAND];
  command(fd, 'U', count);
  for (uint64_t done = 0; done < count;) {
    size_t size = count - done < CHUNK ? (size_t)(count - done) : CHUNK;
    if (write_all(fd, pattern + done % PERIOD, size) < 0) fail("connection broke");
    done += size;
  }
  read_exactly(fd, answer, COMMAND);
  if (memcmp(answer, "OK", 2) != 0) fail("bytes were changed on the way up");
}

static void down(int fd, uint64_t count) {
  static __thread uint8_t buffer[CHUNK];
  command(fd, 'D', count);
  for (uint64_t done = 0; done < count;) {
    ssize_t n = read(fd, buffer, count - done < CHUNK ? (size_t)(count - done) : CHUNK);
    if (n <= 0) fail("connection ended early");
    if (memcmp(buffer, pattern + done % PERIOD, (size_t)n) != 0) fail("bytes were changed on the way down");
    done += (uint64_t)n;
  }
}

static int compare(const void *a, const void *b) {
  double d = *(const double *)a - *(const double *)b;
  return (d > 0) - (d < 0);
}

static void print_times(double *times, int count) {
  qsort(times, (size_t)count, sizeof *times, compare);
  printf("%.1f %.1f\n", times[count / 2] * 1e6, times[(int)(count * 0.99)] * 1e6);
}

static void round_trips(int fd, int count) {
  double *times = calloc((size_t)count, sizeof *times);
  char byte = 'x';
  command(fd, 'E', (uint64_t)count + 100);
  for (int i = -100; i < count; i++) {
    double start = now();
    if (write_all(fd, &byte, 1) < 0) fail("connection broke");
    read_exactly(fd, &byte, 1);
    if (i >= 0) times[i] = now() - start;
  }
  command(fd, 'Q', 0);
  print_times(times, count);
}

struct job {
  char direction;
  uint64_t count;
};

static void *bulk(void *argument) {
  struct job *job = argument;
  int fd = greeted();
  if (job->direction == 'u') up(fd, job->count);
  else down(fd, job->count);
  command(fd, 'Q', 0);
  close(fd);
  return NULL;
}

static void *forever(void *argument) {
  struct job *job = argument;
  int fd = greeted();
  for (;;)
    if (job->direction == 'u') up(fd, 1 << 28);
    else down(fd, 1 << 28);
}

static void many(int connections, uint64_t count) {
  pthread_t *threads = calloc((size_t)connections, sizeof *threads);
  struct job job = {'d', count};
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 1 << 20);
  double start = now();
  for (int i = 0; i < connections; i++)
    if (pthread_create(&threads[i], &attributes, bulk, &job) != 0) fail("cannot start a thread");
  for (int i = 0; i < connections; i++) pthread_join(threads[i], NULL);
  printf("%.6f\n", now() - start);
}

/* Offers bytes to, or asks them for, a reader that does not read, until this process is killed. */
static void stall(char direction, uint64_t count) {
  int fd = greeted();
  command(fd, direction == 'u' ? 'Z' : 'D', direction == 'u' ? 600000 : count);
  for (uint64_t done = 0; direction == 'u' && done < count; done += CHUNK)
    if (write_all(fd, pattern, CHUNK) < 0) fail("connection broke");
  for (;;) pause();
}

int main(int argc, char **argv) {
  if (argc < 4) fail("usage: load PORT WHAT NUMBER [NUMBER]");
  const char *what = argv[2];
  port = atoi(argv[1]);
  signal(SIGPIPE, SIG_IGN);
  make_pattern();
  if (strcmp(what, "connect") == 0) {
    int count = atoi(argv[3]);
    double *times = calloc((size_t)count, sizeof *times);
    for (int i = 0; i < count; i++) {
      double start = now();
      int fd = greeted();
      times[i] = now() - start;
      /* Then as much as a login takes, and a good-bye. */
      down(fd, 16384);
      command(fd, 'Q', 0);
      char end;
      if (read(fd, &end, 1) != 0) fail("no clean end");
      close(fd);
      usleep(2000);
    }
    print_times(times, count);
  } else if (strcmp(what, "many") == 0) {
    many(atoi(argv[3]), strtoull(argv[4], NULL, 10));
  } else if (strcmp(what, "stall") == 0) {
    stall(argv[3][0], strtoull(argv[4], NULL, 10));
  } else if (strcmp(what, "mixed") == 0) {
    struct job job = {argv[3][0], 0};
    pthread_t thread;
    int fd = greeted();
    pthread_create(&thread, NULL, forever, &job);
    usleep(300000);
    round_trips(fd, atoi(argv[4]));
  } else {
    int fd = greeted();
    uint64_t count = strtoull(argv[3], NULL, 10);
    double start = now();
    if (strcmp(what, "rtt") == 0) {
      round_trips(fd, (int)count);
      return 0;
    }
    if (strcmp(what, "down") == 0) down(fd, count);
    else up(fd, count);
    double seconds = now() - start;
    if (strcmp(what, "frames") == 0) {
      char answer[COMMAND + 1] = {0};
      command(fd, 'F', 0);
      read_exactly(fd, answer, COMMAND);
      printf("%s\n", answer);
    } else printf("%.6f\n", seconds);
    command(fd, 'Q', 0);
  }
  return 0;
}
