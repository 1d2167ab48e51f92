// SPDX-License-Identifier: Apache-2.0
#include "core/gate/endpoints.h"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <stdexcept>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

namespace rekam::gate {
namespace {

constexpr mode_t owner_and_group = 0117;
constexpr std::string_view tcp_scheme = "tcp://";

[[noreturn]] void fail(const std::string& where, const std::string& what) {
    throw std::runtime_error(where + ": " + what);
}
[[noreturn]] void fail_errno(const std::string& where, const char* what) {
    fail(where, std::string(what) + ": " + std::strerror(errno));
}

io::Fd listen_at(int family, int type, const sockaddr* address, socklen_t size, const std::string& name) {
    io::Fd socket(::socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket)
        fail_errno(name, "socket");
    const int on = 1;
    if (family == AF_INET && ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0)
        fail_errno(name, "SO_REUSEADDR");
    if (::bind(socket.get(), address, size) != 0)
        fail_errno(name, "bind");
    if (::listen(socket.get(), SOMAXCONN) != 0)
        fail_errno(name, "listen");
    return socket;
}

class Umask {
  public:
    explicit Umask(mode_t mask) : before_(::umask(mask)) {}
    ~Umask() { ::umask(before_); }
    Umask(const Umask&) = delete;
    Umask& operator=(const Umask&) = delete;

  private:
    mode_t before_;
};

io::Fd listen_unix(const std::string& path, int type) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path)
        fail(path, "a socket's path has 1 to " + std::to_string(sizeof address.sun_path - 1) +
                       " bytes; choose a shorter runtime directory");
    std::memcpy(address.sun_path, path.data(), path.size());
    struct stat there {};
    if (::lstat(path.c_str(), &there) == 0) {
        if (!S_ISSOCK(there.st_mode))
            fail(path, "something that is no socket is in the way; remove it");
        if (::unlink(path.c_str()) != 0)
            fail_errno(path, "cannot remove the socket of an earlier run");
    }
    const Umask mask(owner_and_group);
    return listen_at(AF_UNIX, type, reinterpret_cast<const sockaddr*>(&address), sizeof address, path);
}

} // namespace

io::Fd listen_ipc(const std::string& path) { return listen_unix(path, SOCK_STREAM); }
io::Fd listen_packets(const std::string& path) { return listen_unix(path, SOCK_SEQPACKET); }

io::Fd listen_tcp(const std::string& endpoint) {
    const std::string_view text = endpoint;
    const auto colon = text.rfind(':');
    if (!text.starts_with(tcp_scheme) || colon < tcp_scheme.size())
        fail(endpoint, "must be tcp://127.0.0.1:port");
    const std::string host(text.substr(tcp_scheme.size(), colon - tcp_scheme.size()));
    const auto digits = text.substr(colon + 1);
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    if (error != std::errc() || end != digits.data() + digits.size() || port == 0 ||
        ::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1)
        fail(endpoint, "must be tcp://127.0.0.1:port");
    if ((ntohl(address.sin_addr.s_addr) >> 24U) != IN_LOOPBACKNET)
        fail(endpoint, "only loopback addresses are allowed: nothing here is encrypted");
    return listen_at(AF_INET, SOCK_STREAM, reinterpret_cast<const sockaddr*>(&address), sizeof address, endpoint);
}

} // namespace rekam::gate
