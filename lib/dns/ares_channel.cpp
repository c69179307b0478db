#include "dns/ares_channel.hpp"

#include "net/error.hpp"
#include "net/reserve_descriptor.hpp"

#include <utility>

#include <ares.h>
#include <arpa/nameser.h>
#include <sys/time.h>

namespace aluvia::dns {
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

struct AresChannel::Watch {
  Watch(loop::Loop& loop, int socket, AresChannel* owner) : descriptor(loop, socket), channel(owner) {}
  loop::Descriptor descriptor;
  AresChannel* channel;  // null once the socket is c-ares's to close
  bool wants_read = false;
  bool wants_write = false;
  bool waits_read = false;
  bool waits_write = false;
};

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
  if (channel_) ares_destroy(channel_);  // closes the sockets: on_socket_state lets go of each
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

// The channel counts as idle only after `done`, so that nothing destroys it while c-ares is at work in it.
void AresChannel::on_answer(void* question, int status, int /*timeouts*/, unsigned char* reply, int size) {
  const std::unique_ptr<Question> owned(static_cast<Question*>(question));
  if (status == ARES_EDESTRUCTION) return;
  const bool is_good = status == ARES_SUCCESS;
  owned->done(is_good ? read_dns_reply({reply, static_cast<std::size_t>(size)}, owned->family)
                      : failed_with(meaning_of(status)));
  --owned->channel.open_questions_;
}

void AresChannel::on_socket_state(void* self, int socket, int readable, int writable) {
  static_cast<AresChannel*>(self)->follow(socket, readable, writable);
}

void AresChannel::follow(int socket, int readable, int writable) {
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
  if (watch->wants_read && !watch->waits_read) wait(watch, loop::Descriptor::wait_read);
  if (watch->wants_write && !watch->waits_write) wait(watch, loop::Descriptor::wait_write);
}

void AresChannel::wait(const std::shared_ptr<Watch>& watch, loop::Descriptor::wait_type type) {
  const bool reads = type == loop::Descriptor::wait_read;
  const auto on_event = [watch, type, reads](std::error_code error) {
    (reads ? watch->waits_read : watch->waits_write) = false;
    if (error || !watch->channel) return;
    AresChannel& channel = *watch->channel;
    const int socket = watch->descriptor.native_handle();
    channel.process(reads ? socket : nobody, reads ? nobody : socket);
    const bool still_wanted = watch->channel && (reads ? watch->wants_read : watch->wants_write);
    if (still_wanted && !(reads ? watch->waits_read : watch->waits_write)) wait(watch, type);
  };
  watch->descriptor.async_wait(type, on_event);
  (reads ? watch->waits_read : watch->waits_write) = true;
}

void AresChannel::process(int readable, int writable) {
  ares_process_fd(channel_, readable, writable);
  keep_time();
}

void AresChannel::keep_time() {
  timeval until{};
  if (!ares_timeout(channel_, nullptr, &until)) return timer_.clear();
  timer_.set_after(std::chrono::seconds(until.tv_sec) + std::chrono::microseconds(until.tv_usec));
}

}  // namespace aluvia::dns
