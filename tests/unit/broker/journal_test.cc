// SPDX-License-Identifier: Apache-2.0
// What the journal says of each thing that happens, and that its public part says nothing about a person.
#include "tests/unit/broker/print_desk.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace rekam::broker {
namespace {

using wire::Type;

struct Line {
    boost::json::object body, personal;
    std::string text(std::string_view name) const {
        const auto* value = body.if_contains(name);
        return !value ? "-" : value->is_string() ? std::string(value->as_string()) : boost::json::serialize(*value);
    }
    std::string person(std::string_view name) const {
        const auto* value = personal.if_contains(name);
        return !value ? "-" : value->is_string() ? std::string(value->as_string()) : boost::json::serialize(*value);
    }
};

std::vector<Line> lines(const World& world) {
    std::vector<Line> all;
    for (const auto& entry : world.journal)
        all.push_back(
            {boost::json::parse(entry.body).as_object(),
             entry.personal.empty() ? boost::json::object() : boost::json::parse(entry.personal).as_object()});
    return all;
}

/// The kinds of what was written since `from`, in order.
std::string kinds(const World& world, std::size_t from) {
    std::string text;
    const auto all = lines(world);
    for (std::size_t i = from; i < all.size(); ++i)
        text += (text.empty() ? "" : " ") + all[i].text("kind");
    return text;
}

Line last(const World& world, std::string_view kind) {
    const auto all = lines(world);
    const auto found =
        std::ranges::find_if(all.rbegin(), all.rend(), [&](const Line& l) { return l.text("kind") == kind; });
    EXPECT_NE(found, all.rend()) << "no " << kind;
    return found == all.rend() ? Line{} : *found;
}

class Journal : public PrintDesk {
  protected:
    std::size_t before = world.journal.size();
};

TEST_F(Journal, BeginsWithTheStationItsConfigurationAndWhatWasFound) {
    World fresh(printer_config(), printer_plugins());
    EXPECT_EQ(kinds(fresh, 0), "station.start config.loaded plugin.seen device.opened");
    const Line start = lines(fresh).front();
    EXPECT_EQ(start.text("epoch"), "1");
    EXPECT_EQ(start.text("clock"), "synchronised");
    EXPECT_EQ(start.body.at("at").at("utc_us").as_int64(), fresh.now.utc_us);
    EXPECT_EQ(last(fresh, "device.opened").text("device"), "org.cp/1");
    EXPECT_EQ(last(fresh, "device.opened").text("slots"), R"(["encoder","printer"])");
}

TEST_F(Journal, TellsAPrintFromIntentToEnd) {
    print("k1");
    begin();
    host_says(Type::host_final, printed("exit"));
    EXPECT_EQ(kinds(world, before), "print.intent print.begins print.end");
    const Line end = last(world, "print.end");
    EXPECT_EQ(end.text("outcome"), "done");
    EXPECT_EQ(end.text("effect"), "done");
    EXPECT_EQ(end.text("card_at"), "exit");
    EXPECT_EQ(end.text("slot"), "printer");
    EXPECT_EQ(end.text("plugin"), "org.cp");
    EXPECT_EQ(end.person("case"), visit);
    EXPECT_EQ(end.person("idem"), "k1");
}

TEST_F(Journal, TellsAnUnknownOutcomeAfterARestart) {
    print("k1");
    begin();
    World after(printer_config(), printer_plugins(41), world.stored(), 2);
    const Line end = last(after, "print.end");
    EXPECT_EQ(end.text("outcome"), "unknown");
    EXPECT_EQ(end.text("restart"), "true");
    EXPECT_EQ(end.text("epoch"), "2");
    EXPECT_EQ(end.person("case"), visit);
    EXPECT_EQ(last(after, "job.undecided").text("job"), end.text("job"));
    EXPECT_EQ(last(after, "job.undecided").text("counter"), "41");
}

TEST_F(Journal, TellsOfACardThatIsWrittenButNotOfOneThatIsReadBeforeItEnds) {
    open_card("read", "read");
    EXPECT_EQ(kinds(world, before), "");
    world.fail(cp, "card-absent");
    EXPECT_EQ(kinds(world, before), "card.end");
    EXPECT_EQ(last(world, "card.end").text("error"), "card-absent");
    open_card("write");
    EXPECT_EQ(kinds(world, before), "card.end card.intent");
    EXPECT_EQ(last(world, "card.intent").text("intent"), "write");
}

TEST_F(Journal, SaysNothingAboutAPersonInItsPublicPart) {
    print("secret-key", R"(,"cites":"C-cited")");
    begin();
    host_says(Type::host_final, R"({"frames":0,"printed":{"card_at":"exit","blank_serial":"B-77"}})");
    client.ask("case.close", R"({"case":")" + visit + "\"}");
    ASSERT_EQ(kinds(world, before), "print.intent print.begins print.end case.close");
    for (std::size_t i = 0; i < world.journal.size(); ++i)
        for (const std::string& personal : {visit, std::string("secret-key"), std::string("C-cited"),
                                            std::string("B-77"), std::string("desk-1"), client.token})
            EXPECT_EQ(world.journal[i].body.find(personal), std::string::npos) << world.journal[i].body;
    EXPECT_EQ(last(world, "print.end").person("blank_serial"), "B-77");
    EXPECT_EQ(last(world, "print.end").person("cites"), "C-cited");
    EXPECT_EQ(last(world, "case.close").text("cards"), "1");
}

TEST_F(Journal, EscapesAndCapsWhatComesFromOutside) {
    world.step(ConfigRefused{"slots.toml:1: \x1b[31m\n" + std::string(1'000, 'x')});
    const std::string& body = world.journal.back().body;
    EXPECT_EQ(std::ranges::count_if(body, [](unsigned char c) { return c < ' '; }), 0) << body;
    EXPECT_LT(body.size(), 500U);
    EXPECT_EQ(last(world, "config.refused").text("rev"), "1");
    EXPECT_EQ(last(world, "config.refused").text("reason").substr(0, 13), "slots.toml:1:");
}

TEST_F(Journal, TellsWhatSupervisorsDoAndWhoInThePersonalPart) {
    client.ask("cards.load", R"({"slot":"printer","count":10,"by":"Sari"})");
    EXPECT_EQ(last(world, "cards.load").text("left"), "10");
    EXPECT_EQ(last(world, "cards.load").text("device"), cp);
    client.ask("cards.count", R"({"slot":"printer","count":9,"by":"Sari","reason":"one fell"})");
    EXPECT_EQ(last(world, "cards.count").text("difference"), "-1");
    EXPECT_EQ(last(world, "cards.count").person("reason"), "one fell");
    print("k1");
    begin();
    world.die(world.host_id(cp));
    world.pass_ms(10'000);
    EXPECT_EQ(last(world, "print.end").text("blank"), "unknown");
    client.ask("job.reconcile", R"({"job":"J-1-1","effect":"done","by":"Sari","second":"Rina","reason":"seen"})");
    const Line settled = last(world, "job.reconciled");
    EXPECT_EQ(settled.text("effect"), "done");
    EXPECT_EQ(settled.text("by"), "persons");
    EXPECT_EQ(settled.text("blank"), "issued");
    EXPECT_EQ(settled.person("second"), "Rina");
    new_visit();
    print("k2", R"(,"reprint":{"of":"J-1-1","reason":"scratched","second":"Rina"})");
    EXPECT_EQ(last(world, "print.intent").text("reprint_of"), "J-1-1");
    EXPECT_EQ(last(world, "print.intent").person("reason"), "scratched");
    client.ask("station.drain", R"({"on":true,"by":"Sari","reason":"storm"})");
    EXPECT_EQ(last(world, "station.drain").text("cause"), "person");
    EXPECT_EQ(last(world, "station.drain").person("by"), "Sari");
    for (const auto& entry : world.journal)
        for (const char* name : {"Sari", "Rina", "scratched", "storm"})
            EXPECT_EQ(entry.body.find(name), std::string::npos) << entry.body;
}

TEST_F(Journal, TellsNothingOfWhatCouldNotBeWritten) {
    world.store_fails = true;
    client.ask("cards.load", R"({"slot":"printer","count":10,"by":"Sari"})");
    world.store_fails = false;
    EXPECT_EQ(kinds(world, before), "");
}

TEST_F(Journal, TellsWhichReadingRefusedAPrint) {
    auto config = printer_config();
    config.slots[0].requires_ = wire::RawJson{R"({"readings":{"temperature":{"max":170}}})"};
    world.step(ConfigLoaded{config});
    print("k1");
    world.say(
        world.host_id(cp), Type::host_health,
        R"({"state":"ok","checks":[{"component":"head","state":"ok","reading":{"name":"temperature","value":180}}]})",
        world.host(cp).heard.back().prefix);
    EXPECT_EQ(last(world, "print.refused").text("readings"), R"({"temperature":180})");
    EXPECT_EQ(last(world, "print.end").text("error"), "too-hot");
}

class JournalOfCaptures : public Desk {};

TEST_F(JournalOfCaptures, NamesTheFramesByTheirHashes) {
    const auto before = world.journal.size();
    client.capture(lease, "k1");
    world.frame(cam, R"({"hash":"sha256:0011"})");
    world.final(cam, 1);
    client.capture(lease, "k2");
    world.fail(cam, "moved");
    EXPECT_EQ(kinds(world, before), "capture.end capture.end");
    const Line first = lines(world).at(before);
    EXPECT_EQ(first.text("frames"), R"(["sha256:0011"])");
    EXPECT_EQ(first.text("subject"), "face");
    EXPECT_EQ(first.text("attempt"), "1");
    EXPECT_EQ(last(world, "capture.end").text("error"), "moved");
    EXPECT_EQ(last(world, "capture.end").text("frames"), "-");
}

TEST_F(JournalOfCaptures, CountsWhatACaseKept) {
    client.capture(lease, "k1");
    world.deliver(cam);
    client.ask("case.close", R"({"case":")" + visit + R"(","keep":["F-1-1"]})");
    EXPECT_EQ(last(world, "case.close").text("captures"), "1");
    EXPECT_EQ(last(world, "case.close").text("kept"), "1");
    EXPECT_EQ(last(world, "case.close").person("frames"), R"(["F-1-1"])");
    EXPECT_EQ(last(world, "case.open").text("purpose"), "enrol");
}

TEST_F(JournalOfCaptures, TellsOfDevicesThatFailAndOfSlotsThatAreBound) {
    const auto before = world.journal.size();
    for (int i = 0; i < 5; ++i) {
        world.die(world.host_id(cam));
        world.pass_ms(5'000);
    }
    EXPECT_EQ(last(world, "device.quarantined").text("device"), cam);
    EXPECT_EQ(last(world, "device.quarantined").text("error"), "plugin-quarantined");
    EXPECT_NE(kinds(world, before).find("device.failed device.opened device.failed"), std::string::npos);
    client.ask("slot.bind", R"({"slot":"photo","device":"org.cam/2"})");
    EXPECT_EQ(last(world, "slot.bind").text("configured"), cam);
    EXPECT_EQ(last(world, "slot.bind").person("client"), "desk-1");
}

TEST_F(JournalOfCaptures, SaysOnceThatADeviceIsNotThere) {
    const auto before = world.journal.size();
    world.plugins.begin()->second.devices[0].refuses = wire::Failure{model::Code::device_gone, "unplugged", {}, {}, {}};
    world.die(world.host_id(cam));
    world.pass_ms(120'000);
    EXPECT_GT(world.spawned("host " + cam), 4U) << "it is tried again and again";
    EXPECT_EQ(kinds(world, before), "device.failed device.failed") << "the crash, then what it says ever since";
}

TEST_F(JournalOfCaptures, EndsWithTheStop) {
    world.step(Stop{});
    world.pass_ms(5'000);
    ASSERT_TRUE(world.exited);
    EXPECT_EQ(lines(world).back().text("kind"), "station.stop");
}

} // namespace
} // namespace rekam::broker
