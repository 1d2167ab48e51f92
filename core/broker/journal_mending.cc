// SPDX-License-Identifier: Apache-2.0
// What technicians do, in the journal.
#include "core/broker/journal.h"

#include "core/broker/fallbacks.h"

namespace rekam::broker {

void journal_mending(Step& step, std::string_view kind, const Facts& facts, const std::string& by) {
    step.journal(kind, facts, by.empty() ? Facts() : Facts{{"by", by}});
}

void journal_reset(Step& step, const Device& device, const std::string& by) {
    journal_mending(step, "device.reset",
                    {{"device", device.id}, {"level", model::name(device.reset->level)}, {"resets", device.resets}},
                    by);
}

void journal_replaced(Step& step, const std::string& slot, const Device* from, const Device& to, const std::string& by,
                      const std::vector<std::string>& dropped) {
    Facts facts{{"slot", slot}, {"to", to.id}, {"to_serial", to.facts.serial.value_or("")}};
    if (from) {
        facts.add("from", from->id);
        facts.add("from_serial", from->facts.serial.value_or(""));
    }
    if (!dropped.empty())
        facts.add("dropped", dropped);
    journal_mending(step, "slot.replace", facts, by);
}

void journal_fallback(Step& step, const Slot& slot, const Device* from, const Device& to) {
    Facts facts{{"slot", slot.config.name},
                {"to", to.id},
                {"to_serial", to.facts.serial.value_or("")},
                {"back", !slot.on_fallback}};
    if (from) {
        facts.add("from", from->id);
        facts.add("from_serial", from->facts.serial.value_or(""));
    }
    if (slot.on_fallback)
        facts.add("error", model::name(ailment_of(slot, from).code));
    journal_mending(step, "slot.fallback", facts, "");
}

} // namespace rekam::broker
