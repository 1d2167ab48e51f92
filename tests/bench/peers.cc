// SPDX-License-Identifier: Apache-2.0
// Raw ZeroMQ: the least that a relay, a worker behind it, and an echo can do.
#include "tests/bench/commands.h"

#include <zmq.hpp>

namespace rekam::bench {
namespace {

void forward(zmq::socket_t& from, zmq::socket_t& to) {
    // As many as are there, but not for ever: the other direction gets its turn.
    zmq::message_t part;
    for (int count = 0; count < 256; ++count) {
        if (!from.recv(part, zmq::recv_flags::dontwait))
            return;
        for (bool more = part.more(); more; more = part.more()) {
            to.send(part, zmq::send_flags::sndmore);
            static_cast<void>(from.recv(part));
        }
        to.send(part, zmq::send_flags::none);
    }
}

/// Sends every message back with `bytes` of answer in place of its last part.
void answer_all(zmq::socket_t& socket, std::size_t bytes) {
    const std::string answer(bytes, 'x');
    zmq::message_t part;
    while (socket.recv(part)) {
        if (part.more())
            socket.send(part, zmq::send_flags::sndmore);
        else
            socket.send(zmq::buffer(answer), zmq::send_flags::none);
    }
}

} // namespace

void serve_relay(const std::string& front, const std::string& back) {
    zmq::context_t context;
    zmq::socket_t clients(context, zmq::socket_type::router), workers(context, zmq::socket_type::dealer);
    clients.bind(front);
    workers.bind(back);
    std::vector<zmq::pollitem_t> items{{clients.handle(), 0, ZMQ_POLLIN, 0}, {workers.handle(), 0, ZMQ_POLLIN, 0}};
    for (;;) {
        zmq::poll(items);
        if ((items[0].revents & ZMQ_POLLIN) != 0)
            forward(clients, workers);
        if ((items[1].revents & ZMQ_POLLIN) != 0)
            forward(workers, clients);
    }
}

void serve_worker(const std::string& back, int bytes) {
    zmq::context_t context;
    zmq::socket_t socket(context, zmq::socket_type::dealer);
    socket.connect(back);
    answer_all(socket, static_cast<std::size_t>(bytes));
}

void serve_echo(const std::string& endpoint, int bytes) {
    zmq::context_t context;
    zmq::socket_t socket(context, zmq::socket_type::router);
    socket.bind(endpoint);
    answer_all(socket, static_cast<std::size_t>(bytes));
}

} // namespace rekam::bench
