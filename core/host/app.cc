// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "core/host/app.h"

#include "core/base/build.h"
#include "core/host/enumerate.h"
#include "core/host/log.h"
#include "core/host/mock.h"
#include "core/wire/codec.h"
#include "core/wire/tables.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <rekam/plugin.h>

namespace rekam::host {
namespace {

using namespace std::chrono_literals;

// What the broker has not read a second after the end, it does not want.
constexpr std::int64_t flush_us = us_per_s;
constexpr auto flush_step = 5ms;

} // namespace

App::App(io::Fd channel)
    : timer_(io_), exit_timer_(io_), main_(REKAM_THREAD_MAIN | REKAM_THREAD_DEVICE), plugin_(main_),
      channel_(io_, std::move(channel),
               {[this](wire::Message message) { received(std::move(message)); },
                [this](io::ChannelEnd how, const std::string& reason) { ended(how, reason); }}) {}

void App::run() {
    [[maybe_unused]] const auto guard = boost::asio::make_work_guard(io_);
    step(0, Started{std::string(build_id()), ::getpid()});
    io_.run();
    ::_exit(exit_protocol);
}

void App::ended(io::ChannelEnd how, const std::string& reason) {
    if (how == io::ChannelEnd::broken)
        log_line(REKAM_LOG_ERROR, "the station sent what no station sends: " + reason);
    if (enumerating_ || how == io::ChannelEnd::broken)
        ::_exit(how == io::ChannelEnd::broken ? exit_protocol : exit_ok);
    step(0, Detached{});
}

void App::received(wire::Message message) {
    if (enumerating_)
        return received_as_enumerator(message);
    if (message.prefix.type == wire::Type::enum_start && loops_.is_unused())
        return start_enumerating(message);
    if (message.prefix.type == wire::Type::host_mock)
        return tell(message);
    step(0, Received{std::move(message)});
}

// Beside the loop: it is about no job, and must reach a device whose job hangs.
void App::tell(const wire::Message& message) {
    const auto order = wire::decode<wire::HostMock>(message.json);
    if (!order || !wire::allowed(message, wire::Boundary::host, wire::Direction::from_broker))
        return end_when_sent(exit_protocol);
    wire::Message answer;
    answer.prefix = message.prefix;
    answer.prefix.type = wire::Type::host_mock_done;
    answer.json = wire::encode(tell_mock(plugin_.plugin(), *order));
    send(std::move(answer));
}

void App::start_enumerating(const wire::Message& message) {
    const auto start = wire::decode<wire::EnumStart>(message.json);
    if (!start || !wire::allowed(message, wire::Boundary::enumerator, wire::Direction::from_broker))
        return end_when_sent(exit_protocol);
    enumerating_ = true;
    main_.add([this, start = *start, prefix = message.prefix] {
        enumerate(start, prefix, [this](wire::Message answer) {
            boost::asio::post(
                io_, [this, kept = std::make_shared<wire::Message>(std::move(answer))] { send(std::move(*kept)); });
        });
        boost::asio::post(io_, [this] { end_when_sent(exit_ok); });
    });
}

void App::received_as_enumerator(const wire::Message& message) {
    if (!wire::allowed(message, wire::Boundary::enumerator, wire::Direction::from_broker))
        return end_when_sent(exit_protocol);
    if (message.prefix.type == wire::Type::host_stop)
        return end_when_sent(exit_ok);
    if (message.prefix.type != wire::Type::host_ping)
        return;
    wire::Message pong;
    pong.prefix.type = wire::Type::host_pong;
    pong.prefix.request = message.prefix.request;
    pong.prefix.incarnation = message.prefix.incarnation;
    send(std::move(pong));
}

void App::step(DeviceNo device, Event event) {
    auto effects = loops_.step(clock_.now(), device, std::move(event));
    if (loops_.is_leaving())
        plugin_.close();
    for (DeviceEffect& one : effects)
        std::visit([this, &one](auto& effect) { perform(one.device, effect); }, one.effect);
    arm();
}

App::Place::Place(App& app, std::uint32_t roles)
    : thread(
          [&app, this](Event event) {
              // Fire and forget: vendor threads must never wait for this one.
              boost::asio::post(app.io_, [&app, this, kept = std::make_shared<Event>(std::move(event))] {
                  app.step(device, std::move(*kept));
              });
          },
          app.plugin_, roles) {}

void App::perform(DeviceNo device, Open& effect) {
    if (effect.start.shared)
        plugin_.share();
    const std::uint32_t roles = effect.start.shared ? REKAM_THREAD_DEVICE : REKAM_THREAD_MAIN | REKAM_THREAD_DEVICE;
    Place& place = places_.try_emplace(effect.start.device, *this, roles).first->second;
    place.device = device;
    open_[device] = &place;
    place.thread.open(std::move(effect.start));
}

void App::arm() {
    const std::int64_t deadline_us = loops_.next_deadline_us();
    if (deadline_us == never_us) {
        timer_.cancel();
        return;
    }
    // The loop's clock is CLOCK_MONOTONIC, as is this timer's.
    timer_.expires_at(std::chrono::steady_clock::time_point(std::chrono::microseconds(deadline_us)));
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error)
            step(0, Tick{});
    });
}

void App::send(wire::Message message) {
    if (channel_.send(std::move(message)))
        return;
    log_line(REKAM_LOG_ERROR, "the station does not read what this host sends");
    ::_exit(exit_protocol);
}

void App::perform(DeviceNo, Exit& effect) {
    log_line(effect.code == exit_ok ? REKAM_LOG_INFO : REKAM_LOG_ERROR, effect.reason);
    end_when_sent(effect.code);
}

// Without destructors and exit handlers: threads of the plugin may still run, or hang for ever.
void App::end_when_sent(int code) {
    if (exit_by_us_ == never_us)
        exit_by_us_ = clock_.now().mono_us + flush_us;
    channel_.flush();
    if (channel_.idle() || channel_.closed() || clock_.now().mono_us >= exit_by_us_)
        ::_exit(code);
    exit_timer_.expires_after(flush_step);
    exit_timer_.async_wait([this, code](const boost::system::error_code&) { end_when_sent(code); });
}

} // namespace rekam::host
