// SPDX-License-Identifier: Apache-2.0
// Several devices in one host: each has its own jobs and its own end, all have one channel and one fate.
#include "core/host/loops.h"
#include "core/wire/codec.h"
#include "core/wire/gate_messages.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace rekam::host {
namespace {

using model::Code;
using wire::Type;

class LoopsTest : public testing::Test {
  protected:
    Loops loops;
    Now now{.mono_us = 1'000'000};
    std::vector<DeviceEffect> effects; ///< of the last step

    void step(DeviceNo device, Event event) { effects = loops.step(now, device, std::move(event)); }
    void receive(Type type, DeviceNo device, std::string json = "", std::uint64_t job = 0) {
        wire::Message message;
        message.prefix.type = type;
        message.prefix.request = device;
        message.prefix.job = job;
        message.prefix.incarnation = 7;
        message.json = std::move(json);
        step(0, Received{std::move(message)});
    }
    void start(DeviceNo device, bool shared = true) {
        const wire::HostStart start{"p.so", "cam-" + std::to_string(device), 1'000, shared};
        receive(Type::host_start, device, wire::encode(start));
    }
    void open(DeviceNo device, bool shared = true) {
        start(device, shared);
        step(device, Opened{});
    }
    void run(DeviceNo device, CallId job) {
        wire::HostRun run;
        run.accepted_mono_us = now.mono_us;
        receive(Type::host_run, device, wire::encode(run), job);
    }
    void frame(DeviceNo device, CallId job, wire::Descriptor descriptor) {
        wire::HostFrame frame;
        frame.format = "image/png";
        frame.exposure.mono_us = now.mono_us;
        step(device, Framed{job, frame, descriptor});
    }
    /// Messages of that type among the effects.
    std::vector<wire::Message> sent(Type type) const {
        std::vector<wire::Message> found;
        for (const DeviceEffect& one : effects)
            if (const auto* send = std::get_if<Send>(&one.effect); send && send->message.prefix.type == type)
                found.push_back(send->message);
        return found;
    }
    template <class T> std::vector<DeviceNo> devices_of() const {
        std::vector<DeviceNo> found;
        for (const DeviceEffect& one : effects)
            if (std::holds_alternative<T>(one.effect))
                found.push_back(one.device);
        return found;
    }
    std::optional<int> exit_code() const {
        for (const DeviceEffect& one : effects)
            if (const auto* exit = std::get_if<Exit>(&one.effect))
                return exit->code;
        return std::nullopt;
    }
    void two_open() {
        step(0, Started{"build", 1});
        open(1);
        open(2);
    }
};

TEST_F(LoopsTest, EachDeviceHasItsOwnJobAndItsOwnAnswers) {
    two_open();
    run(1, 5);
    run(2, 6);
    EXPECT_EQ(devices_of<host::Run>(), std::vector<DeviceNo>{2});
    frame(1, 5, 30);
    ASSERT_EQ(sent(Type::host_frame).size(), 1U);
    EXPECT_EQ(sent(Type::host_frame)[0].prefix.request, 1U);
    EXPECT_EQ(devices_of<FrameTaken>(), std::vector<DeviceNo>{1});
    step(1, RunEnded{5, {}});
    EXPECT_EQ(sent(Type::host_final)[0].prefix.job, 5U);
    receive(Type::host_interrupt, 2, "", 6);
    EXPECT_EQ(devices_of<Interrupt>(), std::vector<DeviceNo>{2});
}

TEST_F(LoopsTest, OneDeviceClosesAndIsOpenedAgainWhileTheOtherWorks) {
    two_open();
    run(1, 5);
    receive(Type::host_stop, 2);
    EXPECT_EQ(devices_of<Close>(), std::vector<DeviceNo>{2});
    step(2, Closed{});
    ASSERT_EQ(sent(Type::host_closed).size(), 1U);
    EXPECT_EQ(sent(Type::host_closed)[0].prefix.request, 2U);
    EXPECT_EQ(sent(Type::host_closed)[0].prefix.incarnation, 7U);
    EXPECT_FALSE(exit_code());
    open(2);
    EXPECT_EQ(sent(Type::host_ready)[0].prefix.request, 2U);
    frame(1, 5, 30);
    EXPECT_EQ(sent(Type::host_frame).size(), 1U);
}

TEST_F(LoopsTest, ARefusedDeviceLeavesTheOthersAndTheProcessAlone) {
    step(0, Started{});
    start(1);
    step(1, OpenFailed{});
    EXPECT_EQ(sent(Type::host_failed)[0].prefix.request, 1U);
    EXPECT_EQ(sent(Type::host_failed)[0].prefix.flags, 0U);
    EXPECT_FALSE(exit_code()) << "the broker says when the process is over";
    open(2);
    EXPECT_EQ(sent(Type::host_ready).size(), 1U);
}

TEST_F(LoopsTest, ADeviceOfItsOwnTakesTheProcessAlong) {
    step(0, Started{});
    start(1, false);
    step(1, OpenFailed{});
    EXPECT_EQ(exit_code(), exit_ok);
    EXPECT_TRUE(loops.is_leaving());
}

TEST_F(LoopsTest, AHangSaysWhoseItIsAndEndsTheProcess) {
    two_open();
    run(1, 5);
    run(2, 6);
    receive(Type::host_interrupt, 2, "", 6);
    now.mono_us = loops.next_deadline_us();
    step(0, Tick{});
    const auto failed = sent(Type::host_failed);
    ASSERT_EQ(failed.size(), 1U);
    EXPECT_EQ(failed[0].prefix.request, 2U);
    EXPECT_EQ(failed[0].prefix.flags, wire::flag_fatal);
    EXPECT_EQ(sent(Type::host_final).size(), 1U) << "the other's end is the broker's to tell";
    EXPECT_EQ(exit_code(), exit_broken_promise);
    EXPECT_EQ(loops.next_deadline_us(), never_us);
    frame(1, 5, 30);
    EXPECT_EQ(devices_of<Release>().size(), 1U) << "what still comes is given back";
}

TEST_F(LoopsTest, AHangWhileOpeningIsFatalToo) {
    two_open();
    start(3);
    now.mono_us = loops.next_deadline_us();
    step(0, Tick{});
    ASSERT_EQ(sent(Type::host_failed).size(), 1U);
    EXPECT_EQ(sent(Type::host_failed)[0].prefix.flags, wire::flag_fatal);
}

TEST_F(LoopsTest, CreditBelongsToTheChannel) {
    two_open();
    run(1, 5);
    run(2, 6);
    for (int i = 0; i < 16; ++i)
        frame(1, 5, 100 + i);
    frame(2, 6, 200);
    EXPECT_TRUE(sent(Type::host_frame).empty()) << "one has used all of it";
    receive(Type::host_taken, 1, wire::encode(wire::Taken{1}));
    ASSERT_EQ(sent(Type::host_frame).size(), 1U);
    EXPECT_EQ(sent(Type::host_frame)[0].prefix.request, 2U);
    receive(Type::host_taken, 9, wire::encode(wire::Taken{16}));
    EXPECT_FALSE(exit_code()) << "of a device that has gone meanwhile";
    receive(Type::host_taken, 9, wire::encode(wire::Taken{1}));
    EXPECT_EQ(exit_code(), exit_protocol) << "more than was sent";
}

TEST_F(LoopsTest, TheStopOfTheProcessWaitsForAllDevices) {
    two_open();
    EXPECT_FALSE(loops.is_leaving());
    receive(Type::host_stop, 0);
    EXPECT_TRUE(loops.is_leaving());
    EXPECT_EQ(devices_of<Close>(), (std::vector<DeviceNo>{1, 2}));
    step(2, Closed{});
    EXPECT_FALSE(exit_code());
    step(1, Closed{});
    EXPECT_EQ(exit_code(), exit_ok);
}

TEST_F(LoopsTest, WithoutABrokerAllDevicesAreClosed) {
    two_open();
    step(0, Detached{});
    EXPECT_EQ(devices_of<Close>(), (std::vector<DeviceNo>{1, 2}));
    step(1, Closed{});
    EXPECT_TRUE(sent(Type::host_closed).empty());
    step(2, Closed{});
    EXPECT_EQ(exit_code(), exit_ok);
}

TEST_F(LoopsTest, APingIsAnsweredForTheProcess) {
    two_open();
    receive(Type::host_ping, 0);
    ASSERT_EQ(sent(Type::host_pong).size(), 1U);
    EXPECT_EQ(sent(Type::host_pong)[0].prefix.incarnation, 7U);
}

TEST_F(LoopsTest, WhatIsForNoDeviceIsRefusedOrDropped) {
    two_open();
    run(9, 5);
    ASSERT_EQ(sent(Type::host_final).size(), 1U);
    EXPECT_NE(sent(Type::host_final)[0].json.find("not-ready"), std::string::npos);
    receive(Type::host_stop, 9);
    EXPECT_TRUE(effects.empty());
    step(9, Changed{.devices = true});
    EXPECT_TRUE(effects.empty());
    frame(9, 5, 40);
    EXPECT_EQ(devices_of<Release>().size(), 1U);
}

struct StartsCase : LoopsTest {
    using LoopsTest::exit_code;
    using LoopsTest::open;
    using LoopsTest::start;
    using LoopsTest::step;
    void TestBody() override {}
};

TEST_F(LoopsTest, StartsThatCannotBeEndTheProcess) {
    const auto refused = [](bool first_shared, DeviceNo second, bool second_shared) {
        StartsCase other;
        other.step(0, Started{});
        other.open(1, first_shared);
        other.start(second, second_shared);
        return other.exit_code();
    };
    EXPECT_EQ(refused(true, 1, true), exit_protocol) << "twice the same";
    EXPECT_EQ(refused(false, 2, true), exit_protocol) << "the first wants to be alone";
    EXPECT_EQ(refused(true, 2, false), exit_protocol) << "the second wants to be alone";
    EXPECT_EQ(refused(true, 0, true), exit_protocol) << "no device";
    EXPECT_EQ(refused(true, 2, true), std::nullopt);
    start(1);
    EXPECT_EQ(exit_code(), exit_protocol) << "before the greeting";
}

} // namespace
} // namespace rekam::host
