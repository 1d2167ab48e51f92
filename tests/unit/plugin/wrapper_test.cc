// SPDX-License-Identifier: Apache-2.0
// The C++ wrapper: a driver written with it, called through the C tables that it makes.
#include <rekam/plugin.hpp>

#include "tests/unit/plugin/fake_job.h"

#include <gtest/gtest.h>

namespace rekam::test {
namespace {

using plugin::Capabilities;
using plugin::Error;

struct Script {
    std::function<void(plugin::Job&)> run = [](plugin::Job&) {};
    std::function<void()> create = [] {}, open = [] {}, interrupt = [] {};
    int alive = 0;
};
Script script;

class Scanner final : public plugin::Device,
                      public plugin::Capture,
                      public plugin::Card,
                      public plugin::Settings,
                      public plugin::Status {
  public:
    Scanner() { ++script.alive; }
    ~Scanner() override { --script.alive; }
    void interrupt() override { script.interrupt(); }
    void health(std::uint32_t level, plugin::Job&, plugin::HealthReport& report) override {
        if (level == REKAM_LEVEL_GUIDED)
            throw plugin::unsupported("level");
        report.ok("connection", "answers");
        report.failed("lamp", "dark", REKAM_WHO_TECHNICIAN, "replace-lamp");
    }
    Capabilities capabilities(std::uint32_t function) override {
        return function == REKAM_FUNCTION_DOCUMENT ? Capabilities{"{}", 3} : Capabilities{};
    }
    void run(plugin::Job& job) override { script.run(job); }
    void card_open(plugin::Job&, std::uint32_t, std::uint32_t, rekam_card_info_t& info) override { info.atr_bytes = 2; }
    std::vector<std::uint8_t> card_transmit(plugin::Job&, const std::uint8_t* command, std::size_t bytes) override {
        return {command, command + bytes};
    }
    void card_close() noexcept override {}
    std::vector<plugin::Consumable> consumables() override {
        return {plugin::Consumable("ribbon", "prints")
                    .amount(12, 200)
                    .low(20, REKAM_WHO_OPERATOR, "load-ribbon")
                    .essential(),
                plugin::Consumable("lamp", "hours")};
    }
    Capabilities settings_describe() override { return {"{\"a\":1}", 5}; }
    std::string settings_read() override { return "{\"a\":2}"; }
    void settings_write(const rekam_option_t*, std::size_t) override { throw plugin::out_of_range("a", "1 to 3"); }
};

class ScannerPlugin final : public plugin::Plugin {
  public:
    explicit ScannerPlugin(plugin::Host) { script.create(); }
    std::vector<plugin::DeviceInfo> enumerate() override {
        std::vector<plugin::DeviceInfo> found(3);
        for (std::size_t i = 0; i < found.size(); ++i)
            plugin::put_text(found[i].id, "scan-" + std::to_string(i));
        return found;
    }
    plugin::Opened open(const std::string& id) override {
        script.open();
        plugin::Opened opened{std::make_unique<Scanner>(), {}};
        plugin::put_text(opened.info.id, id);
        return opened;
    }
};

} // namespace
} // namespace rekam::test

REKAM_PLUGIN(rekam::test::ScannerPlugin, rekam::plugin::Manifest("id.rekam.test", "Test", "Rekam", "2.0")
                                             .functions(REKAM_FUNCTION_DOCUMENT)
                                             .threading(REKAM_THREADING_SINGLE)
                                             .network(REKAM_NETWORK_LOOPBACK)
                                             .readable_paths("/etc/test.d;/usr/share/test"));

namespace rekam::test {
namespace {

class Wrapper : public testing::Test {
  protected:
    Wrapper() {
        script = {};
        error.size = sizeof error;
        host.abi_major = REKAM_ABI_MAJOR;
    }
    void create() { ASSERT_EQ(rekam_create(&host, &made, &error), REKAM_OK) << error.message; }
    void open() {
        create();
        info.size = sizeof info;
        ASSERT_EQ(made->open(made, "scan-1", &info, &device, &error), REKAM_OK) << error.message;
    }
    std::uint32_t run() {
        const auto* capture = static_cast<const rekam_capture_t*>(device->extension(device, REKAM_EXT_CAPTURE));
        return capture->run(device, &job.table, &error);
    }
    ~Wrapper() override {
        if (device)
            device->close(device);
        if (made)
            made->destroy(made);
        EXPECT_EQ(script.alive, 0);
    }

    rekam_host_t host{};
    rekam_plugin_t* made = nullptr;
    rekam_device_t* device = nullptr;
    rekam_device_info_t info{};
    rekam_error_t error{};
    FakeJob job;
};

TEST_F(Wrapper, ManifestIsPlainBytes) {
    EXPECT_EQ(std::string_view(rekam_manifest.magic, 8), "REKAMPLG");
    EXPECT_EQ(rekam_manifest.size, sizeof(rekam_manifest_t));
    EXPECT_EQ(rekam_manifest.functions, static_cast<std::uint32_t>(REKAM_FUNCTION_DOCUMENT));
    EXPECT_EQ(rekam_manifest.threading, static_cast<std::uint32_t>(REKAM_THREADING_SINGLE));
    EXPECT_STREQ(rekam_manifest.readable_paths, "/etc/test.d;/usr/share/test");
}

TEST_F(Wrapper, RefusesAnotherMajor) {
    host.abi_major = REKAM_ABI_MAJOR + 1;
    EXPECT_EQ(rekam_create(&host, &made, &error), REKAM_E_WRONG_DRIVER);
    EXPECT_EQ(made, nullptr);
}

TEST_F(Wrapper, NoExceptionCrosses) {
    script.create = [] { throw Error(REKAM_E_NOT_READY, "the SDK is starting"); };
    EXPECT_EQ(rekam_create(&host, &made, &error), REKAM_E_NOT_READY);
    script.create = [] { throw std::runtime_error("boom"); };
    EXPECT_EQ(rekam_create(&host, &made, &error), REKAM_E_INTERNAL);
    EXPECT_STREQ(error.message, "boom");
    script.create = [] { throw std::bad_alloc(); };
    EXPECT_EQ(rekam_create(&host, &made, &error), REKAM_E_INTERNAL);
    script.create = [] { throw 5; };
    EXPECT_EQ(rekam_create(&host, &made, &error), REKAM_E_INTERNAL);
    script.create = [] {};
    script.interrupt = [] { throw 5; };
    open();
    device->interrupt(device);
}

TEST_F(Wrapper, ErrorCarriesEverything) {
    open();
    script.run = [](plugin::Job&) {
        throw Error(REKAM_E_JAM, "stuck")
            .vendor_code(-7)
            .hint("open-cover")
            .effect(REKAM_EFFECT_UNKNOWN)
            .retry(REKAM_RETRY_NEVER);
    };
    EXPECT_EQ(run(), REKAM_E_JAM);
    EXPECT_EQ(error.code, static_cast<std::uint32_t>(REKAM_E_JAM));
    EXPECT_EQ(error.vendor_code, -7);
    EXPECT_STREQ(error.hint, "open-cover");
    EXPECT_EQ(error.effect, static_cast<std::uint32_t>(REKAM_EFFECT_UNKNOWN));
    EXPECT_EQ(error.retry, static_cast<std::uint32_t>(REKAM_RETRY_NEVER));
}

TEST_F(Wrapper, EnumerateStopsWhenTheHostHasEnough) {
    create();
    std::vector<std::string> ids;
    const auto found = [](void* context, const rekam_device_info_t* one) {
        auto& list = *static_cast<std::vector<std::string>*>(context);
        list.emplace_back(one->id);
        return list.size() < 2;
    };
    EXPECT_EQ(made->enumerate(made, found, &ids, &error), REKAM_OK);
    EXPECT_EQ(ids, (std::vector<std::string>{"scan-0", "scan-1"}));
}

TEST_F(Wrapper, AnOlderHostGetsAsMuchAsItKnows) {
    create();
    struct {
        rekam_device_info_t info;
        char canary[8];
    } older{};
    older.info.size = offsetof(rekam_device_info_t, make);
    std::memset(older.info.make, 'c', sizeof older.info.make);
    ASSERT_EQ(made->open(made, "scan-9", &older.info, &device, &error), REKAM_OK);
    EXPECT_STREQ(older.info.id, "scan-9");
    EXPECT_EQ(older.info.size, offsetof(rekam_device_info_t, make));
    EXPECT_EQ(older.info.make[0], 'c');
}

TEST_F(Wrapper, OffersWhatTheDeviceImplements) {
    open();
    EXPECT_TRUE(device->extension(device, REKAM_EXT_CAPTURE));
    EXPECT_TRUE(device->extension(device, REKAM_EXT_CARD));
    EXPECT_TRUE(device->extension(device, REKAM_EXT_SETTINGS));
    for (const char* id : {REKAM_EXT_PRINT, REKAM_EXT_PREVIEW, REKAM_EXT_EVIDENCE, REKAM_EXT_IDENTIFY, "acme.other/1"})
        EXPECT_FALSE(device->extension(device, id)) << id;
}

TEST_F(Wrapper, FrameIsDroppedUnlessSubmitted) {
    open();
    script.run = [](plugin::Job& j) {
        plugin::Frame lost = j.frame();
        plugin::Frame moved = std::move(lost);
        plugin::Frame kept = j.frame(3);
        kept.format("image/png");
        kept.write("abc", 3);
        kept.submit();
    };
    EXPECT_EQ(run(), REKAM_OK);
    ASSERT_EQ(job.frames.size(), 1u);
    EXPECT_EQ(job.frames[0].bytes, "abc");
    EXPECT_STREQ(job.frames[0].record.format, "image/png");
    EXPECT_EQ(job.dropped, 1u);
    EXPECT_TRUE(job.open.empty());
}

TEST_F(Wrapper, RefusedFrameEndsTheRunWithItsCode) {
    open();
    script.run = [](plugin::Job& j) {
        plugin::Frame frame = j.frame();
        frame.write("a", 1);
        frame.submit();
    };
    job.refuse_write = REKAM_E_TOO_LARGE;
    EXPECT_EQ(run(), REKAM_E_TOO_LARGE);
    EXPECT_EQ(job.dropped, 1u);
    job.refuse_write = REKAM_OK;
    job.refuse_submit = REKAM_E_BAD_FRAME;
    EXPECT_EQ(run(), REKAM_E_BAD_FRAME);
    EXPECT_EQ(job.dropped, 1u) << "submit used it up";
    job.refuse_new = REKAM_E_CANCELLED;
    EXPECT_EQ(run(), REKAM_E_CANCELLED);
}

TEST_F(Wrapper, ParametersAreTyped) {
    open();
    job.text("mode", "gray");
    job.integer("dpi", 300);
    std::string seen;
    script.run = [&](plugin::Job& j) {
        seen =
            std::string(j.request().text("mode").value_or("")) + std::to_string(j.request().integer("dpi").value_or(0));
        EXPECT_FALSE(j.request().flag("absent"));
        (void)j.request().integer("mode");
    };
    EXPECT_EQ(run(), REKAM_E_OUT_OF_RANGE);
    EXPECT_STREQ(error.parameter, "mode");
    EXPECT_EQ(seen, "gray300");
}

TEST_F(Wrapper, CancelAndProgress) {
    open();
    script.run = [](plugin::Job& j) {
        j.percent(40);
        j.guide("closer");
        j.stop_if_cancelled();
    };
    job.is_cancelled = true;
    EXPECT_EQ(run(), REKAM_E_CANCELLED);
    ASSERT_EQ(job.events.size(), 2u);
    EXPECT_EQ(job.events[0].percent, 40);
    EXPECT_EQ(job.events[0].quality, -1);
    EXPECT_EQ(job.events[1].percent, -1);
    EXPECT_STREQ(job.events[1].guidance, "closer");
}

TEST_F(Wrapper, HealthNamesWhoMends) {
    open();
    std::vector<rekam_check_t> checks;
    const rekam_health_sink_t sink{&checks, [](const rekam_health_sink_t* s, const rekam_check_t* check) {
                                       static_cast<std::vector<rekam_check_t>*>(s->data)->push_back(*check);
                                   }};
    EXPECT_EQ(device->health(device, REKAM_LEVEL_SELF, &job.table, &sink, &error), REKAM_OK);
    ASSERT_EQ(checks.size(), 2u);
    EXPECT_EQ(checks[1].state, static_cast<std::uint32_t>(REKAM_HEALTH_FAILED));
    EXPECT_EQ(checks[1].who, static_cast<std::uint32_t>(REKAM_WHO_TECHNICIAN));
    EXPECT_EQ(device->health(device, REKAM_LEVEL_GUIDED, &job.table, &sink, &error), REKAM_E_UNSUPPORTED_PARAMETER);
    EXPECT_STREQ(error.parameter, "level");
}

TEST_F(Wrapper, ConsumablesSayWhatIsNotKnown) {
    open();
    const auto* status = static_cast<const rekam_status_t*>(device->extension(device, REKAM_EXT_STATUS));
    rekam_consumable_t all[3] = {};
    EXPECT_EQ(status->consumables(device, all, 1), 2u) << "there are more than fit";
    EXPECT_STREQ(all[1].name, "") << "and nothing is written beyond the end";
    EXPECT_EQ(status->consumables(device, all, 3), 2u);
    EXPECT_STREQ(all[0].name, "ribbon");
    EXPECT_STREQ(all[0].unit, "prints");
    EXPECT_STREQ(all[0].hint, "load-ribbon");
    EXPECT_EQ(all[0].left, 12);
    EXPECT_EQ(all[0].of, 200);
    EXPECT_EQ(all[0].low_at, 20);
    EXPECT_EQ(all[0].who, static_cast<std::uint32_t>(REKAM_WHO_OPERATOR));
    EXPECT_EQ(all[0].flags, static_cast<std::uint32_t>(REKAM_CONSUMABLE_ESSENTIAL));
    EXPECT_EQ(all[1].left, -1);
    EXPECT_EQ(all[1].of, -1);
    EXPECT_EQ(all[1].low_at, -1);
}

TEST_F(Wrapper, CapabilitiesOfAForeignFunctionAreNull) {
    open();
    std::uint32_t revision = 0;
    EXPECT_STREQ(device->capabilities(device, REKAM_FUNCTION_DOCUMENT, &revision), "{}");
    EXPECT_EQ(revision, 3u);
    EXPECT_EQ(device->capabilities(device, REKAM_FUNCTION_CAMERA, &revision), nullptr);
}

TEST_F(Wrapper, CardAnswerMustFit) {
    open();
    const auto* card = static_cast<const rekam_card_t*>(device->extension(device, REKAM_EXT_CARD));
    const std::uint8_t command[] = {0, 0xA4, 4, 0};
    std::uint8_t response[4];
    std::size_t bytes = sizeof response;
    EXPECT_EQ(card->transmit(device, &job.table, command, 4, response, &bytes, &error), REKAM_OK);
    EXPECT_EQ(bytes, 4u);
    bytes = 3;
    EXPECT_EQ(card->transmit(device, &job.table, command, 4, response, &bytes, &error), REKAM_E_PROTOCOL_ERROR);
    EXPECT_EQ(error.effect, static_cast<std::uint32_t>(REKAM_EFFECT_UNKNOWN));
}

TEST_F(Wrapper, SettingsAreLentUntilTheNextCall) {
    open();
    const auto* settings = static_cast<const rekam_settings_t*>(device->extension(device, REKAM_EXT_SETTINGS));
    std::uint32_t revision = 0;
    EXPECT_STREQ(settings->describe(device, &revision), "{\"a\":1}");
    const char* json = nullptr;
    EXPECT_EQ(settings->read(device, &json, &error), REKAM_OK);
    EXPECT_STREQ(json, "{\"a\":2}");
    EXPECT_EQ(settings->write(device, nullptr, 0, &error), REKAM_E_OUT_OF_RANGE);
    EXPECT_STREQ(error.parameter, "a");
}

TEST(PutText, CutsBetweenCharactersAndAlwaysEnds) {
    char small[4];
    plugin::put_text(small, "ab✓");
    EXPECT_STREQ(small, "ab");
    plugin::put_text(small, "abcd");
    EXPECT_STREQ(small, "abc");
    plugin::put_text(small, "");
    EXPECT_STREQ(small, "");
}

} // namespace
} // namespace rekam::test
