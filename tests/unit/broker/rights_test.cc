// SPDX-License-Identifier: Apache-2.0
// Who may do what: every operation against every role, at the gate and at the broker.
#include "core/gate/table.h"
#include "core/wire/codec.h"
#include "core/wire/request.h"
#include "core/wire/rights.h"
#include "tests/unit/broker/client.h"
#include "tests/unit/tree.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <fstream>
#include <sstream>

namespace rekam::broker {
namespace {

using model::Role;

/// The same once more, by hand: what stands in no list here is a front end's.
const std::map<std::string, Role> not_of_front_ends{
    {"slot.bind", Role::technician},     {"slot.hold", Role::technician},
    {"slot.release", Role::technician},  {"slot.replace", Role::technician},
    {"slot.reset", Role::technician},    {"slot.identify", Role::technician},
    {"plugin.reload", Role::technician}, {"plugin.clear-quarantine", Role::technician},
    {"mock.set", Role::technician},      {"mock.clear", Role::technician},
    {"mock.get", Role::technician},      {"job.reconcile", Role::supervisor},
    {"cards.load", Role::supervisor},    {"cards.count", Role::supervisor},
    {"cards.spoil", Role::supervisor},   {"station.drain", Role::supervisor},
    {"journal.query", Role::supervisor}, {"journal.verify", Role::supervisor},
    {"journal.head", Role::supervisor},  {"journal.erase", Role::supervisor},
    {"report.daily", Role::supervisor}};

const std::vector<std::vector<Role>> grants{{},
                                            {Role::station},
                                            {Role::station, Role::technician},
                                            {Role::station, Role::supervisor},
                                            {Role::station, Role::technician, Role::supervisor}};

bool expected(const std::string& op, const std::vector<Role>& roles) {
    const auto special = not_of_front_ends.find(op);
    return special == not_of_front_ends.end() ? !roles.empty()
                                              : std::ranges::find(roles, special->second) != roles.end();
}

/// The plainest right request of the operation, with another session in it.
std::string request_of(const std::string& op, const std::string& session) {
    std::ifstream file(test::source_dir() / "tests/schema/cases" / (op + ".json"));
    std::ostringstream text;
    text << file.rdbuf();
    auto request = boost::json::parse(text.str()).as_array().at(0).as_object().at("request").as_object();
    request["session"] = session;
    return boost::json::serialize(request);
}

TEST(Rights, TableIsTheOneThatIsPublished) {
    for (const auto name : model::Names<wire::Op>::values)
        for (const auto& roles : grants)
            EXPECT_EQ(wire::may(roles, *model::parse<wire::Op>(name)), expected(std::string(name), roles)) << name;
}

TEST(Rights, AreAskedForAtTheGateBeforeAnythingElse) {
    const std::string token(32, 'a');
    for (const auto& roles : grants) {
        if (roles.empty())
            continue; // nobody gets a session without one
        for (const auto name : model::Names<wire::Op>::values) {
            const std::string op(name);
            if (op == "hello" || op == "print.start") // print.start's plainest case has no picture; it is a front end's
                continue;
            gate::Table table{{}};
            wire::GateConfig config;
            config.gate_epoch = 1;
            wire::Message configured;
            configured.prefix.type = wire::Type::gate_config;
            configured.json = wire::encode(config);
            const Now now;
            table.step(now, gate::Started{"b", 1});
            table.step(now, gate::BrokerMessage{configured});
            gate::ClientMessage hello;
            hello.client = "A";
            hello.principal = {"ipc", 1000, 1000, 1, false};
            hello.header = R"({"v":1,"id":"h","op":"hello","params":{"client":"c"}})";
            auto sent = table.step(now, hello);
            wire::Message grant;
            grant.prefix = {.type = wire::Type::gate_reply};
            grant.prefix.request = std::get<gate::SendBroker>(sent.at(0)).message.prefix.request;
            grant.prefix.incarnation = 1;
            grant.json = "{}";
            grant.tail = wire::encode(wire::SessionGrant{1, token, "uid:1000", roles});
            table.step(now, gate::BrokerMessage{grant});
            gate::ClientMessage asked = hello;
            asked.header = request_of(op, token);
            auto effects = table.step(now, asked);
            ASSERT_EQ(effects.size(), 1U) << op;
            const auto* refused = std::get_if<gate::SendClient>(&effects[0]);
            const bool denied = refused && refused->header.find(R"("code":"denied")") != std::string::npos;
            EXPECT_EQ(!denied, expected(op, roles)) << op << (refused ? refused->header : "");
        }
    }
}

Config with_rights(std::map<Role, Rights::Members> members) {
    auto config = make_config({make_slot("photo", "org.cam/1"), make_slot("second", "org.cam/2")});
    config.rights = Rights{std::move(members), {0, 900}};
    return config;
}

TEST(Rights, AreAskedForAtTheBrokerToo) {
    for (const Role role : {Role::station, Role::technician, Role::supervisor}) {
        World world(with_rights({{role, {{1000}, {}}}}), two_cameras());
        Client client(world);
        const std::vector<Role> roles = role == Role::station ? std::vector{role} : std::vector{Role::station, role};
        EXPECT_EQ(client.hello.size("roles"), roles.size());
        EXPECT_EQ(client.hello.size("rights"), wire::operations_of(roles).size());
        for (const auto name : model::Names<wire::Op>::values) {
            const std::string op(name);
            if (op == "hello")
                continue;
            const auto* answer = world.answer(world.request(client.session, request_of(op, client.token)));
            const bool denied = answer && !answer->ok && answer->code() == "denied";
            EXPECT_EQ(!denied, expected(op, roles)) << op << " as " << model::name(role);
        }
    }
}

TEST(Rights, BelongToUsersGroupsAndOwners) {
    World world(with_rights({{Role::station, {{1000}, {50}}}, {Role::technician, {{1001}, {}}}}), two_cameras());
    const auto roles = [&](std::int64_t uid, std::int64_t gid, const char* transport = "ipc") {
        const auto asked = world.request(0, R"({"v":1,"id":"h","op":"hello","params":{"client":"c"}})",
                                         R"({"transport":")" + std::string(transport) + R"(","key_shown":true,"uid":)" +
                                             std::to_string(uid) + R"(,"gid":)" + std::to_string(gid) + "}");
        const auto* answer = world.answer(asked);
        return answer->ok ? (*answer)["roles"] : (*answer)["message"];
    };
    EXPECT_EQ(roles(1000, 1), R"(["station"])");
    EXPECT_EQ(roles(1002, 50), R"(["station"])");
    EXPECT_EQ(roles(1001, 1), R"(["station","technician"])");
    EXPECT_EQ(roles(0, 0), R"(["station","technician","supervisor"])");
    EXPECT_EQ(roles(900, 1), R"(["station","technician","supervisor"])");
    EXPECT_NE(roles(1003, 1).find("[rights] of rekamd.toml"), std::string::npos) << roles(1003, 1);
    const auto tcp = world.request(0, R"({"v":1,"id":"h","op":"hello","params":{"client":"c"}})",
                                   R"({"transport":"tcp","key_shown":true})");
    EXPECT_EQ((*world.answer(tcp))["roles"], R"(["station"])");
}

TEST(Rights, ThatAreTakenAwayAreGoneAtOnce) {
    World world(make_config({make_slot("photo", "org.cam/1")}), two_cameras());
    Client client(world);
    EXPECT_EQ(client.ask("slot.hold", R"({"slot":"photo","reason":"r"})").code(), "ok") << "no table: everybody may";
    world.step(ConfigLoaded{with_rights({{Role::station, {{1000}, {}}}})});
    const auto denied = client.ask("slot.release", R"({"slot":"photo"})");
    EXPECT_EQ(denied.code(), "denied");
    EXPECT_NE(denied["message"].find("technician"), std::string::npos) << denied.text();
    world.step(ConfigLoaded{with_rights({{Role::technician, {{1000}, {}}}})});
    EXPECT_EQ(client.ask("slot.release", R"({"slot":"photo"})").code(), "ok");
}

} // namespace
} // namespace rekam::broker
