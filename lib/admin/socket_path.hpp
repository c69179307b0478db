// The place of a proxy's control socket: `$XDG_RUNTIME_DIR/aluvia-connect/PORT.sock`, or aluvia-connect-UID
// in the temporary directory where that folder cannot be used. The proxy and the commands both ask here.
#pragma once

#include <cstdint>
#include <string>

namespace aluvia::admin {

/// The one folder of this user and environment. XDG_RUNTIME_DIR counts where it is an absolute path to a
/// directory of ours that we may write to; only without it the temporary directory (TMPDIR, else /tmp) is
/// used. The folder may be missing, or unsafe: net::PrivateFolder checks it when it opens it.
std::string socket_folder();

/// PORT.sock
std::string socket_name(std::uint16_t port);

/// `folder`/PORT.sock
std::string socket_path(const std::string& folder, std::uint16_t port);

}  // namespace aluvia::admin
