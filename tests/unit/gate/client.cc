// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/gate/client.h"

#include <array>
#include <cstring>

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

namespace rekam::gate::testing {

constexpr std::size_t greeting_bytes = 64;

io::Fd raw_ipc(const std::string& path) {
    io::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), std::min(path.size(), sizeof address.sun_path - 1));
    if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
        socket.reset();
    return socket;
}

io::Fd raw_tcp(const std::string& endpoint) {
    io::Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(endpoint.substr(endpoint.rfind(':') + 1))));
    if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
        socket.reset();
    return socket;
}

bool write_all(int socket, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0)
            return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

bool closed_by_peer(int socket) {
    return eventually([socket] {
        std::array<char, 65'536> ignored{};
        pollfd wait{socket, POLLIN, 0};
        return ::poll(&wait, 1, 100) > 0 && ::recv(socket, ignored.data(), ignored.size(), 0) <= 0;
    });
}

std::string zmtp_frame(std::string_view body, bool more) {
    std::string frame(1, static_cast<char>((more ? 1 : 0) | (body.size() > 255 ? 2 : 0)));
    for (int byte = body.size() > 255 ? 7 : 0; byte >= 0; --byte)
        frame += static_cast<char>(body.size() >> (8 * byte));
    return frame += body;
}

std::string zmtp_greeting(const std::string& socket_type) {
    std::string text("\xff\0\0\0\0\0\0\0\x01\x7f\x03\0NULL", 16);
    text.resize(greeting_bytes);
    std::string ready("\x05READY\x0bSocket-Type\0\0\0", 21);
    ready += static_cast<char>(socket_type.size());
    ready += socket_type;
    return text + '\x04' + static_cast<char>(ready.size()) + ready;
}

io::Fd zmtp_ipc(const std::string& path, const std::string& socket_type) {
    auto socket = raw_ipc(path);
    std::array<char, greeting_bytes + 2> greeting{};
    std::array<char, 255> ready{};
    const auto read_all = [&](char* to, std::size_t bytes) {
        return ::recv(socket.get(), to, bytes, MSG_WAITALL) == static_cast<ssize_t>(bytes);
    };
    if (!socket || !write_all(socket.get(), zmtp_greeting(socket_type)) ||
        !read_all(greeting.data(), greeting.size()) ||
        !read_all(ready.data(), static_cast<unsigned char>(greeting.back())))
        socket.reset();
    return socket;
}

} // namespace rekam::gate::testing
