// SPDX-License-Identifier: Apache-2.0
// Drives the host's loop by hand: time, messages in, effects out.
#pragma once

#include "core/host/loop.h"
#include "core/wire/codec.h"
#include "core/wire/gate_messages.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace rekam::host {

class Harness {
  public:
    Loop loop;
    Now now{.mono_us = 1'000'000};
    Effects effects; ///< of the last step

    void step(Event event) { effects = loop.step(now, std::move(event)); }
    void pass_ms(std::int64_t ms) {
        now.mono_us += ms * us_per_ms;
        step(Tick{});
    }

    void receive(wire::Type type, std::string json = "", std::uint64_t job = 0, std::uint64_t fence = 1,
                 std::int64_t deadline_ms = 0, std::uint64_t request = 0) {
        wire::Message message;
        message.prefix.type = type;
        message.prefix.job = job;
        message.prefix.fence = fence;
        message.prefix.deadline_ms = deadline_ms;
        message.prefix.request = request;
        message.prefix.incarnation = 7;
        message.json = std::move(json);
        step(Received{std::move(message)});
    }
    void start() { receive(wire::Type::host_start, wire::encode(wire::HostStart{"p.so", "cam-1", 1'000})); }
    void run(CallId job, std::int64_t deadline_ms = 0, std::uint64_t fence = 1) {
        wire::HostRun run;
        run.subject = "face";
        run.parts = {"face"};
        run.accepted_mono_us = now.mono_us;
        receive(wire::Type::host_run, wire::encode(run), job, fence, deadline_ms);
    }
    void interrupt(CallId job, std::uint64_t fence = 1) { receive(wire::Type::host_interrupt, "", job, fence); }
    void check(model::HealthLevel level = model::HealthLevel::self, std::uint64_t request = 1) {
        receive(wire::Type::host_check, wire::encode(wire::HostCheck{level}), 0, 0, 0, request);
    }
    void taken(std::int64_t count) { receive(wire::Type::host_taken, wire::encode(wire::Taken{count})); }
    void frame(CallId job, wire::Descriptor descriptor, std::int64_t age_us = 0) {
        wire::HostFrame frame;
        frame.subject = "face";
        frame.format = "image/png";
        frame.exposure.mono_us = now.mono_us - age_us;
        step(Framed{job, frame, descriptor});
    }
    void ended(CallId job, std::optional<model::Code> code = std::nullopt,
               std::optional<wire::Readings> readings = std::nullopt) {
        std::optional<wire::Failure> failure;
        if (code)
            failure.emplace().code = *code;
        step(RunEnded{job, failure, {}, std::move(readings)});
    }
    void opened(bool health_beside = false) {
        wire::HostReady ready;
        ready.device.id = "cam-1";
        ready.device.health_ms_max = 1'000;
        ready.health_beside_job = health_beside;
        step(Opened{ready});
    }
    void to_open(bool health_beside = false) {
        step(Started{"build", 1});
        start();
        opened(health_beside);
    }

    template <class T> [[nodiscard]] std::vector<T> all() const {
        std::vector<T> found;
        for (const Effect& effect : effects)
            if (const auto* one = std::get_if<T>(&effect))
                found.push_back(*one);
        return found;
    }
    template <class T> [[nodiscard]] bool has() const { return !all<T>().empty(); }
    /// Messages of that type among the effects.
    [[nodiscard]] std::vector<wire::Message> sent(wire::Type type) const {
        std::vector<wire::Message> found;
        for (const Send& send : all<Send>())
            if (send.message.prefix.type == type)
                found.push_back(send.message);
        return found;
    }
    template <class T> [[nodiscard]] T body(wire::Type type) const {
        const auto messages = sent(type);
        EXPECT_EQ(messages.size(), 1u);
        if (messages.empty())
            return {};
        auto decoded = wire::decode<T>(messages.front().json);
        EXPECT_TRUE(decoded) << messages.front().json;
        return decoded ? *decoded : T{};
    }
    /// The code of the one final among the effects; empty for a good end.
    [[nodiscard]] std::optional<model::Code> final_code() const {
        const auto final = body<wire::HostFinal>(wire::Type::host_final);
        return final.failure ? std::optional(final.failure->code) : std::nullopt;
    }
    [[nodiscard]] std::optional<int> exit_code() const {
        const auto exits = all<Exit>();
        return exits.empty() ? std::nullopt : std::optional(exits.front().code);
    }
};

} // namespace rekam::host
