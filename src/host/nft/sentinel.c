/*
 * Listens to the kernel and prints a line for each thing it says, for `sentinel.ts` to read:
 *
 *   g GENERATION PID OURS NAME    a ruleset was committed by this process; OURS is 1 when it touched our table
 *   o                             so much happened that some of it was lost
 *   p LINK HEX PREFIX             a packet that a rule logged: the interface it came in by, its first bytes, the rule's prefix
 *
 * Needs CAP_NET_ADMIN and no library. Ends when its standard input ends, so it never outlives whoever started it.
 *
 * usage: sentinel TABLE GROUP
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUFFER_BYTES (1 << 18)
#define RECEIVE_BYTES (64 << 20)
#define COPY_BYTES 128

static char buffer[BUFFER_BYTES];
static const char *table;
static int touches_ours;

static int open_socket(void) {
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
  struct sockaddr_nl address = {.nl_family = AF_NETLINK};
  int size = RECEIVE_BYTES;
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0) {
    perror("sentinel: netlink");
    exit(1);
  }
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) < 0)
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  return fd;
}

/* One attribute behind a header for a log group. */
static void configure(int fd, unsigned short group, int type, const void *data, size_t length) {
  struct {
    struct nlmsghdr head;
    struct nfgenmsg generic;
    struct nlattr attribute;
    char data[16];
  } message;
  memset(&message, 0, sizeof message);
  message.head.nlmsg_len = NLMSG_LENGTH(sizeof message.generic) + NLA_HDRLEN + NLA_ALIGN(length);
  message.head.nlmsg_type = (NFNL_SUBSYS_ULOG << 8) | NFULNL_MSG_CONFIG;
  message.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
  message.generic.nfgen_family = AF_UNSPEC;
  message.generic.version = NFNETLINK_V0;
  message.generic.res_id = htons(group);
  message.attribute.nla_len = NLA_HDRLEN + length;
  message.attribute.nla_type = type;
  memcpy(message.data, data, length);
  if (send(fd, &message, message.head.nlmsg_len, 0) < 0) {
    perror("sentinel: log group");
    exit(1);
  }
}

static void join_log(int fd, unsigned short group) {
  struct nfulnl_msg_config_cmd bind_it = {.command = NFULNL_CFG_CMD_BIND};
  struct nfulnl_msg_config_mode mode = {.copy_range = htonl(COPY_BYTES), .copy_mode = NFULNL_COPY_PACKET};
  unsigned int hundredths = htonl(5), packets = htonl(1);
  configure(fd, group, NFULA_CFG_CMD, &bind_it, sizeof bind_it);
  configure(fd, group, NFULA_CFG_MODE, &mode, sizeof mode);
  configure(fd, group, NFULA_CFG_TIMEOUT, &hundredths, sizeof hundredths);
  configure(fd, group, NFULA_CFG_QTHRESH, &packets, sizeof packets);
}

static const struct nlattr *find(const struct nlmsghdr *head, int type, int *length) {
  const char *at = (const char *)NLMSG_DATA(head) + NLMSG_ALIGN(sizeof(struct nfgenmsg));
  const char *end = (const char *)head + head->nlmsg_len;
  while (at + NLA_HDRLEN <= end) {
    const struct nlattr *attribute = (const struct nlattr *)at;
    if (attribute->nla_len < NLA_HDRLEN || at + attribute->nla_len > end) return NULL;
    if ((attribute->nla_type & NLA_TYPE_MASK) == type) {
      *length = attribute->nla_len - NLA_HDRLEN;
      return attribute;
    }
    at += NLA_ALIGN(attribute->nla_len);
  }
  return NULL;
}

static unsigned int number(const struct nlmsghdr *head, int type) {
  int length;
  unsigned int value;
  const struct nlattr *attribute = find(head, type, &length);
  if (attribute == NULL || length < 4) return 0;
  memcpy(&value, (const char *)attribute + NLA_HDRLEN, 4);
  return ntohl(value);
}

/* A name without anything that could end the line. */
static void text(const struct nlmsghdr *head, int type, char *into, size_t size) {
  int length;
  const struct nlattr *attribute = find(head, type, &length);
  size_t i = 0;
  if (attribute != NULL) {
    const char *from = (const char *)attribute + NLA_HDRLEN;
    for (; i + 1 < size && i < (size_t)length && from[i] != 0; i += 1)
      into[i] = from[i] >= 32 && from[i] < 127 ? from[i] : '?';
  }
  into[i] = 0;
}

/* Every object of a ruleset names its table in its first attribute. */
static void on_ruleset(const struct nlmsghdr *head) {
  char name[64];
  if ((head->nlmsg_type & 0xff) == NFT_MSG_NEWGEN) {
    text(head, NFTA_GEN_PROC_NAME, name, sizeof name);
    printf("g %u %u %d %s\n", number(head, NFTA_GEN_ID), number(head, NFTA_GEN_PROC_PID), touches_ours, name);
    touches_ours = 0;
    return;
  }
  text(head, NFTA_TABLE_NAME, name, sizeof name);
  if (strcmp(name, table) == 0) touches_ours = 1;
}

static void on_packet(const struct nlmsghdr *head) {
  char prefix[64], link[IF_NAMESIZE] = "-";
  int length = 0;
  const struct nlattr *payload = find(head, NFULA_PAYLOAD, &length);
  unsigned int index = number(head, NFULA_IFINDEX_INDEV);
  if (payload == NULL) return;
  if (index != 0 && if_indextoname(index, link) == NULL) strcpy(link, "-");
  text(head, NFULA_PREFIX, prefix, sizeof prefix);
  printf("p %s ", link);
  for (int i = 0; i < length && i < COPY_BYTES; i += 1)
    printf("%02x", ((const unsigned char *)payload)[NLA_HDRLEN + i]);
  printf(" %s\n", prefix);
}

static void receive(int fd, void (*handle)(const struct nlmsghdr *), int subsystem) {
  ssize_t got = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
  if (got < 0) {
    if (errno == ENOBUFS) printf("o\n");
    else if (errno != EAGAIN && errno != EINTR) exit(1);
    return;
  }
  for (const struct nlmsghdr *head = (const struct nlmsghdr *)buffer; NLMSG_OK(head, got); head = NLMSG_NEXT(head, got)) {
    if (head->nlmsg_type == NLMSG_ERROR) {
      const struct nlmsgerr *error = NLMSG_DATA(head);
      if (error->error == 0) continue;
      fprintf(stderr, "sentinel: %s\n", strerror(-error->error));
      exit(1);
    }
    if (head->nlmsg_type >> 8 == subsystem) handle(head);
  }
}

int main(int count, char **arguments) {
  if (count != 3) return 2;
  table = arguments[1];
  int rules = open_socket(), packets = open_socket(), group = NFNLGRP_NFTABLES;
  if (setsockopt(rules, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) < 0) {
    perror("sentinel: ruleset");
    return 1;
  }
  join_log(packets, (unsigned short)atoi(arguments[2]));
  printf("ready\n");
  fflush(stdout);
  struct pollfd waited[] = {{.fd = rules, .events = POLLIN}, {.fd = packets, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
  for (;;) {
    if (poll(waited, 3, -1) < 0 && errno != EINTR) return 1;
    if (waited[0].revents) receive(rules, on_ruleset, NFNL_SUBSYS_NFTABLES);
    if (waited[1].revents) receive(packets, on_packet, NFNL_SUBSYS_ULOG);
    if (waited[2].revents) {
      char ignored[64];
      if (read(0, ignored, sizeof ignored) <= 0) return 0;
    }
    fflush(stdout);
  }
}
