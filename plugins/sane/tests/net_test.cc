// SPDX-License-Identifier: Apache-2.0 OR MIT
// Scanners of another machine: SANE's net client against saned, which works, dies and hangs.
#include "plugins/sane/tests/saned.h"
#include "plugins/sane/tests/test_host.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <thread>

namespace rekam::sane_test {
namespace {

constexpr int64_t generous_ms = 20'000;

class Net : public testing::Test {
  protected:
    static void SetUpTestSuite() { ::signal(SIGPIPE, SIG_IGN); } // as the station's host does

    OptionList big() const {
        return {{"mode", "color"},
                {"depth", 8},
                {"dpi", 600},
                {"area.x_um", 0},
                {"area.y_um", 0},
                {"area.width_um", 200'000},
                {"area.height_um", 200'000},
                {"sane:read-delay", true},
                {"sane:read-delay-duration", 20'000}};
    }
    Saned saned_;
};

TEST_F(Net, ListsAndScansLikeTheScannerItself) {
    TestHost host;
    const auto found = host.enumerate();
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0].id, saned_.scanner(0));
    EXPECT_STREQ(found[0].physical, "");
    const auto device = host.open(saned_.scanner());
    for (const char* mode : {"lineart", "gray", "color"})
        for (const int depth : {1, 8, 16}) {
            if ((std::string(mode) == "lineart") != (depth == 1))
                continue;
            const OptionList wanted{
                {"mode", mode}, {"depth", depth}, {"sane:test-picture", "Color pattern"}, {"dpi", 150}};
            const Outcome far = device->run(wanted);
            ASSERT_EQ(far.code, REKAM_OK) << far.error.message;
            ASSERT_EQ(far.pages.size(), 1u);
            const auto local = host.open("test:1"); // the same back end in this process
            OptionList same_area = wanted;
            same_area.insert(
                same_area.end(),
                {{"area.x_um", 0}, {"area.y_um", 0}, {"area.width_um", 40'000}, {"area.height_um", 30'000}});
            const Outcome near = local->run(same_area);
            ASSERT_EQ(near.code, REKAM_OK) << near.error.message;
            EXPECT_TRUE(far.pages[0].bytes == near.pages[0].bytes) << mode << ' ' << depth;
        }
}

// SANE's own threads make it deadly again while they scan.
TEST_F(Net, ABrokenPipeStaysHarmlessAfterALocalScan) {
    TestHost host;
    ASSERT_EQ(host.open("test:0")->run({{"mode", "color"}}).code, REKAM_OK);
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    ::close(ends[0]);
    EXPECT_EQ(::write(ends[1], "x", 1), -1);
    EXPECT_EQ(errno, EPIPE);
    ::close(ends[1]);
}

TEST_F(Net, FeedsTenPagesInOneOrThreePasses) {
    TestHost host;
    for (const bool three_pass : {false, true}) {
        const auto device = host.open(saned_.scanner());
        OptionList wanted{{"source", "feeder"}, {"mode", "color"}};
        // The delay: saned reads ahead, and the test scanner tells the colour of the pass that comes next when all is
        // read.
        if (three_pass)
            wanted.insert(wanted.end(), {{"sane:three-pass", true},
                                         {"pages_max", 2},
                                         {"sane:read-delay", true},
                                         {"sane:read-delay-duration", 100'000}});
        const Outcome outcome = device->run(wanted);
        EXPECT_EQ(outcome.code, REKAM_OK) << outcome.error.message;
        EXPECT_EQ(outcome.pages.size(), three_pass ? 2u : 10u);
    }
}

TEST_F(Net, TellsWhatTheScannerSaid) {
    auto host = std::make_unique<TestHost>();
    std::unique_ptr<TestDevice> device;
    // saned dies or hangs now and then of the asynchronous cancellation that follows a status (calm_malloc.c); the
    // plugin says so then, and another saned is asked. By another host, as at a station: SANE's net client keeps the
    // connection of the one that died, and each sane_open fails on it until sane_exit.
    const auto run = [&](const OptionList& options) {
        for (int tries = 0;; ++tries) {
            try {
                if (!device)
                    device = host->open(saned_.scanner());
                Outcome outcome = device->run(options);
                const bool left = outcome.code == REKAM_E_DEVICE_GONE || outcome.code == REKAM_E_NOT_READY;
                if (!left || tries == 10)
                    return outcome;
            } catch (const std::exception&) { // it died between two of our calls
                if (tries == 10)
                    throw;
            }
            saned_.start_again(); // first: while the old one hangs, nothing of the host can end
            device = nullptr;
            host = nullptr;
            host = std::make_unique<TestHost>();
        }
    };
    struct {
        const char* status;
        uint32_t code;
    } const cases[] = {{"SANE_STATUS_JAMMED", REKAM_E_JAM},
                       {"SANE_STATUS_COVER_OPEN", REKAM_E_COVER_OPEN},
                       {"SANE_STATUS_NO_DOCS", REKAM_E_FEEDER_EMPTY},
                       {"SANE_STATUS_IO_ERROR", REKAM_E_DEVICE_ERROR}};
    for (const auto& one : cases) {
        const Outcome outcome = run({{"sane:read-return-value", one.status}});
        EXPECT_EQ(outcome.code, one.code) << one.status << ": " << outcome.error.message;
        EXPECT_EQ(run({}).code, REKAM_OK);
    }
}

TEST_F(Net, InterruptedInTheMiddleTheNextScanWorks) {
    TestHost host;
    const auto device = host.open(saned_.scanner());
    for (int round = 0; round < 3; ++round) {
        device->on_write = [&](std::size_t) { device->interrupt(); };
        const Outcome outcome = device->run(big());
        device->on_write = nullptr;
        EXPECT_EQ(outcome.code, REKAM_E_CANCELLED) << outcome.error.message;
        EXPECT_LT(outcome.took_ms, generous_ms);
        EXPECT_EQ(device->run().code, REKAM_OK);
    }
}

TEST_F(Net, AServerThatDiesInTheMiddleIsAGoneDeviceAndNoCrash) {
    TestHost host;
    auto device = host.open(saned_.scanner());
    device->on_write = [&](std::size_t) { saned_.kill(); };
    const Outcome outcome = device->run(big());
    device->on_write = nullptr;
    EXPECT_TRUE(outcome.code == REKAM_E_DEVICE_GONE || outcome.code == REKAM_E_DEVICE_ERROR) << outcome.error.message;
    EXPECT_LT(outcome.took_ms, generous_ms);
    EXPECT_TRUE(outcome.pages.empty());
    EXPECT_EQ(outcome.frames_left, 0u);
    EXPECT_NE(device->run().code, REKAM_OK);
    const auto checks = device->health(REKAM_LEVEL_SELF);
    ASSERT_FALSE(checks.empty());
    EXPECT_EQ(checks[0].state, static_cast<uint32_t>(REKAM_HEALTH_FAILED)) << checks[0].evidence;
    EXPECT_NE(host.changes() & REKAM_CHANGED_GONE, 0u);
    device = nullptr;
    rekam_error_t error{};
    EXPECT_EQ(host.open(saned_.scanner(), &error), nullptr);
    EXPECT_TRUE(error.code == REKAM_E_DEVICE_DOWN || error.code == REKAM_E_DEVICE_GONE) << error.message;
}

TEST_F(Net, AServerThatDiesBetweenJobsIsAGoneDeviceAndNoCrash) {
    {
        TestHost host;
        const auto device = host.open(saned_.scanner());
        EXPECT_EQ(device->run().code, REKAM_OK);
        saned_.kill();
        const Outcome outcome = device->run();
        EXPECT_EQ(outcome.code, REKAM_E_DEVICE_GONE) << outcome.error.message;
        EXPECT_STREQ(outcome.error.hint, "check-cable");
        EXPECT_LT(outcome.took_ms, generous_ms);
        EXPECT_NE(host.changes() & REKAM_CHANGED_GONE, 0u);
        uint32_t code = 0;
        const auto checks = device->health(REKAM_LEVEL_EXERCISE, &code);
        ASSERT_EQ(checks.size(), 1u);
        EXPECT_EQ(checks[0].state, static_cast<uint32_t>(REKAM_HEALTH_FAILED));
    }
    saned_.start_again();
    TestHost fresh;
    EXPECT_EQ(fresh.open(saned_.scanner())->run().code, REKAM_OK);
}

/// Interrupts once from another thread, a little after `hangs` has become true.
class LateInterrupt {
  public:
    LateInterrupt(TestDevice& device, const std::atomic<bool>& hangs)
        : thread_([&] {
              for (int64_t ms = 0; ms < generous_ms && !hangs; ms += 10)
                  std::this_thread::sleep_for(std::chrono::milliseconds(10));
              std::this_thread::sleep_for(std::chrono::milliseconds(300));
              device.interrupt();
          }) {}
    ~LateInterrupt() { thread_.join(); }
    LateInterrupt(const LateInterrupt&) = delete;
    LateInterrupt& operator=(const LateInterrupt&) = delete;

  private:
    std::thread thread_;
};

TEST_F(Net, AServerThatHangsInTheMiddleIsLeftByAnInterruptAndServesAgainWhenItGoesOn) {
    auto host = std::make_unique<TestHost>();
    auto device = host->open(saned_.scanner());
    std::atomic<bool> hangs{false};
    device->on_write = [&](std::size_t) {
        saned_.stop();
        hangs = true;
    };
    {
        const LateInterrupt late(*device, hangs);
        const Outcome outcome = device->run(big());
        EXPECT_EQ(outcome.code, REKAM_E_CANCELLED) << outcome.error.message;
        EXPECT_LT(outcome.took_ms, generous_ms);
    }
    device->on_write = nullptr;
    const auto checks = device->health(REKAM_LEVEL_SELF);
    ASSERT_EQ(checks.size(), 1u);
    EXPECT_EQ(checks[0].state, static_cast<uint32_t>(REKAM_HEALTH_FAILED));
    EXPECT_EQ(checks[0].hint, "wait-ready");
    {
        const LateInterrupt late(*device, hangs); // the job waits behind the call that hangs
        EXPECT_EQ(device->run().code, REKAM_E_CANCELLED);
    }
    saned_.go_on();
    Outcome next = device->run();
    if (next.code ==
        REKAM_E_DEVICE_GONE) { // it went on in the middle of a write to who has left: saned quits at SIGPIPE
        device = nullptr;
        host = nullptr;
        host =
            std::make_unique<TestHost>(); // SANE's net client keeps the dead connection; a station starts a host anew
        device = host->open(saned_.scanner());
        ASSERT_TRUE(device);
        next = device->run();
    }
    EXPECT_EQ(next.code, REKAM_OK) << next.error.message;
}

TEST_F(Net, AServerThatHangsBeforeTheScanIsLeftByAnInterrupt) {
    TestHost host;
    const auto device = host.open(saned_.scanner());
    saned_.stop();
    const std::atomic<bool> hangs{true};
    {
        const LateInterrupt late(*device, hangs);
        const Outcome outcome = device->run();
        EXPECT_EQ(outcome.code, REKAM_E_CANCELLED) << outcome.error.message;
        EXPECT_LT(outcome.took_ms, generous_ms);
    }
    saned_.go_on();
    EXPECT_EQ(device->run().code, REKAM_OK);
}

bool readable(int fd, int ms) {
    pollfd waited{fd, POLLIN, 0};
    return ::poll(&waited, 1, ms) == 1;
}

// What SANE's net client cannot do is leave the call: a host whose server never comes back has to be killed at the end.
TEST_F(Net, AServerThatNeverComesBackLeavesAHostThatCanOnlyBeKilled) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    const pid_t host_process = ::fork();
    if (host_process == 0) {
        TestHost host;
        auto device = host.open(saned_.scanner());
        std::atomic<bool> hangs{false};
        device->on_write = [&](std::size_t) {
            saned_.stop();
            hangs = true;
        };
        bool cancelled = false;
        {
            const LateInterrupt late(*device, hangs);
            cancelled = device->run(big()).code == REKAM_E_CANCELLED;
        }
        const char word = cancelled ? 'c' : '?';
        const bool told = ::write(ends[1], &word, 1) == 1;
        device = nullptr; // close: waits for the server
        const char closed = 'x';
        ::_exit(told && ::write(ends[1], &closed, 1) == 1 ? 0 : 1);
    }
    char word = 0;
    EXPECT_TRUE(readable(ends[0], generous_ms));
    EXPECT_EQ(::read(ends[0], &word, 1), 1);
    EXPECT_EQ(word, 'c');
    EXPECT_FALSE(readable(ends[0], 1'500)) << "close came back although the server is stopped";
    ::kill(host_process, SIGKILL);
    int status = 0;
    EXPECT_EQ(::waitpid(host_process, &status, 0), host_process);
    EXPECT_TRUE(WIFSIGNALED(status));
    ::close(ends[0]);
    ::close(ends[1]);
    saned_.go_on();
    TestHost host; // a fresh host finds the scanner free
    std::unique_ptr<TestDevice> device;
    rekam_error_t error{};
    for (int i = 0; i < 200 && !device; ++i) {
        device = host.open(saned_.scanner(), &error);
        if (!device)
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    ASSERT_NE(device, nullptr) << error.message;
    EXPECT_EQ(device->run().code, REKAM_OK);
}

} // namespace
} // namespace rekam::sane_test
