// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "mocks/devices/card/reader.h"

#include <chrono>
#include <filesystem>
#include <thread>

namespace rekam::mock_card {
namespace {

using namespace std::chrono_literals;

constexpr auto look_every = 20ms;

} // namespace

Reader::Reader(Spec spec, const mock::Engine::Of& of)
    : spec_(std::move(spec)), path_(spec_.state + "/" + spec_.id + "/card"),
      engine_(of, spec_.id, mock::seed_of(spec_.id)) {
    std::filesystem::create_directories(spec_.state + "/" + spec_.id);
}

bool Reader::card_is_in() const { return std::filesystem::exists(path_); }

void Reader::health(uint32_t level, plugin::Job& job, plugin::HealthReport& report) {
    engine_.suffer("health", &job);
    if (engine_.confess(report))
        return;
    report.ok("connection", "answers");
    if (level != REKAM_LEVEL_GUIDED)
        return;
    wait_for_card(job);
    if (Chip::load(path_))
        report.ok("contacts", "a test card answers");
    else
        report.failed("contacts", "the test card does not answer", REKAM_WHO_TECHNICIAN, "clean-surface");
}

plugin::Capabilities Reader::capabilities(uint32_t function) {
    engine_.suffer("capabilities", nullptr);
    if (function != REKAM_FUNCTION_CARD_READER)
        return {};
    return {R"({"type":"object","properties":{"intent":{"type":"string","enum":["read","write"]},)"
            R"("protocol":{"type":"string","enum":["t0","t1"]}}})",
            1};
}

void Reader::wait_for_card(plugin::Job& job) const {
    const uint32_t limit_ms = job.request().record().timeout_ms;
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(limit_ms);
    if (!card_is_in())
        job.guide("insert-card");
    while (!card_is_in()) {
        job.stop_if_cancelled();
        if (limit_ms > 0 && std::chrono::steady_clock::now() >= until)
            throw plugin::Error(REKAM_E_CARD_ABSENT, "no card was inserted").hint("insert-card");
        std::this_thread::sleep_for(look_every);
    }
}

void Reader::card_open(plugin::Job& job, uint32_t, uint32_t protocols, rekam_card_info_t& info) {
    engine_.begin_job();
    engine_.suffer("run", &job);
    engine_.suffer("card-open", &job);
    wait_for_card(job);
    chip_ = Chip::load(path_);
    if (!chip_)
        throw plugin::Error(REKAM_E_CARD_MUTE, "the card does not answer").hint("try-other-card");
    const Bytes atr = chip_->reset();
    info.protocol = protocols == REKAM_PROTOCOL_T0 ? REKAM_PROTOCOL_T0 : REKAM_PROTOCOL_T1;
    info.atr_bytes = static_cast<uint32_t>(std::min(atr.size(), sizeof info.atr));
    std::copy_n(atr.begin(), info.atr_bytes, info.atr);
}

std::vector<uint8_t> Reader::card_transmit(plugin::Job& job, const uint8_t* command, std::size_t bytes) {
    engine_.suffer("transmit", &job, true);
    if (!chip_ || !card_is_in())
        throw plugin::Error(REKAM_E_CARD_REMOVED, "the card was taken out").hint("insert-card");
    Bytes answer = chip_->transmit(Bytes(command, command + bytes));
    chip_->store(path_);
    return answer;
}

} // namespace rekam::mock_card
