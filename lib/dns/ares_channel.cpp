#include "dns/ares_channel.hpp"

#include "net/error.hpp"
#include "net/reserve_descriptor.hpp"

#include <utility>

#include <ares.h>
#include <arpa/nameser.h>
#include <sys/time.h>

namespace aluvia::dns {
namespace {

// Two rounds over the servers, 2 and 4 seconds: below the dial's own limit, so that the error names DNS.
constexpr int first_timeout_ms = 2000;
constexpr int tries = 2;

// c-ares reports a socket that it could not open as a server that cannot be reached.
std::error_code meaning_of(int status) noexcept {
  switch (status) {
    case ARES_ENOTFOUND:
    case ARES_ENODATA:
    case ARES_EBADNAME:
      return net::NetError::name_not_found;
    case ARES_ETIMEOUT:
      return net::NetError::dns_timeout;
    default:
      if (!net::is_descriptor_left()) return std::make_error_code(std::errc::too_many_files_open);
      return net::NetError::dns_failure;
  }
}

DnsAnswer failed_with(std::error_code error) {
  DnsAnswer answer;
  answer.error = error;
  return answer;
}

std::string sentence(int status) {
  return std::string("c-ares: ") + ares_strerror(status);
}

int copy_servers(ares_channeldata* from, ares_channeldata* to) {
  ares_addr_port_node* servers = nullptr;
  const int status = ares_get_servers_ports(from, &servers);
  if (status != ARES_SUCCESS) return status;
  const std::unique_ptr<ares_addr_port_node, decltype(&ares_free_data)> owned(servers, &ares_free_data);
  return ares_set_servers_ports(to, servers);
}

}  // namespace

struct AresChannel::Question {
  Question(AresChannel& asked, Family wanted, Done tell)
      : channel(asked), family(wanted), done(std::move(tell)) {}
  AresChannel& channel;
  Family family;
  Done done;
};

// One of c-ares's sockets in the reactor. c-ares closes the descriptor.
struct AresChannel::Socket {
  struct Side final : loop::Waiter {
    Side(AresChannel& owner, int socket, loop::Want event)
        : channel(owner), descriptor(socket), want(event) {}
    // The call may destroy this object. An error means that epoll did not take the socket: c-ares times out.
    void on_event(std::error_code error) override {
      if (!error) channel.on_ready(descriptor, want);
    }
    // c-ares may leave bytes behind, for which no further edge comes.
    void wait_if(bool is_wanted, loop::Watch& watch) {
      if (!is_wanted) return withdraw();
      if (!is_waiting()) channel.reactor_.wait_level(watch, descriptor, want, *this);
    }
    AresChannel& channel;
    const int descriptor;
    const loop::Want want;
  };

  Socket(AresChannel& owner, int descriptor)
      : channel(owner),
        watch(owner.reactor_.add(descriptor)),
        read(owner, descriptor, loop::Want::read),
        write(owner, descriptor, loop::Want::write) {}
  ~Socket() { channel.reactor_.remove(watch); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  void wait() {
    read.wait_if(wants_read, *watch);
    write.wait_if(wants_write, *watch);
  }

  AresChannel& channel;
  loop::Watch* watch;
  Side read;
  Side write;
  bool wants_read = false;
  bool wants_write = false;
};

AresChannel::AresChannel(loop::Loop& loop)
    : reactor_(loop::Reactor::of(loop.get_executor())),
      timeout_(loop.get_executor(), [this] { process(no_socket, no_socket); }) {}

Result<std::unique_ptr<AresChannel>, std::string> AresChannel::open(loop::Loop& loop,
                                                                    const std::string& servers) {
  static const int library = ares_library_init(ARES_LIB_INIT_ALL);
  if (library != ARES_SUCCESS) return Err{sentence(library)};
  std::unique_ptr<AresChannel> made(new AresChannel(loop));
  ares_options options{};
  options.timeout = first_timeout_ms;
  options.tries = tries;
  options.sock_state_cb = &AresChannel::on_socket_state;
  options.sock_state_cb_data = made.get();
  const int status = ares_init_options(&made->channel_, &options,
                                       ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB);
  if (status != ARES_SUCCESS) return Err{sentence(status)};
  if (!servers.empty() && ares_set_servers_ports_csv(made->channel_, servers.c_str()) != ARES_SUCCESS) {
    return Err{"not a list of DNS servers: " + servers};
  }
  return made;
}

AresChannel::~AresChannel() {
  if (channel_) ares_destroy(channel_);  // closes the sockets, after a call of on_socket_state for each
}

Result<std::unique_ptr<AresChannel>, std::string> AresChannel::open_another(loop::Loop& loop) const {
  std::unique_ptr<AresChannel> made(new AresChannel(loop));
  ares_options options{};
  int mask = 0;
  int status = ares_save_options(channel_, &options, &mask);
  options.sock_state_cb_data = made.get();
  if (status == ARES_SUCCESS) status = ares_init_options(&made->channel_, &options, mask);
  ares_destroy_options(&options);
  if (status == ARES_SUCCESS) status = copy_servers(channel_, made->channel_);
  if (status != ARES_SUCCESS) return Err{sentence(status)};
  return made;
}

void AresChannel::ask(const std::string& host, Family family, Done done) {
  const int type = family == Family::v4 ? ns_t_a : ns_t_aaaa;
  auto* const question = new Question(*this, family, std::move(done));  // on_answer owns it
  ++open_questions_;
  ares_search(channel_, host.c_str(), ns_c_in, type, &AresChannel::on_answer, question);
  keep_time();
}

// The channel counts as idle only after `done`, so that nothing destroys it while c-ares works in it.
void AresChannel::on_answer(void* question, int status, int /*timeouts*/, unsigned char* reply, int size) {
  const std::unique_ptr<Question> owned(static_cast<Question*>(question));
  if (status == ARES_EDESTRUCTION) return;
  const bool is_good = status == ARES_SUCCESS;
  owned->done(is_good ? read_dns_reply({reply, static_cast<std::size_t>(size)}, owned->family)
                      : failed_with(meaning_of(status)));
  --owned->channel.open_questions_;
}

void AresChannel::on_socket_state(void* self, int descriptor, int readable, int writable) {
  static_cast<AresChannel*>(self)->follow(descriptor, readable != 0, writable != 0);
}

void AresChannel::follow(int descriptor, bool readable, bool writable) {
  if (!readable && !writable) return static_cast<void>(sockets_.erase(descriptor));  // c-ares closes it next
  auto& socket = sockets_[descriptor];
  if (!socket) socket = std::make_unique<Socket>(*this, descriptor);
  socket->wants_read = readable;
  socket->wants_write = writable;
  socket->wait();
}

void AresChannel::on_ready(int descriptor, loop::Want want) {
  const bool reads = want == loop::Want::read;
  process(reads ? descriptor : no_socket, reads ? no_socket : descriptor);
  // c-ares may have closed the socket, and have opened another one with the same number.
  if (const auto socket = sockets_.find(descriptor); socket != sockets_.end()) socket->second->wait();
}

void AresChannel::process(int readable, int writable) {
  ares_process_fd(channel_, readable, writable);
  keep_time();
}

void AresChannel::keep_time() {
  timeval until{};
  if (!ares_timeout(channel_, nullptr, &until)) return timeout_.clear();
  timeout_.set_after(std::chrono::seconds(until.tv_sec) + std::chrono::microseconds(until.tv_usec));
}

}  // namespace aluvia::dns
