// SPDX-License-Identifier: Apache-2.0
// A driver that costs nothing, so that what is measured is the station: REKAM_BENCH_DEVICES devices, each a camera, a
// reader of machine-readable zones and a card reader. The zone is always the same one, which makes a capture without a
// frame; a picture is any number of ready bytes; the card answers every command with 9000. A picture of a preview says
// in its first bytes when it was begun; with REKAM_BENCH_IN_PLACE nothing else of it is written: it is there already,
// as from hardware that writes where it is told.
#include <rekam/plugin.hpp>

#include <cstdlib>
#include <cstring>
#include <ctime>

namespace {

using namespace rekam;

constexpr uint32_t functions = REKAM_FUNCTION_CAMERA | REKAM_FUNCTION_MRZ_READER | REKAM_FUNCTION_CARD_READER;
constexpr int64_t row_pixels = 4'096;

std::string setting(const char* name, const char* usual) {
    const char* value = std::getenv(name);
    return value ? value : usual;
}

uint64_t mono_us() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<uint64_t>(now.tv_sec) * 1'000'000 + static_cast<uint64_t>(now.tv_nsec) / 1'000;
}

class BenchDevice final : public plugin::Device, public plugin::Capture, public plugin::Card, public plugin::Preview {
  public:
    void health(uint32_t, plugin::Job&, plugin::HealthReport& report) override { report.ok("connection", "answers"); }

    plugin::Capabilities capabilities(uint32_t function) override {
        if (function == REKAM_FUNCTION_CAMERA)
            return {R"({"type":"object","properties":{"height_px":{"type":"integer","minimum":1,"maximum":65535}}})"};
        return {R"({"type":"object","properties":{}})"};
    }

    void run(plugin::Job& job) override {
        if (job.request().record().function == REKAM_FUNCTION_MRZ_READER)
            return job.result("lines", R"(["P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",)"
                                       R"("L898902C36UTO7408122F1204159ZE184226B<<<<<10"])");
        picture(job);
    }

    void card_open(plugin::Job&, uint32_t, uint32_t, rekam_card_info_t& info) override {
        info.protocol = REKAM_PROTOCOL_T1;
        info.atr_bytes = 2;
        info.atr[0] = 0x3b;
    }
    std::vector<uint8_t> card_transmit(plugin::Job&, const uint8_t*, std::size_t) override { return {0x90, 0x00}; }
    void card_close() noexcept override {}

    uint64_t preview_start(const plugin::Request& request) override {
        in_place_ = setting("REKAM_BENCH_IN_PLACE", "0") == "1";
        live_.assign(static_cast<std::size_t>(request.integer("height_px").value_or(256) * row_pixels), 0x5a);
        return live_.size();
    }
    void preview_next(uint32_t, rekam_preview_buffer_t& buffer) override {
        timespec now{};
        ::clock_gettime(CLOCK_MONOTONIC, &now);
        const int64_t begun_ns = now.tv_sec * 1'000'000'000 + now.tv_nsec;
        if (!in_place_)
            std::memcpy(buffer.data, live_.data(), live_.size());
        std::memcpy(buffer.data, &begun_ns, sizeof begun_ns);
        buffer.bytes = live_.size();
        buffer.width_px = static_cast<uint32_t>(row_pixels);
        buffer.height_px = static_cast<uint32_t>(live_.size() / static_cast<std::size_t>(row_pixels));
        buffer.bits = 8;
        buffer.channels = 1;
        plugin::put_text(buffer.format, REKAM_FORMAT_RAW);
    }
    void preview_stop() noexcept override { live_ = {}; }

  private:
    // Grey rows of 4,096 pixels: height_px decides how many bytes it has.
    void picture(plugin::Job& job) {
        const auto rows = job.request().integer("height_px").value_or(256);
        const auto bytes = static_cast<std::size_t>(rows * row_pixels);
        if (pixels_.size() != bytes)
            pixels_.assign(bytes, 0x5a);
        plugin::Frame frame = job.frame(bytes);
        frame.format(REKAM_FORMAT_RAW);
        rekam_frame_t& record = frame.record();
        record.exposure_basis = REKAM_BASIS_DEVICE;
        record.exposure_mono_us = mono_us();
        record.width_px = static_cast<uint32_t>(row_pixels);
        record.height_px = static_cast<uint32_t>(rows);
        record.bits = 8;
        record.channels = 1;
        frame.write(pixels_.data(), bytes);
        frame.submit();
    }

    std::vector<uint8_t> pixels_, live_;
    bool in_place_ = false;
};

plugin::DeviceInfo info_of(const std::string& id) {
    plugin::DeviceInfo info;
    info.open_ms_max = info.health_ms_max = 2'000;
    info.functions = functions;
    plugin::put_text(info.make, "Rekam");
    plugin::put_text(info.model, "Bench");
    plugin::put_text(info.id, id);
    plugin::put_text(info.serial, id);
    plugin::put_text(info.physical, "bench:" + id);
    return info;
}

class BenchPlugin final : public plugin::Plugin {
  public:
    explicit BenchPlugin(plugin::Host) {}

    std::vector<plugin::DeviceInfo> enumerate() override {
        std::vector<plugin::DeviceInfo> all;
        const long count = std::strtol(setting("REKAM_BENCH_DEVICES", "1").c_str(), nullptr, 10);
        for (long number = 1; number <= count; ++number)
            all.push_back(info_of("dev-" + std::to_string(number)));
        return all;
    }

    plugin::Opened open(const std::string& id) override { return {std::make_unique<BenchDevice>(), info_of(id)}; }
};

constexpr plugin::Manifest manifest =
#ifdef REKAM_BENCH_SHARED
    plugin::Manifest("id.rekam.bench.shared" REKAM_BENCH_SHARED, "Bench, one process", "Rekam", "1.0")
        .process(REKAM_PROCESS_SHARED);
#else
    plugin::Manifest("id.rekam.bench", "Bench", "Rekam", "1.0");
#endif

} // namespace

REKAM_PLUGIN(BenchPlugin,
             manifest.functions(functions).environment("REKAM_BENCH_DEVICES").environment("REKAM_BENCH_IN_PLACE"));
