// SPDX-License-Identifier: Apache-2.0
// Clients that do not read: finals wait, progress coalesces, and at a bound the client is given up.
#include "tests/unit/gate/harness.h"

namespace rekam::gate::testing {
namespace {

using Reason = SendRefused::Reason;

class Unread : public ::testing::Test {
  protected:
    void SetUp() override {
        auto wide = config();
        wide.limits.open_requests = 1'000;
        gate.open(wide);
        gate.join(token_a, 9);
    }
    std::uint64_t ask(const std::string& id) {
        return gate.ask(from_client(header("station.get", id, token_a, R"("progress":true,"params":{})")));
    }
    void final(std::uint64_t number, std::vector<wire::Descriptor> descriptors = {}) {
        wire::Parts parts;
        parts.parts.resize(descriptors.size());
        auto reply = from_broker(wire::Type::gate_reply, number, R"({"n":)" + std::to_string(number) + "}",
                                 descriptors.empty() ? "" : wire::encode(parts));
        reply.descriptors = std::move(descriptors);
        gate.broker(std::move(reply));
    }
    void progress(std::uint64_t number, int percent) {
        gate.broker(from_broker(wire::Type::gate_progress, number, R"({"percent":)" + std::to_string(percent) + "}"));
    }
    void picture(std::uint64_t number, wire::Descriptor descriptor) {
        auto message =
            from_broker(wire::Type::gate_progress, number, R"({"seq":1})", wire::encode(wire::Parts{{{0, 700}}}));
        message.descriptors = {descriptor};
        gate.broker(std::move(message));
    }
    std::vector<wire::Descriptor> closed() {
        std::vector<wire::Descriptor> all;
        for (const auto* one : gate.all<CloseDescriptor>())
            all.push_back(one->descriptor);
        return all;
    }
    /// Gives back everything that the last step wanted to send.
    void refuse_all(Reason reason) {
        std::vector<SendClient> sent;
        for (auto* one : gate.all<SendClient>())
            sent.push_back(std::move(*one));
        for (auto& one : sent)
            gate.step(SendRefused{std::move(one), reason});
    }

    Gate gate{[] {
        Bounds bounds;
        bounds.finals_per_client = 3;
        bounds.parts_per_client = 2;
        return bounds;
    }()};
};

TEST_F(Unread, APictureGoesOnAndItsCreditComesBackWithItsRequest) {
    const auto one = ask("1");
    picture(one, 40);
    const auto* sent = gate.only<SendClient>();
    ASSERT_TRUE(sent);
    ASSERT_EQ(sent->parts.size(), 1u);
    EXPECT_EQ(sent->parts[0].descriptor, 40);
    EXPECT_EQ(sent->parts[0].length, 700);
    EXPECT_NE(sent->header.find(R"("more":true)"), std::string::npos);
    const auto* taken = gate.only<SendBroker>();
    ASSERT_TRUE(taken);
    EXPECT_EQ(taken->message.prefix.type, wire::Type::gate_taken);
    EXPECT_EQ(taken->message.prefix.request, one);
}

TEST_F(Unread, OfPicturesOnlyTheNewestWaitsAndTheOthersAreClosed) {
    const auto one = ask("1");
    picture(one, 40);
    refuse_all(Reason::full);
    EXPECT_TRUE(closed().empty());
    picture(one, 41);
    EXPECT_EQ(closed(), std::vector<wire::Descriptor>{40});
    picture(one, 42);
    EXPECT_EQ(closed(), std::vector<wire::Descriptor>{41});
    EXPECT_EQ(gate.table.outbox().parts(), 1u);
    gate.tick(20 * us_per_ms);
    ASSERT_TRUE(gate.only<SendClient>());
    EXPECT_EQ(gate.only<SendClient>()->parts[0].descriptor, 42);
    std::vector<SendClient> refused{std::move(*gate.only<SendClient>())};
    picture(one, 43); // comes while the other one is tried
    gate.step(SendRefused{std::move(refused[0]), Reason::full});
    EXPECT_EQ(closed(), std::vector<wire::Descriptor>{42}) << "what waits already was shown later";
    final(one);
    EXPECT_EQ(closed(), std::vector<wire::Descriptor>{43}) << "nothing is shown after the end";
    EXPECT_EQ(gate.table.outbox().parts(), 0u);
}

TEST_F(Unread, APictureForNobodyIsClosed) {
    picture(99, 40);
    EXPECT_EQ(closed(), std::vector<wire::Descriptor>{40});
    const auto one = ask("1");
    picture(one, 41);
    refuse_all(Reason::unreachable);
    EXPECT_EQ(closed(), std::vector<wire::Descriptor>{41});
}

TEST_F(Unread, APictureWithoutItsSizeEndsTheGate) {
    auto message = from_broker(wire::Type::gate_progress, ask("1"), R"({"seq":1})");
    message.descriptors = {40};
    gate.broker(std::move(message));
    EXPECT_EQ(closed(), std::vector<wire::Descriptor>{40});
    EXPECT_EQ(gate.table.phase(), Phase::ended);
}

TEST_F(Unread, FinalsWaitInOrderAndComeOnce) {
    const auto one = ask("1"), two = ask("2");
    final(one);
    refuse_all(Reason::full);
    final(two);
    EXPECT_TRUE(gate.last.empty()); // behind the first
    EXPECT_LE(gate.table.next_deadline_us(), gate.now.mono_us + 20 * us_per_ms);
    gate.tick(20 * us_per_ms);
    const auto sent = gate.all<SendClient>();
    ASSERT_EQ(sent.size(), 2u);
    EXPECT_EQ(sent[0]->request, one);
    EXPECT_EQ(sent[1]->request, two);
    gate.tick(20 * us_per_ms);
    EXPECT_TRUE(gate.all<SendClient>().empty());
    EXPECT_EQ(gate.table.outbox().clients(), 0u);
}

TEST_F(Unread, OnlyTheNewestProgressWaits) {
    const auto one = ask("1");
    progress(one, 1);
    refuse_all(Reason::full);
    progress(one, 2);
    progress(one, 3);
    gate.tick(20 * us_per_ms);
    ASSERT_TRUE(gate.only<SendClient>());
    EXPECT_THAT(gate.only<SendClient>()->header, ::testing::HasSubstr("\"percent\":3"));
    refuse_all(Reason::full);
    progress(one, 4);
    gate.tick(20 * us_per_ms);
    EXPECT_THAT(gate.only<SendClient>()->header, ::testing::HasSubstr("\"percent\":4"));
}

TEST_F(Unread, AFinalRemovesItsWaitingProgress) {
    const auto one = ask("1");
    progress(one, 1);
    refuse_all(Reason::full);
    final(one);
    gate.tick(20 * us_per_ms);
    ASSERT_TRUE(gate.only<SendClient>());
    EXPECT_EQ(gate.only<SendClient>()->kind, SendClient::Kind::final);
}

TEST_F(Unread, ProgressRefusedAfterItsFinalIsGone) {
    const auto one = ask("1");
    progress(one, 1);
    SendClient late = std::move(*gate.only<SendClient>());
    final(one);
    gate.step(SendRefused{std::move(late), Reason::full});
    EXPECT_EQ(gate.table.outbox().clients(), 0u);
}

TEST_F(Unread, TooManyWaitingFinalsGiveTheClientUp) {
    std::vector<std::uint64_t> numbers;
    for (int i = 0; i < 6; ++i)
        numbers.push_back(ask(std::to_string(i)));
    final(numbers[0], {30});
    refuse_all(Reason::full);
    for (int i = 1; i < 3; ++i)
        final(numbers[static_cast<std::size_t>(i)]);
    EXPECT_TRUE(gate.last.empty());
    final(numbers[3]);
    EXPECT_EQ(gate.only<CloseDescriptor>()->descriptor, 30);
    ASSERT_TRUE(gate.only<Disconnect>());
    EXPECT_EQ(gate.only<Disconnect>()->client, "A");
    EXPECT_EQ(gate.only<Disconnect>()->connection, static_cast<std::uint64_t>('A'));
    EXPECT_EQ(gate.table.requests().size(), 0u); // the broker keeps what comes for them
    EXPECT_EQ(gate.table.outbox().bytes(), 0u);
    EXPECT_EQ(gate.table.outbox().parts(), 0u);
    final(numbers[4]);
    EXPECT_TRUE(gate.last.empty());
}

TEST_F(Unread, TooManyWaitingPartsGiveTheClientUp) {
    const auto one = ask("1");
    final(one, {30, 31, 32});
    refuse_all(Reason::full);
    EXPECT_EQ(gate.all<CloseDescriptor>().size(), 3u);
    EXPECT_TRUE(gate.only<Disconnect>());
}

TEST_F(Unread, AClientThatTakesNothingIsGivenUpAfterItsTime) {
    final(ask("1"), {30});
    refuse_all(Reason::full);
    for (int i = 0; i < 29; ++i) {
        gate.tick(us_per_s);
        ASSERT_TRUE(gate.all<Disconnect>().empty());
        refuse_all(Reason::full);
    }
    gate.tick(us_per_s);
    EXPECT_TRUE(gate.only<Disconnect>());
    EXPECT_EQ(gate.only<CloseDescriptor>()->descriptor, 30);
    EXPECT_EQ(gate.table.outbox().clients(), 0u);
}

TEST_F(Unread, AClientThatReadsSlowlyIsKept) {
    final(ask("0"));
    refuse_all(Reason::full);
    for (int i = 1; i < 10; ++i) {
        final(ask(std::to_string(i)));
        gate.tick(20 * us_per_s);
        ASSERT_TRUE(gate.all<Disconnect>().empty()) << i;
        auto sent = gate.all<SendClient>();
        ASSERT_EQ(sent.size(), 2u);
        SendClient second = std::move(*sent[1]); // one got through
        gate.step(SendRefused{std::move(second), Reason::full});
    }
}

TEST_F(Unread, AVanishedClientTakesEverythingAlong) {
    const auto one = ask("1"), two = ask("2");
    final(one, {30});
    refuse_all(Reason::full);
    final(two, {31});
    gate.tick(20 * us_per_ms);
    auto sent = gate.all<SendClient>();
    ASSERT_EQ(sent.size(), 2u);
    SendClient first = std::move(*sent[0]), second = std::move(*sent[1]);
    ask("3");
    gate.step(SendRefused{std::move(first), Reason::unreachable});
    EXPECT_EQ(gate.only<CloseDescriptor>()->descriptor, 30);
    EXPECT_EQ(gate.table.requests().size(), 0u);
    gate.step(SendRefused{std::move(second), Reason::unreachable});
    EXPECT_EQ(gate.only<CloseDescriptor>()->descriptor, 31);
    EXPECT_EQ(gate.table.outbox().clients(), 0u);
}

TEST_F(Unread, RefusalsOfAFloodAreBoundedToo) {
    gate.client(from_client("x"));
    refuse_all(Reason::full);
    for (int i = 0; i < 10 && gate.all<Disconnect>().empty(); ++i)
        gate.client(from_client("x"));
    EXPECT_TRUE(gate.only<Disconnect>());
}

TEST_F(Unread, StopWaitsForFinalsButNotForever) {
    final(ask("1"));
    refuse_all(Reason::full);
    gate.broker(from_broker(wire::Type::gate_stop));
    EXPECT_EQ(gate.table.phase(), Phase::stopping);
    EXPECT_TRUE(gate.all<Exit>().empty());
    gate.client(from_client(header("station.get", "2", token_a), "B"));
    EXPECT_EQ(gate.refused(), "shutting-down");
    gate.broker(from_broker(wire::Type::gate_stop));
    EXPECT_TRUE(gate.all<Exit>().empty());
    gate.tick(20 * us_per_ms);
    EXPECT_TRUE(gate.only<SendClient>());
    refuse_all(Reason::full);
    gate.tick(500 * us_per_ms);
    EXPECT_EQ(gate.only<Exit>()->code, 0);
}

TEST_F(Unread, StopEndsAsSoonAsFinalsAreOut) {
    final(ask("1"));
    refuse_all(Reason::full);
    gate.broker(from_broker(wire::Type::gate_stop));
    gate.tick(20 * us_per_ms);
    EXPECT_TRUE(gate.only<SendClient>()); // and it is taken
    gate.tick(20 * us_per_ms);
    gate.tick(20 * us_per_ms);
    EXPECT_EQ(gate.table.phase(), Phase::ended);
}

} // namespace
} // namespace rekam::gate::testing
