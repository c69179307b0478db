// Runs the proxy inside of another program: starts it, prints its URL, stops it at the end of standard input.
//
//   ALUVIA_TOKEN=… ./embed          # then, elsewhere: curl -x http://127.0.0.1:PORT https://example.com
#include <agent/agent_connect_client.hpp>

#include <cstdlib>
#include <iostream>

int main() {
  const char* const token = std::getenv("ALUVIA_TOKEN");
  const char* const api = std::getenv("ALUVIA_API_URL");
  aluvia::agent::AgentConnectClientOptions options;
  options.token = aluvia::Secret(token ? token : "");
  if (api) options.api_base_url = api;
  options.local_rules = {"*"};  // everything through the gateway, on top of the account's rules
  try {
    aluvia::agent::AgentConnectClient client(std::move(options));
    const auto session = client.start();  // returns when connections are accepted
    std::cout << session.url() << std::endl;
    for (std::string line; std::getline(std::cin, line);) client.refresh();
    client.stop();
  } catch (const aluvia::agent::AgentConnectError& error) {
    std::cerr << "embed: " << error.what() << '\n';
    return 1;
  }
}
