// SPDX-License-Identifier: Apache-2.0
// Previews with tickets: what goes to the gate, which buffer goes back to the host, and that nothing of a pool stays.
#include "tests/unit/broker/client.h"

#include "core/wire/codec.h"
#include "core/wire/preview_records.h"

#include <boost/json/serialize.hpp>

namespace rekam::broker {
namespace {

using wire::Type;

class Pools : public Desk {
  protected:
    static constexpr std::int64_t bytes = 1 << 20;

    std::uint64_t start(std::int64_t tickets = 1, const std::string& more = {}) {
        return client.send("preview.start", R"({"slot":"photo","tickets":)" + std::to_string(tickets) + more + "}",
                           R"("progress":true,"lease":")" + lease + '"');
    }
    /// The host has made a pool.
    void made(std::int64_t pool, std::size_t count, std::int64_t sealed = bytes) {
        std::vector<wire::Descriptor> descriptors;
        for (std::size_t i = 0; i < count; ++i)
            descriptors.push_back(++last_);
        world.say(world.host_id(cam), Type::host_buffers, wire::encode(wire::PoolBuffers{pool, bytes}),
                  world.previewing(cam), descriptors, std::vector<std::int64_t>(count, sealed));
    }
    void show(std::int64_t generation, const std::string& more = "{}", std::int64_t pool = 1) {
        boost::json::object record{{"format", "image/jpeg"},
                                   {"width_px", 320},
                                   {"height_px", 240},
                                   {"bytes", 700},
                                   {"exposure_mono_us", world.now.mono_us},
                                   {"guide", boost::json::array()},
                                   {"at", {{"pool", pool}, {"buffer", generation % 5}, {"generation", generation}}}};
        for (const auto& [key, value] : parse_object(more))
            record[key] = value;
        world.say(world.host_id(cam), Type::host_view, boost::json::serialize(record), world.previewing(cam));
    }
    void returned(std::uint64_t request, std::int64_t generation) {
        wire::Prefix prefix;
        prefix.request = request;
        world.say(world.gate_id(), Type::gate_returned, wire::encode(wire::BufferRef{1, generation % 5, generation}),
                  prefix);
    }
    std::vector<wire::Message> to_gate(Type type) {
        std::vector<wire::Message> all;
        for (const auto& message : world.gate().heard)
            if (message.prefix.type == type)
                all.push_back(message);
        return all;
    }
    bool host_lives() { return !world.host(cam).killed; }

    wire::Descriptor last_ = 5'000;
};

TEST_F(Pools, TheFirstWordWantsTicketsAndPicturesGoByTheirPlace) {
    const auto asked = start(2, R"(,"formats":["image/x-rekam-raw","image/jpeg"])");
    const auto first = to_gate(Type::gate_progress);
    ASSERT_EQ(first.size(), 1U);
    EXPECT_EQ(first[0].prefix.flags, wire::flag_ticket);
    EXPECT_EQ(first[0].tail, R"({"count":2})");
    made(1, 6);
    const auto pools = to_gate(Type::gate_buffers);
    ASSERT_EQ(pools.size(), 1U);
    EXPECT_EQ(pools[0].prefix.request, asked);
    EXPECT_EQ(pools[0].json, R"({"pool":1,"bytes":1048576})");
    EXPECT_EQ(pools[0].descriptors.size(), 6U);
    EXPECT_EQ(world.told(cam, Type::host_taken), 1U);
    show(1, R"({"format":"image/x-rekam-raw","bits":8,"channels":3,"stride_bytes":960})");
    const auto words = world.progress(asked);
    ASSERT_EQ(words.size(), 2U);
    EXPECT_EQ(words[1].tail, R"({"pool":1,"buffer":1,"generation":1})");
    EXPECT_EQ(words[1]["stride_bytes"], "960");
    EXPECT_EQ(words[1]["part"], "-") << "it does not come along";
    EXPECT_TRUE(words[1].parts.empty());
    show(2);
    EXPECT_EQ(world.progress(asked).size(), 3U) << "it waits for nobody: the buffers are the bound";
    EXPECT_EQ(world.told(cam, Type::host_returned), 0U);
    returned(asked, 1);
    EXPECT_EQ(world.told(cam, Type::host_returned), 1U);
    EXPECT_EQ(world.host(cam).heard.back().json, R"({"pool":1,"buffer":1,"generation":1})");
    EXPECT_EQ(client.ask("preview.stop", R"({"preview":"P-1-1"})").ok, true);
    returned(asked, 2);
    EXPECT_EQ(world.told(cam, Type::host_returned), 1U) << "its host takes all of it back by itself";
}

TEST_F(Pools, LargePicturesAreShownToo) {
    const auto asked = start();
    made(1, 5);
    show(1, R"({"bytes":1000000})");
    EXPECT_EQ(world.progress(asked).size(), 2U);
    EXPECT_TRUE(client.is_open(asked));
}

TEST_F(Pools, WhatNobodyMaySeeGoesBackAtOnce) {
    const auto asked = start();
    made(1, 5);
    show(1, R"({"exposure_mono_us":1})");
    EXPECT_EQ(world.progress(asked).size(), 1U);
    EXPECT_EQ(world.told(cam, Type::host_returned), 1U);
}

TEST_F(Pools, ANewPoolTakesThePlaceOfTheOld) {
    const auto asked = start();
    made(1, 5);
    made(2, 5);
    EXPECT_EQ(to_gate(Type::gate_buffers).size(), 2U);
    show(1, "{}", 2);
    show(2, "{}", 1); // under way when it was made
    EXPECT_EQ(world.progress(asked).size(), 3U);
    EXPECT_TRUE(host_lives());
}

TEST_F(Pools, WaitForTheGatesCreditAndGoWithTheirPreview) {
    world.gates_take = false;
    const auto asked = start(4);
    made(1, 8);
    made(2, 8);
    made(3, 8);
    EXPECT_EQ(to_gate(Type::gate_buffers).size(), 2U) << "sixteen descriptors at a time";
    world.take_descriptors(8, asked);
    EXPECT_EQ(to_gate(Type::gate_buffers).size(), 3U);
    made(4, 8);
    EXPECT_EQ(client.ask("preview.stop", R"({"preview":"P-1-1"})").ok, true);
    world.take_descriptors(16, asked);
    EXPECT_EQ(to_gate(Type::gate_buffers).size(), 3U) << "the last one is nobody's any more";
}

TEST_F(Pools, AreClosedWhenNobodyWantsThemAnyMore) {
    start();
    const auto prefix = world.previewing(cam);
    client.ask("preview.stop", R"({"preview":"P-1-1"})");
    world.say(world.host_id(cam), Type::host_buffers, wire::encode(wire::PoolBuffers{1, bytes}), prefix, {6'001, 6'002},
              {bytes, bytes}); // the harness sees to it that they are closed
    EXPECT_TRUE(host_lives());
    EXPECT_TRUE(to_gate(Type::gate_buffers).empty());
}

TEST_F(Pools, TheGatesDeathEndsThem) {
    const auto asked = start();
    made(1, 5);
    world.die(world.gate_id());
    EXPECT_TRUE(world.state().previews.empty());
    world.pass_ms(100);
    returned(asked, 1); // a gate that says what its predecessor meant
    EXPECT_EQ(world.told(cam, Type::host_returned), 0U);
}

TEST_F(Pools, AreRefusedWithReason) {
    const auto raw = client.ask("preview.start", R"({"slot":"photo","formats":["image/x-rekam-raw"]})",
                                R"("progress":true,"lease":")" + lease + '"');
    EXPECT_EQ(raw.code(), "out-of-range");
    EXPECT_EQ(raw["path"], "params.formats");
    EXPECT_TRUE(world.state().previews.empty());
}

/// What no host of this build says; each of it costs the host its life.
class LyingHosts : public Pools, public ::testing::WithParamInterface<int> {
  protected:
    void lie(int which) {
        switch (which) {
        case 0: return made(1, 5, -1); // buffers that others can write
        case 1: return made(1, 4);     // too few of them
        case 2: return made(2, 5);     // a second pool before the first
        case 3: return show(1);        // without a pool
        default: break;
        }
        made(1, 5);
        switch (which) {
        case 4: return show(1, R"({"bytes":1048577})");                           // not in its buffer
        case 5: return show(1, R"({"at":{"pool":1,"buffer":5,"generation":1}})"); // no such buffer
        case 6: return show(1, "{}", 2);                                          // no such pool
        default: world.show(cam);                                                 // a memfd of its own
        }
    }
};

TEST_P(LyingHosts, AreEnded) {
    const auto asked = start();
    lie(GetParam());
    world.pass_ms(3'000);
    EXPECT_EQ(client.reply(asked).code(), "protocol-error");
    EXPECT_TRUE(world.state().previews.empty());
}

INSTANTIATE_TEST_SUITE_P(All, LyingHosts, ::testing::Range(0, 8));

TEST_F(Pools, APictureInABufferIsNotForWhoWantsParts) {
    const auto asked =
        client.send("preview.start", R"({"slot":"photo"})", R"("progress":true,"lease":")" + lease + '"');
    show(1);
    world.pass_ms(3'000);
    EXPECT_EQ(client.reply(asked).code(), "protocol-error");
}

TEST_F(Pools, AFrameIsHandedOverForATicket) {
    client.capture(lease, "k1");
    world.deliver(cam);
    const auto granted = client.ask("frame.get", R"({"frame":"F-1-1","as":"ticket"})");
    EXPECT_EQ(granted.text(), R"({"frame":"F-1-1","bytes":1000,"hash":"sha256:00"})");
    EXPECT_EQ(granted.tail, R"({"parts":[{"offset":0,"length":1000}]})");
    EXPECT_EQ(granted.parts.size(), 1U);
    EXPECT_EQ(to_gate(Type::gate_reply).back().prefix.flags, wire::flag_ticket);
    EXPECT_EQ(client.ask("frame.get", R"({"frame":"F-1-1","as":"bytes"})").code(), "ok");
    const auto piece = client.ask("frame.get", R"({"frame":"F-1-1","as":"ticket","length":10})");
    EXPECT_EQ(piece.code(), "bad-request");
    EXPECT_EQ(piece["path"], "params.length");
    EXPECT_EQ(client.hello["data"], "/run/rekam/data");
}

TEST(PreviewTickets, AreBoundedOverAllPreviews) {
    std::vector<SlotConfig> slots;
    std::map<std::string, FakePlugin> plugins{{"/plugins/cam.so", {}}};
    FakePlugin& plugin = plugins.begin()->second;
    plugin.id = "org.cam";
    for (int i = 1; i <= 17; ++i) {
        plugin.devices.emplace_back().id = std::to_string(i);
        slots.push_back(make_slot("s" + std::to_string(i), "org.cam/" + std::to_string(i)));
    }
    World world(make_config(slots), plugins);
    Client client(world);
    const auto visit = client.open_case();
    for (int i = 1; i <= 17; ++i) {
        const auto slot = "s" + std::to_string(i);
        const auto asked = client.send("preview.start", R"({"slot":")" + slot + R"(","tickets":1})",
                                       R"("progress":true,"lease":")" + client.lease(slot, visit) + '"');
        if (i <= 16)
            EXPECT_TRUE(client.is_open(asked));
        else
            EXPECT_EQ(client.reply(asked).code(), "too-many");
    }
}

} // namespace
} // namespace rekam::broker
