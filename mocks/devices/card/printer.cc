// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "mocks/devices/card/printer.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <thread>

namespace rekam::mock_card {
namespace {

using plugin::put_text;

constexpr int64_t ribbon_full = 200, ribbon_low = 20, hopper_full = 100, hopper_low = 10;
constexpr int64_t cards_per_cleaning = 1'000, cleaning_low = 20;
constexpr int warm = 1'650; // of the print head, in 0.1 degree Celsius

bool asks(const rekam_print_call_t& call, std::string_view step) {
    for (uint32_t i = 0; i < call.step_count; ++i)
        if (step == call.steps[i])
            return true;
    return false;
}

void save(const std::string& path, const Bytes& bytes) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    if (bytes.empty() || !file.flush())
        throw plugin::Error(REKAM_E_DISK_FULL, "the card's picture cannot be written to " + path);
}

void fill_info(const Bytes& atr, rekam_card_info_t& info) {
    info.protocol = REKAM_PROTOCOL_T1;
    info.atr_bytes = static_cast<uint32_t>(std::min(atr.size(), sizeof info.atr));
    std::copy_n(atr.begin(), info.atr_bytes, info.atr);
}

} // namespace

void Printer::health(uint32_t level, plugin::Job& job, plugin::HealthReport& report) {
    if (level == REKAM_LEVEL_GUIDED)
        throw plugin::unsupported("level");
    const auto struck = engine_.strike("health");
    engine_.suffer(struck, &job);
    machine_.look();
    if (engine_.confess(report))
        return;
    const int temperature = static_cast<int>(struck.number("temperature", "value").value_or(warm));
    report.measured("head", std::to_string(temperature / 10) + " degrees", "temperature", temperature);
    if (machine_.at() == REKAM_CARD_AT_PRINT || machine_.at() == REKAM_CARD_AT_CHIP)
        report.degraded("card-path", "a card is inside", REKAM_WHO_OPERATOR, "clear-jam");
    else
        report.ok("card-path", "clear");
}

std::vector<plugin::Consumable> Printer::consumables() {
    using plugin::Consumable;
    const int64_t since = static_cast<int64_t>(machine_.counter() - machine_.cleaned());
    return {Consumable("ribbon", "prints")
                .amount(machine_.ribbon(), ribbon_full)
                .low(ribbon_low, REKAM_WHO_OPERATOR, "load-ribbon")
                .essential(),
            Consumable("hopper", "cards")
                .amount(machine_.hopper(), hopper_full)
                .low(hopper_low, REKAM_WHO_OPERATOR, "load-cards")
                .essential(),
            Consumable("head-cleaning", "cards")
                .amount(std::max<int64_t>(0, cards_per_cleaning - since), cards_per_cleaning)
                .low(cleaning_low, REKAM_WHO_OPERATOR, "clean-head")};
}

plugin::Capabilities Printer::capabilities(uint32_t function) {
    engine_.suffer("capabilities", nullptr);
    if (function == REKAM_FUNCTION_CARD_READER && encodes())
        return {R"({"type":"object","properties":{"intent":{"type":"string","enum":["read","write"]},)"
                R"("protocol":{"type":"string","enum":["t1"]}}})",
                1};
    if (function != REKAM_FUNCTION_CARD_PRINTER)
        return {};
    const std::string common =
        R"({"type":"object","properties":{"formats":{"type":"array","items":{"type":"string","enum":["image/png"]}},)"
        R"("on_fail":{"type":"string","enum":["eject","reject","hold"],"default":"eject"},)"
        R"("edge_to_edge":{"type":"boolean","default":false},)";
    if (!encodes())
        return {common + R"("steps":{"type":"array","items":{"type":"string","enum":["print"]}}}})", 1};
    return {common + R"("back":{"type":"object"},"tracks":{"type":"array"},"steps":{"type":"array","items":{)"
                     R"("type":"string","enum":["read-blank","chip","magnetic","print","laminate","verify"]}}}})",
            1};
}

void Printer::print(plugin::Job& job, const rekam_print_call_t& call, rekam_print_result_t& result) {
    machine_.look();
    engine_.begin_job();
    result.counter_before = result.counter_after = machine_.counter();
    result.card_at = machine_.at();
    // A fault of the job strikes before the card moves; only a jam needs a card that moves.
    mock::CallFaults faults = engine_.strike("run");
    on_the_way_ = faults.take("jam");
    engine_.suffer(faults, &job);
    engine_.suffer("check", &job, false);
    const Sides sides = check(job, call);
    engine_.suffer("start", &job, false);
    job.stop_if_cancelled();
    printed_ = false;
    call.started(call.context);
    machine_.begin();
    try {
        make(job, call, sides, result);
        result.card_at = machine_.at();
        result.counter_after = machine_.counter();
        machine_.finish(REKAM_EFFECT_DONE);
    } catch (plugin::Error& error) {
        rekam_error_t record{};
        record.size = sizeof record;
        error.write(&record);
        const bool unsure = record.effect == REKAM_EFFECT_UNKNOWN;
        if (!unsure && record.code != REKAM_E_JAM)
            clear_path(call.on_fail);
        result.card_at = unsure ? uint32_t{REKAM_CARD_AT_UNKNOWN} : machine_.at();
        result.counter_after = machine_.counter();
        if (unsure) {
            machine_.finish(REKAM_EFFECT_UNKNOWN);
        } else {
            error.effect(printed_ ? REKAM_EFFECT_DONE : REKAM_EFFECT_NONE);
            machine_.finish(printed_ ? REKAM_EFFECT_DONE : REKAM_EFFECT_NONE);
        }
        throw;
    }
}

// Everything that can be found wrong before the blank is fed.
Printer::Sides Printer::check(plugin::Job& job, const rekam_print_call_t& call) {
    Sides sides;
    for (uint32_t i = 0; i < call.picture_count; ++i) {
        const rekam_picture_t& picture = call.pictures[i];
        const char* side = picture.layer == REKAM_LAYER_FRONT ? "front" : "back";
        if (picture.layer == REKAM_LAYER_OVERLAY)
            throw plugin::unsupported("overlay");
        auto image =
            std::string_view(picture.format) == "image/png" ? decode_png(picture.data, picture.bytes) : std::nullopt;
        if (!image)
            throw plugin::out_of_range(side, "a PNG picture");
        sides.emplace(picture.layer, std::move(*image));
    }
    if (machine_.hopper() == 0) {
        job.guide("load-cards");
        throw plugin::Error(REKAM_E_MEDIA_OUT, "the hopper is empty").hint("load-cards");
    }
    if (asks(call, "print") && machine_.ribbon() == 0) {
        job.guide("load-ribbon");
        throw plugin::Error(REKAM_E_RIBBON_OUT, "the ribbon is used up").hint("load-ribbon");
    }
    return sides;
}

void Printer::make(plugin::Job& job, const rekam_print_call_t& call, const Sides& sides, rekam_print_result_t& result) {
    machine_.feed();
    engine_.suffer("feed", &job, true);
    for (uint32_t i = 0; i < call.step_count; ++i) {
        job.percent(static_cast<int32_t>(100 * i / call.step_count));
        engine_.suffer(call.steps[i], &job, true);
        if (std::string_view(call.steps[i]) == "print")
            engine_.suffer(on_the_way_, &job, true);
        step(job, call, call.steps[i], sides, result);
        std::this_thread::sleep_for(std::chrono::milliseconds(spec_.step_ms));
    }
    engine_.suffer("exit", &job, true);
    machine_.move(REKAM_CARD_AT_EXIT);
}

void Printer::step(plugin::Job& job, const rekam_print_call_t& call, std::string_view step, const Sides& sides,
                   rekam_print_result_t& result) {
    if (step == "chip") {
        machine_.move(REKAM_CARD_AT_CHIP);
        if (const uint32_t code = call.chip(call.context); code != REKAM_OK)
            throw plugin::Error(code, "the exchange with the card's chip did not end well");
        machine_.move(REKAM_CARD_AT_PRINT);
    } else if (step == "read-blank" || step == "verify") {
        const auto chip = Chip::load(machine_.card_path());
        if (!chip)
            throw plugin::Error(REKAM_E_CARD_MUTE, "the blank's chip does not answer").hint("try-other-card");
        put_text(result.blank_serial, chip->serial());
    } else if (step == "magnetic") {
        write_tracks(job.request());
    } else if (step == "print") {
        print_sides(sides, call.edge_to_edge != 0);
        machine_.count_print();
        printed_ = true;
        engine_.suffer("printed", &job, true);
    }
    // laminate: a film over it, nothing that shows
}

void Printer::print_sides(const Sides& sides, bool edge_to_edge) {
    for (const auto& [layer, image] : sides) {
        const bool front = layer == REKAM_LAYER_FRONT;
        save(machine_.picture_path(front ? "front" : "back"), render_side(image, edge_to_edge, front && encodes()));
    }
}

void Printer::write_tracks(const plugin::Request& request) {
    std::ofstream file(machine_.tracks_path(), std::ios::trunc);
    for (int i = 0; i < 3; ++i)
        file << request.text("tracks." + std::to_string(i)).value_or("") << "\n";
    file.close();
    if (!file)
        throw plugin::Error(REKAM_E_DEVICE_ERROR, "the card's tracks cannot be written to " + machine_.tracks_path());
}

void Printer::clear_path(uint32_t on_fail) {
    const bool inside = machine_.at() == REKAM_CARD_AT_PRINT || machine_.at() == REKAM_CARD_AT_CHIP;
    if (inside && on_fail != REKAM_ON_FAIL_HOLD)
        machine_.move(on_fail == REKAM_ON_FAIL_REJECT ? REKAM_CARD_AT_REJECT : REKAM_CARD_AT_EXIT);
}

void Printer::evidence(rekam_evidence_record_t& record) {
    record.card_at = machine_.at();
    record.counter = machine_.counter();
    record.has_counter = 1;
    record.last_state = machine_.last_effect();
    put_text(record.last_serial, machine_.last_serial());
}

std::vector<rekam_counter_t> Printer::statistics() {
    std::vector<rekam_counter_t> counters(3);
    const std::pair<const char*, int64_t> values[] = {{"cards-printed", static_cast<int64_t>(machine_.counter())},
                                                      {"ribbon-left-panels", machine_.ribbon()},
                                                      {"cards-left", machine_.hopper()}};
    for (std::size_t i = 0; i < counters.size(); ++i) {
        put_text(counters[i].name, values[i].first);
        counters[i].kind = i == 0 ? REKAM_COUNTER_LIFETIME : REKAM_COUNTER_LEVEL;
        counters[i].value = values[i].second;
    }
    return counters;
}

void EncodingPrinter::card_open(plugin::Job& job, uint32_t, uint32_t protocols, rekam_card_info_t& info) {
    if (machine().at() != REKAM_CARD_AT_CHIP)
        throw plugin::Error(REKAM_E_CARD_ABSENT, "no card is at the chip station");
    engine().suffer("card-open", &job, true);
    if (protocols != REKAM_PROTOCOL_ANY && (protocols & REKAM_PROTOCOL_T1) == 0)
        throw plugin::out_of_range("protocol", "t1");
    chip_ = Chip::load(machine().card_path());
    if (!chip_)
        throw plugin::Error(REKAM_E_CARD_MUTE, "the chip does not answer").hint("try-other-card");
    fill_info(chip_->reset(), info);
}

std::vector<uint8_t> EncodingPrinter::card_transmit(plugin::Job& job, const uint8_t* command, std::size_t bytes) {
    if (!chip_)
        throw plugin::Error(REKAM_E_CARD_ABSENT, "no card is open");
    engine().suffer("transmit", &job, true);
    Bytes answer = chip_->transmit(Bytes(command, command + bytes));
    chip_->store(machine().card_path());
    return answer;
}

void EncodingPrinter::transport_info(rekam_transport_info_t& info) noexcept {
    info.stations =
        1U << REKAM_CARD_AT_CHIP | 1U << REKAM_CARD_AT_PRINT | 1U << REKAM_CARD_AT_EXIT | 1U << REKAM_CARD_AT_REJECT;
}

void EncodingPrinter::card_move(plugin::Job& job, uint32_t to, uint32_t& at) {
    at = machine().at();
    machine().look();
    engine().suffer("feed", &job, true);
    if (to == REKAM_CARD_AT_CHIP && at != REKAM_CARD_AT_PRINT && at != REKAM_CARD_AT_CHIP)
        machine().feed();
    machine().move(to);
    at = machine().at();
}

} // namespace rekam::mock_card
