// SPDX-License-Identifier: Apache-2.0
// Binary parts of requests: to the broker with what they are, closed where they go nowhere, on credit.
#include "tests/unit/gate/harness.h"

namespace rekam::gate::testing {
namespace {

const std::string envelope =
    R"("deadline_ms":30000,"station_epoch":17,"idem":"k","lease":"L-1","params":{"slot":"printer","front":{"part":0,"format":"image/png"}})";

ClientMessage with_parts(const std::string& id, std::size_t count, const std::string& op = "print.start",
                         const std::string& more = envelope) {
    auto message = from_client(header(op, id, token_a, more));
    message.parts = static_cast<std::int64_t>(count);
    for (std::size_t i = 0; i < count; ++i)
        message.stored.push_back({static_cast<wire::Descriptor>(100 + i), 10, "sha256:aa"});
    message.part_bytes = static_cast<std::int64_t>(10 * count);
    return message;
}

class Attachments : public ::testing::Test {
  protected:
    void SetUp() override {
        auto with = config();
        with.limits.open_requests = 64;
        gate.open(with);
        gate.join(token_a, 1);
    }
    Gate gate;
};

TEST_F(Attachments, GoToTheBrokerWithTheirSizeAndHash) {
    ASSERT_NE(gate.ask(with_parts("1", 2)), 0U);
    const auto& message = gate.only<SendBroker>()->message;
    EXPECT_EQ(message.descriptors, (std::vector<wire::Descriptor>{100, 101}));
    const auto said = wire::decode<wire::Attachments>(message.tail);
    ASSERT_TRUE(said);
    EXPECT_EQ(said->parts.at(1).bytes, 10);
    EXPECT_EQ(said->parts.at(1).hash, "sha256:aa");
}

TEST_F(Attachments, OfOtherOperationsAreRefusedAndClosed) {
    gate.client(with_parts("1", 2, "slot.get", R"("params":{"slot":"photo"})"));
    EXPECT_EQ(gate.refused(), "bad-request");
    EXPECT_EQ(gate.all<CloseDescriptor>().size(), 2U);
}

TEST_F(Attachments, OfARefusedRequestAreClosed) {
    gate.client(with_parts("1", 1, "print.start", R"("params":{"slot":"printer"})"));
    EXPECT_EQ(gate.refused(), "bad-request") << "no deadline, no epoch, no key";
    EXPECT_EQ(gate.all<CloseDescriptor>().size(), 1U);
}

TEST_F(Attachments, ThatCouldNotAllBeStoredAreRefused) {
    auto message = with_parts("1", 2);
    message.stored.pop_back();
    gate.client(std::move(message));
    EXPECT_EQ(gate.refused(), "too-large");
    EXPECT_EQ(gate.all<CloseDescriptor>().size(), 1U);
}

TEST_F(Attachments, WaitForTheBrokersCredit) {
    for (int i = 0; i < 8; ++i)
        ASSERT_NE(gate.ask(with_parts("a" + std::to_string(i), 2)), 0U);
    EXPECT_EQ(gate.ask(with_parts("b", 2)), 0U) << "sixteen are under way";
    EXPECT_EQ(gate.table.held_parts(), 2U);
    gate.broker(from_broker(wire::Type::gate_credit, 0, wire::encode(wire::Taken{2})));
    EXPECT_TRUE(gate.only<SendBroker>());
    EXPECT_EQ(gate.table.held_parts(), 0U);
}

TEST_F(Attachments, ThatWaitHaveABound) {
    for (int i = 0; i < 8; ++i)
        gate.ask(with_parts("a" + std::to_string(i), 2));
    for (std::size_t i = 0; i < Bounds{}.attachments_held / 16; ++i)
        gate.ask(with_parts("b" + std::to_string(i), 16));
    gate.client(with_parts("c", 1));
    EXPECT_EQ(gate.refused(), "busy");
    EXPECT_EQ(gate.all<CloseDescriptor>().size(), 1U);
    EXPECT_NE(gate.ask(from_client(header("slot.get", "d", token_a, R"("params":{"slot":"photo"})"))), 0U)
        << "others go on";
}

TEST_F(Attachments, ThatWaitAreClosedWhenTheGateEnds) {
    for (int i = 0; i < 9; ++i)
        gate.ask(with_parts("a" + std::to_string(i), 2));
    gate.broker(from_broker(wire::Type::gate_credit, 0, wire::encode(wire::Taken{99})));
    EXPECT_EQ(gate.table.phase(), Phase::ended) << "the broker took what it was not sent";
    EXPECT_EQ(gate.all<CloseDescriptor>().size(), 2U);
}

} // namespace
} // namespace rekam::gate::testing
