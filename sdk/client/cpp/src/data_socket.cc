// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "sdk/client/cpp/src/data_socket.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstring>

#include "sdk/client/cpp/src/read.h"
#include "sdk/client/cpp/src/request.h"

namespace rekam {
namespace {

namespace json = boost::json;

constexpr std::int64_t answer_ms = 10'000; // the station answers at once, or not at all
constexpr std::size_t packet_bytes = 256 * 1024;
constexpr std::size_t descriptors_most = 16;

[[noreturn]] void fail(const std::string& code, const std::string& message) {
    throw Error(local_error(code, message, "data socket", code == "bad-frame" ? "vendor" : "system",
                            code == "bad-frame" ? "now" : "later"));
}

Descriptor connect_to(const std::string& path) {
    Descriptor made(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const bool fits = path.size() < sizeof address.sun_path;
    if (fits)
        std::memcpy(address.sun_path, path.data(), path.size());
    if (made.get() < 0 || !fits ||
        ::connect(made.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        fail("no-station", "no data socket answers at " + path + ": " + std::strerror(errno));
    return made;
}

std::vector<Descriptor> take_descriptors(msghdr& header) {
    std::vector<Descriptor> taken;
    for (cmsghdr* control = CMSG_FIRSTHDR(&header); control != nullptr; control = CMSG_NXTHDR(&header, control)) {
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

Descriptor::~Descriptor() {
    if (number_ >= 0)
        ::close(number_);
}

Mapping::Mapping(int descriptor, std::size_t bytes) : bytes_(bytes) {
    if (bytes == 0)
        return;
    // All pages at once: one fault for each costs more than to read it.
    void* mapped = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED | MAP_POPULATE, descriptor, 0);
    if (mapped == MAP_FAILED)
        fail("no-answer", std::string("what the station handed out cannot be mapped: ") + std::strerror(errno));
    start_ = mapped;
}

Mapping::~Mapping() {
    if (start_ != nullptr)
        ::munmap(start_, bytes_);
}

std::int64_t sealed_bytes(int descriptor, Sealed how) {
    const int wanted =
        (how == Sealed::whole ? F_SEAL_WRITE : F_SEAL_FUTURE_WRITE) | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
    const int seals = ::fcntl(descriptor, F_GET_SEALS);
    struct stat facts {};
    if (seals < 0 || (seals & wanted) != wanted || ::fstat(descriptor, &facts) != 0 || !S_ISREG(facts.st_mode))
        fail("bad-frame", "the station handed out memory that others could change");
    return facts.st_size;
}

DataSocket::DataSocket(const std::string& path, const std::string& ticket) : socket_(connect_to(path)) {
    say({{"ticket", ticket}});
    auto answer = hear(answer_ms);
    if (!answer)
        fail("no-answer", "the station does not answer at its data socket");
    granted_ = std::move(*answer);
}

void DataSocket::say(const json::object& request) {
    const std::string text = json::serialize(request);
    if (::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL) < 0)
        fail("no-answer", std::string("the data socket takes nothing: ") + std::strerror(errno));
}

std::optional<DataSocket::Packet> DataSocket::hear(std::optional<std::int64_t> timeout_ms) {
    pollfd readable{socket_.get(), POLLIN, 0};
    const int ready = ::poll(&readable, 1, timeout_ms ? static_cast<int>(*timeout_ms) : -1);
    if (ready == 0 || (ready < 0 && errno == EINTR))
        return {};
    std::string text(packet_bytes, '\0');
    iovec data{text.data(), text.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * descriptors_most)> control{};
    msghdr header{};
    header.msg_iov = &data;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    const ssize_t size = ::recvmsg(socket_.get(), &header, MSG_CMSG_CLOEXEC);
    if (size <= 0)
        fail("no-answer", "the station ended the connection to its data socket");
    Packet packet;
    packet.descriptors = take_descriptors(header);
    text.resize(static_cast<std::size_t>(size));
    packet.said = read::parse(text).value_or(json::object());
    if (packet.said.contains("ok") && !read::flag(packet.said, "ok"))
        throw Error(read::error(read::object(packet.said, "error")));
    return packet;
}

void DataSocket::shut_down() { ::shutdown(socket_.get(), SHUT_RDWR); }

Bytes fetch_frame(const std::string& path, const std::string& ticket) {
    const DataSocket connection(path, ticket);
    if (connection.granted().descriptors.size() != 1)
        fail("bad-frame", "the station handed out no memory for the ticket");
    const int descriptor = connection.granted().descriptors.front().get();
    const Mapping mapped(descriptor, static_cast<std::size_t>(sealed_bytes(descriptor, Sealed::whole)));
    const auto* first = reinterpret_cast<const std::byte*>(mapped.bytes().data());
    return {first, first + mapped.bytes().size()};
}

} // namespace rekam
