// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "mocks/devices/card/machine.h"

#include "mocks/devices/card/chip.h"
#include "mocks/devices/kit/random.h"

#include <cstdio>
#include <filesystem>
#include <fstream>

namespace rekam::mock_card {
namespace {

namespace fs = std::filesystem;

// Of the blank's chip: six digits that tell printers apart, then the blank's number. Always the same for both.
std::string serial_of(std::string_view id, uint32_t number) {
    char text[16];
    std::snprintf(text, sizeof text, "%03u%05u", mock::seed_of(id) % 1'000, number % 100'000);
    return text;
}

} // namespace

Machine::Machine(const Spec& spec)
    : id_(spec.id), folder_(spec.state + "/" + spec.id), hopper_(spec.cards), ribbon_(spec.ribbon) {
    fs::create_directories(folder_ + "/out");
    fs::create_directories(folder_ + "/reject");
    load();
}

void Machine::load() {
    std::ifstream file(folder_ + "/memory");
    if (!file && fs::exists(folder_ + "/memory"))
        throw plugin::Error(REKAM_E_DEVICE_ERROR, "its memory cannot be read: " + folder_ + "/memory");
    std::string key, value;
    while (file >> key >> value) {
        const auto number = [&] { return static_cast<uint32_t>(std::stoul(value)); };
        if (key == "hopper")
            hopper_ = number();
        else if (key == "ribbon")
            ribbon_ = number();
        else if (key == "fed")
            fed_ = number();
        else if (key == "counter")
            counter_ = number();
        else if (key == "cleaned")
            cleaned_ = number();
        else if (key == "at")
            at_ = number();
        else if (key == "effect")
            last_effect_ = number();
        else if (key == "serial")
            serial_ = value;
    }
}

// At once, as a device that writes its flash: a process that dies leaves the old memory or the new one.
void Machine::store() const {
    const std::string fresh = folder_ + "/memory.new";
    std::ofstream file(fresh, std::ios::trunc);
    file << "hopper " << hopper_ << "\nribbon " << ribbon_ << "\nfed " << fed_ << "\ncounter " << counter_
         << "\ncleaned " << cleaned_ << "\nat " << at_ << "\neffect " << last_effect_ << "\n";
    if (!serial_.empty())
        file << "serial " << serial_ << "\n";
    file.close();
    if (!file)
        throw std::runtime_error("its memory cannot be written: " + fresh);
    fs::rename(fresh, folder_ + "/memory");
}

void Machine::look() {
    const std::string path = folder_ + "/load";
    std::ifstream file(path);
    if (!file)
        return;
    std::string what;
    uint32_t count = 0;
    while (file >> what >> count)
        if (what == "clean")
            cleaned_ = counter_;
        else
            (what == "ribbon" ? ribbon_ : hopper_) = count;
    file.close();
    fs::remove(path);
    store();
}

void Machine::begin() {
    last_effect_ = REKAM_EFFECT_NONE;
    store();
}

void Machine::feed() {
    if (at_ == REKAM_CARD_AT_PRINT || at_ == REKAM_CARD_AT_CHIP)
        move(REKAM_CARD_AT_REJECT);
    if (hopper_ == 0)
        throw plugin::Error(REKAM_E_MEDIA_OUT, "the hopper is empty").hint("load-cards");
    --hopper_;
    serial_ = serial_of(id_, ++fed_);
    Chip::blank(serial_).store(card_path());
    at_ = REKAM_CARD_AT_PRINT;
    store();
}

void Machine::move(uint32_t to) {
    if (at_ != REKAM_CARD_AT_PRINT && at_ != REKAM_CARD_AT_CHIP)
        throw plugin::Error(REKAM_E_CARD_ABSENT, "no card is inside");
    if (to == REKAM_CARD_AT_EXIT || to == REKAM_CARD_AT_REJECT)
        come_out(to == REKAM_CARD_AT_EXIT ? "out" : "reject");
    at_ = to;
    store();
}

void Machine::come_out(const char* tray) {
    const std::string stem = folder_ + "/" + tray + "/" + serial_;
    const std::pair<std::string, std::string> files[] = {{card_path(), stem + ".card"},
                                                         {picture_path("front"), stem + "-front.png"},
                                                         {picture_path("back"), stem + "-back.png"},
                                                         {tracks_path(), stem + ".tracks"}};
    for (const auto& [from, to] : files)
        if (fs::exists(from))
            fs::rename(from, to);
}

void Machine::count_print() {
    ++counter_;
    --ribbon_;
    last_effect_ = REKAM_EFFECT_DONE;
    store();
}

void Machine::finish(uint32_t effect) {
    last_effect_ = effect;
    store();
}

} // namespace rekam::mock_card
