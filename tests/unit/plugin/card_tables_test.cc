// SPDX-License-Identifier: Apache-2.0
// What the C++ wrapper says of a card when a driver fails: NONE only where that is certain, as NONE lets it be made
// once more.
#include <rekam/plugin.hpp>

#include "tests/unit/plugin/fake_job.h"

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <stdexcept>

namespace rekam::test {
namespace {

using plugin::Error;
using Announce = std::function<void(const rekam_print_call_t&)>;

struct Printer final : plugin::Device, plugin::Print, plugin::Card {
    void interrupt() override {}
    void health(std::uint32_t, plugin::Job&, plugin::HealthReport&) override {}
    plugin::Capabilities capabilities(std::uint32_t) override { return {}; }
    void print(plugin::Job&, const rekam_print_call_t& call, rekam_print_result_t&) override { on_print(call); }
    void card_open(plugin::Job&, std::uint32_t, std::uint32_t, rekam_card_info_t&) override {}
    std::vector<std::uint8_t> card_transmit(plugin::Job&, const std::uint8_t* command, std::size_t bytes) override {
        on_transmit();
        return {command, command + bytes};
    }
    void card_close() noexcept override {}

    Announce on_print = [](const rekam_print_call_t&) {};
    std::function<void()> on_transmit = [] {};
};

class CardTables : public testing::Test {
  protected:
    CardTables() {
        auto made = std::make_unique<Printer>();
        printer = made.get();
        box.device = std::move(made);
        box.table.data = &box;
    }
    /// The effect that the station hears of.
    std::uint32_t effect_of(const Announce& print) {
        printer->on_print = print;
        rekam_print_call_t call{};
        call.size = sizeof call;
        call.on_fail = REKAM_ON_FAIL_REJECT;
        call.context = &announced;
        call.started = [](void* context) { ++*static_cast<int*>(context); };
        call.chip = [](void* context) -> std::uint32_t {
            return *static_cast<int*>(context) == 1 ? REKAM_OK : REKAM_E_CARD_MUTE;
        };
        rekam_print_result_t result{};
        result.size = sizeof result;
        error = {};
        error.size = sizeof error;
        announced = 0;
        code = plugin::detail::print_table.run(&box.table, &job.table, &call, &result, &error);
        return error.effect;
    }
    std::uint32_t transmit(const std::function<void()>& transmit) {
        printer->on_transmit = transmit;
        const std::array<std::uint8_t, 5> command{0, 0x84, 0, 0, 8};
        std::array<std::uint8_t, 16> answer{};
        std::size_t bytes = answer.size();
        error = {};
        error.size = sizeof error;
        code = plugin::detail::card_table.transmit(&box.table, &job.table, command.data(), command.size(),
                                                   answer.data(), &bytes, &error);
        return error.effect;
    }

    static constexpr std::uint32_t none = REKAM_EFFECT_NONE, done = REKAM_EFFECT_DONE, unknown = REKAM_EFFECT_UNKNOWN,
                                   ok = REKAM_OK;
    plugin::detail::DeviceBox box;
    Printer* printer = nullptr;
    FakeJob job;
    rekam_error_t error{};
    std::uint32_t code = REKAM_OK;
    int announced = 0;
};

template <class Thrown> Announce after_start(Thrown thrown) {
    return [thrown](const rekam_print_call_t& call) {
        call.started(call.context);
        throw thrown;
    };
}
template <class Thrown> Announce before_start(Thrown thrown) {
    return [thrown](const rekam_print_call_t&) { throw thrown; };
}

TEST_F(CardTables, PassThePrintOn) {
    effect_of([](const rekam_print_call_t& call) {
        EXPECT_EQ(call.on_fail, static_cast<std::uint32_t>(REKAM_ON_FAIL_REJECT));
        call.started(call.context);
        EXPECT_EQ(call.chip(call.context), ok);
    });
    EXPECT_EQ(code, ok);
    EXPECT_EQ(announced, 1);
}

TEST_F(CardTables, SilenceAfterTheStartOfAPrintIsUnknown) {
    const Error said_nothing(REKAM_E_JAM, "stuck");
    Error said_none = said_nothing, said_done = said_nothing;
    said_none.effect(REKAM_EFFECT_NONE);
    said_done.effect(REKAM_EFFECT_DONE);
    EXPECT_EQ(effect_of(after_start(std::runtime_error("boom"))), unknown);
    EXPECT_STREQ(error.message, "boom");
    EXPECT_EQ(effect_of(after_start(5)), unknown);
    EXPECT_EQ(effect_of(after_start(said_nothing)), unknown);
    EXPECT_EQ(code, static_cast<std::uint32_t>(REKAM_E_JAM));
    EXPECT_EQ(effect_of(after_start(said_none)), none);
    EXPECT_EQ(effect_of(after_start(said_done)), done);
}

TEST_F(CardTables, NothingHasHappenedBeforeTheStartOfAPrint) {
    EXPECT_EQ(effect_of(before_start(std::runtime_error("boom"))), none);
    EXPECT_EQ(effect_of(before_start(Error(REKAM_E_MEDIA_OUT, "no card"))), none);
    EXPECT_EQ(code, static_cast<std::uint32_t>(REKAM_E_MEDIA_OUT));
}

TEST_F(CardTables, AnUnforeseenEndOfATransmitIsUnknown) {
    EXPECT_EQ(transmit([] { throw std::runtime_error("the SDK threw"); }), unknown);
    EXPECT_EQ(transmit([] { throw Error(REKAM_E_CARD_ABSENT, "no card"); }), none);
    EXPECT_EQ(code, static_cast<std::uint32_t>(REKAM_E_CARD_ABSENT));
    EXPECT_EQ(transmit([] {}), none);
    EXPECT_EQ(code, ok);
}

} // namespace
} // namespace rekam::test
