// SPDX-License-Identifier: Apache-2.0
// The table of core/model/job.h through the whole broker: every cause that interrupts a running capture, with every
// end that its host may come to.
#include "tests/unit/broker/client.h"

namespace rekam::broker {
namespace {

enum class Host { done, failed, died, silent };

struct Row {
    const char* cause;
    const char *done, *failed, *died;
    const char* code_of_failure; ///< what `failed` says as error; with "none" it is the host's own
};

constexpr Row rows[] = {
    {"cancel", "done", "cancelled", "cancelled", "cancelled"},
    {"deadline", "timeout", "timeout", "timeout", "timeout"},
    {"lease lost", "cancelled", "cancelled", "cancelled", "cancelled"},
    {"lease expired", "cancelled", "cancelled", "cancelled", "cancelled"},
    {"case closed", "cancelled", "cancelled", "cancelled", "cancelled"},
    {"slot rebound", "cancelled", "cancelled", "cancelled", "cancelled"},
    {"station stops", "cancelled", "cancelled", "cancelled", "cancelled"},
    {"unwanted frame", "failed", "failed", "failed", "bad-frame"},
    {"none", "done", "failed", "failed", "jam"},
};

class Races : public Desk, public ::testing::WithParamInterface<std::tuple<std::size_t, Host>> {
  protected:
    Row row = rows[std::get<0>(GetParam())];
    Host host = std::get<1>(GetParam());
    std::uint64_t closing = 0;

    void interrupt() {
        const std::string cause = row.cause;
        if (cause == "cancel") {
            EXPECT_EQ(client.ask("job.cancel", R"({"job":"J-1-1"})")["state"], "running");
        }
        if (cause == "deadline")
            world.pass_ms(5'000);
        if (cause == "lease lost")
            client.ask("lease.release", R"({"lease":")" + lease + "\"}");
        if (cause == "lease expired")
            world.suspend_ms(60'000);
        if (cause == "case closed")
            closing = client.send("case.close", R"({"case":")" + visit + "\"}");
        if (cause == "slot rebound")
            world.step(ConfigLoaded{make_config({make_slot("photo", "org.cam/2"), make_slot("second", "org.cam/1")})});
        if (cause == "station stops")
            world.step(Stop{});
        if (cause == "unwanted frame")
            world.frame(cam, R"({"exposure":{"mono_us":1,"basis":"driver"}})");
    }

    void end() {
        if (host == Host::done)
            world.final(cam, 1);
        if (host == Host::failed)
            world.fail(cam, "jam");
        if (host == Host::died)
            world.die(world.host_id(cam));
        if (host == Host::silent)
            world.pass_ms(2'000);
    }

    /// This one takes no more questions.
    void end_is_kept_for_the_next_station() {
        EXPECT_TRUE(world.exited);
        World next(make_config({make_slot("photo", cam)}), two_cameras(), world.stored(), 2);
        Client later(next);
        EXPECT_EQ(later.ask("job.get", R"({"idem":"k1"})")["job.outcome"], expected());
        EXPECT_EQ(later.ask("case.get", R"({"case":")" + visit + "\"}")["case.captures.0.outcome"], expected());
        EXPECT_EQ(later.ask("frame.get", R"({"frame":"F-1-1"})").code(), "result-expired");
    }

    std::string expected() const {
        return host == Host::done ? row.done : host == Host::failed ? row.failed : row.died;
    }
    std::string expected_code() const {
        if (expected() == "done")
            return "ok";
        const bool own = std::string(row.cause) == "none";
        return own && host == Host::died ? "plugin-crashed" : row.code_of_failure;
    }
};

TEST_P(Races, EndInTheOutcomeOfTheTable) {
    if (host == Host::silent && std::string(row.cause) == "none")
        return; // nothing interrupts it: it just goes on
    const auto asked = client.capture(lease, "k1", "photo", "face", "", 5'000);
    world.frame(cam);
    interrupt();
    EXPECT_EQ(world.told(cam, wire::Type::host_interrupt), std::string(row.cause) == "none" ? 0U : 1U);
    EXPECT_TRUE(client.is_open(asked)) << "the device was asked; its host has the last word";
    end();

    const auto reply = client.reply(asked);
    EXPECT_EQ(reply.code(), expected_code()) << reply.text();
    if (!reply.ok) {
        EXPECT_EQ(reply["job"], "J-1-1");
        EXPECT_EQ(reply["slot"], "photo");
    }
    if (std::string(row.cause) == "station stops")
        return end_is_kept_for_the_next_station();
    // Frames of an outcome that is not done are gone at once, descriptors and all.
    const auto frame = client.ask("frame.get", R"({"frame":"F-1-1"})");
    EXPECT_EQ(frame.code(), expected() == "done" ? "ok" : "result-expired");
    const auto job = job_of("k1");
    EXPECT_EQ(job["job.state"], expected());
    EXPECT_EQ(job["job.outcome"], expected());
    EXPECT_EQ(job["job.effect"], "none");
    EXPECT_EQ(job["job.error.code"], reply.ok ? "-" : reply.code());
    EXPECT_EQ(job.size("job.frames"), expected() == "done" ? 1U : 0U);
    EXPECT_EQ(case_record()["case.captures.0.outcome"], expected());
    EXPECT_EQ(case_record().size("case.captures.0.frames"), expected() == "done" ? 1U : 0U);
    if (closing != 0) {
        EXPECT_EQ(client.reply(closing)["case.captures.0.outcome"], "cancelled");
    }
    const bool rebound = std::string(row.cause) == "slot rebound";
    EXPECT_EQ(device(cam)["device.state"], "ready") << "whatever happened, it works again";
    EXPECT_EQ(slot("photo")["slot.device"], rebound ? "org.cam/2" : cam);
    EXPECT_EQ(world.state().jobs.size(), 0U);
}

std::string name_of(const ::testing::TestParamInfo<std::tuple<std::size_t, Host>>& info) {
    std::string name = rows[std::get<0>(info.param)].cause;
    std::erase(name, ' ');
    constexpr const char* ends[] = {"Done", "Failed", "Died", "Silent"};
    return name + ends[static_cast<std::size_t>(std::get<1>(info.param))];
}

INSTANTIATE_TEST_SUITE_P(Table, Races,
                         ::testing::Combine(::testing::Range<std::size_t>(0, std::size(rows)),
                                            ::testing::Values(Host::done, Host::failed, Host::died, Host::silent)),
                         name_of);

using Interrupts = Desk;

TEST_F(Interrupts, BreakASilentPluginsPromiseAfterTwoSeconds) {
    client.capture(lease, "k1");
    client.ask("job.cancel", R"({"job":"J-1-1"})");
    const auto first = world.host_id(cam);
    world.pass_ms(1'999);
    EXPECT_FALSE(world.child(first).killed);
    world.pass_ms(1);
    EXPECT_TRUE(world.child(first).killed);
    EXPECT_NE(world.host_id(cam), first) << "the first restart is at once";
    EXPECT_EQ(job_of("k1")["job.state"], "cancelled");
}

TEST_F(Interrupts, ByALostLeaseOutrankAWish) {
    const auto asked = client.capture(lease, "k1");
    world.frame(cam);
    client.ask("job.cancel", R"({"job":"J-1-1"})");
    client.ask("lease.release", R"({"lease":")" + lease + "\"}");
    world.final(cam, 1);
    EXPECT_EQ(client.reply(asked).code(), "cancelled") << "a capture without lease is nobody's";
    EXPECT_EQ(world.told(cam, wire::Type::host_interrupt), 1U);
}

TEST_F(Interrupts, DoNotTurnAnIncompleteCaptureIntoADoneOne) {
    const auto asked = client.capture(lease, "k1");
    client.ask("job.cancel", R"({"job":"J-1-1"})");
    world.final(cam, 0);
    EXPECT_EQ(client.reply(asked).code(), "cancelled");
}

TEST_F(Interrupts, LetAFrameOnItsWayCompleteACancelledCapture) {
    const auto asked = client.capture(lease, "k1");
    client.ask("job.cancel", R"({"job":"J-1-1"})");
    world.deliver(cam);
    EXPECT_EQ(client.reply(asked).code(), "ok");
}

TEST_F(Interrupts, EndAWaitingJobAtOnceWithoutTheDevice) {
    client.capture(lease, "k1");
    const auto waiting = client.capture(lease, "k2");
    EXPECT_EQ(world.progress(waiting).back().text(), R"({"job":"J-1-2","state":"waiting","position":1})");
    EXPECT_EQ(client.ask("job.cancel", R"({"job":"J-1-2"})")["state"], "cancelled");
    EXPECT_EQ(client.reply(waiting).code(), "cancelled");
    EXPECT_EQ(world.told(cam, wire::Type::host_interrupt), 0U);
    world.deliver(cam);
    EXPECT_EQ(world.told(cam, wire::Type::host_run), 1U);
    EXPECT_EQ(client.ask("job.cancel", R"({"job":"J-1-1"})")["state"], "done") << "too late, and no error";
}

TEST_F(Interrupts, ByTheDeadlineEndAWaitingJobAsTimeout) {
    client.capture(lease, "k1");
    const auto waiting = client.capture(lease, "k2", "photo", "face", "", 1'000);
    world.pass_ms(1'000);
    EXPECT_EQ(client.reply(waiting).code(), "timeout");
    world.deliver(cam);
}

TEST_F(Interrupts, WaitAsLongAsJobExtendAllows) {
    const auto asked = client.capture(lease, "k1", "photo", "face", "", 5'000);
    EXPECT_EQ(client.ask("job.extend", R"({"job":"J-1-1","deadline_ms":20000})")["remaining_ms"], "20000");
    EXPECT_EQ(client.ask("job.extend", R"({"job":"J-1-1","deadline_ms":10})")["remaining_ms"], "20000");
    EXPECT_EQ(world.running(cam).prefix.deadline_ms, 0) << "the host must not keep the old one";
    world.pass_ms(19'000);
    EXPECT_EQ(world.told(cam, wire::Type::host_interrupt), 0U);
    world.deliver(cam);
    EXPECT_EQ(client.reply(asked).code(), "ok");
    EXPECT_EQ(client.ask("job.extend", R"({"job":"J-1-1","deadline_ms":10})").code(), "timeout");
}

TEST_F(Interrupts, DoNotReachAJobWhoseClientOnlyVanished) {
    const auto asked = client.capture(lease, "k1");
    world.die(world.gate_id(), 9);
    world.deliver(cam);
    EXPECT_TRUE(client.is_open(asked)) << "nobody listens to the old gate's numbers";
    Client again(world, "desk-1", 1000, client.token);
    EXPECT_EQ(again.hello["resumed"], "true");
    EXPECT_EQ(again.ask("job.get", R"({"idem":"k1"})")["job.state"], "done");
    EXPECT_EQ(again.ask("frame.get", R"({"frame":"F-1-1"})").code(), "ok");
}

} // namespace
} // namespace rekam::broker
