// SPDX-License-Identifier: Apache-2.0
// Leases: all slots or none, in a fair queue, on a clock that counts suspend.
#include "tests/unit/broker/client.h"

namespace rekam::broker {
namespace {

class Leases : public ::testing::Test {
  protected:
    World world{
        make_config({make_slot("a", "org.cam/1"), make_slot("b", "org.cam/2"), make_slot("shared", "org.cam/2")}),
        two_cameras()};
    Client one{world, "desk-1", 1000}, two{world, "desk-2", 1000}, three{world, "desk-3", 1000};
    std::string visit_1 = one.open_case(), visit_2 = two.open_case(), visit_3 = three.open_case();

    static std::string params(const std::string& slots, const std::string& visit, const std::string& more = {}) {
        return R"({"slots":[")" + slots + R"("],"case":")" + visit + "\"" + more + "}";
    }
    std::uint64_t wait(Client& client, const std::string& slots, const std::string& visit, int wait_ms = 600'000) {
        return client.send("lease.acquire", params(slots, visit, R"(,"wait_ms":)" + std::to_string(wait_ms)),
                           R"("progress":true)");
    }
    Answer release(Client& client, const std::string& lease) {
        return client.ask("lease.release", R"({"lease":")" + lease + "\"}");
    }
    std::int64_t fence(const Answer& granted) { return std::stoll(granted["slots.0.fence"]); }
};

TEST_F(Leases, TellTheirSlotsFencesAndTime) {
    const auto granted = one.ask("lease.acquire", params("a\",\"b", visit_1, R"(,"ttl_ms":5000)"));
    EXPECT_EQ(granted["case"], visit_1);
    EXPECT_EQ(granted["slots.1.slot"], "b");
    EXPECT_EQ(granted["ttl_ms"], "5000");
    world.pass_ms(1'500);
    const auto renewed = one.ask("lease.renew", R"({"lease":"L-1-1"})");
    EXPECT_EQ(renewed["remaining_ms"], "5000");
    world.pass_ms(4'000);
    const auto longer = one.ask("lease.renew", R"({"lease":"L-1-1","ttl_ms":9000})");
    EXPECT_EQ(longer["ttl_ms"], "9000");
    EXPECT_EQ(longer["remaining_ms"], "9000");
}

TEST_F(Leases, RefuseAtOnceWithoutWaiting) {
    one.lease("a", visit_1, R"("ttl_ms":30000)");
    const auto refused = two.ask("lease.acquire", params("b\",\"a", visit_2));
    EXPECT_EQ(refused.code(), "lease-held");
    EXPECT_EQ(refused["slot"], "a");
    EXPECT_EQ(refused["holder.client"], "desk-1");
    EXPECT_EQ(refused["remaining_ms"], "30000");
    EXPECT_EQ(refused["retry_ms"], "30000");
    EXPECT_EQ(refused["position"], "1");
    EXPECT_EQ(two.ask("lease.acquire", params("b", visit_2)).code(), "ok") << "nothing was half taken";
}

TEST_F(Leases, OfOnesOwnAreInTheWayToo) {
    one.lease("a", visit_1);
    const auto refused = one.ask("lease.acquire", params("a", visit_1, R"(,"wait_ms":1000)"));
    EXPECT_EQ(refused.code(), "lease-held");
    EXPECT_NE(refused["message"].find("L-1-1"), std::string::npos);
}

TEST_F(Leases, GoToWaitersInOrderAndFencesGrow) {
    const auto first = one.ask("lease.acquire", params("a", visit_1));
    const auto second = wait(two, "a", visit_2), third = wait(three, "a", visit_3);
    EXPECT_EQ(world.progress(third).back()["position"], "2");
    EXPECT_EQ(world.progress(third).back()["holder.client"], "desk-1");
    release(one, first["lease"]);
    EXPECT_EQ(two.reply(second).code(), "ok");
    EXPECT_GT(fence(two.reply(second)), fence(first));
    EXPECT_TRUE(three.is_open(third));
    EXPECT_EQ(world.progress(third).back()["position"], "1");
    release(two, two.reply(second)["lease"]);
    EXPECT_GT(fence(three.reply(third)), fence(two.reply(second)));
}

TEST_F(Leases, TakeAllSlotsOrNoneAndNobodyOvertakes) {
    const auto a = one.lease("a", visit_1);
    const auto both = wait(two, "a\",\"b", visit_2);
    const auto behind = three.ask("lease.acquire", params("b", visit_3));
    EXPECT_EQ(behind.code(), "lease-held") << "b is free, but desk-2 stands before";
    EXPECT_EQ(behind["holder.client"], "desk-2");
    EXPECT_EQ(behind["position"], "2");
    const auto waiting = wait(three, "b", visit_3);
    const auto beside = three.ask("lease.acquire", params("shared", visit_3));
    EXPECT_EQ(beside.code(), "ok") << "a slot that nobody before wants is free";
    release(one, a);
    EXPECT_EQ(two.reply(both).size("slots"), 2U);
    EXPECT_TRUE(three.is_open(waiting));
    release(two, two.reply(both)["lease"]);
    EXPECT_EQ(three.reply(waiting).code(), "ok");
}

TEST_F(Leases, EndWaitingWhenTheTimeIsOver) {
    one.lease("a", visit_1, R"("ttl_ms":600000)");
    const auto waiting = wait(two, "a", visit_2, 3'000);
    world.pass_ms(2'999);
    EXPECT_TRUE(two.is_open(waiting));
    world.pass_ms(1);
    EXPECT_EQ(two.reply(waiting).code(), "lease-held");
    EXPECT_EQ(two.reply(waiting)["holder.client"], "desk-1");
    EXPECT_TRUE(world.state().lease_queue.empty());
}

TEST_F(Leases, LetThoseBehindAWaiterThatGaveUpGoOn) {
    one.lease("a", visit_1, R"("ttl_ms":600000)");
    wait(two, "a\",\"b", visit_2, 3'000);
    const auto behind = wait(three, "b", visit_3);
    world.pass_ms(3'000);
    EXPECT_EQ(three.reply(behind).code(), "ok");
}

TEST_F(Leases, RunOnThroughASuspend) {
    const auto lease = one.lease("a", visit_1, R"("ttl_ms":60000)");
    const auto asked = one.capture(lease, "k1", "a");
    world.suspend_ms(59'000);
    EXPECT_EQ(world.told("org.cam/1", wire::Type::host_interrupt), 0U);
    world.pass_ms(1'100);
    EXPECT_EQ(world.told("org.cam/1", wire::Type::host_interrupt), 1U);
    world.fail("org.cam/1", "cancelled");
    EXPECT_EQ(one.reply(asked).code(), "cancelled");
    EXPECT_EQ(one.ask("lease.renew", R"({"lease":"L-1-1"})").code(), "no-lease");
}

TEST_F(Leases, EndEvenWhenTheTwoClocksAreNotReadAtOnce) {
    one.lease("a", visit_1, R"("ttl_ms":1000)");
    world.now.boot_us += 5'000; // one reading that was interrupted between the clocks
    world.step(Tick{});
    world.now.boot_us -= 4'900;
    world.pass_ms(1'100);
    EXPECT_EQ(world.state().leases.size(), 0U);
}

TEST_F(Leases, CancelTheirJobsWhenReleased) {
    const auto lease = one.lease("a", visit_1);
    const auto running = one.capture(lease, "k1", "a"), waiting = one.capture(lease, "k2", "a");
    EXPECT_EQ(release(one, lease).code(), "ok");
    EXPECT_EQ(one.reply(waiting).code(), "cancelled");
    EXPECT_TRUE(one.is_open(running));
    world.frame("org.cam/1");
    world.final("org.cam/1", 1);
    EXPECT_EQ(one.reply(running).code(), "cancelled");
    EXPECT_EQ(two.ask("lease.acquire", params("a", visit_2)).code(), "ok");
}

TEST_F(Leases, LetTwoDesksShareADevice) {
    const auto first = one.lease("b", visit_1), second = two.lease("shared", visit_2);
    const auto theirs = one.capture(first, "k1", "b"), ours = two.capture(second, "k1b", "shared");
    EXPECT_EQ(world.told("org.cam/2", wire::Type::host_run), 1U);
    world.deliver("org.cam/2");
    EXPECT_EQ(one.reply(theirs)["frames.0.case"], visit_1);
    world.deliver("org.cam/2");
    EXPECT_EQ(two.reply(ours)["frames.0.case"], visit_2);
    EXPECT_EQ(one.ask("frame.get", R"({"frame":"F-1-2"})").code(), "result-expired");
}

TEST_F(Leases, BelongToTheirSession) {
    const auto lease = one.lease("a", visit_1);
    for (const auto* op : {"lease.renew", "lease.release"})
        EXPECT_EQ(two.ask(op, R"({"lease":")" + lease + "\"}").code(), "no-lease");
    EXPECT_EQ(two.reply(two.capture(lease, "k1", "a")).code(), "no-lease");
    const auto own = one.ask("lease.list"), other = two.ask("lease.list", R"({"slot":"a"})");
    EXPECT_EQ(own["leases.0.mine"], "true");
    EXPECT_EQ(own["leases.0.case"], visit_1);
    EXPECT_EQ(other["leases.0.client"], "desk-1");
    EXPECT_EQ(other["leases.0.case"], "-") << "whose visit it is is nobody else's business";
    EXPECT_EQ(two.ask("lease.list", R"({"case":")" + visit_1 + "\"}").size("leases"), 0U);
}

TEST_F(Leases, ThatStillWaitCannotBeReleasedByTheirNumber) {
    one.lease("a", visit_1);
    const auto waiting = wait(two, "a", visit_2);
    EXPECT_EQ(release(two, "L-1-2").code(), "no-lease");
    release(one, "L-1-1");
    EXPECT_EQ(two.reply(waiting).code(), "ok");
}

TEST_F(Leases, OutliveTheGateButWaitingDoesNot) {
    const auto a = one.lease("a", visit_1);
    wait(two, "a\",\"b", visit_2);
    wait(three, "b", visit_3);
    world.die(world.gate_id(), 9);
    EXPECT_TRUE(world.state().lease_queue.empty());
    EXPECT_EQ(world.state().leases.size(), 1U) << "and none of those who waited was given a lease it never heard of";
    Client back(world, "desk-1", 1000, one.token), again(world, "desk-2", 1000, two.token);
    EXPECT_EQ(back.ask("lease.renew", R"({"lease":")" + a + "\"}").code(), "ok");
    const auto waiting = wait(again, "a\",\"b", visit_2);
    release(back, a);
    EXPECT_EQ(again.reply(waiting).code(), "ok");
}

TEST_F(Leases, HaveABoundedQueue) {
    auto config = world.state().config;
    config.quotas.lease_waiters = 1;
    world.step(ConfigLoaded{config});
    one.lease("a", visit_1);
    wait(two, "a", visit_2);
    EXPECT_EQ(three.reply(wait(three, "a", visit_3)).code(), "too-many");
}

TEST_F(Leases, OutliveThatTheirSlotGetsAnotherDevice) {
    const auto lease = one.lease("a", visit_1);
    const auto slot = [&] { return one.ask("slot.get", R"({"slot":"a"})"); };
    const auto before = slot();
    world.step(ConfigLoaded{make_config({make_slot("a", "org.cam/2"), make_slot("b", "org.cam/1")})});
    const auto after = slot();
    EXPECT_EQ(after["slot.device"], "org.cam/2");
    EXPECT_EQ(after["slot.lease.client"], "desk-1");
    EXPECT_GT(std::stoll(after["slot.fence"]), std::stoll(before["slot.fence"]));
    EXPECT_GT(std::stoll(after["slot.caps_rev"]), std::stoll(before["slot.caps_rev"]))
        << "both devices may count the same number for different capabilities";
    const auto asked = one.capture(lease, "k1", "a");
    world.deliver("org.cam/2");
    EXPECT_EQ(one.reply(asked).code(), "ok");
}

TEST_F(Leases, GrowTheirFencesOverRestartsOfTheStation) {
    const auto before = fence(one.ask("lease.acquire", params("a", visit_1)));
    World next(world.state().config, two_cameras(), world.stored(), 2);
    Client later(next);
    const auto granted = later.ask("lease.acquire", params("a", visit_1));
    EXPECT_EQ(granted.code(), "ok") << "the case outlived the station, the lease did not";
    EXPECT_GT(fence(granted), before);
}

TEST_F(Leases, RefuseWhatDoesNotExist) {
    EXPECT_EQ(one.ask("lease.acquire", params("a\",\"nowhere", visit_1))["path"], "params.slots[1]");
    EXPECT_EQ(one.ask("lease.acquire", params("a\",\"nowhere", visit_1)).code(), "unknown-slot");
    EXPECT_EQ(one.ask("lease.acquire", params("a", "C-none")).code(), "unknown-case");
    EXPECT_EQ(one.ask("lease.list", R"({"slot":"nowhere"})").code(), "unknown-slot");
    one.ask("case.close", R"({"case":")" + visit_1 + "\"}");
    EXPECT_EQ(one.ask("lease.acquire", params("a", visit_1)).code(), "case-closed");
}

} // namespace
} // namespace rekam::broker
