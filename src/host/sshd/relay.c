/*
 * picturelock-relay: what sshd runs for a key of ours. It says whose key it is to the gate's Unix socket, waits for the
 * gate's word, and from then on moves bytes both ways without looking at them.
 *
 *   relay --socket PATH --credential ID     run by sshd as the forced command of a key
 *   relay --socket PATH --keys FINGERPRINT  run by sshd as AuthorizedKeysCommand
 *
 * When the gate closes the socket before the client has said its last word, that is a cut: the sshd process of this one connection is
 * ended too, so that what it holds in its buffers does not go out any more.
 * It holds no secret, opens no file, and reads nothing from its environment but the client's address and what was asked for.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PIPE_BYTES (1 << 20)
#define LINE_BYTES_MAX 600
/* As much as an ordinary account may ask for: fewer wake-ups per megabyte on either side. */
#define SOCKET_BYTES (1 << 20)

static int fail(const char *what) {
  fprintf(stderr, "picturelock: %s\n", what);
  return 1;
}

static int connect_gate(const char *path) {
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  if (strlen(path) >= sizeof address.sun_path) return -1;
  strcpy(address.sun_path, path);
  int gate = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (gate < 0) return -1;
  if (connect(gate, (struct sockaddr *)&address, sizeof address) == 0) return gate;
  close(gate);
  return -1;
}

static int write_all(int to, const char *bytes, size_t count) {
  while (count > 0) {
    ssize_t done = write(to, bytes, count);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return -1;
    bytes += done;
    count -= (size_t)done;
  }
  return 0;
}

/* Where a descriptor cannot be spliced: through a buffer. */
static void copy_plain(int from, int to) {
  static __thread char buffer[1 << 17];
  for (;;) {
    ssize_t got = read(from, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 || write_all(to, buffer, (size_t)got) != 0) return;
  }
}

/* Until the end of `from`, or until `to` is gone. */
static void copy(int from, int to) {
  int pipe_ends[2];
  if (pipe2(pipe_ends, O_CLOEXEC) != 0) return copy_plain(from, to);
  fcntl(pipe_ends[1], F_SETPIPE_SZ, PIPE_BYTES);
  for (;;) {
    ssize_t got = splice(from, NULL, pipe_ends[1], NULL, PIPE_BYTES, SPLICE_F_MOVE);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EINVAL) return copy_plain(from, to);
    if (got <= 0) return;
    while (got > 0) {
      ssize_t done = splice(pipe_ends[0], NULL, to, NULL, (size_t)got, SPLICE_F_MOVE);
      if (done < 0 && errno == EINTR) continue;
      if (done <= 0) return;
      got -= done;
    }
  }
}

static atomic_int client_is_done;

static void *upload(void *gate) {
  copy(STDIN_FILENO, *(int *)gate);
  client_is_done = 1;
  shutdown(*(int *)gate, SHUT_WR); /* the client has said all it had to say; answers may still come */
  return NULL;
}

/* Only sshd's own process for this connection, which runs as the same account. */
static void end_connection(void) {
  char path[64], name[32] = "";
  pid_t parent = getppid();
  snprintf(path, sizeof path, "/proc/%d/comm", (int)parent);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  if (read(file, name, sizeof name - 1) >= 4 && strncmp(name, "sshd", 4) == 0) kill(parent, SIGTERM);
  close(file);
}

/* The gate's one line, without its end; -1 when there is none. Byte by byte, so that nothing after it is taken. */
static int read_line(int gate, char *line) {
  for (int at = 0; at < LINE_BYTES_MAX; at += 1) {
    ssize_t got = read(gate, line + at, 1);
    if (got < 0 && errno == EINTR) { at -= 1; continue; }
    if (got <= 0) return -1;
    if (line[at] == '\n') { line[at] = 0; return 0; }
  }
  return -1;
}

static int relay(int gate, const char *credential) {
  const char *connection = getenv("SSH_CONNECTION");
  int address_length = connection == NULL ? 0 : (int)strcspn(connection, " ");
  char line[LINE_BYTES_MAX + 1];
  int length = snprintf(line, sizeof line, "sftp 1 %s %.*s\n", credential, address_length, connection == NULL ? "" : connection);
  if (length >= (int)sizeof line || write_all(gate, line, (size_t)length) != 0) return fail("the gate is not answering");
  if (read_line(gate, line) != 0) return fail("the gate is not answering");
  if (strcmp(line, "ok") != 0) return fail(strncmp(line, "no ", 3) == 0 ? line + 3 : "not let in");
  int bytes = SOCKET_BYTES;
  setsockopt(gate, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
  setsockopt(STDOUT_FILENO, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes); /* no matter when it is a pipe */
  pthread_t thread;
  if (pthread_create(&thread, NULL, upload, &gate) != 0) return fail("no thread to be had");
  copy(gate, STDOUT_FILENO);
  if (!client_is_done) end_connection();
  return 0; /* leaving ends the other direction too */
}

int main(int count, char **words) {
  if (count != 5 || strcmp(words[1], "--socket") != 0) return fail("usage: relay --socket PATH --credential ID | --keys FINGERPRINT");
  int is_keys = strcmp(words[3], "--keys") == 0;
  if (!is_keys && strcmp(words[3], "--credential") != 0) return fail("usage: relay --socket PATH --credential ID | --keys FINGERPRINT");
  const char *asked = getenv("SSH_ORIGINAL_COMMAND");
  if (!is_keys && (asked == NULL || strcmp(asked, words[0]) != 0)) return fail("only SFTP is served here; no commands, no shell");
  int gate = connect_gate(words[2]);
  if (gate < 0) return fail("the gate is not running");
  if (!is_keys) return relay(gate, words[4]);
  char line[LINE_BYTES_MAX + 1];
  int length = snprintf(line, sizeof line, "keys 1 %s\n", words[4]);
  if (length >= (int)sizeof line || write_all(gate, line, (size_t)length) != 0) return fail("the gate is not answering");
  copy_plain(gate, STDOUT_FILENO);
  return 0;
}
