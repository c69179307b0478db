#include "dns/hosts_table.hpp"

#include "base/ascii.hpp"
#include "dns/reply.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace aluvia::dns {
namespace {

constexpr std::string_view blanks = " \t\r\v\f";

}  // namespace

HostsTable::HostsTable(std::string text) : text_(std::move(text)) {
  text_.resize(std::min<std::size_t>(text_.size(), std::numeric_limits<std::uint32_t>::max()));
  std::ranges::transform(text_, text_.begin(), [](char c) { return ascii::lower(c); });
  for (std::size_t begin = 0; begin < text_.size();) {
    const std::size_t end = std::min(text_.find('\n', begin), text_.size());
    add_line(begin, end);
    begin = end + 1;
  }
  const auto precedes = [this](const Entry& a, const Entry& b) {
    const int order = name_of(a).compare(name_of(b));
    return order != 0 ? order < 0 : a.begin < b.begin;
  };
  std::sort(entries_.begin(), entries_.end(), precedes);
  entries_.shrink_to_fit();
}

void HostsTable::add_line(std::size_t begin, std::size_t end) {
  const std::string_view whole = std::string_view(text_).substr(0, end);
  const std::size_t comment = whole.substr(begin).find('#');
  const std::string_view text = comment == whole.npos ? whole : whole.substr(0, begin + comment);
  const auto next_word = [&](std::size_t from) {
    return std::min(text.find_first_not_of(blanks, from), text.size());
  };
  const auto end_of_word = [&](std::size_t from) {
    return std::min(text.find_first_of(blanks, from), text.size());
  };
  begin = next_word(begin);
  end = end_of_word(begin);
  if (begin == end) return;
  std::error_code error;
  const net::Address address = asio::ip::make_address(std::string(text.substr(begin, end - begin)), error);
  if (error) return;
  if (addresses_.empty() || addresses_.back() != address) addresses_.push_back(address);
  for (begin = next_word(end); begin < text.size(); begin = next_word(end)) {
    end = end_of_word(begin);
    add_name(begin, end);
  }
}

void HostsTable::add_name(std::size_t begin, std::size_t end) {
  if (text_[end - 1] == '.') --end;  // as in http::Authority
  if (begin == end) return;
  entries_.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end - begin),
                      static_cast<std::uint32_t>(addresses_.size() - 1)});
}

std::vector<net::Address> HostsTable::find(std::string_view host) const {
  const auto less = [this](const Entry& entry, std::string_view name) { return name_of(entry) < name; };
  std::vector<net::Address> v4;
  std::vector<net::Address> v6;
  for (auto entry = std::lower_bound(entries_.begin(), entries_.end(), host, less);
       entry != entries_.end() && name_of(*entry) == host; ++entry) {
    const net::Address& address = addresses_[entry->address];
    std::vector<net::Address>& family = address.is_v4() ? v4 : v6;
    if (family.size() == most_addresses && v4.size() == v6.size()) break;
    if (family.size() == most_addresses || std::ranges::find(family, address) != family.end()) continue;
    family.push_back(address);
  }
  v4.insert(v4.end(), v6.begin(), v6.end());
  return v4;
}

}  // namespace aluvia::dns
