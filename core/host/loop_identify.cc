// SPDX-License-Identifier: Apache-2.0 OR MIT
// The part of the loop that shows which device it is: one short call between two jobs, like any other of the device.
#include "core/host/loop.h"

#include "core/wire/codec.h"

#include <utility>

namespace rekam::host {

using model::Code;
using wire::Failure;
using wire::Type;

namespace {

constexpr std::int64_t longest_ms = 60'000;

} // namespace

void Loop::received_identify(const wire::Message& message) {
    const auto asked = wire::decode<wire::HostIdentify>(message.json);
    if (!asked || asked->ms < 0 || asked->ms > longest_ms)
        return end(exit_protocol, asked ? "a device that is to be shown for no sensible time" : asked.error().message);
    if (state_ != LoopState::open)
        return refuse_identify(message.prefix, Code::not_ready, "the device is not open");
    if (identify_)
        return refuse_identify(message.prefix, Code::busy, "the device is being shown already");
    identify_.emplace(IdentifyCall{message.prefix, asked->ms, false});
    schedule();
}

void Loop::refuse_identify(const wire::Prefix& prefix, Code code, const std::string& message) {
    wire::HostIdentified identified;
    identified.failure = Failure{code, message, {}, {}};
    send(Type::host_identified, prefix, wire::encode(identified));
}

void Loop::start_identify() {
    identify_->started = true;
    occupied_ = Occupied::identify;
    occupied_until_us_ = after_ms(limits_.call_ms_max + limits_.grace_ms);
    effects_.push_back(Identify{identify_->ms});
}

void Loop::on(Identified& event) {
    if (occupied_ != Occupied::identify)
        return;
    occupied_ = Occupied::no;
    occupied_until_us_ = never_us;
    send(Type::host_identified, std::exchange(identify_, std::nullopt)->prefix, wire::encode(event.said));
    schedule();
}

} // namespace rekam::host
