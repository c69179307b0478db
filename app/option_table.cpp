#include "option_table.hpp"

#include "agent/option_range.hpp"
#include "base/ascii.hpp"
#include "base/quantity.hpp"
#include "http/basic_credentials.hpp"
#include "ledger/price.hpp"
#include "secret_arguments.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <optional>
#include <type_traits>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace aluvia::app {
namespace {

using Client = agent::AgentConnectClientOptions;
using agent::OptionRange;

template <class Number>
std::optional<Number> whole_number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_whole = error == std::errc{} && end == text.data() + text.size();
  return is_whole ? std::optional(value) : std::nullopt;
}

// ---- Options with a range, which agent/option_range.cpp sets.

// Checks the range before it rounds the time to milliseconds.
std::optional<std::int64_t> parse_time(const OptionRange& range, std::string_view value) {
  using std::chrono::milliseconds;
  const auto time = parse_duration(value, milliseconds(range.kind == OptionRange::Kind::seconds ? 1000 : 1));
  const bool fits =
      time && *time >= static_cast<double>(range.least) && *time <= static_cast<double>(range.most);
  return fits ? std::optional(std::llround(*time)) : std::nullopt;
}

std::optional<std::int64_t> parse(const OptionRange& range, std::string_view value) {
  if (range.is_time()) return parse_time(range, value);
  const auto number =
      range.kind == OptionRange::Kind::bytes ? parse_size(value) : whole_number<std::int64_t>(value);
  return number && range.holds(*number) ? number : std::nullopt;
}

bool set_in_range(const OptionRow& row, RunOptions& options, std::string_view value) {
  const OptionRange& range = *agent::range_of(row.id);
  const auto number = parse(range, value);
  if (number) range.set(options.client, *number);
  return number.has_value();
}

std::string ranged_text(const OptionRow& row, const RunOptions& options) {
  const OptionRange& range = *agent::range_of(row.id);
  const auto value = range.get(options.client);
  return value ? range.text_of(*value) : "";
}

constexpr OptionMember in_range{set_in_range, ranged_text};

bool set_drain(const OptionRow& row, RunOptions& options, std::string_view value) {
  if (value != "never") return set_in_range(row, options, value);
  options.client.drain.reset();
  return true;
}

// ---- Options without one: the type of the member decides.

bool assign(const OptionRow&, std::string& to, std::string_view value) {
  to = value;
  return !to.empty();
}

bool assign(const OptionRow&, bool& to, std::string_view value) {
  to = value == "true" || value == "yes" || value == "on" || value == "1";
  return to || value == "false" || value == "no" || value == "off" || value == "0";
}

bool assign(const OptionRow&, std::vector<std::string>& to, std::string_view value) {
  to.emplace_back(value);
  return true;
}

// `row.value` lists the words in the order of the enumerators.
template <class Enum>
requires std::is_enum_v<Enum>
bool assign(const OptionRow& row, Enum& to, std::string_view value) {
  const auto words = choices_of(row.value);
  const auto word = std::ranges::find(words, value);
  if (word != words.end()) to = static_cast<Enum>(word - words.begin());
  return word != words.end();
}

template <class Value>
std::string text_of(const OptionRow& row, const Value& value) {
  if constexpr (std::is_same_v<Value, std::string>) return value;
  if constexpr (std::is_same_v<Value, bool>) return value ? "yes" : "no";
  if constexpr (std::is_enum_v<Value>) return choices_of(row.value).at(static_cast<std::size_t>(value));
  return "";
}

// `path` is the chain of members from the options to the value.
template <auto... path>
constexpr OptionMember member{
    [](const OptionRow& row, RunOptions& options, std::string_view value) {
      return assign(row, (options.*....*path), value);
    },
    [](const OptionRow& row, const RunOptions& options) { return text_of(row, (options.*....*path)); }};

template <auto part>
constexpr OptionMember client = member<&RunOptions::client, part>;

using AccessLog = access_log::AccessLogOptions;

template <auto part>
constexpr OptionMember access_log = member<&RunOptions::client, &Client::access_log, part>;

bool set_connection_id(const OptionRow&, RunOptions& options, std::string_view value) {
  options.client.connection_id = value;
  return whole_number<std::uint64_t>(value).has_value();
}

bool set_price(const OptionRow&, RunOptions& options, std::string_view value) {
  options.client.price = ledger::parse_price(value);
  return options.client.price.has_value();
}

std::string price_text(const OptionRow&, const RunOptions& options) {
  return options.client.price ? fmt::format("{}", *options.client.price) : "";
}

bool add_allowed_networks(const OptionRow&, RunOptions& options, std::string_view list) {
  while (!list.empty()) {
    const std::string_view one = list.substr(0, list.find(','));
    options.client.allow_from.emplace_back(ascii::trim(one));
    list.remove_prefix(std::min(one.size() + 1, list.size()));
  }
  return !options.client.allow_from.empty();
}

// Patterns have no commas.
template <auto list>
bool add_patterns(const OptionRow&, RunOptions& options, std::string_view texts) {
  std::vector<std::string>& out = options.client.policy.*list;
  while (!texts.empty()) {
    const std::string_view one = texts.substr(0, texts.find(','));
    out.emplace_back(ascii::trim(one));
    texts.remove_prefix(std::min(one.size() + 1, texts.size()));
  }
  return !out.empty();
}
using Policy = policy::PolicyTexts;

bool set_proxy_auth(const OptionRow&, RunOptions& options, std::string_view value) {
  options.client.proxy_auth = secret_of(value);
  return http::is_user_and_password(options.client.proxy_auth.reveal());
}

// clang-format off
constexpr OptionRow rows[] = {
    {.id = OptionId::token, .group = "Account", .value = "TOKEN", .member = {},
     .help = "User API token. Others on this machine can see it among the arguments for a moment; a file or the "
             "environment does not show it",
     .takes = "a user API token", .default_text = "required", .other_variable = "ALV_USER_TOKEN", .is_secret = true},
    {.id = OptionId::token_file, .group = "Account", .value = "FILE", .member = {},
     .help = "File that holds the token, read again when it changes",
     .takes = "a file", .default_text = "$CREDENTIALS_DIRECTORY/aluvia-token, where it exists"},
    {.id = OptionId::api_base_url, .group = "Account", .value = "URL", .member = client<&Client::api_base_url>,
     .help = "URL of the API, http or https; a path in it is a prefix",
     .takes = "a URL that begins with https:// or http://"},
    {.id = OptionId::api_ca, .group = "Account", .value = "FILE", .member = client<&Client::api_ca>,
     .help = "PEM file with the CA of the API's certificate",
     .takes = "a PEM file", .default_text = "the system's"},
    {.id = OptionId::connection_id, .group = "Account", .value = "ID", .member = {set_connection_id},
     .help = "Number of a connection of the account, read instead of the user of the token",
     .takes = "a number", .default_text = "none"},
    {.id = OptionId::wait_for_api, .group = "Account", .value = "SECONDS", .member = in_range,
     .help = "Time that a start keeps trying while the API gives no configuration; a rejected token still fails at "
             "once", .has_variable = false},
    {.id = OptionId::config_cache, .group = "Account", .value = "FILE", .member = client<&Client::config_cache>,
     .help = "File (mode 0600) that keeps the last good configuration, for a start while the API cannot be reached or "
             "answers 5xx",
     .takes = "a file", .default_text = "none", .has_variable = false},
    {.id = OptionId::poll_interval, .group = "Account", .value = "MS", .member = in_range,
     .help = "Time between two polls of the configuration"},

    {.id = OptionId::state_dir, .group = "Traffic", .value = "DIR", .member = client<&Client::state_dir>,
     .help = "Directory of this user that keeps the traffic of each host, route and rule over restarts, for usage, "
             "the hosts that --auto has learned, and TLS sessions with an https gateway; made where it is missing",
     .takes = "a directory", .default_text = "$STATE_DIRECTORY, where it is set"},
    {.id = OptionId::price, .group = "Traffic", .value = "AMOUNT", .member = {set_price, price_text},
     .help = "Price of one GB (10^9 bytes) through the gateway, in your currency; usage then shows costs",
     .takes = ledger::price_range, .default_text = "none", .has_variable = false},
    {.id = OptionId::metrics_hosts, .group = "Traffic", .value = "N", .member = in_range,
     .help = "Hosts that /metrics names, those with most bytes through the gateway; beyond loopback only with "
             "--proxy-auth, and with --private-page on the Unix socket only"},

    {.id = OptionId::block, .group = "Policy", .value = "PATTERN", .member = {add_patterns<&Policy::block>},
     .help = "Hosts that no client may reach: a host, *.example.com, google.*, *, an address, a network such as "
             "10.0.0.0/8, a preset such as @trackers, or one with a port. Repeatable, or separated by commas",
     .takes = "patterns", .default_text = "none", .is_repeatable = true},
    {.id = OptionId::only, .group = "Policy", .value = "PATTERN", .member = {add_patterns<&Policy::only>},
     .help = "Hosts that clients may reach and no others, loopback included; patterns as for --block. Repeatable, or "
             "separated by commas",
     .takes = "patterns", .default_text = "any host", .is_repeatable = true},
    {.id = OptionId::only_audit, .group = "Policy", .value = "",
     .member = member<&RunOptions::client, &Client::policy, &Policy::audits_only>,
     .help = "Let requests outside the list of --only through, and log each host once, ready to paste"},
    {.id = OptionId::budget, .group = "Policy", .value = "AMOUNT/PERIOD", .member = {add_patterns<&Policy::budgets>},
     .help = "Gateway bytes of a day or a month (UTC), such as 5GB/day or 500MB/month, or money with --price, such as "
             "10USD/month; shop.test=1GB/day counts the hosts of a pattern as for --block. When it is used up, the "
             "gateway is closed until the next period, and nothing goes directly instead. Repeatable, or separated by "
             "commas",
     .takes = "budgets", .default_text = "none", .is_repeatable = true},
    {.id = OptionId::auto_mode, .group = "Policy", .value = "off|suggest|learn", .member = client<&Client::auto_mode>,
     .help = "Where AUTO is among the rules, find hosts that block direct requests, by reports of clients, resets, "
             "refusals and silence: only list them, or send them through the gateway for 24 h"},

    {.id = OptionId::port, .group = "Local proxy", .value = "PORT", .member = in_range,
     .help = "Port that the proxy listens on", .default_text = "0, a free one"},
    {.id = OptionId::host, .group = "Local proxy", .value = "ADDRESS", .member = client<&Client::local_host>,
     .help = "Address that the proxy listens on; beyond loopback, such as 0.0.0.0, only with --proxy-auth or "
             "--allow-from",
     .takes = "an IP address of this machine"},
    {.id = OptionId::proxy_auth, .group = "Local proxy", .value = "USER:PASSWORD", .member = {set_proxy_auth},
     .help = "User and password that clients must send as Basic Proxy-Authorization",
     .takes = "USER:PASSWORD, at most 255 printable ASCII characters", .default_text = "nothing", .is_secret = true},
    {.id = OptionId::allow_from, .group = "Local proxy", .value = "CIDR", .member = {add_allowed_networks},
     .help = "Network or address from which clients may connect, besides loopback. Repeatable, or separated by commas",
     .takes = "networks such as 10.0.0.0/8", .default_text = "any", .is_repeatable = true},
    {.id = OptionId::allow_metadata, .group = "Local proxy", .value = "", .member = client<&Client::allow_metadata>,
     .help = "Let clients reach the addresses where clouds serve credentials, such as 169.254.169.254"},
    {.id = OptionId::deny_private, .group = "Local proxy", .value = "", .member = client<&Client::deny_private>,
     .help = "Reject names whose DNS answer is loopback, private or link-local, against DNS rebinding"},
    {.id = OptionId::allow_loopback_names, .group = "Local proxy", .value = "",
     .member = client<&Client::allow_loopback_names>,
     .help = "Permit names whose DNS answer is loopback, link-local or unspecified, such as localtest.me; DNS rebinding "
             "can then reach this machine"},
    {.id = OptionId::private_page, .group = "Local proxy", .value = "", .member = client<&Client::private_page>,
     .help = "Show hosts and rules on the Unix socket only: the proxy's port then serves probes, proxy.pac and metrics, "
             "but no page"},
    {.id = OptionId::rule, .group = "Local proxy", .value = "PATTERN", .member = client<&Client::local_rules>,
     .help = "Rule on top of the account's: a host, *.example.com, google.*, *, a pattern as for --block, or one of "
             "these after a - to exclude it. Repeatable",
     .takes = "a rule", .default_text = "none", .has_variable = false, .is_repeatable = true},
    {.id = OptionId::dns_server, .group = "Local proxy", .value = "LIST", .member = client<&Client::dns_servers>,
     .help = "DNS servers, ADDRESS[:PORT], separated by commas",
     .takes = "IP addresses with or without a port, separated by commas", .default_text = "those of /etc/resolv.conf"},
    {.id = OptionId::drain, .group = "Local proxy", .value = "SECONDS|never", .member = {set_drain, ranged_text},
     .help = "Time that a tunnel gets when a new configuration gives it another route; a quiet one ends at once. 0 "
             "ends all at once, never keeps them"},
    {.id = OptionId::shutdown_grace, .group = "Local proxy", .value = "SECONDS", .member = in_range,
     .help = "Time that open connections get when the proxy stops", .has_variable = false},

    {.id = OptionId::gateway_protocol, .group = "Gateway", .value = "http|https",
     .member = client<&Client::gateway_protocol>,
     .help = "Protocol between the proxy and the gateway"},
    {.id = OptionId::gateway_host, .group = "Gateway", .value = "HOST", .member = client<&Client::gateway_host>,
     .help = "Name or address of the gateway", .takes = "a host name or an IP address"},
    {.id = OptionId::gateway_port, .group = "Gateway", .value = "PORT", .member = in_range,
     .help = "Port of the gateway", .default_text = "8080 for http, 8443 for https"},
    {.id = OptionId::gateway_ca, .group = "Gateway", .value = "FILE", .member = client<&Client::gateway_ca>,
     .help = "PEM file with the CA of the gateway's certificate",
     .takes = "a PEM file", .default_text = "the system's"},
    {.id = OptionId::gateway_warm, .group = "Gateway", .value = "N", .member = in_range,
     .help = "Connections to the gateway that wait for new tunnels, at most: as many as were used in the last 20 s, or "
             "by the last page that began with the same host"},
    {.id = OptionId::early_connect, .group = "Gateway", .value = "off|known|always",
     .member = client<&Client::early_connect>,
     .help = "Answer a CONNECT before the gateway does, which saves a round trip per TLS tunnel: for no host, for those "
             "that the gateway reached last time, or for all. If the gateway then fails, the client sees a reset "
             "instead of an error response; the next CONNECT to that host waits"},

    {.id = OptionId::max_connections, .group = "Limits", .value = "N", .member = in_range,
     .help = "Client connections at the same time, tunnels included; beyond, the one that waits longest without a "
             "request is closed, or the new one gets 503. An address beyond loopback may have half. Fewer where the "
             "limit of open files is too low, about two for each"},
    {.id = OptionId::head_memory, .group = "Limits", .value = "BYTES", .member = in_range,
     .help = "Memory for all unfinished request heads together; beyond, the oldest or largest get 503. An address "
             "beyond loopback may have half"},
    {.id = OptionId::max_head_bytes, .group = "Limits", .value = "BYTES", .member = in_range,
     .help = "Size of the head of a request or response; beyond, 431 (414 where the request line alone is longer), and "
             "502 for a response"},
    {.id = OptionId::max_head_fields, .group = "Limits", .value = "N", .member = in_range,
     .help = "Field lines in the head of a request; beyond, 431. A response may have 1000, or this number where it is "
             "larger; beyond, 502"},
    {.id = OptionId::head_timeout, .group = "Limits", .value = "SECONDS", .member = in_range,
     .help = "Time from the first byte of a request's head to its last; beyond, 408"},
    {.id = OptionId::keep_alive_timeout, .group = "Limits", .value = "SECONDS", .member = in_range,
     .help = "Time that the connection of a client stays open without a request"},
    {.id = OptionId::stall_timeout, .group = "Limits", .value = "SECONDS", .member = in_range,
     .help = "Time without a byte moving in a plain HTTP request and its response; beyond, 504, or a cut where the "
             "response has begun"},
    {.id = OptionId::dial_timeout, .group = "Limits", .value = "SECONDS", .member = in_range,
     .help = "Time for each try to connect to a site or the gateway, name and TLS included; beyond, 504. 4 s at most "
             "where another try may follow"},
    {.id = OptionId::gateway_timeout, .group = "Limits", .value = "SECONDS", .member = in_range,
     .help = "Time for the gateway's answer to CONNECT in each try; beyond, 504. 4 s at most where another try may follow"},
    {.id = OptionId::tunnel_idle_timeout, .group = "Limits", .value = "SECONDS", .member = in_range,
     .help = "Time without a byte moving in a tunnel; beyond, a reset. TCP keep-alive finds dead peers sooner"},
    {.id = OptionId::half_closed_timeout, .group = "Limits", .value = "SECONDS", .member = in_range,
     .help = "The same once one side of the tunnel has ended"},

    {.id = OptionId::output, .group = "Output", .value = "text|json", .member = member<&RunOptions::output>,
     .help = "Form of the line on stdout when the proxy listens: its URL, or a JSON object with host, port, url and pid",
     .has_variable = false},
    {.id = OptionId::ready_file, .group = "Output", .value = "FILE", .member = member<&RunOptions::ready_file>,
     .help = "File that gets the URL when the proxy is ready, and is removed at the end",
     .takes = "a file", .default_text = "none", .has_variable = false},
    {.id = OptionId::log_level, .group = "Output", .value = "silent|error|warn|info|debug", .member = member<&RunOptions::log_level>,
     .help = "Level of the log on stderr"},
    {.id = OptionId::log_format, .group = "Output", .value = "text|json", .member = member<&RunOptions::log_format>,
     .help = "Form of the log lines, and of the reason why a start failed"},
    {.id = OptionId::access_log, .group = "Output", .value = "FILE", .member = access_log<&AccessLog::file>,
     .help = "File (mode 0600) that gets a line for each request and tunnel when it ends, or - for stderr; SIGUSR1 opens "
             "it again",
     .takes = "a file or -", .default_text = "none"},
    {.id = OptionId::access_log_format, .group = "Output", .value = "json|ecs|text",
     .member = access_log<&AccessLog::format>,
     .help = "Form of these lines: JSON, JSON with the names of the Elastic Common Schema, or text for people"},
    {.id = OptionId::access_log_open, .group = "Output", .value = "", .member = access_log<&AccessLog::has_opens>,
     .help = "Write a line of a tunnel when it opens, too"},
    {.id = OptionId::access_log_path, .group = "Output", .value = "", .member = access_log<&AccessLog::has_paths>,
     .help = "Add path and query of plain HTTP requests, which may hold secrets of the site"},
    {.id = OptionId::quiet, .group = "Output", .value = "", .member = member<&RunOptions::is_quiet>,
     .help = "Write no log and, on a terminal, no lines about requests: the level silent", .has_variable = false},
    {.id = OptionId::color, .group = "Output", .value = "auto|always|never", .member = member<&RunOptions::color>,
     .help = "Colors: auto means on a terminal, unless NO_COLOR is set or TERM is dumb", .has_variable = false},

    {.id = OptionId::exit_with_parent, .group = "Other", .value = "", .member = member<&RunOptions::exit_with_parent>,
     .help = "Stop when the program that started this one has gone: its process has ended, or stdin is a pipe and ends. "
             "exec leaves stdin to its command",
     .has_variable = false},
    {.id = OptionId::core_dumps, .group = "Other", .value = "", .member = member<&RunOptions::core_dumps>,
     .help = "Let this process be traced and dump core, secrets included"},
    {.id = OptionId::config, .group = "Other", .value = "FILE", .member = {},
     .help = "Configuration file with lines such as port = 8080, named like the options",
     .takes = "a file", .default_text = "none"},
};
// clang-format on

}  // namespace

std::string OptionRow::flag() const {
  return fmt::format("--{}", option_name(id));
}

std::string OptionRow::variable() const {
  if (!has_variable) return "";
  std::string out = fmt::format("ALUVIA_{}", option_name(id));
  for (char& c : out) {
    if (c == '-') c = '_';
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

std::string OptionRow::range() const {
  if (!takes.empty()) return std::string(takes);
  if (is_switch()) return "yes or no";
  const auto words = choices_of(value);
  if (const OptionRange* const range = agent::range_of(id)) {
    return words.empty() ? range->text() : fmt::format("{}, or {}", range->text(), fmt::join(words, ", "));
  }
  const auto last = words.end() - 1;
  return fmt::format("{} or {}", fmt::join(words.begin(), last, ", "), *last);
}

std::string OptionRow::accepted() const {
  const OptionRange* const range = agent::range_of(id);
  std::string out = this->range();
  if (range && range->is_time()) {
    const bool in_seconds = range->kind == OptionRange::Kind::seconds;
    out += fmt::format(", with the unit ms, s, m or h, or in {}", in_seconds ? "seconds" : "milliseconds");
  }
  if (range && range->kind == OptionRange::Kind::bytes) out += ", with the unit K, M or G, or in bytes";
  return out;
}

std::string OptionRow::fallback() const {
  if (!default_text.empty()) return std::string(default_text);
  return member.text ? member.text(*this, RunOptions{}) : "";
}

OptionText OptionRow::text() const {
  OptionText out{flag(), std::string(value), std::string(help), std::string(group), range(), fallback()};
  if (has_variable) out.variables.push_back(variable());
  if (!other_variable.empty()) out.variables.emplace_back(other_variable);
  return out;
}

std::span<const OptionRow> option_table() {
  return rows;
}

const OptionRow& option_row(OptionId id) {
  return *std::ranges::find(rows, id, &OptionRow::id);
}

const OptionRow* find_option(std::string_view name) {
  const auto row = std::ranges::find(rows, name, [](const OptionRow& one) { return option_name(one.id); });
  return row == std::end(rows) ? nullptr : row;
}

}  // namespace aluvia::app
