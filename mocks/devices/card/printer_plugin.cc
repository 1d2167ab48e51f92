// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <rekam/plugin.hpp>

#include "mocks/devices/card/printer.h"

namespace rekam::mock_card {
namespace {

constexpr const char* variable = "REKAM_MOCK_CARD_PRINTER";

plugin::DeviceInfo info_of(const Spec& spec) {
    plugin::DeviceInfo info;
    info.open_ms_max = info.health_ms_max = 2'000;
    const bool encodes = spec.make == "cetak";
    info.functions = REKAM_FUNCTION_CARD_PRINTER;
    if (encodes)
        info.functions |= REKAM_FUNCTION_CARD_READER;
    plugin::put_text(info.make, encodes ? "Cetak" : "Kartu");
    plugin::put_text(info.model, encodes ? "Duo C-9" : "K-300");
    plugin::put_text(info.id, spec.id);
    plugin::put_text(info.serial, spec.id);
    plugin::put_text(info.firmware, "1.0");
    plugin::put_text(info.physical, "mock:" + spec.id);
    return info;
}

class Printers final : public plugin::Plugin {
  public:
    explicit Printers(plugin::Host) {}

    std::vector<plugin::DeviceInfo> enumerate() override {
        std::vector<plugin::DeviceInfo> found;
        for (const Spec& spec : read_specs(variable))
            found.push_back(info_of(spec));
        return found;
    }

    plugin::Opened open(const std::string& id) override {
        Spec spec = find_spec(variable, id);
        const plugin::DeviceInfo info = info_of(spec);
        if (spec.make == "cetak")
            return {std::make_unique<EncodingPrinter>(std::move(spec)), info};
        return {std::make_unique<Printer>(std::move(spec)), info};
    }
};

} // namespace
} // namespace rekam::mock_card

REKAM_PLUGIN(rekam::mock_card::Printers,
             rekam::plugin::Manifest("id.rekam.mock.card-printer", "Mock card printers", "Rekam", "1.0")
                 .functions(REKAM_FUNCTION_CARD_PRINTER | REKAM_FUNCTION_CARD_READER)
                 .environment("REKAM_MOCK_CARD_PRINTER;REKAM_MOCK_CARD_FAULTS"));
