// SPDX-License-Identifier: Apache-2.0
// Prints and card exchanges that come to nothing before anything was done.
#include "tests/unit/broker/errors.h"
#include "tests/unit/broker/print_desk.h"

namespace rekam::broker {
namespace {

class CardSetting final : public PrintDesk {
  public:
    void TestBody() override {}
    using PrintDesk::client;
    using PrintDesk::print;

    /// The device says no to a print before the card has begun.
    Answer print_fails(const std::string& code, const std::string& message) {
        const auto asked = print("k1");
        host_says(wire::Type::host_final, printed("none", failure(code, message)));
        return client.reply(asked);
    }
    Answer capture_at(const std::string& slot) { return client.reply(client.capture(lease, "k1", slot, "card")); }
    Answer open_fails(const std::string& code, const std::string& message) {
        const auto asked = open_card("k1");
        host_says(wire::Type::host_final, R"({"frames":0,"failure":)" + failure(code, message) + "}");
        return client.reply(asked);
    }

  private:
    static std::string failure(const std::string& code, const std::string& message) {
        return R"({"code":")" + code + R"(","message":")" + message + R"(","effect":"none"})";
    }
};

} // namespace

ErrorRows card_errors() {
    using enum model::Code;
    return {
        {media_out, "no_blanks", "operator", "after-fix", "hopper", "load cards",
         [] { return CardSetting().print_fails("media-out", "the hopper is empty"); }},
        {ribbon_out, "no_ribbon", "operator", "after-fix", "ribbon is used up", "load a ribbon",
         [] { return CardSetting().print_fails("ribbon-out", "the ribbon is used up"); }},
        {head_dirty, "dirt", "technician", "after-fix", "print head", "clean the head",
         [] { return CardSetting().print_fails("head-dirty", "the print head is dirty"); }},
        {out_of_range, "capture_at_printer", "caller", "never", "slot printer is a card-printer", "call print.start",
         [] { return CardSetting().capture_at("printer"); }},
        {out_of_range, "picture", "caller", "never", "params.front.format is image/jpeg", "convert the picture",
         [] {
             CardSetting at;
             return at.client.reply(at.print("k1", {}, "sha256:aa", 30'000, "image/jpeg"));
         }},
        {out_of_range, "capture_at_reader", "caller", "never", "slot encoder is a card-reader", "call card.open",
         [] { return CardSetting().capture_at("encoder"); }},
        {card_absent, "no_card", "operator", "after-fix", "no card", "insert the card",
         [] { return CardSetting().open_fails("card-absent", "there is no card in the reader"); }},
        {card_removed, "pulled", "operator", "after-fix", "pulled out", "insert the card again",
         [] { return CardSetting().open_fails("card-removed", "the card was pulled out"); }},
        {card_mute, "no_answer", "operator", "after-fix", "does not answer", "try another one",
         [] { return CardSetting().open_fails("card-mute", "the chip does not answer"); }},
    };
}

} // namespace rekam::broker
