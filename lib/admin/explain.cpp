#include "admin/explain.hpp"

#include "admin/control_api.hpp"
#include "admin/rules_view.hpp"
#include "admin/site.hpp"

#include <utility>

namespace aluvia::admin {
namespace {

Explanation for_anyone(Explanation explanation) {
  if (explanation.route == rules::Route::gateway && !explanation.trouble.empty())
    explanation.trouble = "the gateway cannot be used";
  return explanation;
}

}  // namespace

void explain(const StatusProvider& provider, std::string_view target, Format format, Audience audience,
             std::function<void(Answer)> done) {
  const auto asked = query_value(target, "url");
  if (!asked) return done(error_answer(400, "bad_request", "explain takes url=URL-OR-HOST", format));
  auto site = read_site(*asked);
  if (!site) return done(error_answer(400, "bad_request", site.error(), format));
  provider.explain(*site, [format, audience, site = *site, done = std::move(done)](Explanation explanation) {
    if (audience == Audience::anyone) explanation = for_anyone(std::move(explanation));
    done(format == Format::json ? Answer(200, json_text, explanation_json(site, explanation))
                                : Answer(200, plain_text, explanation_text(site, explanation)));
  });
}

}  // namespace aluvia::admin
