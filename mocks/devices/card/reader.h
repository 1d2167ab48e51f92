// SPDX-License-Identifier: Apache-2.0 OR MIT
// A mock reader of contact cards. A card is in it while the file `card` stands in its folder.
#pragma once

#include "mocks/devices/card/chip.h"
#include "mocks/devices/card/spec.h"
#include "mocks/devices/kit/engine.h"
#include "mocks/devices/kit/random.h"

#include <rekam/plugin.hpp>

#include <optional>

namespace rekam::mock_card {

class Reader final : public plugin::Device, public plugin::Card {
  public:
    Reader(Spec spec, const mock::Engine::Of& of);

    void health(uint32_t level, plugin::Job& job, plugin::HealthReport& report) override;
    plugin::Capabilities capabilities(uint32_t function) override;
    void card_open(plugin::Job& job, uint32_t intent, uint32_t protocols, rekam_card_info_t& info) override;
    std::vector<uint8_t> card_transmit(plugin::Job& job, const uint8_t* command, std::size_t bytes) override;
    void card_close() noexcept override { chip_.reset(); }
    mock::Engine& engine() { return engine_; }

  private:
    bool card_is_in() const;
    void wait_for_card(plugin::Job& job) const;

    Spec spec_;
    std::string path_;
    mock::Engine engine_;
    std::optional<Chip> chip_;
};

} // namespace rekam::mock_card
