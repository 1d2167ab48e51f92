// SPDX-License-Identifier: Apache-2.0 OR MIT
// Mock card printers. "kartu" prints one side; "cetak" prints both, and has an encoder: one device with two functions.
#pragma once

#include "mocks/devices/card/chip.h"
#include "mocks/devices/card/machine.h"
#include "mocks/devices/card/render.h"
#include "mocks/devices/kit/engine.h"
#include "mocks/devices/kit/random.h"

#include <rekam/plugin.hpp>

#include <map>
#include <optional>

namespace rekam::mock_card {

class Printer : public plugin::Device,
                public plugin::Print,
                public plugin::Evidence,
                public plugin::Statistics,
                public plugin::Status {
  public:
    Printer(Spec spec, const mock::Engine::Of& of)
        : spec_(std::move(spec)), machine_(spec_), engine_(of, spec_.id, mock::seed_of(spec_.id)) {}

    void health(uint32_t level, plugin::Job& job, plugin::HealthReport& report) override;
    plugin::Capabilities capabilities(uint32_t function) override;
    void print(plugin::Job& job, const rekam_print_call_t& call, rekam_print_result_t& result) override;
    void evidence(rekam_evidence_record_t& record) override;
    std::vector<rekam_counter_t> statistics() override;
    std::vector<plugin::Consumable> consumables() override;
    mock::Engine& engine() { return engine_; }

  protected:
    virtual bool encodes() const { return false; }
    Machine& machine() { return machine_; }
    const Spec& spec() const { return spec_; }

  private:
    using Sides = std::map<uint32_t, Image>; // by layer
    Sides check(plugin::Job& job, const rekam_print_call_t& call);
    void make(plugin::Job& job, const rekam_print_call_t& call, const Sides& sides, rekam_print_result_t& result);
    void step(plugin::Job& job, const rekam_print_call_t& call, std::string_view step, const Sides& sides,
              rekam_print_result_t& result);
    void print_sides(const Sides& sides, bool edge_to_edge);
    void write_tracks(const plugin::Request& request);
    void clear_path(uint32_t on_fail);

    Spec spec_;
    Machine machine_;
    mock::Engine engine_;
    mock::CallFaults on_the_way_; // that strike this card where it is printed
    bool printed_ = false;        // this card
};

class EncodingPrinter final : public Printer, public plugin::Card, public plugin::CardTransport {
  public:
    using Printer::Printer;

    void card_open(plugin::Job& job, uint32_t intent, uint32_t protocols, rekam_card_info_t& info) override;
    std::vector<uint8_t> card_transmit(plugin::Job& job, const uint8_t* command, std::size_t bytes) override;
    void card_close() noexcept override { chip_.reset(); }
    void transport_info(rekam_transport_info_t& info) noexcept override;
    uint32_t card_where() override { return machine().at(); }
    void card_move(plugin::Job& job, uint32_t to, uint32_t& at) override;

  private:
    bool encodes() const override { return true; }

    std::optional<Chip> chip_;
};

} // namespace rekam::mock_card
