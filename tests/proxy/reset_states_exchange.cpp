// Rows for a plain request (response_relay.cpp, upload.cpp, response_retry.cpp).
#include "reset_fixture.hpp"

namespace aluvia::test {
namespace {

void gets(ResetCase& one, const std::string& answer = {}) {
  one.asks(one.request("GET"));
  one.is_asked();
  one.upstream.sends(answer);
  one.settles();
}

// The answer cannot be passed on: the client does not read.
void gets_while_crowded(ResetCase& one, const std::string& answer, const std::string& fields = {}) {
  one.asks(one.request("GET", fields));
  one.is_asked();
  one.client.is_crowded();
  one.upstream.sends(answer);
  one.settles();
}

// Before the origin has the whole request.
void is_answered_first(ResetCase& one) {
  one.upstream.sends("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  one.client.receives("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  one.settles();
}

}  // namespace

std::vector<State> exchange_states() {
  return {
      {"response_retry.cpp: pause", "the pause before a plain request is sent again", through_gateway_again,
       [](ResetCase& one) {
         one.asks(get_site);
         Peer gateway = one.fake_server.accepts();
         gateway.reads_head();
         gateway.sends("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
         one.settles();
         one.others.push_back(std::move(gateway));
       },
       no_upstream, no_upstream},
      {"response_relay.cpp: read_head", "a request without an answer", directly,
       [](ResetCase& one) { gets(one); }, "connection_terminated", "connection_terminated"},
      {"response_relay.cpp: read_head", "half the head of an answer", directly,
       [](ResetCase& one) { gets(one, "HTTP/1.1 200 OK\r\nX: "); }, "http_response_incomplete",
       "http_response_incomplete"},
      {"upload.cpp: begin", "half a body, whose rest does not come", directly,
       [](ResetCase& one) {
         one.asks(one.request("POST", "Transfer-Encoding: chunked\r\n") + "9\r\nhalf");
         one.is_asked();
         one.upstream.receives("9\r\nhalf");
       },
       "connection_terminated", "connection_terminated"},
      {"upload.cpp: begin", "a body that the origin does not read", directly,
       [](ResetCase& one) {
         one.asks(one.request("POST", "Content-Length: 100000000\r\n"));
         one.is_asked();
         one.stuffs(one.client);
       },
       "connection_terminated", "connection_terminated"},
      {"response_relay.cpp: forward_head", "an interim answer that the client does not read", directly,
       [](ResetCase& one) { gets_while_crowded(one, "HTTP/1.1 103 Early\r\n\r\n"); }, "connection_terminated",
       "connection_terminated"},
      {"response_relay.cpp: forward_rest", "an answer's head that the client does not read", directly,
       [](ResetCase& one) { gets_while_crowded(one, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"); },
       cut, cut},
      {"response_relay.cpp: pump_body", "half a body of an answer", directly,
       [](ResetCase& one) {
         gets(one, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
         one.client.reads_head();
         one.client.receives("half");
       },
       cut, cut},
      {"response_relay.cpp: pump_body", "a chunk that does not end", directly,
       [](ResetCase& one) {
         gets(one, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf");
         one.client.reads_head();
         one.client.receives("9\r\nhalf");
       },
       cut, cut},
      {"response_relay.cpp: pump_body", "an answer that the client does not read", directly,
       [](ResetCase& one) {
         gets(one, "HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
         one.client.reads_head();
         one.stuffs(one.upstream);
       },
       cut, cut},
      {"response_relay.cpp: pump_body, upload.cpp: begin", "an answer and a body at the same time", directly,
       [](ResetCase& one) {
         one.asks(one.request("POST", "Content-Length: 9\r\n") + "half");
         one.is_asked();
         one.upstream.receives("half");
         one.upstream.sends("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
         one.client.reads_head();
         one.client.receives("half");
       },
       cut, cut},
      {"upload.cpp: wait_for_end", "half a body behind its answer", directly,
       [](ResetCase& one) {
         one.asks(one.request("POST", "Content-Length: 9\r\n") + "half");
         one.is_asked();
         one.upstream.receives("half");
         is_answered_first(one);
       },
       ended, unharmed},  // a server that has closed its side may still read
      {"upload.cpp: wait_for_end", "a body behind its answer that the origin does not read", directly,
       [](ResetCase& one) {
         one.asks(one.request("POST", "Content-Length: 100000000\r\n"));
         one.is_asked();
         is_answered_first(one);
         one.stuffs(one.client);
       },
       ended, ended},
      {"response_relay.cpp: forward_head", "a switch of protocols that the client does not read", directly,
       [](ResetCase& one) {
         const std::string fields = "Connection: Upgrade\r\nUpgrade: chat\r\n";
         gets_while_crowded(one, "HTTP/1.1 101 Switching Protocols\r\n" + fields + "\r\n", fields);
       },
       cut, ended},
  };
}

}  // namespace aluvia::test
