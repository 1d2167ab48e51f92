// SPDX-License-Identifier: Apache-2.0
#include "core/io/packet_socket.h"

#include "core/wire/packet.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>

#include <sys/socket.h>

namespace rekam::io {
namespace {

constexpr std::size_t control_bytes = CMSG_SPACE(sizeof(int) * wire::max_descriptors);

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

std::vector<Fd> take_descriptors(msghdr& header) {
    std::vector<Fd> taken;
    for (cmsghdr* control = CMSG_FIRSTHDR(&header); control; control = CMSG_NXTHDR(&header, control)) {
        if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS)
            continue;
        const std::size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int number = -1;
            std::memcpy(&number, CMSG_DATA(control) + i * sizeof(int), sizeof number);
            taken.emplace_back(number);
        }
    }
    return taken;
}

} // namespace

std::pair<Fd, Fd> make_socket_pair() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) != 0)
        fail("socketpair");
    return {Fd(ends[0]), Fd(ends[1])};
}

SendStatus send_packet(int socket, std::string_view bytes, std::span<const int> descriptors) {
    if (descriptors.size() > wire::max_descriptors)
        throw std::system_error(EINVAL, std::generic_category(), "too many descriptors in a packet");
    iovec data{const_cast<char*>(bytes.data()), bytes.size()};
    alignas(cmsghdr) std::array<char, control_bytes> control{};
    msghdr header{};
    header.msg_iov = &data;
    header.msg_iovlen = 1;
    if (!descriptors.empty()) {
        header.msg_control = control.data();
        header.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
        cmsghdr* rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(descriptors.size_bytes());
        std::memcpy(CMSG_DATA(rights), descriptors.data(), descriptors.size_bytes());
    }
    for (;;) {
        if (::sendmsg(socket, &header, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
            return SendStatus::sent;
        switch (errno) {
        case EINTR: continue;
        case EAGAIN: return SendStatus::full;
        case ETOOMANYREFS: // unread descriptors count per user: another process may have used them up
        case ENOBUFS:
        case ENOMEM: return SendStatus::later;
        case EPIPE:
        case ECONNRESET:
        case ENOTCONN: return SendStatus::gone;
        default: fail("sendmsg");
        }
    }
}

Received receive_packet(int socket) {
    // One buffer per thread instead of one per channel: with a hundred hosts it is 128 KiB instead of 13 MiB. Not
    // zeroed: a process that gets small packets has only the pages that they need.
    thread_local const auto buffer = std::make_unique_for_overwrite<std::array<char, wire::max_packet_bytes>>();
    alignas(cmsghdr) std::array<char, control_bytes> control{};
    for (;;) {
        iovec data{buffer->data(), buffer->size()};
        msghdr header{};
        header.msg_iov = &data;
        header.msg_iovlen = 1;
        header.msg_control = control.data();
        header.msg_controllen = control.size();
        const ssize_t size = ::recvmsg(socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (size < 0) {
            if (errno == EINTR || errno == ECONNRESET)
                continue; // the reset is reported once; what the peer had sent comes after it
            if (errno == EAGAIN)
                return {};
            return {.status = ReceiveStatus::broken, .bytes = {}, .descriptors = {}, .reason = std::strerror(errno)};
        }
        std::vector<Fd> descriptors = take_descriptors(header);
        if ((header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
            return {.status = ReceiveStatus::broken,
                    .bytes = {},
                    .descriptors = {},
                    .reason = (header.msg_flags & MSG_TRUNC) != 0 ? "a packet larger than any of ours"
                                                                  : "more descriptors than a packet may have"};
        if (size == 0)
            return {.status = ReceiveStatus::ended, .bytes = {}, .descriptors = {}, .reason = {}};
        return {.status = ReceiveStatus::packet,
                .bytes = {buffer->data(), static_cast<std::size_t>(size)},
                .descriptors = std::move(descriptors),
                .reason = {}};
    }
}

} // namespace rekam::io
