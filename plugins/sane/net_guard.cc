// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "plugins/sane/net_guard.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <filesystem>

namespace rekam::sane {
namespace {

/// The port that the net client connects to.
uint16_t sane_port() {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    uint16_t port = 6566;
    if (::getaddrinfo("127.0.0.1", "sane-port", &hints, &found) == 0 && found && found->ai_family == AF_INET)
        port = ntohs(reinterpret_cast<const sockaddr_in*>(found->ai_addr)->sin_port);
    if (found)
        ::freeaddrinfo(found);
    return port;
}

/// The port at the other end of a TCP connection; 0: it is none.
uint16_t peer_port(int fd) {
    sockaddr_storage peer{};
    socklen_t length = sizeof peer;
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &length) != 0)
        return 0;
    if (peer.ss_family == AF_INET)
        return ntohs(reinterpret_cast<const sockaddr_in*>(&peer)->sin_port);
    return peer.ss_family == AF_INET6 ? ntohs(reinterpret_cast<const sockaddr_in6*>(&peer)->sin6_port) : uint16_t{0};
}

bool is_closed(int fd) {
    char byte = 0;
    const ssize_t got = ::recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

} // namespace

NetGuard::NetGuard(const std::string& sane_name) {
    if (!sane_name.starts_with("net:"))
        return;
    const uint16_t port = sane_port();
    std::error_code none;
    int connections = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", none)) {
        const std::string name = entry.path().filename().string();
        int fd = -1;
        std::from_chars(name.data(), name.data() + name.size(), fd);
        if (fd >= 0 && peer_port(fd) == port && !is_closed(fd)) {
            fd_ = fd;
            ++connections;
        }
    }
    // A host has one device and so one server. With several it is not known which is ours, and a guess helps nobody.
    if (connections != 1)
        fd_ = -1;
}

bool NetGuard::lost() const { return fd_ >= 0 && is_closed(fd_); }

} // namespace rekam::sane
