// SPDX-License-Identifier: Apache-2.0
// What the host makes of a tester's word before it reaches a made-up device, and of the answer.
#include "core/host/mock.h"

#include <rekam/ext/mock.h>

#include <gtest/gtest.h>

#include <cstring>
#include <string_view>

namespace rekam::host {
namespace {

/// A plugin that remembers what it was told.
struct Told {
    std::string device, faults, answer = R"({"plugged":false,"faults":[{"fault":"jam"}],"known":[]})";
    std::uint32_t code = REKAM_OK;
    bool has_extension = true;
    rekam_plugin_t table{};
};

Told& told(rekam_plugin_t* plugin) { return *static_cast<Told*>(plugin->data); }

constexpr rekam_mock_t extension{
    [](rekam_plugin_t* plugin, const char* device, const char* faults, rekam_error_t* error) {
        told(plugin).device = device;
        told(plugin).faults = faults;
        std::string_view("line 3: no such fault").copy(error->message, sizeof error->message - 1);
        return error->code = told(plugin).code;
    },
    [](rekam_plugin_t* plugin, const char*, char* json, std::size_t* bytes, rekam_error_t*) {
        *bytes = told(plugin).answer.copy(json, *bytes);
        return std::uint32_t{REKAM_OK};
    }};

class TellMock : public ::testing::Test {
  protected:
    TellMock() {
        plugin.table.data = &plugin;
        plugin.table.extension = [](rekam_plugin_t* p, const char* id) -> const void* {
            return told(p).has_extension && std::strcmp(id, REKAM_EXT_MOCK) == 0 ? &extension : nullptr;
        };
    }
    wire::HostMockDone tell(const char* fault) { return tell_mock(&plugin.table, {1, "cam-1", true, {{fault}}}); }
    Told plugin;
};

TEST_F(TellMock, PassesFaultsOnAsToml) {
    const auto done = tell(R"({"fault":"error","code":"jam \"x\"","times":2,"probability":0.25,"on":true})");
    ASSERT_TRUE(done.state);
    EXPECT_FALSE(done.state->plugged);
    EXPECT_EQ(done.state->faults.size(), 1U);
    EXPECT_EQ(plugin.device, "cam-1");
    EXPECT_EQ(plugin.faults, "[[fault]]\n\"fault\" = \"error\"\n\"code\" = \"jam \\\"x\\\"\"\n\"times\" = 2\n"
                             "\"probability\" = 2.5E-1\n\"on\" = true\n");
}

TEST_F(TellMock, RefusesWhatIsNoFault) {
    for (const char* fault : {"7", "null", R"({"fault":["jam"]})", R"({"fault":null})", R"({"at":{}})"})
        EXPECT_EQ(tell(fault).failure.value().code, model::Code::bad_request) << fault;
    EXPECT_TRUE(plugin.device.empty()) << "the plugin was not asked";
}

TEST_F(TellMock, SaysWhatThePluginSays) {
    plugin.code = REKAM_E_NOT_READY;
    EXPECT_EQ(tell(R"({"fault":"x"})").failure.value().code, model::Code::not_ready);
    plugin.code = REKAM_OK;
    plugin.answer = "{oops";
    EXPECT_EQ(tell(R"({"fault":"x"})").failure.value().code, model::Code::broken_promise);
    plugin.has_extension = false;
    EXPECT_EQ(tell(R"({"fault":"x"})").failure.value().code, model::Code::broken_promise);
    EXPECT_EQ(tell_mock(nullptr, {}).failure.value().code, model::Code::not_ready);
}

} // namespace
} // namespace rekam::host
