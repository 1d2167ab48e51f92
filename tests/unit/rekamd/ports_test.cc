// SPDX-License-Identifier: Apache-2.0
// Resets on threads of their own: the loop goes on, hangs are bounded, and an end with a hanging thread is an end.
#include "core/rekamd/ports.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>

namespace rekam::rekamd {
namespace {

using broker::PortReset;
using broker::ResetPort;

class PortsTest : public ::testing::Test {
  protected:
    void run_until(std::size_t count) {
        loop.restart(); // it stopped when the last answer left it without work
        auto work = boost::asio::make_work_guard(loop);
        while (answers.size() < count)
            loop.run_one_for(std::chrono::seconds(60));
    }

    boost::asio::io_context loop;
    std::vector<PortReset> answers;
    Ports::Done done = [this](PortReset result) { answers.push_back(std::move(result)); };
};

TEST_F(PortsTest, AnswersOnTheLoop) {
    const auto here = std::this_thread::get_id();
    std::thread::id there;
    Ports ports(loop, done, [&](const ResetPort& wanted) -> std::optional<std::string> {
        there = std::this_thread::get_id();
        return wanted.power ? std::optional<std::string>("no switch") : std::nullopt;
    });
    ports.reset({7, "usb:1-1", false});
    run_until(1);
    EXPECT_NE(there, here);
    EXPECT_EQ(answers[0].device, 7U);
    EXPECT_FALSE(answers[0].failure);
    ports.reset({8, "usb:1-1", true});
    run_until(2);
    EXPECT_EQ(answers[1].failure, "no switch");
}

TEST_F(PortsTest, LeavesThoseThatHangWhereTheyAre) {
    std::promise<void> kernel;
    auto returns = kernel.get_future().share();
    auto ended = std::make_shared<std::promise<void>>();
    auto last = ended->get_future();
    auto running = std::make_shared<std::atomic<int>>(Ports::threads_max);
    {
        Ports ports(loop, done, [returns, ended, running](const ResetPort&) -> std::optional<std::string> {
            returns.wait();
            if (--*running == 0)
                ended->set_value();
            return std::nullopt;
        });
        for (int i = 0; i < Ports::threads_max; ++i)
            ports.reset({1, "usb:1-1", false});
        ports.reset({2, "usb:1-2", false});
        run_until(1);
        EXPECT_EQ(answers[0].device, 2U);
        EXPECT_NE(answers[0].failure->find("hang in the kernel"), std::string::npos);
    }
    kernel.set_value(); // they come back after the end of everything, and find nobody
    last.wait();
    loop.restart();
    loop.poll();
    EXPECT_EQ(answers.size(), 1U);
}

} // namespace
} // namespace rekam::rekamd
