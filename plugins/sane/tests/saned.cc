// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "plugins/sane/tests/saned.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <random>
#include <stdexcept>
#include <thread>

namespace rekam::sane_test {
namespace {

constexpr uint16_t sane_port = 6566;

class Socket {
  public:
    Socket() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
    ~Socket() { ::close(fd_); }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    bool bind(const std::string& address) const {
        const int on = 1;
        ::setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        const sockaddr_in at = place(address);
        return ::bind(fd_, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0 && ::listen(fd_, 1) == 0;
    }
    bool connect(const std::string& address) const {
        const sockaddr_in at = place(address);
        return ::connect(fd_, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0;
    }

  private:
    static sockaddr_in place(const std::string& address) {
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_port = htons(sane_port);
        ::inet_pton(AF_INET, address.c_str(), &at.sin_addr);
        return at;
    }
    int fd_;
};

std::string free_address() {
    std::random_device random;
    for (int tries = 0; tries < 100; ++tries) {
        std::string address = "127." + std::to_string(1 + random() % 250) + '.' + std::to_string(random() % 250) + '.' +
                              std::to_string(2 + random() % 250);
        if (Socket().bind(address))
            return address;
    }
    throw std::runtime_error("no loopback address has port 6566 free");
}

} // namespace

Saned::Saned() : address_(free_address()) {
    config_.write("dll.conf", "test\n");
    config_.write("test.conf", "resolution 75.0\nbr_x 40.0\nbr_y 30.0\n");
    config_.write("saned.conf", "127.0.0.0/8\n");
    config_dir().write("dll.conf", "net\n");
    config_dir().write("net.conf", "connect_timeout = 20\n" + address_ + "\n");
    start_again();
}

void Saned::start_again() {
    child_ = nullptr;
    child_ = std::make_unique<Child>(
        std::vector<std::string>{"/usr/sbin/saned", "-l", "-b", address_, "-p", std::to_string(sane_port), "-e"},
        std::vector<std::string>{"SANE_CONFIG_DIR=" + config_.path()});
    for (int i = 0; i < 1'000; ++i) {
        if (Socket().connect(address_))
            return;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    throw std::runtime_error("saned does not listen");
}

void Saned::stop() const { child_->signal(SIGSTOP); }

void Saned::go_on() const { child_->signal(SIGCONT); }

} // namespace rekam::sane_test
