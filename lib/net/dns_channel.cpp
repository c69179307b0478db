#include "net/dns_channel.hpp"

#include "net/error.hpp"
#include "net/operation_memory.hpp"
#include "net/reserve_descriptor.hpp"

#include <algorithm>
#include <cstring>
#include <new>

#include <ares.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/time.h>

namespace aluvia::net {
namespace {

// Two rounds over the servers, 2 and 4 seconds: below the dial's own limit, so that the client is told about
// DNS.
constexpr int first_timeout_ms = 2000;
constexpr int tries = 2;

// A socket that could not be made counts with c-ares as a server that could not be reached.
std::error_code meaning_of(int status) noexcept {
  switch (status) {
    case ARES_ENOTFOUND:
    case ARES_ENODATA:
    case ARES_EBADNAME:
      return NetError::name_not_found;
    case ARES_ETIMEOUT:
      return NetError::dns_timeout;
    default:
      if (!is_descriptor_left()) return std::make_error_code(std::errc::too_many_files_open);
      return NetError::dns_failure;
  }
}

Address address_of(const sockaddr& from) {
  if (from.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &from, sizeof v4);
    return asio::ip::address_v4(ntohl(v4.sin_addr.s_addr));
  }
  sockaddr_in6 v6{};
  std::memcpy(&v6, &from, sizeof v6);
  asio::ip::address_v6::bytes_type bytes;
  std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
  return asio::ip::address_v6(bytes, v6.sin6_scope_id);
}

DnsAnswer answer_of(int status, const ares_addrinfo* result) {
  DnsAnswer answer;
  if (status != ARES_SUCCESS || !result) {
    answer.error = meaning_of(status);
    return answer;
  }
  int ttl = 300;
  for (const ares_addrinfo_node* node = result->nodes; node; node = node->ai_next) {
    if (node->ai_family != AF_INET && node->ai_family != AF_INET6) continue;
    answer.addresses.push_back(address_of(*node->ai_addr));
    ttl = std::min(ttl, node->ai_ttl);
  }
  for (const ares_addrinfo_cname* alias = result->cnames; alias; alias = alias->next) {
    ttl = std::min(ttl, alias->ttl);
  }
  answer.ttl = std::chrono::seconds(std::max(ttl, 0));
  if (answer.addresses.empty()) answer.error = NetError::name_not_found;
  return answer;
}

std::vector<Address> addresses_of(const hostent& entry) {
  std::vector<Address> out;
  for (char** place = entry.h_addr_list; *place; ++place) {
    if (entry.h_addrtype == AF_INET) {
      asio::ip::address_v4::bytes_type bytes;
      std::memcpy(bytes.data(), *place, bytes.size());
      out.emplace_back(asio::ip::address_v4(bytes));
    } else {
      asio::ip::address_v6::bytes_type bytes;
      std::memcpy(bytes.data(), *place, bytes.size());
      out.emplace_back(asio::ip::address_v6(bytes));
    }
  }
  return out;
}

struct Question {
  DnsChannel::Done done;
};

}  // namespace

struct DnsChannel::Watch {
  Watch(Loop& loop, int socket, DnsChannel* owner) : descriptor(loop, socket), channel(owner) {}
  Descriptor descriptor;
  DnsChannel* channel;  // null once the socket is c-ares's to close
  bool wants_read = false;
  bool wants_write = false;
  bool waits_read = false;
  bool waits_write = false;
  OperationMemory memory;  // c-ares may go on with a socket that we could not wait at
};

Result<std::unique_ptr<DnsChannel>, std::string> DnsChannel::open(Loop& loop, const std::string& servers) {
  static const int library = ares_library_init(ARES_LIB_INIT_ALL);
  if (library != ARES_SUCCESS) return Err{std::string("c-ares: ") + ares_strerror(library)};
  std::unique_ptr<DnsChannel> made(new DnsChannel(loop));
  ares_options options{};
  options.timeout = first_timeout_ms;
  options.tries = tries;
  options.sock_state_cb = &DnsChannel::on_socket_state;
  options.sock_state_cb_data = made.get();
  const int status = ares_init_options(&made->channel_, &options,
                                       ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB);
  if (status != ARES_SUCCESS) return Err{std::string("c-ares: ") + ares_strerror(status)};
  if (!servers.empty() && ares_set_servers_ports_csv(made->channel_, servers.c_str()) != ARES_SUCCESS) {
    return Err{"not a list of DNS servers: " + servers};
  }
  return made;
}

DnsChannel::~DnsChannel() {
  if (channel_) ares_destroy(channel_);  // closes the sockets: on_socket_state lets go of each
}

void DnsChannel::ask(const std::string& host, Family family, Done done) {
  ares_addrinfo_hints hints{};
  hints.ai_family = family == Family::v4 ? AF_INET : AF_INET6;
  hints.ai_socktype = SOCK_STREAM;
  auto* const question = new Question{std::move(done)};  // on_answer owns it
  ares_getaddrinfo(channel_, host.c_str(), nullptr, &hints, &DnsChannel::on_answer, question);
  keep_time();
}

std::vector<Address> DnsChannel::read_hosts_file(const std::string& host) const {
  std::vector<Address> out;
  for (const int family : {AF_INET, AF_INET6}) {
    hostent* found = nullptr;
    if (ares_gethostbyname_file(channel_, host.c_str(), family, &found) != ARES_SUCCESS) continue;
    const std::unique_ptr<hostent, decltype(&ares_free_hostent)> owned(found, &ares_free_hostent);
    const auto addresses = addresses_of(*owned);
    out.insert(out.end(), addresses.begin(), addresses.end());
  }
  return out;
}

void DnsChannel::on_answer(void* question, int status, int /*timeouts*/, ares_addrinfo* result) {
  const std::unique_ptr<Question> owned(static_cast<Question*>(question));
  const std::unique_ptr<ares_addrinfo, decltype(&ares_freeaddrinfo)> answer(result, &ares_freeaddrinfo);
  if (status == ARES_EDESTRUCTION) return;
  // Nothing may be thrown through c-ares. Who is not told waits until his time is over.
  try {
    owned->done(answer_of(status, answer.get()));
  } catch (const std::bad_alloc&) {
  }
}

void DnsChannel::on_socket_state(void* self, int socket, int readable, int writable) {
  try {
    static_cast<DnsChannel*>(self)->follow(socket, readable, writable);
  } catch (const std::bad_alloc&) {
    static_cast<DnsChannel*>(self)->is_deaf_ = true;
  }
}

void DnsChannel::follow(int socket, int readable, int writable) {
  auto& watch = watches_[socket];
  if (!watch) watch = std::make_shared<Watch>(loop_, socket, this);
  watch->wants_read = readable != 0;
  watch->wants_write = writable != 0;
  if (!watch->wants_read && !watch->wants_write) {  // c-ares is about to close the socket
    watch->channel = nullptr;
    watch->descriptor.release();
    watches_.erase(socket);
    return;
  }
  if (watch->wants_read && !watch->waits_read) wait(watch, Descriptor::wait_read);
  if (watch->wants_write && !watch->waits_write) wait(watch, Descriptor::wait_write);
}

void DnsChannel::wait(const std::shared_ptr<Watch>& watch, Descriptor::wait_type type) {
  const bool reads = type == Descriptor::wait_read;
  const auto on_ready = [watch, type, reads](std::error_code error) {
    (reads ? watch->waits_read : watch->waits_write) = false;
    if (error || !watch->channel) return;
    DnsChannel& channel = *watch->channel;
    const int socket = watch->descriptor.native_handle();
    channel.process(reads ? socket : nobody, reads ? nobody : socket);
    const bool still_wanted = watch->channel && (reads ? watch->wants_read : watch->wants_write);
    if (still_wanted && !(reads ? watch->waits_read : watch->waits_write)) wait(watch, type);
  };
  watch->descriptor.async_wait(type, WithMemory(watch->memory, on_ready));
  (reads ? watch->waits_read : watch->waits_write) = true;
}

void DnsChannel::process(int readable, int writable) {
  ares_process_fd(channel_, readable, writable);
  keep_time();
}

void DnsChannel::keep_time() {
  timeval until{};
  if (!ares_timeout(channel_, nullptr, &until)) return timer_.clear();
  timer_.set_after(std::chrono::seconds(until.tv_sec) + std::chrono::microseconds(until.tv_usec));
}

}  // namespace aluvia::net
