// MetricsText: writes families of samples in the text format of Prometheus 0.0.4.
#pragma once

#include "admin/seconds.hpp"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace aluvia::admin {

/// Names, labels and helps must be text of this program: nothing is escaped.
class MetricsText {
 public:
  /// Begins a family; the samples that follow belong to it. `name` has its prefix.
  void begin(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    append("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
  }

  template <class Number>
  void sample(Number value) {
    append("{} {}\n", name_, value);
  }

  /// `labels` as in `route="direct"`.
  template <class Number>
  void sample(std::string_view labels, Number value) {
    append("{}{{{}}} {}\n", name_, labels, value);
  }

  /// Writes the buckets of a telemetry::Histogram, cumulated as the format demands, in seconds.
  template <class Histogram>
  void histogram(std::string_view labels, const Histogram& values) {
    const std::string_view comma = labels.empty() ? "" : ",";
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < Histogram::bounds; ++i) {
      count += values.in_bucket(i);
      append("{}_bucket{{{}{}le=\"{}\"}} {}\n", name_, labels, comma, seconds(Histogram::bound(i)), count);
    }
    count += values.in_bucket(Histogram::bounds);
    append("{}_bucket{{{}{}le=\"+Inf\"}} {}\n", name_, labels, comma, count);
    const std::string braced = labels.empty() ? "" : fmt::format("{{{}}}", labels);
    append("{}_sum{} {}\n{}_count{} {}\n", name_, braced, seconds(values.sum()), name_, braced, count);
  }

  /// Writes a family with one sample, or nothing without a value.
  template <class Number>
  void one(std::string_view name, std::string_view type, std::string_view help,
           const std::optional<Number>& value) {
    if (!value) return;
    begin(name, type, help);
    sample(*value);
  }

  std::string take() && { return std::move(out_); }

 private:
  template <class... Values>
  void append(fmt::format_string<Values...> format, Values&&... values) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Values>(values)...);
  }

  std::string_view name_;
  std::string out_;
};

}  // namespace aluvia::admin
