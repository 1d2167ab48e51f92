// SPDX-License-Identifier: Apache-2.0
#include "core/gate/guard.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <ctime>
#include <memory>
#include <span>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace rekam::gate::guard {
namespace {

/// libzmq reads into a buffer of this size, unless it waits for the rest of one long part.
constexpr std::size_t batch_bytes = 8'192;
/// In a batch an empty part takes 2 bytes, and 64 in libzmq's queue.
constexpr std::int64_t growth = 32;
/// Above this a connection is one of those to blame when the total is reached.
constexpr std::int64_t fair_bytes = 1 << 20;
/// Heartbeats are no messages; what they add must not sum up over weeks.
constexpr std::int64_t requests_leak_per_s = 256, events_leak_per_s = 256;
constexpr unsigned char zmtp_signature = 0xff;

/// What is known of one descriptor. Written by the I/O thread that accepts and reads, read by both threads.
struct Entry {
    std::atomic<Kind> listens{Kind::none}, kind{Kind::none};
    std::atomic<std::uint32_t> generation{0};
    std::atomic<std::int64_t> charge{0}, charged_s{0};
    std::atomic<bool> greeted{false};
};

struct State {
    Limits limits;
    std::unique_ptr<Entry[]> entries; ///< by descriptor, limits.descriptors of them
    std::atomic<std::int64_t> total{0}, refused{0}, not_zmtp{0};
    std::atomic<int> spare{-1};
};

State state;
std::atomic<bool> started{false};

Entry* entry(int descriptor) {
    if (!started.load(std::memory_order_acquire) || descriptor < 0 || descriptor >= state.limits.descriptors)
        return nullptr;
    return &state.entries[static_cast<std::size_t>(descriptor)];
}

std::int64_t seconds() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return now.tv_sec;
}

int real_accept(int listener, sockaddr* address, socklen_t* size, int flags) {
    return static_cast<int>(::syscall(SYS_accept4, listener, address, size, flags));
}

/// libzmq asserts on most errors of accept; this one it takes for a client that changed its mind.
int refuse() {
    state.refused.fetch_add(1, std::memory_order_relaxed);
    errno = ECONNABORTED;
    return -1;
}

/// No descriptor is free: without one the client cannot even be turned away, and would stay in the queue for ever.
int accept_without_room(int listener) {
    const int spare = state.spare.exchange(-1);
    if (spare >= 0)
        ::close(spare);
    const int descriptor = real_accept(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (descriptor >= 0)
        ::close(descriptor);
    state.spare = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    return refuse();
}

void reset_charge(Entry& one) { state.total.fetch_sub(one.charge.exchange(0)); }

int guarded_accept(int listener, sockaddr* address, socklen_t* size, int flags) {
    const int descriptor = real_accept(listener, address, size, flags);
    const Entry* listens = entry(listener);
    const Kind kind = listens ? listens->listens.load(std::memory_order_relaxed) : Kind::none;
    if (kind == Kind::none)
        return descriptor;
    if (descriptor < 0) {
        if (errno == EMFILE || errno == ENFILE)
            return accept_without_room(listener);
        if (errno != EAGAIN && errno != EINTR)
            errno = ECONNABORTED;
        return -1;
    }
    // The kernel gives the lowest free number: this number is the count of those in use below it.
    Entry* one = entry(descriptor);
    if (!one) {
        ::close(descriptor);
        return refuse();
    }
    reset_charge(*one);
    one->charged_s = seconds();
    one->greeted = false;
    one->generation.fetch_add(1);
    one->kind = kind;
    return descriptor;
}

/// Adds what was read to what the connection holds; false when that is too much.
bool charge(Entry& one, Kind kind, std::int64_t bytes, bool batch) {
    const std::int64_t now_s = seconds();
    const bool events = kind == Kind::events;
    const std::int64_t leak =
        (now_s - one.charged_s.exchange(now_s)) * (events ? events_leak_per_s : requests_leak_per_s);
    const std::int64_t weight = batch && !events ? bytes * growth : bytes;
    const std::int64_t before = one.charge.load();
    const std::int64_t after = std::max<std::int64_t>(before - leak, 0) + weight;
    one.charge.fetch_add(after - before);
    const std::int64_t total = state.total.fetch_add(after - before) + after - before;
    if (after > (events ? state.limits.subscription_bytes : state.limits.message_bytes))
        return false;
    return total <= state.limits.total_bytes || after <= fair_bytes;
}

/// What recv gave for a guarded connection; 0 makes libzmq close it.
ssize_t guarded(Entry& one, Kind kind, std::span<const unsigned char> read, std::size_t asked) {
    if (!one.greeted.exchange(true) && read[0] != zmtp_signature) {
        state.not_zmtp.fetch_add(1, std::memory_order_relaxed);
        one.kind = Kind::none;
        return 0;
    }
    if (charge(one, kind, static_cast<std::int64_t>(read.size()), asked <= batch_bytes))
        return static_cast<ssize_t>(read.size());
    state.refused.fetch_add(1, std::memory_order_relaxed);
    reset_charge(one);
    one.kind = Kind::none;
    return 0;
}

} // namespace

void start(const Limits& limits) {
    state.limits = limits;
    state.entries = std::make_unique<Entry[]>(static_cast<std::size_t>(limits.descriptors));
    state.spare = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    started.store(true, std::memory_order_release);
}

void listening(int descriptor, Kind kind) {
    if (Entry* one = entry(descriptor))
        one->listens = kind;
}

std::uint64_t connection(int descriptor) {
    const Entry* one = entry(descriptor);
    return one ? (std::uint64_t{one->generation.load()} << 32U) | static_cast<std::uint32_t>(descriptor) : 0;
}

void taken(int descriptor) {
    if (Entry* one = entry(descriptor))
        reset_charge(*one);
}

void cut(std::uint64_t which) {
    const int descriptor = static_cast<int>(which & 0xffff'ffffU);
    if (which != 0 && connection(descriptor) == which)
        ::shutdown(descriptor, SHUT_RDWR);
}

Totals totals() { return {state.refused.load(), state.not_zmtp.load()}; }

} // namespace rekam::gate::guard

// The names that libzmq calls. Their declarations come from sys/socket.h.
extern "C" {

int accept4(int listener, sockaddr* address, socklen_t* size, int flags) {
    return rekam::gate::guard::guarded_accept(listener, address, size, flags);
}

int accept(int listener, sockaddr* address, socklen_t* size) {
    return rekam::gate::guard::guarded_accept(listener, address, size, 0);
}

int close(int descriptor) {
    using namespace rekam::gate::guard;
    if (Entry* one = entry(descriptor)) { // before the number is free for the next
        one->kind = Kind::none;
        reset_charge(*one);
    }
    return static_cast<int>(::syscall(SYS_close, descriptor));
}

ssize_t recv(int descriptor, void* buffer, size_t size, int flags) {
    using namespace rekam::gate::guard;
    const ssize_t bytes = ::syscall(SYS_recvfrom, descriptor, buffer, size, flags, nullptr, nullptr);
    Entry* one = bytes > 0 ? entry(descriptor) : nullptr;
    const Kind kind = one ? one->kind.load() : Kind::none;
    if (kind == Kind::none)
        return bytes;
    return guarded(*one, kind, {static_cast<const unsigned char*>(buffer), static_cast<std::size_t>(bytes)}, size);
}

} // extern "C"
