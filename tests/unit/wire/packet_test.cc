// SPDX-License-Identifier: Apache-2.0
#include "core/wire/packet.h"

#include "core/wire/tables.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <set>
#include <stdexcept>

namespace rekam::wire {
namespace {

Message message(Type type, std::string json, std::string tail = {}, std::vector<Descriptor> descriptors = {}) {
    Prefix prefix;
    prefix.type = type;
    prefix.job = 7;
    return {prefix, std::move(json), std::move(tail), std::move(descriptors)};
}

TEST(Packet, CarriesMessagesAsTheyWere) {
    Packer packer;
    packer.add(message(Type::host_progress, "{\"percent\":1}"));
    packer.add(message(Type::host_final, "{}", "tail"));
    ASSERT_EQ(packer.packets(), 1U) << "messages without descriptors travel together";
    EXPECT_EQ(packer.front().messages, 2U);
    const auto got = unpack(packer.front().bytes, {});
    ASSERT_TRUE(got.has_value());
    ASSERT_EQ(got->size(), 2U);
    EXPECT_EQ((*got)[0].json, "{\"percent\":1}");
    EXPECT_EQ((*got)[1].tail, "tail");
    EXPECT_EQ((*got)[1].prefix.job, 7U);
}

TEST(Packet, SendsDescriptorsAlone) {
    Packer packer;
    packer.add(message(Type::host_progress, "{}"));
    packer.add(message(Type::host_frame, "{}", {}, {5}));
    packer.add(message(Type::host_progress, "{}"));
    packer.add(message(Type::host_progress, "{}"));
    ASSERT_EQ(packer.packets(), 3U);
    packer.pop_front();
    const std::vector<Descriptor> received{9};
    const auto got = unpack(packer.front().bytes, received);
    ASSERT_TRUE(got.has_value());
    EXPECT_EQ(got->front().descriptors, received);
    packer.pop_front();
    EXPECT_EQ(packer.front().messages, 2U);
}

TEST(Packet, FillsPacketsAndNoMore) {
    Packer packer;
    for (int i = 0; i < 5; ++i)
        packer.add(message(Type::gate_event, std::string(max_json_bytes, ' ')));
    EXPECT_GE(packer.packets(), 3U);
    while (!packer.empty()) {
        EXPECT_LE(packer.front().bytes.size(), max_packet_bytes);
        packer.pop_front();
    }
    EXPECT_THROW(packer.add(message(Type::gate_event, std::string(max_json_bytes + 1, ' '))), std::length_error);
}

TEST(Packet, RefusesEveryLie) {
    Packer packer;
    packer.add(message(Type::host_frame, "{}", "t", {1}));
    const std::string good = packer.front().bytes;
    const std::vector<Descriptor> one{1}, two{1, 2};
    ASSERT_TRUE(unpack(good, one).has_value());
    EXPECT_FALSE(unpack(good, {}).has_value()) << "a descriptor is missing";
    EXPECT_FALSE(unpack(good, two).has_value()) << "one too many";
    EXPECT_FALSE(unpack("", {}).has_value());
    for (std::size_t cut = 1; cut < good.size(); ++cut)
        EXPECT_FALSE(unpack(std::string_view(good).substr(0, cut), one).has_value()) << cut;
    EXPECT_FALSE(unpack(good + "x", one).has_value());
    const auto with = [&](auto change) {
        Prefix prefix;
        std::memcpy(&prefix, good.data(), sizeof prefix);
        change(prefix);
        std::string bytes = good;
        std::memcpy(bytes.data(), &prefix, sizeof prefix);
        return unpack(bytes, one).has_value();
    };
    EXPECT_FALSE(with([](Prefix& p) { p.version = 2; }));
    EXPECT_FALSE(with([](Prefix& p) { p.type = static_cast<Type>(200); }));
    EXPECT_FALSE(with([](Prefix& p) { p.json_bytes = 0xffffffff; }));
    EXPECT_FALSE(with([](Prefix& p) { p.tail_bytes = 0xffffffff; }));
    EXPECT_FALSE(with([](Prefix& p) { p.descriptors = 2; }));
    EXPECT_FALSE(with([](Prefix& p) { p.reserved = 1; }));
}

TEST(Packet, SurvivesRandomBytes) {
    std::mt19937 random(1);
    int taken = 0;
    for (int i = 0; i < 20'000; ++i) {
        std::string bytes(random() % 300, '\0');
        for (auto& byte : bytes)
            byte = static_cast<char>(random());
        if (bytes.size() > 16 && i % 2 == 0) { // half of them with a plausible head
            bytes[0] = 1;
            bytes[1] = static_cast<char>(rows()[random() % rows().size()].type);
            std::memset(bytes.data() + 2, 0, 14);
        }
        taken += unpack(bytes, {}).has_value() ? 1 : 0;
    }
    EXPECT_GT(taken, 0) << "the plausible ones must reach the inner checks";
}

TEST(Tables, HaveOneRowPerType) {
    std::set<Type> types;
    for (const auto& entry : rows()) {
        EXPECT_TRUE(types.insert(entry.type).second) << entry.name;
        EXPECT_EQ(row(entry.type), &entry);
        EXPECT_LE(entry.max_descriptors, max_descriptors);
    }
}

TEST(Tables, AllowWhatTheySay) {
    for (const auto& entry : rows())
        for (const auto boundary : {Boundary::gate, Boundary::host, Boundary::enumerator})
            for (const auto direction : {Direction::to_broker, Direction::from_broker})
                for (std::size_t descriptors = 0; descriptors <= 17; ++descriptors) {
                    const auto tried = message(entry.type, "{}", {}, std::vector<Descriptor>(descriptors, 3));
                    const bool ok = allowed(tried, boundary, direction);
                    if (entry.boundary == boundary && entry.direction == direction) {
                        EXPECT_EQ(ok, descriptors >= entry.min_descriptors && descriptors <= entry.max_descriptors)
                            << entry.name;
                    } else if (direction != entry.direction || boundary == Boundary::gate) {
                        EXPECT_FALSE(ok) << entry.name;
                    }
                }
}

} // namespace
} // namespace rekam::wire
