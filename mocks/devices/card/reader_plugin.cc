// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <rekam/plugin.hpp>

#include "mocks/devices/card/reader.h"

namespace rekam::mock_card {
namespace {

constexpr const char* variable = "REKAM_MOCK_CARD_READER";

plugin::DeviceInfo info_of(const Spec& spec) {
    plugin::DeviceInfo info;
    info.open_ms_max = info.health_ms_max = 2'000;
    info.functions = REKAM_FUNCTION_CARD_READER;
    plugin::put_text(info.make, "Rekam");
    plugin::put_text(info.model, "Mock contact reader");
    plugin::put_text(info.id, spec.id);
    plugin::put_text(info.serial, spec.id);
    plugin::put_text(info.firmware, "1.0");
    plugin::put_text(info.physical, "mock:" + spec.id);
    return info;
}

class Readers final : public plugin::Plugin {
  public:
    explicit Readers(plugin::Host) {}

    std::vector<plugin::DeviceInfo> enumerate() override {
        std::vector<plugin::DeviceInfo> found;
        for (const Spec& spec : read_specs(variable))
            found.push_back(info_of(spec));
        return found;
    }

    plugin::Opened open(const std::string& id) override {
        Spec spec = find_spec(variable, id);
        const plugin::DeviceInfo info = info_of(spec);
        return {std::make_unique<Reader>(std::move(spec)), info};
    }
};

} // namespace
} // namespace rekam::mock_card

REKAM_PLUGIN(rekam::mock_card::Readers,
             rekam::plugin::Manifest("id.rekam.mock.card-reader", "Mock card readers", "Rekam", "1.0")
                 .functions(REKAM_FUNCTION_CARD_READER)
                 .environment("REKAM_MOCK_CARD_READER;REKAM_MOCK_CARD_FAULTS"));
