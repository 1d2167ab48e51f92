// SPDX-License-Identifier: Apache-2.0
// A print and a card's exchange in the host's loop: held back until the station lets it go, finished once it began.
#include "tests/unit/host/loop_harness.h"

namespace rekam::host {
namespace {

using wire::Type;

constexpr CallId print = 5, card = 6;

class CardLoop : public ::testing::Test {
  protected:
    Harness h;

    void run_print(std::vector<wire::Descriptor> pictures = {30}, std::size_t announced = 1) {
        wire::HostRun run;
        run.function = model::Function::card_printer;
        run.print.emplace();
        for (std::size_t i = 0; i < announced; ++i)
            run.print->pictures.push_back({"front", "image/png", 10});
        wire::Message message;
        message.prefix.type = Type::host_run;
        message.prefix.job = print;
        message.prefix.fence = 1;
        message.json = wire::encode(run);
        message.descriptors = std::move(pictures);
        h.step(Received{std::move(message)});
    }
    void run_card(bool at_print, CallId job = card) {
        wire::HostRun run;
        run.function = model::Function::card_reader;
        run.card.emplace().at_print = at_print;
        h.receive(Type::host_run, wire::encode(run), job);
    }
    void to_begun() {
        h.to_open();
        run_print();
        h.step(Begins{print, {}});
        h.receive(Type::host_go, "", print);
    }
    void to_chip() {
        to_begun();
        h.step(AtChip{print});
    }
};

TEST_F(CardLoop, PicturesGoToTheDevicesThread) {
    h.to_open();
    run_print();
    ASSERT_EQ(h.all<host::Run>().size(), 1U);
    EXPECT_EQ(h.all<host::Run>().front().pictures, std::vector<wire::Descriptor>{30});
    EXPECT_FALSE(h.has<Release>());
}

TEST_F(CardLoop, PicturesOfARefusedPrintAreGivenBack) {
    h.to_open();
    h.run(4);
    run_print({31});
    EXPECT_EQ(h.final_code(), model::Code::busy);
    EXPECT_EQ(h.all<Release>().front().descriptor, 31);
}

TEST_F(CardLoop, PicturesThatDoNotMatchAreNoMessageOfAStation) {
    h.to_open();
    run_print({31, 32}, 1);
    EXPECT_EQ(h.exit_code(), exit_protocol);
    EXPECT_EQ(h.all<Release>().size(), 2U);
}

TEST_F(CardLoop, BeginsOnlyWhenTheStationSaysSo) {
    h.to_open();
    run_print();
    h.step(Begins{print, {}});
    EXPECT_EQ(h.sent(Type::host_begins).size(), 1U);
    EXPECT_FALSE(h.has<Go>());
    h.receive(Type::host_go, "", print, 2);
    EXPECT_FALSE(h.has<Go>()) << "of another fence";
    h.receive(Type::host_go, "", print);
    EXPECT_TRUE(h.has<Go>());
    h.receive(Type::host_go, "", print);
    EXPECT_FALSE(h.has<Go>()) << "once";
}

TEST_F(CardLoop, IsInterruptedBeforeItBegan) {
    h.to_open();
    run_print();
    h.interrupt(print);
    EXPECT_TRUE(h.has<Interrupt>());
    h.ended(print, model::Code::cancelled);
    EXPECT_EQ(h.final_code(), model::Code::cancelled);
}

TEST_F(CardLoop, IsFinishedOnceItBegan) {
    to_begun();
    h.interrupt(print);
    EXPECT_FALSE(h.has<Interrupt>());
    h.pass_ms(60'000);
    EXPECT_FALSE(h.exit_code()) << "the station bounds it";
    h.step(RunEnded{print, {}, wire::HostPrinted{model::CardAt::exit, {}, {}, {}}});
    const auto final = h.body<wire::HostFinal>(Type::host_final);
    EXPECT_FALSE(final.failure);
    EXPECT_EQ(final.printed->card_at, model::CardAt::exit);
}

TEST_F(CardLoop, AnInterruptThatCameTooLateDoesNotEndTheProcess) {
    h.to_open();
    run_print();
    h.interrupt(print);
    h.step(Begins{print, {}});
    h.receive(Type::host_go, "", print);
    h.pass_ms(60'000);
    EXPECT_FALSE(h.exit_code());
}

TEST_F(CardLoop, ACardThatWasNotAnnouncedIsABrokenPromiseOfUnknownEffect) {
    h.to_open();
    run_print();
    h.ended(print);
    const auto final = h.body<wire::HostFinal>(Type::host_final);
    EXPECT_EQ(final.failure->code, model::Code::broken_promise);
    EXPECT_EQ(final.failure->effect, model::Effect::unknown);
}

TEST_F(CardLoop, AnExchangeRunsInsideThePrintAtItsChip) {
    to_begun();
    run_card(true);
    EXPECT_EQ(h.final_code(), model::Code::not_ready) << "it is not at the chip yet";
    h.step(AtChip{print});
    EXPECT_EQ(h.sent(Type::host_chip).size(), 1U);
    run_card(true);
    EXPECT_EQ(h.all<host::Run>().front().inside, print);
    run_card(true, 7);
    EXPECT_EQ(h.final_code(), model::Code::not_ready) << "one at a time";
    h.step(CardOpened{card, {}});
    EXPECT_EQ(h.sent(Type::host_card).front().prefix.job, card);
    h.receive(Type::host_apdus, wire::encode(wire::HostApdus{1, {"00a40000"}}), card);
    EXPECT_EQ(h.all<Transmit>().front().call, card);
    h.step(CardAnswered{card, {1, {"9000"}, {}}});
    EXPECT_EQ(h.sent(Type::host_answers).size(), 1U);
    h.receive(Type::host_card_close, "", card);
    EXPECT_TRUE(h.has<CloseCard>());
    h.step(RunEnded{card, {}, {}});
    EXPECT_EQ(h.sent(Type::host_final).front().prefix.job, card);
    h.receive(Type::host_chip_over, wire::encode(wire::HostChipOver{true}), print);
    EXPECT_TRUE(h.all<ChipOver>().front().failed);
}

TEST_F(CardLoop, TheEndOfTheLeaseAtTheChipEndsBoth) {
    to_chip();
    run_card(true);
    h.interrupt(print);
    EXPECT_EQ(h.all<Interrupt>().size(), 2U);
    h.step(RunEnded{card, wire::Failure{model::Code::cancelled, "", {}, {}}, {}});
    EXPECT_EQ(h.final_code(), model::Code::cancelled);
    h.pass_ms(60'000);
    EXPECT_FALSE(h.exit_code()) << "on_fail takes its time";
    h.ended(print, model::Code::cancelled);
    EXPECT_EQ(h.final_code(), model::Code::cancelled);
}

TEST_F(CardLoop, AnExchangeAloneIsAJob) {
    h.to_open();
    run_card(false);
    h.step(CardOpened{card, {}});
    EXPECT_EQ(h.sent(Type::host_card).size(), 1U);
    h.receive(Type::host_apdus, wire::encode(wire::HostApdus{1, {"00a40000"}}), card, 2);
    EXPECT_FALSE(h.has<Transmit>()) << "of another fence";
    h.receive(Type::host_card_close, "", card);
    h.ended(card);
    EXPECT_FALSE(h.final_code());
}

TEST_F(CardLoop, AStationThatGoesAwayDoesNotStopACardThatBegan) {
    to_begun();
    h.step(Detached{});
    EXPECT_FALSE(h.has<Interrupt>());
    h.pass_ms(LoopLimits{}.print_ms_max - 1);
    EXPECT_FALSE(h.exit_code());
    h.pass_ms(2);
    EXPECT_EQ(h.exit_code(), exit_broken_promise);
}

} // namespace
} // namespace rekam::host
