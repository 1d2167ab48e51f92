// SPDX-License-Identifier: Apache-2.0 OR MIT
// Manifest, listing, opening, health; and that the capabilities tell the truth.
#include "plugins/sane/tests/sane_env.h"
#include "plugins/sane/tests/test_host.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include <cstdlib>

namespace rekam::sane_test {
namespace {

namespace json = boost::json;

TEST(Manifest, AsksForWhatSaneNeeds) {
    const TestBackend backend;
    const TestHost host;
    const rekam_manifest_t& manifest = host.manifest();
    EXPECT_STREQ(manifest.id, "id.rekam.sane");
    EXPECT_EQ(manifest.size, sizeof(rekam_manifest_t));
    EXPECT_EQ(manifest.functions, static_cast<uint32_t>(REKAM_FUNCTION_DOCUMENT));
    EXPECT_EQ(manifest.threading, static_cast<uint32_t>(REKAM_THREADING_SINGLE));
    EXPECT_NE(std::string(manifest.environment).find("SANE_CONFIG_DIR"), std::string::npos);
    EXPECT_NE(std::string(manifest.readable_paths).find("/etc/sane.d"), std::string::npos);
    EXPECT_NE(std::string(manifest.device_classes).find("usb"), std::string::npos);
}

TEST(Listing, FindsEveryScannerByItsName) {
    const TestBackend backend("number_of_devices 3\n");
    TestHost host;
    for (int round = 0; round < 2; ++round) {
        const auto found = host.enumerate();
        ASSERT_EQ(found.size(), 3u);
        for (std::size_t i = 0; i < found.size(); ++i) {
            EXPECT_EQ(found[i].id, "test:" + std::to_string(i));
            EXPECT_STREQ(found[i].make, "Noname");
            EXPECT_STREQ(found[i].model, "frontend-tester");
            EXPECT_EQ(found[i].functions, static_cast<uint32_t>(REKAM_FUNCTION_DOCUMENT));
            EXPECT_GT(found[i].open_ms_max, 0u);
            EXPECT_GT(found[i].health_ms_max, 0u);
        }
    }
}

TEST(Opening, NeedsNoListingAndKeepsItsId) {
    const TestBackend backend;
    TestHost host;
    const auto device = host.open("test:1");
    EXPECT_STREQ(device->info().id, "test:1");
    EXPECT_EQ(device->run().code, REKAM_OK);
}

TEST(Opening, OfSomethingThatIsNotThereSaysSo) {
    const TestBackend backend;
    TestHost host;
    rekam_error_t error{};
    EXPECT_EQ(host.open("test:7", &error), nullptr);
    EXPECT_EQ(error.code, static_cast<uint32_t>(REKAM_E_DEVICE_GONE));
    EXPECT_EQ(error.vendor_code, 4); // SANE_STATUS_INVAL
    EXPECT_STREQ(error.hint, "check-cable");
    EXPECT_EQ(host.open("genesys:usb-port:99-9", &error), nullptr);
    EXPECT_EQ(error.code, static_cast<uint32_t>(REKAM_E_DEVICE_GONE));
    EXPECT_EQ(host.open("nobackend:x", &error), nullptr);
    EXPECT_NE(error.code, 0u);
    EXPECT_EQ(host.open("test:0")->run().code, REKAM_OK);
}

TEST(Opening, TwiceSaysWhoHoldsIt) {
    const TestBackend backend;
    TestHost host;
    auto first = host.open("test:0");
    rekam_error_t error{};
    EXPECT_EQ(host.open("test:0", &error), nullptr);
    EXPECT_EQ(error.code, static_cast<uint32_t>(REKAM_E_HELD_BY_PROCESS));
    EXPECT_STREQ(error.hint, "close-other-program");
    first = nullptr;
    EXPECT_NE(host.open("test:0"), nullptr);
}

TEST(Opening, AgainAndAgainWorks) {
    const TestBackend backend;
    for (int i = 0; i < 5; ++i) {
        TestHost host;
        host.enumerate();
        const auto first = host.open("test:0"), second = host.open("test:1");
        EXPECT_EQ(first->run({{"mode", "color"}}).code, REKAM_OK);
        EXPECT_EQ(second->run({{"mode", "lineart"}}).code, REKAM_OK);
    }
}

TEST(Listing, WithoutAnyBackEndIsEmpty) {
    config_dir().write("dll.conf", "");
    TestHost host;
    EXPECT_TRUE(host.enumerate().empty());
    rekam_error_t error{};
    EXPECT_EQ(host.open("nothing:0", &error), nullptr);
    EXPECT_NE(error.code, 0u);
}

class Health : public testing::Test {
  protected:
    TestBackend backend_;
    TestHost host_;
    std::unique_ptr<TestDevice> device_ = host_.open("test:0");
};

TEST_F(Health, OfItselfReadsTheOptions) {
    uint32_t code = 1;
    const auto checks = device_->health(REKAM_LEVEL_SELF, &code);
    EXPECT_EQ(code, static_cast<uint32_t>(REKAM_OK));
    ASSERT_EQ(checks.size(), 1u);
    EXPECT_EQ(checks[0].component, "connection");
    EXPECT_EQ(checks[0].state, static_cast<uint32_t>(REKAM_HEALTH_OK));
    EXPECT_EQ(device_->run().code, REKAM_OK);
}

TEST_F(Health, ExercisedScansACornerAndLeavesTheSettings) {
    uint32_t code = 1;
    const auto checks = device_->health(REKAM_LEVEL_EXERCISE, &code);
    EXPECT_EQ(code, static_cast<uint32_t>(REKAM_OK));
    ASSERT_EQ(checks.size(), 1u);
    EXPECT_EQ(checks[0].component, "scan");
    EXPECT_EQ(checks[0].state, static_cast<uint32_t>(REKAM_HEALTH_OK)) << checks[0].evidence;
    const Outcome outcome = device_->run();
    ASSERT_EQ(outcome.code, REKAM_OK);
    EXPECT_EQ(outcome.pages[0].record.width_px, 118u);
}

TEST_F(Health, HasNoGuidedLevel) {
    uint32_t code = 0;
    EXPECT_TRUE(device_->health(REKAM_LEVEL_GUIDED, &code).empty());
    EXPECT_EQ(code, static_cast<uint32_t>(REKAM_E_UNSUPPORTED_PARAMETER));
}

TEST(HealthOfABrokenScanner, NamesTheCauseAndWhoMendsIt) {
    struct Broken {
        const char* status;
        const char* component;
        const char* hint;
        uint32_t state, who;
    };
    for (const Broken& broken :
         {Broken{"SANE_STATUS_JAMMED", "feeder", "clear-jam", REKAM_HEALTH_FAILED, REKAM_WHO_OPERATOR},
          Broken{"SANE_STATUS_NO_DOCS", "feeder", "load-paper", REKAM_HEALTH_DEGRADED, REKAM_WHO_OPERATOR},
          Broken{"SANE_STATUS_COVER_OPEN", "cover", "close-cover", REKAM_HEALTH_FAILED, REKAM_WHO_OPERATOR},
          Broken{"SANE_STATUS_IO_ERROR", "scan", "restart-device", REKAM_HEALTH_FAILED, REKAM_WHO_TECHNICIAN}}) {
        const TestBackend backend(std::string("read-status-code \"") + broken.status + "\"\n");
        TestHost host;
        const auto device = host.open("test:0");
        const auto checks = device->health(REKAM_LEVEL_EXERCISE);
        ASSERT_EQ(checks.size(), 1u) << broken.status;
        EXPECT_EQ(checks[0].component, broken.component);
        EXPECT_EQ(checks[0].hint, broken.hint);
        EXPECT_EQ(checks[0].state, broken.state);
        EXPECT_EQ(checks[0].who, broken.who);
    }
}

class Capabilities : public testing::Test {
  protected:
    TestBackend backend_;
    TestHost host_;
    std::unique_ptr<TestDevice> device_ = host_.open("test:0");
    const json::object schema_ = json::parse(device_->capabilities()).as_object();
    const json::object& properties() const { return schema_.at("properties").as_object(); }

    /// What a property allows when these are chosen.
    json::object rule(const std::string& name, const json::object& chosen) const {
        json::object found = properties().at(name).as_object();
        for (const json::value& set : schema_.at("when").as_array()) {
            bool holds = true;
            for (const auto& condition : set.at("if").as_object())
                holds = holds && chosen.contains(condition.key()) && chosen.at(condition.key()) == condition.value();
            const json::object& then = set.at("then").as_object();
            if (holds && then.contains(name))
                found = then.at(name).as_object();
        }
        return found;
    }
};

TEST_F(Capabilities, AreForDocumentsOnlyAndStable) {
    EXPECT_EQ(device_->capabilities(REKAM_FUNCTION_CAMERA), "");
    const std::string first = device_->capabilities();
    const uint32_t revision = device_->revision();
    EXPECT_NE(revision, 0u);
    device_->run({{"mode", "color"}, {"depth", 16}});
    EXPECT_EQ(device_->capabilities(), first);
    EXPECT_EQ(device_->revision(), revision);
    EXPECT_EQ(host_.changes(), 0u);
    EXPECT_LT(first.size(), 40u * 1024);
}

// By an implementation of JSON Schema that is not ours.
TEST_F(Capabilities, FitThePublishedSchema) {
    const char* source = std::getenv("REKAM_SOURCE_DIR");
    const TempDir dir;
    dir.write("capabilities.json", json::serialize(schema_));
    const Ran ran =
        run_program({"/usr/bin/python3", std::string(source ? source : ".") + "/plugins/sane/tests/validate.py",
                     dir.path() + "/capabilities.json"});
    EXPECT_EQ(ran.exit_code, 0) << std::string(ran.out.begin(), ran.out.end());
}

TEST_F(Capabilities, NameTheRealOptionsOfTheDevice) {
    EXPECT_EQ(json::serialize(properties().at("source")),
              R"({"type":"string","enum":["flatbed","feeder"],"default":"flatbed"})");
    EXPECT_EQ(json::serialize(properties().at("mode")),
              R"({"type":"string","enum":["gray","color","lineart"],"default":"gray"})");
    EXPECT_EQ(json::serialize(properties().at("depth")), R"({"type":"integer","enum":[1,8,16],"default":8})");
    EXPECT_EQ(json::serialize(properties().at("dpi")), R"({"type":"integer","minimum":1,"maximum":1200,"default":75})");
    EXPECT_EQ(json::serialize(properties().at("pages_max")), R"({"type":"integer","minimum":1,"maximum":999})");
    EXPECT_EQ(json::serialize(properties().at("area").at("properties").at("width_um")),
              R"({"type":"integer","minimum":1,"maximum":200000})");
    EXPECT_TRUE(properties().contains("sane:test-picture"));
    EXPECT_TRUE(properties().contains("sane:three-pass-order")) << "inactive now, but it can be had";
    EXPECT_FALSE(properties().contains("sane:resolution"));
    EXPECT_FALSE(properties().contains("sane:button"));
}

TEST_F(Capabilities, AreAllTrue) {
    for (const json::value& source : properties().at("source").at("enum").as_array())
        for (const json::value& mode : properties().at("mode").at("enum").as_array()) {
            const json::object chosen{{"source", source}, {"mode", mode}};
            for (const json::value& depth : properties().at("depth").at("enum").as_array()) {
                const json::object allowed = rule("depth", chosen);
                const auto& depths = allowed.at("enum").as_array();
                const bool is_allowed = std::find(depths.begin(), depths.end(), depth) != depths.end();
                const Outcome outcome = device_->run({{"source", std::string(source.as_string())},
                                                      {"mode", std::string(mode.as_string())},
                                                      {"depth", static_cast<int>(depth.as_int64())},
                                                      {"pages_max", 1}});
                device_ = nullptr; // fills the feeder
                device_ = host_.open("test:0");
                EXPECT_EQ(outcome.code, is_allowed ? REKAM_OK : REKAM_E_OUT_OF_RANGE)
                    << source << ' ' << mode << ' ' << depth << ": " << outcome.error.message;
            }
            EXPECT_EQ(rule("pages_max", chosen).at("maximum").as_int64(), source.as_string() == "feeder" ? 999 : 1);
        }
}

TEST_F(Capabilities, OfVendorOptionsGiveTheirDefaults) {
    for (const auto& property : properties())
        if (const json::value* initial = property.value().as_object().if_contains("default");
            initial && initial->is_string())
            if (const json::value* words = property.value().as_object().if_contains("enum")) {
                const auto& all = words->as_array();
                EXPECT_NE(std::find(all.begin(), all.end(), *initial), all.end()) << property.key();
            }
}

} // namespace
} // namespace rekam::sane_test
