// AgedMap: a bounded table of hosts in the order of their age, so that the oldest one is found at once.
#pragma once

#include <cstddef>
#include <iterator>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace aluvia::learn {

/// `Value` has a member `host`, its key. All calls but iteration cost the same whatever the size.
template <class Value>
class AgedMap {
 public:
  /// Returns null if there is none. The pointer holds until the value is moved or erased.
  Value* find(std::string_view host) {
    const auto found = places_.find(host);
    return found == places_.end() ? nullptr : &*found->second;
  }
  const Value* find(std::string_view host) const {
    const auto found = places_.find(host);
    return found == places_.end() ? nullptr : &*found->second;
  }

  /// Adds `value` as the youngest, in place of an older one of the same host.
  Value& put(Value value) {
    (void)erase(value.host);
    values_.push_back(std::move(value));
    places_.emplace(values_.back().host, std::prev(values_.end()));
    return values_.back();
  }
  bool erase(std::string_view host) {
    const auto found = places_.find(host);
    if (found == places_.end()) return false;
    const auto place = found->second;
    places_.erase(found);  // first: its key is the text of the value
    values_.erase(place);
    return true;
  }
  /// Precondition: not empty.
  Value take_oldest() {
    Value out = values_.front();
    (void)erase(out.host);
    return out;
  }
  void clear() {
    places_.clear();
    values_.clear();
  }

  const Value& oldest() const { return values_.front(); }
  std::size_t size() const noexcept { return values_.size(); }
  bool empty() const noexcept { return values_.empty(); }
  auto begin() const { return values_.begin(); }
  auto end() const { return values_.end(); }

 private:
  std::list<Value> values_;  // oldest first; its nodes keep the keys of places_ in place
  std::unordered_map<std::string_view, typename std::list<Value>::iterator> places_;
};

}  // namespace aluvia::learn
