// SPDX-License-Identifier: Apache-2.0
// Previews from request to end: who may see them, that the newest wins, and that nothing of them stays.
#include "tests/unit/broker/client.h"

#include "core/wire/codec.h"

namespace rekam::broker {
namespace {

using wire::Type;

class Previews : public Desk {
  protected:
    std::uint64_t start(const std::string& more = {}, const std::string& envelope = {}) {
        return client.send("preview.start", R"({"slot":"photo")" + more + "}",
                           R"("progress":true,"lease":")" + lease + '"' + envelope);
    }
    /// The host has stopped its plugin's stream.
    void over(const wire::Prefix& prefix, const std::string& json = R"({"frames":0})") {
        world.say(world.host_id(cam), Type::host_preview_over, json, prefix);
    }
    std::size_t pictures(std::uint64_t asked) const {
        std::size_t count = 0;
        for (const auto& word : world.progress(asked))
            count += word.parts.size();
        return count;
    }
    const Preview& kept() { return world.state().previews.begin()->second; }
};

TEST_F(Previews, TellTheirIdAndThenShowPictures) {
    const auto asked = start(R"(,"rate_hz":5,"formats":["image/png"])");
    const auto run = world.previewing(cam);
    EXPECT_EQ(run.job, 1U);
    EXPECT_EQ(run.fence, static_cast<std::uint64_t>(world.state().slots.at("photo").fence));
    world.pass_ms(40);
    world.show(cam, R"({"quality":55,"guide":["closer","buy our premium plan"],
        "box":{"x_px":1,"y_px":2,"width_px":3,"height_px":4}})");
    const auto words = world.progress(asked);
    ASSERT_EQ(words.size(), 2U);
    EXPECT_EQ(words[0].text(), R"({"preview":"P-1-1"})");
    EXPECT_EQ(words[1]["seq"], "1");
    EXPECT_EQ(words[1]["format"], "image/jpeg");
    EXPECT_EQ(words[1]["bytes"], "700");
    EXPECT_EQ(words[1]["quality"], "55");
    EXPECT_EQ(words[1].size("guide"), 1U);
    EXPECT_EQ(words[1]["box.width_px"], "3");
    EXPECT_EQ(words[1]["part"], "0");
    EXPECT_EQ(words[1]["taken_at.mono_us"], std::to_string(world.now.mono_us));
    EXPECT_EQ(words[1].tail, R"({"parts":[{"offset":0,"length":700}]})");
    EXPECT_EQ(words[1].parts.size(), 1U);
    EXPECT_EQ(world.told(cam, Type::host_taken), 1U);
    EXPECT_TRUE(client.is_open(asked));
    EXPECT_EQ(device(cam)["device.state"], "ready") << "a preview keeps nobody from capturing";
    EXPECT_TRUE(world.state().frames.empty()) << "and is no evidence";
    EXPECT_EQ(case_record().size("case.captures"), 0U);
}

TEST_F(Previews, AreStoppedByTheirSession) {
    const auto asked = start();
    world.show(cam);
    Client other(world, "desk-2");
    EXPECT_EQ(other.ask("preview.stop", R"({"preview":"P-1-1"})").code(), "unknown-job");
    EXPECT_EQ(client.ask("preview.stop", R"({"preview":"P-1-1"})")["preview"], "P-1-1");
    EXPECT_EQ(client.reply(asked).text(), R"({"preview":"P-1-1","outcome":"done","ended_by":"stop","frames":1})");
    EXPECT_EQ(world.told(cam, Type::host_preview_stop), 1U);
    EXPECT_EQ(client.ask("preview.stop", R"({"preview":"P-1-1"})").code(), "unknown-job");
    world.show(cam); // the host has not heard of it yet
    EXPECT_EQ(pictures(asked), 1U);
}

TEST_F(Previews, EndAtTheirDeadline) {
    const auto asked = start("", R"(,"deadline_ms":2000)");
    world.pass_ms(1'999);
    EXPECT_TRUE(client.is_open(asked));
    world.pass_ms(1);
    EXPECT_EQ(client.reply(asked)["ended_by"], "deadline");
    EXPECT_EQ(world.told(cam, Type::host_preview_stop), 1U);
}

TEST_F(Previews, AreRefusedWithReason) {
    const auto ask = [&](const std::string& envelope, const std::string& slot = "photo") {
        return client.ask("preview.start", R"({"slot":")" + slot + "\"}", envelope);
    };
    const std::string held = R"("progress":true,"lease":")" + lease + '"';
    EXPECT_EQ(ask(R"("progress":true)").code(), "no-lease");
    const auto silent = ask(R"("lease":")" + lease + '"');
    EXPECT_EQ(silent.code(), "bad-request");
    EXPECT_EQ(silent["path"], "progress");
    EXPECT_EQ(ask(R"("progress":false,"lease":")" + lease + '"')["path"], "progress");
    EXPECT_EQ(ask(held, "nowhere").code(), "unknown-slot");
    EXPECT_EQ(ask(held, "second").code(), "no-lease") << "the lease is for another slot";
    EXPECT_EQ(ask(R"("progress":true,"lease":"L-1-99")").code(), "no-lease");
    world.plugins.at("/plugins/cam.so").devices[0].silent = true;
    world.die(world.host_id(cam));
    world.pass_ms(3'000);
    const auto soon = ask(held);
    EXPECT_EQ(soon.code(), "not-ready") << soon.text();
    EXPECT_EQ(soon["retry_ms"], "1000");
    EXPECT_TRUE(world.state().previews.empty());
}

TEST_F(Previews, EndedUnderAWrongFenceCostTheHostItsLife) {
    const auto asked =
        client.send("preview.start", R"({"slot":"photo"})", R"("progress":true,"lease":")" + lease + '"');
    wire::Prefix prefix;
    prefix.job = world.state().previews.begin()->first;
    prefix.fence = 4'711;
    world.say(world.host_id(cam), wire::Type::host_preview_over, R"({"frames":1})", prefix);
    world.pass_ms(3'000);
    EXPECT_EQ(client.reply(asked).code(), "protocol-error");
    EXPECT_TRUE(world.state().previews.empty());
}

TEST_F(Previews, ShownOnAfterTheirEndCostTheHostItsLife) {
    const auto asked = start();
    const auto run = world.previewing(cam);
    over(run);
    EXPECT_EQ(client.reply(asked).code(), "internal");
    const auto host = world.host_id(cam);
    world.show(cam); // its plugin's stream goes on, and would keep the next preview out
    world.pass_ms(3'000);
    EXPECT_NE(world.host_id(cam), host);
    EXPECT_EQ(pictures(asked), 0U);
}

TEST_F(Previews, EndedTwiceCostTheHostItsLife) {
    start();
    const auto run = world.previewing(cam);
    over(run);
    const auto host = world.host_id(cam);
    over(run);
    world.pass_ms(3'000);
    EXPECT_NE(world.host_id(cam), host);
}

TEST_F(Previews, AreRefusedByAStationThatStops) {
    client.capture(lease, "k1"); // which has to end first
    world.step(Stop{});
    const auto refused =
        client.ask("preview.start", R"({"slot":"photo"})", R"("progress":true,"lease":")" + lease + '"');
    EXPECT_EQ(refused.code(), "shutting-down");
    EXPECT_TRUE(world.state().previews.empty());
}

TEST(PreviewDevices, WithoutTheExtensionAreNamed) {
    auto plugins = two_cameras();
    plugins.at("/plugins/cam.so").devices[0].shows_preview = false;
    World world(make_config({make_slot("photo", "org.cam/1")}), plugins);
    Client client(world);
    const auto lease = client.lease("photo", client.open_case());
    const auto answer =
        client.ask("preview.start", R"({"slot":"photo"})", R"("progress":true,"lease":")" + lease + '"');
    EXPECT_EQ(answer.code(), "not-covered");
    EXPECT_EQ(answer["device"], "org.cam/1");
}

TEST(PreviewDevices, ShowOneAtATimeAndSayWhose) {
    World world(make_config({make_slot("photo", "org.cam/1"), make_slot("also", "org.cam/1")}), two_cameras());
    Client first(world, "desk-1"), second(world, "desk-2");
    const auto start = [](Client& who, const std::string& slot, const std::string& lease) {
        return who.send("preview.start", R"({"slot":")" + slot + "\"}", R"("progress":true,"lease":")" + lease + '"');
    };
    start(first, "photo", first.lease("photo", first.open_case()));
    const auto lease = second.lease("also", second.open_case());
    const auto refused = second.reply(start(second, "also", lease));
    EXPECT_EQ(refused.code(), "busy");
    EXPECT_EQ(refused["holder.client"], "desk-1");
    EXPECT_EQ(refused["retry_ms"], "1000");
    first.ask("preview.stop", R"({"preview":"P-1-1"})");
    const auto asked = start(second, "also", lease);
    EXPECT_TRUE(second.is_open(asked)) << "it waits until the device has stopped the other";
    EXPECT_EQ(world.told("org.cam/1", Type::host_preview), 1U);
    const auto old = world.previewing("org.cam/1");
    world.show("org.cam/1"); // of the first one's person
    EXPECT_EQ(world.progress(asked).size(), 1U);
    world.say(world.host_id("org.cam/1"), Type::host_preview_over, R"({"frames":1})", old);
    EXPECT_EQ(world.told("org.cam/1", Type::host_preview), 2U);
    world.show("org.cam/1");
    EXPECT_EQ(world.progress(asked).size(), 2U);
}

TEST_F(Previews, KeepOnlyTheNewestWhileTheGateHasNotTakenTheLast) {
    const auto asked = start();
    world.gates_take = false;
    for (int i = 0; i < 40; ++i)
        world.show(cam);
    EXPECT_EQ(pictures(asked), 1U);
    EXPECT_EQ(world.state().gate.unread, 1);
    ASSERT_TRUE(kept().waiting);
    world.take_descriptors(1, asked);
    ASSERT_EQ(pictures(asked), 2U);
    EXPECT_EQ(world.progress(asked).back()["seq"], "40") << "the gap says what was dropped";
    EXPECT_FALSE(kept().waiting);
    world.take_descriptors(1, asked);
    world.gates_take = true;
    world.show(cam);
    EXPECT_EQ(world.progress(asked).back()["seq"], "41");
}

TEST_F(Previews, WaitBehindRepliesForTheGatesCredit) {
    const auto captured = client.capture(lease, "k1");
    world.deliver(cam);
    const auto asked = start();
    world.gates_take = false;
    std::vector<std::uint64_t> reads;
    for (int i = 0; i < 17; ++i)
        reads.push_back(client.send("frame.get", R"({"frame":"F-1-1"})"));
    EXPECT_TRUE(client.is_open(reads.back()));
    EXPECT_EQ(client.reply(captured).code(), "ok");
    world.show(cam);
    EXPECT_EQ(pictures(asked), 0U);
    world.take_descriptors(1, reads.front());
    EXPECT_FALSE(client.is_open(reads.back()));
    EXPECT_EQ(pictures(asked), 0U) << "the credit went to the reply";
    world.take_descriptors(1, reads[1]);
    EXPECT_EQ(pictures(asked), 1U);
    world.take_descriptors(16);
}

TEST_F(Previews, NeverShowWhoWasThereBefore) {
    const auto asked = start();
    world.show(cam, R"({"exposure_mono_us":)" + std::to_string(world.now.mono_us - 1) + "}");
    EXPECT_EQ(pictures(asked), 0U);
    auto ghost = world.previewing(cam);
    ghost.fence -= 1;
    const auto descriptor = world.new_descriptor();
    world.say(world.host_id(cam), Type::host_view,
              R"({"format":"image/jpeg","width_px":1,"height_px":1,"bytes":5,"guide":[],"exposure_mono_us":)" +
                  std::to_string(world.now.mono_us) + "}",
              ghost, {descriptor}, {5});
    EXPECT_EQ(pictures(asked), 0U);
    EXPECT_TRUE(world.is_alive("host org.cam/1")) << "it raced, and broke nothing";
}

TEST_F(Previews, EndWithTheirLease) {
    const auto asked = start();
    world.gates_take = false;
    world.show(cam);
    world.show(cam); // waits, and is closed with it
    client.ask("lease.release", R"({"lease":")" + lease + "\"}");
    const auto end = client.reply(asked);
    EXPECT_EQ(end.code(), "cancelled");
    EXPECT_EQ(end["slot"], "photo");
    EXPECT_NE(end["message"].find("lease ended"), std::string::npos);
    EXPECT_EQ(world.told(cam, Type::host_preview_stop), 1U);
    Client next(world, "desk-2");
    const auto theirs = next.send("preview.start", R"({"slot":"photo"})",
                                  R"("progress":true,"lease":")" + next.lease("photo", next.open_case()) + '"');
    world.show(cam); // of the person before
    world.take_descriptors(1, asked);
    EXPECT_EQ(world.progress(theirs).size(), 1U);
}

TEST_F(Previews, EndWhenTheLeaseExpires) {
    const auto asked = start();
    world.suspend_ms(61'000);
    EXPECT_EQ(client.reply(asked).code(), "cancelled");
}

TEST_F(Previews, EndWithTheirCase) {
    const auto asked = start();
    client.ask("case.close", R"({"case":")" + visit + "\"}");
    EXPECT_NE(client.reply(asked)["message"].find("case was closed"), std::string::npos);
}

TEST_F(Previews, EndWhenTheSlotGetsAnotherDevice) {
    const auto asked = start();
    client.ask("slot.bind", R"({"slot":"photo","device":"org.cam/2"})");
    const auto end = client.reply(asked);
    EXPECT_EQ(end.code(), "cancelled");
    EXPECT_NE(end["message"].find("another device"), std::string::npos);
    const auto again = start();
    EXPECT_TRUE(client.is_open(again)) << "the lease has survived";
    EXPECT_EQ(world.told("org.cam/2", Type::host_preview), 1U);
}

TEST_F(Previews, EndWithTheCausesCodeWhenTheHostDies) {
    const auto asked = start();
    world.show(cam);
    world.die(world.host_id(cam), 9);
    const auto end = client.reply(asked);
    EXPECT_EQ(end.code(), "plugin-crashed");
    EXPECT_EQ(end["device"], cam);
    EXPECT_EQ(device(cam)["device.failures"], "1");
    world.pass_ms(5'000);
    EXPECT_EQ(slot("photo")["slot.state"], "ready");
    EXPECT_TRUE(client.is_open(start()));
}

TEST_F(Previews, EndWithWhatTheDeviceSays) {
    const auto asked = start();
    over(world.previewing(cam), R"({"frames":3,"failure":{"code":"device-gone","message":"the cable"}})");
    const auto end = client.reply(asked);
    EXPECT_EQ(end.code(), "device-gone");
    EXPECT_NE(end["message"].find("the cable"), std::string::npos);
    EXPECT_EQ(world.told(cam, Type::host_preview_stop), 0U) << "it knows";
    EXPECT_TRUE(client.is_open(start()));
}

TEST_F(Previews, EndWhenAPictureIsTooLarge) {
    const auto asked = start();
    const auto descriptor = world.new_descriptor();
    world.say(world.host_id(cam), Type::host_view,
              R"({"format":"image/png","width_px":1,"height_px":1,"bytes":8388609,"guide":[],"exposure_mono_us":)" +
                  std::to_string(world.now.mono_us) + "}",
              world.previewing(cam), {descriptor}, {8'388'609});
    EXPECT_EQ(client.reply(asked).code(), "too-large");
}

TEST_F(Previews, OfAHostThatLiesAboutSizesKillIt) {
    const auto asked = start();
    const auto descriptor = world.new_descriptor();
    world.say(world.host_id(cam), Type::host_view,
              R"({"format":"image/png","width_px":1,"height_px":1,"bytes":7,"guide":[],"exposure_mono_us":1})",
              world.previewing(cam), {descriptor}, {-1});
    EXPECT_EQ(client.reply(asked).code(), "protocol-error");
    EXPECT_EQ(device(cam)["device.failures"], "1");
}

TEST_F(Previews, EndWithTheGateAndLeaveNothing) {
    start();
    world.show(cam);
    world.gates_take = false;
    world.show(cam);
    world.show(cam);
    world.die(world.gate_id());
    EXPECT_TRUE(world.state().previews.empty());
    EXPECT_EQ(world.told(cam, Type::host_preview_stop), 1U);
    world.pass_ms(1'000);
    Client again(world, "desk-1", 1000, client.token);
    const auto asked = again.send("preview.start", R"({"slot":"photo"})", R"("progress":true,"lease":")" + lease + '"');
    EXPECT_TRUE(again.is_open(asked)) << "the lease has survived";
}

TEST_F(Previews, LetACaptureInBetween) {
    const auto shown = start();
    const auto asked = client.capture(lease, "k1");
    world.show(cam);
    world.deliver(cam);
    EXPECT_EQ(client.reply(asked)["outcome"], "done");
    world.show(cam);
    EXPECT_EQ(pictures(shown), 2U);
}

TEST_F(Previews, EndWhenTheStationStops) {
    const auto asked = start();
    world.step(Stop{});
    EXPECT_EQ(client.reply(asked).code(), "cancelled");
}

/// Two cameras of a plugin that does one thing at a time and is listed every five seconds; one of them shows a preview.
class PreviewOfOneThread : public ::testing::Test {
  protected:
    static World one_thread() {
        auto plugins = two_cameras();
        plugins.at("/plugins/cam.so").threading = "single";
        auto config = make_config({make_slot("photo", "org.cam/1")});
        config.supervision.enumerate_every_ms = 5'000;
        return World(config, plugins);
    }
    void SetUp() override {
        const auto lease = client.lease("photo", client.open_case());
        client.send("preview.start", R"({"slot":"photo"})", R"("progress":true,"lease":")" + lease + '"');
        listed = enumerations();
        world.pass_ms(20'000);
        EXPECT_EQ(enumerations(), listed);
    }
    std::size_t enumerations() { return world.spawned("enumerator cam"); }

    World world = one_thread();
    Client client{world};
    std::size_t listed = 0;
};

TEST_F(PreviewOfOneThread, IsOverBeforeItsPluginIsListed) {
    const auto prefix = world.previewing("org.cam/1");
    client.ask("preview.stop", R"({"preview":"P-1-1"})");
    EXPECT_EQ(enumerations(), listed) << "its plugin is still at it";
    world.say(world.host_id("org.cam/1"), Type::host_preview_over, R"({"frames":0})", prefix);
    EXPECT_EQ(enumerations(), listed + 1);
}

TEST_F(PreviewOfOneThread, ThatDiesLetsItsPluginBeListed) {
    world.say(world.host_id("org.cam/1"), Type::host_ready, "{}", world.previewing("org.cam/1")); // for the second time
    EXPECT_EQ(enumerations(), listed + 1);
}

} // namespace
} // namespace rekam::broker
