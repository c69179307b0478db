#include "access_log/access_log.hpp"

#include "base/counted.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <pthread.h>
#include <signal.h>

namespace aluvia::access_log {
namespace {

constexpr std::chrono::milliseconds first_pause{10};
constexpr std::string_view too_slow = "lines come faster than they can be written";

// Signals are for the threads of the program; SIGPIPE would end it when the reader of a pipe goes.
void block_all_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, nullptr);
}

// Returns the begin of the line that the byte at `at` belongs to.
std::size_t begin_of_line(std::string_view lines, std::size_t at) noexcept {
  const auto end = lines.substr(0, at).rfind('\n');
  return end == lines.npos ? 0 : end + 1;
}

}  // namespace

Result<std::unique_ptr<AccessLog>, std::string> AccessLog::open(AccessLogOptions options, Logger logger,
                                                                const AccessLogLimits& limits) {
  std::optional<LogFile> file;
  if (!options.file.empty()) {
    auto opened = LogFile::open(options.file);
    if (!opened) return Err{std::move(opened).error()};
    file.emplace(std::move(*opened));
  }
  std::unique_ptr<AccessLog> log(
      new AccessLog(std::move(options), std::move(file), std::move(logger), limits));
  try {
    log->thread_ = std::thread([&self = *log] { self.run(); });
  } catch (const std::system_error& error) {
    return Err{fmt::format("{} gets no thread that writes it: {}", log->name_, error.code().message())};
  }
  return log;
}

AccessLog::AccessLog(AccessLogOptions options, std::optional<LogFile> file, Logger logger,
                     const AccessLogLimits& limits)
    : options_(std::move(options)),
      logger_(std::move(logger)),
      limits_(limits),
      name_(options_.file.empty() ? "on stderr" : printable(options_.file)),
      line_(options_.format, options_.has_paths),
      queue_(limits.queue),
      file_(std::move(file)) {}

AccessLog::~AccessLog() {
  close();
}

void AccessLog::close() {
  queue_.close(limits_.close);
  if (thread_.joinable()) thread_.join();
}

void AccessLog::run() {
  block_all_signals();
  for (;;) {
    const LineQueue::Batch batch = queue_.take(limits_.gather);
    if (batch.lines.empty() && !batch.must_reopen) return;
    if (!batch.lines.empty()) put_batch(batch.lines.view());
    if (batch.must_reopen) reopen_file();
  }
}

// Returns when all lines are written, or given up because the proxy ends. A line of which the old file has
// the first part begins again in a new file.
void AccessLog::put_batch(std::string_view batch) {
  std::size_t at = 0;
  auto wait = first_pause;
  for (;;) {
    const std::size_t before = std::exchange(at, put_some(batch, at));
    if (at == batch.size()) return note_success();
    if (queue_.has_lost()) note_failure(too_slow);
    wait = at > before ? first_pause : std::min(2 * wait, limits_.pause);
    if (!queue_.pause(wait)) return give_up(batch.substr(at));
    if (queue_.take_reopen()) {
      reopen_file();
      at = begin_of_line(batch, at);
    }
  }
}

// Writes until nothing is left or the file takes no more, and returns the place that it has come to.
std::size_t AccessLog::put_some(std::string_view batch, std::size_t at) {
  while (at < batch.size()) {
    const std::int64_t written = put_once(batch.substr(at));
    if (written < 0 && errno != EAGAIN) note_failure(std::generic_category().message(errno));
    if (written <= 0) break;
    at += static_cast<std::size_t>(written);
  }
  return at;
}

// The sink takes one line at a time, so that its other users can write between them.
std::int64_t AccessLog::put_once(std::string_view lines) const {
  if (file_) return file_->write(lines);
  const std::string_view line = lines.substr(0, lines.find('\n') + 1);
  if (options_.sink(line)) return static_cast<std::int64_t>(line.size());
  errno = EAGAIN;
  return -1;
}

// Counts the lines that came meanwhile, too: take() does not wait any more.
void AccessLog::give_up(std::string_view lines) {
  const Lines later = queue_.take({}).lines;
  const auto given_up = std::ranges::count(lines, '\n') + std::ranges::count(later.view(), '\n');
  const std::uint64_t lost = queue_.take_lost() + static_cast<std::uint64_t>(given_up);
  logger_.warn({"access_log_failed", {{"file", name_}, {"error", "the proxy ends"}, {"lines_lost", lost}}},
               "cannot write the last lines of the access log {}: it takes none; {} lost", name_,
               counted(lost, "line"));
}

void AccessLog::reopen_file() {
  if (!file_) return;
  auto opened = LogFile::open(options_.file);
  if (opened) {
    file_ = std::move(*opened);
    return logger_.info({"access_log_reopened", {{"file", name_}}}, "opened the access log {} again", name_);
  }
  logger_.warn({"access_log_failed", {{"file", name_}, {"error", opened.error()}}},
               "cannot open the access log again: {}; its lines still go to the old file", opened.error());
}

void AccessLog::note_failure(std::string_view reason) {
  if (std::exchange(has_failed_, true)) return;
  logger_.warn({"access_log_failed", {{"file", name_}, {"error", reason}}},
               "cannot write the access log {}: {}; it is tried again, and lines that do not fit into memory "
               "are lost",
               name_, reason);
}

// A burst can fill the queue while the file is written without an error. The failure is over when the queue
// has space again, so that it is not said to end and to begin at every batch.
void AccessLog::note_success() {
  if (queue_.has_lost()) note_failure(too_slow);
  if (!has_failed_ || queue_.is_filling()) return;
  has_failed_ = false;
  const std::uint64_t lost = queue_.take_lost();
  logger_.info({"access_log_resumed", {{"file", name_}, {"lines_lost", lost}}},
               "the access log {} is written again; {} lost", name_, counted(lost, "line"));
}

}  // namespace aluvia::access_log
