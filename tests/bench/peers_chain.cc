// SPDX-License-Identifier: Apache-2.0
// The way of a request through a station with nothing in it: a ROUTER as the gate's, packets to a broker and on to a
// host, a thread there as for a driver's calls, and all the way back. What it takes is what processes that are apart
// cost here.
#include "core/io/packet_socket.h"
#include "tests/bench/commands.h"

#include <zmq.hpp>

#include <array>
#include <condition_variable>
#include <csignal>
#include <cstdint>
#include <deque>
#include <mutex>
#include <stdexcept>
#include <thread>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace rekam::bench {
namespace {

std::string receive(const io::Fd& from) {
    std::string packet(4'096, '\0');
    const ssize_t bytes = ::recv(from.get(), packet.data(), packet.size(), 0);
    if (bytes <= 0)
        ::_exit(0); // the one before it has ended
    packet.resize(static_cast<std::size_t>(bytes));
    return packet;
}

void send(const io::Fd& to, const std::string& packet) {
    if (::send(to.get(), packet.data(), packet.size(), MSG_NOSIGNAL) < 0)
        ::_exit(0);
}

bool readable(const pollfd& one) { return (one.revents & (POLLIN | POLLHUP)) != 0; }

void be_broker(const io::Fd& gate, const io::Fd& host) {
    for (std::array<pollfd, 2> wait{pollfd{gate.get(), POLLIN, 0}, pollfd{host.get(), POLLIN, 0}};;) {
        ::poll(wait.data(), wait.size(), -1);
        if (readable(wait[0]))
            send(host, receive(gate));
        if (readable(wait[1]))
            send(gate, receive(host));
    }
}

void be_host(const io::Fd& broker) {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<std::string> asked, answered;
    const io::Fd woken(::eventfd(0, EFD_CLOEXEC));
    std::thread([&] {
        for (;;) {
            std::unique_lock lock(mutex);
            changed.wait(lock, [&] { return !asked.empty(); });
            answered.push_back(std::move(asked.front()));
            asked.pop_front();
            lock.unlock();
            ::eventfd_write(woken.get(), 1);
        }
    }).detach();
    for (std::array<pollfd, 2> wait{pollfd{broker.get(), POLLIN, 0}, pollfd{woken.get(), POLLIN, 0}};;) {
        ::poll(wait.data(), wait.size(), -1);
        if (readable(wait[0])) {
            std::string packet = receive(broker);
            {
                const std::lock_guard lock(mutex);
                asked.push_back(std::move(packet));
            }
            changed.notify_one();
        }
        if (readable(wait[1])) {
            eventfd_t ignored = 0;
            ::eventfd_read(woken.get(), &ignored);
            std::deque<std::string> ready;
            {
                const std::lock_guard lock(mutex);
                ready.swap(answered);
            }
            for (const auto& packet : ready)
                send(broker, packet);
        }
    }
}

/// Runs `be` in a process of its own, that ends with this one.
template <class Be> void start(Be be) {
    const pid_t parent = ::getpid(), pid = ::fork();
    if (pid < 0)
        throw std::runtime_error("fork");
    if (pid > 0)
        return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() == parent)
        be();
    ::_exit(0);
}

} // namespace

void serve_chain(const std::string& endpoint, int bytes) {
    const std::string answer(static_cast<std::size_t>(bytes), 'x');
    auto [gate, to_gate] = io::make_socket_pair();
    auto [broker, to_broker] = io::make_socket_pair();
    for (const io::Fd* each : {&gate, &to_gate, &broker, &to_broker})
        ::fcntl(each->get(), F_SETFL, 0); // waiting: poll says when
    start([&to_broker = to_broker] { be_host(to_broker); });
    start([&to_gate = to_gate, &broker = broker] { be_broker(to_gate, broker); });
    zmq::context_t context;
    zmq::socket_t clients(context, zmq::socket_type::router);
    clients.bind(endpoint);
    std::vector<zmq::pollitem_t> wait{{clients.handle(), 0, ZMQ_POLLIN, 0}, {nullptr, gate.get(), ZMQ_POLLIN, 0}};
    for (;;) {
        zmq::poll(wait);
        zmq::message_t id, payload;
        while (clients.recv(id, zmq::recv_flags::dontwait)) {
            static_cast<void>(clients.recv(payload));
            const auto length = static_cast<char>(id.size());
            send(gate, length + id.to_string() + payload.to_string());
        }
        if ((wait[1].revents & ZMQ_POLLIN) != 0) {
            const std::string packet = receive(gate);
            clients.send(zmq::buffer(packet.data() + 1, static_cast<std::size_t>(packet[0])), zmq::send_flags::sndmore);
            clients.send(zmq::buffer(answer), zmq::send_flags::none);
        }
    }
}

} // namespace rekam::bench
