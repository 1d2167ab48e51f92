// SPDX-License-Identifier: Apache-2.0
#include "core/rekamd/config.h"

#include "tests/unit/rekamd/files.h"
#include "tests/unit/tree.h"

#include <gmock/gmock.h>

#include <cstring>

#include <unistd.h>

namespace rekam::rekamd {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

struct ConfigTest : testing::Test {
    ConfigTest() { files.write("rekamd.toml", ""); }

    std::vector<std::string> problems() {
        const Loaded loaded = load_config(files.path());
        EXPECT_EQ(loaded.config.has_value(), loaded.problems.empty());
        std::vector<std::string> described;
        for (const auto& problem : loaded.problems)
            described.push_back(problem.describe());
        return described;
    }
    Config config() {
        Loaded loaded = load_config(files.path());
        for (const auto& problem : loaded.problems)
            ADD_FAILURE() << problem.describe();
        return loaded.config.value_or(Config{});
    }

    Files files;
};

TEST_F(ConfigTest, empty_files_give_the_defaults) {
    const Config loaded = config();
    EXPECT_EQ(loaded.broker.station_name, "station");
    EXPECT_EQ(loaded.broker.supervision.backoff_max_ms, 30'000);
    EXPECT_TRUE(loaded.broker.slots.empty());
    EXPECT_FALSE(loaded.tcp);
}

TEST_F(ConfigTest, everything_that_is_shipped_is_right_and_shows_the_defaults) {
    const std::filesystem::path shipped = test::source_dir() / "config";
    const Loaded loaded = load_config(shipped);
    EXPECT_THAT(loaded.problems, IsEmpty()) << loaded.problems.front().describe();
    ASSERT_TRUE(loaded.config);
    Config ours = *loaded.config;
    EXPECT_EQ(ours.broker.plugins.size(), 1u);
    EXPECT_EQ(ours.broker.plugins.at(0).environment.at("SANE_CONFIG_DIR"), "/etc/sane.d");
    ours.broker.plugins.clear();
    const Config defaults = config();
    EXPECT_EQ(summary(ours), summary(defaults));
    // Each figure that is shown is the default: changing any of them must change what is read.
    const std::string text = Files::read(shipped / "rekamd.toml");
    const auto& a = ours.broker;
    const auto& b = defaults.broker;
    EXPECT_EQ(std::memcmp(&a.limits, &b.limits, sizeof a.limits), 0);
    EXPECT_EQ(std::memcmp(&a.quotas, &b.quotas, sizeof a.quotas), 0);
    EXPECT_EQ(std::memcmp(&a.supervision, &b.supervision, sizeof a.supervision), 0);
    EXPECT_EQ(ours.kill_ms_max, defaults.kill_ms_max);
    EXPECT_EQ(ours.head_every, defaults.head_every);
    EXPECT_EQ(ours.rows_kept, defaults.rows_kept);
    EXPECT_EQ(ours.reserve_kib, defaults.reserve_kib);
    EXPECT_EQ(ours.files_kept_bytes, defaults.files_kept_bytes);
    EXPECT_EQ(a.drain_below_percent, b.drain_below_percent);
    EXPECT_EQ(ours.log_level, defaults.log_level);
    std::size_t keys = 0;
    for (std::size_t at = text.find(" = "); at != std::string::npos; at = text.find(" = ", at + 1))
        ++keys;
    constexpr std::size_t figures = (sizeof a.limits + sizeof a.quotas + sizeof a.supervision) / sizeof(std::int64_t);
    EXPECT_EQ(keys, figures + 6 /* kill_ms_max , three of the journal , that of the store , drain_below_percent */ + 2 +
                        5 + 1 + 3 + 3 /* rights, not on */ + 1 /* a port */)
        << "a key is missing in config/rekamd.toml";
}

TEST_F(ConfigTest, rights_are_names_turned_into_numbers) {
    EXPECT_FALSE(config().broker.rights);
    EXPECT_THAT(summary(config()), HasSubstr("may do everything"));
    files.write("rekamd.toml", "[rights]\nstation = ['uid:1000', 'gid:50']\ntechnician = ['root']\n");
    files.write("conf.d/10-local.toml", "[rights]\nsupervisor = ['@root', 'uid:7']\n");
    const Config loaded = config();
    ASSERT_TRUE(loaded.broker.rights);
    using model::Role;
    auto members = loaded.broker.rights->members;
    EXPECT_THAT(members[Role::station].uids, ElementsAre(1000));
    EXPECT_THAT(members[Role::station].gids, ElementsAre(50));
    EXPECT_THAT(members[Role::technician].uids, ElementsAre(0));
    EXPECT_THAT(members[Role::supervisor].uids, Contains(7));
    EXPECT_THAT(members[Role::supervisor].gids, ElementsAre(0));
    EXPECT_THAT(loaded.broker.rights->owners, ElementsAre(0, static_cast<std::int64_t>(::geteuid())));
    EXPECT_THAT(summary(loaded), HasSubstr("rights technician: root\n"));
}

TEST_F(ConfigTest, rights_of_nobody_known_are_refused) {
    files.write("rekamd.toml", "[rights]\ntechnician = ['no-such-user-here']\nstation = ['@no-such-group']\n"
                               "supervisor = 'root'\noperator = []\n");
    EXPECT_THAT(problems(), AllOf(Contains(HasSubstr("rights.technician: no user is named 'no-such-user-here'")),
                                  Contains(HasSubstr("rights.station: no group is named no-such-group")),
                                  Contains(HasSubstr("rights.supervisor: must be an array of texts")),
                                  Contains(HasSubstr("rights.operator: is no key"))));
}

TEST_F(ConfigTest, required_readings_are_limits) {
    const auto slot = [](const std::string& readings) {
        return "[slot.printer]\nfunction = 'card-printer'\ndevice = '*'\nrequires = { readings = " + readings + " }\n";
    };
    files.write("slots.toml", slot("{ temperature = { min = 160, max = 170 } }"));
    EXPECT_EQ(config().broker.slots.at(0).requires_->text, R"({"readings":{"temperature":{"max":170,"min":160}}})");
    for (const char* wrong : {"7", "{ temperature = 5 }", "{ temperature = {} }", "{ temperature = { least = 1 } }"}) {
        files.write("slots.toml", slot(wrong));
        const auto loaded = load_config(files.path());
        ASSERT_EQ(loaded.problems.size(), 1U) << wrong;
        EXPECT_NE(loaded.problems[0].text.find("min = 160"), std::string::npos) << loaded.problems[0].describe();
    }
}

TEST_F(ConfigTest, ports_have_the_names_that_people_give_them) {
    files.write("rekamd.toml", "[ports]\n'usb:1-2.3' = 'left rear'\n'usb:1-2.4' = 'right rear'\n");
    files.write("conf.d/10-local.toml", "[ports]\n'usb:1-2.4' = 'under the desk'\n");
    EXPECT_THAT(config().broker.ports,
                ElementsAre(testing::Pair("usb:1-2.3", "left rear"), testing::Pair("usb:1-2.4", "under the desk")));
    files.write("rekamd.toml", "[ports]\n'usb:1-2.3' = 7\n'usb:1-1' = ''\n'' = 'nowhere'\n");
    EXPECT_THAT(problems(), AllOf(Contains(HasSubstr("ports.usb:1-2.3: must be a text in quotes")),
                                  Contains(HasSubstr("ports.usb:1-1: must have 1 to 128 characters")),
                                  Contains(HasSubstr("like \"usb:1-2.3\""))));
}

TEST_F(ConfigTest, a_slot_names_what_stands_in_for_its_device) {
    const auto slot = [](const std::string& fallback) {
        return "[slot.photo]\nfunction = 'camera'\ndevice = 'a/1'\nfallback = " + fallback + "\n";
    };
    files.write("slots.toml", slot("['b/*', 'c/3']"));
    EXPECT_THAT(config().broker.slots.at(0).fallbacks, ElementsAre("b/*", "c/3"));
    files.write("slots.toml", slot("'b/1'"));
    EXPECT_THAT(problems(), Contains(HasSubstr("slot.photo.fallback: must be an array of texts")));
    files.write("slots.toml", slot("['b/1', '']"));
    EXPECT_THAT(problems(), Contains(HasSubstr("slot.photo.fallback: must have 1 to 256 characters")));
    files.write("slots.toml", slot("['1', '2', '3', '4', '5', '6', '7', '8', '9']"));
    EXPECT_THAT(problems(), Contains(HasSubstr("slot.photo.fallback: names at most 8")));
}

TEST_F(ConfigTest, a_slot_has_parameters_of_its_function) {
    const auto slot = [](const std::string& defaults) {
        return "[slot.photo]\nfunction = 'camera'\ndevice = 'a/1'\ndefaults = " + defaults + "\n";
    };
    files.write("slots.toml", slot("{ light = 'on', zoom = 200, 'acme:sharpen' = 3 }"));
    EXPECT_EQ(config().broker.slots.at(0).defaults->text, R"({"acme:sharpen":3,"light":"on","zoom":200})");
    for (const char* wrong : {"{ dpi = 300 }", "{ zomo = 200 }", "{ subject = 'face' }", "{ attach = true }"}) {
        files.write("slots.toml", slot(wrong));
        EXPECT_THAT(problems(), Contains(HasSubstr("is no parameter of function camera"))) << wrong;
    }
    files.write("slots.toml", slot("{ 'acme:name' = '" + std::string(1'024, 'x') + "' }"));
    EXPECT_THAT(problems(), Contains(HasSubstr("longer than 1024 bytes")));
    files.write("slots.toml", slot("'on'"));
    EXPECT_THAT(problems(), Contains(HasSubstr("slot.photo.defaults: must be a table")));
}

TEST_F(ConfigTest, drop_ins_overrule_in_lexical_order) {
    files.write("rekamd.toml", "[station]\nname = 'one'\nzone = 'Asia/Jakarta'\n");
    files.write("conf.d/20-late.toml", "station.name = 'three'\n");
    files.write("conf.d/10-early.toml", "station.name = 'two'\nlog.level = 'debug'\n");
    files.write("conf.d/README", "not read");
    files.write("conf.d/.hidden.toml", "nor this");
    const Config loaded = config();
    EXPECT_EQ(loaded.broker.station_name, "three");
    EXPECT_EQ(loaded.broker.zone, "Asia/Jakarta");
    EXPECT_EQ(loaded.log_level, "debug");
}

TEST_F(ConfigTest, slots_and_plugins_are_read) {
    files.write("slots.toml", R"([slot.photo]
function = "camera"
device = "id.rekam.mock.camera/*"
desk = "1"
requires = { dpi = 500, modes = ["gray", "color"], light = true }
record_first = true
[slot."desk2.scan"]
function = "document"
device = "id.rekam.sane/test:0"
)");
    files.write("plugins.d/mock-camera.toml",
                "[environment]\nREKAM_MOCK_CAMERA = '{}'\n[grant]\nnetwork = 'none'\n"
                "netlink = false\nmock = true\nmemory_mib = 64\nreadable_paths = ['/etc/a', '/etc/b']\n");
    files.write("plugins.d/off.toml", "enabled = false\n");
    files.write("plugins.d/absolute.toml", "path = '/opt/acme/acme.so'\n");
    Config loaded = config();
    resolve_paths(loaded, {.runtime = files.path() / "run",
                           .state = files.path() / "state",
                           .plugins = "/lib/p",
                           .gate = {},
                           .host = {}});
    ASSERT_EQ(loaded.broker.slots.size(), 2u);
    const auto& photo = loaded.broker.slots[1];
    EXPECT_EQ(photo.name, "photo");
    EXPECT_EQ(photo.function, model::Function::camera);
    EXPECT_EQ(photo.desk, "1");
    EXPECT_TRUE(photo.record_first);
    EXPECT_EQ(photo.requires_->text, R"({"dpi":500,"light":true,"modes":["gray","color"]})");
    EXPECT_EQ(loaded.broker.slots[0].name, "desk2.scan");
    ASSERT_EQ(loaded.broker.plugins.size(), 2u);
    EXPECT_EQ(loaded.broker.plugins[0].path, "/opt/acme/acme.so");
    const auto& mock = loaded.broker.plugins[1];
    EXPECT_EQ(mock.name, "mock-camera");
    EXPECT_EQ(mock.path, "/lib/p/rekam-mock-camera.so");
    EXPECT_EQ(mock.environment.at("REKAM_MOCK_CAMERA"), "{}");
    EXPECT_EQ(mock.granted.at("environment").text, R"(["REKAM_MOCK_CAMERA"])");
    EXPECT_EQ(mock.granted.at("readable_paths").text, R"(["/etc/a","/etc/b"])");
    EXPECT_EQ(mock.granted.at("network").text, R"("none")");
    EXPECT_EQ(mock.granted.at("netlink").text, "false");
    EXPECT_EQ(mock.granted.at("mock").text, "true");
    EXPECT_EQ(mock.granted.at("memory_mib").text, "64");
    EXPECT_THAT(summary(loaded), HasSubstr("slot photo: camera of id.rekam.mock.camera/*, desk 1"));
}

struct Mistake {
    const char* file;
    const char* text;
    const char* place; ///< of the problem, with the file
    const char* says;
};

struct MistakeTest : ConfigTest, testing::WithParamInterface<Mistake> {};

TEST_P(MistakeTest, names_its_place_and_what_would_be_right) {
    const auto& [file, text, place, says] = GetParam();
    files.write(file, text);
    EXPECT_THAT(problems(), ElementsAre(AllOf(StartsWith(place), HasSubstr(says))));
}

INSTANTIATE_TEST_SUITE_P(
    each, MistakeTest,
    testing::Values(
        Mistake{"rekamd.toml", "[station]\nname = \n", "rekamd.toml:2:", ""},
        Mistake{"rekamd.toml", "\n[sttion]\nname = 'x'\n", "rekamd.toml:2:", "did you mean 'station'?"},
        Mistake{"rekamd.toml", "[station]\n  nam = 'x'\n", "rekamd.toml:2:3", "did you mean 'name'?"},
        Mistake{"rekamd.toml", "[limits]\nwhatever_this_is = 1\n", "rekamd.toml:2:1",
                "limits.whatever_this_is: is no key"},
        Mistake{"rekamd.toml", "station = 3\n", "rekamd.toml:1:", "station: must be a table, not an integer"},
        Mistake{"rekamd.toml", "[limits]\nparts = '16'\n", "rekamd.toml:2:", "must be an integer, not a text"},
        Mistake{"rekamd.toml", "[limits]\nparts = 16.0\n", "rekamd.toml:2:", "not a number with a fraction"},
        Mistake{"rekamd.toml", "[limits]\nparts = 17\n", "rekamd.toml:2:", "must be from 1 to 16"},
        Mistake{"rekamd.toml", "[station]\nname = \"a\\nb\"\n", "rekamd.toml:2:", "control character"},
        Mistake{"rekamd.toml", "[station]\nname = 7\n", "rekamd.toml:2:", "must be a text in quotes"},
        Mistake{"rekamd.toml", "[station]\nzone = '../../etc/passwd'\n", "rekamd.toml:2:", "like Asia/Jakarta"},
        Mistake{"rekamd.toml", "[paths]\nstate = 'relative'\n", "rekamd.toml:2:", "must be an absolute path"},
        Mistake{"rekamd.toml", "[log]\nlevel = 'chatty'\n", "rekamd.toml:2:", "one of debug, info, warning, error"},
        Mistake{"rekamd.toml", "[tcp]\nenabled = 'yes'\n", "rekamd.toml:2:", "must be true or false"},
        Mistake{"rekamd.toml", "[tcp]\nrequests = '0.0.0.0:5570'\n",
                "rekamd.toml:2:", "does not listen on the network"},
        Mistake{"rekamd.toml", "[tcp]\nrequests = '192.168.0.7:5570'\n", "rekamd.toml:2:", "loopback"},
        Mistake{"rekamd.toml", "[tcp]\nevents = 'localhost:5571'\n", "rekamd.toml:2:", "loopback"},
        Mistake{"rekamd.toml", "[tcp]\nevents = '[::]:5571'\n", "rekamd.toml:2:", "loopback"},
        Mistake{"rekamd.toml", "[tcp]\nevents = '127.0.0.1'\n", "rekamd.toml:2:", "with a port"},
        Mistake{"rekamd.toml", "[tcp]\nevents = '127.0.0.1:70000'\n", "rekamd.toml:2:", "with a port"},
        Mistake{"rekamd.toml", "[supervision]\nbackoff_min_ms = 50000\n", "rekamd.toml: ", "backoff_max_ms"},
        Mistake{"rekamd.toml", "[limits]\nmessage_bytes = 2000000\n", "rekamd.toml: ", "part_bytes"},
        Mistake{"conf.d/a.toml", "\n\n[limits]\nparts = true\n", "conf.d/a.toml:4:", "limits.parts"},
        Mistake{"slots.toml", "[slot.photo]\nfunction = 'camera'\n", "slots.toml:1:", "slot.photo.device: is missing"},
        Mistake{"slots.toml", "[slot.photo]\nfunction = 'kamera'\ndevice = 'x'\n", "slots.toml:2:", "one of camera, "},
        Mistake{"slots.toml", "[slot.Photo]\nfunction = 'camera'\ndevice = 'x'\n", "slots.toml:1:", "a slot's name"},
        Mistake{"slots.toml", "[slot.p]\nfunction = 'camera'\ndevice = 'x'\ndesk = 'a b'\n", "slots.toml:4:", "desk"},
        Mistake{"slots.toml", "[slot.p]\nfunction = 'camera'\ndevice = ''\n", "slots.toml:3:", "1 to 256"},
        Mistake{"slots.toml", "[slot.p]\nfunction = 'camera'\ndevice = 'x'\nrequires = 3\n", "slots.toml:4:", "table"},
        Mistake{"slots.toml", "[slot.p]\nfunction = 'camera'\ndevice = 'x'\nrequires = {a = 1979-05-27}\n",
                "slots.toml:4:", "may hold texts"},
        Mistake{"slots.toml", "[slot]\nphoto = 'camera'\n", "slots.toml:2:", "slot.photo: must be a table"},
        Mistake{"slots.toml", "[slots.photo]\n", "slots.toml:1:", "did you mean 'slot'?"},
        Mistake{"plugins.d/a.toml", "pth = 'x'\n", "plugins.d/a.toml:1:1", "did you mean 'path'?"},
        Mistake{"plugins.d/a.toml", "[environment]\nA = 1\n", "plugins.d/a.toml:2:", "environment.A: must be a text"},
        Mistake{"plugins.d/a.toml", "[environment]\n'A=B' = 'x'\n", "plugins.d/a.toml:2:", "no name of an environment"},
        Mistake{"plugins.d/a.toml", "[grant]\nnetwork = 'all'\n", "plugins.d/a.toml:2:", "none, loopback, any"},
        Mistake{"plugins.d/a.toml", "[grant]\nreadable_paths = ['/a',\n 'b']\n", "plugins.d/a.toml:3:", "absolute"},
        Mistake{"plugins.d/a.toml", "[grant]\nhelpers = '/bin/sh'\n", "plugins.d/a.toml:2:", "array of texts"}));

TEST_F(ConfigTest, all_problems_are_told_at_once) {
    files.write("rekamd.toml", "[limits]\nparts = 0\nfoo = 1\n");
    files.write("slots.toml", "[slot.p]\n");
    EXPECT_EQ(problems().size(), 4u);
}

TEST_F(ConfigTest, directories_and_files_that_cannot_be_read_are_problems) {
    std::filesystem::remove(files.path() / "rekamd.toml");
    EXPECT_THAT(problems(), ElementsAre(AllOf(StartsWith("rekamd.toml: "), HasSubstr("cannot be read"))));
    files.write("rekamd.toml", std::string(2'000'000, '\n'));
    EXPECT_THAT(problems(), Contains(HasSubstr("larger than 1 MiB")));
    EXPECT_THAT(load_config(files.path() / "nowhere").problems.at(0).describe(), HasSubstr("--config"));
    std::filesystem::create_directory(files.path() / "slots.toml");
    files.write("rekamd.toml", "");
    EXPECT_THAT(problems(), ElementsAre(StartsWith("slots.toml: ")));
    std::filesystem::remove(files.path() / "slots.toml");
    std::filesystem::create_symlink("slots.toml", files.path() / "slots.toml");
    EXPECT_THAT(problems(), ElementsAre(StartsWith("slots.toml: cannot be read"))) << "else every slot would be gone";
}

TEST_F(ConfigTest, a_reload_keeps_what_only_a_restart_changes) {
    Config running = config();
    resolve_paths(running, {.runtime = "/run/a", .state = "/var/a", .plugins = {}, .gate = {}, .host = {}});
    files.write("rekamd.toml", "[tcp]\nenabled = true\n[paths]\nstate = '/elsewhere'\n[station]\nname = 'new'\n");
    Config fresh = config();
    resolve_paths(fresh, {.runtime = "/run/a", .state = {}, .plugins = {}, .gate = {}, .host = {}});
    EXPECT_EQ(fresh.broker.endpoints.tcp_requests, "tcp://127.0.0.1:5570");
    EXPECT_THAT(keep_until_restart(fresh, running),
                ElementsAre("paths.state", "tcp.enabled", "tcp.requests", "tcp.events"));
    EXPECT_EQ(fresh.broker.station_name, "new");
    EXPECT_EQ(fresh.paths.state, "/var/a");
    EXPECT_FALSE(fresh.broker.endpoints.tcp_requests);
}

TEST_F(ConfigTest, a_runtime_directory_too_long_for_a_socket_is_refused) {
    Config loaded = config();
    EXPECT_THROW(
        resolve_paths(loaded,
                      {.runtime = "/" + std::string(100, 'x'), .state = "/s", .plugins = {}, .gate = {}, .host = {}}),
        std::runtime_error);
}

} // namespace
} // namespace rekam::rekamd
