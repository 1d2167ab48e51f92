// SPDX-License-Identifier: Apache-2.0
// The fault engine of the mocks: scripts that are refused, when a fault strikes, what outlives a process, what a tester
// says live.
#include "mocks/devices/kit/engine.h"
#include "tests/unit/plugin/mock_harness.h"

#include <rekam/ext/mock.h>

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <set>
#include <thread>

namespace rekam::mock {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string refusal(std::string_view text) {
    try {
        (void)parse_faults(text, "/desk/faults.toml");
    } catch (const plugin::Error& error) {
        EXPECT_EQ(error.code(), std::uint32_t{REKAM_E_NOT_READY});
        return error.what();
    }
    return "";
}

TEST(FaultScript, IsReadWithItsArgumentsAndTriggers) {
    const Script script = parse_faults(R"(seed = 9
[[fault]]
fault = "error"
code = "feeder-empty"
device = "doc-1"
job = 3
times = 2

[[fault]]
fault = "slow"
ms = 40
call = "health"
probability = 0.25
every = 2
after_ms = 10
until_ms = 90
)",
                                       "x");
    EXPECT_TRUE(script.seeded);
    EXPECT_EQ(script.seed, 9u);
    ASSERT_EQ(script.faults.size(), 2u);
    const Fault &error = script.faults[0], &slow = script.faults[1];
    EXPECT_EQ(error.line, 2u);
    EXPECT_EQ(error.call, "run");
    EXPECT_EQ(error.word("code"), "feeder-empty");
    EXPECT_EQ(error.word("effect"), "none");
    EXPECT_EQ(error.when.job, 3u);
    EXPECT_EQ(slow.number("ms"), 40u);
    EXPECT_EQ(slow.call, "health");
    EXPECT_EQ(slow.when.every, 2u);
    EXPECT_DOUBLE_EQ(slow.when.probability, 0.25);
    EXPECT_EQ(
        json_of(error),
        R"({"fault":"error","device":"doc-1","call":"run","code":"feeder-empty","effect":"none","job":3,"times":2,"live":false})");
}

TEST(FaultScript, IsRefusedWithFileLineAndWhatToDo) {
    const std::pair<const char*, const char*> cases[] = {
        {"[[fault]]\nfault = \"sneeze\"", "line 2: there is no fault \"sneeze\""},
        {"[[fault]]\nms = 3", "line 1: a fault without a name"},
        {"[[fault]]\nfault = \"delay\"", "line 1: delay needs ms"},
        {"[[fault]]\nfault = \"error\"\ncode = \"tired\"", "line 3: \"tired\" is no code"},
        {"[[fault]]\nfault = \"crash\"\nsignal = \"HUP\"", "line 3: signal must be one of: SEGV ABRT BUS FPE ILL KILL"},
        {"[[fault]]\nfault = \"jam\"\nms = 3", "line 3: jam takes no \"ms\"; leave it out"},
        {"[[fault]]\nfault = \"jam\"\ncall = \"sleep\"", "line 3: no call is named \"sleep\""},
        {"[[fault]]\nfault = \"jam\"\ntimes = 0", "line 3: times must be a whole number from 1"},
        {"[[fault]]\nfault = \"jam\"\njob = \"3\"", "line 3: job must be a whole number"},
        {"[[fault]]\nfault = \"jam\"\nprobability = 2.0", "line 3: probability must be 0.0 to 1.0"},
        {"[[fault]]\nfault = 3", "line 2: fault must be a text"},
        {"sead = 3", "line 1: only seed and [[fault]] tables stand here"},
        {"fault = [3]", "line 1: a fault is a table"},
        {"\n\n[[fault", "line 3: this is no TOML"},
    };
    for (const auto& [text, words] : cases)
        EXPECT_THAT(refusal(text), AllOf(HasSubstr("/desk/faults.toml, "), HasSubstr(words))) << text;
    EXPECT_EQ(refusal(""), "");
}

TEST(FaultScript, KnowsEveryFaultByItsNameOnly) {
    std::set<std::string_view> names;
    for (const FaultKind& kind : fault_kinds()) {
        EXPECT_TRUE(names.insert(kind.name).second) << kind.name;
        EXPECT_FALSE(kind.does.empty());
        const auto calls = fault_calls();
        EXPECT_TRUE(kind.call.empty() || std::ranges::find(calls, kind.call) != calls.end()) << kind.name;
    }
    EXPECT_EQ(code_of("sneeze"), 0u);
    EXPECT_EQ(code_of("feeder-empty"), std::uint32_t{REKAM_E_FEEDER_EMPTY});
}

class FaultEngine : public testing::Test {
  protected:
    FaultEngine() {
        std::string name = (std::filesystem::temp_directory_path() / "rekam-faults-XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
        ::setenv("REKAM_TEST_FAULTS", (folder_ + "/faults.toml").c_str(), 1);
        host_.log = [](const rekam_host*, std::uint32_t, const char*) {};
    }
    ~FaultEngine() override {
        ::unsetenv("REKAM_TEST_FAULTS");
        std::filesystem::remove_all(folder_);
    }
    void write(const std::string& text) const { std::ofstream(folder_ + "/faults.toml") << text; }
    Engine::Of of() { return {"REKAM_TEST_FAULTS", plugin::Host(&host_), &live_}; }
    /// As many jobs, '!' for one that fails.
    std::string jobs(Engine& engine, int count, const char* fault = "error") {
        std::string failed;
        for (int i = 0; i < count; ++i) {
            engine.begin_job();
            failed += engine.strike("run").has(fault) ? '!' : '.';
        }
        return failed;
    }

    std::string folder_;
    Live live_;
    rekam_host_t host_{};
};

TEST_F(FaultEngine, StrikesAtTheJobTheCallAndTheDeviceThatItNames) {
    write("fault = [{fault=\"error\", code=\"jam\", device=\"a\", job=2}]");
    Engine one(of(), "a", 1), other(of(), "b", 1);
    EXPECT_EQ(jobs(one, 4), ".!..");
    EXPECT_EQ(jobs(other, 4), "....");
    EXPECT_TRUE(one.strike("health").faults.empty());
    write("fault = [{fault=\"error\", code=\"jam\", every=3}]");
    Engine third(of(), "a", 1);
    EXPECT_EQ(jobs(third, 7), "..!..!.");
}

TEST_F(FaultEngine, CountsItsTimesOverAllProcessesUntilTheScriptIsWrittenAnew) {
    write("fault = [{fault=\"error\", code=\"jam\", times=2}]");
    {
        Engine engine(of(), "a", 1);
        EXPECT_EQ(jobs(engine, 1), "!");
    }
    Engine engine(of(), "a", 1);
    EXPECT_EQ(jobs(engine, 3), "!..");
    std::filesystem::remove(folder_ + "/faults.toml");
    write("fault = [{fault=\"error\", code=\"jam\", times=1}]");
    EXPECT_EQ(jobs(engine, 2), "!.");
}

TEST_F(FaultEngine, DrawsTheSameFromTheSameSeedAndAnotherAfterEachOpening) {
    write("seed = 5\nfault = [{fault=\"error\", code=\"jam\", probability=0.5}]");
    const auto opening = [&] {
        Engine engine(of(), "a", 1);
        return jobs(engine, 64);
    };
    const std::string first = opening(), second = opening();
    EXPECT_NE(first, second);
    EXPECT_GT(std::ranges::count(first, '!'), 16);
    EXPECT_LT(std::ranges::count(first, '!'), 48);
    std::filesystem::remove(folder_ + "/faults.toml.a.opened");
    EXPECT_EQ(opening(), first);
    EXPECT_EQ(opening(), second);
}

TEST_F(FaultEngine, LooksAtTheTimeSinceItWasOpened) {
    write("fault = [{fault=\"error\", code=\"jam\", until_ms=200}, {fault=\"throw\", after_ms=200}]");
    Engine engine(of(), "a", 1);
    EXPECT_EQ(jobs(engine, 1), "!");
    std::this_thread::sleep_for(std::chrono::milliseconds(220));
    EXPECT_EQ(jobs(engine, 1), ".");
    EXPECT_EQ(jobs(engine, 1, "throw"), "!");
}

TEST_F(FaultEngine, PullsThePlugAndPutsItBack) {
    write("fault = [{fault=\"unplug\", device=\"a\", job=2}]");
    Engine engine(of(), "a", 1);
    EXPECT_EQ(jobs(engine, 1, "unplug"), ".");
    engine.begin_job();
    EXPECT_THROW(engine.strike("run"), plugin::Error);
    EXPECT_FALSE(Engine(of(), "a", 1).plugged()) << "another process sees it, too";
    EXPECT_TRUE(Engine(of(), "b", 1).plugged());
    Memory("REKAM_TEST_FAULTS").tell("a", "fault = [{fault=\"replug\"}]");
    EXPECT_TRUE(engine.plugged());
    std::filesystem::remove(folder_ + "/faults.toml");
    write("fault = [{fault=\"unplug\", ms=80}]");
    EXPECT_FALSE(engine.plugged());
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    EXPECT_TRUE(engine.plugged());
    EXPECT_TRUE(engine.plugged()) << "once";
    write("fault = [{fault=\"replug\"}]");
    EXPECT_THROW(Engine(of(), "a", 1), plugin::Error) << "of a file, it would be for ever";
}

TEST_F(FaultEngine, FlapsSoOftenAndThenStays) {
    write("fault = [{fault=\"flapping\", count=3, ms=1500}]");
    Engine engine(of(), "a", 1);
    bool here = true;
    int changes = 0;
    const std::uint64_t from_us = mono_us();
    while (mono_us() - from_us < 3'000'000) {
        changes += std::exchange(here, engine.plugged()) != here;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    EXPECT_TRUE(here);
    EXPECT_EQ(changes, 6);
}

TEST_F(FaultEngine, TellsAtOnceThatItsDeviceIsGone) {
    Engine engine(of(), "a", 1);
    std::atomic<int> gone = 0;
    engine.on_gone([&] { ++gone; });
    (void)engine.strike("capabilities");
    Memory("REKAM_TEST_FAULTS").tell("a", "fault = [{fault=\"unplug\"}]");
    for (int i = 0; i < 500 && gone == 0; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_EQ(gone, 1);
}

TEST_F(FaultEngine, HangsUntilItIsToldSomethingElse) {
    for (const char* fault : {"hang", "busy", "ignore-interrupt"}) {
        Memory("REKAM_TEST_FAULTS").tell("a", std::string("fault = [{fault=\"") + fault + "\"}]");
        Engine engine(of(), "a", 1);
        std::atomic<bool> over = false;
        std::thread call([&] {
            engine.suffer("run", nullptr);
            over = true;
        });
        std::this_thread::sleep_for(std::chrono::milliseconds(60));
        EXPECT_FALSE(over) << fault;
        Memory("REKAM_TEST_FAULTS").tell("a", "");
        live_.changed("a");
        call.join();
        EXPECT_TRUE(over) << fault;
    }
}

TEST_F(FaultEngine, WithoutAPlaceToRememberIsRefused) {
    ::unsetenv("REKAM_TEST_FAULTS");
    EXPECT_THROW(Memory("REKAM_TEST_FAULTS").tell("a", ""), plugin::Error);
    Engine engine(of(), "a", 1);
    EXPECT_TRUE(engine.plugged());
    EXPECT_TRUE(engine.strike("run").faults.empty());
}

class ToldMock : public testing::Test {
  protected:
    std::uint32_t set(const char* device, const char* faults) {
        camera.error = {};
        camera.error.size = sizeof camera.error;
        return table()->set(camera.plugin, device, faults, &camera.error);
    }
    std::string get(const char* device) {
        std::string json(40'000, '\0');
        std::size_t bytes = json.size();
        EXPECT_EQ(table()->get(camera.plugin, device, json.data(), &bytes, &camera.error), std::uint32_t{REKAM_OK});
        json.resize(bytes);
        return json;
    }
    const rekam_mock_t* table() {
        return static_cast<const rekam_mock_t*>(camera.plugin->extension(camera.plugin, REKAM_EXT_MOCK));
    }
    test::OpenMock camera{"camera", "id=c,width=64,height=64;id=d", "c"};
    test::FakeJob job;
    ToldMock() { test::ask(job, REKAM_FUNCTION_CAMERA, "face", {"face"}); }
};

TEST_F(ToldMock, DoesWhatItIsToldThroughItsExtension) {
    EXPECT_NE(camera.manifest->roles & REKAM_ROLE_MOCK, 0u);
    ASSERT_NE(table(), nullptr);
    EXPECT_EQ(set("c", "[[fault]]\nfault = \"jam\"\n"), std::uint32_t{REKAM_OK});
    EXPECT_THAT(get("c"), AllOf(HasSubstr(R"("plugged":true)"), HasSubstr(R"({"fault":"jam","device":"c")"),
                                HasSubstr(R"("live":true)"), HasSubstr(R"({"fault":"flapping","does":)")));
    EXPECT_EQ(get("d").find(R"({"fault":"jam","device")"), std::string::npos);
    EXPECT_EQ(camera.run(job), std::uint32_t{REKAM_E_JAM});
    EXPECT_EQ(set("c", "[[fault]]\nfault = \"jem\"\n"), std::uint32_t{REKAM_E_OUT_OF_RANGE});
    EXPECT_THAT(std::string(camera.error.message), HasSubstr("line 2"));
    EXPECT_EQ(camera.run(job), std::uint32_t{REKAM_E_JAM}) << "all or nothing";
    EXPECT_EQ(set("c", ""), std::uint32_t{REKAM_OK});
    EXPECT_EQ(camera.run(job), std::uint32_t{REKAM_OK});
    EXPECT_EQ(set("e", ""), std::uint32_t{REKAM_E_UNKNOWN_DEVICE});
    char small[10];
    std::size_t bytes = sizeof small;
    EXPECT_EQ(table()->get(camera.plugin, "c", small, &bytes, &camera.error), std::uint32_t{REKAM_E_TOO_LARGE});
}

TEST_F(ToldMock, LeavesTheListAndComesBack) {
    const auto listed = [&] {
        int count = 0;
        const auto found = [](void* to, const rekam_device_info_t*) {
            ++*static_cast<int*>(to);
            return true;
        };
        EXPECT_EQ(camera.plugin->enumerate(camera.plugin, found, &count, &camera.error), std::uint32_t{REKAM_OK});
        return count;
    };
    EXPECT_EQ(listed(), 2);
    set("d", "[[fault]]\nfault = \"unplug\"\n");
    EXPECT_EQ(listed(), 1);
    EXPECT_EQ(camera.run(job), std::uint32_t{REKAM_OK}) << "the other one";
    set("d", "[[fault]]\nfault = \"replug\"\n");
    EXPECT_EQ(listed(), 2);
    set("c", "[[fault]]\nfault = \"unplug\"\n");
    EXPECT_EQ(camera.run(job), std::uint32_t{REKAM_E_DEVICE_GONE});
}

TEST_F(ToldMock, LiesInEveryWay) {
    job.request.accepted_mono_us = 10'000'000;
    const auto run = [&](const char* fault) {
        camera.faults(fault);
        return camera.run(job);
    };
    EXPECT_EQ(run(R"(fault="garbage")"), std::uint32_t{REKAM_OK}) << "it is the host that must look";
    EXPECT_EQ(job.frames.back().bytes.size(), 64u * (64 * 3 + 64));
    const std::size_t before = job.frames.size();
    EXPECT_EQ(run(R"(fault="quality", score=20)"), std::uint32_t{REKAM_OK});
    EXPECT_EQ(job.frames.size(), before + 1);
    EXPECT_EQ(run(R"(fault="lying-health", says="ok")"), std::uint32_t{REKAM_E_DEVICE_DOWN});
    EXPECT_EQ(run(R"(fault="cover-open")"), std::uint32_t{REKAM_E_COVER_OPEN});
    EXPECT_EQ(run(R"(fault="hopper-empty")"), std::uint32_t{REKAM_E_MEDIA_OUT});
    EXPECT_EQ(run(R"(fault="ribbon-out")"), std::uint32_t{REKAM_E_RIBBON_OUT});
    EXPECT_EQ(run(R"(fault="throw")"), std::uint32_t{REKAM_E_INTERNAL});
    EXPECT_EQ(run(R"(fault="flood", count=5000)"), std::uint32_t{REKAM_OK});
    EXPECT_GE(job.events.size(), 5'000u);
    EXPECT_EQ(run(R"(fault="stale", times=1)"), std::uint32_t{REKAM_OK});
    EXPECT_LT(job.frames.back().record.exposure_mono_us, 10'000'000u);
    EXPECT_EQ(run(""), std::uint32_t{REKAM_OK});
}

} // namespace
} // namespace rekam::mock
