// SPDX-License-Identifier: Apache-2.0
#include "core/io/memfd.h"
#include "core/io/packet_socket.h"
#include "tests/bench/targets.h"

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace rekam::bench {
namespace {

constexpr int captures_per_case = 16, patience_ms = 20'000;
constexpr std::size_t page = 4'096;

/// A picture that is had by descriptor: captured, asked for with a ticket, shown, sealed, mapped, every page read.
class Ticket final : public Target {
  public:
    Ticket(zmq::context_t& context, const std::string& endpoint, const std::string& slot, const std::string& rows)
        : client_(context, endpoint), visitor_(client_, slot, captures_per_case),
          params_(R"(,"subject":"face","formats":["image/x-rekam-raw"],"height_px":)" + rows),
          bytes_(page * std::stoull(rows)) {
        client_.hello();
        visitor_.begin();
    }
    void once() override {
        client_.send(visitor_.capture(params_));
        frame_ = Client::value(client_.receive(), "frame");
        const auto answer = client_.ask("frame.get", R"({"frame":")" + frame_ + R"(","as":"ticket"})");
        const auto socket = connect_to(Client::value(answer, "socket"));
        io::send_packet(socket.get(), R"({"ticket":")" + Client::value(answer, "ticket") + "\"}", {});
        pollfd wait{socket.get(), POLLIN, 0};
        if (::poll(&wait, 1, patience_ms) != 1)
            throw std::runtime_error("no picture comes for the ticket");
        const auto received = io::receive_packet(socket.get());
        if (received.descriptors.size() != 1 ||
            io::sealed_bytes(received.descriptors[0].get()) != static_cast<std::int64_t>(bytes_))
            throw std::runtime_error("the ticket brings no picture: " + std::string(received.bytes));
        read_all(received.descriptors[0].get());
    }
    void between() override {
        if (!frame_.empty())
            client_.ask("frame.release", R"({"frames":[")" + frame_ + "\"]}");
        if (visitor_.is_over())
            visitor_.begin();
    }

  private:
    static io::Fd connect_to(const std::string& path) {
        io::Fd made(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        if (::connect(made.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
            throw std::system_error(errno, std::generic_category(), "connecting to " + path);
        return made;
    }
    void read_all(int frame) {
        void* mapped = ::mmap(nullptr, bytes_, PROT_READ, MAP_SHARED | MAP_POPULATE, frame, 0);
        if (mapped == MAP_FAILED)
            throw std::system_error(errno, std::generic_category(), "mapping a picture");
        for (std::size_t at = 0; at < bytes_; at += page)
            sum_ = sum_ + static_cast<const unsigned char*>(mapped)[at];
        ::munmap(mapped, bytes_);
    }

    Client client_;
    Visitor visitor_;
    std::string params_, frame_;
    std::size_t bytes_;
    volatile std::size_t sum_ = 0; ///< so that the pages are read
};

} // namespace

std::unique_ptr<Target> make_ticket_target(zmq::context_t& context, const std::string& endpoint,
                                           const std::string& slot, const std::string& rows) {
    return std::make_unique<Ticket>(context, endpoint, slot, rows);
}

} // namespace rekam::bench
