// Reads heads whole and byte by byte, for the tests of the head readers.
#pragma once

#include "http/head.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include <catch2/catch.hpp>

namespace aluvia::http {

// Bytes of their own on the heap, exactly as many as given, so that the sanitizer sees a reader that looks
// past the end, and so that views into bytes of an earlier call are found out.
Progress read_fresh(auto& reader, std::string_view bytes, std::unique_ptr<char[]>& home) {
  auto fresh = std::make_unique<char[]>(bytes.size());
  std::copy(bytes.begin(), bytes.end(), fresh.get());
  home = std::move(fresh);
  return reader.read({home.get(), bytes.size()});
}

inline std::string describe(const Fields& fields) {
  std::string text;
  for (const Field& field : fields) text.append("|").append(field.name).append("=").append(field.value);
  return text;
}

inline std::string describe(const RequestHead& head) {
  return std::string(head.method) + ' ' + std::string(head.target) + " 1." + std::to_string(head.minor) +
         describe(head.fields);
}

inline std::string describe(const ResponseHead& head) {
  return "1." + std::to_string(head.minor) + ' ' + std::to_string(head.status) + ' ' +
         std::string(head.reason) + describe(head.fields);
}

struct Answer {
  Progress progress;
  std::string head;
  std::size_t told_after;  // bytes given when the answer was known
};

template <class Reader>
Answer read_whole(std::string_view bytes, HeadLimits limits = {}) {
  Reader reader{limits};
  std::unique_ptr<char[]> home;
  const Progress progress = read_fresh(reader, bytes, home);
  return {progress, progress.is_done() ? describe(reader.head()) : "", bytes.size()};
}

template <class Reader>
Answer read_bytewise(std::string_view bytes, HeadLimits limits = {}) {
  Reader reader{limits};
  std::unique_ptr<char[]> home;
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    const Progress progress = read_fresh(reader, bytes.substr(0, size), home);
    if (!progress.needs_more()) {
      return {progress, progress.is_done() ? describe(reader.head()) : "", size};
    }
  }
  return {Progress::need_more(), "", bytes.size()};
}

// Whole and byte by byte must agree; the answer is given back for more questions.
template <class Reader>
Answer read_both_ways(std::string_view bytes, HeadLimits limits = {}) {
  const Answer whole = read_whole<Reader>(bytes, limits);
  const Answer bytewise = read_bytewise<Reader>(bytes, limits);
  REQUIRE(whole.progress.kind() == bytewise.progress.kind());
  CHECK(whole.head == bytewise.head);
  if (whole.progress.is_done()) CHECK(whole.progress.consumed() == bytewise.progress.consumed());
  if (whole.progress.is_wrong()) {
    CHECK(whole.progress.error().status == bytewise.progress.error().status);
    CHECK(whole.progress.error().why == bytewise.progress.error().why);
  }
  return bytewise;
}

inline Answer request(std::string_view bytes, HeadLimits limits = {}) {
  return read_both_ways<RequestHeadReader>(bytes, limits);
}

inline Answer response(std::string_view bytes, HeadLimits limits = {}) {
  return read_both_ways<ResponseHeadReader>(bytes, limits);
}

inline void check_wrong(const Answer& answer, int status, std::string_view word) {
  REQUIRE(answer.progress.is_wrong());
  CHECK(answer.progress.error().status == status);
  INFO(answer.progress.error().why);
  CHECK(answer.progress.error().why.find(word) != std::string_view::npos);
}

struct Case {
  const char* sentence;
  std::string bytes;
  int status;
  const char* word;  // of the reason
};

inline std::string with_line(std::string_view line) {
  return "GET / HTTP/1.1\r\n" + std::string(line) + "\r\n\r\n";
}

}  // namespace aluvia::http
