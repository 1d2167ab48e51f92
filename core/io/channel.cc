// SPDX-License-Identifier: Apache-2.0
#include "core/io/channel.h"

#include "core/io/packet_socket.h"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>

namespace rekam::io {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// Packets read in one turn: one chatty peer must not starve the others.
constexpr int packets_per_turn = 16;
/// Packets read at a death. More than a socket can hold, so only a living descendant that keeps writing is cut off.
constexpr int packets_at_death = 4'096;
/// How long to wait when the kernel has no room for descriptors in flight.
constexpr std::chrono::milliseconds retry_after{5};

void close_all(std::vector<wire::Descriptor>& descriptors) {
    for (const auto descriptor : descriptors)
        ::close(descriptor);
    descriptors.clear();
}

} // namespace

class Channel::Impl : public std::enable_shared_from_this<Impl> {
  public:
    Impl(asio::io_context& loop, Fd socket, Handlers handlers, ChannelLimits limits)
        : loop_(loop), socket_(loop), retry_(loop), handlers_(std::move(handlers)), limits_(limits) {
        socket_.assign(socket.get());
        static_cast<void>(socket.release()); // only now: what throws must not leave it open
    }
    ~Impl() { drop_queue(); }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    void wait_readable() {
        socket_.async_wait(asio::posix::stream_descriptor::wait_read,
                           [self = shared_from_this()](const error_code& error) {
                               if (self->closed_)
                                   return;
                               if (error)
                                   return self->end(ChannelEnd::broken, "it cannot be waited for: " + error.message());
                               self->read(packets_per_turn);
                               if (!self->closed_)
                                   self->wait_readable();
                           });
    }

    void read(int packets) {
        const auto keep = shared_from_this(); // a handler may destroy the channel
        while (!closed_ && packets-- > 0) {
            Received received = receive_packet(socket_.native_handle());
            switch (received.status) {
            case ReceiveStatus::empty: return;
            case ReceiveStatus::ended: return end(ChannelEnd::closed, "closed by the peer");
            case ReceiveStatus::broken: return end(ChannelEnd::broken, received.reason);
            case ReceiveStatus::packet: deliver(std::move(received));
            }
        }
    }

    bool send(wire::Message message) {
        if (closed_ || peer_gone_) {
            close_all(message.descriptors);
            return true;
        }
        const std::size_t bytes = sizeof message.prefix + message.json.size() + message.tail.size();
        if (packer_.packets() >= limits_.packets || queued_bytes_ + bytes > limits_.bytes) {
            close_all(message.descriptors);
            return false;
        }
        packer_.add(std::move(message));
        queued_bytes_ += bytes;
        if (!flush_posted_ && !waiting_) {
            flush_posted_ = true;
            asio::post(loop_, [self = shared_from_this()] {
                self->flush_posted_ = false;
                if (!self->waiting_)
                    self->flush();
            });
        }
        return true;
    }

    void flush() {
        while (!closed_ && !packer_.empty()) {
            auto& packet = packer_.front();
            switch (send_packet(socket_.native_handle(), packet.bytes, packet.descriptors)) {
            case SendStatus::sent:
                queued_bytes_ -= packet.bytes.size();
                close_all(packet.descriptors);
                packer_.pop_front();
                break;
            case SendStatus::full: return wait_writable();
            case SendStatus::later: return wait_a_little();
            case SendStatus::gone: // its last messages can still be read; the end comes from there
                peer_gone_ = true;
                return drop_queue();
            }
        }
    }

    void close() {
        if (closed_)
            return;
        closed_ = true; // the handlers stay: one of them may be running
        drop_queue();
        retry_.cancel();
        error_code ignored;
        socket_.close(ignored);
    }

    [[nodiscard]] bool idle() const { return packer_.empty(); }
    [[nodiscard]] bool closed() const { return closed_; }

  private:
    void deliver(Received received) {
        std::vector<wire::Descriptor> numbers;
        for (const Fd& descriptor : received.descriptors)
            numbers.push_back(descriptor.get());
        auto messages = wire::unpack(received.bytes, numbers);
        if (!messages)
            return end(ChannelEnd::broken, messages.error().message);
        for (Fd& descriptor : received.descriptors)
            static_cast<void>(descriptor.release()); // the messages own them now
        for (auto& message : *messages) {
            if (closed_)
                close_all(message.descriptors);
            else
                handlers_.received(std::move(message));
        }
    }

    void end(ChannelEnd how, std::string reason) {
        close();
        if (handlers_.ended)
            handlers_.ended(how, reason);
    }

    void wait_writable() {
        if (std::exchange(waiting_, true))
            return;
        socket_.async_wait(asio::posix::stream_descriptor::wait_write,
                           [self = shared_from_this()](const error_code& error) {
                               self->waiting_ = false;
                               if (self->closed_)
                                   return;
                               if (error)
                                   return self->end(ChannelEnd::broken, "it cannot be waited for: " + error.message());
                               self->flush();
                           });
    }

    void wait_a_little() {
        if (std::exchange(waiting_, true))
            return;
        retry_.expires_after(retry_after);
        retry_.async_wait([self = shared_from_this()](const error_code& error) {
            self->waiting_ = false;
            if (!error)
                self->flush();
        });
    }

    void drop_queue() {
        for (; !packer_.empty(); packer_.pop_front())
            close_all(packer_.front().descriptors);
        queued_bytes_ = 0;
    }

    asio::io_context& loop_;
    asio::posix::stream_descriptor socket_;
    asio::steady_timer retry_;
    Handlers handlers_;
    ChannelLimits limits_;
    wire::Packer packer_;
    std::size_t queued_bytes_ = 0;
    bool flush_posted_ = false;
    bool waiting_ = false; ///< for the socket to become writable, or for the retry timer
    bool peer_gone_ = false;
    bool closed_ = false;
};

Channel::Channel(asio::io_context& loop, Fd socket, Handlers handlers, ChannelLimits limits)
    : impl_(std::make_shared<Impl>(loop, std::move(socket), std::move(handlers), limits)) {
    impl_->wait_readable();
}
Channel::~Channel() { impl_->close(); }

bool Channel::send(wire::Message message) { return impl_->send(std::move(message)); }
void Channel::flush() { impl_->flush(); }
void Channel::drain() { impl_->read(packets_at_death); }
bool Channel::idle() const { return impl_->idle(); }
bool Channel::closed() const { return impl_->closed(); }
void Channel::close() { impl_->close(); }

} // namespace rekam::io
