#include "admin/live_request.hpp"

#include "admin/site.hpp"
#include "base/number.hpp"

#include <utility>

namespace aluvia::admin {

void answer_live(const StatusProvider& provider, std::string_view target, Audience audience,
                 std::function<void(Answer)> done) {
  if (!provider.live) return done(line(404, "this proxy has no live view"));
  const auto since = parse_number<std::uint64_t>(query_value(target, "since").value_or("0"));
  if (!since) return done(line(400, "since takes the number of the last request that is known"));
  provider.live(*since, audience, [done = std::move(done)](SecretString text) {
    Answer out(200, json_text, std::move(text));
    out.is_repeated = true;
    done(std::move(out));
  });
}

}  // namespace aluvia::admin
