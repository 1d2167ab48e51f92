// SPDX-License-Identifier: Apache-2.0 OR MIT
// The mechanics of a mock card printer and its own memory, which outlives every process: hopper, ribbon, card counter,
// where the card is, what became of the last one. Cards that come out lie in `out` and `reject` of its folder.
#pragma once

#include "mocks/devices/card/spec.h"

#include <string>

namespace rekam::mock_card {

class Machine {
  public:
    // Reads its memory; makes it where there is none.
    explicit Machine(const Spec& spec);

    uint32_t hopper() const { return hopper_; }
    uint32_t ribbon() const { return ribbon_; }
    uint64_t counter() const { return counter_; }
    uint64_t cleaned() const { return cleaned_; } // the counter when a cleaning card went through
    uint32_t at() const { return at_; }           // enum rekam_card_at
    uint32_t last_effect() const { return last_effect_; }
    const std::string& last_serial() const { return serial_; }
    // Files of the card that is inside.
    std::string card_path() const { return folder_ + "/card"; }
    std::string picture_path(std::string_view side) const { return folder_ + "/" + std::string(side) + ".png"; }
    std::string tracks_path() const { return folder_ + "/tracks"; }

    // What a person did meanwhile: the file `load` holds "cards 100", "ribbon 200" or "clean 1" (a cleaning
    // card), and is used up.
    void look();
    // A card is about to be made: not printed until count_print says so, whatever becomes of the driver.
    void begin();
    // Takes a blank; one that was left inside is rejected first. Throws MEDIA_OUT.
    void feed();
    void move(uint32_t to);
    void count_print();
    void finish(uint32_t effect);

  private:
    void load();
    void store() const;
    void come_out(const char* tray);

    std::string id_, folder_;
    uint32_t hopper_ = 0, ribbon_ = 0, fed_ = 0;
    uint64_t counter_ = 0, cleaned_ = 0;
    uint32_t at_ = REKAM_CARD_AT_NONE, last_effect_ = REKAM_EFFECT_NONE;
    std::string serial_;
};

} // namespace rekam::mock_card
