// Block reports: what a client saw of a site that blocked it. The proxy moves encrypted bytes and cannot see
// the page.
#pragma once

#include "admin/auto_view.hpp"
#include "admin/status_snapshot.hpp"
#include "base/result.hpp"
#include "base/secret_string.hpp"
#include "http/authority.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace aluvia::admin {

struct BlockReport {
  http::Authority site;
  std::optional<int> status{};  ///< HTTP, 100 to 599; absent where the client saw none
  std::string reason{};         ///< one phrase of the client, foreign text; at most 200 bytes
};

/// The route that the reported request has taken, the number of reports that its route has had, and the
/// effect of this one.
struct BlockReceipt {
  Explanation explanation{};
  std::uint64_t reports = 0;
  BlockEffect effect{};
};

/// Reads {"url": "https://…"} or {"host": "shop.example"}, with "status" and "reason" if known. The error is
/// a sentence.
Result<BlockReport, std::string> read_block_report(std::string_view body);

SecretString block_receipt_json(const BlockReport& report, const BlockReceipt& receipt);
std::string block_receipt_text(const BlockReport& report, const BlockReceipt& receipt);

}  // namespace aluvia::admin
