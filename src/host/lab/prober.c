/*
 * Machines of a lab: one process that acts in many network namespaces. Sockets stay in the namespace in which they were made, so it enters
 * one, makes a socket, and goes on to the next.
 *
 * Orders on standard input, a line each:
 *   ns NAME                                 the next namespace, numbered from 0
 *   gateway NAME                            the same, and nobody listens on its cables
 *   serve NS PORT                           TCP and UDP on every address of both families; answers with its number
 *   tcp|udp|icmp N NS FROM TO PORT WITHIN   one try, WITHIN ms
 *   echo|push N NS FROM TO PORT             a connection with a byte every millisecond, asked for or sent by itself
 *   stop N                                  ends that connection
 * Answers on standard output:
 *   s NS PORT         it serves
 *   r N OUTCOME NS    how the try ended: open, timeout or an errno; and who answered, -1 for nobody
 *   a N NS            the first packet of try N arrived there, whether or not an answer came back
 *   b N               the first byte came back
 *   e N AT ENDED BYTES OUTCOME    the end of a connection; AT: when the kernel had its last byte, ENDED: now, both in ns since 1970
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/icmp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define NAMESPACES_MAX 256
#define LINE_MAX_BYTES 512
#define TICK_NS 1000000

enum kind { ORDERS, TICKS, CABLE, LISTENER, DATAGRAMS, SERVED, TRY, STREAM };

struct end {
  int fd;
  enum kind kind;
  int ns; /* whose it is */
  long n;
  int protocol;
  int connected, pushes, greeted;
  long long deadline; /* monotonic ns; 0: none */
  long long last_at, bytes;
  unsigned char source[16], target[16]; /* of a try: where its packets come from, and where they go */
  int address_size, source_port, target_port;
  struct end *next, *previous;
};

static int poller, ticks;
static int namespaces[NAMESPACES_MAX], namespace_count, inside = -1;
static struct end *ends;    /* those with a deadline, and those that send every millisecond */
static struct end *dropped; /* closed within this round of events, which may still name them */

static long long now_of(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void fail(const char *what) {
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  exit(1);
}

static void enter(int ns) {
  if (ns < 0 || ns >= namespace_count) {
    errno = EINVAL;
    fail("no such namespace");
  }
  if (ns == inside) return;
  if (setns(namespaces[ns], CLONE_NEWNET) != 0) fail("setns");
  inside = ns;
}

static const char *name_of(int error) {
  const char *name = error == 0 ? "open" : error == ETIMEDOUT ? "timeout" : strerrorname_np(error);
  return name == NULL ? "unknown" : name;
}

static struct end *watch(int fd, enum kind kind, int ns, unsigned events) {
  struct end *end = calloc(1, sizeof *end);
  if (end == NULL) fail("calloc");
  end->fd = fd;
  end->kind = kind;
  end->ns = ns;
  struct epoll_event event = {.events = events, .data.ptr = end};
  if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) != 0) fail("epoll_ctl");
  return end;
}

static void rewatch(struct end *end, unsigned events) {
  struct epoll_event event = {.events = events, .data.ptr = end};
  epoll_ctl(poller, EPOLL_CTL_MOD, end->fd, &event);
}

static void list(struct end *end) {
  end->next = ends;
  if (ends != NULL) ends->previous = end;
  ends = end;
}

static void unlist(struct end *end) {
  if (end->previous != NULL) end->previous->next = end->next;
  else if (ends == end) ends = end->next;
  if (end->next != NULL) end->next->previous = end->previous;
  end->next = end->previous = NULL;
}

/* Resets: nothing of a try stays behind in any connection table. */
static void drop(struct end *end) {
  struct linger linger = {1, 0};
  setsockopt(end->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
  close(end->fd);
  unlist(end);
  end->fd = -1;
  end->next = dropped;
  dropped = end;
}

static void bury(void) {
  for (struct end *end; (end = dropped) != NULL; free(end)) dropped = end->next;
}

static socklen_t address(const char *text, int port, struct sockaddr_storage *out) {
  memset(out, 0, sizeof *out);
  struct sockaddr_in *four = (struct sockaddr_in *)out;
  struct sockaddr_in6 *six = (struct sockaddr_in6 *)out;
  if (inet_pton(AF_INET, text, &four->sin_addr) == 1) {
    four->sin_family = AF_INET;
    four->sin_port = htons(port);
    return sizeof *four;
  }
  if (inet_pton(AF_INET6, text, &six->sin6_addr) != 1) return 0;
  six->sin6_family = AF_INET6;
  six->sin6_port = htons(port);
  return sizeof *six;
}

static int set(int fd, int level, int option) {
  int yes = 1;
  return setsockopt(fd, level, option, &yes, sizeof yes);
}

static void serve(int ns, int port) {
  enter(ns);
  struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
  int tcp = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int udp = socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (tcp < 0 || udp < 0) fail("socket");
  set(tcp, SOL_SOCKET, SO_REUSEADDR);
  set(udp, IPPROTO_IPV6, IPV6_RECVPKTINFO);
  if (bind(tcp, (struct sockaddr *)&any, sizeof any) != 0 || listen(tcp, 1024) != 0) fail("listen");
  if (bind(udp, (struct sockaddr *)&any, sizeof any) != 0) fail("bind");
  watch(tcp, LISTENER, ns, EPOLLIN);
  watch(udp, DATAGRAMS, ns, EPOLLIN);
  printf("s %d %d\n", ns, port);
}

static void greet(struct end *listener) {
  for (;;) {
    int fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    set(fd, IPPROTO_TCP, TCP_NODELAY);
    unsigned char who = (unsigned char)listener->ns;
    if (write(fd, &who, 1) != 1) {
      close(fd);
      continue;
    }
    list(watch(fd, SERVED, listener->ns, EPOLLIN));
  }
}

/* Answers from the very address that was asked, and with its own number behind what came. */
static void answer(struct end *server) {
  for (;;) {
    char bytes[2048], control[256];
    struct sockaddr_in6 from;
    struct iovec part = {bytes, sizeof bytes - 1};
    struct msghdr message = {&from, sizeof from, &part, 1, control, sizeof control, 0};
    ssize_t size = recvmsg(server->fd, &message, 0);
    if (size < 0) return;
    bytes[size] = (char)server->ns;
    part.iov_len = size + 1;
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    if (head != NULL && head->cmsg_type == IPV6_PKTINFO) {
      struct in6_pktinfo *info = (struct in6_pktinfo *)CMSG_DATA(head);
      info->ipi6_ifindex = 0;
    }
    sendmsg(server->fd, &message, 0);
  }
}

static void speak(struct end *served) {
  char bytes[4096];
  for (;;) {
    ssize_t size = read(served->fd, bytes, sizeof bytes);
    if (size < 0 && errno == EAGAIN) return;
    if (size <= 0) return drop(served);
    if (bytes[0] == 'P') served->pushes = 1;
    else if (!served->pushes && write(served->fd, bytes, size) < 0 && errno != EAGAIN) return drop(served);
  }
}

/* What comes in by a machine's cable: the first packet of a try, whoever answers it and whether or not the answer gets back. */
static void hear_cable(struct end *cable) {
  for (;;) {
    unsigned char bytes[128];
    struct sockaddr_ll link;
    socklen_t size = sizeof link;
    ssize_t count = recvfrom(cable->fd, bytes, sizeof bytes, 0, (struct sockaddr *)&link, &size);
    if (count < 0) return;
    if (link.sll_pkttype != PACKET_HOST || count < 48 - 20 * (bytes[0] >> 4 == 4)) continue;
    int is_four = bytes[0] >> 4 == 4, protocol = bytes[is_four ? 9 : 6];
    const unsigned char *source = bytes + (is_four ? 12 : 8), *target = source + (is_four ? 4 : 16);
    const unsigned char *inner = bytes + (is_four ? (bytes[0] & 15) * 4 : 40);
    int port = inner[0] << 8 | inner[1], target_port = inner[2] << 8 | inner[3];
    if (protocol == IPPROTO_ICMPV6) protocol = IPPROTO_ICMP;
    if (protocol == IPPROTO_TCP && (inner[13] & 0x12) != 0x02) continue; /* SYN without ACK */
    if (protocol == IPPROTO_ICMP) {
      if (inner[0] != (is_four ? ICMP_ECHO : 128)) continue;
      port = inner[4] << 8 | inner[5]; /* the identifier, which is the sending socket's port */
      target_port = 0;
    }
    for (struct end *end = ends; end != NULL; end = end->next) {
      /* The whole tuple: one address uses a port of its own towards many targets at a time. */
      if (end->kind != TRY || end->protocol != protocol || end->source_port != port) continue;
      if (end->target_port != target_port || end->address_size != (is_four ? 4 : 16)) continue;
      if (memcmp(end->source, source, end->address_size) != 0) continue;
      if (memcmp(end->target, target, end->address_size) != 0) continue;
      printf("a %ld %d\n", end->n, cable->ns);
      break;
    }
  }
}

static void listen_on_cable(int ns) {
  enter(ns);
  int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, htons(ETH_P_ALL));
  if (fd < 0) fail("packet socket");
  watch(fd, CABLE, ns, EPOLLIN);
}

static void finish(struct end *try, int error, int who) {
  printf("r %ld %s %d\n", try->n, name_of(error), who);
  drop(try);
}

static void end_stream(struct end *stream, int error) {
  const char *how = error == 0 ? "closed" : name_of(error);
  printf("e %ld %lld %lld %lld %s\n", stream->n, stream->last_at, now_of(CLOCK_REALTIME), stream->bytes, how);
  drop(stream);
}

static int open_socket(int ns, int family, int protocol) {
  enter(ns);
  int type = protocol == IPPROTO_TCP ? SOCK_STREAM : SOCK_DGRAM;
  int icmp = family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6;
  int fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol == IPPROTO_ICMP ? icmp : 0);
  if (fd < 0) fail("socket");
  return fd;
}

static int port_of(const struct sockaddr_storage *one) {
  return ntohs(one->ss_family == AF_INET ? ((const struct sockaddr_in *)one)->sin_port : ((const struct sockaddr_in6 *)one)->sin6_port);
}

static void copy_address(unsigned char *out, const struct sockaddr_storage *one) {
  if (one->ss_family == AF_INET) memcpy(out, &((const struct sockaddr_in *)one)->sin_addr, 4);
  else memcpy(out, &((const struct sockaddr_in6 *)one)->sin6_addr, 16);
}

static void learn_ends(struct end *end, const struct sockaddr_storage *target) {
  struct sockaddr_storage local;
  socklen_t size = sizeof local;
  if (getsockname(end->fd, (struct sockaddr *)&local, &size) != 0) return;
  end->address_size = local.ss_family == AF_INET ? 4 : 16;
  end->source_port = port_of(&local);
  end->target_port = end->protocol == IPPROTO_ICMP ? 0 : port_of(target);
  copy_address(end->source, &local);
  copy_address(end->target, target);
}

static void send_first(struct end *try, int family) {
  char text[32];
  struct icmphdr echo = {.type = family == AF_INET ? ICMP_ECHO : 128, .un.echo.sequence = htons(1)};
  ssize_t sent = try->protocol == IPPROTO_UDP ? send(try->fd, text, snprintf(text, sizeof text, "%ld ", try->n), 0)
                                              : send(try->fd, &echo, sizeof echo, 0);
  if (sent < 0) finish(try, errno, -1);
}

struct order {
  enum kind kind;
  int protocol, ns, port, ms, pushes;
  long n;
  char from[64], to[64];
};

static void begin(const struct order *order) {
  struct sockaddr_storage source, target;
  socklen_t source_size = address(order->from, 0, &source), target_size = address(order->to, order->port, &target);
  if (source_size == 0 || source_size != target_size) {
    printf("r %ld EAFNOSUPPORT -1\n", order->n);
    return;
  }
  int is_tcp = order->protocol == IPPROTO_TCP;
  int fd = open_socket(order->ns, source.ss_family, order->protocol);
  struct end *end = watch(fd, order->kind, order->ns, is_tcp ? EPOLLOUT : EPOLLIN);
  end->n = order->n;
  end->protocol = order->protocol;
  end->pushes = order->pushes;
  end->deadline = order->ms > 0 ? now_of(CLOCK_MONOTONIC) + order->ms * 1000000LL : 0;
  list(end);
  if (is_tcp) {
    set(fd, IPPROTO_TCP, TCP_NODELAY);
    set(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);
  }
  if (order->kind == STREAM) set(fd, SOL_SOCKET, SO_TIMESTAMPNS);
  int failed = bind(fd, (struct sockaddr *)&source, source_size) != 0 ||
               (connect(fd, (struct sockaddr *)&target, target_size) != 0 && errno != EINPROGRESS);
  learn_ends(end, &target);
  if (failed && order->kind == STREAM) end_stream(end, errno);
  else if (failed) finish(end, errno, -1);
  else if (!is_tcp) send_first(end, source.ss_family);
}

static int error_of(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

static void hear_try(struct end *try, unsigned events) {
  int error = error_of(try->fd);
  if (error != 0) return finish(try, error, -1);
  if (try->protocol == IPPROTO_TCP && !try->connected) {
    try->connected = 1;
    return rewatch(try, EPOLLIN);
  }
  if ((events & (EPOLLIN | EPOLLHUP)) == 0) return;
  char bytes[2048];
  ssize_t size = read(try->fd, bytes, sizeof bytes);
  if (size < 0 && errno == EAGAIN) return;
  if (size < 0) return finish(try, errno, -1);
  if (size == 0) return finish(try, ECONNRESET, -1);
  /* Who answers an echo request says only that it is there. */
  finish(try, 0, try->protocol == IPPROTO_ICMP ? -1 : (unsigned char)bytes[size - 1]);
}

static void read_stream(struct end *stream) {
  char bytes[4096], control[128];
  for (;;) {
    struct iovec part = {bytes, sizeof bytes};
    struct msghdr message = {NULL, 0, &part, 1, control, sizeof control, 0};
    ssize_t size = recvmsg(stream->fd, &message, 0);
    if (size < 0 && errno == EAGAIN) return;
    if (size <= 0) return end_stream(stream, size < 0 ? errno : ECONNRESET);
    for (struct cmsghdr *head = CMSG_FIRSTHDR(&message); head != NULL; head = CMSG_NXTHDR(&message, head)) {
      if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_TIMESTAMPNS) continue;
      struct timespec at;
      memcpy(&at, CMSG_DATA(head), sizeof at);
      stream->last_at = at.tv_sec * 1000000000LL + at.tv_nsec;
    }
    int had_greeting = stream->bytes > 0;
    stream->bytes += size;
    if (!stream->greeted && (had_greeting || size > 1)) {
      stream->greeted = 1;
      printf("b %ld\n", stream->n);
    }
  }
}

static void hear_stream(struct end *stream) {
  if (!stream->connected) {
    int error = error_of(stream->fd);
    if (error != 0) return end_stream(stream, error);
    stream->connected = 1;
    if (stream->pushes && write(stream->fd, "P", 1) != 1) return end_stream(stream, errno);
    return rewatch(stream, EPOLLIN);
  }
  read_stream(stream);
}

static void tick(void) {
  unsigned long long count;
  if (read(ticks, &count, sizeof count) < 0) return;
  long long now = now_of(CLOCK_MONOTONIC);
  for (struct end *end = ends, *next; end != NULL; end = next) {
    next = end->next;
    if (end->kind == TRY && now >= end->deadline) finish(end, ETIMEDOUT, -1);
    else if (end->kind == STREAM && end->connected && !end->pushes && write(end->fd, "x", 1) < 0 && errno != EAGAIN)
      end_stream(end, errno);
    else if (end->kind == SERVED && end->pushes && write(end->fd, "p", 1) < 0 && errno != EAGAIN) drop(end);
  }
}

static void add_namespace(const char *name, int listens) {
  char path[160];
  snprintf(path, sizeof path, "/run/netns/%s", name);
  if (namespace_count >= NAMESPACES_MAX) fail("too many namespaces");
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) fail(path);
  namespaces[namespace_count++] = fd;
  if (listens) listen_on_cable(namespace_count - 1);
}

static void stop(long n) {
  for (struct end *end = ends; end != NULL; end = end->next) {
    if (end->kind != STREAM || end->n != n) continue;
    if (end->connected) read_stream(end); /* what has come by now counts */
    if (end->fd >= 0) end_stream(end, 0);
    return;
  }
}

static void obey(const char *line) {
  char verb[16], name[128];
  struct order order = {0};
  if (sscanf(line, "ns %127s", name) == 1) return add_namespace(name, 1);
  if (sscanf(line, "gateway %127s", name) == 1) return add_namespace(name, 0);
  if (sscanf(line, "serve %d %d", &order.ns, &order.port) == 2) return serve(order.ns, order.port);
  if (sscanf(line, "stop %ld", &order.n) == 1) return stop(order.n);
  int read = sscanf(line, "%15s %ld %d %63s %63s %d %d", verb, &order.n, &order.ns, order.from, order.to, &order.port,
                    &order.ms);
  if (read < 6) {
    errno = EINVAL;
    fail(line);
  }
  order.pushes = strcmp(verb, "push") == 0;
  order.kind = order.pushes || strcmp(verb, "echo") == 0 ? STREAM : TRY;
  order.protocol = strcmp(verb, "udp") == 0 ? IPPROTO_UDP : strcmp(verb, "icmp") == 0 ? IPPROTO_ICMP : IPPROTO_TCP;
  begin(&order);
}

static char orders[1 << 20];
static size_t held;

static void read_orders(void) {
  ssize_t size = read(0, orders + held, sizeof orders - held - 1);
  if (size < 0 && errno == EAGAIN) return;
  if (size <= 0) exit(0); /* whoever gave orders is gone */
  held += size;
  orders[held] = 0;
  char *line = orders;
  for (char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
    *end = 0;
    obey(line);
  }
  held -= line - orders;
  memmove(orders, line, held);
  if (held >= LINE_MAX_BYTES) {
    errno = EMSGSIZE;
    fail("orders");
  }
}

static void hear(struct end *end, unsigned events) {
  switch (end->kind) {
    case ORDERS: return read_orders();
    case TICKS: return tick();
    case CABLE: return hear_cable(end);
    case LISTENER: return greet(end);
    case DATAGRAMS: return answer(end);
    case SERVED: return speak(end);
    case TRY: return hear_try(end, events);
    case STREAM: return hear_stream(end);
  }
}

int main(void) {
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  setvbuf(stdout, NULL, _IOFBF, 1 << 16);
  poller = epoll_create1(EPOLL_CLOEXEC);
  ticks = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  struct itimerspec every = {{0, TICK_NS}, {0, TICK_NS}};
  timerfd_settime(ticks, 0, &every, NULL);
  watch(0, ORDERS, -1, EPOLLIN);
  watch(ticks, TICKS, -1, EPOLLIN);
  for (;;) {
    struct epoll_event events[256];
    int count = epoll_wait(poller, events, 256, -1);
    if (count < 0 && errno != EINTR) fail("epoll_wait");
    for (int i = 0; i < count; i += 1) {
      struct end *end = events[i].data.ptr;
      if (end->fd >= 0) hear(end, events[i].events);
    }
    bury();
    fflush(stdout);
  }
}
