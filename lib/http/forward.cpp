#include "http/forward.hpp"

#include "base/ascii.hpp"
#include "base/percent.hpp"
#include "http/framing.hpp"
#include "http/list.hpp"
#include "http/max_forwards.hpp"
#include "http/proxy_status.hpp"
#include "http/upgrade.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace aluvia::http {
namespace {

enum class FieldKind {
  end_to_end,  // forwarded unless Connection names it
  connection,
  proxy_connection,
  upgrade,
  hop_by_hop,  // never forwarded
  host,        // this and the following are forwarded even if Connection names them
  length,
  coding,
  trailer,
};

struct KnownField {
  std::string_view name;
  FieldKind kind;
};

// The shortest first.
constexpr std::array<KnownField, 13> known_fields{{
    {"TE", FieldKind::hop_by_hop},
    {"Host", FieldKind::host},
    {"Upgrade", FieldKind::upgrade},
    {"Trailer", FieldKind::trailer},
    {"Connection", FieldKind::connection},
    {"Keep-Alive", FieldKind::hop_by_hop},
    {"Content-Length", FieldKind::length},
    {"HTTP2-Settings", FieldKind::hop_by_hop},
    {"Proxy-Connection", FieldKind::proxy_connection},
    {"Transfer-Encoding", FieldKind::coding},
    {"Proxy-Authenticate", FieldKind::hop_by_hop},
    {"Proxy-Authorization", FieldKind::hop_by_hop},
    {"Proxy-Authentication-Info", FieldKind::hop_by_hop},
}};

// One bit for each length of a known name: most other names are told apart by their length alone.
constexpr std::uint32_t lengths_of_known() {
  std::uint32_t bits = 0;
  for (const KnownField& known : known_fields) bits |= std::uint32_t{1} << known.name.size();
  return bits;
}
constexpr std::uint32_t known_lengths = lengths_of_known();

FieldKind kind_of(std::string_view name) noexcept {
  if (name.size() >= 32 || (known_lengths >> name.size() & 1U) == 0) return FieldKind::end_to_end;
  for (const KnownField& known : known_fields) {
    if (known.name.size() > name.size()) break;
    if (ascii::equals_ignoring_case(name, known.name)) return known.kind;
  }
  return FieldKind::end_to_end;
}

bool precedes(std::string_view a, std::string_view b) noexcept {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                      [](char x, char y) { return ascii::lower(x) < ascii::lower(y); });
}

// The end-to-end fields that Connection names (RFC 9110 §7.6.1), in the received and in the sent head:
// otherwise a field called Close would be forwarded beside our own `Connection: close`, which declares it
// hop-by-hop. Usually there are none. Up to eight are stored in place; more are sorted, so that a head full
// of names does not cost their number squared.
class Nominated {
 public:
  Nominated(const Fields& fields, std::string_view outgoing_connection) {
    add_list(outgoing_connection);
    for (const Field& field : fields) {
      if (ascii::equals_ignoring_case(field.name, "Connection")) add_list(field.value);
    }
    std::sort(many_.begin(), many_.end(), precedes);
  }

  bool contains(std::string_view name) const noexcept {
    if (few_size_ == 0) return false;
    const auto* const end = few_.begin() + few_size_;
    const auto is_name = [name](std::string_view other) { return ascii::equals_ignoring_case(name, other); };
    if (std::any_of(few_.begin(), end, is_name)) return true;
    return std::binary_search(many_.begin(), many_.end(), name, precedes);
  }

 private:
  void add_list(std::string_view list) {
    detail::for_each_token(list, [this](std::string_view name) { add(name); });
  }

  void add(std::string_view name) {
    if (kind_of(name) != FieldKind::end_to_end) return;
    if (few_size_ < few_.size()) {
      few_[few_size_++] = name;
    } else {
      many_.push_back(name);
    }
  }

  std::array<std::string_view, 8> few_;
  std::size_t few_size_ = 0;
  std::vector<std::string_view> many_;
};

// The members of a request's Connection that are forwarded; the others concern the client's connection only.
struct ConnectionMembers {
  bool lifetime = false;  // keep-alive and close
  bool upgrade = false;

  bool keeps(std::string_view member) const noexcept {
    const auto is = [member](std::string_view name) { return ascii::equals_ignoring_case(member, name); };
    return (lifetime && (is("keep-alive") || is("close"))) || (upgrade && is("upgrade"));
  }
};

// The changes to make to the fields.
struct Rewriting {
  std::string_view connection;                 // the value of a new Connection; empty for none
  std::optional<ConnectionMembers> members{};  // if set, the received Connection fields keep these members
  const Field* renamed = nullptr;              // the Proxy-Connection that is forwarded as Connection
  std::string_view host{};                     // new value of Host; empty to leave it
  std::string_view max_forwards{};             // new value of Max-Forwards; empty to leave it
  bool is_response = false;
  bool keep_upgrade = false;
  bool keep_length = true;
  bool keep_chunking = true;
};

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

// Appends the field as received, white space included. A line ends in CRLF or LF.
void append_unchanged(std::string& out, const Field& field) {
  if (field.line.empty()) return append_field(out, field.name, field.value);
  const char* const end = field.line.data() + field.line.size();
  if (*end == '\r') return static_cast<void>(out.append(field.line.data(), field.line.size() + 2));
  out.append(field.line).append("\r\n");
}

// Appends the field with a value in the form that append_field() writes: most lines have it already.
void append_plainly(std::string& out, const Field& field, std::string_view value) {
  const std::size_t name_size = field.name.size();
  const bool is_plain = field.line.size() == name_size + 2 + field.value.size() &&
                        field.line[name_size + 1] == ' ' && field.value == value;
  return is_plain ? append_unchanged(out, field) : append_field(out, field.name, value);
}

// Appends the field with the members of its list for which `keeps` returns true: unchanged if that is all of
// them, not at all if there are none.
template <class Keeps>
void append_members(std::string& out, const Field& field, Keeps keeps) {
  std::size_t kept = 0;
  std::size_t dropped = 0;
  detail::for_each_token(field.value, [&](std::string_view member) { ++(keeps(member) ? kept : dropped); });
  if (kept == 0) return;
  if (dropped == 0) return append_unchanged(out, field);
  out.append(field.name);
  std::string_view before = ": ";
  detail::for_each_token(field.value, [&](std::string_view member) {
    if (keeps(member)) out.append(std::exchange(before, ", ")).append(member);
  });
  out.append("\r\n");
}

// Appends Transfer-Encoding without `identity`, which framing.cpp ignores.
void append_coding(std::string& out, const Field& field) {
  append_members(out, {field.name, field.value}, [](auto coding) { return !is_identity_coding(coding); });
}

// Appends the field with another value, or nothing if that is empty.
void append_changed(std::string& out, const Field& field, std::string_view value) {
  if (value == field.value) return append_unchanged(out, field);
  if (!value.empty()) append_field(out, field.name, value);
}

void append_end_to_end(std::string& out, const Field& field, const Rewriting& rewriting) {
  if (!rewriting.max_forwards.empty() && ascii::equals_ignoring_case(field.name, "Max-Forwards")) {
    return append_field(out, field.name, rewriting.max_forwards);
  }
  if (rewriting.is_response && ascii::equals_ignoring_case(field.name, "Proxy-Status") &&
      may_name_us(field.value)) {
    return append_changed(out, field, without_us(field.value));
  }
  append_unchanged(out, field);
}

// Appends all fields to forward. A new Connection field takes the position of the first old one, or the last
// position. Fields that frame or route the message are written in one form, so that the next reader does not
// depend on unusual white space.
void append_fields(std::string& out, const Fields& fields, Rewriting rewriting) {
  const Nominated nominated(fields, rewriting.connection);
  for (const Field& field : fields) {
    switch (kind_of(field.name)) {
      case FieldKind::end_to_end:
        if (!nominated.contains(field.name)) append_end_to_end(out, field, rewriting);
        break;
      case FieldKind::connection:
        if (rewriting.members) {
          append_members(out, field,
                         [&](std::string_view member) { return rewriting.members->keeps(member); });
        } else if (!rewriting.connection.empty()) {
          append_field(out, field.name, std::exchange(rewriting.connection, {}));
        }
        break;
      case FieldKind::proxy_connection:
        if (&field == rewriting.renamed) append_field(out, "Connection", field.value);
        break;
      case FieldKind::upgrade:
        if (!rewriting.keep_upgrade) break;
        append_changed(out, field,
                       rewriting.is_response ? std::string(field.value) : forwarded_protocols(field.value));
        break;
      case FieldKind::hop_by_hop:
        break;
      case FieldKind::host:
        append_plainly(out, field, rewriting.host.empty() ? field.value : rewriting.host);
        break;
      case FieldKind::length:
        if (rewriting.keep_length) append_plainly(out, field, field.value);
        break;
      case FieldKind::coding:
        if (rewriting.keep_chunking) append_coding(out, field);
        break;
      case FieldKind::trailer:
        if (rewriting.keep_chunking) append_unchanged(out, field);
        break;
    }
  }
  if (!rewriting.connection.empty()) append_field(out, "Connection", rewriting.connection);
}

// Reserves storage for the whole head, so that appending leaves no copy of a credential in freed memory.
void reserve(std::string& out, const Fields& fields, std::size_t others) {
  constexpr std::string_view connection_name = "Connection";
  constexpr std::string_view upgrade_name = "Upgrade";
  constexpr std::size_t literals = 128;  // versions, separators, names and values of the fields added
  std::size_t size = literals + others;
  for (const Field& field : fields) {
    size += std::max(field.line.size() + 2, field.name.size() + field.value.size() + 4);
    // Rewritten members of Connection and Upgrade may need more white space. Names are compared by length
    // only, which is cheaper and never too little.
    const std::size_t length = field.name.size();
    if (length == connection_name.size() || length == upgrade_name.size()) size += field.value.size();
  }
  out.reserve(out.size() + size);
}

// Returns the authority as received, except for an IPv4 address in another spelling (0x7f.1,
// [::ffff:7f00:1]): that is sent in its canonical form, which `storage` holds, because the next reader may
// take it for a name.
std::string_view outgoing_authority(const Target& target, std::string& storage) {
  const std::string_view sent = target.authority_text;
  if (target.authority.kind != HostKind::ipv4) return sent;
  const std::size_t host_end = sent.starts_with('[') ? sent.find(']') + 1 : sent.find(':');
  const std::string_view host = sent.substr(0, host_end);
  if (host == target.authority.host) return sent;
  storage = target.authority.host;
  storage.append(sent.substr(std::min(host_end, sent.size())));
  return storage;
}

// Appends path and query with obs-text percent-encoded (RFC 3986 §2.1).
void append_encoded(std::string& out, std::string_view path) {
  if (detail::count_obs_text(path) == 0) return static_cast<void>(out.append(path));
  while (!path.empty()) {
    const auto* const end = std::find_if(path.begin(), path.end(), detail::is_obs_text);
    const auto plain = static_cast<std::size_t>(end - path.begin());
    out.append(path.substr(0, plain));
    path.remove_prefix(plain);
    if (path.empty()) return;
    percent::append_encoded(out, path.front());
    path.remove_prefix(1);
  }
}

// Returns the field `Proxy-Connection: keep-alive`, which browsers send to a proxy instead of `Connection:
// keep-alive`; nullptr if it is spelled differently, or if there is a Connection field.
const Field* browser_proxy_connection(const Fields& fields) noexcept {
  if (find_field(fields, "Connection") != nullptr) return nullptr;
  const auto found = std::find_if(fields.begin(), fields.end(), [](const Field& field) {
    return field.name == "Proxy-Connection" && field.value == "keep-alive";
  });
  return found == fields.end() ? nullptr : &*found;
}

void append_target(std::string& out, const Target& target, std::string_view authority, OutgoingForm form) {
  if (form == OutgoingForm::absolute) {
    out.append("http://").append(authority);
    // The last proxy makes the asterisk from an empty path (RFC 9112 §3.2.4).
    if (target.path == "*") return;
  }
  if (target.needs_slash) out.push_back('/');
  append_encoded(out, target.path);
}

// Returns the value of the Connection to send; it must name Upgrade if that is sent (RFC 9110 §7.8).
std::string_view new_connection_value(int status, bool has_upgrade, bool close) noexcept {
  if (status == 101) return "Upgrade";
  if (status / 100 == 1) return {};
  if (status == 426 && has_upgrade) return close ? "close, Upgrade" : "Upgrade";
  return close ? "close" : std::string_view{};
}

}  // namespace

void append_request_head(std::string& out, const RequestHead& head, const Target& target,
                         const OutgoingRequest& outgoing) {
  std::string changed;
  const std::string_view host = outgoing_authority(target, changed);
  const bool upgrade = asks_for_upgrade(head);
  const std::string fewer = fewer_forwards(head);
  reserve(out, head.fields,
          head.method.size() + 3 * host.size() + target.path.size() +
              2 * detail::count_obs_text(target.path) + outgoing.proxy_authorization.size());
  out.append(head.method).push_back(' ');
  append_target(out, target, host, outgoing.form);
  out.append(" HTTP/1.1\r\n");
  if (find_field(head.fields, "Host") == nullptr) append_field(out, "Host", host);
  const bool to_origin = outgoing.form == OutgoingForm::origin;
  append_fields(out, head.fields,
                {.connection = {},
                 .members = ConnectionMembers{.lifetime = to_origin, .upgrade = upgrade},
                 .renamed = to_origin ? browser_proxy_connection(head.fields) : nullptr,
                 .host = host,
                 .max_forwards = fewer,
                 .keep_upgrade = upgrade});
  // The credential is for the gateway; an error of the caller must not send it to an origin.
  if (outgoing.form == OutgoingForm::absolute && !outgoing.proxy_authorization.empty()) {
    append_field(out, "Proxy-Authorization", outgoing.proxy_authorization);
  }
  out.append("\r\n");
}

void append_response_head(std::string& out, const ResponseHead& head, const OutgoingResponse& outgoing) {
  reserve(out, head.fields, head.reason.size());
  std::array<char, 12> status{};
  const auto status_end = std::to_chars(status.begin(), status.end(), head.status).ptr;
  out.append("HTTP/1.1 ").append(status.begin(), status_end).push_back(' ');
  out.append(head.reason).append("\r\n");
  const bool has_upgrade = find_field(head.fields, "Upgrade") != nullptr;
  const bool close = outgoing.close || outgoing.client_minor == 0;
  append_fields(out, head.fields,
                {.connection = new_connection_value(head.status, has_upgrade, close),
                 .is_response = true,
                 .keep_upgrade = head.status == 101 || head.status == 426,
                 .keep_length = !forbids_framing(head.status),
                 .keep_chunking = !forbids_framing(head.status) && !outgoing.drop_transfer_encoding &&
                                  outgoing.client_minor >= 1});
  out.append("\r\n");
}

}  // namespace aluvia::http
