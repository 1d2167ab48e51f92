// SPDX-License-Identifier: Apache-2.0
// The card exchange's peer: pcscd with its virtual reader, and at the reader's far end a card that answers 9000 at
// once. libpcsclite is loaded when it is asked for, so that building the bench does not need it; its functions are
// those of the PC/SC standard.
#include "tests/bench/commands.h"
#include "tests/bench/measure.h"

#include <array>
#include <stdexcept>

#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace rekam::bench {
namespace {

struct IoRequest {
    unsigned long protocol = 0, length = 0;
};
constexpr unsigned long scope_system = 2, share_shared = 2, protocols_any = 3;

class Pcsc final : public Target {
  public:
    Pcsc() {
        check(function<long(unsigned long, const void*, const void*, long*)>("SCardEstablishContext")(
                  scope_system, nullptr, nullptr, &context_),
              "SCardEstablishContext");
        std::array<char, 1'024> readers{};
        unsigned long length = readers.size();
        check(function<long(long, const char*, char*, unsigned long*)>("SCardListReaders")(context_, nullptr,
                                                                                           readers.data(), &length),
              "SCardListReaders");
        unsigned long protocol = 0;
        check(function<long(long, const char*, unsigned long, unsigned long, long*, unsigned long*)>("SCardConnect")(
                  context_, readers.data(), share_shared, protocols_any, &card_, &protocol),
              "SCardConnect");
        request_ = {protocol, sizeof request_};
        transmit_ = function<Transmit>("SCardTransmit");
    }
    void once() override {
        static constexpr std::array<unsigned char, 5> command{0x00, 0xb0, 0x00, 0x00, 0x04};
        std::array<unsigned char, 258> answer{};
        unsigned long length = answer.size();
        check(transmit_(card_, &request_, command.data(), command.size(), nullptr, answer.data(), &length),
              "SCardTransmit");
        if (length < 2 || answer.at(length - 2) != 0x90)
            throw std::runtime_error("the card of the virtual reader refuses");
    }

  private:
    using Transmit = long(long, const IoRequest*, const unsigned char*, unsigned long, IoRequest*, unsigned char*,
                          unsigned long*);

    template <class F> F* function(const char* symbol) {
        if (!library_)
            library_ = ::dlopen("libpcsclite.so.1", RTLD_NOW);
        void* found = library_ ? ::dlsym(library_, symbol) : nullptr;
        if (!found)
            throw std::runtime_error("libpcsclite.so.1 is not here: install libpcsclite1");
        return reinterpret_cast<F*>(found);
    }
    static void check(long result, const char* what) {
        if (result != 0)
            throw std::runtime_error(std::string(what) + " gives " + std::to_string(result & 0xffffffff));
    }

    void* library_ = nullptr;
    long context_ = 0, card_ = 0;
    IoRequest request_;
    Transmit* transmit_ = nullptr;
};

bool read_all(int socket, void* to, std::size_t bytes) {
    return ::recv(socket, to, bytes, MSG_WAITALL) == static_cast<ssize_t>(bytes);
}

void answer(int socket, std::string bytes) {
    const auto length = htons(static_cast<std::uint16_t>(bytes.size()));
    bytes.insert(0, reinterpret_cast<const char*>(&length), sizeof length);
    must(::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()), "send");
}

} // namespace

std::unique_ptr<Target> make_pcsc_target() { return std::make_unique<Pcsc>(); }

void serve_virtual_card(int port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    must(::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0, "the virtual reader");
    const int yes = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    std::uint16_t length = 0;
    while (read_all(socket, &length, sizeof length)) {
        // Otherwise the reader's next packet waits 40 ms for an acknowledgement.
        ::setsockopt(socket, IPPROTO_TCP, TCP_QUICKACK, &yes, sizeof yes);
        std::string command(ntohs(length), '\0');
        if (!read_all(socket, command.data(), command.size()))
            return;
        constexpr char get_atr = 4; // 0, 1 and 2 are power off, power on and reset, which nothing answers
        if (command.size() == 1 && command[0] == get_atr)
            answer(socket, std::string("\x3b\x80\x80\x01\x01", 5));
        else if (command.size() > 1)
            answer(socket, std::string("\x90\x00", 2));
    }
}

} // namespace rekam::bench
