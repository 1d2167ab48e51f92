// SPDX-License-Identifier: Apache-2.0
// A gate that hands out descriptors, and the words of its broker and of local programs about them.
#pragma once

#include "tests/unit/gate/harness.h"

namespace rekam::gate::testing {

constexpr std::int64_t megabyte = 1 << 20;

class Handing : public ::testing::Test {
  protected:
    void SetUp() override {
        auto with = config();
        with.data = "/run/rekam/data";
        with.limits.open_requests = 100;
        with.limits.unread_frame_bytes = 10 * megabyte;
        gate.open(with);
        gate.join(token_a, 9);
    }

    /// Asks for a frame's ticket; the refusal's code, or empty and `ticket` is set.
    std::string ask_ticket(wire::Descriptor descriptor = 40, std::int64_t bytes = 700,
                           const std::string& session = token_a, const ClientKey& who = "A") {
        ++asked;
        const auto number = gate.ask(from_client(
            header("frame.get", "f" + std::to_string(asked), session, R"("params":{"frame":"F-1-1","as":"ticket"})"),
            who));
        if (number == 0)
            return gate.refused();
        auto message = from_broker(wire::Type::gate_reply, number, R"({"frame":"F-1-1","bytes":700,"hash":"h"})",
                                   wire::encode(wire::Parts{{{0, bytes}}}));
        message.prefix.flags = wire::flag_ticket;
        message.descriptors = {descriptor};
        BrokerMessage event{std::move(message)};
        event.entropy.fill(++seed);
        gate.step(std::move(event));
        if (const auto code = gate.refused(); code != "ok")
            return code;
        ticket = gate.answer["result"].as_object()["ticket"].as_string();
        return "";
    }
    /// Starts a preview with so many tickets; its request.
    std::uint64_t preview(int count) {
        const auto number = gate.ask(from_client(header(
            "preview.start", "p" + std::to_string(++asked), token_a,
            R"("progress":true,"lease":"L-1","params":{"slot":"photo","tickets":)" + std::to_string(count) + "}")));
        EXPECT_NE(number, 0u) << gate.refused();
        auto message = from_broker(wire::Type::gate_progress, number, R"({"preview":"P-1-1"})",
                                   wire::encode(wire::TicketsWanted{count}));
        message.prefix.flags = wire::flag_ticket;
        BrokerMessage event{std::move(message)};
        for (std::size_t i = 0; i < event.entropy.size(); ++i)
            event.entropy[i] = static_cast<std::uint8_t>(i / 16 + 100);
        gate.step(std::move(event));
        tickets.clear();
        const auto word = boost::json::parse(gate.only<SendClient>()->header).as_object();
        for (const auto& one : word.at("progress").as_object().at("tickets").as_array())
            tickets.emplace_back(one.as_string());
        EXPECT_EQ(word.at("progress").as_object().at("socket").as_string(), "/run/rekam/data");
        return number;
    }
    void buffers(std::uint64_t number, std::int64_t pool, std::vector<wire::Descriptor> descriptors) {
        auto message = from_broker(wire::Type::gate_buffers, number, wire::encode(wire::PoolBuffers{pool, megabyte}));
        message.descriptors = std::move(descriptors);
        gate.broker(std::move(message));
    }
    void picture(std::uint64_t number, std::int64_t generation, std::int64_t pool = 1) {
        auto message = from_broker(wire::Type::gate_progress, number, R"({"seq":)" + std::to_string(generation) + "}",
                                   wire::encode(wire::BufferRef{pool, generation % 2, generation}));
        message.prefix.flags = wire::flag_buffer;
        gate.broker(std::move(message));
    }
    void final(std::uint64_t number) { gate.broker(from_broker(wire::Type::gate_reply, number, "{}")); }

    Effects& connect(DataKey key, std::int64_t uid = 1000) { return gate.step(DataConnected{key, uid}); }
    Effects& say(DataKey key, const std::string& text) { return gate.step(DataMessage{key, text}); }
    Effects& show(DataKey key, const std::string& which) { return say(key, R"({"ticket":")" + which + "\"}"); }
    void watch(DataKey key, const std::string& which) {
        connect(key);
        show(key, which);
        ASSERT_FALSE(gate.all<SendData>().empty());
        ASSERT_THAT(gate.all<SendData>()[0]->text, ::testing::HasSubstr(R"({"ok":true,"preview":"P-1-1"})"));
    }
    Effects& next(DataKey key, std::int64_t back = 0, std::int64_t pool = 1) {
        return say(key, back == 0
                            ? R"({"next":true})"
                            : R"({"back":)" + wire::encode(wire::BufferRef{pool, back % 2, back}) + R"(,"next":true})");
    }
    /// The generation of the picture that the last step gave to this consumer; 0: none.
    std::int64_t shown(DataKey key) {
        for (const auto* sent : gate.all<SendData>())
            if (sent->connection == key && sent->text.starts_with(R"({"picture":)"))
                return boost::json::parse(sent->text).at("at").at("generation").as_int64();
        return 0;
    }
    /// Generations whose buffers the last step gave back.
    std::vector<std::int64_t> returned() {
        std::vector<std::int64_t> all;
        for (const auto* sent : gate.all<SendBroker>())
            if (sent->message.prefix.type == wire::Type::gate_returned)
                all.push_back(wire::decode<wire::BufferRef>(sent->message.json)->generation);
        return all;
    }
    std::vector<wire::Descriptor> closed() {
        std::vector<wire::Descriptor> all;
        for (const auto* one : gate.all<CloseDescriptor>())
            all.push_back(one->descriptor);
        return all;
    }
    /// The code of the refusal that the last step sent to this connection, which must be ended too.
    std::string refused(DataKey key) {
        const auto* sent = gate.only<SendData>();
        const auto* ended = gate.only<CloseData>();
        if (!sent || !ended || sent->connection != key || ended->connection != key)
            return "no refusal";
        return std::string(boost::json::parse(sent->text).at("error").at("code").as_string());
    }
    const Handover& handover() const { return gate.table.handover(); }

    Gate gate{[] {
        Bounds bounds;
        bounds.tickets_per_session = 3;
        bounds.data_connections = 6;
        bounds.data_connections_per_user = 4;
        return bounds;
    }()};
    std::string ticket;
    std::vector<std::string> tickets;
    int asked = 0;
    std::uint8_t seed = 0;
};

} // namespace rekam::gate::testing
