// SPDX-License-Identifier: Apache-2.0
// Events are made for whoever listens; who comes later hears at once what changed before.
#include "core/wire/codec.h"
#include "core/wire/gate_messages.h"
#include "tests/unit/broker/client.h"

namespace rekam::broker {
namespace {

class Streams : public Desk {
  protected:
    void listen(std::vector<std::string> prefixes) {
        world.say(world.gate_id(), wire::Type::gate_interest, wire::encode(wire::GateInterest{std::move(prefixes)}),
                  {.incarnation = static_cast<std::uint64_t>(world.state().gate.epoch)});
    }
    std::int64_t seq() { return std::stoll(slot("photo")["slot.seq"]); }
    void capture(const std::string& key) {
        client.capture(lease, key);
        world.deliver(cam);
    }
};

TEST_F(Streams, AreSilentWhereNobodyListens) {
    listen({"plugin.", "slot.second"});
    world.events("slot.photo");
    world.events("device.org.cam/1");
    capture("k1");
    EXPECT_TRUE(world.events("slot.photo").empty());
    EXPECT_TRUE(world.events("device.org.cam/1").empty());
}

TEST_F(Streams, TellWhoComesLaterOfTheNewestRecordOnce) {
    listen({});
    const auto before = seq();
    world.events("slot.photo");
    world.events("device.org.cam/1");
    client.capture(lease, "k1");
    listen({"slot."});
    auto heard = world.events("slot.photo");
    ASSERT_EQ(heard.size(), 1U);
    EXPECT_EQ(heard[0]["state"], "busy");
    EXPECT_GT(std::stoll(heard[0]["seq"]), before);
    EXPECT_TRUE(world.events("device.org.cam/1").empty());
    world.deliver(cam);
    heard = world.events("slot.photo");
    ASSERT_EQ(heard.size(), 1U);
    EXPECT_EQ(heard[0]["state"], "ready");
}

TEST_F(Streams, NumberWhatChangedForThoseWhoOnlyAsk) {
    listen({});
    const auto before = seq();
    EXPECT_EQ(seq(), before) << "nothing has changed";
    capture("k1");
    const auto after = seq();
    EXPECT_GT(after, before);
    EXPECT_EQ(seq(), after);
    world.events("slot.photo");
    listen({""});
    capture("k2");
    const auto heard = world.events("slot.photo");
    ASSERT_FALSE(heard.empty());
    EXPECT_GT(std::stoll(heard.front()["seq"]), after);
}

TEST_F(Streams, OfAGateThatDiedHaveNoListeners) {
    world.gates_greet = false;
    world.die(world.gate_id());
    EXPECT_TRUE(world.state().gate.interests.empty());
    EXPECT_FALSE(world.state().unheard.contains("slot.none"));
}

TEST_F(Streams, OfWhatIsGoneAreForgotten) {
    listen({});
    auto config = make_config({make_slot("photo", "org.cam/1")});
    world.step(ConfigLoaded{config});
    EXPECT_FALSE(world.state().unheard.contains("slot.second"));
    EXPECT_FALSE(world.state().streams.contains("slot.second"));
}

TEST_F(Streams, AGateWhoseInterestsCannotBeReadIsEnded) {
    const auto gate = world.gate_id();
    world.say(gate, wire::Type::gate_interest, R"({"prefixes":"all"})",
              {.incarnation = static_cast<std::uint64_t>(world.state().gate.epoch)});
    EXPECT_TRUE(world.child(gate).killed);
}

} // namespace
} // namespace rekam::broker
