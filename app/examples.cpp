#include "examples.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace aluvia::app {
namespace {

struct Row {
  std::string_view command;
  std::array<std::string_view, 2> examples;
};

// clang-format off
constexpr std::array rows{
    Row{"run", {"run --token-file token --port 54321", "run --config proxy.conf --log-level debug"}},
    Row{"try", {"try", "try -- curl https://example.com/"}},
    Row{"exec", {"exec --token-file token -- node agent.mjs", "exec --rule '*.shop.test' -- python agent.py"}},
    Row{"check", {"check --config proxy.conf --print", "check --token-file token --online"}},
    Row{"sandbox", {"sandbox --rule '*.shop.test'", "sandbox --json --ca-file ca.pem"}},
    Row{"status", {"status", "status --port 54321 --json"}},
    Row{"list", {"list", "list --json"}},
    Row{"tunnels", {"tunnels --watch", "tunnels --port 54321 --json"}},
    Row{"top", {"top", "top --port 54321"}},
    Row{"log", {"log --follow --failed", "log --host shop.test --route gateway --json"}},
    Row{"usage", {"usage --since 24h --by rule", "usage --by day --price 2.50 --csv"}},
    Row{"rules", {"rules add '*.shop.test' -img.shop.test", "rules remove '*.shop.test' --local"}},
    Row{"policy", {"policy add block @trackers '*:25'", "policy list --json"}},
    Row{"geo", {"geo us_ca", "geo --clear"}},
    Row{"rotate", {"rotate", "rotate checkout42"}},
    Row{"blocked", {"blocked https://www.shop.test/cart --status 403", "blocked shop.test --reason 'challenge page'"}},
    Row{"refresh", {"refresh", "refresh --port 54321"}},
    Row{"stop", {"stop", "stop --port 54321 --timeout 5s"}},
    Row{"explain", {"explain https://www.shop.test/cart", "explain img.shop.test --json"}},
    Row{"wait", {"wait --timeout 10s", "wait --port 54321 --json"}},
    Row{"healthcheck", {"healthcheck", "healthcheck --port 54321 --live"}},
    Row{"env", {"env", "env --shell fish"}},
    Row{"browser-args", {"browser-args", "browser-args --port 54321 --json"}},
    Row{"mcp", {"mcp", "mcp --port 54321 --read-only"}},
    Row{"presets", {"presets", "presets trackers --json"}},
    Row{"completion", {"completion bash", "completion fish"}},
    Row{"help", {"help exec", "help exit-status"}},
};
// clang-format on

}  // namespace

std::span<const std::string_view> examples_of(std::string_view command) {
  const auto* const row = std::ranges::find(rows, command, &Row::command);
  if (row == rows.end()) return {};
  return row->examples;
}

std::string examples_text(std::string_view command) {
  const auto examples = examples_of(command);
  if (examples.empty()) return "";
  std::string out = "Examples:\n";
  for (const std::string_view example : examples) out += fmt::format("  aluvia-connect {}\n", example);
  return out;
}

}  // namespace aluvia::app
