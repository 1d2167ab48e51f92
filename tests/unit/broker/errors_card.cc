// SPDX-License-Identifier: Apache-2.0
// Prints and card exchanges that come to nothing before anything was done.
#include "tests/unit/broker/errors.h"
#include "tests/unit/broker/print_desk.h"

namespace rekam::broker {
namespace {

class CardSetting final : public PrintDesk {
  public:
    using PrintDesk::client, PrintDesk::world, PrintDesk::lease, PrintDesk::new_visit, PrintDesk::print,
        PrintDesk::open_card, PrintDesk::envelope;
    void TestBody() override {}

    /// The device says no to a print before the card has begun.
    Answer print_fails(const std::string& code, const std::string& message) {
        const auto asked = print("k1");
        host_says(wire::Type::host_final, printed("none", failure(code, message)));
        return client.reply(asked);
    }
    Answer capture_at(const std::string& slot) { return client.reply(client.capture(lease, "k1", slot, "card")); }
    /// A print beside an earlier one of the same case that ended like this.
    Answer print_after(const std::string& end, const std::string& more = {}) {
        make(end);
        return client.reply(print("k2", more));
    }
    void make(const std::string& end) {
        print("k1");
        if (end == "runs")
            return;
        begin();
        if (end == "unknown") {
            world.die(world.host_id(cp));
            world.pass_ms(10'000);
            client.ask("lease.renew", R"({"lease":")" + lease + "\"}");
        } else {
            host_says(wire::Type::host_final, end);
        }
    }
    static std::string again(const std::string& of, const std::string& second = "Rina",
                             const std::string& reason = "scratched") {
        return R"(,"reprint":{"of":")" + of + R"(","reason":")" + reason + R"(","second":")" + second + "\"}";
    }
    Answer reconcile(const std::string& job,
                     const std::string& more = R"("effect":"done","by":"Sari","second":"Rina")") {
        return client.ask("job.reconcile", R"({"job":")" + job + "\"," + more + "}");
    }
    Answer cards(const std::string& op, const std::string& slot) {
        return client.ask("cards." + op, R"({"slot":")" + slot + R"(","count":1,"by":"Sari"})");
    }
    Answer drained(const std::function<Answer()>& then) {
        client.ask("station.drain", R"({"on":true,"by":"Sari","reason":"end of the day"})");
        return then();
    }
    /// A print whose slot wants a temperature, and the device's report.
    Answer print_at(const std::string& reading) {
        auto config = printer_config();
        config.slots[0].requires_ = wire::RawJson{R"({"readings":{"temperature":{"min":160,"max":170}}})"};
        world.step(ConfigLoaded{config});
        const auto asked = print("k1");
        world.say(world.host_id(cp), wire::Type::host_health,
                  R"({"state":"ok","checks":[{"component":"head","state":"ok")" + reading + "}]}",
                  world.host(cp).heard.back().prefix);
        return client.reply(asked);
    }
    std::string lost() {
        make("unknown");
        return "J-1-1";
    }
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

const std::string made = R"({"frames":0,"printed":{"card_at":"exit"}})";
const std::string failed =
    R"({"frames":0,"printed":{"card_at":"reject"},"failure":{"code":"jam","message":"stuck","effect":"none"}})";

using enum model::Code;

ErrorRows reprint_errors() {
    return {
        {reprint_needed, "second_card", "caller", "never", "J-1-1", "send reprint",
         [] { return CardSetting().print_after(made); }},
        {reconcile_first, "unknown_card", "operator", "after-fix", "J-1-1", "look at it",
         [] { return CardSetting().print_after("unknown"); }},
        {reconcile_first, "reprint_of_unknown", "operator", "after-fix", "J-1-1", "job.reconcile",
         [] {
             CardSetting at;
             at.lost();
             at.new_visit();
             return at.client.reply(at.print("k2", CardSetting::again("J-1-1")));
         }},
        {busy, "card_on_its_way", "system", "later", "J-1-1", "wait for its end",
         [] { return CardSetting().print_after("runs"); }},
        {busy, "reprint_of_running", "system", "later", "J-1-1", "wait for its end",
         [] {
             CardSetting at;
             Client other(at.world, "desk-2", 1000, {}, "op-8");
             at.make("runs");
             return at.client.reply(at.client.send("print.start",
                                                   R"({"slot":"printer","steps":["magnetic"],"tracks":["1"])" +
                                                       CardSetting::again("J-1-1") + "}",
                                                   at.envelope("k2")));
         }},
        {unknown_job, "reprint_of_nothing", "caller", "never", "J-1-9", "see job.list",
         [] { return CardSetting().print_after(made, CardSetting::again("J-1-9")); }},
        {out_of_range, "reprint_of_none", "caller", "never", "J-1-1", "leave reprint out",
         [] { return CardSetting().print_after(failed, CardSetting::again("J-1-1")); }},
        {out_of_range, "reprint_alone", "caller", "never", "params.reprint.second", "another person",
         [] { return CardSetting().print_after(made, CardSetting::again("J-1-1", "  OP-7 ")); }},
        {out_of_range, "reprint_without_reason", "caller", "never", "params.reprint.reason", "say why",
         [] { return CardSetting().print_after(made, CardSetting::again("J-1-1", "Rina", " ")); }},
        {bad_request, "reprint_by_nobody", "caller", "never", "params.reprint.second", "name who works here",
         [] {
             CardSetting at;
             at.make(made);
             Client nobody(at.world, "desk-2");
             const auto lent = (at.new_visit(), at.client.ask("lease.release", R"({"lease":")" + at.lease + "\"}"),
                                nobody.lease("printer", nobody.open_case("issue")));
             return nobody.reply(nobody.send(
                 "print.start",
                 R"({"slot":"printer","steps":["magnetic"],"tracks":["1"])" + CardSetting::again("J-1-1") + "}",
                 R"("deadline_ms":9000,"station_epoch":1,"idem":"n1","lease":")" + lent + "\""));
         }},
    };
}

ErrorRows reconcile_errors() {
    return {
        {unknown_job, "reconcile_nothing", "caller", "never", "J-1-9", "job.list",
         [] { return CardSetting().reconcile("J-1-9"); }},
        {out_of_range, "reconcile_running", "caller", "never", "J-1-1", "wait for its outcome",
         [] {
             CardSetting at;
             at.make("runs");
             return at.reconcile("J-1-1");
         }},
        {out_of_range, "reconcile_done", "caller", "never", "J-1-1 is done", "only an outcome that is unknown",
         [] {
             CardSetting at;
             at.make(made);
             return at.reconcile("J-1-1");
         }},
        {out_of_range, "reconcile_alone", "caller", "never", "params.second", "another person",
         [] { return CardSetting().reconcile("J-1-1", R"("effect":"done","by":"Sari","second":" sari ")"); }},
        {out_of_range, "reconcile_by_nobody", "caller", "never", "params.by", "name the person",
         [] { return CardSetting().reconcile("J-1-1", R"("effect":"done","by":" ","second":"Rina")"); }},
        {out_of_range, "reconcile_done_and_left", "caller", "never", "params.blank", "say issued",
         [] {
             CardSetting at;
             return at.reconcile(at.lost(), R"("effect":"done","by":"Sari","second":"Rina","blank":"left")");
         }},
        {out_of_range, "reconcile_none_and_issued", "caller", "never", "params.blank", "say left",
         [] {
             CardSetting at;
             return at.reconcile(at.lost(), R"("effect":"none","by":"Sari","second":"Rina","blank":"issued")");
         }},
        {idem_conflict, "reconcile_otherwise", "caller", "never", "J-1-1", "what is settled stays",
         [] {
             CardSetting at;
             at.reconcile(at.lost());
             return at.reconcile("J-1-1", R"("effect":"none","by":"Sari","second":"Rina")");
         }},
        {journal_failed, "reconcile_without_disk", "system", "after-fix", "record", "check the station's disk",
         [] {
             CardSetting at;
             at.lost();
             at.world.store_fails = true;
             return at.reconcile("J-1-1");
         }},
    };
}

ErrorRows ledger_errors() {
    return {
        {unknown_slot, "cards", "caller", "never", "named no", "see slot.list",
         [] { return CardSetting().cards("load", "no"); }},
        {out_of_range, "cards_of_a_reader", "caller", "never", "slot encoder", "no card-printer",
         [] { return CardSetting().cards("count", "encoder"); }},
        {slot_unbound, "cards_of_nothing", "technician", "after-fix", "org.cp/9", "connect it",
         [] {
             CardSetting at;
             auto config = printer_config();
             config.slots[0].device = "org.cp/9";
             at.world.step(ConfigLoaded{config});
             return at.cards("load", "printer");
         }},
        {disk_full, "cards_without_disk", "system", "after-fix", "disk is full", "free space",
         [] {
             CardSetting at;
             at.world.store_fails = at.world.store_is_full = true;
             return at.cards("load", "printer");
         }},
        {draining, "print", "system", "later", "end of the day (Sari)", "try again when",
         [] {
             CardSetting at;
             return at.drained([&] { return at.client.reply(at.print("k1")); });
         }},
        {draining, "card_write", "system", "later", "end of the day (Sari)", "try again when",
         [] {
             CardSetting at;
             return at.drained([&] { return at.client.reply(at.open_card("k1")); });
         }},
        {bad_request, "drain_without_reason", "caller", "never", "params.reason", "say why",
         [] { return CardSetting().client.ask("station.drain", R"({"on":true,"by":"Sari"})"); }},
        {out_of_range, "drain_by_nobody", "caller", "never", "params.by", "name the person",
         [] { return CardSetting().client.ask("station.drain", R"({"on":false,"by":" "})"); }},
        {too_hot, "print_head", "technician", "later", "temperature 160 to 170, and it is 171", "let it cool",
         [] { return CardSetting().print_at(R"(,"reading":{"name":"temperature","value":171})"); }},
        {not_ready, "cold_print_head", "technician", "later", "temperature 160 to 170, and it is 20",
         "wait until it is warm",
         [] { return CardSetting().print_at(R"(,"reading":{"name":"temperature","value":20})"); }},
        {not_ready, "no_reading", "technician", "later", "does not report it", "check its health",
         [] { return CardSetting().print_at(""); }},
    };
}

} // namespace

ErrorRows card_errors() {
    ErrorRows rows{
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
    for (auto&& more : {reprint_errors(), reconcile_errors(), ledger_errors()})
        rows.insert(rows.end(), more.begin(), more.end());
    return rows;
}

} // namespace rekam::broker
